//! The newest releases of each environment, folded; and what stayed behind on the default branch.

use crate::outcome::line::{Line, clip};
use crate::release::Release;
use crate::report::fit::Size;
use crate::report::md::{Md, Table};
use crate::report::view::View;
use crate::report::words;

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let most = match size {
        Size::Long => 10,
        Size::Short => 3,
        Size::Line | Size::Gone => return md,
    };
    for of in &view.lanes {
        let headings = ["version", "when", "commit", "by", "what", ""].map(|heading| Line::new().words(heading));
        let mut table = Table::new(&view.links, &headings);
        for release in of.lane.history.iter().take(most) {
            table.row(&row(release));
        }
        let table = table.done();
        if !table.is_empty() {
            md.details(&Line::new().words("Releases of ").then(view.lane(*of)), &table);
        }
    }
    md
}

fn row(release: &Release) -> [Line; 6] {
    let record = &release.record;
    [
        Line::new().code(record.version.to_string()),
        Line::new().moment(release.closed.unwrap_or(record.opened)),
        Line::new().commit(&record.commit),
        Line::new().text(clip(&record.origin.actor, 60)),
        Line::new().text(clip(record.description.lines().next().unwrap_or_default(), 120)),
        words::release_result(&release.result),
    ]
}

/// What is on the default branch beyond the commit that was deployed.
pub(crate) fn left_behind(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    for of in &view.lanes {
        let left = &of.lane.left_behind;
        if left.is_empty() {
            continue;
        }
        let most = if size == Size::Long { 50 } else { 5 };
        let mut body = Md::new(&view.links);
        for commit in left.iter().take(most) {
            let (sha, subject) = commit.split_once(' ').unwrap_or((commit, ""));
            body.item(Md::new(&view.links).line(&Line::new().code(clip(sha, 40)).words(" ").text(clip(subject, 120))));
        }
        if left.len() > most {
            let more = Line::new().words("and ").number(left.len() - most).words(" more");
            body.item(Md::new(&view.links).line(&more)).mark_cut();
        }
        let line = Line::new().words("Left on the default branch: ").count(left.len(), "commit", "commits");
        md.details(&line, &body);
    }
    md
}
