//! Of many projects only those are checked and deployed that something touched: since the release that runs, or by the pull
//! request. What is left out is told, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use super::shelf::Shelf;
use crate::git::Listed;
use crate::names::CommitSha;
use crate::platform::{self, Carried};
use crate::policy::Intent;
use crate::problem::Problem;
use crate::release::History;
use crate::tree::{Tree, join, path_text};
use crate::work::{Job, Source};

/// Files of a folder above a project that say what is installed or how it is built.
const SHARED: [&str; 14] = [
    "airlock.toml",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "bun.lock",
    "tsconfig.json",
    "tsconfig.base.json",
    "pyproject.toml",
    "uv.lock",
    "requirements.txt",
    "Dockerfile",
];

/// Why a job has nothing to do, where that is certain: whatever cannot be told is looked at.
pub(super) async fn why(run: &Run<'_>, shelf: &Shelf<'_>, job: &Job) -> Option<String> {
    let inputs = &run.invocation.inputs;
    if shelf.projects().len() < 2
        || !inputs.project.is_empty()
        || inputs.only.is_some()
        || (job.source != Source::Checkout && run.decision.intent != Intent::Renew)
    {
        return None;
    }
    let (since, reason) = match run.decision.intent {
        Intent::Review if run.invocation.inputs.preview => return None,
        Intent::Review | Intent::Renew => {
            let base = shelf.facts().base.clone()?;
            let reason = format!("nothing of it is changed by this pull request (since {})", base.short());
            (base, reason)
        }
        Intent::Deploy => running(shelf, job)?,
        _ => return None,
    };
    let id = &job.project.id;
    match is_untouched(run, shelf, job, &since).await {
        Ok(true) => Some(format!("`{id}` was left out: {reason}")),
        Ok(false) => None,
        Err(problem) => {
            run.edges.console.say(&format!("whether {id} was touched is not known, so it is looked at: {problem}"));
            None
        }
    }
}

/// The commit that every environment of the job runs, if it is one and nothing uncertain came after it.
fn running(shelf: &Shelf<'_>, job: &Job) -> Option<(CommitSha, String)> {
    let mut applying = job.lanes.iter().filter(|lane| lane.applies);
    let (lane, None) = (applying.next()?, applying.next()) else { return None };
    let history: &History = shelf.histories().get(&lane.id)?.as_ref().ok()?;
    let current = history.current().filter(|_| history.uncertain().is_none())?;
    if !history.parts_since(current).is_empty() {
        return None;
    }
    let (version, commit) = (&current.record.version, &current.record.commit);
    let reason =
        format!("nothing of it changed since {version} ({}), which {} runs", commit.short(), lane.environment.name);
    Some((commit.clone(), reason))
}

/// What differs between two commits, by path.
pub(super) struct Changed {
    /// Every path that is not the same in both.
    paths: BTreeSet<String>,
    /// Those that are no longer there.
    gone: BTreeSet<String>,
}

/// Compares the files of two commits by their ids.
pub(super) async fn between(run: &Run<'_>, since: &CommitSha, head: &CommitSha) -> Result<Changed, Problem> {
    let (git, watch) = (run.edges.git, run.edges.watch);
    git.ensure(&[since.clone(), head.clone()], watch).await?;
    let files = |listed: Vec<Listed>| -> BTreeMap<String, String> {
        listed.into_iter().map(|entry| (path_text(&entry.path), entry.id)).collect()
    };
    let (then, now) = (files(git.list(since, watch).await?), files(git.list(head, watch).await?));
    let gone: BTreeSet<String> = then.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
    let new = now.into_iter().filter(|(path, id)| then.get(path) != Some(id)).map(|(path, _)| path);
    Ok(Changed { paths: new.chain(gone.iter().cloned()).collect(), gone })
}

/// Whether nothing that the job's project consists of differs between a commit and the job's: its folder, the files outside
/// that it imports, and what the folders above say of installing and building.
async fn is_untouched(run: &Run<'_>, shelf: &Shelf<'_>, job: &Job, since: &CommitSha) -> Result<bool, Problem> {
    let project = &job.project;
    let own = match &job.source {
        Source::Checkout => None,
        Source::Commit(commit) => Some(shelf.tree_at(run, commit).await?),
    };
    let head = match &job.source {
        Source::Checkout => &run.invocation.run.sha,
        Source::Commit(commit) => commit,
    };
    if project.path.is_empty() || (own.is_none() && shelf.head() != head) {
        return Ok(false);
    }
    let changed = shelf.changed(run, since, head).await?;
    let below = format!("{}/", project.path);
    if changed.paths.range(below.clone()..).next().is_some_and(|path| path.starts_with(&below)) {
        return Ok(false);
    }
    let above = std::iter::successors(Some(project.path.as_str()), |path| {
        (!path.is_empty()).then(|| path.rsplit_once('/').map_or("", |(above, _)| above))
    });
    let mut shared = above.skip(1).flat_map(|folder| SHARED.map(|name| join(folder, name)));
    if shared.any(|path| changed.paths.contains(&path)) {
        return Ok(false);
    }
    let code = platform::code(project.platform)?;
    let uses = |tree: &Tree, paths: &BTreeSet<String>| {
        // What is carried as it is counts by its names alone: the bytes are not needed to know whose they are. A link in the folder leads
        // to files that git calls otherwise.
        let sources = || code.sources(project, tree, &Carried::new());
        let is_changed = |path: &String| paths.contains(path) || paths.contains(tree.real(path));
        !paths.is_empty()
            && (code.carries(project, tree).iter().any(is_changed) || sources().files().keys().any(is_changed))
    };
    if uses(own.as_deref().unwrap_or_else(|| shelf.checkout()), &changed.paths) {
        return Ok(false);
    }
    // A file that is gone is in no sources now.
    Ok(changed.gone.is_empty() || !uses(&*shelf.tree_at(run, since).await?, &changed.gone))
}
