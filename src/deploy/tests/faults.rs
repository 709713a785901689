//! A deploy that is recorded at GitHub, with a fault at every single request: never green without a confirmed deploy,
//! never two records of one release, and the next run finds its way.

use std::cell::RefCell;
use std::sync::Arc;

use crate::artefact::{Artefact, Built};
use crate::deploy::*;
use crate::history::deployments::tests::Place;
use crate::history::sample;
use crate::manifest::{Origin, Resource, ResourceId};
use crate::names::LaneId;
use crate::plan::{Basis, Extras};
use crate::release::Record;
use crate::tests::github::Fault as Wrong;
use crate::watch::Task;

/// A platform that runs whatever was sent last.
struct Memory(RefCell<Manifest>);

impl Memory {
    fn is_live(&self, number: u64) -> bool {
        *self.0.borrow() == manifest(number)
    }
}

impl Platform for Memory {
    fn observe<'a>(&'a self, _: &'a Manifest, _: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        let (manifest, extras) = (self.0.borrow().clone(), Extras::none("in memory"));
        Box::pin(async move { Ok(Observed { basis: Basis::Live, manifest, extras }) })
    }

    fn apply<'a>(
        &'a self,
        _: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        _: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        if let Payload::Artefact(built) = payload {
            *self.0.borrow_mut() = built.manifest.clone();
        }
        applied.mark_all(&crate::applied::StepState::Done);
        Box::pin(async { Ok(()) })
    }

    fn read_back<'a>(&'a self, _: &'a OpenRecord, _: &'a Payload, _: &'a Watch) -> Task<'a, Verified> {
        Box::pin(async { Verified::Live })
    }
}

fn manifest(number: u64) -> Manifest {
    let id = ResourceId::new("sync", format!("github/issues-{number}"));
    let resource =
        Resource { id, attributes: std::collections::BTreeMap::new(), fingerprint: None, artefact: None, place: None };
    Manifest::new(Origin::Source, [resource])
}

fn payload(number: u64) -> Payload {
    let artefact = Artefact::new(std::collections::BTreeMap::from([("a".to_owned(), Arc::from(&b"a"[..]))]));
    Payload::Artefact(Box::new(Built { artefact, manifest: manifest(number) }))
}

/// A whole run: read the histories, take the lock, send, read back, close. `Ok(true)` is a green one.
async fn run(place: &Place, platform: &Memory, number: u64) -> Result<bool, Problem> {
    let keeper = place.keeper();
    let record = Place::record(number);
    place.begin(&record);
    for environment in Place::trust().environments {
        let lane = LaneId { environment: environment.name, ..record.lane.clone() };
        keeper.read(&lane, &place.watch).await?;
    }
    let newest = keeper.read(&record.lane, &place.watch).await?.releases.first().map(|release| release.id);
    let plan = sample::plan(number, vec![sample::added("sync", "github/issues")]);
    let lift = Lift {
        platform,
        keeper: &keeper,
        payload: &payload(number),
        desired: &manifest(number),
        replan: &|_| (*plan).clone(),
        clock: &|| "2026-05-04T10:01:00Z".parse().unwrap(),
    };
    let record = Record { plan: plan.digest.clone(), ..record };
    let approved = ApprovedPlan::approved_for_test(Arc::clone(&plan), record, Duration::from_secs(2), newest);
    match deploy(&lift, approved, &place.watch).await? {
        Lifted::Begun(deployed) => Ok(deployed.confirmed()),
        Lifted::Moved => Ok(false),
    }
}

/// What GitHub knows of a run's records: how many there are, and how many say that it succeeded.
fn records(place: &Place, number: u64) -> (usize, usize) {
    let state = place.world.state();
    let own = state.deployments.iter().filter(|made| made.sha == sample::commit(number)).collect::<Vec<_>>();
    let good = own.iter().filter(|made| made.statuses.iter().any(|status| status.state == "success")).count();
    (own.len(), good)
}

/// How long the client waits for an answer where answers come late, and how late they come.
const PATIENCE: Duration = Duration::from_millis(400);
const LATE: Duration = Duration::from_millis(1200);

/// A GitHub with one release, asked by a client whose patience ends before `fault` does.
async fn start(fault: &Wrong) -> (Place, Memory) {
    let mut place = Place::new().await;
    if matches!(fault, Wrong::Slow(_)) {
        place.client = place.world.client_within(PATIENCE);
    }
    place.release(Place::record(1)).await;
    (place, Memory(RefCell::new(manifest(1))))
}

/// How many requests a run has that meets no fault.
async fn length() -> usize {
    let (place, platform) = start(&Wrong::Torn).await;
    let before = place.world.asked().len();
    assert_eq!(run(&place, &platform, 2).await, Ok(true));
    place.world.asked().len() - before
}

/// How many of the runs are to be green.
#[derive(Debug, PartialEq, Eq)]
enum Green {
    All,
    None,
}

/// Tries one fault at every request, once or for good.
async fn everywhere(fault: Wrong, for_good: bool, expected: Green) {
    let length = length().await;
    let mut green = 0;
    for at in 0..length {
        let (place, platform) = start(&fault).await;
        if for_good {
            place.world.fail_for_good(at, fault.clone());
        } else {
            place.world.fail_after(at, "*", "", fault.clone());
        }
        let told = run(&place, &platform, 2).await;
        let (made, good) = records(&place, 2);
        let what = format!("{fault:?} at request {at} of {length}, for good: {for_good}: {told:?}, {made} records");
        assert!(made <= 1, "{what}");
        if told == Ok(true) {
            green += 1;
            assert_eq!((made, good, platform.is_live(2)), (1, 1, true), "{what}");
        }
        assert!(good == 0 || platform.is_live(2), "a success is recorded of what does not run: {what}");
        // The run ends, GitHub is well again, and the next one finds its way.
        place.world.heal();
        place.world.end_run(2, "failure");
        let next = run(&place, &platform, 3).await;
        assert_eq!(next, Ok(true), "{what}");
        assert_eq!((records(&place, 3), platform.is_live(3)), ((1, 1), true), "{what}");
    }
    assert_eq!(green, if expected == Green::All { length } else { 0 }, "{fault:?}, for good: {for_good}");
    eprintln!("{fault:?}, for good: {for_good}: tried at {length} requests, {green} runs green, all held");
}

macro_rules! matrix {
    ($($name:ident: $fault:expr, $for_good:expr, $green:ident;)*) => {
        $(#[tokio::test]
        async fn $name() {
            everywhere($fault, $for_good, Green::$green).await;
        })*
    };
}

fn forbidden() -> Wrong {
    Wrong::Says(403, "Resource not accessible by integration".to_owned())
}

matrix! {
    a_timeout_once: Wrong::Slow(LATE), false, All;
    a_reset_once: Wrong::Torn, false, All;
    a_reset_after_storing_once: Wrong::TornAfter, false, All;
    a_500_once: Wrong::Status(500), false, All;
    a_502_after_storing_once: Wrong::LostAfter(502), false, All;
    malformed_json_once: Wrong::GarbledAfter, false, All;
    a_rate_limit_once: Wrong::RetryAfter(1), false, All;
    a_secondary_limit_once: Wrong::SecondaryLimit, false, All;
    a_404_once: Wrong::Status(404), false, None;
    a_403_once: forbidden(), false, None;
    a_reset_for_good: Wrong::Torn, true, None;
    a_500_for_good: Wrong::Status(500), true, None;
    a_502_after_storing_for_good: Wrong::LostAfter(502), true, None;
    a_404_for_good: Wrong::Status(404), true, None;
    a_403_for_good: forbidden(), true, None;
}
