//! A repository, the GitHub that it lies in, and the Nango that it is deployed to; the runner's files beside them.

use std::cell::Cell;
use std::process::Command;

use airlock::names::CommitSha;
use serde_json::{Value, json};

use super::hub::World as Hub;
use super::hub::state::{DeploymentFact, PullFact, StatusFact};
use crate::nango::world::Place as Nango;
use crate::world::Ran;

/// Everything that a run has around it.
pub(super) struct Place {
    pub(super) code: Nango,
    pub(super) hub: Hub,
    runner: tempfile::TempDir,
    next: Cell<u64>,
    /// Keeps the GitHub awake.
    _runtime: tokio::runtime::Runtime,
}

/// A run that is to be started: an event, and what differs from an ordinary one.
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) payload: Value,
    pub(super) reference: String,
    pub(super) branch: String,
    pub(super) actor: String,
    pub(super) again_by: Option<String>,
    /// The run and its attempt, where it is run again.
    pub(super) of: Option<(u64, u32)>,
    pub(super) production: bool,
    pub(super) with: Vec<(&'static str, String)>,
    /// Variables of the job.
    pub(super) env: Vec<(&'static str, String)>,
}

/// What a run came to.
pub(super) struct Told {
    pub(super) ran: Ran,
    pub(super) run: u64,
    /// What GitHub was asked.
    pub(super) asked: Vec<String>,
    pub(super) summary: String,
    pub(super) outputs: String,
}

impl Place {
    /// A small Nango project on `main`, which GitHub knows.
    pub(super) fn new() -> Self {
        Self::of(Nango::new())
    }

    pub(super) fn of(code: Nango) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let hub = runtime.block_on(Hub::start());
        let runner = tempfile::tempdir().unwrap();
        // What the program itself reads off its clock is held against GitHub's times.
        hub.state().clock = jiff::Timestamp::now().as_second();
        let place = Self { code, hub, runner, next: Cell::new(100), _runtime: runtime };
        place.publish();
        place
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.code.world.git(arguments)
    }

    pub(super) fn head(&self) -> CommitSha {
        self.sha("HEAD")
    }

    pub(super) fn sha(&self, of: &str) -> CommitSha {
        CommitSha::new(self.git(&["rev-parse", of])).unwrap()
    }

    /// Every commit and branch goes to GitHub.
    pub(super) fn publish(&self) {
        let listed = self.git(&["rev-list", "--all", "HEAD", "--parents", "--topo-order", "--reverse"]);
        let mut state = self.hub.state();
        for line in listed.lines() {
            let mut words = line.split(' ').map(|sha| CommitSha::new(sha).unwrap());
            let sha = words.next().unwrap();
            if !state.commits.iter().any(|known| known.sha == sha) {
                state.commit(&sha, &words.collect::<Vec<_>>(), "A commit");
            }
        }
        drop(state);
        for line in self.git(&["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads"]).lines() {
            let (name, sha) = line.split_once(' ').unwrap();
            self.hub.state().branches.insert(name.to_owned(), CommitSha::new(sha).unwrap());
        }
    }

    /// Opens a pull request of a branch.
    pub(super) fn open(&self, number: u64, branch: &str) {
        self.publish();
        self.hub.open_pull(number, &self.sha("main"), &self.sha(branch));
        self.pull(number, |pull| branch.clone_into(&mut pull.branch));
    }

    fn pull(&self, number: u64, edit: impl FnOnce(&mut PullFact)) {
        edit(self.hub.state().pulls.iter_mut().find(|pull| pull.number == number).unwrap());
    }

    /// Merges it by a merge commit, `squash`, `rebase` or as the queue does; `main` is checked out then.
    pub(super) fn merge(&self, number: u64, branch: &str, how: &str) {
        self.pull(number, |_| {});
        let before = self.sha("main");
        self.git(&["switch", "-q", "main"]);
        match how {
            "squash" => {
                self.git(&["merge", "-q", "--squash", branch]);
                self.code.world.commit(&format!("Squash (#{number})"));
            }
            "rebase" => _ = self.git(&["merge", "-q", "--ff-only", branch]),
            _ => _ = self.git(&["merge", "-q", "--no-ff", "-m", &format!("Merge #{number}"), branch]),
        }
        self.publish();
        let tip = self.head();
        self.hub.merge_pull(number, &tip);
        if how == "rebase" {
            let landed = self.git(&["rev-list", &format!("{before}..{tip}")]);
            let landed = landed.lines().map(|sha| CommitSha::new(sha).unwrap()).collect();
            self.pull(number, |pull| pull.landed = landed);
        }
    }

    fn event(name: &'static str, mut payload: Value, reference: &str, branch: &str) -> Event {
        let (reference, branch) = (reference.to_owned(), branch.to_owned());
        payload["repository"] = json!({ "full_name": "acme/shop", "default_branch": "main" });
        let actor = "ana".to_owned();
        let with = vec![("TEST-COMMAND", "none".to_owned()), ("INSTALL-COMMAND", "none".to_owned())];
        Event {
            name,
            payload,
            reference,
            branch,
            actor,
            again_by: None,
            of: None,
            production: false,
            with,
            env: Vec::new(),
        }
    }

    /// An event of a pull request; what is checked out is its merge into `main`, as GitHub makes it.
    pub(super) fn pulled(&self, number: u64, branch: &str, action: &str) -> Event {
        self.git(&["checkout", "-q", "--detach", "main"]);
        if action != "closed" {
            self.git(&["merge", "-q", "--no-ff", "-m", "As GitHub merges", branch]);
        }
        self.publish();
        let side = |name: &str| json!({ "sha": self.sha(name), "ref": name, "repo": { "full_name": "acme/shop" } });
        let state = if action == "closed" { "closed" } else { "open" };
        let pull = json!({
            "number": number, "state": state, "title": "A change", "draft": false, "merged": action == "closed",
            "user": { "login": "ana", "type": "User" }, "head": side(branch), "base": side("main"),
        });
        let payload = json!({ "action": action, "number": number, "pull_request": pull });
        Self::event("pull_request", payload, &format!("refs/pull/{number}/merge"), branch)
    }

    /// A push of `main`.
    pub(super) fn pushed(&self) -> Event {
        self.git(&["switch", "-q", "main"]);
        self.publish();
        let payload = json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": self.head(), "created": true, "deleted": false,
            "forced": false,
        });
        Self::event("push", payload, "refs/heads/main", "main")
    }

    /// A merge queue tries a pull request on a branch of its own.
    pub(super) fn queued(&self, number: u64, branch: &str) -> Event {
        let base = self.sha("main");
        self.git(&["checkout", "-q", "--detach", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "As the queue merges", branch]);
        self.publish();
        let reference = format!("refs/heads/gh-readonly-queue/main/pr-{number}-{base}");
        let group = json!({
            "head_sha": self.head(), "head_ref": reference, "base_sha": base, "base_ref": "refs/heads/main",
        });
        let payload = json!({ "action": "checks_requested", "merge_group": group });
        Self::event("merge_group", payload, &reference, reference.trim_start_matches("refs/heads/"))
    }

    /// A push of a tag.
    pub(super) fn pushed_tag(&self) -> Event {
        let mut event = self.pushed();
        event.payload["ref"] = json!("refs/tags/v1");
        "refs/tags/v1".clone_into(&mut event.reference);
        event
    }

    /// *Run workflow* on `main`; only a run for production has its key.
    pub(super) fn dispatched(&self, inputs: &Value) -> Event {
        self.git(&["switch", "-q", "main"]);
        self.publish();
        let payload =
            json!({ "ref": "refs/heads/main", "inputs": inputs, "workflow": ".github/workflows/airlock.yml" });
        let event = Self::event("workflow_dispatch", payload, "refs/heads/main", "main");
        Event { production: inputs["environment"] == "prod", ..event }
    }

    /// A schedule.
    pub(super) fn scheduled(&self) -> Event {
        self.git(&["switch", "-q", "main"]);
        self.publish();
        Self::event("schedule", json!({ "schedule": "0 6 * * *" }), "refs/heads/main", "main")
    }

    /// GitHub opens a record of its own for the job of the next run, for its `environment:` says so.
    pub(super) fn opens_record_for_its_job(&self, environment: &str) -> u64 {
        self.publish();
        let (sha, run) = (self.sha("main"), self.next.get());
        let mut state = self.hub.state();
        let (id, created, status) = (state.new_id(), state.tick(), state.new_id());
        let status = StatusFact {
            id: status,
            state: "in_progress".to_owned(),
            description: String::new(),
            log_url: format!("https://github.com/acme/shop/actions/runs/{run}/job/1"),
            environment_url: String::new(),
            creator: Hub::LOGIN.to_owned(),
            created,
        };
        state.deployments.push(DeploymentFact {
            id,
            reference: "main".to_owned(),
            task: "deploy".to_owned(),
            environment: environment.to_owned(),
            payload: json!({}),
            description: String::new(),
            production: false,
            transient: false,
            creator: Hub::LOGIN.to_owned(),
            created,
            statuses: vec![status],
            sha,
        });
        id
    }

    /// `airlock history --json` at somebody's desk, with a token.
    pub(super) fn listed(&self, words: &[&str]) -> Ran {
        let mut command = self.code.world.command();
        command
            .args(["history", "--json", "--workflow", ".github/workflows/airlock.yml"])
            .args(words)
            .env("GITHUB_TOKEN", Hub::TOKEN)
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_API_URL", self.hub.uri());
        command.output().unwrap().into()
    }

    /// As many releases more, all as the newest one in this environment.
    pub(super) fn age(&self, environment: &str, by: u64) {
        for _ in 0..by {
            self.repeat(environment, |_| {});
        }
    }

    /// The newest release of an environment once more, as a release of another project.
    pub(super) fn lend(&self, environment: &str, project: &str) {
        self.repeat(environment, |made| {
            made.task = format!("airlock:{project}");
            made.payload["record"]["lane"]["project"] = json!(project);
        });
    }

    fn repeat(&self, environment: &str, edit: impl FnOnce(&mut DeploymentFact)) {
        let mut state = self.hub.state();
        let mut made = state.deployments.iter().rfind(|made| made.environment == environment).unwrap().clone();
        let mut run = state.runs.iter().rfind(|run| made.payload["record"]["origin"]["run"] == run.id).unwrap().clone();
        (run.id, run.created) = (state.new_id(), state.tick());
        (made.id, made.created) = (run.id, run.created);
        let page = format!("https://github.com/acme/shop/actions/runs/{}", run.id);
        for status in &mut made.statuses {
            (status.created, status.log_url) = (made.created, page.clone());
        }
        run.updated = state.tick();
        made.payload["record"]["origin"]["run"] = json!(run.id);
        made.payload["record"]["origin"]["url"] = json!(page);
        edit(&mut made);
        state.deployments.push(made);
        state.runs.push(run);
    }

    /// Plays a run from its beginning to its end.
    pub(super) fn run(&self, event: &Event) -> Told {
        let (run, attempt) = self.begin(event);
        let before = self.hub.asked().len();
        let ran: Ran = self.command(event, run, attempt).output().unwrap().into();
        self.hub.end_run(run, if ran.code == 0 { "success" } else { "failure" });
        self.git(&["switch", "-q", "main"]);
        let file = |name: &str| std::fs::read_to_string(self.runner.path().join(name)).unwrap_or_default();
        Told {
            asked: self.hub.asked().split_off(before),
            ran,
            run,
            summary: file("summary.md"),
            outputs: file("output.txt"),
        }
    }

    /// GitHub knows of a run as long as it is at work.
    pub(super) fn begin(&self, event: &Event) -> (u64, u32) {
        let (run, attempt) = event.of.unwrap_or_else(|| (self.next.replace(self.next.get() + 1), 1));
        let head = self.head();
        if attempt == 1 {
            self.hub.add_run(run, event.name, &head);
        }
        let mut state = self.hub.state();
        let now = state.tick();
        let fact = state.runs.iter_mut().find(|fact| fact.id == run).unwrap();
        (fact.attempt, fact.updated) = (attempt, now);
        (fact.status, fact.conclusion) = ("in_progress".to_owned(), None);
        fact.head_branch = Some(event.branch.clone());
        event.actor.clone_into(&mut fact.actor);
        event.again_by.as_ref().unwrap_or(&event.actor).clone_into(&mut fact.triggering_actor);
        (run, attempt)
    }

    fn command(&self, event: &Event, run: u64, attempt: u32) -> Command {
        let at = |name: &str| self.runner.path().join(name);
        let mut payload = event.payload.clone();
        let bot = event.actor.ends_with("[bot]");
        payload["sender"] = json!({ "login": event.actor, "type": if bot { "Bot" } else { "User" } });
        std::fs::write(at("event.json"), payload.to_string()).unwrap();
        for sink in ["summary.md", "output.txt", "airlock-report.json"] {
            std::fs::write(at(sink), "").unwrap();
        }
        let (dev, prod) = self.code.keys();
        let mut command = self.code.world.command();
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event.name)
            .env("GITHUB_EVENT_PATH", at("event.json"))
            .env("GITHUB_WORKSPACE", self.code.world.root())
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_API_URL", self.hub.uri())
            .env("GITHUB_SHA", self.head().as_str())
            .env("GITHUB_REF", &event.reference)
            .env("GITHUB_RUN_ID", run.to_string())
            .env("GITHUB_RUN_ATTEMPT", attempt.to_string())
            .env("GITHUB_ACTOR", &event.actor)
            .env("GITHUB_TRIGGERING_ACTOR", event.again_by.as_ref().unwrap_or(&event.actor))
            .env("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/airlock.yml@refs/heads/main")
            .env("GITHUB_STEP_SUMMARY", at("summary.md"))
            .env("GITHUB_OUTPUT", at("output.txt"))
            .env("RUNNER_TEMP", self.runner.path())
            .env("INPUT_GITHUB-TOKEN", Hub::TOKEN)
            .env("NANGO_HOSTPORT", self.code.nango.url())
            .env("NANGO_SECRET_KEY_DEV", dev)
            .envs(event.env.iter().map(|(name, value)| (*name, value)))
            .envs(event.with.iter().map(|(name, value)| (format!("INPUT_{name}"), value)));
        if event.production {
            command.env("NANGO_SECRET_KEY_PROD", prod);
        }
        command
    }
}

impl Told {
    /// Ends the test unless the run ended so, and these words are in its summary.
    pub(super) fn says(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.ran.code, code, "{}\n{}", self.ran.all(), self.summary);
        for word in words {
            assert!(self.summary.contains(word), "`{word}` is missing:\n{}\n{}", self.summary, self.ran.all());
        }
        self
    }
}
