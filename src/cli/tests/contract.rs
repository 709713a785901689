//! GitHub's own description of its API between this program and the GitHub of the tests: whole runs go through a strict
//! validating server, so one run proves that our requests and the stand-in's answers are what GitHub describes.
//!
//! `scripts/github-contract` names its folder in `AIRLOCK_GITHUB_CONTRACT`; without that nothing is tested here, and it says so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::scene::{Ground, Scene, Told, zipped};
use crate::context::inputs::PlatformName;
use crate::finding::{CheckReport, Tested};
use crate::github::{Annotation, Conclusion, DeploymentQuery, Level, NewCheck};
use crate::handover::{self, Giver, HandOver, Part};
use crate::tests::github::{JobFact, World};

/// The server in front of a GitHub; gone with this.
struct Prism(Child);

impl Prism {
    fn start(folder: &Path, port: u16, upstream: &str) -> Self {
        let log = std::fs::File::create(folder.join("prism.log")).unwrap();
        let child = Command::new(folder.join("node_modules/.bin/prism"))
            .args(["proxy", "--errors", "-h", "127.0.0.1", "-p", &port.to_string()])
            .arg(folder.join("github.json"))
            .arg(upstream)
            .env("NODE_OPTIONS", format!("--require={}/scripts/prism-as-is.cjs", env!("CARGO_MANIFEST_DIR")))
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let prism = Self(child);
        for _ in 0..600 {
            if std::fs::read_to_string(folder.join("prism.log")).unwrap().contains("Prism is listening") {
                return prism;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("prism does not listen: {}", std::fs::read_to_string(folder.join("prism.log")).unwrap());
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _is_gone = self.0.kill();
        let _is_reaped = self.0.wait();
    }
}

/// A request without what differs from one to the next: `GET /pulls/{}`.
fn kind(asked: &str) -> String {
    let (method, path) = asked.split_once(' ').unwrap();
    let path = path.split('?').next().unwrap();
    let is_id = |part: &str| part.chars().all(|c| c.is_ascii_digit()) || part.len() >= 40 || part.ends_with(".yml");
    let parts: Vec<&str> =
        path.split('/').map(|part| if !part.is_empty() && is_id(part) { "{}" } else { part }).collect();
    let path = parts.join("/");
    let path = if path.is_empty() { "/".to_owned() } else { path };
    let named = ["/compare/", "/contents/", "/environments/"].into_iter().find(|start| path.starts_with(start));
    named.map_or_else(|| format!("{method} {path}"), |start| format!("{method} {start}{{}}"))
}

fn well(what: &str, told: &Told, decision: &str) {
    assert_eq!((told.code, told.output("decision")), (0, decision), "{what}: {}", told.all());
    assert!(!told.summary.contains("written"), "{what}: {}", told.summary);
}

/// Whole runs: deploys, a promotion of what `main` has gone beyond, pull requests, a merged removal, a fork's comment.
async fn runs(scene: &mut Scene, ground: &Ground) {
    let (first, more) = (ground.change(2, 3), ground.change(2, 4));
    well("push", &scene.push(ground, 1).await, "deployed");
    scene.given("INPUT_TESTED-BY", "unit");
    scene.passed("unit", ground.commit(2));
    well("push with tested-by", &scene.push(ground, 2).await, "deployed");
    scene.variables.clear();
    well("first comment", &scene.pull_request(&first, ground, 2, 3).await, "planned");
    well("a comment in its place", &scene.pull_request(&more, ground, 2, 4).await, "planned");
    well("updated", &scene.pull_request(&first, ground, 2, 3).await, "planned");
    well("promotion", &scene.promote(ground, 3).await, "deployed");
    handed_over(scene, ground, 3).await;
    well("another comment", &scene.pull_request(&more, ground, 3, 4).await, "planned");
    scene.world.merge_pull(7, ground.commit(4));
    well("removal by review", &scene.push(ground, 4).await, "deployed");
    scene.open_pull(ground, 1, 2, "mallory/shop", "mallory");
    scene.world.add_run(41, "pull_request", ground.commit(2));
    scene.world.add_artifact(41, "airlock-tests", b"no archive".to_vec()).await;
    let run = json!({
        "id": 41, "event": "pull_request", "head_sha": ground.commit(2), "head_branch": "change", "conclusion": "success",
        "path": ".github/workflows/airlock.yml", "head_repository": { "full_name": "mallory/shop" }, "pull_requests": [],
    });
    let told = scene.relay(ground, 1, run).await;
    assert!(told.code == 0 && told.summary.contains("it is no zip archive"), "{}", told.all());
}

/// A push whose checks an earlier job of the same run has handed over.
async fn handed_over(scene: &mut Scene, ground: &Ground, number: usize) {
    let (run, commit) = (scene.newest_run() + 1, ground.commit(number));
    let by =
        Giver { repository: "acme/shop".to_owned(), run, attempt: 1, job: "check".to_owned(), sha: commit.clone() };
    let part = Part {
        project: "astro".parse().unwrap(),
        path: String::new(),
        platform: PlatformName::Astro,
        commit: commit.clone(),
        checks: CheckReport { suites: Vec::new(), findings: Vec::new(), tested: Tested::Here },
        built: None,
    };
    let text = HandOver { schema: handover::SCHEMA, by, projects: vec![part] }.text().unwrap();
    scene.world.add_run(run, "push", commit);
    scene.world.add_artifact(run, "airlock", zipped(&[(handover::FILE, text.as_bytes())])).await;
    {
        let mut state = scene.world.state();
        let (id, uploaded) = (state.new_id(), state.clock);
        state.jobs.push(JobFact {
            id,
            run,
            sha: commit.to_string(),
            name: "check".to_owned(),
            conclusion: Some("success".to_owned()),
            started: uploaded - 10,
            ended: uploaded,
        });
    }
    scene.given("GITHUB_JOB", "dev");
    scene.given("INPUT_HANDED-OVER", "airlock");
    let told = scene.push(ground, number).await;
    well("push of what was handed over", &told, "deployed");
    assert!(told.log.contains("taken over: artifact airlock"), "{}", told.all());
    scene.variables.clear();
}

/// What no run here happens to need.
async fn the_rest(scene: &Scene, ground: &Ground) {
    let (client, watch) = (scene.world.client(), World::watch());
    let (first, last) = (ground.commit(1), ground.commit(4));
    assert_eq!(client.repository(&watch).await.unwrap().default_branch.as_str(), "main");
    // The text of a file is none of JSON, and prism reads every form that ends in `json`: its answer is not held.
    assert_eq!(client.file("none.toml", first, &watch).await.unwrap(), None);
    assert_eq!(client.compare(first, last, &watch).await.unwrap().ahead_by, 3);
    let made = client.deployments(&DeploymentQuery::default(), &watch).await.unwrap();
    assert_eq!(client.deployment(made[0].id, &watch).await.unwrap(), made[0]);
    let annotation = |line| Annotation {
        path: "dags/orders.py".into(),
        start_line: line,
        end_line: line,
        start_column: Some(1),
        end_column: None,
        annotation_level: Level::Warning,
        message: "no".into(),
        title: Some("untested".into()),
    };
    let check = NewCheck {
        name: "airlock".into(),
        head_sha: first.clone(),
        external_id: "run 1.1".into(),
        details_url: Some("https://github.com/acme/shop/actions/runs/1".into()),
        conclusion: Conclusion::Neutral,
        title: "removes 2".into(),
        summary: "# Plan".into(),
        text: None,
        annotations: (1..).take(51).map(annotation).collect(),
    };
    let made = client.create_check(&check, &watch).await.unwrap();
    assert_eq!(client.check(made.id, &watch).await.unwrap().annotations(), 51);
    scene.world.state().page_size = 2;
    assert!(client.comments(7, &watch).await.unwrap().len() > 1 || client.checks(last, &watch).await.is_ok());
}

#[tokio::test]
async fn whole_runs_and_what_they_are_answered_fit_githubs_own_description() {
    let Some(folder) = std::env::var_os("AIRLOCK_GITHUB_CONTRACT").map(PathBuf::from) else {
        eprintln!("SKIPPED: AIRLOCK_GITHUB_CONTRACT names no folder with prism and GitHub's description");
        return;
    };
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _prism = Prism::start(&folder, free, &scene.world.uri());
    scene.world.seen_at(&format!("http://127.0.0.1:{free}"));
    runs(&mut scene, &ground).await;
    the_rest(&scene, &ground).await;
    let asked = scene.world.asked();
    let requests = asked.iter().filter(|asked| !asked.contains(" storage/"));
    let kinds: BTreeSet<String> = requests.clone().map(|asked| kind(asked)).collect();
    let queries = scene.world.state().graphql.clone();
    assert!(!queries.is_empty());
    // Held against GitHub's schema by the script.
    std::fs::write(folder.join("graphql.json"), json!(queries).to_string()).unwrap();
    std::fs::write(folder.join("kinds.json"), json!(kinds).to_string()).unwrap();
    eprintln!(
        "CONTRACT: {} requests of {} kinds and their answers held against GitHub's description, no violation: {}",
        requests.count(),
        kinds.len(),
        kinds.into_iter().collect::<Vec<_>>().join(", ")
    );
}
