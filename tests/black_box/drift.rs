//! A look at what runs: it is what was recorded, or something else, or it cannot be read.

use crate::world::World;

#[test]
fn where_nothing_was_released_there_is_no_drift() {
    let world = World::small();
    world.play("schedule").says(0, &["nothing was ever released there"]);
    world.play("push").says(0, &[]);
    world.play("schedule").says(0, &["What runs is what was recorded", "1.0.0-dev.1"]);
    // What is committed and not yet deployed is no drift either.
    world.add_sync("more");
    world.play("schedule").says(0, &["What runs is what was recorded"]);
}

#[test]
fn what_runs_without_a_release_is_told() {
    let world = World::small();
    world.play("push").says(0, &[]);
    world.remove(".airlock/dev/history.jsonl");
    world.play("schedule").says(5, &["live-unrecorded", "adopt"]);
}

#[test]
fn another_state_than_the_recorded_one_is_drift_until_it_is_deployed_over() {
    let world = World::small();
    world.play("push").says(0, &[]);
    let recorded = std::fs::read(world.path(".airlock/dev/history.jsonl")).unwrap();
    world.add_sync("by-hand");
    world.play("push").says(0, &[]);
    std::fs::write(world.path(".airlock/dev/history.jsonl"), recorded).unwrap();

    world.play("schedule").says(0, &["What runs is not what was recorded: 1 difference", "github/by-hand"]);
    let report = world.play("schedule --json").json();
    assert_eq!(report["verdict"]["word"], "planned");
    let lost = &report["projects"]["nango"]["lanes"]["dev"]["plan"]["is"]["destructive"];
    assert_eq!((lost.as_array().map(Vec::len), &lost[0]["id"]), (Some(1), &"github/by-hand".into()));

    world.play("push").says(0, &["dev now runs 1.0.0-dev.2"]);
    world.play("schedule").says(0, &["What runs is what was recorded"]);
}

#[test]
fn what_was_tampered_with_is_unreadable_and_never_green() {
    let files = ["live/artefact/index.ts", "live/manifest.json", "live/seal.json", "history.jsonl"];
    for file in files {
        let world = World::small();
        world.play("push").says(0, &[]);
        let path = world.path(".airlock/dev").join(file);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, whole.replacen("github", "gitlab", 1).replacen("\"schema\"", "\"schemer\"", 1)).unwrap();
        world.add_sync("more");

        let code = if file == "history.jsonl" { "history-unreadable" } else { "live-unreadable" };
        let looked = world.play("schedule");
        assert!(matches!(looked.code, 5 | 6) && looked.stdout.contains(code), "{file}: {}", looked.all());
        let pushed = world.play("push");
        assert!(matches!(pushed.code, 4..=6) && pushed.stdout.contains("cannot be read"), "{file}: {}", pushed.all());

        std::fs::write(&path, whole).unwrap();
        world.play("push").says(0, &["dev now runs"]);
    }
}
