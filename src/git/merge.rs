//! What merging two commits would give, as GitHub's button gives it: objects in the view's scratch folder, no work tree.

use super::call::line;
use super::{Git, commit};
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// Nobody made these commits, and nobody sees them: the same two commits give the same one.
const MAKER: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "airlock"),
    ("GIT_AUTHOR_EMAIL", "airlock@localhost"),
    ("GIT_AUTHOR_DATE", "@0 +0000"),
    ("GIT_COMMITTER_NAME", "airlock"),
    ("GIT_COMMITTER_EMAIL", "airlock@localhost"),
    ("GIT_COMMITTER_DATE", "@0 +0000"),
];

impl Git {
    /// The commit that merging `head` into `base` would make, fetching what is missing of both; `None` where they conflict or
    /// share nothing.
    ///
    /// No program of the tree runs: merge drivers are named by a configuration, and there is none but ours. Problems: those of
    /// [`Git::merge_base`], and `git-failed` with a git before 2.38, which cannot merge without a work tree.
    pub async fn merged(
        &self,
        base: &CommitSha,
        head: &CommitSha,
        watch: &Watch,
    ) -> Result<Option<CommitSha>, Problem> {
        // Git itself would take what a shallow clone has for all there is.
        if self.merge_base(base, head, watch).await?.is_none() {
            return Ok(None);
        }
        let call = self.call(["merge-tree", "--write-tree", "--no-messages", base.as_str(), head.as_str()]);
        let Some(out) = self.run(call, watch).await?.success_or(1)? else { return Ok(None) };
        let tree = commit(&line(&out))?;
        let arguments =
            ["commit-tree", "--no-gpg-sign", "-p", base.as_str(), "-p", head.as_str(), "-m", "merge", tree.as_str()];
        let call = MAKER.iter().fold(self.call(arguments), |call, (name, value)| call.with(*name, value));
        let made = self.run(call, watch).await?.success()?;
        commit(&line(&made)).map(Some)
    }
}
