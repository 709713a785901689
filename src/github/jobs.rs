//! Jobs of a workflow's run: how the one ended that handed something over.

use jiff::Timestamp;
use serde::Deserialize;

use super::checks::{CheckStatus, Conclusion};
use super::client::Client;
use super::pages::Page;
use super::permission::Permission;
use super::request::Request;
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// A job of a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RunJob {
    /// Its id.
    pub id: u64,
    /// Its run.
    pub run_id: u64,
    /// The attempt of the run in which it ran.
    #[serde(default = "first")]
    pub run_attempt: u32,
    /// The commit of the run.
    pub head_sha: CommitSha,
    /// Its name: what the workflow file calls it under `name:`, else its id; with the job that calls it before it
    /// (`call / build`), and what its matrix gives after it (`build (20)`).
    pub name: String,
    /// How far it is.
    pub status: CheckStatus,
    /// How it ended, once it did.
    pub conclusion: Option<Conclusion>,
    /// When it began, once it did.
    pub started_at: Option<Timestamp>,
    /// When it ended, once it did.
    pub completed_at: Option<Timestamp>,
}

fn first() -> u32 {
    1
}

#[derive(Deserialize)]
struct Jobs {
    jobs: Vec<RunJob>,
}

impl Page for Jobs {
    type Item = RunJob;
    fn items(self) -> Vec<RunJob> {
        self.jobs
    }
}

impl Client {
    /// The jobs of a run, each as it ran last: attempts that ran some jobs again leave the others as they were.
    pub async fn jobs(&self, run: u64, watch: &Watch) -> Result<Vec<RunJob>, Problem> {
        let url = self.url(&["actions", "runs", &run.to_string(), "jobs"]);
        let request = Request::get(url, Permission::READ_ACTIONS, format!("read the jobs of the run {run}"));
        self.pages::<Jobs>(request.with("filter", "latest"), watch).await
    }
}
