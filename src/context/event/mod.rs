//! What happened, from `GITHUB_EVENT_NAME` and the event file. Only this folder knows how GitHub spells its
//! payloads.

pub(crate) mod payload;
mod read;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::{BranchName, CommitSha};

pub use read::read;

/// What set the run off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `pull_request`.
    PullRequest(PullRequest),
    /// `pull_request_target`: privileged, and never trusted with the tree.
    PullRequestTarget(PullRequest),
    /// `push`.
    Push(Push),
    /// `workflow_dispatch`.
    Dispatch(Dispatch),
    /// `merge_group`.
    MergeGroup(MergeGroup),
    /// `schedule`.
    Schedule,
    /// `workflow_run`.
    WorkflowRun(WorkflowRun),
    /// Any other event, by its name.
    Other(String),
}

/// A login and whether a person is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// The login, as GitHub spells it.
    pub login: String,
    /// Whether the account is a bot's (`type` is `Bot`, or the login ends in `[bot]`).
    pub bot: bool,
}

impl Actor {
    /// Dependabot's login.
    pub const DEPENDABOT: &'static str = "dependabot[bot]";

    /// Whether this is Dependabot.
    pub fn is_dependabot(&self) -> bool {
        self.login == Self::DEPENDABOT
    }
}

/// A ref that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref {
    /// `refs/heads/…`.
    Branch(BranchName),
    /// `refs/tags/…`, the tag's name.
    Tag(String),
    /// Any other full ref name.
    Other(String),
}

/// One side of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its commit.
    pub sha: CommitSha,
    /// Its branch.
    pub branch: BranchName,
    /// Its repository, `owner/name`; absent when the fork was deleted.
    pub repository: Option<String>,
}

/// Whether a pull request is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    /// It is open.
    Open,
    /// It was closed.
    Closed {
        /// Whether by merging.
        merged: bool,
    },
}

/// A pull request as its event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The event's action: `opened`, `synchronize`, `closed`, …
    pub action: String,
    /// Open or closed.
    pub state: PullState,
    /// A draft is planned when it is ready for review.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// The proposed side.
    pub head: Side,
    /// The side it goes into.
    pub base: Side,
    /// Who opened it.
    pub author: Actor,
    /// Who caused this event.
    pub sender: Actor,
}

impl PullRequest {
    /// Whether the head is in another repository than the base, or in one that is gone.
    pub fn is_fork(&self) -> bool {
        match (&self.head.repository, &self.base.repository) {
            (Some(head), Some(base)) => !head.eq_ignore_ascii_case(base),
            _ => true,
        }
    }
}

/// A push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// What was pushed.
    pub to: Ref,
    /// The commit before; absent for a new ref.
    pub before: Option<CommitSha>,
    /// The commit after; absent for a deletion.
    pub after: Option<CommitSha>,
    /// Whether history was rewritten.
    pub forced: bool,
    /// Who pushed.
    pub sender: Actor,
}

/// A `workflow_dispatch`: *Run workflow*, or `gh workflow run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// The ref it was started on.
    pub on: Ref,
    /// Who started it.
    pub sender: Actor,
    /// The workflow's file.
    pub workflow: Option<String>,
    /// The inputs that Airlock reads from the event, by their kebab-case name, as text; all others are left alone.
    pub inputs: std::collections::BTreeMap<String, String>,
}

/// A merge queue's group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeGroup {
    /// The queue's commit.
    pub head: CommitSha,
    /// What it would be merged onto.
    pub base: CommitSha,
    /// The branch it is queued for.
    pub base_branch: BranchName,
    /// Who queued it.
    pub sender: Actor,
}

/// A finished (or requested) run of another workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRun {
    /// Its id.
    pub id: u64,
    /// The event that had set it off.
    pub event: String,
    /// The commit it ran on.
    pub head_sha: CommitSha,
    /// The branch it ran on; absent when GitHub gives none.
    pub head_branch: Option<BranchName>,
    /// The repository the commit is from.
    pub head_repository: Option<String>,
    /// How it ended; absent while it runs.
    pub conclusion: Option<String>,
    /// Its workflow's file.
    pub path: Option<String>,
}

impl Event {
    /// GitHub's name for the event.
    pub fn name(&self) -> &str {
        match self {
            Self::PullRequest(_) => "pull_request",
            Self::PullRequestTarget(_) => "pull_request_target",
            Self::Push(_) => "push",
            Self::Dispatch(_) => "workflow_dispatch",
            Self::MergeGroup(_) => "merge_group",
            Self::Schedule => "schedule",
            Self::WorkflowRun(_) => "workflow_run",
            Self::Other(name) => name,
        }
    }
}

#[cfg(test)]
mod tests;
