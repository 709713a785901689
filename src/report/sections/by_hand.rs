//! What is left to do where people release by hand: a list to tick off, and the line that says that it was done.

use super::deploy::command;
use crate::applied::ByHand;
use crate::outcome::Deployed;
use crate::outcome::line::{Line, clip};
use crate::outcome::sum::LaneOf;
use crate::release::Record;
use crate::report::md::Md;
use crate::report::view::View;
use crate::report::words::SENTENCE;

/// The steps to tick off, and the line below them.
pub(crate) fn checklist(view: &View<'_>, of: LaneOf<'_>, deployed: &Deployed, by_hand: &ByHand) -> Md {
    let mut md = Md::new(&view.links);
    md.line(&heading(by_hand)).part();
    for step in steps(deployed, by_hand) {
        let mut item = Md::new(&view.links);
        item.words("[ ] ").line(&step);
        md.item(&item);
    }
    if let Some(line) = confirm(view, of) {
        md.part().words("When it runs there, say so:").fence("sh", &line);
    }
    md
}

/// Where it is to be done.
pub(crate) fn heading(by_hand: &ByHand) -> Line {
    Line::new().words("To do in ").strong(&by_hand.place).words(":")
}

/// What is to be done, a line each: what the platform asks for, and what the release is to be called.
pub(crate) fn steps(deployed: &Deployed, by_hand: &ByHand) -> Vec<Line> {
    let mut steps: Vec<Line> = by_hand.steps.iter().map(|step| Line::new().prose(clip(step, SENTENCE))).collect();
    if by_hand.names_releases {
        // A release is named where it is opened, which is the first step.
        steps.insert(steps.len().min(1), named(&deployed.release.record));
    }
    steps
}

/// What the release is to be called.
fn named(record: &Record) -> Line {
    let called = Line::new().words("Give it the version ").code(record.version.to_string());
    let description = record.description.lines().next().unwrap_or_default();
    let described = Line::new().words(" and the description ").code(clip(description, SENTENCE));
    if description.is_empty() { called } else { called.then(described) }
}

/// The line by which a person says that it runs there.
pub(crate) fn confirm(view: &View<'_>, of: LaneOf<'_>) -> Option<String> {
    let options = [("environment", of.environment.to_string()), ("mode", "adopt".to_owned())];
    command(&view.outcome.run, &options)
}
