//! A thin typed client for GitHub: one repository, one token, and no decisions.
//!
//! Every call goes through [`retry`]: what was only read is asked again, what was created is looked for before it is
//! created a second time. Every failure is a [`Problem`] that names what to do, and none of them holds the token.

mod answer;
mod artifacts;
mod checks;
mod client;
mod comments;
mod contents;
mod deployments;
mod environments;
mod faults;
mod identity;
mod jobs;
mod pages;
mod permission;
mod pulls;
mod request;
mod retry;
mod runs;
mod usage;
mod wire;

#[cfg(test)]
mod tests;

pub use artifacts::{Artifact, Uploader};
pub use checks::{Annotation, CheckApp, CheckRun, CheckStatus, Conclusion, Level, NewCheck};
pub use client::Client;
pub use comments::Comment;
pub use contents::{ComparedCommit, Comparison, RepositoryFacts, Standing};
pub use deployments::{Deployment, DeploymentQuery, DeploymentState, DeploymentStatus, NewDeployment, NewStatus};
pub use faults::PERHAPS_STORED;
pub use jobs::RunJob;
pub use permission::Permission;
pub use pulls::{Pull, PullSide};
pub use runs::{RunState, WorkflowRun};
pub use usage::Usage;
