//! The first line of the comment, which nobody sees: by it a later run knows the comment again, and what it has told.
//! Anybody can write such a line; it counts only in a comment of the token's own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::ground::Ground;
use crate::finding::Tested;
use crate::manifest::Subject;
use crate::names::{CommitSha, Digest, ProjectId};
use crate::outcome::Outcome;
use crate::outcome::sum::own_removals;
use crate::problem::exit;

/// The version of the line that is written. A line of a later one is read as far as it says the same.
const SCHEMA: u32 = 1;
const BEGIN: &str = "<!-- airlock:comment v";
const END: &str = " -->";

/// Removals that are kept one by one.
const MOST_MARKS: usize = 256;
/// Hexadecimal digits that stand for a removal.
const MARK: usize = 12;

/// Which part of a repository a job looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scope(Vec<String>);

impl Scope {
    /// The names that narrow it down; none is everything.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        Self(names.into_iter().collect())
    }

    /// The names, for people.
    pub(super) fn words(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }

    /// The word of the key.
    fn word(&self) -> String {
        if self.0.is_empty() { "all".to_owned() } else { mark(&self.0.join("\n")) }
    }
}

/// The removals that a comment has told: by marks, for names are foreign and long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Removes {
    count: usize,
    marks: BTreeSet<String>,
}

impl Removes {
    /// What a run's plans remove of their own, each once however many environments it goes from.
    pub(super) fn of(outcome: &Outcome) -> Self {
        let lanes = outcome.lanes_in_reach();
        let planned = lanes.iter().filter_map(|of| Some((of.project, of.lane.planned()?)));
        let all: BTreeSet<String> = planned
            .flat_map(|(project, plan)| own_removals(plan).map(move |subject| mark_of(project, subject)))
            .collect();
        Self { count: all.len(), marks: all.into_iter().take(MOST_MARKS).collect() }
    }

    fn written(&self) -> String {
        let marks: Vec<&str> = self.marks.iter().map(String::as_str).collect();
        format!("{}:{}", self.count, marks.join(","))
    }

    fn is_whole(&self) -> bool {
        self.count == self.marks.len()
    }

    /// Whether something is removed that was not told before.
    pub(super) fn has_grown_since(&self, told: &Self) -> bool {
        self.count > told.count || (told.is_whole() && !self.marks.is_subset(&told.marks))
    }

    /// What of these was told before.
    pub(super) fn known_to(&self, told: &Self) -> Self {
        let marks: BTreeSet<String> = self.marks.intersection(&told.marks).cloned().collect();
        let whole = self.is_whole() && told.is_whole();
        Self { count: if whole { marks.len() } else { self.count.min(told.count) }, marks }
    }
}

pub(super) fn mark(text: &str) -> String {
    Digest::of(text.as_bytes()).hex().chars().take(MARK).collect()
}

/// What a check run of Airlock's showed to be removed, as far as its hidden line tells. Any workflow can write such a line:
/// it is held against what was computed, and can only take something of that away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown(Removes);

const SHOWN: &str = "<!-- airlock:check v1 removes=";

impl Shown {
    /// The hidden line of a run's check.
    pub(super) fn line(outcome: &Outcome) -> String {
        format!("{SHOWN}{}{END}", Removes::of(outcome).written())
    }

    /// Reads the text of a check run; `None` where it has no such line.
    pub fn read(text: &str) -> Option<Self> {
        let line = text.lines().next()?.trim_end();
        line.strip_prefix(SHOWN)?.strip_suffix(END).and_then(read_removes).map(Self)
    }

    /// Whether it showed that this is removed. Of a list that had no room for all, nobody can say that it did not.
    pub fn has(&self, project: &ProjectId, subject: &Subject) -> bool {
        !self.0.is_whole() || self.0.marks.contains(&mark_of(project, subject))
    }
}

/// What the checks of a run came to, as far as a plan that is made anew later must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// They passed, and tests were among them.
    Passed,
    /// Nothing failed, and nothing was tested.
    Untested,
    /// They failed, or could not be run.
    Failed,
}

impl Told {
    const WORDS: [(Self, &'static str); 3] =
        [(Self::Passed, "passed"), (Self::Untested, "untested"), (Self::Failed, "failed")];

    pub(super) fn of(outcome: &Outcome) -> Self {
        let reports: Vec<_> = outcome.projects.values().map(|of| of.checks.done()).collect();
        if outcome.exit_code() != exit::DONE || reports.iter().any(Option::is_none) {
            return Self::Failed;
        }
        let tested = reports.iter().flatten().all(|report| !matches!(report.tested, Tested::Not { .. }));
        if tested { Self::Passed } else { Self::Untested }
    }

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(told, _)| *told == self).map_or("", |(_, word)| word)
    }

    fn read(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(told, _)| *told)
    }
}

fn mark_of(project: &ProjectId, subject: &Subject) -> String {
    mark(&format!("{project}\n{subject}"))
}

/// What the first line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    scope: String,
    head: Option<String>,
    /// The run's id and attempt.
    run: (u64, u32),
    removes: Option<Removes>,
    /// What it was compared with.
    ground: Ground,
    /// What the checks came to.
    checks: Option<Told>,
    /// Marks of what it says, and of the very text.
    text: Option<(String, String)>,
}

impl Key {
    pub(super) fn new(scope: &Scope, head: &CommitSha, run: (u64, u32), removes: Removes) -> Self {
        let (ground, checks, text) = (Ground::default(), None, None);
        Self { scope: scope.word(), head: Some(head.to_string()), run, removes: Some(removes), ground, checks, text }
    }

    /// The same key of a report whose checks came to this.
    pub(super) fn of_checks(self, checks: Told) -> Self {
        Self { checks: Some(checks), ..self }
    }

    /// The same key of a report that was compared with this, says this, and reads so.
    pub(super) fn of_text(self, ground: Ground, says: &str, text: &str) -> Self {
        Self { ground, text: Some((says.to_owned(), mark_of_text(text))), ..self }
    }

    pub(super) fn ground(&self) -> &Ground {
        &self.ground
    }

    /// The run that wrote it, and its attempt.
    pub(super) fn run(&self) -> (u64, u32) {
        self.run
    }

    /// What the checks came to; nothing is known of a line that does not say so.
    pub(super) fn checks(&self) -> Option<Told> {
        self.checks
    }

    /// Whether the text beside it is the one that was written, and says the same: times and links of the run aside.
    pub(super) fn still_says(&self, says: &str, text: &str) -> bool {
        self.text.as_ref().is_some_and(|(said, written)| said == says && *written == mark_of_text(text))
    }

    /// The key of a comment, and the text after it.
    pub(super) fn read(body: &str) -> Option<(Self, &str)> {
        let (first, text) = body.split_once('\n').unwrap_or((body, ""));
        let mut words = first.trim_end().strip_prefix(BEGIN)?.strip_suffix(END)?.split_whitespace();
        let _version: u32 = words.next()?.parse().ok()?;
        let (mut scope, mut head, mut run, mut removes, mut said) = (None, None, None, None, None);
        let mut checks = None;
        let mut ground = Ground::default();
        for (name, value) in words.filter_map(|word| word.split_once('=')) {
            match name {
                "scope" => scope = Some(value.to_owned()),
                "head" => head = Some(value.to_owned()),
                "run" => run = read_run(value),
                "removes" => removes = read_removes(value),
                "base" => ground.base = Some(value.to_owned()),
                "checks" => checks = Told::read(value),
                "runs" => ground.runs = read_runs(value),
                "text" => said = value.split_once('.').map(|(says, text)| (says.to_owned(), text.to_owned())),
                _ => {}
            }
        }
        let run = run.unwrap_or_default();
        Some((Self { scope: scope?, head, run, removes, ground, checks, text: said }, text))
    }

    pub(super) fn is_of(&self, scope: &Scope) -> bool {
        self.scope == scope.word()
    }

    /// Whether it tells of this commit.
    pub(super) fn is_about(&self, head: &CommitSha) -> bool {
        self.head.as_deref() == Some(head.as_str())
    }

    /// Whether a later run has told of the same commit.
    pub(super) fn is_later(&self, head: &CommitSha, run: (u64, u32)) -> bool {
        self.is_about(head) && self.run > run
    }

    /// What was told; nothing is known of a line that does not say so.
    pub(super) fn removes(&self) -> Option<&Removes> {
        self.removes.as_ref()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BEGIN}{SCHEMA} scope={}", self.scope)?;
        if let Some(head) = &self.head {
            write!(f, " head={head}")?;
        }
        write!(f, " run={}.{}", self.run.0, self.run.1)?;
        if let Some(removes) = &self.removes {
            write!(f, " removes={}", removes.written())?;
        }
        if let Some(base) = &self.ground.base {
            write!(f, " base={base}")?;
        }
        if !self.ground.runs.is_empty() {
            let runs: Vec<String> = self.ground.runs.iter().map(|(mark, id)| format!("{mark}:{id}")).collect();
            write!(f, " runs={}", runs.join(","))?;
        }
        if let Some(checks) = self.checks {
            write!(f, " checks={}", checks.word())?;
        }
        if let Some((says, text)) = &self.text {
            write!(f, " text={says}.{text}")?;
        }
        f.write_str(END)
    }
}

fn read_run(text: &str) -> Option<(u64, u32)> {
    let (id, attempt) = text.split_once('.')?;
    Some((id.parse().ok()?, attempt.parse().ok()?))
}

fn read_runs(text: &str) -> BTreeMap<String, u64> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once(':'));
    pairs.filter_map(|(mark, id)| Some((mark.to_owned(), id.parse().ok()?))).collect()
}

/// GitHub may have changed line ends and cut blanks at the end.
fn mark_of_text(text: &str) -> String {
    mark(&text.trim_end().lines().collect::<Vec<_>>().join("\n"))
}

fn read_removes(text: &str) -> Option<Removes> {
    let (count, marks) = text.split_once(':')?;
    let marks = marks.split(',').filter(|mark| !mark.is_empty()).map(str::to_owned).collect();
    Some(Removes { count: count.parse().ok()?, marks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::facts::sha;
    use proptest::prelude::*;

    fn removes(names: &[&str]) -> Removes {
        Removes { count: names.len(), marks: names.iter().map(|name| mark(name)).collect() }
    }

    fn many(count: usize) -> Removes {
        let all: BTreeSet<String> = (0..count).map(|number| mark(&number.to_string())).collect();
        Removes { count, marks: all.into_iter().take(MOST_MARKS).collect() }
    }

    #[test]
    fn a_key_reads_back_and_fits_its_room() {
        let ground = Ground {
            base: Some(sha('b').to_string()),
            runs: (0..32).map(|lane| (mark(&lane.to_string()), u64::MAX)).collect(),
        };
        let key =
            Key::new(&Scope::of(["nango", "crm"]), &sha('a'), (77, 2), many(5_000)).of_text(ground, &mark("x"), "y");
        let key = key.of_checks(Told::Untested);
        let line = key.to_string();
        assert!(line.len() < super::super::ROOM - 500, "{}", line.len());
        assert_eq!(Key::read(&format!("{line}\r\n### text\n")), Some((key, "### text\n")));
        let key = Key::new(&Scope::default(), &sha('a'), (1, 1), removes(&[]));
        insta::assert_snapshot!(key, @"<!-- airlock:comment v1 scope=all head=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa run=1.1 removes=0: -->");
    }

    #[test]
    fn a_line_of_a_later_version_is_still_ours() {
        let (key, _) = Key::read("<!-- airlock:comment v7 scope=all colour=red removes=many -->").unwrap();
        assert!(key.is_of(&Scope::default()) && key.removes().is_none());
        for foreign in [
            "",
            "### text",
            " <!-- airlock:comment v1 scope=all -->",
            "> <!-- airlock:comment v1 scope=all -->",
            "<!-- airlock:comment v1 scope=all",
            "<!-- airlock:comment vx scope=all -->",
            "<!-- airlock:comment v1 -->",
        ] {
            assert_eq!(Key::read(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn scopes_are_told_apart_whatever_their_order() {
        let key = Key::new(&Scope::of(["b", "a"]), &sha('a'), (1, 1), removes(&[]));
        assert!(key.is_of(&Scope::of(["a", "b"])));
        assert!(!key.is_of(&Scope::of(["a"])) && !key.is_of(&Scope::default()));
    }

    #[test]
    fn removals_grow_when_one_is_new() {
        for (now, before, grown) in [
            (removes(&[]), removes(&[]), false),
            (removes(&["a"]), removes(&[]), true),
            (removes(&["a"]), removes(&["a", "b"]), false),
            (removes(&["b"]), removes(&["a"]), true),
            (many(300), many(300), false),
            (many(301), many(300), true),
            (many(300), many(10), true),
            (many(10), many(300), false),
        ] {
            assert_eq!(now.has_grown_since(&before), grown, "{now:?} {before:?}");
        }
        // A draft that swaps one removal for another has told of neither.
        assert!(removes(&["b"]).has_grown_since(&removes(&["b"]).known_to(&removes(&["a"]))));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in ".{0,200}") {
            let _read = Key::read(&text);
            let _line = Key::read(&format!("{BEGIN}{text}{END}"));
        }
    }
}
