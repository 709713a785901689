//! What would go, and what is lost with it. It comes first and is never cut while the names alone fit.

use std::collections::BTreeSet;

use crate::outcome::line::{Line, clip};
use crate::outcome::sum::LaneOf;
use crate::report::fit::Size;
use crate::report::md::{Md, Table};
use crate::report::view::{Medium, Removal, View};
use crate::report::words::SENTENCE;

/// How many rows are seen, and how many bytes the names of the others may take.
struct Room {
    shown: usize,
    names: usize,
    /// Whether the others keep their own rows, folded.
    rows: bool,
}

fn room(medium: Medium, size: Size) -> Room {
    let (shown, names, rows) = match (medium, size) {
        (Medium::Summary, Size::Long) => (200, usize::MAX, true),
        (Medium::Summary, Size::Short) => (50, 600_000, false),
        (Medium::Summary, _) => (20, 500_000, false),
        (Medium::Comment, Size::Long) => (8, usize::MAX, true),
        (Medium::Comment, Size::Short) => (5, 40_000, false),
        (Medium::Comment, _) => (3, 30_000, false),
    };
    Room { shown, names, rows }
}

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let room = room(view.medium, size);
    let (shown, rest) = view.removals.split_at(view.removals.len().min(room.shown));
    let mut md = table(view, shown);
    if rest.is_empty() {
        return md;
    }
    let count = Line::new().words("and ").count(rest.len(), "more removal", "more removals");
    let body = if room.rows { table(view, rest) } else { names(view, rest, room.names) };
    md.details(&count, &body);
    md
}

/// Where nothing of a project would be left.
pub(crate) fn empties(view: &View<'_>, _: Size) -> Md {
    let mut md = Md::new(&view.links);
    let emptied = |of: &&LaneOf<'_>| of.lane.planned().is_some_and(|plan| plan.empties && !plan.is_empty());
    let emptied = view.lanes.iter().filter(emptied).map(|of| view.lane(*of));
    let lanes = Line::joined(", ", emptied.take(10));
    if !lanes.is_empty() {
        md.line(&Line::new().words("🛑 Nothing of the project would be left in ").then(lanes));
    }
    md
}

/// Hints at renames.
pub(crate) fn renames(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let renames = view.renames();
    let most = if size == Size::Long { 5 } else { 2 };
    for (project, rename) in renames.iter().take(most) {
        let line = Line::new()
            .words("↪️ ")
            .then(view.resource(project, &rename.to))
            .words(" reads like a new name of ")
            .code(clip(&rename.from.id, 200))
            .words(": what belongs to the old name does ")
            .strong("not")
            .words(" move with it");
        md.part().line(&line);
    }
    if renames.len() > most {
        md.part().words("↪️ ").line(&Line::new().count(renames.len() - most, "more rename", "more renames")).mark_cut();
    }
    md
}

/// One table: with one column for what is lost, or one an environment where they lose different things.
fn table(view: &View<'_>, removals: &[Removal<'_>]) -> Md {
    let verb = if view.is_done() { "Removed" } else { "Remove" };
    let lanes: BTreeSet<usize> = removals.iter().flat_map(|removal| removal.losses.keys().copied()).collect();
    let alike = removals.iter().all(|removal| {
        let mut losses = removal.losses.values();
        let first = losses.next();
        losses.all(|loss| Some(loss) == first)
    });
    if alike { alike_table(view, removals, verb, lanes.len() > 1) } else { split_table(view, removals, verb, &lanes) }
}

fn alike_table(view: &View<'_>, removals: &[Removal<'_>], verb: &'static str, several: bool) -> Md {
    let heading = if view.is_done() { "what was lost" } else { "what is lost" };
    let mut headings = vec![Line::new().words(verb), Line::new().words(heading)];
    if several {
        headings.push(Line::new().words("where"));
    }
    let mut table = Table::new(&view.links, &headings);
    for removal in removals {
        let lanes: Vec<usize> = removal.losses.keys().copied().collect();
        let loss = removal.losses.values().next().copied().flatten();
        table.row(&[view.subject(removal.project, removal.subject), words(loss), view.environments(&lanes)]);
    }
    table.done()
}

fn split_table(view: &View<'_>, removals: &[Removal<'_>], verb: &'static str, lanes: &BTreeSet<usize>) -> Md {
    let mut headings = vec![Line::new().words(verb)];
    headings.extend(lanes.iter().map(|lane| Line::new().words("what is lost in ").then(view.environments(&[*lane]))));
    let mut table = Table::new(&view.links, &headings);
    for removal in removals {
        let mut cells = vec![view.subject(removal.project, removal.subject)];
        cells.extend(lanes.iter().map(|lane| match removal.losses.get(lane) {
            Some(loss) => words(*loss),
            None => Line::new().words("–"),
        }));
        table.row(&cells);
    }
    table.done()
}

fn words(loss: Option<&str>) -> Line {
    match loss {
        Some(loss) => Line::new().prose(clip(loss, SENTENCE)),
        None => Line::new().words("it stops"),
    }
}

/// Only the names, as consent spells them, while they fit.
fn names(view: &View<'_>, removals: &[Removal<'_>], bytes: usize) -> Md {
    let mut md = Md::new(&view.links);
    for (place, removal) in removals.iter().enumerate() {
        if md.as_str().len() > bytes {
            let more = Line::new().words(", and ").number(removals.len() - place).words(" more that do not fit here");
            md.line(&more).mark_cut();
            break;
        }
        if place > 0 {
            md.words(", ");
        }
        md.code(&clip(&removal.subject.to_string(), 200));
    }
    md
}
