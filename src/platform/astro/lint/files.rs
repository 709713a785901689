//! What was found in the files themselves, and around them.

use std::collections::BTreeSet;

use super::super::settings;
use super::Lint;
use crate::finding::{Finding, Severity};
use crate::names::Place;
use crate::platform::paths::below;

impl Lint<'_, '_> {
    /// What is to be said of the project as a whole.
    pub(super) fn project(&mut self) {
        let world = self.world;
        for (path, line, why) in &world.ignore.unread {
            let place = Place { line: Some(*line), ..Place::file(path) };
            let finding = Finding::warning("airflowignore-unread", why.clone())
                .help("files that it would pass over are read as if they were not ignored");
            self.findings.push(finding.at(place));
        }
        for path in &world.doubtful {
            let message =
                "`.airflowignore` passes over this file in one of its two syntaxes, and nothing says which one counts";
            let finding = Finding::warning("airflowignore-syntax", message)
                .help("name the version of Airflow in the Dockerfile or in requirements.txt");
            self.findings.push(finding.at(Place::file(path)));
        }
        let packed = world.tree.under(&world.dags).filter(|(path, _)| path.ends_with(".zip"));
        for (path, _) in packed {
            let finding =
                Finding::warning("dags-packed", "Airflow looks for DAGs in this archive, and it is not read here")
                    .help("keep the files themselves in the repository");
            self.findings.push(finding.at(Place::file(path)));
        }
        let dockerfile = world.file("Dockerfile");
        let text = world.tree.text(&dockerfile).map_or("", |text| text);
        if let Some((line, platform)) = settings::other_platform(text) {
            let message = format!("the image is for `{}`, and Astro runs linux/amd64", platform.escape_debug());
            let finding = Finding::error("image-platform", message)
                .help("write `FROM --platform=linux/amd64 …`, or leave it to the build");
            self.findings.push(finding.at(Place { line: Some(line), ..Place::file(&dockerfile) }));
        }
        if world.has_no_dags() && world.tree.has(&dockerfile) {
            let message =
                format!("no DAG lies in `{}`: the image is deployed alone, and the DAGs there stay", world.dags);
            let help = "DAGs that should be here lie in the folder `dags`, or in that which `dags` of its [project.astro] names";
            self.findings.push(Finding::info("image-alone", message).help(help));
        } else if world.dag_files.is_empty() {
            let message = format!("no Python file lies in `{}`", world.dags);
            let help =
                "DAGs lie in the folder `dags` of the project, or in that which `dags` of its [project.astro] names";
            self.findings.push(Finding::warning("no-dags", message).help(help));
        }
    }

    /// Tells what was found in each file, as far as the file matters.
    pub(super) fn files(&mut self) {
        for module in self.reachable.clone() {
            let world = self.world;
            let facts = &world.modules[module];
            if facts.unread {
                continue;
            }
            for remark in &facts.remarks {
                self.remark(module, remark);
            }
        }
    }

    /// Tells what could not be read: as grave as it is where DAGs lie and where they import from, at most a warning elsewhere in the
    /// project, not at all outside of it.
    pub(super) fn unread(&mut self) {
        let world = self.world;
        let imported: BTreeSet<&str> = world.unread.iter().map(String::as_str).collect();
        for finding in world.tree.findings() {
            let Some(place) = &finding.place else { continue };
            let path = place.path.as_str();
            let is_dag = path.ends_with(".py") && below(&world.dags, path).is_some() && !world.passed.contains(path);
            if is_dag || imported.contains(path) {
                self.findings.push(finding.clone());
            } else if world.folder.is_empty() || below(world.folder, path).is_some() {
                let severity = finding.severity.min(Severity::Warning);
                self.findings.push(Finding { severity, ..finding.clone() });
            }
        }
    }
}
