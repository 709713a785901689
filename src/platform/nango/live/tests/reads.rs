//! What an environment is seen to run, with every scope and without.

use serde_json::json;

use super::*;
use crate::manifest::{Attribute, ResourceId};
use crate::plan::Basis;
use crate::tests::nango::{ALL, Fault};

fn project() -> Made {
    Made::default()
        .sync("github/issues", &["Issue"])
        .action("github/close")
        .on_event("github/welcome", "post-connection-creation")
        .sync("hubspot/deals", &["Deal"])
}

#[tokio::test]
async fn an_empty_environment_gets_everything() {
    let world = World::new().await;
    let observed = world.observed(&project()).await;
    assert_eq!((&observed.basis, observed.manifest.resources.len()), (&Basis::Live, 0));
    assert_eq!(observed.extras.connections, Known::Yes([("github".to_owned(), 3), ("hubspot".to_owned(), 0)].into()));
    assert_eq!(
        observed.extras.integrations,
        Known::Yes([("github".to_owned(), Known::Yes(true)), ("hubspot".to_owned(), Known::Yes(true))].into())
    );
    assert_eq!(
        world.nango.count("GET /environment-variables"),
        0,
        "no function reads a variable, so no value is fetched"
    );
}

#[tokio::test]
async fn what_was_deployed_is_seen_field_by_field() {
    let world = World::new().await;
    world.deploy(&project()).await.said.unwrap();
    let same = world.planned(&project()).await;
    assert_eq!(changes(&same), Vec::<String>::new());
    let fields = json!({"runs": "every 30 minutes", "scopes": ["repo", "user"]});
    let other = Made::default().sync_with("github/issues", &["Issue", "Label"], &fields).action("github/close");
    let plan = world.planned(&other).await;
    insta::assert_snapshot!(changes(&plan).join("\n"), @"
    on-event:github/welcome: remove
    sync:hubspot/deals: remove
    sync:github/issues: modify runs models scopes code
    ");
    let there = &world.observed(&project()).await.manifest.resources;
    let issues = &there.values().find(|each| each.id.id == "github/issues").unwrap().attributes;
    assert_eq!(issues["source"], Attribute::Value(json!("repo")));
    assert_eq!(issues["enabled"], Attribute::Value(json!(true)));
    assert_eq!(issues["version"], Attribute::Value(json!("1.0.0")));
}

/// Every field that a plan claims to show, changed alone and seen through the server's own answers.
#[tokio::test]
async fn each_field_that_changes_is_told_by_itself() {
    let world = World::new().await;
    let definitions = |issue: serde_json::Value| json!({"definitions": {"Issue": issue, "Meta": {"type": "object"}}});
    let issue = json!({"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}, "required": ["id"]});
    let base = json!({
        "runs": "every hour", "auto_start": true, "endpoints": [{"method": "GET", "path": "/issues", "group": "A"}],
        "json_schema": definitions(issue),
    });
    let with = |field: &str, value: serde_json::Value| {
        let mut fields = base.clone();
        fields[field] = value;
        Made::default().sync_with("github/issues", &["Issue"], &fields)
    };
    world.deploy(&with("runs", json!("every hour"))).await.said.unwrap();
    let schema = |issue: serde_json::Value| ("json_schema", definitions(issue));
    let cases = [
        ("runs", json!("every 1h")),
        ("runs", json!("every 30 minutes")),
        ("auto_start", json!(false)),
        ("sync_type", json!("incremental")),
        ("track_deletes", json!(true)),
        ("scopes", json!(["repo", "user"])),
        ("endpoints", json!([{"method": "GET", "path": "/issues", "group": "B"}])),
        ("endpoints", json!([])),
        ("webhookSubscriptions", json!(["push"])),
        ("input", json!("Meta")),
        ("version", json!("1.0.1")),
        ("description", json!("Other")),
        schema(
            json!({"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "state": {}}, "required": ["id"]}),
        ),
        schema(json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]})),
        schema(
            json!({"type": "object", "properties": {"id": {"type": "number"}, "title": {"type": "string"}}, "required": ["id"]}),
        ),
        schema(
            json!({"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}, "required": ["id", "title"]}),
        ),
    ];
    let mut lines = Vec::new();
    for (field, value) in cases {
        let plan = world.planned(&with(field, value)).await;
        let messages: Vec<String> =
            plan.messages.iter().map(|message| format!("{}: {}", message.code, message.says)).collect();
        let destructive: Vec<String> = plan.destructive.iter().map(ToString::to_string).collect();
        lines.push(format!("{field}: {:?} {messages:?} {destructive:?}", changes(&plan)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    runs: [] [] []
    runs: ["sync:github/issues: modify runs"] ["trigger-changed: `runs` every 1 h → every 30 min"] []
    auto_start: ["sync:github/issues: modify auto_start"] ["resource-disabled: no longer starts by itself, for 3 connections"] []
    sync_type: ["sync:github/issues: modify sync_type"] ["trigger-changed: `sync_type` full → incremental"] []
    track_deletes: ["sync:github/issues: modify track_deletes"] [] []
    scopes: ["sync:github/issues: modify scopes"] ["scopes-changed: needs also `user`, for 3 connections"] []
    endpoints: ["sync:github/issues: modify endpoints"] [] []
    endpoints: ["sync:github/issues: modify endpoints"] ["contract-removed: endpoint `GET /issues` is gone: calls to it fail, for 3 connections"] ["sync:github/issues#GET /issues"]
    webhookSubscriptions: ["sync:github/issues: modify webhookSubscriptions"] ["trigger-changed: `webhookSubscriptions` none → push"] []
    input: ["sync:github/issues: modify input"] ["required-setting-added: reads metadata that each connection must have"] []
    version: ["sync:github/issues: modify version"] [] []
    description: ["sync:github/issues: modify description"] [] []
    json_schema: ["sync:github/issues: modify  code"] ["schema-changed: `state` is new"] []
    json_schema: ["sync:github/issues: modify  code"] ["schema-changed: `title` is gone"] []
    json_schema: ["sync:github/issues: modify  code"] ["schema-changed: `id` has another shape"] []
    json_schema: ["sync:github/issues: modify  code"] ["schema-changed: `title` is required"] []
    "#);
}

#[tokio::test]
async fn each_missing_scope_is_named_and_costs_only_its_own() {
    let deployed = World::new().await;
    // A second integration of one provider, with a function of the same name; and a function that reads a variable.
    deployed.nango.integration("dev", "github-app", "github", 1);
    let made = project().sync("github-app/issues", &["Issue"]);
    deployed.deploy(&made).await.said.unwrap();
    let mut manifest = made.built().manifest;
    let reads = manifest.resources.get_mut(&ResourceId::new("sync", "hubspot/deals")).unwrap();
    reads.attributes.insert("secrets".to_owned(), Attribute::Value(json!(["TOKEN"])));
    deployed.nango.environment("dev", |environment| environment.variables.insert("TOKEN".into(), "hunter2".into()));
    let mut lines = Vec::new();
    // Where an integration may be read, and its credentials may not, Nango leaves them out without a word.
    let silent = ("environment:integrations:read_credentials", "environment:integrations:read");
    for (left_out, instead) in ALL.map(|scope| (scope, None)).into_iter().chain([(silent.0, Some(silent.1))]) {
        let scopes: Vec<&str> = ALL.into_iter().filter(|scope| *scope != left_out).chain(instead).collect();
        let mut keys = Keys::default();
        keys.insert("NANGO_SECRET_KEY_DEV".to_owned(), &deployed.nango.key("dev", &scopes));
        let (environment, url) = (name("dev"), deployed.nango.url());
        let door = Door {
            environment: &environment,
            environments: &[],
            keys: &keys,
            sole: false,
            host: Some(&url),
            extra_ca: None,
        };
        let live = Live::connect(&door).unwrap();
        let observed = live.observe(&manifest, &deployed.watch).await.unwrap();
        let plan = plan(&observed, &manifest);
        let unknown: std::collections::BTreeSet<&str> =
            plan.unknown.iter().filter(|field| field.field != "code").map(|field| field.why.as_str()).collect();
        let notes: Vec<&str> = plan.messages.iter().map(|message| message.says.as_str()).collect();
        lines.push(format!("{left_out}: {:?} {:?} {unknown:?} {notes:?}", plan.basis, changes(&plan)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
        environment:deploy: Live [] {"there now: on-event scripts are told only to a key that may deploy"} ["not everything there could be read: on-event scripts are told only to a key that may deploy"]
        environment:integrations:list: Live [] {"there now: several integrations share the provider `github`, and the key lacks the scope `environment:integrations:list`"} ["not everything there could be read: several integrations share the provider `github`, and the key lacks the scope `environment:integrations:list`", "not known: whether the integrations exist, whether their scopes suffice (the key lacks the scope `environment:integrations:list`)"]
        environment:integrations:list_functions: Live [] {"there now: the key lacks the scope `environment:integrations:list_functions`"} ["not everything there could be read: the key lacks the scope `environment:integrations:list_functions`"]
        environment:integrations:read_credentials: Live [] {} ["not known: whether the integrations have credentials, whether their scopes suffice (the key lacks the scope `environment:integrations:read_credentials`)"]
        environment:functions:list: Live [] {"there now: several integrations share the provider `github`, and the key lacks the scope `environment:functions:list`"} ["not everything there could be read: several integrations share the provider `github`, and the key lacks the scope `environment:functions:list`"]
        environment:functions:read: Live [] {} []
        environment:variables:read: Live [] {} ["not known: whether the variables exist (the key lacks the scope `environment:variables:read`)"]
        environment:integrations:read_credentials: Live [] {} ["not known: whether the integrations have credentials, whether their scopes suffice (the key lacks the scope `environment:integrations:read_credentials`)"]
        "#);
}

#[tokio::test]
async fn an_integration_is_held_against_what_its_provider_and_the_functions_ask() {
    let told = |plan: &Plan| {
        let about = plan.messages.iter().filter(|message| message.subject.resource.kind == "integration");
        about.map(|message| format!("{} {}: {}", message.code, message.subject, message.says)).collect::<Vec<_>>()
    };
    let world = World::new().await;
    let made = Made::default()
        .sync_with("github/issues", &["Issue"], &json!({"scopes": ["repo", "admin:org"]}))
        .sync_with("github/repos", &["Repo"], &json!({"scopes": ["admin:org", "offline"]}))
        .sync_with("hubspot/deals", &["Deal"], &json!({"scopes": ["crm"]}));
    // What a provider is created with by default is the integration's own then, or was taken from it.
    world
        .nango
        .state()
        .providers
        .insert("hubspot".to_owned(), json!({"name": "hubspot", "auth_mode": "OAUTH2", "default_scopes": ["crm"]}));
    let plan_of = async |world: &World| world.planned(&made).await;
    insta::assert_snapshot!(told(&plan_of(&world).await).join("\n"), @"
    scopes-changed integration:github#admin:org: `admin:org` is not among the scopes that it asks for there, and `github/issues`, `github/repos` need it
    scopes-changed integration:github#offline: `offline` is not among the scopes that it asks for there, and `github/repos` needs it
    scopes-changed integration:hubspot#crm: `crm` is not among the scopes that it asks for there, and `hubspot/deals` needs it
    ");
    // An app without its secret.
    let held = |world: &World, name: &'static str, value: serde_json::Value| {
        world.nango.environment("dev", |environment| environment.integrations[0].credentials[name] = value);
    };
    held(&world, "client_secret", serde_json::Value::Null);
    assert_eq!(
        told(&plan_of(&world).await)[0],
        "app-configuration-missing integration:github: has no credentials there; 2 functions need it"
    );
    // Where credentials may not be read, the provider still tells that none are needed.
    let scopes: Vec<&str> = ALL.into_iter().filter(|scope| !scope.ends_with("read_credentials")).collect();
    let world = World::with(&scopes).await;
    world.nango.state().providers.insert("hubspot".to_owned(), json!({"name": "hubspot", "auth_mode": "API_KEY"}));
    let extras = world.observed(&made).await.extras.integrations;
    let lacks = "the key lacks the scope `environment:integrations:read_credentials`".to_owned();
    assert_eq!(
        extras,
        Known::Yes([("github".to_owned(), Known::No(lacks)), ("hubspot".to_owned(), Known::Yes(true))].into())
    );
    // Integrations of such a provider have nothing that could be missing.
    let world = World::new().await;
    world.nango.environment("dev", |environment| {
        environment.integrations[0].credentials = serde_json::Value::Null;
        environment.integrations[1].credentials =
            json!({"type": "APP", "app_id": "1", "app_link": null, "private_key": "k"});
    });
    assert_eq!(
        told(&plan_of(&world).await),
        ["app-configuration-missing integration:hubspot: has no credentials there; 1 function needs it"]
    );
}

#[tokio::test]
async fn a_key_that_may_only_deploy_still_sees_what_is_there_and_what_would_go() {
    let world = World::with(&["environment:deploy"]).await;
    world.deploy(&project()).await.said.unwrap();
    let fewer = Made::default().sync("github/issues", &["Issue"]).sync("hubspot/new", &["Deal"]);
    let observed = world.observed(&fewer).await;
    assert_eq!(observed.basis, Basis::Live);
    let plan = plan(&observed, &fewer.built().manifest);
    insta::assert_snapshot!(changes(&plan).join("\n"), @"
    action:github/close: remove
    on-event:github/welcome: remove
    sync:hubspot/deals: remove
    sync:hubspot/new: add
    ");
    assert!(
        plan.unknown
            .iter()
            .filter(|field| field.field != "code")
            .all(|field| field.why.contains("`environment:integrations:list_functions`"))
    );
    assert_eq!(observed.extras.connections.known().unwrap()["github"], 3);
    assert!(matches!(&observed.extras.integrations, Known::No(why) if why.contains("`environment:integrations:list`")));
}

#[tokio::test]
async fn a_key_that_may_nothing_sees_nothing_and_says_so() {
    let world = World::with(&["environment:variables:read"]).await;
    let observed = world.observed(&project()).await;
    let Basis::Unknown { why } = observed.basis else { panic!("{:?}", observed.basis) };
    insta::assert_snapshot!(why, @"the key lacks the scope `environment:integrations:list_functions`, and the key lacks the scope `environment:deploy`");
}

#[tokio::test]
async fn integrations_of_one_provider_keep_their_own_functions() {
    let world = World::new().await;
    world.nango.integration("dev", "github-app", "github", 1);
    let both = Made::default()
        .sync_with("github/issues", &["Issue"], &json!({"runs": "every day"}))
        .sync_with("github-app/issues", &["Issue"], &json!({"runs": "every hour"}))
        .sync("github-app/alone", &["Alone"]);
    world.deploy(&both).await.said.unwrap();
    assert_eq!(changes(&world.planned(&both).await), Vec::<String>::new());
    // More than a page of functions.
    let mut many = both.clone();
    for number in 0..230 {
        many = many.action(&format!("github-app/a{number}"));
    }
    assert_eq!(world.deploy(&many).await.verified, Verified::Live);
    assert!(world.nango.count("GET /integrations/github-app/functions") >= 3);
    assert_eq!(changes(&world.planned(&many).await), Vec::<String>::new());
    // Without the lists the census places what is certain; of two with one name nothing is claimed.
    let scopes: Vec<&str> = ALL.into_iter().filter(|scope| *scope != "environment:functions:list").collect();
    let world = World {
        keys: {
            let mut keys = Keys::default();
            keys.insert("NANGO_SECRET_KEY_DEV".into(), &world.nango.key("dev", &scopes));
            keys
        },
        ..world
    };
    let plan = world.planned(&many).await;
    assert_eq!(changes(&plan), Vec::<String>::new());
    let unsure: std::collections::BTreeSet<String> = plan
        .unknown
        .iter()
        .filter(|field| field.field != "code")
        .map(|field| format!("{}: {}", field.resource, field.why))
        .collect();
    insta::assert_snapshot!(unsure.into_iter().collect::<Vec<_>>().join("\n"), @"
    sync:github-app/issues: there now: several integrations share the provider `github`, and the key lacks the scope `environment:functions:list`
    sync:github/issues: there now: several integrations share the provider `github`, and the key lacks the scope `environment:functions:list`
    ");
}

#[tokio::test]
async fn what_no_repository_put_there_is_not_ours_to_remove() {
    let world = World::new().await;
    let flow = json!({"models": ["Issue"], "runs": "every hour"});
    world.nango.function("dev", "sync", "github/issues", "catalog", flow.clone());
    world.nango.function("dev", "action", "github/dashboard", "standalone", json!({"models": ["X"]}));
    let plan = world.planned(&project()).await;
    assert!(
        changes(&plan).iter().all(|change| !change.contains("dashboard") && !change.contains("remove")),
        "{:?}",
        changes(&plan)
    );
    let taken: Vec<String> = plan
        .messages
        .iter()
        .filter(|message| message.code.name() == "ownership-taken")
        .map(|message| message.subject.to_string())
        .collect();
    assert_eq!(taken, ["sync:github/issues"]);
    // The key that may only deploy sees it too.
    let mut keys = Keys::default();
    keys.insert("NANGO_SECRET_KEY_DEV".to_owned(), &world.nango.key("dev", &["environment:deploy"]));
    let world = World { keys, ..world };
    let plan = world.planned(&project()).await;
    let taken: Vec<String> = plan
        .messages
        .iter()
        .filter(|message| message.code.name() == "ownership-taken")
        .map(|message| message.says.clone())
        .collect();
    assert_eq!(taken, ["what runs there came from `the catalog or the dashboard`, and would be overwritten"]);
}

#[tokio::test]
async fn a_preview_calls_an_unknown_integration_new_and_we_do_not() {
    let world = World::new().await;
    let made = Made::default().sync("nope/things", &["Thing"]);
    let plan = world.planned(&made).await;
    let blocking: Vec<String> = plan
        .messages
        .iter()
        .filter(|message| message.blocks())
        .map(|message| format!("{} {}: {}", message.code, message.subject, message.says))
        .collect();
    assert_eq!(
        blocking,
        [
            "app-configuration-missing integration:nope: does not exist there; 1 function needs it, and the deploy would fail"
        ]
    );
}

#[tokio::test]
async fn a_read_is_repeated_and_a_stranger_is_known() {
    let world = World::new().await;
    world.nango.fails("GET /scripts/config", &[Fault::Torn, Fault::ServerError, Fault::Html(502)]);
    world.nango.fails("GET /integrations", &[Fault::Limit, Fault::Limit]);
    assert_eq!(world.observed(&project()).await.basis, Basis::Live);
    world.nango.fails(
        "POST /sync/deploy/confirmation",
        &[Fault::Html(200), Fault::Html(200), Fault::Html(200), Fault::Html(200)],
    );
    let problem = world.live().observe(&project().built().manifest, &world.watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
        nango-failed: no usable answer of Nango to what a deploy would change
          because: status 200 with a page of HTML: this was not Nango, but something between
          help: start this run again; if it stays so, look at https://status.nango.dev
        ");
}

#[tokio::test]
async fn keys_that_nango_does_not_take_end_the_run() {
    let mut world = World::new().await;
    assert_eq!(world.live_to("prod").unwrap_err().code, "key-missing");
    world.keys.insert("NANGO_SECRET_KEY_PROD".to_owned(), "99999999-0000-4000-8000-000000000000");
    let problem = world.live_to("prod").unwrap().observe(&project().built().manifest, &world.watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    key-refused: Nango does not take the key
      because: status 401, `unknown_account`
      because: Authentication failed. The provided authorization header does not match any account.
      help: copy the key again: Nango → the environment → API Keys; a rotated key no longer counts
    ");
}
