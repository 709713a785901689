//! Reads a deployment: itself, the newest deploy, and the names of what its Airflow has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::DATE;
use serde_json::Value;

use super::airflow::{Airflow, Dag};
use super::ask::{Ask, Unread};
use super::door::Which;
use super::wire::{Deploy, Deployment, Deployments, Deploys, Objects, Options};
use crate::manifest::{Attribute, Known, Manifest};
use crate::plan::Extras;
use crate::platform::asking::Got;
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How many environment objects one page has.
const PAGE: usize = 100;
/// Of how many deploys the list is read at once.
const DEPLOYS: usize = 50;
/// Variables that are there in any deployment.
const ALWAYS: [&str; 8] = ["HOME", "PATH", "USER", "HOSTNAME", "PWD", "LANG", "TZ", "AIRFLOW_HOME"];
/// How the names of others begin that are there.
const ALWAYS_LIKE: [&str; 4] = ["AIRFLOW__", "ASTRONOMER_", "ASTRO_", "PYTHON"];
/// The variable that names a secrets backend.
const BACKEND: &str = "AIRFLOW__SECRETS__BACKEND";

/// Finds the deployment. Problems: `deployment-missing`, `deployment-ambiguous`, and those of asking.
pub(super) async fn find(
    ask: &Ask,
    which: &Which,
    workspace: Option<&str>,
    watch: &Watch,
) -> Result<Deployment, Problem> {
    let name = match which {
        Which::Id(id) => return deployment(ask, id, watch).await.map(|(deployment, _)| deployment),
        Which::Name(name) => name,
    };
    let mut query = vec![("names", name.clone()), ("limit", PAGE.to_string())];
    query.extend(workspace.map(|workspace| ("workspaceIds", workspace.to_owned())));
    let asked = "the list of deployments";
    let list: Deployments =
        ask.get(&["deployments"], &query, asked, watch).await.map_err(|unread| unread.problem(asked))?;
    let mut found: Vec<Deployment> = list.deployments.into_iter().filter(|each| each.name == *name).collect();
    let shown = name.escape_debug();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => Err(Problem::new(
            "deployment-missing",
            Fault::Platform,
            format!("the token sees no deployment of the name `{shown}`"),
        )
        .help("look at the name, and whether the token belongs to its workspace")),
        (Some(last), false) => {
            let text = format!("{} deployments have the name `{shown}`", found.len() + 1);
            let ids = found.iter().chain([&last]).map(|each| each.id.clone());
            Err(ids
                .fold(Problem::new("deployment-ambiguous", Fault::Platform, text), Problem::cause)
                .help("say which by ASTRO_DEPLOYMENT_ID"))
        }
    }
}

/// A deployment, and what time it was there when it answered.
pub(super) async fn deployment(ask: &Ask, id: &str, watch: &Watch) -> Result<(Deployment, Option<Timestamp>), Problem> {
    let asked = "the deployment";
    let taken = |got: Got| {
        let date = got.headers.get(DATE).and_then(|date| date.to_str().ok());
        let at = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        Ok((ask.parsed::<Deployment>(&got.body)?, at))
    };
    match ask.get_with(&["deployments", id], &[], asked, watch, &taken).await {
        Ok(read) => Ok(read),
        Err(Unread::Denied(why)) => {
            Err(Problem::new("deployment-missing", Fault::Platform, "the deployment cannot be read")
                .cause(why)
                .help("look at its id, and whether the token belongs to it or to its workspace"))
        }
        Err(Unread::Problem(problem)) => Err(problem),
    }
}

/// The newest deploys, newest first, whatever order they come in: none is promised.
pub(super) async fn deploys(ask: &Ask, deployment: &str, watch: &Watch) -> Result<Vec<Deploy>, Problem> {
    let Deploys { mut deploys, total_count } = page(ask, deployment, 0, watch).await?;
    let ends = deploys.first().zip(deploys.last());
    if total_count > deploys.len() && ends.is_some_and(|(first, last)| first.created_at < last.created_at) {
        deploys.extend(page(ask, deployment, total_count.saturating_sub(DEPLOYS), watch).await?.deploys);
    }
    deploys.sort_by(|a, b| b.created_at.cmp(&a.created_at));
    Ok(deploys)
}

async fn page(ask: &Ask, deployment: &str, offset: usize, watch: &Watch) -> Result<Deploys, Problem> {
    let asked = "the list of deploys";
    let query = [("limit", DEPLOYS.to_string()), ("offset", offset.to_string())];
    let path = ["deployments", deployment, "deploys"];
    ask.get(&path, &query, asked, watch).await.map_err(|unread| unread.problem(asked))
}

/// The versions of Astro's runtime that a deployment can be taken to.
pub(super) async fn runtimes(ask: &Ask, deployment: &str, watch: &Watch) -> Result<BTreeSet<String>, Unread> {
    let query = [("deploymentId", deployment.to_owned())];
    let options: Options = ask.get(&["deployment-options"], &query, "the versions of the runtime", watch).await?;
    Ok(options.runtime_releases.into_iter().map(|runtime| runtime.version).collect())
}

/// One deploy.
pub(super) async fn deploy(ask: &Ask, deployment: &str, id: &str, watch: &Watch) -> Result<Deploy, Problem> {
    let asked = "the deploy";
    ask.get(&["deployments", deployment, "deploys", id], &[], asked, watch)
        .await
        .map_err(|unread| unread.problem(asked))
}

/// The DAGs; why they are not known.
pub(super) async fn dags(airflow: &Result<Airflow, String>, watch: &Watch) -> Result<Vec<Dag>, String> {
    match airflow {
        Ok(airflow) => airflow.dags(watch).await.map_err(Unread::why),
        Err(why) => Err(why.clone()),
    }
}

/// The names of environment objects by sort. Secrets are never asked for.
async fn objects(ask: &Ask, deployment: &str, watch: &Watch) -> Result<BTreeMap<String, BTreeSet<String>>, Unread> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut read = 0;
    loop {
        let query = [
            ("deploymentId", deployment.to_owned()),
            ("resolveLinked", "true".to_owned()),
            ("showSecrets", "false".to_owned()),
            ("limit", PAGE.to_string()),
            ("offset", read.to_string()),
        ];
        let page: Objects = ask.get(&["environment-objects"], &query, "the environment objects", watch).await?;
        let empty = page.environment_objects.is_empty();
        read += page.environment_objects.len();
        for object in page.environment_objects {
            found.entry(object.object_type).or_default().insert(object.object_key);
        }
        if empty || read >= page.total_count {
            return Ok(found);
        }
    }
}

/// What of an environment the desired DAGs name.
struct Wanted<'m>(&'m Manifest);

impl<'m> Wanted<'m> {
    fn names(&self, field: &str) -> BTreeSet<&'m str> {
        let values = self.0.resources.values().filter_map(|resource| resource.attributes.get(field)?.value());
        values.filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
    }

    fn any(&self, fields: &[&str]) -> bool {
        let has = |attribute: Option<&Attribute>| {
            attribute.and_then(Attribute::value).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
        };
        self.0.resources.values().any(|resource| fields.iter().any(|field| has(resource.attributes.get(*field))))
    }
}

/// The names that exist, as far as the desired DAGs need some.
pub(super) async fn extras(
    ask: &Ask,
    deployment: &Deployment,
    airflow: &Result<Airflow, String>,
    desired: &Manifest,
    watch: &Watch,
) -> Extras {
    let wanted = Wanted(desired);
    let nothing = Extras::unknown("nothing of the sort is used");
    if !wanted.any(&["connections", "variables", "env", "pools"]) {
        return nothing;
    }
    let objects = objects(ask, &deployment.id, watch).await;
    let mut env: BTreeSet<String> = deployment.environment_variables.iter().map(|each| each.key.clone()).collect();
    let mut whys: BTreeSet<String> = BTreeSet::new();
    let objects = objects.unwrap_or_else(|unread| {
        whys.insert(unread.why());
        BTreeMap::new()
    });
    let of = |sort: &str| objects.get(sort).cloned().unwrap_or_default();
    env.extend(of("ENVIRONMENT_VARIABLE"));
    let backend = env.contains(BACKEND);
    let hidden = backend.then(|| format!("a secrets backend may hold more ({BACKEND})"));
    let (mut connections, mut variables) = (of("CONNECTION"), of("AIRFLOW_VARIABLE"));
    let mut pools = BTreeSet::from(["default_pool".to_owned()]);
    for (field, into) in [("connections", &mut connections), ("variables", &mut variables), ("pools", &mut pools)] {
        if wanted.any(&[field]) {
            match names(airflow, field, watch).await {
                Ok(names) => into.extend(names),
                Err(why) => drop(whys.insert(why)),
            }
        }
    }
    connections.extend(in_env(&wanted, "connections", "AIRFLOW_CONN_", &env));
    variables.extend(in_env(&wanted, "variables", "AIRFLOW_VAR_", &env));
    env.extend(wanted.names("env").into_iter().filter(|name| is_always(name)).map(str::to_owned));
    let why = whys.into_iter().chain(hidden).collect::<Vec<_>>().join("; ");
    // What is found is there, whatever could not be read; what is not found is missing only where everything was read.
    let complete = |found: &BTreeSet<String>, field: &str| {
        why.is_empty() || wanted.names(field).into_iter().all(|name| found.contains(name))
    };
    let integrations = if complete(&connections, "connections") {
        Known::Yes(connections.into_iter().map(|name| (name, Known::Yes(true))).collect())
    } else {
        Known::No(why.clone())
    };
    let all = complete(&variables, "variables") && complete(&pools, "pools") && complete(&env, "env");
    let spelled =
        |sort: &'static str, names: BTreeSet<String>| names.into_iter().map(move |name| format!("{sort}:{name}"));
    let secrets = spelled("variable", variables).chain(spelled("env", env)).chain(spelled("pool", pools));
    let secrets = if all { Known::Yes(secrets.collect()) } else { Known::No(why) };
    Extras { secrets, integrations, ..nothing }
}

async fn names(airflow: &Result<Airflow, String>, field: &str, watch: &Watch) -> Result<BTreeSet<String>, String> {
    let airflow = airflow.as_ref().map_err(Clone::clone)?;
    let names = match field {
        "connections" => airflow.connections(watch).await,
        "variables" => airflow.variables(watch).await,
        _ => airflow.pools(watch).await,
    };
    names.map_err(Unread::why)
}

/// The wanted names that environment variables give: `AIRFLOW_VAR_FOO` is the variable `foo`.
fn in_env(wanted: &Wanted<'_>, field: &str, prefix: &str, env: &BTreeSet<String>) -> Vec<String> {
    let given = |name: &&str| env.contains(&format!("{prefix}{}", name.to_uppercase()));
    wanted.names(field).into_iter().filter(given).map(str::to_owned).collect()
}

fn is_always(name: &str) -> bool {
    ALWAYS.contains(&name) || ALWAYS_LIKE.iter().any(|prefix| name.starts_with(prefix))
}
