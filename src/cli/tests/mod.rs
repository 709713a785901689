//! The whole action in this process: a real repository, the runner's files, the GitHub of the tests, a platform in memory,
//! and waits that take a thousandth of their time.

mod contract;
mod faults;
mod leaks;
mod permissions;
mod relay;
mod scene;

use scene::{Ground, Scene, Temper};

#[tokio::test]
async fn a_platform_that_refuses_or_cannot_be_read_back_is_never_green() {
    let ground = Ground::new();
    let refuses = Temper { refuses: Some("no such deployment".to_owned()), ..Temper::default() };
    let blind = Temper { blind: Some("the key may not read".to_owned()), ..Temper::default() };
    for (temper, runs, says) in [(refuses, 0, "no such deployment"), (blind, 1, "the key may not read")] {
        let mut scene = Scene::new(&ground).await;
        *scene.temper.borrow_mut() = temper;
        let told = scene.push(&ground, 1).await;
        assert_eq!((told.code, told.output("decision")), (5, "failed"), "{}", told.all());
        assert!(told.summary.contains(says) && scene.platform.runs("dev").len() == runs, "{}", told.all());
    }
}

#[tokio::test]
async fn a_run_leaves_its_counts_for_another_workflow() {
    let ground = Ground::new();
    let told = Scene::new(&ground).await.push(&ground, 1).await;
    assert_eq!(told.output("tests-file"), "airlock-tests.json");
    let tests: serde_json::Value = serde_json::from_str(&told.tests).unwrap();
    assert_eq!(tests["commit"], ground.commit(1).as_str());
}
