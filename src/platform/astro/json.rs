//! Values as JSON, and times as ISO 8601.

use serde_json::{Map, Value, json};

use super::python::value::{Call, Val};
use crate::manifest::Attribute;

/// A value as an attribute: known, or dynamic with the reason.
pub(super) fn attribute(value: &Val) -> Attribute {
    match json(value) {
        Ok(value) => Attribute::Value(value),
        Err(why) => Attribute::Dynamic(why),
    }
}

/// A value in JSON, or why it is not known.
pub(super) fn json(value: &Val) -> Result<Value, String> {
    Ok(match value {
        Val::None => Value::Null,
        Val::Bool(truth) => json!(truth),
        Val::Int(number) => json!(number),
        Val::Float(number) => json!(number),
        Val::Text(text) => json!(text),
        Val::List(items) => Value::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Val::Dict(items) => {
            let entry = |(key, value): &(Val, Val)| {
                let key = key.spelled().ok_or_else(|| "has a key that is no text".to_owned())?;
                Ok::<_, String>((key, json(value)?))
            };
            Value::Object(items.iter().map(entry).collect::<Result<Map<_, _>, _>>()?)
        }
        Val::Call(call) => called(call)?,
        Val::Path(path) => return Err(format!("comes from `{path}`")),
        Val::Code(why) => return Err(why.clone()),
        Val::Function(_) | Val::Dag(_) | Val::Task(_) | Val::File(_) | Val::Sum(_) | Val::Get(..) => {
            return Err("is no plain value".to_owned());
        }
    })
}

fn called(call: &Call) -> Result<Value, String> {
    if let Some(time) = time(call) {
        return time.map(Value::String);
    }
    if let Some(delta) = delta(call) {
        return delta.map(Value::String);
    }
    Err(format!("calls `{}`", call.name))
}

/// A point in time, as `datetime(…)` or `pendulum.datetime(…)` make it; `None` for any other call.
pub(super) fn time(call: &Call) -> Option<Result<String, String>> {
    let is_pendulum = matches!(call.name.as_str(), "pendulum.datetime" | "pendulum.DateTime" | "pendulum.create");
    let is_airflow = call.name == "airflow.utils.timezone.datetime" || call.name == "airflow.sdk.timezone.datetime";
    if matches!(call.name.as_str(), "pendulum.parse" | "airflow.utils.timezone.parse") {
        return Some(
            call.args.first().and_then(Val::text).map(str::to_owned).ok_or_else(|| "parses a text".to_owned()),
        );
    }
    if !(is_pendulum || is_airflow || call.name == "datetime.datetime") {
        return None;
    }
    let names = ["year", "month", "day", "hour", "minute", "second"];
    let mut numbers = [0_i64, 1, 1, 0, 0, 0];
    for (at, name) in names.iter().enumerate() {
        match call.argument(at, name) {
            None => {}
            Some(Val::Int(number)) => numbers[at] = *number,
            Some(Val::Code(why)) => return Some(Err(why.clone())),
            Some(_) => return Some(Err("is a time whose parts are not known".to_owned())),
        }
    }
    let zone = match call.named("tz").or_else(|| call.named("tzinfo")).or_else(|| call.args.get(7)) {
        None => Ok("UTC".to_owned()),
        Some(zone) => zone_of(zone),
    };
    let [year, month, day, hour, minute, second] = numbers;
    Some(zone.map(|zone| {
        let zone = if zone == "UTC" { "+00:00".to_owned() } else { format!("[{zone}]") };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }))
}

/// The name of a time zone.
pub(super) fn zone_of(zone: &Val) -> Result<String, String> {
    match zone {
        Val::Text(name) => Ok(name.clone()),
        Val::None => Ok("UTC".to_owned()),
        Val::Path(path) if path.ends_with(".utc") || path.ends_with(".UTC") => Ok("UTC".to_owned()),
        Val::Call(call) if matches!(call.last(), "timezone" | "Timezone" | "ZoneInfo" | "gettz") => call
            .args
            .first()
            .and_then(Val::text)
            .map(str::to_owned)
            .ok_or_else(|| "has a time zone that is not known".to_owned()),
        Val::Code(why) => Err(why.clone()),
        _ => Err("has a time zone that is not known".to_owned()),
    }
}

/// A duration as Python's `str(timedelta)` writes it: `1 day, 2:00:00`; `None` for any other call.
pub(super) fn delta(call: &Call) -> Option<Result<String, String>> {
    let is_delta = matches!(call.name.as_str(), "datetime.timedelta" | "pendulum.duration" | "pendulum.Duration");
    if !is_delta {
        return (call.last() == "relativedelta").then(|| relative(call));
    }
    let units = [
        ("days", 86_400_000_000_i64),
        ("seconds", 1_000_000),
        ("microseconds", 1),
        ("milliseconds", 1_000),
        ("minutes", 60_000_000),
        ("hours", 3_600_000_000),
        ("weeks", 604_800_000_000),
    ];
    let mut whole = 0_i64;
    for (at, (name, unit)) in units.iter().enumerate() {
        let part = match call.argument(at, name) {
            None => Some(0),
            Some(Val::Int(number)) => number.checked_mul(*unit),
            Some(Val::Code(why)) => return Some(Err(why.clone())),
            Some(_) => None,
        };
        match part.and_then(|part| whole.checked_add(part)) {
            Some(sum) => whole = sum,
            None => return Some(Err("is a duration that is not known".to_owned())),
        }
    }
    Some(Ok(spelled(whole)))
}

fn spelled(microseconds: i64) -> String {
    let (days, rest) = (microseconds.div_euclid(86_400_000_000), microseconds.rem_euclid(86_400_000_000));
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let days = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        days => format!("{days} days, "),
    };
    let clock = format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if micros > 0 { format!("{days}{clock}.{micros:06}") } else { format!("{days}{clock}") }
}

/// `relativedelta(months=1)`, as it writes itself: `relativedelta(months=+1)`.
fn relative(call: &Call) -> Result<String, String> {
    let part = |(name, value): &(Option<String>, Val)| match (name, value) {
        (Some(name), Val::Int(number)) => Ok(format!("{name}={number:+}")),
        _ => Err("is a duration that is not known".to_owned()),
    };
    if !call.args.is_empty() {
        return Err("is a duration that is not known".to_owned());
    }
    let parts = call.named.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("relativedelta({})", parts.join(", ")))
}
