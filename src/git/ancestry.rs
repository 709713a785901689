//! Which commit contains which. In a shallow clone git answers from what it has; here an answer is given only when what is
//! missing cannot change it, and else more is fetched.

use std::collections::BTreeSet;

use super::call::{LISTING, line};
use super::remote::Depth;
use super::{Git, commit};
use crate::names::CommitSha;
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How the history is deepened until the answer is certain.
const STEPS: [Depth; 3] = [Depth::Deeper(100), Depth::Deeper(2000), Depth::Whole];

/// A commit and the id of its files: two commits with the same files have the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeOf {
    /// The commit.
    pub commit: CommitSha,
    /// Git's id of its files.
    pub tree: String,
}

impl Git {
    /// Whether `old` is `new` or one of the commits it was made from.
    pub async fn is_ancestor(&self, old: &CommitSha, new: &CommitSha, watch: &Watch) -> Result<bool, Problem> {
        self.ensure(std::slice::from_ref(new), watch).await?;
        self.certain(std::slice::from_ref(new), watch, async || {
            if !self.has_commit(old, watch).await? {
                // Whatever is in a history that is not cut is here.
                return Ok((!self.is_cut(&[new], None, watch).await?).then_some(false));
            }
            let call = self.call(["merge-base", "--is-ancestor", old.as_str(), new.as_str()]);
            match self.run(call, watch).await?.success_or(1)? {
                Some(_) => Ok(Some(true)),
                None => Ok((!self.is_cut(&[new], Some(old), watch).await?).then_some(false)),
            }
        })
        .await
    }

    /// The newest commit that both were made from; `None` when they share nothing.
    pub async fn merge_base(&self, a: &CommitSha, b: &CommitSha, watch: &Watch) -> Result<Option<CommitSha>, Problem> {
        let both = [a.clone(), b.clone()];
        self.ensure(&both, watch).await?;
        self.certain(&both, watch, async || {
            let answer = self.run(self.call(["merge-base", a.as_str(), b.as_str()]), watch).await?;
            let base = answer.success_or(1)?.map(|out| commit(&line(&out))).transpose()?;
            Ok((!self.is_cut(&[a, b], base.as_ref(), watch).await?).then_some(base))
        })
        .await
    }

    /// The commits of `to` that are not in `from`, newest first, with their subjects; at most `limit`.
    pub async fn log(
        &self,
        from: &CommitSha,
        to: &CommitSha,
        limit: usize,
        watch: &Watch,
    ) -> Result<Vec<(CommitSha, String)>, Problem> {
        self.between(from, to, "%s", limit, &[], watch).await
    }

    /// Like [`Git::log`], of the branch itself: of what a merge brought only the merge is told.
    pub async fn mainline(
        &self,
        from: &CommitSha,
        to: &CommitSha,
        limit: usize,
        watch: &Watch,
    ) -> Result<Vec<(CommitSha, String)>, Problem> {
        self.between(from, to, "%s", limit, &["--first-parent"], watch).await
    }

    /// The commits of `to` that are not in `from`, newest first, with the ids of their files; at most `limit`. A squashed
    /// branch is recognised by the files it left.
    pub async fn trees_between(
        &self,
        from: &CommitSha,
        to: &CommitSha,
        limit: usize,
        watch: &Watch,
    ) -> Result<Vec<TreeOf>, Problem> {
        let pairs = self.between(from, to, "%T", limit, &[], watch).await?;
        Ok(pairs.into_iter().map(|(commit, tree)| TreeOf { commit, tree }).collect())
    }

    async fn between(
        &self,
        from: &CommitSha,
        to: &CommitSha,
        what: &str,
        limit: usize,
        how: &[&str],
        watch: &Watch,
    ) -> Result<Vec<(CommitSha, String)>, Problem> {
        let both = [from.clone(), to.clone()];
        self.ensure(&both, watch).await?;
        let out = self
            .certain(&both, watch, async || {
                if self.is_cut(&[to], Some(from), watch).await? {
                    return Ok(None);
                }
                let (limit, format) = (format!("--max-count={limit}"), format!("--format=%H {what}%x00"));
                let not = format!("^{from}");
                let arguments =
                    ["rev-list", "--no-commit-header", "--encoding=UTF-8", &limit, &format, to.as_str(), &not, "--"];
                let arguments = arguments[..1].iter().chain(how).chain(&arguments[1..]).copied();
                self.run(self.call(arguments).largest(LISTING), watch).await?.success().map(Some)
            })
            .await?;
        let text = String::from_utf8_lossy(&out);
        let records = text.split('\0').map(|record| record.trim_matches('\n')).filter(|record| !record.is_empty());
        records
            .map(|record| {
                let (sha, rest) = record.split_once(' ').unwrap_or((record, ""));
                Ok((commit(sha)?, rest.to_owned()))
            })
            .collect()
    }

    /// Whether the history of `tips` is cut at a commit that is not in the history of `but`: only there could something be
    /// hidden that changes an answer.
    async fn is_cut(&self, tips: &[&CommitSha], but: Option<&CommitSha>, watch: &Watch) -> Result<bool, Problem> {
        let cuts = self.view.cuts()?;
        if cuts.is_empty() {
            return Ok(false);
        }
        let mut arguments = vec!["rev-list".to_owned()];
        arguments.extend(tips.iter().map(ToString::to_string));
        arguments.extend(but.map(|but| format!("^{but}")));
        arguments.push("--".to_owned());
        let out = self.run(self.call(arguments).largest(LISTING), watch).await?.success()?;
        let cuts: BTreeSet<&str> = cuts.iter().map(String::as_str).collect();
        Ok(String::from_utf8_lossy(&out).lines().any(|sha| cuts.contains(sha)))
    }

    /// Asks until the answer is certain, deepening the history in between.
    async fn certain<T>(
        &self,
        tips: &[CommitSha],
        watch: &Watch,
        ask: impl AsyncFn() -> Result<Option<T>, Problem>,
    ) -> Result<T, Problem> {
        for depth in STEPS {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            self.fetch(tips, depth, watch).await.map_err(cut_problem)?;
        }
        ask().await?.ok_or_else(|| cut_problem(Problem::input("git-failed", "the remote's own history is cut")))
    }
}

fn cut_problem(why: Problem) -> Problem {
    if matches!(why.fault, Fault::Interrupted | Fault::Terminated) {
        return why;
    }
    let mut problem =
        Problem::input("history-cut", "this clone is shallow, and the commits that are needed are not in it")
            .cause(why.to_string())
            .help("check out with the whole history: `actions/checkout` with `fetch-depth: 0`");
    problem.fault = why.fault;
    problem
}
