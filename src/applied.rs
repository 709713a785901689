//! What really happened while deploying, change by change; it belongs to the caller, so that a cancelled deploy keeps it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::ResourceId;
use crate::problem::Problem;
use crate::release::Release;

/// How far one change came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum StepState {
    /// Nothing was sent.
    NotTried,
    /// It was sent, and the answer is not known: a torn connection, a cancel.
    Sent,
    /// The platform took it.
    Done,
    /// The platform refused it.
    Failed {
        /// In its words.
        why: String,
    },
}

/// One change on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedStep {
    /// The resource.
    pub resource: ResourceId,
    /// How far it came.
    #[serde(flatten)]
    pub state: StepState,
}

/// The progress of a deploy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Applied {
    /// The changes, in the order of the plan.
    pub steps: Vec<AppliedStep>,
    /// The platform's own id of this deploy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform_ref: Option<String>,
}

impl Applied {
    /// All changes, none tried.
    pub fn untried(resources: impl IntoIterator<Item = ResourceId>) -> Self {
        let steps =
            resources.into_iter().map(|resource| AppliedStep { resource, state: StepState::NotTried }).collect();
        Self { steps, platform_ref: None }
    }

    /// Marks every change.
    pub fn mark_all(&mut self, state: &StepState) {
        for step in &mut self.steps {
            step.state = state.clone();
        }
    }

    /// Whether anything may have reached the platform.
    pub fn touched(&self) -> bool {
        self.platform_ref.is_some() || self.steps.iter().any(|step| step.state != StepState::NotTried)
    }
}

/// What reading the platform back said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "verified")]
pub enum Verified {
    /// Live is what was sent.
    Live,
    /// Live is something else.
    Differs {
        /// How, one line each.
        how: Vec<String>,
    },
    /// It could not be read back.
    Unverified {
        /// Why.
        why: String,
    },
}

/// How a deploy ended, as its record will say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "ending")]
pub enum Ending {
    /// Live is what was sent.
    Success,
    /// It failed, or live is something else.
    Failed {
        /// What happened.
        problem: Problem,
    },
    /// It was sent, and could not be confirmed.
    Unverified {
        /// Why.
        why: String,
    },
    /// A signal ended it.
    Cancelled {
        /// The signal as a problem.
        problem: Problem,
    },
    /// What was there moved between plan and deploy; nothing was sent.
    Moved {
        /// The refusal.
        problem: Problem,
    },
    /// Everything holds, and people release there by hand: nothing was sent.
    Prepared {
        /// What is to be done by hand.
        by_hand: ByHand,
    },
}

/// A release that people make by hand, for the platform takes none from a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByHand {
    /// Where: `Paragon's dashboard`.
    pub place: String,
    /// What to do there, in order, one sentence each.
    pub steps: Vec<String>,
    /// Whether a release has a version and a description there too; they are asked for in the first step.
    pub names_releases: bool,
}

/// A deploy that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deployed {
    /// The release as it was closed.
    pub release: Release,
    /// What happened, change by change.
    pub applied: Applied,
    /// What reading back said.
    pub verified: Verified,
    /// How it ended.
    pub ending: Ending,
}

impl Deployed {
    /// What was live, recorded: nothing was sent, and it is live by having been read.
    pub fn adopted(release: Release) -> Self {
        Self { release, applied: Applied::default(), verified: Verified::Live, ending: Ending::Success }
    }

    /// Whether nothing was sent because people release there by hand.
    pub fn prepared(&self) -> Option<&ByHand> {
        match &self.ending {
            Ending::Prepared { by_hand } => Some(by_hand),
            _ => None,
        }
    }

    /// Whether what was sent is what runs: the deploy ended well, reading back said so, and the record closed as a success.
    pub fn confirmed(&self) -> bool {
        self.ending == Ending::Success && self.verified == Verified::Live && self.release.succeeded()
    }
}
