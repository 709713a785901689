//! What came back for one request, sorted by what may be done about it.

use std::time::Duration;

use serde_json::Value;

use crate::problem::{Fault, Problem};

/// The longest text of the server that is passed on, in characters.
const LONGEST: usize = 400;

/// The server's no, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// Its code: `unknown_provider_config`.
    pub(super) code: String,
    /// Its message, and what it says of single fields.
    pub(super) says: Vec<String>,
    /// The integration that it names.
    pub(super) integration: Option<String>,
}

/// Why there is no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    /// It said no, and nothing happened.
    Refused(Refusal),
    /// Another deploy is running.
    Busy(Refusal),
    /// Too many requests; how long it wants us to wait.
    Limited(Duration),
    /// It was never reached.
    NotSent(Vec<String>),
    /// It may have been done or not: a torn connection, a time limit, a failing server, an answer from somebody else.
    Doubtful(Vec<String>),
    /// The run was cancelled, or its time was over.
    Ended(Problem),
}

/// Sorts an answer that is no success.
pub(super) fn sort(status: u16, retry_after: Option<&str>, body: &[u8]) -> Miss {
    match (status, refusal(status, body)) {
        (429, _) => Miss::Limited(wait(retry_after)),
        (409, Some(refusal)) if refusal.code == "concurrent_deployment" => Miss::Busy(refusal),
        (400..=499, Some(refusal)) => Miss::Refused(refusal),
        // A gateway in front may have a smaller limit than Nango, and says so in its own form.
        (413, None) => Miss::Refused(Refusal {
            status,
            code: "payload_too_large".to_owned(),
            says: vec![stranger(status, body)],
            integration: None,
        }),
        (_, Some(refusal)) => Miss::Doubtful(refusal.told()),
        (_, None) => Miss::Doubtful(vec![stranger(status, body)]),
    }
}

/// How long a limit lasts: what the server says, at most two minutes; six seconds where it says nothing.
fn wait(retry_after: Option<&str>) -> Duration {
    let seconds = retry_after.and_then(|text| text.trim().parse().ok()).unwrap_or(6);
    Duration::from_secs(seconds).min(Duration::from_mins(2))
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
        integration: integration.map(cut),
    })
}

/// `flowConfigs.0.runs: Invalid input`
fn detail(error: &Value) -> String {
    let path = error.get("path").and_then(Value::as_array).into_iter().flatten();
    let path: Vec<String> = path.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
    let says = error.get("message").and_then(Value::as_str).unwrap_or("is not accepted");
    cut(&if path.is_empty() { says.to_owned() } else { format!("{}: {says}", path.join(".")) })
}

/// An answer that Nango did not write: a proxy's page, an empty body.
pub(super) fn stranger(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(2_000)]);
    let what = match text.trim() {
        "" => "an empty answer".to_owned(),
        text if text.starts_with('<') => "a page of HTML".to_owned(),
        text => format!("`{}`", cut(&text.chars().take(80).collect::<String>())),
    };
    format!("status {status} with {what}: this was not Nango, but something between")
}

/// Foreign text, short and on one line.
pub(super) fn cut(text: &str) -> String {
    let plain = crate::console::plain(text).replace(['\n', '\t'], " ");
    let mut cut: String = plain.chars().take(LONGEST).collect();
    if plain.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

impl Refusal {
    /// As causes.
    pub(super) fn told(&self) -> Vec<String> {
        let code = format!("status {}, `{}`", self.status, self.code);
        std::iter::once(code).chain(self.says.iter().cloned()).collect()
    }
}

impl Miss {
    /// As a problem: what was asked, and why there is no answer.
    pub(super) fn problem(self, asked: &str) -> Problem {
        let of = |code, text: String, causes: Vec<String>| {
            causes.into_iter().fold(Problem::new(code, Fault::Platform, text), Problem::cause)
        };
        match self {
            Self::Ended(problem) => problem,
            Self::Refused(refusal) if refusal.status == 401 => {
                of("key-refused", "Nango does not take the key".to_owned(), refusal.told())
                    .help("copy the key again: Nango → the environment → API Keys; a rotated key no longer counts")
            }
            Self::Refused(refusal) => of("nango-refused", format!("Nango refused {asked}"), refusal.told()),
            Self::Busy(refusal) => {
                of("deployment-in-progress", "another deploy is running in Nango".to_owned(), refusal.told())
                    .help("wait for it to end, then start this run again")
            }
            Self::Limited(_) => {
                of("nango-limit", format!("Nango takes no more requests now, {asked} was not answered"), Vec::new())
                    .help("Nango counts the requests of a whole account: let other jobs end, then start this run again")
            }
            Self::NotSent(why) => of("nango-unreachable", format!("Nango cannot be reached for {asked}"), why)
                .help("look at NANGO_HOSTPORT, proxies and CA certificates (SSL_CERT_FILE)"),
            Self::Doubtful(why) => of("nango-failed", format!("no usable answer of Nango to {asked}"), why)
                .help("start this run again; if it stays so, look at https://status.nango.dev"),
        }
    }
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
        Busy(Refusal { status: 409, code: "concurrent_deployment", says: ["A deployment is already in progress."], integration: None })
        Refused(Refusal { status: 400, code: "invalid_body", says: ["flowConfigs.0.runs: Invalid input"], integration: None })
        Refused(Refusal { status: 400, code: "unknown_provider_config", says: ["no"], integration: Some("nope") })
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
            let told = sort(status, Some(&after), body.as_bytes()).problem("a question");
            proptest::prop_assert!(!told.code.is_empty());
        }
    }
}
