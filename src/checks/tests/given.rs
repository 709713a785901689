//! Results of earlier steps.

use super::*;

const GREEN: &str = "<testsuite><testcase name='a' time='2'/><testcase name='b'><skipped/></testcase></testsuite>";

fn given(files: &[(&str, &str)], globs: &[&str]) -> World {
    let mut world = World::new("app", files);
    world.write("app/package.json", PACKAGE);
    world.inputs.test_results = globs.iter().map(|glob| (*glob).to_owned()).collect();
    world
}

#[test]
fn good_results_count_and_nothing_is_run() {
    let world =
        given(&[("reports/a.xml", GREEN), ("reports/b.xml", GREEN), ("reports/c.txt", "x")], &["reports/*.xml"]);
    let report = world.check();
    assert_eq!(report.suites[1].slowest.len(), 4);
    insta::assert_snapshot!(told(&report), @r#"
    Test tests: Skipped { why: "`test-results` are given" }
    Test test-results: reports/*.xml: Passed +2 -0 ~2
    tested: Here, passed: true
    "#);
}

#[test]
fn a_failure_in_them_is_a_finding_at_its_place() {
    let failing = "<testsuite><testcase classname='t' name='a'><failure message='no'>at app/a.test.ts:3:1</failure></testcase></testsuite>";
    let world = given(&[("r.xml", failing), ("app/a.test.ts", "")], &["./r.xml"]);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Test tests: Skipped { why: "`test-results` are given" }
    Test test-results: ./r.xml: Failed { code: None } +0 -1 ~0
    Error test-failed: app/a.test.ts:3:1: `t > a` failed: no
    tested: Here, passed: false
    "#);
}

#[test]
fn each_rule_has_a_finding_of_its_own() {
    let world = given(
        &[
            ("tracked.xml", GREEN),
            ("empty.xml", " \n"),
            ("old.xml", GREEN),
            ("cut.xml", "<testsuite><testcase/>"),
            ("nothing.xml", "<testsuite/>"),
        ],
        &["*.xml", "gone/**/*.xml", "../outside.xml", "/etc/*.xml"],
    );
    let root = world.root();
    std::os::unix::fs::symlink(root.join("nothing.xml"), root.join("link.xml")).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(24);
    std::fs::File::options().write(true).open(root.join("old.xml")).unwrap().set_modified(long_ago).unwrap();
    let large = std::fs::File::create(root.join("too-large.xml")).unwrap();
    large.set_len(33 * 1024 * 1024).unwrap();
    let report = world.check();
    let codes: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {place}: {}", finding.code, finding.message)
        })
        .collect();
    insta::assert_snapshot!(codes.join("\n"), @r"
    results-unreadable cut.xml: `cut.xml` cannot be read as JUnit: it ends in the middle, with 1 elements still open
    results-empty empty.xml: `empty.xml` is empty
    path-outside link.xml: `link.xml` is a link; it is not followed
    results-old old.xml: `old.xml` is older than this job: written 1970-01-02T00:00:00Z, the job began 2020-01-01T00:00:00Z
    results-too-large too-large.xml: `too-large.xml` is larger than 33554432 bytes
    results-tracked tracked.xml: `tracked.xml` is part of the commit
    results-not-found : no file fits `gone/**/*.xml` of `test-results`
    path-outside : `../outside.xml` in `test-results` leads out of the repository
    path-outside : `/etc/*.xml` in `test-results` leads out of the repository
    ");
    assert!(!report.passed());
}

#[test]
fn results_that_ran_nothing_have_not_passed() {
    let world = given(&[("r.xml", "<testsuite><testcase><skipped/></testcase></testsuite>")], &["r.xml"]);
    let report = world.check();
    assert!(!report.passed());
    assert!(report.findings.iter().any(|finding| finding.code == "suite-ran-nothing"));
}

#[test]
fn results_and_a_command_are_both_wanted() {
    let mut world = given(&[], &["made.xml"]);
    world.test_with(&["sh", "-c", "cp green ../made.xml"]);
    world.write("app/green", GREEN);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "the package depends on nothing" }
    Test sh -c 'cp green ../made.xml': Passed
    Test test-results: made.xml: Passed +1 -0 ~1
    tested: Here, passed: true
    "#);
}
