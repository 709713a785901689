//! What a preview is made of: its source without secrets, in development mode, asleep when nobody works.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Mark;
use crate::problem::Problem;

/// When a preview sleeps whose source says nothing of it: from 19:00 to 07:00 UTC, and at weekends.
const SLEEPS: (&str, &str) = ("0 19 * * *", "0 7 * * 1-5");

/// What is read of the deployment that a preview is made from. Values of its variables are among it, so it is never shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Source {
    pub(in super::super) id: String,
    pub(in super::super) name: String,
    pub(in super::super) workspace_id: String,
    astro_runtime_version: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    executor: Option<String>,
    is_dag_deploy_enabled: bool,
    #[serde(default)]
    is_cicd_enforced: bool,
    #[serde(default)]
    remote_execution: Option<Value>,
    #[serde(default)]
    worker_queues: Vec<Map<String, Value>>,
    #[serde(default)]
    environment_variables: Vec<Variable>,
    #[serde(default)]
    scaling_spec: Option<Value>,
    /// Everything else, of which a little is taken over as it is.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variable {
    key: String,
    #[serde(default)]
    is_secret: bool,
    #[serde(default)]
    value: Option<String>,
}

/// What is taken over as it is, where the source has it.
const SAME: [&str; 6] = [
    "schedulerSize",
    "defaultTaskPodCpu",
    "defaultTaskPodMemory",
    "resourceQuotaCpu",
    "resourceQuotaMemory",
    "contactEmails",
];
/// What is taken over of a queue of workers.
const QUEUE: [&str; 7] = [
    "name",
    "astroMachine",
    "isDefault",
    "minWorkerCount",
    "maxWorkerCount",
    "workerConcurrency",
    "podEphemeralStorage",
];
/// What is taken over of a schedule of sleep.
const SCHEDULE: [&str; 4] = ["hibernateAtCron", "wakeAtCron", "isEnabled", "description"];

impl Source {
    /// The names of its secret variables: their values are told to nobody, so none is copied.
    pub(in super::super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.environment_variables.iter().filter(|variable| variable.is_secret).map(|variable| variable.key.as_str())
    }

    /// Problems: `preview-unsupported`.
    fn check(&self) -> Result<(), Problem> {
        let refuse = |why: &str| {
            let text = format!("no preview can be made from `{}`", self.name.escape_debug());
            Err(Problem::input("preview-unsupported", text)
                .cause(why)
                .help("let previews be made from a hosted deployment of Astro, or leave `preview` out"))
        };
        if self.kind.as_deref() == Some("HYBRID") {
            return refuse("it runs on a cluster of your own (Hybrid), where there is no development mode");
        }
        if self.remote_execution.as_ref().is_some_and(|remote| remote["enabled"] == true) {
            return refuse("its tasks run on agents of its own (Remote Execution), and a preview has none");
        }
        Ok(())
    }
}

/// The body of the request that makes a preview. Problems: `preview-unsupported`.
pub(in super::super) fn body(source: &Source, name: &str, mark: &Mark) -> Result<Value, Problem> {
    source.check()?;
    let mut body = json!({
        "name": name,
        "description": mark.to_string(),
        "workspaceId": source.workspace_id,
        "type": source.kind.as_deref().unwrap_or("STANDARD"),
        "astroRuntimeVersion": source.astro_runtime_version,
        "isDagDeployEnabled": source.is_dag_deploy_enabled,
        "isCicdEnforced": source.is_cicd_enforced,
        "isDevelopmentMode": true,
        "isHighAvailability": false,
        "environmentVariables": variables(source),
        "scalingSpec": {"hibernationSpec": {"schedules": schedules(source.scaling_spec.as_ref())}},
    });
    let mut put = |name: &str, value: Option<Value>| {
        let value = value.filter(|value| !value.is_null() && value != "");
        body.as_object_mut()
            .into_iter()
            .for_each(|body| body.extend(value.clone().map(|value| (name.to_owned(), value))));
    };
    for field in SAME.iter().chain(place(source)).copied() {
        put(field, source.rest.get(field).cloned());
    }
    put("executor", source.executor.clone().map(Value::from));
    // Queues are of workers, which the Kubernetes executor has none of.
    let queues: Vec<Value> = source.worker_queues.iter().map(|queue| only(queue, &QUEUE)).collect();
    put(
        "workerQueues",
        (source.executor.as_deref() != Some("KUBERNETES") && !queues.is_empty()).then(|| json!(queues)),
    );
    Ok(body)
}

/// Where it stands: a cluster takes precedence over a region, and of a standard deployment Astro chooses it.
fn place(source: &Source) -> &'static [&'static str] {
    let has = |field: &str| source.rest.get(field).is_some_and(Value::is_string);
    if source.kind.as_deref() != Some("DEDICATED") && has("cloudProvider") && has("region") {
        &["cloudProvider", "region"]
    } else {
        &["clusterId"]
    }
}

fn variables(source: &Source) -> Vec<Value> {
    let plain = source.environment_variables.iter().filter(|variable| !variable.is_secret);
    plain
        .map(|Variable { key, value, .. }| json!({"key": key, "value": value.as_deref().unwrap_or_default(), "isSecret": false}))
        .collect()
}

/// The source's own schedules of sleep that are in force, else the usual one.
fn schedules(scaling: Option<&Value>) -> Vec<Value> {
    let own = scaling.and_then(|scaling| scaling["hibernationSpec"]["schedules"].as_array()).into_iter().flatten();
    let own = own.filter_map(Value::as_object).filter(|schedule| schedule.get("isEnabled") == Some(&json!(true)));
    let own: Vec<Value> = own.map(|schedule| only(schedule, &SCHEDULE)).collect();
    if own.is_empty() {
        let (sleep, wake) = SLEEPS;
        return vec![
            json!({"hibernateAtCron": sleep, "wakeAtCron": wake, "isEnabled": true, "description": "Previews sleep at night"}),
        ];
    }
    own
}

fn only(map: &Map<String, Value>, names: &[&str]) -> Value {
    let known = names.iter().filter_map(|name| Some(((*name).to_owned(), map.get(*name)?.clone())));
    Value::Object(known.filter(|(_, value)| !value.is_null()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::Home;
    use super::*;

    fn source(more: &Value) -> Source {
        let mut whole = json!({
            "id": "clsource", "name": "etl dev", "workspaceId": "ws1", "astroRuntimeVersion": "3.0-4", "type": "STANDARD",
            "isDagDeployEnabled": true, "isCicdEnforced": true, "isHighAvailability": true, "executor": "CELERY",
            "cloudProvider": "AWS", "region": "eu-west-1", "clusterId": "shared", "schedulerSize": "SMALL",
            "resourceQuotaCpu": "10", "namespace": "n", "status": "HEALTHY", "imageTag": "x",
            "workerQueues": [{"id": "q", "name": "default", "astroMachine": "A5", "isDefault": true, "minWorkerCount": 0,
                "maxWorkerCount": 3, "workerConcurrency": 5, "podCpu": "1", "podMemory": "2Gi"}],
            "environmentVariables": [{"key": "REGION", "value": "eu", "isSecret": false, "updatedAt": "x"},
                {"key": "API_KEY", "isSecret": true, "updatedAt": "x"}, {"key": "TOLD", "value": "leaked", "isSecret": true}],
        });
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn made(more: &Value) -> Result<Value, Problem> {
        let home = Home::of("https://github.com", "acme/dags").unwrap();
        let mark = Mark::new(home, 7, "clsource", "2026-11-21T16:00:00Z".parse().unwrap());
        body(&source(more), "pr-7-etl-dev", &mark)
    }

    #[test]
    fn a_preview_is_its_source_without_secrets_and_sleeps() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&made(&json!({})).unwrap()).unwrap(), @r#"
        {
          "name": "pr-7-etl-dev",
          "description": "Preview of https://github.com/acme/dags/pull/7, made by Airlock from clsource at 2026-11-21T16:00:00Z. It is removed when the pull request is closed; by this text Airlock knows it.",
          "workspaceId": "ws1",
          "type": "STANDARD",
          "astroRuntimeVersion": "3.0-4",
          "isDagDeployEnabled": true,
          "isCicdEnforced": true,
          "isDevelopmentMode": true,
          "isHighAvailability": false,
          "environmentVariables": [
            {
              "key": "REGION",
              "value": "eu",
              "isSecret": false
            }
          ],
          "scalingSpec": {
            "hibernationSpec": {
              "schedules": [
                {
                  "hibernateAtCron": "0 19 * * *",
                  "wakeAtCron": "0 7 * * 1-5",
                  "isEnabled": true,
                  "description": "Previews sleep at night"
                }
              ]
            }
          },
          "schedulerSize": "SMALL",
          "resourceQuotaCpu": "10",
          "cloudProvider": "AWS",
          "region": "eu-west-1",
          "executor": "CELERY",
          "workerQueues": [
            {
              "name": "default",
              "astroMachine": "A5",
              "isDefault": true,
              "minWorkerCount": 0,
              "maxWorkerCount": 3,
              "workerConcurrency": 5
            }
          ]
        }
        "#);
        assert_eq!(source(&json!({})).secrets().collect::<Vec<_>>(), ["API_KEY", "TOLD"]);
    }

    #[test]
    fn each_sort_of_source_gives_what_it_has() {
        let sleep = json!({"hibernationSpec": {"schedules": [
            {"hibernateAtCron": "0 1 * * *", "wakeAtCron": "0 2 * * *", "isEnabled": true, "id": "x"},
            {"hibernateAtCron": "0 3 * * *", "wakeAtCron": "0 4 * * *", "isEnabled": false}]}});
        let told = |more: Value, fields: &[&str]| {
            let body = made(&more).unwrap();
            fields.iter().map(|field| format!("{field}={}", body[*field])).collect::<Vec<_>>().join(" ")
        };
        let lines = [
            told(json!({"type": "DEDICATED"}), &["type", "clusterId", "region"]),
            told(json!({"region": null}), &["type", "clusterId", "cloudProvider"]),
            told(json!({"executor": "KUBERNETES"}), &["executor", "workerQueues"]),
            told(json!({"executor": "ASTRO", "workerQueues": []}), &["executor", "workerQueues"]),
            told(json!({"scalingSpec": sleep}), &["scalingSpec"]),
            told(json!({"remoteExecution": {"enabled": false}, "isDagDeployEnabled": false}), &["isDagDeployEnabled"]),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        type="DEDICATED" clusterId="shared" region=null
        type="STANDARD" clusterId="shared" cloudProvider=null
        executor="KUBERNETES" workerQueues=null
        executor="ASTRO" workerQueues=null
        scalingSpec={"hibernationSpec":{"schedules":[{"hibernateAtCron":"0 1 * * *","wakeAtCron":"0 2 * * *","isEnabled":true}]}}
        isDagDeployEnabled=false
        "#);
        for more in [json!({"type": "HYBRID"}), json!({"remoteExecution": {"enabled": true}})] {
            assert_eq!(made(&more).unwrap_err().code, "preview-unsupported");
        }
    }
}
