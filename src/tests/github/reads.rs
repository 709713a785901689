//! Answers that are derived from the state. Each has more keys than the client reads, as GitHub's have.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::paging::{list, page};
use super::routes::{Question, Reply};
use super::state::{CheckFact, CommentFact, DeploymentFact, PullFact, RunFact, State, StatusFact};

pub(super) fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap().to_string()
}

fn account(login: &str) -> Value {
    // A deleted account is `null`.
    if login.is_empty() {
        return Value::Null;
    }
    let sort = if login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({"login": login, "id": 41_898_282, "node_id": "MDM6Qm90", "type": sort, "site_admin": false})
}

fn one(found: Option<Value>) -> Reply {
    found.map_or_else(Reply::not_found, |value| Reply::new(200, &value))
}

pub(super) fn repository(state: &State) -> Reply {
    let facts = json!({
        "id": 1, "full_name": state.name, "default_branch": state.default_branch, "private": state.private,
        "owner": account("acme"), "archived": false,
    });
    Reply::new(200, &facts)
}

pub(super) fn comment_json(state: &State, comment: &CommentFact) -> Value {
    json!({
        "id": comment.id, "node_id": "IC_kw", "user": account(&comment.author), "body": comment.body,
        "html_url": format!("https://github.com/{}/pull/{}#issuecomment-{}", state.name, comment.issue, comment.id),
        "created_at": time(comment.created), "updated_at": time(comment.created), "author_association": "NONE",
    })
}

pub(super) fn comments(state: &State, question: &Question, number: &str) -> Reply {
    let all = state.comments.iter().filter(|comment| comment.issue.to_string() == number);
    list(state, question, all.map(|comment| comment_json(state, comment)).collect())
}

pub(super) fn check_json(check: &CheckFact) -> Value {
    json!({
        "id": check.id, "name": check.name, "head_sha": check.head_sha, "status": check.status,
        "conclusion": check.conclusion, "external_id": check.external_id, "details_url": check.details_url,
        "html_url": format!("https://github.com/acme/shop/runs/{}", check.id),
        "app": {"id": 15368, "slug": check.app, "name": "GitHub Actions"},
        "output": {
            "title": check.title, "summary": check.summary, "text": check.text,
            "annotations_count": check.annotations.len(), "annotations_url": "https://api.github.com/…",
        },
        "pull_requests": [],
    })
}

pub(super) fn checks(state: &State, question: &Question, sha: &str) -> Reply {
    let wanted = |check: &&CheckFact| {
        check.head_sha.as_str() == sha && question.get("check_name").is_none_or(|name| name == check.name)
    };
    let mut all = state.checks.iter().filter(wanted).collect::<Vec<_>>();
    all.reverse();
    if question.get("filter") != Some("all") {
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|check| seen.insert((&check.name, &check.app)));
    }
    let all = all.into_iter().map(check_json).collect();
    page(state, question, all, |items, total| json!({"total_count": total, "check_runs": items}))
}

pub(super) fn check(state: &State, id: &str) -> Reply {
    one(state.checks.iter().find(|check| check.id.to_string() == id).map(check_json))
}

pub(super) fn deployment_json(deployment: &DeploymentFact) -> Value {
    json!({
        "id": deployment.id, "sha": deployment.sha, "ref": deployment.reference, "task": deployment.task,
        "environment": deployment.environment, "original_environment": deployment.environment,
        "payload": deployment.payload, "description": deployment.description,
        "creator": account(&deployment.creator), "created_at": time(deployment.created),
        "updated_at": time(deployment.created), "transient_environment": deployment.transient,
        "production_environment": deployment.production, "performed_via_github_app": null,
    })
}

pub(super) fn deployments(state: &State, question: &Question) -> Reply {
    let wanted = |deployment: &&DeploymentFact| {
        let holds = |key, value: &str| question.get(key).is_none_or(|wanted| wanted == value);
        holds("environment", &deployment.environment)
            && holds("task", &deployment.task)
            && holds("sha", deployment.sha.as_str())
            && holds("ref", &deployment.reference)
    };
    list(state, question, state.deployments.iter().rev().filter(wanted).map(deployment_json).collect())
}

pub(super) fn deployment(state: &State, id: &str) -> Reply {
    one(state.deployments.iter().find(|deployment| deployment.id.to_string() == id).map(deployment_json))
}

pub(super) fn status_json(status: &StatusFact) -> Value {
    json!({
        "id": status.id, "state": status.state, "description": status.description, "creator": account(&status.creator),
        "log_url": status.log_url, "target_url": status.log_url, "environment_url": status.environment_url,
        "created_at": time(status.created), "updated_at": time(status.created),
    })
}

pub(super) fn statuses(state: &State, question: &Question, id: &str) -> Reply {
    match state.deployments.iter().find(|deployment| deployment.id.to_string() == id) {
        Some(deployment) => list(state, question, deployment.statuses.iter().rev().map(status_json).collect()),
        None => Reply::not_found(),
    }
}

fn pull_json(state: &State, pull: &PullFact) -> Value {
    let repository = |name: &str| json!({"id": 2, "full_name": name, "fork": name != state.name});
    json!({
        "id": 9_000_000 + pull.number, "number": pull.number, "title": pull.title, "draft": pull.draft,
        "state": if pull.open { "open" } else { "closed" }, "merged_at": pull.merged.map(time),
        "merge_commit_sha": pull.merge_commit, "user": account(&pull.author), "body": null,
        "head": {
            "sha": pull.head, "ref": pull.branch, "label": format!("x:{}", pull.branch),
            "repo": pull.head_repository.as_deref().map(repository),
        },
        "base": {"sha": pull.base, "ref": pull.base_branch, "repo": repository(&state.name)},
        "html_url": format!("https://github.com/{}/pull/{}", state.name, pull.number),
    })
}

pub(super) fn pull(state: &State, number: &str) -> Reply {
    let found = state.pulls.iter().find(|pull| pull.number.to_string() == number);
    one(found.map(|pull| pull_json(state, pull)))
}

pub(super) fn pulls(state: &mut State, question: &Question) -> Reply {
    let listed = pulls_listed(state, question);
    if let Some((number, head)) = state.moves.take() {
        state.pulls.iter_mut().filter(|pull| pull.number == number).for_each(|pull| pull.head = head.clone());
    }
    listed
}

fn pulls_listed(state: &State, question: &Question) -> Reply {
    let wanted = |pull: &&PullFact| {
        let owner = pull.head_repository.as_deref().and_then(|name| name.split('/').next()).unwrap_or("unknown");
        let state_holds = match question.get("state").unwrap_or("open") {
            "all" => true,
            state => pull.open == (state == "open"),
        };
        state_holds && question.get("head").is_none_or(|head| head == format!("{owner}:{}", pull.branch))
    };
    list(state, question, state.pulls.iter().rev().filter(wanted).map(|pull| pull_json(state, pull)).collect())
}

pub(super) fn pulls_of_commit(state: &State, question: &Question, sha: &str) -> Reply {
    if !state.knows(sha) {
        return Reply::message(422, &format!("No commit found for SHA: {sha}"));
    }
    let landed = |pull: &&PullFact| pull.merged.is_some() && pull.landed.iter().any(|commit| commit.as_str() == sha);
    let mut found = state.pulls.iter().filter(landed).collect::<Vec<_>>();
    if found.is_empty() {
        let holds =
            |pull: &&PullFact| pull.open && state.reach(pull.head.as_str()).iter().any(|own| own.as_str() == sha);
        found = state.pulls.iter().filter(holds).collect();
    }
    list(state, question, found.into_iter().map(|pull| pull_json(state, pull)).collect())
}

pub(super) fn commit(state: &State, sha: &str) -> Reply {
    let found = state.commits.iter().find(|commit| commit.sha.as_str() == sha);
    one(found.map(|commit| json!({"sha": commit.sha, "message": commit.message, "tree": {"sha": "4b825dc"}})))
}

pub(super) fn compare(state: &State, question: &Question, range: &str) -> Reply {
    let tip = |name: &str| state.branches.get(name).map_or_else(|| name.to_owned(), ToString::to_string);
    let ends = range.split_once("...").map(|(base, head)| (tip(base), tip(head)));
    let Some((base, head)) = ends.filter(|(base, head)| state.knows(base) && state.knows(head)) else {
        return Reply::not_found();
    };
    let (below, above) = (state.reach(&base), state.reach(&head));
    let merge_base =
        state.commits.iter().rev().find(|commit| below.contains(&commit.sha) && above.contains(&commit.sha));
    let Some(merge_base) = merge_base else { return Reply::message(404, "No common ancestor") };
    let status = match (above.is_subset(&below), below.is_subset(&above)) {
        (true, true) => "identical",
        (true, false) => "behind",
        (false, true) => "ahead",
        (false, false) => "diverged",
    };
    let (ahead, behind) = (above.difference(&below).count(), below.difference(&above).count());
    let beyond = state.commits.iter().filter(|commit| above.contains(&commit.sha) && !below.contains(&commit.sha));
    let files = state.renamed.iter().map(|(old, new)| {
        json!({"filename": new, "previous_filename": old, "status": "renamed", "sha": "4b825dc", "changes": 0})
    });
    let files: Vec<Value> = files.collect();
    let commits = beyond.map(|commit| json!({"sha": commit.sha, "commit": {"message": commit.message}, "parents": []}));
    page(state, question, commits.collect(), |items, total| {
        json!({
            "status": status, "ahead_by": ahead, "behind_by": behind, "total_commits": total, "commits": items,
            "merge_base_commit": {"sha": merge_base.sha, "commit": {"message": merge_base.message}}, "files": files,
        })
    })
}

pub(super) fn contents(state: &mut State, question: &Question, path: &str) -> Reply {
    if !question.accept.contains("raw") {
        return super::routes::unexpected(state, "contents without `Accept: application/vnd.github.raw+json`");
    }
    let commit = question.get("ref").unwrap_or_default();
    if !state.knows(commit) {
        return Reply::message(404, &format!("No commit found for the ref {commit}"));
    }
    let at_commit = state.files.iter().filter(|((sha, _), _)| sha.as_str() == commit);
    let folder = format!("{path}/");
    let mut below = Vec::new();
    for ((_, name), bytes) in at_commit {
        if name == path {
            return Reply::new(200, &Value::Null).text(bytes.clone(), "application/vnd.github.raw+json; charset=utf-8");
        }
        if name.starts_with(&folder) {
            below.push(json!({"type": "file", "path": name}));
        }
    }
    if below.is_empty() { Reply::not_found() } else { Reply::new(200, &Value::Array(below)) }
}

pub(super) fn runs(state: &State, question: &Question, file: &str) -> Reply {
    let since = question.get("created").map(|created| created.trim_start_matches(">=").parse::<Timestamp>().unwrap());
    let wanted = |run: &&RunFact| {
        run.path.ends_with(&format!("/{file}"))
            && question.get("status").is_none_or(|status| run.conclusion.as_deref() == Some(status))
            && since.is_none_or(|since| run.created >= since.as_second())
    };
    let all = state.runs.iter().rev().filter(wanted).map(run_json).collect();
    page(state, question, all, |items, total| json!({"total_count": total, "workflow_runs": items}))
}

pub(super) fn run(state: &State, id: &str) -> Reply {
    one(state.runs.iter().find(|run| run.id.to_string() == id).map(run_json))
}

fn run_json(run: &RunFact) -> Value {
    json!({
        "id": run.id, "name": "integrations", "path": run.path, "event": run.event, "run_number": 7,
        "head_branch": run.head_branch, "head_sha": run.head_sha, "status": run.status,
        "conclusion": run.conclusion, "run_attempt": run.attempt, "actor": account(&run.actor),
        "triggering_actor": account(&run.triggering_actor), "pull_requests": [],
        "head_repository": run.head_repository.as_ref().map(|name| json!({"full_name": name})),
        "html_url": format!("https://github.com/acme/shop/actions/runs/{}", run.id),
        "created_at": time(run.created), "updated_at": time(run.updated), "run_started_at": time(run.created),
    })
}
