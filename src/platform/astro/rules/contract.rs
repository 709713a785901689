//! Assets as what DAGs promise each other: one updates them, others are scheduled on them. Airflow has no more of an asset than that, so
//! one that nothing updates any more is gone, and what was scheduled on it no longer runs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::assets::{identity, is_meant};
use super::super::dag::{OUTLETS, OUTLETS_SEEN};
use super::super::extract::FILE;
use super::cron;
use crate::manifest::{Attribute, Manifest, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;
use crate::plan::{FieldChange, What, removals_of};

/// What of a resource's assets is seen, and why there may be more.
struct Outlets<'r> {
    seen: &'r [Value],
    more: Option<&'r str>,
}

impl<'r> Outlets<'r> {
    fn of(resource: &'r Resource) -> Self {
        let list = |name: &str| resource.attributes.get(name).and_then(Attribute::value).and_then(Value::as_array);
        let more = match resource.attributes.get(OUTLETS) {
            Some(Attribute::Dynamic(why) | Attribute::Unread(why)) => Some(why.as_str()),
            None if resource.id.kind == FILE => Some("which DAGs it makes, only running it tells"),
            Some(Attribute::Value(_)) | None => None,
        };
        Self { seen: list(OUTLETS).or_else(|| list(OUTLETS_SEEN)).map_or(&[], Vec::as_slice), more }
    }
}

/// The assets that a change takes from a DAG and that no DAG of the project is seen to update afterwards. Where only running it tells
/// what it updates from now on, none is known to be lost.
pub(super) fn lost(old: &Resource, new: &Resource, desired: &Manifest) -> BTreeSet<String> {
    if Outlets::of(new).more.is_some() {
        return BTreeSet::new();
    }
    gone(old, desired).into_iter().map(str::to_owned).collect()
}

/// The remarks on a resource that goes.
pub(super) fn of_removed(draft: &Draft<'_>, subject: &Subject, there: Option<&Resource>) -> Option<Message> {
    let there = there?;
    let gone = gone(there, draft.desired);
    if !gone.is_empty() {
        return Some(removed(draft, subject, &gone));
    }
    let why = Outlets::of(there).more?;
    let (waiting, _) = readers(draft.desired, |asset| !is_updated(draft.desired, asset));
    let says = format!("whether it updates an asset that {} scheduled on is not known: {why}", are(&waiting));
    (!waiting.is_empty()).then(|| Message::new(Code::BasisPartial, subject.clone(), says))
}

/// The remarks on a DAG that stays and updates other assets than before.
pub(super) fn of_modified(draft: &Draft<'_>, subject: &Subject, what: &What) -> Vec<Message> {
    let parts =
        removals_of(draft.destructive, &subject.resource).filter_map(|lost| Some((lost, lost.part.as_deref()?)));
    let mut messages: Vec<Message> = parts.map(|(lost, part)| removed(draft, lost, &[part])).collect();
    if let What::Modify { fields, .. } = what {
        let changed = fields.iter().find(|field| field.name == OUTLETS);
        messages.extend(changed.and_then(|field| updates(draft, subject, field)));
    }
    messages.extend(doubtful(draft, subject));
    messages
}

fn removed(draft: &Draft<'_>, subject: &Subject, assets: &[&str]) -> Message {
    let (waiting, unknown) = readers(draft.desired, |named| assets.contains(&named));
    let who = match (waiting.is_empty(), unknown.is_empty()) {
        (false, _) => format!("{} scheduled on that", are(&waiting)),
        (true, false) => format!("whether {} scheduled on that, only running it tells", are(&unknown)),
        (true, true) => "no DAG here is scheduled on that".to_owned(),
    };
    Message::new(Code::ContractRemoved, subject.clone(), format!("nothing updates {} any more; {who}", list(assets)))
        .to_do("let another DAG update it, or change the schedules too")
}

/// What else is other about the assets that a DAG updates.
fn updates(draft: &Draft<'_>, subject: &Subject, field: &FieldChange) -> Option<Message> {
    let (old, new) = (field.old.as_array()?, field.new.as_array()?);
    let twin = |asset: &Value, among: &[Value]| among.iter().find(|other| are_one(asset, other)).cloned();
    let named = |assets: Vec<&Value>| list(&assets.into_iter().filter_map(identity).collect::<Vec<_>>());
    let come: Vec<&Value> = new.iter().filter(|asset| twin(asset, old).is_none()).collect();
    let is_elsewhere = |asset: &&Value| identity(asset).is_some_and(|name| is_updated(draft.desired, name));
    let moved: Vec<&Value> = old.iter().filter(|asset| twin(asset, new).is_none()).filter(is_elsewhere).collect();
    let other: Vec<&Value> = old.iter().filter(|asset| twin(asset, new).is_some_and(|twin| twin != **asset)).collect();
    let breaks = !other.is_empty();
    let says = [
        (!come.is_empty()).then(|| format!("updates also {}", named(come))),
        (!moved.is_empty()).then(|| format!("no longer updates {}, which another DAG does", named(moved))),
        breaks.then(|| format!("tells another URI, name, group or `extra` of {}", named(other))),
    ];
    let says = says.into_iter().flatten().collect::<Vec<_>>().join("; ");
    let message = (!says.is_empty()).then(|| Message::new(Code::SchemaChanged, subject.clone(), says))?;
    Some(if breaks { message.raised().to_do("let whoever reads it know") } else { message })
}

/// What a DAG was seen to update, where that is no longer known and others wait for it.
fn doubtful(draft: &Draft<'_>, subject: &Subject) -> Option<Message> {
    let old = draft.seen.manifest.resources.get(&subject.resource)?;
    let why = Outlets::of(draft.desired.resources.get(&subject.resource)?).more?;
    let gone = gone(old, draft.desired);
    if gone.is_empty() {
        return None;
    }
    let (waiting, _) = readers(draft.desired, |named| gone.contains(&named));
    let says = format!(
        "whether it still updates {} is not known, and {} scheduled on that: {why}",
        list(&gone),
        are(&waiting)
    );
    (!waiting.is_empty()).then(|| Message::new(Code::BasisPartial, subject.clone(), says))
}

/// The assets that a resource is seen to update and no DAG that is declared is.
fn gone<'r>(old: &'r Resource, desired: &Manifest) -> Vec<&'r str> {
    let stays = |asset: &&Value| {
        let mut all = desired.resources.values().flat_map(|resource| Outlets::of(resource).seen);
        all.any(|other| are_one(asset, other))
    };
    Outlets::of(old).seen.iter().filter(|asset| !stays(asset)).filter_map(identity).collect()
}

/// Whether two tellings are of one asset: they share the URI or the name.
fn are_one(a: &Value, b: &Value) -> bool {
    let by = |asset: &Value, name: Option<&str>| name.is_some_and(|name| is_meant(asset, name));
    by(a, identity(b)) || by(a, b.get("name").and_then(Value::as_str))
}

fn is_updated(desired: &Manifest, asset: &str) -> bool {
    let mut all = desired.resources.values().flat_map(|resource| Outlets::of(resource).seen);
    all.any(|other| is_meant(other, asset))
}

/// The DAGs that are scheduled on such an asset, and those of which only running them tells on what.
fn readers(desired: &Manifest, is_so: impl Fn(&str) -> bool) -> (Vec<&str>, Vec<&str>) {
    let (mut waiting, mut unknown) = (Vec::new(), Vec::new());
    for resource in desired.resources.values() {
        match resource.attributes.get("schedule") {
            Some(Attribute::Value(schedule)) if cron::assets(schedule).into_iter().any(&is_so) => {
                waiting.push(resource.id.id.as_str());
            }
            Some(Attribute::Dynamic(_)) => unknown.push(resource.id.id.as_str()),
            None if resource.id.kind == FILE => unknown.push(resource.id.id.as_str()),
            Some(Attribute::Value(_) | Attribute::Unread(_)) | None => {}
        }
    }
    (waiting, unknown)
}

/// `a` is, `a`, `b` are.
fn are(names: &[&str]) -> String {
    format!("{} {}", list(names), if names.len() == 1 { "is" } else { "are" })
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
