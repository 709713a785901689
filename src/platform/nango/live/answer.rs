//! Nango's answers, sorted by what may be done about them.

use serde_json::Value;

use crate::platform::asking::{Miss, Refusal, Who, cut, stranger, wait};

/// Nango, as it is asked.
pub(super) static NANGO: Who = Who {
    name: "Nango",
    refused: "nango-refused",
    limit: "nango-limit",
    unreachable: "nango-unreachable",
    failed: "nango-failed",
    help_key: "copy the key again: Nango → the environment → API Keys; a rotated key no longer counts",
    help_limit: "Nango counts the requests of a whole account: let other jobs end, then start this run again",
    help_reach: "look at NANGO_HOSTPORT, proxies and CA certificates (SSL_CERT_FILE)",
    help_failed: "start this run again; if it stays so, look at https://status.nango.dev",
    sort,
};

/// How long a limit lasts where Nango does not say it, in seconds.
const LIMIT: u64 = 6;

/// Sorts an answer that is no success.
fn sort(status: u16, retry_after: Option<&str>, body: &[u8]) -> Miss {
    match (status, refusal(status, body)) {
        (429, _) => Miss::Limited(wait(retry_after, LIMIT)),
        (409, Some(refusal)) if refusal.code == "concurrent_deployment" => Miss::Busy(refusal),
        (400..=499, Some(refusal)) => Miss::Refused(refusal),
        // A gateway in front may have a smaller limit than Nango, and says so in its own form.
        (413, None) => Miss::Refused(Refusal {
            status,
            code: "payload_too_large".to_owned(),
            says: vec![stranger(status, body, NANGO.name)],
            named: None,
        }),
        (_, Some(refusal)) => Miss::Doubtful(refusal.told()),
        (_, None) => Miss::Doubtful(vec![stranger(status, body, NANGO.name)]),
    }
}

/// Nango's own form of a no: `{"error": {"code", "message"?, "errors"?, "payload"?}}`.
fn refusal(status: u16, body: &[u8]) -> Option<Refusal> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let error = answer.get("error")?;
    let code = error.get("code").and_then(Value::as_str)?;
    let message = error.get("message").and_then(Value::as_str).map(cut);
    let details = error.get("errors").and_then(Value::as_array).into_iter().flatten().take(10).map(detail);
    let integration = error.get("payload").and_then(|payload| payload.get("providerConfigKey")).and_then(Value::as_str);
    Some(Refusal {
        status,
        code: cut(code),
        says: message.into_iter().chain(details).collect(),
        named: integration.map(cut),
    })
}

/// `flowConfigs.0.runs: Invalid input`
fn detail(error: &Value) -> String {
    let path = error.get("path").and_then(Value::as_array).into_iter().flatten();
    let path: Vec<String> = path.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
    let says = error.get("message").and_then(Value::as_str).unwrap_or("is not accepted");
    cut(&if path.is_empty() { says.to_owned() } else { format!("{}: {says}", path.join(".")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_by_what_may_be_done() {
        let busy = br#"{"error":{"code":"concurrent_deployment","message":"A deployment is already in progress."}}"#;
        let body = br#"{"error":{"code":"invalid_body","errors":[{"code":"x","message":"Invalid input","path":["flowConfigs","0","runs"]}]}}"#;
        let unknown =
            br#"{"error":{"code":"unknown_provider_config","message":"no","payload":{"providerConfigKey":"nope"}}}"#;
        let told = [
            sort(409, None, busy),
            sort(400, None, body),
            sort(400, None, unknown),
            sort(429, Some("6"), b"{}"),
            sort(429, Some("86400"), b""),
            sort(500, None, br#"{"error":{"code":"server_error"}}"#),
            sort(502, None, b"<html>Bad Gateway</html>"),
            sort(404, None, b"Cannot GET /x"),
            sort(200, None, b""),
        ];
        let told: Vec<String> = told.iter().map(|miss| format!("{miss:?}")).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        Busy(Refusal { status: 409, code: "concurrent_deployment", says: ["A deployment is already in progress."], named: None })
        Refused(Refusal { status: 400, code: "invalid_body", says: ["flowConfigs.0.runs: Invalid input"], named: None })
        Refused(Refusal { status: 400, code: "unknown_provider_config", says: ["no"], named: Some("nope") })
        Limited(6s)
        Limited(120s)
        Doubtful(["status 500, `server_error`"])
        Doubtful(["status 502 with a page of HTML: this was not Nango, but something between"])
        Doubtful(["status 404 with `Cannot GET /x`: this was not Nango, but something between"])
        Doubtful(["status 200 with an empty answer: this was not Nango, but something between"])
        "#);
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_sorted(status in 100_u16..600, body in ".{0,200}", after in "[0-9a-z -]{0,12}") {
            let told = sort(status, Some(&after), body.as_bytes()).problem("a question", &NANGO);
            proptest::prop_assert!(!told.code.is_empty());
        }
    }
}
