//! A GitHub in memory: one repository whose answers are derived from its state. Tests describe the state, let the code
//! ask over real HTTP, and look at the state again.
//!
//! It is stricter than GitHub: an unknown key in a body is refused, a route that nobody wrote fails the test, and so does
//! a fault that was laid out and never met.

mod faults;
mod paging;
mod reads;
pub(crate) mod routes;
mod shapes;
pub(crate) mod state;
mod storage;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use wiremock::{Mock, MockServer, Request};

use crate::context::Repository;
use crate::github::Client;
use crate::names::{BranchName, CommitSha, Digest};
use crate::net::Limits;
use crate::tests::facts;
use crate::watch::Watch;

pub(crate) use faults::Fault;
pub(crate) use state::{ArtifactFact, CheckFact, JobFact, RunFact, State, TokenFact, Uploader};
use state::{CommentFact, PullFact};
pub(crate) use storage::SIGNATURE;

/// The in-memory GitHub and its repository `acme/shop`.
#[derive(Debug)]
pub(crate) struct World {
    server: MockServer,
    storage: Option<MockServer>,
    state: Arc<Mutex<State>>,
    api_url: String,
}

impl World {
    /// The token that every world knows: a job's, with all permissions.
    pub(crate) const TOKEN: &'static str = "ghs_t0kenOfTheJob";
    /// The login of that token.
    pub(crate) const LOGIN: &'static str = "github-actions[bot]";

    /// A repository with one commit (`aaaa…`) on `main`, and nothing else.
    pub(crate) async fn start() -> Self {
        Self::start_at("").await
    }

    /// A GitHub Enterprise Server: the API is at `/api/v3`.
    pub(crate) async fn start_enterprise() -> Self {
        Self::start_at("/api/v3").await
    }

    async fn start_at(prefix: &'static str) -> Self {
        let server = MockServer::start().await;
        let api_url = format!("{}{prefix}", server.uri());
        let mut state = State::new(prefix, &api_url);
        state.tokens.insert(Self::TOKEN.to_owned(), TokenFact::job());
        state.commit(&facts::sha('a'), &[], "Begin");
        let state = Arc::new(Mutex::new(state));
        let (peeking, tearing, answering) = (Arc::clone(&state), Arc::clone(&state), Arc::clone(&state));
        Mock::given(move |request: &Request| routes::is_torn(&lock(&peeking), request))
            .respond_with_err(move |request: &Request| {
                routes::tear(&mut lock(&tearing), request);
                std::io::Error::from(std::io::ErrorKind::ConnectionReset)
            })
            .with_priority(1)
            .mount(&server)
            .await;
        Mock::given(wiremock::matchers::any())
            .respond_with(move |request: &Request| routes::answer(&mut lock(&answering), request))
            .mount(&server)
            .await;
        Self { server, storage: None, state, api_url }
    }

    /// The state, to look at and to bend. Not to be held while the code under test asks.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// From here on everybody sees this GitHub at another address: something stands in front of it.
    pub(crate) fn seen_at(&mut self, address: &str) {
        address.clone_into(&mut self.state().api_url);
        address.clone_into(&mut self.api_url);
    }

    /// The repository as `context` would describe it.
    pub(crate) fn repository(&self) -> Repository {
        let state = self.state();
        Repository {
            name: Some(state.name.clone()),
            default_branch: BranchName::new(state.default_branch.clone()).ok(),
            api_url: self.api_url.clone(),
            ..facts::invocation(crate::context::event::Event::Schedule).repository
        }
    }

    /// A client with the job's token.
    pub(crate) fn client(&self) -> Client {
        self.client_of(Self::TOKEN)
    }

    /// A client with this token.
    pub(crate) fn client_of(&self, token: &str) -> Client {
        Client::new(&self.repository(), SecretString::from(token)).unwrap()
    }

    /// A client that gives up on an answer soon.
    pub(crate) fn hasty_client(&self) -> Client {
        self.client_within(Duration::from_millis(400))
    }

    /// A client that waits this long for an answer.
    pub(crate) fn client_within(&self, total: Duration) -> Client {
        let limits = Limits { total, ..Limits::default() };
        Client::with_limits(&self.repository(), SecretString::from(Self::TOKEN), limits).unwrap()
    }

    /// Adds a token with its login and permissions.
    pub(crate) fn add_token(&self, token: &str, fact: TokenFact) {
        self.state().tokens.insert(token.to_owned(), fact);
    }

    /// Adds commits, each the only child of the one before.
    pub(crate) fn add_line(&self, line: &[CommitSha]) {
        let mut state = self.state();
        for pair in line.windows(2) {
            state.commit(&pair[1], &pair[..1], &format!("Change {}", pair[1].short()));
        }
    }

    /// Puts a file into a commit.
    pub(crate) fn add_file(&self, commit: &CommitSha, path: &str, text: impl Into<Vec<u8>>) {
        self.state().files.insert((commit.clone(), path.to_owned()), text.into());
    }

    /// Somebody comments.
    pub(crate) fn add_comment(&self, issue: u64, author: &str, body: &str) -> u64 {
        let mut state = self.state();
        let (id, created) = (state.new_id(), state.tick());
        let (author, body) = (author.to_owned(), body.to_owned());
        state.comments.push(CommentFact { id, issue, author, body, created, edits: 0 });
        id
    }

    /// Opens a pull request from a branch of the repository.
    pub(crate) fn open_pull(&self, number: u64, base: &CommitSha, head: &CommitSha) {
        let mut state = self.state();
        let (repository, base_branch) = (state.name.clone(), state.default_branch.clone());
        state.pulls.push(PullFact {
            number,
            title: format!("Change {number}"),
            author: "ana".to_owned(),
            open: true,
            draft: false,
            merged: None,
            merge_commit: None,
            landed: Vec::new(),
            head: head.clone(),
            branch: format!("change-{number}"),
            head_repository: Some(repository),
            base: base.clone(),
            base_branch,
        });
    }

    /// Merges a pull request: `commit` is what the base has of it afterwards.
    pub(crate) fn merge_pull(&self, number: u64, commit: &CommitSha) {
        let mut state = self.state();
        let now = state.tick();
        let pull = state.pulls.iter_mut().find(|pull| pull.number == number).unwrap();
        pull.open = false;
        pull.merged = Some(now);
        pull.merge_commit = Some(commit.clone());
        pull.landed = vec![commit.clone()];
    }

    /// Adds a run of `.github/workflows/airlock.yml` that is under way.
    pub(crate) fn add_run(&self, id: u64, event: &str, head: &CommitSha) {
        let mut state = self.state();
        let (repository, created) = (state.name.clone(), state.tick());
        state.runs.push(RunFact {
            id,
            path: ".github/workflows/airlock.yml".to_owned(),
            event: event.to_owned(),
            head_branch: Some("main".to_owned()),
            head_sha: head.clone(),
            head_repository: Some(repository),
            status: "in_progress".to_owned(),
            conclusion: None,
            attempt: 1,
            actor: "ana".to_owned(),
            triggering_actor: "ana".to_owned(),
            created,
            updated: created,
        });
    }

    /// A run uploads an archive; it is kept on another host.
    pub(crate) async fn add_artifact(&mut self, run: u64, name: &str, bytes: Vec<u8>) -> u64 {
        self.open_storage().await;
        let mut state = self.state();
        let (id, created, size) = (state.new_id(), state.tick(), bytes.len() as u64);
        let (name, digest) = (name.to_owned(), Some(Digest::of(&bytes).to_string()));
        let by = state.runs.iter().find(|known| known.id == run);
        let by = by.map(|by| Uploader { run, sha: by.head_sha.to_string(), home: 1 });
        state.artifacts.push(ArtifactFact { id, run, name, bytes, size, expired: false, created, digest, by });
        id
    }

    /// Another host that keeps archives.
    pub(crate) async fn open_storage(&mut self) {
        if self.storage.is_some() {
            return;
        }
        let (server, state) = (MockServer::start().await, Arc::clone(&self.state));
        self.state().storage = server.uri();
        Mock::given(wiremock::matchers::any())
            .respond_with(move |request: &Request| storage::stored(&mut lock(&state), request))
            .mount(&server)
            .await;
        self.storage = Some(server);
    }

    /// A run ends.
    pub(crate) fn end_run(&self, id: u64, conclusion: &str) {
        let mut state = self.state();
        let now = state.tick();
        let run = state.runs.iter_mut().find(|run| run.id == id).unwrap();
        (run.status, run.conclusion, run.updated) = ("completed".to_owned(), Some(conclusion.to_owned()), now);
    }

    /// The next request with this method and this text in its path goes wrong.
    pub(crate) fn fail(&self, method: &str, part: &str, fault: Fault) {
        self.fail_after(0, method, part, fault);
    }

    /// The same, after so many requests that go well.
    pub(crate) fn fail_after(&self, well: usize, method: &str, part: &str, fault: Fault) {
        self.state().faults.plan(method, part, well, fault);
    }

    /// Every request after so many goes wrong in this way.
    pub(crate) fn fail_for_good(&self, well: usize, fault: Fault) {
        self.state().faults.plan_lasting(well, fault);
    }

    /// Everything goes well from here on.
    pub(crate) fn heal(&self) {
        self.state().faults = faults::Faults::default();
    }

    /// Everything that was asked, in order: `POST /issues/7/comments`. Page sizes are left out.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// The address of the server, for what is not the API.
    pub(crate) fn uri(&self) -> String {
        self.server.uri()
    }

    /// A watch whose waits are a thousandth of real ones.
    pub(crate) fn watch() -> Watch {
        Watch::endless().scaled(0.001).within(Duration::from_hours(1))
    }

    /// Nothing was asked that the world does not know, and every fault was met. Also looked at when the world ends.
    pub(crate) fn assert_quiet(&self) {
        let state = self.state();
        assert!(state.unexpected.is_empty(), "GitHub was asked what it does not know: {:#?}", state.unexpected);
        assert!(state.faults.unmet().is_empty(), "faults that no request met: {:#?}", state.faults.unmet());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_quiet();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
