//! Requests as the API's description (v1, August 2026) wants them: every field known, every required one there.

use serde_json::Value;

/// Why a body does not fit.
pub(super) type Wrong = String;

/// The body of a new deploy.
pub(super) fn create(body: &Value) -> Result<(), Wrong> {
    let fields = ["type", "description", "git", "bundleType", "bundleMountPath"];
    only(body, &fields)?;
    one_of(body, "type", &["IMAGE_AND_DAG", "IMAGE_ONLY", "DAG_ONLY", "BUNDLE"])?;
    texts(body, &["description", "bundleType", "bundleMountPath"])?;
    let Some(git) = body.get("git") else { return Ok(()) };
    let fields = [
        "provider",
        "commitSha",
        "branch",
        "path",
        "account",
        "repo",
        "remoteUrl",
        "commitUrl",
        "authorName",
        "authorUsername",
        "authorUrl",
        "beforeCommitSha",
    ];
    only(git, &fields)?;
    texts(git, &fields)?;
    one_of(git, "provider", &["GITHUB", "GENERIC"])?;
    has(git, "commitSha")?;
    let (wants, not) =
        if git["provider"] == "GITHUB" { (["account", "repo"], "remoteUrl") } else { (["remoteUrl"; 2], "account") };
    wants.iter().try_for_each(|name| has(git, name))?;
    if git.get(not).is_some() { Err(format!("git.{not} does not go with this provider")) } else { Ok(()) }
}

/// The body that makes a deploy final.
pub(super) fn finalize(body: &Value) -> Result<(), Wrong> {
    only(body, &["dagTarballVersion", "bundleTarballVersion"])?;
    texts(body, &["dagTarballVersion", "bundleTarballVersion"])
}

/// The body of a rollback.
pub(super) fn rollback(body: &Value) -> Result<(), Wrong> {
    only(body, &["description"])?;
    texts(body, &["description"])
}

/// The body of an override of a deployment's sleep.
pub(super) fn sleep(body: &Value) -> Result<(), Wrong> {
    only(body, &["isHibernating", "overrideUntil"])?;
    texts(body, &["overrideUntil"])?;
    if body["isHibernating"].is_boolean() { Ok(()) } else { Err("isHibernating is required".to_owned()) }
}

/// The body of a new deployment of the two sorts that Astro hosts.
pub(super) fn deployment(body: &Value) -> Result<(), Wrong> {
    const TEXTS: [&str; 14] = [
        "name",
        "workspaceId",
        "type",
        "description",
        "astroRuntimeVersion",
        "executor",
        "clusterId",
        "cloudProvider",
        "region",
        "schedulerSize",
        "defaultTaskPodCpu",
        "defaultTaskPodMemory",
        "resourceQuotaCpu",
        "resourceQuotaMemory",
    ];
    const OTHERS: [&str; 8] = [
        "contactEmails",
        "environmentVariables",
        "isCicdEnforced",
        "isDagDeployEnabled",
        "isDevelopmentMode",
        "isHighAvailability",
        "scalingSpec",
        "workerQueues",
    ];
    let known: Vec<&str> = TEXTS.iter().chain(&OTHERS).copied().collect();
    only(body, &known)?;
    texts(body, &TEXTS)?;
    has(body, "name")?;
    has(body, "workspaceId")?;
    one_of(body, "type", &["STANDARD", "DEDICATED"])?;
    one_of(body, "executor", &["CELERY", "KUBERNETES", "ASTRO"])?;
    let long = |name: &str, most| body[name].as_str().is_some_and(|text| text.len() > most);
    if long("name", 500) || long("description", 1000) {
        return Err("it is too long".to_owned());
    }
    if body["isDevelopmentMode"] != true || body["isHighAvailability"] == true {
        return Err("hibernation goes with development mode alone".to_owned());
    }
    for variable in body["environmentVariables"].as_array().into_iter().flatten() {
        only(variable, &["key", "value", "isSecret"])?;
    }
    let queue = [
        "name",
        "astroMachine",
        "isDefault",
        "minWorkerCount",
        "maxWorkerCount",
        "workerConcurrency",
        "podEphemeralStorage",
    ];
    for each in body["workerQueues"].as_array().into_iter().flatten() {
        only(each, &queue)?;
        one_of(each, "astroMachine", &["A5", "A10", "A20", "A40", "A60", "A120", "A160"])?;
    }
    for schedule in body["scalingSpec"]["hibernationSpec"]["schedules"].as_array().into_iter().flatten() {
        only(schedule, &["hibernateAtCron", "wakeAtCron", "isEnabled", "description"])?;
        has(schedule, "hibernateAtCron")?;
        has(schedule, "wakeAtCron")?;
    }
    Ok(())
}

fn only(body: &Value, known: &[&str]) -> Result<(), Wrong> {
    let map = body.as_object().ok_or("not an object")?;
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{key} is not known")),
        None => Ok(()),
    }
}

fn has(body: &Value, name: &str) -> Result<(), Wrong> {
    if body[name].as_str().is_some_and(|text| !text.is_empty()) { Ok(()) } else { Err(format!("{name} is required")) }
}

fn texts(body: &Value, names: &[&str]) -> Result<(), Wrong> {
    match names.iter().find(|name| body.get(**name).is_some_and(|value| !value.is_string())) {
        Some(name) => Err(format!("{name} is no text")),
        None => Ok(()),
    }
}

fn one_of(body: &Value, name: &str, all: &[&str]) -> Result<(), Wrong> {
    if body[name].as_str().is_some_and(|text| all.contains(&text)) {
        Ok(())
    } else {
        Err(format!("{name} is none of {all:?}"))
    }
}
