//! How a model's, an input's or an output's schema changed, as far as both sides know it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::manifest::{Attribute, Resource};
use crate::plan::canonical;

/// Who is on the other end of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Others read what it describes.
    Out,
    /// Others give what it describes.
    In,
}

/// How one schema changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// What changed, a few words each.
    pub(super) how: Vec<String>,
    /// Whether it breaks whoever is on the other end.
    pub(super) breaks: bool,
    /// Fields that must now be given.
    pub(super) required: Vec<String>,
}

/// The change of one schema, by its name; `None` where it is the same or not known on both sides.
pub(super) fn changed(old: &Resource, new: &Resource, name: &str, way: Way) -> Option<Changed> {
    let (old_schema, new_schema) = (definition(old, name), definition(new, name));
    if let (Some(old), Some(new)) = (old_schema, new_schema) {
        return between(old, new, way);
    }
    let print = |resource| field(resource, "model_prints")?.get(name);
    let (old, new) = (print(old)?, print(new)?);
    let how = vec!["its source changed; what that means for its fields is known after `nango compile`".to_owned()];
    (old != new).then(|| Changed { how, ..Changed::default() })
}

fn field<'a>(resource: &'a Resource, name: &str) -> Option<&'a Value> {
    resource.attributes.get(name).and_then(Attribute::value)
}

fn definition<'a>(resource: &'a Resource, name: &str) -> Option<&'a Value> {
    field(resource, "json_schema")?.get("definitions")?.get(name)
}

fn between(old: &Value, new: &Value, way: Way) -> Option<Changed> {
    if canonical::canonical(old) == canonical::canonical(new) {
        return None;
    }
    let mut changed = Changed::default();
    let (old_fields, new_fields) = (names(old, "properties"), names(new, "properties"));
    let (old_required, new_required) = (names(old, "required"), names(new, "required"));
    let mut say = |fields: Vec<&String>, what: &str, breaks: bool| {
        changed.breaks |= breaks && !fields.is_empty();
        changed.how.extend(fields.into_iter().map(|field| format!("`{field}` {what}")));
    };
    say(old_fields.difference(&new_fields).collect(), "is gone", true);
    say(new_fields.difference(&old_fields).collect(), "is new", false);
    let retyped = |name: &&String| {
        let of =
            |schema: &Value| schema.get("properties").and_then(|all| all.get(name.as_str())).map(canonical::canonical);
        of(old) != of(new)
    };
    say(old_fields.intersection(&new_fields).filter(retyped).collect(), "has another shape", true);
    let loosened = old_required.difference(&new_required).filter(|name| new_fields.contains(*name)).collect();
    say(loosened, "may be absent", way == Way::Out);
    let asked: Vec<&String> = new_required.difference(&old_required).collect();
    changed.required = asked.iter().filter(|_| way == Way::In).map(|name| (*name).clone()).collect();
    let asked = asked.into_iter().filter(|name| way == Way::In || old_fields.contains(*name)).collect();
    say(asked, "is required", way == Way::In);
    if changed.how.is_empty() {
        changed.how.push("its shape changed".to_owned());
        changed.breaks = true;
    }
    Some(changed)
}

/// The keys of an object, or the texts of a list, at this place of a schema.
fn names(schema: &Value, at: &str) -> BTreeSet<String> {
    match schema.get(at) {
        Some(Value::Object(fields)) => fields.keys().cloned().collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(old: &Value, new: &Value, way: Way) -> String {
        let changed = between(old, new, way).unwrap();
        format!("{}{}", if changed.breaks { "breaks: " } else { "" }, changed.how.join(", "))
    }

    #[test]
    fn readers_break_by_loss_and_givers_by_demand() {
        let old = json!({"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}, "required": ["id"]});
        let more = json!({"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "state": {"type": "string"}}, "required": ["id", "state"]});
        let less = json!({"type": "object", "properties": {"id": {"type": "number"}}, "required": ["id"]});
        assert_eq!(told(&old, &more, Way::Out), "`state` is new");
        assert_eq!(told(&old, &more, Way::In), "breaks: `state` is new, `state` is required");
        assert_eq!(told(&old, &less, Way::Out), "breaks: `title` is gone, `id` has another shape");
        assert_eq!(told(&more, &old, Way::In), "breaks: `state` is gone");
        assert_eq!(
            between(
                &old,
                &json!({"required": ["id"], "properties": {"title": {"type": "string"}, "id": {"type": "string"}}, "type": "object"}),
                Way::Out
            ),
            None
        );
        assert_eq!(told(&json!({"type": "string"}), &json!({"type": "null"}), Way::Out), "breaks: its shape changed");
        let optional = json!({"properties": {"id": {}}, "required": []});
        assert_eq!(
            told(&json!({"properties": {"id": {}}, "required": ["id"]}), &optional, Way::Out),
            "breaks: `id` may be absent"
        );
        assert_eq!(
            between(&optional, &json!({"properties": {"id": {}}, "required": ["id"]}), Way::In).unwrap().required,
            ["id"]
        );
    }
}
