//! What an environment must have beside the DAGs: connections, variables, environment variables. What could not be read is said
//! as not known, with the reason.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::manifest::{Attribute, Known, Resource, ResourceId, Subject};
use crate::plan::Basis;
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;

/// What is missing there, and what could not be told.
///
/// Of the extras, `integrations` are Airflow's connections; `secrets` are variables (`variable:name`), environment variables
/// (`env:name`) and pools (`pool:name`).
pub(super) fn missing(draft: &Draft<'_>) -> Vec<Message> {
    let mut messages = connections(draft);
    messages.extend(names(draft));
    messages.extend(unread(draft));
    messages
}

fn list<'r>(resource: &'r Resource, name: &str) -> impl Iterator<Item = &'r str> {
    let names = resource.attributes.get(name).and_then(Attribute::value).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

fn connections(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.integrations else { return Vec::new() };
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in draft.desired.resources.values() {
        list(resource, "connections").for_each(|name| *users.entry(name).or_default() += 1);
    }
    let lacks = |(name, users): (&str, usize)| {
        let dags = if users == 1 { "1 DAG needs it".to_owned() } else { format!("{users} DAGs need it") };
        let says = match there.get(name) {
            None => format!("does not exist there; {dags}"),
            Some(Known::Yes(false)) => format!("is empty there; {dags}"),
            Some(Known::Yes(true) | Known::No(_)) => return None,
        };
        let subject = Subject::whole(ResourceId::new("connection", name));
        let to_do = format!("add it in Astro → {} → Environment → Connections", draft.lane.environment);
        Some(Message::new(Code::AppConfigurationMissing, subject, says).to_do(to_do))
    };
    users.into_iter().filter_map(lacks).collect()
}

fn names(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.secrets else { return Vec::new() };
    let sorts = [
        ("variables", "variable", "Airflow variable", "Environment → Airflow Variables"),
        ("env", "env", "environment variable", "Environment → Environment Variables"),
        ("pools", "pool", "pool", "Airflow → Admin → Pools"),
    ];
    let mut messages = Vec::new();
    for resource in draft.desired.resources.values() {
        for (field, sort, word, page) in sorts {
            let missing = list(resource, field).filter(|name| !there.contains(&format!("{sort}:{name}")));
            messages.extend(missing.map(|name| {
                let place = resource.place.as_ref().map(|place| format!(" in `{}`", place.path)).unwrap_or_default();
                let says = format!("{word} `{name}` is read{place} and does not exist there");
                Message::new(Code::SecretMissing, Subject::part(resource.id.clone(), name), says)
                    .to_do(format!("add it in Astro → {} → {page}", draft.lane.environment))
            }));
        }
    }
    messages
}

/// What this plan would have to know and does not: one remark a reason.
fn unread(draft: &Draft<'_>) -> Vec<Message> {
    let extras = &draft.seen.extras;
    if !extras.kept || !matches!(draft.seen.basis, Basis::Live | Basis::None) {
        return Vec::new();
    }
    let uses = |fields: &[&str]| {
        draft
            .desired
            .resources
            .values()
            .any(|resource| fields.iter().any(|field| list(resource, field).next().is_some()))
    };
    let mut whys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    if let Known::No(why) = &extras.integrations
        && uses(&["connections"])
    {
        whys.entry(why).or_default().push("whether the connections exist");
    }
    if let Known::No(why) = &extras.secrets
        && uses(&["variables", "env", "pools"])
    {
        whys.entry(why).or_default().push("whether the variables exist");
    }
    let told = whys.into_iter().map(|(why, what)| {
        Message::about(Code::BasisPartial, draft.lane, format!("not known: {} ({why})", what.join(", ")))
    });
    let hidden = draft.desired.resources.values().filter_map(|resource| {
        let unseen = resource.attributes.get("unseen").and_then(Attribute::value)?.as_object()?;
        let sorts: Vec<&str> = unseen.keys().map(String::as_str).collect();
        let says = format!("which further {} it needs is not known", sorts.join(", "));
        Some(Message::new(Code::BasisPartial, Subject::whole(resource.id.clone()), says))
    });
    told.chain(hidden).collect()
}
