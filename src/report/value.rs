//! Old and new values of a field, as short as a reader needs them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::outcome::line::{Line, clip};
use crate::plan::{FieldChange, What};

/// The longest value shown, in characters.
const VALUE: usize = 80;
/// The most elements of a list that are named on each side.
const ELEMENTS: usize = 3;
/// The most fields of one change that are shown.
const FIELDS: usize = 6;

/// What a modification changes: its fields, or that only the code does.
pub(crate) fn what(what: &What) -> Line {
    let What::Modify { fields, code } = what else { return Line::new() };
    let mut parts: Vec<Line> = fields.iter().take(FIELDS).map(field).collect();
    match fields.len().saturating_sub(FIELDS) {
        0 => {}
        more => parts.push(Line::new().words("and ").count(more, "more field", "more fields")),
    }
    match (parts.is_empty(), code) {
        (true, true) => Line::new().words("code only"),
        (false, true) => Line::joined(" · ", parts).words(" · code"),
        (_, false) => Line::joined(" · ", parts),
    }
}

/// One field: its name, old → new.
fn field(change: &FieldChange) -> Line {
    let name = Line::new().code(clip(&change.name, VALUE)).words(" ");
    match (&change.old, &change.new) {
        (Value::Array(old), Value::Array(new)) => name.then(elements(&texts(old), &texts(new), "order")),
        (Value::Object(old), Value::Object(new)) => {
            let keys = |map: &Map<String, Value>| -> Vec<String> {
                map.iter().map(|(key, value)| format!("{key}: {}", text(value))).collect()
            };
            name.then(elements(&keys(old), &keys(new), "changed"))
        }
        (old, new) => name.then(side(old)).words(" → ").then(side(new)),
    }
}

fn side(value: &Value) -> Line {
    match value {
        Value::Null => Line::new().words("none"),
        Value::Array(items) if items.is_empty() => Line::new().words("none"),
        Value::Array(_) | Value::Object(_) => Line::new().code(clip(&value.to_string(), VALUE)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Line::new().text(clip(&text(value), VALUE)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn texts(items: &[Value]) -> Vec<String> {
    items.iter().map(text).collect()
}

/// What a list lost and gained; `otherwise` when neither.
fn elements(old: &[String], new: &[String], otherwise: &'static str) -> Line {
    let (before, after): (BTreeSet<&String>, BTreeSet<&String>) = (old.iter().collect(), new.iter().collect());
    let lost = named("−", before.difference(&after).copied());
    let gained = named("+", after.difference(&before).copied());
    match (lost.is_empty(), gained.is_empty()) {
        (true, true) => Line::new().words(otherwise),
        _ => lost.join(" ", gained),
    }
}

fn named<'a>(sign: &'static str, elements: impl Iterator<Item = &'a String>) -> Line {
    let elements: Vec<&String> = elements.collect();
    let shown = elements.iter().take(ELEMENTS).map(|element| Line::new().words(sign).code(clip(element, VALUE / 2)));
    let line = Line::joined(" ", shown);
    match elements.len().saturating_sub(ELEMENTS) {
        0 => line,
        more => line.words(" ").words(sign).number(more).words(" more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_like_words() {
        let fields = [
            ("runs", json!("every 1 h"), json!("every 15 min")),
            ("auto_start", json!(true), json!(null)),
            ("scopes", json!(["a", "b"]), json!(["b", "c", "d", "e", "f"])),
            ("models", json!(["a", "b"]), json!(["b", "a"])),
            ("params", json!({"a": 1, "b": 2}), json!({"a": 1, "b": 3})),
        ];
        let fields = fields.map(|(name, old, new)| FieldChange { name: name.into(), old, new });
        let line = what(&What::Modify { fields: fields.into(), code: true });
        insta::assert_snapshot!(line.plain(), @"runs every 1 h → every 15 min · auto_start true → none · scopes −a +c +d +e +1 more · models order · params −b: 2 +b: 3 · code");
        assert_eq!(what(&What::Modify { fields: Vec::new(), code: true }).plain(), "code only");
    }
}
