//! The difference, its digest and the plan that is built of them, over a toy platform.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use semver::Version;
use serde_json::{Value, json};

use super::diff::{Diff, diff, tell_origins};
use super::digest::digest;
use super::message::{Code, Message};
use super::rules::{Draft, Field, Rules, Shape, plain_text};
use super::version::{Ask, NumberLine, Series};
use super::*;
use crate::manifest::{Attribute, Origin, Resource};
use crate::names::{EnvironmentName, ProjectId};

/// Jobs with a schedule, tags in any order, steps in order, and outputs whose loss must be named.
struct Toy;

static FIELDS: &[Field] = &[
    Field::plain("schedule").spelled(lower),
    Field::flag("paused"),
    Field::set("tags"),
    Field { shape: Shape::List, ..Field::set("steps") },
    Field::set("outputs").of_parts("output", plain_text),
    Field::plain("hook").of_parts("hook", plain_text),
    Field::given("version"),
    Field::print("print"),
    Field::aside("secrets"),
];

fn lower(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| json!(text.to_lowercase()))
}

impl Rules for Toy {
    fn fields(&self, _: &str) -> &'static [Field] {
        FIELDS
    }

    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message> {
        let secrets = draft.desired.resources.values().flat_map(|resource| {
            let names = resource.attributes.get("secrets").and_then(Attribute::value).and_then(Value::as_array);
            names.into_iter().flatten().map(|name| {
                Message::new(Code::SecretMissing, Subject::part(resource.id.clone(), plain_text(name)), "missing")
            })
        });
        let removals =
            draft.destructive.iter().map(|subject| Message::new(Code::ResourceRemoved, subject.clone(), "gone"));
        secrets.chain(removals).collect()
    }

    fn notes(&self, resource: &Resource) -> Vec<String> {
        resource.attributes.keys().cloned().collect()
    }

    fn loss(&self, _: &Subject) -> String {
        "it is gone".to_owned()
    }
}

fn job(id: &str, attributes: Value) -> Resource {
    let Value::Object(map) = attributes else { panic!("attributes are an object") };
    let attributes = map.into_iter().map(|(name, value)| (name, serde_json::from_value(value).unwrap())).collect();
    Resource { id: ResourceId::new("job", id), attributes, fingerprint: None, artefact: None, place: None }
}

fn manifest(resources: Vec<Resource>) -> Manifest {
    Manifest::new(Origin::Source, resources)
}

fn live(resources: Vec<Resource>) -> Observed {
    Observed { basis: Basis::Live, manifest: manifest(resources), extras: Extras::unknown("not asked") }
}

fn between(there: Vec<Resource>, here: Vec<Resource>) -> Diff {
    diff(&manifest(here), &live(there), &Toy)
}

/// A difference in a few words: `- job:a`, `~ job:b schedule "x"→"y" code`, `+ job:c`, `? job:d tags`, `! job:b#out`.
fn told(diff: &Diff) -> Vec<String> {
    let changes = diff.changes.iter().map(|change| match &change.what {
        What::Add => format!("+ {}", change.resource),
        What::Remove => format!("- {}", change.resource),
        What::Modify { fields, code } => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{} {}→{}", field.name, field.old, field.new)).collect();
            format!("~ {} {}{}", change.resource, fields.join(" "), if *code { " code" } else { "" })
        }
    });
    let unknown = diff.unknown.iter().map(|field| format!("? {} {}", field.resource, field.field));
    let lost = diff.destructive.iter().filter(|subject| subject.part.is_some()).map(|subject| format!("! {subject}"));
    changes.chain(unknown).chain(lost).collect()
}

#[test]
fn order_defaults_and_spellings_are_no_changes() {
    let rows = [
        (
            "a missing field is its default",
            json!({}),
            json!({"paused": false, "tags": [], "schedule": null, "steps": []}),
        ),
        ("null is missing", json!({"tags": null, "paused": null}), json!({})),
        ("a set has no order and no doubles", json!({"tags": ["b", "a", "b"]}), json!({"tags": ["a", "b"]})),
        (
            "a number is a number",
            json!({"retries": 1, "more": {"b": 2.0, "a": [1.0]}}),
            json!({"more": {"a": [1], "b": 2}, "retries": 1.0}),
        ),
        ("a spelling is normalised", json!({"schedule": "Hourly"}), json!({"schedule": "hourly"})),
        (
            "elements of sets are compared whatever their keys' order",
            json!({"tags": [{"a": 1, "b": 2}]}),
            json!({"tags": [{"b": 2, "a": 1.0}]}),
        ),
        ("an aside is not compared", json!({"secrets": ["A"]}), json!({"secrets": ["B"]})),
        ("what the platform chose stays", json!({"version": "0.0.7"}), json!({})),
        ("an unknown field that both have", json!({"other": "x"}), json!({"other": "x"})),
    ];
    for (row, there, here) in rows {
        let diff = between(vec![job("a", there)], vec![job("a", here)]);
        assert_eq!((told(&diff), diff.unchanged), (vec![], 1), "{row}");
    }
}

#[test]
fn what_differs_is_told_field_by_field() {
    for (there, here, says) in [
        (json!({"steps": [1, 2]}), json!({"steps": [2, 1]}), "~ job:a steps [1,2]→[2,1]"),
        (json!({}), json!({"paused": true}), "~ job:a paused false→true"),
        (json!({"tags": ["b", "a"]}), json!({"tags": ["c", "a"]}), r#"~ job:a tags ["a","b"]→["a","c"]"#),
        (json!({"version": "1"}), json!({"version": "2"}), r#"~ job:a version "1"→"2""#),
        (json!({"retries": 1}), json!({"retries": 1.5}), "~ job:a retries 1→1.5"),
        (json!({"retries": 1}), json!({"retries": "1"}), r#"~ job:a retries 1→"1""#),
        (json!({"other": 1}), json!({}), "~ job:a other 1→null"),
        (json!({"print": "x"}), json!({"print": "y"}), "~ job:a  code"),
        (json!({"b": 1, "schedule": "x"}), json!({"b": 2, "schedule": "y"}), r#"~ job:a schedule "x"→"y" b 1→2"#),
    ] {
        assert_eq!(told(&between(vec![job("a", there)], vec![job("a", here)])), [says]);
    }
}

#[test]
fn removals_come_first_then_modifications_then_additions_each_by_id() {
    let there = vec![
        job("z", json!({})),
        job("m", json!({"paused": true})),
        job("b", json!({})),
        job("l", json!({"paused": true})),
    ];
    let here = vec![job("y", json!({})), job("a", json!({})), job("m", json!({})), job("l", json!({}))];
    let diff = between(there, here);
    assert_eq!(
        told(&diff),
        ["- job:b", "- job:z", "~ job:l paused true→false", "~ job:m paused true→false", "+ job:a", "+ job:y"]
    );
    assert_eq!(diff.destructive, ["b", "z"].map(|id| Subject::whole(ResourceId::new("job", id))).into());
}

#[test]
fn what_is_not_known_is_said_and_is_no_change() {
    let dynamic = || json!({"dynamic": "read from process.env"});
    let unread = || json!({"unread": "the key lacks a scope"});
    let diff = between(
        vec![job("a", json!({"tags": ["x"], "schedule": unread(), "paused": true}))],
        vec![job("a", json!({"tags": dynamic(), "schedule": "daily", "paused": false}))],
    );
    assert_eq!(told(&diff), ["~ job:a paused true→false", "? job:a schedule", "? job:a tags"]);
    assert_eq!(diff.unknown[0].why, "there now: the key lacks a scope");
    assert_eq!(diff.unknown[1].why, "declared: read from process.env");
    assert_eq!(diff.unread, BTreeSet::from(["the key lacks a scope".to_owned()]));
    assert!(diff.unknown.iter().all(|field| !field.may_remove));
}

#[test]
fn a_part_that_may_be_lost_unseen_is_marked() {
    let unread = || json!({"unread": "x"});
    for (there, here, may_remove) in [
        (json!({"outputs": ["o"]}), json!({"outputs": unread()}), true),
        (json!({"outputs": []}), json!({"outputs": unread()}), false),
        (json!({}), json!({"outputs": unread()}), false),
        (json!({"outputs": unread()}), json!({"outputs": ["o"]}), true),
        (json!({"outputs": unread()}), json!({"outputs": unread()}), true),
        (json!({"hook": "/x"}), json!({"hook": unread()}), true),
        (json!({"hook": null}), json!({"hook": unread()}), false),
    ] {
        let diff = between(vec![job("a", there.clone())], vec![job("a", here)]);
        assert_eq!(diff.unknown[0].may_remove, may_remove, "{there}");
    }
}

#[test]
fn a_part_lost_from_a_resource_that_stays_is_named_and_that_of_a_removed_one_is_covered() {
    let rich = |id: &str| job(id, json!({"outputs": ["o", "p"], "hook": "GET /x"}));
    let diff = between(vec![rich("stays"), rich("goes")], vec![job("stays", json!({"outputs": ["p", "q"]}))]);
    let removals: Vec<String> = diff.destructive.iter().map(ToString::to_string).collect();
    assert_eq!(removals, ["job:goes", "job:stays#GET /x", "job:stays#o"]);
}

#[test]
fn only_like_prints_are_compared() {
    let print = |text: &str| Some(Digest::of(text.as_bytes()));
    let with = |fingerprint: Option<Digest>, artefact: Option<Digest>| Resource {
        fingerprint,
        artefact,
        ..job("a", json!({}))
    };
    for (row, there, here, says) in [
        ("equal source", with(print("s"), None), with(print("s"), print("b")), vec![]),
        ("other source", with(print("s"), None), with(print("t"), print("b")), vec!["~ job:a  code"]),
        (
            "other artefact of equal source",
            with(print("s"), print("b")),
            with(print("s"), print("c")),
            vec!["~ job:a  code"],
        ),
        ("equal artefact", with(None, print("b")), with(print("s"), print("b")), vec![]),
        ("source against artefact", with(None, print("x")), with(print("y"), None), vec!["? job:a code"]),
        ("none there", with(None, None), with(print("y"), None), vec!["? job:a code"]),
        ("none at all", with(None, None), with(None, None), vec![]),
    ] {
        assert_eq!(told(&between(vec![there], vec![here])), says, "{row}");
    }
}

#[test]
fn an_unknown_basis_shows_no_additions_and_an_empty_one_shows_all() {
    let desired = manifest(vec![job("a", json!({})), job("b", json!({}))]);
    let of = |basis: Basis| diff(&desired, &Observed { basis, ..live(vec![job("z", json!({}))]) }, &Toy);
    assert_eq!(told(&of(Basis::Unknown { why: "no key".into() })), ["? job:a existence", "? job:b existence"]);
    assert_eq!(told(&of(Basis::None)), ["+ job:a", "+ job:b"]);
    assert!(!of(Basis::None).empties);
    let commit = CommitSha::new("a".repeat(40)).unwrap();
    assert_eq!(told(&of(Basis::Commit { commit })), ["- job:z", "+ job:a", "+ job:b"]);
}

#[test]
fn a_project_is_emptied_only_where_something_was() {
    assert!(between(vec![job("a", json!({}))], vec![]).empties);
    assert!(!between(vec![], vec![]).empties);
    assert!(!between(vec![job("a", json!({}))], vec![job("b", json!({}))]).empties);
}

fn renames(there: Vec<Resource>, here: Vec<Resource>) -> Vec<String> {
    between(there, here).renames.iter().map(|rename| format!("{}→{}", rename.from.id, rename.to.id)).collect()
}

#[test]
fn what_reads_like_a_rename_is_hinted_once() {
    let plain = |id: &str| job(id, json!({}));
    let telling = |id: &str| job(id, json!({"schedule": "daily", "tags": ["x"]}));
    let printed = |id: &str, text: &str| Resource { fingerprint: Some(Digest::of(text.as_bytes())), ..plain(id) };
    for (row, there, here, says) in [
        (
            "by words",
            vec![plain("github/old-issues")],
            vec![plain("github/issues-v2")],
            vec!["github/old-issues→github/issues-v2"],
        ),
        ("by letters", vec![plain("github/issue")], vec![plain("github/issues")], vec!["github/issue→github/issues"]),
        ("another folder", vec![plain("github/issues")], vec![plain("gitlab/issues")], vec![]),
        (
            "another folder, equal attributes",
            vec![telling("github/issues")],
            vec![telling("gitlab/issues")],
            vec!["github/issues→gitlab/issues"],
        ),
        ("nothing alike", vec![plain("github/issues")], vec![plain("github/contacts")], vec![]),
        (
            "another name, equal attributes",
            vec![telling("github/issues")],
            vec![telling("github/contacts")],
            vec!["github/issues→github/contacts"],
        ),
        ("another name and folder, equal print", vec![printed("a/b", "x")], vec![printed("c/d", "x")], vec!["a/b→c/d"]),
        (
            "the likeliest first",
            vec![plain("x/issues")],
            vec![plain("x/issues-all"), printed("x/other", "p"), plain("x/issue")],
            vec!["x/issues→x/issue"],
        ),
        ("one to one", vec![plain("x/a-one"), plain("x/b-one")], vec![plain("x/one-a")], vec!["x/a-one→x/one-a"]),
    ] {
        assert_eq!(renames(there, here), says, "{row}");
    }
    let other_kind = Resource { id: ResourceId::new("task", "github/issues-v2"), ..plain("x") };
    assert_eq!(renames(vec![plain("github/issues")], vec![other_kind]), [""; 0]);
}

#[test]
fn a_rewrite_of_thousands_is_compared_in_reasonable_time() {
    let many =
        |prefix: &str| (0..3_000).map(|n| job(&format!("x/{prefix}-{n}"), json!({"tags": [n]}))).collect::<Vec<_>>();
    let diff = between(many("old"), many("new"));
    assert_eq!(diff.changes.len(), 6_000);
}

#[test]
fn a_change_is_of_this_pull_request_or_already_waiting() {
    let base =
        manifest(vec![job("waits", json!({})), job("edited", json!({"tags": ["base"]})), job("dropped", json!({}))]);
    let head = manifest(vec![job("waits", json!({})), job("edited", json!({"tags": ["head"]})), job("new", json!({}))]);
    let there = live(vec![job("edited", json!({})), job("dropped", json!({})), job("dropped-before", json!({}))]);
    let mut diff = diff(&head, &there, &Toy);
    tell_origins(&mut diff.changes, &base, &head, &Toy);
    let told: Vec<String> =
        diff.changes.iter().map(|change| format!("{} {:?}", change.resource.id, change.origin.unwrap())).collect();
    assert_eq!(told, ["dropped ThisPr", "dropped-before Waiting", "edited ThisPr", "new ThisPr", "waits Waiting"]);
}

fn lane() -> LaneId {
    LaneId { project: ProjectId::new("jobs").unwrap(), environment: EnvironmentName::new("dev").unwrap() }
}

fn built(there: &Observed, here: &Manifest) -> Plan {
    build(Brief {
        lane: lane(),
        commit: CommitSha::new("b".repeat(40)).unwrap(),
        only: None,
        desired: here,
        seen: there,
        base: None,
        rules: &Toy,
        numbers: &NumberLine::default(),
        series: Series::Pre(lane().environment),
        ask: Ask::Next,
        previous: None,
        also: vec![Message::about(Code::PolicyChanged, &lane(), "the policy changes")],
    })
}

#[test]
fn a_plan_is_the_difference_with_its_digest_its_version_and_its_remarks() {
    let there = Observed {
        basis: Basis::Recorded { version: Version::new(1, 0, 0), commit: CommitSha::new("a".repeat(40)).unwrap() },
        ..live(vec![job("old", json!({})), job("kept", json!({"secrets": ["KNOWN"], "tags": {"unread": "no scope"}}))])
    };
    let here =
        manifest(vec![job("kept", json!({"secrets": ["KNOWN", "NEW"]})), job("new", json!({"schedule": "daily"}))]);
    let plan = built(&there, &here);
    assert_eq!(plan.version, Version::parse("1.0.0-dev.1").unwrap());
    assert_eq!(plan.tally(), Tally { added: 1, modified: 0, removed: 1 });
    assert_eq!(plan.digest, digest(&lane(), &plan.changes, &plan.destructive));
    assert_eq!(plan.changes.last().unwrap().notes, ["schedule"]);
    let said: Vec<String> = plan
        .messages
        .iter()
        .map(|message| {
            format!("{} {}{}", message.code, message.subject, if message.pre_existing { " (already)" } else { "" })
        })
        .collect();
    assert_eq!(
        said,
        [
            "secret-missing job:kept#NEW",
            "resource-removed job:old",
            "policy-changed environment:dev",
            "basis-partial environment:dev",
            "basis-recorded environment:dev",
            "secret-missing job:kept#KNOWN (already)",
        ]
    );
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        (-3_i32..3).prop_map(|n| json!(f64::from(n) + 0.5)),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    let field = ("[a-c]{1,2}", any_value(), any_value()).prop_map(|(name, old, new)| FieldChange { name, old, new });
    let what = prop_oneof![
        Just(What::Add),
        Just(What::Remove),
        (proptest::collection::vec(field, 0..3), any::<bool>())
            .prop_map(|(fields, code)| What::Modify { fields, code }),
    ];
    ("[ab]", "[a-c]{1,3}", what, any::<bool>()).prop_map(|(kind, id, what, waits)| Change {
        resource: ResourceId::new(kind, id),
        what,
        origin: waits.then_some(ChangeOrigin::Waiting),
        notes: vec!["a note".into()],
        place: Some(Place::file("x")),
    })
}

fn any_subjects() -> impl Strategy<Value = BTreeSet<Subject>> {
    let subject = ("[ab]", "[a-c]{1,2}", proptest::option::of("[a-c]"))
        .prop_map(|(kind, id, part)| Subject { resource: ResourceId::new(kind, id), part });
    proptest::collection::btree_set(subject, 0..4)
}

/// The same value with every object's keys the other way round.
fn turned(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(turned).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), turned(value))).collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_digest_is_of_sorted_canonical_json(changes in proptest::collection::vec(any_change(), 0..5), removes in any_subjects()) {
        let list = |items: Vec<Value>| {
            let mut items = items;
            items.sort_by_cached_key(canonical::text);
            Value::Array(items)
        };
        let change = |change: &Change| {
            let what = match &change.what {
                What::Add => json!("add"),
                What::Remove => json!("remove"),
                What::Modify { fields, code } => {
                    let fields = fields.iter().map(|of| json!({ "name": of.name, "old": of.old, "new": of.new }));
                    json!({ "code": code, "fields": list(fields.collect()) })
                }
            };
            json!({ "kind": change.resource.kind, "id": change.resource.id, "what": what })
        };
        let removed =
            |Subject { resource, part }: &Subject| json!({ "kind": resource.kind, "id": resource.id, "part": part });
        let lane = lane();
        let whole = json!({
            "schema": SCHEMA, "project": lane.project, "environment": lane.environment,
            "changes": list(changes.iter().map(change).collect()),
            "destructive": list(removes.iter().map(removed).collect()),
        });
        prop_assert_eq!(digest(&lane, &changes, &removes), Digest::of(canonical::text(&whole).as_bytes()));
    }

    #[test]
    fn a_digest_knows_no_order_and_no_words(changes in proptest::collection::vec(any_change(), 0..5), removes in any_subjects()) {
        let before = digest(&lane(), &changes, &removes);
        let mut other: Vec<Change> = changes.iter().rev().cloned().collect();
        for change in &mut other {
            change.origin = Some(ChangeOrigin::ThisPr);
            change.notes.clear();
            change.place = None;
            if let What::Modify { fields, .. } = &mut change.what {
                fields.reverse();
                for field in fields {
                    field.old = turned(&field.old);
                    field.new = turned(&field.new);
                }
            }
        }
        prop_assert_eq!(digest(&lane(), &other, &removes), before);
    }

    #[test]
    fn a_digest_changes_with_anything_of_substance(
        changes in proptest::collection::vec(any_change(), 1..5),
        removes in any_subjects(),
        which in 0_u8..8,
        at in any::<prop::sample::Index>(),
    ) {
        let before = digest(&lane(), &changes, &removes);
        let (mut lane, mut changes, mut removes) = (lane(), changes, removes);
        let change = at.index(changes.len());
        match which {
            0 => lane.project = ProjectId::new("others").unwrap(),
            1 => lane.environment = EnvironmentName::new("prod").unwrap(),
            2 => changes[change].resource.id.push('x'),
            3 => changes[change].resource.kind.push('x'),
            4 => _ = changes.remove(change),
            5 => changes[change].what = match &changes[change].what {
                What::Add => What::Remove,
                What::Remove => What::Modify { fields: vec![], code: false },
                What::Modify { fields, code } => What::Modify { fields: fields.clone(), code: !code },
            },
            6 => {
                let field = FieldChange { name: "z".into(), old: json!(1), new: json!(2) };
                changes[change].what = match &changes[change].what {
                    What::Modify { fields, code } => What::Modify { fields: fields.iter().cloned().chain([field]).collect(), code: *code },
                    What::Add | What::Remove => What::Modify { fields: vec![field], code: true },
                };
            }
            _ => _ = removes.insert(Subject::part(ResourceId::new("z", "z"), "z")),
        }
        prop_assert_ne!(digest(&lane, &changes, &removes), before);
    }

    #[test]
    fn nothing_differs_from_itself(attributes in proptest::collection::btree_map("[a-c]|tags|steps|outputs|hook", any_value(), 0..5)) {
        let attributes: BTreeMap<String, Attribute> = attributes.into_iter().map(|(name, value)| (name, Attribute::Value(value))).collect();
        let resource = |attributes: BTreeMap<String, Attribute>| Resource { attributes, ..job("a", json!({})) };
        let turned = attributes.iter().map(|(name, attribute)| (name.clone(), Attribute::Value(turned(attribute.value().unwrap())))).collect();
        let diff = between(vec![resource(attributes)], vec![resource(turned)]);
        prop_assert!(told(&diff).is_empty(), "{:?}", told(&diff));
    }
}

#[test]
fn the_digest_is_a_promise() {
    // Records keep it: a change of this value breaks the comparison with every plan that was ever reviewed.
    let fields = vec![FieldChange { name: "runs".into(), old: json!("every 1 h"), new: json!("every 15 min") }];
    let what = What::Modify { fields, code: true };
    let change =
        Change { resource: ResourceId::new("sync", "github/issues"), what, origin: None, notes: vec![], place: None };
    let removes = BTreeSet::from([Subject::part(ResourceId::new("sync", "github/issues"), "Issue")]);
    insta::assert_snapshot!(digest(&lane(), &[change], &removes), @"sha256:ca0d9bfa16b83ec8b79046eaf8dc325faec5289ecbef5c748a5f2cd5c0563221");
}
