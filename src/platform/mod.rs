//! Platforms: what their code is ([`Code`], without credentials by construction) and where it runs ([`Platform`]).

mod asking;
pub mod astro;
mod building;
pub mod command;
pub mod local;
pub mod nango;
mod needs;
pub mod paragon;
pub mod parse;
pub(crate) mod paths;
pub mod place;
pub mod previews;
mod typescript;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::applied::{Applied, ByHand, Verified};
use crate::artefact::{Artefact, Built};
use crate::context::config::ProjectSpec;
use crate::context::inputs::PlatformName;
use crate::finding::Finding;
use crate::history::OpenRecord;
use crate::keys::Keys;
use crate::manifest::Manifest;
use crate::names::{EnvironmentName, LaneId};
use crate::plan::Observed;
use crate::plan::part::Kinds;
use crate::plan::rules::Rules;
use crate::problem::Problem;
use crate::release::Release;
use crate::tree::Tree;
use crate::watch::{Task, Watch};
use crate::work::Project;
pub use place::Place;
pub use previews::Previews;

pub use building::{Building, Compiled};

/// What was read from source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The resources.
    pub manifest: Manifest,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

/// The bytes of the files that a platform's code carries, by path.
pub type Carried = BTreeMap<String, Arc<[u8]>>;

/// A platform's code: how it is found, read and built. It never sees a credential.
pub trait Code: Rules + Sync {
    /// Which platform.
    fn name(&self) -> PlatformName;

    /// The folders (`""` is the root) of the tree that look like a project of this platform.
    fn detect(&self, tree: &Tree) -> Vec<String>;

    /// Whether this path's text is needed, anywhere in the repository: a project may import from outside its folder.
    fn wants(&self, path: &str) -> bool;

    /// Reads the project's resources. Nothing is executed.
    fn extract(&self, project: &Project, tree: &Tree) -> Extracted;

    /// The files of the project that are deployed as they are, whatever is in them; their bytes are read for [`Code::sources`].
    fn carries(&self, _project: &Project, _tree: &Tree) -> Vec<String> {
        Vec::new()
    }

    /// What is deployed with them of an image that an earlier step built, whose path below the root is given: files that pin it
    /// byte for byte. Nothing, where the platform takes no image.
    fn brought(&self, _project: &Project, _root: &Path, _image: &str) -> Result<Carried, Problem> {
        Ok(Carried::new())
    }

    /// What is deployed to the embedded platform: the sources that the manifest's resources consist of, and what it carries.
    fn sources(&self, project: &Project, tree: &Tree, carried: &Carried) -> Artefact;

    /// What people call the step that makes what the platform itself takes (`nango compile`); `None` where it takes the
    /// sources.
    fn compiler(&self) -> Option<&'static str> {
        None
    }

    /// What can be deployed of a project without the rest of it; nothing, where a platform only takes it whole.
    fn parts(&self) -> Kinds {
        Kinds { of_a_group: &[], single: &[] }
    }

    /// What people call the step that executes code of the tree before its tests: the compiler, or a parser whose result
    /// only confirms what source said.
    fn step(&self) -> Option<&'static str> {
        self.compiler()
    }

    /// The folders of the project that this step writes into. Some people commit what is in them.
    fn writes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether pull requests can have previews there: what reaches the platform then offers [`Platform::previews`].
    fn has_previews(&self) -> bool {
        false
    }

    /// Does that step. It executes code of the tree, behind walls; an error is a fault of our own, for whatever may be wrong
    /// with the project is in the findings.
    fn build<'a>(&'a self, _: Building<'a>) -> Task<'a, Result<Compiled, Problem>> {
        Box::pin(async { Err(Problem::bug("code that needs no compiler was to be compiled")) })
    }
}

/// What is sent.
#[derive(Debug)]
pub enum Payload {
    /// These bytes, with the manifest they stand for.
    Artefact(Box<Built>),
    /// The platform's own earlier deploy.
    Native {
        /// Its id there.
        platform_ref: String,
        /// What it declares.
        manifest: Box<Manifest>,
    },
}

/// A place to deploy to: one environment of one project, with its credentials inside.
pub trait Platform {
    /// Reads what is there. `desired` says what it will be compared with, for platforms that count only for a stated set.
    fn observe<'a>(&'a self, desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>>;

    /// Sends the payload. Progress goes into `applied`, which the caller keeps whatever happens.
    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>>;

    /// Reads back whether live is what was sent.
    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified>;

    /// How people release there by hand, for a platform that takes no release from a program: nothing is ever sent, and what the
    /// gate approved is prepared. `None` where deploys are sent.
    fn by_hand(&self) -> Option<ByHand> {
        None
    }

    /// Whether the platform, once it was observed and could not tell what runs there, still has this release: then what the release
    /// declares is what is there.
    fn holds(&self, _release: &Release) -> bool {
        false
    }

    /// What the platform itself kept of an earlier release, once it was observed, so that it can bring it back as it was; `None` where
    /// the release must be deployed anew.
    fn keeps(&self, _release: &Release) -> Option<String> {
        None
    }

    /// What tells this environment from every other, as it was last seen. It is recorded with a release. `None` where it was not
    /// looked at, and where the platform tells nothing of the sort.
    fn place(&self) -> Option<Place> {
        None
    }

    /// Whether this run brings an image along, so that a change of what it is made from needs no other deploy.
    fn brings_image(&self) -> bool {
        false
    }

    /// What makes and removes previews of pull requests beside this place; `None` where the platform has none.
    fn previews(&self) -> Option<&dyn Previews> {
        None
    }

    /// Why the last observation found only the names of what is there and nothing else of it; the newest release then says what
    /// stands behind them. `None` where more was read.
    fn names_only(&self) -> Option<NamesOnly> {
        None
    }
}

/// Why of what is there only the names are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamesOnly {
    /// The key may not read more, so a deploy could not be confirmed either; which scope it lacks.
    Key(String),
    /// The platform tells no more of such things, and confirms a deploy by its own comparison.
    Kind,
    /// The platform names these kinds of things, and nothing else of what is there.
    Kinds(&'static [&'static str]),
}

impl NamesOnly {
    /// The kinds of things that are named at all, where those are not all.
    pub fn kinds(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::Kinds(kinds) => Some(kinds),
            Self::Key(_) | Self::Kind => None,
        }
    }
}

/// Every platform whose code can be read.
pub fn codes() -> &'static [&'static dyn Code] {
    &[&nango::Nango, &astro::Astro, &paragon::Paragon, &command::Command]
}

/// Whether a path's text is needed by any platform, or by one of these projects.
pub fn wants(projects: &[ProjectSpec], path: &str) -> bool {
    codes().iter().any(|code| code.wants(path))
        || command::wants(projects, path)
        || projects.iter().any(|spec| astro::is_beside(&spec.path, &spec.astro, path))
}

/// Whether a path's text is needed by one project.
pub fn wants_of(project: &Project, path: &str) -> bool {
    codes().iter().any(|code| code.wants(path)) || astro::is_beside(&project.path, &project.astro, path)
}

/// The code of a platform.
pub fn code(name: PlatformName) -> Result<&'static dyn Code, Problem> {
    codes().iter().find(|code| code.name() == name).copied().ok_or_else(|| {
        let known: Vec<&str> = codes().iter().map(|code| code.name().as_str()).collect();
        Problem::input("platform-not-supported", format!("this version cannot read {} projects yet", name.as_str()))
            .help(format!("it reads: {}", known.join(", ")))
    })
}

/// Everything that reaching a place may take.
#[derive(Debug, Clone)]
pub struct Access<'a, 'd> {
    /// The repository's root.
    pub root: &'a Path,
    /// The project.
    pub project: &'a Project,
    /// The project and the environment.
    pub lane: &'a LaneId,
    /// Whether no other environment comes before this one.
    pub first: bool,
    /// All environments that the configuration names.
    pub environments: Vec<EnvironmentName>,
    /// The credentials of the run.
    pub keys: &'a Keys,
    /// Whether the job targets this environment alone, so that the plain name of a key counts.
    pub sole: bool,
    /// The run's variables, credentials taken out.
    pub variables: &'a BTreeMap<String, String>,
    /// What the project's own commands take; absent where it has none, and where a project of Paragon is not pushed.
    pub command: Option<command::live::Door<'d>>,
    /// The path below the root of an image that an earlier step built.
    pub image: Option<&'a str>,
    /// Our clock.
    pub now: Timestamp,
}

/// What reaches a place: [`connect`], or what a test puts there.
pub type Connect = dyn for<'a, 'b, 'd> Fn(PlatformName, &'a Access<'b, 'd>) -> Result<Box<dyn Platform + 'd>, Problem>;

/// Where a project is deployed to. This is the one match on the kind of platform.
pub fn connect<'d>(name: PlatformName, access: &Access<'_, 'd>) -> Result<Box<dyn Platform + 'd>, Problem> {
    match name {
        PlatformName::Local => Ok(Box::new(local::Local::new(access.root, &access.project.path, access.lane.clone()))),
        PlatformName::Nango => Ok(Box::new(nango::live::Live::connect(&nango::live::Door {
            environment: &access.lane.environment,
            environments: &access.environments,
            keys: access.keys,
            sole: access.sole,
            host: access.variables.get(nango::live::HOST).map(String::as_str),
            extra_ca: access.variables.get(nango::live::EXTRA_CA).map(String::as_str),
        })?)),
        PlatformName::Astro => Ok(Box::new(astro::live::Live::connect(&astro::live::Door {
            lane: access.lane,
            project: access.project,
            keys: access.keys,
            sole: access.sole,
            variables: access.variables,
            root: access.root,
            image: access.image,
            now: access.now,
        })?)),
        PlatformName::Command => {
            let door = access.command.clone().ok_or_else(|| Problem::bug("a command was not made ready"))?;
            Ok(Box::new(command::live::Live::connect(door, access.lane.clone(), access.sole)?))
        }
        PlatformName::Paragon => Ok(Box::new(paragon::live::Live::connect(&paragon::live::Door {
            lane: access.lane,
            folder: &access.project.path,
            first: access.first,
            push: access.command.clone(),
            keys: access.keys,
            sole: access.sole,
            variables: access.variables,
            now: access.now,
        })?)),
    }
}
