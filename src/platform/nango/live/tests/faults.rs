//! Whatever goes wrong, nothing is called live that is not, and nothing is sent twice unseen.

use super::*;
use crate::tests::nango::Fault;

fn project() -> Made {
    Made::default()
        .sync("github/issues", &["Issue"])
        .action("github/close")
        .on_event("github/welcome", "post-connection-creation")
        .sync("hubspot/deals", &["Deal"])
}

const RUNS: [&str; 4] = [
    "action github/close 0.0.1",
    "on-event github/welcome 0.0.1",
    "sync github/issues 1.0.0",
    "sync hubspot/deals 1.0.0",
];

/// What a fault at the deploy of a project itself comes to: said, seen, and how often it was sent.
async fn at_the_deploy(made: &Made, route: &str, faults: &[Fault]) -> (String, String, usize) {
    let world = World::new().await;
    world.nango.fails(route, faults);
    let deployed = world.deploy(made).await;
    let said = deployed.said.as_ref().map_or_else(|problem| problem.code.to_string(), |()| "ok".to_owned());
    let live = matches!(deployed.verified, Verified::Live);
    let (wanted, running) = (made.built().manifest.resources.len(), world.nango.running("dev"));
    assert!(!live || running.len() == wanted, "live, and {running:?} runs");
    let seen = match deployed.verified {
        Verified::Live => "live",
        Verified::Differs { .. } => "differs",
        Verified::Unverified { .. } => "unverified",
    };
    (said, seen.to_owned(), world.nango.count(route))
}

/// Each fault once, and for ever.
async fn every_fault(made: &Made, route: &str) -> String {
    let mut lines = Vec::new();
    for fault in Fault::EVERY.into_iter().chain([Fault::Pretended, Fault::ErrorAfter]) {
        let once = at_the_deploy(made, route, std::slice::from_ref(&fault)).await;
        let always = at_the_deploy(made, route, &vec![fault.clone(); 200]).await;
        lines.push(format!("{fault:?}: once {once:?}, always {always:?}"));
    }
    lines.join("\n")
}

#[tokio::test]
async fn every_fault_of_the_deploy_ends_as_it_should() {
    insta::assert_snapshot!(every_fault(&project(), "POST /sync/deploy").await, @r#"
    Torn: once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    TornAfter: once ("ok", "live", 1), always ("ok", "live", 1)
    HalfThenTorn: once ("deploy-unknown", "differs", 1), always ("deploy-unknown", "differs", 1)
    Html(502): once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    Html(200): once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    EmptyList: once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    Busy: once ("ok", "live", 2), always ("deployment-in-progress", "differs", 121)
    Limit: once ("ok", "live", 2), always ("nango-limit", "differs", 101)
    ServerError: once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    Pretended: once ("ok", "differs", 1), always ("ok", "differs", 1)
    ErrorAfter: once ("ok", "live", 1), always ("ok", "live", 1)
    "#);
}

/// Functions of `createFunction` are deployed all or none: half of them never is.
#[tokio::test]
async fn every_fault_of_a_deploy_of_functions_ends_as_it_should() {
    let made = Made::default().function("github/fetch").function("hubspot/push");
    insta::assert_snapshot!(every_fault(&made, "POST /functions/deployments/bundle").await, @r#"
    Torn: once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    TornAfter: once ("ok", "live", 1), always ("ok", "live", 1)
    HalfThenTorn: once ("ok", "live", 1), always ("ok", "live", 1)
    Html(502): once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    Html(200): once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    EmptyList: once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    Busy: once ("ok", "live", 2), always ("deployment-in-progress", "differs", 121)
    Limit: once ("ok", "live", 2), always ("nango-limit", "differs", 101)
    ServerError: once ("ok", "live", 2), always ("deploy-unknown", "differs", 3)
    Pretended: once ("ok", "differs", 1), always ("ok", "differs", 1)
    ErrorAfter: once ("ok", "live", 1), always ("ok", "live", 1)
    "#);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_for_before_anything_is_sent_again() {
    let world = World::new().await;
    world.nango.fails("POST /sync/deploy", &[Fault::TornAfter]);
    let deployed = world.deploy(&project()).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(world.nango.count("POST /sync/deploy"), 1);
    assert_eq!(world.nango.running("dev"), RUNS);
    // With a key that cannot look, it is not sent again, and not called done.
    let world = World::with(&["environment:deploy"]).await;
    world.nango.fails("POST /sync/deploy", &[Fault::TornAfter]);
    let deployed = world.deploy(&project()).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    deploy-unknown: the answer to the deploy was lost, and what runs there could not be read
      because: error sending request
      because: client error (SendRequest)
      because: connection closed before message completed
      because: the key lacks the scope `environment:integrations:list_functions`
      help: deploy again: a deploy sends the whole project, and what is there already is sent again unharmed
    ");
    assert!(states(&deployed.applied).iter().all(|state| state.ends_with(": sent")), "{:?}", states(&deployed.applied));
    assert_eq!(world.nango.count("POST /sync/deploy"), 1);
}

#[tokio::test]
async fn half_a_deploy_is_told_function_by_function() {
    let world = World::new().await;
    world.nango.fails("POST /sync/deploy", &[Fault::HalfThenTorn]);
    let deployed = world.deploy(&project()).await;
    insta::assert_snapshot!(told(&deployed.said.unwrap_err()), @"
    deploy-unknown: the answer to the deploy was lost, and 3 things are not as it was sent
      because: error sending request
      because: client error (SendRequest)
      because: connection closed before message completed
      because: action:github/close was sent, and does not run there
      because: on-event:github/welcome was sent, and does not run there
      because: sync:hubspot/deals was sent, and does not run there
      help: deploy again: a deploy sends the whole project, and what is there already is sent again unharmed
    ");
    let Verified::Differs { how } = deployed.verified else { panic!("{:?}", deployed.verified) };
    insta::assert_snapshot!(how.join("\n"), @"
    action:github/close was sent, and does not run there
    on-event:github/welcome was sent, and does not run there
    sync:hubspot/deals was sent, and does not run there
    ");
}

/// The property: whichever request of a whole deploy goes wrong, and however, "live" is said only of what runs.
#[tokio::test]
async fn no_fault_at_any_request_makes_it_falsely_green() {
    let requests = {
        let world = World::new().await;
        world.deploy(&project()).await.said.unwrap();
        world.nango.state().asked.len()
    };
    for number in 0..requests {
        for fault in Fault::EVERY {
            let world = World::new().await;
            world.nango.state().fault_at = Some((number, fault.clone()));
            let live = world.live();
            let manifest = project().built().manifest;
            let Ok(observed) = live.observe(&manifest, &world.watch).await else { continue };
            let deployed = world.deploy_planned(&live, plan(&observed, &manifest), &project().payload()).await;
            if deployed.verified == Verified::Live {
                assert_eq!(world.nango.running("dev").len(), RUNS.len(), "{fault:?} at request {number}");
            }
            if deployed.said.is_ok() {
                assert_ne!(world.nango.running("dev"), Vec::<String>::new(), "{fault:?} at request {number}");
            }
        }
    }
}
