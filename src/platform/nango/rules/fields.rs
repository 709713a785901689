//! The fields of Nango's functions under the wire names of its deploy, with what each means when it is missing.

use serde_json::{Map, Value, json};

use super::frequency;
use crate::plan::rules::{Field, plain_text};

/// What every kind has.
const DESCRIPTION: Field = Field::plain("description").spelled(said);
const VERSION: Field = Field::given("version").spelled(said);
const SCOPES: Field = Field::set("scopes");
const INPUT: Field = Field::plain("input");
const FEATURES: Field = Field::set("features");

/// Facts that only one of the sides has: read from source (`secrets`) or told by the platform about itself.
const SECRETS: Field = Field::aside("secrets");
const SCHEMA: Field = Field::print("json_schema");
const PRINTS: Field = Field::print("model_prints");
const SOURCE: Field = Field::aside("source");
const ENABLED: Field = Field::aside("enabled");
const SDK_VERSION: Field = Field::aside("sdk_version");
const LAST_DEPLOYED: Field = Field::aside("last_deployed");

static SYNC: &[Field] = &[
    Field::plain("runs").spelled(run),
    Field::flag("auto_start"),
    Field::plain("sync_type").or(full),
    Field::flag("track_deletes"),
    Field::set("models").of_parts("model", plain_text),
    Field::set("endpoints").spelled(endpoint).of_parts("endpoint", endpoint_name),
    Field::set("webhookSubscriptions"),
    INPUT,
    SCOPES,
    VERSION,
    DESCRIPTION,
    FEATURES,
    SCHEMA,
    PRINTS,
    SECRETS,
    SOURCE,
    ENABLED,
    SDK_VERSION,
    LAST_DEPLOYED,
];

static ACTION: &[Field] = &[
    Field::plain("endpoint").spelled(endpoint).of_parts("endpoint", endpoint_name),
    // Generated from the action's own name: it is never lost while the action is there.
    Field::set("models"),
    INPUT,
    SCOPES,
    VERSION,
    DESCRIPTION,
    FEATURES,
    SCHEMA,
    PRINTS,
    SECRETS,
    SOURCE,
    ENABLED,
    SDK_VERSION,
    LAST_DEPLOYED,
];

static ON_EVENT: &[Field] = &[
    Field::plain("event"),
    // A deploy sends no description of a script, so Nango has none to compare with.
    Field::aside("description"),
    // The server counts these by itself.
    Field::aside("version"),
    Field::aside("scopes"),
    PRINTS,
    SECRETS,
    SOURCE,
    ENABLED,
    SDK_VERSION,
    LAST_DEPLOYED,
];

static FUNCTION: &[Field] = &[
    Field::plain("trigger").or(no_trigger),
    Field::plain("requires"),
    Field::plain("limits"),
    Field::set("models").of_parts("model", plain_text),
    INPUT,
    Field::plain("output"),
    DESCRIPTION,
    VERSION,
    SCHEMA,
    PRINTS,
    SECRETS,
    SOURCE,
    ENABLED,
    SDK_VERSION,
    LAST_DEPLOYED,
];

/// The fields of a kind.
pub(super) fn of(kind: &str) -> &'static [Field] {
    match kind {
        "sync" => SYNC,
        "action" => ACTION,
        "on-event" => ON_EVENT,
        "function" => FUNCTION,
        _ => &[],
    }
}

fn full() -> Value {
    json!("full")
}

fn no_trigger() -> Value {
    json!({"kind": "none"})
}

/// An empty text says nothing.
fn said(value: &Value) -> Value {
    if value.as_str() == Some("") { Value::Null } else { value.clone() }
}

fn run(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| Value::String(frequency::spelled(text)))
}

/// `{method, path, group?}`; the server also takes and keeps the older `{"GET": "/path"}`.
fn endpoint(value: &Value) -> Value {
    let Value::Object(parts) = value else { return value.clone() };
    let mut parts: Map<String, Value> =
        parts.iter().filter(|(_, part)| !part.is_null()).map(|(name, part)| (name.clone(), part.clone())).collect();
    if let Some((method, path)) = older(&parts) {
        return json!({"method": method, "path": path});
    }
    if let Some(Value::String(method)) = parts.get_mut("method") {
        *method = method.to_uppercase();
    }
    Value::Object(parts)
}

fn older(parts: &Map<String, Value>) -> Option<(String, String)> {
    let (method, path) = parts.iter().next().filter(|_| parts.len() == 1)?;
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.to_uppercase().as_str());
    known.then(|| path.as_str().map(|path| (method.to_uppercase(), path.to_owned()))).flatten()
}

/// `GET /github/issues`.
fn endpoint_name(value: &Value) -> String {
    let part = |name: &str| value.get(name).and_then(Value::as_str);
    match (part("method"), part("path")) {
        (Some(method), Some(path)) => format!("{method} {path}"),
        _ => plain_text(value),
    }
}
