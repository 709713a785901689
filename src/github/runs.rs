//! Runs of workflows: the evidence that a record was written by the workflow it names.

use jiff::Timestamp;
use serde::Deserialize;

use super::checks::Conclusion;
use super::client::Client;
use super::permission::Permission;
use super::request::Request;
use super::retry::Retry;
use super::wire;
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Done.
    Completed,
    /// Anything else: queued, waiting for approval, at work.
    #[serde(other)]
    Live,
}

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// Its id.
    pub id: u64,
    /// The workflow's file; GitHub adds `@ref` to some.
    pub path: String,
    /// What set it off.
    pub event: String,
    /// The branch (or tag) that it ran on; hostile text when a fork's.
    pub head_branch: Option<String>,
    /// The commit that it ran on.
    pub head_sha: CommitSha,
    /// The repository of that commit, `owner/name`; absent when the fork was deleted.
    #[serde(default, deserialize_with = "wire::full_name")]
    pub head_repository: Option<String>,
    /// How far it is.
    pub status: RunState,
    /// How it ended, once it did.
    pub conclusion: Option<Conclusion>,
    /// From 1.
    #[serde(default = "first")]
    pub run_attempt: u32,
    /// Who set off the first attempt.
    #[serde(default, deserialize_with = "wire::login")]
    pub actor: Option<String>,
    /// Who set off this attempt.
    #[serde(default, deserialize_with = "wire::login")]
    pub triggering_actor: Option<String>,
    /// Its page.
    pub html_url: String,
    /// When it was set off for the first time.
    pub created_at: Timestamp,
    /// When GitHub last wrote it: its end, once it has ended.
    pub updated_at: Timestamp,
}

#[derive(Deserialize)]
struct RunPage {
    #[serde(default)]
    total_count: usize,
    workflow_runs: Vec<WorkflowRun>,
}

fn first() -> u32 {
    1
}

impl WorkflowRun {
    /// The workflow's file: `.github/workflows/x.yml`.
    pub fn workflow(&self) -> &str {
        self.path.split_once('@').map_or(self.path.as_str(), |(path, _)| path)
    }
}

impl Client {
    /// One run, in its newest attempt; `None` where GitHub knows no such run (any more).
    pub async fn known_run(&self, id: u64, watch: &Watch) -> Result<Option<WorkflowRun>, Problem> {
        match self.run(id, watch).await {
            Ok(run) => Ok(Some(run)),
            Err(problem) if problem.code == "github-not-found" => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// The newest runs of a workflow's file that have ended, however they did, made at this time or later: fifty at most,
    /// and how many more there are.
    pub async fn ended_of(
        &self,
        file: &str,
        since: Option<Timestamp>,
        watch: &Watch,
    ) -> Result<(Vec<WorkflowRun>, usize), Problem> {
        let url = self.url(&["actions", "workflows", file, "runs"]);
        let request = Request::get(url, Permission::READ_ACTIONS, format!("read the runs of `{file}`"))
            .with("status", "completed")
            .with("per_page", "50");
        let request = since.iter().fold(request, |request, since| request.with("created", &format!(">={since}")));
        let page: RunPage = self.call(&request, Retry::Safe, watch).await?;
        let more = page.total_count.saturating_sub(page.workflow_runs.len());
        Ok((page.workflow_runs, more))
    }

    /// One run, in its newest attempt.
    pub async fn run(&self, id: u64, watch: &Watch) -> Result<WorkflowRun, Problem> {
        let url = self.url(&["actions", "runs", &id.to_string()]);
        let request = Request::get(url, Permission::READ_ACTIONS, format!("read the workflow run {id}"));
        self.call(&request, Retry::Safe, watch).await
    }
}
