//! Test commands that end in every way there is, on the built program with its walls as they are here.

use std::time::{Duration, Instant};

use crate::world::{Ran, World};

/// A push whose tests are this shell script; it is one argument, whatever is in it.
fn tested(world: &World, script: &str, more: &[&str]) -> Ran {
    let quoted = format!("sh -c '{script}'");
    let mut command = world.command();
    command.args(["simulate", "push", "--install-command", "none", "--test-command", &quoted]).args(more);
    command.output().unwrap().into()
}

#[test]
fn a_suite_is_told_as_what_it_came_to() {
    let world = World::small();
    for (script, words) in [
        ("exit 7", &["exited 7"] as &[&str]),
        ("kill -SEGV $$", &["SIGSEGV"]),
        ("echo \"# tests 0\"; echo \"# pass 0\"", &["suite-ran-nothing", "ran no test"]),
        ("exec ./gone", &["exited 127"]),
        ("printf \"\\377\\376\\000\\r::error::x\\n\"; exit 1", &["exited 1"]),
    ] {
        let ran = tested(&world, script, &[]).says(3, words);
        assert!(ran.stdout.starts_with("✗ Checks failed"), "{}", ran.stdout);
    }
    world.simulate("push --install-command none --test-command nowhere").says(3, &["was not found on PATH"]);
    world.simulate("push --install-command none --test-command ./package.json").says(3, &["is not executable"]);
    assert!(!world.path(".airlock/dev/live").exists(), "something was deployed");
}

#[test]
fn a_suite_that_hangs_keeps_what_it_printed() {
    let world = World::small();
    let start = Instant::now();
    tested(&world, "echo printed before; sleep 300", &["--test-timeout", "1s"])
        .says(3, &["ran out of time", "printed before"]);
    assert!(start.elapsed() < Duration::from_mins(1), "it was waited for");
}

#[test]
fn a_suite_that_leaves_a_daemon_is_ended_with_it_and_says_so() {
    let world = World::small();
    let script = "echo ok; setsid sleep 4242 </dev/null >/dev/null 2>&1 & exit 0";
    let report = tested(&world, script, &["--json"]);
    assert_eq!(report.code, 0, "{}", report.all());
    let findings = &report.json()["projects"]["nango"]["checks"]["is"]["findings"];
    let left = findings.as_array().unwrap().iter().find(|finding| finding["code"] == "left-running");
    assert!(left.is_some_and(|finding| finding["message"].as_str().unwrap().contains("sleep")), "{findings}");
    let still = std::process::Command::new("pgrep").args(["-f", "^sleep 4242"]).output().unwrap();
    assert!(still.stdout.is_empty(), "the daemon is still there");
}

#[test]
fn a_flood_is_cut_and_the_run_goes_on() {
    let world = World::small();
    let ran = tested(&world, "head -c 60000000 /dev/zero | tr \"\\0\" \"a\"; echo; echo the end; exit 1", &[]);
    assert!(ran.all().len() < 20_000_000, "{} bytes were passed on", ran.all().len());
    ran.complains(3, &["the end", "not shown"]);
}

const GREEN: &str = "<testsuite><testcase name=\"a\"/></testsuite>";
const RED: &str =
    "<testsuite><testcase name=\"a\"/><testcase name=\"b\"><failure message=\"no\"/></testcase></testsuite>";

/// What the tests write while they run counts as much as what an earlier step wrote.
#[test]
fn results_and_exit_code_must_both_be_good() {
    let world = World::small();
    world.write("green", GREEN);
    world.write("red", RED);
    world.write(".gitignore", "out.xml\n");
    world.commit("Add results");
    let results = ["--test-results", "out.xml"];
    tested(&world, "cp red out.xml", &results).says(3, &["1 of 2 tests failed", "b failed: no"]);
    tested(&world, "cp green out.xml; exit 1", &results).says(3, &["exited 1"]);
    tested(&world, ": > out.xml", &results).says(3, &["results-empty"]);
    tested(&world, ":", &results).says(3, &["results-not-found"]);
    tested(&world, "ln -s /etc/passwd out.xml", &results).says(3, &["path-outside"]);
    tested(&world, "cp green out.xml", &results).says(0, &["1 test passed"]);
    // What was there before is not hidden by what the tests write.
    world.write("out.xml", RED);
    tested(&world, "cp green out.xml", &results).says(3, &["1 of 3 tests failed"]);
}
