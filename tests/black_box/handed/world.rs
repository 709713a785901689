//! A Nango project, its Nango, and a GitHub that runs jobs of one workflow: releases, runs, jobs, and what they upload.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::process::Command;
use std::sync::MutexGuard;

use airlock::names::{CommitSha, Digest};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::nango::world::Place;
use crate::whole::hub::{ArtifactFact, Fault, JobFact, RunFact, State, TokenFact, Uploader, World};
use crate::world::Ran;

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

    /// The same, as GitHub has it.
    fn artifact(&self, id: u64, run: u64) -> ArtifactFact {
        let by = Uploader { run: self.run, sha: self.sha.clone(), home: self.head_repository };
        ArtifactFact {
            id,
            run,
            name: self.name.clone(),
            bytes: self.bytes.clone(),
            size: self.size,
            expired: self.expired,
            created: self.created,
            digest: self.digest.clone(),
            by: self.is_told.then_some(by),
        }
    }

    fn made_by(&self, id: u64, run: u64) -> JobFact {
        JobFact {
            id,
            run,
            sha: self.sha.clone(),
            name: self.job.clone(),
            conclusion: self.conclusion.as_str().map(str::to_owned),
            started: START,
            ended: START + 60,
        }
    }
}

/// When the job that checks began.
const START: i64 = 1_767_225_700;

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

/// All of it.
pub(super) struct Hub {
    pub(super) place: Place,
    github: World,
    runner: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Hub {
    pub(super) fn new() -> Self {
        let place = Place::new();
        place.world.replace(".gitignore", "build/\n", &format!("build/\n{FILE}\n"));
        place.world.commit("Ignore what is handed over");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut github = runtime.block_on(World::start());
        runtime.block_on(github.open_storage());
        let runner = tempfile::tempdir().unwrap();
        let hub = Self { place, github, runner, _runtime: runtime };
        hub.push_all();
        hub
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.github.state()
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
        let mut state = self.state();
        for line in log.lines() {
            let shas: Vec<CommitSha> = line.split_whitespace().map(|sha| sha.parse().unwrap()).collect();
            if !state.commits.iter().any(|known| known.sha == shas[0]) {
                state.commit(&shas[0], &shas[1..], "A commit");
            }
            state.branches.insert("main".to_owned(), shas[0].clone());
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
        self.state().runs.push(run);
    }

    pub(super) fn end(&self, id: u64) {
        let mut state = self.state();
        let run = state.runs.iter_mut().find(|run| run.id == id).unwrap();
        (run.status, run.conclusion) = ("completed".to_owned(), Some("success".to_owned()));
    }

    pub(super) fn forbid(&self, name: &str) {
        self.github.add_token(World::TOKEN, TokenFact::job().with(name, "none"));
    }

    pub(super) fn fault(&self, method: &str, part: &str, fault: Fault) {
        self.github.fail(method, part, fault);
    }

    /// The payloads of the releases that were recorded, oldest first.
    pub(super) fn recorded(&self) -> Vec<Value> {
        let state = self.state();
        state.deployments.iter().map(|deployment| payload(&deployment.payload)).collect()
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
            ("GITHUB_API_URL", self.github.uri()),
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
            ("INPUT_GITHUB-TOKEN", World::TOKEN.to_owned()),
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
        let mut state = self.state();
        let id = state.new_id();
        state.artifacts = vec![upload.artifact(id, run)];
        state.jobs = vec![upload.made_by(id, run)];
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
