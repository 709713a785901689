//! Pull requests.

use jiff::Timestamp;
use serde::Deserialize;

use super::client::Client;
use super::permission::Permission;
use super::request::Request;
use super::retry::Retry;
use super::wire;
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// One side of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullSide {
    /// Its commit.
    pub sha: CommitSha,
    /// Its branch; hostile text when it comes from a fork.
    #[serde(rename = "ref")]
    pub branch: String,
    /// Its repository, `owner/name`; absent when the fork was deleted.
    #[serde(rename = "repo", deserialize_with = "wire::full_name")]
    pub repository: Option<String>,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// `open` or `closed`.
    pub state: String,
    /// Whether it is a draft.
    #[serde(default)]
    pub draft: bool,
    /// When it was merged, if it was.
    pub merged_at: Option<Timestamp>,
    /// Merged: the commit that brought it onto the base. Open: GitHub's test merge, if there is one.
    pub merge_commit_sha: Option<CommitSha>,
    /// Who opened it; absent when the account is gone.
    #[serde(rename = "user", deserialize_with = "wire::login")]
    pub author: Option<String>,
    /// What it brings.
    pub head: PullSide,
    /// Where it goes.
    pub base: PullSide,
    /// Its page.
    pub html_url: String,
}

impl Pull {
    /// Whether it was merged.
    pub fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

impl Client {
    /// One pull request.
    pub async fn pull(&self, number: u64, watch: &Watch) -> Result<Pull, Problem> {
        let url = self.url(&["pulls", &number.to_string()]);
        let request = Request::get(url, Permission::READ_PULLS, format!("read the pull request #{number}"));
        self.call(&request, Retry::Safe, watch).await
    }

    /// The pull requests that brought a commit onto the default branch, else the open ones that hold it.
    pub async fn pulls_of_commit(&self, commit: &CommitSha, watch: &Watch) -> Result<Vec<Pull>, Problem> {
        let url = self.url(&["commits", commit.as_str(), "pulls"]);
        let purpose = format!("read the pull requests of {}", commit.short());
        self.pages::<Vec<Pull>>(Request::get(url, Permission::READ_PULLS, purpose), watch).await
    }

    /// The pull requests that were closed or touched last, merged or not: at most a page of them.
    pub async fn pulls_closed_lately(&self, watch: &Watch) -> Result<Vec<Pull>, Problem> {
        self.pulls_touched_lately("closed", watch).await
    }

    /// The pull requests that are open, the last touched first: at most a page of them.
    pub async fn pulls_open(&self, watch: &Watch) -> Result<Vec<Pull>, Problem> {
        self.pulls_touched_lately("open", watch).await
    }

    async fn pulls_touched_lately(&self, state: &str, watch: &Watch) -> Result<Vec<Pull>, Problem> {
        let purpose = format!("read the {state} pull requests");
        let request = Request::get(self.url(&["pulls"]), Permission::READ_PULLS, purpose)
            .with("state", state)
            .with("sort", "updated")
            .with("direction", "desc");
        self.first_page::<Vec<Pull>>(request, watch).await
    }

    /// The pull requests, open and closed, from a branch of a repository of `owner` (a fork's owner for a fork's).
    ///
    /// GitHub filters by owner and branch alone: the caller compares the head's repository and commit.
    pub async fn pulls_from(&self, owner: &str, branch: &str, watch: &Watch) -> Result<Vec<Pull>, Problem> {
        let purpose = format!("read the pull requests from `{owner}:{branch}`");
        let request = Request::get(self.url(&["pulls"]), Permission::READ_PULLS, purpose)
            .with("head", &format!("{owner}:{branch}"))
            .with("state", "all");
        self.pages::<Vec<Pull>>(request, watch).await
    }
}
