//! What must hold between the tables of a configuration, and the order of the environments.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{Document, Found};
use super::{Environment, ProjectSpec};
use crate::context::words::{self, Wrong};
use crate::names::EnvironmentName;

/// An environment as its table has it: what was stated, and where.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) environment: Environment,
    pub(super) name_at: usize,
    /// What `production` said, if anything.
    pub(super) production: Option<bool>,
    pub(super) branch_at: Option<usize>,
    /// What `after` said, if anything; an empty text says that it follows none.
    pub(super) after: Option<Found<Option<EnvironmentName>>>,
}

/// No two projects share an id or a folder.
pub(super) fn projects(document: &Document<'_>, projects: &[Found<ProjectSpec>]) {
    let mut ids = BTreeSet::new();
    let mut paths = BTreeSet::new();
    for project in projects {
        if !paths.insert(&project.value.path) {
            let says = format!("two projects have the folder {}", words::shown(&project.value.path));
            document.wrong("config-duplicate", project.at, Wrong::says(says));
        } else if !ids.insert(&project.value.id) {
            let says = format!("two projects have the id {}", words::shown(project.value.id.as_str()));
            document.wrong(
                "config-duplicate",
                project.at,
                Wrong::says(says).help("give one of them an `id` of its own"),
            );
        }
    }
}

/// Checks the environments against each other, and puts each after the one it follows.
///
/// `alone` says that the file has but one: a second whose table is wrong is not here.
pub(super) fn environments(document: &Document<'_>, mut placed: Vec<Placed>, alone: bool) -> Vec<Environment> {
    names(document, &placed);
    flags(document, &placed, alone);
    branches(document, &placed);
    groups(document, &placed);
    previews(document, &placed);
    known_predecessors(document, &placed);
    implied_predecessors(&mut placed);
    in_order(document, placed)
}

/// Names are taken once, and so are the variables that hold their keys.
fn names(document: &Document<'_>, placed: &[Placed]) {
    let mut suffixes: BTreeMap<String, &EnvironmentName> = BTreeMap::new();
    for Placed { environment, name_at, .. } in placed {
        let name = &environment.name;
        match suffixes.insert(name.as_suffix(), name) {
            Some(other) if other == name => {
                document.wrong(
                    "config-duplicate",
                    *name_at,
                    Wrong::says(format!("two environments are called `{name}`")),
                );
            }
            Some(other) => {
                let says = format!("`{other}` and `{name}` share one key variable (`…_{}`)", name.as_suffix());
                let wrong = Wrong::says(says).help("rename one, so that no key reaches both");
                document.wrong("environment-key-shared", *name_at, wrong);
            }
            None => {}
        }
    }
}

/// A single environment says what it is, and a name that sounds like production is production.
fn flags(document: &Document<'_>, placed: &[Placed], alone: bool) {
    for Placed { environment, name_at, production, .. } in placed {
        let name = &environment.name;
        if name.is_preview() {
            let says = format!("`{name}` is called like the preview of a pull request");
            let help = format!("give it a name that does not begin with `{}`", EnvironmentName::PREVIEW);
            document.wrong("environment-unclear", *name_at, Wrong::says(says).help(help));
        }
        if alone && production.is_none() {
            let says = format!("`{name}` is the only environment and does not say whether it is production");
            let wrong = Wrong::says(says).help("add `production = true`, or `production = false`");
            document.wrong("environment-unclear", *name_at, wrong);
        } else if sounds_like_production(name.as_str()) && !environment.production {
            let says = format!("`{name}` is called like production and is not flagged as such");
            let wrong = Wrong::says(says).help("add `production = true`, or give it another name");
            document.wrong("environment-unclear", *name_at, wrong);
        }
    }
}

/// Whether a name has `prod`, `production` or `live` as a word: `prod-eu`, `euProd2`, but not `delivery` or `products`.
fn sounds_like_production(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let begins = !c.is_ascii_alphabetic() || (c.is_ascii_uppercase() && before.is_ascii_lowercase());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphabetic()) {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.iter().any(|word| ["prod", "production", "live"].contains(&word.as_str()))
}

/// Pushes to a branch deploy one environment, and never production.
fn branches(document: &Document<'_>, placed: &[Placed]) {
    let mut taken = BTreeMap::new();
    for Placed { environment, branch_at, .. } in placed {
        let (Some(branch), Some(at)) = (&environment.branch, branch_at) else { continue };
        let name = &environment.name;
        if environment.production {
            let wrong = Wrong::says(format!("`{name}` is production, and pushes never deploy production"));
            let help = "remove `branch`; to allow a manual run from this branch, name it in `refs`";
            document.wrong("production-by-push", *at, wrong.help(help));
        }
        if let Some(other) = taken.insert(branch, name) {
            let says = format!("`{other}` and `{name}` are both deployed by pushes to `{branch}`");
            document.wrong(
                "environment-branch-shared",
                *at,
                Wrong::says(says).help("give one of them another branch, or none"),
            );
        }
    }
}

/// A group is called like no environment, and is production as a whole or not at all.
fn groups(document: &Document<'_>, placed: &[Placed]) {
    let mut first: BTreeMap<&EnvironmentName, &Environment> = BTreeMap::new();
    for Placed { environment, name_at, .. } in placed {
        let Some(group) = &environment.group else { continue };
        if placed.iter().any(|other| other.environment.name == *group) {
            let wrong = Wrong::says(format!("the group `{group}` is called like an environment"));
            document.wrong("environment-group", *name_at, wrong.help("give the group a name of its own"));
        }
        let other = *first.entry(group).or_insert(environment);
        if other.production != environment.production {
            let says =
                format!("of the group `{group}`, `{}` and `{}` are not both production", other.name, environment.name);
            document.wrong("environment-group", *name_at, Wrong::says(says).help("make two groups of it"));
        }
    }
}

/// Previews are made from one environment, and never from production: what is not a secret there is copied.
fn previews(document: &Document<'_>, placed: &[Placed]) {
    let mut first: Option<&EnvironmentName> = None;
    for Placed { environment, name_at, .. } in placed.iter().filter(|placed| placed.environment.previews) {
        let name = &environment.name;
        if environment.production {
            let says = format!("`{name}` is production, and no previews are made from it");
            let help = "name another environment by `previews = true`";
            document.wrong("environment-previews", *name_at, Wrong::says(says).help(help));
        }
        if let Some(other) = first.replace(name) {
            let says = format!("previews would be made from both `{other}` and `{name}`");
            let help = "let one environment say `previews = true`";
            document.wrong("environment-previews", *name_at, Wrong::says(says).help(help));
        }
    }
}

/// Who is followed exists, and is somebody else.
fn known_predecessors(document: &Document<'_>, placed: &[Placed]) {
    let names: Vec<&str> = placed.iter().map(|placed| placed.environment.name.as_str()).collect();
    for Placed { environment, after, .. } in placed {
        let Some(Found { value: Some(after), at }) = after else { continue };
        if *after == environment.name {
            document.wrong("environment-order", *at, Wrong::says(format!("`{after}` cannot follow itself")));
        } else if !names.contains(&after.as_str()) {
            let wrong = Wrong::says(format!("`after` names `{after}`, and there is no such environment"));
            let help = match words::nearest(after.as_str(), names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", words::choices(&names)),
            };
            document.wrong("environment-order", *at, wrong.help(help));
        }
    }
}

/// Production that does not say what it follows follows the last environment before it that is not production: to skip
/// the promotion is what must be stated (`after = ""`), not what happens by forgetting a line.
fn implied_predecessors(placed: &mut [Placed]) {
    let mut last = None;
    for Placed { environment, after, .. } in placed {
        if !environment.production {
            last = Some(environment.name.clone());
        } else if after.is_none() {
            environment.after.clone_from(&last);
        }
    }
}

/// Each after the one it follows, otherwise as written. Those that follow each other in a circle are told and left out.
fn in_order(document: &Document<'_>, placed: Vec<Placed>) -> Vec<Environment> {
    let known: BTreeSet<EnvironmentName> = placed.iter().map(|placed| placed.environment.name.clone()).collect();
    let mut done: BTreeSet<EnvironmentName> = BTreeSet::new();
    let mut ordered = Vec::new();
    let mut waiting = placed;
    loop {
        let ready = |placed: &Placed| {
            let Environment { name, after, .. } = &placed.environment;
            after.as_ref().is_none_or(|after| after == name || done.contains(after) || !known.contains(after))
        };
        let Some(next) = waiting.iter().position(ready) else { break };
        let environment = waiting.remove(next).environment;
        done.insert(environment.name.clone());
        ordered.push(environment);
    }
    if let Some(first) = waiting.first() {
        let names: Vec<&str> = waiting.iter().map(|placed| placed.environment.name.as_str()).collect();
        let says = format!("environments follow each other in a circle: {}", words::choices(&names));
        let at = first.after.as_ref().map_or(first.name_at, |after| after.at);
        document.wrong("environment-order", at, Wrong::says(says).help("let one of them follow none"));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sound_like_production_do() {
        for name in [
            "prod",
            "Prod",
            "PROD",
            "production",
            "live",
            "prod-eu",
            "eu_prod",
            "prod2",
            "euProd",
            "us-live-1",
            "pre-prod",
        ] {
            assert!(sounds_like_production(name), "{name}");
        }
        for name in ["dev", "staging", "delivery", "products", "alive", "preprod", "nonprod", "reproduction", "olive"] {
            assert!(!sounds_like_production(name), "{name}");
        }
    }
}
