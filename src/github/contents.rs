//! The repository itself, files at a commit, and how two commits stand to each other.

use serde::Deserialize;

use super::answer::Miss;
use super::client::Client;
use super::permission::Permission;
use super::request::{Request, Wanted};
use super::retry::Retry;
use super::wire;
use crate::names::{BranchName, CommitSha};
use crate::problem::Problem;
use crate::watch::Watch;

/// What GitHub says about the repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryFacts {
    /// `owner/name`, as it is called now.
    pub full_name: String,
    /// The default branch.
    pub default_branch: BranchName,
    /// Whether only members see it.
    #[serde(default)]
    pub private: bool,
}

/// How a head stands to a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The same commit.
    Identical,
    /// The head contains the base.
    Ahead,
    /// The base contains the head.
    Behind,
    /// Each has commits that the other lacks.
    Diverged,
}

/// A commit of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedCommit {
    /// Its hash.
    pub sha: CommitSha,
    /// The whole message.
    pub message: String,
}

/// Two commits, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How the head stands to the base.
    pub standing: Standing,
    /// Commits that the head has beyond the base.
    pub ahead_by: u64,
    /// Commits that the base has beyond the head.
    pub behind_by: u64,
    /// Their newest common ancestor.
    pub merge_base: CommitSha,
    /// What the head has beyond the base, oldest first.
    pub commits: Vec<ComparedCommit>,
}

#[derive(Deserialize)]
struct CommitWire {
    sha: CommitSha,
    #[serde(default)]
    commit: MessageWire,
}

#[derive(Deserialize)]
struct ParentsWire {
    parents: Vec<CommitWire>,
}

#[derive(Default, Deserialize)]
struct MessageWire {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct StandingWire {
    status: Standing,
    #[serde(default)]
    files: Vec<FileWire>,
}

/// A file that two commits have differently.
#[derive(Deserialize)]
struct FileWire {
    filename: String,
    status: String,
    #[serde(default, deserialize_with = "wire::some_text")]
    previous_filename: Option<String>,
}

#[derive(Deserialize)]
struct ComparisonWire {
    status: Standing,
    ahead_by: u64,
    behind_by: u64,
    merge_base_commit: CommitWire,
    commits: Vec<CommitWire>,
}

impl From<ComparisonWire> for Comparison {
    fn from(wire: ComparisonWire) -> Self {
        Self {
            standing: wire.status,
            ahead_by: wire.ahead_by,
            behind_by: wire.behind_by,
            merge_base: wire.merge_base_commit.sha,
            commits: wire.commits.into_iter().map(ComparedCommit::from).collect(),
        }
    }
}

impl From<CommitWire> for ComparedCommit {
    fn from(wire: CommitWire) -> Self {
        Self { sha: wire.sha, message: wire.commit.message }
    }
}

impl Client {
    /// The repository.
    pub async fn repository(&self, watch: &Watch) -> Result<RepositoryFacts, Problem> {
        let request = Request::get(self.url(&[]), Permission::READ_CONTENTS, "read the repository");
        self.call(&request, Retry::Safe, watch).await
    }

    /// The text of a file at a commit; `None` only when the commit was seen and has no such file.
    ///
    /// Fails when it is a folder, a submodule or not UTF-8.
    pub async fn file(&self, path: &str, commit: &CommitSha, watch: &Watch) -> Result<Option<String>, Problem> {
        let purpose = format!("read `{path}` at {}", commit.short());
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(Problem::bug(format!("cannot {purpose}: not a path from the repository's root")));
        }
        let parts = ["contents"].into_iter().chain(path.split('/')).collect::<Vec<_>>();
        let mut request = Request::get(self.url(&parts), Permission::READ_CONTENTS, purpose);
        request.wanted = Wanted::Raw;
        request = request.with("ref", commit.as_str());
        let read = self.ask(&request, Retry::Safe, watch, &|answer| {
            // A folder comes as a JSON list whatever was asked for.
            let is_file = answer.header("content-type").is_some_and(|form| form.contains("raw"));
            if is_file {
                return Ok(answer.body.clone());
            }
            Err(Miss::Garbled { why: "it is no file".to_owned(), id: answer.id() })
        });
        match read.await {
            Ok(text) => Ok(Some(text)),
            // GitHub says the same when the commit is unknown and when the token may not read at all.
            Err(problem) if problem.code == "github-not-found" => self.sees_commit(commit, watch).await.map(|()| None),
            Err(problem) => Err(problem),
        }
    }

    async fn sees_commit(&self, commit: &CommitSha, watch: &Watch) -> Result<(), Problem> {
        self.parents(commit, watch).await.map(drop)
    }

    /// The commits that a commit was made from, the branch it was made on first.
    pub async fn parents(&self, commit: &CommitSha, watch: &Watch) -> Result<Vec<CommitSha>, Problem> {
        let url = self.url(&["git", "commits", commit.as_str()]);
        let request = Request::get(url, Permission::READ_CONTENTS, format!("read the commit {}", commit.short()));
        let read: ParentsWire = self.call(&request, Retry::Safe, watch).await?;
        Ok(read.parents.into_iter().map(|parent| parent.sha).collect())
    }

    /// Whether a branch, or a commit, contains a commit. A commit that only a fork of the repository has is in none.
    pub async fn contains(&self, commit: &CommitSha, within: &str, watch: &Watch) -> Result<bool, Problem> {
        let url = self.url(&["compare", &format!("{commit}...{within}")]);
        let purpose = format!("compare {} with `{within}`", commit.short());
        let request = Request::get(url, Permission::READ_CONTENTS, purpose).with("per_page", "1");
        match self.call::<StandingWire>(&request, Retry::Safe, watch).await {
            Ok(compared) => Ok(matches!(compared.status, Standing::Identical | Standing::Ahead)),
            // Neither a common ancestor, nor perhaps the branch at all.
            Err(problem) if problem.code == "github-not-found" => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// Fails where the token may not read the commits of a branch: in a private repository they are then not found, like
    /// those that are in no branch.
    pub async fn sees_branch(&self, branch: &str, watch: &Watch) -> Result<(), Problem> {
        let url = self.url(&["compare", &format!("{branch}...{branch}")]);
        let request = Request::get(url, Permission::READ_CONTENTS, format!("read the branch `{branch}`"));
        self.call::<StandingWire>(&request.with("per_page", "1"), Retry::Safe, watch).await.map(drop)
    }

    /// Whether a branch contains a commit, and a file of that commit has another name on the branch now, by GitHub's own
    /// comparison. It tells of 300 files at most: of a renaming beyond those nothing is known, which is no.
    pub async fn renames(
        &self,
        commit: &CommitSha,
        within: &str,
        old: &str,
        new: &str,
        watch: &Watch,
    ) -> Result<bool, Problem> {
        let url = self.url(&["compare", &format!("{commit}...{within}")]);
        let purpose = format!("compare {} with `{within}`", commit.short());
        let request = Request::get(url, Permission::READ_CONTENTS, purpose).with("per_page", "1");
        let compared = match self.call::<StandingWire>(&request, Retry::Safe, watch).await {
            Ok(compared) => compared,
            Err(problem) if problem.code == "github-not-found" => return Ok(false),
            Err(problem) => return Err(problem),
        };
        let renamed = |file: &FileWire| {
            file.status == "renamed" && file.filename == new && file.previous_filename.as_deref() == Some(old)
        };
        Ok(compared.status == Standing::Ahead && compared.files.iter().any(renamed))
    }

    /// How `head` stands to `base`, and what it has beyond it.
    pub async fn compare(&self, base: &CommitSha, head: &CommitSha, watch: &Watch) -> Result<Comparison, Problem> {
        let url = self.url(&["compare", &format!("{base}...{head}")]);
        let purpose = format!("compare {} with {}", base.short(), head.short());
        let mut whole: Option<Comparison> = None;
        let request = Request::get(url, Permission::READ_CONTENTS, purpose);
        self.each_page(request.clone(), watch, |page: ComparisonWire| {
            match &mut whole {
                None => whole = Some(page.into()),
                Some(whole) => whole.commits.extend(page.commits.into_iter().map(ComparedCommit::from)),
            }
            true
        })
        .await?;
        whole.ok_or_else(|| Problem::bug(format!("cannot {}: no page was read", request.purpose)))
    }
}
