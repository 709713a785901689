//! One run after the other on the same ground: what the runner gives, what the platform runs, what was told.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::applied::{Applied, StepState, Verified};
use crate::cli::args::Command;
use crate::cli::{Desk, run};
use crate::console::Console;
use crate::context::env::Env;
use crate::history::OpenRecord;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::names::CommitSha;
use crate::net::Limits;
use crate::plan::{Basis, Extras, Observed};
use crate::platform::{Payload, Platform};
use crate::problem::{Fault, Problem};
use crate::tests::github::{CheckFact, State, World};
use crate::tests::repository::{Repository, git, variables};
use crate::watch::{Task, Watch};

/// What a DAG of the project is.
pub(super) fn dag(id: &str, schedule: &str) -> String {
    format!(
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n\n\
         with DAG(dag_id=\"{id}\", schedule=\"{schedule}\", catchup=False):\n    EmptyOperator(task_id=\"nothing\")\n"
    )
}

/// A repository with a project of DAGs: four commits on `main`, each in a checkout of its own once it is wanted, and nobody changes them.
pub(super) struct Ground {
    repository: Repository,
    /// The first has `orders`, the second `refunds` too, the third `returns` too, the fourth no `refunds`.
    pub(super) commits: Vec<CommitSha>,
    checkouts: Vec<OnceCell<PathBuf>>,
}

impl Ground {
    pub(super) fn new() -> Self {
        let repository = Repository::new();
        repository.write("dags/orders.py", dag("orders", "@daily"));
        let mut commits = vec![repository.commit("Load orders")];
        repository.write("dags/refunds.py", dag("refunds", "@daily"));
        commits.push(repository.commit("Load refunds"));
        repository.write("dags/returns.py", dag("returns", "@daily"));
        commits.push(repository.commit("Load returns"));
        std::fs::remove_file(repository.root.join("dags/refunds.py")).unwrap();
        commits.push(repository.commit("Drop refunds"));
        let checkouts = commits.iter().map(|_| OnceCell::new()).collect();
        Self { repository, commits, checkouts }
    }

    /// Where a commit is checked out, `main` being at it.
    pub(super) fn at(&self, number: usize) -> &Path {
        self.checkouts[number - 1].get_or_init(|| checkout(&self.repository, self.commit(number)))
    }

    pub(super) fn commit(&self, number: usize) -> &CommitSha {
        &self.commits[number - 1]
    }

    /// The same commit, `main` being at an earlier one: what a job of a pull request has.
    pub(super) fn change(&self, base: usize, head: usize) -> PathBuf {
        let folder = self.repository.cloned(&[]);
        git(&folder, &["checkout", "-q", "-b", "change", self.commit(head).as_str()]);
        git(&folder, &["branch", "-q", "-f", "main", self.commit(base).as_str()]);
        folder
    }

    /// The commit alone, on no branch: what `actions/checkout` makes of it.
    fn shallow(&self, number: usize) -> PathBuf {
        let folder = self.repository.around.path().join(format!("shallow-{number}"));
        std::fs::create_dir(&folder).unwrap();
        let from = format!("file://{}", self.at(number).display());
        git(&folder, &["init", "-q"]);
        git(&folder, &["fetch", "-q", "--depth", "1", &from, "main"]);
        git(&folder, &["checkout", "-q", "--detach", "FETCH_HEAD"]);
        folder
    }
}

fn checkout(repository: &Repository, commit: &CommitSha) -> PathBuf {
    let folder = repository.cloned(&[]);
    git(&folder, &["reset", "-q", "--hard", commit.as_str()]);
    folder
}

/// An archive as an upload of these files makes it.
pub(super) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What a platform in memory does wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Temper {
    /// Says this instead of taking what is sent.
    pub(super) refuses: Option<String>,
    /// Says this instead of reading back.
    pub(super) blind: Option<String>,
    /// Puts this into every text that it gives.
    pub(super) mutters: Option<String>,
}

/// A platform that runs whatever was sent last.
#[derive(Clone)]
pub(super) struct Memory {
    live: Rc<RefCell<BTreeMap<String, Manifest>>>,
    temper: Rc<RefCell<Temper>>,
}

struct Place {
    memory: Memory,
    environment: String,
}

impl Memory {
    fn new() -> Self {
        Self { live: Rc::default(), temper: Rc::default() }
    }

    /// Somebody puts what no release accounts for into an environment.
    pub(super) fn holds(&self, environment: &str, name: &str, text: &str) {
        let attributes = BTreeMap::from([("schedule".to_owned(), Attribute::Value(json!(text)))]);
        let id = ResourceId::new("dag", name);
        let found = Resource { id, attributes, fingerprint: None, artefact: None, place: None };
        let mut live = self.live.borrow_mut();
        let manifest = live.entry(environment.to_owned()).or_insert_with(|| Manifest::empty(Origin::Live));
        manifest.resources.insert(found.id.clone(), found);
    }

    /// The DAGs that run in an environment.
    pub(super) fn runs(&self, environment: &str) -> Vec<String> {
        let live = self.live.borrow();
        live.get(environment).map(|live| live.resources.keys().map(|id| id.id.clone()).collect()).unwrap_or_default()
    }
}

impl Platform for Place {
    fn observe<'a>(&'a self, _: &'a Manifest, _: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        let manifest = self.memory.live.borrow().get(&self.environment).cloned();
        let manifest = manifest.unwrap_or_else(|| Manifest::empty(Origin::Source));
        let mutters = self.memory.temper.borrow().mutters.clone();
        let extras = mutters.map_or_else(|| Extras::none("in memory"), |text| Extras::unknown(&text));
        Box::pin(async move { Ok(Observed { basis: Basis::Live, manifest, extras }) })
    }

    fn apply<'a>(
        &'a self,
        _: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        _: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        let Temper { refuses, mutters, .. } = self.memory.temper.borrow().clone();
        if let Some(why) = refuses {
            applied.mark_all(&StepState::Failed { why: why.clone() });
            let problem =
                Problem::new("platform-refused", Fault::Platform, "the platform refused").cause(&why).help(why);
            return Box::pin(async { Err(problem) });
        }
        if let Payload::Artefact(built) = payload {
            self.memory.live.borrow_mut().insert(self.environment.clone(), built.manifest.clone());
        }
        applied.mark_all(&StepState::Done);
        applied.platform_ref = mutters;
        Box::pin(async { Ok(()) })
    }

    fn read_back<'a>(&'a self, _: &'a OpenRecord, payload: &'a Payload, _: &'a Watch) -> Task<'a, Verified> {
        let blind = self.memory.temper.borrow().blind.clone();
        let live = self.memory.live.borrow().get(&self.environment).cloned();
        let told = match (blind, payload) {
            (Some(why), _) => Verified::Unverified { why },
            (None, Payload::Artefact(built)) if live.as_ref() == Some(&built.manifest) => Verified::Live,
            (None, _) => Verified::Differs { how: vec!["something else runs".to_owned()] },
        };
        Box::pin(async move { told })
    }
}

/// What one run told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) code: u8,
    pub(super) log: String,
    pub(super) summary: String,
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) report: String,
    /// What it left for another workflow.
    pub(super) tests: String,
}

impl Told {
    pub(super) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// Everything that the runner shows or hands on.
    pub(super) fn all(&self) -> String {
        format!("exit {}\n{}\n{:?}\n{}", self.code, self.log, self.outputs, self.summary)
    }
}

/// A scene as it was.
pub(super) struct Saved {
    state: State,
    live: BTreeMap<String, Manifest>,
    next_run: u64,
}

impl Saved {
    /// How often GitHub had been asked.
    pub(super) fn asked(&self) -> usize {
        self.state.asked.len()
    }
}

/// A GitHub, a platform, and what every run is given.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) platform: Memory,
    pub(super) temper: Rc<RefCell<Temper>>,
    pub(super) limits: Limits,
    pub(super) variables: Vec<(String, String)>,
    pub(super) token: Option<&'static str>,
    next_run: u64,
}

impl Scene {
    pub(super) async fn new(ground: &Ground) -> Self {
        let world = World::start().await;
        let mut parent = None;
        for commit in &ground.commits {
            let parents: Vec<CommitSha> = parent.iter().cloned().collect();
            world.state().commit(commit, &parents, "Change");
            parent = Some(commit.clone());
        }
        world.state().branches.extend(parent.map(|tip| ("main".to_owned(), tip)));
        let platform = Memory::new();
        let temper = Rc::clone(&platform.temper);
        Self {
            world,
            platform,
            temper,
            limits: Limits::default(),
            variables: Vec::new(),
            token: Some(World::TOKEN),
            next_run: 100,
        }
    }

    /// Everything as it is now.
    pub(super) fn saved(&self) -> Saved {
        Saved { state: self.world.state().clone(), live: self.platform.live.borrow().clone(), next_run: self.next_run }
    }

    /// Everything as it was then.
    pub(super) fn restore(&mut self, saved: &Saved) {
        *self.world.state() = saved.state.clone();
        *self.platform.live.borrow_mut() = saved.live.clone();
        self.next_run = saved.next_run;
    }

    /// Whether anything is at GitHub that was not there then.
    pub(super) fn has_left_something(&self, saved: &Saved) -> bool {
        let (now, then) = (self.world.state(), &saved.state);
        let bodies = |state: &State| state.comments.iter().map(|of| (of.id, of.edits)).collect::<Vec<_>>();
        now.deployments.len() > then.deployments.len()
            || now.checks.len() > then.checks.len()
            || bodies(&now) != bodies(then)
    }

    /// The id of the newest run.
    pub(super) fn newest_run(&self) -> u64 {
        self.next_run
    }

    /// A check run of another job on a commit, which passed.
    pub(super) fn passed(&self, name: &str, commit: &CommitSha) {
        let mut state = self.world.state();
        let id = u64::try_from(state.checks.len()).unwrap() + 1;
        state.checks.push(CheckFact::passed(id, name, commit));
    }

    /// The same variable for every run.
    pub(super) fn given(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A push of a commit to `main`.
    pub(super) async fn push(&mut self, ground: &Ground, number: usize) -> Told {
        let commit = ground.commit(number);
        let payload = json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": commit, "created": true, "deleted": false,
            "forced": false,
        });
        self.event(ground.at(number), "push", commit, payload).await
    }

    /// A pull request, #7, from `head` to `base`; its branch is `change` of `home`.
    pub(super) fn open_pull(&self, ground: &Ground, base: usize, head: usize, home: &str, author: &str) {
        self.world.state().pulls.retain(|pull| pull.number != 7);
        self.world.open_pull(7, ground.commit(base), ground.commit(head));
        let mut state = self.world.state();
        let pull = state.pulls.last_mut().unwrap();
        (pull.branch, pull.head_repository, pull.author) = ("change".into(), Some(home.into()), author.into());
    }

    /// The run of a pull request of the repository's own, #7, on what [`Ground::change`] gave.
    pub(super) async fn pull_request(&mut self, at: &Path, ground: &Ground, base: usize, head: usize) -> Told {
        self.open_pull(ground, base, head, "acme/shop", "ana");
        let side = |number: usize, name: &str| json!({ "sha": ground.commit(number), "ref": name, "repo": { "full_name": "acme/shop" } });
        let payload = json!({
            "action": "synchronize", "number": 7,
            "pull_request": {
                "number": 7, "state": "open", "title": "Change", "draft": false, "merged": false,
                "user": { "login": "ana", "type": "User" }, "head": side(head, "change"), "base": side(base, "main"),
            },
        });
        self.event(at, "pull_request", ground.commit(head), payload).await
    }

    /// A push from a checkout that has neither `main` nor anything but that commit.
    pub(super) async fn push_of_a_shallow_clone(&mut self, ground: &Ground, number: usize) -> Told {
        let folder = ground.shallow(number);
        let commit = ground.commit(number);
        let payload = json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": commit, "created": true, "deleted": false,
            "forced": false,
        });
        self.event(&folder, "push", commit, payload).await
    }

    /// A promotion to prod of what dev runs, by a person on `main`, which is at a commit.
    pub(super) async fn promote(&mut self, ground: &Ground, number: usize) -> Told {
        self.dispatch(ground, number, json!({ "environment": "prod", "allow-destructive": "false" })).await
    }

    /// A manual run on `main`, which is at a commit.
    pub(super) async fn dispatch(&mut self, ground: &Ground, number: usize, inputs: Value) -> Told {
        let payload =
            json!({ "ref": "refs/heads/main", "inputs": inputs, "workflow": ".github/workflows/airlock.yml" });
        self.event(ground.at(number), "workflow_dispatch", ground.commit(number), payload).await
    }

    /// The run of the default branch, at `base`, after the run 41 of a pull request has ended.
    pub(super) async fn relay(&mut self, ground: &Ground, base: usize, workflow_run: Value) -> Told {
        let payload = json!({ "action": "completed", "workflow_run": workflow_run });
        self.event(ground.at(base), "workflow_run", ground.commit(base), payload).await
    }

    /// A run of a workflow of the repository, from the first to the last thing that it does.
    pub(super) async fn event(&mut self, at: &Path, event: &str, commit: &CommitSha, mut payload: Value) -> Told {
        self.next_run += 1;
        let id = self.next_run;
        if !self.world.state().runs.iter().any(|run| run.id == id) {
            self.world.add_run(id, event, commit);
        }
        payload["repository"] = json!({ "full_name": "acme/shop", "default_branch": "main" });
        if payload.get("sender").is_none() {
            payload["sender"] = json!({ "login": "ana", "type": "User" });
        }
        let runner = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let desk = self.desk(at, event, commit, &payload, &runner, id);
        let code = run(Command::Action(Vec::new()), &desk).await;
        self.world.end_run(id, if code == 0 { "success" } else { "failure" });
        let file = |name: &str| std::fs::read_to_string(runner.path().join(name)).unwrap_or_default();
        Told {
            code,
            log: desk.console.results(),
            summary: file("summary.md"),
            outputs: outputs(&file("output.txt")),
            report: file("airlock-report.json"),
            tests: file("airlock-tests.json"),
        }
    }

    fn desk(&self, at: &Path, event: &str, commit: &CommitSha, payload: &Value, runner: &TempDir, id: u64) -> Desk {
        let file = |name: &str| runner.path().join(name).display().to_string();
        let reference = if event == "pull_request" { "refs/pull/7/merge" } else { "refs/heads/main" };
        let pairs = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_WORKSPACE", at.display().to_string()),
            ("GITHUB_REPOSITORY", "acme/shop".to_owned()),
            ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
            ("GITHUB_API_URL", self.world.repository().api_url),
            ("GITHUB_SHA", commit.to_string()),
            ("GITHUB_REF", reference.to_owned()),
            ("GITHUB_RUN_ID", id.to_string()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_ACTOR", "ana".to_owned()),
            ("GITHUB_TRIGGERING_ACTOR", "ana".to_owned()),
            ("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/airlock.yml@refs/heads/main".to_owned()),
            ("GITHUB_STEP_SUMMARY", file("summary.md")),
            ("GITHUB_OUTPUT", file("output.txt")),
            ("RUNNER_TEMP", runner.path().display().to_string()),
            ("INPUT_EXECUTE", "never".to_owned()),
            ("INPUT_GITHUB-TOKEN", self.token.unwrap_or_default().to_owned()),
        ];
        let own = pairs.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let given = self.variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let (env, keys) = Env::split(variables().into_iter().chain(own).chain(given));
        let memory = self.platform.clone();
        Desk {
            env: env.with_event(payload.to_string()),
            keys,
            console: Rc::new(Console::silent_actions()),
            watch: World::watch(),
            launcher: None,
            walls: OnceCell::new(),
            connect: Box::new(move |_, access| {
                let environment = access.lane.environment.to_string();
                Ok(Box::new(Place { memory: memory.clone(), environment }))
            }),
            limits: self.limits,
            named: RefCell::default(),
        }
    }
}

/// What the runner would make of the file.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, mark) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != mark).collect();
        read.insert(name.to_owned(), value.join("\n"));
    }
    read
}
