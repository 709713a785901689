//! A fork's pull request through both halves: its own run leaves its counts, and the default branch's run comments.

use std::io::{Cursor, Write as _};

use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::action::run;
use crate::hub::{Hub, relayed};

#[tokio::test]
async fn what_a_forks_own_run_counts_is_in_the_comment_as_its_claim() {
    let hub = Hub::new().await;
    let world = &hub.action.world;
    let side = |name: &str, home: &str| json!({ "sha": world.git(&["rev-parse", name]), "ref": name, "repo": { "full_name": home } });
    let mallory = json!({ "login": "mallory", "type": "User" });
    let payload = json!({
        "action": "opened", "number": 7,
        "pull_request": {
            "number": 7, "state": "open", "title": "Change", "draft": false, "merged": false, "user": mallory,
            "head": side("change", "mallory/shop"), "base": side("main", "acme/shop"),
        },
        "repository": { "full_name": "acme/shop", "default_branch": "main" }, "sender": mallory,
    });
    let ran = run(hub.action.command("pull_request", &payload).env("GITHUB_REF", "refs/pull/7/merge"));
    assert_eq!(ran.code, 0, "{}", ran.all());
    let output = hub.action.file("output.txt");
    assert!(output.contains("\nairlock-tests.json\n"), "{output}");
    let claim = hub.action.file("airlock-tests.json");
    assert!(claim.contains(r#""tests":{"passed":1,"failed":0,"skipped":0}"#), "{claim}");

    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("airlock-tests.json", SimpleFileOptions::default()).unwrap();
    archive.write_all(claim.as_bytes()).unwrap();
    hub.facts.lock().unwrap().archive = Some(archive.finish().unwrap().into_inner());
    let ran = relayed(&hub, "mallory/shop", false);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let facts = hub.facts.lock().unwrap();
    let body = facts.comments[0]["body"].as_str().unwrap();
    assert!(body.contains("github/labels"), "{body}");
    assert!(body.contains("claims 1 passed, 0 failed, 0 skipped tests; nothing of it is checked here"), "{body}");
}
