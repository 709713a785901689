//! The check run: a title, a colour, the summary, and remarks beside the lines of the source.

use super::annotations::{self, Level};
use super::view::{Medium, View};
use super::{Limit, summary};
use crate::outcome::headline::Tone;
use crate::outcome::line::{Line, clip, visible};
use crate::outcome::sealed::Sealed;
use crate::problem::exit;

/// How a check run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckConclusion {
    /// Green.
    Success,
    /// Grey: it is said and not judged. A plan that removes something is a question, not a fault.
    Neutral,
    /// Orange: a person has to do something, and the summary says what.
    ActionRequired,
    /// Red.
    Failure,
    /// A signal ended it.
    Cancelled,
    /// There was nothing to do.
    Skipped,
}

/// How grave a remark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkLevel {
    /// It cannot stay so.
    Failure,
    /// Look at it.
    Warning,
    /// Good to know.
    Notice,
}

/// A remark beside a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRemark {
    /// From the repository's root.
    pub path: String,
    /// From 1; 1 when the whole file is meant.
    pub line: u32,
    /// From 1.
    pub column: Option<u32>,
    /// How grave.
    pub level: RemarkLevel,
    /// At most 200 characters.
    pub title: String,
    /// At most 16,000 characters of plain text.
    pub message: String,
}

/// A check run as data; how it is sent is not decided here. GitHub takes 50 remarks a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// The colour.
    pub conclusion: CheckConclusion,
    /// The headline, at most 200 characters.
    pub title: String,
    /// Markdown within [`Limit::CHECK`].
    pub summary: String,
    /// The gravest first, at most 500.
    pub remarks: Vec<CheckRemark>,
}

/// The check run for what a run came to.
pub fn check_run(sealed: &Sealed) -> CheckRun {
    let view = View::new(sealed, Medium::Summary);
    let mut remarks: Vec<CheckRemark> = annotations::all(&view).into_iter().filter_map(remark).collect();
    remarks.sort_by_key(|remark| match remark.level {
        RemarkLevel::Failure => 0,
        RemarkLevel::Warning => 1,
        RemarkLevel::Notice => 2,
    });
    remarks.truncate(500);
    CheckRun { conclusion: conclusion(sealed), title: title(&view), summary: summary(sealed, Limit::CHECK), remarks }
}

/// The headline, and which environments would not take what is merged.
fn title(view: &View<'_>) -> String {
    let waiting = view.outcome.waiting_on_merge();
    let names = Line::joined(", ", waiting.iter().map(|of| Line::new().text(of.environment.as_str())));
    let waits = match waiting.len() {
        0 => String::new(),
        1 => names.words(" waits for a person").plain(),
        _ => names.words(" wait for a person").plain(),
    };
    let headline = clip(&view.outcome.headline(), 140);
    if waits.is_empty() { clip(&view.outcome.headline(), 200) } else { clip(&format!("{headline} · {waits}"), 200) }
}

fn conclusion(sealed: &Sealed) -> CheckConclusion {
    let outcome = sealed.outcome();
    match (outcome.tone(), outcome.exit_code()) {
        (_, exit::INTERRUPTED | exit::TERMINATED) => CheckConclusion::Cancelled,
        (Tone::Failed, _) => CheckConclusion::Failure,
        // What the gate refused, or would refuse after the merge, is no fault of the code: somebody has to do something.
        (Tone::Refused, _) => CheckConclusion::ActionRequired,
        _ if !outcome.waiting_on_merge().is_empty() => CheckConclusion::ActionRequired,
        (Tone::Removes | Tone::Warns, _) => CheckConclusion::Neutral,
        (Tone::Calm, _) => CheckConclusion::Skipped,
        (Tone::Good, _) => CheckConclusion::Success,
    }
}

/// Only what has a place can stand beside a line.
fn remark(annotation: annotations::Annotation) -> Option<CheckRemark> {
    let place = annotation.place?;
    let level = match annotation.level {
        Level::Error => RemarkLevel::Failure,
        Level::Warning => RemarkLevel::Warning,
        Level::Notice => RemarkLevel::Notice,
    };
    let message: Vec<String> = annotation.message.lines().map(visible).collect();
    Some(CheckRemark {
        path: place.path,
        line: place.line.unwrap_or(1).max(1),
        column: place.column.filter(|column| *column > 0),
        level,
        title: clip(&visible(&annotation.title), 200),
        message: clip(&message.join("\n"), 16_000),
    })
}
