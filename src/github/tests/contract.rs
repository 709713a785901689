//! GitHub's own description of its API against the client: every kind of request that Airlock sends is held against it by a
//! validating server, and the answers are the description's examples.
//!
//! `.ci/run` starts the server and names it in `AIRLOCK_GITHUB_CONTRACT`; without that nothing is tested here, and it says so.

use secrecy::SecretString;

use super::*;
use crate::context::Repository;
use crate::github::{DeploymentQuery, DeploymentState, NewStatus};
use crate::tests::github::World;

async fn client() -> Option<Client> {
    let url = std::env::var("AIRLOCK_GITHUB_CONTRACT").ok()?;
    let repository = Repository { api_url: url, ..World::start().await.repository() };
    Some(Client::new(&repository, SecretString::from(World::TOKEN)).unwrap())
}

/// What a call came to: `ok`, or the server's complaint.
fn told<T>(name: &'static str, answer: Result<T, crate::problem::Problem>) -> (&'static str, String) {
    (name, answer.map_or_else(|problem| format!("{problem} {problem:?}"), |_| "ok".to_owned()))
}

#[tokio::test]
async fn every_request_fits_githubs_own_description_and_its_examples_are_understood() {
    let Some(client) = client().await else {
        eprintln!("SKIPPED: AIRLOCK_GITHUB_CONTRACT names no validating server");
        return;
    };
    let (watch, commit) = (World::watch(), sha('a'));
    let status = NewStatus {
        state: DeploymentState::InProgress,
        description: "deploying".into(),
        log_url: Some("https://github.com/acme/shop/actions/runs/1".into()),
        environment_url: None,
    };
    let query = DeploymentQuery {
        environment: Some("dev".into()),
        task: Some("airlock:shop".into()),
        sha: Some(commit.clone()),
        newest: Some(100),
    };
    let (check, many) = (new_check(1), new_check(51));
    let told = [
        told("repository", client.repository(&watch).await),
        told("comments", client.comments(7, &watch).await),
        told("create_comment", client.create_comment(7, "a plan", &watch).await),
        told("update_comment", client.update_comment(1, "another", &watch).await),
        told("delete_comment", client.delete_comment(1, &watch).await),
        told("checks", client.checks(&commit, &watch).await),
        told("every_check", client.every_check(&commit, &watch).await),
        told("create_check", client.create_check(&check, &watch).await),
        told("create_check of two batches", client.create_check(&many, &watch).await),
        told("update_check", client.update_check(1, &check, &watch).await),
        told("check", client.check(1, &watch).await),
        told("deployments", client.deployments(&query, &watch).await),
        told("deployment", client.deployment(1, &watch).await),
        told("create_deployment", client.create_deployment(&new_deployment(), &watch).await),
        told("statuses", client.statuses(1, &watch).await),
        told("create_status", client.create_status(1, &status, &watch).await),
        told("pull", client.pull(7, &watch).await),
        told("pulls_of_commit", client.pulls_of_commit(&commit, &watch).await),
        told("pulls_from", client.pulls_from("acme", "change", &watch).await),
        told("pulls_closed_lately", client.pulls_closed_lately(&watch).await),
        told("pulls_open", client.pulls_open(&watch).await),
        told("compare", client.compare(&commit, &sha('b'), &watch).await),
        told("contains", client.contains(&commit, "main", &watch).await),
        told("renames", client.renames(&commit, "main", "a", "b", &watch).await),
        told("successes_of", client.successes_of("airlock.yml", Some(jiff::Timestamp::UNIX_EPOCH), &watch).await),
        told("run", client.run(1, &watch).await),
    ];
    let wrong: Vec<_> = told.iter().filter(|(_, told)| told != "ok").collect();
    assert!(wrong.is_empty(), "{} of {} requests: {wrong:#?}", wrong.len(), told.len());
    eprintln!("{} kinds of requests held against GitHub's description, no violation", told.len());
}
