//! The program in Actions with a GitHub beside it: what reviewers find at the pull request.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::action::{Action, run};

const SECRET: &str = "runtime-s3cr3t-0d9f";

/// What GitHub knows, and what it was told.
#[derive(Default)]
struct Facts {
    head: String,
    comments: Vec<Value>,
    checks: Vec<Value>,
    /// Check runs of other jobs.
    others: Vec<Value>,
    /// What it says instead of taking a comment.
    refuses: Option<String>,
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
                    "html_url": format!("https://github.com/acme/shop/pull/7#issuecomment-{id}"),
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
            ("GET", path) if path.starts_with("/commits/") => {
                ok(&json!({ "total_count": self.others.len(), "check_runs": self.others }))
            }
            _ => ResponseTemplate::new(404).set_body_json(json!({ "message": "Not Found" })),
        }
    }

    fn pull(&self) -> Value {
        let side = |sha: &str, name: &str| json!({ "sha": sha, "ref": name, "repo": { "full_name": "acme/shop" } });
        json!({
            "number": 7, "title": "Change", "state": "open", "draft": false, "merged_at": null, "merge_commit_sha": null,
            "user": { "login": "ana" }, "head": side(&self.head, "change"), "base": side(&self.head, "main"),
            "html_url": "https://github.com/acme/shop/pull/7",
        })
    }
}

/// A pull request that adds a sync.
struct Hub {
    action: Action,
    server: MockServer,
    facts: Arc<Mutex<Facts>>,
}

impl Hub {
    async fn new() -> Self {
        let action = Action::new();
        action.world.git(&["checkout", "-q", "-b", "change"]);
        action.world.add_sync("labels");
        let head = action.world.git(&["rev-parse", "HEAD"]);
        let facts = Arc::new(Mutex::new(Facts { head, ..Facts::default() }));
        let server = MockServer::start().await;
        let answering = Arc::clone(&facts);
        let answer = move |request: &Request| answering.lock().unwrap().answer(request);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { action, server, facts }
    }

    fn command(&self) -> Command {
        let world = &self.action.world;
        let side = |name: &str| json!({ "sha": world.git(&["rev-parse", name]), "ref": name, "repo": { "full_name": "acme/shop" } });
        let person = json!({ "login": "ana", "type": "User" });
        let payload = json!({
            "action": "synchronize", "number": 7,
            "pull_request": {
                "number": 7, "state": "open", "title": "Change", "draft": false, "merged": false,
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
    assert!(summary.contains("6 GitHub requests") && summary.contains("5 GitHub requests"), "{summary}");
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
