//! Every code that Nango's rules tell, brought by an edit of the sources themselves.

use super::*;
use crate::manifest::Attribute;
use crate::plan::message::Code;

const ISSUES: &str = "import { createSync } from 'nango';
import * as z from 'zod';
const Issue = z.object({ id: z.string() });
const Label = z.object({ id: z.string() });
export default createSync({
  description: 'Issues', version: '1.0.0', frequency: 'every hour', autoStart: true, syncType: 'full', scopes: ['repo'],
  endpoints: [{ method: 'GET', path: '/issues' }, { method: 'GET', path: '/labels' }], webhookSubscriptions: [],
  models: { Issue, Label },
  exec: async (nango) => { await nango.log('a'); },
});
";
const CLOSE: &str = "import { createAction } from 'nango';
import * as z from 'zod';
export default createAction({
  description: 'Close', endpoint: { method: 'POST', path: '/close' },
  input: z.object({ id: z.string() }), output: z.void(), exec: async () => {},
});
";
const WELCOME: &str = "import { createOnEvent } from 'nango';
export default createOnEvent({ description: 'Greets', event: 'post-connection-creation', exec: async () => {} });
";
const INDEX: &str = "import './github/syncs/issues.js';
import './github/actions/close.js';
import './github/on-events/welcome.js';
";

type Files = BTreeMap<&'static str, String>;

fn files() -> Files {
    let pairs = [
        ("github/syncs/issues.ts", ISSUES),
        ("github/actions/close.ts", CLOSE),
        ("github/on-events/welcome.ts", WELCOME),
        ("index.ts", INDEX),
    ];
    pairs.into_iter().map(|(name, text)| (name, text.to_owned())).collect()
}

/// The project with one text for another; the text is in one of its files.
fn edited(from: &str, to: &str) -> Files {
    let mut files = files();
    let text = files.values_mut().find(|text| text.contains(from)).unwrap();
    *text = text.replace(from, to);
    files
}

/// The project with another file, which `index.ts` names.
fn with(name: &'static str, text: &str) -> Files {
    let mut files = files();
    *files.get_mut("index.ts").unwrap() += &format!("import './{}.js';\n", name.trim_end_matches(".ts"));
    files.insert(name, text.to_owned());
    files
}

fn manifest(files: &Files) -> Manifest {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
    extract(&project(), &Tree::of_texts(files.collect::<Vec<_>>())).manifest
}

/// What is said of these files where those were live; `source` is whose the live sync is.
fn between(before: &Files, after: &Files, source: &str) -> Plan {
    let mut there = manifest(before);
    there.origin = Origin::Live;
    if let Some(issues) = there.resources.get_mut(&ResourceId::new("sync", "github/issues")) {
        issues.attributes.insert("source".to_owned(), Attribute::Value(json!(source)));
    }
    let scopes = Known::Yes(BTreeMap::from([("github".to_owned(), BTreeSet::from(["repo".to_owned()]))]));
    let seen = Observed { basis: Basis::Live, manifest: there, extras: Extras { scopes, ..extras() } };
    plan_against(&seen, &manifest(after))
}

#[test]
fn every_code_is_brought_by_an_edit_of_the_sources() {
    let reads = "const all = await nango.getEnvironmentVariables(); await nango.log(String(all?.find((v) => v.name === 'TOKEN')?.value))";
    let deals = ISSUES.replace("Issue", "Deal").replace("Label", "Stage");
    let edits: [(&str, Files, Files); 20] = [
        ("another frequency", files(), edited("every hour", "every day")),
        ("another sync type", files(), edited("'full'", "'incremental'")),
        ("another webhook", files(), edited("webhookSubscriptions: []", "webhookSubscriptions: ['push']")),
        ("another event", files(), edited("post-connection-creation", "validate-connection")),
        ("no start by itself", files(), edited("autoStart: true", "autoStart: false")),
        ("a start by itself", edited("autoStart: true", "autoStart: false"), files()),
        ("one more scope", files(), edited("['repo']", "['repo', 'user']")),
        ("one scope less", edited("['repo']", "['repo', 'user']"), files()),
        ("a model that goes", files(), edited("models: { Issue, Label }", "models: { Issue }")),
        ("an endpoint that goes", files(), edited(", { method: 'GET', path: '/labels' }", "")),
        ("an action's endpoint that goes", files(), edited(", endpoint: { method: 'POST', path: '/close' }", "")),
        ("another model", files(), edited("Issue = z.object({ id: z.string()", "Issue = z.object({ id: z.number()")),
        ("metadata", files(), edited("models: {", "metadata: z.object({ team: z.string() }), models: {")),
        ("a variable", files(), edited("await nango.log('a')", reads)),
        ("no action", files(), edited("import './github/actions/close.js';\n", "")),
        ("no script", files(), edited("import './github/on-events/welcome.js';\n", "")),
        ("no sync", files(), edited("import './github/syncs/issues.js';\n", "")),
        ("another integration", files(), with("hubspot/syncs/deals.ts", &deals)),
        ("no more of an integration", with("hubspot/syncs/deals.ts", &deals), files()),
        ("a new sync", edited("import './github/syncs/issues.js';\n", ""), files()),
    ];
    let mut told = BTreeSet::new();
    let mut lines = Vec::new();
    for (name, before, after) in &edits {
        assert_ne!(before, after, "{name}");
        let plan = between(before, after, "repo");
        told.extend(plan.messages.iter().map(|message| message.code));
        lines.push(format!("# {name}\n{}", said(&plan)));
        let same = between(after, after, "repo");
        assert!(same.is_empty() && same.messages.iter().all(|message| message.pre_existing), "{name}: {}", said(&same));
    }
    let taken = between(&files(), &files(), "catalog");
    told.extend(taken.messages.iter().map(|message| message.code));
    lines.push(format!("# from the catalog\n{}", said(&taken)));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    # another frequency
    trigger-changed sync:github/issues: `runs` every 1 h → every 1 d
    # another sync type
    trigger-changed sync:github/issues: `sync_type` full → incremental
    # another webhook
    trigger-changed sync:github/issues: `webhookSubscriptions` none → push
    # another event
    trigger-changed on-event:github/welcome: `event` post-connection-creation → validate-connection
    # no start by itself
    resource-disabled sync:github/issues: no longer starts by itself, for 31 connections
        → start it for each connection that needs it
    # a start by itself
    enabled-by-default sync:github/issues: starts by itself as soon as it is deployed, for 31 connections
    # one more scope
    scopes-changed (raised) integration:github#user: `user` is not among the scopes that it asks for there, and `github/issues` needs it
        → add it in Nango → prod → Integrations, and authorise its connections again
    scopes-changed (raised) sync:github/issues: needs also `user`, for 31 connections
        → add the scopes to the integration, and authorise its connections again
    # one scope less
    scopes-changed sync:github/issues: no longer needs `user`, for 31 connections
    # a model that goes
    contract-removed sync:github/issues#Label: model `Label` is gone: its records are deleted, for 31 connections
        → bring it back, or name it in `consent` when this is deployed
    # an endpoint that goes
    contract-removed sync:github/issues#GET /labels: endpoint `GET /labels` is gone: calls to it fail, for 31 connections
        → bring it back, or name it in `consent` when this is deployed
    # an action's endpoint that goes
    contract-removed action:github/close#POST /close: endpoint `POST /close` is gone: calls to it fail, for 31 connections
        → bring it back, or name it in `consent` when this is deployed
    # another model
    schema-changed sync:github/issues#Issue: its source changed; what that means for its fields is known after `nango compile`
    # metadata
    required-setting-added sync:github/issues: reads metadata that each connection must have
        → set the metadata on every connection, or let the sync do without
    # a variable
    secret-missing (blocks) sync:github/issues#TOKEN: variable `TOKEN` is read in `github/syncs/issues.ts` and does not exist there
        → add it in Nango → prod → Environment variables
    # no action
    resource-removed action:github/close: calls to the action fail, for 31 connections
        → bring it back, or name it in `consent` when this is deployed
    # no script
    resource-removed on-event:github/welcome: the script no longer runs, for 31 connections
        → bring it back, or name it in `consent` when this is deployed
    # no sync
    resource-removed sync:github/issues: the sync stops and its records are deleted, for 31 connections
        → bring it back, or name it in `consent` when this is deployed
    # another integration
    app-configuration-missing (blocks) integration:hubspot: does not exist there; 1 function needs it, and the deploy would fail
        → create it in Nango → prod → Integrations
    enabled-by-default sync:hubspot/deals: starts by itself as soon as it is deployed, for an unknown number of connections
    # no more of an integration
    resource-removed sync:hubspot/deals: the sync stops and its records are deleted, for an unknown number of connections
        → bring it back, or name it in `consent` when this is deployed
    # a new sync
    enabled-by-default sync:github/issues: starts by itself as soon as it is deployed, for 31 connections
    # from the catalog
    ownership-taken sync:github/issues: what runs there came from `catalog`, and would be overwritten
        → look at what was changed there, and bring it into the source
    "#);
    let told: Vec<&str> = told.into_iter().map(Code::name).collect();
    insta::assert_snapshot!(told.join(" "), @"app-configuration-missing secret-missing schema-changed contract-removed scopes-changed resource-removed resource-disabled required-setting-added enabled-by-default trigger-changed ownership-taken");
}
