//! Three jobs for the careful: one checks and compiles without keys, and those that have a key execute nothing. What they
//! take over is what GitHub vouches for, or nothing is deployed.

mod world;

use crate::whole::hub::Fault;
use serde_json::{Value, json};
use world::{Hub, Upload};

/// One thing that is not as it should be.
type Bend<'a> = &'a dyn Fn(&mut Upload);

/// One thing in the file that is another.
type Rewrite<'a> = &'a dyn Fn(&mut Value);

#[test]
fn the_jobs_with_keys_execute_nothing_and_deploy_what_was_handed_over() {
    let hub = Hub::new();
    hub.begin(42, "push");
    let checked = hub.check(42, &hub.pushed());
    checked.says(0, &["nango compile"]);
    let digest = hub.upload(42, |_| {});
    assert_eq!(hub.output("hand-over-digest"), digest);

    let deployed = hub.never(42, "dev", &hub.pushed(), &digest);
    deployed.says(0, &["taken over: artifact airlock, checked and compiled by the job check"]);
    assert!(hub.summary().contains("1.0.0-dev.1") && hub.output("decision") == "deployed", "{}", hub.summary());
    hub.end(42);

    // The tip moves on; what dev runs is promoted, compiled again from that very commit.
    let promoted = hub.head();
    hub.commit("Say more");
    hub.begin(43, "workflow_dispatch");
    let dispatch = hub.dispatched(&json!({ "environment": "prod", "allow-destructive": "false" }));
    hub.check(43, &dispatch).says(0, &["nango compile"]);
    let digest = hub.upload(43, |upload| upload.job = "Check and compile".into());
    hub.never(43, "prod", &dispatch, &digest).says(0, &[]);
    assert_eq!((hub.output("decision").as_str(), hub.output("version").as_str()), ("deployed", "1.0.0"));
    assert_eq!(hub.place.nango.running("prod"), hub.place.nango.running("dev"));
    let record = hub.recorded().pop().unwrap()["record"].take();
    assert_eq!(record["commit"], promoted.as_str(), "{record:#}");
    // Tested before dev got it; the same commit is not tested twice.
    assert_eq!(record["tested"], json!({ "where": "elsewhere", "by": ["check"] }));
    {
        let state = hub.place.nango.state();
        assert_eq!(state.deploys[0], state.deploys[1], "the very bytes");
    }
}

#[test]
fn what_github_does_not_vouch_for_is_refused_with_the_reason() {
    let hub = Hub::new();
    hub.begin(42, "push");
    hub.check(42, &hub.pushed()).says(0, &[]);
    let handed: Value = serde_json::from_slice(&hub.handed()).unwrap();
    let rewritten = |bend: &dyn Fn(&mut Value)| {
        let mut value = handed.clone();
        bend(&mut value);
        world::packed(value.to_string().as_bytes())
    };
    let other = "b".repeat(40);
    let table: [(&str, Bend<'_>, &str); 19] = [
        ("name", &|upload| upload.name = "other".into(), "this run has no artifact `airlock`"),
        ("expired", &|upload| upload.expired = true, "GitHub has deleted the artifact"),
        ("size", &|upload| upload.size = 1 << 30, "has more than 96 MiB"),
        ("run", &|upload| upload.run = 41, "another run than 42 uploaded it"),
        ("commit", &|upload| upload.sha = other.clone(), "it was uploaded for another commit than"),
        ("fork", &|upload| upload.head_repository = 2, "it was uploaded by a run of a fork"),
        ("nobody", &|upload| upload.is_told = false, "GitHub does not say which run uploaded it"),
        ("no digest", &|upload| upload.digest = None, "GitHub has no digest of it"),
        ("swapped in the storage", &|upload| upload.bytes = world::packed(b"{}"), "and what it sent has sha256:"),
        ("no archive", &|upload| upload.holds(b"not a zip file".to_vec()), "can be unpacked from it"),
        ("another file", &|upload| upload.holds(world::packed_as("x.json", b"{}")), "can be unpacked from it"),
        ("rubbish", &|upload| upload.holds(world::packed(b"[1")), "the job told sha256:"),
        (
            "planted code, vouched for by whoever uploads",
            &|upload| {
                upload.holds(rewritten(&|value| {
                    let files = value["projects"][0]["built"]["files"].as_object_mut().unwrap();
                    files.insert("build/github_syncs_issues.cjs".into(), json!("cGxhbnRlZA=="));
                }));
            },
            "the job told sha256:",
        ),
        ("the job failed", &|upload| upload.conclusion = json!("failure"), "the job `check` failed"),
        ("the job was cancelled", &|upload| upload.conclusion = json!("cancelled"), "the job `check` was cancelled"),
        ("the job is at work", &|upload| upload.conclusion = Value::Null, "the job `check` has not ended"),
        ("a job after it", &|upload| upload.created += 1000, "while the job `check` was not at work"),
        ("a job before it", &|upload| upload.created -= 1000, "while the job `check` was not at work"),
        (
            "a job of another name that was at work then",
            &|upload| {
                upload.job = "Build it".into();
                upload.conclusion = json!("failure");
            },
            "the job `Build it` failed",
        ),
    ];
    for (name, bend, says) in table {
        hub.upload(42, bend);
        let digest = airlock::names::Digest::of(&hub.handed());
        let ran = hub.never(42, "dev", &hub.pushed(), digest.as_str());
        let told = hub.report();
        assert_eq!(ran.code, 4, "{name}: {}", ran.all());
        assert!(told.contains("artefact-mismatch") && told.contains(says), "{name}: `{says}` is missing:\n{told}");
        assert_eq!(hub.output("decision"), "refused", "{name}");
    }
    assert_eq!(hub.place.nango.count("POST /sync/deploy"), 0);
    assert!(hub.recorded().is_empty());
}

#[test]
fn what_does_not_fit_the_run_or_the_source_is_refused_though_github_vouches_for_it() {
    let hub = Hub::new();
    hub.begin(42, "push");
    hub.check(42, &hub.pushed()).says(0, &[]);
    let handed: Value = serde_json::from_slice(&hub.handed()).unwrap();
    let issues = "build/github_syncs_issues.cjs";
    let table: [(&str, Rewrite<'_>, &str); 8] = [
        ("form", &|value| value["schema"] = json!(9), "it has the form 9"),
        ("repository", &|value| value["by"]["repository"] = json!("mallory/shop"), "it was made in mallory/shop"),
        ("run", &|value| value["by"]["run"] = json!(41), "it was made by the run 41"),
        ("job", &|value| value["by"]["job"] = json!("dev"), "it was made by this very job"),
        ("commit", &|value| value["projects"][0]["commit"] = json!("c".repeat(40)), "it is of ccccccc"),
        ("project", &|value| value["projects"][0]["project"] = json!("other"), "nothing of the project"),
        (
            "bytes",
            &|value| value["projects"][0]["built"]["files"][issues] = json!("cGxhbnRlZA=="),
            "its files have the digest",
        ),
        (
            "source",
            &|value| {
                let print = format!("sha256:{}", "0".repeat(64));
                value["projects"][0]["built"]["manifest"]["resources"][0]["fingerprint"] = json!(print);
            },
            "was compiled from another source",
        ),
    ];
    for (name, bend, says) in table {
        let mut value = handed.clone();
        bend(&mut value);
        let text = value.to_string();
        hub.upload(42, |upload| upload.holds(world::packed(text.as_bytes())));
        // Without a digest from the job GitHub's word for the archive is all there is.
        let ran = hub.never(42, "dev", &hub.pushed(), "");
        let told = hub.report();
        assert_eq!(ran.code, 4, "{name}: {}", ran.all());
        assert!(told.contains("artefact-mismatch") && told.contains(says), "{name}: `{says}` is missing:\n{told}");
    }
    assert_eq!(hub.place.nango.count("POST /sync/deploy"), 0);
}

#[test]
fn what_cannot_be_read_is_refused_with_the_permission_it_needs() {
    let hub = Hub::new();
    hub.begin(42, "push");
    hub.check(42, &hub.pushed()).says(0, &[]);
    let digest = hub.upload(42, |_| {});
    hub.forbid("actions");
    let ran = hub.never(42, "dev", &hub.pushed(), &digest);
    assert_eq!(ran.code, 4, "{}", ran.all());
    let told = hub.report();
    assert!(told.contains("artefact-unread") && told.contains("actions: read"), "{told}");
    assert_eq!(hub.place.nango.count("POST /sync/deploy"), 0);
}

#[test]
fn without_anything_handed_over_a_job_that_executes_nothing_deploys_nothing_that_needs_a_compiler() {
    let hub = Hub::new();
    hub.begin(42, "push");
    let mut job = hub.job(42, "dev", &hub.pushed());
    let ran = crate::action::run(job.env("INPUT_EXECUTE", "never").env("NANGO_SECRET_KEY_DEV", hub.place.keys().0));
    assert_eq!(ran.code, 3, "{}", ran.all());
    let told = hub.report();
    assert!(told.contains("not-compiled") && told.contains("hand-over: true"), "{told}");
    assert_eq!(hub.place.nango.count("POST /sync/deploy"), 0);
}

#[test]
fn checks_that_fail_hand_nothing_over() {
    let hub = Hub::new();
    hub.place.world.write("small.test.js", "import test from 'node:test';\ntest('breaks', () => { throw 1; });\n");
    hub.commit("Break a test");
    hub.begin(42, "push");
    let ran = hub.check(42, &hub.pushed());
    assert_eq!(ran.code, 3, "{}", ran.all());
    assert_eq!(hub.output("hand-over-path"), "");
    assert!(!hub.place.world.path("airlock-hand-over.json").exists());
    assert!(hub.summary().contains("nothing is handed over"), "{}", hub.summary());
}

#[test]
fn a_key_of_production_in_the_job_that_checks_is_told() {
    let hub = Hub::new();
    hub.begin(42, "workflow_dispatch");
    let dispatch = hub.dispatched(&json!({ "environment": "prod", "allow-destructive": "false" }));
    for name in ["NANGO_SECRET_KEY_PROD", "NANGO_SECRET_KEY"] {
        let mut job = hub.job(42, "check", &dispatch);
        crate::action::run(job.env("INPUT_HAND-OVER", "true").env(name, hub.place.keys().1)).says(0, &[]);
        let told = hub.report();
        assert!(told.contains("production-key-exposed") || told.contains(&format!("`{name}` is in a run")), "{told}");
    }
}

#[test]
fn a_fault_of_github_in_between_is_waited_for_or_told() {
    let hub = Hub::new();
    hub.begin(42, "push");
    hub.check(42, &hub.pushed()).says(0, &[]);
    let digest = hub.upload(42, |_| {});
    hub.fault("GET", "/actions/runs/42", Fault::Status(502));
    hub.never(42, "dev", &hub.pushed(), &digest).says(0, &[]);
}
