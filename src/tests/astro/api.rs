//! Astro's own API: deployments, deploys, environment objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::routes::{Answer, refuse};
use super::state::{Deploy, Deployment, State};
use super::{dags, made, registry, strict};

/// A request below `/organizations/ORG`.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a [&'a str],
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
}

pub(super) fn answer(state: &mut State, asked: &Asked<'_>) -> Answer {
    match (asked.method, asked.path) {
        ("GET", ["deployments"]) => made::list(state, &asked.query),
        ("POST", ["deployments"]) => made::make(state, &asked.body),
        ("DELETE", ["deployments", id]) => made::remove(state, id),
        ("GET", ["deployment-options"]) => options(state, &asked.query),
        ("GET", ["environment-objects"]) => objects(state, &asked.query),
        (method, ["deployments", id, rest @ ..]) => {
            if !state.deployments.contains_key(*id) {
                return refuse(404, "deployment not found");
            }
            of_one(state, id, method, rest, asked)
        }
        _ => unserved(state, asked.method, asked.path),
    }
}

fn number(query: &[(String, String)], name: &str, default: usize) -> usize {
    query.iter().find(|(key, _)| key == name).and_then(|(_, text)| text.parse().ok()).unwrap_or(default)
}

/// The routes of the description that nothing asks for yet.
fn unserved(state: &mut State, method: &str, path: &[&str]) -> Answer {
    state.unexpected.push(format!("{method} {}", path.join("/")));
    refuse(404, "no such route")
}

fn of_one(state: &mut State, id: &str, method: &str, rest: &[&str], asked: &Asked<'_>) -> Answer {
    match (method, rest) {
        ("GET", []) => {
            arrive(state, id);
            (200, told(&state.url, &state.deployments[id]))
        }
        ("GET", ["deploys"]) => {
            // Oldest first: the order is promised nowhere.
            let all = &state.deployments[id].deploys;
            let (limit, offset) = (number(&asked.query, "limit", 20), number(&asked.query, "offset", 0));
            let of = &state.deployments[id];
            let told: Vec<Value> =
                all.iter().skip(offset).take(limit).map(|deploy| told_deploy(deploy, of, None)).collect();
            (200, json!({"deploys": told, "limit": limit, "offset": offset, "totalCount": all.len()}))
        }
        ("POST", ["deploys"]) => create(state, id, &asked.body),
        ("GET", ["deploys", deploy]) => {
            arrive(state, id);
            let upload = state.deployments[id].dag_deploys.then(|| upload(state, id, deploy));
            let repository = repository(state, id);
            let deployment = &state.deployments[id];
            match deployment.deploys.iter().find(|found| found.id == *deploy) {
                Some(deploy) => {
                    let mut told = told_deploy(deploy, deployment, upload);
                    told["imageRepository"] = json!(repository);
                    (200, told)
                }
                None => refuse(404, "deploy not found"),
            }
        }
        ("POST", ["deploys", deploy, "finalize"]) => finalize(state, id, deploy, &asked.body),
        ("POST", ["deploys", deploy, "rollback"]) => rollback(state, id, deploy, &asked.body),
        ("POST", ["hibernation-override"]) => sleep(state, id, &asked.body),
        ("DELETE", ["hibernation-override"]) => {
            if let Some(deployment) = state.deployments.get_mut(id) {
                deployment.sleep = None;
                "HIBERNATING".clone_into(&mut deployment.status);
            }
            (204, Value::Null)
        }
        _ => unserved(state, method, asked.path),
    }
}

/// What is wanted arrives after a few looks.
fn arrive(state: &mut State, id: &str) {
    let Some(deployment) = state.deployments.get_mut(id) else { return };
    if deployment.wanted == deployment.version && deployment.wanted_image.is_none() {
        return;
    }
    deployment.arrives = deployment.arrives.saturating_sub(1);
    if deployment.arrives == 0 {
        deployment.version.clone_from(&deployment.wanted);
        "HEALTHY".clone_into(&mut deployment.status);
        deployment.loads = deployment.pace;
        let version = deployment.version.clone();
        if let Some((tag, runtime)) = deployment.wanted_image.take() {
            (deployment.image, deployment.runtime) = (Some(tag), runtime);
        }
        for deploy in
            deployment.deploys.iter_mut().filter(|deploy| deploy.version == version && deploy.status == "FINAL")
        {
            "DEPLOYED".clone_into(&mut deploy.status);
        }
    }
}

fn want(deployment: &mut Deployment, version: &str) {
    deployment.wanted = Some(version.to_owned());
    deployment.arrives = deployment.pace;
}

/// What somebody else makes final.
fn meanwhile(state: &mut State, id: Option<String>) {
    let Some(id) = id else { return };
    let (version, deploy, at) = (state.version(), state.id("deploy"), state.time());
    let Some(deployment) = state.deployments.get_mut(&id) else { return };
    want(deployment, &version);
    deployment.stored.insert(version.clone(), vec![0; 1024]);
    deployment.deploys.push(Deploy {
        id: deploy,
        kind: "DAG_ONLY".to_owned(),
        status: "FINAL".to_owned(),
        description: Some("by hand".to_owned()),
        git: None,
        version: Some(version),
        back_from: None,
        runtime: deployment.runtime.clone(),
        tag: String::new(),
        image: None,
        bundle: None,
        at,
    });
}

fn create(state: &mut State, id: &str, body: &Value) -> Answer {
    if let Err(wrong) = strict::create(body) {
        state.wrong.push(format!("create: {wrong}"));
        return refuse(400, &wrong);
    }
    let (deploy, at) = (state.id("deploy"), state.time());
    let tag = format!("deploy-{deploy}");
    let made = Deploy {
        id: deploy.clone(),
        tag,
        image: None,
        bundle: body["bundleMountPath"].as_str().map(|path| (path.to_owned(), None)),
        kind: body["type"].as_str().unwrap_or_default().to_owned(),
        status: "INITIALIZED".to_owned(),
        description: body["description"].as_str().map(str::to_owned),
        git: body.get("git").cloned(),
        version: None,
        back_from: None,
        runtime: state.deployments[id].runtime.clone(),
        at,
    };
    let upload = state.deployments[id].dag_deploys.then(|| upload(state, id, &deploy));
    let repository = repository(state, id);
    let mut told = told_deploy(&made, &state.deployments[id], upload);
    told["imageRepository"] = json!(repository);
    if let Some(deployment) = state.deployments.get_mut(id) {
        deployment.deploys.push(made);
    }
    (200, told)
}

fn upload(state: &State, id: &str, deploy: &str) -> String {
    format!("{}/storage/{id}/{deploy}?sig=hunter2-signature", state.url)
}

/// Where the images of a deployment are put, as Astro tells it: without a scheme.
fn repository(state: &State, id: &str) -> String {
    format!("{}/images/{id}", state.url.trim_start_matches("http://"))
}

/// A `PUT` into the storage: the status and the version that it makes.
pub(super) fn put(state: &mut State, id: &str, tar: &[u8]) -> Result<String, String> {
    let files = dags::files(tar)?;
    let is_bundle = state
        .deployments
        .get(id)
        .and_then(|deployment| deployment.deploys.last())
        .is_some_and(|deploy| deploy.bundle.is_some());
    if let Some(name) = files.keys().find(|name| name.starts_with("dags/") == is_bundle) {
        return Err(format!("`{name}` does not belong there"));
    }
    let version = state.version();
    let deployment = state.deployments.get_mut(id).ok_or("no such container")?;
    deployment.stored.insert(version.clone(), tar.to_vec());
    let id = state.meanwhile_upload.take();
    meanwhile(state, id);
    Ok(version)
}

fn finalize(state: &mut State, id: &str, deploy: &str, body: &Value) -> Answer {
    if let Some(told) = finalize_bundle(state, id, deploy, body) {
        return told;
    }
    let version = body["dagTarballVersion"].as_str().map(str::to_owned);
    let Some(found) = state.deployments.get_mut(id).and_then(|found| found.deploy(deploy)).cloned() else {
        return refuse(404, "deploy not found");
    };
    let image = registry::runtime(state, id, &found.tag).map(|runtime| (found.tag.clone(), runtime));
    let Some(deployment) = state.deployments.get_mut(id) else { return refuse(404, "deployment not found") };
    let stored = version.as_ref().map(|version| deployment.stored.contains_key(version));
    let alone = found.kind == "IMAGE_ONLY";
    let wants = (deployment.dag_deploys && !alone).then_some(true);
    // An image alone goes to where DAGs come by themselves, and came before.
    let may = !alone || (deployment.dag_deploys && deployment.wanted.is_some());
    if stored != wants || image.is_some() != found.kind.starts_with("IMAGE") || !may {
        state.wrong.push(format!("finalize: {version:?} and {image:?} are not what a deploy of {} has", found.kind));
        return refuse(400, "unknown version");
    }
    if found.status == "INITIALIZED" {
        // Of an image alone the DAGs are told, too, that it runs with.
        let version = if alone { deployment.wanted.clone() } else { version };
        let runs = image.clone().or_else(|| Some((deployment.image.clone()?, deployment.runtime.clone())));
        if let Some(found) = deployment.deploy(deploy) {
            "FINAL".clone_into(&mut found.status);
            found.version.clone_from(&version);
            found.image = runs;
        }
        deployment.wanted_image = image;
        deployment.arrives = deployment.pace;
        deployment.wanted = version;
    }
    let found = deployment.deploys.iter().find(|found| found.id == deploy);
    let told = found.map(|found| told_deploy(found, deployment, None)).unwrap_or_default();
    let id = state.meanwhile.take();
    meanwhile(state, id);
    (200, told)
}

/// A bundle is there at once; an empty version would remove it.
fn finalize_bundle(state: &mut State, id: &str, deploy: &str, body: &Value) -> Option<Answer> {
    let deployment = state.deployments.get_mut(id)?;
    let (path, _) = deployment.deploy(deploy)?.bundle.clone()?;
    let version = body["bundleTarballVersion"].as_str().filter(|version| deployment.stored.contains_key(*version));
    let Some(version) = version.map(str::to_owned) else {
        state.wrong.push("finalize: a bundle without its version".to_owned());
        return Some(refuse(400, "unknown version"));
    };
    deployment.bundles.insert(path.clone(), version.clone());
    deployment.loads = deployment.pace;
    if let Some(found) = deployment.deploy(deploy) {
        "DEPLOYED".clone_into(&mut found.status);
        found.bundle = Some((path, Some(version)));
    }
    let found = deployment.deploys.iter().find(|found| found.id == deploy)?;
    Some((200, told_deploy(found, deployment, None)))
}

fn rollback(state: &mut State, id: &str, deploy: &str, body: &Value) -> Answer {
    let (new, at) = (state.id("deploy"), state.time());
    let Some(deployment) = state.deployments.get_mut(id) else { return refuse(404, "deployment not found") };
    let Some(old) = deployment.deploy(deploy).filter(|old| old.version.is_some()).cloned() else {
        return refuse(404, "deploy not found");
    };
    let description = body["description"].as_str().map(str::to_owned);
    let made = Deploy { id: new, status: "FINAL".to_owned(), description, back_from: Some(old.id.clone()), at, ..old };
    if let Some(version) = &made.version {
        want(deployment, version);
        deployment.wanted_image = made.image.clone().filter(|(tag, _)| deployment.image.as_ref() != Some(tag));
        if deployment.version.as_ref() == Some(version) {
            deployment.version = None;
        }
    }
    let told = told_deploy(&made, deployment, None);
    deployment.deploys.push(made);
    (200, told)
}

fn sleep(state: &mut State, id: &str, body: &Value) -> Answer {
    if let Some(deployment) = state.deployments.get_mut(id) {
        let mut said = body.clone();
        said["isActive"] = json!(true);
        let sleeps = said["isHibernating"] == true || deployment.deaf;
        if sleeps { "HIBERNATING" } else { "HEALTHY" }.clone_into(&mut deployment.status);
        deployment.sleep = Some(said.clone());
        return (200, said);
    }
    refuse(404, "deployment not found")
}

fn options(state: &State, query: &[(String, String)]) -> Answer {
    if !query.iter().any(|(name, id)| name == "deploymentId" && state.deployments.contains_key(id)) {
        return refuse(404, "deployment not found");
    }
    let of = |version: &&str| {
        json!({"version": version, "airflowVersion": "3.0.2", "channel": "stable", "releaseDate": "2026-01-01T00:00:00Z",
            "airflowDatabaseMigration": false, "stellarDatabaseMigration": false})
    };
    let releases: Vec<Value> = ["13.1.0", "3.0-3", "3.0-5", "3.0-6"].iter().map(of).collect();
    let amount = json!({"floor": "1", "default": "1", "ceiling": "4"});
    let size = json!({"cpu": amount, "memory": amount});
    let range = json!({"floor": 1, "default": 5, "ceiling": 10});
    let queues = json!({"minWorkers": range, "maxWorkers": range, "workerConcurrency": range});
    (
        200,
        json!({"runtimeReleases": releases, "executors": [], "schedulerMachines": [], "workerMachines": [],
        "resourceQuotas": {"defaultPodSize": size, "resourceQuota": size}, "workerQueues": queues}),
    )
}

fn objects(state: &mut State, query: &[(String, String)]) -> Answer {
    let query: BTreeMap<&str, &str> = query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    if query.get("showSecrets") != Some(&"false") {
        state.wrong.push("environment-objects: secrets were asked for".to_owned());
    }
    let Some(deployment) = query.get("deploymentId").and_then(|id| state.deployments.get(*id)) else {
        return refuse(404, "deployment not found");
    };
    let of = |(sort, name): &(String, String)| json!({"objectKey": name, "objectType": sort, "scope": "DEPLOYMENT", "scopeEntityId": deployment.id, "setFields": []});
    let offset = query.get("offset").and_then(|text| text.parse().ok()).unwrap_or(0);
    let page: Vec<Value> = deployment.objects.iter().skip(offset).take(100).map(of).collect();
    (200, json!({"environmentObjects": page, "limit": 100, "offset": offset, "totalCount": deployment.objects.len()}))
}

pub(super) fn told(url: &str, deployment: &Deployment) -> Value {
    let plain = deployment.env.iter().map(
        |key| json!({"key": key, "value": "hunter2-value", "isSecret": false, "updatedAt": "2026-01-01T00:00:00Z"}),
    );
    let secret =
        deployment.secrets.iter().map(|key| json!({"key": key, "isSecret": true, "updatedAt": "2026-01-01T00:00:00Z"}));
    let env: Vec<Value> = plain.chain(secret).collect();
    let queue = json!({"id": "q1", "name": "default", "astroMachine": "A5", "isDefault": true, "minWorkerCount": 0,
        "maxWorkerCount": 3, "workerConcurrency": 5, "podCpu": "1", "podMemory": "2Gi"});
    let airflow = deployment.airflow_at.clone();
    let airflow = airflow.unwrap_or_else(|| format!("{url}/airflow/{}/api/v1", deployment.id));
    let mut told = json!({
        "id": deployment.id, "name": deployment.name, "status": deployment.status, "workspaceId": deployment.workspace,
        "organizationId": "org1", "astroRuntimeVersion": deployment.runtime, "airflowVersion": deployment.airflow,
        "isDagDeployEnabled": deployment.dag_deploys, "isCicdEnforced": true, "imageRepository": "images.astronomer.cloud/x",
        "webServerAirflowApiUrl": airflow,
        "webServerUrl": format!("org1.astronomer.run/{}", deployment.id), "type": "STANDARD", "executor": "CELERY",
        "cloudProvider": "AWS", "region": "eu-west-1", "schedulerSize": "SMALL", "workerQueues": [queue],
        "environmentVariables": env, "namespace": "n", "imageTag": deployment.image.as_deref().unwrap_or_default(), "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    });
    told.as_object_mut().unwrap().extend(unread());
    let mut put = |name: &str, value: Option<Value>| {
        told.as_object_mut().unwrap().extend(value.map(|value| (name.to_owned(), value)));
    };
    put("description", deployment.description.as_ref().map(|text| json!(text)));
    put("dagTarballVersion", deployment.version.as_ref().map(|version| json!(version)));
    put("desiredDagTarballVersion", deployment.wanted.as_ref().map(|version| json!(version)));
    put("scalingSpec", deployment.sleep.as_ref().map(|said| json!({"hibernationSpec": {"override": said}})));
    put(
        "remoteExecution",
        deployment.remote.then(|| json!({"enabled": true, "allowedIpAddressRanges": [], "remoteApiUrl": ""})),
    );
    told
}

/// What Astro tells of any deployment, and nobody here reads.
fn unread() -> Map<String, Value> {
    let by = json!({"id": "clsomebody", "subjectType": "USER", "username": "somebody"});
    let mut told = Map::from_iter([("createdBy".to_owned(), by.clone()), ("updatedBy".to_owned(), by)]);
    let texts = ["apiUrl", "runtimeVersion", "schedulerCpu", "schedulerMemory", "uiUrl"].iter();
    let texts = texts.chain(&["webServerCpu", "webServerIngressHostname", "webServerMemory"]);
    told.extend(texts.map(|name| ((*name).to_owned(), json!("1"))));
    told.insert("schedulerReplicas".to_owned(), json!(1));
    told
}

fn told_deploy(deploy: &Deploy, deployment: &Deployment, upload: Option<String>) -> Value {
    let status = if deploy.status == "FINAL" { "INITIALIZED" } else { &deploy.status };
    let mut told = Map::new();
    let mut put = |name: &str, value: Option<&Value>| told.extend(value.map(|value| (name.to_owned(), value.clone())));
    put("id", Some(&json!(deploy.id)));
    put("deploymentId", Some(&json!(deployment.id)));
    // The description knows no bundles among the kinds of an answer.
    put("type", Some(&json!(if deploy.bundle.is_some() { "DAG_ONLY" } else { &deploy.kind })));
    put("status", Some(&json!(status)));
    put("createdAt", Some(&json!(deploy.at)));
    put("imageRepository", Some(&json!("images.astronomer.cloud/x")));
    put("imageTag", Some(&json!(deploy.tag)));
    put("isDagDeployEnabled", Some(&json!(true)));
    put("astroRuntimeVersion", Some(&json!(deploy.runtime)));
    put("description", deploy.description.as_ref().map(|text| json!(text)).as_ref());
    put("git", deploy.git.as_ref());
    put("dagTarballVersion", deploy.version.as_ref().map(|version| json!(version)).as_ref());
    put("rollbackFromId", deploy.back_from.as_ref().map(|id| json!(id)).as_ref());
    let is_bundle = deploy.bundle.is_some();
    put(if is_bundle { "bundleUploadUrl" } else { "dagsUploadUrl" }, upload.map(|url| json!(url)).as_ref());
    put("bundleMountPath", deploy.bundle.as_ref().map(|(path, _)| json!(path)).as_ref());
    let bundles = deployment.bundles.iter();
    let bundles: Vec<Value> = bundles
        .map(|(path, version)| json!({"bundleType": "dbt", "deployId": deploy.id, "mountPath": path, "currentVersion": version, "desiredVersion": version}))
        .collect();
    put("bundles", (!bundles.is_empty()).then(|| json!(bundles)).as_ref());
    Value::Object(told)
}
