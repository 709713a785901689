//! The remarks that changes of DAGs call for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::Astro;
use super::{contract, cron};
use crate::manifest::{Attribute, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::{Draft, Rules as _};
use crate::plan::{Change, FieldChange, What};
use crate::platform::needs::names;

/// The remarks on every change.
pub(super) fn of_changes(draft: &Draft<'_>) -> Vec<Message> {
    draft.changes.iter().flat_map(|change| of_change(draft, change)).collect()
}

fn of_change(draft: &Draft<'_>, change: &Change) -> Vec<Message> {
    let subject = Subject::whole(change.resource.clone());
    let there = draft.seen.manifest.resources.get(&change.resource);
    let here = draft.desired.resources.get(&change.resource);
    match (&change.what, here) {
        (What::Remove, _) => removed(draft, &subject, there),
        (What::Add, Some(new)) => added(&subject, new),
        (What::Modify { fields, .. }, Some(new)) => {
            let told = fields.iter().filter_map(|field| of_field(&subject, field, new));
            told.chain(contract::of_modified(draft, &subject, &change.what)).collect()
        }
        (What::Add | What::Modify { .. }, None) => Vec::new(),
    }
}

fn removed(draft: &Draft<'_>, subject: &Subject, there: Option<&Resource>) -> Vec<Message> {
    let to_do = "bring it back, or name it in `consent` when this is deployed";
    let mut messages = vec![Message::new(Code::ResourceRemoved, subject.clone(), Astro.loss(subject)).to_do(to_do)];
    // Nothing of the DAG itself starts it: something else does, and would fail.
    let triggered = there.is_some_and(
        |there| matches!(there.attributes.get("schedule"), Some(Attribute::Value(schedule)) if schedule.is_null()),
    );
    if triggered {
        let says = "it has no schedule, so others trigger it, and their calls would fail";
        messages.push(
            Message::new(Code::ContractRemoved, subject.clone(), says).to_do("find who triggers it before it goes"),
        );
    }
    messages.extend(still_named(draft, subject));
    messages.extend(contract::of_removed(draft, subject, there));
    messages
}

/// DAGs that stay and name the removed one: `TriggerDagRunOperator`, `ExternalTaskSensor`.
fn still_named(draft: &Draft<'_>, subject: &Subject) -> Option<Message> {
    let names = |resource: &Resource| names(resource, "dags").any(|name| name == subject.resource.id);
    let users: Vec<&str> = draft
        .desired
        .resources
        .values()
        .filter(|resource| names(resource))
        .map(|resource| resource.id.id.as_str())
        .collect();
    let shown = users.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    (!users.is_empty()).then(|| {
        Message::new(Code::ContractRemoved, subject.clone(), format!("it is triggered or waited for by {shown}"))
            .to_do("take it out there too")
    })
}

fn added(subject: &Subject, new: &Resource) -> Vec<Message> {
    let starts = (runs_by_itself(new) && !is(new, "is_paused_upon_creation")).then(|| begins(subject, new));
    let needs = required(new.attributes.get("params").and_then(Attribute::value));
    starts.into_iter().chain((!needs.is_empty()).then(|| asks(subject, &needs))).collect()
}

fn begins(subject: &Subject, new: &Resource) -> Message {
    let start = new.attributes.get("start_date").and_then(Attribute::value).and_then(Value::as_str);
    let says = match start {
        Some(start) if is(new, "catchup") => {
            format!("starts by itself unless the deployment pauses new DAGs, and catches up from {start}")
        }
        _ => "starts by itself unless the deployment pauses new DAGs".to_owned(),
    };
    Message::new(Code::EnabledByDefault, subject.clone(), says)
}

/// Whether something other than a person starts it.
fn runs_by_itself(resource: &Resource) -> bool {
    match resource.attributes.get("schedule") {
        Some(Attribute::Value(schedule)) => !schedule.is_null(),
        Some(Attribute::Dynamic(_) | Attribute::Unread(_)) => true,
        None => false,
    }
}

fn is(resource: &Resource, name: &str) -> bool {
    resource.attributes.get(name).and_then(Attribute::value) == Some(&Value::Bool(true))
}

/// The params that must be given: those without a default.
fn required(params: Option<&Value>) -> BTreeSet<String> {
    let all = params.and_then(Value::as_object).into_iter().flatten();
    all.filter(|(_, param)| {
        param.get("schema").is_some() && param.get("default").is_none() && param.get("value").is_none()
    })
    .map(|(name, _)| name.clone())
    .collect()
}

fn asks(subject: &Subject, names: &BTreeSet<String>) -> Message {
    let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message =
        Message::new(Code::RequiredSettingAdded, subject.clone(), format!("{names} must be given to every run"));
    message.to_do("give it wherever the DAG is triggered, or give the param a default")
}

fn of_field(subject: &Subject, field: &FieldChange, new: &Resource) -> Option<Message> {
    match (field.name.as_str(), &field.old, &field.new) {
        ("schedule", _, Value::Null) => {
            let message =
                Message::new(Code::ResourceDisabled, subject.clone(), "no longer runs by itself: `schedule` is none");
            Some(message.to_do("trigger it from elsewhere, if it is still to run"))
        }
        ("schedule", Value::Null, _) => Some(begins(subject, new)),
        ("schedule", old, now) => {
            let sorts = (cron::sort(old), cron::sort(now));
            let kind = if sorts.0 == sorts.1 { String::new() } else { format!(" ({} → {})", sorts.0, sorts.1) };
            let says = format!("`schedule` {} → {}{kind}", cron::words(old), cron::words(now));
            Some(Message::new(Code::TriggerChanged, subject.clone(), says))
        }
        ("catchup", _, Value::Bool(true)) if new.attributes.contains_key("start_date") => {
            let says = "`catchup` is on: the runs since its start date that are missing begin at once";
            Some(Message::new(Code::EnabledByDefault, subject.clone(), says))
        }
        ("params", old, now) => Some(params(subject, old, now)),
        _ => None,
    }
}

fn params(subject: &Subject, old: &Value, new: &Value) -> Message {
    let added: BTreeSet<String> = required(Some(new)).difference(&required(Some(old))).cloned().collect();
    if !added.is_empty() {
        return asks(subject, &added);
    }
    let names =
        |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default();
    let (old_names, new_names) = (names(old), names(new));
    let list = |names: Vec<&String>, says: &str| {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{says} {}", names.join(", ")))
    };
    let gone = list(old_names.difference(&new_names).collect(), "no longer takes");
    let come = list(new_names.difference(&old_names).collect(), "takes also");
    let breaks = gone.is_some();
    let says = [gone, come].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let says = if says.is_empty() { "takes its params otherwise".to_owned() } else { says };
    let message = Message::new(Code::SchemaChanged, subject.clone(), says);
    if breaks { message.raised().to_do("let whoever triggers it know") } else { message }
}
