//! The outputs: what later steps and jobs read. Every key is always written; an empty text means "there is none".

use serde::Serialize;
use serde_json::json;

use crate::outcome::Outcome;
use crate::outcome::line::visible;
use crate::outcome::sealed::Sealed;
use crate::outcome::sum::{LaneOf, own_tally};
use crate::report::matrix;

/// What only the writer of the reports knows: where they went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The report file, from the workspace's root.
    pub report_path: Option<String>,
    /// The file with the test counts, from the runner's folder for temporary files: a container sees that folder elsewhere.
    pub tests_file: Option<String>,
    /// The comment's page.
    pub comment_url: Option<String>,
    /// The page of the deployment that was recorded.
    pub deployment_url: Option<String>,
}

/// One lane in `results`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct LaneResult {
    project: String,
    environment: String,
    version: Option<String>,
    previous_version: Option<String>,
    plan_digest: Option<String>,
    added: usize,
    modified: usize,
    removed: usize,
    destructive: bool,
    deployed: bool,
    deployment_id: Option<u64>,
}

/// The text for `GITHUB_OUTPUT`. `delimiter` gives a fresh random word each time: a value must not be able to hold it, and
/// when one does another is asked for.
pub fn outputs(sealed: &Sealed, written: &Written, mut delimiter: impl FnMut() -> String) -> String {
    let mut text = String::new();
    for (name, value) in pairs(sealed.outcome(), written) {
        let mark = (0..16).map(|_| delimiter()).find(|mark| !value.contains(mark.as_str()));
        let Some(mark) = mark else { continue };
        for part in [name, "<<", &mark, "\n", &value, "\n", &mark, "\n"] {
            text.push_str(part);
        }
    }
    text
}

fn pairs(outcome: &Outcome, written: &Written) -> Vec<(&'static str, String)> {
    let lanes = outcome.lanes_in_reach();
    // One environment's facts are told as the run's only when there is no other that could be meant.
    let one = if let [one] = lanes.as_slice() { Some(*one) } else { None };
    let result = one.map(result);
    let text = |of: fn(&LaneResult) -> Option<String>| result.as_ref().and_then(of).unwrap_or_default();
    let tally = outcome.tally();
    let counts = outcome.counts();
    vec![
        ("decision", outcome.decision_word().as_str().to_owned()),
        ("reason-code", visible(outcome.reason_code())),
        ("headline", outcome.headline()),
        ("environment", text(|lane| Some(lane.environment.clone()))),
        ("version", text(|lane| lane.version.clone())),
        ("previous-version", text(|lane| lane.previous_version.clone())),
        ("plan-digest", text(|lane| lane.plan_digest.clone())),
        ("report-path", written.report_path.clone().unwrap_or_default()),
        ("hand-over-path", outcome.handed_over.as_ref().map(|handed| handed.path.clone()).unwrap_or_default()),
        ("hand-over-digest", outcome.handed_over.as_ref().map(|handed| handed.digest.to_string()).unwrap_or_default()),
        ("added", tally.added.to_string()),
        ("modified", tally.modified.to_string()),
        ("removed", tally.removed.to_string()),
        ("destructive", (tally.removed > 0).to_string()),
        ("tests-passed", counts.passed.to_string()),
        ("tests-failed", counts.failed.to_string()),
        ("tests-file", written.tests_file.clone().unwrap_or_default()),
        ("deployment-id", text(|lane| lane.deployment_id.map(|id| id.to_string()))),
        ("deployment-url", written.deployment_url.clone().unwrap_or_default()),
        ("comment-url", written.comment_url.clone().unwrap_or_default()),
        ("matrix", matrix::of(outcome, &lanes)),
        ("results", json!(lanes.iter().map(|of| self::result(*of)).collect::<Vec<_>>()).to_string()),
    ]
}

fn result(of: LaneOf<'_>) -> LaneResult {
    let plan = of.lane.planned();
    let tally = plan.map(own_tally).unwrap_or_default();
    let deployed = of.lane.deploy.done();
    let version = deployed.map(|deployed| &deployed.release.record.version).or_else(|| plan.map(|plan| &plan.version));
    let previous = of.lane.previous.as_ref().map(|release| &release.record.version);
    let previous = previous.or_else(|| plan.and_then(|plan| plan.previous.as_ref()));
    LaneResult {
        project: of.project.to_string(),
        environment: of.environment.to_string(),
        version: version.map(ToString::to_string),
        previous_version: previous.map(ToString::to_string),
        plan_digest: plan.map(|plan| plan.digest.to_string()),
        added: tally.added,
        modified: tally.modified,
        removed: tally.removed,
        destructive: tally.removed > 0,
        deployed: deployed.is_some_and(crate::outcome::Deployed::confirmed),
        deployment_id: deployed.map(|deployed| deployed.release.id),
    }
}
