//! Who may ask, and which of the three services is asked: the API, the storage, an Airflow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use super::api::{self, Asked};
use super::contract::Route;
use super::state::{Fault, State};
use super::{flow, registry};

/// An answer: its status and its body.
pub(super) type Answer = (u16, Value);

/// Answers requests from the state.
#[derive(Debug, Clone)]
pub(super) struct Routes(pub(super) Arc<Mutex<State>>);

impl Respond for Routes {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let route = format!("{} {}", request.method, request.url.path());
        let failed = json!({"message": "Internal server error", "requestId": "r1", "statusCode": 500});
        match state.fault(&route) {
            None => respond(&mut state, request),
            Some(Fault::Html(status)) => {
                ResponseTemplate::new(status).set_body_raw("<html><body>Bad Gateway</body></html>", "text/html")
            }
            Some(Fault::Empty) => ResponseTemplate::new(200).set_body_json(json!({})),
            Some(Fault::Limit) => ResponseTemplate::new(429).insert_header("Retry-After", "2"),
            Some(Fault::ServerError) => ResponseTemplate::new(500).set_body_json(failed),
            Some(Fault::ErrorAfter) => {
                respond(&mut state, request);
                ResponseTemplate::new(500).set_body_json(failed)
            }
            Some(Fault::Forbidden) => template(refuse(403, "Insufficient permissions")),
            Some(Fault::Torn | Fault::TornAfter) => unreachable!("torn elsewhere"),
        }
    }
}

/// Whether the connection of this request is torn; if so, whatever is to be done before is done.
pub(super) fn tears(state: &mut State, request: &Request) -> bool {
    let route = format!("{} {}", request.method, request.url.path());
    match state.next_fault(&route) {
        Some(fault @ (Fault::Torn | Fault::TornAfter)) => {
            state.fault(&route);
            if fault == Fault::TornAfter {
                respond(state, request);
            }
            true
        }
        _ => false,
    }
}

fn respond(state: &mut State, request: &Request) -> ResponseTemplate {
    let path: Vec<String> =
        request.url.path_segments().into_iter().flatten().map(|part| part.replace("%20", " ")).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["storage", id, _] => store(state, request, id),
        ["token"] | ["v2", ..] => registry::answer(state, request, &path),
        ["airflow", id, "api", version, list] => {
            let query = request.url.query_pairs().into_owned().collect::<BTreeMap<_, _>>();
            match authenticated(state, request) {
                Ok(_) if request.method.as_str() == "POST" => {
                    let body = serde_json::from_slice(&request.body).unwrap_or_default();
                    template(flow::make(state, id, list, &body))
                }
                Ok(_) => template(flow::answer(state, id, version, list, &query)),
                Err(refusal) => template(refusal),
            }
        }
        ["v1", "organizations", organisation, rest @ ..] => {
            let now = jiff::Timestamp::from_second(state.second()).unwrap();
            let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            template(of_api(state, request, organisation, rest)).insert_header("date", date.as_str())
        }
        _ => {
            state.unexpected.push(request.url.path().to_owned());
            ResponseTemplate::new(404)
        }
    }
}

fn of_api(state: &mut State, request: &Request, organisation: &str, path: &[&str]) -> Answer {
    let (of, reads_only) = match authenticated(state, request) {
        Ok(known) => known,
        Err(refusal) => return refusal,
    };
    let method = request.method.to_string();
    if of != organisation || (reads_only && method != "GET") {
        return refuse(403, "Insufficient permissions");
    }
    let body =
        if request.body.is_empty() { Value::Null } else { serde_json::from_slice(&request.body).unwrap_or_default() };
    let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    let of = |wrong: &String| format!("{method} {}: {wrong}", path.join("/"));
    let Some(route) = Route::of(&method, path) else {
        state.unexpected.push(format!("{method} {}", path.join("/")));
        return refuse(404, "no such route");
    };
    let misfits = route.request(&query, &body);
    if !misfits.is_empty() {
        state.wrong.extend(misfits.iter().map(of));
        return refuse(400, &misfits.join("; "));
    }
    let (status, told) = api::answer(state, &Asked { method: &method, path, query, body });
    state.wrong.extend(route.answer(status, &told).iter().map(of));
    (status, told)
}

/// The storage takes signed addresses, and nothing else that says who asks.
fn store(state: &mut State, request: &Request, id: &str) -> ResponseTemplate {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    for name in ["authorization", "cookie"] {
        if header(name).is_some() {
            state.wrong.push(format!("the storage was told {name}"));
        }
    }
    if request.method.as_str() != "PUT" || header("x-ms-blob-type") != Some("BlockBlob") {
        state.wrong.push("the storage was not asked to put a block blob".to_owned());
        return ResponseTemplate::new(400)
            .set_body_string("<?xml version=\"1.0\"?><Error><Code>InvalidHeaderValue</Code></Error>");
    }
    if request.url.query() != Some("sig=hunter2-signature") {
        return ResponseTemplate::new(403)
            .set_body_string("<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code></Error>");
    }
    match api::put(state, id, &request.body) {
        Ok(version) => ResponseTemplate::new(201).insert_header("x-ms-version-id", version.as_str()),
        Err(wrong) => {
            state.wrong.push(format!("the archive: {wrong}"));
            ResponseTemplate::new(400).set_body_string("<?xml version=\"1.0\"?><Error><Code>InvalidBlob</Code></Error>")
        }
    }
}

fn authenticated(state: &State, request: &Request) -> Result<(String, bool), Answer> {
    let header = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or_default();
    match state.tokens.get(token) {
        Some(token) => Ok((token.organisation.clone(), token.reads_only)),
        None => Err(refuse(401, "Invalid authorization token")),
    }
}

pub(super) fn refuse(status: u16, message: &str) -> Answer {
    (status, json!({"message": message, "requestId": "r1", "statusCode": status}))
}

fn template((status, body): Answer) -> ResponseTemplate {
    let template = ResponseTemplate::new(status);
    if body.is_null() { template } else { template.set_body_json(body) }
}
