//! The command line: the same pipeline for people, for tests and for the runner.

mod action;
mod args;
mod fault;
mod hub;
mod look;
mod place;
mod publish;
mod signals;
mod simulate;
#[cfg(test)]
mod tests;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::rc::Rc;

use crate::console::Console;
use crate::context::Gathered;
use crate::context::config::{self, Config};
use crate::context::env::Env;
use crate::git::Git;
use crate::keys::Keys;
use crate::net::Limits;
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::platform::{self, Connect};
use crate::problem::{Fault, Problem, Problems};
use crate::process::Walls;
use crate::process::launcher::Launcher;
use crate::process::shed;
use crate::report;
use crate::tree::LARGEST_FILE;
use crate::watch::Watch;

use args::Command;

/// What every command is given.
struct Desk {
    env: Env,
    keys: Keys,
    console: Rc<Console>,
    watch: Watch,
    launcher: Option<Launcher>,
    /// What code of the tree runs behind. Its rooms are gone with it, after everything was told.
    walls: OnceCell<Walls>,
    /// The names of variables that people's own commands are handed.
    named: RefCell<BTreeSet<String>>,
    /// What reaches the platforms.
    connect: Box<Connect>,
    /// How long a request to GitHub may take.
    limits: Limits,
}

impl Desk {
    /// What may go on to git, of all variables.
    fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> + use<'_> {
        self.env.variables().iter().map(|(name, value)| (OsString::from(name), OsString::from(value)))
    }

    /// What a person sees.
    fn terminal(&self, sealed: &Sealed) -> String {
        report::terminal(sealed, self.console.colours_results(), self.console.width())
    }

    /// Knows every secret of this run.
    fn redactor(&self) -> Redactor {
        let named = self.named.borrow();
        let named = named.iter().filter_map(|name| self.env.get(name));
        Redactor::new(self.keys.secrets().chain(self.env.sensitive()).chain(named))
    }

    /// Learns which variables people's own commands are handed: whatever they hold is shown nowhere from now on.
    fn learn(&self, config: &Config) {
        *self.named.borrow_mut() = config::command::variables(config);
        self.named.borrow().iter().filter_map(|name| self.env.get(name)).for_each(|value| self.console.mask(value));
        let redactor = self.redactor();
        self.console.hide(move |text| redactor.redact_text(text));
    }
}

/// The configuration's text in the default branch's commit: the policy, whatever is checked out.
async fn policy_text(desk: &Desk, git: &Git, gathered: &Gathered) -> Result<Option<String>, Problem> {
    let watch = &desk.watch;
    let Some(branch) = gathered.default_branch() else { return Err(no_default_branch()) };
    let tip = match git.branch_tip(branch, watch).await? {
        Some(tip) => tip,
        None => git.fetch_branch(branch, watch).await?,
    };
    let Some(bytes) = git.show_file(&tip, gathered.config_path(), LARGEST_FILE, watch).await? else { return Ok(None) };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        Problem::input("policy-unreadable", "the default branch's configuration is not UTF-8")
            .because(&error.utf8_error())
    })
}

fn no_default_branch() -> Problem {
    Problem::input("policy-unreadable", "the default branch is not known, so neither is the policy")
        .help("the event's payload should name it; on a laptop, name a branch `main`")
}

/// Where the system's folder for temporary files cannot be written (in a container with a read-only root), the runner's takes
/// its place. Nothing is known to be wrong when neither can be: who needs such a folder says so.
fn settle_temporary_files(env: &Env) {
    if tempfile::tempfile().is_err()
        && let Some(folder) = env.get("RUNNER_TEMP").map(Path::new)
        && tempfile::tempfile_in(folder).is_ok()
    {
        let _settled_before = tempfile::env::override_temp_dir(folder);
    }
}

/// A folder for this run alone, gone with it.
fn scratch() -> Result<tempfile::TempDir, Problems> {
    tempfile::Builder::new()
        .prefix("airlock-")
        .tempdir()
        .map_err(|error| vec![Problem::input("no-scratch-folder", "cannot make a temporary folder").because(&error)])
}

/// First of all: makes this process unreadable for others of its user, and gives panics a voice that steers nobody.
/// Failing at the first is no reason to stop: the probe before any tree code decides.
pub fn guard() {
    let _unsupported = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    fault::speak_through(console_of_faults);
}

/// The console before, and after, any command is known.
#[expect(clippy::disallowed_methods, reason = "a panic may come before the environment was read, or while it is")]
fn console_of_faults() -> Console {
    if std::env::var_os("GITHUB_ACTIONS").is_some() { Console::actions() } else { Console::terminal() }
}

/// Runs the program and gives its exit code; a panic is a fault of ours, [`crate::problem::exit::BUG`].
pub fn main(arguments: impl Iterator<Item = OsString>, launcher: Launcher) -> u8 {
    fault::caught(&console_of_faults(), || program(arguments, shed::secrets(&Env::is_secret), launcher))
}

fn program(arguments: impl Iterator<Item = OsString>, variables: shed::Variables, launcher: Launcher) -> u8 {
    let (env, keys) = Env::snapshot(variables);
    let command = match args::parse(arguments, &env) {
        Ok(command) => command,
        Err(shown) => return shown.print(),
    };
    let console = if command.in_actions() { Console::actions() } else { Console::terminal() };
    let (switch, watch) = Watch::new();
    if let Err(problem) = signals::listen(switch, command.longest_end()) {
        return fail(&console, &[problem]);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&console, &[Problem::bug("cannot start the runtime").because(&error)]);
        }
    };
    let (console, launcher) = (Rc::new(console), Some(launcher));
    let (connect, limits) = (Box::new(platform::connect), Limits::default());
    let walls = OnceCell::new();
    let desk = Desk { env, keys, console, watch, launcher, walls, named: RefCell::default(), connect, limits };
    // It is never dropped: a signal only turns the switch.
    let code = runtime.block_on(run(command, &desk));
    match desk.console.lost() {
        Some(lost) => fail(&desk.console, &[lost]).max(code),
        None => code,
    }
}

async fn run(command: Command, desk: &Desk) -> u8 {
    let done = match command {
        Command::Action(flags) => Box::pin(action::run(desk, flags)).await,
        Command::Simulate(simulate) => simulate::run(desk, simulate).await,
        Command::Inspect(inspect) => look::inspect(desk, &inspect).await,
        Command::Plan(plan) => look::plan(desk, &plan).await,
        Command::History(history) => look::history(desk, &history).await,
        Command::Schema(kind) => Ok(look::schema(desk, kind)),
    };
    done.unwrap_or_else(|problems| fail(&desk.console, &problems))
}

/// Tells problems that ended the program before there was an outcome, all of them, and gives the exit code.
fn fail(console: &Console, problems: &[Problem]) -> u8 {
    tell(console, problems);
    problems.first().map_or(Fault::Bug, |problem| problem.fault).exit_code()
}

/// Tells problems in full, as a compiler does.
fn tell(console: &Console, problems: &[Problem]) {
    for problem in problems {
        console.say(&format!("error[{}]: {problem}", problem.code));
        for help in &problem.help {
            console.say(&format!("  help: {help}"));
        }
    }
}
