//! What was asked of GitHub, for the footer of the summary.

use std::collections::BTreeSet;
use std::time::Duration;

use super::permission::Permission;

/// Requests sent, repetitions and redirects included.
///
/// GitHub allows a `GITHUB_TOKEN` 1,000 requests an hour and a repository, and 80 a minute that create content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// All of them.
    pub requests: u32,
    /// Those that create something: comments, checks, deployments, statuses.
    pub creating: u32,
    /// How long was waited before asking again.
    pub waited: Duration,
    /// What the token was not allowed to do.
    pub missing: BTreeSet<Permission>,
}
