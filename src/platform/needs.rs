//! What an environment must have beside the code, as far as every platform tells it alike: secrets that are missing, what could
//! not be read and why, how many a change reaches. The words are each platform's own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::manifest::{Attribute, Known, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;

/// The names in a field of a resource that is a list of them.
pub(super) fn names<'r>(resource: &'r Resource, field: &str) -> impl Iterator<Item = &'r str> {
    let names = resource.attributes.get(field).and_then(Attribute::value).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

/// For how many a change of this integration counts, as the end of a sentence; `noun` is one of them. Why a number is not known
/// is said once for the environment, not with every change; where there is no such thing at all nothing is said.
pub(super) fn affected(draft: &Draft<'_>, integration: &str, noun: &str) -> String {
    if !draft.seen.extras.kept {
        return String::new();
    }
    match draft.seen.extras.connections.known().and_then(|counts| counts.get(integration)) {
        None => format!(", for an unknown number of {noun}s"),
        Some(0) => format!(", for no {noun} yet"),
        Some(1) => format!(", for 1 {noun}"),
        Some(count) => format!(", for {count} {noun}s"),
    }
}

/// A name that a resource reads and that does not exist there; `noun` is what it names.
pub(super) fn missing(resource: &Resource, noun: &str, name: &str) -> Message {
    let place = resource.place.as_ref().map(|place| format!(" in `{}`", place.path)).unwrap_or_default();
    let says = format!("{noun} `{name}` is read{place} and does not exist there");
    Message::new(Code::SecretMissing, Subject::part(resource.id.clone(), name), says)
}

/// The `secrets` that resources read and that do not exist there.
pub(super) fn missing_secrets(draft: &Draft<'_>, noun: &str, to_do: &str) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.secrets else { return Vec::new() };
    let lacks = |resource| {
        let absent = names(resource, "secrets").filter(|name| !there.contains(*name));
        absent.map(move |name| missing(resource, noun, name).to_do(to_do))
    };
    draft.desired.resources.values().flat_map(lacks).collect()
}

/// Resources whose `secrets` cannot be seen in the source; `nouns` are what they name.
pub(super) fn unseen_secrets(draft: &Draft<'_>, nouns: &str) -> Vec<Message> {
    let hidden = |resource: &Resource| match resource.attributes.get("secrets") {
        Some(Attribute::Dynamic(why) | Attribute::Unread(why)) => Some(Message::new(
            Code::BasisPartial,
            Subject::whole(resource.id.clone()),
            format!("which {nouns} it needs is not known: {why}"),
        )),
        Some(Attribute::Value(_)) | None => None,
    };
    draft.desired.resources.values().filter_map(hidden).collect()
}

/// Why something is not known.
pub(super) fn why<T>(known: &Known<T>) -> Option<&str> {
    match known {
        Known::Yes(_) => None,
        Known::No(why) => Some(why),
    }
}

/// What a plan would have to know and does not: one remark a reason.
pub(super) fn not_known<'w>(
    draft: &Draft<'_>,
    readings: impl IntoIterator<Item = (Option<&'w str>, &'static str)>,
) -> Vec<Message> {
    let mut whys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (why, what) in readings {
        if let Some(why) = why {
            whys.entry(why).or_default().push(what);
        }
    }
    let told = whys.into_iter().map(|(why, what)| {
        Message::about(Code::BasisPartial, draft.lane, format!("not known: {} ({why})", what.join(", ")))
    });
    told.collect()
}
