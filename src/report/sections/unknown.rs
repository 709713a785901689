//! What could not be compared, with the reason: it is said as unknown, never as fine.

use std::collections::BTreeMap;

use crate::outcome::line::{Line, clip};
use crate::plan::UnknownField;
use crate::plan::diff::EXISTENCE;
use crate::report::fit::Size;
use crate::report::md::Md;
use crate::report::view::View;
use crate::report::words::SENTENCE;

/// Fields by what keeps them from being known, with their resources.
struct Causes<'a> {
    by: BTreeMap<(&'a str, &'a str, &'a str), Vec<Line>>,
    count: usize,
}

fn causes<'a>(view: &View<'a>, wanted: fn(&UnknownField) -> bool) -> Causes<'a> {
    let mut causes = Causes { by: BTreeMap::new(), count: 0 };
    for of in &view.lanes {
        let unknown = of.lane.planned().map(|plan| plan.unknown.as_slice()).unwrap_or_default();
        // That nothing is known of an environment is said beside its row, once.
        for unknown in unknown.iter().filter(|unknown| unknown.field != EXISTENCE && wanted(unknown)) {
            let cause = (of.environment.as_str(), unknown.field.as_str(), unknown.why.as_str());
            causes.by.entry(cause).or_default().push(view.resource(of.project, &unknown.resource));
            causes.count += 1;
        }
    }
    causes
}

fn line((environment, field, why): &(&str, &str, &str), names: &[Line]) -> Line {
    let line = Line::new().code(clip(field, 80)).words(" of ").then(first(names)).words(" in ").text(*environment);
    line.words(": ").prose(clip(why, SENTENCE))
}

/// Where something could go unseen: said aloud.
pub(crate) fn risky(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let causes = causes(view, |unknown| unknown.may_remove);
    let most = if size == Size::Long { 3 } else { 1 };
    for (cause, names) in causes.by.iter().take(most) {
        md.part()
            .words("❔ ")
            .line(&Line::new().strong("Could lose something unseen:").words(" ").then(line(cause, names)));
    }
    if causes.by.len() > most {
        md.part()
            .words("❔ ")
            .line(&Line::new().words("and ").number(causes.by.len() - most).words(" more such"))
            .mark_cut();
    }
    md
}

/// Everything that could not be compared, folded.
pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    let causes = causes(view, |_| true);
    let most = if size == Size::Long { 300 } else { 10 };
    let mut body = Md::new(&view.links);
    for (cause, names) in causes.by.iter().take(most) {
        body.item(Md::new(&view.links).line(&line(cause, names)));
    }
    if causes.by.len() > most {
        body.item(Md::new(&view.links).line(&Line::new().words("and ").number(causes.by.len() - most).words(" more")));
        body.mark_cut();
    }
    if causes.count > 0 {
        md.details(&Line::new().count(causes.count, "field", "fields").words(" could not be compared"), &body);
    }
    md
}

fn first(names: &[Line]) -> Line {
    const NAMES: usize = 5;
    let line = Line::joined(", ", names.iter().take(NAMES).cloned());
    match names.len().saturating_sub(NAMES) {
        0 => line,
        more => line.words(" and ").number(more).words(" more"),
    }
}
