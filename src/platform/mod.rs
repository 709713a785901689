//! Platforms: what their code is ([`Code`], without credentials by construction) and where it runs ([`Platform`]).

pub mod local;
pub mod nango;
pub mod parse;

use std::path::Path;

use crate::applied::{Applied, Verified};
use crate::artefact::{Artefact, Built};
use crate::context::inputs::PlatformName;
use crate::finding::Finding;
use crate::history::OpenRecord;
use crate::manifest::Manifest;
use crate::names::LaneId;
use crate::plan::Observed;
use crate::plan::rules::Rules;
use crate::problem::{Fault, Problem};
use crate::tree::Tree;
use crate::watch::{Task, Watch};
use crate::work::Project;

/// What was read from source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The resources.
    pub manifest: Manifest,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

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

    /// What would be deployed when nothing is compiled: the sources that the manifest's resources consist of.
    fn sources(&self, project: &Project, tree: &Tree) -> Artefact;
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
}

/// Every platform whose code can be read.
pub fn codes() -> &'static [&'static dyn Code] {
    &[&nango::Nango]
}

/// The code of a platform.
pub fn code(name: PlatformName) -> Result<&'static dyn Code, Problem> {
    codes().iter().find(|code| code.name() == name).copied().ok_or_else(|| {
        let known: Vec<&str> = codes().iter().map(|code| code.name().as_str()).collect();
        Problem::input("platform-not-supported", format!("this version cannot read {} projects yet", name.as_str()))
            .help(format!("it reads: {}", known.join(", ")))
    })
}

/// Where a project is deployed to. This is the one match on the kind of platform.
///
/// `root` is the repository's root and `folder` the project's below it.
pub fn connect(name: PlatformName, root: &Path, folder: &str, lane: &LaneId) -> Result<Box<dyn Platform>, Problem> {
    match name {
        PlatformName::Local => Ok(Box::new(local::Local::new(root, folder, lane.clone()))),
        PlatformName::Nango | PlatformName::Astro | PlatformName::Paragon | PlatformName::Command => Err(Problem::new(
            "platform-not-supported",
            Fault::Platform,
            format!("this version does not reach {} yet", name.as_str()),
        )
        .help("`platform: local` deploys to the embedded platform")),
    }
}
