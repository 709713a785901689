//! Assets (Airflow 3) and datasets (Airflow 2.4 and later): alone, in the expressions of schedules, and as what tasks update.

use serde_json::{Map, Value, json};

use super::json::json;
use super::python::value::{Call, Val, last};

/// The identity of an asset that says more of itself: its URI, or its name where it has none.
const IDENTITY: &str = "asset";

/// What else an asset says of itself.
const DETAILS: [&str; 3] = ["name", "group", "extra"];

/// Whether a call makes an asset, or refers to one.
pub(super) fn is_asset(call: &Call) -> bool {
    let path = call.name.strip_suffix(".ref").unwrap_or(&call.name);
    let is_class = |class: &str| matches!(class, "Asset" | "Dataset" | "AssetAlias" | "DatasetAlias");
    path.starts_with("airflow.") && is_class(last(path))
}

/// The assets of a schedule: a list of names, or `{"any": […]}`, `{"all": […]}`; `None` for what is no asset.
pub(super) fn of_schedule(value: &Val) -> Option<Result<Value, String>> {
    match value {
        Val::Call(call) if is_asset(call) => Some(name(call).map(|name| json!({"assets": [name]}))),
        Val::Call(call) if joins(call).is_some() => Some(expression(value)),
        Val::List(items) if !items.is_empty() && items.iter().all(may_be_asset) => {
            Some(items.iter().map(expression).collect::<Result<Vec<_>, _>>().map(|items| json!({"assets": items})))
        }
        _ => None,
    }
}

/// The assets that a task updates, as its `outlets` say, each by its URI or its name, or with what else it says of itself:
/// `{"asset": "s3://orders", "name": "orders", "extra": {…}}`. What follows the first that is not known is not told.
pub(super) fn of_outlets(value: &Val, into: &mut Vec<Value>) -> Result<(), String> {
    match value {
        Val::None => Ok(()),
        Val::List(items) => items.iter().try_for_each(|item| of_outlets(item, into)),
        Val::Call(call) if is_asset(call) => {
            into.push(told(call)?);
            Ok(())
        }
        // Entities of lineage are no assets: nothing waits for them.
        Val::Call(call) if call.name.starts_with("airflow.lineage.") => Ok(()),
        Val::Code(why) => Err(why.clone()),
        Val::Call(call) => Err(format!("calls `{}`", call.name)),
        Val::Path(path) => Err(format!("comes from `{path}`")),
        _ => Err("is no asset".to_owned()),
    }
}

fn told(call: &Call) -> Result<Value, String> {
    let asset = name(call)?;
    let mut told = Map::from_iter([(IDENTITY.to_owned(), Value::String(asset.clone()))]);
    for detail in DETAILS {
        let Some(value) = call.named(detail).or_else(|| by_position(call, detail)) else { continue };
        let value = json(value).unwrap_or_else(|why| json!({"dynamic": why}));
        if !value.is_null() && value.as_str() != Some(&asset) {
            told.insert(detail.to_owned(), value);
        }
    }
    Ok(if told.len() == 1 { Value::String(asset) } else { Value::Object(told) })
}

/// What stands at a position: `Asset("name", "uri")`, `Dataset("uri", {"extra": 1})`.
fn by_position<'v>(call: &'v Call, detail: &str) -> Option<&'v Val> {
    match (detail, call.args.as_slice()) {
        ("name", [name] | [name, Val::Text(_)]) => Some(name),
        ("extra", [_, extra @ Val::Dict(_)]) => Some(extra),
        _ => None,
    }
}

/// The identity of an asset that a DAG's `outlets` tell.
pub(super) fn identity(asset: &Value) -> Option<&str> {
    asset.as_str().or_else(|| asset.get(IDENTITY).and_then(Value::as_str))
}

/// Whether this asset is meant where a schedule names that one: by its URI, or by its name. Airflow drops the slash at the end of a URI.
pub(super) fn is_meant(asset: &Value, named: &str) -> bool {
    let mut names = identity(asset).into_iter().chain(asset.get("name").and_then(Value::as_str));
    names.any(|name| name.trim_end_matches('/') == named.trim_end_matches('/'))
}

fn may_be_asset(value: &Val) -> bool {
    match value {
        Val::Call(call) => is_asset(call) || joins(call).is_some(),
        Val::Code(_) => true,
        _ => false,
    }
}

fn joins(call: &Call) -> Option<&'static str> {
    match call.name.as_str() {
        "any" => Some("any"),
        "all" => Some("all"),
        _ if !call.name.starts_with("airflow.") => None,
        _ => match call.last() {
            "AssetAny" | "DatasetAny" => Some("any"),
            "AssetAll" | "DatasetAll" => Some("all"),
            _ => None,
        },
    }
}

fn expression(value: &Val) -> Result<Value, String> {
    match value {
        Val::Call(call) if is_asset(call) => name(call).map(Value::String),
        Val::Call(call) => match joins(call) {
            Some(how) => {
                let mut parts = Vec::new();
                for part in &call.args {
                    // `a | b | c` is `(a | b) | c`.
                    match expression(part)? {
                        Value::Object(mut inner) if inner.contains_key(how) => match inner.remove(how) {
                            Some(Value::Array(inner)) => parts.extend(inner),
                            _ => return Err("is an expression of assets".to_owned()),
                        },
                        other => parts.push(other),
                    }
                }
                Ok(json!({ (how): parts }))
            }
            None => Err(format!("calls `{}`", call.name)),
        },
        Val::Code(why) => Err(why.clone()),
        _ => Err("is no asset".to_owned()),
    }
}

/// An asset's URI, or its name where it has none.
fn name(call: &Call) -> Result<String, String> {
    let by_position = || match call.args.as_slice() {
        // `Dataset("uri", {"extra": 1})` of Airflow 2.
        [uri, Val::Dict(_)] | [uri] | [_, uri] => Some(uri),
        _ => None,
    };
    match call.named("uri").filter(|uri| **uri != Val::None).or_else(by_position).or_else(|| call.named("name")) {
        Some(Val::Text(name)) => Ok(name.clone()),
        Some(Val::Code(why)) => Err(why.clone()),
        _ => Err("is an asset whose name is not known".to_owned()),
    }
}
