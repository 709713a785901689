//! The stand-in as tests use it, with verbs.

use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, Request};

use super::routes::{self, Routes};
use super::state::{Deployment, Fault, State, Token, matches};

/// An Astro. A request that no route knows, or that does not fit, fails the test that made it.
pub(crate) struct Astro {
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

impl Astro {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let server = MockServer::start().await;
        state.lock().unwrap().url = server.uri();
        let torn = |_: &Request| std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Mock::given(Torn(Arc::clone(&state))).respond_with_err(torn).with_priority(1).mount(&server).await;
        Mock::given(any()).respond_with(Routes(Arc::clone(&state))).with_priority(9).mount(&server).await;
        Self { server, state }
    }

    /// Where its API is.
    pub(crate) fn url(&self) -> String {
        format!("{}/v1", self.server.uri())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A deployment that nothing was deployed to yet.
    pub(crate) fn add(&self, id: &str, name: &str) {
        self.state().deployments.insert(id.to_owned(), Deployment::new(id, name));
    }

    /// A token of the organisation, good for ten years.
    pub(crate) fn token(&self, reads_only: bool) -> String {
        self.token_with(reads_only, "")
    }

    /// The same with more permissions in its claims: `, "deploymentId:dep1"`.
    pub(crate) fn token_with(&self, reads_only: bool, more: &str) -> String {
        let state = self.state();
        let claims = format!(
            r#"{{"permissions": ["organizationId:org1", "workspaceId:ws1"{more}], "exp": 2100000000, "jti": "{}"}}"#,
            state.tokens.len()
        );
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        drop(state);
        self.knows(&token, reads_only);
        token
    }

    /// Takes a token that was made elsewhere for one of the organisation.
    pub(crate) fn knows(&self, token: &str, reads_only: bool) {
        let of = Token { organisation: "org1".to_owned(), reads_only };
        self.state().tokens.insert(token.to_owned(), of);
    }

    /// Looks at a deployment.
    pub(crate) fn at<T>(&self, id: &str, look: impl FnOnce(&mut Deployment) -> T) -> T {
        look(self.state().deployments.get_mut(id).unwrap())
    }

    /// What goes wrong with the next requests to a route: `POST /finalize`, by the end of its path.
    pub(crate) fn fails(&self, route: &str, faults: &[Fault]) {
        self.state().faults.push((route.to_owned(), faults.iter().cloned().collect()));
    }

    /// The ids of the DAGs that run.
    pub(crate) fn running(&self, id: &str) -> Vec<String> {
        self.at(id, |deployment| {
            let mut ids: Vec<String> = deployment.dags.iter().map(|dag| dag.id.clone()).collect();
            ids.sort();
            ids
        })
    }

    /// How often a route was asked, by the end of its path.
    pub(crate) fn count(&self, route: &str) -> usize {
        self.state().asked.iter().filter(|asked| matches(asked, route)).count()
    }
}

impl Drop for Astro {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut state = self.state();
            let (unexpected, wrong) = (std::mem::take(&mut state.unexpected), std::mem::take(&mut state.wrong));
            drop(state);
            assert!(unexpected.is_empty(), "nobody knows these routes: {unexpected:?}");
            assert!(wrong.is_empty(), "these do not fit: {wrong:?}");
        }
    }
}
