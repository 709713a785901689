//! What people read about changes of Nango functions.

mod sources;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde_json::{Value, json};

use super::super::extract;
use super::Nango;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::manifest::{Known, Manifest, Origin, Resource, ResourceId};
use crate::names::{CommitSha, EnvironmentName, LaneId, Place, ProjectId};
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Basis, Brief, Extras, Observed, Plan, What, build};
use crate::tree::Tree;
use crate::work::Project;

fn function(kind: &str, id: &str, attributes: Value) -> Resource {
    let Value::Object(map) = attributes else { panic!("attributes are an object") };
    let attributes = map.into_iter().map(|(name, value)| (name, serde_json::from_value(value).unwrap())).collect();
    let place = Some(Place::at(format!("{id}.ts"), 1, 1));
    Resource { id: ResourceId::new(kind, id), attributes, fingerprint: None, artefact: None, place }
}

fn extras() -> Extras {
    Extras {
        kept: true,
        secrets: Known::Yes(BTreeSet::from(["KNOWN".to_owned()])),
        integrations: Known::Yes(BTreeMap::from([("github".to_owned(), Known::Yes(true))])),
        connections: Known::Yes(BTreeMap::from([("github".to_owned(), 31)])),
        scopes: Known::Yes(BTreeMap::new()),
    }
}

fn plan_with(extras: Extras, there: Vec<Resource>, here: Vec<Resource>) -> Plan {
    let seen = Observed { basis: Basis::Live, manifest: Manifest::new(Origin::Live, there), extras };
    plan_against(&seen, &Manifest::new(Origin::Source, here))
}

fn plan_against(seen: &Observed, here: &Manifest) -> Plan {
    let lane = LaneId { project: ProjectId::new("x").unwrap(), environment: EnvironmentName::new("prod").unwrap() };
    build(Brief {
        lane,
        commit: CommitSha::new("a".repeat(40)).unwrap(),
        only: None,
        desired: here,
        seen,
        base: None,
        rules: &Nango,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Given(Version::new(1, 0, 0)),
        previous: None,
        also: vec![],
    })
}

fn plan(there: Vec<Resource>, here: Vec<Resource>) -> Plan {
    plan_with(extras(), there, here)
}

/// The messages, one a line: `! code (raised) subject: says → to do`.
fn said(plan: &Plan) -> String {
    let lines = plan.messages.iter().map(|message| {
        let marks = [(message.blocks(), "blocks"), (message.raised, "raised"), (message.pre_existing, "already")];
        let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
        let to_do = message.to_do.as_ref().map(|to_do| format!("\n    → {to_do}")).unwrap_or_default();
        let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
        format!("{}{marks} {}: {}{to_do}", message.code, message.subject, message.says)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_removed_is_said_with_who_loses_it() {
    let plan = plan(
        vec![
            function("sync", "github/old", json!({"models": ["Old"]})),
            function("action", "github/close", json!({})),
            function("on-event", "gitlab/welcome", json!({"event": "post-connection-creation"})),
            function(
                "sync",
                "github/issues",
                json!({"models": ["Issue", "Label"], "endpoints": [{"method": "get", "path": "/issues", "group": "x"}]}),
            ),
            function("action", "github/open", json!({"endpoint": {"POST": "/open"}})),
        ],
        vec![
            function(
                "sync",
                "github/issues",
                json!({"models": ["Issue"], "endpoints": [{"method": "GET", "path": "/v2/issues"}]}),
            ),
            function("action", "github/open", json!({})),
        ],
    );
    insta::assert_snapshot!(said(&plan), @r#"
contract-removed action:github/open#POST /open: endpoint `POST /open` is gone: calls to it fail, for 31 connections
    → bring it back, or name it in `consent` when this is deployed
contract-removed sync:github/issues#GET /issues: endpoint `GET /issues` is gone: calls to it fail, for 31 connections
    → bring it back, or name it in `consent` when this is deployed
contract-removed sync:github/issues#Label: model `Label` is gone: its records are deleted, for 31 connections
    → bring it back, or name it in `consent` when this is deployed
resource-removed action:github/close: calls to the action fail, for 31 connections
    → bring it back, or name it in `consent` when this is deployed
resource-removed on-event:gitlab/welcome: the script no longer runs, for an unknown number of connections
    → bring it back, or name it in `consent` when this is deployed
resource-removed sync:github/old: the sync stops and its records are deleted, for 31 connections
    → bring it back, or name it in `consent` when this is deployed
"#);
    assert_eq!(plan.tally().removed, 6);
}

#[test]
fn what_starts_stops_or_runs_otherwise_is_said() {
    let plan = plan(
        vec![
            function(
                "sync",
                "github/a",
                json!({"runs": "every hour", "auto_start": false, "scopes": ["repo", "user"]}),
            ),
            function(
                "sync",
                "github/b",
                json!({"runs": "every 1h", "auto_start": true, "sync_type": "full", "scopes": ["repo", "user"]}),
            ),
            function("on-event", "github/c", json!({"event": "post-connection-creation"})),
            function("sync", "github/same", json!({"runs": "every 60 minutes"})),
        ],
        vec![
            function(
                "sync",
                "github/a",
                json!({"runs": "every 15 minutes", "auto_start": true, "scopes": ["user", "admin"]}),
            ),
            function(
                "sync",
                "github/b",
                json!({"runs": "every hour", "sync_type": "incremental", "webhookSubscriptions": ["issue"], "scopes": ["repo"]}),
            ),
            function("on-event", "github/c", json!({"event": "validate-connection"})),
            function(
                "sync",
                "github/new",
                json!({"runs": "every half hour", "auto_start": true, "input": "SyncMetadata_github_new"}),
            ),
            function("sync", "github/same", json!({"runs": "every hour"})),
        ],
    );
    insta::assert_snapshot!(said(&plan), @r#"
scopes-changed (raised) sync:github/a: needs also `admin`; no longer needs `repo`, for 31 connections
    → add the scopes to the integration, and authorise its connections again
scopes-changed sync:github/b: no longer needs `user`, for 31 connections
resource-disabled sync:github/b: no longer starts by itself, for 31 connections
    → start it for each connection that needs it
enabled-by-default sync:github/a: starts by itself as soon as it is deployed, for 31 connections
enabled-by-default sync:github/new: starts by itself as soon as it is deployed, for 31 connections
required-setting-added sync:github/new: reads metadata that each connection must have
    → set the metadata on every connection, or let the sync do without
trigger-changed on-event:github/c: `event` post-connection-creation → validate-connection
trigger-changed sync:github/a: `runs` every 1 h → every 15 min
trigger-changed sync:github/b: `sync_type` full → incremental; `webhookSubscriptions` none → issue
"#);
    assert_eq!(plan.unchanged, 1);
    let new = plan.changes.iter().find(|change| change.what == What::Add).unwrap();
    assert_eq!(new.notes, ["every 30 min", "starts by itself"]);
}

#[test]
fn what_the_environment_lacks_blocks_unless_it_always_did() {
    let there = vec![function("sync", "github/a", json!({"secrets": ["OLD"]})), function("sync", "slack/x", json!({}))];
    let here = vec![
        function("sync", "github/a", json!({"secrets": ["OLD", "NEW", "KNOWN"]})),
        function(
            "sync",
            "github/b",
            json!({"secrets": {"dynamic": "variables are read, by names that cannot be seen"}}),
        ),
        function("sync", "slack/x", json!({})),
        function("sync", "hubspot/deals", json!({})),
        function("action", "hubspot/close", json!({})),
        function("sync", "salesforce/all", json!({})),
    ];
    let mut extras = extras();
    extras.integrations = Known::Yes(BTreeMap::from([
        ("github".to_owned(), Known::Yes(true)),
        ("salesforce".to_owned(), Known::Yes(false)),
    ]));
    insta::assert_snapshot!(said(&plan_with(extras, there, here)), @r#"
app-configuration-missing (blocks) integration:hubspot: does not exist there; 2 functions need it, and the deploy would fail
    → create it in Nango → prod → Integrations
app-configuration-missing (blocks) integration:salesforce: has no credentials there; 1 function needs it
    → give it its credentials in Nango → prod → Integrations
secret-missing (blocks) sync:github/a#NEW: variable `NEW` is read in `github/a.ts` and does not exist there
    → add it in Nango → prod → Environment variables
basis-partial sync:github/b: which variables it needs is not known: variables are read, by names that cannot be seen
app-configuration-missing (already) integration:slack: does not exist there; 1 function needs it, and the deploy would fail
    → create it in Nango → prod → Integrations
secret-missing (already) sync:github/a#OLD: variable `OLD` is read in `github/a.ts` and does not exist there
    → add it in Nango → prod → Environment variables
"#);
}

#[test]
fn what_could_not_be_read_is_said_once_with_the_reason() {
    let there = vec![function("sync", "github/old", json!({}))];
    let here = || vec![function("sync", "github/a", json!({"secrets": ["X"], "auto_start": true}))];
    let none = plan_with(Extras::unknown("the key has only `environment:deploy`"), there.clone(), here());
    insta::assert_snapshot!(said(&none), @r#"
resource-removed sync:github/old: the sync stops and its records are deleted, for an unknown number of connections
    → bring it back, or name it in `consent` when this is deployed
enabled-by-default sync:github/a: starts by itself as soon as it is deployed, for an unknown number of connections
basis-partial environment:prod: not known: whether the integrations exist, whether the variables exist, how many connections are affected (the key has only `environment:deploy`)
"#);
    let mut some = extras();
    some.integrations = Known::Yes(BTreeMap::from([(
        "github".to_owned(),
        Known::No("the key lacks `environment:integrations:read_credentials`".to_owned()),
    )]));
    insta::assert_snapshot!(said(&plan_with(some, there, here())), @r#"
secret-missing (blocks) sync:github/a#X: variable `X` is read in `github/a.ts` and does not exist there
    → add it in Nango → prod → Environment variables
resource-removed sync:github/old: the sync stops and its records are deleted, for 31 connections
    → bring it back, or name it in `consent` when this is deployed
enabled-by-default sync:github/a: starts by itself as soon as it is deployed, for 31 connections
basis-partial environment:prod: not known: whether the integrations have credentials (the key lacks `environment:integrations:read_credentials`)
"#);
}

#[test]
fn schemas_are_compared_by_field_where_both_are_known_and_by_print_where_not() {
    let definitions =
        |issue: Value, input: Value| json!({"definitions": {"Issue": issue, "ActionInput_github_open": input}});
    let old = definitions(
        json!({"properties": {"id": {"type": "string"}, "title": {"type": "string"}}, "required": ["id", "title"]}),
        json!({"properties": {"title": {"type": "string"}}, "required": ["title"]}),
    );
    let new = definitions(
        json!({"properties": {"id": {"type": "string"}, "state": {"type": "string"}}, "required": ["id"]}),
        json!({"properties": {"title": {"type": "string"}, "owner": {"type": "string"}}, "required": ["title", "owner"]}),
    );
    let known = plan(
        vec![
            function("sync", "github/issues", json!({"models": ["Issue"], "json_schema": old})),
            function("action", "github/open", json!({"input": "ActionInput_github_open", "json_schema": old})),
        ],
        vec![
            function("sync", "github/issues", json!({"models": ["Issue"], "json_schema": new})),
            function("action", "github/open", json!({"input": "ActionInput_github_open", "json_schema": new})),
        ],
    );
    insta::assert_snapshot!(said(&known), @r#"
schema-changed (raised) action:github/open#ActionInput_github_open: `owner` is new, `owner` is required
    → let whoever gives it know, or let the field be optional
schema-changed (raised) sync:github/issues#Issue: `title` is gone, `state` is new
    → let whoever reads it know, or keep the field until they moved
required-setting-added action:github/open#ActionInput_github_open: `owner` must now be given
    → give it wherever the function is used, before the deploy
"#);
    let unread = || json!({"unread": "known after `nango compile`"});
    let printed = |print: &str| {
        function(
            "sync",
            "github/issues",
            json!({"models": ["Issue"], "model_prints": {"Issue": print}, "json_schema": unread()}),
        )
    };
    let plan = plan(vec![printed("sha256:a")], vec![printed("sha256:b")]);
    insta::assert_snapshot!(said(&plan), @"schema-changed sync:github/issues#Issue: its source changed; what that means for its fields is known after `nango compile`");
    assert_eq!(plan.changes[0].what, What::Modify { fields: vec![], code: true });
    assert_eq!(plan.unknown, []);
}

#[test]
fn a_function_that_somebody_else_deployed_is_said_to_be_taken() {
    let plan = plan(
        vec![
            function("sync", "github/a", json!({"source": "catalog", "enabled": true, "version": "0.0.3"})),
            function("sync", "github/b", json!({"source": "repo"})),
        ],
        vec![function("sync", "github/a", json!({"version": ""})), function("sync", "github/b", json!({}))],
    );
    insta::assert_snapshot!(said(&plan), @r#"
ownership-taken sync:github/a: what runs there came from `catalog`, and would be overwritten
    → look at what was changed there, and bring it into the source
"#);
    assert!(plan.is_empty());
}

/// A project of one integration, as it is read from source.
fn read(issues: &str, more: &[(&str, &str)]) -> Manifest {
    let zod = "import { createSync } from 'nango';\nimport * as z from 'zod';\n";
    let mut index = vec!["import './github/syncs/issues.js';".to_owned()];
    let mut files = vec![("github/syncs/issues.ts".to_owned(), format!("{zod}{issues}"))];
    for (name, text) in more {
        index.push(format!("import './{}.js';", name.trim_end_matches(".ts")));
        files.push(((*name).to_owned(), format!("{zod}{text}")));
    }
    files.push(("index.ts".to_owned(), index.join("\n")));
    extract(&project(), &Tree::of_texts(files)).manifest
}

fn project() -> Project {
    Project {
        id: ProjectId::new("x").unwrap(),
        path: String::new(),
        platform: PlatformName::Nango,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

#[test]
fn two_commits_are_compared_as_people_would() {
    let before = read(
        "const Issue = z.object({ id: z.string() });
         const sync = createSync({ description: 'Issues', version: '1.0.0', frequency: 'every hour', autoStart: true,
           endpoints: [{ method: 'GET', path: '/issues', group: 'Issues' }], scopes: ['repo', 'user'], syncType: 'full',
           models: { Issue }, metadata: z.object({}), exec: async (nango) => { await nango.log('a'); } });
         export default sync;",
        &[(
            "github/syncs/old-repos.ts",
            "export default createSync({ description: 'Repos', frequency: '1h', models: { Repo: z.object({ id: z.string() }) }, exec: async () => {} });",
        )],
    );
    // Written otherwise, and the same; only what the model holds and how often it runs differ.
    let after = read(
        "const Issue = z.object({ id: z.string(), title: z.string() });
         export default createSync({ scopes: [\"user\", 'repo'], models: { Issue }, frequency: 'every 30 min', metadata: z.object({}),
           description: 'Issues', endpoints: [{ path: '/issues', group: 'Issues', method: 'GET' }], autoStart: true,
           version: '1.0.0', exec: async (nango) => { await nango.log('a'); } });",
        &[("github/syncs/repos.ts", "export default createSync({ description: 'Repos', frequency: '1h', models: { Repo: z.object({ id: z.string() }) }, exec: async () => {} });")],
    );
    assert_eq!((before.resources.len(), after.resources.len()), (2, 2));
    let commit = CommitSha::new("c".repeat(40)).unwrap();
    let basis = Basis::Recorded { version: Version::new(1, 0, 0), commit };
    let seen = Observed { basis, manifest: before, extras: Extras::unknown("its key is not in this run") };
    let plan = plan_against(&seen, &after);
    let changes = plan.changes.iter().map(|change| format!("{} {:?}", change.resource, change.what));
    insta::assert_snapshot!(changes.chain([said(&plan)]).collect::<Vec<_>>().join("\n"), @r#"
sync:github/old-repos Remove
sync:github/issues Modify { fields: [FieldChange { name: "runs", old: String("every 1 h"), new: String("every 30 min") }], code: true }
sync:github/repos Add
resource-removed sync:github/old-repos: the sync stops and its records are deleted, for an unknown number of connections
    → bring it back, or name it in `consent` when this is deployed
schema-changed sync:github/issues#Issue: its source changed; what that means for its fields is known after `nango compile`
trigger-changed sync:github/issues: `runs` every 1 h → every 30 min
basis-recorded environment:prod: compared with release 1.0.0 (ccccccc), not with what runs: a change made there by hand is not seen
"#);
    assert_eq!(plan.unknown, []);
    assert_eq!(plan.renames.len(), 1);
    // Against itself nothing differs.
    let same = Observed { manifest: after.clone(), ..seen };
    assert!(plan_against(&same, &after).is_empty());
}
