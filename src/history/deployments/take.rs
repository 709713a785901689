//! The lock on a lane: an open record is it. Whoever made the lowest open one has it; the others close theirs.

use std::time::Duration;

use super::payload::Payload;
use super::statuses::{self, Told};
use super::{DeploymentKeeper, trust};
use crate::gate::ApprovedPlan;
use crate::github::{Deployment, DeploymentState};
use crate::history::{OpenRecord, Opening};
use crate::names::LaneId;
use crate::problem::{Fault, Problem};
use crate::release::{Record, ReleaseResult};
use crate::watch::{Ended, Watch};

/// How often a held environment is looked at.
const POLL: Duration = Duration::from_secs(10);

/// What an open record of ours is guarded by.
#[derive(Debug)]
pub(super) struct Taken;

/// An open record.
#[derive(Debug)]
struct Open {
    id: u64,
    record: Record,
}

/// A lane as it is at this moment.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// Every record's id, newest first.
    ids: Vec<u64>,
    /// Open records whose run is at work.
    holders: Vec<Open>,
    /// Open records whose run has ended.
    stale: Vec<Open>,
}

impl Scene {
    fn lowest(&self) -> Option<&Open> {
        self.holders.iter().min_by_key(|open| open.id)
    }
}

impl DeploymentKeeper<'_> {
    pub(super) async fn open_lane(&self, approved: ApprovedPlan, watch: &Watch) -> Result<Opening, Problem> {
        let record = approved.record();
        let (scene, waited) = self.wait_for_others(record, approved.wait(), watch).await?;
        let known = approved.newest_seen();
        if waited || scene.ids.first().copied() != known {
            return Ok(Opening::Moved);
        }
        let made = self.create(record, watch).await?;
        match self.is_first(made.id, known, record, watch).await {
            Ok(true) => Ok(Opening::Opened(OpenRecord { approved, id: made.id, guard: Box::new(Taken) })),
            Ok(false) => {
                self.give_up(made.id, record).await;
                Ok(Opening::Moved)
            }
            Err(problem) => {
                self.give_up(made.id, record).await;
                Err(problem)
            }
        }
    }

    /// Whether our record is the lowest open one and nothing came between it and what the decision knew.
    async fn is_first(&self, id: u64, known: Option<u64>, record: &Record, watch: &Watch) -> Result<bool, Problem> {
        let status = |state, text: &str| statuses::status(state, text.to_owned(), record.origin.url.clone());
        self.add(id, status(DeploymentState::Queued, "waiting for the environment"), watch).await?;
        let scene = self.look(&record.lane, known, watch).await?;
        let between = scene.ids.iter().any(|other| *other < id && Some(*other) > known);
        if between || scene.lowest().map(|open| open.id) != Some(id) {
            return Ok(false);
        }
        self.add(id, self.placed(record, status(DeploymentState::InProgress, "deploying")), watch).await?;
        Ok(true)
    }

    /// Waits until no run holds the lane, and closes what ended runs left open. Tells whether there was anybody to wait for.
    pub(super) async fn wait_for_others(
        &self,
        record: &Record,
        wait: Duration,
        watch: &Watch,
    ) -> Result<(Scene, bool), Problem> {
        let limit = watch.within(wait);
        let mut waited = false;
        loop {
            if let Some(stop) = watch.stopped() {
                return Err(stop.problem());
            }
            let scene = self.look(&record.lane, None, watch).await?;
            let Some(holder) = scene.lowest() else {
                for open in &scene.stale {
                    self.take_over(open, record, watch).await?;
                }
                return Ok((scene, waited));
            };
            if !waited {
                (self.say)(&format!("waiting for another deploy: {}", says(holder)));
                waited = true;
            }
            match limit.pause(POLL).await {
                Ended::Done(()) => {}
                Ended::Stopped(stop) => return Err(stop.problem()),
                Ended::TimedOut => return Err(in_progress(holder, wait)),
            }
        }
    }

    /// Looks at the open records, newest first, down to what succeeded: whoever succeeded had the lock, so nothing older
    /// holds it. Below `known` nothing is looked at either.
    async fn look(&self, lane: &LaneId, known: Option<u64>, watch: &Watch) -> Result<Scene, Problem> {
        let listed = self.list(lane, watch).await?;
        let mut scene = Scene { ids: listed.iter().map(|deployment| deployment.id).collect(), ..Scene::default() };
        for deployment in listed.iter().take_while(|deployment| Some(deployment.id) > known) {
            match self.standing(lane, deployment, watch).await? {
                Standing::Succeeded => break,
                Standing::Ended => {}
                Standing::Held(open) => scene.holders.push(open),
                Standing::Stale(open) => scene.stale.push(open),
            }
        }
        Ok(scene)
    }

    async fn standing(&self, lane: &LaneId, deployment: &Deployment, watch: &Watch) -> Result<Standing, Problem> {
        // What is no record of ours holds nothing; reading the history has told of it.
        let Ok(payload) = Payload::read(&deployment.payload, lane) else { return Ok(Standing::Ended) };
        let record = payload.record;
        let Some(run) = record.origin.run else { return Ok(Standing::Ended) };
        let run = self.run(run, watch).await?;
        let until = match &run {
            Some(run) => trust::over_at(&record, run),
            None => Some(deployment.created_at),
        };
        let statuses = self.client.statuses(deployment.id, watch).await?;
        let told = statuses::read(&statuses, record.origin.url.as_deref().unwrap_or_default(), until);
        let open = Open { id: deployment.id, record };
        Ok(match told {
            Ok(Told::Closed { result: ReleaseResult::Success, .. }) => Standing::Succeeded,
            Ok(Told::Closed { result: ReleaseResult::Abandoned, .. }) if !is_closed(&statuses) => Standing::Stale(open),
            Ok(Told::Closed { .. }) | Err(_) => Standing::Ended,
            Ok(Told::Open) => Standing::Held(open),
        })
    }

    async fn take_over(&self, open: &Open, record: &Record, watch: &Watch) -> Result<(), Problem> {
        (self.say)(&format!(
            "record {} (version {}) was left open by a run that ended; it is closed as abandoned",
            open.id, open.record.version
        ));
        self.add(open.id, statuses::abandoned(&open.record, record.origin.url.as_deref()), watch).await
    }
}

/// How one record stands.
enum Standing {
    Succeeded,
    Ended,
    Held(Open),
    Stale(Open),
}

fn is_closed(statuses: &[crate::github::DeploymentStatus]) -> bool {
    use DeploymentState::{Error, Failure, Inactive, Success};
    statuses.iter().any(|status| matches!(status.state, Error | Failure | Inactive | Success))
}

fn says(open: &Open) -> String {
    let page = open.record.origin.url.as_deref().unwrap_or("a run without a page");
    format!("{page}, since {}", open.record.opened)
}

fn in_progress(open: &Open, wait: Duration) -> Problem {
    Problem::new("deployment-in-progress", Fault::Refused, "another deploy holds this environment")
        .cause(says(open))
        .help(format!("waited {} s; run this again when the other deploy is done", wait.as_secs()))
}
