//! The whole story against a Nango: reviewed, pushed, promoted, destroyed with consent, rolled back, drifted.

use super::state::ALL;
use super::world::Place;
use crate::world::Ran;

#[test]
fn the_story_of_a_project_in_nango() {
    let place = Place::new();
    let prod = "dispatch --environment prod --allow-destructive";

    // A pull request shows both environments and changes neither.
    place.world.git(&["switch", "-q", "-c", "feature"]);
    place.add_sync("old-issues");
    let shown = place.simulate("pull-request").says(0, &["Adds 1, removes nothing", "github/old-issues"]);
    assert!(shown.stdout.contains("live"), "{}", shown.all());
    assert_eq!(place.nango.count("POST /sync/deploy"), 0);
    place.world.git(&["switch", "-q", "main"]);
    place.world.git(&["merge", "-q", "--no-ff", "-m", "Merge the feature", "feature"]);

    // Push: compiled once, sent once, read back.
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    let runs = |environment: &str| place.nango.running(environment);
    assert_eq!(
        runs("dev"),
        [
            "action github/close 1.0.0",
            "on-event github/welcome 0.0.1",
            "sync github/issues 1.0.0",
            "sync github/old-issues 1.0.0"
        ]
    );
    assert!(runs("prod").is_empty());
    let shown = place.simulate("push").says(0, &["already"]);
    assert_eq!(place.nango.count("POST /sync/deploy"), 1, "{}", shown.all());

    // Promoted: the very bytes.
    place.simulate(&format!("{prod} false")).says(0, &["1.0.0"]);
    assert_eq!(runs("prod"), runs("dev"));
    {
        let state = place.nango.state();
        assert_eq!(state.deploys[0], state.deploys[1]);
    }

    // A removal nobody named does not go through; named, it does.
    place.remove_sync("old-issues");
    place.simulate("push").says(4, &["destructive-without-consent", "github/old-issues", "--platform nango"]);
    let consent = "--allow-destructive true --consent github/old-issues";
    place.simulate(&format!("dispatch --environment dev {consent}")).says(0, &["2.0.0-dev.2"]);
    place.simulate(&format!("{prod} false")).says(4, &["destructive-without-consent", "3 connections"]);
    assert!(runs("prod").iter().any(|line| line.contains("old-issues")));
    place.simulate(&format!("dispatch --environment prod {consent}")).says(0, &["2.0.0", "github/old-issues"]);
    assert!(!runs("prod").iter().any(|line| line.contains("old-issues")));

    // Back to what was released before, through plan and gate.
    place.simulate(&format!("{prod} false --mode rollback --version 1.0.0")).says(0, &["1.0.0"]);
    assert!(runs("prod").iter().any(|line| line.contains("old-issues")));

    // Nothing drifted; then somebody does something by hand.
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    place.nango.environment("prod", |environment| {
        for function in &mut environment.functions {
            if function.name == "issues" {
                function.flow["runs"] = "every day".into();
            }
        }
    });
    place.simulate("schedule").says(0, &["What runs is not what was recorded", "github/issues"]);
}

#[test]
fn code_alone_is_seen_to_change() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.edit_code();
    let shown = place.simulate("push").says(0, &["dev.2"]);
    assert!(shown.stdout.contains("github/issues") && !shown.stdout.contains("github/close"), "{}", shown.all());
}

#[test]
fn code_that_somebody_else_deployed_is_drift() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.nango.environment("dev", |environment| {
        for function in &mut environment.functions {
            if function.name == "issues" {
                "2999-01-01T00:00:00.000Z".clone_into(&mut function.last_deployed);
            }
        }
    });
    place.simulate("schedule").says(0, &["What runs is not what was recorded", "not by airlock"]);
    // Deployed again it is ours again; switched off in the dashboard, nothing that a deploy changes differs.
    place.simulate("push").says(0, &["1.0.0-dev."]);
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    place.nango.environment("dev", |environment| environment.functions[0].enabled = false);
    place.simulate("schedule").says(0, &["What runs is not what was recorded: 1 difference", "switched off"]);
}

#[test]
fn keys_that_lead_to_the_wrong_place_are_found() {
    let place = Place::new();
    let (dev, prod) = place.keys();
    let one = [("NANGO_SECRET_KEY_DEV", dev), ("NANGO_SECRET_KEY_PROD", dev)];
    place.with(&one, "push").says(2, &["key-shared"]);
    let malformed = [("NANGO_SECRET_KEY_DEV", "nango_sk_1234"), ("NANGO_SECRET_KEY_PROD", prod)];
    place.with(&malformed, "push").says(2, &["key-malformed"]);
    let none: [(&str, &str); 0] = [];
    place.with(&none, "push").says(2, &["key-missing"]);
    assert!(place.nango.running("dev").is_empty());
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    // Without a key nothing is claimed of what runs.
    place.with(&none, "schedule").says(0, &["what runs is not known"]);
}

#[test]
fn a_key_that_leads_to_another_environment_is_found_by_what_is_there() {
    let place = Place::new();
    let (dev, _) = place.keys();
    // Another key of the very same environment: no comparison of the keys could tell.
    let other = place.nango.key("dev", &ALL);
    let mixed = [("NANGO_SECRET_KEY_DEV", dev), ("NANGO_SECRET_KEY_PROD", other.as_str())];
    place.with(&mixed, "push").says(0, &["1.0.0-dev.1"]);
    place.with(&mixed, "pull-request --base HEAD").says(0, &["two names for one place"]);
    // In a run of its own it is known by the newest release of the other.
    let alone = [("NANGO_SECRET_KEY", other.as_str())];
    let prod = "dispatch --environment prod --allow-destructive false";
    place.with(&alone, prod).says(4, &["warning-unresolved", "two names for one place"]);
    assert_eq!(place.nango.count("POST /sync/deploy"), 1);
}

/// The key that Nango's own documentation advises for CI.
#[test]
fn a_key_that_may_only_deploy_works_from_the_record_and_claims_no_more() {
    let place = Place::new();
    let deploys = place.nango.key("dev", &["environment:deploy"]);
    let only = [("NANGO_SECRET_KEY_DEV", deploys.as_str())];
    // Nango says what it took; that it runs as it was sent could not be read.
    place.with(&only, "push").says(5, &["not confirmed", "3 functions", "environment:integrations:list_functions"]);
    assert_eq!(place.nango.running("dev").len(), 3);
    place.add_sync("more");
    place.edit_code();
    let shown = place.with(&only, "pull-request --base HEAD~2").says(0, &["release 1.0.0-dev.1", "code only"]);
    assert!(shown.stdout.contains("github/more") && !shown.stdout.contains("github/close"), "{}", shown.all());
    place.with(&only, "push").says(5, &["+1", "not confirmed"]);
    assert!(place.nango.running("dev").iter().any(|line| line.contains("github/more")));
    // What would go, and for how many connections, is told by the confirmation.
    place.remove_sync("more");
    let refused = place.with(&only, "push").says(4, &["destructive-without-consent", "github/more", "1 connection"]);
    assert!(!refused.stdout.contains("basis-unreadable"), "{}", refused.all());
    let consent = "dispatch --environment dev --allow-destructive true --consent github/more";
    place.with(&only, consent).says(5, &["not confirmed"]);
    assert!(!place.nango.running("dev").iter().any(|line| line.contains("github/more")));
    // Nothing is promoted that was not confirmed.
    let (_, prod) = place.keys();
    let both = [("NANGO_SECRET_KEY_DEV", deploys.as_str()), ("NANGO_SECRET_KEY_PROD", prod)];
    place.with(&both, "dispatch --environment prod --allow-destructive false").says(4, &["not-promoted"]);
    // One more scope, and it is confirmed.
    let reads = place.nango.key("dev", &["environment:deploy", "environment:integrations:list_functions"]);
    place.edit_code();
    place.with(&[("NANGO_SECRET_KEY_DEV", reads.as_str())], "push").says(0, &["dev now runs", "Read back"]);
}

#[test]
fn what_does_not_compile_is_not_deployed() {
    let place = Place::new();
    place.world.replace("github/actions/close.ts", "exec: async", "/* : BROKEN */ exec: async");
    place.world.commit("Break a type");
    place.simulate("push").says(3, &["github/actions/close.ts:3:7", "not assignable"]);
    assert_eq!(place.nango.count("POST /sync/deploy"), 0);
}

#[test]
fn a_part_is_deployed_by_name_and_the_rest_stays_as_it_is() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.add_sync("more");
    place.world.replace("github/actions/close.ts", "description: 'Close'", "description: 'Close an issue'");
    place.edit_code();
    let dev = "dispatch --environment dev --allow-destructive false";
    // What is not declared is no part, and what has no deploy of its own neither.
    place.simulate(&format!("{dev} --only gitlab")).says(2, &["only-unknown", "there are: github"]);
    place
        .simulate(&format!("{dev} --only github/welcome"))
        .says(2, &["only-unknown", "cannot be deployed without the rest"]);
    assert!(place.simulate(&format!("{dev} --only github/*")).all().contains("not one name"));
    let shown = place.simulate(&format!("{dev} --only github/more")).says(0, &["sync:github/more of 1.0.0-dev.2"]);
    assert!(!shown.stdout.contains("github/close"), "{}", shown.all());
    let planned = place.simulate(&format!("{dev} --only github --mode plan")).says(0, &["only a part"]);
    assert!(planned.stdout.contains("github/close"), "{}", planned.all());
    let running = place.nango.running("dev");
    assert!(running.contains(&"sync github/more 1.0.0".to_owned()), "{running:?}");
    // A part is no release of the whole: it is not promoted, and the rest is still seen to wait.
    let prod = "dispatch --environment prod --allow-destructive false";
    place.simulate(prod).says(0, &["prod now runs 1.0.0"]);
    assert!(!place.nango.running("prod").iter().any(|line| line.contains("github/more")));
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    let shown = place.simulate("pull-request --base HEAD~1").says(0, &["github/close", "github/issues"]);
    assert!(!shown.stdout.contains("github/more"), "{}", shown.all());
    // What the part removes must be named like anything else.
    place.remove_sync("more");
    place
        .simulate(&format!("{dev} --only github"))
        .says(4, &["destructive-without-consent", "github/more", "--only github"]);
    let consent = "dispatch --environment dev --allow-destructive true --consent github/more --only github";
    place.simulate(consent).says(0, &["github of"]);
    let running = place.nango.running("dev");
    assert!(running.iter().any(|line| line.contains("on-event github/welcome")), "{running:?}");
    assert!(!running.iter().any(|line| line.contains("github/more")), "{running:?}");
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    place.simulate("push").says(0, &["dev now runs 2.0.0-dev."]);
    place.simulate("dispatch --environment dev --mode rollback --only github").says(2, &["only-unusable"]);
    // Embedded environments take a project whole.
    let mut command = place.world.command();
    command.args(["simulate", "dispatch", "--environment", "dev", "--allow-destructive", "false", "--only", "github"]);
    Ran::from(command.output().unwrap()).says(2, &["only-unsupported"]);
}

/// The commit that dev runs goes through every environment with the very bytes, and back.
#[test]
fn one_artefact_goes_through_three_environments_and_back() {
    let place = Place::new();
    let three = "[[environment]]\nname = \"dev\"\nbranch = \"main\"\n\n[[environment]]\nname = \"staging\"\nafter = \"dev\"\n\n\
                 [[environment]]\nname = \"prod\"\nafter = \"staging\"\nproduction = true\n";
    place.world.write("airlock.toml", three);
    place.world.commit("Add staging");
    place.nango.integration("staging", "github", "github", 2);
    let staging = place.nango.key("staging", &ALL);
    let (dev, prod) = place.keys();
    let keys = [
        ("NANGO_SECRET_KEY_DEV", dev),
        ("NANGO_SECRET_KEY_STAGING", staging.as_str()),
        ("NANGO_SECRET_KEY_PROD", prod),
    ];
    let play = |words: &str| place.with(&keys, words);
    play("push").says(0, &["1.0.0-dev.1"]);
    play("dispatch --environment prod --allow-destructive false").says(4, &["not-promoted"]);
    play("dispatch --environment staging --allow-destructive false").says(0, &["staging now runs 1.0.0"]);
    play("dispatch --environment prod --allow-destructive false").says(0, &["prod now runs 1.0.0"]);
    let sent = place.nango.state().deploys.clone();
    assert!(sent.len() == 3 && sent.iter().all(|body| *body == sent[0]), "{} deploys", sent.len());
    let artefacts = |environment: &str| {
        let mut command = place.world.command();
        command.args(["history", "--platform", "nango", "--environment", environment, "--json"]);
        let told = crate::world::Ran::from(command.output().unwrap());
        told.stdout
            .lines()
            .filter(|line| line.contains("\"artefact\""))
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((artefacts("dev").len(), artefacts("dev")), (1, artefacts("prod")));
    // Onwards by one, and back: rebuilt from the recorded commit, through plan and gate.
    place.add_sync("more");
    play("push").says(0, &["1.1.0-dev.2"]);
    play("dispatch --environment staging --allow-destructive false").says(0, &["staging now runs 1.1.0"]);
    play("dispatch --environment prod --allow-destructive false").says(0, &["prod now runs 1.1.0"]);
    let back = "dispatch --environment prod --mode rollback --allow-destructive";
    play(&format!("{back} false")).says(4, &["destructive-without-consent", "github/more"]);
    play(&format!("{back} true --consent github/more")).says(0, &["prod runs 1.0.0 again"]);
    assert_eq!(place.nango.state().deploys.last(), sent.last(), "the very bytes of the release");
    assert_eq!(artefacts("prod").first(), artefacts("prod").last());
}

/// Nango's own CLI asks about none of these.
#[test]
fn what_the_cli_removes_without_a_word_is_asked_about() {
    let place = Place::new();
    place.nango.environment("dev", |environment| environment.integrations[0].connections = 0);
    place.add_sync("more");
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    // A model of a sync that stays, without a connection that has records of it.
    place.world.write("github/syncs/issues.ts", &crate::world::sync("Ticket"));
    place.world.commit("Rename a model");
    place.simulate("push").says(4, &["destructive-without-consent", "github/issues#Issue"]);
    place.world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    for (path, id) in [
        ("github/actions/close.ts", "github/close"),
        ("github/on-events/welcome.ts", "github/welcome"),
        ("github/syncs/more.ts", "github/more"),
    ] {
        let index = std::fs::read_to_string(place.world.path("index.ts")).unwrap();
        let line = format!("import './{}.js';\n", path.trim_end_matches(".ts"));
        place.world.write("index.ts", &index.replace(&line, ""));
        place.world.remove(path);
        place.world.commit("Remove something");
        place.simulate("push").says(4, &["destructive-without-consent", id]);
        place.world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    }
    assert_eq!(place.nango.count("POST /sync/deploy"), 1);
}

#[test]
fn what_was_changed_in_the_dashboard_is_drift() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    let change = |change: &dyn Fn(&mut super::state::Function)| {
        place.nango.environment("dev", |environment| {
            environment.functions.iter_mut().filter(|each| each.name == "issues").for_each(change);
        });
    };
    change(&|issues| "standalone".clone_into(&mut issues.source));
    place.simulate("schedule").says(0, &["What runs is not what was recorded: 1 difference", "standalone"]);
    place.simulate("pull-request --base HEAD").says(0, &["ownership taken", "standalone"]);
    change(&|issues| {
        "repo".clone_into(&mut issues.source);
        "9.9.9".clone_into(&mut issues.version);
    });
    place.simulate("schedule").says(0, &["What runs is not what was recorded: 1 difference", "9.9.9"]);
    let plan = "dispatch --environment dev --mode plan";
    place.simulate(plan).says(0, &["9.9.9", "1.0.0"]);
    change(&|issues| {
        "1.0.0".clone_into(&mut issues.version);
        issues.enabled = false;
    });
    place.simulate("pull-request --base HEAD").says(0, &["drift", "is switched off there"]);
    // A script that somebody removed.
    change(&|issues| issues.enabled = true);
    place.nango.environment("dev", |environment| environment.scripts.clear());
    place.simulate("schedule").says(0, &["What runs is not what was recorded: 1 difference", "github/welcome"]);
    place.simulate(plan).says(0, &["github/welcome"]);
}

#[test]
fn a_key_that_leads_elsewhere_than_the_last_release_is_found() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.nango.integration("elsewhere", "github", "github", 0);
    let elsewhere = place.nango.key("elsewhere", &ALL);
    place.edit_code();
    let swapped = [("NANGO_SECRET_KEY_DEV", elsewhere.as_str())];
    place.with(&swapped, "push").says(4, &["warning-unresolved", "leads elsewhere than release 1.0.0-dev.1"]);
    assert!(place.nango.running("elsewhere").is_empty());
}

/// Neither key is another's copy, and each leads to where the other belongs.
#[test]
fn keys_that_were_swapped_crosswise_are_found() {
    let place = Place::new();
    let (dev, prod) = place.keys();
    let prod_run = "dispatch --environment prod --allow-destructive false";
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    // Production was never released, and its key leads to where dev's release is.
    place.with(&[("NANGO_SECRET_KEY_PROD", dev)], prod_run).says(4, &["warning-unresolved", "leads to where dev is"]);
    place.simulate(prod_run).says(0, &["prod now runs 1.0.0"]);
    let crosswise = [("NANGO_SECRET_KEY_DEV", prod), ("NANGO_SECRET_KEY_PROD", dev)];
    place.edit_code();
    place.with(&crosswise, "push").says(4, &["leads to where prod is", "leads elsewhere than release 1.0.0-dev.1"]);
    place.with(&crosswise, prod_run).says(4, &["leads to where dev is", "leads elsewhere than release 1.0.0 went"]);
    assert_eq!(place.nango.count("POST /sync/deploy"), 2);
    // Other integrations come, and the oldest goes: the same place all the same.
    place.nango.integration("dev", "gitlab", "gitlab", 0);
    place.simulate("push").says(0, &["1.0.0-dev."]);
    place.nango.environment("dev", |environment| environment.integrations.remove(0));
    place.nango.integration("dev", "github", "github", 1);
    place.edit_code_to("async () => { return undefined; }");
    place.simulate("push").says(0, &["dev now runs"]);
}

/// What runs is adopted, and from then on another place is known before anything is deployed.
#[test]
fn a_place_is_known_from_its_adoption_on() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    std::fs::remove_dir_all(place.world.path(".airlock/+nango")).unwrap();
    place.simulate("dispatch --environment dev --mode adopt").says(0, &["is recorded as 1.0.0-dev.1, as it runs"]);
    let prod = [("NANGO_SECRET_KEY_DEV", place.keys().1)];
    place.edit_code();
    place.with(&prod, "push").says(4, &["warning-unresolved", "leads elsewhere than release"]);
    place.simulate("push").says(0, &["dev now runs"]);
}

/// Keys that may read the functions, and not the integrations, are told apart by the rows that a deploy writes.
#[test]
fn keys_with_few_scopes_are_compared_by_what_they_see() {
    let place = Place::new();
    let key =
        |environment: &str, more: &[&str]| place.nango.key(environment, &[&["environment:deploy"], more].concat());
    let functions = ["environment:integrations:list_functions"];
    let (dev, wrong, right) = (key("dev", &functions), key("dev", &functions), key("prod", &functions));
    place.with(&[("NANGO_SECRET_KEY_DEV", &dev)], "push").says(0, &["1.0.0-dev.1"]);
    let prod = "dispatch --environment prod --allow-destructive false";
    place.with(&[("NANGO_SECRET_KEY_PROD", &wrong)], prod).says(4, &["leads to where dev is"]);
    place.with(&[("NANGO_SECRET_KEY_PROD", &right)], prod).says(0, &["prod now runs 1.0.0"]);
    // A key that may only deploy sees names and numbers: that two look alike is said, and stops nothing.
    place.nango.environment("prod", |environment| environment.integrations[0].connections = 1);
    let both = [("NANGO_SECRET_KEY_DEV", key("dev", &[])), ("NANGO_SECRET_KEY_PROD", key("prod", &[]))];
    let both = both.each_ref().map(|(name, key)| (*name, key.as_str()));
    place
        .with(&both, "pull-request --base HEAD")
        .says(0, &["sees the very functions and connections that", "environment:integrations:list"]);
}

/// Nango's CLI says which environment is missing, and exits 0.
#[test]
fn a_run_that_does_not_say_where_to_deploys_nothing() {
    let place = Place::new();
    let ran = place.simulate("dispatch --allow-destructive false").says(0, &["Adds 3, removes nothing"]);
    assert!(ran.stderr.contains("the dispatch names no environment: plans only"), "{}", ran.all());
    let ran = place.simulate("dispatch --environment staging --allow-destructive false");
    assert_ne!(ran.code, 0, "{}", ran.all());
    assert_eq!(place.nango.count("POST /sync/deploy"), 0);
}

/// Nango tells nothing of functions of `createFunction` but their names, and whether they are what is sent.
#[test]
fn functions_of_the_newer_kind_come_change_and_go() {
    let place = Place::new();
    place.world.write(".gitignore", "build/\n.nango/*.json\n.airlock/\ncompiled.log\n");
    place.only_functions(&[("fetch", "return 1;"), ("push", "return 2;")]);
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.simulate("push").says(0, &["already"]);
    place.simulate("dispatch --environment prod --allow-destructive false").says(0, &["prod now runs 1.0.0"]);
    place.only_functions(&[("fetch", "return 3;"), ("push", "return 2;")]);
    let shown = place.simulate("push").says(0, &["dev.2", "github/fetch"]);
    assert!(!shown.stdout.contains("github/push"), "{}", shown.all());
    assert_eq!(place.nango.running("dev"), ["function github/fetch", "function github/push"]);
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    place.only_functions(&[("fetch", "return 3;")]);
    place.simulate("push").says(4, &["destructive-without-consent", "github/push"]);
    let consent = "dispatch --environment dev --allow-destructive true --consent github/push";
    place.simulate(consent).says(0, &["2.0.0-dev."]);
    assert_eq!(place.nango.running("dev"), ["function github/fetch"]);
    // What somebody else deployed is no part of the record, and is seen by its name.
    let theirs = place.nango.environment("prod", |environment| environment.bundled[1].clone());
    place.nango.environment("dev", |environment| environment.bundled.push(theirs));
    place.simulate("schedule").says(0, &["What runs is not what was recorded", "github/push"]);
}

/// Where no release says how they are declared, nothing is guessed.
#[test]
fn functions_of_the_newer_kind_that_run_already_are_adopted() {
    let place = Place::new();
    place.world.write(".gitignore", "build/\n.nango/*.json\n.airlock/\ncompiled.log\n");
    place.only_functions(&[("fetch", "return 1;")]);
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    let running = place.nango.environment("dev", |environment| environment.bundled.clone());
    place.nango.environment("prod", |environment| environment.bundled = running);
    let prod = "dispatch --environment prod --allow-destructive false";
    place.simulate(prod).says(4, &["basis-unreadable", "mode: adopt"]);
    place.simulate("dispatch --environment prod --mode adopt").says(0, &["prod is recorded as 1.0.0"]);
    place.only_functions(&[("fetch", "return 2;")]);
    place.simulate("push").says(0, &["dev now runs"]);
    place.simulate(prod).says(0, &["prod now runs"]);
}
