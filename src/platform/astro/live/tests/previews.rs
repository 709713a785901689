//! Previews: made once, found again, removed with their pull request; what is not ours is left alone.

use std::collections::BTreeSet;

use super::*;
use crate::platform::astro::preview::{Home, Mark};
use crate::tests::astro::{Deployment, Fault};

impl World {
    /// A world in which making and removing take their time.
    async fn slow() -> Self {
        let world = Self::new().await;
        world.astro.state().slow = 2;
        world
    }

    /// The deployments that the workspace has beside the source, by name.
    fn others(&self) -> Vec<String> {
        let state = self.astro.state();
        let others = state.deployments.values().filter(|each| each.id != "dep1" && each.going.is_none());
        let mut names: Vec<String> = others.map(|each| each.name.clone()).collect();
        names.sort();
        names
    }

    /// A deployment with a description that somebody else wrote.
    fn put(&self, id: &str, name: &str, description: &str) {
        let mut deployment = Deployment::new(id, name);
        deployment.description = Some(description.to_owned());
        self.astro.state().deployments.insert(id.to_owned(), deployment);
    }

    async fn raise(&self, pull: u64) -> Result<crate::platform::previews::Preview, Problem> {
        self.live().raise(pull, &self.watch).await.map(|raised| raised.preview)
    }

    async fn take_down(&self, pull: u64) -> Result<Vec<String>, Problem> {
        self.live().take_down(pull, &self.watch).await
    }
}

fn mark(repository: &str, pull: u64) -> String {
    let home = Home::of("https://github.com", repository).unwrap();
    Mark::new(home, pull, "dep1", "2026-01-01T00:00:00Z".parse().unwrap()).to_string()
}

#[tokio::test]
async fn a_preview_is_made_once_and_goes_with_its_pull_request() {
    let world = World::slow().await;
    world.astro.at("dep1", |deployment| {
        deployment.env.insert("REGION".to_owned());
        deployment.secrets.extend(["API_KEY".to_owned(), "SENTRY_DSN".to_owned()]);
    });
    let made = world.raise(7).await.unwrap();
    assert_eq!((made.name.as_str(), made.source.as_str(), made.made), ("pr-7-etl-dev", "etl dev", true));
    assert!(made.page.unwrap().starts_with("https://org1.astronomer.run/"));
    let names: Vec<&String> = made.wanting["secret environment variables"].iter().collect();
    assert_eq!(names, ["API_KEY", "SENTRY_DSN"]);
    {
        let state = world.astro.state();
        let made = state.deployments.values().find_map(|each| each.made.as_ref()).unwrap();
        assert!(!made.to_string().contains("API_KEY"), "{made}");
    }
    // The next push finds it, and what was entered by hand is no longer asked for.
    let id = world.astro.state().deployments.keys().find(|id| id.as_str() != "dep1").unwrap().clone();
    world.astro.at(&id, |deployment| deployment.secrets.extend(["API_KEY".to_owned(), "SENTRY_DSN".to_owned()]));
    let again = world.raise(7).await.unwrap();
    assert!(!again.made && again.wanting.is_empty(), "{again:?}");
    world.raise(8).await.unwrap();
    assert_eq!(world.others(), ["pr-7-etl-dev", "pr-8-etl-dev"]);
    assert_eq!(world.live().pulls(&world.watch).await.unwrap(), BTreeSet::from([7, 8]));
    assert_eq!(world.take_down(7).await.unwrap(), ["pr-7-etl-dev"]);
    assert_eq!(world.others(), ["pr-8-etl-dev"]);
    assert!(world.take_down(7).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_carry_our_mark_is_left_alone() {
    let world = World::slow().await;
    world.put("a", "pr-7-etl-dev", "made by hand");
    world.put("b", "theirs", &mark("acme/other", 7));
    world.put("c", "seventy", &mark("acme/dags", 70));
    world.put("d", "almost", &format!("{} ", mark("acme/dags", 7)));
    let foreign = ["almost", "pr-7-etl-dev", "seventy", "theirs"];
    assert!(world.take_down(7).await.unwrap().is_empty());
    assert_eq!(world.others(), foreign);
    // The name is somebody else's, so ours is another one; and only that goes.
    let made = world.raise(7).await.unwrap();
    assert!(made.made && made.name.starts_with("pr-7-etl-dev-"), "{}", made.name);
    assert_eq!(world.take_down(7).await.unwrap(), std::slice::from_ref(&made.name));
    assert_eq!(world.others(), foreign);
    world.put("e", &made.name, "made by hand too");
    assert_eq!(world.raise(7).await.unwrap_err().code, "preview-name-taken");
    // A mark that was taken away between the look and the removal counts as it is now.
    world.put("f", "ours once", &mark("acme/dags", 9));
    assert_eq!(world.live().pulls(&world.watch).await.unwrap(), BTreeSet::from([9, 70]));
    assert_eq!(world.astro.count("DELETE /deployments"), 0);
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let mut world = World::slow().await;
    let mut told_of = Vec::new();
    world.astro.state().full = Some("deployment quota exceeded".to_owned());
    told_of.push(told(&world.raise(7).await.unwrap_err()));
    world.astro.state().full = None;
    world.astro.fails("POST /deployments", &[Fault::Forbidden]);
    told_of.push(told(&world.raise(7).await.unwrap_err()));
    let asked = world.astro.state().asked.len();
    world.keys = Keys::default();
    world.keys.insert("ASTRO_API_TOKEN_DEV".to_owned(), &world.astro.token_with(false, r#", "deploymentId:dep1""#));
    told_of.push(told(&world.raise(7).await.unwrap_err()));
    assert_eq!(world.take_down(7).await.unwrap_err().code, "preview-key");
    world.keys.insert("ASTRO_API_TOKEN_DEV".to_owned(), &world.astro.token(false));
    world.variables.remove("GITHUB_REPOSITORY");
    told_of.push(told(&world.raise(7).await.unwrap_err()));
    assert_eq!(world.astro.state().asked.len(), asked, "these two are known before anything is asked");
    insta::assert_snapshot!(told_of.join("\n"), @"
    astro-refused: Astro refused to make the preview
      because: status 400
      because: deployment quota exceeded
      because: Astro's id of the request: r1
      help: where a quota is meant: close pull requests that have previews, or ask Astro for more; nothing was made
    astro-refused: Astro refused to make the preview
      because: status 403
      because: Insufficient permissions
      because: Astro's id of the request: r1
      help: put a token of the workspace into the secret, with the role Workspace Operator, or one of the organisation; a deployment's own token can neither make nor remove deployments
    preview-key: the token of Astro belongs to one deployment, so previews can be neither made nor removed with it
      help: put a token of the workspace into the secret, with the role Workspace Operator, or one of the organisation; a deployment's own token can neither make nor remove deployments
    preview-homeless: previews are told apart by the repository's address, and this run has none
      help: previews are made by runs in GitHub Actions: GITHUB_SERVER_URL and GITHUB_REPOSITORY say it
    ");
    assert!(world.others().is_empty());
}

#[tokio::test]
async fn more_deployments_than_a_page_are_all_looked_at() {
    let world = World::slow().await;
    for number in 0..205 {
        world.put(&format!("n{number:03}"), &format!("name {number}"), "made by hand");
    }
    world.put("zz", "old name", &mark("ACME/dags", 7));
    let found = world.raise(7).await.unwrap();
    assert_eq!((found.name.as_str(), found.made), ("old name", false));
    assert_eq!(world.take_down(7).await.unwrap(), ["old name"]);
    assert_eq!(world.others().len(), 205);
}

#[tokio::test]
async fn a_fault_at_any_request_leaves_one_preview_or_a_reason() {
    let requests = {
        let world = World::slow().await;
        world.raise(7).await.unwrap();
        world.take_down(7).await.unwrap();
        world.astro.state().asked.len()
    };
    for at in 0..requests {
        // Each request meets two faults, and each fault requests of every sort.
        for fault in Fault::EVERY.into_iter().cycle().skip(at % 9).step_by(4).take(2) {
            let world = World::slow().await;
            world.put("theirs", "theirs", &mark("acme/other", 7));
            world.astro.state().fault_at = Some((at, fault.clone()));
            let (raised, removed) = (world.raise(7).await, world.take_down(7).await);
            // Whoever ran into it is helped by the next run.
            let (again, gone) = (world.raise(7).await, world.take_down(7).await);
            assert!(again.is_ok() && gone.is_ok(), "{at} {fault:?}: {again:?} {gone:?}");
            let both = [raised.map(drop), removed.map(drop)];
            assert!(both.iter().filter(|result| result.is_err()).count() <= 1, "{at} {fault:?}: {both:?}");
            assert_eq!(world.others(), ["theirs"], "{at} {fault:?}: {both:?}");
            assert!(world.astro.count("POST /deployments") <= 3, "{at} {fault:?}");
        }
    }
}

#[tokio::test]
async fn what_an_airflow_has_is_copied_without_secrets() {
    let world = World::slow().await;
    let of = |list: &str, name: &str| (list.to_owned(), name.to_owned());
    world.astro.at("dep1", |deployment| {
        deployment.variables.extend(["region".to_owned(), "api_token".to_owned()]);
        deployment.connections.extend(["warehouse".to_owned(), "open".to_owned()]);
        deployment.pools.insert("etl".to_owned());
        deployment.told.extend([
            (of("variables", "region"), serde_json::json!({"key": "region", "value": "eu"})),
            (of("connections", "open"), serde_json::json!({"connection_id": "open", "conn_type": "http", "host": "h", "password": null, "extra": null})),
            (of("pools", "etl"), serde_json::json!({"name": "etl", "slots": 3})),
        ]);
    });
    // An answer that is lost on the way is asked for again, and what was made meanwhile is there.
    world.astro.fails("POST /variables", &[Fault::TornAfter]);
    let preview = world.raise(7).await.unwrap();
    assert!(preview.notes.is_empty(), "{preview:?}");
    let told: Vec<String> = preview.wanting.iter().map(|(sort, names)| format!("{sort}: {names:?}")).collect();
    assert_eq!(told, [r#"password and extra of connections: {"warehouse"}"#, r#"variables: {"api_token"}"#]);
    let id = world.astro.state().deployments.keys().find(|id| id.as_str() != "dep1").unwrap().clone();
    let there = world.astro.at(&id, |deployment| {
        deployment.variables.insert("api_token".to_owned());
        (deployment.connections.clone(), deployment.pools.clone())
    });
    assert_eq!(there.0.iter().collect::<Vec<_>>(), ["open", "warehouse"]);
    assert_eq!(there.1.iter().collect::<Vec<_>>(), ["default_pool", "etl"]);
    // What was entered by hand is no longer asked for.
    assert!(!world.raise(7).await.unwrap().wanting.contains_key("variables"));
}

#[tokio::test]
async fn a_preview_that_sleeps_is_woken_for_two_hours() {
    let world = World::slow().await;
    world.raise(7).await.unwrap();
    let id = world.astro.state().deployments.keys().find(|id| id.as_str() != "dep1").unwrap().clone();
    world.astro.at(&id, |deployment| "HIBERNATING".clone_into(&mut deployment.status));
    let live = world.live();
    let raised = live.raise(7, &world.watch).await.unwrap();
    assert!(raised.preview.notes.is_empty(), "{:?}", raised.preview);
    let seen = raised.platform.observe(&two().manifest, &world.watch).await.unwrap();
    assert_eq!(seen.basis, crate::plan::Basis::Live);
    let said = world.astro.at(&id, |deployment| deployment.sleep.clone()).unwrap();
    let until: Timestamp = said["overrideUntil"].as_str().unwrap().parse().unwrap();
    assert!(said["isHibernating"] == false && until > Timestamp::now(), "{said}");
}
