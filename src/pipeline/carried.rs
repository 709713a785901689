//! The bytes of what a platform's code deploys as it is.

use super::Run;
use crate::names::CommitSha;
use crate::platform::Code;
use crate::problem::Problem;
use crate::tree::{self, Bytes, Tree};
use crate::work::{Job, Source};

/// The largest file that is deployed as it is, in bytes.
const LARGEST_CARRIED: u64 = 64 * 1024 * 1024;

/// The bytes of what is deployed as it is, by the paths under which it is seen.
pub(super) async fn of(
    run: &Run<'_>,
    job: &Job,
    code: &dyn Code,
    tree: &Tree,
    commit: &CommitSha,
) -> Result<Bytes, Problem> {
    let seen = code.carries(&job.project, tree);
    if seen.is_empty() {
        return Ok(Bytes::default());
    }
    let real: Vec<String> = seen.iter().map(|path| tree.real(path).to_owned()).collect();
    let Bytes { files, findings } = match &job.source {
        Source::Checkout => tree::disk::bytes(&run.invocation.repository.root, &real, LARGEST_CARRIED)?,
        Source::Commit(_) => {
            tree::commit::bytes(run.edges.git, commit, &real, LARGEST_CARRIED, run.edges.watch).await?
        }
    };
    let files = seen.iter().zip(&real).filter_map(|(seen, real)| Some((seen.clone(), files.get(real)?.clone())));
    Ok(Bytes { files: files.collect(), findings })
}
