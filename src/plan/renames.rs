//! Hints at renames: a removal and an addition that read like one resource under a new name. They are words for people;
//! nothing is decided by them.

use std::collections::{BTreeMap, BTreeSet};

use super::Rename;
use super::fields::told;
use super::rules::Rules;
use crate::manifest::Resource;

/// How many pairs of one neighbourhood are looked at; beyond that a rename is no longer a rename but a rewrite.
const MOST_PAIRS: usize = 20_000;

/// How near two names must be, from 0 (nothing in common) to 1 (equal).
const NEAR: f64 = 0.5;

/// How many telling attributes must agree before equal attributes say anything.
const TELLING: usize = 2;

/// Pairs of removed and added resources that read like one, at most one pair for each, the likeliest first chosen.
pub(super) fn hints(gone: &[&Resource], new: &[&Resource], rules: &dyn Rules) -> Vec<Rename> {
    let mut pairs: Vec<(f64, &Resource, &Resource)> = Vec::new();
    let mut looks = BTreeMap::new();
    for (from, to) in neighbours(gone, new) {
        for resource in [from, to] {
            looks.entry(&resource.id).or_insert_with(|| Look::at(resource, rules));
        }
        let score = likeness(&looks[&from.id], &looks[&to.id]);
        if score >= NEAR {
            pairs.push((score, from, to));
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (&a.1.id, &a.2.id).cmp(&(&b.1.id, &b.2.id))));
    one_to_one(&pairs)
}

fn one_to_one(pairs: &[(f64, &Resource, &Resource)]) -> Vec<Rename> {
    let mut taken = BTreeSet::new();
    let mut renames = Vec::new();
    for (_, from, to) in pairs {
        if !taken.contains(&from.id) && !taken.contains(&to.id) {
            taken.extend([from.id.clone(), to.id.clone()]);
            renames.push(Rename { from: from.id.clone(), to: to.id.clone() });
        }
    }
    renames.sort_by(|a, b| a.from.cmp(&b.from));
    renames
}

/// The pairs worth a look: of one kind, and in one folder or with one fingerprint or one last name.
fn neighbours<'a>(gone: &[&'a Resource], new: &[&'a Resource]) -> Vec<(&'a Resource, &'a Resource)> {
    let mut homes: BTreeMap<(&str, String), Vec<&'a Resource>> = BTreeMap::new();
    for resource in new {
        for home in homes_of(resource) {
            homes.entry((&resource.id.kind, home)).or_default().push(resource);
        }
    }
    let mut pairs = BTreeMap::new();
    for from in gone {
        for home in homes_of(from) {
            for to in homes.get(&(from.id.kind.as_str(), home)).into_iter().flatten() {
                pairs.insert((&from.id, &to.id), (*from, *to));
                if pairs.len() >= MOST_PAIRS {
                    return pairs.into_values().collect();
                }
            }
        }
    }
    pairs.into_values().collect()
}

fn homes_of(resource: &Resource) -> impl Iterator<Item = String> {
    let (folder, name) = split(&resource.id.id);
    let print = resource.fingerprint.as_ref().or(resource.artefact.as_ref());
    [
        Some(format!("in {folder}")),
        (!folder.is_empty()).then(|| format!("as {name}")),
        print.map(|print| format!("of {print}")),
    ]
    .into_iter()
    .flatten()
}

/// What of a resource is compared with others, made once however many they are.
struct Look<'a> {
    resource: &'a Resource,
    folder: &'a str,
    words: BTreeSet<String>,
    name: String,
    /// The name's letters, sorted.
    letters: Vec<char>,
    told: Vec<(String, String)>,
}

impl<'a> Look<'a> {
    fn at(resource: &'a Resource, rules: &dyn Rules) -> Self {
        let (folder, name) = split(&resource.id.id);
        let (words, name) = (words(name), cut(name));
        let mut letters: Vec<char> = name.chars().collect();
        letters.sort_unstable();
        Self { resource, folder, words, name, letters, told: told(resource, rules.fields(&resource.id.kind)) }
    }
}

fn likeness(old: &Look<'_>, new: &Look<'_>) -> f64 {
    let equal = |a: &Option<_>, b: &Option<_>| a.is_some() && a == b;
    let (from, to) = (old.resource, new.resource);
    if equal(&from.fingerprint, &to.fingerprint) || equal(&from.artefact, &to.artefact) {
        return 3.0 + nearness(old, new);
    }
    if old.told.len() >= TELLING && old.told == new.told {
        return 2.0 + nearness(old, new);
    }
    if old.folder == new.folder { nearness(old, new) } else { 0.0 }
}

fn split(id: &str) -> (&str, &str) {
    id.rsplit_once('/').unwrap_or(("", id))
}

/// How alike two names are, by their words (`old-issues`, `issues-v2`) or by their letters (`issue`, `issues`).
fn nearness(old: &Look<'_>, new: &Look<'_>) -> f64 {
    let by_words = shared_words(&old.words, &new.words);
    // Every letter that the other name lacks is an edit, so without these in common the edits need not be looked for.
    let longest = old.letters.len().max(new.letters.len());
    if shared_letters(&old.letters, &new.letters) * 4 < longest * 3 {
        return by_words;
    }
    // Half of the letters in common is chance; half of the words is not.
    let by_letters = strsim::normalized_damerau_levenshtein(&old.name, &new.name);
    if by_letters >= 0.75 { by_words.max(by_letters) } else { by_words }
}

/// How many letters two sorted lists have in common.
fn shared_letters(mut old: &[char], mut new: &[char]) -> usize {
    let mut shared = 0;
    while let ([a, old_rest @ ..], [b, new_rest @ ..]) = (old, new) {
        shared += usize::from(a == b);
        if a <= b {
            old = old_rest;
        }
        if b <= a {
            new = new_rest;
        }
    }
    shared
}

#[expect(clippy::cast_precision_loss, reason = "names have few words")]
fn shared_words(old: &BTreeSet<String>, new: &BTreeSet<String>) -> f64 {
    let all = old.len() + new.len();
    if all == 0 { 0.0 } else { 2.0 * old.intersection(new).count() as f64 / all as f64 }
}

fn words(name: &str) -> BTreeSet<String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn cut(name: &str) -> String {
    name.chars().take(64).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn names_that_are_near_by_letters_share_them(old in "[a-d]{0,8}", new in "[a-d]{0,8}") {
            let sorted = |name: &str| {
                let mut letters: Vec<char> = name.chars().collect();
                letters.sort_unstable();
                letters
            };
            let shared = shared_letters(&sorted(&old), &sorted(&new));
            let near = strsim::normalized_damerau_levenshtein(&old, &new) >= 0.75;
            proptest::prop_assert!(!near || shared * 4 >= old.len().max(new.len()) * 3);
        }
    }
}
