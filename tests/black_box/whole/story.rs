//! The story of a project in Nango whose releases GitHub keeps: reviewed, pushed, promoted, refused, consented, rolled back.

use serde_json::{Value, json};

use super::hub::state::DeploymentFact;
use super::world::Place;

fn prod(more: &Value) -> Value {
    let mut inputs = json!({ "environment": "prod", "allow-destructive": "false" });
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    inputs
}

impl Place {
    fn runs(&self, environment: &str) -> Vec<String> {
        self.code.nango.running(environment)
    }

    /// The newest record of an environment, as GitHub keeps it.
    fn record(&self, environment: &str) -> Value {
        let state = self.hub.state();
        state.deployments.iter().rfind(|made| made.environment == environment).unwrap().payload["record"].clone()
    }
}

#[test]
fn the_story_of_a_project_whose_releases_github_keeps() {
    let place = Place::new();
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");

    // Reviewed: one comment, one grey or green check, and nothing is sent.
    place.run(&place.pulled(7, "feature", "opened")).says(0, &["Adds 1"]);
    assert_eq!(place.code.nango.count("POST /sync/deploy"), 0);
    place.merge(7, "feature", "merge");
    place.run(&place.pulled(7, "feature", "closed")).says(0, &[]);
    {
        let state = place.hub.state();
        assert_eq!((state.comments.len(), state.checks.len(), state.deployments.len()), (1, 1, 0));
        assert!(state.comments[0].body.contains("Merged"), "{}", state.comments[0].body);
    }

    // Pushed, promoted: each is a deployment that says who, what and how it ended.
    place.run(&place.pushed()).says(0, &["dev now runs `1.0.0-dev.1`"]);
    let promoted = place.run(&place.dispatched(&prod(&json!({})))).says(0, &["prod now runs `1.0.0`"]);
    assert_eq!(place.runs("prod"), place.runs("dev"));
    assert_eq!(place.record("prod")["origin"]["run"], promoted.run);

    // A removal that no reviewed plan names: refused, and the summary has the line that would do it.
    place.code.remove_sync("labels");
    place.run(&place.pushed()).says(4, &["destructive-without-consent", "was pushed without a pull request"]);
    let line = "-f allow-destructive=true -f consent=github/labels";
    place.run(&place.dispatched(&json!({ "environment": "dev" }))).says(4, &[line]);
    let consent = json!({ "allow-destructive": "true", "consent": "github/labels" });
    let dev = json!({ "environment": "dev", "allow-destructive": "true", "consent": "github/labels" });
    place.run(&place.dispatched(&dev)).says(0, &["2.0.0-dev.2"]);

    // Consent is recorded with who gave it, who set the run off, and which run it was.
    place.run(&place.dispatched(&prod(&json!({})))).says(4, &["destructive-without-consent", "3 connections"]);
    let done = place.run(&place.dispatched(&prod(&consent))).says(0, &["2.0.0", "removals named by **ana**"]);
    let record = place.record("prod");
    assert_eq!(record["consent"], json!({ "by": "named", "actor": "ana" }));
    assert_eq!(record["removes"], json!([{ "kind": "sync", "id": "github/labels" }]));
    let origin = &record["origin"];
    assert_eq!((&origin["actor"], &origin["triggering_actor"]), (&json!("ana"), &json!("ana")));
    assert_eq!((&origin["run"], &origin["attempt"]), (&json!(done.run), &json!(1)));

    // Rolled back to the release before, through plan and gate.
    let back = prod(&json!({ "mode": "rollback" }));
    place.run(&place.dispatched(&back)).says(0, &["1.0.0"]);
    assert!(place.runs("prod").iter().any(|line| line.contains("labels")));
    let states = {
        let state = place.hub.state();
        let told = |made: &DeploymentFact| {
            let last = made.statuses.last().unwrap();
            format!("{} {} {}", made.environment, made.payload["record"]["kind"].as_str().unwrap(), last.state)
        };
        state.deployments.iter().map(told).collect::<Vec<_>>()
    };
    let expected = [
        "dev deploy success",
        "prod promote success",
        "dev deploy success",
        "prod promote success",
        "prod rollback success",
    ];
    assert_eq!(states, expected);
}

#[test]
fn a_consent_fits_nothing_afterwards() {
    let place = Place::new();
    place.code.add_sync("labels");
    place.run(&place.pushed()).says(0, &[]);
    place.code.remove_sync("labels");
    let named = json!({ "environment": "dev", "allow-destructive": "true", "consent": "github/labels" });
    let used = place.run(&place.dispatched(&named)).says(0, &["1.0.0-dev.2"]);

    // It is brought again; the consent of then is not one of now, whoever runs the old run again.
    place.code.add_sync("labels");
    place.run(&place.pushed()).says(0, &[]);
    place.code.add_sync("others");
    place.run(&place.dispatched(&named)).says(4, &["consent-mismatch", "is not removed by this plan"]);
    place.git(&["reset", "-q", "--hard", "HEAD~2"]);
    let mut again = place.dispatched(&named);
    (again.of, again.again_by) = (Some((used.run, 2)), Some("mallory".to_owned()));
    place.run(&again).says(4, &["older-than-live"]);
    assert!(place.runs("dev").iter().any(|line| line.contains("labels")));
}
