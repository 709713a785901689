//! What the gate looks at beside the plan: data, gathered by others.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::context::Run;
use crate::context::config::{Config, Environment};
use crate::context::event::Event;
use crate::context::inputs::Inputs;
use crate::finding::CheckReport;
use crate::manifest::{Known, Subject};
use crate::names::{BranchName, CommitSha, Digest, EnvironmentName, ProjectId};
use crate::plan::version::NumberLine;
use crate::policy::Decision;
use crate::problem::Problem;
use crate::release::History;

/// A reviewed plan: what a merged pull request was shown to remove, recomputed from its commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// How people know it: `#812`, or the head commit.
    pub label: String,
    /// The head that was reviewed.
    pub head: CommitSha,
    /// What its plan named for removal.
    pub removes: BTreeSet<Subject>,
}

/// What is known of the commit that would be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFacts {
    /// The commit.
    pub commit: CommitSha,
    /// Tracked files of the project that differ from the commit; none for a commit's own work tree.
    pub dirty: Known<Vec<String>>,
    /// Whether the commit contains the commit that is live; `Yes(true)` when nothing is live.
    pub contains_live: Known<bool>,
}

/// Whether the code of the tree was kept from keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confinement {
    /// Nothing of the tree was executed.
    NothingRan,
    /// No platform key and no writing token is in this process.
    NoKeys,
    /// It ran confined.
    Confined,
    /// It could not be confined while keys were present.
    NotConfined {
        /// What stood open.
        why: String,
    },
}

/// Everything the gate looks at beside the plan.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// What the policy decided for the event.
    pub decision: &'a Decision,
    /// What was asked for.
    pub inputs: &'a Inputs,
    /// What happened.
    pub event: &'a Event,
    /// In which run.
    pub run: &'a Run,
    /// The policy.
    pub config: &'a Config,
    /// Why the policy could not be read, if so.
    pub policy_unreadable: Option<&'a Problem>,
    /// The lane's environment.
    pub environment: &'a Environment,
    /// The default branch, if known.
    pub default_branch: Option<&'a BranchName>,
    /// Every project of the repository, for reading qualified consent.
    pub projects: &'a [ProjectId],
    /// The commit.
    pub source: &'a SourceFacts,
    /// The checks; an error says why they were not reached.
    pub checks: Result<&'a CheckReport, String>,
    /// The job of this run that checked and compiled it, where this one took that over; why it could not; `None` where
    /// nothing was to be taken over.
    pub handed: Option<Result<&'a str, &'a Problem>>,
    /// The digest of what would be sent.
    pub artefact: Option<&'a Digest>,
    /// Whether tree code was confined.
    pub confinement: &'a Confinement,
    /// The lane's history.
    pub history: &'a Result<History, Problem>,
    /// Where people release by hand: the kinds of things whose names this run read there, none where it could read nothing.
    /// `None` where deploys are sent.
    pub by_hand: Option<&'a [&'static str]>,
    /// The environment before, and its history.
    pub before: Option<(&'a EnvironmentName, &'a Result<History, Problem>)>,
    /// The numbers that the project has used in all its environments.
    pub numbers: &'a NumberLine,
    /// The plans of the pull requests merged since the lane's last release.
    pub reviewed: &'a Result<Vec<Reviewed>, Problem>,
    /// What the deploy brings without its plan having been shown, a sentence each.
    pub unshown: &'a [String],
    /// The release's description where no input gives one: the titles of the merged pull requests.
    pub description: &'a str,
    /// When the record opens.
    pub now: Timestamp,
}
