//! When a DAG runs, in all the ways in which that is said.

use serde_json::{Map, Value, json};

use super::assets;
use super::json::{delta, json, zone_of};
use super::python::value::{Call, Val};
use crate::manifest::Attribute;

/// What Airflow 2 takes where nothing is said: one run a day.
const DEFAULT_OF_2: &str = "1 day, 0:00:00";

/// The argument names, the oldest last; the first that is given counts.
const NAMES: [&str; 3] = ["schedule", "schedule_interval", "timetable"];

/// The schedule of a DAG that was made by this call, its values resolved. `None` where nothing is said and it is not known what
/// Airflow takes then.
pub(super) fn of(call: &Call, airflow: Option<u64>) -> Option<Attribute> {
    let given = NAMES.iter().find_map(|name| call.named(name));
    match (given, call.spread()) {
        (Some(value), _) => Some(match schedule(value) {
            Ok(value) => Attribute::Value(value),
            Err(why) => Attribute::Dynamic(why),
        }),
        (None, Some(_)) => Some(Attribute::Dynamic("may be given by `**`".to_owned())),
        (None, None) => match airflow? {
            2 => Some(Attribute::Value(json!(DEFAULT_OF_2))),
            _ => Some(Attribute::Value(Value::Null)),
        },
    }
}

fn schedule(value: &Val) -> Result<Value, String> {
    match value {
        Val::None => Ok(Value::Null),
        Val::Text(text) => Ok(json!(text.trim())),
        _ => match assets::of_schedule(value) {
            Some(assets) => assets,
            None => match value {
                Val::Call(call) => delta(call).map_or_else(|| timetable(call), |delta| delta.map(Value::String)),
                other => json(other),
            },
        },
    }
}

/// A timetable: its class, and its arguments by name where Airflow has a name for their position.
fn timetable(call: &Call) -> Result<Value, String> {
    let name = call.last();
    if !name.ends_with("Timetable") && name != "AssetOrTimeSchedule" && name != "DatasetOrTimeSchedule" {
        return Err(format!("calls `{}`", call.name));
    }
    let positions: &[&str] = match name {
        "CronTriggerTimetable" | "CronDataIntervalTimetable" => &["cron", "timezone"],
        "DeltaTriggerTimetable" | "DeltaDataIntervalTimetable" => &["delta"],
        "MultipleCronTriggerTimetable" => &[],
        "EventsTimetable" => &["event_dates"],
        _ => &[],
    };
    if call.spread().is_some() {
        return Err("may be given by `**`".to_owned());
    }
    let mut told = Map::new();
    told.insert("timetable".to_owned(), json!(name));
    let mut more = Vec::new();
    for (at, value) in call.args.iter().enumerate() {
        match positions.get(at) {
            Some(name) => {
                told.insert((*name).to_owned(), part(name, value)?);
            }
            None => more.push(part("", value)?),
        }
    }
    if !more.is_empty() {
        told.insert("arguments".to_owned(), Value::Array(more));
    }
    for (name, value) in &call.named {
        if let Some(name) = name {
            told.insert(name.clone(), part(name, value)?);
        }
    }
    Ok(Value::Object(told))
}

fn part(name: &str, value: &Val) -> Result<Value, String> {
    if name == "timezone" {
        return zone_of(value).map(Value::String);
    }
    schedule(value)
}
