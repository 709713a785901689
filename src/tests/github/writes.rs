//! Requests that change the state. A key that GitHub does not document, or a text beyond its limits, is a 422.

use serde_json::{Map, Value, json};

use super::reads::{check_json, comment_json, deployment_json, status_json};
use super::routes::{Question, Reply, unexpected};
use super::state::{CheckFact, CommentFact, DeploymentFact, State, StatusFact, TokenFact};
use crate::names::CommitSha;

const LONGEST_BODY: usize = 65_536;
const LONGEST_OUTPUT: usize = 65_535;
const LONGEST_DESCRIPTION: usize = 140;
const MOST_ANNOTATIONS: usize = 50;

fn invalid(why: &str) -> Reply {
    let message = format!("Invalid request.\n\n{why}");
    Reply::new(422, &json!({"message": message, "errors": [{"message": why, "code": "invalid"}], "status": "422"}))
}

/// The body as an object with no key beyond these, and all that are marked with `!`.
fn object<'q>(value: Option<&'q Value>, keys: &[&str]) -> Result<&'q Map<String, Value>, Reply> {
    let object = value.and_then(Value::as_object).ok_or_else(|| Reply::message(400, "Problems parsing JSON"))?;
    for key in object.keys() {
        if !keys.iter().any(|known| known.trim_end_matches('!') == key) {
            return Err(invalid(&format!("\"{key}\" is not a permitted key.")));
        }
    }
    for key in keys.iter().filter_map(|key| key.strip_suffix('!')) {
        if !object.contains_key(key) {
            return Err(invalid(&format!("\"{key}\" wasn't supplied.")));
        }
    }
    Ok(object)
}

fn text(object: &Map<String, Value>, key: &str, most: usize) -> Result<Option<String>, Reply> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() > most => {
            Err(invalid(&format!("{key} is too long (maximum is {most} characters)")))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(invalid(&format!("For '{key}', {other} is not a string."))),
    }
}

fn known_sha(state: &State, text: &str) -> Result<CommitSha, Reply> {
    let sha = CommitSha::new(text).ok().filter(|sha| state.knows(sha.as_str()));
    sha.ok_or_else(|| invalid(&format!("No commit found for SHA: {text}")))
}

/// `?` for handlers whose refusal is an answer too.
fn settled(reply: Result<Reply, Reply>) -> Reply {
    reply.unwrap_or_else(|refusal| refusal)
}

pub(super) fn comment(state: &mut State, question: &Question, who: &TokenFact, number: &str) -> Reply {
    settled((|| {
        let object = object(question.body.as_ref(), &["body!"])?;
        let body = text(object, "body", LONGEST_BODY)?.filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| invalid("Body can't be blank"))?;
        let issue = number.parse().ok().ok_or_else(Reply::not_found)?;
        let (id, created) = (state.new_id(), state.tick());
        // GitHub cuts blanks at the end.
        let body = body.trim_end().to_owned();
        let comment = CommentFact { id, issue, author: who.login.clone(), body, created, edits: 0 };
        let reply = Reply::new(201, &comment_json(state, &comment));
        state.comments.push(comment);
        Ok(reply)
    })())
}

pub(super) fn edit_comment(state: &mut State, question: &Question, who: &TokenFact, id: &str) -> Reply {
    settled((|| {
        let object = object(question.body.as_ref(), &["body!"])?;
        let body = text(object, "body", LONGEST_BODY)?.unwrap_or_default();
        let at = state.comments.iter().position(|comment| comment.id.to_string() == id).ok_or_else(Reply::not_found)?;
        if state.comments[at].author != who.login {
            return Err(Reply::message(403, "Resource not accessible by integration"));
        }
        state.comments[at].body = body;
        state.comments[at].edits += 1;
        Ok(Reply::new(200, &comment_json(state, &state.comments[at])))
    })())
}

pub(super) fn delete_comment(state: &mut State, who: &TokenFact, id: &str) -> Reply {
    let Some(at) = state.comments.iter().position(|comment| comment.id.to_string() == id) else {
        return Reply::not_found();
    };
    if state.comments[at].author != who.login {
        return Reply::message(403, "Resource not accessible by integration");
    }
    state.comments.remove(at);
    Reply::new(204, &Value::Null).text("", "application/json")
}

const CHECK_KEYS: [&str; 10] = [
    "name!",
    "head_sha",
    "external_id",
    "details_url",
    "status",
    "conclusion",
    "started_at",
    "completed_at",
    "output",
    "actions",
];

struct CheckBody {
    facts: CheckFact,
    annotations: Vec<Value>,
}

/// The body of a check run, checked; it has no id yet.
fn check_body(question: &Question, sha: CommitSha) -> Result<CheckBody, Reply> {
    let body = object(question.body.as_ref(), &CHECK_KEYS)?;
    let empty = json!({"title": "", "summary": ""});
    let output = body.get("output").unwrap_or(&empty);
    let output = object(Some(output), &["title!", "summary!", "text", "annotations"])?;
    let annotations = output.get("annotations").and_then(Value::as_array).cloned().unwrap_or_default();
    if annotations.len() > MOST_ANNOTATIONS {
        return Err(invalid("annotations: only 50 items are allowed"));
    }
    for annotation in &annotations {
        annotation_holds(annotation)?;
    }
    let conclusion = text(body, "conclusion", 40)?;
    let conclusions = ["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"];
    if conclusion.as_ref().is_some_and(|conclusion| !conclusions.contains(&conclusion.as_str())) {
        return Err(invalid("conclusion is not included in the list"));
    }
    let done = if conclusion.is_some() { "completed" } else { "queued" };
    let facts = CheckFact {
        id: 0,
        name: text(body, "name", 255)?.unwrap_or_default(),
        head_sha: sha,
        status: text(body, "status", 40)?.unwrap_or_else(|| done.to_owned()),
        conclusion,
        external_id: text(body, "external_id", 255)?.unwrap_or_default(),
        details_url: text(body, "details_url", 2000)?,
        title: text(output, "title", 255)?,
        summary: text(output, "summary", LONGEST_OUTPUT)?,
        text: text(output, "text", LONGEST_OUTPUT)?,
        annotations: Vec::new(),
        app: "github-actions".to_owned(),
    };
    Ok(CheckBody { facts, annotations })
}

fn annotation_holds(annotation: &Value) -> Result<(), Reply> {
    let keys = [
        "path!",
        "start_line!",
        "end_line!",
        "start_column",
        "end_column",
        "annotation_level!",
        "message!",
        "title",
        "raw_details",
    ];
    let annotation = object(Some(annotation), &keys)?;
    text(annotation, "message", 64 * 1024)?;
    text(annotation, "title", 255)?;
    let number = |key: &str| annotation.get(key).and_then(Value::as_u64);
    let one_line = number("start_line") == number("end_line");
    if number("start_line").is_none_or(|line| line == 0) || number("end_line") < number("start_line") {
        return Err(invalid("start_line and end_line are lines, in order"));
    }
    if !one_line && (annotation.contains_key("start_column") || annotation.contains_key("end_column")) {
        return Err(invalid("columns are only for annotations of one line"));
    }
    let level = text(annotation, "annotation_level", 20)?.unwrap_or_default();
    if !["notice", "warning", "failure"].contains(&level.as_str()) {
        return Err(invalid("annotation_level is not included in the list"));
    }
    Ok(())
}

pub(super) fn check(state: &mut State, question: &Question) -> Reply {
    settled((|| {
        let sha = question.body.as_ref().and_then(|body| body["head_sha"].as_str()).unwrap_or_default().to_owned();
        let sha = known_sha(state, &sha)?;
        let CheckBody { facts, annotations } = check_body(question, sha)?;
        let check = CheckFact { id: state.new_id(), annotations, ..facts };
        let reply = Reply::new(201, &check_json(state, &check));
        state.checks.push(check);
        Ok(reply)
    })())
}

pub(super) fn edit_check(state: &mut State, question: &Question, id: &str) -> Reply {
    settled((|| {
        let at = state.checks.iter().position(|check| check.id.to_string() == id).ok_or_else(Reply::not_found)?;
        let old = state.checks[at].clone();
        let CheckBody { facts, annotations } = check_body(question, old.head_sha.clone())?;
        let annotations = [old.annotations, annotations].concat();
        state.checks[at] = CheckFact { id: old.id, annotations, ..facts };
        Ok(Reply::new(200, &check_json(state, &state.checks[at])))
    })())
}

pub(super) fn deployment(state: &mut State, question: &Question, who: &TokenFact) -> Reply {
    settled((|| {
        // GitHub has defaults for the two that are wanted here: it would merge, and wait for every status.
        let keys = [
            "ref!",
            "task",
            "auto_merge!",
            "required_contexts!",
            "payload",
            "environment",
            "description",
            "transient_environment",
            "production_environment",
        ];
        let body = object(question.body.as_ref(), &keys)?;
        if body["auto_merge"] != json!(false) || body["required_contexts"] != json!([]) {
            return Err(Reply::message(409, "Conflict merging main into the ref; or commit status checks failed"));
        }
        let reference = text(body, "ref", 255)?.unwrap_or_default();
        let sha =
            known_sha(state, &reference).ok().ok_or_else(|| invalid(&format!("No ref found for: {reference}")))?;
        let flag = |key: &str| body.get(key).and_then(Value::as_bool).unwrap_or(false);
        let deployment = DeploymentFact {
            sha,
            reference,
            task: text(body, "task", 128)?.unwrap_or_else(|| "deploy".to_owned()),
            environment: text(body, "environment", 255)?.unwrap_or_else(|| "production".to_owned()),
            payload: body.get("payload").cloned().unwrap_or_else(|| json!({})),
            description: text(body, "description", LONGEST_DESCRIPTION)?.unwrap_or_default(),
            production: flag("production_environment"),
            transient: flag("transient_environment"),
            creator: who.login.clone(),
            id: state.new_id(),
            created: state.tick(),
            statuses: Vec::new(),
        };
        let reply = Reply::new(201, &deployment_json(state, &deployment));
        state.deployments.push(deployment);
        Ok(reply)
    })())
}

pub(super) fn status(state: &mut State, question: &Question, who: &TokenFact, id: &str) -> Reply {
    settled((|| {
        let keys =
            ["state!", "description", "log_url", "target_url", "environment", "environment_url", "auto_inactive"];
        let body = object(question.body.as_ref(), &keys)?;
        let is_own = |deployment: &DeploymentFact| deployment.id.to_string() == id;
        let at = state.deployments.iter().position(is_own).ok_or_else(Reply::not_found)?;
        let allowed = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
        let says = text(body, "state", 20)?.unwrap_or_default();
        if !allowed.contains(&says.as_str()) {
            return Err(invalid("state is not included in the list"));
        }
        let status = StatusFact {
            state: says.clone(),
            description: text(body, "description", LONGEST_DESCRIPTION)?.unwrap_or_default(),
            log_url: text(body, "log_url", 2000)?.unwrap_or_default(),
            environment_url: text(body, "environment_url", 2000)?.unwrap_or_default(),
            creator: who.login.clone(),
            id: state.new_id(),
            created: state.tick(),
        };
        let reply = Reply::new(201, &status_json(state, state.deployments[at].id, &status));
        state.deployments[at].statuses.push(status);
        if says == "success" && body.get("auto_inactive") != Some(&json!(false)) {
            make_others_inactive(state, at);
        }
        Ok(reply)
    })())
}

/// What GitHub does unless it is told not to: earlier lasting, non-production deployments of the environment end.
fn make_others_inactive(state: &mut State, newest: usize) {
    let environment = state.deployments[newest].environment.clone();
    for at in 0..newest {
        let other = &state.deployments[at];
        if other.environment == environment && !other.transient && !other.production {
            let (id, created) = (state.new_id(), state.tick());
            state.deployments[at].statuses.push(StatusFact {
                id,
                created,
                state: "inactive".to_owned(),
                description: String::new(),
                log_url: String::new(),
                environment_url: String::new(),
                creator: "github-actions[bot]".to_owned(),
            });
        }
    }
}

pub(super) fn graphql(state: &mut State, question: &Question, who: &TokenFact) -> Reply {
    let query = question.body.as_ref().and_then(|body| body["query"].as_str()).unwrap_or_default();
    let words = query.split_whitespace().collect::<Vec<_>>().join(" ");
    if words != "query { viewer { login } }" {
        return unexpected(state, &format!("GraphQL {words}"));
    }
    let home = if state.prefix.is_empty() { "/graphql" } else { "/api/graphql" };
    if question.path != home {
        return unexpected(state, &format!("GraphQL at {}", question.path));
    }
    let answer = json!({"data": {"viewer": {"login": who.login}}});
    state.graphql.push((query.to_owned(), answer.clone()));
    Reply::new(200, &answer)
}
