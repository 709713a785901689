//! Git, as plumbing: argument vectors, no hooks, no foreign configuration, no prompts.
//!
//! [`Git`] is the only user of the git program. It never runs it on the repository's own configuration ([`view`] says why)
//! and never changes the repository: what it fetches, checks out and compares lies in a scratch folder that goes with it.
//! The answers about commits are exact also in a shallow clone: where the history is cut, what is missing is fetched
//! ([`remote`]), or the answer is a [`Problem`] that says how to get it.

mod ancestry;
mod call;
mod copy;
mod files;
mod merge;
mod refs;
mod remote;
mod view;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Mutex;

pub use ancestry::TreeOf;
pub(crate) use files::missing_content;
pub use files::{Blob, Listed, Mode};
pub use remote::Remote;

use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;
use call::{Answer, Call, Program};
use view::View;

/// A repository, through the git program.
#[derive(Debug)]
pub struct Git {
    program: Program,
    view: View,
    remote: Option<Remote>,
    /// Commits that were found here. A commit that is here stays while the view does, so git is asked for it once.
    found: Mutex<BTreeSet<CommitSha>>,
}

impl Git {
    /// Opens the repository that this folder lies in.
    ///
    /// `variables` is the environment as it was read once; only the search path, proxies, CA bundles and `TMPDIR` are handed
    /// on. Problems: `repository-missing`, `not-a-repository`, `repository-unreadable`, `git-missing`.
    pub async fn open(
        folder: &Path,
        variables: impl IntoIterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
        watch: &Watch,
    ) -> Result<Self, Problem> {
        let top = view::find_top(folder)?;
        let variables: Vec<_> = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let program = Program::find(&variables, &top)?;
        let view = View::make(&program, top, watch).await?;
        Ok(Self { program, view, remote: None, found: Mutex::default() })
    }

    /// The same repository, fetching what is missing from here; without it, from the `origin` that the clone names.
    #[must_use]
    pub fn fetching_from(mut self, remote: Remote) -> Self {
        self.remote = Some(remote);
        self
    }

    /// The folder of the work tree: the repository's root.
    pub fn top(&self) -> &Path {
        &self.view.top
    }

    /// A run on the view.
    fn call<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Call<'_> {
        Call::new(&self.view.folder, arguments).with("GIT_DIR", &self.view.folder)
    }

    async fn run(&self, call: Call<'_>, watch: &Watch) -> Result<Answer, Problem> {
        self.program.run(call, watch).await
    }
}

/// Reads a line of git's as a commit hash.
fn commit(line: &str) -> Result<CommitSha, Problem> {
    CommitSha::new(line).map_err(|error| Problem::bug("git named a commit that is none").because(&error))
}

#[cfg(test)]
mod tests;
