//! A row an environment: what it would get, as which version, compared with what.

use crate::outcome::GateOutcome;
use crate::outcome::line::{Line, clip};
use crate::outcome::sum::LaneOf;
use crate::plan::Basis;
use crate::report::fit::Size;
use crate::report::md::{Md, Table};
use crate::report::view::{Medium, View};
use crate::report::words::{self, SENTENCE};

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let lanes = view.outcome.lanes();
    let planned = lanes.iter().any(|of| of.lane.planned().is_some());
    if view.is_done() || !planned || is_told(view, &lanes) {
        return Md::new(&view.links);
    }
    let mut md = rows(view, &lanes, size);
    for of in &lanes {
        if let Some(Basis::Unknown { why }) = of.lane.planned().map(|plan| &plan.basis) {
            let line = Line::new().words("❔ ").then(view.lane(*of)).words(" is not compared: ");
            md.part().line(&line.prose(clip(why, SENTENCE)));
        }
    }
    md
}

fn rows(view: &View<'_>, lanes: &[LaneOf<'_>], size: Size) -> Md {
    let most = match (view.medium, size) {
        (Medium::Summary, _) => lanes.len(),
        (Medium::Comment, Size::Long) => 6,
        (Medium::Comment, Size::Short) => 3,
        (Medium::Comment, _) => 0,
    };
    if lanes.len() <= most {
        return table(view, lanes);
    }
    let (shown, rest) = lanes.split_at(most);
    let mut md = table(view, shown);
    let line = if most == 0 {
        Line::new().count(rest.len(), "environment", "environments")
    } else {
        Line::new().count(rest.len(), "more environment", "more environments")
    };
    md.details(&line, &table(view, rest));
    md
}

/// Whether the only lane was refused or deployed to: what it would get, or got, stands there.
fn is_told(view: &View<'_>, lanes: &[LaneOf<'_>]) -> bool {
    let refused = |of: &LaneOf<'_>| {
        matches!(of.lane.gate.done(), Some(GateOutcome::Refused(_))) || of.lane.deploy.done().is_some()
    };
    view.medium == Medium::Summary && lanes.len() == 1 && lanes.iter().all(refused)
}

fn table(view: &View<'_>, lanes: &[LaneOf<'_>]) -> Md {
    let mut headings = vec![Line::new()];
    if view.is_pull() {
        headings.extend([Line::new().words("this PR"), Line::new().words("already waiting")]);
    } else {
        headings.push(Line::new().words("changes"));
    }
    headings.extend([Line::new().words("version"), Line::new().words("compared with")]);
    let mut table = Table::new(&view.links, &headings);
    // Of an environment that nothing is known of, the line below says why.
    let known: Vec<_> = lanes.iter().filter(|of| !is_dark(of)).collect();
    if known.is_empty() {
        return Md::new(&view.links);
    }
    for of in known {
        table.row(&row(view, *of));
    }
    table.done()
}

fn is_dark(of: &LaneOf<'_>) -> bool {
    of.lane.planned().is_some_and(|plan| matches!(plan.basis, Basis::Unknown { .. }))
}

fn row(view: &View<'_>, of: LaneOf<'_>) -> Vec<Line> {
    let mut cells = vec![view.lane(of).then(words::occasion(view, of))];
    let Some(plan) = of.lane.planned() else {
        cells.push(words::no_plan(&of.lane.plan));
        return cells;
    };
    cells.push(words::own(plan));
    if view.is_pull() {
        cells.push(words::waiting(plan));
    }
    let next = Line::new().code(plan.version.to_string());
    let version = match &plan.previous {
        Some(now) if plan.is_empty() || *now == plan.version => Line::new().code(now.to_string()),
        None if plan.is_empty() => Line::new().words("–"),
        Some(now) if !view.is_pull() => Line::new().code(now.to_string()).words(" → ").then(next),
        _ => next,
    };
    cells.extend([version, words::basis(&plan.basis)]);
    cells
}
