//! Answers that are derived from the state. Each has more keys than the client reads, as GitHub's have.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::paging::{list, page};
use super::routes::{Question, Reply};
use super::shapes::{self, BEGIN, account, url};
use super::state::{CheckFact, CommentFact, DeploymentFact, PullFact, RunFact, State, StatusFact};

pub(super) fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap().to_string()
}

fn one(found: Option<Value>) -> Reply {
    found.map_or_else(Reply::not_found, |value| Reply::new(200, &value))
}

pub(super) fn repository(state: &State) -> Reply {
    Reply::new(200, &shapes::repository(state, &state.name))
}

pub(super) fn environment(state: &State, name: &str) -> Reply {
    let reviewers = json!([{"id": 3, "node_id": "GA_kw", "type": "required_reviewers", "prevent_self_review": false, "reviewers": []}]);
    let rules = if state.unguarded.iter().any(|open| open == name) { json!([]) } else { reviewers };
    let own = url(state, &format!("/environments/{name}"));
    let page = format!("https://github.com/{}/deployments/activity_log", state.name);
    let facts = json!({
        "id": 17, "node_id": "EN_kw", "name": name, "url": own, "html_url": page, "created_at": time(BEGIN),
        "updated_at": time(BEGIN), "protection_rules": rules, "deployment_branch_policy": null,
    });
    Reply::new(200, &facts)
}

pub(super) fn comment_json(state: &State, comment: &CommentFact) -> Value {
    json!({
        "id": comment.id, "node_id": "IC_kw", "user": account(state, &comment.author), "body": comment.body,
        "url": url(state, &format!("/issues/comments/{}", comment.id)),
        "issue_url": url(state, &format!("/issues/{}", comment.issue)),
        "html_url": format!("https://github.com/{}/pull/{}#issuecomment-{}", state.name, comment.issue, comment.id),
        "created_at": time(comment.created), "updated_at": time(comment.created), "author_association": "NONE",
    })
}

pub(super) fn comments(state: &State, question: &Question, number: &str) -> Reply {
    let all = state.comments.iter().filter(|comment| comment.issue.to_string() == number);
    list(state, question, all.map(|comment| comment_json(state, comment)).collect())
}

pub(super) fn check_json(state: &State, check: &CheckFact) -> Value {
    let own = url(state, &format!("/check-runs/{}", check.id));
    let done = (check.status == "completed").then(|| time(BEGIN));
    json!({
        "id": check.id, "node_id": "CR_kwDO", "name": check.name, "head_sha": check.head_sha, "status": check.status,
        "conclusion": check.conclusion, "external_id": check.external_id, "details_url": check.details_url, "url": own,
        "html_url": format!("https://github.com/{}/runs/{}", state.name, check.id), "started_at": time(BEGIN),
        "completed_at": done, "check_suite": {"id": 5}, "app": shapes::app(state, &check.app),
        "output": {
            "title": check.title, "summary": check.summary, "text": check.text,
            "annotations_count": check.annotations.len(), "annotations_url": format!("{own}/annotations"),
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
    let all = all.into_iter().map(|check| check_json(state, check)).collect();
    page(state, question, all, |items, total| json!({"total_count": total, "check_runs": items}))
}

pub(super) fn check(state: &State, id: &str) -> Reply {
    one(state.checks.iter().find(|check| check.id.to_string() == id).map(|check| check_json(state, check)))
}

pub(super) fn deployment_json(state: &State, deployment: &DeploymentFact) -> Value {
    let own = url(state, &format!("/deployments/{}", deployment.id));
    json!({
        "id": deployment.id, "node_id": "DE_kwDO", "sha": deployment.sha, "ref": deployment.reference,
        "task": deployment.task, "environment": deployment.environment, "original_environment": deployment.environment,
        "payload": deployment.payload, "description": deployment.description,
        "creator": account(state, &deployment.creator), "created_at": time(deployment.created),
        "updated_at": time(deployment.created), "transient_environment": deployment.transient,
        "production_environment": deployment.production, "performed_via_github_app": null,
        "statuses_url": format!("{own}/statuses"), "repository_url": url(state, ""), "url": own,
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
    list(
        state,
        question,
        state.deployments.iter().rev().filter(wanted).map(|made| deployment_json(state, made)).collect(),
    )
}

pub(super) fn deployment(state: &State, id: &str) -> Reply {
    one(state
        .deployments
        .iter()
        .find(|deployment| deployment.id.to_string() == id)
        .map(|made| deployment_json(state, made)))
}

pub(super) fn status_json(state: &State, of: u64, status: &StatusFact) -> Value {
    let deployment = url(state, &format!("/deployments/{of}"));
    json!({
        "id": status.id, "node_id": "DES_kwDO", "state": status.state, "description": status.description,
        "creator": account(state, &status.creator), "log_url": status.log_url, "target_url": status.log_url,
        "environment_url": status.environment_url, "created_at": time(status.created),
        "updated_at": time(status.created), "url": format!("{deployment}/statuses/{}", status.id),
        "deployment_url": deployment, "repository_url": url(state, ""),
    })
}

pub(super) fn statuses(state: &State, question: &Question, id: &str) -> Reply {
    match state.deployments.iter().find(|deployment| deployment.id.to_string() == id) {
        Some(deployment) => list(state, question, statuses_of(state, deployment)),
        None => Reply::not_found(),
    }
}

fn statuses_of(state: &State, deployment: &DeploymentFact) -> Vec<Value> {
    deployment.statuses.iter().rev().map(|status| status_json(state, deployment.id, status)).collect()
}

fn pull_json(state: &State, pull: &PullFact) -> Value {
    let owner = |name: &str| account(state, name.split('/').next().unwrap_or_default());
    let (own, issue) =
        (url(state, &format!("/pulls/{}", pull.number)), url(state, &format!("/issues/{}", pull.number)));
    let page = format!("https://github.com/{}/pull/{}", state.name, pull.number);
    let link = |href: &str| json!({ "href": href });
    let mut whole = json!({
        "id": 9_000_000 + pull.number, "node_id": "PR_kwDO", "number": pull.number, "title": pull.title,
        "draft": pull.draft, "state": if pull.open { "open" } else { "closed" }, "locked": false,
        "merged_at": pull.merged.map(time), "closed_at": pull.merged.map(time), "created_at": time(BEGIN),
        "updated_at": time(BEGIN), "merge_commit_sha": pull.merge_commit, "user": account(state, &pull.author),
        "body": null, "labels": [], "assignee": null, "milestone": null, "auto_merge": null,
        "author_association": "NONE", "merged": pull.merged.is_some(), "mergeable": null,
        "mergeable_state": "unknown", "merged_by": null, "maintainer_can_modify": false, "additions": 1, "deletions": 0,
        "changed_files": 1, "commits": 1, "comments": 0, "review_comments": 0,
    });
    let sides = json!({
        "head": {
            "sha": pull.head, "ref": pull.branch, "label": format!("x:{}", pull.branch),
            "repo": pull.head_repository.as_deref().map(|name| shapes::repository(state, name)),
            "user": owner(pull.head_repository.as_deref().unwrap_or_default()),
        },
        "base": {
            "sha": pull.base, "ref": pull.base_branch, "label": format!("acme:{}", pull.base_branch),
            "repo": shapes::repository(state, &state.name), "user": owner(&state.name),
        },
        "url": own, "html_url": page, "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
        "issue_url": issue, "comments_url": format!("{issue}/comments"), "commits_url": format!("{own}/commits"),
        "review_comment_url": format!("{own}/comments{{/number}}"), "review_comments_url": format!("{own}/comments"),
        "statuses_url": url(state, &format!("/statuses/{}", pull.head)),
        "_links": {
            "self": link(&own), "html": link(&page), "issue": link(&issue), "comments": link(&format!("{issue}/comments")),
            "review_comments": link(&format!("{own}/comments")), "review_comment": link(&format!("{own}/comments{{/number}}")),
            "commits": link(&format!("{own}/commits")), "statuses": link(&url(state, &format!("/statuses/{}", pull.head))),
        },
    });
    whole.as_object_mut().unwrap().extend(sides.as_object().unwrap().clone());
    whole
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
    one(found.map(|commit| shapes::git_commit(state, commit)))
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
    let commits = beyond.map(|commit| shapes::commit(state, commit));
    let base_commit = state.commits.iter().find(|commit| commit.sha.as_str() == base);
    let (own, shown) =
        (url(state, &format!("/compare/{range}")), format!("https://github.com/{}/compare/{range}", state.name));
    page(state, question, commits.collect(), |items, total| {
        json!({
            "status": status, "ahead_by": ahead, "behind_by": behind, "total_commits": total, "commits": items,
            "merge_base_commit": shapes::commit(state, merge_base), "files": files, "url": own, "html_url": shown,
            "base_commit": base_commit.map(|commit| shapes::commit(state, commit)), "permalink_url": shown,
            "diff_url": format!("{shown}.diff"), "patch_url": format!("{shown}.patch"),
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
            && question
                .get("status")
                .is_none_or(|wanted| run.status == wanted || run.conclusion.as_deref() == Some(wanted))
            && since.is_none_or(|since| run.created >= since.as_second())
    };
    let all = state.runs.iter().rev().filter(wanted).map(|run| run_json(state, run)).collect();
    page(state, question, all, |items, total| json!({"total_count": total, "workflow_runs": items}))
}

pub(super) fn run(state: &State, id: &str) -> Reply {
    one(state.runs.iter().find(|run| run.id.to_string() == id).map(|run| run_json(state, run)))
}

fn run_json(state: &State, run: &RunFact) -> Value {
    let own = url(state, &format!("/actions/runs/{}", run.id));
    let head = json!({
        "id": run.head_sha, "tree_id": run.head_sha, "message": "Change", "timestamp": time(run.created),
        "author": {"name": "Ana", "email": "ana@example.com"}, "committer": {"name": "Ana", "email": "ana@example.com"},
    });
    json!({
        "id": run.id, "node_id": "WFR_kwLO", "name": "integrations", "path": run.path, "event": run.event,
        "run_number": 7, "workflow_id": 3, "check_suite_id": 5, "display_title": "Change",
        "head_branch": run.head_branch, "head_sha": run.head_sha, "status": run.status,
        "conclusion": run.conclusion, "run_attempt": run.attempt, "actor": account(state, &run.actor),
        "triggering_actor": account(state, &run.triggering_actor), "pull_requests": [], "head_commit": head,
        "head_repository": run.head_repository.as_ref().map(|name| shapes::repository(state, name)),
        "repository": shapes::repository(state, &state.name),
        "html_url": format!("https://github.com/acme/shop/actions/runs/{}", run.id),
        "created_at": time(run.created), "updated_at": time(run.updated), "run_started_at": time(run.created),
        "url": own, "jobs_url": format!("{own}/jobs"), "logs_url": format!("{own}/logs"),
        "check_suite_url": url(state, "/check-suites/5"), "cancel_url": format!("{own}/cancel"),
        "rerun_url": format!("{own}/rerun"), "artifacts_url": format!("{own}/artifacts"),
        "workflow_url": url(state, "/actions/workflows/3"),
    })
}
