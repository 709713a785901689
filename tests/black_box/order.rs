//! Which commit may follow which: older pushes, hotfixes, promotions from a shallow clone.

use crate::world::World;

const PROD: &str = "dispatch --environment prod --allow-destructive false";

#[test]
fn a_push_of_an_older_commit_is_superseded() {
    let world = World::small();
    world.play("push").says(0, &[]);
    world.add_sync("more");
    world.play("push").says(0, &["1.0.0-dev.2"]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.play("push").says(0, &["1.0.0-dev.2, which is newer: nothing left to do"]);
    let verdict = &world.play("push --json").says(0, &[]).json()["verdict"];
    assert_eq!(verdict["word"], "superseded");
    assert_eq!(world.told("dev"), ["1.0.0-dev.2 success", "1.0.0-dev.1 success"]);
    // By hand it is refused: nobody gets less than what was asked for, and a green run.
    world
        .play("dispatch --environment dev --allow-destructive true --consent github/more")
        .says(4, &["older-than-live"]);
}

#[test]
fn a_hotfix_goes_past_promotion_and_is_not_undone_unseen() {
    let world = World::small();
    world.play("push").says(0, &[]);
    world.play(PROD).says(0, &["prod now runs 1.0.0"]);
    world.git(&["branch", "hotfix/late"]);
    world.add_sync("next");
    world.play("push").says(0, &[]);

    world.git(&["switch", "-q", "hotfix/late"]);
    world.replace("github/syncs/issues.ts", "every hour", "every 5m");
    world.commit("Read more often");
    world.play(PROD).says(4, &["ref-not-allowed"]);
    world.play(&format!("{PROD} --hotfix late")).says(0, &["prod now runs 1.1.0", "hotfix: late"]);

    world.git(&["switch", "-q", "main"]);
    world.play(PROD).says(4, &["warning-unresolved", "would undo a hotfix", "late"]);
    world.git(&["merge", "-q", "-m", "Merge the hotfix", "hotfix/late"]);
    world.play("push").says(0, &[]);
    world.play(PROD).says(0, &["prod now runs 1.1.1", "github/next"]);
}

#[test]
fn a_hotfix_from_elsewhere_is_refused() {
    let world = World::small();
    world.git(&["branch", "hotfix/early"]);
    world.play("push").says(0, &[]);
    world.play(PROD).says(0, &[]);
    world.git(&["switch", "-q", "-c", "feature"]);
    world.replace("github/syncs/issues.ts", "every hour", "every 5m");
    world.commit("Read more often");
    world.play(&format!("{PROD} --hotfix late")).says(4, &["ref-not-allowed"]);
    world.git(&["switch", "-q", "main"]);
    world.add_sync("more");
    world.play("push").says(0, &[]);
    world.play(PROD).says(0, &[]);
    // This branch does not contain what runs by now.
    world.git(&["switch", "-q", "hotfix/early"]);
    world.play(&format!("{PROD} --hotfix late")).says(4, &["older-than-live"]);
}

#[test]
fn a_promotion_in_a_shallow_clone_fetches_the_commit_that_it_needs() {
    let world = World::small();
    world.play("push").says(0, &[]);
    world.add_sync("later");
    let clone = World::shallow_clone_of(&world);
    assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]), "1");
    std::fs::create_dir_all(clone.path(".airlock/dev")).unwrap();
    let history = ".airlock/dev/history.jsonl";
    std::fs::copy(world.path(history), clone.path(history)).unwrap();

    clone.play(PROD).says(0, &["prod now runs 1.0.0", "github/issues"]);
    let promoted = &clone.releases("prod")[0]["commit"];
    assert_eq!(*promoted, world.git(&["rev-parse", "HEAD~1"]).as_str());
}

#[test]
fn a_commit_that_can_no_longer_be_fetched_is_not_guessed() {
    let world = World::small();
    world.play("push").says(0, &[]);
    world.add_sync("later");
    let clone = World::shallow_clone_of(&world);
    clone.git(&["remote", "remove", "origin"]);
    std::fs::create_dir_all(clone.path(".airlock/dev")).unwrap();
    let history = ".airlock/dev/history.jsonl";
    std::fs::copy(world.path(history), clone.path(history)).unwrap();
    let ran = clone.play(PROD);
    assert!(!matches!(ran.code, 0 | 1), "{}", ran.all());
    assert!(!clone.path(".airlock/prod/live").exists());
}
