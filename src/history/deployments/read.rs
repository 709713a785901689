//! Reading a lane: record by record, newest first, each checked before it counts.

use std::collections::{BTreeMap, BTreeSet};

use super::payload::Payload;
use super::statuses::{self, Told};
use super::{DeploymentKeeper, GLANCE, LISTED, trust};
use crate::github::Deployment;
use crate::names::{EnvironmentName, LaneId};
use crate::problem::{Fault, Problem};
use crate::release::{History, Release, ReleaseKind, ReleaseResult};
use crate::watch::Watch;

/// What a lane was seen to have.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    /// The release that runs.
    current: Option<u64>,
    /// What its records saw in the project's lanes, and which record saw it.
    saw: BTreeMap<EnvironmentName, (u64, u64)>,
}

impl Shown {
    /// What the payloads of a lane's records claim to have seen. A claim can only lead to a refusal.
    fn of(listed: &[Deployment], lane: &LaneId) -> Self {
        let mut shown = Self::default();
        for deployment in listed {
            let Ok(payload) = Payload::read(&deployment.payload, lane) else { continue };
            for (environment, id) in payload.seen {
                let kept = shown.saw.entry(environment).or_insert((id, deployment.id));
                *kept = (*kept).max((id, deployment.id));
            }
        }
        shown
    }
}

/// Why a record could not be counted.
enum Trouble {
    /// It is not what it claims to be.
    Doubt(String),
    /// GitHub could not be asked.
    Unread(Problem),
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Unread(problem)
    }
}

impl DeploymentKeeper<'_> {
    pub(super) async fn read_lane(&self, lane: &LaneId, watch: &Watch) -> Result<History, Problem> {
        let known = self.listed.borrow_mut().remove(lane);
        let listed = match known {
            Some(listed) => listed,
            None => self.list(lane, watch).await?,
        };
        let mut history = History::default();
        let mut successes = BTreeSet::new();
        for (place, deployment) in listed.iter().enumerate() {
            if history.current().is_some_and(|current| place >= self.depth_of(lane, current)) {
                break;
            }
            match self.release(lane, deployment, watch).await {
                Ok(release)
                    if release.succeeded()
                        && !successes.insert((release.record.origin.run, release.record.origin.attempt)) =>
                {
                    let why = "its run recorded another success here";
                    keep_doubt(&mut history, lane, deployment, why)?;
                }
                Ok(release) => history.releases.push(release),
                Err(Trouble::Doubt(why)) => keep_doubt(&mut history, lane, deployment, &why)?,
                Err(Trouble::Unread(problem)) => return Err(problem),
            }
        }
        if self.depth == LISTED && listed.len() == LISTED {
            history.notes.push(format!("of {lane} no more than the newest {LISTED} records were read"));
        }
        let abandoned = history.releases.iter().take_while(|release| !release.succeeded());
        let abandoned = abandoned.filter(|release| release.result == ReleaseResult::Abandoned).map(|release| {
            format!("version {} (record {}) was left open by a run that ended", release.record.version, release.id)
        });
        history.notes.extend(abandoned.collect::<Vec<_>>());
        let current = history.current().map(|release| release.id);
        self.lanes.borrow_mut().insert(lane.clone(), Shown { current, ..Shown::of(&listed, lane) });
        self.nothing_is_gone(lane, current, &listed, watch).await?;
        if self.witnessed.contains(&lane.environment) {
            history.notes.extend(self.no_check_contradicts(lane, &listed, watch).await?);
        }
        Ok(history)
    }

    /// How many records are read. After a rollback higher numbers were released than the one that runs.
    fn depth_of(&self, lane: &LaneId, current: &Release) -> usize {
        let is_deep = self.deep.as_ref().is_none_or(|deep| deep.contains(&lane.environment));
        if is_deep || current.record.kind == ReleaseKind::Rollback { self.depth } else { GLANCE }
    }

    /// One record, if it is what it claims to be.
    async fn release(&self, lane: &LaneId, deployment: &Deployment, watch: &Watch) -> Result<Release, Trouble> {
        let payload = Payload::read(&deployment.payload, lane).map_err(Trouble::Doubt)?;
        let record = payload.record;
        let id = record.origin.run.ok_or_else(|| Trouble::Doubt("it names no run".to_owned()))?;
        let run = self.run(id, watch).await?;
        let run = run.ok_or_else(|| Trouble::Doubt(format!("GitHub knows no run {id}")))?;
        let renamed = self.is_renamed(&run, watch).await?;
        self.trust.check(deployment, &record, &run, renamed).map_err(Trouble::Doubt)?;
        if record.kind.is_elsewhere() && run.head_sha != record.commit {
            self.is_held(&record.commit, &self.trust.holders(&run), watch).await?;
        }
        let statuses = self.client.statuses(deployment.id, watch).await?;
        let own = record.origin.url.as_deref().unwrap_or_default();
        let told = statuses::read(&statuses, own, trust::over_at(&record, &run)).map_err(Trouble::Doubt)?;
        let (result, closed, platform_ref) = match told {
            Told::Open => (ReleaseResult::Open, None, None),
            Told::Closed { result, at, platform_ref } => (result, Some(at), platform_ref),
        };
        Ok(Release { id: deployment.id, record, result, closed, platform_ref })
    }

    /// A commit that no branch of ours contains was pushed to a fork, or was rewritten since.
    async fn is_held(
        &self,
        commit: &crate::names::CommitSha,
        holders: &[String],
        watch: &Watch,
    ) -> Result<(), Trouble> {
        for holder in holders {
            if self.client.contains(commit, holder, watch).await? {
                return Ok(());
            }
        }
        // What a token may not read looks the same as what is not there.
        if let Some(holder) = holders.first() {
            self.client.sees_branch(holder, watch).await?;
        }
        Err(Trouble::Doubt(format!("no branch that is deployed from contains its commit {}", commit.short())))
    }

    /// The releases that run, as far as they were read: they go into the next record.
    pub(super) fn seen(&self, lane: &LaneId) -> BTreeMap<EnvironmentName, u64> {
        let lanes = self.lanes.borrow();
        let own = lanes.iter().filter(|(other, _)| other.project == lane.project);
        own.filter_map(|(other, shown)| Some((other.environment.clone(), shown.current?))).collect()
    }

    /// A release that another record saw at work is still there, or a newer one is.
    async fn nothing_is_gone(
        &self,
        lane: &LaneId,
        current: Option<u64>,
        listed: &[Deployment],
        watch: &Watch,
    ) -> Result<(), Problem> {
        for environment in &self.trust.environments {
            let other = LaneId { project: lane.project.clone(), environment: environment.name.clone() };
            let known = self.lanes.borrow().contains_key(&other);
            if !known {
                let listed = self.list(&other, watch).await?;
                let shown = Shown::of(&listed, &other);
                self.lanes.borrow_mut().insert(other.clone(), shown);
                self.listed.borrow_mut().insert(other, listed);
            }
        }
        let lanes = self.lanes.borrow();
        let own = lanes.iter().filter(|(other, _)| other.project == lane.project);
        let newest = own.filter_map(|(_, shown)| shown.saw.get(&lane.environment)).max();
        match newest {
            Some((id, by)) if Some(*id) > current && !listed.iter().any(|deployment| deployment.id == *id) => {
                Err(gone(lane, *id, *by))
            }
            _ => Ok(()),
        }
    }
}

/// What does not count is told; newer than what is known to run it means that this is not known.
fn keep_doubt(history: &mut History, lane: &LaneId, deployment: &Deployment, why: &str) -> Result<(), Problem> {
    if history.current().is_none() {
        return Err(untrusted(lane, deployment.id, why));
    }
    history.notes.push(format!("record {} of {lane} was not counted: {why}", deployment.id));
    Ok(())
}

fn untrusted(lane: &LaneId, id: u64, why: &str) -> Problem {
    Problem::new("history-untrusted", Fault::Unreadable, format!("record {id} of {lane} does not count"))
        .cause(why)
        .help("nothing is deployed while it is not certain what runs; look at the deployment in GitHub")
        .help(format!(
            "if it is not a release, remove it: `gh api -X POST repos/{{owner}}/{{repo}}/deployments/{id}/statuses \
             -f state=inactive`, then `gh api -X DELETE repos/{{owner}}/{{repo}}/deployments/{id}`"
        ))
}

fn gone(lane: &LaneId, id: u64, by: u64) -> Problem {
    Problem::new("history-untrusted", Fault::Unreadable, format!("release {id} of {lane} was deleted"))
        .cause(format!("record {by} saw it at work, and no newer release took its place"))
        .help(
            "nothing is deployed while it is not certain what runs: who deleted it is in the organisation's audit log",
        )
        .help(format!("if it was meant, delete record {by} too, which names it"))
}
