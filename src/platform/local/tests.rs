use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::artefact::Artefact;
use crate::gate::ApprovedPlan;
use crate::history::sample;
use crate::manifest::{Attribute, Known, Resource, ResourceId};
use crate::watch::Stop;

/// A repository whose root is the project, and its environment.
struct World {
    place: TempDir,
    local: Local,
    watch: Watch,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let local = Local::new(place.path(), "", sample::lane());
        Self { place, local, watch: Watch::endless().scaled(0.001) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(".airlock/dev").join(name)
    }

    async fn deploy(&self, id: u64) {
        let (record, payload, mut applied) = (record(id), payload(id), Applied::default());
        self.local.apply(&record, &payload, &mut applied, &self.watch).await.unwrap();
        assert_eq!(self.local.read_back(&record, &payload, &self.watch).await, Verified::Live);
    }

    async fn send(&self, payload: &Payload) -> Result<(), Problem> {
        self.local.apply(&record(1), payload, &mut Applied::default(), &self.watch).await
    }

    async fn observe(&self) -> Result<Observed, Problem> {
        self.local.observe(&Manifest::empty(Origin::Source), &self.watch).await
    }

    /// Which of [`payload`]s is live.
    async fn live(&self) -> Option<u64> {
        let observed = self.observe().await.unwrap();
        let resource = observed.manifest.resources.values().next()?;
        resource.attributes["runs"].value().and_then(serde_json::Value::as_u64)
    }

    fn releases(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("releases")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn record(id: u64) -> OpenRecord {
    OpenRecord::opened_for_test(sample::approved(id, None), id)
}

fn manifest(number: u64) -> Manifest {
    let id = ResourceId::new("sync", "github/issues");
    let attributes = BTreeMap::from([("runs".to_owned(), Attribute::Value(json!(number)))]);
    Manifest::new(Origin::Built, [Resource { id, attributes, fingerprint: None, artefact: None, place: None }])
}

fn artefact(files: &[(&str, &str)]) -> Artefact {
    Artefact::new(files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(text.as_bytes()))).collect())
}

fn payload(number: u64) -> Payload {
    let text = format!("version {number}");
    let artefact = artefact(&[("build/github_syncs_issues.cjs", &text), ("schema.json", &text), ("empty", "")]);
    Payload::Artefact(Box::new(Built { artefact, manifest: manifest(number) }))
}

fn of_files(files: &[(&str, &str)]) -> Payload {
    Payload::Artefact(Box::new(Built { artefact: artefact(files), manifest: manifest(1) }))
}

fn run(test: impl AsyncFnOnce()) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
}

#[test]
fn nothing_is_there_at_first_and_looking_makes_nothing() {
    run(async || {
        let world = World::new();
        let observed = world.observe().await.unwrap();
        assert_eq!(observed.basis, Basis::None);
        assert!(observed.manifest.resources.is_empty());
        assert!(!world.place.path().join(".airlock").exists());
        let verified = world.local.read_back(&record(1), &payload(1), &world.watch).await;
        assert_eq!(verified, Verified::Differs { how: vec!["nothing is live".into()] });
    });
}

#[test]
fn what_was_deployed_is_live_and_read_back() {
    run(async || {
        let world = World::new();
        let (record, payload, mut applied) = (record(1), payload(1), Applied::default());
        world.local.apply(&record, &payload, &mut applied, &world.watch).await.unwrap();

        assert_eq!(applied.steps.len(), 1);
        assert_eq!(applied.steps[0].state, StepState::Done);
        assert_eq!(applied.platform_ref.as_deref(), Some("1"));
        assert_eq!(world.local.read_back(&record, &payload, &world.watch).await, Verified::Live);
        let observed = world.observe().await.unwrap();
        assert_eq!(observed.basis, Basis::Live);
        assert_eq!(observed.manifest, Manifest { origin: Origin::Live, ..manifest(1) });
        assert_eq!(observed.extras.secrets, Known::No(NO_EXTRAS.to_owned()));
        assert_eq!(fs::read_link(world.path("live")).unwrap(), PathBuf::from("releases/1"));
        let file = world.path("live/artefact/build/github_syncs_issues.cjs");
        assert_eq!(fs::read_to_string(file).unwrap(), "version 1");
    });
}

#[test]
fn reading_back_something_else_says_how_it_differs() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        let verified = world.local.read_back(&record(2), &payload(2), &world.watch).await;
        let how = [
            "the artefact of version 1.1.0 is live, not the one that was sent",
            "sync:github/issues is live in another form",
        ];
        assert_eq!(verified, Verified::Differs { how: how.map(String::from).to_vec() });

        let Payload::Artefact(mut built) = payload(1) else { unreachable!() };
        built.manifest = Manifest::empty(Origin::Built);
        let verified = world.local.read_back(&record(1), &Payload::Artefact(built), &world.watch).await;
        assert_eq!(verified, Verified::Differs { how: vec!["sync:github/issues is live and was not sent".into()] });
    });
}

#[test]
fn whatever_is_not_as_it_was_deployed_is_unreadable_and_never_none() {
    type Damage = fn(&World);
    let table: [(&str, Damage); 11] = [
        ("a changed file", |world| fs::write(world.path("live/artefact/schema.json"), "{}").unwrap()),
        ("a missing file", |world| fs::remove_file(world.path("live/artefact/schema.json")).unwrap()),
        ("an added file", |world| fs::write(world.path("live/artefact/more"), "").unwrap()),
        ("no artefact", |world| fs::remove_dir_all(world.path("live/artefact")).unwrap()),
        ("a changed manifest", |world| {
            let text = fs::read_to_string(world.path("live/manifest.json")).unwrap();
            fs::write(world.path("live/manifest.json"), text.replace("\"runs\": 1", "\"runs\": 2")).unwrap();
        }),
        ("an empty manifest", |world| fs::write(world.path("live/manifest.json"), "").unwrap()),
        ("no manifest", |world| fs::remove_file(world.path("live/manifest.json")).unwrap()),
        ("no seal", |world| fs::remove_file(world.path("live/seal.json")).unwrap()),
        ("a newer seal", |world| {
            let text = fs::read_to_string(world.path("live/seal.json")).unwrap();
            fs::write(world.path("live/seal.json"), text.replace("\"schema\": 1", "\"schema\": 2")).unwrap();
        }),
        ("a dangling link", |world| fs::remove_dir_all(world.path("releases/1")).unwrap()),
        ("no releases", |world| fs::remove_dir_all(world.path("releases")).unwrap()),
    ];
    run(async || {
        for (what, damage) in table {
            let world = World::new();
            world.deploy(1).await;
            damage(&world);
            let problem = world.observe().await.expect_err(what);
            assert_eq!((&*problem.code, problem.fault), ("live-unreadable", Fault::Platform), "{what}: {problem}");
            let verified = world.local.read_back(&record(1), &payload(1), &world.watch).await;
            assert_eq!(verified, Verified::Unverified { why: problem.to_string() }, "{what}");
        }
    });
}

#[test]
fn a_changed_artefact_is_told_like_this() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        fs::write(world.path("live/artefact/schema.json"), "{}").unwrap();
        insta::assert_snapshot!(world.observe().await.unwrap_err(), @"what is live in `.airlock/dev/releases/1` cannot be read: `artefact/` is not what was deployed: its digest differs");
    });
}

#[test]
fn a_link_that_is_missing_though_a_release_succeeded_is_unreadable() {
    run(async || {
        use crate::applied::Ending;
        use crate::history::files::FileKeeper;
        use crate::history::{Closing, Keeper as _, Opening};

        let world = World::new();
        let keeper = FileKeeper::new(world.place.path(), BTreeMap::from([(sample::lane().project, String::new())]));
        let Payload::Artefact(built) = payload(0) else { unreachable!() };
        let release = crate::release::Record { artefact: Some(built.artefact.digest().clone()), ..sample::record(0) };
        let approved = ApprovedPlan::approved_for_test(sample::plan(0, Vec::new()), release, Duration::ZERO, None);
        let Opening::Opened(record) = keeper.open(approved, &world.watch).await.unwrap() else { unreachable!() };
        world.local.apply(&record, &payload(0), &mut Applied::default(), &world.watch).await.unwrap();
        let closing =
            Closing { ending: Ending::Success, platform_ref: None, at: "2026-05-04T10:05:00Z".parse().unwrap() };
        keeper.close(record, closing).await.unwrap();
        assert_eq!(world.observe().await.unwrap().basis, Basis::Live);

        fs::remove_file(world.path("live")).unwrap();
        assert_eq!(world.observe().await.unwrap_err().code, "live-unreadable");
    });
}

#[test]
fn links_planted_in_the_tree_are_refused_and_what_they_lead_to_stays() {
    run(async || {
        for link in ["live", "releases", "live/artefact", "live/manifest.json", "live/artefact/schema.json"] {
            let world = World::new();
            world.deploy(1).await;
            let elsewhere = tempfile::tempdir().unwrap();
            let path = world.path(link);
            fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)).unwrap();
            symlink(elsewhere.path(), &path).unwrap();
            assert_eq!(world.observe().await.unwrap_err().code, "path-outside", "{link}");
            if link == "releases" {
                assert_eq!(world.send(&payload(2)).await.unwrap_err().code, "path-outside");
            }
            assert!(fs::read_dir(elsewhere.path()).unwrap().next().is_none(), "{link}");
        }
        let world = World::new();
        symlink("/etc", world.place.path().join(".airlock")).unwrap();
        assert_eq!(world.observe().await.unwrap_err().code, "path-outside");
        assert_eq!(world.send(&payload(1)).await.unwrap_err().code, "path-outside");
    });
}

#[test]
fn hostile_artefact_paths_are_refused_before_anything_is_written() {
    run(async || {
        for path in ["../x", "/tmp/x", "a\0b", "a//b", "a/../../b", ".", "..", ""] {
            let world = World::new();
            let problem = world.send(&of_files(&[("good", ""), (path, "")])).await.unwrap_err();
            assert_eq!(problem.code, "path-outside", "{path:?}");
            assert!(!world.place.path().join(".airlock").exists(), "{path:?}");
        }
    });
}

#[test]
fn a_file_in_a_folders_place_fails_and_leaves_the_old_state() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        assert!(world.send(&of_files(&[("a", ""), ("a/b", "")])).await.is_err());
        assert_eq!(world.live().await, Some(1));
        world.deploy(2).await;
        assert_eq!(world.releases(), ["1", "2"]);
    });
}

#[test]
fn what_was_not_approved_is_not_sent() {
    run(async || {
        let world = World::new();
        let release = crate::release::Record { artefact: Some(Digest::of(b"another")), ..sample::record(1) };
        let approved = ApprovedPlan::approved_for_test(sample::plan(1, Vec::new()), release, Duration::ZERO, None);
        let record = OpenRecord::opened_for_test(approved, 1);
        let sent = world.local.apply(&record, &payload(1), &mut Applied::default(), &world.watch).await;
        assert_eq!(sent.unwrap_err().fault, Fault::Bug);
        let native = Payload::Native { platform_ref: "1".into(), manifest: Box::new(Manifest::empty(Origin::Live)) };
        assert_eq!(world.send(&native).await.unwrap_err().code, "not-supported");
        assert_eq!(world.live().await, None);
    });
}

#[test]
fn a_stop_before_the_change_leaves_the_old_state() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        let local = Local::new(world.place.path(), "", sample::lane()).slowed(Duration::from_hours(1));
        let (switch, watch) = Watch::new();
        let (record, payload, mut applied) = (record(2), payload(2), Applied::default());
        let stop = async {
            while !world.path("releases/2").exists() {
                tokio::task::yield_now().await;
            }
            switch.stop(Stop::Terminate);
        };
        let (sent, ()) = tokio::join!(local.apply(&record, &payload, &mut applied, &watch), stop);
        assert_eq!(sent.unwrap_err(), Stop::Terminate.problem());
        assert!(!applied.touched());
        assert_eq!(world.live().await, Some(1));
        assert_eq!(world.releases(), ["1"]);
    });
}

#[test]
fn a_stop_after_the_change_leaves_the_new_state() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        let local = Local::new(world.place.path(), "", sample::lane()).slowed(Duration::from_millis(20));
        let (switch, watch) = Watch::new();
        let (record, payload, mut applied) = (record(2), payload(2), Applied::default());
        let stop = async {
            while !fs::read_link(world.path("live")).unwrap().ends_with("2") {
                tokio::task::yield_now().await;
            }
            switch.stop(Stop::Terminate);
        };
        let (sent, ()) = tokio::join!(local.apply(&record, &payload, &mut applied, &watch), stop);
        sent.unwrap();
        assert_eq!(applied.steps[0].state, StepState::Done);
        assert_eq!(world.live().await, Some(2));
    });
}

#[test]
fn a_deploy_that_is_dropped_anywhere_leaves_one_of_the_two_states() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        let mut seen = Vec::new();
        for turn in 0..12 {
            let (record, payload, mut applied) = (record(2), payload(2), Applied::default());
            {
                let mut sending = world.local.apply(&record, &payload, &mut applied, &world.watch);
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                for _ in 0..turn {
                    if sending.as_mut().poll(&mut context).is_ready() {
                        break;
                    }
                }
            }
            let live = world.live().await.unwrap();
            assert_eq!(live == 2, applied.touched() || seen.contains(&2), "turn {turn}");
            seen.push(live);
        }
        assert!(seen.contains(&1) && seen.contains(&2), "{seen:?}");
        world.deploy(3).await;
        assert!(world.releases().iter().all(|name| !name.contains("tmp")), "{:?}", world.releases());
    });
}

#[test]
fn leftovers_of_a_killed_run_are_removed_by_the_next() {
    run(async || {
        let world = World::new();
        world.deploy(1).await;
        fs::create_dir_all(world.path("releases/2.tmp-77/artefact/deep")).unwrap();
        fs::write(world.path("releases/2.tmp-77/artefact/deep/half"), "ha").unwrap();
        symlink("releases/2", world.path("live.tmp-77")).unwrap();
        fs::create_dir(world.path("releases/notes of mine")).unwrap();

        assert_eq!(world.live().await, Some(1));
        world.deploy(2).await;

        assert_eq!(world.releases(), ["1", "2", "notes of mine"]);
        assert!(fs::symlink_metadata(world.path("live.tmp-77")).is_err());
    });
}

#[test]
fn the_newest_releases_and_the_live_one_are_kept() {
    run(async || {
        let world = World::new();
        for id in 100..125 {
            world.deploy(id).await;
        }
        assert_eq!(world.releases().len(), 20);
        assert_eq!(world.releases()[0], "105");
        // The history was removed and began again at 1: the live one is the oldest by number.
        world.deploy(1).await;
        assert_eq!((world.releases().len(), world.live().await), (21, Some(1)));
        world.deploy(1).await;
        assert_eq!(fs::read_link(world.path("live")).unwrap(), PathBuf::from("releases/1.2"));
        assert_eq!(world.live().await, Some(1));
    });
}
