//! Which commit goes against what: every mode is a row here, not a pipeline of its own.

use crate::context::config::Environment;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::names::{CommitSha, LaneId, ProjectId};

/// A project that was configured or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its folder from the repository's root; empty for the root itself.
    pub path: String,
    /// What its code is.
    pub platform: PlatformName,
    /// Its own test command.
    pub test_command: CommandChoice,
    /// Its own install command.
    pub install_command: CommandChoice,
}

/// Which files a job looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The checkout.
    Checkout,
    /// A commit, in a work tree of its own.
    Commit(CommitSha),
}

/// What a lane's plan compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// What the platform runs; the newest release's commit where there is no key.
    Service,
    /// The newest release's commit.
    Recorded,
    /// This commit's code.
    Commit(CommitSha),
}

/// One environment of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneSpec {
    /// The project and the environment.
    pub id: LaneId,
    /// The environment's policy.
    pub environment: Environment,
    /// What to compare with.
    pub against: Against,
    /// Whether this lane is meant to be changed in this run.
    pub applies: bool,
}

/// One project at one commit, and the environments it is looked at for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The project.
    pub project: Project,
    /// Which files.
    pub source: Source,
    /// The environments in order.
    pub lanes: Vec<LaneSpec>,
}
