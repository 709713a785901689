//! What a platform tells the plan: how its fields compare, and which remarks its changes call for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::message::Message;
use super::{Change, Observed, UnknownField};
use crate::manifest::{Manifest, Resource, Subject};
use crate::names::LaneId;

/// How two values of a field compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As they are.
    Scalar,
    /// Lists whose order matters.
    List,
    /// Lists whose order does not, and in which a thing counts once.
    Set,
    /// As they are, where one is declared; else the platform chooses, and nothing differs.
    Given,
    /// A digest, or a schema, that no reader wants to see in a row: where both sides know it and it differs, the code differs.
    Print,
    /// Not at all: a fact for the remarks, which one of the sides never has.
    Aside,
}

/// One field of a kind of resource: the manifest is compared only through such rows, so that order, defaults and
/// spellings never show as changes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The platform's wire name.
    pub name: &'static str,
    /// What a missing field, or one that is `null`, means.
    pub default: fn() -> Value,
    /// How values compare.
    pub shape: Shape,
    /// The normal spelling of a value (of each element, for a list or a set); `every hour` and `every 1h` become one.
    pub normal: fn(&Value) -> Value,
    /// The word for an element whose loss must be named (`model`, `endpoint`); its name is given by [`Field::part_name`].
    pub part: Option<&'static str>,
    /// The name of an element, as consent spells it.
    pub part_name: fn(&Value) -> String,
}

impl Field {
    /// A field compared as it stands, `null` when missing.
    pub const fn plain(name: &'static str) -> Self {
        Self { name, default: null, shape: Shape::Scalar, normal: Value::clone, part: None, part_name: plain_text }
    }

    /// A flag, off when missing.
    pub const fn flag(name: &'static str) -> Self {
        Self { default: off, ..Self::plain(name) }
    }

    /// A list whose order does not matter, empty when missing.
    pub const fn set(name: &'static str) -> Self {
        Self { default: nothing, shape: Shape::Set, ..Self::plain(name) }
    }

    /// A field that the platform chooses where none is declared.
    pub const fn given(name: &'static str) -> Self {
        Self { shape: Shape::Given, ..Self::plain(name) }
    }

    /// A digest, or what is too large for a row.
    pub const fn print(name: &'static str) -> Self {
        Self { shape: Shape::Print, ..Self::plain(name) }
    }

    /// A fact that is not compared.
    pub const fn aside(name: &'static str) -> Self {
        Self { shape: Shape::Aside, ..Self::plain(name) }
    }

    /// The same field, in a normal spelling.
    #[must_use]
    pub const fn spelled(self, normal: fn(&Value) -> Value) -> Self {
        Self { normal, ..self }
    }

    /// The same field with another default.
    #[must_use]
    pub const fn or(self, default: fn() -> Value) -> Self {
        Self { default, ..self }
    }

    /// The same field, of parts whose loss must be named.
    #[must_use]
    pub const fn of_parts(self, part: &'static str, part_name: fn(&Value) -> String) -> Self {
        Self { part: Some(part), part_name, ..self }
    }
}

fn null() -> Value {
    Value::Null
}

fn off() -> Value {
    Value::Bool(false)
}

fn nothing() -> Value {
    Value::Array(Vec::new())
}

/// A text without quotes, anything else as canonical JSON.
pub fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| super::canonical::text(value), str::to_owned)
}

/// What the rules look at: both sides and the changes between them.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The project and the environment.
    pub lane: &'a LaneId,
    /// What is declared.
    pub desired: &'a Manifest,
    /// What is there.
    pub seen: &'a Observed,
    /// The changes.
    pub changes: &'a [Change],
    /// Everything that the changes remove.
    pub destructive: &'a BTreeSet<Subject>,
    /// The comparisons that could not be made.
    pub unknown: &'a [UnknownField],
}

/// A platform's part of planning. Pure: no credentials, no clock, no files.
pub trait Rules {
    /// The fields of a kind of resource, in the order in which they are shown. Others are compared as scalars without a default.
    fn fields(&self, kind: &str) -> &'static [Field];

    /// The remarks that the changes call for. Without changes: those that are true of `desired` by itself, for that is
    /// how the plan learns what is already true of what runs.
    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message>;

    /// What a reader should know of an added resource: `every 1 h`, `starts by itself`.
    fn notes(&self, resource: &Resource) -> Vec<String>;

    /// What is lost with a subject: `the sync stops and its records are deleted`.
    fn loss(&self, subject: &Subject) -> String;

    /// The parts that a change takes from a resource and that must be named, beyond those of one field alone ([`Field::part`]): what
    /// only the whole project tells.
    fn lost(&self, _old: &Resource, _new: &Resource, _desired: &Manifest) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// When a resource that was read from the platform was last written there, by whomever; `None` where it does not tell.
    fn written(&self, _there: &Resource) -> Option<Timestamp> {
        None
    }

    /// The number that the platform gave to what it was last sent, with this resource in it; `None` where it gives none.
    fn number<'r>(&self, _there: &'r Resource) -> Option<&'r str> {
        None
    }
}
