//! What tasks update, in all the ways in which that is said.

use serde_json::json;

use super::*;

/// What a DAG of this body updates, and why there may be more.
fn of(body: &str) -> String {
    let dag = one(body);
    match dag.attributes.get("outlets") {
        Some(Attribute::Value(known)) => known.to_string(),
        Some(Attribute::Dynamic(why)) => {
            let seen = dag.attributes.get("outlets_seen").map(|seen| seen.value().unwrap().to_string());
            format!("{} and more: {why}", seen.unwrap_or_default())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_tasks_update_is_read_wherever_it_is_said() {
    for (body, expected) in [
        ("with DAG('a'): pass", json!([])),
        ("with DAG('a'): EmptyOperator(task_id='t', outlets=[Asset('s3://b'), Asset('a')])", json!(["a", "s3://b"])),
        ("with DAG('a'): EmptyOperator(task_id='t', outlets=Asset('a'))", json!(["a"])),
        ("d = DAG('a')\nEmptyOperator(task_id='t', dag=d, outlets=[Asset(uri='s3://a')])", json!(["s3://a"])),
        ("with DAG('a'): EmptyOperator.partial(task_id='t', outlets=[Asset('a')]).expand(x=[1])", json!(["a"])),
        ("@dag\ndef a():\n    @task(outlets=[Asset('x')])\n    def t(): pass\n    t()\na()", json!(["x"])),
        ("@dag\ndef a():\n    @task.bash(outlets=Asset('x'))\n    def t(): pass\n    t()\na()", json!(["x"])),
        ("@dag\ndef a():\n    @task\n    def t(): pass\n    t.override(outlets=[Asset('x')])()\na()", json!(["x"])),
        (
            "@dag\ndef a():\n    @task(outlets=[Asset('x')])\n    def t(n): pass\n    t.partial(m=1).expand(n=[1])\na()",
            json!(["x"]),
        ),
        (
            "ORDERS = Asset('s3://orders')\nwith DAG('a'): EmptyOperator(task_id='t', outlets=[ORDERS])",
            json!(["s3://orders"]),
        ),
        (
            "with DAG('a'):\n    for n in ('x', 'y'):\n        EmptyOperator(task_id=n, outlets=[Asset(f's3://{n}')])",
            json!(["s3://x", "s3://y"]),
        ),
        ("with DAG('a'):\n    t = EmptyOperator(task_id='t')\n    t.outlets = [Asset('x')]", json!(["x"])),
        (
            "with DAG('a', default_args={'outlets': [Asset('x')]}):\n    EmptyOperator(task_id='t')\n    EmptyOperator(task_id='u', outlets=[Asset('y')])",
            json!(["x", "y"]),
        ),
        (
            "with DAG('a', default_args={'outlets': [Asset('x')]}):\n    EmptyOperator(task_id='u', outlets=[])",
            json!([]),
        ),
        (
            "with DAG('a'):\n    t = EmptyOperator(task_id='t', outlets=[Asset('x')])\n    t.add_outlets([Asset('y')])",
            json!(["x", "y"]),
        ),
        ("with DAG('a'):\n    t = EmptyOperator(task_id='t')\n    t.outlets.append(Asset('x'))", json!(["x"])),
        ("d = DAG('a')\nt = EmptyOperator(task_id='t', outlets=[Asset('x')])\nt.dag = d", json!(["x"])),
        (
            "with DAG('a', default_args={'outlets': [Asset('x')]}):\n    with TaskGroup('g', default_args={'outlets': [Asset('y')]}):\n        EmptyOperator(task_id='t')",
            json!(["y"]),
        ),
        (
            "@dag\ndef a():\n    @task_group(default_args={'outlets': Asset('y')})\n    def g():\n        EmptyOperator(task_id='t')\n    g()\na()",
            json!(["y"]),
        ),
        ("@asset(schedule=None)\ndef a(): pass", json!(["a"])),
        (
            "@asset(schedule=None, uri='s3://a', group='g', extra={'k': 1})\ndef a(): pass",
            json!([{"asset": "s3://a", "name": "a", "group": "g", "extra": {"k": 1}}]),
        ),
        ("@asset(schedule=None, name='b', dag_id='c')\ndef a(): pass", json!(["b"])),
        (
            "@asset.multi(schedule=None, outlets=[Asset('x'), Asset('y', 's3://y')])\ndef a(): pass",
            json!(["x", {"asset": "s3://y", "name": "y"}]),
        ),
        (
            "from airflow.datasets import Dataset\nwith DAG('a'): EmptyOperator(task_id='t', outlets=[Dataset('s3://x', {'k': 1})])",
            json!([{"asset": "s3://x", "extra": {"k": 1}}]),
        ),
        (
            "from airflow.sdk import AssetAlias\nwith DAG('a'): EmptyOperator(task_id='t', outlets=[AssetAlias('x')])",
            json!(["x"]),
        ),
        (
            "from airflow.lineage.entities import File\nwith DAG('a'): EmptyOperator(task_id='t', outlets=[File('x')])",
            json!([]),
        ),
    ] {
        assert_eq!(of(body), expected.to_string(), "{body}");
    }
}

#[test]
fn what_only_running_would_tell_of_assets_is_never_guessed() {
    for (body, expected) in [
        ("with DAG('a'): EmptyOperator(task_id='t', outlets=load())", " and more: calls what is not known in it"),
        (
            "import os\nwith DAG('a'):\n    EmptyOperator(task_id='t', outlets=[Asset('x'), Asset(os.environ['Y'])])",
            "[\"x\"] and more: reads the environment variable `Y`",
        ),
        (
            "with DAG('a', default_args=load()):\n    EmptyOperator(task_id='t')\n    EmptyOperator(task_id='u', outlets=[Asset('x')])",
            "[\"x\"] and more: `default_args` comes from `load`, which this file does not set",
        ),
        ("with DAG('a'): EmptyOperator(task_id='t', **more)", " and more: may be given by `**`"),
        (
            "import helper\nwith DAG('a'):\n    EmptyOperator(task_id='t', outlets=[Asset('x')])\n    helper.more()",
            "[\"x\"] and more: calls `helper.more`, which may add tasks",
        ),
        (
            "from cosmos import DbtTaskGroup\nwith DAG('a'): DbtTaskGroup(project_config=1)",
            " and more: calls `cosmos.DbtTaskGroup`, which may add tasks",
        ),
        ("d = DAG('a')\nd.add_task(load())", " and more: calls `.add_task()` of the DAG"),
        (
            "class Load(EmptyOperator):\n    def __init__(self, **kw):\n        super().__init__(outlets=[Asset('x')], **kw)\nwith DAG('a'): Load(task_id='t')",
            " and more: may be set by a class in `dags/x.py`",
        ),
    ] {
        assert_eq!(of(body), expected, "{body}");
    }
}

#[test]
fn assets_of_other_files_are_followed_and_one_asset_may_wait_for_another() {
    let extracted = read(&[
        ("include/assets.py", "from airflow.sdk import Asset\nORDERS = Asset('orders', uri='s3://orders')\n"),
        (
            "dags/x.py",
            "from airflow.sdk import DAG, Asset, asset\nfrom airflow.providers.standard.operators.empty import EmptyOperator\nfrom include.assets import ORDERS\n\nwith DAG('load', schedule='@daily'):\n    EmptyOperator(task_id='t', outlets=[ORDERS])\n\n@asset(schedule=ORDERS)\ndef clean(): pass\n\nwith DAG('report', schedule=[clean]): pass\nwith DAG('by_name', schedule=[Asset.ref(name='orders')]): pass\n",
        ),
    ]);
    assert_eq!(extracted.findings, []);
    let of = |resource: &Resource| {
        format!("{} {} {}", resource.id.id, value(resource, "schedule"), value(resource, "outlets"))
    };
    insta::assert_snapshot!(extracted.manifest.resources.values().map(of).collect::<Vec<_>>().join("\n"), @r#"
    by_name {"assets":["orders"]} []
    clean {"assets":["s3://orders"]} ["clean"]
    load "@daily" [{"asset":"s3://orders","name":"orders"}]
    report {"assets":["clean"]} []
    "#);
}
