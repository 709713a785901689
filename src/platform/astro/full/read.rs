//! What the process that loaded the DAGs wrote, and what it means.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::super::assets::is_meant;
use super::super::dag::OUTLETS;
use crate::finding::Finding;
use crate::manifest::{Attribute, Manifest, Resource};
use crate::names::Place;
use crate::tree::join;

/// What the script writes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Told {
    /// Airflow's version; absent where it is not installed.
    pub airflow: Option<String>,
    /// The DAGs by id.
    #[serde(default)]
    pub dags: BTreeMap<String, Loaded>,
    /// The files that cannot be loaded.
    #[serde(default)]
    pub errors: Vec<Failed>,
    /// Files that took more than twenty seconds.
    #[serde(default)]
    slow: Vec<(Option<String>, f64)>,
    /// The file that was being loaded when this was written, from the project's folder: it has not come to its end.
    #[serde(default)]
    pub reading: Option<String>,
    /// Why nothing was loaded at all.
    #[serde(default)]
    pub failed: Option<Failed>,
}

/// A DAG that Airflow loaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Loaded {
    /// From the project's folder.
    pub file: Option<String>,
    /// The assets that its tasks update, by their URIs or names.
    #[serde(default)]
    outlets: BTreeSet<String>,
}

/// A file that Airflow could not load.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Failed {
    /// From the project's folder.
    file: Option<String>,
    /// The last line of the project's own that was reached.
    place: Option<(String, u32)>,
    /// What Python said.
    said: String,
}

/// What is found by loading: files that fail, DAGs that source did not show or showed in vain, slow files.
pub(super) fn findings(told: &Told, folder: &str, declared: &Manifest) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        told.errors.iter().chain(&told.failed).map(|failed| of_error(failed, folder)).collect();
    if told.failed.is_none() {
        found.extend(differences(told, folder, declared));
    }
    for (file, seconds) in &told.slow {
        let finding = Finding::warning("import-slow", format!("Airflow took {seconds:.0} s to load this file"))
            .help("it is loaded again and again: move what takes time into tasks");
        found.push(match file {
            Some(file) => finding.at(Place::file(join(folder, file))),
            None => finding,
        });
    }
    found
}

fn of_error(failed: &Failed, folder: &str) -> Finding {
    // The deployment has a database with variables and connections, and the process that loads here has none.
    let signs = [
        "no such table",
        "sqlalche.me",
        "KeyError: 'Variable",
        "AirflowNotFoundException",
        "AirflowRuntimeError: VARIABLE_NOT_FOUND",
    ];
    let wants_database = signs.iter().any(|sign| failed.said.contains(sign));
    let finding = if wants_database {
        Finding::warning(
            "import-needs-database",
            format!("the file asks Airflow's database while it is loaded: {}", failed.said),
        )
        .help("whether it loads is known only there; read variables and connections in tasks or templates")
    } else {
        Finding::error("import-error", format!("Airflow cannot load the file: {}", failed.said))
    };
    match (&failed.place, &failed.file) {
        (Some((path, line)), _) => finding.at(Place { line: Some(*line), ..Place::file(join(folder, path)) }),
        (None, Some(path)) => finding.at(Place::file(join(folder, path))),
        (None, None) => finding,
    }
}

fn differences(told: &Told, folder: &str, declared: &Manifest) -> Vec<Finding> {
    let seen: BTreeSet<&str> = declared.resources.keys().map(|id| id.id.as_str()).collect();
    let failed: BTreeSet<String> =
        told.errors.iter().filter_map(|failed| failed.file.as_deref()).map(|file| join(folder, file)).collect();
    let unseen = told.dags.iter().filter(|(id, _)| !seen.contains(id.as_str())).map(|(id, dag)| {
        let finding = Finding::warning(
            "dag-not-seen",
            format!("Airflow loads DAG `{}`, which the source does not show", id.escape_debug()),
        )
        .help("plans do not know it: give it an id that stands in the code");
        match &dag.file {
            Some(file) => finding.at(Place::file(join(folder, file))),
            None => finding,
        }
    });
    let dags = declared.resources.values().filter(|resource| resource.id.kind == "dag");
    let vain = dags.filter_map(|dag| {
        let place = dag.place.as_ref()?;
        let fails = failed.contains(&place.path) || told.dags.contains_key(&dag.id.id);
        (!fails).then(|| {
            let message = format!("Airflow loads no DAG `{}`, though its file loads", dag.id.id.escape_debug());
            Finding::warning("dag-not-loaded", message).help("it is planned, and may not be there").at(place.clone())
        })
    });
    unseen.chain(vain).chain(updates(told, declared)).collect()
}

/// DAGs whose tasks update more assets than source shows. They are counted, for Airflow spells some URIs otherwise.
fn updates(told: &Told, declared: &Manifest) -> Vec<Finding> {
    let more = |dag: &Resource| {
        let seen = dag.attributes.get(OUTLETS).and_then(Attribute::value)?.as_array()?;
        let loaded = &told.dags.get(&dag.id.id)?.outlets;
        if loaded.len() <= seen.len() {
            return None;
        }
        let unseen = loaded.iter().filter(|asset| !seen.iter().any(|seen| is_meant(seen, asset)));
        let unseen: Vec<String> = unseen.map(|asset| format!("`{}`", asset.escape_debug())).collect();
        let says = format!(
            "the tasks of DAG `{}` update assets that the source does not show: {}",
            dag.id.id.escape_debug(),
            unseen.join(", ")
        );
        let finding = Finding::warning("outlets-not-seen", says)
            .help("plans do not know who waits for them: name them in `outlets` of the task");
        Some(dag.place.iter().cloned().fold(finding, Finding::at))
    };
    declared.resources.values().filter_map(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Origin;

    fn codes(json: &str) -> Vec<String> {
        let told: Told = serde_json::from_str(json).unwrap();
        let line = |finding: Finding| {
            format!(
                "{:?} {} {}",
                finding.severity,
                finding.code,
                finding.place.map(|place| place.to_string()).unwrap_or_default()
            )
        };
        findings(&told, "etl", &Manifest::empty(Origin::Source)).into_iter().map(line).collect()
    }

    #[test]
    fn what_fails_is_told_at_the_user_s_own_line() {
        assert_eq!(
            codes(
                r#"{"airflow": "3.1.8", "dags": {"a": {"file": "dags/a.py"}}, "errors": [
                    {"file": "dags/b.py", "place": ["include/c.py", 3], "said": "ZeroDivisionError: division by zero"},
                    {"file": "dags/d.py", "place": null, "said": "sqlalchemy.exc.OperationalError: no such table: variable"}],
                    "slow": [["dags/a.py", 7.2]]}"#
            ),
            [
                "Error import-error etl/include/c.py:3",
                "Warning import-needs-database etl/dags/d.py",
                "Warning dag-not-seen etl/dags/a.py",
                "Warning import-slow etl/dags/a.py",
            ]
        );
        assert_eq!(
            codes(r#"{"airflow": "3.1.8", "failed": {"file": null, "place": null, "said": "SystemExit: 1"}}"#),
            ["Error import-error "]
        );
    }
}
