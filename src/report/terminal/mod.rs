//! What a person sees in a terminal: the verdict first, then why, what would change, and the line to type last.

mod found;
mod layout;
mod listings;

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};

use crate::finding::{CheckReport, Finding, Severity};
use crate::gate::Refused;
use crate::outcome::headline::Tone;
use crate::outcome::line::{Line, clip, visible};
use crate::outcome::sealed::Sealed;
use crate::outcome::sum::LaneOf;
use crate::outcome::verdict::Wrong;
use crate::outcome::{Deployed, GateOutcome};
use crate::plan::{Basis, What};
use crate::problem::Problem;
use crate::report::fit::Size;
use crate::report::group::groups;
use crate::report::sections::{self, by_hand, deploy};
use crate::report::view::{Medium, View};
use crate::report::words::{self, SENTENCE};
pub use listings::{inspected, releases};

use layout::{Cell, Page, line_cell, spans};

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Findings that are shown in full, and suites with the last of their output.
const FINDINGS: usize = 20;
const SUITES: usize = 20;
/// Rows of changes that are shown; removals are all shown.
const ROWS: usize = 60;

/// The outcome for a terminal of this width (characters); colour as ANSI codes when wanted. Foreign text can neither steer
/// the terminal nor begin a workflow command.
pub fn terminal(sealed: &Sealed, colour: bool, width: usize) -> String {
    let view = View::new(sealed, Medium::Summary);
    let mut page = Page::new(colour, width);
    headline(&view, &mut page);
    for part in [problems, refusals, failures, deploys, environments, previews, changes, remarks, footer, commands] {
        page.gap();
        part(&view, &mut page);
    }
    page.done()
}

fn headline(view: &View<'_>, page: &mut Page) {
    let (sign, style) = match view.outcome.tone() {
        Tone::Good => ("✓", GREEN),
        Tone::Removes => ("!", RED),
        Tone::Warns => ("!", YELLOW),
        Tone::Refused | Tone::Failed => ("✗", RED),
        Tone::Calm => ("·", Style::new()),
    };
    let mut cell = vec![(style.bold(), format!("{sign} "))];
    cell.extend(spans(&view.outcome.headline_line()).into_iter().map(|(style, text)| (style.bold(), text)));
    page.text(&cell);
}

fn problems(view: &View<'_>, page: &mut Page) {
    let troubles = view.outcome.troubles();
    let all: Vec<&Problem> = troubles
        .iter()
        .filter_map(|trouble| match trouble.what {
            Wrong::Problem(problem) => Some(problem),
            _ => None,
        })
        .collect();
    for (problem, more) in found::once(&all, |problem| (&problem.code, &problem.text, &problem.help)) {
        let more = if more.is_empty() { Line::new() } else { Line::new().words(" ").count(more.len(), "more", "more") };
        let mut rows = vec![vec![foreign(RED, &problem.code), line_cell(&words::problem(problem).then(more))]];
        rows.extend(problem.help.iter().map(|help| vec![Cell::new(), arrow(help)]));
        page.rows(&rows);
    }
}

/// A foreign name in a style.
fn foreign(style: Style, name: &str) -> Cell {
    vec![(style, clip(&visible(name), 60))]
}

fn arrow(to_do: &str) -> Cell {
    line_cell(&Line::new().words("→ ").prose(clip(to_do, SENTENCE)))
}

fn refused<'a>(view: &'a View<'_>) -> impl Iterator<Item = (LaneOf<'a>, &'a Refused)> {
    view.lanes.iter().filter_map(|of| match of.lane.gate.done() {
        Some(GateOutcome::Refused(refused)) => Some((*of, refused)),
        _ => None,
    })
}

fn refusals(view: &View<'_>, page: &mut Page) {
    for (of, refused) in refused(view) {
        if view.lanes.len() > 1 {
            page.gap();
            page.text(&line_cell(&view.lane(of).words(" not changed:")));
        }
        let mut rows = Vec::new();
        for reason in &refused.reasons {
            rows.push(vec![foreign(RED, &reason.code), line_cell(&Line::new().prose(clip(&reason.why, 2_000)))]);
            rows.push(vec![Cell::new(), arrow(&reason.to_do)]);
        }
        page.rows(&rows);
    }
}

fn failures(view: &View<'_>, page: &mut Page) {
    let reports: Vec<&CheckReport> = view.outcome.projects.values().filter_map(|of| of.checks.done()).collect();
    let findings = reports.iter().flat_map(|report| &report.findings);
    let errors: Vec<&Finding> = findings.filter(|finding| finding.severity == Severity::Error).collect();
    let errors = found::once(&errors, |finding| (&finding.code, &finding.message, &finding.help));
    for (finding, others) in errors.iter().take(FINDINGS) {
        found::tell(finding, others, page);
    }
    and_more(
        errors.iter().skip(FINDINGS).map(|(_, others)| others.len() + 1).sum(),
        ("more error", "more errors"),
        page,
    );
    let suites = || reports.iter().flat_map(|report| &report.suites).filter(|suite| !suite.lets_on());
    for suite in suites().take(SUITES) {
        let tail: Vec<&str> = suite.tail.lines().rev().take(30).collect();
        let tail: Vec<String> = tail.into_iter().rev().map(|line| clip(line, 400)).collect();
        page.text(&line_cell(&Line::new().code(clip(&suite.name, 120)).words(" ").then(words::suite_end(&suite.end))));
        page.raw(&tail.join("\n"));
    }
    and_more(suites().skip(SUITES).count(), ("more that failed", "more that failed"), page);
}

fn and_more(count: usize, (one, many): (&'static str, &'static str), page: &mut Page) {
    if count > 0 {
        page.text(&line_cell(&Line::new().words("and ").count(count, one, many)));
    }
}

fn deploys(view: &View<'_>, page: &mut Page) {
    for of in &view.lanes {
        if let Some(deployed) = of.lane.deploy.done() {
            page.text(&line_cell(&deploy::facts(*of, deployed)));
            if let Some(prepared) = deployed.prepared() {
                page.text(&line_cell(&by_hand::heading(prepared)));
                for step in by_hand::steps(deployed, prepared) {
                    page.text(&line_cell(&Line::new().words("  [ ] ").then(step)));
                }
            } else if !deployed.confirmed() {
                page.text(&line_cell(&deploy::counts(&deployed.applied)));
            }
        }
    }
}

fn environments(view: &View<'_>, page: &mut Page) {
    if view.is_done() || view.outcome.lanes().len() < 2 {
        return;
    }
    let rows: Vec<Vec<Cell>> = view.outcome.lanes().into_iter().map(|of| environment(view, of)).collect();
    page.rows(&rows);
}

fn environment(view: &View<'_>, of: LaneOf<'_>) -> Vec<Cell> {
    let name = line_cell(&view.lane(of).then(words::occasion(view, of)));
    let Some(plan) = of.lane.planned() else {
        return vec![name, line_cell(&words::no_plan(&of.lane.plan))];
    };
    let version = Line::new().code(plan.version.to_string());
    vec![name, line_cell(&words::own(plan)), line_cell(&version), line_cell(&words::basis(&plan.basis))]
}

fn previews(view: &View<'_>, page: &mut Page) {
    for line in view.outcome.previews.iter().flat_map(|of| sections::previews::lines(of, Size::Long)) {
        page.text(&line_cell(&line));
    }
}

fn changes(view: &View<'_>, page: &mut Page) {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for removal in &view.removals {
        let loss = removal.losses.values().flatten().next().copied().unwrap_or("it stops");
        let name = spans(&view.subject(removal.project, removal.subject)).into_iter().map(|(_, text)| (RED, text));
        rows.push(vec![
            vec![(RED.bold(), "−".to_owned())],
            name.collect(),
            line_cell(&Line::new().prose(clip(loss, SENTENCE))),
        ]);
    }
    let groups = groups(&view.rows);
    for group in groups.iter().take(ROWS) {
        let cells = group.cells(view);
        let (sign, style) = match group.rows.first().map(|row| &row.change.what) {
            Some(What::Add) => ("+", GREEN),
            _ => ("~", YELLOW),
        };
        let how = cells.get(2).map(line_cell).unwrap_or_default();
        rows.push(vec![vec![(style.bold(), sign.to_owned())], line_cell(&group.name(view)), how]);
    }
    page.rows(&rows);
    and_more(groups.iter().skip(ROWS).map(super::group::Group::len).sum(), ("more change", "more changes"), page);
}

fn remarks(view: &View<'_>, page: &mut Page) {
    let loud = view.remarks.iter().filter(|remark| remark.is_loud()).take(20);
    let rows: Vec<Vec<Cell>> = loud
        .map(|remark| {
            let title = vec![(YELLOW, remark.message.code.row().title.to_owned())];
            let to_do = remark.message.to_do.as_ref().map(|to_do| format!(" → {to_do}")).unwrap_or_default();
            vec![title, line_cell(&Line::new().prose(clip(&format!("{}{to_do}", remark.message.says), 2 * SENTENCE)))]
        })
        .collect();
    page.rows(&rows);
    let unknown: usize = view.lanes.iter().filter_map(|of| of.lane.planned()).map(|plan| plan.unknown.len()).sum();
    if unknown > 0 {
        page.text(&line_cell(&Line::new().count(unknown, "field", "fields").words(" could not be compared")));
    }
    let whys = view.lanes.iter().filter_map(|of| match &of.lane.planned()?.basis {
        Basis::Unknown { why } => Some(why.as_str()),
        _ => None,
    });
    for why in whys.collect::<BTreeSet<_>>() {
        page.text(&line_cell(&Line::new().words("what runs is not known: ").prose(clip(why, SENTENCE))));
    }
}

fn footer(view: &View<'_>, page: &mut Page) {
    let commit = words::commit(view.outcome.run.commit.as_ref());
    let took = Line::new().words("took ").time(view.outcome.run.milliseconds);
    let dim = spans(&sections::footer::checks(view).join(" · ", commit).join(" · ", took))
        .into_iter()
        .map(|(style, text)| (style.dimmed(), text));
    page.text(&dim.collect());
    for note in view.outcome.notes.iter().take(10) {
        page.text(&line_cell(&Line::new().words("note: ").prose(clip(note, SENTENCE))));
    }
}

/// The lines to type: what would do it, or the way back. They are never broken.
fn commands(view: &View<'_>, page: &mut Page) {
    for (_, refused) in refused(view) {
        if let Some(command) = &refused.command {
            page.command("To do it all the same:", command);
        }
    }
    for of in &view.lanes {
        let prepared = of.lane.deploy.done().and_then(Deployed::prepared);
        if let Some(line) = prepared.and_then(|_| by_hand::confirm(view, *of)) {
            page.command("When it runs there, say so:", &line);
        }
        let back = of.lane.deploy.done().filter(|deployed| Deployed::confirmed(deployed));
        if let Some(line) = back.and_then(|deployed| deploy::way_back(view, *of, deployed)) {
            page.command("The way back:", &line);
        }
    }
}
