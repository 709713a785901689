//! A Nango project, its Nango, and a GitHub that runs jobs of one workflow: releases, runs, jobs, and what they upload.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use airlock::names::{CommitSha, Digest};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::nango::world::Place;
use crate::whole::hub::state::{RunFact, State, TokenFact};
use crate::whole::hub::{Fault, routes};
use crate::world::Ran;

const TOKEN: &str = "ghs_t0kenOfTheJob";
const FILE: &str = "airlock-hand-over.json";

/// What one job of a run uploaded, and what GitHub says of both.
#[derive(Clone)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) run: u64,
    pub(super) sha: String,
    pub(super) head_repository: u64,
    pub(super) is_told: bool,
    pub(super) expired: bool,
    pub(super) size: u64,
    pub(super) digest: Option<String>,
    pub(super) bytes: Vec<u8>,
    pub(super) created: i64,
    pub(super) job: String,
    pub(super) conclusion: Value,
}

impl Upload {
    /// Other bytes, uploaded as such: GitHub counts their digest.
    pub(super) fn holds(&mut self, bytes: Vec<u8>) {
        self.digest = Some(Digest::of(&bytes).to_string());
        self.bytes = bytes;
    }

    fn artifact(&self) -> Value {
        let by = json!({
            "id": self.run, "repository_id": 1, "head_repository_id": self.head_repository, "head_branch": "main",
            "head_sha": self.sha,
        });
        json!({
            "id": 7, "node_id": "A", "name": self.name, "size_in_bytes": self.size, "expired": self.expired,
            "digest": self.digest, "created_at": time(self.created), "updated_at": time(self.created),
            "workflow_run": self.is_told.then_some(by),
        })
    }

    fn jobs(&self) -> Value {
        let status = if self.conclusion.is_null() { "in_progress" } else { "completed" };
        json!([{
            "id": 9, "run_id": self.run, "run_attempt": 1, "head_sha": self.sha, "name": self.job, "status": status,
            "conclusion": self.conclusion, "started_at": time(START), "completed_at": time(START + 60),
        }])
    }
}

/// When the job that checks began.
const START: i64 = 1_767_225_700;

fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap().to_string()
}

/// The archive that an upload of the file makes.
pub(super) fn packed(content: &[u8]) -> Vec<u8> {
    packed_as(FILE, content)
}

pub(super) fn packed_as(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

struct Facts {
    state: State,
    upload: Option<Upload>,
    storage: String,
}

impl Facts {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().replace("/repos/acme/shop", "");
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let may = self.state.tokens[TOKEN].permissions.get("actions").is_some_and(|level| level == "read");
        let ok = |value: Value| ResponseTemplate::new(200).set_body_json(value);
        match (parts.as_slice(), &self.upload) {
            (["actions", ..], _) if !may => routes::answer(&mut self.state, request),
            (["actions", "runs", _, "artifacts"], upload) => {
                let all: Vec<Value> = upload.iter().map(Upload::artifact).collect();
                ok(json!({ "total_count": all.len(), "artifacts": all }))
            }
            (["actions", "runs", _, "jobs"], Some(upload)) => ok(json!({ "total_count": 1, "jobs": upload.jobs() })),
            (["actions", "artifacts", "7", "zip"], Some(_)) => {
                ResponseTemplate::new(302).insert_header("location", format!("{}/stored?sig=s1gned", self.storage))
            }
            _ => routes::answer(&mut self.state, request),
        }
    }
}

/// All of it.
pub(super) struct Hub {
    pub(super) place: Place,
    server: MockServer,
    _storage: MockServer,
    facts: Arc<Mutex<Facts>>,
    runner: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Hub {
    pub(super) fn new() -> Self {
        let place = Place::new();
        place.world.replace(".gitignore", "build/\n", &format!("build/\n{FILE}\n"));
        place.world.commit("Ignore what is handed over");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (server, storage) = runtime.block_on(async { (MockServer::start().await, MockServer::start().await) });
        let mut state = State::new("", &server.uri());
        state.tokens.insert(TOKEN.to_owned(), TokenFact::job());
        let facts = Arc::new(Mutex::new(Facts { state, upload: None, storage: storage.uri() }));
        let (answering, storing) = (Arc::clone(&facts), Arc::clone(&facts));
        let answer = move |request: &Request| answering.lock().unwrap().answer(request);
        // Whoever knows the signed address may read; the token has no business there.
        let stored = move |request: &Request| match &storing.lock().unwrap().upload {
            Some(upload) if !request.headers.contains_key("authorization") => {
                ResponseTemplate::new(200).set_body_bytes(upload.bytes.clone())
            }
            _ => ResponseTemplate::new(403),
        };
        runtime.block_on(Mock::given(any()).respond_with(answer).mount(&server));
        runtime.block_on(Mock::given(any()).respond_with(stored).mount(&storage));
        let runner = tempfile::tempdir().unwrap();
        let hub = Self { place, server, _storage: storage, facts, runner, _runtime: runtime };
        hub.push_all();
        hub
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }

    pub(super) fn head(&self) -> String {
        self.place.world.git(&["rev-parse", "HEAD"])
    }

    /// Commits what lies there.
    pub(super) fn commit(&self, message: &str) {
        self.place.world.commit(message);
        self.push_all();
    }

    /// GitHub has every commit of `main`.
    fn push_all(&self) {
        let log = self.place.world.git(&["log", "--reverse", "--format=%H %P", "main"]);
        let mut facts = self.facts();
        for line in log.lines() {
            let shas: Vec<CommitSha> = line.split_whitespace().map(|sha| sha.parse().unwrap()).collect();
            if !facts.state.commits.iter().any(|known| known.sha == shas[0]) {
                facts.state.commit(&shas[0], &shas[1..], "A commit");
            }
            facts.state.branches.insert("main".to_owned(), shas[0].clone());
        }
    }

    /// A run of the workflow begins on the tip of `main`.
    pub(super) fn begin(&self, id: u64, event: &str) {
        let head_sha = self.head().parse().unwrap();
        let run = RunFact {
            id,
            path: ".github/workflows/airlock.yml".to_owned(),
            event: event.to_owned(),
            head_branch: Some("main".to_owned()),
            head_sha,
            head_repository: Some("acme/shop".to_owned()),
            status: "in_progress".to_owned(),
            conclusion: None,
            attempt: 1,
            actor: "ana".to_owned(),
            triggering_actor: "ana".to_owned(),
            created: 1_767_225_600,
            updated: START + 10_000,
        };
        self.facts().state.runs.push(run);
    }

    pub(super) fn end(&self, id: u64) {
        let mut facts = self.facts();
        let run = facts.state.runs.iter_mut().find(|run| run.id == id).unwrap();
        (run.status, run.conclusion) = ("completed".to_owned(), Some("success".to_owned()));
    }

    pub(super) fn forbid(&self, name: &str) {
        let mut facts = self.facts();
        facts.state.tokens.insert(TOKEN.to_owned(), TokenFact::job().with(name, "none"));
    }

    pub(super) fn fault(&self, method: &str, part: &str, fault: Fault) {
        self.facts().state.faults.plan(method, part, 0, fault);
    }

    /// The payloads of the releases that were recorded, oldest first.
    pub(super) fn recorded(&self) -> Vec<Value> {
        let facts = self.facts();
        facts.state.deployments.iter().map(|deployment| payload(&deployment.payload)).collect()
    }

    pub(super) fn pushed(&self) -> Value {
        json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": self.head(), "created": true, "deleted": false,
            "forced": false, "repository": { "full_name": "acme/shop", "default_branch": "main" },
            "sender": { "login": "ana", "type": "User" },
        })
    }

    #[expect(clippy::unused_self, reason = "it reads like the other events")]
    pub(super) fn dispatched(&self, inputs: &Value) -> Value {
        json!({
            "ref": "refs/heads/main", "inputs": inputs, "workflow": ".github/workflows/airlock.yml",
            "repository": { "full_name": "acme/shop", "default_branch": "main" },
            "sender": { "login": "ana", "type": "User" },
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.runner.path().join(name)
    }

    /// A job of a run, on a runner of its own, as far as files go.
    pub(super) fn job(&self, run: u64, name: &str, payload: &Value) -> Command {
        for file in ["summary.md", "output.txt"] {
            std::fs::write(self.path(file), "").unwrap();
        }
        std::fs::write(self.path("event.json"), payload.to_string()).unwrap();
        let event = if payload.get("inputs").is_some() { "workflow_dispatch" } else { "push" };
        let mut command = self.place.world.command();
        command.envs(BTreeMap::from([
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_EVENT_PATH", self.path("event.json").display().to_string()),
            ("GITHUB_WORKSPACE", self.place.world.root().display().to_string()),
            ("GITHUB_REPOSITORY", "acme/shop".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_API_URL", self.server.uri()),
            ("GITHUB_SHA", self.head()),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_RUN_ID", run.to_string()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_JOB", name.to_owned()),
            ("GITHUB_ACTOR", "ana".to_owned()),
            ("GITHUB_TRIGGERING_ACTOR", "ana".to_owned()),
            ("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/airlock.yml@refs/heads/main".to_owned()),
            ("GITHUB_STEP_SUMMARY", self.path("summary.md").display().to_string()),
            ("GITHUB_OUTPUT", self.path("output.txt").display().to_string()),
            ("RUNNER_TEMP", self.runner.path().display().to_string()),
            ("INPUT_GITHUB-TOKEN", TOKEN.to_owned()),
            ("NANGO_HOSTPORT", self.place.nango.url()),
        ]));
        command
    }

    /// The job that has no key: it checks, compiles and hands over.
    pub(super) fn check(&self, run: u64, payload: &Value) -> Ran {
        crate::action::run(self.job(run, "check", payload).env("INPUT_HAND-OVER", "true"))
    }

    /// A job with the key of an environment, which executes nothing: there is no Node on its PATH.
    pub(super) fn never(&self, run: u64, environment: &str, payload: &Value, digest: &str) -> Ran {
        let tools = self.path("tools");
        if !tools.exists() {
            std::fs::create_dir(&tools).unwrap();
            let git = std::env::split_paths(&std::env::var_os("PATH").unwrap())
                .map(|folder| folder.join("git"))
                .find(|git| git.is_file());
            std::os::unix::fs::symlink(git.unwrap(), tools.join("git")).unwrap();
        }
        let (dev, prod) = self.place.keys();
        let (name, key) =
            if environment == "prod" { ("NANGO_SECRET_KEY_PROD", prod) } else { ("NANGO_SECRET_KEY_DEV", dev) };
        let named = if digest.is_empty() { "airlock".to_owned() } else { format!("airlock@{digest}") };
        let mut job = self.job(run, environment, payload);
        job.env("INPUT_EXECUTE", "never").env("INPUT_HANDED-OVER", named).env(name, key).env("PATH", tools);
        let ran = crate::action::run(&mut job);
        assert!(!ran.all().contains("::group::"), "a command was run: {}", ran.all());
        ran
    }

    /// What the check job left in its workspace.
    pub(super) fn handed(&self) -> Vec<u8> {
        std::fs::read(self.place.world.path(FILE)).unwrap()
    }

    /// Uploads that, bent, as the one artifact of the run; gives the digest of the file.
    pub(super) fn upload(&self, run: u64, bend: impl FnOnce(&mut Upload)) -> String {
        let handed = self.handed();
        let bytes = packed(&handed);
        let mut upload = Upload {
            name: "airlock".to_owned(),
            run,
            sha: self.head(),
            head_repository: 1,
            is_told: true,
            expired: false,
            size: bytes.len() as u64,
            digest: Some(Digest::of(&bytes).to_string()),
            bytes,
            created: START + 30,
            job: "check".to_owned(),
            conclusion: json!("success"),
        };
        bend(&mut upload);
        self.facts().upload = Some(upload);
        Digest::of(&handed).to_string()
    }

    pub(super) fn summary(&self) -> String {
        std::fs::read_to_string(self.path("summary.md")).unwrap()
    }

    /// The report of the last job, JSON.
    pub(super) fn report(&self) -> String {
        std::fs::read_to_string(self.path("airlock-report.json")).unwrap()
    }

    /// An output of the last job.
    pub(super) fn output(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.path("output.txt")).unwrap();
        let mut lines = text.lines().skip_while(|line| !line.starts_with(&format!("{name}<<")));
        lines.nth(1).unwrap_or_default().to_owned()
    }
}

/// A payload, which GitHub takes as a text too.
fn payload(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| serde_json::from_str(text).unwrap())
}
