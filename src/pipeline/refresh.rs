//! The comments of open pull requests on a schedule, where the policy asks for it: what has moved since they were written is
//! said, and their plans are made anew. Of a pull request only files are read, through git; nothing of it is executed.

use std::cell::OnceCell;
use std::time::Duration;

use super::begun::Begun;
use super::relay::Relayed;
use super::shelf::Shelf;
use super::{Run, facts, projects};
use crate::context::config::{self, Config};
use crate::context::event::{Actor, Event, PullRequest, PullState, Side};
use crate::context::{CONFIG_FILE, Invocation};
use crate::finding::Tested;
use crate::github::{Pull, PullSide};
use crate::names::{BranchName, CommitSha};
use crate::outcome::{Outcome, Stage};
use crate::policy;
use crate::problem::{Problem, Problems, exit};
use crate::publish::{About, Comments, Stale, Told};
use crate::tree::LARGEST_FILE;
use crate::watch::{Ended, Watch};

/// How long all of it may take, and of that making plans anew.
const LONGEST: Duration = Duration::from_mins(2);
const PLANNING: Duration = Duration::from_mins(1);
/// How many open pull requests are looked at: each costs a request, and three more where something has moved.
const MOST_LOOKED: usize = 40;
/// How many plans are made anew: each looks at the platforms again. Of the others it is said what moved.
const MOST_RENEWED: usize = 10;

/// What was done, for the notes.
#[derive(Default)]
struct Done {
    renewed: usize,
    outdated: usize,
    notes: Vec<String>,
}

/// Brings the comments up to date, if this run is to; gives what a reader of the summary should know.
pub(super) async fn comments(run: &Run<'_>, shelf: &mut Shelf<'_>, outcome: &Outcome) -> Vec<String> {
    let invocation = run.invocation;
    let wanted = invocation.event == Event::Schedule
        && invocation.config.refresh_comments
        && run.decision.writes
        && !invocation.inputs.part
        && run.edges.watch.stopped().is_none();
    let (Some(client), true) = (run.edges.github, wanted) else { return Vec::new() };
    let redactor = run.edges.redactor;
    let sealed = outcome.clone().redacted(redactor);
    let watch = run.edges.watch.within(LONGEST);
    let comments = Comments::new(About { invocation, sealed: &sealed, redactor }, client, &watch);
    let mut done = Done::default();
    let planning = run.edges.watch.within(PLANNING);
    if let Err(problem) = Box::pin(all(run, shelf, &comments, &planning, &mut done)).await {
        done.notes.push(problem);
    }
    done.told()
}

async fn all(
    run: &Run<'_>,
    shelf: &mut Shelf<'_>,
    comments: &Comments<'_>,
    planning: &Watch,
    done: &mut Done,
) -> Result<(), String> {
    let unread = |what: String| move |problem: Problem| Comments::note(&what, &problem);
    let pulls = comments.pulls().await.map_err(unread("what moved since the comments of open pull requests".into()))?;
    let left = pulls.len().saturating_sub(MOST_LOOKED);
    if left > 0 {
        done.notes.push(format!("the comments of {left} more open pull requests were not looked at"));
    }
    for pull in pulls.into_iter().take(MOST_LOOKED) {
        let number = pull.number;
        let unread = || unread(format!("what moved since the comment of #{number}"));
        let Some(stale) = comments.stale(pull).await.map_err(unread())? else { continue };
        let made = match done.renewed {
            MOST_RENEWED.. => Err(format!("{MOST_RENEWED} others were")),
            _ => match planning.run(Box::pin(anew(run, shelf, &stale))).await {
                Ended::Done(made) => made,
                Ended::Stopped(_) | Ended::TimedOut => Err("there was no more time".to_owned()),
            },
        };
        let why = match made {
            Ok((renewed, outcome)) => {
                let sealed = outcome.redacted(run.edges.redactor);
                let about = About { invocation: &renewed, sealed: &sealed, redactor: run.edges.redactor };
                done.notes.extend(comments.renew(&stale, about).await.map_err(unread())?);
                done.renewed += 1;
                continue;
            }
            Err(why) => why,
        };
        if comments.outdate(&stale).await.map_err(unread())? {
            done.outdated += 1;
            done.notes.push(format!("the plan of #{number} was not made anew: {why}"));
        }
    }
    Ok(())
}

/// The pull request's plan against what runs now, or why there is none that could stand in its comment.
async fn anew(run: &Run<'_>, shelf: &mut Shelf<'_>, stale: &Stale) -> Result<(Invocation, Outcome), String> {
    let checks = match stale.checks() {
        Some(Told::Failed) => return Err("its checks had failed".to_owned()),
        None => return Err("no run has told of its newest commit".to_owned()),
        Some(checks) => checks,
    };
    let said = |problem: Problem| problem.to_string();
    let (base, head) = (&run.invocation.run.sha, &stale.pull.head.sha);
    let merge = run.edges.git.merged(base, head, run.edges.watch).await.map_err(said)?;
    let merge = merge.ok_or_else(|| format!("{} conflicts with {}", head.short(), base.short()))?;
    let invocation = invocation_of(run, &stale.pull, &merge).await?;
    let mut outcome = Box::pin(planned(run, shelf, &invocation, &merge)).await.map_err(|problems| first(&problems))?;
    if let (true, Some(trouble)) = (outcome.exit_code() != exit::DONE, outcome.worst()) {
        return Err(format!("it came to `{}`", trouble.code()));
    }
    outcome.run.url = stale.page(&run.invocation.repository);
    for of in outcome.projects.values_mut() {
        if let Stage::Done(report) = &mut of.checks {
            report.tested = tested(checks, head);
        }
    }
    Ok((invocation, outcome))
}

/// Plans what merging would give.
async fn planned(
    run: &Run<'_>,
    shelf: &mut Shelf<'_>,
    invocation: &Invocation,
    merge: &CommitSha,
) -> Result<Outcome, Problems> {
    let decision = policy::renewal(invocation);
    let relayed = OnceCell::from(Relayed { head: merge.clone(), base: run.invocation.run.sha.clone() });
    let handed = OnceCell::from(None);
    let own = Run { edges: run.edges, invocation, decision: &decision, relayed, handed };
    let mut outcome = Begun::from(invocation).outcome(Some(decision.clone()));
    let (facts, _) = facts::of_commits(&own).await.map_err(|problem| vec![problem])?;
    let tree = shelf.tree_at(&own, merge).await.map_err(|problem| vec![problem])?;
    let projects = projects::find(&invocation.config, &invocation.inputs, &tree)?;
    shelf.turn_to(&own, facts, projects).await;
    super::play(&own, shelf, &mut outcome).await;
    Ok(outcome)
}

/// The run as one about the pull request: the policy stays, what the merge would change of it is shown.
async fn invocation_of(run: &Run<'_>, pull: &Pull, merge: &CommitSha) -> Result<Invocation, String> {
    let own = run.invocation;
    let (path, branch) = (own.inputs.config.as_deref().unwrap_or(CONFIG_FILE), own.repository.default_branch.as_ref());
    let bytes = run.edges.git.show_file(merge, path, LARGEST_FILE, run.edges.watch).await;
    let theirs = match bytes.map_err(|problem| problem.to_string())? {
        None => Config::built_in(branch),
        Some(bytes) => config::read(&String::from_utf8_lossy(&bytes), path)
            .map_err(|problems| first(&problems))?
            .with_default_branch(branch),
    };
    let event = Event::PullRequest(event_of(own, pull)?);
    let policy_changes = config::changes(&own.config, &theirs);
    let config = config::effective(own.config.clone(), theirs);
    Ok(Invocation { config, policy_changes, event, ..own.clone() })
}

/// The event that the pull request would have had.
fn event_of(own: &Invocation, pull: &Pull) -> Result<PullRequest, String> {
    let side = |side: &PullSide, sha: &CommitSha| {
        let branch = BranchName::new(side.branch.as_str()).map_err(|bad| bad.to_string())?;
        Ok::<_, String>(Side { sha: sha.clone(), branch, repository: side.repository.clone() })
    };
    let login = pull.author.clone().unwrap_or_default();
    let author = Actor { bot: login.ends_with("[bot]"), login };
    Ok(PullRequest {
        number: pull.number,
        action: "synchronize".to_owned(),
        state: PullState::Open,
        draft: pull.draft,
        title: pull.title.clone(),
        head: side(&pull.head, &pull.head.sha)?,
        base: side(&pull.base, &own.run.sha)?,
        sender: author.clone(),
        author,
    })
}

/// What stands for tests that were not run again.
fn tested(checks: Told, head: &CommitSha) -> Tested {
    match checks {
        Told::Passed => Tested::Elsewhere { by: vec![format!("the run of {}", head.short())] },
        Told::Untested | Told::Failed => {
            Tested::Not { why: "a schedule executes nothing of a pull request".to_owned() }
        }
    }
}

fn first(problems: &[Problem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

impl Done {
    fn told(self) -> Vec<String> {
        let Self { renewed, outdated, mut notes } = self;
        if outdated > 0 {
            notes.insert(
                0,
                format!("comments of open pull requests that say now that they are out of date: {outdated}"),
            );
        }
        if renewed > 0 {
            notes.insert(0, format!("comments of open pull requests whose plan was made anew: {renewed}"));
        }
        notes
    }
}
