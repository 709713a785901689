//! Which folders are Airflow projects, and which files need to be read.

use std::collections::BTreeSet;

use super::settings::is_runtime;
use crate::context::config::astro::AstroSpec;
use crate::platform::paths::{below, file_name, folder};
use crate::tree::{File, Tree, join};
use crate::work::Project;

/// The folder that looks like a project's DAGs, where nothing says which one is.
const DAGS: &str = "dags";

/// Folders whose content nobody wrote here.
const FOREIGN: [&str; 9] =
    ["node_modules", ".git", ".venv", "venv", "site-packages", "__pycache__", ".tox", ".nox", ".airlock"];

/// Folders in which a `dags` is somebody's test data.
const TESTS: [&str; 4] = ["tests", "test", "fixtures", "testdata"];

/// Files beside the DAGs that say how they are run.
const NAMED: [&str; 7] = [
    "Dockerfile",
    "requirements.txt",
    "pyproject.toml",
    ".python-version",
    ".airflowignore",
    "airflow_settings.yaml",
    "packages.txt",
];

/// Endings of files that DAGs read as templates.
const TEMPLATES: [&str; 5] = [".sql", ".hql", ".sh", ".j2", ".jinja"];

/// Endings of files that code in the image reads.
const DATA: [&str; 6] = [".json", ".yaml", ".yml", ".toml", ".ini", ".cfg"];

/// The folders (`""` is the root) that look like an Airflow project: what `astro dev init` writes, a `Dockerfile` from Astro's
/// runtime, or a folder `dags` with a file that imports Airflow.
pub fn detect(tree: &Tree) -> Vec<String> {
    let mut sure = BTreeSet::new();
    let mut likely = BTreeSet::new();
    for (path, file) in tree.files().filter(|(path, _)| !is_foreign(path)) {
        let home = folder(path);
        if file_name(home) == ".astro" && file_name(path) == "config.yaml" {
            sure.insert(folder(home).to_owned());
        }
        let File::Text(text) = file else { continue };
        if file_name(path) == "Dockerfile" && text.lines().any(is_runtime) {
            sure.insert(home.to_owned());
        }
        if path.ends_with(".py") && (text.contains("from airflow") || text.contains("import airflow")) {
            likely.extend(project_of(path).map(str::to_owned));
        }
    }
    let outside = |path: &String| !sure.iter().any(|home| below(home, path).is_some() || home == path);
    let likely: BTreeSet<String> = likely.into_iter().filter(outside).collect();
    let first = |path: &&String| !likely.iter().any(|home| home != *path && below(home, path).is_some());
    let found: BTreeSet<String> = likely.iter().filter(first).cloned().chain(sure.iter().cloned()).collect();
    found.into_iter().collect()
}

/// The folder that holds the outermost `dags` around a file; tests have none.
fn project_of(path: &str) -> Option<&str> {
    let parts: Vec<&str> = folder(path).split('/').collect();
    let at = parts.iter().position(|part| *part == DAGS)?;
    if parts[..at].iter().any(|part| TESTS.contains(part)) {
        return None;
    }
    let length: usize = parts[..at].iter().map(|part| part.len() + 1).sum();
    Some(&path[..length.saturating_sub(1)])
}

/// Whether a path's text is needed, anywhere in the repository.
pub fn wants(path: &str) -> bool {
    let name = file_name(path);
    let is_named = NAMED.contains(&name) || (name == "config.yaml" && file_name(folder(path)) == ".astro");
    let is_template = TEMPLATES.iter().any(|ending| name.ends_with(ending)) && is_read_by_dags(path);
    let is_data = DATA.iter().any(|ending| name.ends_with(ending))
        && folder(path).split('/').any(|part| super::image::FOLDERS.contains(&part));
    (is_named || name.ends_with(".py") || is_template || is_data) && !is_foreign(path)
}

fn is_read_by_dags(path: &str) -> bool {
    folder(path).split('/').any(|part| matches!(part, DAGS | "include" | "sql"))
}

pub(super) fn is_foreign(path: &str) -> bool {
    folder(path).split('/').any(|part| FOREIGN.contains(&part))
}

/// The folder in which a project's DAGs lie.
pub(super) fn dags(project: &Project) -> String {
    join(&project.path, &project.astro.dags)
}

/// Whether a path is a template beside the DAGs of a project, whatever their folder is called, or a text of a bundle.
pub fn is_beside(project: &str, spec: &AstroSpec, path: &str) -> bool {
    let is_template = TEMPLATES.iter().any(|ending| path.ends_with(ending)) && !is_foreign(path);
    let is_of_bundle = spec.mount_path.is_some() && super::bundle::is_text(path) && below(project, path).is_some();
    is_of_bundle || is_template && below(&join(project, &spec.dags), path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_found_by_any_of_its_signs() {
        let imports = "from airflow.sdk import DAG\n";
        for (files, expected) in [
            (vec![(".astro/config.yaml", "project:\n"), ("dags/.airflowignore", "")], vec![""]),
            (vec![("etl/Dockerfile", "FROM quay.io/astronomer/astro-runtime:12.1.0\n")], vec!["etl"]),
            (
                vec![("etl/Dockerfile", "# syntax=x\nFROM astrocrpublic.azurecr.io/runtime:3.0-4 AS base\n")],
                vec!["etl"],
            ),
            (vec![("dags/a.py", imports)], vec![""]),
            (vec![("one/dags/deep/a.py", imports), ("two/dags/b.py", imports)], vec!["one", "two"]),
            (vec![("one/.astro/config.yaml", ""), ("one/include/dags/b.py", imports)], vec!["one"]),
            (vec![("one/dags/x/dags/b.py", imports)], vec!["one"]),
            (vec![("tests/dags/b.py", imports)], vec![]),
            (vec![("dags/a.py", "print('x')\n")], vec![]),
            (vec![("Dockerfile", "FROM python:3.12\n")], vec![]),
            (vec![("venv/lib/site-packages/airflow/example/dags/a.py", imports)], vec![]),
        ] {
            assert_eq!(detect(&Tree::of_texts(files.clone())), expected, "{files:?}");
        }
    }

    #[test]
    fn only_what_is_read_is_wanted() {
        for path in
            ["dags/a.py", "include/x.py", "Dockerfile", "p/requirements.txt", "dags/.airflowignore", "dags/sql/a.sql"]
        {
            assert!(wants(path), "{path}");
        }
        for path in ["README.md", ".venv/lib/a.py", "migrations/a.sql", "dags/a.csv", "x/config.yaml"] {
            assert!(!wants(path), "{path}");
        }
    }
}
