//! User Settings: what `createInputs({ … })` is given. A setting's identity is its `id`; another `id` is another setting,
//! and what users entered under the old one is lost.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::world::{Look, World, unmade};
use crate::manifest::Attribute;
use crate::platform::typescript::look::{Found, Placed, Why};
use crate::platform::typescript::value::Val;

/// The properties of a setting that are told; how it looks is not.
const TOLD: [&str; 4] = ["id", "title", "type", "required"];

/// The settings that a value holds, by id.
pub(super) fn settings<'w>(world: &'w World<'_>, look: &Look<'w, '_>, value: Placed<'w>) -> Attribute {
    match read(world, look, value) {
        Ok(settings) => Attribute::Value(settings),
        Err(why) => Attribute::Dynamic(why),
    }
}

fn read<'w>(world: &'w World<'_>, look: &Look<'w, '_>, value: Placed<'w>) -> Result<Value, Why> {
    let (module, value) = unmade(world, look.settled(value)?);
    let fields = match value {
        Val::Undefined | Val::Null => return Ok(json!([])),
        Val::Object(props) => look.fields(module, props),
        Val::Code { why, .. } => return Err(why.clone()),
        _ => look.object((module, value))?,
    };
    let mut settings = BTreeMap::new();
    for field in fields.all().map_err(Clone::clone)? {
        let inner = look.object(field.value)?;
        let mut told = Map::new();
        for name in TOLD {
            let value = match inner.get(name) {
                Found::Absent => None,
                Found::Set(field) => look.json(field.value)?,
                Found::Hidden(why) => return Err(why.clone()),
            };
            told.insert(name.to_owned(), value.unwrap_or_else(|| missing(name, field.name)));
        }
        settings.insert(told["id"].to_string(), Value::Object(told));
    }
    Ok(settings.into_values().collect())
}

fn missing(property: &str, key: &str) -> Value {
    match property {
        "id" | "title" => json!(key),
        "required" => json!(false),
        _ => Value::Null,
    }
}

/// The settings without their types, which a build spells otherwise than the source.
pub(super) fn untyped(settings: &mut Value) {
    for setting in settings.as_array_mut().into_iter().flatten() {
        if let Some(told) = setting.as_object_mut() {
            told.remove("type");
        }
    }
}

/// The same, from a list in `out/build.json`.
pub(super) fn of_build(list: Option<&Value>) -> Attribute {
    let told = |setting: &Value| {
        let id = setting.get("id")?.as_str()?;
        let of = |name: &str| setting.get(name).cloned();
        let told = json!({
            "id": id,
            "title": of("title").unwrap_or_else(|| json!(id)),
            "required": of("required").unwrap_or_else(|| json!(false)),
        });
        Some((json!(id).to_string(), told))
    };
    let Some(list) = list.and_then(Value::as_array) else { return Attribute::Value(json!([])) };
    match list.iter().map(told).collect::<Option<BTreeMap<_, _>>>() {
        Some(settings) => Attribute::Value(settings.into_values().collect()),
        None => Attribute::Unread("a setting in out/build.json has no id".to_owned()),
    }
}
