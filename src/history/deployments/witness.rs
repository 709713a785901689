//! What else saw a release: the check run that its run left on a commit. Nobody can delete a check run, so whoever deletes a
//! record together with every record that names it is found out here.
//!
//! A check run is written by a job's token and can be rewritten by another's: it can only add a refusal.

use std::collections::BTreeMap;

use super::DeploymentKeeper;
use crate::github::{CheckRun, Deployment, WorkflowRun};
use crate::names::{CommitSha, Digest, LaneId};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How a check's external id begins that a deploying run has left.
pub const BY_DEPLOY: &str = "deploy";
/// Behind it, the records that the run made: by a mark of the lane, for names are long.
const MADE: &str = "made=";
/// On how many commits of runs that have no record the check runs are read: a request each.
const MOST_COMMITS: usize = 10;

/// The word of an external id that names the records a run has made; `None` where it has made none.
pub fn made<'a>(records: impl IntoIterator<Item = (&'a LaneId, u64)>) -> Option<String> {
    let records: Vec<String> = records.into_iter().map(|(lane, id)| format!("{}:{id}", mark(lane))).collect();
    (!records.is_empty()).then(|| format!("{MADE}{}", records.join(",")))
}

fn mark(lane: &LaneId) -> String {
    Digest::of(format!("{}\n{}", lane.project, lane.environment).as_bytes()).hex().chars().take(12).collect()
}

/// The record of a lane that the check runs of a commit say a run has made.
fn record_of(run: u64, lane: &LaneId, checks: &[CheckRun]) -> Option<u64> {
    let begins = format!("{BY_DEPLOY} {run}.");
    let ids = checks.iter().filter_map(|check| check.external_id.as_deref()).filter(|id| id.starts_with(&begins));
    let words = ids.flat_map(str::split_whitespace).filter_map(|word| word.strip_prefix(MADE));
    let mark = mark(lane);
    words
        .flat_map(|word| word.split(','))
        .filter_map(|pair| pair.split_once(':'))
        .find(|(of, _)| *of == mark)?
        .1
        .parse()
        .ok()
}

impl DeploymentKeeper<'_> {
    /// No run of our workflow that has ended since the newest record has left a check that names a record which is not there.
    /// Gives what was not looked at: a token that may read no check runs deploys without this witness.
    pub(super) async fn no_check_contradicts(
        &self,
        lane: &LaneId,
        listed: &[Deployment],
        watch: &Watch,
    ) -> Result<Option<String>, Problem> {
        let Some(workflow) = self.trust.workflow.as_ref().and_then(|path| path.rsplit('/').next()) else {
            return Ok(None);
        };
        let since = listed.iter().map(|deployment| deployment.created_at).max();
        let (runs, mut left) = self.client.ended_of(workflow, since, watch).await?;
        let recorded = |run: &WorkflowRun| {
            listed.iter().any(|made| {
                made.payload.pointer("/record/origin/run").and_then(serde_json::Value::as_u64) == Some(run.id)
            })
        };
        let pushed = self.trust.environments.iter().any(|known| known.name == lane.environment && !known.production);
        let deploys =
            |run: &&WorkflowRun| (run.event == "workflow_dispatch" || pushed && run.event == "push") && !recorded(run);
        let runs = runs.iter().filter(deploys);
        let mut seen: BTreeMap<&CommitSha, Vec<CheckRun>> = BTreeMap::new();
        for run in runs {
            if !seen.contains_key(&run.head_sha) {
                if seen.len() == MOST_COMMITS {
                    left += 1;
                    continue;
                }
                let checks = match self.client.every_check(&run.head_sha, watch).await {
                    Ok(checks) => checks,
                    Err(problem) if matches!(problem.code.as_ref(), "github-forbidden" | "github-not-found") => {
                        return Ok(Some(format!(
                            "whether a release of {lane} was deleted was not looked for: {problem}"
                        )));
                    }
                    Err(problem) => return Err(problem),
                };
                seen.insert(&run.head_sha, checks);
            }
            let checks = seen.get(&run.head_sha).map_or([].as_slice(), Vec::as_slice);
            if let Some(id) = record_of(run.id, lane, checks)
                && !listed.iter().any(|deployment| deployment.id == id)
            {
                return Err(deleted(lane, id, run.id, &run.head_sha));
            }
        }
        let many = || format!("{left} runs since the newest record of {lane} were not asked whether they released");
        Ok((left > 0).then(many))
    }
}

fn deleted(lane: &LaneId, id: u64, run: u64, commit: &CommitSha) -> Problem {
    let commit = commit.short();
    Problem::new("history-untrusted", Fault::Unreadable, format!("release {id} of {lane} was deleted"))
        .cause(format!("the check run of run {run} on {commit} says that it was made, and no record tells of it"))
        .help(
            "nothing is deployed while it is not certain what runs: who deleted it is in the organisation's audit log",
        )
        .help(format!("if it was meant, delete the run too, which names it: `gh run delete {run}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sample;

    #[test]
    fn a_check_names_the_records_of_its_run_and_of_no_other() {
        let lane = sample::lane();
        let other = LaneId { environment: "prod".parse().unwrap(), ..lane.clone() };
        let word = made([(&lane, 1004), (&other, 1010)]).unwrap();
        let check = |id: &str| -> CheckRun {
            serde_json::from_value(serde_json::json!({
                "id": 1, "name": "airlock", "head_sha": crate::tests::facts::sha('a'), "status": "completed",
                "conclusion": "success", "external_id": id, "app": null,
            }))
            .unwrap()
        };
        let checks = [check("run 7.1 dev=sha256:00"), check(&format!("deploy 42.1 {word} dev=sha256:00"))];
        assert_eq!(record_of(42, &lane, &checks), Some(1004));
        assert_eq!(record_of(42, &other, &checks), Some(1010));
        assert_eq!(record_of(4, &lane, &checks), None);
        assert_eq!(made([]), None);
    }
}
