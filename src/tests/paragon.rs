//! A Paragon as far as its Connect API goes: who asks, and what is deployed in a project. Beside it stands what a stand-in for its
//! CLI pushes to; the real one's protocol is not public.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A signing key that signs nothing anywhere.
pub(crate) const KEY: &str = include_str!("paragon.pem");

/// The key that pushes.
pub(crate) const CLI_KEY: &str = "cli_key.0123456789abcdef";

/// Of each project the integrations, and the ids of their workflows.
type Projects = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The stand-in.
pub(crate) struct Paragon {
    server: MockServer,
    projects: Arc<Mutex<Projects>>,
}

impl Paragon {
    pub(crate) async fn start() -> Self {
        let projects = Arc::new(Mutex::new(Projects::new()));
        let server = MockServer::start().await;
        let known = Arc::clone(&projects);
        let answer = move |request: &Request| match request.url.path() {
            "/push" => pushed(&mut known.lock().unwrap(), request),
            _ => answered(&known.lock().unwrap(), request),
        };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { server, projects }
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// What is deployed in a project from now on: each integration with the ids of its workflows.
    pub(crate) fn deployed(&self, project: &str, integrations: &[(&str, &[&str])]) {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let there = integrations.iter().map(|(kind, ids)| ((*kind).to_owned(), owned(ids))).collect();
        self.projects.lock().unwrap().insert(project.to_owned(), there);
    }
}

/// `{"project": …, "integrations": {type: [ids]}}` becomes what is deployed, for whoever has the key.
fn pushed(projects: &mut Projects, request: &Request) -> ResponseTemplate {
    let key = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (key == Some(&format!("Bearer {CLI_KEY}")), body["project"].as_str()) {
        (true, Some(project)) => {
            projects.insert(project.to_owned(), serde_json::from_value(body["integrations"].clone()).unwrap());
            ResponseTemplate::new(200)
        }
        _ => ResponseTemplate::new(401),
    }
}

fn answered(projects: &Projects, request: &Request) -> ResponseTemplate {
    let parts: Vec<&str> = request.url.path().split('/').skip(1).collect();
    let ["projects", project, "sdk", "integrations"] = parts.as_slice() else {
        return ResponseTemplate::new(404).set_body_json(json!({ "message": "Not Found", "code": "404" }));
    };
    if request.method.as_str() != "GET" || audience(request).as_deref() != Some(&format!("useparagon.com/{project}")) {
        return ResponseTemplate::new(401)
            .set_body_json(json!({ "message": "Unable to verify token.", "code": "401" }));
    }
    let integrations =
        projects.get(*project).into_iter().flatten().map(|(kind, workflows)| integration(kind, workflows));
    ResponseTemplate::new(200).set_body_json(integrations.collect::<Vec<Value>>())
}

fn integration(kind: &str, workflows: &[String]) -> Value {
    let workflows: Vec<Value> =
        workflows.iter().map(|id| json!({ "id": id, "description": "", "steps": [] })).collect();
    let own = kind.strip_prefix("custom.").map(|slug| json!({ "slug": slug, "authenticationType": "oauth" }));
    let name = if own.is_some() { "custom" } else { kind };
    json!({ "id": kind, "type": name, "isActive": true, "customIntegration": own, "configs": [], "workflows": workflows })
}

/// The project that a token is for, if it is signed by RS256.
fn audience(request: &Request) -> Option<String> {
    let token = request.headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    let parts: Vec<Value> = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok())
        .collect::<Option<_>>()?;
    let signed = token.rsplit_once('.')?.1.len() > 300 && parts.first()?["alg"] == "RS256";
    parts.get(1)?["aud"].as_str().filter(|_| signed).map(str::to_owned)
}
