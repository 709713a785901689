//! How people name removals, and how removals are named to people.
//!
//! A person types `sync:github/issues#Issue`, or less where less is clear: `github/issues#Issue`, `Issue`. With several
//! projects the project stands before it: `apps/web/sync:github/issues`. What the gate prints is read by the same function
//! as what a person types, so a printed line always means what it says.

use std::collections::BTreeSet;

use crate::manifest::{ResourceId, Subject};
use crate::names::ProjectId;

/// To whom a typed id is addressed.
#[derive(Debug, PartialEq, Eq)]
enum Address<'a> {
    /// This project; the id without the project.
    Ours(&'a str),
    /// Another project of the repository.
    Theirs,
    /// No project of the repository.
    Nowhere,
}

/// What a typed id means for this plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// This removal.
    Removal(Subject),
    /// Something of another project, which that project's gate judges.
    Elsewhere,
    /// Nothing; why.
    Nothing(String),
}

/// The removals of one plan, to be named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) removals: &'a BTreeSet<Subject>,
    pub(super) project: &'a ProjectId,
    pub(super) projects: &'a [ProjectId],
}

impl Names<'_> {
    /// Reads a typed id.
    pub(super) fn read(&self, typed: &str) -> Meant {
        match self.address(typed) {
            Address::Theirs => Meant::Elsewhere,
            Address::Nowhere => Meant::Nothing(format!(
                "{} names no project: with several projects write `{}/` or another project's id before it",
                quoted(typed),
                self.project
            )),
            Address::Ours(id) => self.find(id, typed),
        }
    }

    fn address<'t>(&self, typed: &'t str) -> Address<'t> {
        if self.alone() {
            let qualified = typed.strip_prefix(self.project.as_str()).and_then(|rest| rest.strip_prefix('/'));
            return match qualified {
                Some(rest) if self.matching(typed).is_empty() => Address::Ours(rest),
                _ => Address::Ours(typed),
            };
        }
        let inside = |project: &&ProjectId| {
            typed.strip_prefix(project.as_str()).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
        };
        match self.projects.iter().filter(inside).max_by_key(|project| project.as_str().len()) {
            Some(project) if project == self.project => Address::Ours(&typed[project.as_str().len() + 1..]),
            Some(_) => Address::Theirs,
            None => Address::Nowhere,
        }
    }

    /// Whether the repository has no other project.
    fn alone(&self) -> bool {
        self.projects.iter().all(|project| project == self.project)
    }

    fn find(&self, id: &str, typed: &str) -> Meant {
        let typed = quoted(typed);
        match self.matching(id).as_slice() {
            [one] => Meant::Removal((*one).clone()),
            [] if id.contains(['*', '?']) => {
                Meant::Nothing(format!("{typed} is a pattern: name each removal by itself"))
            }
            [] => Meant::Nothing(format!("{typed} is not removed by this plan")),
            several => {
                let spelled: Vec<String> = several.iter().map(|subject| quoted(&subject.to_string())).collect();
                Meant::Nothing(format!("{typed} could be any of {}", spelled.join(", ")))
            }
        }
    }

    /// The removals that an id may mean: those of exactly this spelling, else those that it is short for.
    fn matching(&self, id: &str) -> Vec<&Subject> {
        let exact: Vec<&Subject> = self.removals.iter().filter(|subject| subject.to_string() == id).collect();
        if !exact.is_empty() {
            return exact;
        }
        let short = |subject: &&Subject| bare(subject) == id || subject.part.as_deref() == Some(id);
        self.removals.iter().filter(short).collect()
    }

    /// All removals as `consent` takes them, the shortest clear spelling each; `None` when one of them cannot be typed there.
    pub(super) fn spelled(&self) -> Option<Vec<String>> {
        self.removals.iter().map(|subject| self.spell(subject)).collect()
    }

    fn spell(&self, subject: &Subject) -> Option<String> {
        let qualified = |id: String| if self.alone() { id } else { format!("{}/{id}", self.project) };
        let candidates = [bare(subject), subject.to_string()].map(qualified);
        candidates
            .into_iter()
            .find(|typed| is_typable(typed) && matches!(self.read(typed), Meant::Removal(read) if read == *subject))
    }
}

/// `github/issues#Issue`: without the kind.
fn bare(Subject { resource, part }: &Subject) -> String {
    match part {
        Some(part) => format!("{}#{part}", resource.id),
        None => resource.id.clone(),
    }
}

/// Whether an id survives the input it is typed into: nothing in it separates, or is taken for a pattern, a digest or an
/// option, or is lost at its ends.
fn is_typable(id: &str) -> bool {
    let plain = |c: char| c == ' ' || !c.is_control() && !c.is_whitespace() && !is_hidden(c) && !",;*?[]".contains(c);
    let hash = id.starts_with("sha256:") || id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    id.chars().all(plain) && !id.is_empty() && id.trim() == id && !id.starts_with('-') && !hash
}

/// Characters that are not seen, or that turn the order of what is.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A foreign text in a sentence: between backticks, without anything that is not seen, and not longer than 120 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(120).filter(|c| !c.is_control() && !is_hidden(*c) && *c != '`').collect();
    if text.chars().nth(120).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A resource in a sentence: sync `github/issues`.
pub(super) fn resource(ResourceId { kind, id }: &ResourceId) -> String {
    format!("{} {}", quoted(kind).trim_matches('`'), quoted(id))
}

/// A removal in a sentence: sync `github/issues`, or `Issue` of sync `github/issues`.
pub(super) fn removal(subject: &Subject) -> String {
    match &subject.part {
        Some(part) => format!("{} of {}", quoted(part), resource(&subject.resource)),
        None => resource(&subject.resource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    fn removals() -> BTreeSet<Subject> {
        let issues = ResourceId::new("sync", "github/issues");
        BTreeSet::from([
            Subject::whole(ResourceId::new("sync", "github/old")),
            Subject::whole(ResourceId::new("action", "github/twice")),
            Subject::whole(ResourceId::new("sync", "github/twice")),
            Subject::part(issues.clone(), "Issue"),
            Subject::part(issues, "GET /issues"),
            Subject::part(ResourceId::new("sync", "gitlab/a"), "Same"),
            Subject::part(ResourceId::new("sync", "gitlab/b"), "Same"),
        ])
    }

    fn read(typed: &str, projects: &[&str]) -> String {
        let projects: Vec<ProjectId> = projects.iter().map(|id| project(id)).collect();
        let names = Names { removals: &removals(), project: &project("apps/web"), projects: &projects };
        match names.read(typed) {
            Meant::Removal(subject) => subject.to_string(),
            Meant::Elsewhere => "elsewhere".to_owned(),
            Meant::Nothing(why) => why,
        }
    }

    #[test]
    fn a_removal_may_be_named_as_shortly_as_is_clear() {
        for (typed, meant) in [
            ("sync:github/old", "sync:github/old"),
            ("github/old", "sync:github/old"),
            ("apps/web/github/old", "sync:github/old"),
            ("Issue", "sync:github/issues#Issue"),
            ("github/issues#Issue", "sync:github/issues#Issue"),
            ("GET /issues", "sync:github/issues#GET /issues"),
            ("action:github/twice", "action:github/twice"),
            ("github/twice", "`github/twice` could be any of `action:github/twice`, `sync:github/twice`"),
            ("Same", "`Same` could be any of `sync:gitlab/a#Same`, `sync:gitlab/b#Same`"),
            ("github/issues", "`github/issues` is not removed by this plan"),
            ("old", "`old` is not removed by this plan"),
            ("GitHub/old", "`GitHub/old` is not removed by this plan"),
            ("github/*", "`github/*` is a pattern: name each removal by itself"),
            ("", "`` is not removed by this plan"),
        ] {
            assert_eq!(read(typed, &["apps/web"]), meant, "{typed}");
        }
    }

    #[test]
    fn with_several_projects_an_id_says_whose_it_is() {
        let all = ["apps/web", "apps", "github"];
        for (typed, meant) in [
            ("apps/web/github/old", "sync:github/old"),
            ("apps/web/sync:github/old", "sync:github/old"),
            ("apps/github/old", "elsewhere"),
            ("github/old", "elsewhere"),
            ("apps/web/none", "`apps/web/none` is not removed by this plan"),
            (
                "sync:github/old",
                "`sync:github/old` names no project: with several projects write `apps/web/` or another project's id before it",
            ),
        ] {
            assert_eq!(read(typed, &all), meant, "{typed}");
        }
    }

    #[test]
    fn a_foreign_text_is_shown_harmless_and_short() {
        assert_eq!(quoted("a`b\u{1b}[31m\u{202e}c\nd"), "`ab[31mcd`");
        assert!(quoted(&"x".repeat(10_000)).len() < 200);
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_read_back_as_the_very_removal(
            parts in proptest::collection::btree_set(("[ab:#/]{0,4}", "[ab:#/*, ]{0,4}", proptest::option::of("[ab#/ ]{0,3}")), 1..6),
            several in any::<bool>(),
        ) {
            let removals: BTreeSet<Subject> = parts
                .into_iter()
                .map(|(kind, id, part)| Subject { resource: ResourceId::new(kind, id), part })
                .collect();
            let project = project("a");
            let projects = if several { vec![project.clone(), ProjectId::new("a/b").unwrap()] } else { vec![project.clone()] };
            let names = Names { removals: &removals, project: &project, projects: &projects };
            for subject in &removals {
                if let Some(typed) = names.spell(subject) {
                    prop_assert_eq!(names.read(&typed), Meant::Removal(subject.clone()));
                }
            }
        }
    }
}
