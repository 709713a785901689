//! What an environment must have beside the DAGs: connections, variables, environment variables. What could not be read is said
//! as not known, with the reason.

use std::collections::BTreeMap;

use crate::manifest::{Attribute, Known, ResourceId, Subject};
use crate::plan::Basis;
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;
use crate::platform::needs::{missing, names, not_known, why};

/// What is missing there, and what could not be told.
///
/// Of the extras, `integrations` are Airflow's connections; `secrets` are variables (`variable:name`), environment variables
/// (`env:name`) and pools (`pool:name`).
pub(super) fn remarks(draft: &Draft<'_>) -> Vec<Message> {
    let mut messages = connections(draft);
    messages.extend(absent(draft));
    messages.extend(unread(draft));
    messages
}

fn connections(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.integrations else { return Vec::new() };
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in draft.desired.resources.values() {
        names(resource, "connections").for_each(|name| *users.entry(name).or_default() += 1);
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

fn absent(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.secrets else { return Vec::new() };
    let sorts = [
        ("variables", "variable", "Airflow variable", "Environment → Airflow Variables"),
        ("env", "env", "environment variable", "Environment → Environment Variables"),
        ("pools", "pool", "pool", "Airflow → Admin → Pools"),
    ];
    let mut messages = Vec::new();
    for resource in draft.desired.resources.values() {
        for (field, sort, word, page) in sorts {
            let lacking = names(resource, field).filter(|name| !there.contains(&format!("{sort}:{name}")));
            messages.extend(lacking.map(|name| {
                missing(resource, word, name).to_do(format!("add it in Astro → {} → {page}", draft.lane.environment))
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
            .any(|resource| fields.iter().any(|field| names(resource, field).next().is_some()))
    };
    let readings = [
        (why(&extras.integrations).filter(|_| uses(&["connections"])), "whether the connections exist"),
        (why(&extras.secrets).filter(|_| uses(&["variables", "env", "pools"])), "whether the variables exist"),
    ];
    let told = not_known(draft, readings).into_iter();
    let hidden = draft.desired.resources.values().filter_map(|resource| {
        let unseen = resource.attributes.get("unseen").and_then(Attribute::value)?.as_object()?;
        let sorts: Vec<&str> = unseen.keys().map(String::as_str).collect();
        let says = format!("which further {} it needs is not known", sorts.join(", "));
        Some(Message::new(Code::BasisPartial, Subject::whole(resource.id.clone()), says))
    });
    told.chain(hidden).collect()
}
