//! The catalogue of messages: one row a code, from which severity, impact and title come and nowhere else.

mod catalogue;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::manifest::{ResourceId, Subject};
use crate::names::LaneId;

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
    /// A model, an input, an output or an asset has another shape.
    SchemaChanged,
    /// A model, an endpoint or an asset is gone.
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
    /// What changes is part of an image that this deploy does not bring.
    ImageNeeded,
    /// The image that is due has a runtime which the one there cannot be taken to.
    RuntimeUnreachable,
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
    /// The key of this environment leads to where another one is.
    SamePlace,
    /// The key of this environment leads elsewhere than its newest release went.
    PlaceChanged,
    /// The plan was made from the newest release, not from the platform.
    BasisRecorded,
    /// Some reads were missing.
    BasisPartial,
    /// Only a part of the project is planned.
    PartOnly,
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
    /// What it means, and what to do about it: a sentence or two.
    pub means: &'static str,
}

impl Code {
    /// Every code, in the order of the catalogue.
    pub const ALL: [Self; 25] = [
        Self::AppConfigurationMissing,
        Self::SecretMissing,
        Self::SchemaChanged,
        Self::ContractRemoved,
        Self::ScopesChanged,
        Self::ResourceRemoved,
        Self::ResourceDisabled,
        Self::RequiredSettingAdded,
        Self::EnabledByDefault,
        Self::TriggerChanged,
        Self::OwnershipTaken,
        Self::ImageNeeded,
        Self::RuntimeUnreachable,
        Self::WouldUndoHotfix,
        Self::PolicyChanged,
        Self::ArtefactChanged,
        Self::EnvironmentUnprotected,
        Self::ProductionKeyExposed,
        Self::SamePlace,
        Self::PlaceChanged,
        Self::BasisRecorded,
        Self::BasisPartial,
        Self::PartOnly,
        Self::Untested,
        Self::Drift,
    ];

    /// What the catalogue says of it.
    pub const fn row(self) -> &'static Row {
        catalogue::row(self)
    }

    /// Its kebab-case name.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
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

impl Message {
    /// A message about a subject.
    pub fn new(code: Code, subject: Subject, says: impl Into<String>) -> Self {
        Self { code, raised: false, pre_existing: false, subject, says: says.into(), to_do: None }
    }

    /// A message about the environment as a whole, not about one of its resources: `environment:prod`.
    pub fn about(code: Code, lane: &LaneId, says: impl Into<String>) -> Self {
        Self::new(code, Subject::whole(ResourceId::new("environment", lane.environment.as_str())), says)
    }

    /// The same message, a step graver than its row.
    #[must_use]
    pub fn raised(self) -> Self {
        Self { raised: true, ..self }
    }

    /// The same message, with what to do.
    #[must_use]
    pub fn to_do(self, what: impl Into<String>) -> Self {
        Self { to_do: Some(what.into()), ..self }
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match (self.code.row().severity, self.raised) {
            (severity, false) => severity,
            (Severity::Info, true) => Severity::Warning,
            (Severity::Warning | Severity::Error, true) => Severity::Error,
        }
    }

    /// What it asks of a person.
    pub fn impact(&self) -> Impact {
        self.code.row().impact
    }

    /// Whether it stops a deploy unless accepted: never when it is already true of what runs.
    pub fn blocks(&self) -> bool {
        self.code.row().blocks && !self.pre_existing
    }

    /// `secret-missing:hubspot/deals`: by which it can be accepted.
    pub fn key(&self) -> String {
        format!("{}:{}", self.code, self.subject.resource)
    }

    /// Whether this spelling of a resource (`hubspot/deals`, `sync:hubspot/deals`, `sync:hubspot/deals#NAME`) means the
    /// message's subject, or the resource that the subject is a part of.
    pub fn is_about(&self, typed: &str) -> bool {
        let Subject { resource, part } = &self.subject;
        let of_resource = |typed: &str| typed == resource.id || typed == resource.to_string();
        of_resource(typed)
            || part.as_deref().is_some_and(|part| {
                typed.strip_suffix(part).and_then(|rest| rest.strip_suffix('#')).is_some_and(of_resource)
            })
    }
}

#[cfg(test)]
mod tests;
