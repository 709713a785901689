//! The example project with its own CLI from npm. It compiles many times, so it is played only when `AIRLOCK_REAL_CLI` is set.

use std::process::{Command, Stdio};

use super::state::Function;
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
    // What somebody does in the dashboard.
    let drifts = |word: &str, change: &dyn Fn(&mut Function)| {
        let before = place.nango.environment("prod", |environment| environment.functions.clone());
        place.nango.environment("prod", |environment| {
            environment.functions.iter_mut().filter(|each| each.name == "issues").for_each(change);
        });
        place.simulate("schedule").says(0, &["What runs is not what was recorded: 1 difference", word]);
        place.nango.environment("prod", |environment| environment.functions = before);
    };
    drifts("standalone", &|issues| "standalone".clone_into(&mut issues.source));
    drifts("switched off", &|issues| issues.enabled = false);
    drifts("9.9.9", &|issues| "9.9.9".clone_into(&mut issues.version));
    place.nango.environment("prod", |environment| environment.functions.truncate(1));
    place.simulate("schedule").says(0, &["What runs is not what was recorded"]);
}

/// `nango deploy prod …` by the project's own CLI.
fn cli(place: &Place, words: &str) {
    let ran = Command::new(place.world.path("node_modules/.bin/nango"))
        .args(["deploy", "prod", "--no-interactive", "--auto-confirm"])
        .args(words.split_whitespace())
        .current_dir(place.world.root())
        .env("CI", "true")
        .env("NANGO_CLI_TELEMETRY", "false")
        .env("NANGO_CLI_DEPENDENCY_UPDATE", "false")
        .env("NANGO_HOSTPORT", place.nango.url())
        .env("NANGO_SECRET_KEY_PROD", place.keys().1)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{words}: {}", String::from_utf8_lossy(&ran.stdout));
}

/// Our newest deploy, and the CLI's after it; how many there were is counted too.
fn sent(place: &Place, deploys: usize) -> [String; 2] {
    let state = place.nango.state();
    assert_eq!(state.deploys.len(), deploys);
    [2, 1].map(|back| String::from_utf8(state.deploys[deploys - back].clone()).unwrap())
}

/// Both deploy the same project to environments of one Nango: the requests are the same, byte for byte.
#[test]
fn the_real_cli_sends_what_we_send() {
    let Some(place) = place("the CLI's request") else { return };
    let (world, dev) = (&place.world, "dispatch --environment dev --allow-destructive false --test-command none");
    place.simulate("push --test-command none").says(0, &["1.0.0-dev.1"]);
    cli(&place, "");
    let [ours, theirs] = sent(&place, 2);
    assert_eq!(ours, theirs);
    assert!(ours.contains(r#""onEventScriptsByProvider":[{"#), "the example has on-event scripts");
    assert_eq!(place.nango.running("prod"), place.nango.running("dev"));

    // One integration: all but the scripts, which the CLI names, and so switches off those of every other integration.
    world.replace("github/syncs/issues.ts", "frequency: 'every 1h'", "frequency: 'every day'");
    world.replace("github/actions/create-issue.ts", "description: '", "description: 'Now: ");
    world.commit("Change one integration");
    place.simulate(&format!("{dev} --only github")).says(0, &["github of"]);
    cli(&place, "--integration github");
    let [ours, theirs] = sent(&place, 4);
    let from = theirs.find(r#""onEventScriptsByProvider":"#).unwrap();
    let to = theirs.find(r#""deployMode":"#).unwrap();
    assert_eq!(ours, format!("{}{}", &theirs[..from], &theirs[to..]));

    // One sync, and one action.
    world.replace("github/syncs/issues.ts", "frequency: 'every day'", "frequency: 'every 6h'");
    world.replace("github/actions/create-issue.ts", "description: 'Now: ", "description: 'Again: ");
    world.commit("Change two functions");
    for (number, (only, words)) in
        [("github/issues", "--sync issues"), ("github/create-issue", "--action create-issue")].iter().enumerate()
    {
        place.simulate(&format!("{dev} --only {only}")).says(0, &[only]);
        cli(&place, words);
        let [ours, theirs] = sent(&place, 6 + 2 * number);
        assert_eq!(ours, theirs, "{only}");
    }
}

/// The newer protocol, by which functions of `createFunction` are deployed.
#[test]
fn the_real_cli_sends_functions_as_we_send_them() {
    let Some(place) = place("the CLI's request for functions") else { return };
    place.world.write("github/functions/fetch-repository.ts", FUNCTION);
    place.world.write("index.ts", "import './github/functions/fetch-repository.js';\n");
    place.world.git(&["rm", "-rq", "--", "github/syncs", "github/actions", "github/on-events", "hubspot", "slack"]);
    place.world.commit("Use createFunction");
    place.simulate("push --test-command none").says(0, &["1.0.0-dev.1"]);
    cli(&place, "");
    let [ours, theirs] = sent(&place, 2);
    assert_eq!(ours, theirs);
    assert_eq!(place.nango.running("prod"), ["function github/fetch-repository"]);
    assert_eq!(place.nango.running("dev"), place.nango.running("prod"));
    // What runs is what was sent, and stays it.
    place.simulate("push --test-command none").says(0, &["already"]);
}

const FUNCTION: &str = "import { createFunction } from 'nango/experimental';
import { z } from 'zod';

export default createFunction({
    description: 'Fetch a repository on demand',
    trigger: { kind: 'none' },
    input: z.object({ name: z.string() }),
    output: z.object({ id: z.string() }),
    exec: async (nango, trigger) => {
        await nango.log(trigger.input.name);
        return { id: trigger.input.name };
    }
});
";
