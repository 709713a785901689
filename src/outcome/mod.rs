//! What a run came to: run → project (at one commit) → lane (one environment). It always exists, whatever failed, it is
//! plain data both ways, and everything that is shown is rendered from it.

pub mod headline;
pub mod line;
mod merge;
pub mod redactor;
pub mod sealed;
pub mod sum;
pub mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

pub use crate::applied::Deployed;
use crate::context::Host;
use crate::context::inputs::PlatformName;
use crate::finding::CheckReport;
use crate::gate::Refused;
use crate::names::{BranchName, CommitSha, Digest, EnvironmentName, ProjectId};
use crate::plan::Plan;
use crate::platform::previews::Preview;
use crate::policy::Decision;
use crate::problem::Problem;
use crate::release::Release;

/// The schema number of a report.
pub const REPORT_SCHEMA: u32 = 1;

/// How far a stage came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "stage", content = "is")]
pub enum Stage<T> {
    /// It was not reached; why.
    NotReached(String),
    /// It failed.
    Failed(Problem),
    /// It is done.
    Done(T),
}

impl<T> Stage<T> {
    /// The result, if the stage is done.
    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(value) => Some(value),
            Self::NotReached(_) | Self::Failed(_) => None,
        }
    }
}

/// The run, for readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunFacts {
    /// Where it ran.
    pub host: Host,
    /// The event's name.
    pub event: String,
    /// The pull request, for its events.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pull: Option<u64>,
    /// `owner/name`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repository: Option<String>,
    /// The commit of the event; of a pull request its head. Absent when the runner did not tell it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<CommitSha>,
    /// The branch, where one is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<BranchName>,
    /// Who set it off; empty where nobody is known.
    pub actor: String,
    /// The workflow's file, `.github/workflows/x.yml`: the line that goes back names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub workflow: Option<String>,
    /// The run's page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// The attempt.
    pub attempt: u32,
    /// The part of the tests that ran, `2/4`; the number of parts alone where none of them did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<String>,
    /// When it began.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// How many requests GitHub was sent, repetitions included; absent when it was not asked anything by a token.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requests: Option<u32>,
}

/// Where a run ended for one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "gate")]
pub enum GateOutcome {
    /// It was approved.
    Approved,
    /// It was refused.
    Refused(Refused),
    /// This commit runs there already.
    AlreadyDeployed {
        /// Its version.
        #[schemars(with = "String")]
        version: Version,
    },
    /// A newer commit is there already, and this push has nothing left to do.
    Superseded {
        /// What is there.
        #[schemars(with = "String")]
        version: Version,
    },
}

/// One environment of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lane {
    /// Its place in the order of environments, from 0.
    pub position: usize,
    /// Whether it is production.
    pub production: bool,
    /// Whether this run was meant to change it.
    pub applies: bool,
    /// The branch whose pushes change it; absent: only by hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<BranchName>,
    /// What would change.
    pub plan: Stage<Arc<Plan>>,
    /// What stops a deploy of this run's own changes until a person sees to it, as `code:resource`. What was accepted is not
    /// here.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub waits_for: BTreeSet<String>,
    /// Whether it may.
    pub gate: Stage<GateOutcome>,
    /// What was done.
    pub deploy: Stage<Deployed>,
    /// What runs there when this run ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub current: Option<Release>,
    /// What ran there when this run began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<Release>,
    /// The newest releases, newest first, at most ten.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub history: Vec<Release>,
    /// Commits on the default branch beyond the one deployed, as `abcdef0 subject`, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub left_behind: Vec<String>,
}

/// One project at one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectOutcome {
    /// Its folder from the repository's root; empty for the root itself.
    pub path: String,
    /// What its code is.
    pub platform: PlatformName,
    /// The commit that was looked at.
    pub commit: CommitSha,
    /// Parse, compile, tests.
    pub checks: Stage<CheckReport>,
    /// The digest of what would be, or was, sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artefact: Option<Digest>,
    /// Of a pull request: the digest of what its code adds, changes and removes, read from the sources alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<Digest>,
    /// How many resources the source declares.
    pub resources: usize,
    /// The environments.
    pub lanes: BTreeMap<EnvironmentName, Lane>,
}

/// A pull request's preview of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreviewOutcome {
    /// The project.
    pub project: ProjectId,
    /// The pull request.
    pub pull: u64,
    /// How GitHub calls its environment.
    pub environment: EnvironmentName,
    /// What became of it.
    pub end: PreviewEnd,
}

/// What became of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "preview", content = "is")]
pub enum PreviewEnd {
    /// There is none; why.
    None(String),
    /// It could not be made, or not removed.
    Failed(Problem),
    /// It stands.
    Stands {
        /// What it is.
        preview: Box<Preview>,
        /// What was deployed to it.
        deploy: Stage<Box<Deployed>>,
    },
    /// It is gone; its name.
    Removed(String),
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// [`REPORT_SCHEMA`].
    pub schema: u32,
    /// The run.
    pub run: RunFacts,
    /// What the policy decided; absent when the context could not be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<Decision>,
    /// What went wrong outside any project.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<Problem>,
    /// The projects.
    pub projects: BTreeMap<ProjectId, ProjectOutcome>,
    /// The previews of pull requests that this run was to make or remove.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub previews: Vec<PreviewOutcome>,
    /// What was written down for a later job of the run, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handed_over: Option<Handed>,
    /// What a reader should know beside: what could not be written, and the permission it needs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// A file for a later job of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handed {
    /// Its path from the root of the workspace.
    pub path: String,
    /// Its digest.
    pub digest: Digest,
}

/// The one word for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionWord {
    /// There was nothing to do.
    Skipped,
    /// Checked, and no more was asked.
    Checked,
    /// Planned, and no more was asked.
    Planned,
    /// A newer commit is there already.
    Superseded,
    /// What was live is recorded.
    Adopted,
    /// What can be done by machine is; a person must do the rest.
    Prepared,
    /// An earlier release runs again, confirmed.
    RolledBack,
    /// It runs, confirmed.
    Deployed,
    /// The gate said no.
    Refused,
    /// It failed.
    Failed,
}

impl Lane {
    /// The plan, if there is one.
    pub fn planned(&self) -> Option<&Plan> {
        self.plan.done().map(Arc::as_ref)
    }
}

impl DecisionWord {
    /// The word as outputs and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Checked => "checked",
            Self::Planned => "planned",
            Self::Superseded => "superseded",
            Self::Adopted => "adopted",
            Self::Prepared => "prepared",
            Self::RolledBack => "rolled-back",
            Self::Deployed => "deployed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}
