//! The digest of a plan: what a person who read the plan has agreed to, and nothing else.
//!
//! SHA-256 over sorted canonical JSON of schema, project, environment, changes (identity, what happens, field by field
//! from what to what) and the subjects that would be removed. Not in it: version, basis, counts, texts, places, times,
//! notes, origins.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Change, SCHEMA, What, canonical};
use crate::manifest::Subject;
use crate::names::{Digest, LaneId};

/// The digest of these changes and removals in this lane.
pub fn digest(lane: &LaneId, changes: &[Change], destructive: &BTreeSet<Subject>) -> Digest {
    let destructive = destructive
        .iter()
        .map(|Subject { resource, part }| json!({"kind": resource.kind, "id": resource.id, "part": part}));
    // One object in its canonical spelling, put together from the spellings of its parts: none is made twice.
    let substance = format!(
        r#"{{"changes":[{}],"destructive":[{}],"environment":{},"project":{},"schema":{SCHEMA}}}"#,
        sorted_texts(changes.iter().map(substance)).join(","),
        sorted_texts(destructive).join(","),
        canonical::text(&json!(lane.environment)),
        canonical::text(&json!(lane.project)),
    );
    Digest::of(substance.as_bytes())
}

fn sorted_texts(items: impl Iterator<Item = Value>) -> Vec<String> {
    let mut texts: Vec<String> = items.map(|item| canonical::text(&item)).collect();
    texts.sort_unstable();
    texts
}

fn substance(change: &Change) -> Value {
    // Every field is named, so that a new one must be decided on.
    let Change { resource, what, origin: _, notes: _, place: _ } = change;
    let what = match what {
        What::Add => json!("add"),
        What::Remove => json!("remove"),
        What::Modify { fields, code } => {
            let fields = fields.iter().map(|field| json!({"name": field.name, "old": field.old, "new": field.new}));
            json!({"code": code, "fields": sorted(fields)})
        }
    };
    json!({"kind": resource.kind, "id": resource.id, "what": what})
}

fn sorted(items: impl Iterator<Item = Value>) -> Value {
    let mut items: Vec<Value> = items.collect();
    items.sort_by_cached_key(canonical::text);
    Value::Array(items)
}
