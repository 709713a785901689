//! What a platform tells the plan: how its fields compare, and which remarks its changes call for.

use serde_json::Value;

use super::message::Message;
use super::{Change, Observed, UnknownField};
use crate::manifest::{Manifest, Resource, Subject};

/// How two values of a field compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As they are.
    Scalar,
    /// Lists whose order matters.
    List,
    /// Lists whose order does not, and in which a thing counts once.
    Set,
}

/// One field of a kind of resource: the manifest is compared only through such rows, so that order, defaults and
/// spellings never show as changes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The platform's wire name.
    pub name: &'static str,
    /// What a missing field means.
    pub default: fn() -> Value,
    /// How values compare.
    pub shape: Shape,
    /// The normal spelling of a value; `every hour` and `every 1h` become one.
    pub normal: fn(&Value) -> Value,
    /// The word for an element whose loss must be named (`model`, `endpoint`); its name is given by [`Field::part_name`].
    pub part: Option<&'static str>,
    /// The name of an element, as consent spells it.
    pub part_name: fn(&Value) -> String,
}

/// What the rules look at: both sides and the changes between them.
#[derive(Debug)]
pub struct Draft<'a> {
    /// What is declared.
    pub desired: &'a Manifest,
    /// What is there.
    pub seen: &'a Observed,
    /// The changes.
    pub changes: &'a [Change],
    /// The comparisons that could not be made.
    pub unknown: &'a [UnknownField],
}

/// A platform's part of planning. Pure: no credentials, no clock, no files.
pub trait Rules {
    /// The fields of a kind of resource, in the order in which they are shown. Others are compared as scalars without a default.
    fn fields(&self, kind: &str) -> &'static [Field];

    /// The remarks that the changes call for.
    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message>;

    /// What a reader should know of an added resource: `every 1 h`, `starts by itself`.
    fn notes(&self, resource: &Resource) -> Vec<String>;

    /// What is lost with a subject: `the sync stops and its records are deleted`.
    fn loss(&self, subject: &Subject) -> String;
}
