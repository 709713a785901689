//! The body of a deploy: what a part of a project can never reach, and what cannot be sent. That it is the CLI's byte for byte is
//! held in `recorded`.

use serde_json::{Value, json};

use super::super::body::{Body, Reach, of, within};
use super::*;
use crate::artefact::Artefact;
use crate::manifest::ResourceId;

fn json_of(body: &Body) -> Value {
    serde_json::from_slice(&body.bytes).unwrap()
}

#[test]
fn all_on_events_are_always_named_when_all_is_sent_and_never_otherwise() {
    let made = Made::default()
        .sync("github/issues", &["Issue"])
        .sync("hubspot/deals", &["Deal"])
        .on_event("github/a", "pre-connection-deletion")
        .on_event("hubspot/b", "validate-connection");
    let artefact = made.built().artefact;
    let all = json_of(&of(&artefact, Reach::All).unwrap());
    assert_eq!(all["onEventScriptsByProvider"].as_array().unwrap().len(), 2);
    let none = json_of(&of(&Made::default().sync("github/issues", &["Issue"]).built().artefact, Reach::All).unwrap());
    assert_eq!(none["onEventScriptsByProvider"], json!([]), "absent would leave old scripts running");
    for (reach, mode, names) in [
        (Reach::Integration("github"), "integration", vec!["issues"]),
        (Reach::Single(&ResourceId::new("sync", "hubspot/deals")), "single", vec!["deals"]),
    ] {
        let part = json_of(&of(&artefact, reach).unwrap());
        assert_eq!(part["deployMode"], mode);
        assert_eq!(part.get("onEventScriptsByProvider"), None, "{mode}");
        let sent: Vec<&str> =
            part["flowConfigs"].as_array().unwrap().iter().filter_map(|flow| flow["syncName"].as_str()).collect();
        assert_eq!(sent, names);
    }
}

#[tokio::test]
async fn a_part_touches_nothing_that_it_does_not_name() {
    let world = World::new().await;
    let made = Made::default()
        .sync("github/issues", &["Issue"])
        .sync("github/repos", &["Repo"])
        .sync("hubspot/deals", &["Deal"])
        .on_event("github/a", "pre-connection-deletion")
        .on_event("hubspot/b", "validate-connection");
    world.deploy(&made).await.said.unwrap();
    let before = world.nango.running("dev");
    let fewer = Made::default().sync("github/issues", &["Issue"]).sync("hubspot/deals", &["Deal"]).built().artefact;
    let live = world.live();
    for reach in [Reach::Single(&ResourceId::new("sync", "github/issues")), Reach::Integration("hubspot")] {
        let body = of(&fewer, reach).unwrap();
        live.ask.deploy(body.path, body.bytes, Duration::from_secs(5), &world.watch).await.unwrap();
        assert_eq!(world.nango.running("dev"), before, "{reach:?}");
    }
    let body = of(&fewer, Reach::Integration("github")).unwrap();
    live.ask.deploy(body.path, body.bytes, Duration::from_secs(5), &world.watch).await.unwrap();
    let after: Vec<String> = before.into_iter().filter(|line| !line.contains("github/repos")).collect();
    assert_eq!(world.nango.running("dev"), after);
}

#[test]
fn the_size_is_known_before_anything_is_sent_and_maps_go_first() {
    let map = format!("code();\n//# sourceMappingURL=data:application/json;base64,{}\n", "A".repeat(3_000_000));
    let made = Made::default().sync("github/issues", &["Issue"]).code("build/github_syncs_issues.cjs", &map);
    let artefact: Artefact = made.built().artefact;
    let whole = within(4_000_000, &artefact, Reach::All).unwrap();
    assert!(whole.bytes.len() > 3_000_000);
    let smaller = json_of(&within(1_000_000, &artefact, Reach::All).unwrap());
    assert_eq!(smaller["flowConfigs"][0]["fileBody"]["js"], "code();\n");
    let large = Made::default()
        .sync("github/issues", &["Issue"])
        .code("build/github_syncs_issues.cjs", &"x;".repeat(1_000_000));
    let problem = within(1_000_000, &large.built().artefact, Reach::All).unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    deploy-too-large: the deploy is 1.9 MB, and Nango takes 0.9 MB
      because: the source maps are left out already
      because: the largest functions: sync:github/issues (1.9 MB)
      help: let the largest ones import less; who runs Nango can raise NANGO_SERVER_PUBLIC_BODY_LIMIT
    ");
}

#[test]
fn what_cannot_be_deployed_is_refused_with_the_reason() {
    let cases = [
        ("mixed", Made::default().sync("github/issues", &["Issue"]).function("github/fetch")),
        ("on-events alone", Made::default().on_event("github/a", "pre-connection-deletion")),
        ("nothing", Made::default()),
    ];
    let lines =
        cases.map(|(name, made)| format!("{name}: {}", told(&of(&made.built().artefact, Reach::All).unwrap_err())));
    insta::assert_snapshot!(lines.join("\n"), @"
        mixed: mixed-functions: Nango deploys functions of `createFunction` and older ones by two ways that know nothing of each other
          because: a deploy of one would leave the other as it was, and its own CLI refuses the project too
          help: keep either in a project of its own, or use only one of both
        on-events alone: nothing-to-deploy: the project has on-event scripts alone
          because: without a sync or an action Nango compares nothing, and its own CLI refuses the project too
          help: add a sync or an action
        nothing: nothing-to-deploy: nothing was compiled that could be deployed
          because: Nango removes nothing when it is sent nothing, so an emptied project cannot be deployed
          help: remove the last functions in Nango's dashboard
        ");
    let sources = Artefact::new([("index.ts".to_owned(), Arc::from(b"x".as_slice()))].into());
    assert_eq!(of(&sources, Reach::All).unwrap_err().code, "not-compiled");
}
