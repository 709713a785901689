//! What names mean: `from airflow import DAG as D` makes `D` the path `airflow.DAG`.

use ruff_python_ast::{StmtImport, StmtImportFrom};
use ruff_text_size::Ranged as _;

use super::module::Import;
use super::value::Val;

/// Where `airflow` keeps the class.
const DAG: [&str; 5] = [
    "airflow.DAG",
    "airflow.models.DAG",
    "airflow.models.dag.DAG",
    "airflow.sdk.DAG",
    "airflow.sdk.definitions.dag.DAG",
];

/// Where `airflow` keeps the decorator.
const DAG_DECORATOR: [&str; 5] = [
    "airflow.decorators.dag",
    "airflow.models.dag.dag",
    "airflow.sdk.dag",
    "airflow.sdk.definitions.dag.dag",
    "airflow.decorators.dag.dag",
];

/// The class of assets, where it is named by us.
pub(in super::super) const ASSET: &str = "airflow.sdk.Asset";

/// Classes of others that are a DAG, with `dag_id` by name or first.
const DAG_LIKE: [&str; 2] = ["cosmos.DbtDag", "cosmos.airflow.dag.DbtDag"];

/// Whether a path is Airflow's class.
pub(in super::super) fn is_dag_class(path: &str) -> bool {
    DAG.contains(&path) || DAG_LIKE.contains(&path)
}

/// Whether a path is Airflow's decorator.
pub(in super::super) fn is_dag_decorator(path: &str) -> bool {
    DAG_DECORATOR.contains(&path)
}

/// Whether a path is the decorator of Airflow 3 that makes a DAG for an asset.
pub(in super::super) fn is_asset_decorator(path: &str) -> bool {
    matches!(path, "airflow.sdk.asset" | "airflow.sdk.definitions.asset.decorators.asset" | "airflow.decorators.asset")
}

/// Whether a path is a decorator that makes a task of a function: `task`, `task.python`, `task.virtualenv`.
pub(in super::super) fn is_task_decorator(path: &str) -> bool {
    ["airflow.decorators.task", "airflow.sdk.task"]
        .iter()
        .any(|task| path.strip_prefix(task).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Whether a path is a decorator that makes a group of tasks.
pub(in super::super) fn is_group_decorator(path: &str) -> bool {
    matches!(
        path,
        "airflow.decorators.task_group" | "airflow.sdk.task_group" | "airflow.decorators.task_group.task_group"
    )
}

/// Whether a path is the class of a group of tasks.
pub(in super::super) fn is_group_class(path: &str) -> bool {
    matches!(
        path,
        "airflow.utils.task_group.TaskGroup" | "airflow.sdk.TaskGroup" | "airflow.sdk.definitions.taskgroup.TaskGroup"
    )
}

/// The names that `import a.b, c as d` sets, and what is imported.
pub(super) fn plain(import: &StmtImport, spared: bool) -> (Vec<(String, Val)>, Vec<Import>) {
    let mut names = Vec::new();
    let mut imports = Vec::new();
    for alias in &import.names {
        let module = alias.name.to_string();
        let (name, means) = if let Some(name) = &alias.asname {
            (name.to_string(), module.clone())
        } else {
            // `import a.b` sets `a`, through which `a.b` is reached.
            let first = module.split('.').next().unwrap_or_default().to_owned();
            (first.clone(), first)
        };
        names.push((name, Val::Path(means)));
        imports.push(Import { level: 0, module, name: None, spared, range: alias.range() });
    }
    (names, imports)
}

/// The names that `from a import b as c` sets, and what is imported. A relative path keeps its dots: `.helpers.f`.
pub(super) fn from(import: &StmtImportFrom, spared: bool) -> (Vec<(String, Val)>, Vec<Import>) {
    let module = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
    let dots = ".".repeat(usize::try_from(import.level).unwrap_or_default().min(64));
    let mut names = Vec::new();
    let mut imports = Vec::new();
    for alias in &import.names {
        let name = alias.name.to_string();
        let joint = if module.is_empty() { "" } else { "." };
        if name != "*" {
            let means = format!("{dots}{module}{joint}{name}");
            let set = alias.asname.as_ref().map_or_else(|| name.clone(), ToString::to_string);
            names.push((set, Val::Path(means)));
        }
        imports.push(Import {
            level: import.level,
            module: module.clone(),
            name: Some(name),
            spared,
            range: alias.range(),
        });
    }
    (names, imports)
}
