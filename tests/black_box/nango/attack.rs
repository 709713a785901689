//! A suite, and what is left running by an installation, against the bytes that are deployed: whatever they write, what goes
//! live is what was compiled before.

use std::process::Command;

use super::world::Place;
use crate::world::Ran;

/// Rewrites whatever could become what is deployed, and leaves a process that goes on doing so.
const REWRITE: &str = "#!/bin/sh
plant() {
  for f in build/*.cjs .nango/nango.json github/*/*.ts index.ts node_modules/.bin/nango node_modules/nango/package.json; do
    { echo '/* PLANTED */' >> \"$f\"; } 2>/dev/null || { rm -f \"$f\" && echo '/* PLANTED */' > \"$f\"; } 2>/dev/null
  done
}
if [ \"$1\" = linger ]; then while :; do plant; sleep 0.02; done; fi
plant
setsid sh rewrite.sh linger >/dev/null 2>&1 </dev/null &
grep -l PLANTED build/*.cjs >/dev/null 2>&1 && echo 'the output was rewritten'
echo '# tests 1'
echo '# pass 1'
";

/// An installation that leaves a process, which waits for the compiler's output.
const LINGER: &str = "#!/bin/sh\nsetsid sh wait.sh >/dev/null 2>&1 </dev/null &\nexit 0\n";

/// `airlock simulate …` to Nango with the key of dev, and these commands of the tree.
fn simulate(place: &Place, platform: &str, commands: [&str; 2]) -> Ran {
    let mut command: Command = place.world.command();
    command.args(["simulate", "push", "--platform", platform]);
    command.args(["--install-command", commands[0], "--test-command", commands[1]]);
    command.env("NANGO_HOSTPORT", place.nango.url()).env("NANGO_SECRET_KEY_DEV", place.keys().0);
    command.output().unwrap().into()
}

#[test]
fn what_a_suite_rewrites_is_not_what_goes_live() {
    let place = Place::new();
    place.world.write("rewrite.sh", REWRITE);
    place.world.commit("Add a suite that rewrites what was built");
    let before = place.world.git(&["status", "--porcelain"]);
    let ran = simulate(&place, "nango", ["none", "sh rewrite.sh"]).says(0, &["1.0.0-dev.1"]);
    assert!(ran.all().contains("the output was rewritten"), "the attack did not take place: {}", ran.all());

    // The same commit with a suite that does nothing: the very bytes.
    place.nango.environment("dev", |environment| environment.functions.clear());
    simulate(&place, "nango", ["none", "node --test"]).says(0, &[]);
    let state = place.nango.state();
    let (attacked, plain) = (&state.deploys[0], &state.deploys[1]);
    assert!(!String::from_utf8_lossy(attacked).contains("PLANTED"), "planted code was sent");
    assert_eq!(attacked, plain);
    // Nor did anything reach the checkout.
    assert_eq!(place.world.git(&["status", "--porcelain"]), before);
}

#[test]
fn what_an_installation_leaves_running_does_not_write_what_goes_live() {
    let place = Place::new();
    place.world.write("linger.sh", LINGER);
    place.world.write(
        "wait.sh",
        "while :; do for f in build/*.cjs; do [ -e \"$f\" ] && echo '/* PLANTED */' >> \"$f\"; done; done\n",
    );
    place.world.commit("Add an installation that leaves a process");
    simulate(&place, "nango", ["sh linger.sh", "none"]).says(0, &["1.0.0-dev."]);
    let state = place.nango.state();
    assert!(
        !state.deploys.iter().any(|sent| String::from_utf8_lossy(sent).contains("PLANTED")),
        "planted code was sent"
    );
}

#[test]
fn what_an_installation_rewrites_is_told_and_nothing_goes_live() {
    let place = Place::new();
    place.world.write("plant.sh", "for f in github/*/*.ts; do echo '/* PLANTED */' >> \"$f\"; done\n");
    place.world.commit("Add an installation that rewrites sources");
    let ran = simulate(&place, "nango", ["sh plant.sh", "none"]).says(3, &["install-changed-files", "github/"]);
    assert!(place.nango.state().deploys.is_empty(), "{}", ran.all());
}

#[test]
fn what_a_suite_rewrites_is_not_what_the_embedded_platform_gets() {
    let place = Place::new();
    place.world.write("rewrite.sh", REWRITE);
    place.world.commit("Add a suite that rewrites what was built");
    simulate(&place, "local", ["none", "sh rewrite.sh"]).says(0, &["1.0.0-dev.1"]);
    let live = Command::new("grep").args(["-rl", "PLANTED", ".airlock/dev"]).current_dir(place.world.root()).output();
    let live = String::from_utf8(live.unwrap().stdout).unwrap();
    // The script itself is a file of the repository, and no part of the project.
    assert_eq!(live, "", "planted code is live");
}
