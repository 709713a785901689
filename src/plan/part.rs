//! A part of a project: what `only` names, so that everything else stays as it is.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::{Manifest, ResourceId};
use crate::problem::Problem;

/// How many ids an error names.
const SHOWN: usize = 5;

/// Which kinds of resources a platform can deploy without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// All of a group together, and no other group: an integration.
    pub of_a_group: &'static [&'static str],
    /// One by one.
    pub single: &'static [&'static str],
}

/// A part of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "part")]
pub enum Part {
    /// The resources of these kinds whose ids begin with this name and a slash.
    Group {
        /// `github`
        name: String,
        /// `sync`, `action`
        kinds: Vec<String>,
    },
    /// One resource.
    Single {
        /// Which.
        resource: ResourceId,
    },
}

impl Part {
    /// Reads what a person typed, against what is declared.
    ///
    /// # Errors
    /// `only-unsupported` where the platform deploys whole projects alone; `only-unknown` for what is not declared, or cannot
    /// be deployed without the rest; `only-ambiguous` for an id of several kinds.
    pub fn of(typed: &str, desired: &Manifest, kinds: Kinds) -> Result<Self, Problem> {
        if kinds.of_a_group.is_empty() && kinds.single.is_empty() {
            return Err(Problem::input(
                "only-unsupported",
                "`only` is given, and this platform deploys whole projects alone",
            )
            .help("leave `only` empty: nothing would be deployed that the plan does not show"));
        }
        if typed.contains('/') { Self::single(typed, desired, kinds) } else { Self::group(typed, desired, kinds) }
    }

    fn group(name: &str, desired: &Manifest, kinds: Kinds) -> Result<Self, Problem> {
        let part = Self::Group {
            name: name.to_owned(),
            kinds: kinds.of_a_group.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        if desired.resources.keys().any(|id| part.holds(id)) {
            return Ok(part);
        }
        Err(unknown(name, desired.resources.keys().filter_map(|id| Some(id.id.split_once('/')?.0))))
    }

    fn single(typed: &str, desired: &Manifest, kinds: Kinds) -> Result<Self, Problem> {
        let (kind, id) = match typed.split_once(':') {
            Some((kind, id)) if desired.resources.keys().any(|known| known.kind == kind) => (Some(kind), id),
            _ => (None, typed),
        };
        let named: Vec<&ResourceId> = desired
            .resources
            .keys()
            .filter(|known| known.id == id && kind.is_none_or(|kind| known.kind == kind))
            .collect();
        match named.as_slice() {
            [] => Err(unknown(typed, desired.resources.keys().map(|known| known.id.as_str()))),
            [one] if kinds.single.contains(&one.kind.as_str()) => Ok(Self::Single { resource: (*one).clone() }),
            [one] => Err(Problem::input("only-unknown", format!("{one} cannot be deployed without the rest"))
                .help(format!("one by one can be deployed: {}", kinds.single.join(", ")))),
            several => {
                let ids: Vec<String> = several.iter().map(|id| format!("`{id}`")).collect();
                Err(Problem::input("only-ambiguous", format!("`only` fits several: {}", ids.join(", ")))
                    .help("name its kind too, as it stands here"))
            }
        }
    }

    /// Whether a resource, declared or there, belongs to it.
    pub fn holds(&self, id: &ResourceId) -> bool {
        match self {
            Self::Group { name, kinds } => {
                kinds.contains(&id.kind) && id.id.split_once('/').is_some_and(|(group, _)| group == name)
            }
            Self::Single { resource } => id == resource,
        }
    }

    /// What of a manifest belongs to it.
    pub fn narrowed(&self, manifest: &Manifest) -> Manifest {
        let kept = manifest.resources.values().filter(|resource| self.holds(&resource.id));
        Manifest::new(manifest.origin, kept.cloned())
    }

    /// A manifest with this part of another in place of its own.
    pub fn laid_over(&self, under: Manifest, over: &Manifest) -> Manifest {
        let origin = under.origin;
        let rest = under.resources.into_values().filter(|resource| !self.holds(&resource.id));
        Manifest::new(origin, rest.chain(self.narrowed(over).resources.into_values()))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { name, .. } => f.write_str(name),
            Self::Single { resource } => write!(f, "{resource}"),
        }
    }
}

fn unknown<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: BTreeSet<&str> = known.collect();
    let shown: Vec<String> = known.iter().take(SHOWN).map(|id| format!("`{}`", id.escape_debug())).collect();
    let more = if known.len() > SHOWN { ", …" } else { "" };
    let problem =
        Problem::input("only-unknown", format!("`only` names `{}`, which is not declared", typed.escape_debug()));
    if shown.is_empty() { problem } else { problem.help(format!("there are: {}{more}", shown.join(", "))) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::manifest::{Origin, Resource};

    const KINDS: Kinds = Kinds { of_a_group: &["sync", "action"], single: &["sync", "action"] };

    fn manifest(ids: &[(&str, &str)]) -> Manifest {
        let resource = |(kind, id): &(&str, &str)| Resource {
            id: ResourceId::new(*kind, *id),
            attributes: BTreeMap::new(),
            fingerprint: None,
            artefact: None,
            place: None,
        };
        Manifest::new(Origin::Source, ids.iter().map(resource))
    }

    fn declared() -> Manifest {
        manifest(&[
            ("sync", "github/issues"),
            ("action", "github/issues"),
            ("action", "github/close"),
            ("on-event", "github/welcome"),
            ("sync", "github-app/issues"),
        ])
    }

    #[test]
    fn a_part_is_named_exactly() {
        let of = |typed: &str| match Part::of(typed, &declared(), KINDS) {
            Ok(part) => {
                let held: Vec<String> = part.narrowed(&declared()).resources.keys().map(ToString::to_string).collect();
                format!("{part}: {}", held.join(" "))
            }
            Err(problem) => format!("{}: {problem} ({})", problem.code, problem.help.join("; ")),
        };
        let told: Vec<String> = [
            "github",
            "github/close",
            "sync:github/issues",
            "github/issues",
            "on-event:github/welcome",
            "github/gone",
            "git",
            "sync:gone/x",
        ]
        .map(of)
        .into();
        insta::assert_snapshot!(told.join("\n"), @"
        github: action:github/close action:github/issues sync:github/issues
        action:github/close: action:github/close
        sync:github/issues: sync:github/issues
        only-ambiguous: `only` fits several: `action:github/issues`, `sync:github/issues` (name its kind too, as it stands here)
        only-unknown: on-event:github/welcome cannot be deployed without the rest (one by one can be deployed: sync, action)
        only-unknown: `only` names `github/gone`, which is not declared (there are: `github-app/issues`, `github/close`, `github/issues`, `github/welcome`)
        only-unknown: `only` names `git`, which is not declared (there are: `github`, `github-app`)
        only-unknown: `only` names `sync:gone/x`, which is not declared (there are: `github-app/issues`, `github/close`, `github/issues`, `github/welcome`)
        ");
        assert_eq!(
            Part::of("github", &declared(), Kinds { of_a_group: &[], single: &[] }).unwrap_err().code,
            "only-unsupported"
        );
    }

    #[test]
    fn what_is_beside_a_part_stays_as_it_was() {
        let part = Part::of("github", &declared(), KINDS).unwrap();
        let laid = part
            .laid_over(manifest(&[("sync", "github/old"), ("on-event", "github/x"), ("sync", "slack/a")]), &declared());
        let told: Vec<String> = laid.resources.keys().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["action:github/close", "action:github/issues", "on-event:github/x", "sync:github/issues", "sync:slack/a"]
        );
    }
}
