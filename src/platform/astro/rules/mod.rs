//! What Airflow tells a plan: how the fields of DAGs compare, what is lost by a removal, and which remarks a change calls for.

mod cron;
mod extras;
mod fields;
mod remarks;

use serde_json::Value;

use super::Astro;
use crate::manifest::{Attribute, Resource, Subject};
use crate::plan::message::Message;
use crate::plan::rules::{Draft, Field, Rules};

impl Rules for Astro {
    fn fields(&self, kind: &str) -> &'static [Field] {
        fields::of(kind)
    }

    fn remarks(&self, draft: &Draft<'_>) -> Vec<Message> {
        let mut messages = remarks::of_changes(draft);
        messages.extend(extras::missing(draft));
        messages
    }

    fn notes(&self, resource: &Resource) -> Vec<String> {
        let known = |name: &str| resource.attributes.get(name).and_then(Attribute::value);
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
        [schedule, paused.then(|| "paused at first".to_owned()), catches_up.then(|| "catches up".to_owned()), tasks]
            .into_iter()
            .flatten()
            .collect()
    }

    fn loss(&self, subject: &Subject) -> String {
        match &subject.part {
            Some(_) => "what waits for it no longer runs".to_owned(),
            None => "it no longer runs, and its history can no longer be reached".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
