//! The rules whose facts come from GitHub: who asks, which commit runs, who holds the environment, what was reviewed.

use serde_json::{Value, json};

use super::hub::state::RunFact;
use super::world::{Event, Place};

const FLAGGED: &str = "allow-destructive";

/// Two releases of dev: without `labels`, and with it.
fn released() -> Place {
    let place = Place::new();
    place.run(&place.pushed()).says(0, &["1.0.0-dev.1"]);
    place.code.add_sync("labels");
    place.run(&place.pushed()).says(0, &["1.0.0-dev.2"]);
    place
}

/// A branch that leaves `labels` out, as a pull request that was looked at, and merged in this way.
fn remove_reviewed(place: &Place, how: &str) {
    place.git(&["switch", "-q", "-c", "cleanup"]);
    place.code.remove_sync("labels");
    place.open(8, "cleanup");
    place.run(&place.pulled(8, "cleanup", "opened")).says(0, &["Removes 1"]);
    place.merge(8, "cleanup", how);
}

fn again(place: &Place, run: u64, event: Event) -> super::world::Told {
    place.run(&Event { of: Some((run, 2)), again_by: Some("ben".to_owned()), ..event })
}

fn merged_by(how: &str) {
    let place = released();
    remove_reviewed(&place, how);
    let told = place.run(&place.pushed()).says(0, &["removals shown and merged with", "8"]);
    assert!(!place.code.nango.running("dev").iter().any(|line| line.contains("labels")), "{}", told.summary);
    let state = place.hub.state();
    let record = &state.deployments.last().unwrap().payload["record"];
    assert_eq!(record["consent"], json!({ "by": "reviewed", "pulls": ["#8"] }));
}

#[test]
fn a_reviewed_removal_goes_through_by_a_merge_commit() {
    merged_by("merge");
}

#[test]
fn a_reviewed_removal_goes_through_squashed() {
    merged_by("squash");
}

#[test]
fn a_reviewed_removal_goes_through_rebased() {
    merged_by("rebase");
}

#[test]
fn the_merge_queue_checks_and_what_it_merged_counts_as_reviewed() {
    let place = released();
    place.git(&["switch", "-q", "-c", "cleanup"]);
    place.code.remove_sync("labels");
    place.open(8, "cleanup");
    place.run(&place.pulled(8, "cleanup", "opened")).says(0, &["Removes 1"]);
    // The queue's own branch has the merge; a run of it has no key, writes nothing and deploys nothing.
    let before = place.code.nango.count("POST /sync/deploy");
    let told = place.run(&place.queued(8, "cleanup")).says(0, &["Removes 1"]);
    assert!(told.asked.iter().all(|asked| asked.starts_with("GET")), "{:#?}", told.asked);
    assert_eq!(place.code.nango.count("POST /sync/deploy"), before);
    place.merge(8, "cleanup", "merge");
    place.run(&place.pushed()).says(0, &["removals shown and merged with"]);
}

#[test]
fn more_commits_than_are_looked_up_are_said_and_refused() {
    let place = released();
    remove_reviewed(&place, "rebase");
    // The newest sixty came by no pull request: GitHub is asked of fifty, and the one that names the removal is older.
    for number in 0..60 {
        place.git(&["commit", "-q", "--allow-empty", "-m", &format!("Step {number}")]);
    }
    // It is none of the hundred that were touched last either.
    place.hub.state().pulls.iter_mut().for_each(|pull| pull.merge_commit = None);
    let told = place.run(&place.pushed());
    let told = told.says(4, &["destructive-without-consent", "11 of 61 commits came was not looked up"]);
    assert!(told.asked.len() <= 90, "{}", told.asked.len());
}

#[test]
fn many_commits_cost_no_request_each_where_github_tells_of_them_at_once() {
    let place = released();
    remove_reviewed(&place, "merge");
    for number in 0..45 {
        place.git(&["commit", "-q", "--allow-empty", "-m", &format!("Step {number}")]);
    }
    place.run(&place.pushed()).says(0, &["removals shown and merged with"]);
}

#[test]
fn a_check_run_that_showed_another_removal_takes_the_review_away() {
    let place = released();
    remove_reviewed(&place, "merge");
    for check in &mut place.hub.state().checks {
        check.text = Some("<!-- airlock:check v1 removes=1:0123456789ab -->".to_owned());
    }
    place.run(&place.pushed()).says(4, &["destructive-without-consent", "more than Airlock's check run showed"]);
}

#[test]
fn what_a_review_named_does_not_count_for_what_somebody_deployed_again_since() {
    for again in [&["labels"][..], &["issues", "labels"], &["issues"]] {
        let place = released();
        remove_reviewed(&place, "merge");
        place.code.nango.environment("dev", |environment| {
            let functions = environment.functions.iter_mut().filter(|function| again.contains(&function.name.as_str()));
            functions.for_each(|function| "2999-01-01T00:00:00.000Z".clone_into(&mut function.last_deployed));
        });
        if again.contains(&"labels") {
            let told = place.run(&place.pushed()).says(4, &["destructive-without-consent"]);
            let plain = told.summary.replace("\\#&#8203;", "#");
            assert!(plain.contains("what #8 removes was deployed there again since the newest release"), "{plain}");
            assert!(place.code.nango.running("dev").iter().any(|line| line.contains("labels")), "{again:?}");
            // A person may name it anew.
            let inputs = json!({ "environment": "dev", FLAGGED: "true", "consent": "github/labels" });
            place.run(&place.dispatched(&inputs)).says(0, &["named by **ana**"]);
        } else {
            place.run(&place.pushed()).says(0, &["removals shown and merged with"]);
        }
    }
}

#[test]
fn an_older_commit_is_no_step_forward() {
    let place = released();
    let old = place.git(&["rev-parse", "HEAD~1"]);
    place.git(&["reset", "-q", "--hard", &old]);
    // A push that lost the race has nothing left to do; a dispatch of it is refused.
    place.run(&place.pushed()).says(0, &["which is newer: nothing left to do"]);
    let inputs = json!({ "environment": "dev", FLAGGED: "true", "consent": "github/labels" });
    place.run(&place.dispatched(&inputs)).says(4, &["older-than-live", "rollback"]);
}

#[test]
fn a_bot_promotes_nothing_unless_the_policy_names_it() {
    let place = released();
    let prod = json!({ "environment": "prod", FLAGGED: "false" });
    let by_bot = |place: &Place| Event { actor: "ship-it[bot]".to_owned(), ..place.dispatched(&prod) };
    place.run(&by_bot(&place)).says(4, &["not-a-person", "ship-it"]);
    place.code.world.write("airlock.toml", "dispatch-by = [\"ship-it[bot]\"]\n");
    place.code.world.commit("Let it ship");
    place.run(&place.pushed()).says(0, &[]);
    place.run(&by_bot(&place)).says(0, &["prod now runs"]);
}

#[test]
fn a_flag_of_an_earlier_attempt_is_none() {
    let place = released();
    place.code.remove_sync("labels");
    let inputs = json!({ "environment": "dev", FLAGGED: "true" });
    let told = place.run(&place.dispatched(&inputs)).says(4, &["destructive-without-consent"]);
    again(&place, told.run, place.dispatched(&inputs)).says(4, &["rerun-needs-dispatch"]);
    // Named, it counts in the second attempt too, and both people are recorded.
    let named = json!({ "environment": "dev", FLAGGED: "true", "consent": "github/labels" });
    again(&place, told.run, place.dispatched(&named)).says(0, &["removals named by **ana**"]);
    let state = place.hub.state();
    let origin = &state.deployments.last().unwrap().payload["record"]["origin"];
    assert_eq!((&origin["actor"], &origin["triggering_actor"]), (&json!("ana"), &json!("ben")));
    assert_eq!((&origin["run"], &origin["attempt"]), (&json!(told.run), &json!(2)));
}

#[test]
fn an_environment_that_another_run_holds_is_waited_for_and_left_alone() {
    let place = Place::new();
    place.code.world.write(
        "airlock.toml",
        "[[environment]]\nname = \"dev\"\nwait = \"1s\"\n[[environment]]\nname = \"prod\"\nproduction = true\n",
    );
    place.code.world.commit("Wait a second");
    place.run(&place.pushed()).says(0, &[]);
    place.age("dev", 1);
    let run = {
        let mut state = place.hub.state();
        let newest = state.deployments.last_mut().unwrap();
        newest.statuses.truncate(2);
        let id = newest.payload["record"]["origin"]["run"].as_u64().unwrap();
        let run: &mut RunFact = state.runs.iter_mut().find(|run| run.id == id).unwrap();
        (run.status, run.conclusion) = ("in_progress".to_owned(), None);
        id
    };
    place.code.add_sync("labels");
    place.run(&place.pushed()).says(4, &["deployment-in-progress", &format!("/actions/runs/{run}")]);
    assert!(!place.code.nango.running("dev").iter().any(|line| line.contains("labels")));
    // It ended without a word: its record is stale, taken over, and said so.
    place.hub.end_run(run, "failure");
    let told = place.run(&place.pushed()).says(0, &["labels"]);
    assert!(told.ran.all().contains("closed as abandoned"), "{}", told.ran.all());
}

#[test]
fn a_release_that_is_deleted_with_all_that_named_it_is_missed() {
    let place = released();
    // The newest record goes; nobody has deployed since, so no other names it. Its check run does.
    let gone = place.hub.state().deployments.pop().unwrap().id;
    place.code.add_sync("others");
    let told = place.run(&place.pushed());
    told.says(4, &["basis-unreadable", &format!("release {gone} of nango in dev was deleted"), "check run"]);
}

#[test]
fn a_renamed_workflow_keeps_its_history() {
    let place = released();
    for run in &mut place.hub.state().runs {
        ".github/workflows/integrations.yml".clone_into(&mut run.path);
    }
    place.code.add_sync("others");
    // Another file beside ours is no earlier name of it.
    place.run(&place.pushed()).says(4, &["basis-unreadable", "releases are made by"]);
    let renamed = (".github/workflows/integrations.yml".to_owned(), ".github/workflows/airlock.yml".to_owned());
    place.hub.state().renamed.push(renamed);
    place.run(&place.pushed()).says(0, &["before: `1.0.0-dev.2`"]);
}

#[test]
fn the_page_of_the_environment_and_githubs_own_record_are_linked() {
    let place = Place::new();
    place.code.world.write(
        "airlock.toml",
        "[[environment]]\nname = \"dev\"\nurl = \"https://app.nango.dev/dev\"\n[[environment]]\nname = \"prod\"\nproduction = true\n",
    );
    place.code.world.commit("Say where it is");
    let job = place.opens_record_for_its_job("Dev");
    let told = place.run(&place.pushed()).says(0, &[&format!("GitHub opened record {job}"), "/job/1"]);
    assert!(told.outputs.contains("https://github.com/acme/shop/deployments/dev"), "{}", told.outputs);
    let state = place.hub.state();
    let ours = state.deployments.iter().find(|made| made.task.starts_with("airlock")).unwrap();
    let pages: Vec<&str> = ours.statuses.iter().map(|status| status.environment_url.as_str()).collect();
    assert_eq!(pages, ["", "https://app.nango.dev/dev", "https://app.nango.dev/dev"]);
    assert_eq!(state.deployments.iter().find(|made| made.id == job).unwrap().statuses.len(), 1);
}

#[test]
fn what_github_keeps_is_listed_at_a_desk() {
    let place = released();
    let listed = place.listed(&[]);
    assert_eq!(listed.code, 0, "{}", listed.all());
    let releases: Value = serde_json::from_str(&listed.stdout).unwrap();
    let versions: Vec<&str> = releases.as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.0.0-dev.2", "1.0.0-dev.1"]);
    // A record that is not what it claims to be is told, and ends the listing.
    place.hub.state().deployments.last_mut().unwrap().payload["record"]["origin"]["actor"] = json!("mallory");
    let listed = place.listed(&[]);
    assert!(listed.code != 0 && listed.all().contains("history-untrusted"), "{}", listed.all());
    // What is kept here is asked for by its platform.
    assert_eq!(place.listed(&["--platform", "local"]).stdout.trim(), "[]");
}
