//! The half of a fork's pull request that may write: what it says is computed here, and a fork that lies changes nothing
//! but the counts that are told as its own.

use serde_json::{Value, json};

use super::scene::{Ground, Scene, zipped};
use crate::names::CommitSha;
use crate::tests::github::{Fault, SIGNATURE, TokenFact, World};

const FORK: &str = "mallory/shop";

/// The run 41, as the event tells it.
fn run_of(head: &CommitSha, home: &Value) -> Value {
    json!({
        "id": 41, "event": "pull_request", "head_sha": head, "head_branch": "change", "conclusion": "success",
        "path": ".github/workflows/airlock.yml", "head_repository": home, "pull_requests": [],
    })
}

fn fork() -> Value {
    json!({ "full_name": FORK })
}

fn counts(commit: &CommitSha, passed: u64, failed: u64) -> String {
    let tests = json!({ "passed": passed, "failed": failed, "skipped": 0 });
    json!({ "schema": 1, "commit": commit, "tests": tests }).to_string()
}

/// The one comment on #7 without its hidden line and without the notes, and the notes.
fn comment(scene: &Scene) -> (String, Vec<String>) {
    let state = scene.world.state();
    let [comment] = state.comments.as_slice() else { panic!("{:#?}", state.comments) };
    assert_eq!((comment.issue, comment.author.as_str()), (7, World::LOGIN));
    let lines: Vec<&str> = comment.body.lines().skip(1).collect();
    let (notes, rest): (Vec<&str>, Vec<&str>) = lines.into_iter().partition(|line| line.contains('ℹ'));
    let rest: Vec<&str> = rest.into_iter().filter(|line| !line.is_empty()).collect();
    (rest.join("\n"), notes.into_iter().map(str::to_owned).collect())
}

async fn relayed(ground: &Ground, archive: Option<Vec<u8>>) -> (Scene, super::scene::Told) {
    let mut scene = Scene::new(ground).await;
    scene.open_pull(ground, 1, 2, FORK, "mallory");
    if let Some(archive) = archive {
        scene.world.add_artifact(41, "airlock-tests", archive).await;
    }
    let told = scene.relay(ground, 1, run_of(ground.commit(2), &fork())).await;
    (scene, told)
}

#[tokio::test]
async fn a_fork_that_lies_in_its_artifact_changes_nothing_but_the_counts_told_as_its_own() {
    let ground = Ground::new();
    let head = ground.commit(2);
    let (scene, told) = relayed(&ground, None).await;
    assert_eq!(told.code, 0, "{}", told.all());
    let (honest, notes) = comment(&scene);
    assert!(honest.contains("refunds") && notes.is_empty(), "{honest}\n{notes:?}");
    let file = "airlock-tests.json";
    let plan = br#"{"plan": "removes nothing", "pull": 8, "decision": "deployed"}"#;
    let good = counts(head, 12, 1);
    for (name, archive, says) in [
        ("counts", zipped(&[(file, good.as_bytes())]), "claims 12 passed, 1 failed, 0 skipped tests"),
        ("counts of no run", zipped(&[(file, counts(head, u64::MAX, 0).as_bytes())]), "claims 18446744073709551615"),
        (
            "a plan beside them",
            zipped(&[("airlock-report.json", plan), (file, good.as_bytes()), ("pull", b"8")]),
            "claims 12 passed",
        ),
        ("a plan in their place", zipped(&[(file, plan)]), "not what Airlock writes"),
        (
            "another pull request",
            zipped(&[(file, good.replace("\"schema\"", "\"pull\":8,\"schema\"").as_bytes())]),
            "not what Airlock writes",
        ),
        ("another commit", zipped(&[(file, counts(ground.commit(3), 12, 1).as_bytes())]), "of another commit"),
        ("words", zipped(&[(file, b"{\"schema\":1,\"tests\":\"@everyone all is well\"}")]), "not what Airlock writes"),
        ("another place", zipped(&[("../../airlock-tests.json", good.as_bytes())]), "no `airlock-tests.json` is in it"),
        ("a bomb", zipped(&[(file, &vec![b' '; 4 * 1024 * 1024])]), "larger than 4096 bytes"),
        ("a giant", vec![0; 200_000], "65536 is the most"),
        ("no archive", b"{\"passed\": 12}".to_vec(), "it is no zip archive"),
    ] {
        let (scene, told) = relayed(&ground, Some(archive)).await;
        assert_eq!(told.code, 0, "{name}: {}", told.all());
        let (said, notes) = comment(&scene);
        assert_eq!(said, honest, "{name}");
        assert!(notes.len() == 1 && notes[0].replace("&#8203;", "").contains(says), "{name}: {notes:?}");
        assert!(!notes[0].contains("everyone"), "{name}: {notes:?}");
        assert_eq!(told.output("tests-passed"), "0", "{name}: a claim is no result of ours");
        assert!(scene.world.state().checks.is_empty() && scene.world.state().deployments.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn an_archive_that_is_smaller_by_githubs_count_is_cut_off_all_the_same() {
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    scene.open_pull(&ground, 1, 2, FORK, "mallory");
    scene.world.add_artifact(41, "airlock-tests", vec![0; 200_000]).await;
    scene.world.state().artifacts[0].size = 200;
    scene.relay(&ground, 1, run_of(ground.commit(2), &fork())).await;
    assert!(comment(&scene).1[0].contains("larger than 65536 bytes"), "{:?}", comment(&scene).1);
}

#[tokio::test]
async fn what_the_run_did_not_leave_or_may_not_be_read_is_said_and_the_comment_is_there() {
    let ground = Ground::new();
    let archive = || zipped(&[("airlock-tests.json", counts(ground.commit(2), 1, 0).as_bytes())]);
    for (name, says) in [("expired", "GitHub has deleted it since"), ("forbidden", "actions: read"), ("storage", "503")]
    {
        let mut scene = Scene::new(&ground).await;
        scene.open_pull(&ground, 1, 2, FORK, "mallory");
        scene.world.add_artifact(41, "airlock-tests", archive()).await;
        match name {
            "expired" => scene.world.state().artifacts[0].expired = true,
            "forbidden" => scene.world.add_token(World::TOKEN, TokenFact::job().with("actions", "none")),
            _ => (0..3).for_each(|_| scene.world.fail("storage", "", Fault::Status(503))),
        }
        let told = scene.relay(&ground, 1, run_of(ground.commit(2), &fork())).await;
        let (said, notes) = comment(&scene);
        assert!(said.contains("refunds") && notes.iter().any(|note| note.contains(says)), "{name}: {notes:?}");
        assert!(!told.all().contains(SIGNATURE), "{name}: the address of the archive is a key");
    }
}

#[tokio::test]
async fn of_several_attempts_the_newest_counts() {
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    scene.open_pull(&ground, 1, 2, FORK, "mallory");
    for passed in [1, 2] {
        let archive = zipped(&[("airlock-tests.json", counts(ground.commit(2), passed, 0).as_bytes())]);
        scene.world.add_artifact(41, "airlock-tests", archive).await;
    }
    scene.relay(&ground, 1, run_of(ground.commit(2), &fork())).await;
    assert!(comment(&scene).1[0].contains("claims 2 passed"), "{:?}", comment(&scene).1);
}

#[tokio::test]
async fn dependabots_pull_request_is_relayed_though_it_is_of_this_repository() {
    let ground = Ground::new();
    for (author, comments) in [("dependabot[bot]", 1), ("ana", 0)] {
        let mut scene = Scene::new(&ground).await;
        scene.open_pull(&ground, 1, 2, "acme/shop", author);
        let told = scene.relay(&ground, 1, run_of(ground.commit(2), &json!({ "full_name": "acme/shop" }))).await;
        assert_eq!((told.code, scene.world.state().comments.len()), (0, comments), "{author}: {}", told.all());
    }
}

#[tokio::test]
async fn where_nothing_can_be_said_for_certain_nothing_is_said() {
    let ground = Ground::new();
    let run = |home: &Value| run_of(ground.commit(2), home);
    let other_event = {
        let mut run = run(&fork());
        run["event"] = json!("push");
        run
    };
    for (name, home, head, run, says) in [
        ("the head has moved", FORK, 3, run(&fork()), "has moved from"),
        ("the fork was deleted", FORK, 2, run(&Value::Null), "the fork was deleted"),
        ("another fork has that branch", "eve/shop", 2, run(&fork()), "no open pull request comes from"),
        ("no pull request", FORK, 2, other_event, "was of no pull request"),
    ] {
        let mut scene = Scene::new(&ground).await;
        scene.open_pull(&ground, 1, head, home, "mallory");
        let told = scene.relay(&ground, 1, run).await;
        assert_eq!(told.code, 0, "{name}: {}", told.all());
        assert!(scene.world.state().comments.is_empty() && told.summary.contains(says), "{name}: {}", told.summary);
    }
}

#[tokio::test]
async fn a_head_that_moves_while_the_comment_is_made_gets_none() {
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    scene.open_pull(&ground, 1, 2, FORK, "mallory");
    // What the list of pull requests still says is no longer true of the pull request itself.
    scene.world.state().moves = Some((7, ground.commit(3).clone()));
    let told = scene.relay(&ground, 1, run_of(ground.commit(2), &fork())).await;
    assert!(scene.world.state().comments.is_empty() && told.summary.contains("has gone on to"), "{}", told.all());
}

#[tokio::test]
async fn the_numbers_that_a_run_claims_find_no_pull_request() {
    let ground = Ground::new();
    let mut scene = Scene::new(&ground).await;
    scene.open_pull(&ground, 1, 2, FORK, "mallory");
    scene.world.open_pull(8, ground.commit(1), ground.commit(3));
    let mut run = run_of(ground.commit(2), &fork());
    run["pull_requests"] = json!([{ "number": 8, "head": { "sha": ground.commit(3) } }]);
    run["display_title"] = json!("#8");
    scene.relay(&ground, 1, run).await;
    comment(&scene);
}
