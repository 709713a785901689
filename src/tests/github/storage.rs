//! What the jobs of a run leave. Artifacts: GitHub lists them and says where each archive is; another host has it, and wants no
//! token. And the jobs themselves.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::paging::page;
use super::reads::time;
use super::routes::{Question, Reply};
use super::state::{ArtifactFact, JobFact, State, Uploader};

/// Stands in the address of an archive: whoever has it may read it for a minute.
pub(crate) const SIGNATURE: &str = "c2lnbmF0dXJl0d9f3c1b";

fn artifact_json(state: &State, artifact: &ArtifactFact) -> Value {
    let url = format!("{}/repos/{}/actions/artifacts/{}", state.api_url, state.name, artifact.id);
    let by = |by: &Uploader| {
        json!({
            "id": by.run, "repository_id": 1, "head_repository_id": by.home, "head_branch": "main", "head_sha": by.sha,
        })
    };
    json!({
        "digest": artifact.digest, "workflow_run": artifact.by.as_ref().map(by),
        "id": artifact.id, "node_id": "MDg6QXJ0aWZhY3Q=", "name": artifact.name, "size_in_bytes": artifact.size,
        "url": url, "archive_download_url": format!("{url}/zip"), "expired": artifact.expired,
        "created_at": time(artifact.created), "updated_at": time(artifact.created),
        "expires_at": time(artifact.created + 90 * 24 * 3600),
    })
}

pub(super) fn artifacts(state: &State, question: &Question, run: &str) -> Reply {
    let wanted = |artifact: &&ArtifactFact| {
        artifact.run.to_string() == run && question.get("name").is_none_or(|name| name == artifact.name)
    };
    let all = state.artifacts.iter().rev().filter(wanted).map(|artifact| artifact_json(state, artifact)).collect();
    page(state, question, all, |items, total| json!({"total_count": total, "artifacts": items}))
}

fn job_json(state: &State, job: &JobFact) -> Value {
    let own = |rest: &str| format!("{}/repos/{}{rest}", state.api_url, state.name);
    let ended = job.conclusion.as_ref().map(|_| time(job.ended));
    json!({
        "id": job.id, "run_id": job.run, "run_attempt": 1, "node_id": "CR_kwLO", "head_sha": job.sha, "head_branch": "main",
        "name": job.name, "workflow_name": "integrations", "labels": ["ubuntu-latest"], "steps": [],
        "status": if ended.is_some() { "completed" } else { "in_progress" }, "conclusion": job.conclusion,
        "created_at": time(job.started), "started_at": time(job.started), "completed_at": ended,
        "runner_id": 1, "runner_name": "runner", "runner_group_id": 1, "runner_group_name": "runners",
        "url": own(&format!("/actions/jobs/{}", job.id)), "run_url": own(&format!("/actions/runs/{}", job.run)),
        "check_run_url": own(&format!("/check-runs/{}", job.id)),
        "html_url": format!("https://github.com/{}/actions/runs/{}/job/{}", state.name, job.run, job.id),
    })
}

pub(super) fn jobs(state: &State, question: &Question, run: &str) -> Reply {
    let own = state.jobs.iter().filter(|job| job.run.to_string() == run);
    let all = own.map(|job| job_json(state, job)).collect();
    page(state, question, all, |items, total| json!({"total_count": total, "jobs": items}))
}

pub(super) fn address(state: &State, id: &str) -> Reply {
    match state.artifacts.iter().find(|artifact| artifact.id.to_string() == id) {
        None => Reply::not_found(),
        Some(artifact) if artifact.expired => Reply::message(410, "Artifact has expired"),
        Some(artifact) => {
            let address = format!("{}/{}?sig={SIGNATURE}", state.storage, artifact.id);
            Reply::new(302, &Value::Null).text("", "text/html").header("location", address)
        }
    }
}

/// The storage host: it wants the signature, and nobody's token.
pub(super) fn stored(state: &mut State, request: &Request) -> ResponseTemplate {
    let path = request.url.path().trim_start_matches('/').to_owned();
    state.asked.push(format!("{} storage/{path}", request.method));
    if request.headers.contains_key("authorization") {
        state.unexpected.push("the storage host was given a token".to_owned());
    }
    let fault = state.faults.meet("storage", &path);
    if let Some(instead) = fault.as_ref().and_then(super::Fault::instead) {
        return instead.template();
    }
    let found = state.artifacts.iter().find(|artifact| artifact.id.to_string() == path);
    let reply = match found.filter(|_| request.url.query() == Some(&format!("sig={SIGNATURE}"))) {
        Some(artifact) => Reply::new(200, &Value::Null).text(artifact.bytes.clone(), "application/zip"),
        None => Reply::message(403, "AuthenticationFailed"),
    };
    match fault {
        Some(fault) => fault.after(reply).template(),
        None => reply.template(),
    }
}
