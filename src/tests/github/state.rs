//! What the GitHub of the tests knows. Everything is open to tests, which may bend it as they like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::faults::Faults;
use crate::names::CommitSha;

/// Whose a token is and what it may do.
#[derive(Debug, Clone)]
pub(crate) struct TokenFact {
    pub(crate) login: String,
    /// `deployments` → `write`, as in a workflow file.
    pub(crate) permissions: BTreeMap<String, String>,
}

impl TokenFact {
    /// A job's token with all permissions that Airlock uses.
    pub(crate) fn job() -> Self {
        let all = [
            ("contents", "read"),
            ("pull-requests", "write"),
            ("checks", "write"),
            ("deployments", "write"),
            ("actions", "read"),
        ];
        let permissions = all.map(|(name, level)| (name.to_owned(), level.to_owned())).into();
        Self { login: "github-actions[bot]".to_owned(), permissions }
    }

    /// The same with another level; `none` takes it away.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, level: &str) -> Self {
        self.permissions.insert(name.to_owned(), level.to_owned());
        self
    }

    pub(crate) fn may(&self, name: &str, level: &str) -> bool {
        let held = self.permissions.get(name).map_or("none", String::as_str);
        held == "write" || held == level
    }
}

#[derive(Debug, Clone)]
pub(crate) struct CommitFact {
    pub(crate) sha: CommitSha,
    pub(crate) parents: Vec<CommitSha>,
    pub(crate) message: String,
}

#[derive(Debug, Clone)]
pub(crate) struct CommentFact {
    pub(crate) id: u64,
    pub(crate) issue: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) created: i64,
    /// How often its body was written anew.
    pub(crate) edits: usize,
}

/// A check run: what was written, and the annotations of all requests together.
#[derive(Debug, Clone)]
pub(crate) struct CheckFact {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) head_sha: CommitSha,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) external_id: String,
    pub(crate) details_url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) annotations: Vec<Value>,
    pub(crate) app: String,
}

impl CheckFact {
    /// One of a job, which passed and says no more.
    pub(crate) fn passed(id: u64, name: &str, head_sha: &CommitSha) -> Self {
        Self {
            id,
            name: name.to_owned(),
            head_sha: head_sha.clone(),
            status: "completed".to_owned(),
            conclusion: Some("success".to_owned()),
            external_id: String::new(),
            details_url: None,
            title: None,
            summary: None,
            text: None,
            annotations: Vec::new(),
            app: "github-actions".to_owned(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct StatusFact {
    pub(crate) id: u64,
    pub(crate) state: String,
    pub(crate) description: String,
    pub(crate) log_url: String,
    pub(crate) environment_url: String,
    pub(crate) creator: String,
    pub(crate) created: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct DeploymentFact {
    pub(crate) id: u64,
    pub(crate) sha: CommitSha,
    pub(crate) reference: String,
    pub(crate) task: String,
    pub(crate) environment: String,
    pub(crate) payload: Value,
    pub(crate) description: String,
    pub(crate) production: bool,
    pub(crate) transient: bool,
    pub(crate) creator: String,
    pub(crate) created: i64,
    /// Oldest first.
    pub(crate) statuses: Vec<StatusFact>,
}

#[derive(Debug, Clone)]
pub(crate) struct PullFact {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) open: bool,
    pub(crate) draft: bool,
    pub(crate) merged: Option<i64>,
    pub(crate) merge_commit: Option<CommitSha>,
    /// What merging brought onto the base: one commit when squashed, several when rebased.
    pub(crate) landed: Vec<CommitSha>,
    pub(crate) head: CommitSha,
    pub(crate) branch: String,
    /// `None` when the fork was deleted.
    pub(crate) head_repository: Option<String>,
    pub(crate) base: CommitSha,
    pub(crate) base_branch: String,
}

#[derive(Debug, Clone)]
pub(crate) struct RunFact {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) event: String,
    pub(crate) head_branch: Option<String>,
    pub(crate) head_sha: CommitSha,
    pub(crate) head_repository: Option<String>,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) attempt: u32,
    pub(crate) actor: String,
    pub(crate) triggering_actor: String,
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

/// What a run has uploaded.
#[derive(Debug, Clone)]
pub(crate) struct ArtifactFact {
    pub(crate) id: u64,
    pub(crate) run: u64,
    pub(crate) name: String,
    /// What the storage host has.
    pub(crate) bytes: Vec<u8>,
    /// What GitHub says of its size.
    pub(crate) size: u64,
    pub(crate) expired: bool,
    pub(crate) created: i64,
    /// The digest that GitHub counted.
    pub(crate) digest: Option<String>,
    /// Who uploaded it, by GitHub's word.
    pub(crate) by: Option<Uploader>,
}

/// The run that uploaded an archive.
#[derive(Debug, Clone)]
pub(crate) struct Uploader {
    pub(crate) run: u64,
    pub(crate) sha: String,
    /// The repository of its commit; 1 is this one.
    pub(crate) home: u64,
}

/// A job of a run.
#[derive(Debug, Clone)]
pub(crate) struct JobFact {
    pub(crate) id: u64,
    pub(crate) run: u64,
    pub(crate) sha: String,
    pub(crate) name: String,
    /// `None` while it is at work.
    pub(crate) conclusion: Option<String>,
    pub(crate) started: i64,
    pub(crate) ended: i64,
}

/// One repository.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The path before `/repos` and `/graphql` (`/api/v3` on a server of one's own).
    pub(crate) prefix: &'static str,
    pub(crate) api_url: String,
    pub(crate) name: String,
    pub(crate) default_branch: String,
    pub(crate) private: bool,
    pub(crate) tokens: BTreeMap<String, TokenFact>,
    pub(crate) commits: Vec<CommitFact>,
    /// The tips of branches.
    pub(crate) branches: BTreeMap<String, CommitSha>,
    pub(crate) files: BTreeMap<(CommitSha, String), Vec<u8>>,
    pub(crate) comments: Vec<CommentFact>,
    pub(crate) checks: Vec<CheckFact>,
    pub(crate) deployments: Vec<DeploymentFact>,
    pub(crate) pulls: Vec<PullFact>,
    /// A pull request whose head moves once it was listed.
    pub(crate) moves: Option<(u64, CommitSha)>,
    pub(crate) runs: Vec<RunFact>,
    pub(crate) artifacts: Vec<ArtifactFact>,
    pub(crate) jobs: Vec<JobFact>,
    /// Environments that nothing guards; every other one has a reviewer.
    pub(crate) unguarded: Vec<String>,
    /// The host that has the archives.
    pub(crate) storage: String,
    /// Files that had another name at every earlier commit: the old one and the new one.
    pub(crate) renamed: Vec<(String, String)>,
    /// `POST /issues/7/comments`: everything that was asked, in order.
    pub(crate) asked: Vec<String>,
    /// Queries of GraphQL and their answers.
    pub(crate) graphql: Vec<(String, Value)>,
    /// The largest page, whatever is asked for: small pages need fewer facts.
    pub(crate) page_size: usize,
    pub(crate) faults: Faults,
    pub(crate) unexpected: Vec<String>,
    next_id: u64,
    /// The latest that it has been, in seconds since 1970.
    pub(crate) clock: i64,
}

impl State {
    pub(crate) fn new(prefix: &'static str, api_url: &str) -> Self {
        Self {
            prefix,
            api_url: api_url.to_owned(),
            name: "acme/shop".to_owned(),
            default_branch: "main".to_owned(),
            private: true,
            tokens: BTreeMap::new(),
            commits: Vec::new(),
            branches: BTreeMap::new(),
            files: BTreeMap::new(),
            comments: Vec::new(),
            checks: Vec::new(),
            deployments: Vec::new(),
            pulls: Vec::new(),
            moves: None,
            runs: Vec::new(),
            artifacts: Vec::new(),
            jobs: Vec::new(),
            unguarded: Vec::new(),
            storage: String::new(),
            renamed: Vec::new(),
            asked: Vec::new(),
            graphql: Vec::new(),
            page_size: 100,
            faults: Faults::default(),
            unexpected: Vec::new(),
            next_id: 1000,
            // 2026-01-01T00:00:00Z
            clock: 1_767_225_600,
        }
    }

    pub(crate) fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A second later than ever before.
    pub(crate) fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    /// Adds a commit.
    pub(crate) fn commit(&mut self, sha: &CommitSha, parents: &[CommitSha], message: &str) {
        self.commits.push(CommitFact { sha: sha.clone(), parents: parents.to_vec(), message: message.to_owned() });
    }

    pub(crate) fn knows(&self, sha: &str) -> bool {
        self.commits.iter().any(|commit| commit.sha.as_str() == sha)
    }

    /// The commit and all its ancestors.
    pub(crate) fn reach(&self, sha: &str) -> BTreeSet<&CommitSha> {
        let mut reached = BTreeSet::new();
        let mut next = vec![sha];
        while let Some(sha) = next.pop() {
            let commit = self.commits.iter().find(|commit| commit.sha.as_str() == sha);
            if let Some(commit) = commit.filter(|commit| reached.insert(&commit.sha)) {
                next.extend(commit.parents.iter().map(CommitSha::as_str));
            }
        }
        reached
    }
}
