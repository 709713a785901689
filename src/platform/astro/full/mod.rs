//! Every DAG loaded once by the project's own Airflow, in one confined process that writes what came of it.
//!
//! The process sees no key. It has no database, so a file that asks it while it is loaded is told as not known; a project without
//! Airflow is read from source alone, and the report says so.

mod read;

use std::time::Duration;

use crate::finding::{Finding, SuiteEnd};
use crate::history::beneath::Folder;
use crate::names::Place;
use crate::platform::{Building, Compiled};
use crate::problem::Problem;
use crate::process::{End, Ran};
use crate::tree::join;
use read::Told;

/// What people call it.
pub(super) const NAME: &str = "Airflow's own parse";

/// Loads the DAGs, as one argument of Python.
const SCRIPT: &str = include_str!("script.py");

/// How long it may take: 600 files took a minute on two cores; each file has Airflow's own 30 seconds.
const LIMIT: Duration = Duration::from_mins(15);

/// What the script writes, in the folder of the project.
const OUT: &str = ".airlock-dagbag.json";

/// The largest file that it may write, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Loads the DAGs.
///
/// # Errors
///
/// A fault of our own. Everything that may be wrong with the project is in [`Compiled::findings`].
pub(super) async fn parse(building: Building<'_>) -> Result<Compiled, Problem> {
    if building.project.astro.mount_path.is_some() {
        let why = "a bundle has no DAGs".to_owned();
        return Ok(Compiled::nothing(NAME, SuiteEnd::Skipped { why }, None, Vec::new()));
    }
    let folder = building.root.join(&building.project.path);
    let venv = folder.join(".venv/bin/python");
    let python = if venv.is_file() { venv.display().to_string() } else { "python3".to_owned() };
    let argv = [&python, "-c", SCRIPT, ".", OUT, &building.project.astro.dags].map(str::to_owned).to_vec();
    let environment = building.environment.clone().with("PYTHONDONTWRITEBYTECODE", "1");
    let ran = building.run(NAME, argv, environment, LIMIT).await;
    let written = Folder::root(&folder).ok().and_then(|folder| folder.read(OUT, LARGEST).ok().flatten());
    // What it wrote is no file of the project.
    let _gone_or_not = std::fs::remove_file(folder.join(OUT));
    let told: Option<Told> = written.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(judged(&building, told, ran))
}

fn judged(building: &Building<'_>, told: Option<Told>, ran: Ran) -> Compiled {
    let told = match (told, &ran.end) {
        (Some(told), End::Exited(0)) if told.reading.is_none() => told,
        (told, end) => {
            let (end, why) = unread(end);
            // The file that was loaded then is the one that ended the process, or kept it.
            let finding = match told.and_then(|told| told.reading) {
                Some(file) => Finding::error("import-failed", format!("{why}, at this file"))
                    .at(Place::file(join(&building.project.path, &file))),
                None => Finding::error("import-failed", why),
            };
            let finding = finding.help("load the DAGs by hand: `airflow dags list-import-errors`");
            let findings = if matches!(end, SuiteEnd::Cancelled) { Vec::new() } else { vec![finding] };
            return Compiled::nothing(NAME, end, Some(ran), findings);
        }
    };
    if told.airflow.is_none() {
        let why = "Airflow is not installed, so the DAGs were read from source alone".to_owned();
        return Compiled::nothing(NAME, SuiteEnd::Skipped { why }, Some(ran), Vec::new());
    }
    let findings = read::findings(&told, &building.project.path, building.manifest);
    let fails = findings.iter().any(|finding| finding.severity == crate::finding::Severity::Error);
    let end = if fails { SuiteEnd::Failed { code: None } } else { SuiteEnd::Passed };
    Compiled::nothing(NAME, end, Some(ran), findings)
}

/// How a process ended that wrote nothing that can be read.
fn unread(end: &End) -> (SuiteEnd, String) {
    let ended = match SuiteEnd::from(end) {
        SuiteEnd::Passed => SuiteEnd::Failed { code: None },
        other => other,
    };
    let why = match end {
        End::Exited(0) => "the process that loads the DAGs ended before it was done".to_owned(),
        End::Exited(code) => format!("the process that loads the DAGs exited {code}"),
        End::Signalled(signal) => format!("loading the DAGs died by signal {signal}"),
        End::TimedOut => format!("loading the DAGs took longer than {} minutes", LIMIT.as_secs() / 60),
        End::Cancelled(_) => "cancelled".to_owned(),
        End::NotStarted(why) => why.to_string(),
    };
    (ended, why)
}

#[cfg(test)]
mod tests;
