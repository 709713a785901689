//! Assets (Airflow 3) and datasets (Airflow 2.4 and later), alone and in expressions.

use serde_json::{Value, json};

use super::python::value::{Call, Val};

/// Whether a call makes an asset.
pub(super) fn is_asset(call: &Call) -> bool {
    call.name.starts_with("airflow.") && matches!(call.last(), "Asset" | "Dataset" | "AssetAlias" | "DatasetAlias")
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
    let given =
        call.named("uri").or_else(|| call.args.get(usize::from(call.args.len() > 1))).or_else(|| call.named("name"));
    match given {
        Some(Val::Text(name)) => Ok(name.clone()),
        Some(Val::Code(why)) => Err(why.clone()),
        _ => Err("is an asset whose name is not known".to_owned()),
    }
}
