//! App Events, and the shape of what is only given as a sample.

use serde_json::{Map, Value, json};

/// The shape of a sample: names and types. Two samples of one shape say the same to whoever maps their fields.
pub(super) fn shape(sample: &Value) -> Value {
    match sample {
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(items) => items.first().map_or_else(|| json!([]), |first| json!([shape(first)])),
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields.iter().map(|(name, field)| (name.clone(), shape(field))).collect();
            Value::Object(fields)
        }
    }
}

/// How a shape differs from another, field by field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differs {
    /// A few words each.
    pub how: Vec<String>,
    /// Whether something that may be mapped is gone or has another type.
    pub breaks: bool,
}

/// Compares two shapes.
pub(super) fn differs(old: &Value, new: &Value) -> Differs {
    let mut differs = Differs::default();
    between("", old, new, &mut differs);
    differs
}

fn between(path: &str, old: &Value, new: &Value, into: &mut Differs) {
    let shown = |path: &str| if path.is_empty() { "the payload".to_owned() } else { format!("`{path}`") };
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, old) in before {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                if let Some(new) = after.get(name) {
                    between(&inner, old, new, into);
                } else {
                    into.how.push(format!("{} is gone", shown(&inner)));
                    into.breaks = true;
                }
            }
            for name in after.keys().filter(|name| !before.contains_key(*name)) {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                into.how.push(format!("{} is new", shown(&inner)));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            if let (Some(old), Some(new)) = (before.first(), after.first()) {
                between(&format!("{path}[]"), old, new, into);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            into.how.push(format!("{} was {}, is {}", shown(path), named(old), named(new)));
            into.breaks = true;
        }
    }
}

fn named(shape: &Value) -> &str {
    match shape {
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        other => other.as_str().unwrap_or("something else"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_types_count_and_losses_break() {
        let old = shape(&json!({"title": "A", "tags": [{"id": 1}], "user": {"mail": "x"}, "done": false}));
        let said = |sample: Value| {
            let differs = differs(&old, &shape(&sample));
            format!("{}{}", if differs.breaks { "breaks: " } else { "" }, differs.how.join(", "))
        };
        assert_eq!(said(json!({"title": "B", "tags": [{"id": 7}, {}], "user": {"mail": "y"}, "done": true})), "");
        assert_eq!(
            said(json!({"title": "B", "tags": [{"id": 7}], "user": {"mail": "y"}, "done": true, "due": "now"})),
            "`due` is new"
        );
        assert_eq!(
            said(json!({"title": 1, "tags": [{}], "user": {}, "done": {}})),
            "breaks: `title` was string, is number, `tags[].id` is gone, `user.mail` is gone, `done` was boolean, is an object"
        );
        assert_eq!(said(json!([])), "breaks: the payload was an object, is a list");
    }
}
