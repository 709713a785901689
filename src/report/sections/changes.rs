//! What is added and modified, changes of one cause as one row.

use crate::outcome::line::{Line, clip};
use crate::plan::{Change, ChangeOrigin, Tally, What};
use crate::report::fit::Size;
use crate::report::group::{Group, groups};
use crate::report::md::{Md, Table};
use crate::report::value;
use crate::report::view::{Medium, View};

/// How many rows are seen, and how many more are folded.
fn room(medium: Medium, size: Size) -> (usize, usize) {
    match (medium, size) {
        (Medium::Summary, Size::Long) => (25, usize::MAX),
        (Medium::Summary, Size::Short) => (25, 1_000),
        (Medium::Summary, _) => (0, 100),
        (Medium::Comment, Size::Long) => (6, 200),
        (Medium::Comment, Size::Short) => (3, 60),
        (Medium::Comment, _) => (0, 20),
    }
}

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let groups = groups(&view.rows);
    let (shown, folded) = room(view.medium, size);
    // One row more is not worth folding.
    let shown = if shown > 0 && groups.len() == shown + 1 { groups.len() } else { shown.min(groups.len()) };
    let (seen, rest) = groups.split_at(shown);
    let mut md = table(view, seen);
    if rest.is_empty() {
        return md;
    }
    let (kept, left) = rest.split_at(rest.len().min(folded));
    let mut body = table(view, kept);
    if !left.is_empty() {
        let resources = left.iter().map(Group::len).sum();
        body.part().line(&Line::new().words("and ").count(resources, "more resource", "more resources")).mark_cut();
    }
    md.details(&summary(rest, !seen.is_empty()), &body);
    md
}

/// `12 more changes: adds 8, modifies 4`.
fn summary(rest: &[Group<'_>], more: bool) -> Line {
    let tally = rest.iter().flat_map(|group| &group.rows).fold(Tally::default(), |mut tally, row| {
        match row.change.what {
            What::Add => tally.added += 1,
            What::Modify { .. } | What::Remove => tally.modified += 1,
        }
        tally
    });
    let count = tally.added + tally.modified;
    let words = if more {
        Line::new().count(count, "more change", "more changes")
    } else {
        Line::new().count(count, "change", "changes")
    };
    let parts = [(tally.added, "adds "), (tally.modified, "modifies ")].into_iter().filter(|(number, _)| *number > 0);
    words.words(": ").then(Line::joined(", ", parts.map(|(number, verb)| Line::new().words(verb).number(number))))
}

fn table(view: &View<'_>, groups: &[Group<'_>]) -> Md {
    let mut table = Table::new(&view.links, &headings());
    for group in groups {
        table.row(&group.cells(view));
    }
    table.done()
}

fn headings() -> [Line; 3] {
    ["change", "resource", "details"].map(|heading| Line::new().words(heading))
}

/// All names of the rows that stand for many, for whoever looks for one.
pub(crate) fn members(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let groups = groups(&view.rows);
    let mut body = Md::new(&view.links);
    for group in groups.iter().filter(|group| group.hides_names()) {
        let names = group.rows.iter().map(|row| Line::new().code(clip(&row.change.resource.id, 200)));
        let how = group.rows.first().map(|row| value::what(&row.change.what)).unwrap_or_default();
        body.item(Md::new(&view.links).line(&how.words(": ").then(Line::joined(", ", names))));
    }
    if body.is_empty() {
        return md;
    }
    if size == Size::Long {
        md.details(&Line::new().words("Names of what changes together"), &body);
    } else {
        md.mark_cut();
    }
    md
}

/// What waits on the base of a pull request, folded.
pub(crate) fn waiting(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let most = match size {
        Size::Long => 500,
        Size::Short => 50,
        Size::Line | Size::Gone => 0,
    };
    for of in &view.lanes {
        let changes = of.lane.planned().map(|plan| plan.changes.as_slice()).unwrap_or_default();
        let waiting: Vec<&Change> =
            changes.iter().filter(|change| change.origin == Some(ChangeOrigin::Waiting)).collect();
        if waiting.is_empty() {
            continue;
        }
        let mut table = Table::new(&view.links, &headings());
        for change in waiting.iter().take(most) {
            table.row(&[verb(&change.what), view.resource(of.project, &change.resource), value::what(&change.what)]);
        }
        let mut body = table.done();
        if waiting.len() > most {
            body.part().line(&Line::new().words("and ").number(waiting.len() - most).words(" more")).mark_cut();
        }
        let line = Line::new().words("Already waiting for ").then(view.lane(*of)).words(": ");
        md.details(&line.count(waiting.len(), "change", "changes"), &body);
    }
    md
}

fn verb(what: &What) -> Line {
    Line::new().words(match what {
        What::Add => "Add",
        What::Modify { .. } => "Modify",
        What::Remove => "Remove",
    })
}
