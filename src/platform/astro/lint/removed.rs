//! Names that Airflow 3 no longer has, or that Airflow 2 does not have yet.
//!
//! The lists were made by asking Airflow 3.1.8 for every name (import, and the signatures of `DAG` and `BaseOperator`).

use ruff_text_size::TextRange;

use super::super::python::module::{How, Import};
use super::super::python::remark::Remark;
use super::Lint;
use crate::finding::Severity;

/// Packages of which Airflow 3 keeps only these modules.
const KEPT: [(&str, &[&str]); 3] = [
    (
        "airflow.operators",
        &[
            "bash",
            "branch",
            "datetime",
            "email",
            "empty",
            "generic_transfer",
            "latest_only",
            "python",
            "smooth",
            "trigger_dagrun",
            "weekday",
        ],
    ),
    (
        "airflow.sensors",
        &[
            "base",
            "bash",
            "date_time",
            "external_task",
            "filesystem",
            "python",
            "time",
            "time_delta",
            "time_sensor",
            "weekday",
        ],
    ),
    ("airflow.hooks", &["base", "filesystem", "package_index", "subprocess"]),
];

/// Names that are gone, with what stands for them.
const GONE: [(&str, &str); 17] = [
    ("airflow.contrib", "take it from the provider's package"),
    ("airflow.utils.dates.days_ago", "give a fixed `start_date`: `pendulum.datetime(2025, 1, 1)`"),
    ("airflow.utils.decorators.apply_defaults", "leave it out: operators do it by themselves"),
    ("airflow.utils.helpers.chain", "import it from `airflow.sdk`"),
    ("airflow.utils.helpers.cross_downstream", "import it from `airflow.sdk`"),
    ("airflow.utils.file.TemporaryDirectory", "import it from `tempfile`"),
    ("airflow.utils.weekday", "import it from `airflow.providers.standard.utils.weekday`"),
    ("airflow.models.subdag", "use task groups"),
    ("airflow.datasets.manager", "use `airflow.sdk.Asset`"),
    ("airflow.dataset", "use `airflow.sdk.Asset`"),
    ("airflow.timetables.simple.DatasetTriggeredTimetable", "use `schedule=[asset]`"),
    ("airflow.triggers.external_task.TaskStateTrigger", "take it from the standard provider"),
    ("airflow.kubernetes", "take it from the Kubernetes provider"),
    ("airflow.executors.celery_executor", "take it from the Celery provider"),
    ("airflow.lineage.entities", "use OpenLineage's provider"),
    ("airflow.www", "it is gone with the old web server"),
    ("airflow.api.common.experimental", "use the REST API"),
];

/// Arguments of `DAG` that are gone.
const DAG_ARGUMENTS: [(&str, &str); 7] = [
    ("schedule_interval", "write `schedule=` instead"),
    ("timetable", "write `schedule=` instead"),
    ("concurrency", "write `max_active_tasks=` instead"),
    ("fail_stop", "write `fail_fast=` instead"),
    ("default_view", "leave it out"),
    ("orientation", "leave it out"),
    ("full_filepath", "leave it out"),
];

impl Lint<'_, '_> {
    /// Looks at imports, at the arguments of DAGs and operators, and at templates.
    pub(super) fn removed(&mut self) {
        for module in self.reachable.clone() {
            let facts = &self.world.modules[module];
            for import in facts.imports.iter().filter(|import| import.level == 0 && !import.spared) {
                self.import_kept(module, import);
            }
            for made in facts.made.iter().filter(|made| made.how != How::Asset) {
                let is_dag = made.how == How::Called || self.world.is_dag_class(module, &made.call.name);
                for (name, help) in DAG_ARGUMENTS.iter().filter(|(name, _)| is_dag && made.call.named(name).is_some()) {
                    self.gone(module, made.call.range, &format!("the argument `{name}` of a DAG"), help);
                }
            }
            for (range, what, help) in &facts.legacy {
                self.gone(module, *range, what, help);
            }
        }
    }

    fn import_kept(&mut self, module: usize, import: &Import) {
        if !is_within(&import.module, "airflow") {
            return;
        }
        let name = import.name.as_deref().unwrap_or_default();
        let full = format!("{}.{name}", import.module);
        let full = full.trim_end_matches('.');
        if full.starts_with("airflow.sdk") && self.world.settings.airflow == Some(2) {
            let message = "`airflow.sdk` exists only from Airflow 3 on";
            let help = self.said("the project runs Airflow 2");
            self.remark(module, &Remark::error("airflow3-only", import.range, message).help(help));
            return;
        }
        if let Some((gone, help)) = GONE.iter().find(|(gone, _)| is_within(full, gone)) {
            self.gone(module, import.range, &format!("`{gone}`"), help);
            return;
        }
        for (package, kept) in KEPT {
            let Some(rest) = full.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')) else { continue };
            let inner = rest.split('.').next().unwrap_or_default();
            if !kept.contains(&inner) {
                let help = "take it from the package of its provider: `airflow.providers.…`";
                self.gone(module, import.range, &format!("`{package}.{}`", inner.escape_debug()), help);
            }
        }
    }

    fn gone(&mut self, module: usize, range: TextRange, what: &str, help: &str) {
        let (severity, message) = match self.world.settings.airflow {
            Some(2) => (Severity::Info, format!("{what} is gone in Airflow 3")),
            Some(_) => (Severity::Error, format!("{what} is gone in Airflow 3, which this project runs")),
            None => (Severity::Warning, format!("{what} is gone in Airflow 3")),
        };
        let remark = Remark { severity, ..Remark::error("airflow3-removed", range, message) };
        self.remark(module, &remark.help(help));
    }

    fn said(&self, what: &str) -> String {
        self.world.settings.said_by.as_ref().map_or_else(|| what.to_owned(), |by| format!("{what}, says {by}"))
    }
}

fn is_within(name: &str, package: &str) -> bool {
    name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
