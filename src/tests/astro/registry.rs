//! The registry that images are put into: strict about who asks, about digests, and about what a manifest names.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wiremock::{Request, ResponseTemplate};

use super::state::State;

/// What the registry has.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    /// Manifests by deployment and tag.
    pub(crate) manifests: BTreeMap<(String, String), Vec<u8>>,
    /// Whether it wants the token itself, in place of a key that is made of it.
    pub(crate) basic: bool,
    /// Where it says that keys are given, if that is somewhere else.
    pub(crate) realm: Option<String>,
    /// After how many questions the first key ends.
    pub(crate) ends_after: Option<u32>,
    /// The deployment whose next manifest somebody else overwrites right after.
    pub(crate) meanwhile: Option<String>,
    uploads: BTreeSet<String>,
    /// Keys, with how many questions each is still good for, where that is counted.
    keys: BTreeMap<String, Option<u32>>,
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

fn no(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"errors": [{"code": code, "message": code.to_lowercase()}]}))
}

/// Answers what is below `/token` and `/v2`.
pub(super) fn answer(state: &mut State, request: &Request, path: &[&str]) -> ResponseTemplate {
    let method = request.method.as_str();
    if path == ["token"] {
        return key(state, request);
    }
    if let Some(challenge) = unknown(state, request) {
        return no(401, "UNAUTHORIZED").insert_header("www-authenticate", challenge.as_str());
    }
    match (method, path) {
        ("HEAD", ["v2", "images", _, "blobs", digest]) => match state.registry.blobs.get(*digest) {
            Some(_) => ResponseTemplate::new(200),
            None => ResponseTemplate::new(404),
        },
        ("POST", ["v2", "images", id, "blobs", "uploads", ""]) => {
            let upload = state.id("upload");
            state.registry.uploads.insert(upload.clone());
            let to = format!("/v2/images/{id}/uploads/{upload}?_state=s%2Ba");
            ResponseTemplate::new(202).insert_header("location", to.as_str())
        }
        ("PUT", ["v2", "images", _, "uploads", upload]) => put(state, request, upload),
        ("PUT", ["v2", "images", id, "manifests", tag]) => manifest(state, request, id, tag),
        ("HEAD", ["v2", "images", id, "manifests", tag]) => {
            match state.registry.manifests.get(&((*id).to_owned(), (*tag).to_owned())) {
                Some(bytes) => {
                    ResponseTemplate::new(200).insert_header("docker-content-digest", digest(bytes).as_str())
                }
                None => ResponseTemplate::new(404),
            }
        }
        _ => {
            state.unexpected.push(format!("{method} {}", request.url.path()));
            no(404, "UNSUPPORTED")
        }
    }
}

/// Gives a key of the registry's own for an API token.
fn key(state: &mut State, request: &Request) -> ResponseTemplate {
    let scope = request.url.query_pairs().find(|(name, _)| name == "scope").map(|(_, value)| value.into_owned());
    if !scope.is_some_and(|scope| scope.starts_with("repository:images/") && scope.ends_with(":pull,push")) {
        state.wrong.push("a key was asked for without its scope".to_owned());
    }
    if !may(state, basic(request).as_deref()) {
        return no(401, "UNAUTHORIZED");
    }
    let key = state.id("hunter2-key");
    let left = state.registry.ends_after.take();
    state.registry.keys.insert(key.clone(), left);
    ResponseTemplate::new(200).set_body_json(json!({"token": key, "expires_in": 300}))
}

fn basic(request: &Request) -> Option<String> {
    let header = request.headers.get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(header).ok()?).ok()?;
    pair.strip_prefix("cli:").map(str::to_owned)
}

fn may(state: &State, token: Option<&str>) -> bool {
    token.and_then(|token| state.tokens.get(token)).is_some_and(|token| !token.reads_only)
}

/// The challenge, where it is not said who asks.
fn unknown(state: &mut State, request: &Request) -> Option<String> {
    let bearer = request.headers.get("authorization").and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    if bearer.is_some_and(|key| state.tokens.contains_key(key)) {
        state.wrong.push("the registry was told the API token as its own key".to_owned());
    }
    let basic_is_enough = state.registry.basic;
    if basic_is_enough && may(state, basic(request).as_deref()) {
        return None;
    }
    match bearer.and_then(|key| state.registry.keys.get_mut(key)) {
        Some(None) => return None,
        Some(Some(left)) if *left > 0 => {
            *left -= 1;
            return None;
        }
        Some(Some(_)) | None => {}
    }
    let realm = state.registry.realm.clone().unwrap_or_else(|| format!("{}/token", state.url));
    Some(if basic_is_enough {
        "Basic realm=\"images\"".to_owned()
    } else {
        format!("Bearer realm=\"{realm}\",service=\"images\"")
    })
}

fn put(state: &mut State, request: &Request, upload: &str) -> ResponseTemplate {
    let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    if query.get("_state").map(String::as_str) != Some("s+a") || !state.registry.uploads.remove(upload) {
        state.wrong.push("an upload was sent where none was begun".to_owned());
        return no(404, "BLOB_UPLOAD_UNKNOWN");
    }
    let length = request.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    if length != Some(request.body.len()) {
        state.wrong.push("an upload without its length".to_owned());
    }
    let digest = digest(&request.body);
    if query.get("digest") != Some(&digest) {
        state.wrong.push("an upload of other bytes than its digest says".to_owned());
        return no(400, "DIGEST_INVALID");
    }
    state.registry.blobs.insert(digest, request.body.clone());
    ResponseTemplate::new(201)
}

fn manifest(state: &mut State, request: &Request, id: &str, tag: &str) -> ResponseTemplate {
    let sort = request.headers.get("content-type").and_then(|sort| sort.to_str().ok()).unwrap_or_default();
    let document: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let layers = document["layers"].as_array().into_iter().flatten();
    let named: Vec<&str> = layers.chain([&document["config"]]).filter_map(|part| part["digest"].as_str()).collect();
    let is_whole = named.len() > 1 && named.iter().all(|digest| state.registry.blobs.contains_key(*digest));
    if document["mediaType"] != sort {
        state.wrong.push(format!("a manifest that is not of the sort {sort}"));
    }
    if !is_whole {
        return no(400, "MANIFEST_BLOB_UNKNOWN");
    }
    let other = state.registry.meanwhile.take_if(|of| of == id).map(|_| b"{}".to_vec());
    let bytes = other.unwrap_or_else(|| request.body.clone());
    state.registry.manifests.insert((id.to_owned(), tag.to_owned()), bytes);
    ResponseTemplate::new(201).insert_header("docker-content-digest", digest(&request.body).as_str())
}

/// The runtime of the image that a tag stands for.
pub(super) fn runtime(state: &State, id: &str, tag: &str) -> Option<String> {
    let manifest = state.registry.manifests.get(&(id.to_owned(), tag.to_owned()))?;
    let manifest: Value = serde_json::from_slice(manifest).ok()?;
    let config: Value =
        serde_json::from_slice(state.registry.blobs.get(manifest["config"]["digest"].as_str()?)?).ok()?;
    config["config"]["Labels"]["io.astronomer.docker.runtime.version"].as_str().map(str::to_owned)
}
