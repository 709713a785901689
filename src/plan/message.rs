//! The catalogue of messages: one row a code, from which severity, impact and title come and nowhere else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::manifest::Subject;

/// What a message asks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// Nothing.
    None,
    /// A look.
    Review,
    /// A nod before it happens.
    Confirm,
    /// Consent by name.
    Destructive,
}

/// A message's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// An integration is absent or has no credentials.
    AppConfigurationMissing,
    /// A secret or variable that the code reads is absent.
    SecretMissing,
    /// A model, an input or an output has another shape.
    SchemaChanged,
    /// A model or an endpoint is gone.
    ContractRemoved,
    /// Declared scopes differ.
    ScopesChanged,
    /// A resource is gone.
    ResourceRemoved,
    /// A resource stops by itself.
    ResourceDisabled,
    /// A new setting must be given.
    RequiredSettingAdded,
    /// A resource starts by itself.
    EnabledByDefault,
    /// A schedule, a sync type, a webhook or an event differs.
    TriggerChanged,
    /// What is live came from elsewhere.
    OwnershipTaken,
    /// The deployed hotfix is not in this commit.
    WouldUndoHotfix,
    /// The policy is another one than the default branch's.
    PolicyChanged,
    /// A rebuilt artefact differs from the recorded one.
    ArtefactChanged,
    /// Nothing guards the environment.
    EnvironmentUnprotected,
    /// Production's key is in a run that does not need it.
    ProductionKeyExposed,
    /// The plan was made from the newest release, not from the platform.
    BasisRecorded,
    /// Some reads were missing.
    BasisPartial,
    /// A function has no test.
    Untested,
    /// What is live is not what was recorded.
    Drift,
}

/// What the catalogue says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The code's kebab-case name.
    pub name: &'static str,
    /// A few words, as a heading.
    pub title: &'static str,
    /// How grave.
    pub severity: Severity,
    /// What it asks.
    pub impact: Impact,
    /// Whether it stops a deploy that newly brings it, unless accepted.
    pub blocks: bool,
}

/// A coded remark on a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Its code; see [`Code::row`] for severity and impact.
    pub code: Code,
    /// Whether this one is a step graver than its row: a breaking schema change, added scopes.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub raised: bool,
    /// Whether it is already true of what runs.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub pre_existing: bool,
    /// What it is about.
    pub subject: Subject,
    /// What a person needs to know: what, who is affected.
    pub says: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to_do: Option<String>,
}
