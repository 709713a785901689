//! One integration, or one function: planned, sent and read back without touching anything beside it.

use serde_json::json;

use super::*;
use crate::tests::nango::Fault;

fn project() -> Made {
    Made::default()
        .sync("github/issues", &["Issue"])
        .sync("github/repos", &["Repo"])
        .action("github/close")
        .on_event("github/welcome", "post-connection-creation")
        .sync("hubspot/deals", &["Deal"])
        .on_event("hubspot/bye", "pre-connection-deletion")
}

/// Everything of it is another than before, and half of it is gone.
fn other() -> Made {
    Made::default()
        .sync_with("github/issues", &["Issue"], &json!({"version": "2.0.0", "runs": "every day"}))
        .action("github/new")
        .sync_with("hubspot/deals", &["Deal"], &json!({"version": "2.0.0"}))
}

/// Deploys the project, then this part of the other; what it came to, and what ran before.
async fn deployed(world: &World, only: &str) -> (Plan, Deployed, Vec<String>) {
    world.deploy(&project()).await.said.unwrap();
    let (live, before) = (world.live(), world.nango.running("dev"));
    let observed = live.observe(&other().built().manifest, &world.watch).await.unwrap();
    let plan = plan_of(Some(only), &observed, &other().built().manifest);
    let deployed = world.deploy_planned(&live, plan.clone(), &other().payload()).await;
    (plan, deployed, before)
}

fn sent(world: &World) -> serde_json::Value {
    serde_json::from_slice(world.nango.state().deploys.last().unwrap()).unwrap()
}

#[tokio::test]
async fn an_integration_is_deployed_and_nothing_beside_it_changes() {
    let world = World::new().await;
    let (plan, deployed, _) = deployed(&world, "github").await;
    insta::assert_snapshot!(changes(&plan).join("\n"), @"
    action:github/close: remove
    sync:github/repos: remove
    sync:github/issues: modify runs version
    action:github/new: add
    ");
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    let body = sent(&world);
    assert_eq!((&body["deployMode"], body.get("onEventScriptsByProvider")), (&json!("integration"), None));
    insta::assert_snapshot!(world.nango.running("dev").join("\n"), @"
    action github/new 0.0.1
    on-event github/welcome 0.0.1
    on-event hubspot/bye 0.0.1
    sync github/issues 2.0.0
    sync hubspot/deals 1.0.0
    ");
}

#[tokio::test]
async fn one_function_is_deployed_and_nothing_is_removed() {
    let world = World::new().await;
    let (plan, deployed, before) = deployed(&world, "github/issues").await;
    assert_eq!(changes(&plan), ["sync:github/issues: modify runs version"]);
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(sent(&world)["deployMode"], "single");
    let rest =
        |lines: &[String]| lines.iter().filter(|line| !line.contains("github/issues")).cloned().collect::<Vec<_>>();
    assert_eq!(rest(&world.nango.running("dev")), rest(&before));
    assert!(world.nango.running("dev").contains(&"sync github/issues 2.0.0".to_owned()));
}

#[tokio::test]
async fn a_part_goes_through_the_same_faults() {
    for (fault, said, times) in
        [(Fault::TornAfter, "ok", 2), (Fault::Torn, "ok", 3), (Fault::Busy, "ok", 3), (Fault::EmptyList, "ok", 3)]
    {
        let world = World::new().await;
        world.deploy(&project()).await.said.unwrap();
        world.nango.fails("POST /sync/deploy", std::slice::from_ref(&fault));
        let live = world.live();
        let observed = live.observe(&other().built().manifest, &world.watch).await.unwrap();
        let plan = plan_of(Some("hubspot"), &observed, &other().built().manifest);
        let deployed = world.deploy_planned(&live, plan, &other().payload()).await;
        let told = deployed.said.as_ref().map_or_else(|problem| problem.code.to_string(), |()| "ok".to_owned());
        assert_eq!((told.as_str(), world.nango.count("POST /sync/deploy")), (said, times), "{fault:?}");
        assert_eq!(deployed.verified, Verified::Live, "{fault:?}");
        assert!(world.nango.running("dev").contains(&"on-event hubspot/bye 0.0.1".to_owned()), "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_lost_beside_a_part_is_seen() {
    let world = World::new().await;
    world.deploy(&project()).await.said.unwrap();
    let live = world.live();
    let observed = live.observe(&other().built().manifest, &world.watch).await.unwrap();
    let plan = plan_of(Some("hubspot"), &observed, &other().built().manifest);
    world.nango.environment("dev", |environment| environment.functions.retain(|each| each.name != "close"));
    let deployed = world.deploy_planned(&live, plan, &other().payload()).await;
    let Verified::Differs { how } = deployed.verified else { panic!("{:?}", deployed.verified) };
    assert_eq!(how, ["action:github/close is gone, and `hubspot` alone was to be deployed"]);
}

#[tokio::test]
async fn functions_of_the_newer_kind_are_deployed_by_integration() {
    let world = World::new().await;
    world
        .deploy(&Made::default().function("github/fetch").function("github/old").function("hubspot/push"))
        .await
        .said
        .unwrap();
    let live = world.live();
    let other = Made::default().function("github/fetch").code("build/github_functions_fetch.cjs", "other();");
    let observed = live.observe(&other.built().manifest, &world.watch).await.unwrap();
    let plan = plan_of(Some("github"), &observed, &other.built().manifest);
    let deployed = world.deploy_planned(&live, plan, &other.payload()).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(sent(&world)["reconciliationScope"], json!({"kind": "integration", "integrationId": "github"}));
    assert_eq!(world.nango.running("dev"), ["function github/fetch", "function hubspot/push"]);
}
