//! What was read of a deployment, as a manifest. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::extract::FILE;
use super::super::image::{ID, IMAGE, is_alone};
use super::super::rules::cron;
use super::airflow::{Dag, Version};
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};

/// What Airflow's list of DAGs does not tell.
const UNTOLD: [&str; 7] =
    ["start_date", "end_date", "catchup", "is_paused_upon_creation", "params", "tasks", "outlets"];

/// Why not.
const WHY: &str = "Airflow's list of DAGs does not tell it";

/// What is known of the deploy that runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Running {
    /// When it was made.
    pub(super) at: Option<String>,
    /// The version of its DAGs.
    pub(super) version: Option<String>,
    /// The repository that it came from, where that is another one.
    pub(super) from: Option<String>,
    /// The version of Astro's runtime.
    pub(super) runtime: String,
}

/// The manifest. A DAG of a file whose DAGs only running tells belongs to that file, so that nothing is called removed that is made
/// by what stays.
pub(super) fn manifest(dags: &[Dag], version: Version, running: &Running, desired: &Manifest) -> Manifest {
    let mut of_files: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut resources = Vec::new();
    for dag in dags {
        let id = ResourceId::new("dag", dag.dag_id.clone());
        let file = path(dag).map(|path| ResourceId::new(FILE, path));
        match file {
            Some(file) if !desired.resources.contains_key(&id) && desired.resources.contains_key(&file) => {
                of_files.entry(file.id).or_default().insert(&dag.dag_id);
            }
            _ => {
                let wanted = desired.resources.get(&id).and_then(|wanted| wanted.attributes.get("schedule")?.value());
                resources.push(resource(id, fields(dag, version, wanted), running));
            }
        }
    }
    resources.extend(of_files.into_iter().map(|(id, dags)| {
        let attributes = BTreeMap::from([("dags".to_owned(), Attribute::Value(json!(dags)))]);
        resource(ResourceId::new(FILE, id), attributes, running)
    }));
    let image = ResourceId::new(IMAGE, ID);
    if desired.resources.contains_key(&image) {
        let runtime = ("runtime".to_owned(), Attribute::Value(json!(running.runtime)));
        // A deploy of DAGs says nothing of the image.
        let attributes = BTreeMap::from([runtime]);
        // Who brought it tells the newest deploy only where that is one of images.
        let alone = is_alone(desired);
        let told = Running::default();
        resources.push(resource(image, attributes, if alone { running } else { &told }));
    }
    Manifest::new(Origin::Live, resources)
}

fn resource(id: ResourceId, mut attributes: BTreeMap<String, Attribute>, running: &Running) -> Resource {
    let told = [("last_deployed", &running.at), ("deployed", &running.version), ("deployed_from", &running.from)];
    attributes.extend(
        told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Attribute::Value(json!(value.as_ref()?))))),
    );
    Resource { id, attributes, fingerprint: None, artefact: None, place: None }
}

/// The path of a DAG's file below the folder of the DAGs.
pub(super) fn path(dag: &Dag) -> Option<String> {
    if let Some(path) = dag.relative_fileloc.as_deref().filter(|path| !path.is_empty()) {
        return Some(path.strip_prefix("dags/").unwrap_or(path).to_owned());
    }
    dag.fileloc.as_deref().and_then(below_dags)
}

/// What stands after the folder in which Astro keeps DAGs.
pub(super) fn below_dags(path: &str) -> Option<String> {
    let rest =
        path.strip_prefix("/usr/local/airflow/dags/").or_else(|| path.split_once("/dags/").map(|(_, rest)| rest))?;
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// The fields of a DAG; `wanted` is the schedule that it is to have.
fn fields(dag: &Dag, version: Version, wanted: Option<&Value>) -> BTreeMap<String, Attribute> {
    let mut told: BTreeMap<String, Attribute> =
        UNTOLD.iter().map(|name| ((*name).to_owned(), Attribute::Unread(WHY.to_owned()))).collect();
    let mut tell = |name: &str, value: Value| drop(told.insert(name.to_owned(), Attribute::Value(value)));
    tell("tags", dag.tags.iter().flatten().map(|tag| tag.name.clone()).collect());
    if let Some(description) = dag.description.as_deref().filter(|text| !text.is_empty()) {
        tell("description", json!(description));
    }
    if let Some(runs) = dag.max_active_runs {
        tell("max_active_runs", json!(runs));
    }
    if let Some(paused) = dag.is_paused {
        tell("is_paused", json!(paused));
    }
    if let Some(name) = dag.dag_display_name.as_deref().filter(|name| *name != dag.dag_id) {
        tell("dag_display_name", json!(name));
    }
    let schedule = match version {
        Version::One => of_one(dag.schedule_interval.as_ref()),
        Version::Two => of_two(dag.timetable_summary.as_deref()),
    };
    told.insert("schedule".to_owned(), in_part(schedule, wanted));
    told
}

/// Of a timetable Airflow tells the cron expression or the interval alone: neither its class nor its time zone. Where those are as
/// wanted, whether the rest is too is not known.
fn in_part(told: Attribute, wanted: Option<&Value>) -> Attribute {
    let Some(text) = told.value().and_then(Value::as_str) else { return told };
    let same = |part: &Value| cron::normal(part) == cron::normal(&json!(text));
    match wanted {
        Some(wanted @ Value::Object(_)) if holds(wanted, &same) => {
            Attribute::Unread(format!("Airflow tells of its timetable only `{text}`"))
        }
        _ => told,
    }
}

/// Whether some part of a value is so.
fn holds(value: &Value, is: &dyn Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(parts) => parts.iter().any(|part| holds(part, is)),
        Value::Object(parts) => parts.values().any(|part| holds(part, is)),
        other => is(other),
    }
}

/// `schedule_interval` of version 1: null, a cron expression, or a time between runs.
fn of_one(schedule: Option<&Value>) -> Attribute {
    let Some(schedule) = schedule.filter(|schedule| !schedule.is_null()) else { return Attribute::Value(Value::Null) };
    let number = |name: &str| schedule.get(name).and_then(Value::as_i64).unwrap_or(0);
    match (schedule.get("__type").and_then(Value::as_str), schedule.get("value").and_then(Value::as_str)) {
        (Some("TimeDelta"), _) => Attribute::Value(json!(delta(number("days"), number("seconds")))),
        (_, Some(text)) => of_text(text),
        _ => Attribute::Unread("Airflow tells its schedule in a form of its own".to_owned()),
    }
}

/// `timetable_summary` of version 2: what the timetable calls itself.
fn of_two(summary: Option<&str>) -> Attribute {
    match summary.map(str::trim) {
        None | Some("" | "None") => Attribute::Value(Value::Null),
        Some(text) => of_text(text),
    }
}

fn of_text(text: &str) -> Attribute {
    let is_cron = matches!(text.split_whitespace().count(), 5 | 6) && !text.contains(':');
    let is_interval = text.contains(':') && text.ends_with(|c: char| c.is_ascii_digit());
    if text.starts_with('@') || is_cron || is_interval {
        Attribute::Value(json!(text))
    } else {
        Attribute::Unread(format!("Airflow tells of its schedule only that it is `{text}`"))
    }
}

/// As Python writes it: `1 day, 0:00:00`.
fn delta(days: i64, seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let clock = format!("{hours}:{minutes:02}:{rest:02}");
    match days {
        0 => clock,
        1 | -1 => format!("{days} day, {clock}"),
        _ => format!("{days} days, {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_told_as_the_source_tells_them() {
        for (told, expected) in [
            (json!(null), json!(null)),
            (json!({"__type": "CronExpression", "value": "0 6 * * *"}), json!("0 6 * * *")),
            (json!({"__type": "CronExpression", "value": "@once"}), json!("@once")),
            (json!({"__type": "TimeDelta", "days": 1, "seconds": 0, "microseconds": 0}), json!("1 day, 0:00:00")),
            (json!({"__type": "TimeDelta", "days": 0, "seconds": 5400, "microseconds": 0}), json!("1:30:00")),
        ] {
            assert_eq!(of_one(Some(&told)), Attribute::Value(expected), "{told}");
        }
        assert!(matches!(of_one(Some(&json!({"value": "Dataset"}))), Attribute::Unread(_)));
        for (told, expected) in [
            (None, json!(null)),
            (Some("None"), json!(null)),
            (Some("0 0 * * *"), json!("0 0 * * *")),
            (Some("2 days, 0:00:00"), json!("2 days, 0:00:00")),
        ] {
            assert_eq!(of_two(told), Attribute::Value(expected), "{told:?}");
        }
        assert!(matches!(of_two(Some("Asset")), Attribute::Unread(_)));
        // A timetable's name and zone are not told: what is not told is no change, what is told otherwise is one.
        let wanted = json!({"timetable": "CronTriggerTimetable", "cron": "@daily", "timezone": "Europe/Paris"});
        assert!(matches!(in_part(of_two(Some("0 0 * * *")), Some(&wanted)), Attribute::Unread(_)));
        assert_eq!(in_part(of_two(Some("0 1 * * *")), Some(&wanted)), Attribute::Value(json!("0 1 * * *")));
        assert_eq!(in_part(of_two(None), Some(&wanted)), Attribute::Value(json!(null)));
    }

    #[test]
    fn files_are_told_from_the_folder_of_the_dags() {
        assert_eq!(below_dags("/usr/local/airflow/dags/team/dags/a.py").as_deref(), Some("team/dags/a.py"));
        assert_eq!(below_dags("/opt/airflow/dags/a.py").as_deref(), Some("a.py"));
        assert_eq!(below_dags("a.py"), None);
    }
}
