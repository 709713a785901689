//! What the stand-in keeps: deployments with their deploys and DAGs, tokens, and what is to go wrong.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::registry::Registry;

/// What is to go wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is torn before anything happened.
    Torn,
    /// It is done, and then the connection is torn.
    TornAfter,
    /// A gateway answers in Astro's place.
    Html(u16),
    /// 200 and an empty object, and nothing happened.
    Empty,
    /// Too many requests.
    Limit,
    /// The server fails before anything happened.
    ServerError,
    /// It is done, and then the server says that it failed.
    ErrorAfter,
    /// It says no.
    Forbidden,
}

impl Fault {
    pub(crate) const EVERY: [Self; 9] = [
        Self::Torn,
        Self::TornAfter,
        Self::Html(502),
        Self::Html(200),
        Self::Empty,
        Self::Limit,
        Self::ServerError,
        Self::ErrorAfter,
        Self::Forbidden,
    ];
}

/// A DAG that a deployment's Airflow lists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dag {
    pub(crate) id: String,
    /// Below the folder of the DAGs.
    pub(crate) file: String,
    pub(crate) schedule: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Its newest load, in seconds.
    pub(crate) parsed: i64,
}

/// A deploy of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Deploy {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) description: Option<String>,
    pub(crate) git: Option<Value>,
    pub(crate) version: Option<String>,
    /// Of a bundle: where it is mounted, and its version.
    pub(crate) bundle: Option<(String, Option<String>)>,
    pub(crate) back_from: Option<String>,
    pub(crate) runtime: String,
    /// The tag that an image of it gets.
    pub(crate) tag: String,
    /// The image that runs with it, and its runtime: Astro's rollback brings that back too.
    pub(crate) image: Option<(String, String)>,
    pub(crate) at: String,
}

/// One deployment.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) workspace: String,
    pub(crate) description: Option<String>,
    /// What it was made with, where it was made by a request.
    pub(crate) made: Option<Value>,
    /// How many more lists until it is no longer being made.
    pub(crate) making: u32,
    /// How many more lists until it is gone.
    pub(crate) going: Option<u32>,
    pub(crate) status: String,
    pub(crate) runtime: String,
    pub(crate) airflow: String,
    /// How many looks whatever is deployed takes until it is there, and until Airflow has loaded it.
    pub(crate) pace: u32,
    pub(crate) dag_deploys: bool,
    pub(crate) remote: bool,
    /// Whether nothing wakes it.
    pub(crate) deaf: bool,
    pub(crate) version: Option<String>,
    pub(crate) wanted: Option<String>,
    /// The tag of the image that runs.
    pub(crate) image: Option<String>,
    /// The image that is wanted, and its runtime.
    pub(crate) wanted_image: Option<(String, String)>,
    /// How many more looks until what is wanted is there.
    pub(crate) arrives: u32,
    pub(crate) deploys: Vec<Deploy>,
    /// The versions of the bundles by the paths where they are mounted.
    pub(crate) bundles: BTreeMap<String, String>,
    /// What lies in the storage, by version.
    pub(crate) stored: BTreeMap<String, Vec<u8>>,
    pub(crate) env: BTreeSet<String>,
    /// The names of secret variables.
    pub(crate) secrets: BTreeSet<String>,
    /// Environment objects: sort and name.
    pub(crate) objects: BTreeSet<(String, String)>,
    /// The override of its sleep, as it was said last.
    pub(crate) sleep: Option<Value>,
    pub(crate) dags: Vec<Dag>,
    pub(crate) errors: BTreeMap<String, String>,
    pub(crate) variables: BTreeSet<String>,
    pub(crate) connections: BTreeSet<String>,
    pub(crate) pools: BTreeSet<String>,
    /// Where its Airflow is, if that is another server.
    pub(crate) airflow_at: Option<String>,
    /// What Airflow tells of an object, by its list and its name; of others no more than that they are there.
    pub(crate) told: BTreeMap<(String, String), Value>,
    /// How many more looks at the DAGs until Airflow has loaded what arrived.
    pub(crate) loads: u32,
}

impl Deployment {
    pub(crate) fn new(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            workspace: "ws1".to_owned(),
            description: None,
            made: None,
            making: 0,
            going: None,
            status: "HEALTHY".to_owned(),
            runtime: "3.0-4".to_owned(),
            airflow: "3.0.2".to_owned(),
            pace: 3,
            dag_deploys: true,
            remote: false,
            deaf: false,
            version: None,
            wanted: None,
            image: None,
            wanted_image: None,
            arrives: 0,
            deploys: Vec::new(),
            bundles: BTreeMap::new(),
            stored: BTreeMap::new(),
            env: BTreeSet::new(),
            secrets: BTreeSet::new(),
            objects: BTreeSet::new(),
            sleep: None,
            dags: Vec::new(),
            errors: BTreeMap::new(),
            variables: BTreeSet::new(),
            connections: BTreeSet::new(),
            pools: BTreeSet::from(["default_pool".to_owned()]),
            airflow_at: None,
            told: BTreeMap::new(),
            loads: 0,
        }
    }

    pub(crate) fn deploy(&mut self, id: &str) -> Option<&mut Deploy> {
        self.deploys.iter_mut().find(|deploy| deploy.id == id)
    }
}

/// A token: its organisation, and whether it may only look.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) organisation: String,
    pub(crate) reads_only: bool,
}

/// One Astro.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Where this server is.
    pub(crate) url: String,
    pub(crate) deployments: BTreeMap<String, Deployment>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) registry: Registry,
    /// What goes wrong with the next requests to a route: `POST …/deploys`, by how the route ends.
    pub(crate) faults: Vec<(String, VecDeque<Fault>)>,
    /// What goes wrong with the request of this number, counted from 0.
    pub(crate) fault_at: Option<(usize, Fault)>,
    /// Every request that came, method and path.
    pub(crate) asked: Vec<String>,
    /// Requests that no route knows.
    pub(crate) unexpected: Vec<String>,
    /// Requests that do not fit the API's description, or carry what they must not.
    pub(crate) wrong: Vec<String>,
    /// How many lists it takes until a deployment is made, and until it is gone.
    pub(crate) slow: u32,
    /// Why no deployment can be made.
    pub(crate) full: Option<String>,
    /// The deployment that somebody else deploys to right after something was made final.
    pub(crate) meanwhile: Option<String>,
    /// The deployment that somebody else deploys to while something is uploaded.
    pub(crate) meanwhile_upload: Option<String>,
    ids: u64,
}

impl State {
    /// A new id.
    pub(crate) fn id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("cl{kind}{:04}", self.ids)
    }

    /// Seconds that only grow, beginning now.
    pub(crate) fn second(&mut self) -> i64 {
        self.ids += 30;
        jiff::Timestamp::now().as_second() + i64::try_from(self.ids).unwrap()
    }

    /// A version of the storage.
    pub(crate) fn version(&mut self) -> String {
        let at = jiff::Timestamp::from_second(self.second()).unwrap();
        format!("{}.{:07}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), self.ids)
    }

    /// A time as the API tells it.
    pub(crate) fn time(&mut self) -> String {
        jiff::Timestamp::from_second(self.second()).unwrap().to_string()
    }

    /// What goes wrong with this request, if anything.
    pub(crate) fn fault(&mut self, route: &str) -> Option<Fault> {
        let number = self.asked.len();
        self.asked.push(route.to_owned());
        if let Some((_, fault)) = self.fault_at.take_if(|(at, _)| *at == number) {
            return Some(fault);
        }
        let (_, faults) = self.faults.iter_mut().find(|(of, _)| matches(route, of))?;
        faults.pop_front()
    }

    /// What would go wrong with the next request of this route; nothing is taken.
    pub(crate) fn next_fault(&self, route: &str) -> Option<Fault> {
        let number = self.asked.len();
        let at = self.fault_at.as_ref().filter(|(at, _)| *at == number).map(|(_, fault)| fault.clone());
        at.or_else(|| {
            self.faults.iter().find(|(of, _)| matches(route, of)).and_then(|(_, faults)| faults.front().cloned())
        })
    }
}

/// Whether a request is of a route: the same method, and the route's end.
pub(crate) fn matches(request: &str, route: &str) -> bool {
    let ((method, path), (wanted, end)) = (request.split_once(' ').unwrap(), route.split_once(' ').unwrap());
    method == wanted && path.ends_with(end)
}
