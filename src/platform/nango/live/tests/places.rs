//! Which environment a key leads to, told by what it sees: no answer of Nango's names one.

use super::*;
use crate::platform::place::Likeness;
use crate::tests::nango::ALL;

const DEPLOY: &str = "environment:deploy";
const FUNCTIONS: &str = "environment:integrations:list_functions";
const INTEGRATIONS: &str = "environment:integrations:list";

fn project() -> Made {
    Made::default().sync("github/issues", &["Issue"]).action("github/close").sync("hubspot/deals", &["Deal"])
}

/// What another key of this environment, with these scopes, sees of the place.
async fn seen(world: &World, environment: &str, scopes: &[&str]) -> Option<Place> {
    let mut keys = Keys::default();
    keys.insert("NANGO_SECRET_KEY_DEV".to_owned(), &world.nango.key(environment, scopes));
    let (dev, url) = (name("dev"), world.nango.url());
    let door =
        Door { environment: &dev, environments: &[], keys: &keys, sole: false, host: Some(&url), extra_ca: None };
    let live = Live::connect(&door).unwrap();
    assert_eq!(live.place(), None, "nothing was asked yet");
    live.observe(&project().built().manifest, &world.watch).await.unwrap();
    live.place()
}

/// Another environment that runs the very same, for as many connections.
async fn with_a_copy() -> World {
    let mut world = World::new().await;
    world.nango.integration("prod", "github", "github", 3);
    world.nango.integration("prod", "hubspot", "hubspot", 0);
    world.keys.insert("NANGO_SECRET_KEY_PROD".to_owned(), &world.nango.key("prod", &ALL));
    for environment in ["dev", "prod"] {
        let live = world.live_to(environment).unwrap();
        let manifest = project().built().manifest;
        let observed = live.observe(&manifest, &world.watch).await.unwrap();
        let deployed = world.deploy_planned(&live, plan(&observed, &manifest), &project().payload()).await;
        assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    }
    world
}

fn word(likeness: Likeness<'_>) -> &'static str {
    match likeness {
        Likeness::Same => "same",
        Likeness::Other => "other",
        Likeness::Alike(_) => "alike",
        Likeness::Unknown => "unknown",
    }
}

/// With whatever scopes: never the same for two environments, and never another for one.
#[tokio::test]
async fn two_keys_are_compared_by_what_each_may_see() {
    let world = with_a_copy().await;
    let scopes: [(&str, &[&str]); 5] = [
        ("all", &ALL),
        ("integrations", &[DEPLOY, INTEGRATIONS]),
        ("functions", &[DEPLOY, FUNCTIONS]),
        ("deploy", &[DEPLOY]),
        ("variables", &["environment:variables:read"]),
    ];
    let mut places = Vec::new();
    for (word, scopes) in scopes {
        places.push((word, seen(&world, "dev", scopes).await, seen(&world, "prod", scopes).await));
    }
    let mut lines = Vec::new();
    for (one, own, _) in &places {
        for (two, same, other) in &places {
            let told = [same, other].map(|there| match (own, there) {
                (Some(own), Some(there)) => word(own.to(there)),
                _ => "unknown",
            });
            lines.push(format!("{one} and {two}: of one environment {}, of two {}", told[0], told[1]));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    all and all: of one environment same, of two other
    all and integrations: of one environment same, of two other
    all and functions: of one environment same, of two unknown
    all and deploy: of one environment alike, of two alike
    all and variables: of one environment unknown, of two unknown
    integrations and all: of one environment same, of two other
    integrations and integrations: of one environment same, of two other
    integrations and functions: of one environment alike, of two alike
    integrations and deploy: of one environment alike, of two alike
    integrations and variables: of one environment unknown, of two unknown
    functions and all: of one environment same, of two unknown
    functions and integrations: of one environment alike, of two alike
    functions and functions: of one environment same, of two unknown
    functions and deploy: of one environment alike, of two alike
    functions and variables: of one environment unknown, of two unknown
    deploy and all: of one environment alike, of two alike
    deploy and integrations: of one environment alike, of two alike
    deploy and functions: of one environment alike, of two alike
    deploy and deploy: of one environment alike, of two alike
    deploy and variables: of one environment unknown, of two unknown
    variables and all: of one environment unknown, of two unknown
    variables and integrations: of one environment unknown, of two unknown
    variables and functions: of one environment unknown, of two unknown
    variables and deploy: of one environment unknown, of two unknown
    variables and variables: of one environment unknown, of two unknown
    ");
}

/// Before anything was deployed there are integrations alone.
#[tokio::test]
async fn places_are_told_apart_before_the_first_release() {
    let world = World::new().await;
    world.nango.integration("prod", "github", "github", 3);
    let dev = seen(&world, "dev", &ALL).await.unwrap();
    assert_eq!(dev.to(&seen(&world, "dev", &ALL).await.unwrap()), Likeness::Same);
    assert_eq!(dev.to(&seen(&world, "prod", &ALL).await.unwrap()), Likeness::Other);
    // Nothing but numbers of connections, and nothing runs: no more is claimed than that.
    assert_eq!(seen(&world, "dev", &[DEPLOY]).await, None);
}

#[tokio::test]
async fn a_place_is_known_again_by_what_was_recorded_of_it() {
    let world = with_a_copy().await;
    let live = world.live();
    let made = project().action("github/reopen");
    let observed = live.observe(&made.built().manifest, &world.watch).await.unwrap();
    let deployed = world.deploy_planned(&live, plan(&observed, &made.built().manifest), &made.payload()).await;
    assert_eq!(deployed.applied.platform_ref, None, "Nango names no deploy");
    let recorded = live.place().unwrap().reference().unwrap();
    let to_release = async |environment: &str, scopes: &[&str]| {
        seen(&world, environment, scopes).await.map_or("unknown", |place| word(place.to_release(&recorded)))
    };
    assert_eq!((to_release("dev", &ALL).await, to_release("prod", &ALL).await), ("same", "other"));
    // The rows of the functions are those that this very deploy wrote.
    assert_eq!((to_release("dev", &[FUNCTIONS]).await, to_release("prod", &[FUNCTIONS]).await), ("same", "unknown"));
    // Integrations come and go; that the oldest one went says nothing.
    world.nango.environment("dev", |environment| environment.functions.clear());
    world.nango.environment("dev", |environment| environment.integrations.remove(0));
    world.nango.integration("dev", "github", "github", 3);
    assert_eq!(to_release("dev", &ALL).await, "same");
    // All of them made anew: another place.
    world.nango.environment("dev", |environment| environment.integrations.clear());
    world.nango.integration("dev", "hubspot", "hubspot", 0);
    world.nango.integration("dev", "github", "github", 3);
    assert_eq!(to_release("dev", &ALL).await, "other");
}
