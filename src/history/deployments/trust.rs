//! What must hold before a deployment counts as a record: the checks of its run, which only GitHub itself writes. Pure.
//!
//! Every workflow's token is the same app, so who made a deployment proves nothing; what it claims is compared with the run
//! that it names.

use jiff::{SignedDuration, Timestamp};

use crate::context::config::Environment;
use crate::github::{Deployment, RunState, WorkflowRun};
use crate::names::BranchName;
use crate::release::Record;

/// How far two of GitHub's clocks may differ.
const SLACK: SignedDuration = SignedDuration::from_secs(10);

/// What is known of the run and the policy, independent of anything written into a deployment.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The workflow's file; absent when the runner does not tell.
    pub workflow: Option<String>,
    /// The repository, `owner/name`.
    pub repository: String,
    /// The default branch.
    pub default_branch: Option<BranchName>,
    /// The policy's environments.
    pub environments: Vec<Environment>,
}

impl Trust {
    /// Compares a record with its deployment and its run; the reason if it does not count. `renamed`: the run's workflow file
    /// is the one that releases are made by, under an earlier name.
    pub(super) fn check(
        &self,
        deployment: &Deployment,
        record: &Record,
        run: &WorkflowRun,
        renamed: bool,
    ) -> Result<(), String> {
        if record.commit != deployment.sha {
            let (claimed, real) = (record.commit.short(), deployment.sha.short());
            return Err(format!("its payload names commit {claimed}, and the deployment is of {real}"));
        }
        self.check_workflow(run, renamed)?;
        self.check_event(record, run)?;
        self.check_branch(record, run)?;
        check_origin(record, run)?;
        check_time(deployment, record, run)?;
        if !record.kind.is_elsewhere() && run.head_sha != record.commit {
            return Err(format!(
                "it is of commit {}, and its run was of {}",
                record.commit.short(),
                run.head_sha.short()
            ));
        }
        Ok(())
    }

    /// The branches and commits one of which must contain the commit of a promotion or a rollback.
    pub(super) fn holders(&self, run: &WorkflowRun) -> Vec<String> {
        let pushed = self.environments.iter().filter_map(|environment| environment.branch.as_ref());
        let refs = self.environments.iter().flat_map(|environment| &environment.refs);
        let mut branches: Vec<&str> =
            self.default_branch.iter().chain(pushed).chain(refs).map(BranchName::as_str).collect();
        branches.sort_unstable();
        branches.dedup();
        std::iter::once(run.head_sha.as_str()).chain(branches).map(str::to_owned).collect()
    }

    /// Whether a run was of a commit of this repository.
    pub(super) fn is_home(&self, run: &WorkflowRun) -> bool {
        run.head_repository.as_deref().is_some_and(|home| home.eq_ignore_ascii_case(&self.repository))
    }

    fn check_workflow(&self, run: &WorkflowRun, renamed: bool) -> Result<(), String> {
        let Some(own) = &self.workflow else {
            return Err("which workflow this run is of is not known (GITHUB_WORKFLOW_REF)".to_owned());
        };
        if !self.is_home(run) {
            return Err(format!("its run {} was of another repository's commit", run.id));
        }
        if run.workflow() == own || renamed {
            return Ok(());
        }
        Err(format!("its run {} was of `{}`, and releases are made by `{own}`", run.id, visible(run.workflow())))
    }

    fn check_event(&self, record: &Record, run: &WorkflowRun) -> Result<(), String> {
        if run.event != record.origin.event {
            return Err(format!("it claims the event `{}`, and its run was of `{}`", record.origin.event, run.event));
        }
        let production = self.environment(record).is_none_or(|environment| environment.production);
        match run.event.as_str() {
            "workflow_dispatch" => Ok(()),
            "push" if !production => Ok(()),
            other => Err(format!("its run was of the event `{}`, which does not deploy there", visible(other))),
        }
    }

    fn check_branch(&self, record: &Record, run: &WorkflowRun) -> Result<(), String> {
        let Some(branch) = &run.head_branch else { return Err("its run was on no branch".to_owned()) };
        let environment = self.environment(record);
        let named = environment.into_iter().flat_map(|environment| environment.branch.iter().chain(&environment.refs));
        let hotfix = record.hotfix.is_some() && run.event == "workflow_dispatch" && branch.starts_with("hotfix/");
        if hotfix || self.default_branch.iter().chain(named).any(|allowed| allowed.as_str() == branch) {
            return Ok(());
        }
        Err(format!("its run was on branch `{}`, from which nothing is deployed there", visible(branch)))
    }

    pub(super) fn environment(&self, record: &Record) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == record.lane.environment)
    }
}

/// Who set the run off, and in which attempt.
fn check_origin(record: &Record, run: &WorkflowRun) -> Result<(), String> {
    let origin = &record.origin;
    if run.actor.as_ref().is_some_and(|actor| *actor != origin.actor) {
        return Err(format!("it claims `{}` as who started it, and its run was another's", visible(&origin.actor)));
    }
    if origin.attempt > run.run_attempt {
        return Err(format!("it claims attempt {} of a run that had {}", origin.attempt, run.run_attempt));
    }
    if origin.url.as_deref().is_some_and(|url| is_page(url, run.id)) {
        return Ok(());
    }
    Err("it names another page than its run's".to_owned())
}

/// A run's page, or that of one of its attempts; the repository may have had another name then.
fn is_page(url: &str, run: u64) -> bool {
    let rest =
        url.rsplit_once("/actions/runs/").map(|(_, rest)| rest.split_once("/attempts/").map_or(rest, |(id, _)| id));
    rest == Some(run.to_string().as_str())
}

/// A record is made while its run is at work.
fn check_time(deployment: &Deployment, record: &Record, run: &WorkflowRun) -> Result<(), String> {
    let before = deployment.created_at < run.created_at - SLACK;
    let after = over_at(record, run).is_some_and(|end| deployment.created_at > end);
    if before || after {
        return Err(format!("it was made {} its run was at work", if before { "before" } else { "after" }));
    }
    Ok(())
}

/// When the attempt of the run that made a record had ended for certain; absent while it may be at work.
pub(super) fn over_at(record: &Record, run: &WorkflowRun) -> Option<Timestamp> {
    let is_over = run.status == RunState::Completed || run.run_attempt > record.origin.attempt;
    is_over.then_some(run.updated_at + SLACK)
}

/// A text of a stranger, short and without controls.
fn visible(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}
