//! Artifacts: GitHub lists them and says where each archive is; another host has it, and wants no token.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::paging::page;
use super::reads::time;
use super::routes::{Question, Reply};
use super::state::{ArtifactFact, State};

/// Stands in the address of an archive: whoever has it may read it for a minute.
pub(crate) const SIGNATURE: &str = "c2lnbmF0dXJl0d9f3c1b";

fn artifact_json(state: &State, artifact: &ArtifactFact) -> Value {
    let url = format!("{}/repos/{}/actions/artifacts/{}", state.api_url, state.name, artifact.id);
    json!({
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
