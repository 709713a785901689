//! The program in Actions with a GitHub beside it: what reviewers find at the pull request.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::action::{Action, run};
use crate::world::Ran;

const SECRET: &str = "runtime-s3cr3t-0d9f";

/// What GitHub knows, and what it was told.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) head: String,
    pub(crate) title: String,
    /// What it adds to the address of a comment.
    pub(crate) page: String,
    pub(crate) comments: Vec<Value>,
    pub(crate) checks: Vec<Value>,
    /// Check runs of other jobs.
    others: Vec<Value>,
    /// The pull requests from the fork's branch.
    from_fork: Vec<Value>,
    /// The merged pull requests of a commit.
    merged: Option<(String, Value)>,
    /// What it says instead of taking a comment.
    pub(crate) refuses: Option<String>,
    /// Whether the token may read no pull request.
    hides_pulls: bool,
    /// The archive that the run 41 has left.
    pub(crate) archive: Option<Vec<u8>>,
}

impl Facts {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().replace("/repos/acme/shop", "");
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let ok = |value: &Value| ResponseTemplate::new(200).set_body_json(value);
        match (request.method.as_str(), path.as_str()) {
            ("GET", "/issues/7/comments") => ok(&json!(self.comments)),
            ("GET", "/pulls/7") => ok(&self.pull()),
            ("POST", "/graphql") => ok(&json!({ "data": { "viewer": { "login": "github-actions[bot]" } } })),
            ("POST", "/issues/7/comments") if self.refuses.is_some() => {
                ResponseTemplate::new(403).set_body_json(json!({ "message": self.refuses }))
            }
            ("POST", "/issues/7/comments") => {
                let id = 100 + self.comments.len();
                self.comments.push(json!({
                    "id": id, "user": { "login": "github-actions[bot]" }, "body": body["body"],
                    "html_url": format!("https://github.com/acme/shop/pull/7{}#issuecomment-{id}", self.page),
                    "created_at": "2026-01-01T00:00:00Z",
                }));
                ok(self.comments.last().unwrap())
            }
            ("PATCH", "/issues/comments/100") => {
                self.comments[0]["body"] = body["body"].clone();
                ok(&self.comments[0])
            }
            ("POST", "/check-runs") => {
                self.checks.push(body.clone());
                let (name, sha) = (&body["name"], &body["head_sha"]);
                ok(&json!({ "id": 1, "name": name, "head_sha": sha, "status": "completed", "app": null }))
            }
            ("GET", "/pulls") => ok(&json!(self.from_fork)),
            ("GET", "/actions/runs/41/artifacts") => {
                let size = self.archive.as_ref().map(Vec::len);
                let all = size.map(|size| json!({ "id": 9, "name": "airlock-tests", "size_in_bytes": size }));
                ok(&json!({ "total_count": 1, "artifacts": all.into_iter().collect::<Vec<_>>() }))
            }
            ("GET", "/actions/artifacts/9/zip") => ResponseTemplate::new(302).insert_header("location", "/storage/9"),
            ("GET", "/storage/9") => {
                ResponseTemplate::new(200).set_body_bytes(self.archive.clone().unwrap_or_default())
            }
            ("GET", path) if path.ends_with("/pulls") && self.hides_pulls => {
                ResponseTemplate::new(403).set_body_json(json!({ "message": "Resource not accessible by integration" }))
            }
            ("GET", path) if path.ends_with("/pulls") => {
                let of = self.merged.as_ref().filter(|(commit, _)| path == format!("/commits/{commit}/pulls"));
                ok(&json!(of.iter().map(|(_, pull)| pull).collect::<Vec<_>>()))
            }
            ("GET", path) if path.starts_with("/commits/") => {
                ok(&json!({ "total_count": self.others.len(), "check_runs": self.others }))
            }
            _ => ResponseTemplate::new(404).set_body_json(json!({ "message": "Not Found" })),
        }
    }

    fn pull(&self) -> Value {
        let side = |sha: &str, name: &str| json!({ "sha": sha, "ref": name, "repo": { "full_name": "acme/shop" } });
        json!({
            "number": 7, "title": self.title, "state": "open", "draft": false, "merged_at": null, "merge_commit_sha": null,
            "user": { "login": "ana" }, "head": side(&self.head, "change"), "base": side(&self.head, "main"),
            "html_url": "https://github.com/acme/shop/pull/7",
        })
    }
}

/// A pull request that adds a sync.
pub(crate) struct Hub {
    pub(crate) action: Action,
    server: MockServer,
    pub(crate) facts: Arc<Mutex<Facts>>,
}

impl Hub {
    pub(crate) async fn new() -> Self {
        let action = Action::new();
        action.world.git(&["checkout", "-q", "-b", "change"]);
        action.world.add_sync("labels");
        let head = action.world.git(&["rev-parse", "HEAD"]);
        let facts = Arc::new(Mutex::new(Facts { head, title: "Change".to_owned(), ..Facts::default() }));
        let server = MockServer::start().await;
        let answering = Arc::clone(&facts);
        let answer = move |request: &Request| answering.lock().unwrap().answer(request);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { action, server, facts }
    }

    pub(crate) fn command(&self) -> Command {
        let world = &self.action.world;
        let side = |name: &str| json!({ "sha": world.git(&["rev-parse", name]), "ref": name, "repo": { "full_name": "acme/shop" } });
        let person = json!({ "login": "ana", "type": "User" });
        let payload = json!({
            "action": "synchronize", "number": 7,
            "pull_request": {
                "number": 7, "state": "open", "title": self.facts.lock().unwrap().title, "draft": false, "merged": false,
                "user": person, "head": side("change"), "base": side("main"),
            },
            "repository": { "full_name": "acme/shop", "default_branch": "main" },
            "sender": person,
        });
        let mut command = self.action.command("pull_request", &payload);
        command
            .env("GITHUB_REF", "refs/pull/7/merge")
            .env("GITHUB_API_URL", self.server.uri())
            .env("INPUT_PLATFORM", "local")
            .env("INPUT_GITHUB-TOKEN", "ghs_t0kenOfTheJob")
            .env("ACTIONS_RUNTIME_TOKEN", SECRET);
        command
    }
}

impl Hub {
    /// A push of what is checked out.
    pub(crate) fn pushed(&self) -> Command {
        let mut command = self.action.command("push", &self.action.push());
        command
            .env("GITHUB_API_URL", self.server.uri())
            .env("INPUT_PLATFORM", "local")
            .env("INPUT_TEST-COMMAND", "none")
            .env("INPUT_INSTALL-COMMAND", "none")
            .env("INPUT_GITHUB-TOKEN", "ghs_t0kenOfTheJob");
        command
    }
}

#[tokio::test]
async fn a_pull_request_gets_a_check_and_one_comment() {
    let hub = Hub::new().await;
    run(&mut hub.command()).says(0, &[]);
    run(&mut hub.command()).says(0, &[]);
    let facts = hub.facts.lock().unwrap();
    assert_eq!(facts.comments.len(), 1, "{:#?}", facts.comments);
    let body = facts.comments[0]["body"].as_str().unwrap();
    assert!(body.starts_with("<!-- airlock:comment v1") && body.contains("github/labels"), "{body}");
    assert_eq!((facts.checks.len(), &facts.checks[0]["head_sha"]), (2, &json!(facts.head)));
    let output = hub.action.file("output.txt");
    assert!(output.contains("https://github.com/acme/shop/pull/7#issuecomment-100"), "{output}");
    let summary = hub.action.file("summary.md");
    assert_eq!(summary.matches("### ").count(), 2, "one report a run:\n{summary}");
    assert!(summary.contains("6 GitHub requests") && summary.matches(" GitHub requests").count() == 2, "{summary}");
}

#[tokio::test]
async fn a_comment_that_may_not_be_written_is_a_note_without_secrets() {
    let hub = Hub::new().await;
    hub.facts.lock().unwrap().refuses = Some(format!("not with {SECRET}"));
    let ran = run(&mut hub.command());
    assert_eq!(ran.code, 0, "{}", ran.all());
    let summary = hub.action.file("summary.md");
    assert!(summary.contains("pull-requests: write") && summary.contains("not with"), "{summary}");
    let told = [summary, hub.action.file("output.txt"), hub.action.file("airlock-report.json"), ran.stderr.clone()];
    assert!(told.iter().all(|text| !text.contains(SECRET)), "{told:#?}");
}

#[tokio::test]
async fn what_other_jobs_tested_counts_as_they_ended() {
    for (conclusion, code, says) in [("success", 0, "unit"), ("failure", 3, "`unit` failed")] {
        let hub = Hub::new().await;
        let head = hub.facts.lock().unwrap().head.clone();
        hub.facts.lock().unwrap().others = vec![json!({
            "id": 9, "name": "unit", "head_sha": head, "status": "completed", "conclusion": conclusion, "app": null,
        })];
        let ran = run(hub.command().env("INPUT_TESTED-BY", "unit"));
        assert_eq!(ran.code, code, "{}", ran.all());
        assert!(hub.action.file("summary.md").contains(says), "{}", hub.action.file("summary.md"));
    }
}

/// How the branch that removes a sync comes onto `main`.
fn merge(world: &crate::world::World, how: &str) {
    world.git(&["switch", "-q", "main"]);
    match how {
        "squash" => {
            world.git(&["merge", "-q", "--squash", "cleanup"]);
            world.commit("Remove labels (#7)");
        }
        "rebase" => _ = world.git(&["merge", "-q", "--ff-only", "cleanup"]),
        _ => _ = world.git(&["merge", "-q", "--no-ff", "-m", "Merge #7", "cleanup"]),
    }
}

#[tokio::test]
async fn a_removal_goes_through_where_a_merged_pull_request_was_seen_to_name_it() {
    let check = |id: &str, conclusion: &str| json!({ "id": 9, "name": "airlock", "external_id": id, "status": "completed", "conclusion": conclusion, "app": null });
    let shown = || Some(check("run 41.1 dev=sha256:00", "neutral"));
    for (how, is_pull, check, code, says) in [
        ("merge", true, shown(), 0, "removals shown and merged with"),
        ("squash", true, shown(), 0, "removals shown and merged with"),
        ("rebase", true, shown(), 0, "removals shown and merged with"),
        ("merge", false, shown(), 4, "was pushed without a pull request"),
        ("merge", true, None, 4, "#7 removes it, and no check run of Airlock is on"),
        ("merge", true, Some(check("run 41.1", "success")), 4, "check run said that nothing is removed"),
    ] {
        let hub = Hub::new().await;
        let world = &hub.action.world;
        world.git(&["switch", "-q", "main"]);
        world.git(&["merge", "-q", "--ff-only", "change"]);
        run(&mut hub.pushed()).says(0, &[]);

        let base = world.git(&["rev-parse", "HEAD"]);
        world.git(&["switch", "-q", "-c", "cleanup"]);
        world.remove("github/syncs/labels.ts");
        world.replace("index.ts", "import './github/syncs/labels.js';\n", "");
        world.commit("Remove labels");
        let head = world.git(&["rev-parse", "HEAD"]);
        merge(world, how);
        let side = |sha: &str, name: &str| json!({ "sha": sha, "ref": name, "repo": { "full_name": "acme/shop" } });
        let landed = world.git(&["rev-parse", "HEAD"]);
        let pull = json!({
            "number": 7, "title": "Remove labels", "state": "closed", "draft": false, "user": { "login": "ana" },
            "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": landed, "head": side(&head, "cleanup"),
            "base": side(&base, "main"), "html_url": "https://github.com/acme/shop/pull/7",
        });
        {
            let mut facts = hub.facts.lock().unwrap();
            facts.merged = is_pull.then_some((landed, pull));
            facts.others = check
                .into_iter()
                .map(|mut check| {
                    check["head_sha"] = json!(head);
                    check
                })
                .collect();
        }
        let ran = run(&mut hub.pushed());
        let told = hub.action.file("summary.md");
        assert_eq!(ran.code, code, "{how}: {}\n{told}", ran.all());
        assert!(told.contains(says) || ran.all().contains(says), "{how}: `{says}` is missing:\n{told}");
    }
}

/// A run of the default branch after a fork's pull request has been checked.
pub(crate) fn relayed(hub: &Hub, home: &str, moved: bool) -> Ran {
    let world = &hub.action.world;
    world.git(&["switch", "-q", "main"]);
    let (head, base) = (world.git(&["rev-parse", "change"]), world.git(&["rev-parse", "main"]));
    let now = if moved { base.clone() } else { head.clone() };
    let side = |sha: &str, name: &str, of: &str| json!({ "sha": sha, "ref": name, "repo": { "full_name": of } });
    hub.facts.lock().unwrap().from_fork = vec![json!({
        "number": 7, "title": "Change", "state": "open", "draft": false, "merged_at": null, "merge_commit_sha": null,
        "user": { "login": "mallory" }, "head": side(&now, "change", home), "base": side(&base, "main", "acme/shop"),
        "html_url": "https://github.com/acme/shop/pull/7",
    })];
    let person = json!({ "login": "mallory", "type": "User" });
    let payload = json!({
        "action": "completed",
        "workflow_run": {
            "id": 41, "event": "pull_request", "head_sha": head, "head_branch": "change", "conclusion": "success",
            "path": ".github/workflows/airlock.yml", "head_repository": { "full_name": home }, "pull_requests": [],
        },
        "repository": { "full_name": "acme/shop", "default_branch": "main" }, "sender": person,
    });
    let mut command = hub.action.command("workflow_run", &payload);
    command.env("GITHUB_API_URL", hub.server.uri()).env("INPUT_GITHUB-TOKEN", "ghs_t0kenOfTheJob");
    run(&mut command)
}

#[tokio::test]
async fn a_forks_pull_request_gets_its_comment_from_the_default_branch() {
    let hub = Hub::new().await;
    let ran = relayed(&hub, "mallory/shop", false);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let facts = hub.facts.lock().unwrap();
    let body = facts.comments[0]["body"].as_str().unwrap();
    assert!(body.contains("github/labels") && body.contains("Adds 1"), "{body}");
    assert!(!body.contains("passed in") && facts.checks.is_empty(), "nothing was executed: {body}");
}

#[tokio::test]
async fn a_fork_that_moved_on_and_a_branch_of_our_own_get_none() {
    for (home, moved, says) in
        [("mallory/shop", true, "has moved from"), ("acme/shop", false, "its own run has written the comment")]
    {
        let hub = Hub::new().await;
        let ran = relayed(&hub, home, moved);
        assert_eq!(ran.code, 0, "{}", ran.all());
        assert!(hub.facts.lock().unwrap().comments.is_empty());
        assert!(hub.action.file("summary.md").contains(says), "{}", hub.action.file("summary.md"));
    }
}

#[tokio::test]
async fn without_pull_requests_read_what_removes_nothing_is_deployed_and_a_removal_is_refused() {
    let hub = Hub::new().await;
    let world = &hub.action.world;
    hub.facts.lock().unwrap().hides_pulls = true;
    world.git(&["switch", "-q", "main"]);
    run(&mut hub.pushed()).says(0, &[]);
    world.git(&["merge", "-q", "--ff-only", "change"]);
    run(&mut hub.pushed()).says(0, &[]);
    world.remove("github/syncs/labels.ts");
    world.replace("index.ts", "import './github/syncs/labels.js';\n", "");
    world.commit("Remove labels");
    let ran = run(&mut hub.pushed());
    assert_eq!(ran.code, 4, "{}", ran.all());
    let told = hub.action.file("summary.md");
    assert!(told.contains("what reviewers were shown could not be read"), "{told}");
}
