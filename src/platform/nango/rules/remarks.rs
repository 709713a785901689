//! The remarks that changes call for, resource by resource.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema::{self, Changed, Way};
use super::{Nango, integration, starts};
use crate::manifest::{Attribute, Origin, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::{Draft, Rules, plain_text};
use crate::plan::{Change, FieldChange, What, removals_of};
use crate::platform::needs::affected;

/// The fields that say when a function runs.
const TRIGGERS: [&str; 5] = ["runs", "sync_type", "webhookSubscriptions", "event", "trigger"];

/// The remarks on every change.
pub(super) fn of_changes(draft: &Draft<'_>) -> Vec<Message> {
    draft.changes.iter().flat_map(|change| of_change(draft, change)).collect()
}

fn of_change(draft: &Draft<'_>, change: &Change) -> Vec<Message> {
    let subject = Subject::whole(change.resource.clone());
    let affected = affected(draft, integration(&change.resource.id), "connection");
    let there = draft.seen.manifest.resources.get(&change.resource);
    let here = draft.desired.resources.get(&change.resource);
    match (&change.what, there, here) {
        (What::Remove, ..) => vec![removed(Code::ResourceRemoved, subject, &affected)],
        (What::Add, _, Some(new)) => added(&subject, new, &affected),
        (What::Modify { fields, .. }, Some(old), Some(new)) => {
            let mut messages = parts_removed(draft, change, &affected);
            messages.extend(fields.iter().filter_map(|field| of_field(&subject, field, &affected)));
            messages.extend(triggers(&subject, fields));
            messages.extend(schemas(&subject, old, new));
            messages
        }
        (What::Add | What::Modify { .. }, ..) => Vec::new(),
    }
}

fn removed(code: Code, subject: Subject, affected: &str) -> Message {
    let loss = Nango.loss(&subject);
    let name = subject.part.as_ref().map(|part| format!("{} `{part}` is gone: ", sort_of(part))).unwrap_or_default();
    Message::new(code, subject, format!("{name}{loss}{affected}"))
        .to_do("bring it back, or name it in `consent` when this is deployed")
}

fn sort_of(part: &str) -> &'static str {
    if part.contains('/') { "endpoint" } else { "model" }
}

fn parts_removed(draft: &Draft<'_>, change: &Change, affected: &str) -> Vec<Message> {
    let lost = removals_of(draft.destructive, &change.resource).filter(|subject| subject.part.is_some());
    lost.map(|subject| removed(Code::ContractRemoved, subject.clone(), affected)).collect()
}

fn added(subject: &Subject, new: &Resource, affected: &str) -> Vec<Message> {
    let begins = starts(new).then(|| begins(subject, affected));
    let metadata = (new.id.kind == "sync" && is_known(new, "input")).then(|| reads_metadata(subject));
    begins.into_iter().chain(metadata).collect()
}

fn begins(subject: &Subject, affected: &str) -> Message {
    Message::new(
        Code::EnabledByDefault,
        subject.clone(),
        format!("starts by itself as soon as it is deployed{affected}"),
    )
}

fn reads_metadata(subject: &Subject) -> Message {
    Message::new(Code::RequiredSettingAdded, subject.clone(), "reads metadata that each connection must have")
        .to_do("set the metadata on every connection, or let the sync do without")
}

fn is_known(resource: &Resource, name: &str) -> bool {
    resource.attributes.get(name).and_then(Attribute::value).is_some_and(|value| !value.is_null())
}

fn of_field(subject: &Subject, field: &FieldChange, affected: &str) -> Option<Message> {
    let is_sync = subject.resource.kind == "sync";
    match (field.name.as_str(), &field.old, &field.new) {
        ("auto_start", _, Value::Bool(true)) => Some(begins(subject, affected)),
        ("auto_start", Value::Bool(true), _) => Some(
            Message::new(Code::ResourceDisabled, subject.clone(), format!("no longer starts by itself{affected}"))
                .to_do("start it for each connection that needs it"),
        ),
        ("scopes", old, new) => Some(scopes(subject, old, new, affected)),
        ("input", Value::Null, _) if is_sync => Some(reads_metadata(subject)),
        ("input", Value::Null, _) => Some(
            Message::new(Code::RequiredSettingAdded, subject.clone(), "takes an input that it did not take before")
                .to_do("let every caller give it"),
        ),
        _ => None,
    }
}

fn scopes(subject: &Subject, old: &Value, new: &Value, affected: &str) -> Message {
    let (old, new) = (texts(old), texts(new));
    let list = |scopes: Vec<&String>, says: &str| {
        let scopes: Vec<String> = scopes.into_iter().map(|scope| format!("`{scope}`")).collect();
        (!scopes.is_empty()).then(|| format!("{says} {}", scopes.join(", ")))
    };
    let added = list(new.difference(&old).collect(), "needs also");
    let dropped = list(old.difference(&new).collect(), "no longer needs");
    let raises = added.is_some();
    let says = added.into_iter().chain(dropped).collect::<Vec<_>>().join("; ");
    let message = Message::new(Code::ScopesChanged, subject.clone(), format!("{says}{affected}"));
    if raises {
        message.raised().to_do("add the scopes to the integration, and authorise its connections again")
    } else {
        message
    }
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(plain_text).collect()
}

fn triggers(subject: &Subject, fields: &[FieldChange]) -> Option<Message> {
    let changed = fields.iter().filter(|field| TRIGGERS.contains(&field.name.as_str()));
    let told: Vec<String> =
        changed.map(|field| format!("`{}` {} → {}", field.name, shown(&field.old), shown(&field.new))).collect();
    (!told.is_empty()).then(|| Message::new(Code::TriggerChanged, subject.clone(), told.join("; ")))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(plain_text).collect::<Vec<_>>().join(", "),
        other => plain_text(other),
    }
}

/// The schemas that both sides have: models are read by others, inputs and metadata are given by them.
fn schemas(subject: &Subject, old: &Resource, new: &Resource) -> Vec<Message> {
    let models = new.attributes.get("models").and_then(Attribute::value).map(texts).unwrap_or_default();
    let named = |field: &str| new.attributes.get(field).and_then(Attribute::value).and_then(Value::as_str);
    let out = models.into_iter().chain(named("output").map(str::to_owned)).map(|name| (name, Way::Out));
    let given = named("input").map(|name| (name.to_owned(), Way::In));
    out.chain(given)
        .filter_map(|(name, way)| schema::changed(old, new, &name, way).map(|changed| (name, way, changed)))
        .flat_map(|(name, way, changed)| schema_changed(subject, &name, way, &changed))
        .collect()
}

fn schema_changed(subject: &Subject, name: &str, way: Way, changed: &Changed) -> Vec<Message> {
    let part = Subject::part(subject.resource.clone(), name);
    let message = Message::new(Code::SchemaChanged, part.clone(), changed.how.join(", "));
    let message = match (changed.breaks, way) {
        (true, Way::Out) => message.raised().to_do("let whoever reads it know, or keep the field until they moved"),
        (true, Way::In) => message.raised().to_do("let whoever gives it know, or let the field be optional"),
        (false, _) => message,
    };
    let required: Vec<String> = changed.required.iter().map(|field| format!("`{field}`")).collect();
    let asked = (!required.is_empty()).then(|| {
        Message::new(Code::RequiredSettingAdded, part, format!("{} must now be given", required.join(", ")))
            .to_do("give it wherever the function is used, before the deploy")
    });
    std::iter::once(message).chain(asked).collect()
}

/// Functions that somebody deployed by another way and that this deploy would take over.
pub(super) fn of_owners(draft: &Draft<'_>) -> Vec<Message> {
    if draft.desired.origin == Origin::Live {
        return Vec::new();
    }
    let theirs = draft.seen.manifest.resources.values().filter_map(|there| {
        let source = there.attributes.get("source").and_then(Attribute::value)?.as_str()?;
        let ours = draft.desired.resources.contains_key(&there.id);
        (ours && !matches!(source, "repo" | "")).then(|| {
            let says = format!("what runs there came from `{source}`, and would be overwritten");
            Message::new(Code::OwnershipTaken, Subject::whole(there.id.clone()), says)
                .to_do("look at what was changed there, and bring it into the source")
        })
    });
    theirs.collect()
}

/// Functions that somebody switched off there: a deploy leaves them off, whatever the source says.
pub(super) fn of_switches(draft: &Draft<'_>) -> Vec<Message> {
    if draft.desired.origin == Origin::Live {
        return Vec::new();
    }
    let off = |there: &&Resource| {
        there.attributes.get("enabled").and_then(Attribute::value) == Some(&Value::Bool(false))
            && draft.desired.resources.contains_key(&there.id)
    };
    let told = draft.seen.manifest.resources.values().filter(off).map(|there| {
        Message::new(Code::Drift, Subject::whole(there.id.clone()), "is switched off there, and a deploy leaves it off")
            .to_do(format!(
                "switch it on in Nango → {} → Integrations, or remove it from the source",
                draft.lane.environment
            ))
    });
    told.collect()
}
