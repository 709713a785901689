//! What is live without a history is recorded as it is, and then life goes on.

use crate::world::World;

/// A project of two syncs that runs in dev and has lost its history.
fn forgotten() -> World {
    let world = World::small();
    world.add_sync("old");
    world.play("push").says(0, &[]);
    world.remove(".airlock/dev/history.jsonl");
    world
}

#[test]
fn what_is_live_is_adopted_and_then_released_over() {
    let world = forgotten();
    world.play("dispatch --environment dev --mode adopt").says(0, &["recorded as 1.0.0-dev.1", "nothing was changed"]);
    assert_eq!(world.releases("dev")[0]["kind"], "adopt");
    world.play("push").says(0, &["already"]);
    world.play("dispatch --environment prod --allow-destructive false").says(0, &["prod now runs 1.0.0"]);

    world.add_sync("more");
    world.play("push").says(0, &["1.1.0-dev.2"]);
    world
        .play("dispatch --environment dev --mode rollback --allow-destructive true --consent github/more")
        .says(0, &[]);
    assert_eq!(world.told("dev"), ["1.0.0-dev.1 success", "1.1.0-dev.2 success", "1.0.0-dev.1 success"]);
}

#[test]
fn adopting_needs_something_live_and_no_release() {
    let world = World::small();
    world.play("dispatch --environment dev --mode adopt").says(4, &["basis-unreadable"]);
    world.play("push").says(0, &[]);
    world.play("dispatch --environment dev --mode adopt").says(4, &["history-not-empty", "1.0.0-dev.1"]);
    assert_eq!(world.told("dev"), ["1.0.0-dev.1 success"]);
}

#[test]
fn a_removal_is_refused_though_no_release_is_known() {
    let world = forgotten();
    world.replace("index.ts", "import './github/syncs/old.js';\n", "");
    world.remove("github/syncs/old.ts");
    world.commit("Remove a sync");
    world.play("push").says(4, &["destructive-without-consent", "github/old"]);
    assert!(!world.path(".airlock/dev/history.jsonl").exists(), "nothing was recorded");
}

#[test]
fn a_dry_run_of_an_adoption_records_nothing() {
    let world = forgotten();
    world.play("dispatch --environment dev --mode adopt --dry-run true").says(0, &["dry run"]);
    assert!(!world.path(".airlock/dev/history.jsonl").exists());
}
