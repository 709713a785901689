//! From the text of `airlock.toml` to [`Config`]: every problem at once, each with its line and column.

use toml::de::{DeTable, DeValue};

use super::astro::AstroSpec;
use super::rules::{self, Placed};
use super::table::{Document, Found, Table, not, text_of};
use super::{Acceptance, Config, ConsentRule, Destructive, Environment, FlagRule, ProjectSpec, Shown, astro, command};
use crate::context::inputs::{CommandChoice, PlatformName, variable};
use crate::context::words::{self, Wrong, command as given};
use crate::names::{BranchName, EnvironmentName, ProjectId};
use crate::problem::Problems;

/// The largest configuration that is read, in bytes.
const LIMIT: usize = 256 * 1024;

/// The keys of the file itself.
pub(super) const FILE: &[&str] =
    &["project", "environment", "dispatch-by", "refresh-comments", "install-env", "test-env"];
/// The keys of a `[[project]]`.
pub(super) const PROJECT: &[&str] = &["id", "path", "platform", "test-command", "install-command", "command", "astro"];
/// The keys of an `[[environment]]`.
pub(super) const ENVIRONMENT: &[&str] = &[
    "name",
    "production",
    "branch",
    "refs",
    "after",
    "destructive",
    "consent",
    "flag",
    "accept",
    "wait",
    "platform",
    "url",
    "group",
    "time-limit",
    "previews",
];
/// The keys of an entry of `accept`.
pub(super) const ACCEPT: &[&str] = &["code", "resource", "reason"];

const DESTRUCTIVE: [(&str, Destructive); 2] = [("reviewed", Destructive::Reviewed), ("consent", Destructive::Consent)];
const CONSENT: [(&str, ConsentRule); 2] = [("named", ConsentRule::Named), ("flag", ConsentRule::Flag)];
const FLAG: [(&str, FlagRule); 2] = [("stated", FlagRule::Stated), ("true", FlagRule::True)];

/// Reads a configuration; `file` is its path from the repository's root, for places. Environments stand in order: each
/// after the one it follows. A file without environments has the built-in ones. The default branch is not known here:
/// see [`Config::with_default_branch`].
///
/// # Errors
/// `config-syntax` when it is no TOML (then nothing else is judged), `config-unknown-key`, `config-invalid`, and the
/// rules across tables: all at once.
pub fn read(text: &str, file: &str) -> Result<Config, Problems> {
    let document = Document::new(file, text);
    if text.len() > LIMIT {
        document.wrong("config-syntax", 0, Wrong::says("the configuration is larger than 256 KiB"));
        return Err(document.into_problems());
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        document.wrong("config-syntax", at, Wrong::says(format!("this is not TOML: {}", error.message().trim())));
    }
    if !errors.is_empty() {
        return Err(document.into_problems());
    }
    let config = config(&document, &Table::new(&document, table.get_ref(), "the configuration", 0));
    let problems = document.into_problems();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

fn config(document: &Document<'_>, table: &Table<'_, '_, '_>) -> Config {
    table.only(FILE);
    let projects: Vec<_> =
        table.tables("project", "a project").iter().filter_map(|table| project(document, table)).collect();
    rules::projects(document, &projects);
    let tables = table.tables("environment", "an environment");
    let environments: Vec<_> = tables.iter().filter_map(environment).collect();
    let dispatch_by = table.texts("dispatch-by", login).into_iter().map(|found| found.value).collect();
    let names = |key: &str| {
        let names = || table.texts(key, variable).into_iter().map(|found| found.value).collect();
        table.has(key).then(names)
    };
    let shown = Shown { install: names("install-env"), test: names("test-env") };
    let environments = if tables.is_empty() {
        Config::built_in(None).environments
    } else {
        rules::environments(document, environments, tables.len() == 1)
    };
    let refresh_comments = table.flag("refresh-comments").is_some_and(|found| found.value);
    let projects = projects.into_iter().map(|project| project.value).collect();
    Config { projects, environments, dispatch_by, refresh_comments, shown }
}

fn project(document: &Document<'_>, table: &Table<'_, '_, '_>) -> Option<Found<ProjectSpec>> {
    table.only(PROJECT);
    let path = table.required("path", words::path);
    let id = table.text("id", project_id);
    let platform = table.text("platform", words::platform).and_then(|found| found.value);
    let test_command = table.read("test-command", choice);
    let install_command = table.read("install-command", choice);
    let own = table.table("command", "the commands of a project");
    let of_astro = table.table("astro", "what a project of Astro says");
    let path = path?;
    let id = match id {
        Some(id) => id.value,
        None if table.has("id") => return None,
        None => table.text("path", |_| id_by_default(&path.value, platform))?.value,
    };
    let found = Found {
        at: path.at,
        value: ProjectSpec {
            id,
            command: own.as_ref().map(|own| command::spec(own, &path.value, platform)),
            astro: of_astro.as_ref().map_or_else(AstroSpec::default, astro::spec),
            path: path.value,
            platform,
            test_command: test_command.map_or(CommandChoice::Auto, |command| command.value),
            install_command: install_command.map_or(CommandChoice::Auto, |command| command.value),
        },
    };
    command::belongs(document, &found, own.map(|own| own.at));
    astro::belongs(document, &found, of_astro.map(|table| table.at));
    Some(found)
}

/// Without an id of its own a project is called by its folder, and at the root by its platform: the name of the root's
/// folder would change with the clone.
fn id_by_default(path: &str, platform: Option<PlatformName>) -> Result<ProjectId, Wrong> {
    match platform {
        _ if !path.is_empty() => words::id_of_folder(path),
        Some(platform) => words::id_of_folder(platform.as_str()),
        None => Err(Wrong::says("is the repository's root, which gives the project no name")
            .help("add an `id`, or its `platform`")),
    }
}

/// A command as one text, split like an input's, or as a list of arguments.
fn choice(value: &DeValue<'_>) -> Result<CommandChoice, Wrong> {
    let DeValue::Array(items) = value else {
        let text = value.as_str().ok_or_else(|| not(value, "a text or a list of texts"))?;
        return given::choice(text);
    };
    let words = items.iter().map(|item| text_of(item.get_ref()).map(str::to_owned)).collect::<Result<_, _>>();
    words.and_then(given::argv).map(CommandChoice::Argv)
}

fn environment(table: &Table<'_, '_, '_>) -> Option<Placed> {
    table.only(ENVIRONMENT);
    let name = table.required("name", environment_name);
    let production = table.flag("production");
    let branch = table.text("branch", branch);
    let refs = table.texts("refs", allowed_branch);
    let after = table.text("after", after);
    let destructive = table.text("destructive", |given| words::one_of(given, &DESTRUCTIVE));
    let consent = table.text("consent", |given| words::one_of(given, &CONSENT));
    let flag = table.text("flag", |given| words::one_of(given, &FLAG));
    let accept = table.tables("accept", "an acceptance").iter().filter_map(acceptance).collect();
    let url = table.text("url", words::page);
    let wait = table.text("wait", words::duration);
    let platform = table.text("platform", |given| words::one_of(given, &words::PLATFORMS));
    let group = table.text("group", environment_name);
    let time_limit = table.text("time-limit", words::duration);
    let previews = table.flag("previews");
    let name = name?;
    let plain = Environment::named(name.value.clone());
    Some(Placed {
        name_at: name.at,
        production: production.as_ref().map(|production| production.value),
        branch_at: branch.as_ref().map(|branch| branch.at),
        after: after.clone(),
        environment: Environment {
            name: name.value,
            production: production.is_some_and(|production| production.value),
            branch: branch.map(|branch| branch.value),
            refs: refs.into_iter().map(|found| found.value).collect(),
            after: after.and_then(|after| after.value),
            destructive: destructive.map_or(plain.destructive, |found| found.value),
            consent: consent.map_or(plain.consent, |found| found.value),
            flag: flag.map_or(plain.flag, |found| found.value),
            accept,
            wait: wait.map_or(plain.wait, |found| found.value),
            platform: platform.map(|found| found.value),
            url: url.map(|found| found.value),
            group: group.map(|found| found.value),
            time_limit: time_limit.map(|found| found.value),
            previews: previews.is_some_and(|found| found.value),
        },
    })
}

fn acceptance(table: &Table<'_, '_, '_>) -> Option<Acceptance> {
    table.only(ACCEPT);
    let code = table.required("code", |given| {
        let wrong = || Wrong::says(format!("is {}, which is no code of a message", words::shown(given)));
        words::is_code(given).then(|| given.to_owned()).ok_or_else(wrong)
    });
    let resource = table.required("resource", words::one_resource);
    let reason = table.required("reason", |given| {
        let wrong = || Wrong::says("is empty").help("say why this is accepted for good: others will ask");
        (!given.trim().is_empty()).then(|| given.trim().to_owned()).ok_or_else(wrong)
    });
    Some(Acceptance { code: code?.value, resource: resource?.value, reason: reason?.value })
}

fn project_id(given: &str) -> Result<ProjectId, Wrong> {
    ProjectId::new(given).map_err(|_bad_name| {
        Wrong::says(format!("is {}, which is no project id", words::shown(given)))
            .help("ids have letters, digits, `.`, `_`, `-` and `/`, and at most 200 of them")
    })
}

fn environment_name(given: &str) -> Result<EnvironmentName, Wrong> {
    EnvironmentName::new(given).map_err(|_bad_name| {
        Wrong::says(format!("is {}, which is no name of an environment", words::shown(given)))
            .help("names have letters, digits, `_` and `-`, and at most 64 of them")
    })
}

/// The environment that must come first; empty says that none must.
fn after(given: &str) -> Result<Option<EnvironmentName>, Wrong> {
    if given.is_empty() { Ok(None) } else { environment_name(given).map(Some) }
}

fn branch(given: &str) -> Result<BranchName, Wrong> {
    let bare = given.strip_prefix("refs/heads/").unwrap_or(given);
    BranchName::new(bare).map_err(|_bad_name| {
        Wrong::says(format!("is {}, which is no branch", words::shown(given)))
            .help("name one branch in full; patterns are not read")
    })
}

fn allowed_branch(given: &str) -> Result<BranchName, Wrong> {
    if given.starts_with("refs/tags/") {
        return Err(Wrong::says("is a tag, and only branches can be allowed").help("name a branch"));
    }
    branch(given)
}

fn login(given: &str) -> Result<String, Wrong> {
    let plain = !given.is_empty()
        && given.len() <= 100
        && given.chars().all(|c| c.is_ascii_alphanumeric() || "-_[]".contains(c));
    let wrong = || {
        Wrong::says(format!("is {}, which is no login", words::shown(given)))
            .help("write the login as GitHub shows it, such as `release-bot[bot]`")
    };
    plain.then(|| given.to_owned()).ok_or_else(wrong)
}
