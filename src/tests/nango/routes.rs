//! The routes: who may ask, whether the question is well formed, what is answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use super::state::{Environment, Fault, Function, State, error};
use super::{beside, deploy, strict};

/// The oldest CLI that the deploy routes take.
const OLDEST: (u32, u32, u32) = (0, 39, 25);

/// Answers requests from the state.
#[derive(Debug, Clone)]
pub(super) struct Routes(pub(super) Arc<Mutex<State>>);

/// An answer: its status and its body.
type Answer = (u16, Value);

impl Respond for Routes {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let route = format!("{} {}", request.method, request.url.path());
        match state.fault(&route) {
            None => template(answer(&mut state, request, &route, None)),
            Some(Fault::Html(status)) => {
                ResponseTemplate::new(status).set_body_raw("<html><body>Bad Gateway</body></html>", "text/html")
            }
            Some(Fault::EmptyList) => template((200, json!([]))),
            Some(Fault::Busy) => {
                meanwhile(&mut state);
                let says = "A deployment is already in progress. Please wait for the current deployment to finish.";
                template((409, error("concurrent_deployment", says)))
            }
            Some(Fault::Limit) => {
                let body = json!({"error": {"code": "too_many_request", "method": request.method.to_string(), "path": request.url.path()}});
                template((429, body)).insert_header("Retry-After", "6").insert_header("X-RateLimit-Remaining", "0")
            }
            Some(Fault::ServerError) => template((500, json!({"error": {"code": "server_error"}}))),
            Some(Fault::Pretended) => {
                let before = state.environments.clone();
                let told = answer(&mut state, request, &route, None);
                state.environments = before;
                template(told)
            }
            Some(Fault::ErrorAfter) => {
                answer(&mut state, request, &route, None);
                template((500, json!({"error": {"code": "server_error"}})))
            }
            // Tearing is done by another responder, which asks `tears` first.
            Some(Fault::Torn | Fault::TornAfter | Fault::HalfThenTorn) => unreachable!("torn elsewhere"),
        }
    }
}

/// Whether the connection of this request is torn; if so, whatever is to be done before is done.
pub(super) fn tears(state: &mut State, request: &Request) -> bool {
    let route = format!("{} {}", request.method, request.url.path());
    let number = state.asked.len();
    let next =
        state.fault_at.as_ref().filter(|(at, _)| *at == number).map(|(_, fault)| fault.clone()).or_else(|| {
            state.faults.iter().find(|(of, _)| *of == route).and_then(|(_, faults)| faults.front().cloned())
        });
    match next {
        Some(fault @ (Fault::Torn | Fault::TornAfter | Fault::HalfThenTorn)) => {
            state.fault(&route);
            match fault {
                Fault::TornAfter => drop(answer(state, request, &route, None)),
                Fault::HalfThenTorn => drop(answer(state, request, &route, Some(1))),
                _ => {}
            }
            true
        }
        _ => false,
    }
}

/// What somebody else deploys while we wait.
fn meanwhile(state: &mut State) {
    if let Some((environment, function)) = state.meanwhile.take()
        && let Some(environment) = state.environments.get_mut(&environment)
    {
        environment.functions.push(function);
    }
}

fn template((status, body): Answer) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body).insert_header("X-RateLimit-Limit", "200")
}

fn answer(state: &mut State, request: &Request, route: &str, most: Option<usize>) -> Answer {
    let (environment, scopes) = match authenticated(state, request) {
        Ok(known) => known,
        Err(refusal) => return refusal,
    };
    let path: Vec<String> = request.url.path_segments().into_iter().flatten().map(decoded).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some(scope) = scope(request.method.as_str(), &path) else {
        state.unexpected.push(route.to_owned());
        return (404, error("not_found", "Not found"));
    };
    if !scope.is_empty() && !scope.iter().any(|scope| scopes.contains(*scope)) {
        let says = format!("Insufficient scope. Required: {}", scope.join(" or "));
        return (403, error("forbidden", &says));
    }
    let query: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["scripts", "config"]) => {
            let there = state.environments.entry(environment).or_default();
            there.settle();
            (200, groups(there))
        }
        ("GET", ["integrations"]) => (200, json!({"data": integrations(&state.environments[&environment])})),
        ("GET", ["integrations", key]) => {
            let shown = scopes.contains("environment:integrations:read_credentials");
            integration(&state.environments[&environment], key, query.contains_key("include") && shown)
        }
        ("GET", ["integrations", key, "functions"]) => functions(&state.environments[&environment], key, &query),
        ("GET", ["integrations", key, "functions", name]) => {
            function(&state.environments[&environment], kind(&query), key, name)
        }
        ("GET", ["integrations", key, "functions", name, "code"]) => {
            beside::code(&state.environments[&environment], kind(&query), key, name)
        }
        ("GET", ["connections"]) => {
            let limit = query.get("limit").and_then(|text| text.parse().ok()).unwrap_or(100);
            let key = query.get("integrationId").map(String::as_str);
            (200, beside::connections(&state.environments[&environment], key, limit))
        }
        ("GET", ["sync", "status"]) => {
            let key = query.get("provider_config_key").map_or("", String::as_str);
            (200, beside::statuses(&state.environments[&environment], key))
        }
        ("GET", ["providers", name]) => provider(state, name),
        ("GET", ["environment-variables"]) => {
            let all = state.environments[&environment].variables.iter();
            (200, all.map(|(name, value)| json!({"name": name, "value": value})).collect())
        }
        ("POST", path) => posted(state, request, &environment, path, most),
        _ => unreachable!("a route with a scope has an answer"),
    }
}

/// The sort of function that is asked about.
fn kind(query: &BTreeMap<String, String>) -> &str {
    query.get("type").map_or("", String::as_str)
}

fn decoded(part: &str) -> String {
    part.replace("%20", " ").replace("%40", "@").replace("%7E", "~")
}

/// The scopes of which a key must have one; any key will do where none is named.
fn scope(method: &str, path: &[&str]) -> Option<&'static [&'static str]> {
    Some(match (method, path) {
        ("GET", ["scripts", "config"]) => &["environment:integrations:list_functions"],
        ("GET", ["integrations"]) => &["environment:integrations:list"],
        ("GET", ["integrations", _]) => &["environment:integrations:read", "environment:integrations:read_credentials"],
        ("GET", ["integrations", _, "functions"]) => &["environment:functions:list"],
        ("GET", ["integrations", _, "functions", _] | ["integrations", _, "functions", _, "code"]) => {
            &["environment:functions:read"]
        }
        ("GET", ["connections"]) => &["environment:connections:list"],
        ("POST", ["connections"]) => &["environment:connections:create"],
        ("GET", ["sync", "status"]) => &["environment:syncs:read"],
        ("GET", ["providers", _]) => &[],
        ("GET", ["environment-variables"]) => &["environment:variables:read"],
        ("POST", ["sync", "deploy"] | ["sync", "deploy", "confirmation"]) => &["environment:deploy"],
        ("POST", ["functions", "deployments", "bundle"] | ["functions", "deployments", "bundle", "preview"]) => {
            &["environment:deploy"]
        }
        _ => return None,
    })
}

type Known = (String, std::collections::BTreeSet<String>);

fn authenticated(state: &State, request: &Request) -> Result<Known, Answer> {
    let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    let Some(header) = header else {
        let says = "Authentication failed. The request is missing the Authorization header.";
        return Err(unknown("missing_auth_header", says));
    };
    let key = header.strip_prefix("Bearer ").unwrap_or_default();
    if key.len() != 36 {
        let says = "Authentication failed. The provided secret key is not a UUID v4.";
        return Err(unknown("invalid_secret_key_format", says));
    }
    let says = "Authentication failed. The provided authorization header does not match any account.";
    state.keys.get(key).cloned().ok_or_else(|| unknown("unknown_account", says))
}

fn unknown(code: &str, says: &str) -> Answer {
    let mut refusal = error(code, says);
    refusal["error"]["payload"] = json!({});
    (401, refusal)
}

fn posted(state: &mut State, request: &Request, environment: &str, path: &[&str], most: Option<usize>) -> Answer {
    if request.url.query().is_some() {
        return (400, error("invalid_query_params", "no query"));
    }
    if path[0] == "sync" && is_old_cli(request) {
        return (400, error("invalid_cli_version", "This endpoint requires a CLI version >= 0.39.25"));
    }
    let body: Value = match serde_json::from_slice(&request.body) {
        Ok(body) => body,
        Err(wrong) => return (400, error("invalid_json", &wrong.to_string())),
    };
    if let ["connections"] = path {
        return state
            .environments
            .get_mut(environment)
            .map_or((500, Value::Null), |there| beside::connect(there, &body));
    }
    let checked = match path {
        ["sync", "deploy"] => strict::deploy(&body, true),
        ["sync", "deploy", _] => strict::deploy(&body, false),
        _ => strict::bundle(&body),
    };
    if let Err(wrong) = checked {
        return (400, strict::refuse(&wrong));
    }
    if let ["sync", "deploy"] | ["functions", "deployments", "bundle"] = path {
        state.deploys.push(request.body.clone());
    }
    match path {
        ["sync", "deploy", "confirmation"] => (200, deploy::confirmation(&state.environments[environment], &body)),
        ["sync", "deploy"] => deploy::deploy(state, environment, &body, most),
        _ => {
            let real = path.last() == Some(&"bundle");
            state
                .environments
                .get_mut(environment)
                .map_or((500, Value::Null), |environment| deploy::bundle(environment, &body, real))
        }
    }
}

fn is_old_cli(request: &Request) -> bool {
    let agent = request.headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(version) = agent.strip_prefix("nango-cli/") else { return false };
    let numbers: Vec<u32> = version.split([' ', '.']).take(3).filter_map(|part| part.parse().ok()).collect();
    matches!(numbers.as_slice(), [a, b, c] if (*a, *b, *c) < OLDEST)
}

/// Grouped by provider, under the key of whichever integration came first. On-events are never in it.
fn groups(environment: &Environment) -> Value {
    let mut functions: Vec<&Function> = environment.functions.iter().collect();
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    let mut groups: Vec<(String, Value)> = Vec::new();
    for function in functions {
        let provider = environment.integration(&function.key).map_or("", |integration| integration.provider.as_str());
        if !groups.iter().any(|(known, _)| known == provider) {
            let group = json!({"actions": [], "providerConfigKey": function.key, "provider": provider, "syncs": [], "on-events": []});
            groups.push((provider.to_owned(), group));
        }
        let list = if function.kind == "sync" { "syncs" } else { "actions" };
        if let Some((_, group)) = groups.iter_mut().find(|(known, _)| known == provider) {
            group[list].as_array_mut().unwrap().push(script(function));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn script(function: &Function) -> Value {
    let flow = &function.flow;
    let or = |name: &str, default: Value| flow.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(default);
    let models = flow["models_json_schema"]["definitions"].as_object().into_iter().flat_map(Map::keys);
    let mut told = json!({
        "id": function.id, "name": function.name, "type": function.kind, "returns": flow["models"],
        "description": flow["metadata"]["description"].as_str().unwrap_or(""), "attributes": or("attributes", json!({})),
        "scopes": flow["metadata"].get("scopes").cloned().unwrap_or(json!([])), "version": function.version,
        "source": function.source, "endpoints": or("endpoints", json!([])), "input": or("input", Value::Null),
        "enabled": function.enabled, "last_deployed": function.last_deployed,
        "webhookSubscriptions": or("webhookSubscriptions", json!([])), "json_schema": or("models_json_schema", Value::Null),
        "sdk_version": function.sdk, "models": models.map(|name| json!({"name": name, "fields": []})).collect::<Vec<_>>(),
        "features": or("features", json!([])),
    });
    let map = told.as_object_mut().unwrap();
    if map["input"].is_null() {
        map.remove("input");
    }
    if function.kind == "sync" {
        map.insert("sync_type".into(), or("sync_type", json!("full")));
        map.insert("auto_start".into(), or("auto_start", json!(false)));
        map.insert("runs".into(), flow["runs"].clone());
        map.insert("track_deletes".into(), or("track_deletes", json!(false)));
    }
    told
}

fn integrations(environment: &Environment) -> Vec<Value> {
    environment.integrations.iter().map(public).collect()
}

fn public(integration: &super::state::Integration) -> Value {
    let (key, created) = (&integration.key, &integration.created_at);
    json!({
        "unique_key": key, "provider": integration.provider, "display_name": key, "logo": format!("https://app.example.test/images/template-logos/{}.svg", integration.provider),
        "forward_webhooks": true, "created_at": created, "updated_at": created,
    })
}

fn integration(environment: &Environment, key: &str, credentials: bool) -> Answer {
    let Some(integration) = environment.integration(key) else {
        return (404, error("not_found", &format!("Integration \"{key}\" does not exist")));
    };
    let mut told = public(integration);
    if credentials {
        told["credentials"] = integration.credentials.clone();
    }
    (200, json!({"data": told}))
}

/// What a provider is: `github` as it was recorded, others as a test says.
fn provider(state: &State, name: &str) -> Answer {
    let recorded = || {
        let lines = include_str!("recorded.jsonl").lines();
        let mut exchanges = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        exchanges.find(|exchange| exchange["request"]["url"] == format!("/providers/{name}"))
    };
    match (state.providers.get(name), recorded()) {
        (Some(known), _) => (200, json!({"data": known})),
        (None, Some(exchange)) => (200, exchange["response"]["body"].clone()),
        (None, None) => (404, error("unknown_provider", &format!("Unknown provider {name}"))),
    }
}

fn functions(environment: &Environment, key: &str, query: &BTreeMap<String, String>) -> Answer {
    if environment.integration(key).is_none() {
        return (404, error("not_found", "Integration does not exist"));
    }
    let number = |name: &str, default: usize| query.get(name).map_or(Some(default), |text| text.parse().ok());
    let (Some(page), Some(limit @ 1..=100)) = (number("page", 0), number("limit", 20)) else {
        return (400, error("invalid_query_params", "page or limit"));
    };
    let kind = query.get("type").map(String::as_str);
    let mut all: Vec<Value> = environment.functions.iter().filter(|each| each.key == key).map(listed).collect();
    all.extend(environment.scripts.iter().filter(|each| each.key == key).map(|script| {
        json!({"name": script.name, "type": "on-event", "event": script.event, "id": script.id, "enabled": true,
            "last_deployed": script.last_deployed, "source": "repo"})
    }));
    all.retain(|each| kind.is_none_or(|kind| each["type"] == kind));
    all.sort_by_key(|each| (each["type"].to_string(), each["name"].to_string()));
    let data: Vec<&Value> = all.iter().skip(page * limit).take(limit).collect();
    (200, json!({"data": data, "pagination": {"total": all.len(), "page": page, "limit": limit}}))
}

fn function(environment: &Environment, kind: &str, key: &str, name: &str) -> Answer {
    match environment.function(kind, key, name) {
        Some(function) => (200, json!({"data": listed(function)})),
        None => (404, error("not_found", "Function does not exist")),
    }
}

fn listed(function: &Function) -> Value {
    let full = script(function);
    let names = [
        "name",
        "description",
        "scopes",
        "type",
        "input",
        "returns",
        "json_schema",
        "runs",
        "auto_start",
        "track_deletes",
        "id",
        "enabled",
        "last_deployed",
        "source",
    ];
    let kept = names.iter().filter_map(|name| full.get(*name).map(|value| ((*name).to_owned(), value.clone())));
    Value::Object(kept.collect())
}
