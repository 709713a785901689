//! What goes wrong on the way: the run ends all the same, tells the truth, and never leaves two comments.

use std::time::Duration;

use super::*;
use crate::tests::github::{Fault, TokenFact};
use crate::watch::Stop;

const SECRET: &str = "nango-s3cret-0d9f";

impl Scene {
    fn token(&self, name: &str, level: &str) {
        self.world.add_token(World::TOKEN, TokenFact::job().with(name, level));
    }
}

#[tokio::test]
async fn what_a_token_may_not_do_is_left_out_and_named() {
    for (name, level) in [("pull-requests", "none"), ("pull-requests", "read")] {
        let scene = Scene::new().await;
        scene.token(name, level);
        let published = scene.publish(&plan(&["sync a/one"], &[], &[])).await;
        assert_eq!(scene.world.state().checks.len(), 1);
        assert_eq!((scene.ours(), published.comment_url), (Vec::new(), None));
        let note = published.notes.join("\n");
        assert!(
            note.starts_with("the comment was not written: add `pull-requests: write` under `permissions:`"),
            "{note}"
        );
    }
    let scene = Scene::new().await;
    scene.token("checks", "none");
    let published = scene.publish(&plan(&["sync a/one"], &[], &[])).await;
    scene.only();
    assert!(scene.world.state().checks.is_empty() && published.comment_url.is_some());
    let note = published.notes.join("\n");
    assert!(note.starts_with("the check run was not written: add `checks: write` under `permissions:`"), "{note}");
}

#[tokio::test]
async fn an_old_comment_that_may_not_be_deleted_points_to_the_new_one() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&[], &[], &["sync a/one"])).await;
    let (old, _) = scene.only();
    scene.world.fail("DELETE", "/comments", Fault::Says(403, "Resource not accessible by integration".to_owned()));
    let url = scene.next_run().done(&plan(&[], &[], &["sync a/one", "sync a/two"])).await.unwrap();
    let (new, _) = scene.only();
    assert_ne!(old, new);
    let state = scene.world.state();
    let old = state.comments.iter().find(|comment| comment.id == old).unwrap();
    assert!(old.body.contains(&url) && !old.body.contains("a/one"), "{}", old.body);
}

#[tokio::test]
async fn a_comment_that_is_there_and_may_not_be_written_stays_the_only_one() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    scene.next_run();
    for _ in 0..2 {
        scene.world.fail("PATCH", "/comments", Fault::Status(404));
    }
    let published = scene.publish(&plan(&["sync a/two"], &[], &[])).await;
    assert!(scene.only().1.contains("a/one"));
    assert!(published.notes[0].contains("pull-requests: write"), "{published:?}");
    // Deleted between looking and writing: there is a new one.
    scene.world.fail("PATCH", "/comments", Fault::Status(404));
    let deleting = async {
        while !scene.world.asked().iter().any(|asked| asked.starts_with("PATCH")) {
            tokio::task::yield_now().await;
        }
        scene.world.state().comments.clear();
    };
    scene.world.state().asked.clear();
    let two = plan(&["sync a/two"], &[], &[]);
    let (published, ()) = tokio::join!(scene.publish(&two), deleting);
    assert_eq!(published.notes, Vec::<String>::new());
    assert!(scene.only().1.contains("a/two"));
}

/// Every request of a story, by its method, its path and how many like it come before.
fn places(asked: &[String]) -> Vec<(String, String, usize)> {
    let split = |asked: &String| {
        let (method, rest) = asked.split_once(' ').unwrap();
        (method.to_owned(), rest.split('?').next().unwrap().to_owned())
    };
    let asked: Vec<(String, String)> = asked.iter().map(split).collect();
    let before = |at: usize| {
        let (method, path) = &asked[at];
        asked[..at].iter().filter(|(other, there)| other == method && there.contains(path.as_str())).count()
    };
    (0..asked.len()).map(|at| (asked[at].0.clone(), asked[at].1.clone(), before(at))).collect()
}

/// What is there before the run that meets the fault.
#[derive(Debug, Clone, Copy)]
enum Before {
    Nothing,
    AReport,
    FewerRemovals,
    Two,
}

impl Before {
    /// The comments that are there, as an earlier run wrote them.
    async fn bodies(self) -> Vec<String> {
        let scene = Scene::new().await;
        let told = match self {
            Self::Nothing => return Vec::new(),
            Self::AReport => plan(&["sync a/one"], &[], &["sync a/x", "sync a/y"]),
            Self::FewerRemovals | Self::Two => plan(&[], &[], &["sync a/x"]),
        };
        scene.done(&told).await;
        let (_, body) = scene.only();
        vec![body; if let Self::Two = self { 2 } else { 1 }]
    }
}

async fn scene(bodies: &[String]) -> Scene {
    let mut scene = Scene::new().await;
    scene.next_run();
    for body in bodies {
        scene.world.add_comment(NUMBER, World::LOGIN, body);
    }
    scene
}

#[tokio::test]
async fn a_fault_at_any_request_never_leaves_two_comments() {
    let sealed = plan(&[], &["sync a/one"], &["sync a/x", "sync a/y"]);
    let last = plan(&[], &["sync a/one"], &["sync a/x"]);
    for before in [Before::Nothing, Before::AReport, Before::FewerRemovals, Before::Two] {
        let bodies = Box::pin(before.bodies()).await;
        let clean = scene(&bodies).await;
        clean.done(&sealed).await;
        for (method, path, well) in places(&clean.world.asked()) {
            for fault in [
                Fault::LostAfter(502),
                Fault::Torn,
                Fault::TornAfter,
                Fault::GarbledAfter,
                Fault::Says(403, "Resource not accessible by integration".to_owned()),
            ] {
                let what = format!("{before:?}: {method} {path} after {well}: {fault:?}");
                let mut scene = scene(&bodies).await;
                let final_fault = matches!(fault, Fault::Says(..));
                scene.world.fail_after(well, &method, &path, fault);
                let client = scene.world.client();
                let published = scene.publish_with(&client, &sealed, &World::watch()).await;
                let ours = scene.ours();
                // Where even reading fails, what was there stays.
                assert!(ours.len() < 2 || (final_fault && bodies.len() == 2), "{what}: {ours:#?}");
                let holds = ours.iter().any(|(_, body)| body.contains("a/y") && body.contains("a/one"));
                assert!(holds || !published.notes.is_empty(), "{what}: nothing is said of what is missing");
                assert!(holds || final_fault, "{what}: {:?}", published.notes);
                scene.next_run().publish_with(&client, &last, &World::watch()).await;
                assert!(!scene.only().1.contains("a/y"), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_an_error_says_never_reaches_a_comment_or_a_check() {
    let scene = Scene::new().await;
    let says = || Fault::Says(403, format!("not with {SECRET}"));
    scene.world.fail("POST", "/check-runs", says());
    let published = scene.publish(&plan(&["sync a/one"], &[], &[])).await;
    assert!(!scene.only().1.contains(SECRET));
    // The note has it until it is redacted with everything else.
    let note = Redactor::new([SECRET]).redact_text(&published.notes.join("\n"));
    assert!(note.contains("not with ***"), "{note}");
}

#[tokio::test]
async fn a_cancelled_run_says_so_in_the_check_alone() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let before = scene.only();
    let (switch, watch) = Watch::new();
    switch.stop(Stop::Interrupt);
    let cancelled = Story::pull_request().problem(Stop::Interrupt.problem()).sealed();
    let published = scene.next_run().publish_in(&cancelled, &watch).await;
    assert_eq!((published.notes, scene.only()), (Vec::new(), before));
    assert_eq!(scene.world.state().checks[1].conclusion.as_deref(), Some("cancelled"));
}

#[tokio::test]
async fn a_stopped_run_does_not_wait_for_an_answer_that_does_not_come() {
    let scene = Scene::new().await;
    scene.world.fail("POST", "/check-runs", Fault::Slow(Duration::from_secs(20)));
    let (switch, watch) = Watch::new();
    switch.stop(Stop::Terminate);
    let published = scene.publish_in(&plan(&["sync a/one"], &[], &[]), &watch).await;
    assert_eq!((published.comment_url, scene.ours()), (None, Vec::new()));
    assert_eq!(published.notes, ["this run was stopped before all of it was written to GitHub"]);
}
