//! What a deploy would do, as data: the difference between what is declared and what is there, the remarks on it, its
//! digest and the version it would get. All of it is pure.

mod build;
pub mod canonical;
pub mod diff;
pub mod digest;
pub mod fields;
pub mod laid;
pub mod message;
pub mod part;
mod renames;
pub mod rules;
pub mod version;

pub use build::{Brief, build};

use std::collections::BTreeSet;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::manifest::{Known, Manifest, ResourceId, Subject};
use crate::names::{CommitSha, Digest, LaneId, Place};
use message::Message;
use part::Part;

/// The schema number of plans, manifests and reports.
pub const SCHEMA: u32 = 1;

/// Where "what is there now" came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Basis {
    /// Read from the platform.
    Live,
    /// Rebuilt from the commit of the newest release.
    Recorded {
        /// That release.
        #[schemars(with = "String")]
        version: Version,
        /// Its commit.
        commit: CommitSha,
    },
    /// Certainly the first: the platform or the history says that there is nothing.
    None,
    /// Not known: no key and no release here.
    Unknown {
        /// Why.
        why: String,
    },
    /// Another commit's code; the gate never accepts it.
    Commit {
        /// Which.
        commit: CommitSha,
    },
}

/// Facts beside the manifest that an environment gives, names only and never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extras {
    /// Names of secrets or variables that exist.
    pub secrets: Known<BTreeSet<String>>,
    /// Integrations that are configured, with whether their credentials are.
    pub integrations: Known<std::collections::BTreeMap<String, Known<bool>>>,
    /// How many connections each integration has.
    pub connections: Known<std::collections::BTreeMap<String, u64>>,
    /// The scopes that are granted to each integration's app.
    pub scopes: Known<std::collections::BTreeMap<String, BTreeSet<String>>>,
    /// Whether such things exist there at all: an embedded environment and a comparison of code with code have none, and
    /// nothing is said of them.
    pub kept: bool,
}

impl Extras {
    /// There are no such things where this was observed.
    pub fn none(why: &str) -> Self {
        Self { kept: false, ..Self::unknown(why) }
    }

    /// Nothing is known, and why.
    pub fn unknown(why: &str) -> Self {
        Self {
            kept: true,
            secrets: Known::No(why.to_owned()),
            integrations: Known::No(why.to_owned()),
            connections: Known::No(why.to_owned()),
            scopes: Known::No(why.to_owned()),
        }
    }
}

/// What was seen of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Where it came from.
    pub basis: Basis,
    /// The resources that are there; empty for [`Basis::None`], meaningless for [`Basis::Unknown`].
    pub manifest: Manifest,
    /// What else is known.
    pub extras: Extras,
}

/// Where a change comes from, on a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeOrigin {
    /// The pull request makes it: base against merge result.
    ThisPr,
    /// It is already on the base branch and not yet in the environment.
    Waiting,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The platform's wire name.
    pub name: String,
    /// What is there, normalised; `null` where nothing is.
    pub old: Value,
    /// What would be, normalised; `null` where nothing would.
    pub new: Value,
}

/// What happens to one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum What {
    /// It is new.
    Add,
    /// It differs.
    Modify {
        /// The fields that differ, by name; may be empty when only the code does.
        fields: Vec<FieldChange>,
        /// Whether the code behind it differs (fingerprints of one sort that are not equal).
        code: bool,
    },
    /// It is gone from the source.
    Remove,
}

/// A change of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The resource.
    pub resource: ResourceId,
    /// What happens to it.
    #[serde(flatten)]
    pub what: What,
    /// Where the change comes from; absent outside pull requests.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub origin: Option<ChangeOrigin>,
    /// What a reader should know of it, in the platform's words: `every 1 h`, `starts by itself`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// Where it is declared; absent for removals.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}

/// A comparison that could not be made; it is in no change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownField {
    /// The resource.
    pub resource: ResourceId,
    /// The field's wire name.
    pub field: String,
    /// Why it is not known, on which side.
    pub why: String,
    /// Whether something that a person must name could be lost here unseen: models that cannot be read on one side.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub may_remove: bool,
}

/// Two changes that read like one resource under a new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rename {
    /// What would be removed.
    pub from: ResourceId,
    /// What would be added.
    pub to: ResourceId,
}

/// How many resources are added, modified, removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// Added.
    pub added: usize,
    /// Modified.
    pub modified: usize,
    /// Removed: subjects of removal, so a removed model counts as one.
    pub removed: usize,
}

/// A plan for one project in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The project and the environment.
    pub lane: LaneId,
    /// The commit that would be deployed.
    pub commit: CommitSha,
    /// The part that alone is planned and deployed; absent for the whole project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub only: Option<Part>,
    /// Where "what is there" came from.
    pub basis: Basis,
    /// All changes: removals, then modifications, then additions, each by identity.
    pub changes: Vec<Change>,
    /// What could not be compared.
    pub unknown: Vec<UnknownField>,
    /// The remarks.
    pub messages: Vec<Message>,
    /// Everything that a person must have named before it goes.
    pub destructive: BTreeSet<Subject>,
    /// Hints at renames.
    pub renames: Vec<Rename>,
    /// Resources that stay as they are.
    pub unchanged: usize,
    /// Whether nothing of the project would be left there.
    pub empties: bool,
    /// The digest of what would change: see [`digest`].
    pub digest: Digest,
    /// The version it would get.
    #[schemars(with = "String")]
    pub version: Version,
    /// The version that is there.
    #[schemars(with = "Option<String>")]
    pub previous: Option<Version>,
}

impl Plan {
    /// How many resources are added, modified, removed.
    pub fn tally(&self) -> Tally {
        self.tally_of(|_| true)
    }

    /// The same, over the changes that a reader asks for.
    pub fn tally_of(&self, wanted: impl Fn(&Change) -> bool) -> Tally {
        let mut tally = Tally::default();
        for change in self.changes.iter().filter(|change| wanted(change)) {
            match change.what {
                What::Add => tally.added += 1,
                What::Modify { .. } => tally.modified += 1,
                What::Remove => {}
            }
            tally.removed += removals_of(&self.destructive, &change.resource).count();
        }
        tally
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What of one resource would be removed: itself, or its parts. A set of subjects keeps them together, itself first.
pub fn removals_of<'a>(destructive: &'a BTreeSet<Subject>, resource: &ResourceId) -> impl Iterator<Item = &'a Subject> {
    let whole = Subject::whole(resource.clone());
    let from = destructive.range(&whole..);
    from.take_while(move |subject| subject.resource == whole.resource)
}

#[cfg(test)]
mod tests;
