//! Who has the lock.

use super::*;
use crate::release::ReleaseResult;
use crate::tests::github::Fault as Wrong;

/// What the newest statuses of all records are, oldest record first.
fn ends(place: &Place) -> Vec<String> {
    let state = place.world.state();
    state.deployments.iter().map(|made| made.statuses.last().map_or("none".into(), |last| last.state.clone())).collect()
}

#[tokio::test]
async fn the_lower_of_two_records_wins_and_the_other_is_closed() {
    let place = Place::new().await;
    place.begin(&Place::record(1));
    place.begin(&Place::record(2));
    let (first, second) = (place.keeper(), place.keeper());
    let approved = |number| Place::approved(Place::record(number), None);
    let both = tokio::join!(first.open(approved(1), &place.watch), second.open(approved(2), &place.watch));
    let opened = [both.0.unwrap(), both.1.unwrap()];
    assert_eq!(opened.iter().filter(|opening| matches!(opening, Opening::Opened(_))).count(), 1, "{opened:?}");
    let lowest = place.world.state().deployments.iter().map(|made| made.id).min().unwrap();
    for opening in opened {
        if let Opening::Opened(open) = opening {
            assert_eq!(open.id(), lowest);
        }
    }
    assert_eq!(ends(&place), ["in_progress", "inactive"]);
}

#[tokio::test]
async fn a_lane_that_is_held_is_waited_for_and_then_decided_again() {
    let place = Place::new().await;
    let holding = place.keeper();
    let Opening::Opened(open) = place.open(&holding, Place::record(1)).await.unwrap() else { panic!() };
    place.begin(&Place::record(2));
    let waiting = place.keeper();
    let said = std::cell::RefCell::new(Vec::new());
    let waiting = waiting.telling(|text| said.borrow_mut().push(text.to_owned()));
    let newest = Some(open.id());
    let (opening, closed) =
        tokio::join!(waiting.open(Place::approved(Place::record(2), newest), &place.watch), async {
            let _paused = place.watch.pause(std::time::Duration::from_secs(100)).await;
            holding.close(open, closing(Ending::Success)).await
        });
    assert!(closed.is_ok() && matches!(opening.unwrap(), Opening::Moved));
    assert_eq!(said.borrow().len(), 1);
    assert!(said.borrow()[0].contains(&page(1)), "{said:?}");
    assert_eq!(ends(&place), ["success"], "nothing was recorded by the one that waited");
}

#[tokio::test]
async fn a_lane_that_stays_held_is_a_refusal_that_names_the_run() {
    let place = Place::new().await;
    let holding = place.keeper();
    let Opening::Opened(open) = place.open(&holding, Place::record(1)).await.unwrap() else { panic!() };
    place.begin(&Place::record(2));
    let approved = ApprovedPlan::approved_for_test(
        sample::plan(1, vec![]),
        Place::record(2),
        std::time::Duration::from_millis(200),
        Some(open.id()),
    );
    let problem = place.keeper().open(approved, &place.watch).await.unwrap_err();
    assert_eq!(problem.code, "deployment-in-progress");
    assert!(problem.causes[0].contains(&page(1)), "{problem}");
}

#[tokio::test]
async fn the_record_of_a_run_that_ended_is_taken_over() {
    let place = Place::new().await;
    let Opening::Opened(_) = place.open(&place.keeper(), Place::record(1)).await.unwrap() else { panic!() };
    place.world.end_run(1, "cancelled");
    let history = place.history(&sample::lane()).await.unwrap();
    assert_eq!(history.releases[0].result, ReleaseResult::Abandoned);
    assert!(history.notes[0].contains("left open"), "{:?}", history.notes);
    place.release(Place::record(2)).await;
    assert_eq!(ends(&place), ["error", "success"]);
    let told = place.world.state().deployments[0].statuses.last().unwrap().description.clone();
    assert_eq!(told, "abandoned: run 1 ended without closing it");
}

#[tokio::test]
async fn an_attempt_takes_over_from_the_one_before() {
    let place = Place::new().await;
    let Opening::Opened(_) = place.open(&place.keeper(), Place::record(1)).await.unwrap() else { panic!() };
    place.world.state().runs[0].attempt = 2;
    let mut record = Place::record(1);
    (record.origin.attempt, record.origin.url) = (2, Some(format!("{}/attempts/2", page(1))));
    place.release(record).await;
    assert_eq!(ends(&place), ["error", "success"]);
}

#[tokio::test]
async fn somebody_elses_status_does_not_end_a_record_that_is_at_work() {
    let place = Place::new().await;
    let Opening::Opened(open) = place.open(&place.keeper(), Place::record(1)).await.unwrap() else { panic!() };
    let mut forged = place.world.state().deployments[0].statuses.last().unwrap().clone();
    (forged.state, forged.log_url) = ("failure".to_owned(), page(99));
    place.world.state().deployments[0].statuses.push(forged);
    place.begin(&Place::record(2));
    let approved = ApprovedPlan::approved_for_test(
        sample::plan(1, vec![]),
        Place::record(2),
        std::time::Duration::from_millis(200),
        Some(open.id()),
    );
    assert_eq!(place.keeper().open(approved, &place.watch).await.unwrap_err().code, "deployment-in-progress");
}

#[tokio::test]
async fn a_release_recorded_since_the_decision_sends_the_run_back() {
    let place = Place::new().await;
    place.release(Place::record(1)).await;
    place.begin(&Place::record(2));
    let opening = place.keeper().open(Place::approved(Place::record(2), None), &place.watch).await.unwrap();
    assert!(matches!(opening, Opening::Moved));
    assert_eq!(place.world.state().deployments.len(), 1);
}

#[tokio::test]
async fn a_record_that_could_not_be_opened_does_not_hold_the_lane() {
    let place = Place::new().await;
    let keeper = place.keeper();
    place.begin(&Place::record(1));
    // Listing for the second time, once the record is made.
    for well in [1, 0, 0, 0, 0] {
        place.world.fail_after(well, "GET", "/deployments", Wrong::Status(500));
    }
    let problem = keeper.open(Place::approved(Place::record(1), None), &place.watch).await.unwrap_err();
    assert_eq!(problem.code, "github-unreachable");
    assert_eq!(ends(&place), ["inactive"]);
}
