//! The body of a deploy, made from the artefact alone and byte for byte as the project's CLI would send it.
//!
//! What a deploy removes is decided by what it leaves out, so its reach is a type: a part of a project can be sent only in
//! a form that removes nothing beside it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::super::compile::bundle::{Bundle, CLI_VERSION, Flow, Function, Script, placed};
use super::super::compile::syntax::without_map;
use super::super::module::Kind;
use super::sent::{
    Deploy, DeployFunctions, Events, Files, Metadata, Scope, Sent, SentAction, SentFunction, SentScript, SentSync,
};
use crate::artefact::Artefact;
use crate::manifest::ResourceId;
use crate::plan::part::Part;
use crate::problem::{Fault, Problem};

/// The largest body that Nango takes unless its operator says otherwise, in bytes.
pub(super) const LIMIT: usize = 75 * 1024 * 1024;

/// How much of a project is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach<'a> {
    /// All of it: Nango removes everything else that a repository put into the environment.
    All,
    /// One integration: Nango removes what else that integration has. On-event scripts are left alone, for naming
    /// them for one integration switches off those of all others (a defect of Nango 0.71).
    Integration(&'a str),
    /// One sync or action: nothing is removed.
    Single(&'a ResourceId),
}

/// A body, and the route it goes to.
#[derive(Debug)]
pub(super) struct Body {
    /// The parts of the path.
    pub(super) path: &'static [&'static str],
    /// JSON.
    pub(super) bytes: Vec<u8>,
    /// The functions in it.
    pub(super) functions: Vec<ResourceId>,
}

/// Makes the body. Source maps are left out only where the body would be too large with them.
///
/// Problems: `not-compiled`, `mixed-functions`, `nothing-to-deploy`, `deploy-too-large`.
pub(super) fn of(artefact: &Artefact, reach: Reach<'_>) -> Result<Body, Problem> {
    within(LIMIT, artefact, reach)
}

pub(super) fn within(limit: usize, artefact: &Artefact, reach: Reach<'_>) -> Result<Body, Problem> {
    let bundle = Bundle::of(artefact)?;
    let body = Maker { artefact, bundle: &bundle, maps: true }.body(reach)?;
    if body.bytes.len() <= limit {
        return Ok(body);
    }
    drop(body);
    let smaller = Maker { artefact, bundle: &bundle, maps: false }.body(reach)?;
    if smaller.bytes.len() <= limit {
        Ok(smaller)
    } else {
        Err(too_large(smaller.bytes.len(), limit, artefact, &bundle))
    }
}

struct Maker<'a> {
    artefact: &'a Artefact,
    bundle: &'a Bundle,
    maps: bool,
}

impl<'a> Maker<'a> {
    fn body(&self, reach: Reach<'a>) -> Result<Body, Problem> {
        let older = self.older(reach)?;
        let functions = self.functions(reach)?;
        match (older.functions.is_empty(), functions.functions.is_empty()) {
            (false, false) => Err(mixed()),
            (true, true) => Err(nothing()),
            (false, true) => Ok(older),
            (true, false) => Ok(functions),
        }
    }

    /// Syncs, actions and on-event scripts.
    fn older(&self, reach: Reach<'a>) -> Result<Body, Problem> {
        let mut functions = Vec::new();
        let mut flows = Vec::new();
        for integration in &self.bundle.integrations {
            let key = integration.key.as_str();
            for (kind, list) in [(Kind::Sync, &integration.syncs), (Kind::Action, &integration.actions)] {
                for flow in list {
                    let script = placed(kind, key, &flow.name);
                    if reach.holds(key, &script.id) {
                        flows.push(self.flow(kind, key, flow, &script)?);
                        functions.push(script.id);
                    }
                }
            }
        }
        let events = match reach {
            Reach::All => Some(self.events(&mut functions)?),
            Reach::Integration(_) | Reach::Single(_) => None,
        };
        if flows.is_empty() && !functions.is_empty() {
            return Err(only_events());
        }
        let deploy = Deploy {
            flows,
            events,
            mode: reach.mode(),
            reconcile: true,
            debug: false,
            yaml: "",
            sdk: format!("{}-zero", self.text(CLI_VERSION)?),
            source: "repo",
        };
        Ok(Body { path: &["sync", "deploy"], bytes: json(&deploy)?, functions })
    }

    fn flow(&self, kind: Kind, key: &'a str, flow: &'a Flow, script: &Script) -> Result<Sent<'a>, Problem> {
        let files = self.files(script)?;
        let metadata = Metadata { description: truthy(flow.description.as_ref()), scopes: flow.scopes.as_ref() };
        let models = flow.output.as_ref().map_or_else(|| Cow::Owned(Value::Array(Vec::new())), Cow::Borrowed);
        let (name, version, input) = (flow.name.as_str(), flow.version.as_ref(), truthy(flow.input.as_ref()));
        let (schema, features) = (flow.json_schema.as_ref(), flow.features.as_ref());
        Ok(match kind {
            Kind::Sync => Sent::Sync(SentSync {
                name,
                key,
                models,
                version,
                runs: flow.runs.as_ref(),
                track_deletes: flow.track_deletes.as_ref(),
                auto_start: flow.auto_start.as_ref(),
                attributes: Map::new(),
                metadata,
                input,
                sync_type: flow.sync_type.as_ref(),
                kind: kind.word(),
                files,
                endpoints: flow.endpoints.as_ref(),
                webhooks: flow.webhooks.as_ref(),
                schema,
                features,
            }),
            Kind::Action | Kind::OnEvent | Kind::Function => Sent::Action(SentAction {
                name,
                key,
                models,
                version,
                runs: (),
                metadata,
                input,
                kind: kind.word(),
                files,
                endpoints: flow.endpoint.as_ref().into_iter().collect(),
                track_deletes: false,
                schema,
                features,
            }),
        })
    }

    /// The scripts of every integration: an absent list leaves all alone, and one that is there switches off what it lacks.
    fn events(&self, functions: &mut Vec<ResourceId>) -> Result<Vec<Events<'a>>, Problem> {
        let mut all = Vec::new();
        for integration in &self.bundle.integrations {
            let key = integration.key.as_str();
            let mut scripts = Vec::new();
            for (event, name) in integration.on_events() {
                let script = placed(Kind::OnEvent, key, name);
                scripts.push(SentScript { name, files: self.files(&script)?, event });
                functions.push(script.id);
            }
            if !scripts.is_empty() {
                all.push(Events { key, scripts });
            }
        }
        Ok(all)
    }

    /// Functions of `createFunction`.
    fn functions(&self, reach: Reach<'a>) -> Result<Body, Problem> {
        let listed: Vec<(&Function, Script)> =
            self.bundle.functions.iter().map(|function| (function, function.script())).collect();
        let chosen = || listed.iter().filter(|(function, script)| reach.holds(&function.integration, &script.id));
        let scope = match reach {
            Reach::All | Reach::Single(_) => Scope::Environment,
            Reach::Integration(key) => Scope::Integration { key },
        };
        if matches!(reach, Reach::Single(_)) && chosen().next().is_some() {
            return Err(Problem::input("reach-unknown", "Nango deploys no single function of `createFunction`")
                .help("deploy its integration, or the whole project"));
        }
        let functions = chosen()
            .map(|(function, script)| Ok(SentFunction { fields: &function.fields, files: self.files(script)? }))
            .collect::<Result<Vec<_>, Problem>>()?;
        let ids = chosen().map(|(_, script)| script.id.clone()).collect();
        let bytes = json(&DeployFunctions { scope, functions })?;
        let path = &["functions", "deployments", "bundle"];
        Ok(Body { path, bytes, functions: ids })
    }

    fn files(&self, script: &Script) -> Result<Files<'a>, Problem> {
        let js = self.text(&script.js)?;
        Ok(Files { js: if self.maps { js } else { without_map(js) }, ts: self.text(&script.ts)? })
    }

    fn text(&self, path: &str) -> Result<&'a str, Problem> {
        let missing = || Problem::bug(format!("the artefact lacks `{}`", path.escape_debug()));
        let bytes = self.artefact.files().get(path).ok_or_else(missing)?;
        std::str::from_utf8(bytes).map_err(|error| missing().because(&error))
    }
}

impl<'a> Reach<'a> {
    /// The reach that deploys this part of a project, or all of it.
    pub(super) fn of(only: Option<&'a Part>) -> Self {
        match only {
            None => Self::All,
            Some(Part::Group { name, .. }) => Self::Integration(name),
            Some(Part::Single { resource }) => Self::Single(resource),
        }
    }
}

impl Reach<'_> {
    fn holds(self, key: &str, id: &ResourceId) -> bool {
        match self {
            Self::All => true,
            Self::Integration(only) => only == key,
            Self::Single(only) => only == id,
        }
    }

    /// Nango's word for it.
    pub(super) fn mode(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Integration(_) => "integration",
            Self::Single(_) => "single",
        }
    }
}

/// What JavaScript takes for set: the CLI leaves out empty texts.
fn truthy(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| value.as_str() != Some(""))
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| Problem::bug("the body of the deploy cannot be written").because(&error))
}

fn mixed() -> Problem {
    Problem::new(
        "mixed-functions",
        Fault::Checks,
        "Nango deploys functions of `createFunction` and older ones by two ways that know nothing of each other",
    )
    .cause("a deploy of one would leave the other as it was, and its own CLI refuses the project too")
    .help("keep either in a project of its own, or use only one of both")
}

fn nothing() -> Problem {
    Problem::new("nothing-to-deploy", Fault::Checks, "nothing was compiled that could be deployed")
        .cause("Nango removes nothing when it is sent nothing, so an emptied project cannot be deployed")
        .help("remove the last functions in Nango's dashboard")
}

fn only_events() -> Problem {
    Problem::new("nothing-to-deploy", Fault::Checks, "the project has on-event scripts alone")
        .cause("without a sync or an action Nango compares nothing, and its own CLI refuses the project too")
        .help("add a sync or an action")
}

fn too_large(bytes: usize, limit: usize, artefact: &Artefact, bundle: &Bundle) -> Problem {
    let size = |path: &str| artefact.files().get(path).map_or(0, |bytes| bytes.len());
    let mut largest: Vec<(usize, ResourceId)> =
        bundle.scripts().into_iter().map(|script| (size(&script.js), script.id)).collect();
    largest.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let named: Vec<String> = largest.iter().take(3).map(|(size, id)| format!("{id} ({})", megabytes(*size))).collect();
    let says = format!("the deploy is {}, and Nango takes {}", megabytes(bytes), megabytes(limit));
    Problem::new("deploy-too-large", Fault::Checks, says)
        .cause("the source maps are left out already")
        .cause(format!("the largest functions: {}", named.join(", ")))
        .help("let the largest ones import less; who runs Nango can raise NANGO_SERVER_PUBLIC_BODY_LIMIT")
}

fn megabytes(bytes: usize) -> String {
    let tenths = bytes * 10 / (1024 * 1024);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
