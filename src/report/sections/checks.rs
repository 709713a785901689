//! Parse, compile and tests: what failed first, with its place; the slowest folded.

use crate::finding::{CheckReport, Finding, Severity, Suite, SuiteEnd, SuiteKind};
use crate::outcome::ProjectOutcome;
use crate::outcome::line::{Line, clip};
use crate::report::fit::Size;
use crate::report::md::{Md, Table};
use crate::report::view::{Medium, View};
use crate::report::words::{self, SENTENCE};

/// What failed: findings that are errors, with their frames, and the last lines of commands that stopped the run.
pub(crate) fn failures(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let (most, frames, tail) = match (view.medium, size) {
        (Medium::Summary, Size::Long) => (50, 10, 200),
        (Medium::Summary, Size::Short) => (20, 3, 40),
        (Medium::Summary, _) => (10, 0, 0),
        (Medium::Comment, Size::Long) => (5, 1, 20),
        (Medium::Comment, Size::Short) => (3, 0, 10),
        (Medium::Comment, _) => (1, 0, 0),
    };
    for (_, report) in reports(view) {
        let errors: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        for (place, finding) in errors.iter().take(most).enumerate() {
            one(view, finding, place < frames, &mut md);
        }
        if errors.len() > most {
            let more = Line::new().words("and ").count(errors.len() - most, "more error", "more errors");
            md.item(Md::new(&view.links).line(&more)).mark_cut();
        }
        for suite in report.suites.iter().filter(|suite| !suite.lets_on()) {
            stopped(view, suite, tail, &mut md);
        }
    }
    md
}

fn reports<'a>(view: &View<'a>) -> impl Iterator<Item = (&'a ProjectOutcome, &'a CheckReport)> {
    view.outcome.projects.values().filter_map(|of| Some((of, of.checks.done()?)))
}

fn one(view: &View<'_>, finding: &Finding, framed: bool, md: &mut Md) {
    md.item(Md::new(&view.links).line(&said(finding)));
    if let (Some(frame), true) = (&finding.frame, framed) {
        md.fence("text", &clip(frame, 4_000));
        md.part();
    }
}

fn said(finding: &Finding) -> Line {
    let place = finding.place.as_ref().map(|place| Line::new().code(clip(&place.to_string(), 200)).words(" "));
    let line = place.unwrap_or_default().prose(clip(&finding.message, SENTENCE));
    match &finding.help {
        Some(help) => line.words(" → ").prose(clip(help, SENTENCE)),
        None => line,
    }
}

/// A command that stopped the run: how, and its last lines folded.
fn stopped(view: &View<'_>, suite: &Suite, lines: usize, md: &mut Md) {
    let line = Line::new().code(clip(&suite.name, 120)).words(" ").then(words::suite_end(&suite.end));
    let kept: Vec<&str> = suite.tail.lines().rev().take(lines).collect();
    if kept.is_empty() {
        md.item(Md::new(&view.links).line(&line));
        return;
    }
    let tail: Vec<String> = kept.into_iter().rev().map(|line| clip(line, 1_000)).collect();
    let mut body = Md::new(&view.links);
    body.fence("text", &tail.join("\n"));
    md.details(&line.words(" · last lines"), &body);
}

/// The table of what ran, the slowest cases, and findings that are no errors: folded, and only in the summary.
pub(crate) fn table(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    for (of, report) in reports(view) {
        let mut body = suites(view, &report.suites);
        if size == Size::Long {
            body.block(&slowest(view, &report.suites));
        }
        body.block(&remarks(view, report, if size == Size::Long { 200 } else { 10 }));
        if !body.is_empty() && size < Size::Line {
            let line = Line::new().words("Checks").join(": ", words::checks(of));
            let name = Line::new().code(if of.path.is_empty() { "." } else { of.path.as_str() }).words(" ");
            md.details(&if view.outcome.projects.len() > 1 { name.then(line) } else { line }, &body);
        }
    }
    md
}

fn suites(view: &View<'_>, suites: &[Suite]) -> Md {
    let headings = ["", "command", "result", "tests", "time"].map(|heading| Line::new().words(heading));
    let mut table = Table::new(&view.links, &headings);
    for suite in suites {
        let kind = match suite.kind {
            SuiteKind::Install => "Install",
            SuiteKind::Compile => "Compile",
            SuiteKind::Test => "Test",
        };
        let counts = suite.counts.map_or(Line::new(), |counts| {
            let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
            let line = Line::new().number(number(counts.passed)).words(" passed");
            let line =
                if counts.failed > 0 { line.words(", ").number(number(counts.failed)).words(" failed") } else { line };
            if counts.skipped > 0 { line.words(", ").number(number(counts.skipped)).words(" skipped") } else { line }
        });
        let time = if matches!(suite.end, SuiteEnd::Skipped { .. }) {
            Line::new()
        } else {
            Line::new().time(suite.milliseconds)
        };
        let name = Line::new().code(clip(&suite.name, 120));
        table.row(&[Line::new().words(kind), name, words::suite_end(&suite.end), counts, time]);
    }
    table.done()
}

fn slowest(view: &View<'_>, suites: &[Suite]) -> Md {
    let headings = ["slowest", "time"].map(|heading| Line::new().words(heading));
    let mut table = Table::new(&view.links, &headings);
    for case in suites.iter().flat_map(|suite| suite.slowest.iter().take(10)) {
        table.row(&[Line::new().code(clip(&case.name, 160)), Line::new().time(case.milliseconds)]);
    }
    table.done()
}

/// Warnings and remarks on source.
fn remarks(view: &View<'_>, report: &CheckReport, most: usize) -> Md {
    let mut md = Md::new(&view.links);
    let mut findings: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.severity != Severity::Error).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings.iter().take(most) {
        let sign = if finding.severity == Severity::Warning { "⚠️ " } else { "" };
        md.item(Md::new(&view.links).line(&Line::new().words(sign).then(said(finding))));
    }
    if findings.len() > most {
        let more = Line::new().words("and ").count(findings.len() - most, "more remark", "more remarks");
        md.item(Md::new(&view.links).line(&more)).mark_cut();
    }
    md
}
