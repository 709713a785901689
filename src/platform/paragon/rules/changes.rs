//! The release messages that changes call for, resource by resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::event::differs;
use super::{Paragon, integration, spelled, value};
use crate::manifest::{Resource, ResourceId, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::{Draft, Rules, plain_text};
use crate::plan::{Change, What, removals_of};
use crate::platform::needs::affected;

/// The messages on every change.
pub(super) fn remarks(draft: &Draft<'_>) -> Vec<Message> {
    draft.changes.iter().flat_map(|change| of_change(draft, change)).collect()
}

fn of_change(draft: &Draft<'_>, change: &Change) -> Vec<Message> {
    let subject = Subject::whole(change.resource.clone());
    let affected = affected(draft, integration(&change.resource.id), "connected user");
    let there = draft.seen.manifest.resources.get(&change.resource);
    let here = draft.desired.resources.get(&change.resource);
    match (&change.what, there, here) {
        (What::Remove, Some(old), _) => vec![removed(draft, subject, old, &affected)],
        (What::Add, _, Some(new)) => enabled(draft, &subject, None, new, &affected).into_iter().collect(),
        (What::Modify { .. }, Some(old), Some(new)) => modified(draft, change, (old, new), &affected),
        (What::Remove | What::Add | What::Modify { .. }, ..) => Vec::new(),
    }
}

fn removed(draft: &Draft<'_>, subject: Subject, old: &Resource, affected: &str) -> Message {
    let loss = Paragon.loss(&subject);
    let to_do = "bring it back, or name it in `consent` when this is deployed";
    let named = named(old);
    match subject.resource.kind.as_str() {
        "event" => {
            let users = users_of(draft, &subject.resource.id);
            Message::new(Code::ContractRemoved, subject, format!("{loss}{users}")).to_do(to_do)
        }
        "integration" | "workflow" => {
            Message::new(Code::ResourceRemoved, subject, format!("{named}{loss}{affected}")).to_do(to_do)
        }
        _ => Message::new(Code::ResourceRemoved, subject, format!("{named}{loss}")).to_do(to_do),
    }
}

/// What people call it, at the beginning of a sentence.
fn named(resource: &Resource) -> String {
    let name = value(resource, "name").and_then(Value::as_str).filter(|name| !name.is_empty());
    name.map(|name| format!("“{name}”: ")).unwrap_or_default()
}

/// The workflows that an event starts there now.
fn users_of(draft: &Draft<'_>, event: &str) -> String {
    let starts = |resource: &&Resource| {
        resource.id.kind == "workflow" && value(resource, "on").and_then(Value::as_str) == Some(event)
    };
    let names: Vec<String> = draft.seen.manifest.resources.values().filter(starts).map(called).collect();
    if names.is_empty() { String::new() } else { format!("; it started {}", names.join(", ")) }
}

fn called(workflow: &Resource) -> String {
    match value(workflow, "name").and_then(Value::as_str) {
        Some(name) => format!("“{name}” of {}", integration(&workflow.id.id)),
        None => workflow.id.to_string(),
    }
}

fn modified(draft: &Draft<'_>, change: &Change, (old, new): (&Resource, &Resource), affected: &str) -> Vec<Message> {
    let subject = Subject::whole(change.resource.clone());
    let lost = removals_of(draft.destructive, &change.resource).filter(|subject| subject.part.is_some());
    let mut messages: Vec<Message> = lost.map(|subject| setting_gone(subject, old, affected)).collect();
    messages.extend(schema(&subject, old, new));
    messages.extend(scopes(&subject, old, new, affected));
    messages.extend(disabled(&subject, old, new, affected));
    messages.extend(required(&subject, old, new, affected));
    messages.extend(enabled(draft, &subject, Some(old), new, affected));
    messages.extend(trigger(&subject, old, new, affected));
    messages
}

fn setting_gone(subject: &Subject, old: &Resource, affected: &str) -> Message {
    let id = subject.part.as_deref().unwrap_or_default();
    let title = settings(old).get(id).map_or_else(|| id.to_owned(), |(title, _)| title.clone());
    let loss = Paragon.loss(subject);
    Message::new(Code::ContractRemoved, subject.clone(), format!("setting “{title}” is gone: {loss}{affected}"))
        .to_do("keep the setting's `id`, or name it in `consent` when this is deployed")
}

fn schema(subject: &Subject, old: &Resource, new: &Resource) -> Option<Message> {
    let (before, after) = (value(old, "schema")?, value(new, "schema")?);
    let differs = differs(before, after);
    if differs.how.is_empty() {
        return None;
    }
    let message = Message::new(Code::SchemaChanged, subject.clone(), differs.how.join(", "));
    Some(if differs.breaks {
        message
            .raised()
            .to_do("let the app send the new shape first, or keep the field until workflows no longer map it")
    } else {
        message
    })
}

fn scopes(subject: &Subject, old: &Resource, new: &Resource, affected: &str) -> Option<Message> {
    let of = |resource| value(resource, "scopes").map(texts);
    let (before, after) = (of(old).unwrap_or_default(), of(new).unwrap_or_default());
    let list = |scopes: Vec<&String>, says: &str| {
        let scopes: Vec<String> = scopes.into_iter().map(|scope| format!("`{scope}`")).collect();
        (!scopes.is_empty()).then(|| format!("{says} {}", scopes.join(", ")))
    };
    let added = list(after.difference(&before).collect(), "asks also for");
    let dropped = list(before.difference(&after).collect(), "no longer asks for");
    let raises = added.is_some();
    let says: Vec<String> = added.into_iter().chain(dropped).collect();
    if says.is_empty() || new.id.kind != "integration" {
        return None;
    }
    let message = Message::new(Code::ScopesChanged, subject.clone(), format!("{}{affected}", says.join("; ")));
    Some(if raises {
        message.raised().to_do("tell connected users: each must connect again to grant it")
    } else {
        message
    })
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(plain_text).collect()
}

fn disabled(subject: &Subject, old: &Resource, new: &Resource, affected: &str) -> Option<Message> {
    let off = Some(&Value::Bool(false));
    (value(new, "active") == off && value(old, "active") != off).then(|| {
        Message::new(
            Code::ResourceDisabled,
            subject.clone(),
            format!("is no longer active: its workflows pause{affected}"),
        )
        .to_do("set `active: true` again to let them run")
    })
}

/// The settings of a resource: title and whether it must be given, by id.
fn settings(resource: &Resource) -> BTreeMap<String, (String, bool)> {
    let list = value(resource, "inputs").and_then(Value::as_array).into_iter().flatten();
    let told = |setting: &Value| {
        let text = |name: &str| setting.get(name).map(plain_text).unwrap_or_default();
        (text("id"), (text("title"), setting.get("required") == Some(&Value::Bool(true))))
    };
    list.map(told).collect()
}

fn required(subject: &Subject, old: &Resource, new: &Resource, affected: &str) -> Vec<Message> {
    let before = settings(old);
    // What was there and could not be read may have had it already.
    if value(old, "inputs").is_none() && old.attributes.contains_key("inputs") {
        return Vec::new();
    }
    let asked = settings(new).into_iter().filter(|(id, (_, is_required))| {
        *is_required && !before.get(id).is_some_and(|(_, was_required)| *was_required)
    });
    let message = |(id, (title, _)): (String, (String, bool))| {
        let subject = Subject::part(subject.resource.clone(), id);
        Message::new(Code::RequiredSettingAdded, subject, format!("setting “{title}” must be given{affected}"))
            .to_do("give it a default, or let users know: workflows wait until they fill it in")
    };
    asked.map(message).collect()
}

fn enabled(
    draft: &Draft<'_>,
    subject: &Subject,
    old: Option<&Resource>,
    new: &Resource,
    affected: &str,
) -> Option<Message> {
    let on = Some(&Value::Bool(true));
    if value(new, "defaultEnabled") != on || old.is_some_and(|old| value(old, "defaultEnabled") == on) {
        return None;
    }
    let home = ResourceId::new("integration", integration(&subject.resource.id));
    let is_new = old.is_none() && !draft.seen.manifest.resources.contains_key(&home);
    let reach = if is_new { ", for nobody yet: the integration is new".to_owned() } else { affected.to_owned() };
    let says = format!("{}is enabled for everybody who has connected the integration{reach}", named(new));
    Some(Message::new(Code::EnabledByDefault, subject.clone(), says))
}

fn trigger(subject: &Subject, old: &Resource, new: &Resource, affected: &str) -> Option<Message> {
    let told = |resource: &Resource| {
        let text = |name: &str| value(resource, name).map(plain_text);
        let kind = text("trigger")?;
        let zone = text("timezone").filter(|zone| zone != "null").map(|zone| format!(" ({zone})")).unwrap_or_default();
        Some((kind.clone(), text("on"), format!("{}{zone}", spelled(&kind, text("on"), text("cron")))))
    };
    let ((kind, on, before), (new_kind, new_on, after)) = (told(old)?, told(new)?);
    if before == after {
        return None;
    }
    let message = Message::new(Code::TriggerChanged, subject.clone(), format!("runs {after}, not {before}{affected}"));
    let webhooks = kind != new_kind || matches!(kind.as_str(), "integration" | "custom") && on != new_on;
    Some(if webhooks {
        message.to_do("expect webhooks to be registered anew for each user, and runs under way to end as they began")
    } else {
        message
    })
}
