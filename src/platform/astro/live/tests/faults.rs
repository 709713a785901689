//! Whatever goes wrong on the way: nothing is called live that is not, and nothing is made twice unseen.

use super::*;
use crate::tests::astro::Fault;

const RUNS: [&str; 2] = ["cleanup", "orders"];

/// What a fault at one route of a deploy comes to: said, seen, and how many deploys were made final.
async fn at(route: &str, faults: &[Fault]) -> String {
    let world = World::new().await;
    world.astro.fails(route, faults);
    let deployed = world.deploy(&two()).await;
    let said = deployed.said.as_ref().map_or_else(|problem| problem.code.to_string(), |()| "ok".to_owned());
    let seen = match deployed.verified {
        Verified::Live => "live",
        Verified::Differs { .. } => "differs",
        Verified::Unverified { .. } => "unverified",
    };
    assert!(seen != "live" || world.astro.running("dep1") == RUNS, "{route} {faults:?}");
    let (made, open) = world.astro.at("dep1", |deployment| {
        (deployment.deploys.len(), deployment.deploys.iter().filter(|deploy| deploy.status == "INITIALIZED").count())
    });
    format!("{said} {seen} {made}/{open}")
}

#[tokio::test]
async fn every_fault_of_what_changes_something_ends_as_it_should() {
    let mut lines = Vec::new();
    for route in ["POST /deploys", "PUT ", "POST /finalize"] {
        for fault in Fault::EVERY {
            let once = at(route, std::slice::from_ref(&fault)).await;
            let always = at(route, &vec![fault.clone(); 50]).await;
            lines.push(format!("{route} {fault:?}: once {once}, always {always}"));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    POST /deploys Torn: once ok live 1/0, always astro-failed unverified 0/0
    POST /deploys TornAfter: once ok live 1/0, always ok live 1/0
    POST /deploys Html(502): once ok live 1/0, always astro-failed unverified 0/0
    POST /deploys Html(200): once ok live 1/0, always astro-failed unverified 0/0
    POST /deploys Empty: once ok live 1/0, always astro-failed unverified 0/0
    POST /deploys Limit: once ok live 1/0, always astro-limit unverified 0/0
    POST /deploys ServerError: once ok live 1/0, always astro-failed unverified 0/0
    POST /deploys ErrorAfter: once ok live 1/0, always ok live 1/0
    POST /deploys Forbidden: once astro-refused unverified 0/0, always astro-refused unverified 0/0
    PUT  Torn: once ok live 1/0, always upload-failed unverified 1/1
    PUT  TornAfter: once ok live 1/0, always upload-failed unverified 1/1
    PUT  Html(502): once ok live 1/0, always upload-failed unverified 1/1
    PUT  Html(200): once ok live 1/0, always upload-failed unverified 1/1
    PUT  Empty: once ok live 1/0, always upload-failed unverified 1/1
    PUT  Limit: once ok live 1/0, always upload-limit unverified 1/1
    PUT  ServerError: once ok live 1/0, always upload-failed unverified 1/1
    PUT  ErrorAfter: once ok live 1/0, always upload-failed unverified 1/1
    PUT  Forbidden: once upload-refused unverified 1/1, always upload-refused unverified 1/1
    POST /finalize Torn: once ok live 1/0, always astro-failed differs 1/1
    POST /finalize TornAfter: once ok live 1/0, always ok live 1/0
    POST /finalize Html(502): once ok live 1/0, always astro-failed differs 1/1
    POST /finalize Html(200): once ok live 1/0, always astro-failed differs 1/1
    POST /finalize Empty: once ok live 1/0, always astro-failed differs 1/1
    POST /finalize Limit: once ok live 1/0, always astro-limit differs 1/1
    POST /finalize ServerError: once ok live 1/0, always astro-failed differs 1/1
    POST /finalize ErrorAfter: once ok live 1/0, always ok live 1/0
    POST /finalize Forbidden: once astro-refused differs 1/1, always astro-refused differs 1/1
    ");
}

/// The property: whichever request of a whole deploy goes wrong, and however, "live" is said only of what runs, and a torn
/// answer never makes a second deploy beside a first that is there.
#[tokio::test]
async fn no_fault_at_any_request_makes_it_falsely_green() {
    let requests = {
        let world = World::new().await;
        world.deploy(&two()).await.said.unwrap();
        world.astro.state().asked.len()
    };
    assert!(requests > 12, "{requests}");
    for number in 0..requests {
        // Each request meets every third fault, and each fault a request of every sort.
        for fault in Fault::EVERY.into_iter().skip(number % 3).step_by(3) {
            let world = World::new().await;
            world.astro.state().fault_at = Some((number, fault.clone()));
            let live = world.live();
            let built = two();
            let Ok(observed) = live.observe(&built.manifest, &world.watch).await else { continue };
            let planned = plan(&observed, &built.manifest);
            let deployed = world.deploy_planned(&live, planned, &Payload::Artefact(Box::new(built))).await;
            if deployed.verified == Verified::Live {
                assert_eq!(world.astro.running("dep1"), RUNS, "{fault:?} at request {number}");
            }
            let made = world.astro.at("dep1", |deployment| deployment.deploys.len());
            assert!(made <= 1, "{fault:?} at request {number} made {made} deploys");
        }
    }
}

#[tokio::test]
async fn no_secret_is_in_what_is_told() {
    let world = World::new().await;
    for fault in [Fault::Torn, Fault::Html(502), Fault::Forbidden, Fault::Empty] {
        world.astro.fails("PUT ", &vec![fault.clone(); 10]);
        let deployed = world.deploy(&two()).await;
        let text = format!("{deployed:?}");
        assert!(!text.contains("hunter2"), "{text}");
        world.astro.state().faults.clear();
    }
}
