//! Why not, what to do, and the line that does it. Never cut.

use crate::gate::Refused;
use crate::outcome::GateOutcome;
use crate::outcome::line::{Line, clip};
use crate::outcome::sum::LaneOf;
use crate::plan::Basis;
use crate::report::fit::Size;
use crate::report::md::{Md, Table};
use crate::report::view::View;
use crate::report::words;

/// The longest command that is shown, in bytes, when room is short.
const COMMAND: usize = 4_000;

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    for of in &view.lanes {
        let Some(GateOutcome::Refused(refused)) = of.lane.gate.done() else { continue };
        if view.lanes.len() > 1 {
            md.part().line(&view.lane(*of).words(" not changed:"));
        }
        one(view, *of, refused, size, &mut md);
    }
    md
}

fn one(view: &View<'_>, of: LaneOf<'_>, refused: &Refused, size: Size, md: &mut Md) {
    let most = if size == Size::Long { 2_000 } else { 300 };
    let headings = ["reason", "why", "what to do"].map(|heading| Line::new().words(heading));
    let mut table = Table::new(&view.links, &headings);
    for reason in &refused.reasons {
        table.row(&[
            Line::new().code(clip(&reason.code, 80)),
            Line::new().prose(clip(&reason.why, most)),
            Line::new().prose(clip(&reason.to_do, most)),
        ]);
    }
    md.block(&table.done());
    match &refused.command {
        Some(command) if size == Size::Long || command.len() <= COMMAND => {
            md.fence("sh", command);
        }
        Some(_) => {
            md.part().words("The command that would do it is too long to show here.\n").mark_cut();
        }
        None => {}
    }
    let passed = refused.passed.iter().map(|passed| Line::new().prose(clip(passed, 80)));
    let passed = Line::joined(", ", passed);
    let passed = if passed.is_empty() { passed } else { Line::new().words("passed: ").then(passed) };
    md.block(Md::new(&view.links).line(&would(of).join(" · ", passed)));
    md.end();
}

/// `Would deploy 3.0.0 (e4f5a6b): +4 ~2 −2`.
fn would(of: LaneOf<'_>) -> Line {
    let Some(plan) = of.lane.planned() else { return Line::new() };
    let line = Line::new().strong("Would deploy").words(" ").code(plan.version.to_string());
    let line = line.words(" (").commit(&plan.commit).words("): ").then(words::own(plan));
    match plan.basis {
        Basis::Live => line,
        _ => line.words(", compared with ").then(words::basis(&plan.basis)),
    }
}
