//! Arguments into commands. The flags of `ci` and `simulate` are the inputs, from the one table that declares them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};

use crate::console::Console;
use crate::context::env::Env;
use crate::context::inputs::{self, PlatformName};
use crate::names::EnvironmentName;
use crate::problem::exit;
use crate::report::SchemaKind;

/// What the program was asked to do.
pub(super) enum Command {
    /// The action: everything from the environment, and these inputs from flags.
    Action(Vec<(String, String)>),
    /// The same pipeline against the embedded platform.
    Simulate(Simulate),
    /// Manifest and findings of a folder.
    Inspect(Inspect),
    /// The change summary between two states.
    Plan(Plan),
    /// The releases.
    History(History),
    /// A published JSON schema.
    Schema(SchemaKind),
}

/// An event to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Simulated {
    Push,
    PullRequest,
    Dispatch,
    Schedule,
}

/// `airlock simulate …`.
pub(super) struct Simulate {
    pub(super) event: Simulated,
    pub(super) project: PathBuf,
    pub(super) base: Option<String>,
    pub(super) json: bool,
    pub(super) flags: Vec<(String, String)>,
}

/// `airlock inspect …`.
pub(super) struct Inspect {
    pub(super) project: PathBuf,
    pub(super) json: bool,
}

/// How `airlock plan` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Terminal,
    Json,
    Markdown,
}

/// `airlock plan …`.
pub(super) struct Plan {
    pub(super) project: PathBuf,
    pub(super) base: String,
    pub(super) form: Form,
}

/// `airlock history …`.
pub(super) struct History {
    pub(super) project: PathBuf,
    pub(super) environment: Option<EnvironmentName>,
    /// Not given: what GitHub keeps, where a token and the repository are given; else what is kept here.
    pub(super) platform: Option<PlatformName>,
    pub(super) workflow: Option<String>,
    pub(super) json: bool,
}

/// Help, a version or a usage error: what clap has to say, and the exit code.
pub(super) struct Shown(clap::Error);

impl Shown {
    /// Prints it where it belongs: help to stdout, errors to stderr.
    pub(super) fn print(&self) -> u8 {
        let console = Console::terminal();
        if self.0.use_stderr() {
            console.say(self.0.render().to_string().trim_end());
            return exit::INPUT;
        }
        console.result(&self.0.render().to_string());
        exit::DONE
    }
}

impl Command {
    /// Whether the output is read by GitHub's runner.
    pub(super) fn in_actions(&self) -> bool {
        matches!(self, Self::Action(_))
    }

    /// How long after a stop signal the command may take to end: what changes something has a record to close and a report to
    /// write, what only looks has nothing.
    pub(super) fn longest_end(&self) -> Duration {
        match self {
            Self::Action(_) | Self::Simulate(_) => Duration::from_secs(7),
            Self::Inspect(_) | Self::Plan(_) | Self::History(_) | Self::Schema(_) => Duration::from_millis(500),
        }
    }
}

/// Reads the arguments. Without any, inside Actions, the program is the action.
pub(super) fn parse(arguments: impl Iterator<Item = OsString>, env: &Env) -> Result<Command, Shown> {
    let arguments: Vec<OsString> = arguments.collect();
    if arguments.len() <= 1 && env.get("GITHUB_ACTIONS").is_some() {
        return Ok(Command::Action(Vec::new()));
    }
    let matches = clap().try_get_matches_from(arguments).map_err(Shown)?;
    match matches.subcommand() {
        Some(("ci", given)) => Ok(Command::Action(flags(given))),
        Some(("simulate", given)) => Ok(Command::Simulate(simulate(given))),
        Some(("inspect", given)) => {
            Ok(Command::Inspect(Inspect { project: folder(given), json: given.get_flag("json") }))
        }
        Some(("plan", given)) => Ok(Command::Plan(plan(given))),
        Some(("history", given)) => Ok(Command::History(History {
            project: folder(given),
            environment: given.get_one("environment").cloned(),
            platform: given.get_one("platform").copied(),
            workflow: given.get_one::<String>("workflow").cloned(),
            json: given.get_flag("json"),
        })),
        Some(("schema", given)) => {
            let kind = given.get_one::<SchemaKind>("kind").copied();
            kind.map(Command::Schema).ok_or_else(|| usage("a kind is needed"))
        }
        _ => Err(usage("a command is needed")),
    }
}

fn usage(text: &str) -> Shown {
    Shown(clap().error(clap::error::ErrorKind::MissingSubcommand, text))
}

fn clap() -> clap::Command {
    clap::Command::new("airlock")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Tests, previews, promotes and deploys integrations and pipelines kept as code")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            ci_command(),
            simulate_command(),
            inspect_command(),
            plan_command(),
            history_command(),
            schema_command(),
        ])
}

fn ci_command() -> clap::Command {
    clap::Command::new("ci")
        .about("The action, outside a container: everything from GITHUB_* variables and these inputs")
        .args(input_flags())
}

fn simulate_command() -> clap::Command {
    let events = ["push", "pull-request", "dispatch", "schedule"];
    let base = Arg::new("base").long("base").value_name("REV");
    clap::Command::new("simulate")
        .about("Runs the pipeline here, against the project's embedded environments in .airlock/")
        .arg(Arg::new("event").required(true).value_parser(events).help("the event to play"))
        .arg(folder_argument())
        .arg(base.help("what a pull request is compared with [default: the default branch]"))
        .arg(json("the report"))
        .args(input_flags().filter(|flag| flag.get_id() != "project"))
}

fn inspect_command() -> clap::Command {
    clap::Command::new("inspect")
        .about("Shows what a project declares, and what is the matter with it")
        .arg(folder_argument())
        .arg(json("manifest and findings"))
}

fn plan_command() -> clap::Command {
    let base = Arg::new("base").long("base").value_name("REV|FILE").required(true);
    let markdown = Arg::new("markdown").long("markdown").action(ArgAction::SetTrue);
    clap::Command::new("plan")
        .about("Shows what changes between a commit and the working tree")
        .arg(folder_argument())
        .arg(base.help("a commit, or a manifest as `inspect --json` prints it"))
        .arg(json("the plan").conflicts_with("markdown"))
        .arg(markdown.help("print Markdown, as in a summary"))
}

fn history_command() -> clap::Command {
    let environment = Arg::new("environment").long("environment").value_parser(|text: &str| EnvironmentName::new(text));
    let platform = Arg::new("platform").long("platform").value_parser(platform_name);
    let workflow = Arg::new("workflow").long("workflow").value_name("FILE");
    clap::Command::new("history")
        .about("Shows the releases: those that GitHub keeps, where GITHUB_TOKEN and GITHUB_REPOSITORY are given; else those made from here")
        .arg(folder_argument())
        .arg(environment.help("only this environment"))
        .arg(platform.help("those made from here, on this platform: `local` is the embedded one"))
        .arg(workflow.help("the workflow whose runs made the releases that GitHub keeps"))
        .arg(json("the releases"))
}

fn schema_command() -> clap::Command {
    let kind = Arg::new("kind").required(true).value_parser(schema_kind);
    clap::Command::new("schema")
        .about("Prints a published JSON schema")
        .arg(kind.help("plan, manifest, config, environment, record or report"))
}

fn schema_kind(name: &str) -> Result<SchemaKind, String> {
    let known = SchemaKind::ALL.map(SchemaKind::name).join(", ");
    SchemaKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| format!("there are: {known}"))
}

fn platform_name(name: &str) -> Result<PlatformName, String> {
    let known = PlatformName::ALL;
    let names = known.map(PlatformName::as_str).join(", ");
    known.into_iter().find(|known| known.as_str() == name).ok_or_else(|| format!("there are: {names}"))
}

fn folder_argument() -> Arg {
    Arg::new("folder")
        .value_name("PROJECT")
        .default_value(".")
        .value_parser(clap::value_parser!(PathBuf))
        .help("the project's folder")
}

fn json(what: &str) -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help(format!("print {what} as JSON on stdout"))
}

/// One flag an input; the token never comes by the command line, where every user of the machine could read it.
fn input_flags() -> impl Iterator<Item = Arg> {
    inputs::TABLE.iter().filter(|input| input.name != "github-token").map(|input| {
        Arg::new(input.name)
            .long(input.name)
            .value_name("VALUE")
            .num_args(1)
            .allow_hyphen_values(false)
            .help(input.description)
    })
}

fn flags(given: &ArgMatches) -> Vec<(String, String)> {
    let names = input_flags().map(|flag| flag.get_id().to_string());
    names
        .filter_map(|name| given.try_get_one::<String>(&name).ok().flatten().map(|value| (name, value.clone())))
        .collect()
}

fn folder(given: &ArgMatches) -> PathBuf {
    given.get_one("folder").cloned().unwrap_or_else(|| PathBuf::from("."))
}

fn simulate(given: &ArgMatches) -> Simulate {
    let event = match given.get_one::<String>("event").map(String::as_str) {
        Some("push") => Simulated::Push,
        Some("pull-request") => Simulated::PullRequest,
        Some("dispatch") => Simulated::Dispatch,
        _ => Simulated::Schedule,
    };
    Simulate {
        event,
        project: folder(given),
        base: given.get_one("base").cloned(),
        json: given.get_flag("json"),
        flags: flags(given),
    }
}

fn plan(given: &ArgMatches) -> Plan {
    let form = match (given.get_flag("json"), given.get_flag("markdown")) {
        (true, _) => Form::Json,
        (_, true) => Form::Markdown,
        _ => Form::Terminal,
    };
    Plan { project: folder(given), base: given.get_one("base").cloned().unwrap_or_default(), form }
}

#[cfg(test)]
mod tests {
    use super::clap;
    use crate::tests::docs::{blocks, pages};

    #[test]
    fn every_command_in_the_pages_is_one() {
        let mut seen = 0;
        for (name, page) in pages() {
            for line in blocks(&page, "sh").into_iter().flat_map(str::lines) {
                let line = line.replace("cargo run --release -- ", "airlock ");
                let Some(command) = line.strip_prefix("airlock ") else { continue };
                let words = command.split(" # ").next().unwrap().split_whitespace();
                seen += 1;
                if let Err(error) = clap().try_get_matches_from(std::iter::once("airlock").chain(words)) {
                    panic!("{name}: `{line}`: {error}");
                }
            }
        }
        assert!(seen >= 10, "only {seen} were found");
    }
}
