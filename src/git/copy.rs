//! The files of one commit, written into a folder of their own.
//!
//! Not `git worktree`: that writes into the repository, and a killed run leaves it registered there. A copy has no `.git`, so
//! what runs in it finds neither credentials nor the repository. No filter and no hook runs: files that git-lfs keeps
//! elsewhere stay what the commit has of them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Git;
use super::call::{Call, LISTING};
use crate::names::CommitSha;
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long writing a copy may take.
const COPY_LIMIT: Duration = Duration::from_mins(5);

impl Git {
    /// Writes the files of a commit into a new folder, fetching the commit when it is missing. Whoever has the folder it lies in
    /// removes it.
    ///
    /// # Errors
    /// `folder-failed` when the folder is there already or cannot be made; whatever fetching and writing can end with.
    pub async fn copy_commit(&self, sha: &CommitSha, folder: &Path, watch: &Watch) -> Result<(), Problem> {
        self.ensure(std::slice::from_ref(sha), watch).await?;
        fs::create_dir(folder).map_err(|error| {
            let says = format!("cannot make the folder `{}`", folder.display());
            Problem::new("folder-failed", Fault::Input, says).because(&error)
        })?;
        let scratch = self.view.scratch("index-")?;
        // From an empty index into an empty folder: attributes come from the commit itself.
        let call = Call::new(folder, ["read-tree", "-u", "--reset", sha.as_str()])
            .with("GIT_DIR", &self.view.folder)
            .with("GIT_WORK_TREE", folder)
            .with("GIT_INDEX_FILE", scratch.path().join("index"));
        self.run(call.largest(LISTING).limit(COPY_LIMIT), watch).await?.success().map(drop)
    }
}
