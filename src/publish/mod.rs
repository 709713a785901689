//! What a run leaves at GitHub for reviewers: a check run and the one comment. It is decoration: nothing here can fail a
//! run, and what could not be written is a note that names the permission.

mod check;
mod comment;
mod end;
mod ground;
mod key;
mod refresh;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::context::Invocation;
use crate::context::event::{Event, PullState};
use crate::context::inputs::PlatformName;
use crate::github::{Client, PERHAPS_STORED, Permission};
use crate::names::CommitSha;
use crate::outcome::Stage;
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::problem::{Problem, exit};
use crate::report::{self, Limit};
use crate::watch::{Ended, Watch};

pub use check::code_of;
use comment::{Report, Sticky};
use ground::Now;
use key::{Removes, Scope};
pub use key::{Shown, Told};
pub use refresh::{Comments, Stale};

/// How long all of it may take: one wait of a minute, as GitHub asks for at its limits, and the requests around it.
const LONGEST: Duration = Duration::from_secs(90);
/// After the stop signal: of the seven seconds that a cancelled run has, those that its records leave.
const GRACE: Duration = Duration::from_secs(2);
/// Bytes of a comment that are kept for its key and its last line.
const ROOM: usize = 6_000;

/// What is published, and the run that it is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The run.
    pub invocation: &'a Invocation,
    /// What it came to, without secrets.
    pub sealed: &'a Sealed,
    /// Knows the secrets, for the little that is not in the outcome.
    pub redactor: &'a Redactor,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// The comment's page.
    pub comment_url: Option<String>,
    /// What a reader should know: what could not be written and why. Foreign text, not yet redacted.
    pub notes: Vec<String>,
}

/// What is wanted at GitHub.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    check: Option<CommitSha>,
    comment: Option<(u64, Saying)>,
}

/// What the comment is to say.
#[derive(Debug, PartialEq, Eq)]
enum Saying {
    /// What the run came to.
    Report { head: CommitSha, draft: bool },
    /// That the pull request was closed.
    Closing,
}

impl About<'_> {
    /// Whether this run is to leave anything at GitHub.
    pub fn is_wanted(&self) -> bool {
        self.wish() != Wish::default()
    }

    fn wish(&self) -> Wish {
        let outcome = self.sealed.outcome();
        if self.invocation.inputs.part {
            return Wish::default();
        }
        if !outcome.decision.as_ref().is_some_and(|decision| decision.writes) {
            return Wish::default();
        }
        // A cancelled run knows nothing that is worth more than what the comment says already.
        let cancelled = matches!(outcome.exit_code(), exit::INTERRUPTED | exit::TERMINATED);
        match &self.invocation.event {
            Event::PullRequest(pull) if pull.state == PullState::Open => {
                let head = pull.head.sha.clone();
                let saying = Saying::Report { head: head.clone(), draft: pull.draft };
                let comment = (!cancelled).then_some((pull.number, saying));
                Wish { check: Some(head), comment }
            }
            Event::PullRequest(pull) => Wish { comment: Some((pull.number, Saying::Closing)), ..Wish::default() },
            // The pull request that was found for it.
            Event::WorkflowRun(_) => match (outcome.run.pull, &outcome.run.commit) {
                (Some(pull), Some(head)) if !cancelled => {
                    let saying = Saying::Report { head: head.clone(), draft: false };
                    Wish { comment: Some((pull, saying)), ..Wish::default() }
                }
                _ => Wish::default(),
            },
            Event::Push(_) => Wish { check: Some(self.invocation.run.sha.clone()), ..Wish::default() },
            // What was only asked for, and refused, is no news of the commit.
            Event::Dispatch(_) if outcome.lanes().iter().any(|of| of.lane.deploy.done().is_some()) => {
                Wish { check: Some(self.invocation.run.sha.clone()), ..Wish::default() }
            }
            _ => Wish::default(),
        }
    }

    /// What this job looks at, where it is not everything: jobs that share a pull request do not share a comment then.
    fn scope(&self) -> Scope {
        let inputs = &self.invocation.inputs;
        let platform = inputs.platform.filter(|platform| *platform != PlatformName::Local);
        let platform = platform.map(PlatformName::as_str);
        Scope::of(platform.into_iter().chain(inputs.project.iter().map(crate::names::ProjectId::as_str)))
    }

    fn report(&self, head: CommitSha, draft: bool) -> Report {
        let limit = Limit { bytes: Limit::COMMENT.bytes - ROOM, ..Limit::COMMENT };
        let run = &self.invocation.run;
        let text = |sealed: &Sealed| (report::comment(sealed, limit), report::calm_comment(sealed, limit));
        let base = match &self.invocation.event {
            Event::PullRequest(pull) => Some(&pull.base.sha),
            _ => None,
        };
        let ((text, calm), (said, still)) = (text(self.sealed), text(&self.timeless()));
        Report {
            head,
            run: (run.id.unwrap_or_default(), run.attempt),
            removes: Removes::of(self.sealed.outcome()),
            draft,
            now: Now::of(self.sealed.outcome(), base),
            checks: Told::of(self.sealed.outcome()),
            renewed: false,
            says: key::mark(&said.unwrap_or(still)),
            text,
            calm,
        }
    }

    /// The same outcome as another run at another time would have it: what only differs in this was said before.
    fn timeless(&self) -> Sealed {
        let mut outcome = self.sealed.outcome().clone();
        outcome.run.url = None;
        outcome.run.milliseconds = 0;
        let reports = outcome.projects.values_mut().filter_map(|of| match &mut of.checks {
            Stage::Done(report) => Some(report),
            Stage::Failed(_) | Stage::NotReached(_) => None,
        });
        for suite in reports.flat_map(|report| &mut report.suites) {
            suite.milliseconds = 0;
            suite.slowest.clear();
        }
        outcome.redacted(self.redactor)
    }
}

/// Writes the check run, then the comment. Ends soon after the stop signal, with what is written by then.
pub async fn publish(about: About<'_>, client: &Client, watch: &Watch) -> Published {
    let mut published = Published::default();
    let patient = watch.grace(LONGEST);
    let ended = watch.linger(GRACE, Box::pin(write(about, client, &patient, &mut published))).await;
    if ended != Ended::Done(()) {
        published.notes.push("this run was stopped before all of it was written to GitHub".to_owned());
    }
    published
}

async fn write(about: About<'_>, client: &Client, watch: &Watch, published: &mut Published) {
    let wish = about.wish();
    if let Some(commit) = wish.check {
        let check = check::new(about, commit);
        if let Err(problem) = client.create_check(&check, watch).await {
            published.notes.push(note("the check run", &problem, Permission::WRITE_CHECKS));
        }
    }
    let Some((pull, saying)) = wish.comment else { return };
    let sticky = Sticky { client, watch, pull, scope: about.scope() };
    let told = match saying {
        Saying::Report { head, draft } => sticky.report(&about.report(head, draft)).await,
        Saying::Closing => sticky.close().await,
    };
    match told {
        Ok(told) => {
            published.comment_url = told.url;
            published.notes.extend(told.notes);
        }
        Err(problem) => published.notes.push(note("the comment", &problem, Permission::WRITE_PULLS)),
    }
}

/// What was not written, what to do, and why: in this order, for a long note is cut at its end.
fn note(what: &str, problem: &Problem, needs: Permission) -> String {
    let forbidden = matches!(problem.code.as_ref(), "github-forbidden" | "github-not-found");
    let to_do = if forbidden {
        Some(format!("add `{needs}` under `permissions:` of the job"))
    } else {
        problem.help.first().cloned()
    };
    let to_do = to_do.map(|to_do| format!("{to_do} – ")).unwrap_or_default();
    if problem.help.iter().any(|help| help == PERHAPS_STORED) {
        return format!("whether {what} was written is not known: {to_do}{problem}");
    }
    format!("{what} was not written: {to_do}{problem}")
}

/// The note of a run that has nothing to write with.
pub fn without_client(problem: &Problem) -> String {
    note("what belongs to GitHub (a check run, a comment)", problem, Permission::WRITE_PULLS)
}
