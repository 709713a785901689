//! Annotations: workflow commands that GitHub shows beside the lines of the source.

use super::escape::{command_data, command_property};
use crate::finding::{Finding, Severity};
use crate::names::Place;
use crate::outcome::line::{Line, clip, visible};
use crate::outcome::sealed::Sealed;
use crate::outcome::verdict::Wrong;
use crate::report::view::{Medium, View};

/// GitHub keeps this many of each level a step.
const MOST: usize = 10;
/// GitHub cuts a message behind this many characters.
const MESSAGE: usize = 4_096;
/// The longest title, in characters.
const TITLE: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
    Notice,
}

#[derive(Debug, Clone)]
pub(super) struct Annotation {
    pub(super) level: Level,
    pub(super) place: Option<Place>,
    pub(super) title: String,
    pub(super) message: String,
}

/// The workflow commands, one a line, errors and removals first, at most ten of each level; what is left out is counted
/// in the tenth.
pub fn annotations(sealed: &Sealed) -> String {
    let all = all(&View::new(sealed, Medium::Summary));
    let mut commands = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let mut of_level: Vec<Annotation> =
            all.iter().filter(|annotation| annotation.level == level).cloned().collect();
        if of_level.len() > MOST {
            let left = of_level.len() - (MOST - 1);
            of_level.truncate(MOST - 1);
            let title = Line::new().words("and ").number(left).words(" more").plain();
            let message = "all of them are in the job summary".to_owned();
            of_level.push(Annotation { level, place: None, title, message });
        }
        for annotation in of_level {
            commands.push_str(&command(&annotation));
        }
    }
    commands
}

/// Everything worth a remark: refusals, problems, removals, findings, messages.
pub(super) fn all(view: &View<'_>) -> Vec<Annotation> {
    [refused(view), troubles(view), removals(view), findings(view), messages(view)].concat()
}

fn command(annotation: &Annotation) -> String {
    let name = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &annotation.place {
        properties.push(format!("file={}", command_property(&visible(&place.path))));
        properties.extend(place.line.map(|line| format!("line={line}")));
        properties.extend(place.column.map(|column| format!("col={column}")));
    }
    properties.push(format!("title={}", command_property(&clip(&visible(&annotation.title), TITLE))));
    let message = clip(annotation.message.trim(), MESSAGE);
    let message = if message.is_empty() { annotation.title.as_str() } else { message.as_str() };
    let lines: Vec<String> = message.lines().map(visible).collect();
    format!("::{name} {}::{}\n", properties.join(","), command_data(&clip(&lines.join("\n"), MESSAGE)))
}

fn plain(level: Level, title: String, message: &Line) -> Annotation {
    Annotation { level, place: None, title, message: message.plain() }
}

fn refused(view: &View<'_>) -> Vec<Annotation> {
    let mut all = Vec::new();
    for trouble in view.outcome.troubles() {
        let Wrong::Refused(refused) = trouble.what else { continue };
        let environment = trouble.environment.map(ToString::to_string).unwrap_or_default();
        all.extend(refused.reasons.iter().map(|reason| {
            let message = Line::new().prose(reason.why.as_str()).words(" → ").prose(reason.to_do.as_str());
            plain(Level::Error, format!("{environment} not changed: {}", reason.code), &message)
        }));
    }
    all
}

fn troubles(view: &View<'_>) -> Vec<Annotation> {
    let troubles = view.outcome.troubles().into_iter();
    troubles
        .filter_map(|trouble| match trouble.what {
            Wrong::Problem(problem) => {
                let causes = problem.causes.iter().map(|cause| format!(": {cause}"));
                let help = problem.help.iter().map(|help| format!("\n→ {help}"));
                let message = std::iter::once(problem.text.clone()).chain(causes).chain(help).collect();
                let title = problem.code.to_string();
                Some(Annotation { level: Level::Error, place: problem.place.clone(), title, message })
            }
            Wrong::Unverified(why) => Some(plain(Level::Error, "not confirmed".to_owned(), &Line::new().prose(why))),
            Wrong::NotLive(how) => {
                Some(plain(Level::Error, "not what was sent".to_owned(), &Line::new().prose(how.join("; "))))
            }
            Wrong::Refused(_) | Wrong::Checks(_) => None,
        })
        .collect()
}

/// A removal is a warning: it is no fault, and it must not be missed.
fn removals(view: &View<'_>) -> Vec<Annotation> {
    if view.is_done() {
        return Vec::new();
    }
    let removals = view.removals.iter().map(|removal| {
        let title = Line::new().words("Removes ").then(view.subject(removal.project, removal.subject)).plain();
        let loss = removal.losses.values().flatten().next().copied().unwrap_or("it stops");
        let lanes: Vec<usize> = removal.losses.keys().copied().collect();
        plain(Level::Warning, title, &view.environments(&lanes).words(": ").prose(loss))
    });
    removals.collect()
}

fn findings(view: &View<'_>) -> Vec<Annotation> {
    let reports = view.outcome.projects.values().filter_map(|of| of.checks.done());
    let mut findings: Vec<&Finding> = reports.flat_map(|report| &report.findings).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let annotation = |finding: &&Finding| {
        let level = match finding.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Info => Level::Notice,
        };
        let help = finding.help.as_ref().map(|help| format!("\n→ {help}")).unwrap_or_default();
        let message = format!("{}{help}", finding.message);
        Annotation { level, place: finding.place.clone(), title: finding.code.to_string(), message }
    };
    findings.iter().map(annotation).collect()
}

fn messages(view: &View<'_>) -> Vec<Annotation> {
    let loud = view.remarks.iter().filter(|remark| !remark.waiting && !remark.message.pre_existing);
    loud.filter_map(|remark| {
        let level = match remark.message.severity() {
            Severity::Error | Severity::Warning => Level::Warning,
            Severity::Info => return None,
        };
        let title = remark.message.code.row().title.to_owned();
        let to_do = remark.message.to_do.as_ref().map(|to_do| format!(" → {to_do}")).unwrap_or_default();
        let lanes = view.environments(&remark.lanes).words(": ");
        Some(plain(level, title, &lanes.prose(format!("{}{to_do}", remark.message.says))))
    })
    .collect()
}
