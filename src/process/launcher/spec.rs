//! What the launcher is told and what it answers: one JSON value each way over the socket that is its standard input.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::process::NotStarted;

/// What to do, as whom, behind what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct Spec {
    /// The process that asked. If it is gone, nothing is done.
    pub(in crate::process) parent: i32,
    /// Where to do it.
    pub(in crate::process) place: Place,
    /// Whom to become; `None` keeps the user that we are.
    pub(in crate::process) user: Option<User>,
    /// What Landlock is to allow; `None` does without it.
    pub(in crate::process) land: Option<Land>,
    /// What to do then.
    pub(in crate::process) task: Task,
}

/// Where the launcher does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) enum Place {
    /// Among all other processes.
    Here,
    /// In namespaces of its own, which it is to make.
    Apart,
    /// In those: as their first process, which the launcher outside has started.
    Inside,
}

/// A user that code of the tree runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct User {
    pub(in crate::process) uid: u32,
    pub(in crate::process) gid: u32,
}

/// What may be reached; everything else may not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct Land {
    /// Files and folders, with all below them, to read and execute.
    pub(in crate::process) read: Vec<PathBuf>,
    /// Files and folders, with all below them, to write as well.
    pub(in crate::process) write: Vec<PathBuf>,
}

/// What the launcher does once it has given everything up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) enum Task {
    /// Becomes this command.
    Run(Command),
    /// Tries what code of the tree must not be able to do.
    Probe(Box<Ask>),
    /// Kills every process of its user at once. Only ever with a user of its own.
    Sweep {
        /// Who it is while it does so, to the processes of that user: a number that is nobody's.
        keeper: u32,
    },
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct Command {
    /// The program, to be found on the command's own PATH, and its arguments.
    pub(in crate::process) argv: Vec<String>,
    /// Where it runs.
    pub(in crate::process) folder: PathBuf,
    /// All that its environment holds.
    pub(in crate::process) environment: BTreeMap<String, String>,
}

/// What the probe tries. Each entry is something that must fail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct Ask {
    /// Folders that must be usable: the other way round.
    pub(in crate::process) usable: Vec<PathBuf>,
    /// Files that steer the runner, with the names people know them by.
    pub(in crate::process) steering: Vec<(String, PathBuf)>,
    /// Files that may hold credentials.
    pub(in crate::process) credentials: Vec<PathBuf>,
    /// Sockets that lead out: of Docker, of agents, of the session.
    pub(in crate::process) sockets: Vec<PathBuf>,
    /// A Docker daemon on the network, as `host:port`.
    pub(in crate::process) docker: Option<String>,
    /// The repository's folder.
    pub(in crate::process) workspace: Option<PathBuf>,
}

/// The launcher's answer, on one line. A command that it became gives none: the socket is closed by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) enum Reply {
    /// What the probe could do.
    Probed(Probed),
    /// Every process of the user has been sent a signal.
    Swept,
    /// The command was started in namespaces of its own. How it ended follows on the next line.
    Started {
        /// The leader of its group, as it is known to who reads this.
        leader: i32,
    },
    /// The command could not be started.
    NotStarted(NotStarted),
    /// A step of giving up privileges failed; nothing was run.
    Failed(String),
}

/// How a command in namespaces of its own came to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct Ended {
    /// The code that it exited with.
    pub(in crate::process) code: Option<i32>,
    /// The signal that ended it.
    pub(in crate::process) signal: Option<i32>,
    /// Names of processes that it left running. They are dead by now.
    pub(in crate::process) left: Vec<String>,
}

/// What the probe found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::process) struct Probed {
    /// What it could do and must not.
    pub(in crate::process) breaches: Vec<Breach>,
    /// What it could not do and must, in a sentence.
    pub(in crate::process) unusable: Option<String>,
    /// The version of Landlock that holds; 0 without.
    pub(in crate::process) landlock: u8,
}

/// Something that code of the tree could do and must not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Which wall stands open.
    pub wall: Wall,
    /// How, without anything that was read.
    pub how: String,
}

/// What stands between code of the tree and the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wall {
    /// Another user, no groups, no capabilities, none to be gained.
    Privileges,
    /// No open files but the three streams.
    Descriptors,
    /// Other processes' environments, memory and open files.
    Processes,
    /// Docker, agents, the session.
    Sockets,
    /// The files that steer the runner.
    Steering,
    /// Stored credentials.
    Credentials,
    /// The repository's own folder.
    Workspace,
    /// The walls could not be tried.
    Unknown,
}

impl Breach {
    /// A breach of this wall.
    pub(in crate::process) fn new(wall: Wall, how: impl Into<String>) -> Self {
        Self { wall, how: how.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.how)
    }
}
