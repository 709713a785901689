//! Which repository, commit and run a deploy comes from: what is told to Astro, and what Astro tells of the one before.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::preview::Home;
use super::wire::Git;
use crate::names::CommitSha;

/// Where this run's code comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ours {
    server: String,
    /// `owner/name`; empty outside of a repository of GitHub.
    repository: String,
    branch: String,
    actor: String,
    /// The project's folder.
    folder: String,
}

impl Ours {
    /// What the runner's variables say.
    pub(super) fn of(variables: &BTreeMap<String, String>, folder: &str) -> Self {
        let said = |name: &str| variables.get(name).cloned().unwrap_or_default();
        Self {
            server: said("GITHUB_SERVER_URL").trim_end_matches('/').to_owned(),
            repository: said("GITHUB_REPOSITORY"),
            branch: said("GITHUB_REF_NAME"),
            actor: said("GITHUB_ACTOR"),
            folder: folder.to_owned(),
        }
    }

    fn is_known(&self) -> bool {
        self.repository.split_once('/').is_some_and(|(owner, name)| !owner.is_empty() && !name.is_empty())
            && self.server.starts_with("https://")
    }

    /// The repository, as previews are marked with it; `None` outside of one.
    pub(super) fn home(&self) -> Option<Home> {
        Home::of(&self.server, &self.repository)
    }

    /// The repository's address.
    fn remote(&self) -> String {
        format!("{}/{}", self.server, self.repository)
    }

    /// What a deploy says of where it comes from: GitHub's own form for github.com, the general one for other servers.
    pub(super) fn git(&self, commit: &CommitSha, before: Option<&str>) -> Option<Value> {
        if !self.is_known() {
            return None;
        }
        let mut git = Map::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                git.insert(name.to_owned(), json!(value));
            }
        };
        let (owner, name) = self.repository.split_once('/').unwrap_or_default();
        if self.server == "https://github.com" {
            put("provider", "GITHUB");
            put("account", owner);
            put("repo", name);
        } else {
            put("provider", "GENERIC");
            put("remoteUrl", &self.remote());
        }
        put("commitSha", commit.as_str());
        put("commitUrl", &format!("{}/commit/{commit}", self.remote()));
        put("branch", &self.branch);
        put("path", &self.folder);
        put("authorUsername", &self.actor);
        put("beforeCommitSha", before.unwrap_or_default());
        Some(Value::Object(git))
    }

    /// Whether a deploy is known to come from here.
    pub(super) fn made(&self, git: Option<&Git>) -> bool {
        self.is_known() && git.and_then(Git::repository).is_some() && self.other(git).is_none()
    }

    /// The repository and folder that a deploy came from, in words, where they are not ours. `None` where either is not known.
    pub(super) fn other(&self, git: Option<&Git>) -> Option<String> {
        let git = git.filter(|_| self.is_known())?;
        let there = git.repository()?;
        let path = git.path.as_deref().unwrap_or_default().trim_matches('/');
        let same = there.eq_ignore_ascii_case(&self.remote());
        if same && path == self.folder {
            return None;
        }
        let shown = there.trim_start_matches("https://").trim_start_matches("github.com/");
        Some(if path.is_empty() { shown.to_owned() } else { format!("{shown} (folder {path})") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(server: &str, folder: &str) -> Ours {
        let pairs = [
            ("GITHUB_SERVER_URL", server),
            ("GITHUB_REPOSITORY", "acme/dags"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_ACTOR", "ana"),
        ];
        Ours::of(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), folder)
    }

    fn git(account: &str, repo: &str, path: Option<&str>) -> Git {
        Git {
            commit_sha: "a".repeat(40),
            account: Some(account.into()),
            repo: Some(repo.into()),
            remote_url: None,
            path: path.map(str::to_owned),
        }
    }

    #[test]
    fn a_server_of_ones_own_is_told_in_the_general_form() {
        let commit = crate::history::sample::commit(1);
        let cloud = ours("https://github.com", "etl").git(&commit, Some("b")).unwrap();
        assert_eq!(
            (&cloud["provider"], &cloud["account"], &cloud["repo"]),
            (&json!("GITHUB"), &json!("acme"), &json!("dags"))
        );
        assert_eq!((&cloud["path"], &cloud["beforeCommitSha"]), (&json!("etl"), &json!("b")));
        let own = ours("https://git.acme.example", "").git(&commit, None).unwrap();
        assert_eq!(
            (&own["provider"], &own["remoteUrl"]),
            (&json!("GENERIC"), &json!("https://git.acme.example/acme/dags"))
        );
        assert!(own.get("account").is_none() && own.get("path").is_none());
        assert_eq!(Ours::default().git(&commit, None), None);
    }

    #[test]
    fn another_repository_is_told_and_ones_own_is_not() {
        let ours = ours("https://github.com", "etl");
        assert_eq!(ours.other(Some(&git("Acme", "dags", Some("etl")))), None);
        assert_eq!(ours.other(Some(&git("acme", "dags", None))), Some("acme/dags".into()));
        assert_eq!(ours.other(Some(&git("acme", "other", Some("etl")))), Some("acme/other (folder etl)".into()));
        assert_eq!(ours.other(None), None);
    }
}
