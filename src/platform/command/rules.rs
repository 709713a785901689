//! What a plan can say of resources that only their own command understands. Four fields have a meaning here, whatever the
//! kind: `secrets` (names), `enabled`, `trigger` and `scopes`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Command;
use crate::manifest::{Attribute, Known, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::{Draft, Field, Rules, plain_text};
use crate::plan::{Change, FieldChange, What};

const FIELDS: &[Field] = &[Field::set("secrets"), Field::set("scopes")];

impl Rules for Command {
    fn fields(&self, _kind: &str) -> &'static [Field] {
        FIELDS
    }

    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message> {
        let mut messages: Vec<Message> = draft.changes.iter().flat_map(|change| of_change(draft, change)).collect();
        messages.extend(secrets(draft));
        messages
    }

    fn notes(&self, resource: &Resource) -> Vec<String> {
        let trigger = value(resource, "trigger").map(|trigger| format!("on {}", plain_text(trigger)));
        trigger.into_iter().chain(is_enabled(resource).then(|| "starts by itself".to_owned())).collect()
    }

    fn loss(&self, subject: &Subject) -> String {
        match (&subject.part, subject.resource.kind.as_str()) {
            (Some(_), _) => "it is no longer part of it",
            (None, "file") => "the file is no longer deployed; what was made from it is up to the deploy command",
            (None, _) => "it is no longer there",
        }
        .to_owned()
    }
}

fn of_change(draft: &Draft<'_>, change: &Change) -> Vec<Message> {
    let subject = Subject::whole(change.resource.clone());
    match &change.what {
        What::Remove => {
            let says = Command.loss(&subject);
            let to_do = "bring it back, or name it in `consent` when this is deployed";
            vec![Message::new(Code::ResourceRemoved, subject, says).to_do(to_do)]
        }
        What::Add => {
            let new = draft.desired.resources.get(&change.resource);
            let starts = new.is_some_and(is_enabled);
            starts.then(|| Message::new(Code::EnabledByDefault, subject, "starts by itself")).into_iter().collect()
        }
        What::Modify { fields, .. } => fields.iter().filter_map(|field| of_field(&subject, field)).collect(),
    }
}

fn of_field(subject: &Subject, field: &FieldChange) -> Option<Message> {
    let message = |code, says: String| Some(Message::new(code, subject.clone(), says));
    match (field.name.as_str(), &field.old, &field.new) {
        ("enabled", Value::Bool(true), _) => message(Code::ResourceDisabled, "no longer starts by itself".to_owned()),
        ("enabled", _, Value::Bool(true)) => message(Code::EnabledByDefault, "starts by itself".to_owned()),
        ("trigger", old, new) => {
            message(Code::TriggerChanged, format!("trigger {} → {}", plain_text(old), plain_text(new)))
        }
        ("scopes", old, new) => {
            let (old, new) = (names(Some(old)), names(Some(new)));
            let added: Vec<String> = new.difference(&old).map(|name| format!("`{name}`")).collect();
            let dropped: Vec<String> = old.difference(&new).map(|name| format!("`{name}`")).collect();
            let says = [("asks also for", &added), ("no longer asks for", &dropped)];
            let says = says.iter().filter(|(_, names)| !names.is_empty());
            let says: Vec<String> = says.map(|(says, names)| format!("{says} {}", names.join(", "))).collect();
            let told = Message::new(Code::ScopesChanged, subject.clone(), says.join("; "));
            Some(if added.is_empty() { told } else { told.raised() })
        }
        _ => None,
    }
}

/// The secrets that a resource names and that do not exist there, as far as `airlock.environment.toml` says which do.
fn secrets(draft: &Draft<'_>) -> Vec<Message> {
    let wanted: BTreeSet<&str> =
        draft.desired.resources.values().flat_map(|resource| names(value(resource, "secrets"))).collect();
    let there = match &draft.seen.extras.secrets {
        Known::Yes(there) => there,
        Known::No(why) if draft.seen.extras.kept && !wanted.is_empty() => {
            let says = format!("not known: whether the secrets exist ({why})");
            return vec![
                Message::about(Code::BasisPartial, draft.lane, says)
                    .to_do("say it in airlock.environment.toml, by names alone"),
            ];
        }
        Known::No(_) => return Vec::new(),
    };
    let lacks = |resource: &Resource| -> Vec<Message> {
        let missing = names(value(resource, "secrets")).into_iter().filter(|name| !there.contains(*name));
        let tell = |name: &str| {
            let says = format!("secret `{name}` is needed and does not exist there");
            Message::new(Code::SecretMissing, Subject::part(resource.id.clone(), name), says)
                .to_do("add it there, then name it in airlock.environment.toml")
        };
        missing.map(tell).collect()
    };
    draft.desired.resources.values().flat_map(lacks).collect()
}

fn is_enabled(resource: &Resource) -> bool {
    value(resource, "enabled") == Some(&Value::Bool(true))
}

fn names(value: Option<&Value>) -> BTreeSet<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn value<'r>(resource: &'r Resource, name: &str) -> Option<&'r Value> {
    resource.attributes.get(name).and_then(Attribute::value)
}
