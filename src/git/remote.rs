//! Fetching what a shallow clone lacks: from an address that the caller chose, with a token that git gets by its environment.

use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::call::{Answer, Call, line};
use super::{Git, commit};
use crate::names::{BranchName, CommitSha};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// How long one fetch may take.
const FETCH_LIMIT: Duration = Duration::from_mins(5);

/// How much history a fetch brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The commits alone in a shallow clone; whatever is missing in a complete one.
    Just,
    /// So many commits beyond where the history is cut.
    Deeper(u32),
    /// All of it.
    Whole,
}

/// Where missing commits are fetched from.
#[derive(Debug, Clone)]
pub struct Remote {
    url: Url,
    token: Option<SecretString>,
}

impl Remote {
    /// An address: `https`, `http` to this machine only, `file` without a token. The token is sent to that host and no other.
    pub fn new(address: &str, token: Option<SecretString>) -> Result<Self, Problem> {
        let url = Url::parse(address).ok().filter(|url| usable(url) && (token.is_none() || url.scheme() != "file"));
        url.map(|url| Self { url, token }).ok_or_else(|| {
            Problem::input("remote-not-usable", "commits can only be fetched over https")
                .help("clone with the whole history (`actions/checkout` with `fetch-depth: 0`; elsewhere `git fetch --unshallow`)")
        })
    }

    /// Adds what git needs to use it. Settings go by the environment: other users can read an argument list.
    fn authorise<'a>(&self, call: Call<'a>) -> Call<'a> {
        let mut settings = vec![("http.followRedirects".to_owned(), "false".to_owned())];
        if let Some(token) = &self.token {
            let pair = STANDARD.encode(format!("x-access-token:{}", token.expose_secret()));
            let origin = self.url.origin().ascii_serialization();
            settings.push((format!("http.{origin}/.extraHeader"), format!("Authorization: Basic {pair}")));
        }
        let call =
            call.with("GIT_ALLOW_PROTOCOL", self.url.scheme()).with("GIT_CONFIG_COUNT", settings.len().to_string());
        settings.into_iter().enumerate().fold(call, |call, (number, (name, value))| {
            call.with(format!("GIT_CONFIG_KEY_{number}"), name).with(format!("GIT_CONFIG_VALUE_{number}"), value)
        })
    }

    /// The address for people: without a name or password.
    fn shown(&self) -> String {
        let mut url = self.url.clone();
        // Neither fails for an address with a host; one without has nothing to hide.
        let _no_host = url.set_password(None).and_then(|()| url.set_username(""));
        url.into()
    }
}

fn usable(url: &Url) -> bool {
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => url.has_host(),
        "http" => local,
        "file" => url.host_str().is_none_or(str::is_empty),
        _ => false,
    }
}

impl Git {
    /// Whether this commit is here.
    pub async fn has_commit(&self, sha: &CommitSha, watch: &Watch) -> Result<bool, Problem> {
        if self.found.lock().unwrap_or_else(PoisonError::into_inner).contains(sha) {
            return Ok(true);
        }
        let here = self.verify(sha.as_str(), watch).await?.success_or(1)?.is_some();
        if here {
            self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(sha.clone());
        }
        Ok(here)
    }

    /// Whether the history is cut somewhere.
    pub fn is_shallow(&self) -> Result<bool, Problem> {
        Ok(!self.view.cuts()?.is_empty())
    }

    /// Makes sure that these commits are here with all their files, fetching those that are not. Problem: `commit-missing`.
    pub async fn ensure(&self, commits: &[CommitSha], watch: &Watch) -> Result<(), Problem> {
        let mut missing = Vec::new();
        for sha in commits {
            if !self.has_commit(sha, watch).await? {
                missing.push(sha.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        self.fetch(&missing, Depth::Just, watch).await.map_err(|problem| missing_problem(&missing, problem))
    }

    /// Fetches the newest commit of a branch of the remote, and says which it is.
    pub async fn fetch_branch(&self, branch: &BranchName, watch: &Watch) -> Result<CommitSha, Problem> {
        self.ask(&[format!("refs/heads/{branch}")], Depth::Just, watch).await?;
        let call = self.call(["rev-parse", "--verify", "--end-of-options", "FETCH_HEAD^{commit}"]);
        commit(&line(&self.run(call, watch).await?.success()?))
    }

    pub(super) async fn fetch(&self, commits: &[CommitSha], depth: Depth, watch: &Watch) -> Result<(), Problem> {
        let names: Vec<String> = commits.iter().map(|sha| sha.as_str().to_owned()).collect();
        self.ask(&names, depth, watch).await
    }

    async fn ask(&self, names: &[String], depth: Depth, watch: &Watch) -> Result<(), Problem> {
        let remote = match &self.remote {
            Some(remote) => remote.clone(),
            None => self.origin(watch).await?,
        };
        let depth = match depth {
            Depth::Just => self.is_shallow()?.then(|| "--depth=1".to_owned()),
            Depth::Deeper(commits) => Some(format!("--deepen={commits}")),
            Depth::Whole => Some("--unshallow".to_owned()),
        };
        let mut arguments: Vec<String> =
            ["fetch", "--quiet", "--no-tags", "--no-auto-gc", "--no-recurse-submodules", "--no-show-forced-updates"]
                .map(str::to_owned)
                .into();
        arguments.extend(depth);
        arguments.extend(["--".to_owned(), remote.url.to_string()]);
        arguments.extend(names.iter().cloned());
        let call = remote.authorise(self.call(arguments)).limit(FETCH_LIMIT);
        match self.run(call, watch).await? {
            answer if answer.code == Some(0) => Ok(()),
            answer => Err(fetch_failed(&remote, answer)),
        }
    }

    /// The `origin` that the clone names. The file is only parsed: no includes, and nothing in it takes effect.
    async fn origin(&self, watch: &Watch) -> Result<Remote, Problem> {
        let file = self.view.common.join("config");
        let arguments = ["config", "--no-includes", "--get", "remote.origin.url"];
        let call = self.call(arguments).with("GIT_CONFIG", file);
        match self.run(call, watch).await?.success_or(1)? {
            Some(out) => Remote::new(&address(&line(&out)), None),
            None => Err(Problem::input("remote-not-usable", "this repository has no `origin` to fetch from")),
        }
    }
}

/// A plain path is an address too.
fn address(origin: &str) -> String {
    if origin.starts_with('/') { format!("file://{origin}") } else { origin.to_owned() }
}

fn fetch_failed(remote: &Remote, mut answer: Answer) -> Problem {
    // Git shows neither headers nor passwords, but a server's words are shown too.
    if let Some(token) = &remote.token {
        answer.said = answer.said.replace(token.expose_secret(), "***");
    }
    answer.said = answer.said.replace(remote.url.as_str(), &remote.shown());
    let mut problem = answer.problem();
    problem.code = "fetch-failed".into();
    problem.fault = Fault::Unreadable;
    problem.text = format!("cannot fetch from `{}`", remote.shown());
    if remote.token.is_some() {
        problem.help.insert(0, "add `contents: read` under `permissions:` of the job".to_owned());
    }
    problem
}

fn missing_problem(missing: &[CommitSha], why: Problem) -> Problem {
    if matches!(why.fault, Fault::Interrupted | Fault::Terminated) {
        return why;
    }
    let shown: Vec<&str> = missing.iter().take(5).map(CommitSha::short).collect();
    let mut problem = Problem::input("commit-missing", format!("this clone lacks commit {}", shown.join(", ")))
        .cause(why.to_string())
        .help("check out with the whole history: `actions/checkout` with `fetch-depth: 0`")
        .help("a commit that was force-pushed away is gone: name another");
    problem.fault = why.fault;
    problem
}
