//! What is wrong with the DAGs themselves.

use std::collections::BTreeMap;

use super::super::dag::Declared;
use super::super::python::module::How;
use super::Lint;
use crate::platform::parse::frame::place;

/// The longest id, in characters: `ID_LEN` of Airflow's database.
const LONGEST_ID: usize = 250;

impl Lint<'_, '_> {
    /// Looks at the DAGs that are seen, and at what may hide others.
    pub(super) fn dags(&mut self) {
        self.hidden();
        self.twice();
        for dag in self.declared {
            self.dag(dag);
        }
        for module in self.world.dag_files.iter().copied() {
            self.not_found(module);
        }
    }

    fn hidden(&mut self) {
        for hidden in self.hidden {
            let message = format!("what runs here is not seen in full: it {}", hidden.why);
            let help = "DAGs made here are missing from plans; a full parse with Airflow itself sees them";
            self.warning(hidden.module, "dag-dynamic", hidden.range, message, help);
        }
    }

    fn dag(&mut self, dag: &Declared<'_>) {
        let (module, range) = (dag.module, dag.made.call.range);
        let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if dag.id.is_empty() || dag.id.chars().count() > LONGEST_ID || !dag.id.chars().all(good) {
            let message = format!("`{}` is no id of a DAG", dag.id.escape_debug());
            let help = "letters, digits, `-`, `_` and `.`, at most 250";
            self.error(module, "dag-id-invalid", range, message, help);
        }
        if let Some(why) = &dag.made.guard {
            let message = format!("DAG `{}` is not always there: {why}", dag.id.escape_debug());
            self.warning(module, "dag-conditional", range, message, "it is planned as if it were");
        }
        if let Some((tasks, range)) = &dag.made.cycle {
            let message =
                format!("tasks of DAG `{}` wait for each other: {}", dag.id.escape_debug(), tasks.join(" → "));
            self.error(module, "task-cycle", *range, message, "turn one of the arrows round, or leave it out");
        }
    }

    /// DAGs of one id: of two files Airflow takes the one that it happens to read first, and calls the other an error.
    fn twice(&mut self) {
        let mut by_id: BTreeMap<&str, Vec<&Declared<'_>>> = BTreeMap::new();
        for dag in self.declared {
            by_id.entry(&dag.id).or_default().push(dag);
        }
        for (id, dags) in by_id.into_iter().filter(|(_, dags)| dags.len() > 1) {
            for dag in &dags {
                let others = dags.iter().filter(|other| other.module != dag.module);
                let at = others.map(|other| {
                    let path = &self.world.modules[other.module].path;
                    place(path, self.world.text(other.module), other.made.call.range.start().to_usize()).to_string()
                });
                let at: Vec<String> = at.collect();
                let range = dag.made.call.range;
                if !at.is_empty() {
                    let message = format!("DAG `{}` is made in {} too", id.escape_debug(), at.join(", "));
                    self.error(dag.module, "dag-duplicate", range, message, "give each DAG an id of its own");
                } else if dag.made.guard.is_none() && dags.iter().all(|other| other.made.guard.is_none()) {
                    let message =
                        format!("this file makes DAG `{}` more than once, and the last one counts", id.escape_debug());
                    self.warning(dag.module, "dag-duplicate", range, message, "give each DAG an id of its own");
                }
            }
        }
    }

    fn not_found(&mut self, module: usize) {
        let facts = &self.world.modules[module];
        let made_here = facts
            .made
            .iter()
            .any(|made| made.found && self.world.is_dag_class(module, &made.call.name) || made.how != How::Made);
        if !facts.discovered && made_here {
            let range = facts.made.first().map(|made| made.call.range).unwrap_or_default();
            let message = "Airflow passes over this file: neither `airflow` nor `dag` may be missing from its text";
            self.warning(
                module,
                "dag-not-found",
                range,
                message,
                "write `# airflow dag` into it, or turn `dag_discovery_safe_mode` off",
            );
            return;
        }
        let lost = facts.made.iter().filter(|made| !made.found && made.handed.is_none());
        for made in lost.filter(|made| self.world.is_dag_class(module, &made.call.name)) {
            let message = "no global of this file holds this DAG, so Airflow does not find it";
            self.warning(
                module,
                "dag-not-found",
                made.call.range,
                message,
                "give it a name at the top level, or use `with`",
            );
        }
        for (name, range) in &facts.never_called {
            let message = format!("`{}` is never called, so it makes no DAG", name.escape_debug());
            self.warning(module, "dag-never-called", *range, message, "call it at the end of the file");
        }
    }
}
