//! The bytes of what a platform's code deploys as it is.

use super::Run;
use super::shelf::Shelf;
use crate::names::CommitSha;
use crate::platform::{self, Carried, Code};
use crate::problem::Problem;
use crate::tree::{self, Bytes, Tree};
use crate::work::{Job, Project, Source};

/// The largest file that is deployed as it is, in bytes.
const LARGEST_CARRIED: u64 = 64 * 1024 * 1024;

/// What is deployed as it is.
#[derive(Default)]
pub(super) struct AsItIs {
    /// The bytes, by the paths under which they are seen.
    pub(super) bytes: Bytes,
    /// Files that are read and that no commit has: they are not sent, and nothing is while they are there.
    pub(super) stray: Vec<String>,
}

/// What is deployed as it is. Of a checkout only what git tracks: a release is a commit, and what is beside it nobody could promote or
/// bring back.
pub(super) async fn of(
    run: &Run<'_>,
    job: &Job,
    code: &dyn Code,
    tree: &Tree,
    commit: &CommitSha,
) -> Result<AsItIs, Problem> {
    let all = code.carries(&job.project, tree).into_iter();
    let (seen, beside): (Vec<String>, Vec<String>) = all.partition(|path| tree.is_tracked(path) != Some(false));
    let stray = beside.into_iter().filter(|path| platform::wants_of(&job.project, path)).collect();
    if seen.is_empty() {
        return Ok(AsItIs { stray, ..AsItIs::default() });
    }
    let real: Vec<String> = seen.iter().map(|path| tree.real(path).to_owned()).collect();
    let Bytes { files, findings } = match &job.source {
        Source::Checkout => tree::disk::bytes(&run.invocation.repository.root, &real, LARGEST_CARRIED)?,
        Source::Commit(_) => {
            tree::commit::bytes(run.edges.git, commit, &real, LARGEST_CARRIED, run.edges.watch).await?
        }
    };
    let files = seen.iter().zip(&real).filter_map(|(seen, real)| Some((seen.clone(), files.get(real)?.clone())));
    Ok(AsItIs { bytes: Bytes { files: files.collect(), findings }, stray })
}

/// What pins the image that an earlier step built: it is part of what is released.
///
/// Problems: `image-ambiguous` where the run is about several projects, and those of reading it.
pub(super) fn brought(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    project: &Project,
    code: &dyn Code,
) -> Result<Carried, Problem> {
    let Some(image) = &run.invocation.inputs.image else { return Ok(Carried::new()) };
    if shelf.project_ids().len() > 1 {
        let text = "`image` is given, and which of several projects it belongs to is not said";
        return Err(Problem::input("image-ambiguous", text).help("say it by `project`, in a job for each image"));
    }
    code.brought(project, &run.invocation.repository.root, image)
}
