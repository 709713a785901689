//! Foreign text becomes own types here: variables, the event file, the inputs, `airlock.toml`. Whatever is wrong with
//! any of them is told at once.

pub mod clock;
pub mod config;
pub mod env;
pub mod event;
mod facts;
mod gather;
pub mod inputs;
pub(crate) mod words;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::{BranchName, CommitSha};
use crate::problem::Problem;
use config::Config;
use event::Event;
use inputs::Inputs;

pub use gather::{CONFIG_FILE, Gathered};

/// Everything a run knows before it looks at the tree: plain data, made once.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// What was asked for.
    pub inputs: Inputs,
    /// The policy: the configuration of the default branch's commit.
    pub config: Config,
    /// What the checkout's configuration would change in that policy, one sentence each: shown, not obeyed.
    pub policy_changes: Vec<String>,
    /// Why the policy could not be read, if so; `config` then holds the built-in policy and nothing may be applied.
    pub policy_unreadable: Option<Problem>,
    /// What happened.
    pub event: Event,
    /// Where.
    pub repository: Repository,
    /// In which run.
    pub run: Run,
}

/// The repository at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name`; absent outside GitHub.
    pub name: Option<String>,
    /// The default branch.
    pub default_branch: Option<BranchName>,
    /// The checkout's root folder.
    pub root: PathBuf,
    /// `GITHUB_SERVER_URL`, without a slash at the end.
    pub server_url: String,
    /// `GITHUB_API_URL`, without a slash at the end.
    pub api_url: String,
}

/// Where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// Inside GitHub Actions.
    Actions,
    /// `airlock simulate` on somebody's machine: embedded environments only.
    Simulated,
}

/// Facts of the run itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where it runs.
    pub host: Host,
    /// The commit that is checked out by the event (`GITHUB_SHA`).
    pub sha: CommitSha,
    /// The run's id; absent outside Actions.
    pub id: Option<u64>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The workflow's file, `.github/workflows/x.yml`; absent when `GITHUB_WORKFLOW_REF` is.
    pub workflow: Option<String>,
    /// Who set the run off.
    pub actor: String,
    /// Who pressed *re-run*, or the actor.
    pub triggering_actor: String,
    /// The run's page.
    pub url: Option<String>,
    /// When it began, by our clock.
    pub started: jiff::Timestamp,
}

#[cfg(test)]
mod tests;
