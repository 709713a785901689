//! The fields of a DAG under Airflow's names, with what each means when it is missing.

use serde_json::{Value, json};

use super::super::{bundle, dag, extract, image};
use super::cron;
use crate::plan::rules::Field;

static DAG: &[Field] = &[
    Field::plain("schedule").spelled(cron::normal),
    Field::plain("start_date"),
    Field::plain("end_date"),
    Field::given("catchup"),
    Field::given("is_paused_upon_creation"),
    Field::given("max_active_runs"),
    Field::set("tags"),
    Field::plain("params").or(nothing),
    Field::set("tasks"),
    Field::set(dag::OUTLETS),
    Field::plain("description").spelled(said),
    Field::plain("dag_display_name"),
    // Facts for the remarks, which a platform does not tell of a DAG.
    Field::aside("connections"),
    Field::aside("variables"),
    Field::aside("variables_with_default"),
    Field::aside("env"),
    Field::aside("env_with_default"),
    Field::aside("pools"),
    Field::aside("dags"),
    Field::aside("unseen"),
    Field::aside(dag::OUTLETS_SEEN),
    Field::aside("is_paused"),
    Field::aside("last_deployed"),
    Field::aside("deployed"),
    Field::aside("deployed_from"),
];

static IMAGE: &[Field] = &[
    Field::given("runtime"),
    Field::aside(image::ALONE),
    Field::aside("last_deployed"),
    Field::aside("deployed"),
    Field::aside("deployed_from"),
];

static FILE: &[Field] =
    &[Field::aside("dags"), Field::aside("last_deployed"), Field::aside("deployed"), Field::aside("deployed_from")];

static BUNDLE: &[Field] = &[
    Field::given("type"),
    Field::set("models"),
    Field::aside("last_deployed"),
    Field::aside("deployed"),
    Field::aside("deployed_from"),
];

/// The fields of a kind.
pub(super) fn of(kind: &str) -> &'static [Field] {
    match kind {
        "dag" => DAG,
        image::IMAGE => IMAGE,
        extract::FILE => FILE,
        bundle::BUNDLE => BUNDLE,
        _ => &[],
    }
}

fn nothing() -> Value {
    json!({})
}

/// An empty text says nothing.
fn said(value: &Value) -> Value {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) { Value::Null } else { value.clone() }
}
