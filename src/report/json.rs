//! The report as data, and the published schemas.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::manifest::Manifest;
use crate::outcome::Outcome;
use crate::outcome::sealed::Sealed;
use crate::outcome::verdict::Verdict;
use crate::plan::Plan;
use crate::release::Release;

/// The report: the verdict, and everything it was made from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Report")]
struct Report<'a> {
    /// What it came to.
    verdict: Verdict,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// The report as JSON. What was written reads back as the same [`Outcome`].
pub fn json(sealed: &Sealed) -> String {
    let report = Report { verdict: sealed.outcome().verdict(), outcome: sealed.outcome() };
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_else(|error| {
        // Every key of an outcome is a string and no writer is involved, so this does not happen; a reader must not meet half a report.
        format!("{{\"schema\": 0, \"error\": {}}}", serde_json::Value::from(error.to_string()))
    });
    text.push('\n');
    text
}

/// What has a published schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaKind {
    /// A plan.
    Plan,
    /// A manifest.
    Manifest,
    /// `airlock.toml`.
    Config,
    /// `airlock.environment.toml`.
    Environment,
    /// A release's record.
    Record,
    /// A report.
    Report,
}

impl SchemaKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Plan, Self::Manifest, Self::Config, Self::Environment, Self::Record, Self::Report];

    /// The name on the command line and of the published file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Manifest => "manifest",
            Self::Config => "config",
            Self::Environment => "environment",
            Self::Record => "record",
            Self::Report => "report",
        }
    }
}

/// A JSON schema as text, with a line end.
pub fn schema(kind: SchemaKind) -> String {
    let schema = match kind {
        SchemaKind::Plan => root::<Plan>(),
        SchemaKind::Manifest => root::<Manifest>(),
        SchemaKind::Config => crate::context::config::schema::schema(),
        SchemaKind::Environment => crate::context::config::surroundings::schema(),
        SchemaKind::Record => root::<Release>(),
        SchemaKind::Report => root::<Report<'_>>(),
    };
    format!("{:#}\n", schema.as_value())
}

fn root<T: JsonSchema>() -> Schema {
    SchemaGenerator::default().into_root_schema_for::<T>()
}
