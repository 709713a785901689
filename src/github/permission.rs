//! What a token must be allowed to do, as it is written in a workflow file.

use std::fmt;

/// One line under `permissions:` of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    name: &'static str,
    level: &'static str,
}

impl Permission {
    /// Files, commits, comparisons, and the repository itself.
    pub const READ_CONTENTS: Self = Self { name: "contents", level: "read" };
    /// Pull requests and their comments.
    pub const READ_PULLS: Self = Self { name: "pull-requests", level: "read" };
    /// The comment on a pull request.
    pub const WRITE_PULLS: Self = Self { name: "pull-requests", level: "write" };
    /// Check runs.
    pub const READ_CHECKS: Self = Self { name: "checks", level: "read" };
    /// A check run of our own.
    pub const WRITE_CHECKS: Self = Self { name: "checks", level: "write" };
    /// Deployments and their statuses.
    pub const READ_DEPLOYMENTS: Self = Self { name: "deployments", level: "read" };
    /// The record of a release.
    pub const WRITE_DEPLOYMENTS: Self = Self { name: "deployments", level: "write" };
    /// Workflow runs.
    pub const READ_ACTIONS: Self = Self { name: "actions", level: "read" };
}

impl fmt::Display for Permission {
    /// As in a workflow file: `deployments: write`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.level)
    }
}
