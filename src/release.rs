//! Releases and their history: data that the keepers read and write, in a versioned record.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::finding::Tested;
use crate::manifest::Subject;
use crate::names::{CommitSha, Digest, LaneId};
use crate::plan::part::Part;

/// The schema number of a record.
pub const RECORD_SCHEMA: u32 = 1;

/// What sort of deploy a release was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseKind {
    /// The checkout was deployed.
    Deploy,
    /// The commit of the environment before was deployed.
    Promote,
    /// An earlier release was deployed again.
    Rollback,
    /// What was live was recorded.
    Adopt,
    /// What a person says runs there was recorded: what an earlier record prepared, or what no program can read.
    Confirm,
}

impl ReleaseKind {
    /// Whether its commit may be another than the one its run was of.
    pub fn is_elsewhere(self) -> bool {
        match self {
            Self::Deploy | Self::Adopt => false,
            Self::Promote | Self::Rollback | Self::Confirm => true,
        }
    }
}

/// Who and what allowed the removals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Consent {
    /// A person named them in `consent`.
    Named {
        /// Who.
        actor: String,
    },
    /// A person gave the digest of the plan.
    Digest {
        /// Who.
        actor: String,
    },
    /// The plan of a merged pull request named them.
    Reviewed {
        /// Which pull requests, or reviewed commits.
        pulls: Vec<String>,
    },
    /// The policy lets the bare flag suffice.
    Flag {
        /// Who set it.
        actor: String,
    },
}

/// Who set a release off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Who set the run off.
    pub actor: String,
    /// Who re-ran it, or the actor.
    pub triggering_actor: String,
    /// The event's name.
    pub event: String,
    /// The run, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<u64>,
    /// Its attempt.
    pub attempt: u32,
    /// The run's page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

/// What is known when a release opens: the versioned record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// [`RECORD_SCHEMA`].
    pub schema: u32,
    /// The project and the environment.
    pub lane: LaneId,
    /// What sort of deploy.
    pub kind: ReleaseKind,
    /// The version.
    #[schemars(with = "String")]
    pub version: Version,
    /// The version that was there.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<Version>,
    /// The commit.
    pub commit: CommitSha,
    /// The part that alone was deployed; absent for the whole project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub only: Option<Part>,
    /// In words.
    pub description: String,
    /// The digest of the plan.
    pub plan: Digest,
    /// The digest of what was sent; absent for an adopted release.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artefact: Option<Digest>,
    /// What it removes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub removes: BTreeSet<Subject>,
    /// What allowed the removals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consent: Option<Consent>,
    /// Where the tests of this commit ran.
    pub tested: Tested,
    /// The reason, when it is a hotfix.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hotfix: Option<String>,
    /// Who.
    pub origin: Origin,
    /// When it opened.
    #[schemars(with = "String")]
    pub opened: Timestamp,
}

/// How a release ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum ReleaseResult {
    /// It is, or was, what runs.
    Success,
    /// It failed; what runs is not certain.
    Failed {
        /// Why.
        why: String,
    },
    /// It was sent and not confirmed.
    Unverified {
        /// Why.
        why: String,
    },
    /// It was cancelled.
    Cancelled,
    /// Nothing was sent: what was there moved.
    Moved,
    /// Nothing was sent: everything held, and a person releases it by hand.
    Prepared,
    /// Its run ended without closing it.
    Abandoned,
    /// It is still open.
    Open,
}

/// One release of a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// The keeper's id of the record: a number that grows.
    pub id: u64,
    /// What was known when it opened.
    #[serde(flatten)]
    pub record: Record,
    /// How it ended.
    #[serde(flatten)]
    pub result: ReleaseResult,
    /// When it closed.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<Timestamp>,
    /// The platform's own id of the deploy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform_ref: Option<String>,
}

impl Release {
    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.result == ReleaseResult::Success
    }

    /// Whether it succeeded, and was of the whole project.
    pub fn is_whole(&self) -> bool {
        self.succeeded() && self.record.only.is_none()
    }
}

/// The releases of a lane, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Newest first.
    pub releases: Vec<Release>,
    /// What a reader of the history should know: a torn line that was set aside, a record that was not counted and why.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

impl History {
    /// The release that runs: the newest of the whole project that succeeded. Parts may have been deployed since.
    pub fn current(&self) -> Option<&Release> {
        self.releases.iter().find(|release| release.is_whole())
    }

    /// The newest that succeeded, a part or the whole: no later deploy may lack its commit.
    pub fn newest(&self) -> Option<&Release> {
        self.releases.iter().find(|release| release.succeeded())
    }

    /// The parts that were deployed after a release, the oldest first.
    pub fn parts_since(&self, whole: &Release) -> Vec<(&Part, &Release)> {
        let since = self.releases.iter().take_while(|release| release.id != whole.id);
        let mut parts: Vec<_> = since
            .filter(|release| release.succeeded())
            .filter_map(|release| Some((release.record.only.as_ref()?, release)))
            .collect();
        parts.reverse();
        parts
    }

    /// The newest release that the platform took: one that succeeded, or one that the platform said it had taken and that
    /// could not be read back.
    pub fn taken(&self) -> Option<&Release> {
        let is_taken = |release: &&Release| {
            let sent = release.succeeded() || matches!(release.result, ReleaseResult::Unverified { .. });
            sent && release.record.only.is_none()
        };
        self.releases.iter().find(is_taken)
    }

    /// The newest release, where it was prepared and nobody has said since that it was released.
    pub fn prepared(&self) -> Option<&Release> {
        self.releases.first().filter(|release| release.result == ReleaseResult::Prepared)
    }

    /// The newest successful release of a version; a rollback to it counts as it.
    pub fn of_version(&self, version: &Version) -> Option<&Release> {
        self.releases.iter().find(|release| release.is_whole() && release.record.version == *version)
    }

    /// The successful release that the platform itself calls by this id of a deploy: a part of its reference after the first, which is
    /// the place.
    pub fn of_deploy(&self, deploy: &str) -> Option<&Release> {
        let is_it = |release: &Release| {
            release
                .platform_ref
                .as_deref()
                .is_some_and(|reference| reference.split('/').skip(1).any(|part| part == deploy))
        };
        self.releases.iter().find(|release| release.is_whole() && is_it(release))
    }

    /// The newest successful release of a commit.
    pub fn of_commit(&self, commit: &CommitSha) -> Option<&Release> {
        self.releases.iter().find(|release| release.is_whole() && release.record.commit == *commit)
    }

    /// The newest release whose effect may still be there though it did not succeed, when it is newer than the current one.
    pub fn uncertain(&self) -> Option<&Release> {
        self.releases
            .iter()
            .take_while(|release| !release.is_whole())
            .find(|release| !release.succeeded() && !matches!(release.result, ReleaseResult::Moved))
    }
}
