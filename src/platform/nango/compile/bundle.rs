//! What `nango compile` writes, as data: which functions there are, and which files each consists of. The names in it come
//! from code of the tree, so each is checked before it becomes part of a path.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::module::Kind;
use crate::artefact::Artefact;
use crate::manifest::ResourceId;
use crate::problem::{Fault, Problem};

/// The syncs, actions and on-event scripts, by integration.
pub(crate) const NANGO_JSON: &str = ".nango/nango.json";
/// The functions of `createFunction`; absent where there are none.
pub(crate) const FUNCTIONS_JSON: &str = ".nango/functions.json";
/// Ours: the version of the CLI that compiled, which Nango is told with each deploy.
pub(crate) const CLI_VERSION: &str = ".nango/cli-version";

/// The longest name of a function or an integration that Nango takes, in bytes.
const LONGEST_NAME: usize = 255;

/// An element of `nango.json`. What only travels through stays as it was written.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Integration {
    /// The integration's key.
    #[serde(rename = "providerConfigKey")]
    pub key: String,
    /// Its syncs.
    #[serde(default)]
    pub syncs: Vec<Flow>,
    /// Its actions.
    #[serde(default)]
    pub actions: Vec<Flow>,
    /// Names of scripts by event, in the file's order.
    #[serde(rename = "onEventScripts", default)]
    pub on_events: Map<String, Value>,
}

/// A sync or an action of `nango.json`; `null` and absent are one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Flow {
    /// The function's name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Value>,
    /// Names of the models it gives.
    #[serde(default)]
    pub output: Option<Value>,
    /// The version its author gave, or nothing.
    #[serde(default)]
    pub version: Option<Value>,
    /// The schedule.
    #[serde(default)]
    pub runs: Option<Value>,
    /// Whether deletions are tracked.
    #[serde(default)]
    pub track_deletes: Option<Value>,
    /// Whether it starts by itself.
    #[serde(default)]
    pub auto_start: Option<Value>,
    /// `full` or `incremental`.
    #[serde(default)]
    pub sync_type: Option<Value>,
    /// The model of its input or metadata.
    #[serde(default)]
    pub input: Option<Value>,
    /// The scopes it declares.
    #[serde(default)]
    pub scopes: Option<Value>,
    /// A sync's endpoints.
    #[serde(default)]
    pub endpoints: Option<Value>,
    /// An action's endpoint.
    #[serde(default)]
    pub endpoint: Option<Value>,
    /// The webhooks it listens to.
    #[serde(rename = "webhookSubscriptions", default)]
    pub webhooks: Option<Value>,
    /// The schemas of its models.
    #[serde(default)]
    pub json_schema: Option<Value>,
    /// What it uses of the platform.
    #[serde(default)]
    pub features: Option<Value>,
}

/// An element of `functions.json`, as it was written.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// The integration's key.
    pub integration: String,
    /// The function's name.
    pub name: String,
    /// Its source, from the project.
    pub file: String,
    /// Everything, `filePath` left out.
    pub fields: Map<String, Value>,
}

/// One function and the files it consists of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Script {
    /// Who it is.
    pub id: ResourceId,
    /// What it was compiled to.
    pub js: String,
    /// The file it was compiled from.
    pub ts: String,
}

/// Everything that was compiled.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    /// Syncs, actions and on-event scripts.
    pub integrations: Vec<Integration>,
    /// Functions of `createFunction`.
    pub functions: Vec<Function>,
}

impl Bundle {
    /// Reads both files. An error says what is wrong, as a fragment.
    pub(crate) fn read(nango: &[u8], functions: Option<&[u8]>) -> Result<Self, String> {
        let integrations: Vec<Integration> =
            serde_json::from_slice(nango).map_err(|error| format!("`{NANGO_JSON}` cannot be read: {error}"))?;
        let listed: Vec<Map<String, Value>> = match functions {
            Some(bytes) => {
                serde_json::from_slice(bytes).map_err(|error| format!("`{FUNCTIONS_JSON}` cannot be read: {error}"))?
            }
            None => Vec::new(),
        };
        let functions = listed.into_iter().map(Function::read).collect::<Result<_, _>>()?;
        let bundle = Self { integrations, functions };
        bundle.check()?;
        Ok(bundle)
    }

    /// The bundle that an artefact holds.
    pub(crate) fn of(artefact: &Artefact) -> Result<Self, Problem> {
        let file = |name: &str| artefact.files().get(name).map(|bytes| &**bytes);
        let nango = file(NANGO_JSON).ok_or_else(not_compiled)?;
        Self::read(nango, file(FUNCTIONS_JSON)).map_err(|why| Problem::bug("the artefact cannot be read").cause(why))
    }

    /// Every function with its files.
    pub(crate) fn scripts(&self) -> Vec<Script> {
        let mut scripts = Vec::new();
        for integration in &self.integrations {
            let of = |kind: Kind, name: &str| placed(kind, &integration.key, name);
            scripts.extend(integration.syncs.iter().map(|flow| of(Kind::Sync, &flow.name)));
            scripts.extend(integration.actions.iter().map(|flow| of(Kind::Action, &flow.name)));
            scripts.extend(integration.on_events().map(|(_, name)| of(Kind::OnEvent, name)));
        }
        scripts.extend(self.functions.iter().map(Function::script));
        scripts
    }

    fn check(&self) -> Result<(), String> {
        for integration in &self.integrations {
            check_name("an integration", &integration.key, |letter| "~:.@ _-".contains(letter))?;
            let events = integration.on_events.values().all(Value::is_array);
            if !events {
                return Err(format!("`{NANGO_JSON}`: the scripts of an event are no list"));
            }
            let flows = integration.syncs.iter().chain(&integration.actions).map(|flow| flow.name.as_str());
            for name in flows.chain(integration.on_events().map(|(_, name)| name)) {
                check_name("a function", name, |letter| "_-".contains(letter))?;
            }
        }
        self.functions.iter().try_for_each(Function::check)
    }
}

impl Integration {
    /// The on-event scripts: the event, and the script's name.
    pub(crate) fn on_events(&self) -> impl Iterator<Item = (&str, &str)> {
        self.on_events.iter().flat_map(|(event, names)| {
            names.as_array().into_iter().flatten().filter_map(Value::as_str).map(move |name| (event.as_str(), name))
        })
    }
}

impl Function {
    fn read(mut fields: Map<String, Value>) -> Result<Self, String> {
        let text = |fields: &Map<String, Value>, name: &str| {
            let value = fields.get(name).and_then(Value::as_str).map(str::to_owned);
            value.ok_or_else(|| format!("`{FUNCTIONS_JSON}`: a function has no `{name}`"))
        };
        let (integration, name) = (text(&fields, "integrationId")?, text(&fields, "name")?);
        // The CLI writes it as `index.ts` has it: `./github/functions/fetch.ts`.
        let path = text(&fields, "filePath")?;
        let file = path.strip_prefix("./").unwrap_or(&path).to_owned();
        fields.shift_remove("filePath");
        Ok(Self { integration, name, file, fields })
    }

    fn check(&self) -> Result<(), String> {
        check_name("an integration", &self.integration, |letter| "~:.@ _-".contains(letter))?;
        check_name("a function", &self.name, |letter| "_-".contains(letter))?;
        let parts = || self.file.split('/');
        let fine = self.file.len() <= 4096 && parts().all(|part| !matches!(part, "" | "." | ".."));
        if fine { Ok(()) } else { Err(format!("`{}` is no file of the project", self.file.escape_debug())) }
    }

    /// Who it is, and its files.
    pub(crate) fn script(&self) -> Script {
        let stem = self.file.strip_suffix(".ts").unwrap_or(&self.file);
        Script {
            id: ResourceId::new(Kind::Function.word(), format!("{}/{}", self.integration, self.name)),
            js: format!("build/{}.cjs", stem.replace('/', "_")),
            ts: self.file.clone(),
        }
    }
}

/// A function of the older kinds: the CLI looks for its files nowhere else.
pub(in crate::platform::nango) fn placed(kind: Kind, integration: &str, name: &str) -> Script {
    let folder = kind.folder();
    Script {
        id: ResourceId::new(kind.word(), format!("{integration}/{name}")),
        js: format!("build/{integration}_{folder}_{name}.cjs"),
        ts: format!("{integration}/{folder}/{name}.ts"),
    }
}

fn check_name(what: &str, name: &str, is_mark: impl Fn(char) -> bool) -> Result<(), String> {
    let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || is_mark(letter));
    if letters && !matches!(name, "" | "." | "..") && name.len() <= LONGEST_NAME {
        return Ok(());
    }
    let shown: String = name.chars().take(80).collect();
    Err(format!("`{}` is no name that Nango takes for {what}", shown.escape_debug()))
}

fn not_compiled() -> Problem {
    Problem::new("not-compiled", Fault::Checks, "there is nothing compiled to deploy").help(
        "commit a lockfile that pins `nango`, so that airlock can install and compile, or install in an earlier step",
    )
}
