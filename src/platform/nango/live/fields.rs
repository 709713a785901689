//! One function of an environment under the manifest's names. A field that the answer lacks is unread, so that it never
//! looks like one that is not set.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Nango;
use super::wire::Script;
use crate::manifest::{Attribute, Resource, ResourceId};
use crate::plan::rules::{Rules as _, Shape};

/// The manifest's name, and Nango's.
const BOTH: [(&str, &str); 12] = [
    ("description", "description"),
    ("scopes", "scopes"),
    ("version", "version"),
    ("source", "source"),
    ("input", "input"),
    ("enabled", "enabled"),
    ("last_deployed", "last_deployed"),
    ("json_schema", "json_schema"),
    ("sdk_version", "sdk_version"),
    ("features", "features"),
    ("models", "returns"),
    ("endpoints", "endpoints"),
];

/// What only a sync has.
const OF_SYNC: [&str; 5] = ["sync_type", "auto_start", "runs", "track_deletes", "webhookSubscriptions"];

/// What an answer leaves out where it is not set.
const OMITTED: [&str; 1] = ["input"];

/// A sync or an action, as Nango tells it.
pub(super) fn resource(id: ResourceId, script: &Script) -> Resource {
    let mut attributes: BTreeMap<String, Attribute> =
        BOTH.iter().map(|(name, theirs)| ((*name).to_owned(), attribute(script, theirs))).collect();
    if id.kind == "sync" {
        attributes.extend(OF_SYNC.iter().map(|name| ((*name).to_owned(), attribute(script, name))));
    } else {
        let endpoint = attributes.remove("endpoints").map(first);
        attributes.extend(endpoint.map(|endpoint| ("endpoint".to_owned(), endpoint)));
    }
    // Functions that were deployed by an old CLI have none stored, which says nothing about their models.
    if attributes.get("json_schema") == Some(&Attribute::Value(Value::Null)) {
        attributes.insert("json_schema".to_owned(), Attribute::Unread("Nango stored none".to_owned()));
    }
    bare(id, attributes)
}

fn attribute(script: &Script, name: &str) -> Attribute {
    match script.fields.get(name) {
        Some(value) => Attribute::Value(value.clone()),
        None if OMITTED.contains(&name) => Attribute::Value(Value::Null),
        None => Attribute::Unread("this Nango does not tell it".to_owned()),
    }
}

/// An action has one endpoint or none; Nango keeps a list.
fn first(endpoints: Attribute) -> Attribute {
    match endpoints {
        Attribute::Value(Value::Array(list)) => Attribute::Value(list.into_iter().next().unwrap_or(Value::Null)),
        other => other,
    }
}

/// A function of which only its being there is known.
pub(super) fn unread(id: ResourceId, why: &str) -> Resource {
    let compared = Nango.fields(&id.kind).iter().filter(|field| !matches!(field.shape, Shape::Aside | Shape::Print));
    let attributes =
        compared.map(|field| (field.name.to_owned(), Attribute::Unread(why.to_owned()))).collect::<BTreeMap<_, _>>();
    bare(id, attributes)
}

/// A function that is there and that no deploy of a repository put there.
pub(super) fn foreign(id: ResourceId, why: &str) -> Resource {
    let mut resource = unread(id, why);
    resource.attributes.insert("source".to_owned(), Attribute::Value(json!("the catalog or the dashboard")));
    resource
}

/// An on-event script: its event is all that a deploy sends of it beside the code.
pub(super) fn on_event(id: ResourceId, event: Option<&str>) -> Resource {
    match event {
        None => unread(id, "on-event scripts are told only to a key that may deploy"),
        Some(event) => bare(id, BTreeMap::from([("event".to_owned(), Attribute::Value(json!(event)))])),
    }
}

fn bare(id: ResourceId, attributes: BTreeMap<String, Attribute>) -> Resource {
    Resource { id, attributes, fingerprint: None, artefact: None, place: None }
}
