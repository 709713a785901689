//! The other half of a fork's pull request: its own run may write nothing, so a `workflow_run` of the default branch says
//! what it would change. Everything is computed here from the two git trees; nothing of the fork's is executed, and of what
//! its run left behind only test counts are read, which are told as the claim that they are.

use super::{Run, claimed};
use crate::context::event::{Actor, Event, WorkflowRun};
use crate::github::{Client, Pull};
use crate::names::{BranchName, CommitSha};
use crate::outcome::Outcome;
use crate::outcome::line::{clip, visible};
use crate::problem::{Fault, Problem};

/// The pull request that another workflow's run was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relayed {
    /// What it brings.
    pub(super) head: CommitSha,
    /// Where it goes.
    pub(super) base: CommitSha,
}

/// Finds the pull request and makes the outcome one about it; `false`, with the reason as a note, where there is none.
pub(super) async fn found(run: &Run<'_>, outcome: &mut Outcome) -> Result<bool, Vec<Problem>> {
    let Event::WorkflowRun(of) = &run.invocation.event else { return Ok(true) };
    let Some(client) = run.edges.github else { return Err(vec![no_token()]) };
    match find(client, of, run).await.map_err(|problem| vec![problem])? {
        Ok(pull) => {
            outcome.run.pull = Some(pull.number);
            outcome.run.commit = Some(pull.head.sha.clone());
            outcome.run.branch.clone_from(&of.head_branch);
            let title = clip(&visible(&pull.title), 120);
            run.edges.console.say(&format!("relaying #{} {title} at {}", pull.number, pull.head.sha.short()));
            // There is one story a run.
            let claimed = claimed::note(client, of.id, &pull.head.sha, run.edges.watch).await;
            outcome.notes.extend(claimed);
            let _told_twice = run.relayed.set(Relayed { head: pull.head.sha, base: pull.base.sha });
            Ok(true)
        }
        Err(why) => {
            outcome.notes.push(why);
            Ok(false)
        }
    }
}

/// The open pull request of the run's head repository, branch and commit. What the run itself claims is not asked.
async fn find(client: &Client, of: &WorkflowRun, run: &Run<'_>) -> Result<Result<Pull, String>, Problem> {
    if of.event != "pull_request" {
        return Ok(Err(format!("the run {} was of no pull request, so there is nothing to relay", of.id)));
    }
    let (Some(home), Some(branch)) = (&of.head_repository, &of.head_branch) else {
        return Ok(Err("the fork was deleted, so its pull request is not known".to_owned()));
    };
    let owner = home.split('/').next().unwrap_or_default();
    let pulls = client.pulls_from(owner, branch.as_str(), run.edges.watch).await?;
    let ours = client.repository_name();
    let mut theirs: Vec<Pull> = pulls.into_iter().filter(|pull| pull.is_open() && is_from(pull, home, &ours)).collect();
    let default = run.invocation.repository.default_branch.as_ref();
    theirs.sort_by_key(|pull| Some(pull.base.branch.as_str()) != default.map(BranchName::as_str));
    let Some(pull) = theirs.into_iter().next() else {
        return Ok(Err(format!(
            "no open pull request comes from `{}` of `{}`",
            visible(branch.as_str()),
            visible(home)
        )));
    };
    if pull.head.sha != of.head_sha {
        let (then, now) = (of.head_sha.short(), pull.head.sha.short());
        return Ok(Err(format!("#{} has moved from {then} to {now}, so nothing is said of {then}", pull.number)));
    }
    let own_run_writes = home.eq_ignore_ascii_case(&ours) && pull.author.as_deref() != Some(Actor::DEPENDABOT);
    if own_run_writes {
        return Ok(Err(format!("#{} is of this repository, so its own run has written the comment", pull.number)));
    }
    Ok(Ok(pull))
}

fn is_from(pull: &Pull, home: &str, ours: &str) -> bool {
    let is = |side: &Option<String>, name: &str| side.as_deref().is_some_and(|side| side.eq_ignore_ascii_case(name));
    is(&pull.head.repository, home) && is(&pull.base.repository, ours)
}

fn no_token() -> Problem {
    Problem::new("relay-unread", Fault::Unreadable, "the pull request of the other run was not looked up")
        .cause("there is no GitHub token in this run")
        .help("give `github-token: ${{ github.token }}`, and `pull-requests: write` under `permissions:` of the job")
}
