//! Reading projects of Airflow DAGs from texts.

mod forms;
mod hostile;
mod lints;
mod needs;
mod outlets;

use serde_json::Value;

use super::*;
use crate::context::inputs::CommandChoice;
use crate::finding::Finding;
use crate::manifest::{Attribute, Resource};
use crate::names::ProjectId;

fn project(path: &str) -> Project {
    Project {
        id: ProjectId::new("etl").unwrap(),
        path: path.to_owned(),
        platform: PlatformName::Astro,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

/// A project of these files on Airflow 3.
fn read(files: &[(&str, &str)]) -> Extracted {
    read_on("apache-airflow==3.1.8\n", files)
}

fn read_on(requirements: &str, files: &[(&str, &str)]) -> Extracted {
    let all = std::iter::once(("requirements.txt", requirements)).chain(files.iter().copied());
    extract(&project(""), &Tree::of_texts(all))
}

/// A file of DAGs, with the imports that most have.
fn text(body: &str) -> String {
    format!(
        "from datetime import datetime, timedelta\nimport pendulum\nfrom airflow.sdk import DAG, Asset, Param, TaskGroup, asset, dag, task, task_group\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n{body}"
    )
}

/// The ids in `dags/x.py` of this text, each flagged as the findings say.
fn ids(body: &str) -> Vec<String> {
    let extracted = read(&[("dags/x.py", &text(body))]);
    let flags = extracted
        .findings
        .iter()
        .filter(|finding| finding.code.starts_with("dag-"))
        .map(|finding| finding.code.to_string());
    let dags = extracted.manifest.resources.keys().filter(|id| id.kind == "dag");
    dags.map(|id| id.id.clone()).chain(flags).collect()
}

/// The one DAG of this text.
fn one(body: &str) -> Resource {
    let extracted = read(&[("dags/x.py", &text(body))]);
    let mut resources = extracted.manifest.resources.into_values();
    let first = resources.next().unwrap_or_else(|| panic!("nothing was read of {body}: {:?}", extracted.findings));
    assert!(resources.next().is_none());
    first
}

fn value(resource: &Resource, name: &str) -> Value {
    match resource.attributes.get(name) {
        Some(Attribute::Value(value)) => value.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

fn dynamic(resource: &Resource, name: &str) -> String {
    match resource.attributes.get(name) {
        Some(Attribute::Dynamic(why)) => why.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

/// `error code path:line:column`.
fn told(findings: &[Finding]) -> Vec<String> {
    let told = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {} {place}", format!("{:?}", finding.severity).to_lowercase(), finding.code)
    };
    findings.iter().map(told).collect()
}

#[test]
fn a_project_in_order_has_no_findings() {
    let extracted = read(&[
        (
            "dags/daily.py",
            "import pendulum\nfrom airflow.sdk import DAG\nfrom include.names import TABLE\n\nwith DAG(\n    'daily',\n    schedule='@daily',\n    start_date=pendulum.datetime(2025, 1, 1),\n    tags=[TABLE],\n):\n    pass\n",
        ),
        ("include/names.py", "TABLE = 'orders'\n"),
        ("tests/test_daily.py", "from airflow.models import DagBag\n"),
    ]);
    assert_eq!(extracted.findings, []);
    let (_, mut dag) = extracted.manifest.resources.into_iter().next().unwrap();
    assert!(dag.fingerprint.take().is_some());
    insta::assert_json_snapshot!(dag, @r#"
    {
      "kind": "dag",
      "id": "daily",
      "attributes": {
        "catchup": false,
        "connections": [],
        "dags": [],
        "env": [],
        "outlets": [],
        "pools": [],
        "schedule": "@daily",
        "start_date": "2025-01-01T00:00:00+00:00",
        "tags": [
          "orders"
        ],
        "tasks": [],
        "variables": []
      },
      "place": {
        "path": "dags/daily.py",
        "line": 5,
        "column": 6
      }
    }
    "#);
}

#[test]
fn a_fingerprint_knows_what_the_dag_consists_of_and_not_where_the_project_lies() {
    let of = |folder: &str, helper: &str, sql: &str| {
        let join = |name: &str| crate::tree::join(folder, name);
        let dag = "from airflow import DAG\nfrom include.helper import f\ndag = DAG('x')\nQUERY = 'sql/x.sql'\n";
        let tree = Tree::of_texts([
            (join("dags/x.py"), dag),
            (join("include/helper.py"), helper),
            (join("dags/sql/x.sql"), sql),
        ]);
        extract(&project(folder), &tree).manifest.resources.into_values().next().unwrap().fingerprint
    };
    let first = of("", "f = 1\n", "select 1");
    assert_eq!(first, of("moved/here", "f = 1\n", "select 1"));
    assert_ne!(first, of("", "f = 2\n", "select 1"));
    assert_ne!(first, of("", "f = 1\n", "select 2"));
}

#[test]
fn what_would_be_deployed_is_the_dags_and_what_they_are_run_with() {
    let files = [
        ("dags/a.py", "from airflow import DAG\nfrom include.b import c\n"),
        ("include/b.py", "c = 1\n"),
        ("include/unused.py", ""),
        ("Dockerfile", "FROM x\n"),
        ("dags/.airflowignore", "x\n"),
    ];
    let artefact = sources(&project(""), &Tree::of_texts(files), &crate::platform::Carried::new());
    assert_eq!(
        artefact.files().keys().collect::<Vec<_>>(),
        ["Dockerfile", "dags/.airflowignore", "dags/a.py", "include/b.py"]
    );
}
