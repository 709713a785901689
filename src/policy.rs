//! What each event may do: the security specification as one pure function. See `decide`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::EnvironmentName;

/// What a run may apply to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A configured environment.
    Live {
        /// Which.
        environment: EnvironmentName,
        /// Whether it is production.
        production: bool,
    },
    /// A pull request's own preview.
    Preview {
        /// The pull request.
        pull: u64,
    },
    /// Only the removal of a pull request's preview.
    Teardown {
        /// The pull request.
        pull: u64,
    },
}

/// How far a run may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nothing at all.
    Nothing,
    /// Read the tree; execute nothing of it.
    Parse,
    /// Also install, compile and test; no platform credentials.
    Check,
    /// Also read platforms and show plans.
    Plan,
    /// Also change this target.
    Apply(Target),
}

/// A step that a reach may include.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Read the tree.
    Parse,
    /// Execute the tree's code.
    Check,
    /// Read platforms.
    Plan,
    /// Change a preview.
    ApplyPreview,
    /// Change an environment that is not production.
    ApplyEnvironment,
    /// Change production.
    ApplyProduction,
}

impl Reach {
    /// The highest step that this reach includes; `None` for [`Reach::Nothing`].
    pub fn highest(&self) -> Option<Step> {
        match self {
            Self::Nothing => None,
            Self::Parse => Some(Step::Parse),
            Self::Check => Some(Step::Check),
            Self::Plan => Some(Step::Plan),
            Self::Apply(Target::Preview { .. } | Target::Teardown { .. }) => Some(Step::ApplyPreview),
            Self::Apply(Target::Live { production: false, .. }) => Some(Step::ApplyEnvironment),
            Self::Apply(Target::Live { production: true, .. }) => Some(Step::ApplyProduction),
        }
    }

    /// Whether a step may be taken.
    pub fn includes(&self, step: Step) -> bool {
        match self {
            // Removing a preview needs neither checks nor a plan.
            Self::Apply(Target::Teardown { .. }) => step == Step::ApplyPreview,
            _ => self.highest().is_some_and(|highest| step <= highest),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Parse => f.write_str("parse"),
            Self::Check => f.write_str("check"),
            Self::Plan => f.write_str("plan"),
            Self::Apply(Target::Live { environment, .. }) => write!(f, "apply to {environment}"),
            Self::Apply(Target::Preview { pull }) => write!(f, "apply to the preview of #{pull}"),
            Self::Apply(Target::Teardown { pull }) => write!(f, "remove the preview of #{pull}"),
        }
    }
}

/// What the run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// Show what would happen.
    Review,
    /// Show what the code changes, compared with another commit: no platform is asked.
    CodeReview,
    /// Deploy what is checked out.
    Deploy,
    /// Deploy what the environment before runs.
    Promote,
    /// Deploy an earlier release again.
    Rollback,
    /// Record what is live as the first release.
    Adopt,
    /// Compare what is live with what was recorded.
    Drift,
    /// Render what an untrusted run could not.
    Relay,
    /// Remove a preview.
    Teardown,
}

/// The decision: how far, what for, where, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// How far the run may go.
    pub reach: Reach,
    /// What it is for.
    pub intent: Intent,
    /// The environments it looks at, in order.
    pub environments: Vec<EnvironmentName>,
    /// Whether it may write to GitHub (comments, checks, records).
    pub writes: bool,
    /// Why, in one line for people.
    pub reason: String,
}
