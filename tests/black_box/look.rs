//! The commands that only look: `plan`, `inspect`, `history`, `schema`.

use crate::world::World;

#[test]
fn a_plan_compares_the_working_tree_with_a_commit() {
    let world = World::small();
    world.add_sync("old");
    world.airlock("plan --base HEAD").says(0, &["No changes"]);
    world.git(&["mv", "github/syncs/old.ts", "github/syncs/new.ts"]);
    world.replace("index.ts", "old.js", "new.js");
    // A renamed file is another sync: what belongs to the old name is lost, and nothing of it is hidden.
    world.airlock("plan --base HEAD").says(0, &["Removes 1, adds 1", "sync github/old", "sync github/new"]);
    world.airlock("plan --base HEAD~1").says(0, &["Adds 1, removes nothing"]);
    world.airlock("plan --base main --markdown").says(0, &["### ", "reads like a new name of"]);
    let plan = world.airlock("plan --base HEAD --json").says(0, &[]).json();
    assert_eq!(plan["destructive"][0]["id"], "github/old");
    assert_eq!(plan["basis"]["from"], "commit");
}

#[test]
fn a_project_that_the_base_lacks_is_all_new() {
    let world = World::small();
    let first = world.git(&["rev-parse", "HEAD"]);
    for name in ["index.ts", "package.json", ".nango/.gitkeep", "github/syncs/issues.ts"] {
        let text = world.git(&["show", &format!("HEAD:{name}")]);
        world.write(&format!("deep/{name}"), &format!("{text}\n"));
        world.remove(name);
    }
    world.commit("Move the project");
    world.airlock(&format!("plan deep --base {first}")).says(0, &["Adds 1, removes nothing"]);
    world.airlock("plan --base HEAD").says(0, &["No changes"]);
}

#[test]
fn a_plan_compares_with_a_printed_manifest() {
    let world = World::small();
    let manifest = world.airlock("inspect --json").says(0, &[]);
    let other = World::nothing();
    other.write("manifest.json", &manifest.stdout);
    let base = format!("plan --base {}", other.path("manifest.json").display());
    world.airlock(&base).says(0, &["No changes"]);
    world.replace("github/syncs/issues.ts", "every hour", "every 5m");
    world.airlock(&base).says(0, &["Changes 1", "every 1 h → every 5 min"]);
    other.write("manifest.json", "{\"resources\": 7}");
    world.airlock(&base).complains(2, &["base-unreadable", "inspect --json"]);
}

#[test]
fn a_base_that_is_nothing_is_an_error() {
    let world = World::small();
    world.airlock("plan --base nowhere").complains(2, &["unknown-revision", "nowhere", "help:"]);
    world.airlock("plan --base HEAD~5").complains(2, &["unknown-revision"]);
    world.airlock("plan --base=--output=x").complains(2, &["bad-revision"]);
    world.airlock("plan").complains(2, &["--base"]);
    world.airlock("plan --base /dev/zero").complains(2, &["unknown-revision"]);
    std::fs::write(world.path("bytes"), b"\xff\xfe").unwrap();
    world.airlock("plan --base bytes").complains(2, &["base-unreadable", "bytes"]);
}

#[test]
fn inspect_prints_json_and_nothing_else() {
    let world = World::small();
    let shown = world.airlock("inspect --json").says(0, &[]);
    assert_eq!(shown.stderr, "");
    let shown = shown.json();
    assert_eq!((&shown["schema"], &shown["platform"]), (&1.into(), &"nango".into()));
    let keys: Vec<&String> = shown["resources"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["kind", "id", "attributes", "fingerprint", "place"]);
    assert_eq!(shown["resources"][0]["id"], "github/issues");
    assert_eq!(shown["resources"][0]["attributes"]["runs"], "every hour");
    let place = &shown["resources"][0]["place"];
    assert_eq!((&place["path"], &place["line"]), (&"github/syncs/issues.ts".into(), &4.into()));
    for finding in shown["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().is_some();
        assert!(text("code") && text("message") && text("help") && finding["severity"] != "error", "{finding}");
    }
}

#[test]
fn an_error_finding_ends_inspect_with_3_and_is_json_all_the_same() {
    let world = World::small();
    world.write("github/syncs/issues.ts", "export default createSync({\n");
    let shown = world.airlock("inspect --json").says(3, &[]).json();
    let findings = shown["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["severity"] == "error").unwrap();
    assert_eq!(finding["place"]["path"], "github/syncs/issues.ts");
    assert!(finding["place"]["line"].is_number() && finding["message"].is_string(), "{finding}");
    world.airlock("inspect").says(3, &["error["]);
}

#[test]
fn history_lists_what_was_released_and_where() {
    let world = World::small();
    world.airlock("history").says(0, &["nothing has been released here yet"]);
    assert_eq!(world.airlock("history --json").says(0, &[]).json(), serde_json::json!([]));
    world.play("push").says(0, &[]);
    world.play("dispatch --environment prod --allow-destructive false").says(0, &[]);
    world.airlock("history").says(0, &["prod  1.0.0", "dev   1.0.0-dev.1", "ana", "success"]);
    let one = world.airlock("history --environment prod --json").says(0, &[]).json();
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    assert_eq!(one[0]["lane"]["environment"], "prod");
}

#[test]
fn every_schema_is_json() {
    let world = World::nothing();
    for kind in ["plan", "manifest", "config", "record", "report"] {
        let schema = world.airlock(&format!("schema {kind}")).says(0, &[]).json();
        assert!(schema["$schema"].as_str().is_some_and(|schema| schema.contains("json-schema.org")), "{kind}");
    }
    world.airlock("schema nothing").complains(2, &["config", "report"]);
}

#[test]
fn help_and_version_end_well_and_a_wrong_word_does_not() {
    let world = World::nothing();
    world.airlock("--help").says(0, &["simulate", "inspect", "plan", "history", "schema"]);
    world.airlock("--version").says(0, &["airlock"]);
    world.airlock("simulate --help").says(0, &["--allow-destructive", "--consent"]);
    world.airlock("deploy").complains(2, &["deploy"]);
    world.airlock("simulate push --alow-destructive true").complains(2, &["--allow-destructive"]);
    let nothing = world.command().output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
}

/// A reader that went away wanted no more of it; a disk that is full is another matter.
#[test]
fn a_result_that_could_not_be_written_is_no_success() {
    let world = World::small();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ran = world.command().args(["inspect", "--json"]).stdout(full()).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("sink-unwritable"));
    // What cannot be said beside the result takes nothing from it.
    let ran = world.command().args(["simulate", "push", "--json"]).stderr(full()).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(report["verdict"]["word"], "deployed");
}
