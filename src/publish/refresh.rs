//! The comments of open pull requests, as a run finds them that is about none of them: which are out of date, and what is done
//! about it.

use super::comment::{Behind, Report, Sticky};
use super::ground::Now;
use super::key::Told;
use super::{About, note};
use crate::context::Repository;
use crate::context::event::Actor;
use crate::github::{Client, Permission, Pull};
use crate::names::BranchName;
use crate::problem::Problem;
use crate::watch::Watch;

/// The comments of open pull requests into the default branch, against what runs now.
pub struct Comments<'a> {
    about: About<'a>,
    client: &'a Client,
    watch: &'a Watch,
    now: Now,
}

/// The comment of a pull request that something has moved under.
pub struct Stale {
    /// The pull request.
    pub pull: Pull,
    behind: Behind,
}

impl Stale {
    /// What the checks of its head came to, by the comment; `None` where it does not tell, or tells of another head.
    pub fn checks(&self) -> Option<Told> {
        self.behind.tells(&self.pull.head.sha)
    }

    /// The page of the run that wrote it: there is what was tested.
    pub fn page(&self, of: &Repository) -> Option<String> {
        let (run, _) = self.behind.run();
        of.name.as_ref().map(|name| format!("{}/{name}/actions/runs/{run}", of.server_url))
    }
}

impl<'a> Comments<'a> {
    /// The comments, against what a run on the default branch has seen.
    pub fn new(about: About<'a>, client: &'a Client, watch: &'a Watch) -> Self {
        let now = Now::of(about.sealed.outcome(), Some(&about.invocation.run.sha));
        Self { about, client, watch, now }
    }

    /// The open pull requests whose comment the same workflow wrote, the last touched first. A fork's compares code with code,
    /// whatever runs and wherever main goes.
    pub async fn pulls(&self) -> Result<Vec<Pull>, Problem> {
        let ours = self.client.repository_name();
        let branch = self.about.invocation.repository.default_branch.as_ref().map(BranchName::as_str);
        let mut pulls = self.client.pulls_open(self.watch).await?;
        pulls.retain(|pull| {
            let home = pull.head.repository.as_deref().is_some_and(|home| home.eq_ignore_ascii_case(&ours));
            home && Some(pull.base.branch.as_str()) == branch && pull.author.as_deref() != Some(Actor::DEPENDABOT)
        });
        Ok(pulls)
    }

    /// The comment of a pull request, if it is out of date. Costs a request, and once a run one more.
    pub async fn stale(&self, pull: Pull) -> Result<Option<Stale>, Problem> {
        let behind = self.at(&pull).behind(&self.now).await?;
        Ok(behind.map(|behind| Stale { pull, behind }))
    }

    /// Says in the comment what has moved; gives whether that had to be said.
    pub async fn outdate(&self, stale: &Stale) -> Result<bool, Problem> {
        self.at(&stale.pull).outdate(&stale.behind).await
    }

    /// Writes the plan that was made anew in the place of the one that was told; gives what a reader should know.
    pub async fn renew(&self, stale: &Stale, anew: About<'_>) -> Result<Vec<String>, Problem> {
        let Stale { pull, behind } = stale;
        let report = anew.report(pull.head.sha.clone(), pull.draft);
        // A run of the pull request's own that is still at work has more to tell: it may write over this.
        let (run, checks) = (behind.run(), stale.checks().unwrap_or(Told::Failed));
        let report = Report { run, checks, renewed: true, ..report };
        self.at(pull).report(&report).await.map(|told| told.notes)
    }

    /// What could not be written, and why.
    pub fn note(what: &str, problem: &Problem) -> String {
        note(what, problem, Permission::WRITE_PULLS)
    }

    fn at(&self, pull: &Pull) -> Sticky<'_> {
        Sticky { client: self.client, watch: self.watch, pull: pull.number, scope: self.about.scope() }
    }
}
