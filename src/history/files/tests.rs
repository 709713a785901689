use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::applied::Ending;
use crate::gate::ApprovedPlan;
use crate::history::sample;
use crate::watch::Stop;

/// A repository with one project, its keeper, and what the keeper said.
struct World {
    place: TempDir,
    keeper: FileKeeper,
    said: Rc<RefCell<Vec<String>>>,
    watch: Watch,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("integrations")).unwrap();
        let said = Rc::new(RefCell::new(Vec::new()));
        let keeper = keeper(place.path()).telling({
            let said = Rc::clone(&said);
            move |line| said.borrow_mut().push(line.to_owned())
        });
        Self { place, keeper, said, watch: Watch::endless().scaled(0.001) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join("integrations/.airlock").join(name)
    }

    fn history_file(&self) -> PathBuf {
        self.path("dev/history.jsonl")
    }

    fn said(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    async fn read(&self) -> Result<History, Problem> {
        self.keeper.read(&sample::lane(), &self.watch).await
    }

    async fn opening(&self, approved: ApprovedPlan) -> Result<Opening, Problem> {
        self.keeper.open(approved, &self.watch).await
    }

    async fn opened(&self, minor: u64, newest_seen: Option<u64>) -> OpenRecord {
        match self.opening(sample::approved(minor, newest_seen)).await.unwrap() {
            Opening::Opened(record) => record,
            Opening::Moved => panic!("moved"),
        }
    }

    async fn deploy(&self, minor: u64) -> Release {
        let newest = self.read().await.unwrap().releases.first().map(|release| release.id);
        let record = self.opened(minor, newest).await;
        self.keeper.close(record, closing(Ending::Success)).await.unwrap()
    }
}

fn keeper(root: &Path) -> FileKeeper {
    FileKeeper::new(root, BTreeMap::from([(sample::lane().project, "integrations".to_owned())]))
}

fn closing(ending: Ending) -> Closing {
    Closing { ending, platform_ref: Some("7".into()), at: at() }
}

fn at() -> Timestamp {
    "2026-05-04T10:05:00Z".parse().unwrap()
}

fn approved_waiting(wait: Duration) -> ApprovedPlan {
    ApprovedPlan::approved_for_test(sample::plan(9, Vec::new()), sample::record(9), wait, None)
}

fn run(test: impl AsyncFnOnce()) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
}

#[test]
fn a_release_is_opened_closed_and_read_back() {
    run(async || {
        let world = World::new();
        assert_eq!(world.read().await.unwrap(), History::default());
        assert!(!world.path("").exists(), "reading makes nothing");

        let record = world.opened(0, None).await;
        assert_eq!(record.id(), 1);
        assert_eq!(world.read().await.unwrap().releases[0].result, ReleaseResult::Open);
        let release = world.keeper.close(record, closing(Ending::Success)).await.unwrap();

        let history = world.read().await.unwrap();
        assert_eq!(history.releases, [release]);
        assert_eq!(history.releases[0].platform_ref.as_deref(), Some("7"));
        assert_eq!(fs::read_to_string(world.path(".gitignore")).unwrap(), "*\n");
        assert_eq!(world.deploy(1).await.id, 2);
    });
}

#[test]
fn every_ending_is_kept() {
    run(async || {
        let world = World::new();
        let problem = Stop::Terminate.problem();
        let why = "no answer".to_owned();
        for (id, ending, result) in [
            (1, Ending::Unverified { why: why.clone() }, ReleaseResult::Unverified { why }),
            (2, Ending::Cancelled { problem: problem.clone() }, ReleaseResult::Cancelled),
            (3, Ending::Moved { problem: problem.clone() }, ReleaseResult::Moved),
            (4, Ending::Failed { problem }, ReleaseResult::Failed { why: "cancelled by SIGTERM".into() }),
        ] {
            let record = world.opened(id, (id > 1).then(|| id - 1)).await;
            world.keeper.close(record, closing(ending)).await.unwrap();
            assert_eq!(world.read().await.unwrap().releases[0].result, result);
        }
    });
}

#[test]
fn a_decision_that_is_out_of_date_is_moved_and_lets_the_lock_go() {
    run(async || {
        let world = World::new();
        world.deploy(0).await;
        for seen in [None, Some(7)] {
            let opening = world.opening(sample::approved(1, seen)).await.unwrap();
            assert!(matches!(opening, Opening::Moved), "{seen:?}");
        }
        world.deploy(1).await;
        assert_eq!(world.read().await.unwrap().releases.len(), 2, "nothing was recorded for the moved ones");
    });
}

#[test]
fn a_second_run_waits_says_for_whom_and_decides_again() {
    run(async || {
        let world = World::new();
        let mut first = Some(world.opened(0, None).await);
        let pid = std::process::id();
        let second = keeper(world.place.path()).telling({
            let said = Rc::clone(&world.said);
            move |line| said.borrow_mut().push(line.to_owned())
        });
        // Both decided on the same history, in which the first one's record was open.
        let opening = second.open(sample::approved(1, Some(1)), &world.watch);
        let closing = async {
            world.watch.pause(Duration::from_secs(1)).await;
            world.keeper.close(first.take().unwrap(), closing(Ending::Success)).await.unwrap()
        };
        let (opening, _closed) = tokio::join!(opening, closing);
        assert!(matches!(opening.unwrap(), Opening::Moved));
        assert_eq!(world.said(), [format!("waiting for another deploy: process {pid}, since 2026-05-04T10:00:00Z")]);
    });
}

#[test]
fn waiting_ends_with_a_problem_or_with_the_stop() {
    run(async || {
        let world = World::new();
        let _first = world.opened(0, None).await;

        let problem = world.opening(approved_waiting(Duration::ZERO)).await.unwrap_err();
        assert_eq!((&*problem.code, problem.fault), ("deployment-in-progress", Fault::Refused));
        assert!(problem.to_string().contains(&format!("process {}", std::process::id())), "{problem}");

        let (switch, watch) = Watch::new();
        let stopped = async {
            tokio::task::yield_now().await;
            switch.stop(Stop::Interrupt);
        };
        let (opening, ()) = tokio::join!(world.keeper.open(approved_waiting(Duration::from_mins(10)), &watch), stopped);
        assert_eq!(opening.unwrap_err(), Stop::Interrupt.problem());
    });
}

#[test]
fn a_record_that_a_dead_run_left_open_is_closed_and_told() {
    run(async || {
        let world = World::new();
        drop(world.opened(0, None).await);

        let record = world.opened(1, Some(1)).await;
        assert_eq!(record.id(), 2);
        let left = "version 1.0.0 (record 1) was left open by a run that ended";
        assert_eq!(world.said(), [format!("{left}; it is closed as abandoned")]);
        let history = world.read().await.unwrap();
        assert_eq!(history.releases[1].result, ReleaseResult::Abandoned);
        assert_eq!(history.notes, [left]);

        world.keeper.close(record, closing(Ending::Success)).await.unwrap();
        assert!(world.read().await.unwrap().notes.is_empty());
    });
}

#[test]
fn a_torn_last_line_is_set_aside_and_cut_by_the_next_deploy() {
    run(async || {
        let world = World::new();
        world.deploy(0).await;
        let whole = fs::read_to_string(world.history_file()).unwrap();
        fs::write(world.history_file(), whole.clone() + "{\"schema\":1,\"id\":2,\"eve").unwrap();

        let history = world.read().await.unwrap();
        assert_eq!(history.releases.len(), 1);
        insta::assert_snapshot!(history.notes.join("\n"), @"the history's last line is not whole (23 bytes) and was set aside: a run ended while writing it");
        assert!(fs::read_to_string(world.history_file()).unwrap().ends_with("eve"), "reading writes nothing");

        world.deploy(1).await;
        assert!(fs::read_to_string(world.history_file()).unwrap().starts_with(&whole));
        let history = world.read().await.unwrap();
        assert_eq!((history.releases.len(), history.notes.len()), (2, 0));
    });
}

#[test]
fn an_unreadable_history_is_neither_empty_nor_written_to() {
    run(async || {
        let world = World::new();
        world.deploy(0).await;
        let text = "not a record\n".to_owned() + &fs::read_to_string(world.history_file()).unwrap();
        fs::write(world.history_file(), &text).unwrap();

        let problem = world.read().await.unwrap_err();
        insta::assert_snapshot!(problem, @"integrations/.airlock/dev/history.jsonl:1: the release history cannot be read: it is no record: expected ident at line 1 column 2");
        assert_eq!(world.opening(sample::approved(1, Some(1))).await.unwrap_err(), problem);
        assert_eq!(world.keeper.adopt(sample::adoption(), None, &world.watch).await.unwrap_err(), problem);
        assert_eq!(fs::read_to_string(world.history_file()).unwrap(), text);
    });
}

#[test]
fn what_is_live_is_adopted_once() {
    run(async || {
        let world = World::new();
        let place = Some("dep1".to_owned());
        let release = world.keeper.adopt(sample::adoption(), place.clone(), &world.watch).await.unwrap();
        assert!(release.succeeded() && release.platform_ref == place);
        assert_eq!(world.read().await.unwrap().releases, [release]);
        let again = world.keeper.adopt(sample::adoption(), None, &world.watch).await.unwrap_err();
        assert_eq!(again.code, "already-recorded");
    });
}

#[test]
fn links_planted_in_the_tree_are_refused_and_what_they_lead_to_stays() {
    run(async || {
        for (link, folders) in [
            ("", &[][..]),
            ("dev", &[""]),
            (".gitignore", &[""]),
            ("dev/history.jsonl", &["", "dev"]),
            ("dev/lock", &["", "dev"]),
        ] {
            let world = World::new();
            let elsewhere = tempfile::tempdir().unwrap();
            let target = elsewhere.path().join("target");
            if matches!(link, "" | "dev") {
                fs::create_dir(&target).unwrap();
            } else {
                fs::write(&target, "mine").unwrap();
            }
            for folder in folders {
                fs::create_dir(world.path(folder)).unwrap();
            }
            symlink(
                &target,
                world.place.path().join("integrations").join(format!(".airlock/{link}").trim_end_matches('/')),
            )
            .unwrap();

            let problem = world.opening(sample::approved(0, None)).await.unwrap_err();
            assert_eq!(problem.code, "path-outside", "{link}: {problem}");
            if !matches!(link, ".gitignore" | "dev/lock") {
                assert_eq!(world.read().await.unwrap_err().code, "path-outside", "{link}");
            }
            let left = fs::read_to_string(&target).unwrap_or_default();
            assert!(left == "mine" || fs::read_dir(&target).unwrap().next().is_none(), "{link}");
        }
    });
}

#[test]
fn a_project_behind_a_link_is_refused() {
    run(async || {
        let world = World::new();
        fs::remove_dir(world.place.path().join("integrations")).unwrap();
        symlink("/etc", world.place.path().join("integrations")).unwrap();
        assert_eq!(world.read().await.unwrap_err().code, "path-outside");
    });
}

#[test]
fn reviews_are_remembered_newest_first_and_heal_alike() {
    run(async || {
        let world = World::new();
        let project = sample::lane().project;
        let review = |number: u64| PullReview {
            label: format!("#{number}"),
            title: "a \"title\"\nof two lines".into(),
            base: sample::commit(0),
            head: sample::commit(number),
            at: at(),
        };
        assert!(world.keeper.reviews(&project).unwrap().is_empty());
        world.keeper.remember(&project, &review(1), &world.watch).await.unwrap();
        let file = world.path("reviews.jsonl");
        fs::write(&file, fs::read_to_string(&file).unwrap() + "{\"sch").unwrap();
        assert_eq!(world.keeper.reviews(&project).unwrap(), [review(1)]);
        world.keeper.remember(&project, &review(2), &world.watch).await.unwrap();
        assert_eq!(world.keeper.reviews(&project).unwrap(), [review(2), review(1)]);

        fs::write(&file, "{\"schema\":2}\n").unwrap();
        assert_eq!(world.keeper.reviews(&project).unwrap_err().code, "history-unreadable");
        assert!(world.keeper.remember(&project, &review(3), &world.watch).await.is_err());
    });
}

#[test]
fn a_release_whose_record_was_removed_under_it_is_not_called_recorded() {
    run(async || {
        let world = World::new();
        let first = world.opened(0, None).await;
        fs::remove_dir_all(world.path("")).unwrap();
        world.deploy(0).await;
        let problem = world.keeper.close(first, closing(Ending::Success)).await.unwrap_err();
        assert_eq!(problem.code, "history-unwritable");
        assert_eq!(world.read().await.unwrap().releases.len(), 1);
    });
}

#[tokio::test]
async fn secrets_are_not_recorded() {
    let mut world = World::new();
    world.keeper = keeper(world.place.path()).hiding(|text| text.replace("s3cr3t-t0ken", "***"));
    let record = world.opened(1, None).await;
    let problem = Problem::new("torn", Fault::Platform, "the answer was s3cr3t-t0ken").cause("of \"s3cr3t-t0ken\"");
    let at = "2026-05-04T10:01:00Z".parse().unwrap();
    let closing = Closing { ending: Ending::Failed { problem }, platform_ref: Some("s3cr3t-t0ken".into()), at };
    world.keeper.close(record, closing).await.unwrap();
    let stored = fs::read_to_string(world.history_file()).unwrap();
    assert!(stored.contains("***") && !stored.contains("s3cr3t"), "{stored}");
    let history = world.read().await.unwrap();
    assert_eq!((history.releases.len(), history.releases[0].platform_ref.as_deref()), (1, Some("***")));
}
