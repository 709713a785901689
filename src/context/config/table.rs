//! A TOML table, read key by key with the place of everything in hand. Whatever is wrong is kept, not returned.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::context::words::{self, Wrong};
use crate::names::Place;
use crate::problem::{Problem, Problems};

/// One document: its text, for places, and what is wrong with it.
pub(super) struct Document<'t> {
    file: &'t str,
    text: &'t str,
    problems: RefCell<Vec<(usize, Problem)>>,
}

/// A value and where it stands, as a byte in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

impl<'t> Document<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, problems: RefCell::new(Vec::new()) }
    }

    /// Keeps a problem with what stands at this byte.
    pub(super) fn wrong(&self, code: &'static str, at: usize, wrong: Wrong) {
        let mut problem = Problem::input(code, wrong.says).at(self.place(at));
        if let Some(help) = wrong.help {
            problem = problem.help(help);
        }
        self.problems.borrow_mut().push((at, problem));
    }

    /// The problems in the order of the text.
    pub(super) fn into_problems(self) -> Problems {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(at, _)| *at);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    fn place(&self, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Place::at(self.file, small(line), small(column))
    }
}

/// One table of a document.
pub(super) struct Table<'d, 't, 'i> {
    document: &'d Document<'t>,
    entries: &'d DeTable<'i>,
    /// What it is, for people: "an environment".
    what: &'static str,
    /// Where it begins.
    pub(super) at: usize,
}

impl<'d, 't, 'i> Table<'d, 't, 'i> {
    pub(super) fn new(document: &'d Document<'t>, entries: &'d DeTable<'i>, what: &'static str, at: usize) -> Self {
        Self { document, entries, what, at }
    }

    /// Keeps a problem for each key that is not one of these.
    pub(super) fn only(&self, known: &[&str]) {
        for key in self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let says = format!("{} is no key of {}", words::shown(key.get_ref()), self.what);
            let help = match words::nearest(key.get_ref(), known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", words::choices(known)),
            };
            self.document.wrong("config-unknown-key", key.span().start, Wrong::says(says).help(help));
        }
    }

    fn value(&self, key: &str) -> Option<(&'d DeValue<'i>, Range<usize>)> {
        self.entries.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// Whether the key is there at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A value, read; `None` where it is absent or wrong.
    pub(super) fn read<T>(&self, key: &str, read: impl FnOnce(&DeValue<'i>) -> Result<T, Wrong>) -> Option<Found<T>> {
        let (value, span) = self.value(key)?;
        match read(value) {
            Ok(value) => Some(Found { value, at: span.start }),
            Err(wrong) => {
                let wrong = Wrong { says: format!("`{key}` {}", wrong.says), help: wrong.help };
                self.document.wrong("config-invalid", span.start, wrong);
                None
            }
        }
    }

    /// A text, read.
    pub(super) fn text<T>(&self, key: &str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<Found<T>> {
        self.read(key, |value| text_of(value).and_then(read))
    }

    /// A text that must be there.
    pub(super) fn required<T>(&self, key: &str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<Found<T>> {
        if !self.has(key) {
            let wrong = Wrong::says(format!("{} has no `{key}`", self.what));
            self.document.wrong("config-invalid", self.at, wrong.help(format!("add `{key} = \"…\"`")));
        }
        self.text(key, read)
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Option<Found<bool>> {
        self.read(key, |value| value.as_bool().ok_or_else(|| not(value, "`true` or `false`, without quotes")))
    }

    /// A list of texts, each read; a wrong one is left out and told.
    pub(super) fn texts<T>(&self, key: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Vec<Found<T>> {
        let mut found = Vec::new();
        for item in self.array(key, "a list of texts").unwrap_or_default() {
            match text_of(item.get_ref()).and_then(&read) {
                Ok(value) => found.push(Found { value, at: item.span().start }),
                Err(wrong) => {
                    let wrong = Wrong { says: format!("an entry of `{key}` {}", wrong.says), help: wrong.help };
                    self.document.wrong("config-invalid", item.span().start, wrong);
                }
            }
        }
        found
    }

    /// A list of tables: `[[key]]`, or inline.
    pub(super) fn tables(&self, key: &str, what: &'static str) -> Vec<Self> {
        let mut tables = Vec::new();
        for item in self.array(key, "a list of tables").unwrap_or_default() {
            match item.get_ref() {
                DeValue::Table(entries) => tables.push(Self::new(self.document, entries, what, item.span().start)),
                other => {
                    let says = format!("an entry of `{key}` {}", not(other, "a table").says);
                    self.document.wrong("config-invalid", item.span().start, Wrong::says(says));
                }
            }
        }
        tables
    }

    /// A table: `[key]`, or inline.
    pub(super) fn table(&self, key: &str, what: &'static str) -> Option<Self> {
        let (value, span) = self.value(key)?;
        let DeValue::Table(entries) = value else {
            let says = format!("`{key}` {}", not(value, "a table").says);
            self.document.wrong("config-invalid", span.start, Wrong::says(says));
            return None;
        };
        Some(Self::new(self.document, entries, what, span.start))
    }

    /// A table whose keys are names that others chose, each value read; a wrong one is left out and told.
    pub(super) fn entries<T>(
        &self,
        key: &str,
        wanted: &'static str,
        read: impl Fn(&DeValue<'i>) -> Result<T, Wrong>,
    ) -> Option<BTreeMap<String, T>> {
        let table = self.table(key, wanted)?;
        let mut found = BTreeMap::new();
        for (name, value) in table.entries {
            let name = name.get_ref().as_ref();
            match read(value.get_ref()) {
                Ok(value) => {
                    found.insert(name.to_owned(), value);
                }
                Err(wrong) => {
                    let says = format!("{} in `{key}` {}", words::shown(name), wrong.says);
                    self.document.wrong("config-invalid", value.span().start, Wrong { says, help: wrong.help });
                }
            }
        }
        Some(found)
    }

    fn array(&self, key: &str, wanted: &str) -> Option<&'d [Spanned<DeValue<'i>>]> {
        let (value, span) = self.value(key)?;
        let DeValue::Array(items) = value else {
            let says = format!("`{key}` {}", not(value, wanted).says);
            let wrong = Wrong::says(says).help(format!("write it in brackets: `{key} = […]`"));
            self.document.wrong("config-invalid", span.start, wrong);
            return None;
        };
        Some(items)
    }
}

/// A text as it stands.
pub(super) fn text_of<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Wrong> {
    value.as_str().ok_or_else(|| not(value, "a text in quotes"))
}

/// What a value is instead of what was wanted.
pub(super) fn not(value: &DeValue<'_>, wanted: &str) -> Wrong {
    let is = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Wrong::says(format!("is {is}, and must be {wanted}"))
}
