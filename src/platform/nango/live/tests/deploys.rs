//! Whole deploys: planned, sent, read back.

use serde_json::json;

use super::*;
use crate::tests::nango::Fault;

fn project() -> Made {
    Made::default()
        .sync("github/issues", &["Issue"])
        .action("github/close")
        .on_event("github/welcome", "post-connection-creation")
        .sync("hubspot/deals", &["Deal"])
}

#[tokio::test]
async fn a_project_comes_changes_and_goes() {
    let world = World::new().await;
    let first = world.deploy(&project()).await;
    assert_eq!((first.said, first.verified), (Ok(()), Verified::Live));
    assert!(states(&first.applied).iter().all(|state| state.ends_with(": done")), "{:?}", first.applied);
    insta::assert_snapshot!(world.nango.running("dev").join("\n"), @"
    action github/close 0.0.1
    on-event github/welcome 0.0.1
    sync github/issues 1.0.0
    sync hubspot/deals 1.0.0
    ");
    // The same again: Nango writes everything anew, and the plan says that nothing changes.
    let again = world.deploy(&project()).await;
    assert_eq!((again.said, again.verified, again.applied.steps.len()), (Ok(()), Verified::Live, 0));
    let fewer =
        Made::default().sync_with("github/issues", &["Issue"], &json!({"version": "1.1.0", "runs": "every day"}));
    let last = world.deploy(&fewer).await;
    assert_eq!((last.said, last.verified), (Ok(()), Verified::Live));
    assert_eq!(world.nango.running("dev"), ["sync github/issues 1.1.0"]);
}

#[tokio::test]
async fn a_key_that_may_only_deploy_deploys_and_claims_no_more_than_it_knows() {
    let world = World::with(&["environment:deploy"]).await;
    let deployed = world.deploy(&project()).await;
    assert_eq!(deployed.said, Ok(()));
    let Verified::Unverified { why } = deployed.verified else { panic!("{:?}", deployed.verified) };
    insta::assert_snapshot!(why, @"Nango says that it deployed 4 functions, and they are there; the rest could not be read back: the key lacks the scope `environment:integrations:list_functions`");
}

#[tokio::test]
async fn functions_of_the_newer_kind_are_proved_by_nangos_own_digest() {
    let world = World::new().await;
    let two = Made::default().function("github/fetch").function("hubspot/push");
    let deployed = world.deploy(&two).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    let one = Made::default().function("github/fetch").code("build/github_functions_fetch.cjs", "other();");
    let deployed = world.deploy(&one).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(world.nango.running("dev"), ["function github/fetch"]);
    world.nango.environment("dev", |environment| environment.bundled[0].sent = json!("somebody else's"));
    let payload = one.payload();
    let live = world.live();
    let seen = live.verified(None, &payload, &world.watch).await;
    assert_eq!(
        seen,
        Verified::Differs { how: vec!["function:github/fetch runs there with other code than was sent".into()] }
    );
}

#[tokio::test]
async fn nothing_is_sent_into_an_integration_that_does_not_exist() {
    let world = World::new().await;
    let made = project().sync("nope/things", &["Thing"]).on_event("neither/x", "validate-connection");
    let deployed = world.deploy(&made).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    integration-missing: `neither`, `nope` do not exist in `dev`
      because: nothing was sent
      help: create them in Nango → dev → Integrations, then start this run again
    ");
    assert!(states(&deployed.applied).iter().all(|state| state.ends_with("not tried")));
    assert_eq!(world.nango.count("POST /sync/deploy"), 0);
    // Without the scope only the deploy itself can tell, after it has stored files.
    let world = World::with(&["environment:deploy"]).await;
    let deployed = world.deploy(&made).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    integration-missing: `nope` does not exist in `dev`
      because: status 400, `unknown_provider_config`
      because: There is no Provider Configuration matching this key.
      help: create it in Nango → dev → Integrations, then start this run again
      help: the code of functions with a fixed `version` may be replaced already: deploy again, or roll back
    ");
    assert!(!matches!(deployed.verified, Verified::Live));
    // An on-event script alone is passed over in silence, and found missing in the answer.
    let world = World::with(&["environment:deploy"]).await;
    let deployed = world.deploy(&project().on_event("neither/x", "validate-connection")).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    deploy-partial: Nango deployed 4 of 5 functions
      because: on-event:neither/x: Nango does not name it among what it deployed
      help: look whether their integrations exist, then deploy again: what is there already is sent again unharmed
    ");
    assert!(!matches!(deployed.verified, Verified::Live));
}

#[tokio::test]
async fn what_came_while_we_waited_is_not_swept_away() {
    let world = World::new().await;
    world.deploy(&project()).await.said.unwrap();
    let live = world.live();
    let made = project().action("github/new");
    let observed = live.observe(&made.built().manifest, &world.watch).await.unwrap();
    let theirs = world.nango.function("elsewhere", "sync", "github/theirs", "repo", json!({"models": ["T"]}));
    world.nango.state().meanwhile = Some(("dev".to_owned(), theirs));
    world.nango.fails("POST /sync/deploy", &[Fault::Busy]);
    let deployed = world.deploy_planned(&live, plan(&observed, &made.built().manifest), &made.payload()).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    plan-changed: Nango would now also remove sync:github/theirs
      because: that is not in the plan that was approved
      help: something was deployed there in between: plan again, and look at what that was
    ");
    assert_eq!(states(&deployed.applied), ["action:github/new: not tried"]);
    assert!(world.nango.running("dev").contains(&"sync github/theirs 1.0.0".to_owned()));
}

#[tokio::test]
async fn a_lost_model_that_nobody_named_stops_the_deploy() {
    let world = World::new().await;
    world.deploy(&project()).await.said.unwrap();
    let live = world.live();
    let other =
        Made::default().sync("github/issues", &["Renamed"]).action("github/close").sync("hubspot/deals", &["Deal"]);
    let observed = live.observe(&other.built().manifest, &world.watch).await.unwrap();
    let mut plan = plan(&observed, &other.built().manifest);
    plan.destructive.clear();
    plan.changes.retain(|change| change.resource.kind != "on-event");
    let deployed = world.deploy_planned(&live, plan, &other.payload()).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    plan-changed: Nango would now also remove on-event:github/welcome, the model `Issue` and its records
      because: that is not in the plan that was approved
      help: something was deployed there in between: plan again, and look at what that was
    ");
    assert_eq!(world.nango.count("POST /sync/deploy"), 1, "only the first deploy");
}

#[tokio::test]
async fn other_deploys_and_limits_are_waited_for() {
    let world = World::new().await;
    world.nango.fails("POST /sync/deploy", &[Fault::Busy, Fault::Limit, Fault::Busy]);
    let deployed = world.deploy(&project()).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    let world = World::new().await;
    world.nango.fails("POST /sync/deploy", &vec![Fault::Busy; 500]);
    let deployed = world.deploy(&project()).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    deployment-in-progress: another deploy is running in Nango
      because: status 409, `concurrent_deployment`
      because: A deployment is already in progress. Please wait for the current deployment to finish.
      help: wait for it to end, then start this run again
    ");
    assert!(states(&deployed.applied).iter().all(|state| state.ends_with("not tried")));
}

/// What compiles and is refused all the same: Nango's own words, and where they point.
#[tokio::test]
async fn what_nango_refuses_is_told_in_its_words() {
    let world = World::new().await;
    let odd = Made::default().sync_with("github/issues", &["Issue"], &json!({"runs": "every 2 weeks"}));
    let both = json!({"sync_type": "incremental", "track_deletes": true});
    let both = Made::default().sync_with("github/issues", &["Issue"], &both);
    let bare = Made::default().sync_with("github/issues", &["Issue"], &json!({"json_schema": {"definitions": {}}}));
    let unsafe_code = Made::default()
        .sync("github/issues", &["Issue"])
        .code("build/github_syncs_issues.cjs", "(() => {}).constructor('return process')()");
    let mut lines = Vec::new();
    for made in [odd, both, bare, unsafe_code] {
        let deployed = world.deploy(&made).await;
        assert!(!matches!(deployed.verified, Verified::Live), "{:?}", deployed.verified);
        assert!(
            states(&deployed.applied).iter().all(|state| state.contains("failed")),
            "{:?}",
            states(&deployed.applied)
        );
        lines.push(told(&deployed.said.unwrap_err()));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    nango-refused: Nango refused the deploy
      because: status 400, `invalid_body`
      because: flowConfigs.0.runs: Invalid input
    nango-refused: Nango refused the deploy
      because: status 400, `invalid_body`
      because: flowConfigs.0.track_deletes: Track deletes is not supported for incremental syncs
    nango-refused: Nango refused the deploy
      because: status 400, `invalid_body`
      because: flowConfigs.0.models_json_schema: models_json_schema is missing definitions for some models or input
    nango-refused: Nango refused the deploy
      because: status 400, `deploy_script_security_rejected`
      because: rejected
      help: the code of functions with a fixed `version` may be replaced already: deploy again, or roll back
    ");
    assert!(world.nango.running("dev").is_empty());
}

/// Nango refuses deploys of old versions of its CLI by their user agent. Ours is none of them, whatever the project pins.
#[tokio::test]
async fn an_old_cli_in_the_project_is_no_reason_to_refuse() {
    let world = World::new().await;
    let mut built = project().built();
    let mut files = built.artefact.files().clone();
    files.insert(crate::platform::nango::compile::bundle::CLI_VERSION.to_owned(), Arc::from(b"0.39.0".as_slice()));
    built.artefact = crate::artefact::Artefact::new(files);
    let live = world.live();
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    let plan = plan(&observed, &built.manifest);
    let deployed = world.deploy_planned(&live, plan, &Payload::Artefact(Box::new(built))).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    let sent = world.nango.state().deploys.last().unwrap().clone();
    assert!(String::from_utf8_lossy(&sent).contains(r#""sdkVersion":"0.39.0-zero""#));
    // The same bytes as that CLI would send them are refused.
    let base = net::base_url("NANGO", &world.nango.url(), Plain::Loopback).unwrap();
    let key = world.nango.key("dev", &crate::tests::nango::ALL);
    let client = net::client(&base, Limits::default()).unwrap();
    let request = client
        .post(base.join("sync/deploy").unwrap())
        .bearer_auth(key)
        .header("user-agent", "nango-cli/0.39.0 (linux/6; node.js/22)");
    let answer = request.header("content-type", "application/json").body(sent).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["error"]["code"], "invalid_cli_version");
}

#[tokio::test]
async fn a_nango_that_is_not_there_is_said_to_be_unreachable() {
    let world = World::new().await;
    let (environment, url) = (name("dev"), "http://127.0.0.1:1".to_owned());
    let door = Door {
        environment: &environment,
        environments: &[],
        keys: &world.keys,
        sole: false,
        host: Some(&url),
        extra_ca: None,
    };
    let live = Live::connect(&door).unwrap();
    let problem = live.observe(&project().built().manifest, &world.watch).await.unwrap_err();
    assert_eq!(problem.code, "nango-unreachable");
}

#[tokio::test]
async fn a_cancelled_run_sends_nothing_more() {
    let mut world = World::new().await;
    let (switch, watch) = Watch::new();
    world.watch = watch.scaled(0.0001);
    let live = world.live();
    let observed = live.observe(&project().built().manifest, &world.watch).await.unwrap();
    switch.stop(crate::watch::Stop::Terminate);
    let deployed =
        world.deploy_planned(&live, plan(&observed, &project().built().manifest), &project().payload()).await;
    assert_eq!(deployed.said.unwrap_err().code, "cancelled");
    assert_eq!(world.nango.count("POST /sync/deploy"), 0);
}

/// The answer to a deploy does not list what went, and it goes a moment later.
#[tokio::test]
async fn what_is_removed_is_looked_for_until_it_is_gone() {
    let deployed = async |looks: usize| {
        let world = World::new().await;
        world.deploy(&project()).await.said.unwrap();
        let live = world.live();
        let fewer = Made::default().sync("github/issues", &["Issue"]);
        let observed = live.observe(&fewer.built().manifest, &world.watch).await.unwrap();
        world.nango.environment("dev", |environment| environment.settles_after = looks);
        world.deploy_planned(&live, plan(&observed, &fewer.built().manifest), &fewer.payload()).await.verified
    };
    assert_eq!(deployed(2).await, Verified::Live);
    let Verified::Differs { how } = deployed(100).await else { panic!("what still runs is not gone") };
    insta::assert_snapshot!(how.join("\n"), @"
    action:github/close was to go, and still runs there
    sync:hubspot/deals was to go, and still runs there
    ");
}

/// An answer that lists everything proves nothing either.
#[tokio::test]
async fn a_deploy_that_only_says_so_is_found_out() {
    let world = World::new().await;
    let project = || Made::default().sync("github/issues", &["Issue"]).sync("hubspot/deals", &["Deal"]);
    world.deploy(&project()).await.said.unwrap();
    let live = world.live();
    let code = project().code("build/github_syncs_issues.cjs", "other();");
    let observed = live.observe(&code.built().manifest, &world.watch).await.unwrap();
    world.nango.fails("POST /sync/deploy", &[Fault::Pretended]);
    let deployed = world.deploy_planned(&live, plan(&observed, &code.built().manifest), &code.payload()).await;
    let Verified::Differs { how } = deployed.verified else { panic!("{:?}", deployed.verified) };
    insta::assert_snapshot!(how.join("\n"), @"Nango said that it deployed, and every function still carries the time of an earlier deploy");
}

#[tokio::test]
async fn the_version_that_runs_is_the_one_that_nango_said() {
    let world = World::new().await;
    let live = world.live();
    let made = project();
    let observed = live.observe(&made.built().manifest, &world.watch).await.unwrap();
    let deployed = world.deploy_planned(&live, plan(&observed, &made.built().manifest), &made.payload()).await;
    assert_eq!(deployed.verified, Verified::Live);
    // The action has no version of its own: Nango chose one.
    world.nango.environment("dev", |environment| {
        let close = environment.functions.iter_mut().find(|each| each.name == "close").unwrap();
        "0.0.7".clone_into(&mut close.version);
    });
    let Verified::Differs { how } = live.verified(None, &made.payload(), &world.watch).await else { panic!("live") };
    assert_eq!(how, ["action:github/close: Nango said it deployed version 0.0.1, and version 0.0.7 runs there"]);
}

/// The two kinds are deployed by two ways, and neither removes what the other brought.
#[tokio::test]
async fn older_functions_that_would_stay_are_told_before_anything_is_sent() {
    let world = World::new().await;
    world.deploy(&project()).await.said.unwrap();
    let live = world.live();
    let made = Made::default().function("github/fetch");
    let observed = live.observe(&made.built().manifest, &world.watch).await.unwrap();
    let deployed = world.deploy_planned(&live, plan(&observed, &made.built().manifest), &made.payload()).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    older-functions-stay: with functions of `createFunction` Nango does not remove older ones, and 4 run there
      because: nothing was sent
      because: action:github/close
      because: on-event:github/welcome
      because: sync:github/issues
      because: sync:hubspot/deals
      help: remove them in Nango → dev → Integrations, then start this run again
    ");
    assert!(states(&deployed.applied).iter().all(|state| state.ends_with("not tried")));
    assert_eq!(world.nango.count("POST /functions/deployments/bundle"), 0);
}
