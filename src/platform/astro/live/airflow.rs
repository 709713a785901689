//! A deployment's own Airflow, over its REST API: version 1 of Airflow 2, version 2 of Airflow 3. They differ in the address and in
//! how a schedule is told.

use std::collections::BTreeSet;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, Url};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answer::AIRFLOW;
use super::ask::{Unread, unread};
use super::hosts;
use super::wire::Deployment;
use crate::platform::asking::{Line, Miss};
use crate::problem::Problem;
use crate::watch::Watch;

/// How many items a page has: the most that Airflow gives unless its settings say otherwise.
const PAGE: usize = 100;
/// How many items are read at most.
const MOST: usize = 20_000;

/// A DAG, as Airflow lists it.
#[expect(clippy::struct_field_names, reason = "Airflow's own names")]
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Dag {
    pub(super) dag_id: String,
    #[serde(default)]
    pub(super) dag_display_name: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) is_paused: Option<bool>,
    #[serde(default)]
    pub(super) fileloc: Option<String>,
    #[serde(default)]
    pub(super) relative_fileloc: Option<String>,
    #[serde(default)]
    pub(super) last_parsed_time: Option<String>,
    #[serde(default)]
    pub(super) max_active_runs: Option<i64>,
    #[serde(default)]
    pub(super) tags: Option<Vec<Tag>>,
    /// Version 1 alone.
    #[serde(default)]
    pub(super) schedule_interval: Option<Value>,
    /// Version 2 alone.
    #[serde(default)]
    pub(super) timetable_summary: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
}

/// A file that Airflow could not load.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct ImportError {
    #[serde(default)]
    pub(super) filename: String,
    #[serde(default)]
    pub(super) stack_trace: String,
}

#[derive(Debug, Deserialize)]
struct Key {
    #[serde(alias = "connection_id", alias = "name")]
    key: String,
}

/// A page of anything: its items stand under a name of their own.
#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    total_entries: usize,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Which version of the REST API a deployment's Airflow has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// Airflow 2.
    One,
    /// Airflow 3.
    Two,
}

/// A deployment's Airflow.
#[derive(Debug)]
pub(super) struct Airflow {
    line: Line,
    version: Version,
}

impl Airflow {
    /// The Airflow of this deployment. The token goes only to hosts of Astro's own; `api` is where its API was reached.
    pub(super) fn of(deployment: &Deployment, client: Client, api: &Url, token: SecretString) -> Result<Self, String> {
        let version = if major(deployment) == Some(2) { Version::One } else { Version::Two };
        let base = address(&deployment.web_server_airflow_api_url, api, version)?;
        Ok(Self { line: Line::new(client, base, Some(token), &AIRFLOW), version })
    }

    /// Which version its REST API has.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// The DAGs that are there now, paused or not.
    pub(super) async fn dags(&self, watch: &Watch) -> Result<Vec<Dag>, Unread> {
        self.all("dags", "dags", "the list of DAGs", watch).await
    }

    /// The files that could not be loaded.
    pub(super) async fn import_errors(&self, watch: &Watch) -> Result<BTreeSet<ImportError>, Unread> {
        let all: Vec<ImportError> = self.all("importErrors", "import_errors", "the import errors", watch).await?;
        Ok(all.into_iter().collect())
    }

    /// The names of its variables. Airflow sends the values along; they are dropped unread.
    pub(super) async fn variables(&self, watch: &Watch) -> Result<BTreeSet<String>, Unread> {
        self.names("variables", "the names of the variables", watch).await
    }

    /// The ids of its connections.
    pub(super) async fn connections(&self, watch: &Watch) -> Result<BTreeSet<String>, Unread> {
        self.names("connections", "the ids of the connections", watch).await
    }

    /// The names of its pools.
    pub(super) async fn pools(&self, watch: &Watch) -> Result<BTreeSet<String>, Unread> {
        self.names("pools", "the names of the pools", watch).await
    }

    /// The objects of a sort with all that Airflow tells of them; secrets are masked, or not told.
    pub(super) async fn objects(&self, of: &str, watch: &Watch) -> Result<Vec<Map<String, Value>>, Unread> {
        self.all(of, of, &format!("the list of {of}"), watch).await
    }

    /// Makes an object of a sort, once.
    pub(super) async fn make(&self, of: &str, body: &Value, watch: &Watch) -> Result<(), Miss> {
        let request = self.line.request(Method::POST, self.line.url(&[of], &[]));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        // Whatever it says of what was made, it may be a secret's mask: nobody reads it.
        let got = self.line.once(request, watch).await?;
        let made: Map<String, Value> = self.line.parsed(&got.body)?;
        if made.is_empty() {
            return Err(Miss::Doubtful(vec!["the answer is empty".to_owned()]));
        }
        Ok(())
    }

    async fn names(&self, of: &str, asked: &str, watch: &Watch) -> Result<BTreeSet<String>, Unread> {
        let all: Vec<Key> = self.all(of, of, asked, watch).await?;
        Ok(all.into_iter().map(|named| named.key).collect())
    }

    async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        list: &str,
        asked: &str,
        watch: &Watch,
    ) -> Result<Vec<T>, Unread> {
        let mut all: Vec<T> = Vec::new();
        loop {
            let query = [("limit", PAGE.to_string()), ("offset", all.len().to_string())];
            let url = self.line.url(&[path], &query);
            let request = || self.line.request(Method::GET, url.clone());
            let page: Page = self.line.again(&request, asked, watch).await.map_err(|miss| unread(miss, asked))?;
            let Page { total_entries, mut rest } = page;
            let items = rest.remove(list).and_then(|items| serde_json::from_value::<Vec<T>>(items).ok());
            let Some(items) = items else {
                let why = format!("no usable answer of Airflow to {asked}: it lists no `{list}`");
                return Err(Unread::Problem(Problem::new("airflow-failed", crate::problem::Fault::Platform, why)));
            };
            let empty = items.is_empty();
            all.extend(items);
            if empty || all.len() >= total_entries || all.len() >= MOST {
                return Ok(all);
            }
        }
    }
}

/// The major version of a deployment's Airflow.
pub(super) fn major(deployment: &Deployment) -> Option<u64> {
    let leading = |text: &str| text.split('.').next().and_then(|number| number.parse::<u64>().ok());
    leading(&deployment.airflow_version)
        .or_else(|| crate::platform::astro::settings::major_of_runtime(&deployment.astro_runtime_version))
}

/// Where the REST API is: Astro tells the address without a scheme, and with the path of one of the versions.
fn address(told: &str, api: &Url, version: Version) -> Result<Url, String> {
    let whole = if told.contains("://") { told.to_owned() } else { format!("https://{told}") };
    let mut url = Url::parse(&whole).map_err(|_no_address| "Astro tells no address of its Airflow".to_owned())?;
    url.set_query(None);
    url.set_fragment(None);
    let host = url.host_str().unwrap_or_default().to_owned();
    if !hosts::is_astros(&url, api) {
        return Err(format!(
            "Astro says that its Airflow is at `{}`, which is no host of Astro's",
            host.escape_debug()
        ));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api/v1").or_else(|| path.strip_suffix("/api/v2")).unwrap_or(path);
    let version = match version {
        Version::One => "v1",
        Version::Two => "v2",
    };
    let path = format!("{path}/api/{version}/");
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_hosts_of_astro_alone() {
        let cloud = Url::parse("https://api.astronomer.io/v1/").unwrap();
        let here = Url::parse("http://127.0.0.1:8080/v1/").unwrap();
        let cases = [
            ("org.astronomer.run/d8fe2wmv/api/v1", &cloud),
            ("https://clypw7.astronomer.run/d4yjo9ed/api/v1?orgId=x", &cloud),
            ("org.astronomer.run/d8fe2wmv", &cloud),
            ("https://astronomer.run.evil.example/x/api/v1", &cloud),
            ("https://evilastronomer.run/x/api/v1", &cloud),
            ("http://org.astronomer.run/x/api/v1", &cloud),
            ("https://user@org.astronomer.run/x", &cloud),
            ("http://127.0.0.1:9000/x/api/v1", &cloud),
            ("http://127.0.0.1:9000/x/api/v1", &here),
            ("", &cloud),
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|(told, api)| address(told, api, Version::Two).map_or_else(|why| why, |url| url.to_string()))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        https://org.astronomer.run/d8fe2wmv/api/v2/
        https://clypw7.astronomer.run/d4yjo9ed/api/v2/
        https://org.astronomer.run/d8fe2wmv/api/v2/
        Astro says that its Airflow is at `astronomer.run.evil.example`, which is no host of Astro's
        Astro says that its Airflow is at `evilastronomer.run`, which is no host of Astro's
        Astro says that its Airflow is at `org.astronomer.run`, which is no host of Astro's
        Astro says that its Airflow is at `org.astronomer.run`, which is no host of Astro's
        Astro says that its Airflow is at `127.0.0.1`, which is no host of Astro's
        http://127.0.0.1:9000/x/api/v2/
        Astro tells no address of its Airflow
        ");
    }
}
