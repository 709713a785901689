//! The program as the runner starts it: variables and an event file in, the runner's files out.

use std::process::Command;

use serde_json::json;

use crate::world::{Ran, World};

/// A run of the action on a repository, with the runner's files beside it.
pub(crate) struct Action {
    pub(crate) world: World,
    runner: tempfile::TempDir,
}

impl Action {
    pub(crate) fn new() -> Self {
        Self { world: World::small(), runner: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.runner.path().join(name)
    }

    /// What the runner would read from one of its files.
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.runner.path().join(name)).unwrap_or_default()
    }

    pub(crate) fn command(&self, event: &str, payload: &serde_json::Value) -> Command {
        let at = |name: &str| self.runner.path().join(name);
        std::fs::write(at("event.json"), payload.to_string()).unwrap();
        let mut command = self.world.command();
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event)
            .env("GITHUB_EVENT_PATH", at("event.json"))
            .env("GITHUB_WORKSPACE", self.world.root())
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_API_URL", "https://api.github.com")
            .env("GITHUB_SHA", self.world.git(&["rev-parse", "HEAD"]))
            .env("GITHUB_REF", "refs/heads/main")
            .env("GITHUB_RUN_ID", "42")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_ACTOR", "ana")
            .env("GITHUB_TRIGGERING_ACTOR", "ana")
            .env("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/airlock.yml@refs/heads/main")
            .env("GITHUB_STEP_SUMMARY", at("summary.md"))
            .env("GITHUB_OUTPUT", at("output.txt"))
            .env("RUNNER_TEMP", self.runner.path());
        command
    }

    pub(crate) fn push(&self) -> serde_json::Value {
        let sha = self.world.git(&["rev-parse", "HEAD"]);
        json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": sha, "created": true, "deleted": false, "forced": false,
            "repository": { "full_name": "acme/shop", "default_branch": "main" },
            "sender": { "login": "ana", "type": "User" },
        })
    }

    fn dispatch(inputs: &serde_json::Value) -> serde_json::Value {
        json!({
            "ref": "refs/heads/main", "inputs": inputs, "workflow": ".github/workflows/airlock.yml",
            "repository": { "full_name": "acme/shop", "default_branch": "main" },
            "sender": { "login": "ana", "type": "User" },
        })
    }
}

pub(crate) fn run(command: &mut Command) -> Ran {
    command.output().unwrap().into()
}

#[test]
fn a_push_deploys_dev_and_a_dispatch_promotes_it_to_prod() {
    let action = Action::new();
    run(action.command("push", &action.push()).env("INPUT_PLATFORM", "local")).says(0, &[]);
    assert!(action.file("summary.md").contains("1.0.0-dev.1"), "{}", action.file("summary.md"));
    assert!(action.file("output.txt").contains("deployed"), "{}", action.file("output.txt"));
    assert!(action.runner.path().join("airlock-report.json").is_file());

    let refused = Action::dispatch(&json!({ "environment": "prod" }));
    run(action.command("workflow_dispatch", &refused).env("INPUT_PLATFORM", "local")).says(4, &[]);
    let summary = action.file("summary.md");
    assert!(summary.contains("flag-not-stated") && summary.contains("gh workflow run airlock.yml"), "{summary}");

    let stated = Action::dispatch(&json!({ "environment": "prod", "allow-destructive": "false" }));
    run(action.command("workflow_dispatch", &stated).env("INPUT_PLATFORM", "local")).says(0, &[]);
    assert!(action.file("output.txt").contains("1.0.0"), "{}", action.file("output.txt"));
}

#[test]
fn the_runners_folder_serves_where_the_systems_temporary_files_cannot_be_written() {
    let action = Action::new();
    let mut push = action.command("push", &action.push());
    run(push.env("INPUT_PLATFORM", "local").env("TMPDIR", action.runner.path().join("missing"))).says(0, &[]);
    assert!(action.file("output.txt").contains("deployed"), "{}", action.file("output.txt"));
}

#[test]
fn a_platform_whose_key_is_missing_is_never_green() {
    let action = Action::new();
    let ran = run(&mut action.command("push", &action.push()));
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(action.file("summary.md").contains("there is no key of Nango"), "{}", action.file("summary.md"));
    assert!(action.file("output.txt").contains("failed"), "{}", action.file("output.txt"));
}

#[test]
fn everything_that_is_wrong_with_the_inputs_is_told_at_once() {
    let action = Action::new();
    action.world.write("airlock.toml", "[[environment]]\nname = \"dev\"\nbrunch = \"main\"\n");
    let ran = run(action.command("push", &action.push()).env("INPUT_DRY-RUN", "yes").env("INPUT_VERSION", "one"));
    assert_eq!(ran.code, 2, "{}", ran.all());
    for word in ["dry-run", "version", "brunch", "branch"] {
        assert!(ran.all().contains(word), "`{word}` is missing in the log:\n{}", ran.all());
        assert!(action.file("summary.md").contains(word), "`{word}` is missing:\n{}", action.file("summary.md"));
    }
    assert!(ran.all().contains("::error file=airlock.toml,line=3"), "{}", ran.all());
    assert!(action.file("output.txt").contains("failed"), "{}", action.file("output.txt"));
    let report: serde_json::Value = serde_json::from_str(&action.file("airlock-report.json")).unwrap();
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(4), "{report:#}");
}

#[test]
fn an_event_that_leads_to_nothing_ends_at_once() {
    let action = Action::new();
    let mut push = action.push();
    push["deleted"] = json!(true);
    push["created"] = json!(false);
    push["before"] = json!("1".repeat(40));
    push["after"] = json!("0".repeat(40));
    run(action.command("push", &push).env("PATH", "")).says(0, &[]);
    assert!(action.file("output.txt").contains("skipped"), "{}", action.file("output.txt"));
}

#[test]
fn a_run_without_an_event_says_what_is_missing() {
    let action = Action::new();
    let mut command = action.command("push", &action.push());
    let ran = run(command.env_remove("GITHUB_EVENT_PATH"));
    assert_eq!(ran.code, 2, "{}", ran.all());
    assert!(ran.all().contains("GITHUB_EVENT_PATH"), "{}", ran.all());
    assert!(action.file("summary.md").contains("GITHUB_EVENT_PATH"), "{}", action.file("summary.md"));
}

#[test]
fn a_run_of_which_nothing_is_known_is_reported_all_the_same() {
    let action = Action::new();
    let mut command = action.command("push", &action.push());
    for variable in ["GITHUB_SHA", "GITHUB_RUN_ID", "GITHUB_ACTOR", "GITHUB_REPOSITORY", "GITHUB_WORKSPACE"] {
        command.env_remove(variable);
    }
    let ran = run(&mut command);
    assert_eq!(ran.code, 2, "{}", ran.all());
    let summary = action.file("summary.md");
    for variable in ["GITHUB_SHA", "GITHUB_RUN_ID", "GITHUB_ACTOR", "GITHUB_REPOSITORY", "GITHUB_WORKSPACE"] {
        assert!(summary.contains(variable), "{variable}: {summary}");
    }
}
