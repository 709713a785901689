//! Which of an Airflow's objects hold secrets, by Airflow's own rule.

use serde_json::Value;

/// What Airflow masks by name (`DEFAULT_SENSITIVE_FIELDS` of its secrets masker, version 3.1; earlier versions know fewer).
const FIELDS: [&str; 16] = [
    "access_key",
    "access_token",
    "api_key",
    "apikey",
    "authorization",
    "connection_string",
    "keyfile_dict",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "proxies",
    "proxy",
    "secret",
    "service_account",
    "token",
];
/// What is a secret as often, and shown by Airflow.
const MORE: [&str; 2] = ["credential", "webhook"];

/// What Airflow shows in place of a secret.
const MASK: &str = "***";

/// Whether a name says that a secret stands behind it.
fn is_secret_name(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    FIELDS.iter().chain(&MORE).any(|field| name.contains(field))
}

/// Whether Airflow has put its mask in the place of a value.
pub(super) fn is_masked(value: &str) -> bool {
    value.contains(MASK)
}

/// Whether a variable is not to be copied: by its name, by a mask in its value, or by a name inside a value that is JSON.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name)
        || is_masked(value)
        || serde_json::from_str::<Value>(value).is_ok_and(|value| holds_secret(&value))
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| is_secret_name(name) || holds_secret(value)),
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_names_and_masks() {
        for (name, value, is) in [
            ("region", "eu-west-1", false),
            ("batch_size", "500", false),
            ("limits", r#"{"rows": 10, "names": ["a"]}"#, false),
            ("SLACK_TOKEN", "x", true),
            ("my_Password_old", "x", true),
            ("db", r#"{"host": "h", "auth": [{"Password": "x"}]}"#, true),
            ("db", r#"{"host": "h", "key": "***"}"#, true),
            ("region", "***", true),
            ("slack_webhook", "https://hooks", true),
            ("http_proxy", "http://u:p@h", true),
            ("", "", false),
        ] {
            assert_eq!(is_secret(name, value), is, "{name} = {value}");
        }
    }
}
