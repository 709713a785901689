//! What Paragon tells a plan: how its fields compare, what is lost by a removal, and which of its release messages a
//! change calls for.

mod changes;
mod extras;
mod fields;

use serde_json::Value;

use super::Paragon;
use crate::manifest::{Attribute, Resource, Subject};
use crate::plan::message::Message;
use crate::plan::rules::{Draft, Field, Rules, plain_text};

impl Rules for Paragon {
    fn fields(&self, kind: &str) -> &'static [Field] {
        fields::of(kind)
    }

    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message> {
        let mut messages = changes::remarks(draft);
        messages.extend(extras::remarks(draft));
        messages
    }

    fn notes(&self, resource: &Resource) -> Vec<String> {
        let text = |name: &str| value(resource, name).map(plain_text).filter(|text| !text.is_empty());
        let is_workflow = resource.id.kind == "workflow";
        let name = text("name").filter(|_| is_workflow).map(|name| format!("“{name}”"));
        let starts = value(resource, "defaultEnabled") == Some(&Value::Bool(true));
        let trigger = text("trigger").filter(|_| is_workflow).map(|kind| spelled(&kind, text("on"), text("cron")));
        name.into_iter().chain(trigger).chain(starts.then(|| "enabled by default".to_owned())).collect()
    }

    fn loss(&self, subject: &Subject) -> String {
        match (subject.resource.kind.as_str(), &subject.part) {
            (_, Some(_)) => "what users entered in it is lost",
            ("integration", None) => "its connected accounts and its workflows are deleted",
            ("workflow", None) => "it no longer runs, and what users set in it is lost",
            ("event", None) => "sending it is answered with an error, and no workflow starts by it",
            ("trigger", None) => "its webhooks are no longer received",
            ("resource", None) => "requests to it can no longer be made",
            (_, None) => "it is no longer there",
        }
        .to_owned()
    }
}

/// A trigger in words: `on event New Task`, `at 0 9 * * *`.
fn spelled(kind: &str, on: Option<String>, cron: Option<String>) -> String {
    let null = |text: &String| text != "null";
    match (kind, on.filter(null), cron.filter(null)) {
        ("event", Some(event), _) => format!("on event “{event}”"),
        ("integration", Some(intent), _) => format!("on {intent}"),
        ("custom", Some(trigger), _) => format!("on custom trigger {trigger}"),
        ("cron", _, Some(cron)) => format!("at {cron}"),
        ("cron", ..) => "at times".to_owned(),
        ("endpoint", ..) => "on request".to_owned(),
        ("integration-enabled", ..) => "when the integration is enabled".to_owned(),
        ("none", ..) => "never".to_owned(),
        (kind, ..) => format!("on {kind}"),
    }
}

fn value<'r>(resource: &'r Resource, name: &str) -> Option<&'r Value> {
    resource.attributes.get(name).and_then(Attribute::value)
}

/// The integration of a resource: ids of workflows and triggers begin with it.
fn integration(id: &str) -> &str {
    id.split_once('/').map_or(id, |(integration, _)| integration)
}

#[cfg(test)]
mod tests;
