//! The check run.

use super::*;
use crate::context::event::{Push, Ref};
use crate::finding::Finding;
use crate::names::Place;
use crate::policy::Intent;

#[tokio::test]
async fn a_plan_that_removes_is_neutral_on_the_head() {
    let scene = Scene::new().await;
    scene.done(&plan(&[], &[], &["sync a/one", "sync a/two"])).await;
    let state = scene.world.state();
    let check = &state.checks[0];
    assert_eq!((check.name.as_str(), &check.head_sha), ("airlock", &sha('b')));
    assert_eq!((check.status.as_str(), check.conclusion.as_deref()), ("completed", Some("neutral")));
    assert!(check.title.as_ref().unwrap().starts_with("Removes 2"), "{:?}", check.title);
    assert!(check.external_id.starts_with("run 77.1 dev=sha256:"), "{}", check.external_id);
    assert_eq!(check.details_url.as_deref(), Some("https://github.com/acme/shop/actions/runs/77"));
    assert!(check.summary.as_ref().unwrap().contains("a/two"));
}

#[tokio::test]
async fn remarks_arrive_in_batches() {
    let scene = Scene::new().await;
    let findings = (1..=120).map(|line| Finding::error("syntax", "no").at(Place::at("github/syncs/a.ts", line, 1)));
    let story = Story::pull_request().checks(Vec::new(), findings.collect()).sealed();
    scene.publish(&story).await;
    let state = scene.world.state();
    assert_eq!(state.checks.len(), 1);
    assert_eq!((state.checks[0].annotations.len(), state.checks[0].conclusion.as_deref()), (120, Some("failure")));
}

#[tokio::test]
async fn a_push_gets_a_check_and_no_comment() {
    let mut scene = Scene::new().await;
    scene.run.event = Event::Push(Push {
        to: Ref::Branch(BranchName::new("main").unwrap()),
        before: None,
        after: Some(sha('a')),
        forced: false,
        sender: facts::person("ana"),
    });
    let pushed = Story::push().passed(3).lane(lane("dev", "1.0.0-dev.1").adds("sync a/one", &[])).sealed();
    assert_eq!(scene.done(&pushed).await, None);
    assert_eq!(scene.world.asked(), ["POST /check-runs"]);
    assert_eq!(scene.world.state().checks[0].head_sha, sha('a'));
}

#[test]
fn only_what_the_policy_lets_write_is_wanted() {
    let redactor = Redactor::default();
    let wanted = |run: &Invocation, sealed: &Sealed| About { invocation: run, sealed, redactor: &redactor }.is_wanted();
    let open = run(sha('b'), PullState::Open);
    assert!(wanted(&open, &quiet()));
    let unwritten = Story::pull_request().with(|outcome| outcome.decision.as_mut().unwrap().writes = false).sealed();
    assert!(!wanted(&open, &unwritten));
    assert!(!wanted(&open, &Story::pull_request().with(|outcome| outcome.decision = None).sealed()));
    let drift = Story::new("schedule", Intent::Drift, "a schedule").sealed();
    assert!(!wanted(&facts::invocation(Event::Schedule), &drift));
}
