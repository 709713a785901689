//! What Airflow tells a plan: how the fields of DAGs compare, what is lost by a removal, and which remarks a change calls for.

mod contract;
pub(super) mod cron;
mod extras;
mod fields;
mod place;
mod remarks;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{Astro, bundle, extract, image};
use crate::manifest::{Attribute, Manifest, Resource, Subject};
use crate::plan::message::Message;
use crate::plan::rules::{Draft, Field, Rules};

impl Rules for Astro {
    fn fields(&self, kind: &str) -> &'static [Field] {
        fields::of(kind)
    }

    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message> {
        let mut messages = remarks::of_changes(draft);
        messages.extend(extras::remarks(draft));
        messages.extend(place::of_deployment(draft));
        messages
    }

    fn notes(&self, resource: &Resource) -> Vec<String> {
        if resource.id.kind == extract::FILE {
            return vec!["which DAGs it makes, only running it tells".to_owned()];
        }
        let known = |name: &str| resource.attributes.get(name).and_then(Attribute::value);
        if resource.id.kind == bundle::BUNDLE {
            let models = known("models").and_then(Value::as_array).map(Vec::len);
            return models
                .map(|count| if count == 1 { "1 model".to_owned() } else { format!("{count} models") })
                .into_iter()
                .collect();
        }
        let schedule = resource.attributes.get("schedule").map(|schedule| match schedule {
            Attribute::Value(Value::Null) => "runs when triggered".to_owned(),
            Attribute::Value(value) => cron::words(value),
            Attribute::Dynamic(_) | Attribute::Unread(_) => "schedule decided at run time".to_owned(),
        });
        let paused = known("is_paused_upon_creation") == Some(&Value::Bool(true));
        let catches_up = known("catchup") == Some(&Value::Bool(true)) && resource.attributes.contains_key("start_date");
        let tasks = known("tasks").and_then(Value::as_array).map(|tasks| match tasks.len() {
            1 => "1 task".to_owned(),
            count => format!("{count} tasks"),
        });
        let runtime = known("runtime").and_then(Value::as_str).map(|version| format!("Astro runtime {version}"));
        [
            runtime,
            schedule,
            paused.then(|| "paused at first".to_owned()),
            catches_up.then(|| "catches up".to_owned()),
            tasks,
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn loss(&self, subject: &Subject) -> String {
        match (&subject.part, subject.resource.kind.as_str()) {
            (Some(_), _) => "what waits for it no longer runs".to_owned(),
            (None, extract::FILE) => "the DAGs that it makes no longer run".to_owned(),
            (None, image::IMAGE) => {
                "the image is then made elsewhere; what runs stays until somebody replaces it".to_owned()
            }
            (None, bundle::BUNDLE) => "the DAGs that run its models no longer find them".to_owned(),
            (None, _) => "it no longer runs, and its history can no longer be reached".to_owned(),
        }
    }

    fn lost(&self, old: &Resource, new: &Resource, desired: &Manifest) -> BTreeSet<String> {
        contract::lost(old, new, desired)
    }

    fn written(&self, there: &Resource) -> Option<Timestamp> {
        there.attributes.get("last_deployed").and_then(Attribute::value)?.as_str()?.parse().ok()
    }

    fn number<'r>(&self, there: &'r Resource) -> Option<&'r str> {
        there.attributes.get("deployed").and_then(Attribute::value)?.as_str()
    }
}

#[cfg(test)]
mod tests;
