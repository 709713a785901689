//! Changes of one cause as one row: forty syncs whose only change is the same field, three hundred whose shared helper
//! was edited.

use std::collections::BTreeMap;

use super::value;
use super::view::{Row, View};
use crate::outcome::line::{Line, clip};
use crate::plan::What;

/// From how many equal changes on they become one row.
const FROM: usize = 3;
/// How many names such a row shows.
const NAMES: usize = 3;

/// One row of the table of changes.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    /// The changes; one, or all of one cause.
    pub(crate) rows: Vec<&'a Row<'a>>,
}

/// The rows of the table: modifications first, then additions, changes of one cause together.
pub(crate) fn groups<'a>(rows: &'a [Row<'a>]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows {
        let place = *places.entry(row.cause).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { rows: vec![row] }),
        }
    }
    let mut rows: Vec<Group<'a>> = groups.into_iter().flat_map(split_small).collect();
    rows.sort_by_key(|group| group.rows.first().is_some_and(|row| row.change.what == What::Add));
    rows
}

fn split_small(group: Group<'_>) -> Vec<Group<'_>> {
    if group.rows.len() < FROM {
        group.rows.into_iter().map(|row| Group { rows: vec![row] }).collect()
    } else {
        vec![group]
    }
}

impl Group<'_> {
    /// How many resources.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether its row does not show every name.
    pub(crate) fn hides_names(&self) -> bool {
        self.len() > NAMES
    }

    /// The three cells: verb, what, how.
    pub(crate) fn cells(&self, view: &View<'_>) -> Vec<Line> {
        let Some(first) = self.rows.first() else { return Vec::new() };
        let verb = match (&first.change.what, view.is_done_in(&first.lanes)) {
            (What::Add, false) => "Add",
            (What::Add, true) => "Added",
            (_, false) => "Modify",
            (_, true) => "Modified",
        };
        let notes = first.change.notes.iter().map(|note| Line::new().prose(clip(note, 200)));
        let only = view.only(&first.lanes);
        let only = if only.is_empty() { only } else { Line::new().words("in ").then(only) };
        let how = Line::joined(" · ", std::iter::once(value::what(&first.change.what)).chain(notes).chain([only]));
        vec![Line::new().words(verb), self.name(view), how]
    }

    /// The resource, or how many and the first names.
    pub(crate) fn name(&self, view: &View<'_>) -> Line {
        match self.rows.as_slice() {
            [] => Line::new(),
            [row] => view.resource(row.project, &row.change.resource),
            [first, ..] => {
                let names = self.rows.iter().take(NAMES).map(|row| Line::new().code(clip(&row.change.resource.id, 60)));
                let count = Line::new().number(self.len()).words(" ").text(plural(&first.change.resource.kind));
                let line = count.words(": ").then(Line::joined(", ", names));
                match self.len().saturating_sub(NAMES) {
                    0 => line,
                    more => line.words(" and ").number(more).words(" more"),
                }
            }
        }
    }
}

/// The plural of a platform's word.
pub(crate) fn plural(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if kind.ends_with('s') => kind.to_owned(),
        _ => format!("{kind}s"),
    }
}
