//! The pull requests that a deploy brings: what each was shown to remove, recomputed from its two commits, and what came
//! without one.
//!
//! Which commit came by which pull request is GitHub's own word. The check run on a head is a hint that can only take away:
//! without one, or where it said that nothing is removed, nobody was shown the removal.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::Desk;
use super::shelf::Shelf;
use super::{Run, declared, facts};
use crate::context::Host;
use crate::finding::Severity;
use crate::gate::Reviewed;
use crate::git::TreeOf;
use crate::github::{CheckRun, CheckStatus, Client, Conclusion, Pull};
use crate::history::PullReview;
use crate::manifest::Subject;
use crate::names::{CommitSha, Digest, ProjectId};
use crate::outcome::line::{clip, visible};
use crate::plan::diff::Diff;
use crate::plan::message::Code;
use crate::plan::{self, Plan};
use crate::policy::Intent;
use crate::problem::{Fault, Problem};
use crate::publish::{self, Shown};
use crate::release::Release;
use crate::watch::Watch;

/// How far back git is asked for commits that a deploy brings.
const MOST_COMMITS: usize = 500;
/// For how many commits by themselves GitHub is asked which pull request brought them, where something is removed.
const MOST_ASKED: usize = 50;
/// The same where nothing is removed, so that nobody has to have been shown anything.
const FEW_ASKED: usize = 5;
/// From more than so many commits the pull requests that were closed lately are read first: most are merged by one commit each.
const MANY: usize = 3;
/// The longest title that is told, in characters.
const TITLE: usize = 120;
/// How many titles a description has.
const TITLES: usize = 10;

/// What is known of the reviews behind a deploy.
pub(super) struct Reviews {
    /// What reviewers were shown.
    pub(super) reviewed: Result<Vec<Reviewed>, Problem>,
    /// What came without having been shown, a sentence each.
    pub(super) unshown: Vec<String>,
    /// The titles of the pull requests, and the subjects of what came without one.
    titles: Vec<String>,
}

impl Reviews {
    pub(super) fn none() -> Self {
        Self { reviewed: Ok(Vec::new()), unshown: Vec::new(), titles: Vec::new() }
    }

    fn unread(problem: Problem) -> Self {
        Self { reviewed: Err(problem), ..Self::none() }
    }

    /// Looks up what a deploy brings beyond the live release, and what of it removes something that the plan removes.
    pub(super) async fn of(run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk, plan: &Plan, live: Option<&Release>) -> Self {
        let Some(live) = live.filter(|_| run.decision.intent != Intent::Rollback) else { return Self::none() };
        let asking = Asking { run, shelf, desk, plan, live: &live.record.commit };
        let found = match (run.invocation.run.host, run.edges.github) {
            (Host::Simulated, _) => asking.remembered().await,
            (Host::Actions, Some(client)) => asking.merged(client).await,
            (Host::Actions, None) => Err(no_token()),
        };
        found.unwrap_or_else(Self::unread).without_what_came_again(plan)
    }

    /// What somebody else has deployed since the newest release was not there when a review named its removal: either by hand,
    /// or by a release whose record is gone. A person has to name it anew.
    fn without_what_came_again(mut self, plan: &Plan) -> Self {
        let drifted: BTreeSet<_> = plan
            .messages
            .iter()
            .filter(|message| message.code == Code::Drift)
            .map(|message| &message.subject.resource)
            .collect();
        let again = |subject: &Subject| plan.destructive.contains(subject) && drifted.contains(&subject.resource);
        for reviewed in self.reviewed.iter_mut().flatten() {
            let before = reviewed.removes.len();
            reviewed.removes.retain(|subject| !again(subject));
            if reviewed.removes.len() < before {
                self.unshown
                    .push(format!("what {} removes was deployed there again since the newest release", reviewed.label));
            }
        }
        self
    }

    /// The release's description, without secrets: the given one, else the titles of what it brings.
    pub(super) async fn describe(&self, run: &Run<'_>, desk: &Desk, live: Option<&Release>) -> String {
        run.edges.redactor.redact_text(&self.described(run, desk, live).await)
    }

    async fn described(&self, run: &Run<'_>, desk: &Desk, live: Option<&Release>) -> String {
        let invocation = run.invocation;
        if let Some(given) = &invocation.inputs.description {
            return given.clone();
        }
        let inputs = &invocation.inputs;
        let back = inputs.deploy.clone().or_else(|| inputs.version.as_ref().map(ToString::to_string));
        if let (Intent::Rollback, Some(back)) = (run.decision.intent, back) {
            return format!("back to {back}");
        }
        if !self.titles.is_empty() {
            return self.titles.join("; ");
        }
        let commit = &desk.source().commit;
        let Some(live) = live else { return "first release".to_owned() };
        let log = run.edges.git.log(&live.record.commit, commit, TITLES, run.edges.watch).await;
        let subjects: Vec<String> = log.unwrap_or_default().into_iter().map(|(_, subject)| subject).collect();
        if subjects.is_empty() { format!("{} again", commit.short()) } else { subjects.join("; ") }
    }
}

struct Asking<'a> {
    run: &'a Run<'a>,
    shelf: &'a Shelf<'a>,
    desk: &'a Desk,
    plan: &'a Plan,
    live: &'a CommitSha,
}

impl Asking<'_> {
    /// Simulated pull requests: those that were shown here and whose files are among what is brought.
    async fn remembered(&self) -> Result<Reviews, Problem> {
        let (git, watch) = (self.run.edges.git, self.run.edges.watch);
        let brought = git.trees_between(self.live, &self.desk.source().commit, MOST_COMMITS, watch).await?;
        let mut reviewed = Vec::new();
        for review in self.shelf.reviews(self.desk.project())? {
            if self.is_among(&brought, &review.head).await? {
                reviewed.extend(self.recomputed(review).await?.map(|(reviewed, _)| reviewed));
            }
        }
        Ok(Reviews { reviewed: Ok(reviewed), ..Reviews::none() })
    }

    /// Whether a reviewed head was merged: it is one of the commits itself, or one of them (a squash) left its very files.
    async fn is_among(&self, brought: &[TreeOf], head: &CommitSha) -> Result<bool, Problem> {
        let (git, watch) = (self.run.edges.git, self.run.edges.watch);
        if brought.iter().any(|brought| brought.commit == *head) {
            return Ok(true);
        }
        if !git.has_commit(head, watch).await? {
            return Ok(false);
        }
        let tree = git.tree_id(head, "", watch).await?;
        Ok(tree.is_some_and(|tree| brought.iter().any(|brought| brought.tree == tree)))
    }

    /// Merged pull requests, by the commits they left on the branch: a merge, a squash, or each commit of a rebase.
    async fn merged(&self, client: &Client) -> Result<Reviews, Problem> {
        let (git, watch) = (self.run.edges.git, self.run.edges.watch);
        let brought = git.mainline(self.live, &self.desk.source().commit, MOST_COMMITS, watch).await?;
        let mut brings = Brings::of(client, &brought, watch).await?;
        let mut left = if self.plan.destructive.is_empty() { FEW_ASKED } else { MOST_ASKED };
        let mut found = Reviews::none();
        let mut reviewed = Vec::new();
        let mut numbers = BTreeSet::new();
        let mut unasked = 0;
        for (commit, subject) in &brought {
            let Some(pulls) = brings.pulls(commit, &mut left, watch).await? else {
                found.titles.push(clip(&visible(subject), TITLE));
                unasked += 1;
                continue;
            };
            if pulls.is_empty() {
                found.unshown.push(format!("{} was pushed without a pull request", commit.short()));
                found.titles.push(clip(&visible(subject), TITLE));
            }
            for pull in pulls.into_iter().filter(|pull| numbers.insert(pull.number)).collect::<Vec<_>>() {
                found.titles.push(clip(&format!("#{} {}", pull.number, visible(&pull.title)), TITLE));
                reviewed.extend(self.shown(client, pull, &mut found.unshown).await?);
            }
        }
        // First: of a long list only the beginning is told.
        if brought.len() == MOST_COMMITS {
            found
                .unshown
                .insert(0, format!("of what came before the newest {MOST_COMMITS} commits nothing was looked up"));
        }
        if unasked > 0 {
            found.unshown.insert(
                0,
                format!("by which pull requests {unasked} of {} commits came was not looked up", brought.len()),
            );
        }
        found.titles.truncate(TITLES);
        Ok(Reviews { reviewed: Ok(reviewed), ..found })
    }

    /// What a merged pull request names, if it names anything that this plan removes and reviewers were shown that.
    async fn shown(&self, client: &Client, pull: Pull, unshown: &mut Vec<String>) -> Result<Option<Reviewed>, Problem> {
        if self.plan.destructive.is_empty() {
            return Ok(None);
        }
        let (git, watch) = (self.run.edges.git, self.run.edges.watch);
        let base = git.merge_base(&pull.base.sha, &pull.head.sha, watch).await?.unwrap_or(pull.base.sha);
        let at = pull.merged_at.unwrap_or_default();
        let label = format!("#{}", pull.number);
        let review = PullReview { label, title: pull.title, base, head: pull.head.sha, at };
        let Some((mut reviewed, code)) = self.recomputed(review).await? else {
            unshown.push(format!("the code of #{} could not be read, so its plan named nothing", pull.number));
            return Ok(None);
        };
        if reviewed.removes.is_disjoint(&self.plan.destructive) {
            return Ok(None);
        }
        let checks = client.every_check(&reviewed.head, watch).await?;
        self.shelf.remark(differs(&self.desk.project().id, &reviewed, &code, &checks));
        let shown = match hint(&checks) {
            Ok(shown) => shown,
            Err(why) => {
                unshown.push(format!("{} removes it, and {why} on {}", reviewed.label, reviewed.head.short()));
                return Ok(None);
            }
        };
        let (project, before) = (&self.desk.project().id, reviewed.removes.len());
        let was_shown = |subject: &Subject| {
            !self.plan.destructive.contains(subject)
                || shown.is_empty()
                || shown.iter().any(|shown| shown.has(project, subject))
        };
        reviewed.removes.retain(was_shown);
        if reviewed.removes.len() < before {
            let (more, head) = (before - reviewed.removes.len(), reviewed.head.short());
            unshown.push(format!("{} removes {more} more than Airlock's check run showed on {head}", reviewed.label));
        }
        Ok(Some(reviewed))
    }

    /// What a pull request's commits remove, and the digest of all that they change. A head that cannot be read looks as if
    /// everything were gone. Nobody was shown that, so it names nothing.
    async fn recomputed(&self, review: PullReview) -> Result<Option<(Reviewed, Digest)>, Problem> {
        let (code, project) = (self.desk.code(), self.desk.project());
        let before = facts::manifest_at(self.run, self.shelf, code, project, &review.base).await?;
        let tree = self.shelf.tree_at(self.run, &review.head).await?;
        let after = declared::at(self.run, self.shelf, code, project, &tree, &review.head).await?;
        if after.findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Ok(None);
        }
        let Diff { changes, destructive, .. } = plan::diff::of_code(&after.manifest, &before, code);
        let digest = plan::digest::of_code(&project.id, &changes, &destructive);
        Ok(Some((Reviewed { label: review.label, head: review.head, removes: destructive }, digest)))
    }
}

/// Which merged pull requests brought which commits, by GitHub's own word.
struct Brings<'a> {
    client: &'a Client,
    /// Those that were read in one go, by the commit that each left.
    known: BTreeMap<CommitSha, Pull>,
}

impl<'a> Brings<'a> {
    async fn of(client: &'a Client, brought: &[(CommitSha, String)], watch: &Watch) -> Result<Self, Problem> {
        let lately = if brought.len() > MANY { client.pulls_closed_lately(watch).await? } else { Vec::new() };
        let merged = lately.into_iter().filter(Pull::is_merged);
        let known = merged.filter_map(|pull| Some((pull.merge_commit_sha.clone()?, pull))).collect();
        Ok(Self { client, known })
    }

    /// The merged pull requests that brought a commit; `None` where that was not asked any more.
    async fn pulls(
        &mut self,
        commit: &CommitSha,
        left: &mut usize,
        watch: &Watch,
    ) -> Result<Option<Vec<Pull>>, Problem> {
        if let Some(pull) = self.known.remove(commit) {
            return Ok(Some(vec![pull]));
        }
        let Some(less) = left.checked_sub(1) else { return Ok(None) };
        *left = less;
        let pulls = self.client.pulls_of_commit(commit, watch).await?;
        Ok(Some(pulls.into_iter().filter(Pull::is_merged).collect()))
    }
}

/// What the check runs on a head showed to be removed, as far as they tell; or why they do not speak for its plan having been
/// shown. Of each the newest counts.
fn hint(checks: &[CheckRun]) -> Result<Vec<Shown>, &'static str> {
    let ours = |check: &&CheckRun| {
        let name = check.name == "airlock" || check.name.starts_with("airlock (");
        name && check.external_id.as_deref().is_some_and(|id| id.starts_with("run "))
    };
    let mut newest: BTreeMap<&str, &CheckRun> = BTreeMap::new();
    for check in checks.iter().filter(ours).filter(|check| check.status == CheckStatus::Completed) {
        let kept = newest.entry(&check.name).or_insert(check);
        if check.id > kept.id {
            *kept = check;
        }
    }
    if newest.is_empty() {
        return Err("no check run of Airlock is");
    }
    // Grey says that something is removed; orange too, and that somebody has to do something; red, that the checks failed,
    // with the plan below.
    let told = |check: &&&CheckRun| {
        matches!(check.conclusion, Some(Conclusion::Neutral | Conclusion::ActionRequired | Conclusion::Failure))
    };
    let told: Vec<&CheckRun> = newest.values().filter(told).copied().collect();
    if told.is_empty() {
        return Err("Airlock's check run said that nothing is removed");
    }
    // One without the line was written by an earlier version: how it ended is all that is known.
    let shown: Option<Vec<Shown>> = told.iter().map(|check| Shown::read(check.text())).collect();
    Ok(shown.unwrap_or_default())
}

/// That the commits of a pull request differ in something else than Airlock's check runs on its head were made of: a hint, and
/// nothing is decided by it. `None` where they agree, and where no check run tells.
fn differs(project: &ProjectId, reviewed: &Reviewed, code: &Digest, checks: &[CheckRun]) -> Option<String> {
    let told: Vec<Digest> =
        checks.iter().filter_map(|check| publish::code_of(check.external_id.as_deref()?, project)).collect();
    let shown = told.first().filter(|_| !told.contains(code))?;
    let (label, head) = (&reviewed.label, reviewed.head.short());
    let start = |digest: &Digest| digest.hex().chars().take(12).collect::<String>();
    Some(format!(
        "what the commits of {label} change is not what Airlock's check run on {head} was made of (plan of its code {}, there \
         {}): either main changed the same resources before the merge, or somebody else wrote that check run",
        start(code),
        start(shown)
    ))
}

fn no_token() -> Problem {
    Problem::new("reviews-unread", Fault::Unreadable, "the merged pull requests were not looked up")
        .cause("there is no GitHub token in this run")
        .help("give `github-token: ${{ github.token }}`, and `pull-requests: read` under `permissions:` of the job")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::facts::sha;

    #[test]
    fn a_check_run_can_only_take_a_review_away() {
        let nothing = Some("no check run of Airlock is");
        let clean = Some("Airlock's check run said that nothing is removed");
        for (name, id, status, conclusion, expected) in [
            ("airlock", "run 4.1 dev=sha256:00", "completed", "neutral", None),
            ("airlock (shop)", "run 4.1", "completed", "neutral", None),
            ("airlock", "run 4.1", "completed", "action_required", None),
            ("airlock", "run 4.1", "completed", "failure", None),
            ("airlock", "deploy 4.1", "completed", "neutral", nothing),
            ("airlock", "run 4.1", "completed", "success", clean),
            ("airlock", "run 4.1", "in_progress", "neutral", nothing),
            ("airlock", "", "completed", "neutral", nothing),
            ("airlocked", "run 4.1", "completed", "neutral", nothing),
            ("unit", "run 4.1", "completed", "neutral", nothing),
        ] {
            let check = serde_json::from_value(serde_json::json!({
                "id": 1, "name": name, "head_sha": sha('a'), "status": status, "conclusion": conclusion,
                "external_id": id, "app": null,
            }));
            assert_eq!(hint(&[check.unwrap()]).err(), expected, "{name} {id} {status} {conclusion}");
        }
        assert_eq!(hint(&[]).err(), nothing);
    }
}
