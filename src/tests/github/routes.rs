//! Which question is which, who may ask it, and what becomes of it.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::state::{State, TokenFact};
use super::{reads, storage, writes};

/// A question, taken apart.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) method: String,
    /// Below the repository, or from the root (`/graphql`).
    pub(super) path: String,
    pub(super) parts: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) accept: String,
    token: Option<String>,
    pub(super) body: Option<Value>,
}

impl Question {
    pub(super) fn read(state: &State, request: &Request) -> Self {
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let whole = request.url.path();
        let repository = format!("{}/repos/{}", state.prefix, state.name);
        let path = whole.strip_prefix(&repository).unwrap_or(whole).to_owned();
        let decode = |part: &str| {
            // A query of one key is the shortest way to undo escapes; `+` is not one in a path.
            let pair = format!("{}=", part.replace('+', "%2B"));
            reqwest::Url::parse(&format!("http://x/?{pair}")).unwrap().query_pairs().next().unwrap().0.into_owned()
        };
        Self {
            method: request.method.to_string(),
            parts: path.split('/').skip(1).filter(|part| !part.is_empty()).map(decode).collect(),
            query: request.url.query_pairs().into_owned().collect(),
            accept: header("accept").to_owned(),
            token: header("authorization").strip_prefix("Bearer ").map(str::to_owned),
            body: serde_json::from_slice(&request.body).ok(),
            path,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        self.get(key).and_then(|value| value.parse().ok())
    }

    /// The address of another page of the same list.
    pub(super) fn page(&self, state: &State, number: usize) -> String {
        let mut url = reqwest::Url::parse(&format!("{}/repos/{}{}", state.api_url, state.name, self.path)).unwrap();
        let others = self.query.iter().filter(|(key, _)| key != "page");
        url.query_pairs_mut().extend_pairs(others).append_pair("page", &number.to_string());
        url.into()
    }

    /// How tests name it: `GET /deployments?environment=dev`.
    fn label(&self) -> String {
        let told = self.query.iter().filter(|(key, _)| key != "per_page");
        let query = told.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{} {}{mark}{query}", self.method, self.path)
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) delay: Option<Duration>,
    pub(super) body: Vec<u8>,
    pub(super) form: String,
}

impl Reply {
    pub(super) fn new(status: u16, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, headers: Vec::new(), delay: None, body, form: "application/json; charset=utf-8".to_owned() }
    }

    pub(super) fn message(status: u16, message: &str) -> Self {
        let docs = "https://docs.github.com/rest";
        Self::new(status, &json!({"message": message, "documentation_url": docs, "status": status.to_string()}))
    }

    pub(super) fn not_found() -> Self {
        Self::message(404, "Not Found")
    }

    pub(super) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn text(self, text: impl Into<Vec<u8>>, form: &str) -> Self {
        Self { body: text.into(), form: form.to_owned(), ..self }
    }

    pub(super) fn template(self) -> ResponseTemplate {
        let mut template = ResponseTemplate::new(self.status).set_body_raw(self.body, &self.form);
        template = template.insert_header("x-github-request-id", "ABCD:1234");
        for (name, value) in self.headers {
            template = template.insert_header(name, value);
        }
        self.delay.into_iter().fold(template, ResponseTemplate::set_delay)
    }
}

/// Answers as the state says, and as the fault laid out for it says.
pub(crate) fn answer(state: &mut State, request: &Request) -> ResponseTemplate {
    let question = Question::read(state, request);
    state.asked.push(question.label());
    let fault = state.faults.meet(&question.method, &question.path);
    if let Some(instead) = fault.as_ref().and_then(super::Fault::instead) {
        return instead.template();
    }
    let reply = act(state, &question);
    match fault {
        Some(fault) => fault.after(reply).template(),
        None => reply.template(),
    }
}

/// Whether the request finds the connection closed.
pub(super) fn is_torn(state: &State, request: &Request) -> bool {
    let question = Question::read(state, request);
    state.faults.tears(&question.method, &question.path)
}

/// Does what the question wants, if the fault says so, before the connection is closed.
pub(super) fn tear(state: &mut State, request: &Request) {
    let question = Question::read(state, request);
    state.asked.push(question.label());
    if state.faults.meet(&question.method, &question.path) == Some(super::Fault::TornAfter) {
        act(state, &question);
    }
}

/// Who asks, and whether they may.
fn allowed(state: &State, question: &Question, needs: Option<(&str, &str)>) -> Result<TokenFact, Reply> {
    let token = question.token.as_ref().and_then(|token| state.tokens.get(token));
    let token = token.ok_or_else(|| Reply::message(401, "Bad credentials"))?;
    match needs {
        Some((name, level)) if !token.may(name, level) => {
            // What somebody may not know of does not exist.
            let hidden = state.private && name == "contents";
            let forbidden = || Reply::message(403, "Resource not accessible by integration");
            Err(if hidden { Reply::not_found() } else { forbidden() })
        }
        _ => Ok(token.clone()),
    }
}

/// The permission that GitHub documents for a route.
fn needs<'q>(method: &str, parts: &[&'q str]) -> Option<(&'q str, &'q str)> {
    Some(match (method, parts) {
        ("POST", [.., "graphql"]) => return None,
        ("GET", ["issues" | "pulls", ..] | ["commits", _, "pulls"]) => ("pull-requests", "read"),
        (_, ["issues", ..]) => ("pull-requests", "write"),
        ("GET", ["check-runs", ..] | ["commits", _, "check-runs"]) => ("checks", "read"),
        (_, ["check-runs", ..]) => ("checks", "write"),
        ("GET", ["deployments", ..]) => ("deployments", "read"),
        (_, ["deployments", ..]) => ("deployments", "write"),
        ("GET", ["actions" | "environments", ..]) => ("actions", "read"),
        _ => ("contents", "read"),
    })
}

fn act(state: &mut State, question: &Question) -> Reply {
    let parts = question.parts.iter().map(String::as_str).collect::<Vec<_>>();
    let who = match allowed(state, question, needs(&question.method, &parts)) {
        Ok(who) => who,
        Err(refusal) => return refusal,
    };
    match (question.method.as_str(), parts.as_slice()) {
        ("GET", []) => reads::repository(state),
        ("GET", ["issues", number, "comments"]) => reads::comments(state, question, number),
        ("POST", ["issues", number, "comments"]) => writes::comment(state, question, &who, number),
        ("PATCH", ["issues", "comments", id]) => writes::edit_comment(state, question, &who, id),
        ("DELETE", ["issues", "comments", id]) => writes::delete_comment(state, &who, id),
        ("GET", ["commits", sha, "check-runs"]) => reads::checks(state, question, sha),
        ("GET", ["check-runs", id]) => reads::check(state, id),
        ("POST", ["check-runs"]) => writes::check(state, question),
        ("PATCH", ["check-runs", id]) => writes::edit_check(state, question, id),
        ("GET", ["deployments"]) => reads::deployments(state, question),
        ("POST", ["deployments"]) => writes::deployment(state, question, &who),
        ("GET", ["deployments", id]) => reads::deployment(state, id),
        ("GET", ["deployments", id, "statuses"]) => reads::statuses(state, question, id),
        ("POST", ["deployments", id, "statuses"]) => writes::status(state, question, &who, id),
        ("GET", ["pulls"]) => reads::pulls(state, question),
        ("GET", ["pulls", number]) => reads::pull(state, number),
        ("GET", ["commits", sha, "pulls"]) => reads::pulls_of_commit(state, question, sha),
        ("GET", ["compare", range]) => reads::compare(state, question, range),
        ("GET", ["git", "commits", sha]) => reads::commit(state, sha),
        ("GET", ["contents", path @ ..]) => reads::contents(state, question, &path.join("/")),
        ("GET", ["environments", name]) => reads::environment(state, name),
        ("GET", ["actions", "workflows", file, "runs"]) => reads::runs(state, question, file),
        ("GET", ["actions", "runs", id]) => reads::run(state, id),
        ("GET", ["actions", "runs", id, "artifacts"]) => storage::artifacts(state, question, id),
        ("GET", ["actions", "runs", id, "jobs"]) => storage::jobs(state, question, id),
        ("GET", ["actions", "artifacts", id, "zip"]) => storage::address(state, id),
        ("POST", [.., "graphql"]) => writes::graphql(state, question, &who),
        _ => unexpected(state, &question.label()),
    }
}

/// The test fails at its end; until then the code under test is told off as GitHub would.
pub(super) fn unexpected(state: &mut State, what: &str) -> Reply {
    state.unexpected.push(what.to_owned());
    Reply::message(404, &format!("the GitHub of the tests does not know: {what}"))
}
