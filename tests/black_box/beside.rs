//! Runs beside each other: who waits, who deploys, who comes too late.

use std::fs::File;

use crate::background::Run;
use crate::world::World;

/// The lock of an environment, as another run holds it.
fn locked(world: &World) -> File {
    std::fs::create_dir_all(world.path(".airlock/dev")).unwrap();
    let lock = File::options().create(true).append(true).open(world.path(".airlock/dev/lock")).unwrap();
    lock.lock().unwrap();
    lock
}

#[test]
fn a_signal_ends_a_run_that_waits_for_another() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let world = World::small();
        let lock = locked(&world);
        let run = Run::start(&world, "push");
        run.says("waiting for another deploy");
        run.signal(signal);
        assert_eq!(run.ends(), Some(code));
        assert!(world.told("dev").is_empty() && !world.path(".airlock/dev/live").exists());
        drop(lock);
        world.play("push").says(0, &["1.0.0-dev.1"]);
    }
}

#[test]
fn of_two_runs_of_one_commit_one_deploys() {
    let world = World::small();
    let lock = locked(&world);
    let runs = [Run::start(&world, "push"), Run::start(&world, "push")];
    runs.iter().for_each(|run| run.says("waiting for another deploy"));
    drop(lock);
    assert_eq!(runs.map(Run::ends), [Some(0), Some(0)]);
    assert_eq!(world.told("dev"), ["1.0.0-dev.1 success"]);
}

#[test]
fn of_two_runs_of_two_commits_the_newer_stays() {
    let world = World::small();
    let lock = locked(&world);
    let older = Run::start(&world, "push");
    older.says("waiting for another deploy");
    world.add_sync("more");
    let newer = Run::start(&world, "push");
    newer.says("waiting for another deploy");
    drop(lock);
    assert_eq!((older.ends(), newer.ends()), (Some(0), Some(0)));
    let newest = &world.releases("dev")[0];
    assert_eq!(newest["commit"], world.git(&["rev-parse", "HEAD"]).as_str());
    assert!(world.told("dev").iter().all(|told| told.ends_with("success")), "{:?}", world.told("dev"));
    world.play("push").says(0, &["already"]);
}

/// The older run sleeps through the newer one's release: what it knew is out of date when it gets the lock.
#[test]
fn a_run_that_waited_behind_a_newer_release_is_superseded() {
    let world = World::small();
    world.play("push").says(0, &[]);
    world.write("README.md", "older");
    world.replace("github/syncs/issues.ts", "every hour", "every 5m");
    world.commit("The older");
    let lock = locked(&world);
    let older = Run::start(&world, "push");
    older.says("waiting for another deploy");
    older.signal("-STOP");
    drop(lock);
    world.add_sync("newer");
    world.play("push").says(0, &["dev now runs"]);
    let told = world.told("dev");
    older.signal("-CONT");
    assert_eq!(older.ends(), Some(0));
    assert_eq!(world.told("dev"), told, "the older run released over the newer");
    world.play("push").says(0, &["already"]);
}
