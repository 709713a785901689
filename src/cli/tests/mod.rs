//! The whole action in this process: a real repository, the runner's files, the GitHub of the tests, a platform in memory,
//! and waits that take a thousandth of their time.

mod contract;
mod faults;
mod guards;
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

/// Dev runs the second commit; the fourth drops `refunds`, in a pull request that was shown and merged.
async fn dropped(ground: &Ground) -> Scene {
    let change = ground.change(2, 4);
    let mut scene = Scene::new(ground).await;
    assert_eq!(scene.push(ground, 2).await.code, 0);
    assert_eq!(scene.pull_request(&change, ground, 2, 4).await.code, 0);
    scene.world.merge_pull(7, ground.commit(4));
    scene
}

#[tokio::test]
async fn a_check_run_that_was_made_of_other_code_is_told_and_decides_nothing() {
    let ground = Ground::new();
    for (rewritten, hints) in [(None, false), (Some("0".repeat(64)), true)] {
        let mut scene = dropped(&ground).await;
        if let Some(digest) = &rewritten {
            let mut state = scene.world.state();
            let check = state.checks.iter_mut().find(|check| check.external_id.starts_with("run ")).unwrap();
            let (begin, rest) = check.external_id.split_once("+code=sha256:").unwrap();
            check.external_id = format!("{begin}+code=sha256:{digest}{}", &rest[64..]);
        }
        let told = scene.push(&ground, 4).await;
        assert_eq!((told.code, told.output("decision")), (0, "deployed"), "{}", told.all());
        let plain = told.summary.replace("&#8203;", "");
        assert_eq!(plain.contains("is not what Airlock's check run on"), hints, "{plain}");
        assert_eq!(plain.contains("there 000000000000"), hints, "{plain}");
    }
}
