//! What is said of changes between two states of a project.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::manifest::{Known, Manifest, Origin, ResourceId};
use crate::names::{CommitSha, Digest, LaneId};
use crate::plan::message::Code;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Basis, Brief, Extras, Observed, Plan, build};

fn dag(id: &str, attributes: &[(&str, Value)]) -> Resource {
    Resource {
        id: ResourceId::new("dag", id),
        attributes: attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Attribute::Value(value.clone())))
            .collect(),
        fingerprint: None,
        artefact: None,
        place: None,
    }
}

fn plan_with(old: Vec<Resource>, new: Vec<Resource>, extras: Extras) -> Plan {
    let seen = Observed { basis: Basis::Live, manifest: Manifest::new(Origin::Source, old), extras };
    build(Brief {
        lane: LaneId { project: "etl".parse().unwrap(), environment: "prod".parse().unwrap() },
        commit: CommitSha::new("a".repeat(40)).unwrap(),
        only: None,
        desired: &Manifest::new(Origin::Source, new),
        seen: &seen,
        base: None,
        rules: &Astro,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Next,
        previous: None,
        also: Vec::new(),
    })
}

fn said(old: &[(&str, Value)], new: &[(&str, Value)]) -> Vec<String> {
    let plan = plan_with(vec![dag("a", old)], vec![dag("a", new)], Extras::none("x"));
    plan.messages
        .into_iter()
        .map(|message| format!("{}{}: {}", message.code, if message.raised { "!" } else { "" }, message.says))
        .collect()
}

#[test]
fn spellings_of_one_schedule_are_no_change() {
    for (old, new) in [
        (json!("@daily"), json!("0 0 * * *")),
        (json!({"assets": ["a", "b"]}), json!({"assets": ["b", "a"]})),
        (json!(" 0  0 * * *"), json!("@midnight")),
    ] {
        let plan =
            plan_with(vec![dag("a", &[("schedule", old)])], vec![dag("a", &[("schedule", new)])], Extras::none("x"));
        assert!(plan.is_empty());
    }
}

#[test]
fn a_change_says_what_it_means() {
    for (old, new, expected) in [
        (
            vec![("schedule", json!("@daily"))],
            vec![("schedule", json!("@hourly"))],
            vec!["trigger-changed: `schedule` 0 0 * * * → 0 * * * *"],
        ),
        (
            vec![("schedule", json!("@daily"))],
            vec![("schedule", json!({"assets": ["a"]}))],
            vec!["trigger-changed: `schedule` 0 0 * * * → on 1 asset (cron → assets)"],
        ),
        (
            vec![("schedule", json!("@daily"))],
            vec![("schedule", json!(null))],
            vec!["resource-disabled: no longer runs by itself: `schedule` is none"],
        ),
        (
            vec![("schedule", json!(null))],
            vec![("schedule", json!("@daily"))],
            vec!["enabled-by-default: starts by itself unless the deployment pauses new DAGs"],
        ),
        (
            vec![("catchup", json!(false)), ("start_date", json!("2024-01-01T00:00:00+00:00"))],
            vec![("catchup", json!(true)), ("start_date", json!("2024-01-01T00:00:00+00:00"))],
            vec!["enabled-by-default: `catchup` is on: the runs since its start date that are missing begin at once"],
        ),
        (
            vec![("params", json!({"a": 1}))],
            vec![("params", json!({"a": 1, "b": {"schema": {"type": "string"}}}))],
            vec!["required-setting-added: `b` must be given to every run"],
        ),
        (
            vec![("params", json!({"a": 1}))],
            vec![("params", json!({"b": 1}))],
            vec!["schema-changed!: no longer takes `a`; takes also `b`"],
        ),
        (vec![("tags", json!(["a"]))], vec![("tags", json!(["b"]))], vec![]),
    ] {
        assert_eq!(said(&old, &new), expected, "{old:?} {new:?}");
    }
}

#[test]
fn a_removed_dag_is_destructive_and_who_waits_for_it_is_named() {
    let new = vec![
        dag("plan", &[("schedule", json!("@daily")), ("dags", json!(["load"]))]),
        dag("report", &[("schedule", json!({"assets": [{"any": ["load", "s3://x"]}]}))]),
    ];
    let load = dag("load", &[("schedule", json!(null)), ("outlets", json!(["load"]))]);
    let old = vec![load, dag("plan", &[("schedule", json!("@daily"))]), new[1].clone()];
    let plan = plan_with(old, new, Extras::none("x"));
    assert_eq!(plan.destructive, BTreeSet::from([Subject::whole(ResourceId::new("dag", "load"))]));
    let says: Vec<String> = plan.messages.iter().map(|message| format!("{}: {}", message.code, message.says)).collect();
    assert_eq!(
        says,
        [
            "contract-removed: it has no schedule, so others trigger it, and their calls would fail",
            "contract-removed: it is triggered or waited for by `plan`",
            "contract-removed: nothing updates `load` any more; `report` is scheduled on that",
            "resource-removed: it no longer runs, and its history can no longer be reached",
        ]
    );
}

/// What is said of assets when a project becomes another, with the removals that must be named. Each DAG is its id, its schedule and
/// what it updates.
fn of_assets(old: &[(&str, Value, Value)], new: &[(&str, Value, Value)]) -> Vec<String> {
    let all = |dags: &[(&str, Value, Value)]| {
        let of = |(id, schedule, outlets): &(&str, Value, Value)| {
            let attribute = |value: &Value| serde_json::from_value::<Attribute>(value.clone()).unwrap();
            let mut resource = dag(id, &[]);
            let told = [("schedule", schedule), ("outlets", outlets)];
            resource.fingerprint = Some(Digest::of(outlets.to_string().as_bytes()));
            resource.attributes.extend(told.map(|(name, value)| (name.to_owned(), attribute(value))));
            resource
        };
        dags.iter().map(of).collect::<Vec<_>>()
    };
    let plan = plan_with(all(old), all(new), Extras::none("x"));
    let codes = [Code::ContractRemoved, Code::SchemaChanged, Code::BasisPartial];
    let told = plan.messages.into_iter().filter(|message| codes.contains(&message.code));
    let told = told.map(|message| {
        let raised = if message.raised { "!" } else { "" };
        format!("{}{raised} {}: {}", message.code, message.subject, message.says)
    });
    plan.destructive.iter().map(|subject| format!("- {subject}")).chain(told).collect()
}

#[test]
fn an_asset_that_nothing_updates_any_more_is_a_contract_and_must_be_named() {
    let (daily, on_x) = (json!("@daily"), json!({"assets": ["s3://x"]}));
    let load = |outlets: Value| ("load", daily.clone(), outlets);
    let report = || ("report", on_x.clone(), json!([]));
    let x = || json!(["s3://x"]);
    let code = || json!({"dynamic": "calls `more`"});
    let mut said = Vec::new();
    for (title, old, new) in [
        ("the DAG goes", vec![load(x()), report()], vec![report()]),
        ("the task goes", vec![load(x()), report()], vec![load(json!([])), report()]),
        ("nobody waits for it", vec![load(x())], vec![load(json!([]))]),
        (
            "another DAG updates it",
            vec![load(x()), report()],
            vec![("other", daily.clone(), json!(["s3://x/"])), report()],
        ),
        (
            "it is moved to a DAG that stays",
            vec![load(x()), ("b", daily.clone(), json!([]))],
            vec![load(json!([])), ("b", daily.clone(), x())],
        ),
        ("it says more of itself", vec![load(x())], vec![load(json!([{"asset": "s3://x", "extra": {"v": 2}}]))]),
        (
            "it is called otherwise",
            vec![load(json!([{"asset": "s3://x", "name": "x"}]))],
            vec![load(json!([{"asset": "s3://y", "name": "x"}]))],
        ),
        ("who waits is not known", vec![load(x()), ("report", code(), json!([]))], vec![("report", code(), json!([]))]),
        ("what it updated is not known", vec![load(code()), report()], vec![report()]),
        ("what it updates now is not known", vec![load(x()), report()], vec![load(code()), report()]),
        (
            "what it updated is not known, and all that is waited for is updated",
            vec![load(code()), report()],
            vec![("b", daily.clone(), x()), report()],
        ),
    ] {
        said.push(format!("{title}:"));
        said.extend(of_assets(&old, &new));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    the DAG goes:
    - dag:load
    contract-removed dag:load: nothing updates `s3://x` any more; `report` is scheduled on that
    the task goes:
    - dag:load#s3://x
    contract-removed dag:load#s3://x: nothing updates `s3://x` any more; `report` is scheduled on that
    nobody waits for it:
    - dag:load#s3://x
    contract-removed dag:load#s3://x: nothing updates `s3://x` any more; no DAG here is scheduled on that
    another DAG updates it:
    - dag:load
    it is moved to a DAG that stays:
    schema-changed dag:b: updates also `s3://x`
    schema-changed dag:load: no longer updates `s3://x`, which another DAG does
    it says more of itself:
    schema-changed! dag:load: tells another URI, name, group or `extra` of `s3://x`
    it is called otherwise:
    schema-changed! dag:load: tells another URI, name, group or `extra` of `s3://x`
    who waits is not known:
    - dag:load
    contract-removed dag:load: nothing updates `s3://x` any more; whether `report` is scheduled on that, only running it tells
    what it updated is not known:
    - dag:load
    basis-partial dag:load: whether it updates an asset that `report` is scheduled on is not known: calls `more`
    what it updates now is not known:
    basis-partial dag:load: whether it still updates `s3://x` is not known, and `report` is scheduled on that: calls `more`
    what it updated is not known, and all that is waited for is updated:
    - dag:load
    ");
}

#[test]
fn a_renamed_dag_is_hinted() {
    let fields = [("schedule", json!("@daily")), ("tags", json!(["crm"]))];
    let plan = plan_with(vec![dag("load_orders", &fields)], vec![dag("load_orders_v2", &fields)], Extras::none("x"));
    assert_eq!(plan.renames.len(), 1);
}

#[test]
fn what_is_missing_there_is_named_and_what_is_not_known_is_said() {
    let needs = [
        ("connections", json!(["pg", "api"])),
        ("variables", json!(["table"])),
        ("env", json!(["HOME_URL"])),
        ("pools", json!(["slow"])),
    ];
    let extras = Extras {
        kept: true,
        secrets: Known::Yes(BTreeSet::from(["variable:table".to_owned(), "pool:slow".to_owned()])),
        integrations: Known::Yes([("pg".to_owned(), Known::Yes(true))].into()),
        connections: Known::No("not asked".to_owned()),
        scopes: Known::No("not asked".to_owned()),
    };
    let says = |extras: Extras| {
        let plan = plan_with(Vec::new(), vec![dag("a", &needs)], extras);
        let told = plan.messages.iter().filter(|message| message.code.name() != "enabled-by-default");
        told.map(|message| format!("{} {}: {}", message.code, message.subject, message.says)).collect::<Vec<_>>()
    };
    assert_eq!(
        says(extras),
        [
            "app-configuration-missing connection:api: does not exist there; 1 DAG needs it",
            "secret-missing dag:a#HOME_URL: environment variable `HOME_URL` is read and does not exist there",
        ]
    );
    assert_eq!(
        says(Extras::unknown("a secrets backend is set")),
        [
            "basis-partial environment:prod: not known: whether the connections exist, whether the variables exist (a secrets backend is set)",
        ]
    );
}

#[test]
fn notes_of_an_added_dag() {
    let notes = |attributes: &[(&str, Value)]| Astro.notes(&dag("a", attributes)).join(" · ");
    assert_eq!(notes(&[("schedule", json!("@daily")), ("tasks", json!(["a", "b"]))]), "@daily · 2 tasks");
    assert_eq!(
        notes(&[("schedule", json!(null)), ("is_paused_upon_creation", json!(true))]),
        "runs when triggered · paused at first"
    );
    assert_eq!(
        notes(&[("schedule", json!("1 day, 0:00:00")), ("catchup", json!(true)), ("start_date", json!("x"))]),
        "every 1 day, 0:00:00 · catches up"
    );
}
