//! The example project with its own CLI from npm. It compiles many times, so it is played only when `AIRLOCK_REAL_CLI` is set.

use std::process::{Command, Stdio};

use super::world::Place;
use crate::world::{World, clean};

/// The integrations of the example.
const INTEGRATIONS: [&str; 3] = ["github", "hubspot", "slack"];

/// The example, deployed nowhere yet; `None`, and said, where the test is not meant to run.
#[expect(clippy::disallowed_macros, reason = "a test that does not run says so")]
fn place(test: &str) -> Option<Place> {
    if std::env::var_os("AIRLOCK_REAL_CLI").is_none() {
        eprintln!("SKIPPED: {test}: AIRLOCK_REAL_CLI is not set, so the real CLI was not run");
        return None;
    }
    if clean("npm").arg("--version").output().is_err() {
        eprintln!("SKIPPED: {test}: npm is not here, so the real CLI was not run");
        return None;
    }
    Some(Place::of(World::example(), &INTEGRATIONS))
}

#[test]
fn the_example_is_reviewed_pushed_promoted_destroyed_with_consent_rolled_back_and_watched() {
    let Some(place) = place("the example's story") else { return };
    let prod = "dispatch --environment prod --allow-destructive";
    let world = &place.world;

    world.git(&["switch", "-q", "-c", "feature"]);
    world.replace("github/syncs/issues.ts", "frequency: 'every 1h'", "frequency: 'every day'");
    world.commit("Read issues less often");
    place.simulate("pull-request").says(0, &["github/issues"]);
    assert_eq!(place.nango.count("POST /sync/deploy"), 0);
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "Merge the feature", "feature"]);

    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    assert_eq!(place.nango.running("dev").len(), 9);
    place.simulate(&format!("{prod} false")).says(0, &["1.0.0"]);
    assert_eq!(place.nango.running("prod"), place.nango.running("dev"));
    {
        let state = place.nango.state();
        assert!(state.deploys[0] == state.deploys[1], "a copy of the commit compiles to the very bytes");
    }

    world.replace("index.ts", "import './github/syncs/old-issues.js';\n", "");
    world.git(&["rm", "-q", "--", "*old-issues*"]);
    world.commit("Remove the old issues");
    place.simulate("push").says(4, &["destructive-without-consent", "github/old-issues"]);
    let consent = "--allow-destructive true --consent github/old-issues";
    place.simulate(&format!("dispatch --environment dev {consent}")).says(0, &["2.0.0-dev.2"]);
    place.simulate(&format!("dispatch --environment prod {consent}")).says(0, &["2.0.0"]);
    assert!(!place.nango.running("prod").iter().any(|line| line.contains("old-issues")));
    place.simulate(&format!("{prod} false --mode rollback --version 1.0.0")).says(0, &["1.0.0"]);
    assert!(place.nango.running("prod").iter().any(|line| line.contains("old-issues")));

    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    place.nango.environment("prod", |environment| environment.functions.truncate(1));
    place.simulate("schedule").says(0, &["What runs is not what was recorded"]);
}

/// Both deploy the same project to environments of one Nango: the requests are the same, byte for byte.
#[test]
fn the_real_cli_sends_what_we_send() {
    let Some(place) = place("the CLI's request") else { return };
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    let ran = Command::new(place.world.path("node_modules/.bin/nango"))
        .args(["deploy", "prod", "--no-interactive", "--auto-confirm"])
        .current_dir(place.world.root())
        .env("CI", "true")
        .env("NANGO_CLI_TELEMETRY", "false")
        .env("NANGO_CLI_DEPENDENCY_UPDATE", "false")
        .env("NANGO_HOSTPORT", place.nango.url())
        .env("NANGO_SECRET_KEY_PROD", place.keys().1)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    let state = place.nango.state();
    assert_eq!(state.deploys.len(), 2);
    assert_eq!(String::from_utf8_lossy(&state.deploys[0]), String::from_utf8_lossy(&state.deploys[1]));
    drop(state);
    assert_eq!(place.nango.running("prod"), place.nango.running("dev"));
}
