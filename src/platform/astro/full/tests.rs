//! Loading DAGs by an interpreter that is a script of ours, and by the machine's own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::console::Console;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::manifest::{Manifest, Origin};
use crate::names::ProjectId;
use crate::process::{ChildEnv, Facts, Walls};
use crate::watch::Watch;
use crate::work::Project;

/// Loads a project whose own Python is this script, or the machine's where there is none. `$4` is the file to write.
async fn parsed(python: Option<&str>) -> (Compiled, bool) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("etl");
    fs::create_dir_all(folder.join("dags")).unwrap();
    fs::write(folder.join("dags/a.py"), "from airflow import DAG\n").unwrap();
    if let Some(python) = python {
        let program = folder.join(".venv/bin/python");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, format!("#!/bin/sh\n{python}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let project = Project {
        id: ProjectId::new("etl").unwrap(),
        path: "etl".to_owned(),
        platform: PlatformName::Astro,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    };
    let variables = BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]);
    let environment = ChildEnv::new(&variables, &[]).unwrap();
    let (console, watch) = (Console::silent(), Watch::endless());
    let scratch = tempfile::tempdir().unwrap();
    let walls = Walls::raise(scratch.path(), Facts::default(), None).unwrap();
    let building = Building {
        project: &project,
        root: place.path(),
        manifest: &Manifest::empty(Origin::Source),
        environment: &environment,
        walls: &walls,
        console: &console,
        watch: &watch,
    };
    let compiled = parse(building).await.unwrap();
    (compiled, folder.join(OUT).exists())
}

fn told(compiled: &Compiled) -> Vec<String> {
    let finding = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{:?} {} {place}", finding.severity, finding.code)
    };
    std::iter::once(format!("{:?}", compiled.suite.end)).chain(compiled.findings.iter().map(finding)).collect()
}

#[tokio::test]
async fn what_the_process_writes_is_what_counts() {
    let write = |json: &str, then: &str| format!("cat > \"$4\" <<'J'\n{json}\nJ\n{then}");
    for (python, expected) in [
        (write(r#"{"airflow": "3.1.8"}"#, ""), vec!["Passed"]),
        (
            write(
                r#"{"airflow": "3.1.8", "errors": [{"file": "dags/a.py", "place": ["dags/a.py", 1], "said": "X"}]}"#,
                "",
            ),
            vec!["Failed { code: None }", "Error import-error etl/dags/a.py:1"],
        ),
        (
            write(
                r#"{"airflow": "3.1.8", "errors": [{"file": "dags/a.py", "place": null, "said": "no such table: variable"}]}"#,
                "",
            ),
            vec!["Passed", "Warning import-needs-database etl/dags/a.py"],
        ),
        (write(r#"{"airflow": "3.1.8"}"#, "exit 3"), vec!["Failed { code: Some(3) }", "Error import-failed "]),
        (write("{", ""), vec!["Failed { code: None }", "Error import-failed "]),
        (":".to_owned(), vec!["Failed { code: None }", "Error import-failed "]),
        // The process ended, or died, while it loaded a file.
        (
            write(r#"{"airflow": "3.1.8", "reading": "dags/a.py"}"#, ""),
            vec!["Failed { code: None }", "Error import-failed etl/dags/a.py"],
        ),
        (
            write(r#"{"airflow": "3.1.8", "reading": "dags/a.py"}"#, "kill -SEGV $$"),
            vec!["Killed { signal: 11 }", "Error import-failed etl/dags/a.py"],
        ),
    ] {
        let (compiled, left) = parsed(Some(&python)).await;
        assert_eq!(told(&compiled), expected, "{python}");
        assert!(!left && compiled.built.is_none());
    }
    let (compiled, _) = parsed(Some(&write(r#"{"airflow": null}"#, ""))).await;
    assert!(told(&compiled)[0].starts_with("Skipped"), "{compiled:?}");
}

/// What the parse of Astro's own tool gets wrong (F1 to F6 of the facts) is right by a real Airflow of either version: a file is loaded
/// once, nothing of Airflow is replaced by a pretence, and a file that does not end in time is told with its own line.
#[tokio::test]
#[ignore = "needs an Airflow: scripts/real-airflow"]
async fn a_real_airflow_loads_the_dags() {
    let python = std::env::var("AIRLOCK_AIRFLOW_PYTHON").expect("scripts/real-airflow names a Python that has one");
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/airflow/parse");
    let before = format!("cp {files}/*.py dags\nexport AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT=4");
    let (compiled, _) = parsed(Some(&format!("{before}\nexec {python} \"$@\""))).await;
    let mut lines = told(&compiled);
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @"
    Error import-error etl/dags/endless.py:7
    Error import-error etl/dags/environment.py:5
    Failed { code: None }
    Warning dag-not-seen etl/dags/default.py
    Warning dag-not-seen etl/dags/two.py
    Warning dag-not-seen etl/dags/two.py
    Warning import-needs-database etl/dags/connection.py:4
    Warning import-needs-database etl/dags/number.py:4
    ");
}
