//! What guards a production key on GitHub's side, told where the key is used.

use super::scene::{Ground, Scene};

#[tokio::test]
async fn a_production_key_that_nothing_guards_is_told_where_it_is_used() {
    const TITLE: &str = "environment unprotected";
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    assert_eq!(scene.push(&ground, 2).await.code, 0);
    let guarded = scene.promote(&ground, 2).await;
    assert!(guarded.code == 0 && !guarded.summary.contains(TITLE), "{}", guarded.all());

    scene.world.state().unguarded.push("prod".to_owned());
    let pushed = scene.push(&ground, 3).await;
    assert!(pushed.code == 0 && !pushed.summary.contains(TITLE), "dev needs none: {}", pushed.all());
    let told = scene.promote(&ground, 3).await;
    assert_eq!((told.code, told.output("decision")), (0, "deployed"), "it is told, and stops nothing: {}", told.all());
    assert!(told.summary.contains(TITLE) && told.summary.contains("required reviewer"), "{}", told.summary);
}
