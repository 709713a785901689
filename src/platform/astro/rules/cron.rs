//! Schedules in one spelling, and in words.

use serde_json::{Value, json};

/// Airflow's names for cron expressions: `airflow/utils/dates.py`.
const PRESETS: [(&str, &str); 8] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@quarterly", "0 0 1 */3 *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// Fields of a schedule that are sets of assets.
const SETS: [&str; 3] = ["assets", "any", "all"];

/// The spelling that Airflow itself tells: presets as cron expressions, one blank between fields; sets of assets in order.
pub(in crate::platform::astro) fn normal(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            json!(PRESETS.iter().find(|(name, _)| *name == text).map_or(text.as_str(), |(_, cron)| cron))
        }
        Value::Object(map) => {
            let sorted = |(name, value): (&String, &Value)| {
                let value = match (name.as_str(), value) {
                    (name, Value::Array(items)) if SETS.contains(&name) => {
                        let mut items: Vec<Value> = items.iter().map(normal).collect();
                        items.sort_by_key(ToString::to_string);
                        Value::Array(items)
                    }
                    (_, value) => normal(value),
                };
                (name.clone(), value)
            };
            Value::Object(map.iter().map(sorted).collect())
        }
        other => other.clone(),
    }
}

/// The assets that a schedule waits for, by their URIs or names.
pub(super) fn assets(schedule: &Value) -> Vec<&str> {
    let parts = SETS.iter().filter_map(|name| schedule.get(name)?.as_array()).flatten();
    let nested = schedule.get("assets").filter(|nested| nested.is_object()).into_iter().flat_map(assets);
    parts.flat_map(|part| part.as_str().map_or_else(|| assets(part), |name| vec![name])).chain(nested).collect()
}

/// The sort of a schedule: a change from one to another matters more than a change within.
pub(super) fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "none",
        Value::String(text) if text.starts_with("@once") => "once",
        Value::String(text) if text.starts_with("@continuous") => "continuous",
        Value::String(text) if text.contains(':') => "interval",
        Value::String(_) => "cron",
        Value::Object(map) if map.contains_key("timetable") => "timetable",
        _ => "assets",
    }
}

/// A few words: `0 6 * * *`, `every 1 day, 0:00:00`, `on 2 assets`.
pub(super) fn words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if sort(value) == "interval" => format!("every {text}"),
        Value::String(text) => text.clone(),
        Value::Object(map) => match map.get("timetable").and_then(Value::as_str) {
            Some(name) => map.get("cron").and_then(Value::as_str).unwrap_or(name).to_owned(),
            None => match count(value) {
                1 => "on 1 asset".to_owned(),
                count => format!("on {count} assets"),
            },
        },
        other => other.to_string(),
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_schedule_are_one() {
        assert_eq!(normal(&json!("@daily")), json!("0 0 * * *"));
        assert_eq!(normal(&json!("0  0 * * *")), json!("0 0 * * *"));
        assert_eq!(normal(&json!("@once")), json!("@once"));
        assert_eq!(normal(&json!({"assets": ["b", "a"]})), normal(&json!({"assets": ["a", "b"]})));
        assert_eq!(words(&json!({"any": ["a", {"all": ["b", "c"]}]})), "on 3 assets");
        assert_eq!(words(&json!("1 day, 0:00:00")), "every 1 day, 0:00:00");
    }
}
