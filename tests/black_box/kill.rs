//! `kill -9` at the moments of a deploy: the old state or the new one is there, never half of either, and the next run
//! makes it good.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::background::{LONG, Run};
use crate::world::World;

/// An environment's folder, as somebody sees it who only looks.
struct Eye<'a>(&'a Path);

impl Eye<'_> {
    fn history(&self) -> String {
        fs::read_to_string(self.0.join("history.jsonl")).unwrap_or_default()
    }

    fn has_open_record(&self) -> bool {
        let text = self.history();
        text.matches("\"opened\",").count() > text.matches("\"closed\",").count()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(read) = fs::read_dir(self.0.join(folder)) else { return Vec::new() };
        read.map_while(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The live release's folder and the commit on its seal.
    fn live(&self) -> (String, String) {
        let link = fs::read_link(self.0.join("live")).unwrap();
        let seal = fs::read(self.0.join("live/seal.json")).unwrap();
        let seal: Value = serde_json::from_slice(&seal).unwrap();
        (link.to_string_lossy().into_owned(), seal["commit"].as_str().unwrap().to_owned())
    }
}

/// What is true as soon as a moment of a deploy has come; the second word is the live link before.
type Moment = fn(&Eye<'_>, &str) -> bool;

const MOMENTS: [Moment; 5] = [
    |eye, _| eye.has_open_record(),
    |eye, _| eye.names("releases").iter().any(|name| name.contains(".tmp-")),
    |eye, live| eye.has_open_record() && eye.names("releases").iter().any(|name| newer(name, live)),
    |eye, live| eye.live().0 != live,
    |eye, live| eye.live().0 != live && !eye.has_open_record(),
];

/// Whether a release's folder was given its name after the live one.
fn newer(name: &str, live: &str) -> bool {
    let live = live.rsplit('/').next().and_then(|name| name.parse::<u64>().ok());
    name.parse::<u64>().ok() > live
}

/// Starts the command, kills it as soon as `now` says so, and looks at what is left.
fn killed(world: &World, environment: &str, words: &str, mut now: impl FnMut(&Eye<'_>, &str) -> bool) {
    let folder = world.path(&format!(".airlock/{environment}"));
    let eye = Eye(&folder);
    let (before, old) = eye.live();
    let new = world.git(&["rev-parse", "HEAD"]);
    let mut run = Run::start(world, words);
    while run.is_running() && !now(&eye, &before) {}
    // On a busy machine it may have been faster than the time that it was given.
    if run.is_running() {
        run.signal("-KILL");
    }
    run.ends();

    let (_, live) = eye.live();
    assert!(live == old || live == new, "{live} is neither the old commit nor the new one");
    let newest = &world.releases(environment)[0];
    if newest["commit"] == new.as_str() && newest["result"] == "success" {
        assert_eq!(live, new, "a success is recorded, and something else is live");
    }
}

/// The next run finds what is live whole, ends well, and everything says so: the folder, the history, a look for drift, one run more.
fn healed(world: &World, environment: &str, words: &str) {
    world.play(words).says(0, &[environment]);
    let folder = world.path(&format!(".airlock/{environment}"));
    let eye = Eye(&folder);
    assert_eq!(eye.live().1, world.git(&["rev-parse", "HEAD"]));
    let left = [eye.names("."), eye.names("releases")].concat();
    assert!(!left.iter().any(|name| name.contains(".tmp-")), "{left:?}");
    let newest = &world.releases(environment)[0];
    assert_eq!((&newest["result"], newest["commit"].as_str()), (&"success".into(), Some(eye.live().1.as_str())));
    assert!(!eye.has_open_record(), "{}", eye.history());
}

#[test]
fn a_push_that_is_killed_at_a_step_leaves_the_old_state_or_the_new() {
    let world = World::small();
    world.play("push").says(0, &[]);
    for (number, moment) in MOMENTS.into_iter().enumerate() {
        world.add_sync(&format!("sync-{number}"));
        killed(&world, "dev", "push", moment);
        healed(&world, "dev", "push");
    }
    world.play("push").says(0, &["already"]);
    world.play("schedule").says(0, &["What runs is what was recorded"]);
}

#[test]
fn a_promotion_that_is_killed_at_a_step_leaves_the_old_state_or_the_new() {
    let prod = "dispatch --environment prod --allow-destructive false";
    let world = World::small();
    world.play("push").says(0, &[]);
    world.play(prod).says(0, &[]);
    for (number, moment) in MOMENTS.into_iter().enumerate().skip(1).step_by(2) {
        world.add_sync(&format!("sync-{number}"));
        world.play("push").says(0, &[]);
        killed(&world, "prod", prod, moment);
        healed(&world, "prod", prod);
    }
    world.play(prod).says(0, &["already"]);
}

#[test]
fn a_push_that_is_killed_at_any_time_leaves_the_old_state_or_the_new() {
    let world = World::small();
    world.play("push").says(0, &[]);
    let start = Instant::now();
    world.add_sync("first");
    world.play("push").says(0, &[]);
    let whole = start.elapsed();
    for part in 1..6 {
        world.add_sync(&format!("sync-{part}"));
        let (start, wait) = (Instant::now(), whole * part / 6);
        killed(&world, "dev", "push", |_, _| start.elapsed() >= wait);
    }
    healed(&world, "dev", "push");
}

/// The record that a killed run leaves open is closed as what it was, and its lock keeps nobody out.
#[test]
fn a_run_that_was_killed_with_its_record_open_is_healed_by_the_next() {
    let world = World::small();
    // Enough files that the record is open for a while.
    world.add_syncs(&(0..150).map(|number| format!("sync-{number}")).collect::<Vec<_>>());
    let folder = world.path(".airlock/dev");
    let eye = Eye(&folder);
    for round in 0..20 {
        let mut run = Run::start(&world, "push");
        let start = Instant::now();
        while run.is_running() && !eye.has_open_record() {
            assert!(start.elapsed() < LONG, "the run neither opened a record nor ended");
            std::thread::sleep(Duration::from_micros(100));
        }
        run.signal("-KILL");
        assert_eq!(run.ends(), None);
        if eye.has_open_record() {
            break;
        }
        assert!(round < 19, "no run could be killed while its record was open");
        world.write("README.md", &round.to_string());
        world.commit("Something else");
    }
    assert!(world.told("dev")[0].ends_with(" open"), "{:?}", world.told("dev"));
    world.play("push").complains(0, &["abandoned", "dev now runs"]);
    let told = world.told("dev");
    assert!(told[0].ends_with(" success") && told[1].ends_with(" abandoned"), "{told:?}");
    world.play("push").says(0, &["already"]);
    world.play("schedule").says(0, &["What runs is what was recorded"]);
}
