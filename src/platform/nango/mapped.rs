//! What the compiler makes of a property's value (`zeroYaml/definitions.js` of the CLI, 0.71.10). Pure.

use serde_json::{Map, Value, json};

/// `value ?? …`
pub(super) fn nullish(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_null())
}

/// `value || …`
pub(super) fn truthy(value: Option<Value>) -> Option<Value> {
    nullish(value).filter(|value| match value {
        Value::Bool(yes) => *yes,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    })
}

/// An endpoint with its parts in one order.
pub(super) fn endpoint(value: Value) -> Value {
    let Value::Object(mut parts) = value else { return value };
    let mut ordered = Map::new();
    for name in ["method", "path", "group"] {
        if let Some(part) = parts.remove(name) {
            ordered.insert(name.to_owned(), part);
        }
    }
    ordered.extend(parts);
    Value::Object(ordered)
}

pub(super) fn endpoints(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(endpoint).collect()),
        other => other,
    }
}

/// What `createFunction` makes of `requires`.
pub(super) fn requires(value: Option<&Value>) -> Value {
    let is =
        |name: &str, wanted: bool| value.and_then(|value| value.get(name)).and_then(Value::as_bool) == Some(wanted);
    if is("connection", false) {
        json!({"connection": false, "outbound": false, "invoke": is("invoke", true)})
    } else {
        json!({"connection": true, "outbound": !is("outbound", false), "invoke": is("invoke", true)})
    }
}

/// What it makes of `limits`, whose default depends on the trigger; both as they were made.
pub(super) fn limits(value: Option<&Value>, trigger: &Value, requires: &Value) -> Value {
    if requires["connection"] == false {
        return json!({});
    }
    let given = value.map(|limits| limits["concurrency"]["perConnection"].clone()).filter(|given| !given.is_null());
    let scheduled = trigger["kind"] == "schedule";
    let most = if scheduled { json!(1) } else { given.unwrap_or_else(|| json!("max")) };
    json!({"concurrency": {"perConnection": most}})
}
