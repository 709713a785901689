//! The gate: a plan becomes an [`ApprovedPlan`] here, or a list of every reason why not. Nothing else can make one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::context::Run;
use crate::context::config::{Config, Environment};
use crate::context::event::Event;
use crate::context::inputs::Inputs;
use crate::finding::CheckReport;
use crate::manifest::{Known, Subject};
use crate::names::{CommitSha, EnvironmentName, ProjectId};
use crate::plan::Plan;
use crate::policy::Decision;
use crate::problem::Problem;
use crate::release::{History, Record};

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
#[derive(Debug)]
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
    pub default_branch: Option<&'a crate::names::BranchName>,
    /// Every project of the run, for reading qualified consent.
    pub projects: &'a [ProjectId],
    /// The commit.
    pub source: &'a SourceFacts,
    /// The checks; an error says why they were not reached.
    pub checks: Result<&'a CheckReport, String>,
    /// The digest of what would be sent.
    pub artefact: Option<&'a crate::names::Digest>,
    /// Whether tree code was confined.
    pub confinement: &'a Confinement,
    /// The lane's history.
    pub history: &'a Result<History, Problem>,
    /// The environment before, and its history.
    pub before: Option<(&'a EnvironmentName, &'a Result<History, Problem>)>,
    /// The plans of the pull requests merged since the lane's last release.
    pub reviewed: &'a Result<Vec<Reviewed>, Problem>,
    /// Messages other than the plan's own that this run raised, already in the plan's messages.
    pub description: &'a str,
}

/// One reason why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Its stable code.
    pub code: Cow<'static, str>,
    /// Why.
    pub why: String,
    /// What to do.
    pub to_do: String,
}

/// Every reason why not, what did hold, and the line that would do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// All reasons, in the order of the gate's table.
    pub reasons: Vec<Refusal>,
    /// What held, in a word or two each.
    pub passed: Vec<String>,
    /// The finished `gh workflow run …` (or `airlock simulate …`) line; absent when no dispatch could help.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<String>,
}

/// What the gate says.
#[derive(Debug)]
pub enum Verdict {
    /// It may be deployed.
    Approved(ApprovedPlan),
    /// It may not.
    Refused(Refused),
    /// This very commit runs there already, and nothing differs.
    AlreadyDeployed(Version),
}

/// A plan that may be deployed: the proof that the gate saw it. It can be neither built, copied nor read from a file elsewhere.
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Arc<Plan>,
    record: Record,
    wait: Duration,
    newest_seen: Option<u64>,
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The record to open.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// How long to wait for another run that holds the environment.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The newest record that the decision knew; a newer one means that the decision is out of date.
    pub fn newest_seen(&self) -> Option<u64> {
        self.newest_seen
    }

    /// A proof that no gate gave, for tests of what comes after it.
    #[cfg(test)]
    pub(crate) fn approved_for_test(plan: Arc<Plan>, record: Record, wait: Duration, newest_seen: Option<u64>) -> Self {
        Self { plan, record, wait, newest_seen }
    }
}

/// What is live, to be recorded as the first release: the proof that the gate allowed it.
#[derive(Debug)]
pub struct ApprovedAdoption {
    record: Record,
}

impl ApprovedAdoption {
    /// The record to write.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// A proof that no gate gave, for tests of what comes after it.
    #[cfg(test)]
    pub(crate) fn approved_for_test(record: Record) -> Self {
        Self { record }
    }
}
