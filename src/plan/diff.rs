//! What a deploy would change: the declared manifest against what is there.

use std::collections::BTreeSet;

use super::fields::compare;
use super::renames;
use super::rules::Rules;
use super::{Basis, Change, ChangeOrigin, Observed, Rename, UnknownField, What};
use crate::manifest::{Manifest, Origin, Resource, ResourceId, Subject};

/// The name under which a resource that may or may not be there stands among the unknown fields.
pub const EXISTENCE: &str = "existence";

/// The difference between two manifests.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Removals, then modifications, then additions, each by identity.
    pub changes: Vec<Change>,
    /// What could not be compared.
    pub unknown: Vec<UnknownField>,
    /// Why what is there could not be read whole; empty when it could.
    pub unread: BTreeSet<String>,
    /// Everything that would be removed: a resource is one subject, whatever its parts.
    pub destructive: BTreeSet<Subject>,
    /// Hints at renames.
    pub renames: Vec<Rename>,
    /// Resources of which nothing that could be compared differs.
    pub unchanged: usize,
    /// Whether something is there and nothing would be left.
    pub empties: bool,
}

/// Compares what is declared with what is there. Of an unknown basis nothing is claimed: there are no changes, and every
/// resource is listed as not comparable.
pub fn diff(desired: &Manifest, seen: &Observed, rules: &dyn Rules) -> Diff {
    match &seen.basis {
        Basis::Unknown { why } => unknown(desired, why),
        Basis::None => between(desired, &Manifest::empty(Origin::Live), rules),
        Basis::Live | Basis::Recorded { .. } | Basis::Commit { .. } => between(desired, &seen.manifest, rules),
    }
}

/// Compares the code of two commits, whatever runs anywhere.
pub fn of_code(after: &Manifest, before: &Manifest, rules: &dyn Rules) -> Diff {
    between(after, before, rules)
}

fn unknown(desired: &Manifest, why: &str) -> Diff {
    let of = |id: &ResourceId| UnknownField {
        resource: id.clone(),
        field: EXISTENCE.to_owned(),
        why: format!("there now: {why}"),
        may_remove: true,
    };
    Diff { unknown: desired.resources.keys().map(of).collect(), ..Diff::default() }
}

fn between(desired: &Manifest, there: &Manifest, rules: &dyn Rules) -> Diff {
    let mut diff = Diff { empties: !there.resources.is_empty() && desired.resources.is_empty(), ..Diff::default() };
    let (mut gone, mut both, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for pair in there.beside(desired) {
        match pair {
            (Some(old), Some(resource)) => both.push((old, resource)),
            (Some(old), None) => gone.push(old),
            (None, resource) => new.extend(resource),
        }
    }
    diff.changes.extend(gone.iter().map(|resource| removal(resource)));
    diff.destructive.extend(gone.iter().map(|resource| Subject::whole(resource.id.clone())));
    for (old, resource) in both {
        modify(old, resource, rules, &mut diff);
        let lost = rules.lost(old, resource, desired).into_iter();
        diff.destructive.extend(lost.map(|part| Subject::part(resource.id.clone(), part)));
    }
    diff.changes.extend(new.iter().map(|resource| addition(resource, rules)));
    diff.renames = renames::hints(&gone, &new, rules);
    diff
}

fn modify(old: &Resource, new: &Resource, rules: &dyn Rules, diff: &mut Diff) {
    let compared = compare(old, new, rules.fields(&new.id.kind));
    if compared.same() {
        diff.unchanged += 1;
    } else {
        let what = What::Modify { fields: compared.fields, code: compared.code };
        diff.changes.push(Change { place: new.place.clone(), ..change(new, what) });
    }
    diff.destructive.extend(compared.lost.into_iter().map(|part| Subject::part(new.id.clone(), part)));
    diff.unknown.extend(compared.unknown);
    diff.unread.extend(compared.unread);
}

fn removal(resource: &Resource) -> Change {
    change(resource, What::Remove)
}

fn addition(resource: &Resource, rules: &dyn Rules) -> Change {
    Change { notes: rules.notes(resource), place: resource.place.clone(), ..change(resource, What::Add) }
}

fn change(resource: &Resource, what: What) -> Change {
    Change { resource: resource.id.clone(), what, origin: None, notes: Vec::new(), place: None }
}

/// Says of each change whether the pull request makes it: whether its resource differs between the pull request's base
/// and what it would become. Both manifests must come from the same sort of reading.
pub fn tell_origins(changes: &mut [Change], base: &Manifest, desired: &Manifest, rules: &dyn Rules) {
    for change in changes {
        let same = match (base.resources.get(&change.resource), desired.resources.get(&change.resource)) {
            (Some(old), Some(new)) => compare(old, new, rules.fields(&change.resource.kind)).same(),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        change.origin = Some(if same { ChangeOrigin::Waiting } else { ChangeOrigin::ThisPr });
    }
}
