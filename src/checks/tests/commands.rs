//! Which commands are chosen, and what their ends come to.

use super::*;
use crate::watch::Stop;

/// A program that says how it was called.
const SAYS: &str = "echo \"$(basename \"$0\") $*\"";

/// The lines that the said program printed.
fn called(world: &World) -> Vec<String> {
    let names = ["npm ", "pnpm ", "yarn ", "corepack ", "uv "];
    let said = world.console.said();
    said.lines()
        .filter(|line| names.iter().any(|name| line.starts_with(name)) && !line.contains(": "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_lockfile_chooses_the_installer() {
    let with = |files: &[(&str, &str)], programs: &[&str]| {
        let mut world = World::new("", files);
        world.programs(&programs.iter().map(|name| (*name, SAYS)).collect::<Vec<_>>());
        world.compiles = true;
        world.inputs.test_command = CommandChoice::None;
        world.check();
        // Without the group's heading.
        called(&world).into_iter().skip(1).collect::<Vec<_>>().join("; ")
    };
    let plain = ("package.json", r#"{ "dependencies": { "a": "1" } }"#);
    let named = ("package.json", r#"{ "packageManager": "pnpm@9.1.0", "dependencies": { "a": "1" } }"#);
    let all = ["npm", "pnpm", "yarn", "corepack"];
    assert_eq!(with(&[plain, ("package-lock.json", "{}")], &all), "npm ci --no-audit --no-fund");
    assert_eq!(with(&[plain, ("npm-shrinkwrap.json", "{}")], &all), "npm ci --no-audit --no-fund");
    assert_eq!(with(&[plain, ("pnpm-lock.yaml", "")], &all), "pnpm install --frozen-lockfile");
    assert_eq!(with(&[named, ("pnpm-lock.yaml", "")], &all), "corepack pnpm install --frozen-lockfile");
    assert_eq!(
        with(&[plain, ("yarn.lock", "# yarn lockfile v1\n")], &all),
        "yarn install --frozen-lockfile --non-interactive"
    );
    assert_eq!(with(&[plain, ("yarn.lock", "#\n\n__metadata:\n  version: 8\n")], &all), "yarn install --immutable");
    assert_eq!(with(&[plain, ("uv.lock", "")], &["uv"]), "uv sync --frozen");
}

#[test]
fn a_monorepo_is_installed_at_its_root() {
    let root = r#"{ "workspaces": ["apps/*"] }"#;
    let mut world = World::new(
        "apps/web",
        &[
            ("package.json", root),
            ("package-lock.json", "{}"),
            ("apps/web/package.json", r#"{ "scripts": { "test": "x" } }"#),
        ],
    );
    world.programs(&[("npm", "echo \"npm $1 in $(basename \"$PWD\")\"")]);
    world.check();
    assert_eq!(called(&world), ["npm ci", "npm ci in repository", "npm test", "npm test in web"]);
}

#[test]
fn a_lockfile_of_somebody_else_is_not_ours() {
    let own = r#"{ "dependencies": { "a": "1" }, "scripts": { "test": "true" } }"#;
    let mut world =
        World::new("app", &[("package.json", "{}"), ("package-lock.json", "{}"), ("app/package.json", own)]);
    world.programs(&[("npm", "echo 'Tests: 1 passed, 1 total'")]);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "`package-lock.json` does not cover this package, and there is no lockfile beside it" }
    Test npm test: Passed +1 -0 ~0
    Warning no-lockfile: `package-lock.json` does not cover this package, and there is no lockfile beside it
      help: commit a lockfile, or install in an earlier step of the job, or name an `install-command`
    tested: Here, passed: true
    "#);
}

#[test]
fn bun_is_told_to_be_unsupported() {
    let world = World::new("", &[("package.json", PACKAGE), ("bun.lock", "")]);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install bun install: NotStarted { why: "airlock does not install with bun, which `bun.lock` asks for" }
    Test bun test: Skipped { why: "the install before it did not succeed" }
    Error command-not-started: airlock does not install with bun, which `bun.lock` asks for
      help: run `bun install` in an earlier step of the job, or name an `install-command`
    tested: Not { why: "the install before it did not succeed" }, passed: false
    "#);
}

#[test]
fn a_failed_install_keeps_the_tests_from_running() {
    let mut world = World::new("", &[("package.json", PACKAGE), ("package-lock.json", "{}")]);
    world.programs(&[("npm", "echo 'npm error 401 Unauthorized: $NODE_AUTH_TOKEN is not set' >&2; exit 1")]);
    world.variables.insert("NODE_AUTH_TOKEN".to_owned(), "t".to_owned());
    let report = world.check();
    insta::assert_snapshot!(told(&report), @r#"
    Install npm ci: Failed { code: Some(1) }
    Test npm test: Skipped { why: "the install before it did not succeed" }
    Error install-failed: `npm ci` ended with exit code 1
      help: its output speaks of `NODE_AUTH_TOKEN`, withheld from it: name it in `install-env` if it needs it
    tested: Not { why: "the install before it did not succeed" }, passed: false
    "#);
    assert_eq!(report.suites[0].tail, "npm error 401 Unauthorized: $NODE_AUTH_TOKEN is not set\n");
}

#[test]
fn vitest_alone_is_asked_for_a_junit_file() {
    let junit = "<testsuite><testcase classname='a.test.ts' name='x'><failure message='no'>at a.test.ts:2:1</failure></testcase></testsuite>";
    let script = format!(
        "for word in \"$@\"; do case $word in --outputFile.junit=*) echo \"{junit}\" > \"${{word#*=}}\";; esac; done; echo \"$@\" | sed 's/=.*//'; exit $STATUS"
    );
    let mut world =
        World::new("", &[("package.json", r#"{ "scripts": { "test": "vitest run" } }"#), ("a.test.ts", "")]);
    world.programs(&[("npm", &script.replace("$STATUS", "1"))]);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "the package depends on nothing" }
    Test npm test: Failed { code: Some(1) } +0 -1 ~0
    Error test-failed: a.test.ts:2:1: `a.test.ts > x` failed: no
    tested: Here, passed: false
    "#);
    world.programs(&[("npm", &script.replace("$STATUS", "0"))]);
    let report = world.check();
    assert!(!report.passed(), "exit 0 does not hide a failure of the JUnit file: {}", told(&report));
    world.programs(&[(
        "npm",
        &script.replace("$STATUS", "1").replace("<failure message='no'>at a.test.ts:2:1</failure>", ""),
    )]);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "the package depends on nothing" }
    Test npm test: Failed { code: Some(1) } +1 -0 ~0
    Error suite-failed: `npm test` ended with exit code 1
      help: no variable was withheld from it but the runner's own
    tested: Here, passed: false
    "#);
}

#[test]
fn python_tests_run_by_pytest_and_both_if_there_are_both() {
    let pytest = "import sys\npath = [word for word in sys.argv if word.startswith('--junit-xml=')][0].split('=')[1]\nopen(path, 'w').write('<testsuite><testcase name=\"p\"/></testsuite>')\nprint('1 passed in 0.01s')\n";
    let world = World::new(
        "",
        &[
            ("package.json", r#"{ "scripts": { "test": "node --test a.test.mjs" } }"#),
            ("a.test.mjs", "import { test } from 'node:test'; test('n', () => {});"),
            ("tests/test_a.py", ""),
            // `python3 -m pytest` takes it from the folder it runs in.
            ("pytest.py", pytest),
        ],
    );
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "the package depends on nothing" }
    Install pip install: Skipped { why: "there is neither `uv.lock` nor a requirements file" }
    Test npm test: Passed +1 -0 ~0
    Test pytest: Passed +1 -0 ~0
    tested: Here, passed: true
    "#);
}

#[test]
fn a_suite_that_runs_nothing_has_not_passed() {
    for (script, fine) in [
        ("echo 'No test files found, exiting with code 1'; exit 1", false),
        ("echo 'no tests ran in 0.00s'; exit 5", false),
        ("echo 'Ran 0 tests in 0.000s'; echo; echo OK", false),
        ("echo 'Tests: 4 skipped, 4 total'", false),
        ("echo 'Tests: 1 passed, 1 total'", true),
        ("echo 'a runner nobody knows'", true),
    ] {
        let mut world = World::new("", &[]);
        world.test_with(&["sh", "-c", script]);
        let report = world.check();
        assert_eq!(report.passed(), fine, "{script}");
        assert_eq!(report.suites[0].end == crate::finding::SuiteEnd::RanNothing, !fine, "{script}");
    }
}

#[test]
fn each_end_is_reported_as_what_it_is() {
    let tell = |argv: &[&str]| {
        let mut world = World::new("", &[]);
        world.test_with(argv);
        world.variables.insert("DATABASE_URL".to_owned(), "postgres://".to_owned());
        told(&world.check())
    };
    insta::assert_snapshot!(tell(&["no-such-program", "--x"]), @r#"
    Test no-such-program --x: NotStarted { why: "`no-such-program` was not found on PATH" }
    Error command-not-started: `no-such-program` was not found on PATH
      help: what other steps install on the runner is not seen in the container of airlock; name a `test-command` that works here, hand over JUnit files of an earlier step with `test-results`, or name the check runs that test this commit with `tested-by`
    tested: Here, passed: false
    "#);
    insta::assert_snapshot!(tell(&["sh", "-c", "exit 3"]), @r"
    Test sh -c 'exit 3': Failed { code: Some(3) }
    Error suite-failed: `sh -c 'exit 3'` ended with exit code 3
      help: withheld from it: `DATABASE_URL`; name those it needs in `test-env`
    tested: Here, passed: false
    ");
    insta::assert_snapshot!(tell(&["sh", "-c", "echo \"KeyError: 'DATABASE_URL'\"; exit 1"]), @r#"
    Test sh -c "echo \"KeyError: 'DATABASE_URL'\"; exit 1": Failed { code: Some(1) }
    Error suite-failed: `sh -c "echo \"KeyError: 'DATABASE_URL'\"; exit 1"` ended with exit code 1
      help: its output speaks of `DATABASE_URL`, withheld from it: name it in `test-env` if it needs it
    tested: Here, passed: false
    "#);
    insta::assert_snapshot!(tell(&["sh", "-c", "kill -KILL $$"]), @r"
    Test sh -c 'kill -KILL $$': Killed { signal: 9 }
    Error command-killed: `sh -c 'kill -KILL $$'` died by SIGKILL (9)
      help: airlock did not send it: the system did, most often because memory ran out
    tested: Here, passed: false
    ");
    insta::assert_snapshot!(tell(&["sh", "-c", "sh -c 'kill -SEGV $$'; exit 139"]), @r#"
    Test sh -c "sh -c 'kill -SEGV "'$$'"'; exit 139": Failed { code: Some(139) }
    Error suite-failed: `sh -c "sh -c 'kill -SEGV "'$$'"'; exit 139"` ended with exit code 139 (a signal ended it: SIGSEGV (11))
      help: withheld from it: `DATABASE_URL`; name those it needs in `test-env`
    tested: Here, passed: false
    "#);
    insta::assert_snapshot!(tell(&["sh", "-c", "sleep 7201 >/dev/null 2>&1 & echo '1 passed in 0.1s'"]), @r#"
    Test sh -c "sleep 7201 >/dev/null 2>&1 & echo '1 passed in 0.1s'": Passed +1 -0 ~0
    Warning left-running: `sh -c "sleep 7201 >/dev/null 2>&1 & echo '1 passed in 0.1s'"` ended and left running: sleep
      help: what could be found was killed; end it in the suite itself
    tested: Here, passed: true
    "#);
}

#[test]
fn a_hang_ends_at_the_test_timeout() {
    let mut world = World::new("", &[]);
    world.test_with(&["sh", "-c", "echo waiting; exec sleep 7202"]);
    world.inputs.test_timeout = std::time::Duration::from_millis(500);
    let report = world.check();
    assert_eq!(report.suites[0].tail, "waiting\n");
    insta::assert_snapshot!(told(&report), @r"
    Test sh -c 'echo waiting; exec sleep 7202': TimedOut
    Error test-timeout: `sh -c 'echo waiting; exec sleep 7202'` was killed at its time limit of 500 ms
      help: raise `test-timeout`, or find out what it waits for: it has no input and no terminal
    tested: Here, passed: false
    ");
}

#[test]
fn a_cancelled_run_is_told_as_cancelled() {
    let (switch, watch) = Watch::new();
    switch.stop(Stop::Terminate);
    let mut world = World::new("", &[]);
    world.test_with(&["sh", "-c", "true"]);
    insta::assert_snapshot!(told(&world.check_watched(&watch)), @r"
    Test sh -c true: Cancelled
    tested: Here, passed: false
    ");
}

#[test]
fn keys_are_refused_by_name_and_nothing_runs() {
    let mut world = World::new("", &[]);
    world.test_with(&["sh", "-c", "touch executed"]);
    world.inputs.test_env = vec!["NANGO_SECRET_KEY_DEV".to_owned()];
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "a variable was named that may not be handed on" }
    Test tests: Skipped { why: "a variable was named that may not be handed on" }
    Error env-name-refused: `NANGO_SECRET_KEY_DEV` may not be handed to code of the repository
      help: keys of the platform and tokens of the run stay with airlock; give the tests a key of their own name
    tested: Not { why: "a variable was named that may not be handed on" }, passed: false
    "#);
    assert!(!world.root().join("executed").exists());
}

#[test]
fn an_odd_version_is_a_warning_and_an_error_once_something_fails() {
    let mut world = World::new("app", &[(".nvmrc", "v18.1.0\n"), ("app/package.json", PACKAGE)]);
    world.programs(&[("node", "echo v20.1.0"), ("npm", "echo 'Tests: 1 passed, 1 total'")]);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "the package depends on nothing" }
    Test npm test: Passed +1 -0 ~0
    Warning version-mismatch: .nvmrc: node v18.1.0 is asked for, v20.1.0 is here
      help: name a `test-command` that works here, hand over JUnit files of an earlier step with `test-results`, or name the check runs that test this commit with `tested-by`
    tested: Here, passed: true
    "#);
    world.programs(&[("node", "echo v20.1.0"), ("npm", "exit 1")]);
    let severities: Vec<_> =
        world.check().findings.iter().map(|finding| (finding.code.clone(), finding.severity)).collect();
    assert!(severities.contains(&("version-mismatch".into(), Severity::Error)), "{severities:?}");
}

#[test]
fn what_a_person_sees() {
    let mut world = World::new("", &[]);
    world.test_with(&["sh", "-c", "echo one; echo 'Tests: 2 passed, 2 total'"]);
    world.check();
    let said = world.console.said();
    let said = said.rsplit_once(" (").map_or(said.as_str(), |(before, _)| before);
    insta::assert_snapshot!(said, @r#"
    sh -c "echo one; echo 'Tests: 2 passed, 2 total'"
    one
    Tests: 2 passed, 2 total
    sh -c "echo one; echo 'Tests: 2 passed, 2 total'": passed, 2 passed, 0 failed, 0 skipped
    "#);
}
