//! Each finding, where it is told and where it is not.

use super::*;

const DAG: &str = "from airflow.sdk import DAG\nd = DAG('a')\n";

fn found(files: &[(&str, &str)]) -> Vec<String> {
    told(&read(files).findings)
}

/// What is found in a file of DAGs.
fn in_dag(body: &str) -> Vec<String> {
    found(&[("dags/x.py", &format!("{DAG}{body}"))])
}

#[test]
fn syntax_is_that_of_the_project_s_python() {
    assert_eq!(in_dag("x = = 1\n"), ["error syntax-error dags/x.py:3:5"]);
    let new = "type X = int\n";
    assert_eq!(in_dag(new), Vec::<String>::new());
    let old = [(".python-version", "3.11\n"), ("dags/x.py", new)];
    assert_eq!(found(&old), ["error syntax-error dags/x.py:1:1"]);
    for (version, below, text) in [
        ("3.10", "3.9", "match d:\n    case _: pass\n"),
        ("3.11", "3.10", "try: pass\nexcept* OSError: pass\n"),
        ("3.12", "3.11", "type X = int\n"),
        ("3.13", "3.12", "def f[T = int](): pass\n"),
        ("3.14", "3.13", "x = t'{d}'\n"),
    ] {
        let on = |version: &str| found(&[(".python-version", version), ("dags/x.py", &format!("{DAG}{text}"))]);
        assert_eq!(on(version), Vec::<String>::new(), "{text}");
        assert_eq!(on(below).len(), 1, "{text}");
    }
    assert_eq!(in_dag("if d:\n\tx = 1\nif d:\n \ty = 1\n"), ["warning mixed-tabs dags/x.py:6:1"]);
    let broken = read(&[("dags/x.py", "from airflow.sdk import DAG\nd = DAG('a')\nx = = 1\n")]);
    assert_eq!(broken.manifest.resources.len(), 1, "a DAG of a broken file does not look removed");
}

#[test]
fn an_id_belongs_to_one_file() {
    let twice = found(&[("dags/x.py", DAG), ("dags/y.py", DAG)]);
    assert_eq!(twice, ["error dag-duplicate dags/x.py:2:5", "error dag-duplicate dags/y.py:2:5"]);
    assert_eq!(
        in_dag("e = DAG('a')\n"),
        ["warning dag-duplicate dags/x.py:2:5", "warning dag-duplicate dags/x.py:3:5"]
    );
    assert_eq!(in_dag("e = DAG('a b')\n"), ["error dag-id-invalid dags/x.py:3:5"]);
}

#[test]
fn imports_lead_to_files() {
    let with = |import: &str| {
        found(&[
            ("dags/x.py", &format!("{DAG}{import}")),
            ("dags/lib/__init__.py", ""),
            ("dags/lib/a.py", "B = 1\n"),
            ("include/c.py", ""),
        ])
    };
    for fine in [
        "import lib.a\n",
        "from lib import a\n",
        "from lib.a import B\n",
        "from include.c import *\n",
        "import pandas\n",
        "try:\n    import lib.gone\nexcept ImportError:\n    pass\n",
        "def f():\n    import lib.gone\n",
    ] {
        assert_eq!(with(fine), Vec::<String>::new(), "{fine}");
    }
    assert_eq!(with("import lib.gone\n"), ["error import-missing dags/x.py:3:8"]);
    assert_eq!(with("from include import gone\n"), ["warning import-missing dags/x.py:3:21"]);
    assert_eq!(with("from lib.a import C\n"), ["warning import-name-missing dags/x.py:3:19"]);
    assert_eq!(with("from . import lib\n"), ["error relative-import dags/x.py:3:15"]);
    let circle = found(&[
        ("dags/x.py", &format!("{DAG}from include.a import A\n")),
        ("include/a.py", "from include.b import B\nA = 1\n"),
        ("include/b.py", "from include.a import A\nB = 1\n"),
    ]);
    assert_eq!(circle, ["warning import-cycle include/a.py:1:23"]);
}

#[test]
fn what_airflow_3_took_away_is_as_grave_as_the_project_s_version_makes_it() {
    let text = "from airflow import DAG\nfrom airflow.operators.dummy import DummyOperator\nwith DAG('a', schedule_interval='@daily'):\n    DummyOperator(task_id='t', provide_context=True, x='{{ execution_date }}')\n";
    let on = |requirements: &str| told(&read_on(requirements, &[("dags/x.py", text)]).findings);
    let at = ["2:37", "3:6", "4:5", "4:56"];
    let all = |severity: &str| at.map(|at| format!("{severity} airflow3-removed dags/x.py:{at}")).to_vec();
    assert_eq!(on("apache-airflow==3.0.2\n"), all("error"));
    assert_eq!(on("apache-airflow==2.9.0\n"), all("info"));
    assert_eq!(on("pandas\n"), all("warning"));
    let sdk = told(&read_on("apache-airflow==2.9.0\n", &[("dags/x.py", DAG)]).findings);
    assert_eq!(sdk, ["error airflow3-only dags/x.py:1:25"]);
}

#[test]
fn work_at_the_top_level_is_found_and_in_tasks_it_is_not() {
    for (body, at) in [
        ("import requests\nx = requests.get('https://x').json()\n", "4:5"),
        ("from airflow.models import Variable\nx = Variable.get('x')\n", "4:5"),
        (
            "from airflow.providers.postgres.hooks.postgres import PostgresHook\nx = PostgresHook().get_records('x')\n",
            "4:5",
        ),
        ("import subprocess\nsubprocess.run(['x'])\n", "4:1"),
    ] {
        assert_eq!(in_dag(body), [format!("warning top-level-work dags/x.py:{at}")], "{body}");
    }
    let inside = "import requests\nfrom airflow.sdk import task\n@task\ndef f():\n    return requests.get('https://x')\nwith d:\n    f()\n";
    assert_eq!(in_dag(inside), Vec::<String>::new());
}

#[test]
fn tasks_that_wait_for_each_other_are_found() {
    let with = |arrows: &str| {
        in_dag(&format!(
            "from airflow.providers.standard.operators.empty import EmptyOperator\nwith d:\n    a, b, c = [EmptyOperator(task_id=n) for n in 'abc'.split('x')] if False else [EmptyOperator(task_id='a'), EmptyOperator(task_id='b'), EmptyOperator(task_id='c')]\n    {arrows}\n"
        ))
    };
    for fine in ["a >> b >> c", "a >> [b, c]", "c << b << a", "a.set_downstream(b)"] {
        assert_eq!(with(fine), Vec::<String>::new(), "{fine}");
    }
    for wrong in ["a >> b >> c >> a", "a >> b; b.set_downstream(a)", "a >> [b, c]; c >> a"] {
        assert_eq!(with(wrong).len(), 1, "{wrong}");
        assert!(with(wrong)[0].starts_with("error task-cycle dags/x.py:6:"), "{wrong}");
    }
    let twice = in_dag(
        "from airflow.providers.standard.operators.empty import EmptyOperator\nwith d:\n    EmptyOperator(task_id='a')\n    EmptyOperator(task_id='a')\n",
    );
    assert_eq!(twice, ["error task-duplicate dags/x.py:6:5"]);
}

#[test]
fn ignored_files_are_read_only_as_helpers() {
    let files = |ignore: &'static str| {
        [
            ("dags/.airflowignore", ignore),
            ("dags/x.py", DAG),
            ("dags/old/y.py", "from airflow.sdk import DAG\nd = DAG('y')\n"),
        ]
    };
    let ids = |extracted: &Extracted| extracted.manifest.resources.keys().map(|id| id.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&read(&files("old/\n"))), ["a"]);
    assert_eq!(ids(&read_on("apache-airflow==2.9.0\n", &files("^old\n"))), ["a"]);
    assert_eq!(ids(&read(&files("^old\n"))), ["a", "y"]);
    let unsaid = read_on("", &files("^old\n"));
    assert_eq!(
        (ids(&unsaid), told(&unsaid.findings)),
        (vec!["a".to_owned(), "y".to_owned()], vec!["warning airflowignore-syntax dags/old/y.py".to_owned()])
    );
    let odd = read_on("apache-airflow==2.9.0\n", &files("(?!x)\n"));
    assert!(told(&odd.findings).contains(&"warning airflowignore-unread dags/.airflowignore:1".to_owned()));
}

#[test]
fn a_file_without_the_words_is_passed_over() {
    let hidden = found(&[
        ("dags/x.py", "from lib import D\nwith D('x'): pass\n"),
        ("dags/lib.py", "from airflow.sdk import DAG as D\n"),
    ]);
    assert_eq!(hidden, Vec::<String>::new());
    assert_eq!(found(&[("dags/data.zip", "")]), ["warning no-dags ", "warning dags-packed dags/data.zip"]);
}
