//! The files of one commit, written into a folder of their own.
//!
//! Not `git worktree`: that writes into the repository, and a killed run leaves it registered there. A copy has no `.git`, so
//! what runs in it finds neither credentials nor the repository. No filter and no hook runs: files that git-lfs keeps
//! elsewhere stay what the commit has of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Git;
use super::call::{Call, LISTING};
use crate::names::CommitSha;
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long writing a copy may take.
const COPY_LIMIT: Duration = Duration::from_mins(5);

/// A folder with the files of one commit. It is removed with this value, as far as that is possible.
#[derive(Debug)]
pub struct Copy {
    folder: PathBuf,
    mark: PathBuf,
}

impl Copy {
    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes it, and says so when that fails.
    pub fn remove(self) -> Result<(), Problem> {
        clear(&self.folder, &self.mark).map_err(|error| cannot("remove", &self.folder, &error))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // A copy that stays behind carries its mark: the next one in its place removes it.
        let _stays = clear(&self.folder, &self.mark);
    }
}

impl Git {
    /// Writes the files of a commit into a new folder, fetching the commit when it is missing.
    ///
    /// A folder that a killed run left there is replaced; it is known by the mark beside it, which is written first. Any other
    /// folder in the way is the problem `folder-taken`.
    pub async fn copy_commit(&self, sha: &CommitSha, folder: &Path, watch: &Watch) -> Result<Copy, Problem> {
        self.ensure(std::slice::from_ref(sha), watch).await?;
        let copy = claim(folder)?;
        let scratch = self.view.scratch("index-")?;
        // From an empty index into an empty folder: attributes come from the commit itself.
        let call = Call::new(folder, ["read-tree", "-u", "--reset", sha.as_str()])
            .with("GIT_DIR", &self.view.folder)
            .with("GIT_WORK_TREE", folder)
            .with("GIT_INDEX_FILE", scratch.path().join("index"));
        self.run(call.largest(LISTING).limit(COPY_LIMIT), watch).await?.success()?;
        Ok(copy)
    }
}

/// Makes the folder ours: marked, and empty.
fn claim(folder: &Path) -> Result<Copy, Problem> {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".airlock-copy");
    let mark = folder.with_file_name(name);
    if mark.is_file() {
        clear(folder, &mark).map_err(|error| cannot("remove", folder, &error))?;
    }
    if fs::symlink_metadata(folder).is_ok() {
        return Err(Problem::input("folder-taken", format!("`{}` is already there", folder.display()))
            .help("remove it, or let airlock use another folder"));
    }
    let made = fs::write(&mark, b"").and_then(|()| fs::create_dir(folder));
    made.map_err(|error| cannot("make", folder, &error))?;
    Ok(Copy { folder: folder.to_owned(), mark })
}

/// Removes folder and mark; the mark last, so that a half-removed copy is still known.
fn clear(folder: &Path, mark: &Path) -> io::Result<()> {
    let absent = |error: io::Error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) };
    fs::remove_dir_all(folder).or_else(absent)?;
    fs::remove_file(mark).or_else(absent)
}

fn cannot(act: &str, folder: &Path, error: &io::Error) -> Problem {
    Problem::new("folder-failed", Fault::Input, format!("cannot {act} the folder `{}`", folder.display()))
        .because(error)
}
