//! One resource against another, field by field through the platform's table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::rules::{Field, Shape};
use super::{FieldChange, UnknownField, canonical};
use crate::manifest::{Attribute, Resource};
use crate::names::Digest;

/// The name under which a comparison of code that could not be made stands among the unknown fields.
pub const CODE: &str = "code";

/// How two resources of one identity compare.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The fields that differ, in the table's order.
    pub(super) fields: Vec<FieldChange>,
    /// Whether the code behind them differs.
    pub(super) code: bool,
    /// What could not be compared.
    pub(super) unknown: Vec<UnknownField>,
    /// The parts that the new one no longer has.
    pub(super) lost: BTreeSet<String>,
    /// Why the old side could not be read, where it could not.
    pub(super) unread: BTreeSet<String>,
}

impl Compared {
    /// Whether nothing that could be compared differs.
    pub(super) fn same(&self) -> bool {
        self.fields.is_empty() && !self.code
    }
}

/// What a side has for a field.
enum Side {
    Known(Value),
    Unknown(String),
}

/// Compares what is there (`old`) with what is declared (`new`).
pub(super) fn compare(old: &Resource, new: &Resource, table: &[Field]) -> Compared {
    let mut compared = Compared::default();
    // Most resources stay as they are.
    let alike =
        old.attributes == new.attributes && new.attributes.values().all(|attribute| attribute.value().is_some());
    if !alike {
        for field in table {
            compare_field(field, field.name, old, new, &mut compared);
        }
        for name in untabled(old, new, table) {
            compare_field(&Field::plain(""), name, old, new, &mut compared);
        }
    }
    compare_code(old, new, &mut compared);
    compared
}

fn untabled<'a>(old: &'a Resource, new: &'a Resource, table: &[Field]) -> BTreeSet<&'a str> {
    let names = old.attributes.keys().chain(new.attributes.keys()).map(String::as_str);
    names.filter(|name| table.iter().all(|field| field.name != *name)).collect()
}

fn compare_field(field: &Field, name: &str, old: &Resource, new: &Resource, into: &mut Compared) {
    match (old.attributes.get(name), new.attributes.get(name)) {
        // What is equal as it stands is equal in any spelling.
        (None, None) => return,
        (Some(Attribute::Value(old)), Some(Attribute::Value(new))) if old == new => return,
        _ => {}
    }
    match field.shape {
        Shape::Aside => return,
        Shape::Print => {
            into.code |= prints_differ(old.attributes.get(name), new.attributes.get(name));
            return;
        }
        Shape::Scalar | Shape::List | Shape::Set | Shape::Given => {}
    }
    if let Some(Attribute::Unread(why)) = old.attributes.get(name) {
        into.unread.insert(why.clone());
    }
    match (side(field, name, old), side(field, name, new)) {
        (Side::Known(old), Side::Known(new)) if old == new || field.shape == Shape::Given && new.is_null() => {}
        (Side::Known(old), Side::Known(new)) => {
            let kept = parts(field, &new);
            into.lost.extend(parts(field, &old).difference(&kept).cloned());
            into.fields.push(FieldChange { name: name.to_owned(), old, new });
        }
        (there, here) => {
            let nothing_there = matches!(&there, Side::Known(value) if parts(field, value).is_empty());
            into.unknown.push(UnknownField {
                resource: new.id.clone(),
                field: name.to_owned(),
                why: whys(there, here),
                may_remove: field.part.is_some() && !nothing_there,
            });
        }
    }
}

fn whys(there: Side, here: Side) -> String {
    let say = |side, whose: &str| match side {
        Side::Unknown(why) => Some(format!("{whose}: {why}")),
        Side::Known(_) => None,
    };
    [say(here, "declared"), say(there, "there now")].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn side(field: &Field, name: &str, resource: &Resource) -> Side {
    match resource.attributes.get(name) {
        None | Some(Attribute::Value(Value::Null)) => Side::Known(normal(field, &(field.default)())),
        Some(Attribute::Value(value)) => Side::Known(normal(field, value)),
        Some(Attribute::Dynamic(why) | Attribute::Unread(why)) => Side::Unknown(why.clone()),
    }
}

/// The value as it is compared and shown.
pub(super) fn normal(field: &Field, value: &Value) -> Value {
    let spell = |value: &Value| canonical::canonical(&(field.normal)(value));
    match (field.shape, value) {
        (Shape::List, Value::Array(items)) => items.iter().map(spell).collect(),
        (Shape::Set, Value::Array(items)) => {
            let by_text: BTreeMap<String, Value> =
                items.iter().map(spell).map(|item| (canonical::text(&item), item)).collect();
            by_text.into_values().collect()
        }
        _ => spell(value),
    }
}

/// The known attributes of a resource as they are compared, without those that say what a missing one says.
pub(super) fn told(resource: &Resource, table: &[Field]) -> Vec<(String, String)> {
    let telling = resource.attributes.iter().filter_map(|(name, attribute)| {
        let value = attribute.value()?;
        let field = table.iter().find(|field| field.name == name).copied().unwrap_or(Field::plain(""));
        let known = normal(&field, value);
        (!value.is_null() && known != normal(&field, &(field.default)()))
            .then(|| (name.clone(), canonical::text(&known)))
    });
    telling.collect()
}

fn parts(field: &Field, value: &Value) -> BTreeSet<String> {
    match (field.part, value) {
        (None, _) | (Some(_), Value::Null) => BTreeSet::new(),
        (Some(_), Value::Array(items)) => items.iter().map(field.part_name).collect(),
        (Some(_), one) => BTreeSet::from([(field.part_name)(one)]),
    }
}

fn prints_differ(old: Option<&Attribute>, new: Option<&Attribute>) -> bool {
    match (old.and_then(Attribute::value), new.and_then(Attribute::value)) {
        (Some(old), Some(new)) => canonical::canonical(old) != canonical::canonical(new),
        _ => false,
    }
}

/// Only like is compared with like: a print of source says nothing about a print of what was compiled.
fn compare_code(old: &Resource, new: &Resource, into: &mut Compared) {
    let pairs = [(&old.fingerprint, &new.fingerprint), (&old.artefact, &new.artefact)];
    let mut alike = pairs.iter().filter_map(|(old, new)| old.as_ref().zip(new.as_ref())).peekable();
    if alike.peek().is_some() {
        into.code |= alike.any(|(old, new): (&Digest, &Digest)| old != new);
    } else if pairs.iter().any(|(old, new)| old.is_some() || new.is_some()) {
        into.unknown.push(UnknownField {
            resource: new.id.clone(),
            field: CODE.to_owned(),
            why: "what runs there gives no fingerprint that could be compared with the source's".to_owned(),
            may_remove: false,
        });
    }
}
