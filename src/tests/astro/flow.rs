//! The REST API of a deployment's Airflow, in both versions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::dags::load;
use super::routes::Answer;
use super::state::{Dag, Deployment, State};

/// Answers what is below `/airflow/DEPLOYMENT/api/VERSION`.
pub(super) fn answer(
    state: &mut State,
    id: &str,
    version: &str,
    list: &str,
    query: &BTreeMap<String, String>,
) -> Answer {
    let second = state.second();
    let Some(deployment) = state.deployments.get_mut(id) else { return (404, json!({"detail": "Not Found"})) };
    let right = if deployment.airflow.starts_with('3') { "v2" } else { "v1" };
    if deployment.status == "HIBERNATING" || version != right {
        return (404, json!({"detail": "Not Found"}));
    }
    if list == "dags" || list == "importErrors" {
        if deployment.loads == 1 {
            load(deployment, second + 20);
        }
        deployment.loads = deployment.loads.saturating_sub(1);
    }
    let (name, all) = match list {
        "dags" => ("dags", deployment.dags.iter().map(|dag| told(dag, version)).collect()),
        "importErrors" => ("import_errors", errors(deployment, version)),
        "variables" => ("variables", named(deployment, list, &deployment.variables, "key")),
        "connections" => ("connections", named(deployment, list, &deployment.connections, "connection_id")),
        "pools" => ("pools", named(deployment, list, &deployment.pools, "name")),
        _ => return (404, json!({"detail": "Not Found"})),
    };
    let number = |name: &str, default: usize| query.get(name).map_or(Some(default), |text| text.parse().ok());
    let (Some(limit @ 1..=100), Some(offset)) = (number("limit", 100), number("offset", 0)) else {
        return (422, json!({"detail": [{"loc": ["query", "limit"], "msg": "out of range"}]}));
    };
    let page: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
    (200, json!({name: page, "total_entries": all.len()}))
}

fn named(deployment: &Deployment, list: &str, names: &BTreeSet<String>, key: &str) -> Vec<Value> {
    let untold = |name: &String| json!({key: name, "value": "hunter2-value", "password": "hunter2-value"});
    let told = |name: &String| deployment.told.get(&(list.to_owned(), name.clone())).cloned();
    names.iter().map(|name| told(name).unwrap_or_else(|| untold(name))).collect()
}

/// Makes a variable, a connection or a pool; no secret may be among what it is made with.
pub(super) fn make(state: &mut State, id: &str, list: &str, body: &Value) -> Answer {
    let key = match list {
        "variables" => "key",
        "connections" => "connection_id",
        _ => "name",
    };
    let Some(name) = body[key].as_str().map(str::to_owned) else {
        return (422, json!({"detail": [{"loc": ["body", key], "msg": "Field required"}]}));
    };
    if ["password", "extra"].iter().any(|field| body.get(*field).is_some()) || body.to_string().contains("hunter2") {
        state.wrong.push(format!("a secret was copied: {body}"));
    }
    let Some(deployment) = state.deployments.get_mut(id) else { return (404, json!({"detail": "Not Found"})) };
    if deployment.status == "HIBERNATING" {
        return (404, json!({"detail": "Not Found"}));
    }
    let names = match list {
        "variables" => &mut deployment.variables,
        "connections" => &mut deployment.connections,
        _ => &mut deployment.pools,
    };
    if !names.insert(name.clone()) {
        return (409, json!({"detail": "it exists"}));
    }
    deployment.told.insert((list.to_owned(), name), body.clone());
    (201, body.clone())
}

/// Version 1 names a file by its whole path, version 2 from the folder of the DAGs.
fn errors(deployment: &Deployment, version: &str) -> Vec<Value> {
    let folder = if version == "v1" { "/usr/local/airflow/dags/" } else { "" };
    let errors = deployment.errors.iter().enumerate();
    errors
        .map(|(number, (file, trace))| {
            json!({"import_error_id": number, "filename": format!("{folder}{file}"), "stack_trace": trace,
                "timestamp": "2026-01-01T00:00:00Z"})
        })
        .collect()
}

fn told(dag: &Dag, version: &str) -> Value {
    let tags: Vec<Value> = dag.tags.iter().map(|tag| json!({"name": tag})).collect();
    let parsed = jiff::Timestamp::from_second(dag.parsed).unwrap().to_string();
    let mut told = json!({
        "dag_id": dag.id, "dag_display_name": dag.id, "is_paused": false, "description": null, "tags": tags,
        "fileloc": format!("/usr/local/airflow/dags/{}", dag.file), "last_parsed_time": parsed, "max_active_runs": 16,
    });
    if version == "v1" {
        let schedule = dag.schedule.as_ref().map(|text| json!({"__type": "CronExpression", "value": text}));
        told["schedule_interval"] = json!(schedule);
    } else {
        told["timetable_summary"] = json!(dag.schedule.as_deref().unwrap_or("None"));
        told["relative_fileloc"] = json!(dag.file);
    }
    told
}
