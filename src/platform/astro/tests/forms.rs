//! The forms in which DAGs are written, and in which their fields are given.

use serde_json::json;

use super::*;

#[test]
fn every_form_of_a_dag_is_found() {
    for (body, expected) in [
        ("with DAG('a'): pass", vec!["a"]),
        ("with DAG(dag_id='a') as d: pass", vec!["a"]),
        ("d = DAG('a')", vec!["a"]),
        ("x = y = DAG('a')", vec!["a"]),
        ("@dag()\ndef a(): pass\na()", vec!["a"]),
        ("@dag\ndef a(): pass\na()", vec!["a"]),
        ("@dag('b', schedule=None)\ndef a(): pass\nit = a()", vec!["b"]),
        ("@asset(schedule=None)\ndef a(): pass", vec!["a"]),
        ("@asset.multi(schedule=None, outlets=[])\ndef b(): pass", vec!["b"]),
        ("import airflow as af\nd = af.DAG('a')", vec!["a"]),
        ("from airflow.models.dag import DAG as D\nwith D('a'): pass", vec!["a"]),
        ("from airflow import models\nd = models.DAG('a')", vec!["a"]),
        ("ID = 'a'\nwith DAG(ID + '_b'): pass", vec!["a_b"]),
        ("ID = 'a'\nwith DAG(f'{ID}_{1}_{True}'): pass", vec!["a_1_True"]),
        ("with DAG('{}-{name}'.format('a', name='b')): pass", vec!["a-b"]),
        ("with DAG('%s_%d' % ('a', 2)): pass", vec!["a_2"]),
        ("from pathlib import Path\nwith DAG(Path(__file__).stem): pass", vec!["x"]),
        ("import os\nwith DAG(os.path.basename(__file__).replace('.py', '')): pass", vec!["x"]),
        ("import os\nwith DAG(os.path.splitext(os.path.basename(__file__))[0]): pass", vec!["x"]),
        ("import os\nwith DAG(os.path.basename(__file__).split('.')[0]): pass", vec!["x"]),
        ("ARGS = {'dag_id': 'a', 'schedule': None}\nd = DAG(**ARGS)", vec!["a"]),
        ("class C:\n    ID = 'a'\nd = DAG(C.ID)", vec!["a"]),
        (
            "try:\n    from airflow.sdk import DAG\nexcept ImportError:\n    from airflow import DAG\nd = DAG('a')",
            vec!["a"],
        ),
        ("for n in ['a', 'b']:\n    with DAG(f'x_{n}'): pass", vec!["x_a", "x_b"]),
        ("for n in range(2):\n    globals()[f'd{n}'] = DAG(f'x_{n}')", vec!["x_0", "x_1"]),
        (
            "def make(n):\n    d = DAG(n)\n    return d\nfor n in ('a', 'b'):\n    globals()[n] = make(n)",
            vec!["a", "b"],
        ),
        ("def make(n):\n    with DAG(n) as d: pass\nmake('a')", vec!["a"]),
        ("def make(n):\n    @dag(dag_id=n)\n    def inner(): pass\n    return inner()\nmake('a')", vec!["a"]),
        ("C = {'a': 1, 'b': 2}\nfor k, v in C.items():\n    with DAG(k, schedule=v): pass", vec!["a", "b"]),
        ("if __name__ == '__main__':\n    DAG('no').test()\nd = DAG('a')", vec!["a"]),
        ("if True:\n    d = DAG('a')\nelse:\n    d = DAG('b')", vec!["a"]),
        ("import os\nd = DAG('a')\nif os.getenv('X'):\n    d.doc_md = 'x'", vec!["a"]),
        ("from airflow.decorators import dag as flow\n@flow(schedule=None)\ndef a(): pass\na()", vec!["a"]),
        ("@asset(schedule=None, name='b')\ndef a(): pass", vec!["b"]),
        ("import airflow.sdk\nd: airflow.sdk.DAG = airflow.sdk.DAG('a')", vec!["a"]),
        ("(d := DAG('a'))", vec!["a"]),
        ("with DAG('a') as x, DAG('b') as y: pass", vec!["a", "b"]),
        ("globals().update({n: DAG(n) for n in ('a', 'b')})", vec!["a", "b"]),
        ("d = DAG('a')\nwith d: pass\nd = None", vec!["a"]),
        ("d = e = DAG('a')\ndel d", vec!["a"]),
        ("import os\nd = DAG(os.path.basename(__file__)[:-3])", vec!["x"]),
        ("def f(): pass\nit = dag(dag_id='a')(f)()", vec!["a"]),
        ("def f(): pass\nit = dag(f)()", vec!["f"]),
        ("class K:\n    d = DAG('a')\nx = K.d", vec!["a"]),
        ("daily = dag(schedule='@daily')\n@daily\ndef a(): pass\na()", vec!["a"]),
        ("@(dag(schedule=None) if True else task)\ndef a(): pass\na()", vec!["a"]),
        ("import os\nd = DAG(os.path.split(__file__)[1].rsplit('.', 1)[0])", vec!["x"]),
        ("import os\nd = DAG(os.path.basename(__file__).partition('.')[0])", vec!["x"]),
        ("from pathlib import Path\nd = DAG(Path(__file__).resolve().parent.name)", vec!["dags"]),
    ] {
        assert_eq!(ids(body), expected, "{body}");
    }
}

#[test]
fn what_only_running_would_tell_is_flagged_and_never_guessed() {
    for (body, expected) in [
        ("import os\nd = DAG(os.environ['X'])", vec!["dag-dynamic"]),
        ("import os\nd = DAG(f\"a_{os.getenv('X')}\")", vec!["dag-dynamic"]),
        ("d = DAG(**settings())", vec!["dag-dynamic"]),
        ("for n in load():\n    with DAG(f'a_{n}'): pass", vec!["dag-dynamic"]),
        ("def make(n):\n    return DAG(n)\nfor n in load():\n    globals()[n] = make(n)", vec!["dag-dynamic"]),
        ("import dagfactory\ndagfactory.load_yaml_dags(globals_dict=globals())", vec!["dag-dynamic"]),
        ("from dagfactory import load_yaml_dags\nload_yaml_dags('x')", vec!["dag-dynamic"]),
        ("for n, d in bag().items():\n    globals()[n] = d", vec!["dag-dynamic"]),
        ("class My(DAG): pass\nd = My(dag_id='a')", vec!["dag-dynamic"]),
        ("class Maker:\n    def build(self):\n        return DAG('a')\nd = Maker().build()", vec!["dag-dynamic"]),
        ("import os\nif os.getenv('X'):\n    d = DAG('a')", vec!["a", "dag-conditional"]),
        ("for n in load():\n    with DAG('a'): pass", vec!["a", "dag-conditional"]),
        ("globals().update(load())", vec!["dag-dynamic"]),
        ("import sys\nsetattr(sys.modules[__name__], 'd', DAG('a'))", vec!["dag-dynamic"]),
        (
            "from contextlib import ExitStack\nwith ExitStack() as st:\n    st.enter_context(DAG('a'))",
            vec!["dag-dynamic"],
        ),
        ("import asyncio\nasync def f():\n    return DAG('a')\nd = asyncio.run(f())", vec!["dag-dynamic"]),
        ("from functools import partial\nD = partial(DAG, schedule=None)\nd = D('a')", vec!["dag-dynamic"]),
        ("ds = list(map(DAG, ['a']))\nd = ds[0]", vec!["dag-dynamic"]),
        ("make = lambda n: DAG(n)\nd = make('a')", vec!["dag-dynamic"]),
        // A decorator may make a DAG of the function, or may not.
        ("import os\n@(dag(schedule=None) if os.getenv('X') else task)\ndef a(): pass\na()", vec!["dag-dynamic"]),
        ("import os\nmade = dag if os.getenv('X') else task\n@made\ndef a(): pass\na()", vec!["dag-dynamic"]),
        ("@[dag, task][len(load())]\ndef a(): pass\na()", vec!["dag-dynamic"]),
        (
            "def made(f):\n    @dag(dag_id='x')\n    def inner(): f()\n    return inner()\n@made\ndef a(): pass",
            vec!["dag-dynamic"],
        ),
        (
            "from functools import partial\nflow = partial(dag, schedule=None)\n@flow()\ndef a(): pass\na()",
            vec!["dag-dynamic", "dag-dynamic"],
        ),
        (
            "def made(**k):\n    return dag(**k)\n@made(dag_id='x')\ndef a(): pass\na()",
            vec!["dag-dynamic", "dag-dynamic"],
        ),
        ("it = dag(dag_id='a')(lambda: None)()", vec!["dag-dynamic"]),
        ("if hasattr(DAG, 'test'):\n    pass", vec![]),
        ("import typer\napp = typer.Typer()\n@app.command()\ndef a(): pass", vec![]),
        ("from functools import cache\n@cache\ndef a(): pass\na()", vec![]),
    ] {
        assert_eq!(ids(body), expected, "{body}");
    }
}

#[test]
fn what_airflow_does_not_find_is_no_resource() {
    for (body, expected) in [
        ("def f():\n    d = DAG('a')", vec![]),
        ("def f():\n    d = DAG('a')\nf()", vec!["dag-not-found"]),
        ("all = [DAG('a')]", vec!["dag-not-found"]),
        ("@dag()\ndef a(): pass", vec!["dag-never-called"]),
        ("if False:\n    d = DAG('a')", vec![]),
        ("d = DAG('a')\nd = DAG('b')", vec!["b", "dag-not-found"]),
        ("for n in ('a', 'b'):\n    d = DAG(n)", vec!["b", "dag-not-found"]),
        ("d = DAG('a')\ndel d", vec!["dag-not-found"]),
    ] {
        assert_eq!(ids(body), expected, "{body}");
    }
}

#[test]
fn names_from_other_files_are_followed() {
    let files = [
        (
            "dags/x.py",
            "from airflow.sdk import DAG\nfrom include import names\nfrom include.names import TEAM as T, tags\nwith DAG(f'{T}_{names.WHAT}', tags=tags, schedule=names.Times.daily): pass\n",
        ),
        (
            "include/names.py",
            "from include.deep.base import WHAT\nTEAM = 'crm'\ntags = [TEAM, WHAT]\nclass Times:\n    daily = '@daily'\n",
        ),
        ("include/deep/base.py", "WHAT = 'orders'\n"),
    ];
    let extracted = read(&files);
    let (id, dag) = extracted.manifest.resources.into_iter().next().unwrap();
    assert_eq!(id.id, "crm_orders");
    assert_eq!((value(&dag, "tags"), value(&dag, "schedule")), (json!(["crm", "orders"]), json!("@daily")));
    let factory = [
        ("dags/x.py", "# airflow dag\nfrom include.factory import make\nmake('a')\n"),
        ("include/factory.py", "from airflow.sdk import DAG\ndef make(n):\n    with DAG(n) as d: pass\n    return d\n"),
    ];
    assert_eq!(told(&read(&factory).findings), ["warning dag-dynamic dags/x.py:3:1"]);
    let decorator = [
        ("dags/x.py", "# airflow dag\nfrom include.deco import made\n@made\ndef a(): pass\na()\n"),
        (
            "include/deco.py",
            "from airflow.sdk import dag\ndef made(f):\n    @dag(dag_id=f.__name__)\n    def inner(): f()\n    return inner\n",
        ),
    ];
    assert_eq!(told(&read(&decorator).findings), ["warning dag-dynamic dags/x.py:3:1"]);
}

#[test]
fn a_schedule_is_read_in_all_its_spellings() {
    for (given, expected) in [
        ("schedule=None", json!(null)),
        ("schedule='@daily'", json!("@daily")),
        ("schedule='0 6 * * 1-5'", json!("0 6 * * 1-5")),
        ("schedule=timedelta(days=1)", json!("1 day, 0:00:00")),
        ("schedule=timedelta(hours=36, minutes=5)", json!("1 day, 12:05:00")),
        ("schedule=pendulum.duration(minutes=90)", json!("1:30:00")),
        ("schedule_interval='@weekly'", json!("@weekly")),
        ("schedule=f'{5} * * * *'", json!("5 * * * *")),
        ("schedule='@daily' if True else None", json!("@daily")),
        ("schedule=(Asset('a'), Asset('b'))", json!({"assets": ["a", "b"]})),
        ("schedule=Asset('s3://a')", json!({"assets": ["s3://a"]})),
        ("schedule=[Asset('a'), Asset(name='b', uri='s3://b')]", json!({"assets": ["a", "s3://b"]})),
        ("schedule=Asset('a') | Asset('b') | Asset('c')", json!({"any": ["a", "b", "c"]})),
        ("schedule=Asset('a') & (Asset('b') | Asset('c'))", json!({"all": ["a", {"any": ["b", "c"]}]})),
        ("", json!(null)),
    ] {
        assert_eq!(value(&one(&format!("d = DAG('a', {given})")), "schedule"), expected, "{given}");
    }
    let timetable = "from airflow.timetables.trigger import CronTriggerTimetable\nd = DAG('a', schedule=CronTriggerTimetable('0 1 * * 3', timezone='UTC'))";
    assert_eq!(
        value(&one(timetable), "schedule"),
        json!({"timetable": "CronTriggerTimetable", "cron": "0 1 * * 3", "timezone": "UTC"})
    );
    let hidden = "import os\nd = DAG('a', schedule=os.environ['CRON'])";
    assert_eq!(dynamic(&one(hidden), "schedule"), "reads the environment variable `CRON`");
    let on_two = read_on("apache-airflow==2.10.5\n", &[("dags/x.py", "from airflow import DAG\nd = DAG('a')\n")]);
    let dag = on_two.manifest.resources.into_values().next().unwrap();
    assert_eq!((value(&dag, "schedule"), value(&dag, "catchup")), (json!("1 day, 0:00:00"), json!(true)));
}

#[test]
fn the_fields_of_a_dag_are_read() {
    let dag = one(
        "ARGS = {'owner': 'me', 'start_date': datetime(2024, 2, 3)}\nd = DAG('a', 'Moves orders', default_args=ARGS, catchup=True, tags=['x', 'y'], is_paused_upon_creation=True, max_active_runs=3, end_date=pendulum.datetime(2030, 1, 1, tz='Europe/Berlin'), params={'n': 1, 'must': Param(type='string'), 'may': Param('z', enum=['z'])})",
    );
    insta::assert_json_snapshot!(dag.attributes, @r#"
    {
      "catchup": true,
      "connections": [],
      "dags": [],
      "description": "Moves orders",
      "end_date": "2030-01-01T00:00:00[Europe/Berlin]",
      "env": [],
      "is_paused_upon_creation": true,
      "max_active_runs": 3,
      "outlets": [],
      "params": {
        "n": 1,
        "must": {
          "schema": {
            "type": "string"
          }
        },
        "may": {
          "default": "z",
          "schema": {
            "enum": [
              "z"
            ]
          }
        }
      },
      "pools": [],
      "schedule": null,
      "start_date": "2024-02-03T00:00:00+00:00",
      "tags": [
        "x",
        "y"
      ],
      "tasks": [],
      "variables": []
    }
    "#);
    let decorated = one("@dag(schedule=None)\ndef a(n: int = 5, name: str = 'x'): pass\na(n=6)");
    assert_eq!(value(&decorated, "params"), json!({"n": 6, "name": "x"}));
    let moving = one("from airflow.utils.dates import days_ago\nd = DAG('a', start_date=days_ago(2))");
    assert_eq!(dynamic(&moving, "start_date"), "calls `airflow.utils.dates.days_ago`");
}

#[test]
fn task_ids_are_read_as_airflow_names_them() {
    for (body, expected) in [
        ("EmptyOperator(task_id='a') >> EmptyOperator(task_id='b')", json!(["a", "b"])),
        ("for n in range(2):\n        EmptyOperator(task_id=f't{n}')", json!(["t0", "t1"])),
        ("[EmptyOperator(task_id=n) for n in ('a', 'b')]", json!(["a", "b"])),
        ("EmptyOperator.partial(task_id='m').expand(x=[1])", json!(["m"])),
        (
            "with TaskGroup('g'):\n        EmptyOperator(task_id='a')\n        with TaskGroup(group_id='h'):\n            EmptyOperator(task_id='b')",
            json!(["g.a", "g.h.b"]),
        ),
        ("@task\n    def f(): pass\n    f()\n    f()\n    f.override(task_id='o')()", json!(["f", "f__1", "o"])),
        ("@task(task_id='n')\n    def f(x): pass\n    f.expand(x=[1])", json!(["n"])),
        ("@task_group\n    def g():\n        EmptyOperator(task_id='a')\n    g()\n    g()", json!(["g.a", "g__1.a"])),
        ("def add(n):\n        return EmptyOperator(task_id=n)\n    add('a') >> add('b')", json!(["a", "b"])),
    ] {
        let dag = one(&format!("with DAG('x'):\n    {body}\n"));
        assert_eq!(value(&dag, "tasks"), expected, "{body}");
    }
    let outside = one("d = DAG('x')\nEmptyOperator(task_id='a', dag=d)");
    assert_eq!(value(&outside, "tasks"), json!(["a"]));
    let hidden = one("from lib import add\nwith DAG('x') as d:\n    add(d)");
    assert_eq!(dynamic(&hidden, "tasks"), "calls `lib.add`, which may add tasks");
    let looped = one("with DAG('x') as d:\n    for n in names:\n        EmptyOperator(task_id='a')");
    assert!(dynamic(&looped, "tasks").starts_with("it stands in a loop"));
}
