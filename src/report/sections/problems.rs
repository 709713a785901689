//! What went wrong outside the gate: problems of the run, of a project's checks, of an environment.

use std::collections::BTreeSet;

use crate::outcome::headline;
use crate::outcome::line::{Line, clip};
use crate::outcome::verdict::{Trouble, Wrong};
use crate::problem::Problem;
use crate::report::fit::Size;
use crate::report::md::Md;
use crate::report::view::View;
use crate::report::words::{self, SENTENCE};

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let troubles = view.outcome.troubles();
    let mut seen = BTreeSet::new();
    let problems = troubles.iter().filter_map(|trouble| match trouble.what {
        // One problem in many lanes is one problem.
        Wrong::Problem(problem) if seen.insert((&problem.code, problem.to_string())) => Some((trouble, problem)),
        _ => None,
    });
    let problems: Vec<(&Trouble<'_>, &Problem)> = problems.collect();
    let most = if size == Size::Long { 50 } else { 5 };
    for (trouble, problem) in problems.iter().take(most) {
        one(view, trouble, problem, &mut md);
    }
    if problems.len() > most {
        let more = Line::new().words("and ").count(problems.len() - most, "more problem", "more problems");
        md.item(Md::new(&view.links).line(&more)).mark_cut();
    }
    md
}

/// Whether the first line of the report has said all of it.
fn is_told(view: &View<'_>, problem: &Problem) -> bool {
    let first =
        view.outcome.worst().is_some_and(|worst| matches!(worst.what, Wrong::Problem(worst) if worst == problem));
    first && problem.causes.is_empty() && problem.place.is_none() && problem.text.chars().count() <= headline::TEXT
}

/// The code, what happened and why; then what to do, a line each.
fn one(view: &View<'_>, trouble: &Trouble<'_>, problem: &Problem, md: &mut Md) {
    let place = match (trouble.environment, trouble.project) {
        (Some(environment), _) => Line::new().strong(environment.as_str()).words(" · "),
        (None, Some(project)) if view.outcome.projects.len() > 1 => Line::new().strong(project.as_str()).words(" · "),
        _ => Line::new(),
    };
    if !is_told(view, problem) {
        let line = Line::new().code(clip(&problem.code, 80)).words(" · ").then(place).then(words::problem(problem));
        md.item(Md::new(&view.links).line(&line));
    }
    for help in problem.help.iter().take(6) {
        md.item(Md::new(&view.links).line(&Line::new().words("👉 ").prose(clip(help, SENTENCE))));
    }
}
