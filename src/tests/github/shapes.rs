//! What GitHub says of accounts, repositories and commits wherever it names one, as whole as its description wants it.

use serde_json::{Map, Value, json};

use super::reads::time;
use super::state::{CommitFact, State};

/// 2026-01-01T00:00:00Z
pub(super) const BEGIN: i64 = 1_767_225_600;

/// What has an address below a repository's own.
const PARTS: [&str; 36] = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
];

/// An account; one that was deleted is `null`.
pub(super) fn account(state: &State, login: &str) -> Value {
    if login.is_empty() {
        return Value::Null;
    }
    let sort = if login.ends_with("[bot]") { "Bot" } else { "User" };
    let name = login.replace(['[', ']'], "-");
    let (url, page) = (format!("{}/users/{name}", state.api_url), format!("https://github.com/{name}"));
    let mut all = Map::new();
    for part in [
        "events",
        "followers",
        "following",
        "gists",
        "organizations",
        "received_events",
        "repos",
        "starred",
        "subscriptions",
    ] {
        all.insert(format!("{part}_url"), json!(format!("{url}/{part}")));
    }
    let own = json!({
        "login": login, "id": 41_898_282, "node_id": "MDM6Qm90", "type": sort, "site_admin": false, "gravatar_id": "",
        "avatar_url": format!("https://avatars.githubusercontent.com/{name}"), "html_url": page, "url": url,
    });
    all.extend(own.as_object().unwrap().clone());
    Value::Object(all)
}

/// The address of something of the repository at the API.
pub(super) fn url(state: &State, rest: &str) -> String {
    format!("{}/repos/{}{rest}", state.api_url, state.name)
}

/// A repository.
pub(super) fn repository(state: &State, full_name: &str) -> Value {
    let (owner, name) = full_name.split_once('/').unwrap_or_default();
    let url = format!("{}/repos/{full_name}", state.api_url);
    let page = format!("https://github.com/{full_name}");
    let mut all = Map::new();
    for part in PARTS {
        all.insert(format!("{part}_url"), json!(format!("{url}/{part}")));
    }
    let is_fork = full_name != state.name;
    let own = json!({
        "id": 1 + u64::from(is_fork), "node_id": "R_kgDO", "name": name, "full_name": full_name, "owner": account(state, owner),
        "private": state.private, "fork": is_fork, "url": url, "html_url": page, "description": null,
        "default_branch": state.default_branch, "archived": false, "disabled": false, "homepage": null, "language": null,
        "clone_url": format!("{page}.git"), "git_url": format!("git://github.com/{full_name}.git"),
        "ssh_url": format!("git@github.com:{full_name}.git"), "svn_url": page, "mirror_url": null, "license": null,
        "has_downloads": true, "has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false,
        "has_discussions": false, "forks": 0, "forks_count": 0, "open_issues": 0, "open_issues_count": 0, "size": 1,
        "stargazers_count": 0, "watchers": 0, "watchers_count": 0, "network_count": 0, "subscribers_count": 0,
        "pushed_at": time(BEGIN), "created_at": time(BEGIN), "updated_at": time(BEGIN),
    });
    all.extend(own.as_object().unwrap().clone());
    Value::Object(all)
}

/// A commit, as comparisons have it.
pub(super) fn commit(state: &State, fact: &CommitFact) -> Value {
    let parents: Vec<Value> =
        fact.parents.iter().map(|sha| json!({"sha": sha, "url": url(state, &format!("/commits/{sha}"))})).collect();
    let own = url(state, &format!("/commits/{}", fact.sha));
    json!({
        "sha": fact.sha, "node_id": "C_kwDO", "url": own, "html_url": format!("https://github.com/{}/commit/{}", state.name, fact.sha),
        "comments_url": format!("{own}/comments"), "author": account(state, "ana"), "committer": account(state, "ana"),
        "parents": parents,
        "commit": {
            "author": person(), "committer": person(), "comment_count": 0, "message": fact.message, "url": own,
            "tree": tree(state),
        },
    })
}

/// A commit, as git has it.
pub(super) fn git_commit(state: &State, fact: &CommitFact) -> Value {
    let own = url(state, &format!("/git/commits/{}", fact.sha));
    let page = format!("https://github.com/{}/commit/", state.name);
    let parents: Vec<Value> = fact
        .parents
        .iter()
        .map(|sha| json!({"sha": sha, "url": url(state, &format!("/git/commits/{sha}")), "html_url": format!("{page}{sha}")}))
        .collect();
    json!({
        "sha": fact.sha, "node_id": "C_kwDO", "url": own, "html_url": format!("{page}{}", fact.sha), "author": person(),
        "committer": person(), "message": fact.message, "tree": tree(state), "parents": parents,
        "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
    })
}

fn person() -> Value {
    json!({"name": "Ana", "email": "ana@example.com", "date": time(BEGIN)})
}

fn tree(state: &State) -> Value {
    let sha = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    json!({"sha": sha, "url": url(state, &format!("/git/trees/{sha}"))})
}

/// The app that all workflows of a repository share.
pub(super) fn app(state: &State, slug: &str) -> Value {
    json!({
        "id": 15368, "slug": slug, "node_id": "MDM6QXBwMTUzNjg=", "name": "GitHub Actions", "owner": account(state, "github"),
        "description": null, "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions", "created_at": time(BEGIN), "updated_at": time(BEGIN),
        "permissions": {"checks": "write"}, "events": [],
    })
}
