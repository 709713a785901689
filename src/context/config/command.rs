//! `[project.command]`: how a project of the platform `command` is read, and which commands of people's own deploy it, or push
//! it to the first environment of Paragon.
//!
//! What only reads the tree is the checkout's. Whatever is handed a variable is policy: the default branch's, whichever
//! commit is deployed.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::de::DeValue;

use super::table::{Document, Found, Table, not, text_of};
use super::{Config, ProjectSpec};
use crate::context::inputs::PlatformName;
use crate::context::words::{self, Wrong, command};
use crate::keys;

/// The keys of a `[project.command]`.
pub(super) const COMMAND: &[&str] = &["files", "manifest", "observe", "deploy", "verify", "env", "time-limit"];

/// Those of a project of Paragon: it is read as such a project is, and Paragon itself tells what is there.
pub(super) const PUSH: &[&str] = &["deploy", "verify", "env", "time-limit"];

/// How long one of the commands may take where nothing is said.
const LIMIT: Duration = Duration::from_mins(10);

/// A program and its arguments; no shell ever sees them.
pub type Argv = Vec<String>;

/// How a project of the platform `command` is read and deployed, or one of Paragon pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSpec {
    /// Globs below the project's folder: the files that are deployed, and whose digest is the artefact's.
    pub files: Vec<String>,
    /// Writes the manifest; without it each of the files is a resource.
    pub manifest: Option<Argv>,
    /// What is handed variables.
    pub keyed: Keyed,
}

/// The commands that are handed variables: policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The project's folder in the commit that the commands come from.
    pub folder: String,
    /// Writes what is there now.
    pub observe: Option<Argv>,
    /// Deploys.
    pub deploy: Option<Argv>,
    /// Says whether what is live is what was sent.
    pub verify: Option<Argv>,
    /// The names of the variables that they see.
    pub env: Vec<String>,
    /// How long each may take.
    pub limit: Duration,
}

impl Keyed {
    /// No commands: the policy knows none.
    fn none(folder: String) -> Self {
        Self { folder, observe: None, deploy: None, verify: None, env: Vec::new(), limit: LIMIT }
    }
}

/// Reads a project's table of commands.
pub(super) fn spec(table: &Table<'_, '_, '_>, folder: &str, platform: Option<PlatformName>) -> CommandSpec {
    let is_pushed = platform == Some(PlatformName::Paragon);
    table.only(if is_pushed { PUSH } else { COMMAND });
    let argv = |key: &str| table.read(key, argv).map(|found| found.value);
    let mut files: Vec<String> = table.texts("files", words::path).into_iter().map(|found| found.value).collect();
    if files.is_empty() && !is_pushed {
        files.push("**".to_owned());
    }
    CommandSpec {
        files,
        manifest: argv("manifest"),
        keyed: Keyed {
            folder: folder.to_owned(),
            observe: argv("observe"),
            deploy: argv("deploy"),
            verify: argv("verify"),
            env: table.texts("env", variable).into_iter().map(|found| found.value).collect(),
            limit: table.text("time-limit", words::duration).map_or(LIMIT, |found| found.value),
        },
    }
}

/// The platform and its table belong together.
pub(super) fn belongs(document: &Document<'_>, project: &Found<ProjectSpec>, table_at: Option<usize>) {
    let platform = project.value.platform;
    match (platform, table_at) {
        (Some(PlatformName::Command), None) => {
            let wrong = Wrong::says("`platform` is `command`, and there is no `[project.command]` table");
            let help = "say how it is deployed: `[project.command]` with `deploy = [\"…\"]`";
            document.wrong("config-invalid", project.at, wrong.help(help));
        }
        (Some(PlatformName::Command | PlatformName::Paragon), Some(_)) | (_, None) => {}
        (_, Some(at)) => {
            let wrong = Wrong::says("`[project.command]` stands in a project of another platform");
            let help = "add `platform = \"command\"`, or `\"paragon\"` for one that is pushed, or remove the table";
            document.wrong("config-invalid", at, wrong.help(help));
        }
    }
}

fn argv(value: &DeValue<'_>) -> Result<Argv, Wrong> {
    let DeValue::Array(items) = value else {
        return Err(
            not(value, "a list of arguments").help("write the program and each argument apart: `[\"dbt\", \"build\"]`")
        );
    };
    let words = items.iter().map(|item| text_of(item.get_ref()).map(str::to_owned)).collect::<Result<_, _>>();
    words.and_then(command::argv)
}

fn variable(given: &str) -> Result<String, Wrong> {
    let plain = given.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && given.len() <= 100
        && given.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let wrong = || {
        Wrong::says(format!("is {}, which is no name of a variable", words::shown(given)))
            .help("write names alone: values are secrets of the workflow")
    };
    plain.then(|| given.to_owned()).ok_or_else(wrong)
}

/// The checkout's projects, with what is handed variables as the policy has it.
pub(super) fn under_policy(policy: &Config, mut projects: Vec<ProjectSpec>) -> Vec<ProjectSpec> {
    for project in &mut projects {
        let own = policy.projects.iter().find(|known| known.id == project.id);
        let keyed = own.and_then(|known| known.command.as_ref()).map(|command| command.keyed.clone());
        if let Some(command) = &mut project.command {
            command.keyed = keyed.unwrap_or_else(|| Keyed::none(project.path.clone()));
        }
    }
    projects
}

/// The names of every variable that a command of this configuration may be handed.
pub fn variables(config: &Config) -> BTreeSet<String> {
    let commands = config.projects.iter().filter_map(|project| project.command.as_ref());
    let names = commands.flat_map(|command| &command.keyed.env);
    let each = |name: &String| {
        let environments = config.environments.iter();
        environments.flat_map(|environment| keys::candidates(name, &environment.name, true)).collect::<Vec<_>>()
    };
    names.flat_map(each).collect()
}

/// What the checkout would change in the commands that are handed variables, a sentence for each difference.
pub(super) fn changes(policy: &Config, checkout: &Config) -> Vec<String> {
    let keyed = |config: &Config, id| {
        let project = config.projects.iter().find(|project| project.id == id)?;
        Some(project.command.as_ref()?.keyed.clone())
    };
    let mut changes = Vec::new();
    for project in &checkout.projects {
        let Some(new) = keyed(checkout, project.id.clone()) else { continue };
        match keyed(policy, project.id.clone()) {
            None => changes.push(format!("project `{}` would be deployed by a command", project.id)),
            Some(old) => changes.extend(changes_of(project.id.as_str(), &old, &new)),
        }
    }
    let kept = |id| keyed(checkout, id).is_some();
    for project in &policy.projects {
        if keyed(policy, project.id.clone()).is_some() && !kept(project.id.clone()) {
            changes.push(format!("project `{}` would no longer be deployed by a command", project.id));
        }
    }
    changes
}

/// Every field is named, so that a new one cannot be forgotten.
fn changes_of(project: &str, old: &Keyed, new: &Keyed) -> Vec<String> {
    let Keyed { folder, observe, deploy, verify, env, limit } = old;
    let mut changes = Vec::new();
    let mut say = |differs: bool, says: String| changes.extend(differs.then(|| format!("project `{project}` {says}")));
    say(*folder != new.folder, format!("would run its commands in `{}`", new.folder));
    for (what, old, new) in
        [("observed", observe, &new.observe), ("deployed", deploy, &new.deploy), ("verified", verify, &new.verify)]
    {
        let by = new.as_ref().map_or_else(|| "no command".to_owned(), |argv| format!("`{}`", shown(argv)));
        say(old != new, format!("would be {what} by {by}"));
    }
    let names = if new.env.is_empty() { "no variable".to_owned() } else { format!("`{}`", new.env.join("`, `")) };
    say(*env != new.env, format!("would hand its commands {names}"));
    say(*limit != new.limit, format!("would give its commands {} s", new.limit.as_secs()));
    changes
}

/// A command on one line, cut when it is long.
fn shown(argv: &[String]) -> String {
    const LONGEST: usize = 120;
    let line = shlex::try_join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" "));
    let more = if line.chars().nth(LONGEST).is_some() { "…" } else { "" };
    line.chars().take(LONGEST).map(|c| if c.is_control() || c == '`' { '·' } else { c }).chain(more.chars()).collect()
}
