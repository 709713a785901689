//! What the stand-in keeps: environments with what runs in them, keys with their scopes, and what is to go wrong.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

/// Every scope that a key of an environment can have, as far as we use them.
pub(crate) const ALL: [&str; 7] = [
    "environment:deploy",
    "environment:integrations:list",
    "environment:integrations:list_functions",
    "environment:integrations:read_credentials",
    "environment:functions:list",
    "environment:functions:read",
    "environment:variables:read",
];

/// What is to go wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is torn before anything happened.
    Torn,
    /// It is done, and then the connection is torn.
    TornAfter,
    /// Only the first half of the functions is deployed, and then the connection is torn.
    HalfThenTorn,
    /// A gateway answers in Nango's place.
    Html(u16),
    /// 200 and an empty list, and nothing happened.
    EmptyList,
    /// Another deploy is running.
    Busy,
    /// Too many requests.
    Limit,
    /// Nango fails before anything happened.
    ServerError,
    /// Nango says that it is done, and nothing happened.
    Pretended,
    /// It is done, and then Nango says that it failed.
    ErrorAfter,
}

impl Fault {
    pub(crate) const EVERY: [Self; 9] = [
        Self::Torn,
        Self::TornAfter,
        Self::HalfThenTorn,
        Self::Html(502),
        Self::Html(200),
        Self::EmptyList,
        Self::Busy,
        Self::Limit,
        Self::ServerError,
    ];
}

/// An integration of an environment.
#[derive(Debug, Clone)]
pub(crate) struct Integration {
    pub(crate) key: String,
    pub(crate) provider: String,
    pub(crate) created_at: String,
    /// As the public API tells them; `Null` where the provider takes none.
    pub(crate) credentials: Value,
    pub(crate) connections: u64,
}

/// A sync or an action that runs.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) id: u64,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) name: String,
    /// The flow as it was sent.
    pub(crate) flow: Value,
    pub(crate) version: String,
    pub(crate) source: String,
    pub(crate) enabled: bool,
    pub(crate) last_deployed: String,
    pub(crate) sdk: Value,
}

/// An on-event script that is switched on.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) event: String,
    pub(crate) version: String,
    pub(crate) last_deployed: String,
}

/// A function of `createFunction`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bundled {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) sent: Value,
}

/// One environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    pub(crate) integrations: Vec<Integration>,
    pub(crate) functions: Vec<Function>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) bundled: Vec<Bundled>,
    pub(crate) variables: BTreeMap<String, String>,
    /// The code in Nango's store, by function; a failed deploy may have replaced it.
    pub(crate) stored: BTreeMap<String, String>,
    /// How many looks it takes until what a deploy removes is gone, and what is to go.
    pub(crate) settles_after: usize,
    pub(crate) leaving: BTreeSet<u64>,
}

impl Environment {
    /// Lets go what a deploy removed, when it was looked at often enough.
    pub(crate) fn settle(&mut self) {
        if let Some(left) = self.settles_after.checked_sub(1) {
            self.settles_after = left;
        } else {
            let gone = std::mem::take(&mut self.leaving);
            self.functions.retain(|function| !gone.contains(&function.id));
        }
    }

    pub(crate) fn integration(&self, key: &str) -> Option<&Integration> {
        self.integrations.iter().find(|each| each.key == key)
    }

    pub(crate) fn connections(&self, key: &str) -> u64 {
        self.integration(key).map_or(0, |each| each.connections)
    }

    pub(crate) fn function(&self, kind: &str, key: &str, name: &str) -> Option<&Function> {
        self.functions
            .iter()
            .find(|each| (each.kind.as_str(), each.key.as_str(), each.name.as_str()) == (kind, key, name))
    }
}

/// One Nango.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) environments: BTreeMap<String, Environment>,
    /// What `GET /providers/{provider}` answers beside the recorded one.
    pub(crate) providers: BTreeMap<String, Value>,
    /// Which environment a key belongs to, and its scopes.
    pub(crate) keys: BTreeMap<String, (String, BTreeSet<String>)>,
    /// What goes wrong with the next requests to a route: `POST /sync/deploy`.
    pub(crate) faults: Vec<(String, VecDeque<Fault>)>,
    /// What goes wrong with the request of this number, counted from 0.
    pub(crate) fault_at: Option<(usize, Fault)>,
    /// Every request that came, method and path.
    pub(crate) asked: Vec<String>,
    /// The bodies of the deploys that came.
    pub(crate) deploys: Vec<Vec<u8>>,
    /// Requests that no route knows.
    pub(crate) unexpected: Vec<String>,
    /// What somebody else deploys while we wait for them.
    pub(crate) meanwhile: Option<(String, Function)>,
    ids: u64,
    newest: jiff::Timestamp,
}

impl State {
    /// The next number of a row.
    pub(crate) fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// A time later than all before.
    pub(crate) fn now(&mut self) -> String {
        let next = self.newest + jiff::SignedDuration::from_millis(1);
        self.newest = jiff::Timestamp::now().round(jiff::Unit::Millisecond).unwrap().max(next);
        format!("{:.3}", self.newest)
    }

    /// What goes wrong with this request, if anything.
    pub(crate) fn fault(&mut self, route: &str) -> Option<Fault> {
        let number = self.asked.len();
        self.asked.push(route.to_owned());
        if let Some((_, fault)) = self.fault_at.take_if(|(at, _)| *at == number) {
            return Some(fault);
        }
        let (_, faults) = self.faults.iter_mut().find(|(of, _)| of == route)?;
        faults.pop_front()
    }
}

/// Nango's form of an error.
pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}
