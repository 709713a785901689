//! The catalogue of messages, walked: every code has a project before and after that brings it, on each platform that tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::house::sources;
use crate::context::inputs::PlatformName;
use crate::manifest::{Known, Manifest, Origin, Resource, ResourceId};
use crate::names::{CommitSha, LaneId};
use crate::plan::message::Code;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Basis, Brief, Extras, Observed, Plan, build};
use crate::platform;
use PlatformName::{Astro, Command, Nango, Paragon};

/// The platforms whose rules tell a code. A new code does not compile until it has its line here; one that no platform tells
/// is told by the run itself, or by the plan.
fn told_by(code: Code) -> &'static [PlatformName] {
    match code {
        Code::AppConfigurationMissing | Code::SchemaChanged | Code::ContractRemoved | Code::RequiredSettingAdded => {
            &[Nango, Astro, Paragon]
        }
        Code::SecretMissing
        | Code::ResourceRemoved
        | Code::ResourceDisabled
        | Code::EnabledByDefault
        | Code::TriggerChanged => &[Nango, Astro, Paragon, Command],
        Code::ScopesChanged => &[Nango, Paragon, Command],
        Code::ImageNeeded | Code::RuntimeUnreachable => &[Astro],
        // What Paragon's dashboard and a command of one's own overwrite, nobody tells us.
        Code::OwnershipTaken => &[Nango, Astro],
        Code::WouldUndoHotfix
        | Code::PolicyChanged
        | Code::ArtefactChanged
        | Code::EnvironmentUnprotected
        | Code::ProductionKeyExposed
        | Code::SamePlace
        | Code::PlaceChanged
        | Code::BasisRecorded
        | Code::BasisPartial
        | Code::Untested
        | Code::PartOnly
        | Code::Drift => &[],
    }
}

/// One project before and after: kind, id and fields of each resource.
struct Pair {
    platform: PlatformName,
    code: Code,
    before: Vec<(&'static str, &'static str, Value)>,
    after: Vec<(&'static str, &'static str, Value)>,
}

/// One resource that changes from these fields to those.
fn modified(
    platform: PlatformName,
    code: Code,
    (kind, id): (&'static str, &'static str),
    old: Value,
    new: Value,
) -> Pair {
    Pair { platform, code, before: vec![(kind, id, old)], after: vec![(kind, id, new)] }
}

/// One resource that is new.
fn added(platform: PlatformName, code: Code, (kind, id): (&'static str, &'static str), new: Value) -> Pair {
    Pair { platform, code, before: Vec::new(), after: vec![(kind, id, new)] }
}

/// One resource that goes.
fn removed(platform: PlatformName, code: Code, (kind, id): (&'static str, &'static str), old: Value) -> Pair {
    Pair { platform, code, before: vec![(kind, id, old)], after: Vec::new() }
}

fn nango() -> Vec<Pair> {
    let (sync, open) = (("sync", "github/issues"), ("action", "github/open"));
    let input = |required: Value| {
        let properties = json!({"title": {"type": "string"}, "owner": {"type": "string"}});
        let definitions = json!({"In": {"properties": properties, "required": required}});
        json!({"input": "In", "json_schema": {"definitions": definitions}})
    };
    vec![
        added(Nango, Code::AppConfigurationMissing, ("sync", "hubspot/deals"), json!({})),
        modified(Nango, Code::SecretMissing, sync, json!({"secrets": []}), json!({"secrets": ["NEW"]})),
        modified(Nango, Code::SchemaChanged, open, input(json!([])), input(json!(["owner"]))),
        modified(Nango, Code::ContractRemoved, sync, json!({"models": ["A", "B"]}), json!({"models": ["A"]})),
        modified(Nango, Code::ScopesChanged, sync, json!({"scopes": []}), json!({"scopes": ["repo"]})),
        removed(Nango, Code::ResourceRemoved, sync, json!({})),
        modified(Nango, Code::ResourceDisabled, sync, json!({"auto_start": true}), json!({"auto_start": false})),
        modified(Nango, Code::RequiredSettingAdded, open, input(json!([])), input(json!(["owner"]))),
        added(Nango, Code::EnabledByDefault, sync, json!({"auto_start": true})),
        modified(Nango, Code::TriggerChanged, sync, json!({"runs": "every hour"}), json!({"runs": "every 15m"})),
        modified(Nango, Code::OwnershipTaken, sync, json!({"source": "catalog"}), json!({})),
    ]
}

fn astro() -> Vec<Pair> {
    let dag = ("dag", "nightly");
    let updates = |assets: Value| json!({"schedule": "@daily", "outlets": assets});
    vec![
        added(Astro, Code::AppConfigurationMissing, dag, json!({"connections": ["absent"]})),
        added(Astro, Code::SecretMissing, dag, json!({"env": ["ABSENT"]})),
        modified(Astro, Code::SchemaChanged, dag, json!({"params": {"a": 1}}), json!({"params": {"b": 1}})),
        modified(Astro, Code::SchemaChanged, dag, updates(json!([])), updates(json!(["s3://orders"]))),
        removed(Astro, Code::ContractRemoved, dag, json!({"schedule": null})),
        removed(Astro, Code::ContractRemoved, dag, updates(json!(["s3://orders"]))),
        modified(Astro, Code::ContractRemoved, dag, updates(json!(["s3://orders"])), updates(json!([]))),
        removed(Astro, Code::ResourceRemoved, dag, json!({"schedule": "@daily"})),
        modified(Astro, Code::ResourceDisabled, dag, json!({"schedule": "@daily"}), json!({"schedule": null})),
        modified(
            Astro,
            Code::RequiredSettingAdded,
            dag,
            json!({"params": {}}),
            json!({"params": {"b": {"schema": {"type": "string"}}}}),
        ),
        modified(Astro, Code::EnabledByDefault, dag, json!({"schedule": null}), json!({"schedule": "@daily"})),
        modified(
            Astro,
            Code::ImageNeeded,
            ("image", "runtime"),
            json!({"runtime": "13.1.0"}),
            json!({"runtime": "13.2.0"}),
        ),
        modified(
            Astro,
            Code::RuntimeUnreachable,
            ("image", "runtime"),
            json!({"runtime": "13.2.0"}),
            json!({"runtime": "13.1.0"}),
        ),
        modified(Astro, Code::OwnershipTaken, dag, json!({"deployed_from": "acme/other"}), json!({})),
        modified(Astro, Code::TriggerChanged, dag, json!({"schedule": "@daily"}), json!({"schedule": "@hourly"})),
    ]
}

fn paragon() -> Vec<Pair> {
    let (flow, own, event) = (("workflow", "salesforce/1"), ("integration", "custom.own"), ("event", "Paid"));
    let setting = |required: bool| json!({"inputs": [{"id": "1", "title": "Folder", "required": required}]});
    vec![
        added(Paragon, Code::AppConfigurationMissing, own, json!({"authenticationType": "oauth"})),
        modified(Paragon, Code::SecretMissing, flow, json!({"secrets": []}), json!({"secrets": ["NEW"]})),
        modified(
            Paragon,
            Code::SchemaChanged,
            event,
            json!({"schema": {"id": "number"}}),
            json!({"schema": {"id": "string"}}),
        ),
        removed(Paragon, Code::ContractRemoved, event, json!({"schema": {}})),
        modified(
            Paragon,
            Code::ScopesChanged,
            ("integration", "salesforce"),
            json!({"scopes": ["a"]}),
            json!({"scopes": ["a", "b"]}),
        ),
        removed(Paragon, Code::ResourceRemoved, flow, json!({})),
        modified(
            Paragon,
            Code::ResourceDisabled,
            ("integration", "salesforce"),
            json!({"active": true}),
            json!({"active": false}),
        ),
        modified(Paragon, Code::RequiredSettingAdded, flow, setting(false), setting(true)),
        modified(
            Paragon,
            Code::EnabledByDefault,
            flow,
            json!({"defaultEnabled": false}),
            json!({"defaultEnabled": true}),
        ),
        modified(
            Paragon,
            Code::TriggerChanged,
            flow,
            json!({"trigger": "cron", "cron": "0 9 * * *"}),
            json!({"trigger": "endpoint"}),
        ),
    ]
}

fn command() -> Vec<Pair> {
    let job = ("job", "nightly");
    vec![
        added(Command, Code::SecretMissing, job, json!({"secrets": ["NEW"]})),
        removed(Command, Code::ResourceRemoved, job, json!({})),
        modified(Command, Code::ResourceDisabled, job, json!({"enabled": true}), json!({"enabled": false})),
        modified(Command, Code::EnabledByDefault, job, json!({"enabled": false}), json!({"enabled": true})),
        modified(Command, Code::TriggerChanged, job, json!({"trigger": "a"}), json!({"trigger": "b"})),
        modified(Command, Code::ScopesChanged, job, json!({"scopes": []}), json!({"scopes": ["read"]})),
    ]
}

fn manifest(resources: &[(&'static str, &'static str, Value)]) -> Manifest {
    let resource = |(kind, id, fields): &(&str, &str, Value)| Resource {
        id: ResourceId::new(*kind, *id),
        attributes: serde_json::from_value(fields.clone()).unwrap(),
        fingerprint: None,
        artefact: None,
        place: None,
    };
    Manifest::new(Origin::Source, resources.iter().map(resource))
}

fn plan(platform: PlatformName, before: Manifest, after: &Manifest) -> Plan {
    let there = ["github", "salesforce", "slack"].map(|name| (name.to_owned(), Known::Yes(true)));
    let extras = Extras {
        kept: true,
        secrets: Known::Yes(BTreeSet::from(["KNOWN".to_owned()])),
        integrations: Known::Yes(BTreeMap::from(there)),
        connections: Known::Yes(BTreeMap::from([("github".to_owned(), 31)])),
        scopes: Known::No("not asked".to_owned()),
    };
    build(Brief {
        lane: LaneId { project: "all".parse().unwrap(), environment: "prod".parse().unwrap() },
        commit: CommitSha::new("a".repeat(40)).unwrap(),
        desired: after,
        seen: &Observed { basis: Basis::Live, manifest: before, extras },
        base: None,
        rules: platform::code(platform).unwrap(),
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Next,
        previous: None,
        also: Vec::new(),
        only: None,
    })
}

#[test]
fn every_message_has_a_project_before_and_after_on_each_platform_that_tells_it() {
    let pairs: Vec<Pair> = [nango(), astro(), paragon(), command()].into_iter().flatten().collect();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        for platform in told_by(code) {
            if !pairs.iter().any(|pair| pair.code == code && pair.platform == *platform) {
                wrong.push(format!("{code} has no pair of {}", platform.as_str()));
            }
        }
    }
    for Pair { platform, code, before, after } in &pairs {
        let name = format!("{code} of {}", platform.as_str());
        if !told_by(*code).contains(platform) {
            wrong.push(format!("{name} has a pair and no line"));
        }
        let (before, after) = (manifest(before), manifest(after));
        let told = plan(*platform, before, &after);
        // Whose a thing is, is true of what runs already.
        let is_new = |pre_existing: bool| !pre_existing || *code == Code::OwnershipTaken;
        let message = told.messages.iter().find(|message| message.code == *code && is_new(message.pre_existing));
        match message {
            None => wrong.push(format!("{name} is not told: {:?}", told.messages)),
            Some(message) if message.says.trim().is_empty() => wrong.push(format!("{name} says nothing")),
            Some(_) => {}
        }
        let same = plan(*platform, after.clone(), &after);
        if same.messages.iter().any(|message| message.code == *code && !message.pre_existing) {
            wrong.push(format!("{name} is told of a project that stays as it is"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_message_that_no_platform_tells_is_told_by_the_program_itself() {
    let all: Vec<_> = sources();
    let mut wrong = Vec::new();
    for code in Code::ALL.into_iter().filter(|code| told_by(*code).is_empty()) {
        let word = format!("Code::{code:?}");
        let is_told = |source: &super::house::Source| {
            let path = source.path.to_string_lossy();
            !path.contains("plan/message") && source.lines.iter().any(|line| line.contains(&word))
        };
        if !all.iter().any(is_told) {
            wrong.push(code.name());
        }
    }
    assert!(wrong.is_empty(), "in the catalogue and never told: {}", wrong.join(", "));
}

#[test]
fn every_message_has_its_line_in_the_pages() {
    let page = include_str!("../../docs/messages.md");
    for code in Code::ALL {
        assert!(page.contains(&format!("`{}`", code.name())), "docs/messages.md does not tell {code}");
    }
}
