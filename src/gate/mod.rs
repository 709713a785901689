//! The gate: a plan becomes an [`ApprovedPlan`] here, or a list of every reason why not. Nothing else can make one.

mod answer;
mod asked;
mod basis;
mod case;
mod command;
mod decide;
mod evidence;
mod naming;
mod proof;
mod removal;
mod state;
mod table;

use std::borrow::Cow;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

pub use decide::{adopt, decide, preview};
pub use evidence::{Confinement, Evidence, Reviewed, SourceFacts};
pub use proof::{ApprovedAdoption, ApprovedPlan};
pub use state::unresolved;

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
    /// It might be: with `dry-run` everything is asked and no proof is given. What held, in a word or two each.
    WouldApprove(Vec<String>),
    /// It may not.
    Refused(Refused),
    /// This very commit runs there already, and nothing differs.
    AlreadyDeployed(Version),
}

#[cfg(test)]
mod tests;
