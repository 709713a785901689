//! Comments on pull requests.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::client::Client;
use super::permission::Permission;
use super::request::Request;
use super::retry::{Look, Retry};
use super::wire;
use crate::problem::Problem;
use crate::watch::Watch;

/// The longest body that GitHub takes, in characters.
pub(super) const LONGEST_BODY: usize = 65_536;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// Whose it is; absent when the account is gone.
    #[serde(rename = "user", deserialize_with = "wire::login")]
    pub author: Option<String>,
    /// Markdown. Anybody may have written it.
    #[serde(default, deserialize_with = "wire::text")]
    pub body: String,
    /// Its page.
    pub html_url: String,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Client {
    /// All comments on a pull request (or issue), oldest first.
    pub async fn comments(&self, pull: u64, watch: &Watch) -> Result<Vec<Comment>, Problem> {
        let url = self.url(&["issues", &pull.to_string(), "comments"]);
        let request = Request::get(url, Permission::READ_PULLS, format!("read the comments of #{pull}"));
        self.pages::<Vec<Comment>>(request, watch).await
    }

    /// Writes a new comment. When the answer is lost, a comment of the token's own with this very body is taken for it.
    pub async fn create_comment(&self, pull: u64, body: &str, watch: &Watch) -> Result<Comment, Problem> {
        check_length(body)?;
        let url = self.url(&["issues", &pull.to_string(), "comments"]);
        let purpose = format!("comment on #{pull}");
        let request = Request::post(url, &json!({ "body": body }), Permission::WRITE_PULLS, purpose)?;
        let look: &Look<'_, Comment> = &|| {
            Box::pin(async move {
                let own = self.login(watch).await?;
                let comments = self.comments(pull, watch).await?;
                let ours = |comment: &Comment| comment.author.as_ref() == Some(&own) && same(&comment.body, body);
                Ok(comments.into_iter().rev().find(ours))
            })
        };
        self.call(&request, Retry::LookFirst(look), watch).await
    }

    /// Replaces the body of a comment.
    pub async fn update_comment(&self, id: u64, body: &str, watch: &Watch) -> Result<Comment, Problem> {
        check_length(body)?;
        let url = self.url(&["issues", "comments", &id.to_string()]);
        let request = Request::patch(url, &json!({ "body": body }), Permission::WRITE_PULLS, "update our comment")?;
        self.call(&request, Retry::Safe, watch).await
    }

    /// Deletes a comment; one that is not there is as good as deleted.
    pub async fn delete_comment(&self, id: u64, watch: &Watch) -> Result<(), Problem> {
        let url = self.url(&["issues", "comments", &id.to_string()]);
        let request = Request::delete(url, Permission::WRITE_PULLS, "delete an old comment of ours");
        match self.ask(&request, Retry::Safe, watch, &|_| Ok(())).await {
            Err(problem) if problem.code == "github-not-found" => Ok(()),
            deleted => deleted,
        }
    }
}

/// GitHub may have changed line ends and cut blanks at the end.
fn same(stored: &str, sent: &str) -> bool {
    stored.trim_end().lines().eq(sent.trim_end().lines())
}

fn check_length(body: &str) -> Result<(), Problem> {
    let length = body.chars().count();
    let problem = || Problem::bug(format!("a comment of {length} characters: GitHub takes {LONGEST_BODY}"));
    (length <= LONGEST_BODY).then_some(()).ok_or_else(problem)
}
