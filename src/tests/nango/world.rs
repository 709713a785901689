//! The stand-in as tests use it, with verbs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, Request};

use super::routes::{self, Routes};
use super::state::{Environment, Fault, Function, Integration, State};

/// A Nango. A request that no route knows fails the test that made it.
pub(crate) struct Nango {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

/// Takes the requests whose connection is to be torn.
struct Torn(Arc<Mutex<State>>);

impl Match for Torn {
    fn matches(&self, request: &Request) -> bool {
        routes::tears(&mut self.0.lock().unwrap(), request)
    }
}

impl Nango {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let server = MockServer::start().await;
        let torn = |_: &Request| std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Mock::given(Torn(Arc::clone(&state))).respond_with_err(torn).with_priority(1).mount(&server).await;
        Mock::given(any()).respond_with(Routes(Arc::clone(&state))).with_priority(9).mount(&server).await;
        Self { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A key of an environment with these scopes; the environment is made where it is not there yet.
    pub(crate) fn key(&self, environment: &str, scopes: &[&str]) -> String {
        let mut state = self.state();
        state.environments.entry(environment.to_owned()).or_default();
        let key = format!("{:08x}-0000-4000-8000-000000000000", state.keys.len() + 1);
        state
            .keys
            .insert(key.clone(), (environment.to_owned(), scopes.iter().map(|scope| (*scope).to_owned()).collect()));
        key
    }

    /// An OAuth integration with credentials, the scopes `repo` and `user`, and this many connections.
    pub(crate) fn integration(&self, environment: &str, key: &str, provider: &str, connections: u64) {
        let credentials = json!({"type": "OAUTH2", "client_id": "id", "client_secret": "hunter2", "scopes": "repo,user", "webhook_secret": null});
        let mut state = self.state();
        let created_at = state.now();
        let (key, provider) = (key.to_owned(), provider.to_owned());
        let made = Integration { key, provider, created_at, credentials, connections };
        state.environments.entry(environment.to_owned()).or_default().integrations.push(made);
    }

    /// Looks at an environment.
    pub(crate) fn environment<T>(&self, name: &str, look: impl FnOnce(&mut Environment) -> T) -> T {
        look(self.state().environments.get_mut(name).unwrap())
    }

    /// A function that somebody put there.
    pub(crate) fn function(&self, environment: &str, kind: &str, id: &str, source: &str, flow: Value) -> Function {
        let (key, name) = id.split_once('/').unwrap();
        let mut state = self.state();
        let (row, last_deployed) = (state.id(), state.now());
        let function = Function {
            id: row,
            kind: kind.to_owned(),
            key: key.to_owned(),
            name: name.to_owned(),
            flow,
            version: "1.0.0".to_owned(),
            source: source.to_owned(),
            enabled: true,
            last_deployed,
            sdk: json!("0.71.10-zero"),
        };
        state.environments.entry(environment.to_owned()).or_default().functions.push(function.clone());
        function
    }

    /// What goes wrong with the next requests to a route.
    pub(crate) fn fails(&self, route: &str, faults: &[Fault]) {
        let faults: VecDeque<Fault> = faults.iter().cloned().collect();
        self.state().faults.push((route.to_owned(), faults));
    }

    /// What runs in an environment, a line each: `sync github/issues 1.0.0`.
    pub(crate) fn running(&self, environment: &str) -> Vec<String> {
        self.environment(environment, |environment| {
            let functions = environment
                .functions
                .iter()
                .map(|each| format!("{} {}/{} {}", each.kind, each.key, each.name, each.version));
            let scripts =
                environment.scripts.iter().map(|each| format!("on-event {}/{} {}", each.key, each.name, each.version));
            let bundled = environment.bundled.iter().map(|each| format!("function {}/{}", each.key, each.name));
            let mut lines: Vec<String> = functions.chain(scripts).chain(bundled).collect();
            lines.sort();
            lines
        })
    }

    /// How often a route was asked.
    pub(crate) fn count(&self, route: &str) -> usize {
        self.state().asked.iter().filter(|asked| *asked == route).count()
    }
}

impl Drop for Nango {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let unexpected = std::mem::take(&mut self.state().unexpected);
            assert!(unexpected.is_empty(), "nobody knows these routes: {unexpected:?}");
        }
    }
}
