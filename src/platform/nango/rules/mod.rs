//! What Nango tells a plan: how its fields compare, what is lost by a removal, and which remarks a change calls for.

mod extras;
mod fields;
mod frequency;
mod remarks;
mod schema;

use jiff::Timestamp;
use serde_json::Value;

use super::Nango;
use crate::manifest::{Attribute, Resource, Subject};
use crate::plan::message::Message;
use crate::plan::rules::{Draft, Field, Rules};

impl Rules for Nango {
    fn fields(&self, kind: &str) -> &'static [Field] {
        fields::of(kind)
    }

    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message> {
        let mut messages = remarks::of_changes(draft);
        messages.extend(remarks::of_owners(draft));
        messages.extend(remarks::of_switches(draft));
        messages.extend(extras::remarks(draft));
        messages
    }

    fn notes(&self, resource: &Resource) -> Vec<String> {
        let value = |name: &str| resource.attributes.get(name).and_then(Attribute::value);
        let text = |name: &str| value(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let webhooks = value("webhookSubscriptions").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        let trigger = value("trigger").and_then(|trigger| trigger.get("kind")?.as_str()).filter(|kind| *kind != "none");
        [
            text("runs").map(frequency::spelled),
            starts(resource).then(|| "starts by itself".to_owned()),
            webhooks.then(|| "on webhooks".to_owned()),
            text("event").map(|event| format!("on {event}")),
            trigger.map(|kind| format!("by {kind}")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn loss(&self, subject: &Subject) -> String {
        match (subject.resource.kind.as_str(), &subject.part) {
            (_, Some(part)) if part.contains('/') => "calls to it fail".to_owned(),
            (_, Some(_)) => "its records are deleted".to_owned(),
            ("sync", None) => "the sync stops and its records are deleted".to_owned(),
            ("action", None) => "calls to the action fail".to_owned(),
            ("on-event", None) => "the script no longer runs".to_owned(),
            (_, None) => "it no longer runs, and calls to it fail".to_owned(),
        }
    }

    fn written(&self, there: &Resource) -> Option<Timestamp> {
        there.attributes.get("last_deployed").and_then(Attribute::value)?.as_str()?.parse().ok()
    }
}

/// Whether a sync starts by itself.
fn starts(resource: &Resource) -> bool {
    resource.attributes.get("auto_start").and_then(Attribute::value) == Some(&Value::Bool(true))
}

/// The integration's key: Nango's ids are `integration/name`.
fn integration(id: &str) -> &str {
    id.split_once('/').map_or(id, |(integration, _)| integration)
}

#[cfg(test)]
mod tests;
