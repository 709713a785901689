//! The history in GitHub Deployments: one deployment a release, whose payload is the record and whose statuses are its end.
//!
//! Nothing written there widens a decision. A record counts only after every check of [`trust`] against its run; one that
//! does not, newer than what is known to run, makes the history unreadable, for then nobody knows what runs.

mod payload;
mod read;
mod rename;
mod statuses;
mod take;
#[cfg(test)]
pub(crate) mod tests;
mod trust;
pub mod witness;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use self::payload::{Payload, task};
use self::read::Shown;
pub use self::trust::Trust;
use super::{Closing, Keeper, OpenRecord, Opening};
use crate::applied::Ending;
use crate::gate::{ApprovedAdoption, ApprovedPlan};
use crate::github::{Client, Deployment, DeploymentQuery, DeploymentState, NewDeployment, NewStatus, WorkflowRun};
use crate::names::{CommitSha, EnvironmentName, LaneId};
use crate::problem::{Fault, Problem};
use crate::release::{History, Record, Release};
use crate::watch::{Task, Watch};

/// How many records of a lane are listed: a page of GitHub's.
const LISTED: usize = 100;
/// How many records of a lane are read where one is to be deployed, and where none is: each costs a request for its statuses,
/// and most often one for its run.
const DEPTH: usize = 5;
const GLANCE: usize = 1;
/// How many records of other makers on a commit are looked at.
const MOST_OF_JOBS: usize = 5;
/// How long closing a record may take, and how long after the stop signal.
const CLOSING: Duration = Duration::from_mins(2);
const CLOSING_STOPPED: Duration = Duration::from_secs(2);
/// How long an adoption waits for a deploy: it has no wait of its own.
const ADOPTION_WAIT: Duration = Duration::from_mins(1);

/// Keeps the history of lanes in GitHub Deployments.
pub struct DeploymentKeeper<'a> {
    client: &'a Client,
    trust: Trust,
    watch: &'a Watch,
    depth: usize,
    /// The page where a pull request's preview can be looked at.
    page: Option<String>,
    /// The environments that are read to the depth; of others only what runs is. `None`: all of them.
    deep: Option<Vec<EnvironmentName>>,
    /// The environment for which others than the records are asked what was released.
    witnessed: Vec<EnvironmentName>,
    say: Box<dyn Fn(&str) + 'a>,
    redact: Box<dyn Fn(&str) -> String + 'a>,
    /// Runs that were asked for; `None` is one that is gone. Only ended ones are kept.
    runs: RefCell<BTreeMap<u64, Option<WorkflowRun>>>,
    /// Whether the file of a run, as it was called at the run's commit, is now the one that releases are made by.
    renames: RefCell<BTreeMap<(String, CommitSha), bool>>,
    /// What lanes were last seen to have.
    lanes: RefCell<BTreeMap<LaneId, Shown>>,
    /// Lists that were asked for on behalf of another lane, until their own lane is read.
    listed: RefCell<BTreeMap<LaneId, Vec<Deployment>>>,
}

impl<'a> DeploymentKeeper<'a> {
    /// A keeper that asks this client. `redact` takes secrets out of what is stored.
    pub fn new(client: &'a Client, trust: Trust, watch: &'a Watch, redact: impl Fn(&str) -> String + 'a) -> Self {
        Self {
            client,
            trust,
            watch,
            depth: DEPTH,
            page: None,
            deep: None,
            say: Box::new(|_| {}),
            redact: Box::new(redact),
            runs: RefCell::default(),
            renames: RefCell::default(),
            witnessed: Vec::new(),
            lanes: RefCell::default(),
            listed: RefCell::default(),
        }
    }

    /// The same keeper, reading as far back as is listed: for a rollback, or for a promotion of a named commit.
    #[must_use]
    pub fn reading_far_back(self) -> Self {
        Self { depth: LISTED, ..self }
    }

    /// The same keeper, reading little more than what runs anywhere but in these environments.
    #[must_use]
    pub fn looking_closely_at(self, environments: Vec<EnvironmentName>) -> Self {
        Self { deep: Some(environments), ..self }
    }

    /// The same keeper, asking what else has seen the releases of the environments that are to be changed.
    #[must_use]
    pub fn asking_witnesses_of(self, environments: Vec<EnvironmentName>) -> Self {
        Self { witnessed: environments, ..self }
    }

    /// The same keeper, for a pull request's preview that can be looked at on this page.
    #[must_use]
    pub fn of_preview(self, page: Option<String>) -> Self {
        Self { page, ..self }
    }

    /// Says of a preview's newest record that it is no longer there; tells whether there was one.
    pub async fn retire(&self, lane: &LaneId, run: Option<String>, watch: &Watch) -> Result<bool, Problem> {
        let Some(newest) = self.list(lane, watch).await?.into_iter().next() else { return Ok(false) };
        let gone = statuses::status(DeploymentState::Inactive, "the preview was removed".to_owned(), run);
        self.add(newest.id, gone, watch).await.map(|()| true)
    }

    /// The record that GitHub itself opened for the job of a run, because its `environment:` says so: its id and the page that
    /// its status leads to.
    pub async fn opened_for_job(
        &self,
        run: u64,
        commit: &CommitSha,
        watch: &Watch,
    ) -> Result<Option<(u64, String)>, Problem> {
        let query = DeploymentQuery {
            environment: None,
            task: Some("deploy".to_owned()),
            sha: Some(commit.clone()),
            newest: Some(MOST_OF_JOBS),
        };
        for deployment in self.client.deployments(&query, watch).await? {
            let pages =
                self.client.statuses(deployment.id, watch).await?.into_iter().filter_map(|status| status.log_url);
            let own = |page: &String| {
                page.split_once("/actions/runs/")
                    .is_some_and(|(_, rest)| rest.split('/').next() == Some(&run.to_string()))
            };
            if let Some(page) = pages.into_iter().find(own) {
                return Ok(Some((deployment.id, page)));
            }
        }
        Ok(None)
    }

    /// The status with the page where the environment can be looked at, as the policy names it.
    fn placed(&self, record: &Record, status: NewStatus) -> NewStatus {
        let named = self.trust.environment(record).and_then(|environment| environment.url.clone());
        let environment_url = named.or_else(|| self.page.clone());
        NewStatus { environment_url, ..status }
    }

    /// The same keeper, telling what it waits for and what it heals, one line at a time.
    #[must_use]
    pub fn telling(self, say: impl Fn(&str) + 'a) -> Self {
        Self { say: Box::new(say), ..self }
    }

    /// The lane's deployments, newest first. Those of other projects, and GitHub's own for a job, have another task.
    async fn list(&self, lane: &LaneId, watch: &Watch) -> Result<Vec<Deployment>, Problem> {
        let query = DeploymentQuery {
            environment: Some(lane.environment.to_string()),
            task: Some(task(&lane.project)),
            sha: None,
            newest: Some(LISTED),
        };
        let mut listed = self.client.deployments(&query, watch).await?;
        listed.sort_by_key(|deployment| std::cmp::Reverse(deployment.id));
        Ok(listed)
    }

    /// A run, asked for once when it has ended.
    async fn run(&self, id: u64, watch: &Watch) -> Result<Option<WorkflowRun>, Problem> {
        if let Some(known) = self.runs.borrow().get(&id) {
            return Ok(known.clone());
        }
        let run = self.client.known_run(id, watch).await?;
        if run.as_ref().is_none_or(|run| run.status == crate::github::RunState::Completed) {
            self.runs.borrow_mut().insert(id, run.clone());
        }
        Ok(run)
    }

    async fn create(&self, record: &Record, watch: &Watch) -> Result<Deployment, Problem> {
        let environment = self.trust.environment(record);
        let transient = record.lane.environment.is_preview();
        let new = NewDeployment {
            commit: record.commit.clone(),
            task: task(&record.lane.project),
            environment: record.lane.environment.to_string(),
            payload: Payload::of(record, self.seen(&record.lane)).json(&*self.redact)?,
            description: (self.redact)(&format!("{} {}", record.version, record.description)),
            production_environment: !transient && environment.is_none_or(|environment| environment.production),
            transient_environment: transient,
        };
        self.client.create_deployment(&new, watch).await
    }

    /// Adds a status, without secrets.
    async fn add(&self, id: u64, status: NewStatus, watch: &Watch) -> Result<(), Problem> {
        let status = NewStatus { description: (self.redact)(&status.description), ..status };
        self.client.create_status(id, &status, watch).await.map(drop)
    }

    /// The time that ending has: it must happen, and a cancelled run has little of it.
    fn ending_watch(&self) -> Watch {
        let limit = if self.watch.stopped().is_some() { CLOSING_STOPPED } else { CLOSING };
        self.watch.grace(limit)
    }

    async fn close_record(&self, record: OpenRecord, closing: Closing) -> Result<Release, Problem> {
        let OpenRecord { approved, id, guard } = record;
        if !guard.is::<take::Taken>() {
            return Err(Problem::bug("a record was closed by another keeper than the one that opened it"));
        }
        let record = approved.record();
        let status = self.placed(record, statuses::of(record, &closing.ending, closing.platform_ref.as_deref()));
        self.add(id, status, &self.ending_watch()).await?;
        Ok(closing.of(id, record.clone()))
    }

    async fn adopt_lane(
        &self,
        adoption: ApprovedAdoption,
        place: Option<String>,
        watch: &Watch,
    ) -> Result<Release, Problem> {
        let record = adoption.record();
        self.wait_for_others(record, ADOPTION_WAIT, watch).await?;
        let newest = |listed: &[Deployment]| listed.iter().map(|deployment| deployment.id).max();
        if !adoption.follows(newest(&self.list(&record.lane, watch).await?)) {
            return Err(Problem::new("already-recorded", Fault::Refused, "this environment has a record already")
                .help("only what no release accounts for is adopted; deploy or roll back instead"));
        }
        let made = self.create(record, watch).await?;
        let mut listed = self.list(&record.lane, watch).await;
        if let Ok(listed) = &mut listed {
            listed.retain(|deployment| deployment.id != made.id);
        }
        let alone = listed.map(|others| adoption.follows(newest(&others)));
        if !matches!(alone, Ok(true)) {
            self.give_up(made.id, record).await;
            alone?;
            return Err(Problem::new("deployment-in-progress", Fault::Refused, "another run records this environment")
                .help("run this again when the other is done"));
        }
        let status = self.placed(record, statuses::of(record, &Ending::Success, place.as_deref()));
        self.add(made.id, status, &self.ending_watch()).await?;
        let closing = Closing { ending: Ending::Success, platform_ref: place, at: record.opened };
        Ok(closing.of(made.id, record.clone()))
    }

    /// Closes a record of ours that came to nothing; if that fails, the next run takes it over.
    async fn give_up(&self, id: u64, record: &Record) {
        let text = "nothing was sent: another run was first".to_owned();
        let status = statuses::status(DeploymentState::Inactive, text, record.origin.url.clone());
        if let Err(problem) = self.add(id, status, &self.ending_watch()).await {
            (self.say)(&format!("note: the record {id} is left open: {problem}"));
        }
    }
}

impl Keeper for DeploymentKeeper<'_> {
    fn read<'a>(&'a self, lane: &'a LaneId, watch: &'a Watch) -> Task<'a, Result<History, Problem>> {
        Box::pin(self.read_lane(lane, watch))
    }

    fn newest<'a>(&'a self, lane: &'a LaneId, watch: &'a Watch) -> Task<'a, Result<Option<u64>, Problem>> {
        Box::pin(async move { Ok(self.list(lane, watch).await?.first().map(|deployment| deployment.id)) })
    }

    fn open<'a>(&'a self, approved: ApprovedPlan, watch: &'a Watch) -> Task<'a, Result<Opening, Problem>> {
        Box::pin(self.open_lane(approved, watch))
    }

    fn close(&self, record: OpenRecord, closing: Closing) -> Task<'_, Result<Release, Problem>> {
        Box::pin(self.close_record(record, closing))
    }

    fn adopt<'a>(
        &'a self,
        adoption: ApprovedAdoption,
        place: Option<String>,
        watch: &'a Watch,
    ) -> Task<'a, Result<Release, Problem>> {
        Box::pin(self.adopt_lane(adoption, place, watch))
    }
}
