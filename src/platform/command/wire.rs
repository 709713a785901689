//! What commands of people's own write, read as what it is: foreign text.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::applied::Applied;
use crate::history::beneath::is_beneath;
use crate::manifest::{Manifest, Origin, Resource, ResourceId};

/// The largest file that a command may write for us, in bytes.
pub(super) const LARGEST: u64 = 16 * 1024 * 1024;

/// How many resources one project may have.
const MOST: usize = 20_000;

/// The longest kind, and the longest id, in characters.
const LONGEST_KIND: usize = 64;
const LONGEST_ID: usize = 400;

/// How many things that are wrong are told.
const TOLD: usize = 10;

/// A manifest by the published schema. Its `origin` is ours to say: it follows from which command wrote it.
#[derive(Deserialize)]
struct Listed {
    resources: Vec<Resource>,
}

/// Reads a manifest; everything that is wrong with it is told, up to a number.
pub(super) fn manifest(bytes: &[u8], origin: Origin) -> Result<Manifest, Vec<String>> {
    let listed: Listed = serde_json::from_slice(bytes)
        .map_err(|error| vec![format!("it is no manifest by `airlock schema manifest`: {error}")])?;
    if listed.resources.len() > MOST {
        return Err(vec![format!("it has {} resources, and {MOST} are read", listed.resources.len())]);
    }
    let mut known: BTreeSet<&ResourceId> = BTreeSet::new();
    let mut wrong: Vec<String> = Vec::new();
    for resource in &listed.resources {
        wrong.extend(wrong_with(resource));
        if !known.insert(&resource.id) {
            wrong.push(format!("`{}` is there twice", shown(&resource.id.to_string())));
        }
    }
    if wrong.is_empty() {
        return Ok(Manifest::new(origin, listed.resources));
    }
    let more = wrong.len().saturating_sub(TOLD);
    wrong.truncate(TOLD);
    wrong.extend((more > 0).then(|| format!("and {more} more")));
    Err(wrong)
}

fn wrong_with(resource: &Resource) -> Option<String> {
    let ResourceId { kind, id } = &resource.id;
    let is_kind = kind.starts_with(|c: char| c.is_ascii_lowercase())
        && kind.len() <= LONGEST_KIND
        && kind.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_kind {
        return Some(format!("`{}` is no kind: lower-case letters, digits and `-`", shown(kind)));
    }
    let is_id = !id.trim().is_empty() && id.chars().count() <= LONGEST_ID && !id.chars().any(char::is_control);
    if !is_id {
        return Some(format!("a {kind} has the id `{}`: one line of at most {LONGEST_ID} characters", shown(id)));
    }
    let outside = resource.place.as_ref().filter(|place| !is_beneath(&place.path))?;
    Some(format!("`{}` stands in `{}`, which is no path below the repository", shown(id), shown(&outside.path)))
}

/// Reads how far a deploy came, by the schema of `applied` in a report.
pub(super) fn applied(bytes: &[u8]) -> Result<Applied, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("what it wrote to $AIRLOCK_OUTPUT cannot be read: {error}"))
}

/// A foreign text on one line, cut when it is long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 80;
    let more = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
    text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).chain(more.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match manifest(text.as_bytes(), Origin::Source) {
            Ok(manifest) => manifest.resources.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(wrong) => wrong.join("\n"),
        }
    }

    #[test]
    fn a_manifest_is_read_and_whatever_is_wrong_with_it_told() {
        let one = |kind: &str, id: &str, more: &str| {
            let (kind, id) = (serde_json::json!(kind), serde_json::json!(id));
            format!(r#"{{"kind": {kind}, "id": {id}, "attributes": {{}}{more}}}"#)
        };
        let of = |resources: &[String]| told(&format!(r#"{{"resources": [{}]}}"#, resources.join(", ")));
        assert_eq!(of(&[one("model", "b", ""), one("model", "a", "")]), "model:a model:b");
        assert_eq!(of(&[]), "");
        insta::assert_snapshot!(of(&[
            one("model", "a", ""),
            one("model", "a", ""),
            one("Model", "a", ""),
            one("", "a", ""),
            one("model", " ", ""),
            one("model", "a\nb", ""),
            one("model", "c", r#", "place": {"path": "../x"}"#),
        ]), @"
        `model:a` is there twice
        `Model` is no kind: lower-case letters, digits and `-`
        `` is no kind: lower-case letters, digits and `-`
        a model has the id ` `: one line of at most 400 characters
        a model has the id `a b`: one line of at most 400 characters
        `c` stands in `../x`, which is no path below the repository
        ");
        for rubbish in ["", "[]", "{", "{\"resources\": {}}", "\u{0}", &"[".repeat(100_000)] {
            assert!(told(rubbish).starts_with("it is no manifest"), "{rubbish:.10}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "[\\[\\]{}:,\"a-z0-9 ]{0,60}") {
            let _either = manifest(text.as_bytes(), Origin::Live);
            let _applied = applied(text.as_bytes());
        }
    }
}
