//! Whether what runs is what was sent: the version of the DAGs by Astro, and whether they load by their own Airflow.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::airflow::{Airflow, Dag, ImportError};
use super::ask::Unread;
use super::join::{below_dags, path};
use super::{Live, Sent, bundle, read};
use crate::applied::Verified;
use crate::manifest::{Manifest, ResourceId};
use crate::plan::{Plan, What};
use crate::platform::asking::{cut, paused};
use crate::tree::join;
use crate::watch::Watch;

/// The times between looks at Airflow, which loads files again every half minute unless its settings say otherwise; six minutes.
const LOOKS: [u64; 14] = [0, 5, 5, 10, 10, 15, 15, 30, 30, 30, 30, 60, 60, 60];
/// How much later than the arrival a load must be to be one of what arrived: clocks differ, and so do the pods of a deployment.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);
/// How many lines a verdict has at most.
const SHOWN: usize = 10;

/// What was seen of Airflow after a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    /// Files that could be loaded before cannot be now; a line each.
    Broken(Vec<String>),
    /// Not everything has been loaded again; what not.
    Waiting(Vec<String>),
    /// Everything is there and was loaded since.
    Loaded,
}

/// What a deploy is held against.
struct Case<'a> {
    sent: &'a Manifest,
    plan: &'a Plan,
    errors: Option<&'a BTreeSet<ImportError>>,
    arrived: Option<Timestamp>,
    /// The folder of the DAGs here.
    folder: &'a str,
}

impl Live {
    /// Looks until it is known, or the time is over.
    pub(super) async fn verified(&self, manifest: &Manifest, plan: &Plan, watch: &Watch) -> Verified {
        let Some(sent) = self.kept.borrow().sent.clone() else {
            return Verified::Unverified { why: "nothing was made final".to_owned() };
        };
        let there = match self.now(watch).await {
            Ok(there) => there,
            Err(problem) => return Verified::Unverified { why: problem.to_string() },
        };
        if let Some(how) = sent.image.as_ref().and_then(|image| image.otherwise(&there)) {
            return Verified::Differs { how: vec![how] };
        }
        let (what, now) = match &sent.mount {
            None => ("the DAGs", sent.part.running(&there).map(str::to_owned)),
            Some(mount) => match read::deploys(&self.ask, &there.id, watch).await {
                Ok(deploys) => ("the bundle", bundle::running(&deploys, mount)),
                Err(problem) => return Verified::Unverified { why: problem.to_string() },
            },
        };
        if now.as_deref() != Some(sent.version.as_str()) {
            let now = now.as_deref().unwrap_or("none");
            let how = format!("version {now} of {what} runs there, and {} was sent", sent.version);
            return Verified::Differs { how: vec![how] };
        }
        let airflow = match self.airflow(&there) {
            Ok(airflow) => airflow,
            Err(why) => return unread(&why),
        };
        let (errors, arrived) = (self.kept.borrow().errors.clone(), self.kept.borrow().arrived);
        let case = Case { sent: manifest, plan, errors: errors.as_ref(), arrived, folder: &self.dags };
        case.looked(&airflow, &sent, watch).await
    }
}

impl Case<'_> {
    async fn looked(&self, airflow: &Airflow, sent: &Sent, watch: &Watch) -> Verified {
        let mut waiting = Vec::new();
        for seconds in LOOKS {
            if seconds > 0 && paused(Duration::from_secs(seconds), watch).await.is_some() {
                break;
            }
            match self.look(airflow, watch).await {
                Ok(Seen::Loaded) => return Verified::Live,
                Ok(Seen::Broken(how)) => return Verified::Differs { how },
                Ok(Seen::Waiting(what)) => waiting = what,
                Err(why) => return unread(&why.why()),
            }
        }
        let missing: Vec<String> = waiting.into_iter().take(SHOWN).collect();
        let why = format!(
            "version {} of the DAGs is there, and Airflow has not loaded all of it in six minutes: {}",
            sent.version,
            missing.join("; ")
        );
        Verified::Unverified { why }
    }

    async fn look(&self, airflow: &Airflow, watch: &Watch) -> Result<Seen, Unread> {
        let errors = airflow.import_errors(watch).await?;
        let dags = airflow.dags(watch).await?;
        Ok(self.seen(&errors, &dags))
    }

    fn seen(&self, errors: &BTreeSet<ImportError>, dags: &[Dag]) -> Seen {
        let known = |error: &&ImportError| self.errors.is_some_and(|before| before.contains(*error));
        let new: Vec<&ImportError> = errors.iter().filter(|error| !known(error)).collect();
        if !new.is_empty() {
            return Seen::Broken(new.into_iter().take(SHOWN).map(|error| told(self.folder, error)).collect());
        }
        let mut waiting = Vec::new();
        let listed: BTreeSet<&str> = dags.iter().map(|dag| dag.dag_id.as_str()).collect();
        let sent = self.sent.resources.keys().filter(|id| id.kind == "dag");
        waiting.extend(sent.filter(|id| !listed.contains(id.id.as_str())).map(|id| format!("{id} is not listed yet")));
        let gone = self.removed().filter(|id| listed.contains(id.id.as_str()));
        waiting.extend(gone.map(|id| format!("{id} is still listed")));
        if let Some(arrived) = self.arrived {
            let stale = dags.iter().filter(|dag| !is_since(dag, arrived)).map(|dag| self.file(dag));
            let stale: BTreeSet<String> = stale.collect();
            waiting.extend(stale.into_iter().map(|file| format!("{file} was not loaded again yet")));
        }
        if waiting.is_empty() { Seen::Loaded } else { Seen::Waiting(waiting) }
    }

    fn file(&self, dag: &Dag) -> String {
        path(dag).map_or_else(
            || format!("the file of `{}`", dag.dag_id),
            |path| format!("`{}`", cut(&join(self.folder, &path))),
        )
    }

    /// The DAGs that this deploy removes.
    fn removed(&self) -> impl Iterator<Item = &ResourceId> {
        let removals = self.plan.changes.iter().filter(|change| change.what == What::Remove);
        removals.map(|change| &change.resource).filter(|id| id.kind == "dag")
    }
}

/// Whether Airflow has loaded the DAG's file since. One that tells no time is taken at its word.
fn is_since(dag: &Dag, arrived: Timestamp) -> bool {
    let parsed = dag.last_parsed_time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
    parsed.is_none_or(|parsed| parsed.duration_since(arrived) > MARGIN)
}

/// What is said of a file: `dags/orders.py, line 2, cannot be loaded there: ModuleNotFoundError: No module named 'pandas'`.
pub(super) fn told(folder: &str, error: &ImportError) -> String {
    let path = below(&error.filename);
    let line = path.as_deref().and_then(|path| line(path, &error.stack_trace));
    let line = line.map(|line| format!(", line {line},")).unwrap_or_default();
    let file = path.map_or_else(|| error.filename.clone(), |path| join(folder, &path));
    let lines = error.stack_trace.lines().rev().map(str::trim);
    let last = lines.into_iter().find(|line| !line.is_empty()).unwrap_or("Airflow does not say why");
    format!("`{}`{line} cannot be loaded there: {}", cut(&file), cut(last))
}

/// The path of a file below the folder of the DAGs: Airflow 2 tells it whole, Airflow 3 from that folder on.
fn below(name: &str) -> Option<String> {
    match below_dags(name) {
        None if !name.is_empty() && !name.starts_with('/') => Some(name.to_owned()),
        below => below,
    }
}

/// The last line of the file itself that was reached: `File "/usr/local/airflow/dags/orders.py", line 2, in <module>`.
fn line(path: &str, trace: &str) -> Option<u32> {
    trace.lines().rev().find_map(|frame| {
        let (file, rest) = frame.trim().strip_prefix("File \"")?.split_once("\", line ")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        file.ends_with(&format!("/{path}")).then(|| digits.parse().ok())?
    })
}

fn unread(why: &str) -> Verified {
    Verified::Unverified {
        why: format!("the DAGs that were sent are there, and whether they load could not be read: {why}"),
    }
}
