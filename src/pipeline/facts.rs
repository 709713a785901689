//! What only git can say, asked once and handed down as data.

use super::Run;
use super::desk::Desk;
use super::shelf::Shelf;
use crate::context::event::Event;
use crate::finding::Severity;
use crate::gate::{Reviewed, SourceFacts};
use crate::git::TreeOf;
use crate::manifest::{Known, Manifest};
use crate::names::CommitSha;
use crate::plan::{self, Basis, Extras, Observed};
use crate::platform::Code;
use crate::policy::Intent;
use crate::problem::Problem;
use crate::release::Release;
use crate::work::{CommitFacts, Project, Source};

/// How far back git is asked for commits that a deploy would bring or leave.
const MOST_COMMITS: usize = 500;

/// The commits that `work` needs, and what a reader should know of them.
pub(super) async fn of_commits(run: &Run<'_>) -> Result<(CommitFacts, Vec<String>), Problem> {
    let (git, watch) = (run.edges.git, run.edges.watch);
    let mut notes = Vec::new();
    let named = match &run.invocation.inputs.commit {
        Some(text) => Some(git.resolve(text, watch).await?),
        None => None,
    };
    let base = match &run.invocation.event {
        Event::PullRequest(pull) => Some(pull.base.sha.clone()),
        Event::MergeGroup(group) => Some(group.base.clone()),
        _ => None,
    };
    let base = match base {
        None => None,
        Some(base) => match git.ensure(std::slice::from_ref(&base), watch).await {
            Ok(()) => Some(git.merge_base(&base, &run.invocation.run.sha, watch).await?.unwrap_or(base)),
            Err(problem) => {
                notes.push(format!(
                    "the base commit could not be read, so nothing is told apart as this pull request's: {problem}"
                ));
                None
            }
        },
    };
    Ok((CommitFacts { base, named }, notes))
}

/// What is known of the commit that a job would deploy.
pub(super) async fn of_source(
    run: &Run<'_>,
    project: &Project,
    source: &Source,
    live: Option<&Release>,
) -> Result<SourceFacts, Problem> {
    let (git, watch) = (run.edges.git, run.edges.watch);
    let (commit, dirty) = match source {
        Source::Commit(commit) => (commit.clone(), Known::Yes(Vec::new())),
        Source::Checkout => {
            let head = git.head(watch).await?;
            let mut dirty: Vec<String> = git.changed_tracked(&[&project.path], watch).await?.into_iter().collect();
            if head != run.invocation.run.sha {
                dirty.push(format!(
                    "HEAD is {}, not the {} of the event",
                    head.short(),
                    run.invocation.run.sha.short()
                ));
            }
            (head, Known::Yes(dirty))
        }
    };
    let contains_live = contains_live(run, &commit, live).await;
    Ok(SourceFacts { commit, dirty, contains_live })
}

/// Whether a commit contains what runs, by the newest release.
pub(super) async fn contains_live(run: &Run<'_>, commit: &CommitSha, live: Option<&Release>) -> Known<bool> {
    let Some(Release { record, .. }) = live else { return Known::Yes(true) };
    let (git, live) = (run.edges.git, &record.commit);
    let wanted = [commit.clone(), live.clone()];
    if let Err(problem) = git.ensure(&wanted, run.edges.watch).await {
        return Known::No(problem.to_string());
    }
    match git.is_ancestor(live, commit, run.edges.watch).await {
        Ok(contains) => Known::Yes(contains),
        Err(problem) => Known::No(problem.to_string()),
    }
}

/// The plans of pull requests that were merged since the live release, recomputed from their commits.
pub(super) async fn of_reviews(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    code: &'static dyn Code,
    project: &Project,
    commit: &CommitSha,
    live: Option<&Release>,
) -> Result<Vec<Reviewed>, Problem> {
    let Some(live) = live else { return Ok(Vec::new()) };
    let brought = run.edges.git.trees_between(&live.record.commit, commit, MOST_COMMITS, run.edges.watch).await?;
    let mut reviewed = Vec::new();
    for review in shelf.reviews(project)? {
        if !is_among(run, &brought, &review.head).await? {
            continue;
        }
        let before = manifest_at(run, shelf, code, project, &review.base).await?;
        let after = code.extract(project, &shelf.tree_at(run, &review.head).await?);
        // A head that cannot be read looks as if everything were gone. Nobody was shown that, so it names nothing.
        if after.findings.iter().any(|finding| finding.severity == Severity::Error) {
            continue;
        }
        let extras = Extras::none("a reviewed plan compares code with code");
        let before = Observed { basis: Basis::Commit { commit: review.base }, manifest: before, extras };
        let removes = plan::diff::diff(&after.manifest, &before, code).destructive;
        reviewed.push(Reviewed { label: review.label, head: review.head, removes });
    }
    Ok(reviewed)
}

/// Whether a reviewed head was merged: it is one of the commits itself, or one of them (a squash) left its very files.
async fn is_among(run: &Run<'_>, brought: &[TreeOf], head: &CommitSha) -> Result<bool, Problem> {
    let (git, watch) = (run.edges.git, run.edges.watch);
    if brought.iter().any(|brought| brought.commit == *head) {
        return Ok(true);
    }
    if !git.has_commit(head, watch).await? {
        return Ok(false);
    }
    let tree = git.tree_id(head, "", watch).await?;
    Ok(tree.is_some_and(|tree| brought.iter().any(|brought| brought.tree == tree)))
}

/// A project's manifest at a commit, read through git.
pub(super) async fn manifest_at(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    code: &'static dyn Code,
    project: &Project,
    commit: &CommitSha,
) -> Result<Manifest, Problem> {
    let tree = shelf.tree_at(run, commit).await?;
    Ok(code.extract(project, &tree).manifest)
}

/// What the default branch has beyond the commit that is deployed, as `abcdef0 subject`.
pub(super) async fn left_behind(run: &Run<'_>, commit: &CommitSha) -> Vec<String> {
    const SHOWN: usize = 20;
    let Some(branch) = &run.invocation.repository.default_branch else { return Vec::new() };
    let (git, watch) = (run.edges.git, run.edges.watch);
    let Ok(Some(tip)) = git.branch_tip(branch, watch).await else { return Vec::new() };
    let commits = git.log(commit, &tip, SHOWN, watch).await.unwrap_or_default();
    commits.into_iter().map(|(sha, subject)| format!("{} {subject}", sha.short())).collect()
}

/// The release's description: the given one, else the subjects of the commits it brings.
pub(super) async fn describe(run: &Run<'_>, desk: &Desk, live: Option<&Release>) -> String {
    const SUBJECTS: usize = 10;
    if let Some(given) = &run.invocation.inputs.description {
        return given.clone();
    }
    let (git, watch) = (run.edges.git, run.edges.watch);
    let commit = &desk.source().commit;
    if let (Intent::Rollback, Some(version)) = (run.decision.intent, &run.invocation.inputs.version) {
        return format!("back to {version}");
    }
    let log = match live {
        Some(release) => git.log(&release.record.commit, commit, SUBJECTS, watch).await,
        None => return "first release".to_owned(),
    };
    let subjects: Vec<String> = log.unwrap_or_default().into_iter().map(|(_, subject)| subject).collect();
    if subjects.is_empty() { format!("{} again", commit.short()) } else { subjects.join("; ") }
}
