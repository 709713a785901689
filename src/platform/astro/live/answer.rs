//! Astro's answers, and Airflow's and the storage's, sorted by what may be done about them.

use serde_json::Value;

use crate::platform::asking::{Miss, Refusal, Who, cut, stranger, wait};

/// Astro's API, as it is asked.
pub(super) static ASTRO: Who = Who {
    name: "Astro",
    refused: "astro-refused",
    limit: "astro-limit",
    unreachable: "astro-unreachable",
    failed: "astro-failed",
    help_key: "make a new token: Astro → the deployment → Access → API Tokens",
    help_limit: "Astro counts the requests of a token: let other jobs end, then start this run again",
    help_reach: "look at ASTRO_DOMAIN, proxies and CA certificates (SSL_CERT_FILE)",
    help_failed: "start this run again; if it stays so, look at https://status.astronomer.io",
    sort: |status, after, body| sort(status, after, body, "Astro"),
};

/// The Airflow of a deployment, as it is asked.
pub(super) static AIRFLOW: Who = Who {
    name: "Airflow",
    refused: "airflow-refused",
    limit: "airflow-limit",
    unreachable: "airflow-unreachable",
    failed: "airflow-failed",
    help_key: "give the token a role in the deployment",
    help_limit: "let other jobs end, then start this run again",
    help_reach: "look whether the deployment's Airflow can be opened",
    help_failed: "look whether the deployment's Airflow can be opened",
    sort: |status, after, body| sort(status, after, body, "Airflow"),
};

/// The storage that DAGs are put into, as it is asked.
pub(super) static STORAGE: Who = Who {
    name: "Astro's storage",
    refused: "upload-refused",
    limit: "upload-limit",
    unreachable: "upload-unreachable",
    failed: "upload-failed",
    help_key: "start this run again: the address of an upload is good for a while only",
    help_limit: "start this run again",
    help_reach: "let the runner reach the storage: the address that Astro gives is another host than its API",
    help_failed: "start this run again",
    sort: |status, after, body| match (status, azures(body)) {
        (400..=499, Some(code)) => Miss::Refused(Refusal { status, code, says: Vec::new(), named: None }),
        (_, Some(code)) => Miss::Doubtful(vec![format!("status {status}, `{code}`")]),
        (_, None) => sort(status, after, body, "Astro's storage"),
    },
};

/// The registry of images, as it is asked.
pub(super) static REGISTRY: Who = Who {
    name: "Astro's registry",
    refused: "registry-refused",
    limit: "registry-limit",
    unreachable: "registry-unreachable",
    failed: "registry-failed",
    help_key: "give the token a role that may deploy: Deployment Admin, or Workspace Operator",
    help_limit: "start this run again",
    help_reach: "let the runner reach the registry: the address that Astro gives is another host than its API",
    help_failed: "start this run again: what is there already is not sent twice",
    sort: |status, after, body| match (status, registry_refusal(body)) {
        (429, _) => Miss::Limited(wait(after, LIMIT)),
        (400..=499, Some((code, says))) => Miss::Refused(Refusal { status, code, says: vec![says], named: None }),
        (401 | 403, None) => Miss::Refused(Refusal { status, code: String::new(), says: Vec::new(), named: None }),
        (_, Some((code, says))) => Miss::Doubtful(vec![format!("status {status}, `{code}`"), says]),
        (_, None) => sort(status, after, body, "Astro's registry"),
    },
};

/// A registry says no as `{"errors": [{"code": "DENIED", "message": "…"}]}`.
fn registry_refusal(body: &[u8]) -> Option<(String, String)> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let error = answer.get("errors")?.get(0)?;
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(cut);
    Some((text("code")?, text("message").unwrap_or_default()))
}

/// Azure says no in XML: `<Error><Code>AuthenticationFailed</Code>…`.
fn azures(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Error><Code>")?;
    rest.split_once("</Code>").map(|(code, _)| cut(code))
}

/// How long a limit lasts where the server does not say it, in seconds.
const LIMIT: u64 = 2;

fn sort(status: u16, retry_after: Option<&str>, body: &[u8], name: &str) -> Miss {
    match (status, refusal(status, body)) {
        (429, _) => Miss::Limited(wait(retry_after, LIMIT)),
        (400..=499, Some(refusal)) => Miss::Refused(refusal),
        (_, Some(refusal)) => Miss::Doubtful(refusal.told()),
        (_, None) => Miss::Doubtful(vec![stranger(status, body, name)]),
    }
}

/// Astro's own form of a no is `{"message", "requestId", "statusCode", "fieldErrors"?}`; Airflow's is `{"title", "detail"}` in
/// version 2 and `{"detail"}` in version 3.
fn refusal(status: u16, body: &[u8]) -> Option<Refusal> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(cut);
    let said = text("message").or_else(|| text("detail")).or_else(|| text("title"));
    let detail = answer.get("detail").filter(|detail| detail.is_array() || detail.is_object());
    let said = said.or_else(|| detail.map(|detail| cut(&detail.to_string())))?;
    let fields = answer.get("fieldErrors").and_then(Value::as_array).into_iter().flatten().take(10).map(field);
    let request = text("requestId").map(|id| format!("Astro's id of the request: {id}"));
    Some(Refusal {
        status,
        code: String::new(),
        says: std::iter::once(said).chain(fields).chain(request).collect(),
        named: None,
    })
}

/// `description: too long`
fn field(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    cut(&format!("{}: {}", text("field"), text("message")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_by_what_may_be_done() {
        let fields = br#"{"message":"Invalid request","requestId":"r1","statusCode":400,"fieldErrors":[{"field":"git.repo","code":"required","message":"is required"}]}"#;
        let told = [
            (ASTRO.sort)(400, None, fields),
            (ASTRO.sort)(403, None, br#"{"message":"Insufficient permissions","requestId":"r2","statusCode":403}"#),
            (ASTRO.sort)(500, None, br#"{"message":"Internal server error","requestId":"r3","statusCode":500}"#),
            (ASTRO.sort)(429, Some("3"), b""),
            (ASTRO.sort)(502, None, b"<html>"),
            (AIRFLOW.sort)(404, None, br#"{"detail":"DAG not found","status":404,"title":"Not Found"}"#),
            (AIRFLOW.sort)(422, None, br#"{"detail":[{"loc":["query","limit"],"msg":"no"}]}"#),
            (STORAGE.sort)(403, None, b"<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code></Error>"),
            (STORAGE.sort)(503, None, b"<?xml version=\"1.0\"?><Error><Code>ServerBusy</Code></Error>"),
        ];
        let told: Vec<String> = told.iter().map(|miss| format!("{miss:?}")).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        Refused(Refusal { status: 400, code: "", says: ["Invalid request", "git.repo: is required", "Astro's id of the request: r1"], named: None })
        Refused(Refusal { status: 403, code: "", says: ["Insufficient permissions", "Astro's id of the request: r2"], named: None })
        Doubtful(["status 500", "Internal server error", "Astro's id of the request: r3"])
        Limited(3s)
        Doubtful(["status 502 with a page of HTML: this was not Astro, but something between"])
        Refused(Refusal { status: 404, code: "", says: ["DAG not found"], named: None })
        Refused(Refusal { status: 422, code: "", says: ["[{\"loc\":[\"query\",\"limit\"],\"msg\":\"no\"}]"], named: None })
        Refused(Refusal { status: 403, code: "AuthenticationFailed", says: [], named: None })
        Doubtful(["status 503, `ServerBusy`"])
        "#);
    }
}
