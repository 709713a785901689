//! Code of the tree runs through one type, [`Confined`]: behind [`Walls`], with an allow-listed environment, no input, bounded
//! output, and an end that is told as what it was.
//!
//! Neither a hang, nor a flood, nor a child that forks away can stop the run that started it; nothing that it starts outlives
//! it; and of what we hold it can reach nothing. `docs/security.md` says what that means and what it does not.

mod environment;
mod family;
mod launch;
pub mod launcher;
mod output;
mod program;
pub mod shed;
mod started;
mod walls;

use std::io::{PipeWriter, pipe};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::finding::SuiteEnd;
use crate::problem::{Fault, Problem};
use crate::watch::{Ended, Stop, Watch};

pub use environment::{ChildEnv, may_be_named};
use family::Family;
use launch::Launched;
pub use launcher::spec::{Breach, Wall};
use output::Output;
pub use program::is_on_path;
use started::Started;
pub use walls::{Brought, Facts, From as BroughtFrom, Kept, Room, Walls, leave};

/// How long a child may take to end after SIGTERM, before SIGKILL. A cancelled run has seven seconds in all.
const GRACE: Duration = Duration::from_millis(1500);

/// After this much silence a person in a terminal is told that the step still runs.
const QUIET: Duration = Duration::from_secs(30);

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, which we did not send.
    Signalled(i32),
    /// At its time limit, killed by us.
    TimedOut,
    /// When the run was cancelled, killed by us.
    Cancelled(Stop),
    /// It never ran.
    NotStarted(NotStarted),
}

impl From<&End> for SuiteEnd {
    /// By the exit code alone: what else tells of failure is its reader's to weigh.
    fn from(end: &End) -> Self {
        match end {
            End::Exited(0) => Self::Passed,
            End::Exited(code) => Self::Failed { code: Some(*code) },
            End::Signalled(signal) => Self::Killed { signal: *signal },
            End::TimedOut => Self::TimedOut,
            End::Cancelled(_) => Self::Cancelled,
            End::NotStarted(why) => Self::NotStarted { why: why.to_string() },
        }
    }
}

/// Why a child never ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NotStarted {
    /// No folder of PATH has the program.
    #[error("`{program}` was not found on PATH")]
    NotFound {
        /// The program.
        program: String,
    },
    /// The file is there and may not be executed.
    #[error("`{program}` is not executable")]
    NotExecutable {
        /// Its path.
        program: String,
    },
    /// It is, or leads to, a place where the user that runs it may not go.
    #[error("`{program}` cannot be reached by the user that the repository's code runs as{}", leading(target.as_deref()))]
    OutOfReach {
        /// Its path.
        program: String,
        /// Where it leads, where it is a link.
        target: Option<String>,
    },
    /// The first line of the script names an interpreter that is not there.
    #[error("`{program}` asks for the interpreter `{interpreter}`, which is not there")]
    BadInterpreter {
        /// The script's path.
        program: String,
        /// What its first line names.
        interpreter: String,
    },
    /// The folder to run in is not there.
    #[error("the folder `{folder}` is not there")]
    NoFolder {
        /// Its path.
        folder: String,
    },
    /// It would have run where it could reach what it must not.
    #[error("code of the repository was not executed: {why}")]
    NotConfined {
        /// Which wall stands open.
        why: String,
    },
    /// The system said no, in its words.
    #[error("`{program}` could not be started: {why}")]
    Refused {
        /// The program.
        program: String,
        /// What the system said.
        why: String,
    },
}

fn leading(target: Option<&str>) -> String {
    target.map(|target| format!(": it leads to `{target}`")).unwrap_or_default()
}

/// What running a child came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// Wall time, from the start to the last of its output.
    pub time: Duration,
    /// How many bytes it printed, on both streams.
    pub printed: u64,
    /// Whether it printed more than is shown: the rest was only counted.
    pub flooded: bool,
    /// The last of what it printed, without escape sequences; at most 64 KiB.
    pub tail: String,
    /// Names of processes that it left running; they have been killed as far as they could be found. Never empty when
    /// something held its output open.
    pub left_running: Vec<String>,
}

/// A command of the tree, ready to run.
#[derive(Debug, Clone)]
pub struct Confined<'w> {
    walls: &'w Walls,
    argv: Vec<String>,
    folder: PathBuf,
    environment: ChildEnv,
    grace: Duration,
    shown: u64,
}

impl<'w> Confined<'w> {
    /// This command (the program first) in this folder with this environment. Where the walls stand, the folder must lie in
    /// a [`Room`].
    pub fn new(walls: &'w Walls, argv: Vec<String>, folder: impl Into<PathBuf>, environment: ChildEnv) -> Self {
        Self { walls, argv, folder: folder.into(), environment, grace: GRACE, shown: output::SHOWN }
    }

    /// Sets how long the child may take to end after SIGTERM.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how many bytes are shown before the rest is only counted.
    #[must_use]
    pub fn showing(mut self, bytes: u64) -> Self {
        self.shown = bytes;
        self
    }

    /// The command as a person would type it.
    pub fn title(&self) -> String {
        let quoted = shlex::try_join(self.argv.iter().map(String::as_str));
        quoted.unwrap_or_else(|_| self.argv.join(" ").escape_debug().to_string())
    }

    /// The environment.
    pub fn environment(&self) -> &ChildEnv {
        &self.environment
    }

    /// Runs the command. Its output goes to the console as it comes; the caller opens a group if it wants one. It is killed
    /// with its whole group when the watch ends, and whatever it left running is killed in any case.
    pub async fn run(&self, console: &Console, watch: &Watch) -> Ran {
        let begun = Instant::now();
        let mut output = Output::new(self.shown);
        let mut left_running = Vec::new();
        let end = match self.spawn(watch) {
            Err(end) => end,
            Ok(mut started) => {
                let end = self.follow(&mut started, &mut output, console, watch).await;
                let left = started.finish(&mut output, console, watch).await;
                // What we ended early had no chance to end its own children.
                left_running = if matches!(end, End::Exited(_) | End::Signalled(_)) { left } else { Vec::new() };
                end
            }
        };
        output.close(console);
        let tail = output.tail();
        self.walls.mend(console);
        if let Some(said) = self.walls.explains(&tail).filter(|_| end != End::Exited(0)) {
            console.say(&said);
        }
        Ran { end, time: begun.elapsed(), printed: output.printed(), flooded: output.flooded(), tail, left_running }
    }

    fn spawn(&self, watch: &Watch) -> Result<Started<'w>, End> {
        match watch.stopped() {
            Some(stop) => Err(End::Cancelled(stop)),
            None => self.start().map_err(End::NotStarted),
        }
    }

    fn start(&self) -> Result<Started<'w>, NotStarted> {
        let refused = |error: std::io::Error| program::why_refused(Path::new(&self.title()), &error);
        let (reader, writer) = pipe().map_err(refused)?;
        if let Some(why) = self.walls.refusal() {
            return Err(NotStarted::NotConfined { why });
        }
        let mut family = Family::new();
        let launched = if self.walls.stand() {
            family = family.behind(self.walls);
            self.walls.start(self.told(&family)?, writer)?
        } else {
            Launched::plainly(self.plainly(&family, writer)?)
        };
        Started::new(launched, family, reader).map_err(refused)
    }

    /// What the launcher is told.
    fn told(&self, family: &Family<'_>) -> Result<launcher::spec::Command, NotStarted> {
        let Some(room) = self.walls.room_of(&self.folder) else {
            let why = format!("`{}` is no copy of the repository", self.folder.display());
            return Err(NotStarted::NotConfined { why });
        };
        let environment = self.environment.clone().in_room(&walls::home_of(&room), &walls::scratch_of(&room));
        let environment = environment.with_libraries(&walls::libraries_of(&room));
        let pairs = environment.pairs().chain(family.mark());
        Ok(launcher::spec::Command {
            argv: self.argv.clone(),
            folder: self.folder.clone(),
            environment: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }

    /// Starts it without walls: there is nothing that it must be kept from.
    #[expect(clippy::disallowed_methods, reason = "the one place where code of the tree is started without walls")]
    fn plainly(&self, family: &Family<'_>, writer: PipeWriter) -> Result<tokio::process::Child, NotStarted> {
        let program = program::find(self.argv.first().map_or("", String::as_str), &self.folder, &self.environment)?;
        let refused = |error: std::io::Error| program::why_refused(&program, &error);
        let other_writer = writer.try_clone().map_err(refused)?;
        let mut command = tokio::process::Command::new(&program);
        command.args(self.argv.iter().skip(1)).current_dir(&self.folder).env_clear().envs(self.environment.pairs());
        command.envs(family.mark());
        command.stdin(Stdio::null()).stdout(writer).stderr(other_writer).process_group(0).kill_on_drop(true);
        // With the command our ends of the pipe for writing are closed, else it would never end.
        command.spawn().map_err(refused)
    }

    /// Passes on output until the child ends, the time is over or the run is stopped.
    async fn follow(&self, started: &mut Started<'_>, output: &mut Output, console: &Console, watch: &Watch) -> End {
        match watch.run(self.until_exit(started, output, console)).await {
            Ended::Done(Ok(status)) => end_of(status),
            // The child's state is lost, which cannot happen while nobody else waits for it.
            Ended::Done(Err(error)) => End::NotStarted(program::why_refused(Path::new(&self.title()), &error)),
            Ended::TimedOut => {
                self.stop(started, output, console, watch).await;
                End::TimedOut
            }
            Ended::Stopped(stop) => {
                self.stop(started, output, console, watch).await;
                End::Cancelled(stop)
            }
        }
    }

    async fn until_exit(
        &self,
        started: &mut Started<'_>,
        output: &mut Output,
        console: &Console,
    ) -> std::io::Result<ExitStatus> {
        let begun = Instant::now();
        let limit = Watch::endless();
        loop {
            match limit.within(QUIET).run(started.step(output, console)).await {
                Ended::Done(Some(status)) => return status,
                Ended::Done(None) => {}
                Ended::TimedOut | Ended::Stopped(_) => console.progress(&self.title(), begun.elapsed().as_secs()),
            }
        }
    }

    /// Asks the group to end, and kills it when the grace is over.
    async fn stop(&self, started: &mut Started<'_>, output: &mut Output, console: &Console, watch: &Watch) {
        started.terminate();
        let grace = watch.grace(self.grace);
        // Whether it obeyed or not, the rest of the group is killed after it.
        let _obeyed = grace.run(self.until_exit(started, output, console)).await;
        started.kill(watch).await;
    }
}

fn end_of(status: ExitStatus) -> End {
    status.signal().map_or_else(|| End::Exited(status.code().unwrap_or(-1)), End::Signalled)
}

impl NotStarted {
    /// As a sentence with what to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "what other steps install on the runner is not seen in the container of airlock",
            Self::OutOfReach { .. } => {
                "install it where every user may read it (`/opt`, `/usr/local`), not in somebody's home folder"
            }
            Self::NotExecutable { .. } => "commit it with the executable bit: git update-index --chmod=+x",
            Self::BadInterpreter { .. } => "install the interpreter, or correct the first line of the script",
            Self::NoFolder { .. } => "something removed it, or the checkout lacks it",
            Self::NotConfined { .. } => "run the checks in a job without keys, or set `execute: never` in this one",
            Self::Refused { .. } => "try the command in the same image by hand",
        }
    }
}

impl From<NotStarted> for Problem {
    fn from(why: NotStarted) -> Self {
        let (code, fault) = match why {
            NotStarted::NotConfined { .. } => ("not-confined", Fault::Refused),
            _ => ("command-not-started", Fault::Checks),
        };
        Self::new(code, fault, why.to_string()).help(why.help())
    }
}

#[cfg(test)]
mod tests;
