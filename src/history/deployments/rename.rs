//! A workflow file that was renamed: its earlier runs count on, where GitHub's own comparison shows the renaming.

use super::DeploymentKeeper;
use crate::github::WorkflowRun;
use crate::problem::Problem;
use crate::watch::Watch;

impl DeploymentKeeper<'_> {
    /// Whether the file that a run was of is now the one that releases are made by: the default branch contains the run's
    /// commit, and between that commit and its tip the one file became the other.
    ///
    /// Two files that lie side by side are never taken for one, nor is a copy.
    pub(super) async fn is_renamed(&self, run: &WorkflowRun, watch: &Watch) -> Result<bool, Problem> {
        let (Some(own), Some(branch)) = (&self.trust.workflow, &self.trust.default_branch) else { return Ok(false) };
        if run.workflow() == own || !self.trust.is_home(run) {
            return Ok(false);
        }
        let key = (run.workflow().to_owned(), run.head_sha.clone());
        if let Some(known) = self.renames.borrow().get(&key) {
            return Ok(*known);
        }
        let renamed = self.client.renames(&run.head_sha, branch.as_str(), run.workflow(), own, watch).await?;
        self.renames.borrow_mut().insert(key, renamed);
        Ok(renamed)
    }
}
