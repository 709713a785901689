//! Whether what runs there is what was sent. Pure.

use std::collections::BTreeMap;

use super::super::Nango;
use super::wire::{Bundled, Slim};
use crate::manifest::{Attribute, Manifest, ResourceId};
use crate::plan::diff::diff;
use crate::plan::fields::CODE;
use crate::plan::rules::plain_text;
use crate::plan::{Basis, Observed, What};

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// Everything that can be read is as it was sent.
    Same,
    /// Something is not; one line each.
    Differs(Vec<String>),
    /// Nothing is known to differ, and not everything could be read; why.
    Blind(String),
}

/// What Nango itself said that it deployed: the version of each function.
pub(super) type Versions = BTreeMap<ResourceId, String>;

/// Compares what was sent with what runs there now.
pub(super) fn compare(sent: &Manifest, live: &Observed, versions: &Versions) -> Match {
    if let Basis::Unknown { why } = &live.basis {
        return Match::Blind(why.clone());
    }
    let found = diff(sent, live, &Nango);
    let mut how: Vec<String> = found.changes.iter().flat_map(|change| told(&change.resource, &change.what)).collect();
    how.extend(wrong_versions(&live.manifest, versions));
    if !how.is_empty() {
        return Match::Differs(how);
    }
    match found.unknown.iter().find(|unknown| unknown.field != CODE) {
        Some(unknown) => Match::Blind(unknown.why.trim_start_matches("there now: ").to_owned()),
        None => Match::Same,
    }
}

fn told(id: &ResourceId, what: &What) -> Vec<String> {
    match what {
        What::Add => vec![format!("{id} was sent, and does not run there")],
        What::Remove => vec![format!("{id} was to go, and still runs there")],
        What::Modify { fields, code } => {
            let of =
                |name: &str, old: String, new: String| format!("{id}: `{name}` is {old} there, and was sent as {new}");
            let mut lines: Vec<String> =
                fields.iter().map(|field| of(&field.name, plain_text(&field.old), plain_text(&field.new))).collect();
            if *code {
                lines.push(format!("{id}: the schemas there are not those that were sent"));
            }
            lines
        }
    }
}

fn wrong_versions(live: &Manifest, versions: &Versions) -> Vec<String> {
    let wrong = |(id, said): (&ResourceId, &String)| {
        let there = live.resources.get(id)?.attributes.get("version").and_then(Attribute::value)?.as_str()?;
        (there != said).then(|| format!("{id}: Nango said it deployed version {said}, and version {there} runs there"))
    };
    versions.iter().filter_map(wrong).collect()
}

/// What Nango's own comparison of functions of `createFunction` says: everything that was sent must be unchanged.
pub(super) fn bundle(bundled: &Bundled, sent: &[ResourceId]) -> Match {
    let id = |slim: &Slim| ResourceId::new("function", format!("{}/{}", slim.key, slim.name));
    let same: Vec<ResourceId> = bundled.unchanged.iter().map(id).collect();
    let mut how: Vec<String> =
        bundled.created.iter().map(|slim| format!("{} was sent, and does not run there", id(slim))).collect();
    how.extend(bundled.updated.iter().map(|slim| format!("{} runs there with other code than was sent", id(slim))));
    how.extend(bundled.deleted.iter().map(|slim| format!("{} was to go, and still runs there", id(slim))));
    how.extend(
        sent.iter()
            .filter(|_| how.is_empty())
            .filter(|id| !same.contains(id))
            .map(|id| format!("{id} is not told of"))
            .collect::<Vec<_>>(),
    );
    if how.is_empty() { Match::Same } else { Match::Differs(how) }
}

/// Whether nothing at all was written since: every function that was there carries the very time it had before.
pub(super) fn untouched(before: &Manifest, now: &Manifest, sent: &Manifest) -> bool {
    let time = |manifest: &Manifest, id: &ResourceId| {
        manifest.resources.get(id).and_then(|there| there.attributes.get("last_deployed")).cloned()
    };
    let mut both = sent.resources.keys().filter_map(|id| Some((time(before, id)?, time(now, id)?))).peekable();
    let appeared = sent.resources.keys().any(|id| !before.resources.contains_key(id) && now.resources.contains_key(id));
    !appeared && both.peek().is_some() && both.all(|(before, now)| before == now)
}
