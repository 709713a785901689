//! The small print: what was looked at, by whom, how long it took, what could not be written.

use crate::finding::CheckReport;
use crate::manifest::Subject;
use crate::outcome::DecisionWord;
use crate::outcome::line::{Line, clip};
use crate::report::fit::Size;
use crate::report::md::Md;
use crate::report::view::{Medium, View};
use crate::report::words::{self, SENTENCE};

pub(crate) fn write(view: &View<'_>, _: Size) -> Md {
    let mut md = Md::new(&view.links);
    let line = match view.medium {
        Medium::Comment => glance(view),
        Medium::Summary => page(view),
    };
    md.words("<sub>").line(&line);
    if let (Medium::Comment, Some(run)) = (view.medium, view.links.run()) {
        md.words(" · ").link("full report", run);
    }
    md.words("</sub>\n");
    md
}

/// `212 tests passed in 41 s · compiled · a1b2c3d`.
fn glance(view: &View<'_>) -> Line {
    checks(view).join(" · ", words::commit(view.outcome.run.commit.as_ref()))
}

/// What the checks came to; of several projects only how many passed.
pub(crate) fn checks(view: &View<'_>) -> Line {
    let projects = &view.outcome.projects;
    if projects.len() < 2 {
        return Line::joined(" · ", projects.values().map(words::checks));
    }
    let passed = projects.values().filter(|of| of.checks.done().is_some_and(CheckReport::passed)).count();
    Line::new().words("checks passed in ").number(passed).words(" of ").count(projects.len(), "project", "projects")
}

fn page(view: &View<'_>) -> Line {
    let run = &view.outcome.run;
    let event = Line::new().code(clip(&run.event, 40));
    let actor = Line::new().text(clip(&run.actor, 60));
    let branch = run.branch.as_ref().map(|branch| Line::new().code(clip(branch.as_str(), 80))).unwrap_or_default();
    let started = event.join(" by ", actor);
    let commit = words::commit(run.commit.as_ref()).join(" on ", branch);
    let attempt =
        if run.attempt > 1 { Line::new().words("attempt ").text(run.attempt.to_string()) } else { Line::new() };
    let took = Line::new().words("took ").time(run.milliseconds);
    // A run that did nothing has said why in its first line.
    let reason = view.outcome.decision.as_ref().filter(|_| view.outcome.decision_word() != DecisionWord::Skipped);
    let reason = reason.map(|decision| Line::new().prose(clip(&decision.reason, SENTENCE))).unwrap_or_default();
    let asked = match run.requests {
        Some(requests) => {
            Line::new().count(usize::try_from(requests).unwrap_or(usize::MAX), "GitHub request", "GitHub requests")
        }
        None => Line::new(),
    };
    Line::joined(" · ", [started, commit, attempt, took, asked, reason])
}

/// What a reader should know beside.
pub(crate) fn notes(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let most = if size == Size::Long { 20 } else { 3 };
    let notes = &view.outcome.notes;
    for note in notes.iter().take(most) {
        md.item(Md::new(&view.links).line(&Line::new().words("ℹ️ ").prose(clip(note, SENTENCE))));
    }
    if notes.len() > most {
        md.item(Md::new(&view.links).line(&Line::new().words("and ").count(
            notes.len() - most,
            "more note",
            "more notes",
        )));
        md.mark_cut();
    }
    md
}

/// What consent can name, and the digest that stands for all of it.
pub(crate) fn consent(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    if view.removals.is_empty() || view.is_done() || size > Size::Short {
        return md;
    }
    let mut body = Md::new(&view.links);
    for of in &view.lanes {
        let Some(plan) = of.lane.planned().filter(|plan| !plan.destructive.is_empty()) else { continue };
        let several = view.outcome.projects.len() > 1;
        let spelled =
            |subject: &Subject| if several { format!("{}/{subject}", of.project) } else { subject.to_string() };
        let names: Vec<String> = plan.destructive.iter().take(50).map(spelled).collect();
        let line = view.lane(*of).words(": ").code(names.join(","));
        let line = if plan.destructive.len() > 50 { line.words(" …") } else { line };
        body.item(Md::new(&view.links).line(&line.words(" – or the whole plan: ").code(plan.digest.as_str())));
    }
    if !body.is_empty() {
        md.details(&Line::new().words("What ").code("consent").words(" would name"), &body);
    }
    md
}
