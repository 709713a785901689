//! The launcher: this very binary, started again to become a command of the tree.
//!
//! It begins with what we have, gives it up step by step, and only then becomes the command. Because it is a process of its
//! own with one thread, no step needs `unsafe`, and nothing of ours is left in it: neither memory nor environment nor files.

mod apart;
mod land;
mod lower;
pub(in crate::process) mod probe;
pub(in crate::process) mod spec;

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::process::{Pid, Signal};
use serde::Serialize;

use super::{ChildEnv, NotStarted, program};
use crate::problem::exit;
use spec::{Command, Place, Probed, Reply, Spec, Task};

/// The name (`argv[0]`) by which the binary knows that it is the launcher.
pub const NAME: &str = "airlock-launcher";

/// The largest thing the launcher can be told, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The program that becomes the launcher when it is started as one. Only [`enter_if_asked`] makes it from this program: what
/// does not ask there would not know what it was started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    program: PathBuf,
    landlock: bool,
    namespaces: bool,
}

impl Launcher {
    /// Another program that is airlock's, for tests that are not.
    #[doc(hidden)]
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), landlock: true, namespaces: true }
    }

    /// The same, as on a kernel that has no Landlock.
    #[doc(hidden)]
    #[must_use]
    pub fn without_landlock(self) -> Self {
        Self { landlock: false, ..self }
    }

    /// The same, as on a system that gives ordinary users no namespaces.
    #[doc(hidden)]
    #[must_use]
    pub fn without_namespaces(self) -> Self {
        Self { namespaces: false, ..self }
    }

    /// Whether namespaces are to be asked for.
    pub(super) fn has_namespaces(&self) -> bool {
        self.namespaces
    }

    /// Whether Landlock is to be asked for.
    pub(super) fn has_landlock(&self) -> bool {
        self.landlock
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }
}

/// What this process is.
#[derive(Debug)]
pub enum Entered {
    /// A launcher that has done its work, or could not; the code to exit with.
    Launched(ExitCode),
    /// Airlock itself, which can start itself as the launcher.
    Not(Launcher),
}

/// Does the launcher's work when this process was started as one, and never comes back from a command that starts.
/// To be called first of all in `main`.
pub fn enter_if_asked() -> Entered {
    if std::env::args_os().next().is_none_or(|name| name != NAME) {
        return Entered::Not(Launcher { program: "/proc/self/exe".into(), landlock: true, namespaces: true });
    }
    // Without an answer whoever is at the other end sees the end of the socket.
    Entered::Launched(enter().unwrap_or(ExitCode::from(exit::BUG)))
}

fn enter() -> io::Result<ExitCode> {
    let mut line = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let spec = hear(&mut line)?;
    let done = match spec.place {
        Place::Apart => apart::outside(spec, &mut line),
        Place::Here | Place::Inside => serve(spec, &mut line).map(|()| ExitCode::SUCCESS),
    };
    let reply = match done {
        Ok(code) => return Ok(code),
        Err(Failure::NotStarted(why)) => Reply::NotStarted(why),
        Err(Failure::Step(step, error)) => Reply::Failed(format!("{step}: {error}")),
    };
    say(&mut line, &reply)?;
    Ok(ExitCode::SUCCESS)
}

fn hear(line: &mut UnixStream) -> io::Result<Spec> {
    let mut told = Vec::new();
    line.take(LARGEST).read_to_end(&mut told)?;
    Ok(serde_json::from_slice(&told)?)
}

fn say(line: &mut UnixStream, what: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(what)?;
    text.push(b'\n');
    line.write_all(&text)
}

/// Why the launcher did not come to its task.
enum Failure {
    /// A step of giving up failed.
    Step(&'static str, io::Error),
    /// The command could not be started.
    NotStarted(NotStarted),
}

/// Names the step that failed.
fn at<T, E: Into<io::Error>>(step: &'static str, done: Result<T, E>) -> Result<T, Failure> {
    done.map_err(|error| Failure::Step(step, error.into()))
}

fn serve(spec: Spec, line: &mut UnixStream) -> Result<(), Failure> {
    let Spec { parent, place, user, land, task } = spec;
    let keeper = if let Task::Sweep { keeper } = task { Some(keeper) } else { None };
    if keeper.is_some_and(|keeper| user.is_none() || keeper == 0) {
        return Err(Failure::Step("sweeping", io::Error::other("it would kill our own processes")));
    }
    lower::limit(user.is_some());
    // A session of our own has no terminal, so nothing can be typed into one.
    at("leaving the session", rustix::process::setsid())?;
    close_fds::set_fds_cloexec(3, &[]);
    let is_inside = place == Place::Inside;
    if is_inside {
        apart::furnish()?;
    }
    let land = land.map(|land| at("preparing Landlock", land::prepare(&land))).transpose()?;
    lower::lower(user, keeper)?;
    let landlock = land.map_or(Ok(0), |land| at("enforcing Landlock", land::enforce(land)))?;
    if is_inside {
        apart::bind(line)?;
    } else {
        lower::bind_to(parent)?;
    }
    at("closing the standard input", silence())?;
    let reply = match task {
        Task::Run(command) if is_inside => return apart::run(&command, line),
        Task::Run(command) => return Err(Failure::NotStarted(become_command(&command))),
        Task::Probe(ask) => {
            let (breaches, unusable) = probe::run(&ask, user, landlock);
            Reply::Probed(Probed { breaches, unusable, landlock })
        }
        // Process group 1 stands for "every process that I may signal", but oneself and the first process.
        Task::Sweep { .. } => match rustix::process::kill_process_group(Pid::INIT, Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Reply::Swept,
            Err(error) => return Err(Failure::Step("sweeping", error.into())),
        },
    };
    at("answering", say(line, &reply))
}

/// Nothing to read from: the socket is kept under another number, which no command inherits.
fn silence() -> io::Result<()> {
    let null = std::fs::File::open("/dev/null")?;
    Ok(rustix::stdio::dup2_stdin(null)?)
}

/// Becomes the command; comes back only with why it did not.
fn become_command(command: &Command) -> NotStarted {
    match program_of(command) {
        Ok((program, mut started)) => program::why_refused(&program, &started.exec()),
        Err(why) => why,
    }
}

/// The program of a command of the tree, and all that it is started with.
#[expect(clippy::disallowed_methods, reason = "the one place where the launcher comes to a command of the tree")]
fn program_of(command: &Command) -> Result<(PathBuf, std::process::Command), NotStarted> {
    let environment = ChildEnv::exactly(command.environment.clone());
    let program = program::find(command.argv.first().map_or("", String::as_str), &command.folder, &environment)?;
    let mut started = std::process::Command::new(&program);
    started.args(command.argv.iter().skip(1)).current_dir(&command.folder).env_clear().envs(&command.environment);
    Ok((program, started))
}
