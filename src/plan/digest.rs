//! The digest of a plan: what a person who read the plan has agreed to, and nothing else.
//!
//! SHA-256 over sorted canonical JSON of schema, project, environment, changes (identity, what happens, field by field
//! from what to what) and the subjects that would be removed. Not in it: version, basis, counts, texts, places, times,
//! notes, origins.

use std::collections::BTreeSet;

use super::canonical::{quoted, text};
use super::{Change, FieldChange, SCHEMA, What};
use crate::manifest::Subject;
use crate::names::{Digest, LaneId, ProjectId};

/// The digest of these changes and removals in this lane.
pub fn digest(lane: &LaneId, changes: &[Change], destructive: &BTreeSet<Subject>) -> Digest {
    // One object in its canonical spelling, put together from the spellings of its parts: nothing is copied or spelled twice.
    let substance = format!(
        r#"{{"changes":{},"destructive":{},"environment":{},"project":{},"schema":{SCHEMA}}}"#,
        sorted(changes.iter().map(change)),
        sorted(destructive.iter().map(subject)),
        quoted(lane.environment.as_str()),
        quoted(lane.project.as_str()),
    );
    Digest::of(substance.as_bytes())
}

/// The digest of what two commits' code differs in: which resources come, change and go, and what else would be removed. How a
/// resource changes is not in it, for a pull request is looked at merged, and later by its own commits.
pub fn of_code(project: &ProjectId, changes: &[Change], destructive: &BTreeSet<Subject>) -> Digest {
    let substance = format!(
        r#"{{"changes":{},"destructive":{},"project":{},"schema":{SCHEMA}}}"#,
        sorted(changes.iter().map(named)),
        sorted(destructive.iter().map(subject)),
        quoted(project.as_str()),
    );
    Digest::of(substance.as_bytes())
}

fn named(change: &Change) -> String {
    let what = match change.what {
        What::Add => "add",
        What::Remove => "remove",
        What::Modify { .. } => "modify",
    };
    format!(r#"{{"id":{},"kind":{},"what":"{what}"}}"#, quoted(&change.resource.id), quoted(&change.resource.kind))
}

/// A list whose order means nothing.
fn sorted(items: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = items.collect();
    texts.sort_unstable();
    format!("[{}]", texts.join(","))
}

fn change(change: &Change) -> String {
    // Every field is named, so that a new one must be decided on.
    let Change { resource, what, origin: _, notes: _, place: _ } = change;
    let what = match what {
        What::Add => quoted("add"),
        What::Remove => quoted("remove"),
        What::Modify { fields, code } => {
            format!(r#"{{"code":{code},"fields":{}}}"#, sorted(fields.iter().map(field)))
        }
    };
    format!(r#"{{"id":{},"kind":{},"what":{what}}}"#, quoted(&resource.id), quoted(&resource.kind))
}

fn field(FieldChange { name, old, new }: &FieldChange) -> String {
    format!(r#"{{"name":{},"new":{},"old":{}}}"#, quoted(name), text(new), text(old))
}

fn subject(Subject { resource, part }: &Subject) -> String {
    let part = part.as_deref().map_or_else(|| "null".to_owned(), quoted);
    format!(r#"{{"id":{},"kind":{},"part":{part}}}"#, quoted(&resource.id), quoted(&resource.kind))
}
