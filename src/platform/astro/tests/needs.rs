//! What DAGs read by name.

use serde_json::json;

use super::*;

fn names(body: &str, field: &str) -> Value {
    value(&one(&format!("d = DAG('x')\n{body}\n")), field)
}

#[test]
fn connections_variables_and_pools_are_found_in_code_and_templates() {
    for (body, field, expected) in [
        ("from airflow.models import Variable\ndef f(): return Variable.get('a')", "variables", json!(["a"])),
        ("def f():\n    from airflow.sdk import Variable\n    return Variable.get(key='a')", "variables", json!(["a"])),
        (
            "from airflow.models import Variable\ndef f(): return Variable.get('a', default_var=1)",
            "variables",
            json!([]),
        ),
        (
            "from airflow.models import Variable\ndef f(): return Variable.get('a', default_var=1)",
            "variables_with_default",
            json!(["a"]),
        ),
        ("SQL = 'select {{ var.value.table }} {{ conn.pg.host }}'", "variables", json!(["table"])),
        ("SQL = 'select {{ var.value.table }} {{ conn.pg.host }}'", "connections", json!(["pg"])),
        ("EmptyOperator(task_id='a', http_conn_id='api', pool='slow')", "connections", json!(["api"])),
        ("EmptyOperator(task_id='a', http_conn_id='api', pool='slow')", "pools", json!(["slow"])),
        ("C = 'pg'\nARGS = {'postgres_conn_id': C, 'pool': 'default_pool'}", "connections", json!(["pg"])),
        ("ARGS = {'pool': 'default_pool'}", "pools", json!([])),
        (
            "from airflow.hooks.base import BaseHook\ndef f(): BaseHook.get_connection('crm')",
            "connections",
            json!(["crm"]),
        ),
        (
            "import os\ndef f(): return os.environ['A'] + os.getenv('B') + os.environ.get('C', '')",
            "env",
            json!(["A", "B"]),
        ),
        ("import os\ndef f(): return os.environ.get('C', '')", "env_with_default", json!(["C"])),
        ("from airflow.sdk import Connection\ndef f(): Connection.get('crm')", "connections", json!(["crm"])),
        ("SQL = \"{{ var.json.limits.high }} {{ var.value.get('low', '1') }}\"", "variables", json!(["limits"])),
        ("import os\ndef f(): return os.getenv('B') or 'x'", "env_with_default", json!(["B"])),
        ("from os import environ as e\ndef f(): return e['A']", "env", json!(["A"])),
        ("EmptyOperator(task_id='a', trigger_dag_id='next')", "dags", json!(["next"])),
    ] {
        assert_eq!(names(body, field), expected, "{body}");
    }
}

#[test]
fn a_name_that_is_not_known_is_said_and_hides_no_other() {
    let body = "from airflow.models import Variable\nimport os\ndef f(n): return Variable.get('a') + Variable.get(n) + os.environ[n]";
    assert_eq!(names(body, "variables"), json!(["a"]));
    assert_eq!(names(body, "unseen"), json!({"variables": "is computed", "env": "is computed"}));
}

#[test]
fn what_an_imported_file_needs_the_dag_needs() {
    let extracted = read(&[
        ("dags/x.py", "from airflow.sdk import DAG\nfrom include.load import load\nd = DAG('x')\n"),
        ("include/load.py", "from include.names import CONN\ndef load(hook):\n    hook(conn_id=CONN)\n"),
        ("include/names.py", "CONN = 'warehouse'\n"),
    ]);
    let dag = extracted.manifest.resources.into_values().next().unwrap();
    assert_eq!(value(&dag, "connections"), json!(["warehouse"]));
}
