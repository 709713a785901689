//! Real kills, real processes: the test binary runs itself as a child that deploys in a loop, and is killed in mid-deploy.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::applied::Ending;
use crate::artefact::Artefact;
use crate::gate::ApprovedPlan;
use crate::history::files::FileKeeper;
use crate::history::{Closing, Keeper as _, Opening, sample};
use crate::manifest::{Attribute, Resource, ResourceId};
use crate::release::{History, Record, ReleaseResult};

const FOLDER: &str = "AIRLOCK_TEST_CRASH_FOLDER";
const DEPLOYS: &str = "AIRLOCK_TEST_CRASH_DEPLOYS";
const KILLS: usize = 30;

/// Deploys into a folder, as one process does.
struct Deployer {
    keeper: FileKeeper,
    local: Local,
    watch: Watch,
}

impl Deployer {
    fn new(root: &Path) -> Self {
        let keeper = FileKeeper::new(root, BTreeMap::from([(sample::lane().project, String::new())]));
        Self { keeper, local: Local::new(root, "", sample::lane()), watch: Watch::endless().scaled(0.01) }
    }

    async fn history(&self) -> History {
        self.keeper.read(&sample::lane(), &self.watch).await.unwrap()
    }

    /// One deploy of what has this record's number in it; false when another was faster.
    async fn deploy(&self) -> bool {
        let newest = self.history().await.releases.first().map(|release| release.id);
        let number = newest.unwrap_or(0) + 1;
        let built = built(number);
        let record = Record { artefact: Some(built.artefact.digest().clone()), ..sample::record(number) };
        let wait = Duration::from_mins(1);
        let approved = ApprovedPlan::approved_for_test(sample::plan(number, Vec::new()), record, wait, newest);
        let Opening::Opened(record) = self.keeper.open(approved, &self.watch).await.unwrap() else { return false };
        let payload = Payload::Artefact(Box::new(built));
        self.local.observe(&manifest(number), &self.watch).await.unwrap();
        self.local.apply(&record, &payload, &mut Applied::default(), &self.watch).await.unwrap();
        assert_eq!(self.local.read_back(&record, &payload, &self.watch).await, Verified::Live);
        let at = "2026-05-04T10:05:00Z".parse().unwrap();
        self.keeper.close(record, Closing { ending: Ending::Success, platform_ref: None, at }).await.unwrap();
        true
    }

    /// The number of what is live; it must be whole.
    fn live(&self) -> u64 {
        let Some(stored) = self.local.stored().unwrap() else { return 0 };
        let number = stored.seal.release;
        assert_eq!(stored.manifest, manifest(number), "manifest and seal are of one release");
        assert_eq!(stored.seal.artefact, *built(number).artefact.digest(), "artefact and seal are of one release");
        number
    }
}

fn manifest(number: u64) -> Manifest {
    let resource = |name: &str| Resource {
        id: ResourceId::new("sync", name),
        attributes: BTreeMap::from([("runs".to_owned(), Attribute::Value(json!(number)))]),
        fingerprint: None,
        artefact: None,
        place: None,
    };
    Manifest::new(Origin::Built, [resource("github/issues"), resource("github/pulls")])
}

fn built(number: u64) -> Built {
    let file =
        |part: u64| (format!("build/{part}/file.cjs"), Arc::from(format!("release {number}, part {part}").as_bytes()));
    Built { artefact: Artefact::new((0..6).map(file).collect()), manifest: manifest(number) }
}

fn run<T>(test: impl AsyncFnOnce() -> T) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test())
}

fn child(folder: &Path, deploys: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "platform::local::crash::deploys_in_a_loop", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(DEPLOYS, deploys.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn random(below: u64) -> u64 {
    getrandom::u64().unwrap() % below
}

#[test]
#[ignore = "not a test: the child that the tests below run and kill"]
fn deploys_in_a_loop() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let deploys: u64 = std::env::var(DEPLOYS).unwrap().parse().unwrap();
    let deployer = Deployer::new(Path::new(&folder));
    run(async || {
        let mut done = 0;
        let said = writeln!(std::io::stdout(), "\nready");
        said.unwrap();
        while done < deploys {
            done += u64::from(deployer.deploy().await);
        }
    });
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_state_or_the_new_and_a_history_that_reads() {
    let place = tempfile::tempdir().unwrap();
    let deployer = Deployer::new(place.path());
    let (mut killed_open, mut last) = (0, 0);
    for kill in 0..KILLS {
        let mut child = child(place.path(), u64::MAX);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"), "the child never began");
        std::thread::sleep(Duration::from_micros(random(30_000)));
        child.kill().unwrap();
        child.wait().unwrap();

        let history = run(async || deployer.history().await);
        let (newest, live) = (history.releases.first().map_or(0, |release| release.id), deployer.live());
        let done = history.current().map_or(0, |release| release.id);
        assert!(live >= last && live >= done && live <= newest, "kill {kill}: {last} {done} {live} {newest}");
        if history.releases.first().is_some_and(|release| release.result == ReleaseResult::Open) {
            killed_open += 1;
        }
        assert!(run(async || deployer.deploy().await), "the next deploy works");
        last = deployer.live();
        assert_eq!(last, run(async || deployer.history().await).current().unwrap().id);
    }
    assert!(killed_open > 0, "no kill hit a deploy: the test shows nothing");
    let names = fs::read_dir(place.path().join(".airlock/dev/releases")).unwrap();
    assert!(names.map(|name| name.unwrap().file_name()).all(|name| !name.to_string_lossy().contains("tmp")));
}

/// What a reader sees at a moment is what a kill at that moment would leave: this looks at far more moments than kills can.
#[test]
fn a_reader_never_sees_anything_but_the_old_state_or_the_new() {
    for _ in 0..4 {
        let place = tempfile::tempdir().unwrap();
        let deployer = Deployer::new(place.path());
        run(async || deployer.deploy().await);
        // No more than are kept, or a reader that sleeps may find its release pruned.
        let mut child = child(place.path(), 15);
        let mut last = 1;
        while child.try_wait().unwrap().is_none() {
            let live = deployer.live();
            assert!(live >= last, "{live} after {last}");
            last = live;
            let releases = run(async || deployer.history().await).releases;
            assert!(releases.iter().skip(1).all(crate::release::Release::succeeded), "only the newest is open");
        }
        assert_eq!(deployer.live(), 16);
    }
}

#[test]
fn two_processes_never_deploy_at_once() {
    let place = tempfile::tempdir().unwrap();
    let children = [child(place.path(), 15), child(place.path(), 15)];
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let text = fs::read_to_string(place.path().join(".airlock/dev/history.jsonl")).unwrap();
    let events: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| (line["id"].as_u64().unwrap(), line["event"].as_str().unwrap().to_owned()))
        .collect();
    let expected: Vec<_> = (1..=30).flat_map(|id| [(id, "opened".to_owned()), (id, "closed".to_owned())]).collect();
    assert_eq!(events, expected, "each record is closed before the next is opened");
    let deployer = Deployer::new(place.path());
    let history = run(async || deployer.history().await);
    assert!(history.releases.iter().all(crate::release::Release::succeeded));
    assert_eq!(deployer.live(), 30);
}
