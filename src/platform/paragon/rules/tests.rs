//! The ten release messages, each on a project before and after.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::super::extract;
use super::super::tests::{project, tree, workflow};
use super::*;
use crate::manifest::{Known, Manifest};
use crate::names::{CommitSha, EnvironmentName, LaneId, ProjectId};
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Basis, Brief, Extras, Observed, Plan, build};

const PATH: &str = "src/integrations/salesforce/workflows/Sync contacts.ts";
const CONFIG: &str = "src/integrations/custom.whereby/config.ts";
const EVENT: &str = "src/events/task.ts";
const INPUTS: &str = "src/integrations/salesforce/inputs.ts";

fn extras() -> Extras {
    Extras {
        kept: true,
        secrets: Known::Yes(BTreeSet::from(["API_SECRET".to_owned()])),
        integrations: Known::Yes(BTreeMap::from([
            ("salesforce".to_owned(), Known::Yes(true)),
            ("custom.whereby".to_owned(), Known::Yes(true)),
        ])),
        connections: Known::Yes(BTreeMap::from([("salesforce".to_owned(), 31), ("custom.whereby".to_owned(), 1)])),
        scopes: Known::No("not said".to_owned()),
    }
}

fn manifest(files: &[(&str, &str)]) -> Manifest {
    extract(&project(""), &tree(files)).manifest
}

fn plan_with(extras: Extras, before: &[(&str, &str)], after: &[(&str, &str)]) -> Plan {
    let seen = Observed { basis: Basis::Live, manifest: manifest(before), extras };
    build(Brief {
        lane: LaneId { project: ProjectId::new("crm").unwrap(), environment: EnvironmentName::new("prod").unwrap() },
        commit: CommitSha::new("a".repeat(40)).unwrap(),
        only: None,
        desired: &manifest(after),
        seen: &seen,
        base: None,
        rules: &Paragon,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Given(Version::new(1, 0, 0)),
        previous: None,
        also: vec![],
    })
}

/// The messages, one a line: `code (marks) subject: says`.
fn said(plan: &Plan) -> String {
    let lines = plan.messages.iter().map(|message| {
        let marks = [(message.blocks(), "blocks"), (message.raised, "raised"), (message.pre_existing, "already")];
        let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
        let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
        format!("{}{marks} {}: {}", message.code, message.subject, message.says)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn pair(before: &[(&str, &str)], after: &[(&str, &str)]) -> String {
    said(&plan_with(extras(), before, after))
}

fn asking(fields: &str) -> String {
    workflow("", "new Ask()", fields)
}

fn whereby(rest: &str) -> String {
    format!("export default {{ name: 'Whereby', {rest} }};\n")
}

#[test]
fn a_new_integration_that_needs_an_app_and_a_secret_that_is_not_there_block() {
    let text = asking("").replace("API_SECRET", "OTHER");
    let slack = whereby("authenticationType: 'oauth'");
    let basic = whereby("authenticationType: 'basic'");
    let after = [
        (PATH, text.as_str()),
        ("src/integrations/custom.slack/config.ts", &slack),
        ("src/integrations/custom.basic/config.ts", &basic),
    ];
    let before = asking("");
    insta::assert_snapshot!(pair(&[(PATH, &before)], &after), @"
    app-configuration-missing (blocks) integration:custom.slack: is not configured there: nobody can connect it
    secret-missing (blocks) workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450#OTHER: environment secret `OTHER` is read in `src/integrations/salesforce/workflows/Sync contacts.ts` and does not exist there
    ");
    assert!(pair(&after, &after).lines().all(|line| line.contains("(already)")), "{}", pair(&after, &after));
}

#[test]
fn an_event_that_changes_its_shape_or_goes_is_said_with_who_used_it() {
    let event =
        |schema: &str| format!("const event = {{ name: 'New Task', schema: {schema} }};\nexport default event;\n");
    let (one, two, same) =
        (event("{ title: 'x', id: 1 }"), event("{ title: 1, due: 'x' }"), event("{ id: 2, title: 'y' }"));
    assert_eq!(pair(&[(EVENT, &one)], &[(EVENT, &same)]), "", "a sample of the same shape says the same");
    insta::assert_snapshot!(pair(&[(EVENT, &one)], &[(EVENT, &two)]), @"schema-changed (raised) event:New Task: `title` was string, is number, `id` is gone, `due` is new");
    let more = event("{ title: 'x', id: 1, due: 'x' }");
    insta::assert_snapshot!(pair(&[(EVENT, &one)], &[(EVENT, &more)]), @"schema-changed event:New Task: `due` is new");
    let starts = workflow("import task from '../../../events/task';", "new EventStep(task)", "");
    let asks = asking("");
    insta::assert_snapshot!(pair(&[(EVENT, &one), (PATH, &starts)], &[(PATH, &asks)]), @"
    contract-removed event:New Task: sending it is answered with an error, and no workflow starts by it; it started “Sync contacts” of salesforce
    trigger-changed workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: runs on request, not on event “New Task”, for 31 connected users
    ");
}

#[test]
fn scopes_that_are_added_ask_users_to_connect_again() {
    let config = |scopes: &str| whereby(&format!("authenticationType: 'oauth', scopes: '{scopes}'"));
    let (one, two, spelled) = (config("read write"), config("read admin"), config("write,  read"));
    assert_eq!(pair(&[(CONFIG, &one)], &[(CONFIG, &spelled)]), "");
    insta::assert_snapshot!(pair(&[(CONFIG, &one)], &[(CONFIG, &two)]), @"scopes-changed (raised) integration:custom.whereby: asks also for `admin`; no longer asks for `write`, for 1 connected user");
    let less = config("read");
    insta::assert_snapshot!(pair(&[(CONFIG, &one)], &[(CONFIG, &less)]), @"scopes-changed integration:custom.whereby: no longer asks for `write`, for 1 connected user");
}

#[test]
fn scopes_that_the_app_there_lacks_are_said() {
    let config = whereby("authenticationType: 'oauth', scopes: 'read write'");
    let scopes = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Extras { scopes: Known::Yes(BTreeMap::from([("custom.whereby".to_owned(), names)])), ..extras() }
    };
    assert_eq!(said(&plan_with(scopes(&["read", "write"]), &[], &[(CONFIG, &config)])), "");
    insta::assert_snapshot!(said(&plan_with(scopes(&["read"]), &[], &[(CONFIG, &config)])), @"scopes-changed (raised) integration:custom.whereby: declares `write`, which its app there is not granted");
}

#[test]
fn what_is_removed_must_be_named_and_what_is_disabled_is_said() {
    let text = asking("");
    let (on, off) = (whereby("authenticationType: 'oauth'"), whereby("authenticationType: 'oauth', active: false"));
    let plan = plan_with(extras(), &[(CONFIG, &on), (PATH, &text)], &[]);
    insta::assert_snapshot!(said(&plan), @"
    resource-removed integration:custom.whereby: “Whereby”: its connected accounts and its workflows are deleted, for 1 connected user
    resource-removed workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: “Sync contacts”: it no longer runs, and what users set in it is lost, for 31 connected users
    ");
    assert_eq!(plan.destructive.len(), 2);
    insta::assert_snapshot!(pair(&[(CONFIG, &on)], &[(CONFIG, &off)]), @"resource-disabled integration:custom.whereby: is no longer active: its workflows pause, for 1 connected user");
    assert_eq!(pair(&[(CONFIG, &off)], &[(CONFIG, &on)]), "");
}

#[test]
fn settings_that_must_be_given_are_said_and_lost_ones_must_be_named() {
    let inputs = |settings: &str| format!("export default createInputs({{ {settings} }});\n");
    let optional = inputs("m: { id: '1', title: 'Mapping', type: 'field_mapping', required: false }");
    let required = inputs("m: { id: '1', title: 'Mapping', type: 'field_mapping', required: true }");
    insta::assert_snapshot!(pair(&[(INPUTS, &optional)], &[(INPUTS, &required)]), @"required-setting-added integration:salesforce#1: setting “Mapping” must be given, for 31 connected users");
    assert_eq!(pair(&[(INPUTS, &required)], &[(INPUTS, &optional)]), "");
    let renamed = inputs("m: { id: '2', title: 'Mapping', type: 'field_mapping', required: false }");
    let plan = plan_with(extras(), &[(INPUTS, &optional)], &[(INPUTS, &renamed)]);
    insta::assert_snapshot!(said(&plan), @"contract-removed integration:salesforce#1: setting “Mapping” is gone: what users entered in it is lost, for 31 connected users");
    assert_eq!(plan.destructive.len(), 1);
    let (plain, asks) =
        (asking(""), asking("inputs = createInputs({ a: { id: '9', title: 'Folder', required: true } });"));
    insta::assert_snapshot!(pair(&[(PATH, &plain)], &[(PATH, &asks)]), @"required-setting-added workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450#9: setting “Folder” must be given, for 31 connected users");
    assert_eq!(pair(&[], &[(PATH, &asks)]), "", "a new workflow has no users yet");
}

#[test]
fn a_workflow_that_everybody_gets_is_said() {
    let (on, off) = (asking("defaultEnabled = true;"), asking("defaultEnabled = false;"));
    insta::assert_snapshot!(pair(&[(PATH, &off)], &[(PATH, &on)]), @"enabled-by-default workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: “Sync contacts”: is enabled for everybody who has connected the integration, for 31 connected users");
    insta::assert_snapshot!(pair(&[], &[(PATH, &on)]), @"enabled-by-default workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: “Sync contacts”: is enabled for everybody who has connected the integration, for 31 connected users");
    insta::assert_snapshot!(pair(&[("src/integrations/salesforce/config.ts", "-")], &[(PATH, &on)]), @"enabled-by-default workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: “Sync contacts”: is enabled for everybody who has connected the integration, for nobody yet: the integration is new");
    assert_eq!(pair(&[(PATH, &on)], &[(PATH, &off)]), "");
}

#[test]
fn another_trigger_is_said_and_another_sample_of_the_same_is_not() {
    let with = |begin: &str| workflow("", begin, "");
    let cron = with("new CronStep({ cron: '0 9 * * *', timezone: 'UTC' })");
    let other = with("new CronStep({ cron: '0 10 * * *', timezone: 'UTC' })");
    let intent = with("integration.triggers.recordCreated({ recordType: 'Contact' })");
    let account = with("integration.triggers.recordCreated({ recordType: 'Account' })");
    insta::assert_snapshot!(pair(&[(PATH, &cron)], &[(PATH, &other)]), @"trigger-changed workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: runs at 0 10 * * * (UTC), not at 0 9 * * * (UTC), for 31 connected users");
    insta::assert_snapshot!(pair(&[(PATH, &cron)], &[(PATH, &intent)]), @"trigger-changed workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: runs on recordCreated, not at 0 9 * * * (UTC), for 31 connected users");
    assert_eq!(pair(&[(PATH, &intent)], &[(PATH, &account)]), "");
}

#[test]
fn what_nobody_said_is_not_known_and_computed_names_are_said() {
    let (text, hidden) = (asking(""), asking("").replace("'API_SECRET'", "name()"));
    insta::assert_snapshot!(said(&plan_with(Extras::unknown("no airlock.environment.toml"), &[], &[(PATH, &text)])), @"basis-partial environment:prod: not known: whether the integrations are configured, whether the environment secrets exist, how many users are connected (no airlock.environment.toml)");
    insta::assert_snapshot!(pair(&[(PATH, &hidden)], &[(PATH, &hidden)]), @"basis-partial workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: which environment secrets it needs is not known: a secret's name is made by calling `name`");
    let dynamic = asking("defaultEnabled = isEnabled();");
    let plan = plan_with(extras(), &[(PATH, &text)], &[(PATH, &dynamic)]);
    let unknown: Vec<&str> = plan.unknown.iter().map(|unknown| unknown.field.as_str()).collect();
    assert_eq!(unknown, ["defaultEnabled"]);
}

#[test]
fn an_added_workflow_is_noted_by_its_name_and_what_starts_it() {
    let text = workflow("", "new CronStep({ cron: '0 9 * * *' })", "defaultEnabled = true;");
    let plan = plan_with(extras(), &[], &[(PATH, &text)]);
    let notes =
        plan.changes.iter().find(|change| change.resource.kind == "workflow").map(|change| change.notes.clone());
    assert_eq!(notes.unwrap(), ["“Sync contacts”", "at 0 9 * * *", "enabled by default"]);
}
