//! Names of commits: HEAD, branches, and what people type.

use super::call::{Answer, line};
use super::{Git, commit};
use crate::names::{BranchName, CommitSha};
use crate::problem::Problem;
use crate::watch::Watch;

/// The longest text that is tried as the name of a commit, in bytes.
const LONGEST_REVISION: usize = 255;

/// What may not stand in a revision: `:` reads a file or searches messages, `{` searches or reads logs, `..` is a range.
const NOT_IN_REVISIONS: [&str; 8] = [":", "{", "..", "*", "?", "[", "\\", " "];

impl Git {
    /// The commit that is checked out. Problem: `no-commit` in a repository without one.
    pub async fn head(&self, watch: &Watch) -> Result<CommitSha, Problem> {
        match self.name("HEAD", watch).await? {
            Some(head) => Ok(head),
            None => Err(Problem::input("no-commit", "the repository has no commit yet, or HEAD names one it lacks")
                .help("commit something first: `git add .` and `git commit`")),
        }
    }

    /// The commit that a person's text names: a hash, a branch, a tag, `HEAD~2`. A full hash that is missing is fetched.
    ///
    /// A branch of `origin` may be named without `origin/`. Problems: `bad-revision`, `unknown-revision`,
    /// `ambiguous-revision` when a branch and a tag share the name.
    pub async fn resolve(&self, text: &str, watch: &Watch) -> Result<CommitSha, Problem> {
        let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
        let control = text.chars().any(char::is_control);
        if text.is_empty() || text.len() > LONGEST_REVISION || text.starts_with('-') || control {
            return Err(bad_revision(&shown));
        }
        if NOT_IN_REVISIONS.iter().any(|part| text.contains(part)) {
            return Err(bad_revision(&shown));
        }
        if let Ok(sha) = CommitSha::new(text) {
            self.ensure(std::slice::from_ref(&sha), watch).await?;
            return Ok(sha);
        }
        let plain = text.split(['~', '^']).next().unwrap_or(text);
        let branch = self.name(&format!("refs/heads/{plain}"), watch).await?;
        let tag = self.name(&format!("refs/tags/{plain}"), watch).await?;
        if branch.is_some() && tag.is_some() && branch != tag {
            return Err(Problem::input("ambiguous-revision", format!("`{shown}` is a branch and a tag"))
                .help(format!("write `refs/heads/{shown}` or `refs/tags/{shown}`, or the full commit hash")));
        }
        for name in [text.to_owned(), format!("refs/remotes/origin/{text}")] {
            if let Some(found) = self.name(&name, watch).await? {
                return Ok(found);
            }
        }
        Err(Problem::input("unknown-revision", format!("`{shown}` names no commit of this repository"))
            .help("give a full commit hash, a branch or a tag; in a workflow, `actions/checkout` needs `fetch-depth: 0` for tags"))
    }

    /// The commit that this name stands for here; a tag is followed to its commit.
    pub(super) async fn name(&self, name: &str, watch: &Watch) -> Result<Option<CommitSha>, Problem> {
        self.verify(name, watch).await?.success_or(1)?.map(|out| commit(&line(&out))).transpose()
    }

    /// Asks for the commit behind a name. A branch may be called like a commit; git then warns, and takes the commit.
    pub(super) async fn verify(&self, name: &str, watch: &Watch) -> Result<Answer, Problem> {
        let wanted = format!("{name}^{{commit}}");
        self.run(self.call(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]), watch).await
    }

    /// The branch that is checked out; `None` when HEAD is detached, as in a workflow.
    pub async fn current_branch(&self, watch: &Watch) -> Result<Option<BranchName>, Problem> {
        self.symbolic("HEAD", "refs/heads/", watch).await
    }

    /// The default branch: what `origin` calls so; else `main` or `master`, whichever exists; else the current one.
    pub async fn default_branch(&self, watch: &Watch) -> Result<Option<BranchName>, Problem> {
        if let Some(named) = self.symbolic("refs/remotes/origin/HEAD", "refs/remotes/origin/", watch).await? {
            return Ok(Some(named));
        }
        for usual in ["main", "master"] {
            if let Ok(name) = BranchName::new(usual)
                && self.branch_tip(&name, watch).await?.is_some()
            {
                return Ok(Some(name));
            }
        }
        self.current_branch(watch).await
    }

    /// The newest commit of a branch as far as this clone knows: `origin`'s, else the local one.
    pub async fn branch_tip(&self, branch: &BranchName, watch: &Watch) -> Result<Option<CommitSha>, Problem> {
        for folder in ["refs/remotes/origin/", "refs/heads/"] {
            if let Some(tip) = self.name(&format!("{folder}{branch}"), watch).await? {
                return Ok(Some(tip));
            }
        }
        Ok(None)
    }

    async fn symbolic(&self, name: &str, folder: &str, watch: &Watch) -> Result<Option<BranchName>, Problem> {
        let answer = self.run(self.call(["symbolic-ref", "--quiet", name]), watch).await?;
        let Some(out) = answer.success_or(1)? else { return Ok(None) };
        Ok(line(&out).strip_prefix(folder).and_then(|branch| BranchName::new(branch).ok()))
    }
}

fn bad_revision(shown: &str) -> Problem {
    Problem::input("bad-revision", format!("`{shown}` is not the name of a commit"))
        .help("give a full commit hash, a branch or a tag")
}
