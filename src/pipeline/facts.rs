//! What only git can say, asked once and handed down as data.

use super::Run;
use super::declared;
use super::desk::Desk;
use super::shelf::Shelf;
use crate::context::config::astro::AstroSpec;
use crate::context::event::Event;
use crate::context::inputs::PlatformName;
use crate::context::{CONFIG_FILE, config};
use crate::gate::SourceFacts;
use crate::manifest::{Known, Manifest};
use crate::names::CommitSha;
use crate::platform::Code;
use crate::problem::Problem;
use crate::release::{History, Release};
use crate::tree::{LARGEST_FILE, Tree, join};
use crate::watch::Watch;
use crate::work::{CommitFacts, LaneSpec, Project, Source};

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
    let base = run.relayed.get().map(|relayed| relayed.base.clone()).or(base);
    let head = run.relayed.get().map(|relayed| relayed.head.clone());
    let tip = head.clone().unwrap_or_else(|| run.invocation.run.sha.clone());
    let base = match base {
        None => None,
        Some(base) => match git.ensure(std::slice::from_ref(&base), watch).await {
            Ok(()) => Some(git.merge_base(&base, &tip, watch).await?.unwrap_or(base)),
            Err(problem) => {
                notes.push(format!(
                    "the base commit could not be read, so nothing is told apart as this pull request's: {problem}"
                ));
                None
            }
        },
    };
    Ok((CommitFacts { base, head, named }, notes))
}

/// What is known of the commit that a job would deploy.
pub(super) async fn of_source(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    project: &Project,
    source: &Source,
    live: Option<&Release>,
) -> SourceFacts {
    let (commit, dirty) = match source {
        Source::Commit(commit) => (commit.clone(), Known::Yes(Vec::new())),
        Source::Checkout => {
            let head = shelf.head().clone();
            let mut dirty = shelf.dirty(&project.path);
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
    SourceFacts { commit, dirty, contains_live }
}

/// The same for one lane: of a group each environment runs a release of its own.
pub(super) async fn of_lane(run: &Run<'_>, desk: &Desk, history: &Result<History, Problem>) -> SourceFacts {
    let mut source = desk.source().clone();
    if desk.lanes().iter().filter(|lane| lane.applies).nth(1).is_some() {
        let live = history.as_ref().ok().and_then(History::current);
        source.contains_live = contains_live(run, &source.commit, live).await;
    }
    source
}

/// The time that a deploy to an environment may take.
pub(super) fn time_of(run: &Run<'_>, spec: &LaneSpec) -> Watch {
    let watch = run.edges.watch;
    spec.environment.time_limit.map_or_else(|| watch.clone(), |limit| watch.within(limit))
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

/// A project's manifest at a commit, read through git.
pub(super) async fn manifest_at(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    code: &'static dyn Code,
    project: &Project,
    commit: &CommitSha,
) -> Result<Manifest, Problem> {
    let tree = shelf.tree_at(run, commit).await?;
    let then = as_of(run, project, &tree, commit).await?;
    let project = then.as_ref().unwrap_or(project);
    let extracted = declared::at(run, shelf, code, project, &tree, commit).await?;
    // Of another commit's code only what a command was to tell can be missing altogether.
    match extracted.findings.iter().find(|finding| declared::is_missing(finding)) {
        Some(finding) => Err(declared::missing(finding, commit)),
        None => Ok(extracted.manifest),
    }
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

/// The project as it was at a commit where its folder, or that of its DAGs, was another: its id tells which. `None` where it was the
/// same.
pub(super) async fn as_of(
    run: &Run<'_>,
    project: &Project,
    tree: &Tree,
    commit: &CommitSha,
) -> Result<Option<Project>, Problem> {
    let has = |folder: &str| tree.under(folder).next().is_some();
    let has_dags = || project.platform != PlatformName::Astro || has(&join(&project.path, &project.astro.dags));
    if has(&project.path) && has_dags() {
        return Ok(None);
    }
    let path = run.invocation.inputs.config.as_deref().unwrap_or(CONFIG_FILE);
    let bytes = run.edges.git.show_file(commit, path, LARGEST_FILE, run.edges.watch).await?;
    // A configuration that could not be read then named no project then.
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let config = text.and_then(|text| config::read(&text, path).ok());
    let then = config.and_then(|config| config.projects.into_iter().find(|known| known.id == project.id));
    Ok(match then {
        Some(then) => Some(Project { path: then.path, command: then.command, astro: then.astro, ..project.clone() }),
        // What nothing said was as it is without a word.
        None if has(&project.path) => Some(Project { astro: AstroSpec::default(), ..project.clone() }),
        None => None,
    })
}
