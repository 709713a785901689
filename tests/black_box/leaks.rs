//! Secrets that stand in what others wrote come out of no sink, in no spelling.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::action::run;
use crate::hub::Hub;

/// A token, a platform's key and a password with everything that an encoding changes.
const SECRETS: [(&str, &str); 3] = [
    ("ACTIONS_RUNTIME_TOKEN", "runtime-s3cr3t-0d9f"),
    ("NANGO_SECRET_KEY_DEV", "5a1f0c7e-dead-4bee-8f00-0d9f3c1b2a44"),
    ("REGISTRY_PASSWORD", "p@ss/w+rd \"q\" \\b %&=<0d9f>"),
];

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// A secret as it is, in base64 (also behind a user's name), in an address, in JSON.
fn spellings(secret: &str) -> Vec<String> {
    let quoted = json!(secret).to_string();
    vec![
        secret.to_owned(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        percent(secret),
        quoted.trim_matches('"').to_owned(),
    ]
}

/// One text with every spelling of every secret.
fn poison() -> String {
    let all: Vec<String> = SECRETS.iter().flat_map(|(_, secret)| spellings(secret)).collect();
    format!("begin {} {} end", all.join(" | "), STANDARD.encode(format!("x-access-token:{}", SECRETS[0].1)))
}

fn assert_clean(sink: &str, text: &str) {
    let told: String = text.lines().filter(|line| !line.starts_with("::add-mask::")).collect::<Vec<_>>().join("\n");
    for (name, secret) in SECRETS {
        for spelling in spellings(secret) {
            assert!(!told.contains(&spelling), "{name} as `{spelling}` is in {sink}:\n{told}");
            // What is written as JSON or HTML has the same secret in another dress.
            let dressed = json!(spelling).to_string();
            assert!(!told.contains(dressed.trim_matches('"')), "{name} as `{dressed}` is in {sink}:\n{told}");
        }
    }
}

/// Every file below the runner's and the project's own folders.
fn assert_files_are_clean(hub: &Hub) {
    for name in ["summary.md", "output.txt", "airlock-report.json"] {
        assert_clean(name, &hub.action.file(name));
    }
    for environment in ["dev", "prod"] {
        let file = hub.action.world.path(&format!(".airlock/{environment}/history.jsonl"));
        assert_clean("the record", &std::fs::read_to_string(file).unwrap_or_default());
    }
}

/// A project whose every text is poisoned, and a GitHub whose every text is.
async fn poisoned() -> Hub {
    let hub = Hub::new().await;
    let (world, text) = (&hub.action.world, poison());
    let literal = json!(text).to_string();
    world.replace("github/syncs/labels.ts", "description: ", &format!("description: {literal} + "));
    world.write(
        "small.test.js",
        &format!("import test from 'node:test';\nconsole.log({literal});\nconsole.error({literal});\ntest({literal}, () => {{}});\n"),
    );
    world.commit(&text);
    let mut facts = hub.facts.lock().unwrap();
    facts.head = world.git(&["rev-parse", "HEAD"]);
    facts.title.clone_from(&text);
    facts.page = format!("?token={}", percent(SECRETS[0].1));
    drop(facts);
    hub
}

/// What the suite printed is in the log, and none of it is a secret: raw, in base64, for an address, for JSON.
fn assert_suite_is_heard(log: &str) {
    let heard: Vec<&str> = log.lines().filter(|line| line.contains("begin ") && line.contains(" end")).collect();
    // Once to each of the two streams, and once as the test's name.
    assert!(heard.len() >= 3, "{heard:#?}\n{log}");
    assert!(heard.iter().all(|line| line.matches("***").count() >= SECRETS.len() * 4), "{heard:#?}");
}

fn with_secrets(command: &mut std::process::Command) -> &mut std::process::Command {
    command.envs(SECRETS)
}

#[tokio::test]
async fn no_spelling_of_a_secret_leaves_a_pull_requests_run() {
    let hub = poisoned().await;
    let ran = run(with_secrets(&mut hub.command()));
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert_clean("the log", &ran.all());
    assert_suite_is_heard(&ran.all());
    assert_files_are_clean(&hub);
    let facts = hub.facts.lock().unwrap();
    assert!(!facts.comments.is_empty() && !facts.checks.is_empty());
    assert_clean(
        "the comment",
        &Value::from(facts.comments.iter().map(|told| told["body"].clone()).collect::<Vec<_>>()).to_string(),
    );
    assert_clean("the check run", &json!(facts.checks).to_string());
}

#[tokio::test]
async fn no_spelling_of_a_secret_leaves_a_failed_run() {
    let hub = poisoned().await;
    let text = json!(poison()).to_string();
    hub.action.world.write(
        "small.test.js",
        &format!("import test from 'node:test';\ntest({text}, () => {{ throw new Error({text}); }});\n"),
    );
    hub.action.world.commit("Fail");
    hub.facts.lock().unwrap().head = hub.action.world.git(&["rev-parse", "HEAD"]);
    hub.facts.lock().unwrap().refuses = Some(poison());
    let ran = run(with_secrets(&mut hub.command()));
    assert_eq!(ran.code, 3, "{}", ran.all());
    assert_clean("the log", &ran.all());
    assert_files_are_clean(&hub);
    assert_clean("the check run", &json!(hub.facts.lock().unwrap().checks).to_string());
}

#[tokio::test]
async fn no_spelling_of_a_secret_leaves_a_deploy() {
    let hub = poisoned().await;
    hub.action.world.git(&["switch", "-q", "main"]);
    run(with_secrets(&mut hub.pushed())).says(0, &[]);
    hub.action.world.git(&["merge", "-q", "--ff-only", "change"]);
    let ran = run(with_secrets(&mut hub.pushed()));
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert_clean("the log", &ran.all());
    assert_files_are_clean(&hub);
    assert_clean("the check runs", &json!(hub.facts.lock().unwrap().checks).to_string());
}
