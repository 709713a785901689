//! What is recorded, and what it costs.

use super::*;
use crate::problem::Fault;
use crate::release::ReleaseResult;
use crate::tests::github::{Fault as Wrong, TokenFact};

#[tokio::test]
async fn a_release_is_a_deployment_with_its_statuses() {
    let place = Place::new().await;
    let release = place.release(Place::record(1)).await;
    let deployment = place.world.state().deployments[0].clone();
    assert_eq!((deployment.task.as_str(), deployment.environment.as_str()), ("airlock:integrations", "dev"));
    assert_eq!(
        (deployment.sha.clone(), deployment.production, deployment.transient),
        (sample::commit(1), false, false)
    );
    let told = deployment.statuses.iter().map(|status| format!("{}: {}", status.state, status.description));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
    queued: waiting for the environment
    in_progress: deploying
    success: 1.1.0 runs [deploy-17]
    ");
    assert!(deployment.statuses.iter().all(|status| status.log_url == page(1)));
    let history = place.history(&sample::lane()).await.unwrap();
    assert_eq!(history.releases[0], Release { closed: history.releases[0].closed, ..release });
    assert_eq!(history.releases[0].platform_ref.as_deref(), Some("deploy-17"));
    assert!(history.notes.is_empty(), "{:?}", history.notes);
}

#[tokio::test]
async fn production_is_marked_and_a_later_deploy_elsewhere_ends_nothing() {
    let place = Place::new().await;
    place.release(Place::record(1)).await;
    place.release(Place::promotion(2, 1)).await;
    place.release(Place::record(3)).await;
    let state = place.world.state();
    assert_eq!(state.deployments.iter().map(|made| made.production).collect::<Vec<_>>(), [false, true, false]);
    assert!(state.deployments.iter().flat_map(|made| &made.statuses).all(|status| status.state != "inactive"));
}

#[tokio::test]
async fn a_deployment_that_github_opened_for_the_job_is_left_alone() {
    let place = Place::new().await;
    place.release(Place::record(1)).await;
    let (id, mut other) = (5, place.world.state().deployments[0].clone());
    (other.id, other.task, other.payload) = (id, "deploy".to_owned(), serde_json::json!({}));
    other.statuses.clear();
    place.world.state().deployments.push(other);
    assert_eq!(place.history(&sample::lane()).await.unwrap().releases.len(), 1);
    place.release(Place::record(2)).await;
    assert!(place.world.state().deployments.iter().find(|made| made.id == id).unwrap().statuses.is_empty());
}

#[tokio::test]
async fn what_failed_was_cancelled_or_not_confirmed_is_no_success() {
    let problem = Problem::new("torn", Fault::Platform, "torn");
    for (ending, result) in [
        (Ending::Failed { problem: problem.clone() }, ReleaseResult::Failed { why: "torn".into() }),
        (Ending::Unverified { why: "no".into() }, ReleaseResult::Unverified { why: "no".into() }),
        (Ending::Cancelled { problem }, ReleaseResult::Cancelled),
    ] {
        let place = Place::new().await;
        place.release(Place::record(1)).await;
        place.closed(Place::record(2), ending).await;
        let history = place.history(&sample::lane()).await.unwrap();
        assert_eq!(history.releases[0].result, result);
        assert_eq!(history.current().unwrap().record.version, Place::record(1).version);
    }
}

#[tokio::test]
async fn secrets_are_not_recorded() {
    let place = Place::new().await;
    let record = Record { description: "with s3cr3t-t0ken".into(), ..Place::record(1) };
    let problem = Problem::new("torn", Fault::Platform, "the answer was s3cr3t-t0ken");
    place.closed(record, Ending::Failed { problem }).await;
    let told = format!("{:?}", place.world.state().deployments);
    assert!(told.contains("***") && !told.contains("s3cr3t"), "{told}");
}

#[tokio::test]
async fn a_permission_that_is_missing_makes_the_history_unreadable() {
    for (name, level, says) in [("deployments", "none", "deployments: read"), ("actions", "none", "actions: read")] {
        let place = Place::new().await;
        place.release(Place::record(1)).await;
        place.world.add_token("ghs_poor", TokenFact::job().with(name, level));
        let client = place.world.client_of("ghs_poor");
        let keeper = DeploymentKeeper::new(&client, Place::trust(), &place.watch, str::to_owned);
        let problem = keeper.read(&sample::lane(), &place.watch).await.unwrap_err();
        assert!(format!("{problem} {}", problem.help.join(" ")).contains(says), "{problem:?}");
    }
}

#[tokio::test]
async fn a_token_that_may_not_write_opens_nothing() {
    let place = Place::new().await;
    place.world.add_token("ghs_poor", TokenFact::job().with("deployments", "read"));
    let client = place.world.client_of("ghs_poor");
    let keeper = DeploymentKeeper::new(&client, Place::trust(), &place.watch, str::to_owned);
    let problem = place.open(&keeper, Place::record(1)).await.unwrap_err();
    assert!(problem.help.iter().any(|help| help.contains("deployments: write")), "{problem:?}");
    assert!(place.world.state().deployments.is_empty());
}

#[tokio::test]
async fn a_lost_answer_leaves_one_record() {
    for (method, part) in [("POST", "/deployments"), ("POST", "/statuses")] {
        for fault in [Wrong::LostAfter(502), Wrong::TornAfter, Wrong::GarbledAfter, Wrong::Status(500)] {
            let place = Place::new().await;
            place.world.fail(method, part, fault.clone());
            place.release(Place::record(1)).await;
            let state = place.world.state();
            assert_eq!(state.deployments.len(), 1, "{fault:?}");
            assert_eq!(state.deployments[0].statuses.len(), 3, "{fault:?}: {:#?}", state.deployments[0].statuses);
        }
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_closed_is_an_error() {
    let place = Place::new().await;
    let keeper = place.keeper();
    let Opening::Opened(open) = place.open(&keeper, Place::record(1)).await.unwrap() else { panic!() };
    for _ in 0..3 {
        place.world.fail("POST", "/statuses", Wrong::Status(500));
    }
    let problem = keeper.close(open, closing(Ending::Success)).await.unwrap_err();
    assert_eq!(problem.code, "github-unreachable");
    assert_eq!(place.history(&sample::lane()).await.unwrap().releases[0].result, ReleaseResult::Open);
}

#[tokio::test]
async fn reading_and_recording_cost_a_bounded_number_of_requests() {
    let place = Place::new().await;
    for number in 1..9 {
        place.release(Place::record(number)).await;
    }
    let before = place.world.asked().len();
    place.release(Place::record(9)).await;
    let asked = place.world.asked().split_off(before);
    // Three lanes are listed, one of them twice; eight records read twice, each with its statuses, and its run once; nine to
    // take the lock and to close.
    assert!(asked.len() <= 4 + 8 * 3 + 9, "{}: {asked:#?}", asked.len());
}

#[tokio::test]
async fn no_more_is_read_than_is_needed_unless_asked_for() {
    let place = Place::new().await;
    for number in 1..9 {
        place.release(Place::record(number)).await;
    }
    let near = DeploymentKeeper { depth: 3, ..place.keeper() };
    let history = near.read(&sample::lane(), &place.watch).await.unwrap();
    assert_eq!(history.releases.len(), 3);
    assert!(history.notes.is_empty(), "{:?}", history.notes);
    let far = place.keeper().reading_far_back();
    assert_eq!(far.read(&sample::lane(), &place.watch).await.unwrap().releases.len(), 8);
}

#[tokio::test]
async fn what_is_live_is_adopted_once() {
    let place = Place::new().await;
    let record = Record { kind: ReleaseKind::Adopt, ..Place::record(1) };
    place.begin(&record);
    let keeper = place.keeper();
    let adoption = || crate::gate::ApprovedAdoption::approved_for_test(record.clone(), None);
    let release = keeper.adopt(adoption(), Some("dep1".to_owned()), &place.watch).await.unwrap();
    let history = place.history(&sample::lane()).await.unwrap();
    let told = history.current().map(|told| (told.id, told.platform_ref.as_deref()));
    assert_eq!(told, Some((release.id, Some("dep1"))));
    let problem = keeper.adopt(adoption(), None, &place.watch).await.unwrap_err();
    assert_eq!(problem.code, "already-recorded");
}
