//! Deployments themselves: listed, made, removed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::api::told;
use super::routes::{Answer, refuse};
use super::state::{Deployment, State};
use super::strict;

/// One page; whatever is on its way is a step further afterwards.
pub(super) fn list(state: &mut State, query: &[(String, String)]) -> Answer {
    let all =
        |name: &str| query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    let number = |name: &str, usual| all(name).first().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (names, workspaces, ids) = (all("names"), all("workspaceIds"), all("deploymentIds"));
    let within = |wanted: &[&str], is: &str| wanted.is_empty() || wanted.contains(&is);
    let fits = |deployment: &&Deployment| {
        within(&names, &deployment.name) && within(&workspaces, &deployment.workspace) && within(&ids, &deployment.id)
    };
    for deployment in state.deployments.values_mut() {
        deployment.going = deployment.going.map(|looks| looks.saturating_sub(1));
    }
    state.deployments.retain(|_, deployment| deployment.going != Some(0));
    let found: Vec<Value> = state.deployments.values().filter(fits).map(|each| told(&state.url, each)).collect();
    let (limit, offset) = (number("limit", 20_usize), number("offset", 0_usize));
    let page: Vec<&Value> = found.iter().skip(offset).take(limit).collect();
    let answer = json!({"deployments": page, "limit": limit, "offset": offset, "totalCount": found.len()});
    for deployment in state.deployments.values_mut() {
        if deployment.status == "CREATING" {
            deployment.making = deployment.making.saturating_sub(1);
            if deployment.making == 0 {
                "HEALTHY".clone_into(&mut deployment.status);
            }
        }
    }
    (200, answer)
}

pub(super) fn make(state: &mut State, body: &Value) -> Answer {
    if let Err(wrong) = strict::deployment(body) {
        state.wrong.push(format!("a new deployment: {wrong}"));
        return refuse(400, &wrong);
    }
    if let Some(why) = &state.full {
        return refuse(400, why);
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let (name, workspace) = (text("name").unwrap_or_default(), text("workspaceId").unwrap_or_default());
    if state.deployments.values().any(|each| each.name == name && each.workspace == workspace) {
        return refuse(400, "a deployment of this name exists in the workspace");
    }
    let id = state.id("made");
    let mut deployment = Deployment::new(&id, &name);
    let keys = body["environmentVariables"].as_array().into_iter().flatten();
    deployment.env = keys.filter_map(|each| each["key"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>();
    deployment.workspace = workspace;
    deployment.description = text("description");
    deployment.runtime = text("astroRuntimeVersion").unwrap_or_default();
    deployment.dag_deploys = body["isDagDeployEnabled"] == true;
    (deployment.making, deployment.pace) = (state.slow, 1);
    deployment.made = Some(body.clone());
    if deployment.making > 0 {
        "CREATING".clone_into(&mut deployment.status);
    }
    let answer = told(&state.url, &deployment);
    state.deployments.insert(id, deployment);
    (200, answer)
}

pub(super) fn remove(state: &mut State, id: &str) -> Answer {
    match state.deployments.get_mut(id) {
        None => refuse(404, "deployment not found"),
        Some(deployment) => {
            deployment.going.get_or_insert(state.slow + 1);
            (204, Value::Null)
        }
    }
}
