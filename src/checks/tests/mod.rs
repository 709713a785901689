//! The checks as a whole, over small real projects; and the JUnit reader over files that real runners wrote.

mod commands;
mod files;
mod given;
mod rewritten;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::*;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::finding::Suite;
use crate::manifest::Origin;
use crate::names::ProjectId;
use crate::platform;
use crate::watch::Watch;

/// A repository on disk with one project, and what is asked of it.
struct World {
    place: tempfile::TempDir,
    project: Project,
    inputs: Inputs,
    variables: BTreeMap<String, String>,
    findings: Vec<Finding>,
    elsewhere: Option<Result<Vec<String>, Problem>>,
    compiles: bool,
    recorded: Option<Tested>,
    console: Console,
}

impl World {
    /// A project in the folder (`""` is the root), with these files from the root.
    fn new(folder: &str, files: &[(&str, &str)]) -> Self {
        let project = Project {
            id: ProjectId::new("project").unwrap(),
            path: folder.to_owned(),
            platform: PlatformName::Nango,
            test_command: CommandChoice::Auto,
            install_command: CommandChoice::Auto,
            command: None,
            astro: crate::context::config::astro::AstroSpec::default(),
        };
        let path = std::env::var("PATH").unwrap();
        let home = std::env::var("HOME").unwrap();
        let world = Self {
            place: tempfile::tempdir().unwrap(),
            project,
            inputs: Inputs::default(),
            variables: BTreeMap::from([("PATH".to_owned(), path), ("HOME".to_owned(), home)]),
            findings: Vec::new(),
            elsewhere: None,
            compiles: false,
            recorded: None,
            console: Console::silent(),
        };
        std::fs::create_dir_all(world.root().join(folder)).unwrap();
        std::fs::create_dir(world.scratch()).unwrap();
        for (path, text) in files {
            world.write(path, text);
        }
        world
    }

    fn root(&self) -> PathBuf {
        self.place.path().join("repository")
    }

    fn scratch(&self) -> PathBuf {
        self.place.path().join("scratch")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Programs of these names come first on the PATH: small scripts of `sh`.
    fn programs(&mut self, programs: &[(&str, &str)]) {
        let folder = self.place.path().join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, script) in programs {
            let path = folder.join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        self.variables.insert("PATH".to_owned(), path);
    }

    fn test_with(&mut self, argv: &[&str]) {
        self.inputs.test_command = CommandChoice::Argv(argv.iter().map(|word| (*word).to_owned()).collect());
    }

    fn check(&self) -> CheckReport {
        self.check_watched(&Watch::endless())
    }

    fn check_watched(&self, watch: &Watch) -> CheckReport {
        let root = self.root();
        let tracked = ["tracked.xml".to_owned()];
        let tree = Tree::default().with_tracked(tracked);
        let nothing = Manifest::empty(Origin::Source);
        let ask = Ask {
            project: &self.project,
            root: &root,
            copied: &Copied::look(&root).unwrap(),
            tree: &tree,
            inputs: &self.inputs,
            variables: &self.variables,
            findings: self.findings.clone(),
            job_started: "2020-01-01T00:00:00Z".parse().unwrap(),
            walls: &crate::process::Walls::raise(self.place.path(), crate::process::Facts::default(), None).unwrap(),
            checkout: &root,
            scratch: &self.scratch(),
            build: self.compiles.then_some(Wanted {
                code: platform::code(self.project.platform).unwrap(),
                manifest: &nothing,
                needed: true,
            }),
            recorded: self.recorded.clone(),
            elsewhere: self.elsewhere.clone(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(ask, &self.console, watch)).report
    }
}

/// A report in a few lines: suites, findings, where it was tested. Times are left out.
fn told(report: &CheckReport) -> String {
    let mut lines: Vec<String> = report.suites.iter().map(told_suite).collect();
    for finding in &report.findings {
        let place = finding.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        lines.push(format!("{:?} {}: {place}{}", finding.severity, finding.code, finding.message));
        lines.extend(finding.help.iter().map(|help| format!("  help: {help}")));
    }
    lines.push(format!("tested: {:?}, passed: {}", report.tested, report.passed()));
    lines.join("\n")
}

fn told_suite(suite: &Suite) -> String {
    let counts = suite.counts.map(|counts| format!(" +{} -{} ~{}", counts.passed, counts.failed, counts.skipped));
    format!("{:?} {}: {:?}{}", suite.kind, suite.name, suite.end, counts.unwrap_or_default())
}

const PACKAGE: &str = r#"{ "name": "x", "scripts": { "test": "node --test" } }"#;

#[test]
fn nothing_is_executed_when_reading_found_an_error() {
    let mut world = World::new("", &[("package.json", r#"{ "scripts": { "test": "touch executed" } }"#)]);
    world.findings.push(Finding::error("syntax", "it does not parse"));
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install install: Skipped { why: "reading the code found 1 error" }
    Test tests: Skipped { why: "reading the code found 1 error" }
    Error syntax: it does not parse
    tested: Not { why: "reading the code found 1 error" }, passed: false
    "#);
    assert!(!world.root().join("executed").exists());
}

#[test]
fn a_folder_without_tests_is_shown_as_not_tested() {
    let mut world = World::new(
        "",
        &[("package.json", r#"{ "scripts": { "test": "echo \"Error: no test specified\" && exit 1" } }"#)],
    );
    let report = world.check();
    assert!(report.passed());
    insta::assert_snapshot!(told(&report), @r#"
    Test tests: Skipped { why: "`package.json` has no `test` script, and there are no Python tests" }
    tested: Not { why: "`package.json` has no `test` script, and there are no Python tests" }, passed: true
    "#);
    world.inputs.test_command = CommandChoice::None;
    assert_eq!(world.check().tested, Tested::Not { why: "`test-command` is `none`".to_owned() });
}

#[test]
fn a_project_of_node_is_installed_once_and_tested() {
    let lock = r#"{ "name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": { "": { "name": "x", "version": "1.0.0" } } }"#;
    let test = "import { test } from 'node:test'; test('adds', () => {}); test.skip('later', () => {});";
    let package = r#"{ "name": "x", "version": "1.0.0", "scripts": { "test": "node --test" } }"#;
    let world = World::new("", &[("package.json", package), ("package-lock.json", lock), ("a.test.mjs", test)]);
    insta::assert_snapshot!(told(&world.check()), @r"
    Install npm ci: Passed
    Test npm test: Passed +1 -0 ~1
    tested: Here, passed: true
    ");
    world.write("node_modules/.package-lock.json", r#"{ "packages": {} }"#);
    insta::assert_snapshot!(told(&world.check()), @r#"
    Install npm ci: Skipped { why: "node_modules fits `package-lock.json`" }
    Test npm test: Passed +1 -0 ~1
    tested: Here, passed: true
    "#);
}

#[test]
fn never_executing_leaves_the_other_homes_of_tests() {
    let mut world = World::new("", &[("package.json", PACKAGE)]);
    world.inputs.execute = crate::context::inputs::Execute::Never;
    world.elsewhere = Some(Ok(vec!["unit".to_owned()]));
    let report = world.check();
    assert_eq!(report.tested, Tested::Elsewhere { by: vec!["unit".to_owned()] });
    assert!(
        report.passed()
            && report.suites.iter().all(|suite| matches!(suite.end, crate::finding::SuiteEnd::Skipped { .. }))
    );
}

#[test]
fn tests_elsewhere_count_only_when_they_were_found() {
    let mut world = World::new("", &[("package.json", PACKAGE)]);
    world.elsewhere = Some(Ok(vec!["unit".to_owned()]));
    insta::assert_snapshot!(told(&world.check()), @r#"
    Test tests: Skipped { why: "`tested-by` is given" }
    tested: Elsewhere { by: ["unit"] }, passed: true
    "#);
    world.elsewhere = Some(Err(Problem::input("tested-by-failed", "`unit` failed on this commit")));
    insta::assert_snapshot!(told(&world.check()), @r#"
    Test tests: Skipped { why: "`tested-by` is given" }
    Error tested-by-failed: `unit` failed on this commit
    tested: Not { why: "`unit` failed on this commit" }, passed: false
    "#);
    world.elsewhere = None;
    world.inputs.tested_by = vec!["unit".to_owned()];
    world.inputs.test_command = CommandChoice::None;
    assert!(!world.check().passed(), "not looked up is not passed");
}
