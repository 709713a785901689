//! One lane over the real keeper and the embedded platform in a temporary folder, with a script of what goes wrong.
//!
//! Every effect writes its own name into one log, so that the order is what happened and not what was meant.

mod faults;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use semver::Version;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::applied::StepState;
use crate::artefact::{Artefact, Built};
use crate::context::inputs::PlatformName;
use crate::gate::ApprovedAdoption;
use crate::history::files::FileKeeper;
use crate::history::sample;
use crate::manifest::{Attribute, Origin, Resource, ResourceId};
use crate::names::LaneId;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Basis, Brief, Extras, build};
use crate::platform::code;
use crate::platform::local::Local;
use crate::release::{History, Record, Release, ReleaseResult};
use crate::watch::{Stop, StopSwitch, Task};

/// What is seen under the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Live,
    Other,
    Broken,
    Hangs,
}

/// What becomes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// It works, and says so.
    Works,
    /// It says so, and something else is live.
    Lies,
    /// It works, and the answer is lost.
    Torn,
    /// It is lost on the way.
    Lost,
    /// It is refused before anything is sent.
    Refused,
    /// It works, and the answer never comes.
    HangsLive,
    /// It never arrives, and the answer never comes.
    HangsLost,
}

/// What reading back says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Back {
    Reads,
    Impossible,
    Hangs,
}

/// Everything that happens to one deploy.
#[derive(Debug, Clone, Copy)]
struct Script {
    look: Look,
    sending: Sending,
    back: Back,
    /// Whether the record can be closed.
    closes: bool,
    /// The effect during which the stop signal comes.
    stop_in: Option<&'static str>,
}

const WELL: Script =
    Script { look: Look::Live, sending: Sending::Works, back: Back::Reads, closes: true, stop_in: None };

/// A repository whose root is the project, with one environment.
struct World {
    place: TempDir,
    log: RefCell<Vec<String>>,
    switch: StopSwitch,
    watch: Watch,
    script: Script,
    slow: Duration,
}

impl World {
    fn new(script: Script) -> Self {
        let (switch, watch) = Watch::new();
        // In memory where there is such a folder: every line of a history waits for the disk.
        let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { place, log: RefCell::default(), switch, watch, script, slow: Duration::ZERO }
    }

    /// The same place for another run.
    fn again(self, script: Script) -> Self {
        Self { place: self.place, ..Self::new(script) }
    }

    fn did(&self, what: &str) {
        self.log.borrow_mut().push(what.to_owned());
        if self.script.stop_in == Some(what) {
            self.switch.stop(Stop::Terminate);
        }
    }

    fn log(&self) -> String {
        self.log.borrow().join(", ")
    }

    fn local(&self) -> Local {
        Local::new(self.place.path(), "", sample::lane()).slowed(self.slow)
    }

    fn keeper(&self) -> FileKeeper {
        FileKeeper::new(self.place.path(), BTreeMap::from([("integrations".parse().unwrap(), String::new())]))
    }

    async fn history(&self) -> History {
        self.keeper().read(&sample::lane(), &Watch::endless()).await.unwrap()
    }

    /// How the newest record ended.
    async fn result(&self) -> ReleaseResult {
        self.history().await.releases[0].result.clone()
    }

    /// Which [`payload`] is live, read from disk by another.
    async fn live(&self) -> Option<u64> {
        let observed = self.local().observe(&Manifest::empty(Origin::Source), &Watch::endless()).await.unwrap();
        let resource = observed.manifest.resources.values().next()?;
        resource.attributes["frequency"].value().and_then(serde_json::Value::as_u64)
    }

    /// The gate's proof for version `1.<number>.0`, on what is there and recorded now.
    async fn approved(&self, number: u64) -> ApprovedPlan {
        let observed = self.local().observe(&manifest(number), &Watch::endless()).await.unwrap();
        let plan = Arc::new(planned(number, &observed));
        let record = Record {
            plan: plan.digest.clone(),
            artefact: Some(built(number).artefact.digest().clone()),
            ..sample::record(number)
        };
        let newest = self.history().await.releases.first().map(|release| release.id);
        ApprovedPlan::approved_for_test(plan, record, Duration::from_millis(20), newest)
    }

    async fn deploy(&self, number: u64) -> Result<Lifted, Problem> {
        let approved = self.approved(number).await;
        self.deploy_approved(number, approved).await
    }

    async fn deploy_approved(&self, number: u64, approved: ApprovedPlan) -> Result<Lifted, Problem> {
        let platform = Scripted { world: self, local: self.local() };
        let keeper = Logged { world: self, keeper: self.keeper() };
        let lift = Lift {
            platform: &platform,
            keeper: &keeper,
            payload: &Payload::Artefact(Box::new(built(number))),
            desired: &manifest(number),
            replan: &|observed| planned(number, observed),
            clock: &|| "2026-05-04T10:01:00Z".parse().unwrap(),
        };
        deploy(&lift, approved, &self.watch).await
    }

    async fn begun(&self, number: u64) -> Deployed {
        match self.deploy(number).await.unwrap() {
            Lifted::Begun(deployed) => *deployed,
            Lifted::Moved => panic!("another release is in the way"),
        }
    }
}

/// The project as release `number` has it.
fn manifest(number: u64) -> Manifest {
    let id = ResourceId::new("sync", "github/issues");
    let attributes = BTreeMap::from([("frequency".to_owned(), Attribute::Value(json!(number)))]);
    Manifest::new(Origin::Source, [Resource { id, attributes, fingerprint: None, artefact: None, place: None }])
}

fn built(number: u64) -> Built {
    let files = BTreeMap::from([("issues.cjs".to_owned(), Arc::from(format!("release {number}").as_bytes()))]);
    Built { artefact: Artefact::new(files), manifest: manifest(number) }
}

fn planned(number: u64, seen: &Observed) -> Plan {
    build(Brief {
        lane: sample::lane(),
        commit: sample::commit(number),
        only: None,
        desired: &manifest(number),
        seen,
        base: None,
        rules: code(PlatformName::Nango).unwrap(),
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Given(Version::new(1, number, 0)),
        previous: None,
        also: Vec::new(),
    })
}

fn broken(text: &str) -> Problem {
    Problem::new("torn", Fault::Platform, text)
}

/// The embedded platform behind a bad line.
struct Scripted<'w> {
    world: &'w World,
    local: Local,
}

impl Scripted<'_> {
    async fn really(&self, record: &OpenRecord, payload: &Payload) {
        let mut told = Applied::default();
        self.local.apply(record, payload, &mut told, &Watch::endless()).await.unwrap();
    }
}

impl Platform for Scripted<'_> {
    fn observe<'a>(&'a self, desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        Box::pin(async move {
            self.world.did("observe");
            match self.world.script.look {
                Look::Live => self.local.observe(desired, watch).await,
                Look::Other => {
                    let extras = Extras::none("scripted");
                    Ok(Observed { basis: Basis::Live, manifest: manifest(77), extras })
                }
                Look::Broken => Err(broken("cannot look")),
                Look::Hangs => std::future::pending().await,
            }
        })
    }

    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        Box::pin(async move {
            self.world.did("apply");
            match self.world.script.sending {
                Sending::Works => return self.local.apply(record, payload, applied, watch).await,
                Sending::Refused => return Err(broken("no such key")),
                _ => applied.mark_all(&StepState::Sent),
            }
            match self.world.script.sending {
                Sending::Lies => {
                    let other = Payload::Artefact(Box::new(built(88)));
                    let record = OpenRecord::opened_for_test(sample::approved(88, None), 88);
                    self.really(&record, &other).await;
                    applied.mark_all(&StepState::Done);
                    return Ok(());
                }
                Sending::Torn | Sending::HangsLive => self.really(record, payload).await,
                _ => {}
            }
            match self.world.script.sending {
                Sending::HangsLive | Sending::HangsLost => std::future::pending().await,
                _ => Err(broken("connection reset")),
            }
        })
    }

    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified> {
        Box::pin(async move {
            self.world.did("read back");
            // A network answers no sooner than this, and what does not wait for it reads nothing.
            let _answer = Watch::endless().pause(Duration::from_millis(10)).await;
            match self.world.script.back {
                Back::Reads => self.local.read_back(record, payload, watch).await,
                Back::Impossible => Verified::Unverified { why: "the key may not read".into() },
                Back::Hangs => std::future::pending().await,
            }
        })
    }
}

/// The file keeper, told of in the log.
struct Logged<'w> {
    world: &'w World,
    keeper: FileKeeper,
}

impl Keeper for Logged<'_> {
    fn read<'a>(&'a self, lane: &'a LaneId, watch: &'a Watch) -> Task<'a, Result<History, Problem>> {
        self.keeper.read(lane, watch)
    }

    fn open<'a>(&'a self, approved: ApprovedPlan, watch: &'a Watch) -> Task<'a, Result<Opening, Problem>> {
        self.world.did("open");
        self.keeper.open(approved, watch)
    }

    fn close(&self, record: OpenRecord, closing: Closing) -> Task<'_, Result<Release, Problem>> {
        self.world.did("close");
        if self.world.script.closes {
            return self.keeper.close(record, closing);
        }
        Box::pin(async { Err(Problem::new("history-unwritable", Fault::Unreadable, "the disk is full")) })
    }

    fn adopt<'a>(
        &'a self,
        adoption: ApprovedAdoption,
        platform_ref: Option<String>,
        watch: &'a Watch,
    ) -> Task<'a, Result<Release, Problem>> {
        self.keeper.adopt(adoption, platform_ref, watch)
    }
}

fn run(test: impl AsyncFnOnce()) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
}

const WHOLE: &str = "open, observe, apply, read back, close";
const NOTHING_SENT: &str = "open, observe, apply, close";
const NOTHING_TRIED: &str = "open, observe, close";

#[test]
fn a_deploy_opens_looks_again_applies_reads_back_and_closes() {
    run(async || {
        let world = World::new(WELL);
        let deployed = world.begun(1).await;
        assert_eq!(world.log(), WHOLE);
        assert!(deployed.confirmed());
        assert_eq!(deployed.applied.steps[0].state, StepState::Done);
        assert_eq!(world.history().await.releases, [deployed.release]);
        assert_eq!((world.result().await, world.live().await), (ReleaseResult::Success, Some(1)));
    });
}

#[test]
fn a_platform_that_says_done_and_runs_something_else_is_never_a_success() {
    run(async || {
        let world = World::new(Script { sending: Sending::Lies, ..WELL });
        let deployed = world.begun(1).await;
        assert_eq!(world.log(), WHOLE);
        let Ending::Failed { problem } = &deployed.ending else { panic!("{:?}", deployed.ending) };
        assert_eq!((&*problem.code, problem.fault), ("live-differs", Fault::Platform));
        insta::assert_snapshot!(problem, @"what is live is not what was sent: the artefact of version 1.88.0 is live, not the one that was sent; sync:github/issues is live in another form");
        assert!(!deployed.confirmed());
        assert!(matches!(world.result().await, ReleaseResult::Failed { .. }));
        assert!(world.history().await.current().is_none(), "nothing is taken for what runs");
    });
}

#[test]
fn what_cannot_be_read_back_is_unverified() {
    run(async || {
        let world = World::new(Script { back: Back::Impossible, ..WELL });
        let deployed = world.begun(1).await;
        let why = "the key may not read".to_owned();
        assert_eq!(deployed.ending, Ending::Unverified { why: why.clone() });
        assert!(!deployed.confirmed());
        assert_eq!(world.result().await, ReleaseResult::Unverified { why });
    });
}

#[test]
fn an_error_after_sending_is_a_success_if_what_was_sent_is_live() {
    run(async || {
        let world = World::new(Script { sending: Sending::Torn, ..WELL });
        let deployed = world.begun(1).await;
        assert_eq!(world.log(), WHOLE);
        assert!(deployed.confirmed());
        assert_eq!((world.result().await, world.live().await), (ReleaseResult::Success, Some(1)));
    });
}

#[test]
fn an_error_is_told_as_it_was_when_what_was_sent_is_not_live() {
    for (sending, log) in [(Sending::Lost, WHOLE), (Sending::Refused, NOTHING_SENT)] {
        run(async || {
            let world = World::new(WELL);
            world.begun(1).await;
            let world = world.again(Script { sending, ..WELL });
            let deployed = world.begun(2).await;
            assert_eq!(world.log(), log);
            assert!(matches!(&deployed.ending, Ending::Failed { problem } if problem.code == "torn"));
            assert!(matches!(world.result().await, ReleaseResult::Failed { .. }));
            assert_eq!(world.live().await, Some(1));
        });
    }
}

#[test]
fn a_state_that_moved_under_the_plan_stops_before_anything_is_sent() {
    run(async || {
        let world = World::new(WELL);
        world.begun(1).await;
        let world = world.again(Script { look: Look::Other, ..WELL });
        let deployed = world.begun(2).await;
        assert_eq!(world.log(), NOTHING_TRIED);
        let Ending::Moved { problem } = &deployed.ending else { panic!("{:?}", deployed.ending) };
        assert_eq!((&*problem.code, problem.fault), ("plan-changed", Fault::Refused));
        assert!(!deployed.applied.touched());
        assert_eq!((world.result().await, world.live().await), (ReleaseResult::Moved, Some(1)));
    });
}

#[test]
fn a_release_that_came_in_between_sends_the_run_back_to_the_gate() {
    run(async || {
        let world = World::new(WELL);
        let outdated = world.approved(2).await;
        world.begun(1).await;
        world.log.borrow_mut().clear();
        assert!(matches!(world.deploy_approved(2, outdated).await.unwrap(), Lifted::Moved));
        assert_eq!(world.log(), "open");
        assert_eq!((world.history().await.releases.len(), world.live().await), (1, Some(1)));
        // With a decision of its own it goes on: the lock was let go.
        assert!(world.begun(2).await.confirmed());
    });
}

#[test]
fn an_environment_that_another_holds_is_in_progress() {
    run(async || {
        let world = World::new(WELL);
        let other = world.keeper();
        let approved = world.approved(1).await;
        let Opening::Opened(held) = other.open(world.approved(1).await, &world.watch).await.unwrap() else {
            panic!("nobody else is here")
        };
        let problem = world.deploy_approved(1, approved).await.unwrap_err();
        assert_eq!((&*problem.code, problem.fault), ("deployment-in-progress", Fault::Refused));
        assert_eq!((world.log(), world.live().await), ("open".to_owned(), None));
        drop(held);
        // Its record was never closed: the next run takes the environment over.
        assert!(world.begun(2).await.confirmed());
        assert_eq!(world.history().await.releases[1].result, ReleaseResult::Abandoned);
    });
}

#[test]
fn a_record_that_cannot_be_closed_is_told_with_what_is_live() {
    let table = [
        (Sending::Works, Back::Reads, "what was sent is live and confirmed"),
        (Sending::Works, Back::Impossible, "something was sent, and could not be confirmed"),
        (Sending::Refused, Back::Reads, "the deploy did not succeed"),
    ];
    for (sending, back, says) in table {
        run(async || {
            let world = World::new(Script { sending, back, closes: false, ..WELL });
            let problem = world.deploy(1).await.unwrap_err();
            assert_eq!((&*problem.code, problem.fault), ("history-unwritable", Fault::Unreadable));
            let help = format!("{says}, but its record is still open; the next run takes it over");
            assert_eq!(problem.help, [help]);
            assert_eq!(world.result().await, ReleaseResult::Open);
            // And so it does.
            let world = world.again(WELL);
            assert!(world.begun(2).await.confirmed());
            assert_eq!(world.history().await.releases[1].result, ReleaseResult::Abandoned);
        });
    }
}

/// Every way in which it can end, on an empty environment and on one that runs something.
#[test]
fn whatever_happens_the_record_says_what_is_true() {
    let unseen = [Look::Other, Look::Broken].map(|look| Script { look, ..WELL });
    let sendings = [Sending::Works, Sending::Lies, Sending::Torn, Sending::Lost, Sending::Refused];
    let sent = sendings
        .into_iter()
        .flat_map(|sending| [Back::Reads, Back::Impossible].map(|back| Script { sending, back, ..WELL }));
    for script in unseen.into_iter().chain(sent) {
        for first in [true, false] {
            run(async || one_combination(script, first).await);
        }
    }
}

async fn one_combination(script: Script, first: bool) {
    let mut world = World::new(script);
    if !first {
        world = world.again(WELL);
        world.begun(1).await;
        world = world.again(script);
    }
    let before = world.live().await;
    let deployed = world.begun(2).await;
    let (result, live) = (world.result().await, world.live().await);

    let looked = script.look == Look::Live;
    let arrived = looked && matches!(script.sending, Sending::Works | Sending::Torn);
    let lied = looked && script.sending == Sending::Lies;
    let expected = if arrived { Some(2) } else { before };
    assert_eq!(live, if lied { Some(88) } else { expected }, "{script:?}");
    let seen = arrived && script.back == Back::Reads;
    assert_eq!(result == ReleaseResult::Success, seen, "{script:?}: {result:?}");
    assert_eq!(deployed.confirmed(), seen, "{script:?}");
    assert_ne!(result, ReleaseResult::Open, "{script:?}");
    let log = match (looked, script.sending) {
        (false, _) => NOTHING_TRIED,
        (true, Sending::Refused) => NOTHING_SENT,
        (true, _) => WHOLE,
    };
    assert_eq!(world.log(), log, "{script:?}");

    // Whatever it was, the next run goes through.
    let world = world.again(WELL);
    assert!(world.begun(3).await.confirmed(), "{script:?}");
    assert_eq!((world.result().await, world.live().await), (ReleaseResult::Success, Some(3)), "{script:?}");
}

fn is_cancel_of(ending: &Ending) -> bool {
    matches!(ending, Ending::Cancelled { problem } if problem.fault == Fault::Terminated)
}

#[test]
fn a_stop_before_anything_was_sent_closes_the_record_as_cancelled() {
    let table = [
        ("observe", Look::Live, NOTHING_TRIED),
        ("observe", Look::Hangs, NOTHING_TRIED),
        ("apply", Look::Live, NOTHING_SENT),
    ];
    for (stop_in, look, log) in table {
        run(async || {
            let world = World::new(Script { look, stop_in: Some(stop_in), ..WELL });
            let deployed = world.begun(1).await;
            assert_eq!(world.log(), log, "{stop_in}");
            assert!(is_cancel_of(&deployed.ending), "{stop_in}: {:?}", deployed.ending);
            assert_eq!((world.result().await, world.live().await), (ReleaseResult::Cancelled, None), "{stop_in}");
        });
    }
}

#[test]
fn a_stop_before_the_lock_opens_no_record() {
    run(async || {
        let world = World::new(WELL);
        let approved = world.approved(1).await;
        world.switch.stop(Stop::Interrupt);
        let problem = world.deploy_approved(1, approved).await.unwrap_err();
        assert_eq!((&*problem.code, problem.fault), ("cancelled", Fault::Interrupted));
        assert!(world.history().await.releases.is_empty());
    });
}

#[test]
fn a_request_in_flight_at_a_stop_counts_by_what_is_live() {
    for (sending, live, result) in
        [(Sending::HangsLive, Some(1), ReleaseResult::Success), (Sending::HangsLost, None, ReleaseResult::Cancelled)]
    {
        run(async || {
            let world = World::new(Script { sending, stop_in: Some("apply"), ..WELL });
            let deployed = world.begun(1).await;
            assert_eq!(world.log(), WHOLE);
            assert_eq!(deployed.applied.steps[0].state, StepState::Sent);
            assert_eq!((world.live().await, world.result().await), (live, result));
        });
    }
}

/// The embedded platform pauses before and after it changes what is live; the signal comes in the second pause.
#[test]
fn a_stop_just_after_the_change_is_a_success() {
    run(async || {
        let world = World { slow: Duration::from_millis(50), ..World::new(WELL) };
        let link = world.place.path().join(".airlock/dev/live");
        let signal = async {
            while link.symlink_metadata().is_err() {
                tokio::task::yield_now().await;
            }
            world.switch.stop(Stop::Terminate);
        };
        let (deployed, ()) = tokio::join!(world.begun(1), signal);
        assert!(deployed.confirmed());
        assert_eq!((world.result().await, world.live().await), (ReleaseResult::Success, Some(1)));
    });
}

#[test]
fn a_stop_while_reading_back_leaves_it_unverified() {
    run(async || {
        let world = World::new(Script { back: Back::Hangs, stop_in: Some("read back"), ..WELL });
        let deployed = world.begun(1).await;
        assert_eq!(world.log(), WHOLE);
        let why = "the run was cancelled before it was read back".to_owned();
        assert_eq!(deployed.ending, Ending::Unverified { why: why.clone() });
        assert_eq!(world.result().await, ReleaseResult::Unverified { why });
    });
}

#[test]
fn a_deploy_that_runs_out_of_time_is_read_back_all_the_same() {
    for (sending, live, result) in
        [(Sending::HangsLive, Some(1), Some(ReleaseResult::Success)), (Sending::HangsLost, None, None)]
    {
        run(async || {
            let mut world = World::new(Script { sending, ..WELL });
            world.watch = world.watch.within(Duration::from_millis(100));
            let deployed = world.begun(1).await;
            assert_eq!(world.log(), WHOLE);
            assert_eq!(world.live().await, live);
            match result {
                Some(result) => assert_eq!(world.result().await, result),
                None => assert!(
                    matches!(&deployed.ending, Ending::Failed { problem } if problem.code == "deploy-timed-out"),
                    "{:?}",
                    deployed.ending
                ),
            }
        });
    }
}
