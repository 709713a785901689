//! Pushes to the first environment of Paragon, by a stand-in for its CLI.

use std::os::unix::fs::PermissionsExt as _;

use crate::paragon::{CLI_KEY, Live};
use crate::world::Ran;

const TASKS: &str = "src/integrations/salesforce/workflows/Sync new tasks.ts";

/// Pushes what the folder declares with the key that lies in HOME, as the CLI would; it sees no key in a variable.
const PUSH: &str = r#"#!/usr/bin/env python3
# npx --yes @useparagon/cli@1.1.15 push
import json, os, pathlib, re, urllib.request
assert not any(name.startswith("PARAGON") for name in os.environ), "a key in a variable"
home, link = pathlib.Path.home() / ".paragon", json.load(open(".para/project.json"))
profile = link.get("profile", "default")
host = json.load(open(home / "profiles.json"))[profile]["services"]["zeus"]
token = json.load(open(home / "credentials.json"))[profile]["token"]
found = {folder.name: [] for folder in pathlib.Path("src/integrations").iterdir()}
for path in pathlib.Path("src/integrations").glob("*/workflows/*.ts"):
    ids = re.findall(r"readonly id: string = '([^']+)'", path.read_text())
    found[path.parts[2]] += [] if path.name.startswith("~") else ids
body = json.dumps({"project": link["projectId"], "integrations": found}).encode()
#BEFORE
urllib.request.urlopen(urllib.request.Request(host + "/push", body, {"Authorization": "Bearer " + token}, method="POST"))
print("Pushed", len(found), "integrations")
#AFTER
"#;

/// The example, pushed by the stand-in.
fn pushed(deploy: &str) -> Live {
    let live = Live::new();
    let table = format!("install-command = \"none\"\n\n[project.command]\ndeploy = {deploy}\n");
    live.world.replace("airlock.toml", "install-command = \"none\"\n", &table);
    live.world.write(".para/project.json", r#"{"projectId": "development", "profile": "acme"}"#);
    live.world.write("tools/push", PUSH);
    std::fs::set_permissions(live.world.path("tools/push"), std::fs::Permissions::from_mode(0o755)).unwrap();
    live.world.commit("Push to development");
    live
}

fn run(live: &Live, words: &str) -> Ran {
    let mut command = live.keyed(words);
    command.env("PARAGON_CLI_KEY_DEVELOPMENT", CLI_KEY);
    command.env("PARAGON_ZEUS_URL", live.url()).env("PARAGON_DASHBOARD_URL", live.url());
    command.output().unwrap().into()
}

/// The stand-in, bent, and what becomes of a change that it should push.
fn bent(live: &Live, old: &str, new: &str) {
    live.world.replace("tools/push", old, new);
    live.world.commit("Bend the CLI");
}

#[test]
fn a_push_that_connect_shows_is_a_deploy_and_the_environments_after_it_are_prepared() {
    let live = pushed(r#"["./tools/push"]"#);
    let first = run(&live, "push");
    let first =
        first.says(0, &["development now runs 1.0.0-development.1", "Read back", "hands PARAGON_CLI_KEY to a command"]);
    assert!(!first.all().contains(CLI_KEY), "{}", first.all());
    assert_eq!(live.told("development"), ["1.0.0-development.1 deploy success"]);
    run(&live, "push").says(0, &["already"]);
    run(&live, "dispatch --environment staging").says(0, &["is prepared, and released by hand"]);

    // What changes behind a name is not read, so it is never called live; a command of one's own may say so.
    live.world.replace(TASKS, "defaultEnabled: boolean = true", "defaultEnabled: boolean = false");
    live.world.commit("Start less");
    run(&live, "push").says(5, &["Paragon tells names alone", "verify"]);
    live.world.replace(
        "airlock.toml",
        "deploy = [\"./tools/push\"]",
        "deploy = [\"./tools/push\"]\nverify = [\"true\"]",
    );
    live.world.commit("Say it ourselves");
    run(&live, "push").says(0, &["development now runs"]);
}

#[test]
fn a_push_that_says_no_is_never_green_whatever_it_ends_with() {
    let live = pushed(r#"["./tools/push"]"#);
    let cases = [
        ("#BEFORE", "print('Warning: this branch is not linked to a project'); raise SystemExit(0)", "not linked"),
        ("#BEFORE", "print('{\"projectId\": null, \"commitId\": null}'); raise SystemExit(0)", "null"),
        ("#BEFORE", "raise SystemExit(0)", "what is live is not what was sent"),
        ("#BEFORE", "raise SystemExit(3)", "ended with 3"),
        ("#AFTER", "print('Error: 2 of 3 workflows were refused')", "Error: 2 of 3"),
    ];
    for (place, line, says) in cases {
        bent(&live, place, &format!("{place}\n{line}"));
        run(&live, "push").says(5, &[says]);
        assert!(!live.told("development").iter().any(|release| release.ends_with("success")), "{line}");
        bent(&live, &format!("{place}\n{line}"), place);
    }
}

#[test]
fn what_a_push_must_have_is_told_before_anything_is_sent() {
    let live = pushed(r#"["npx", "--yes", "@useparagon/cli@latest", "push"]"#);
    live.keyed("push").output().map(Ran::from).unwrap().says(2, &["key-missing", "PARAGON_CLI_KEY"]);
    run(&live, "push").says(2, &["cli-not-pinned", "@useparagon/cli@latest"]);
    live.world.replace(".para/project.json", "development", "production");
    live.world.commit("Push somewhere else");
    run(&live, "push").says(4, &["project-differs", ".para/project.json"]);
    assert!(!live.told("development").iter().any(|release| release.ends_with("success")));
    // A pull request reads what is there without the key that pushes.
    live.keyed("pull-request").output().map(Ran::from).unwrap().says(0, &[]);
}
