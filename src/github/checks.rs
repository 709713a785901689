//! Check runs: those of others on a commit, and our own with its annotations.

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::pages::Page;
use super::permission::Permission;
use super::request::Request;
use super::retry::{Look, Retry};
use super::wire;
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// Annotations in one request: GitHub's limit.
pub(super) const BATCH: usize = 50;

/// How far a check run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Waiting for its turn.
    Queued,
    /// At work.
    InProgress,
    /// Done; the conclusion says how.
    Completed,
    /// Something that GitHub added later (`waiting`, `requested`, `pending`): not done.
    #[serde(other)]
    Unknown,
}

/// How a check run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Passed.
    Success,
    /// Failed.
    Failure,
    /// Said something, judged nothing.
    Neutral,
    /// Cancelled.
    Cancelled,
    /// Not run.
    Skipped,
    /// Ran out of time.
    TimedOut,
    /// Somebody must do something.
    ActionRequired,
    /// Given up by GitHub.
    Stale,
    /// Something that GitHub added later: not passed.
    #[serde(other)]
    Unknown,
}

/// The app that made a check run. All workflows of a repository share one: GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckApp {
    /// Its id.
    pub id: u64,
    /// Its name in addresses, `github-actions`.
    #[serde(default, deserialize_with = "wire::text")]
    pub slug: String,
}

/// A check run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckRun {
    /// Its id.
    pub id: u64,
    /// Its name; of a job of a workflow, the job's.
    pub name: String,
    /// The commit.
    pub head_sha: CommitSha,
    /// How far it is.
    pub status: CheckStatus,
    /// How it ended, once it did.
    pub conclusion: Option<Conclusion>,
    /// What its maker calls it.
    #[serde(default, deserialize_with = "wire::some_text")]
    pub external_id: Option<String>,
    /// Its page at GitHub.
    #[serde(default, deserialize_with = "wire::some_text")]
    pub html_url: Option<String>,
    /// Its maker's page.
    #[serde(default, deserialize_with = "wire::some_text")]
    pub details_url: Option<String>,
    /// Who made it.
    pub app: Option<CheckApp>,
    #[serde(default)]
    output: Output,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Output {
    #[serde(default)]
    annotations_count: usize,
    #[serde(default, deserialize_with = "wire::text")]
    text: String,
}

impl CheckRun {
    /// The last part of what it says.
    pub fn text(&self) -> &str {
        &self.output.text
    }

    /// Annotations that it has by GitHub's count.
    pub fn annotations(&self) -> usize {
        self.output.annotations_count
    }
}

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Information.
    Notice,
    /// A warning.
    Warning,
    /// An error.
    Failure,
}

/// A remark at lines of a file. Columns are allowed only where the line does not end elsewhere than it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// From the repository's root.
    pub path: String,
    /// From 1.
    pub start_line: u32,
    /// From 1, not before `start_line`.
    pub end_line: u32,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_column: Option<u32>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
    /// How grave.
    pub annotation_level: Level,
    /// At most 64 KiB.
    pub message: String,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A check run to be written: completed, with any number of annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheck {
    /// Its name.
    pub name: String,
    /// The commit: of a pull request its head, not the merge.
    pub head_sha: CommitSha,
    /// What we call it: unique a run and attempt, so that a lost answer can be looked for.
    pub external_id: String,
    /// A page that says more.
    pub details_url: Option<String>,
    /// How it ended.
    pub conclusion: Conclusion,
    /// In one line.
    pub title: String,
    /// Markdown, at most 65,535 characters.
    pub summary: String,
    /// More Markdown, at most 65,535 characters.
    pub text: Option<String>,
    /// Remarks at lines.
    pub annotations: Vec<Annotation>,
}

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    head_sha: Option<&'a CommitSha>,
    external_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details_url: Option<&'a str>,
    status: CheckStatus,
    conclusion: Conclusion,
    output: BodyOutput<'a>,
}

#[derive(Serialize)]
struct BodyOutput<'a> {
    title: &'a str,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    annotations: &'a [Annotation],
}

impl NewCheck {
    /// The body that creates (with the commit) or updates, and one batch of annotations.
    fn body<'a>(&'a self, creating: bool, annotations: &'a [Annotation]) -> Body<'a> {
        Body {
            name: &self.name,
            head_sha: creating.then_some(&self.head_sha),
            external_id: &self.external_id,
            details_url: self.details_url.as_deref(),
            status: CheckStatus::Completed,
            conclusion: self.conclusion,
            output: BodyOutput { title: &self.title, summary: &self.summary, text: self.text.as_deref(), annotations },
        }
    }
}

#[derive(Deserialize)]
struct CheckPage {
    check_runs: Vec<CheckRun>,
}

impl Page for CheckPage {
    type Item = CheckRun;
    fn items(self) -> Vec<CheckRun> {
        self.check_runs
    }
}

impl Client {
    /// The newest check run of each name and app on a commit.
    pub async fn checks(&self, commit: &CommitSha, watch: &Watch) -> Result<Vec<CheckRun>, Problem> {
        self.pages::<CheckPage>(self.checks_request(commit).with("filter", "latest"), watch).await
    }

    /// Every check run on a commit, those of earlier attempts too.
    pub async fn every_check(&self, commit: &CommitSha, watch: &Watch) -> Result<Vec<CheckRun>, Problem> {
        self.pages::<CheckPage>(self.checks_request(commit).with("filter", "all"), watch).await
    }

    /// Writes a check run, its annotations in batches. When a later batch fails, the run with the earlier ones stays.
    pub async fn create_check(&self, check: &NewCheck, watch: &Watch) -> Result<CheckRun, Problem> {
        let (first, rest) = check.annotations.split_at(check.annotations.len().min(BATCH));
        let purpose = format!("write the check `{}` on {}", check.name, check.head_sha.short());
        let body = check.body(true, first);
        let request = Request::post(self.url(&["check-runs"]), &body, Permission::WRITE_CHECKS, purpose)?;
        let look: &Look<'_, CheckRun> = &|| Box::pin(self.find_check(check, watch));
        let run = self.call(&request, Retry::LookFirst(look), watch).await?;
        self.annotate(run, check, rest, watch).await
    }

    /// Writes a check run anew. GitHub adds annotations to those that it has: give new ones only.
    pub async fn update_check(&self, id: u64, check: &NewCheck, watch: &Watch) -> Result<CheckRun, Problem> {
        if check.annotations.is_empty() {
            let request = self.update_request(id, check, &[])?;
            return self.call(&request, Retry::Safe, watch).await;
        }
        let run = self.check(id, watch).await?;
        self.annotate(run, check, &check.annotations, watch).await
    }

    /// One check run.
    pub async fn check(&self, id: u64, watch: &Watch) -> Result<CheckRun, Problem> {
        let url = self.url(&["check-runs", &id.to_string()]);
        self.call(&Request::get(url, Permission::READ_CHECKS, "read our check run"), Retry::Safe, watch).await
    }

    /// An update adds its annotations, so a repeated one would show them twice: their number tells whether it arrived.
    async fn annotate(
        &self,
        mut run: CheckRun,
        check: &NewCheck,
        annotations: &[Annotation],
        watch: &Watch,
    ) -> Result<CheckRun, Problem> {
        for batch in annotations.chunks(BATCH) {
            let request = self.update_request(run.id, check, batch)?;
            let (id, expected) = (run.id, run.annotations() + batch.len());
            let look: &Look<'_, CheckRun> = &|| {
                Box::pin(async move {
                    let run = self.check(id, watch).await?;
                    Ok(Some(run).filter(|run| run.annotations() >= expected))
                })
            };
            run = self.call(&request, Retry::LookFirst(look), watch).await?;
        }
        Ok(run)
    }

    fn update_request(&self, id: u64, check: &NewCheck, batch: &[Annotation]) -> Result<Request, Problem> {
        let url = self.url(&["check-runs", &id.to_string()]);
        let purpose = format!("update the check `{}` on {}", check.name, check.head_sha.short());
        Request::patch(url, &check.body(false, batch), Permission::WRITE_CHECKS, purpose)
    }

    async fn find_check(&self, check: &NewCheck, watch: &Watch) -> Result<Option<CheckRun>, Problem> {
        let request = self.checks_request(&check.head_sha).with("check_name", &check.name).with("filter", "all");
        let runs = self.pages::<CheckPage>(request, watch).await?;
        Ok(runs.into_iter().find(|run| run.external_id.as_deref() == Some(&check.external_id)))
    }

    fn checks_request(&self, commit: &CommitSha) -> Request {
        let url = self.url(&["commits", commit.as_str(), "check-runs"]);
        Request::get(url, Permission::READ_CHECKS, format!("read the check runs of {}", commit.short()))
    }
}
