//! Renderers: pure functions of the outcome, each inside its limit. They take a [`Sealed`] outcome only, from which every
//! secret is gone.

mod annotations;
mod check;
mod claim;
mod escape;
mod fit;
mod group;
mod json;
mod links;
mod matrix;
mod md;
mod outputs;
mod sections;
mod terminal;
mod value;
mod view;
mod words;

use crate::outcome::sealed::Sealed;
use crate::outcome::sum::says_changes;
use crate::outcome::{DecisionWord, PreviewEnd};
use crate::plan::diff::EXISTENCE;
pub use annotations::annotations;
pub use check::{CheckConclusion, CheckRemark, CheckRun, RemarkLevel, check_run};
pub use claim::{CLAIM_FILE, Claim, LONGEST_CLAIM, claim};
pub use fit::Limit;
use fit::{Section, fit, section};
pub use json::{SchemaKind, json, schema};
pub use outputs::{Written, outputs};
use sections::{
    changes, checks, deploy, environments, footer, head, history, messages, picture, previews, problems, refusals,
    removals, unknown,
};
pub use terminal::{inspected, releases, terminal};
use view::{Medium, View};

impl Limit {
    /// A job summary: GitHub drops the whole of one that is over 1 MiB; 64 KiB are left for other steps of ours.
    pub const SUMMARY: Self = Self { bytes: 1024 * 1024 - 64 * 1024, lines: usize::MAX };
    /// A comment: 60,000 bytes of the 65,536 characters that GitHub takes, and at most 25 lines before anything is unfolded.
    pub const COMMENT: Self = Self { bytes: 60_000, lines: 25 };
    /// The text of a check run: 65,535 characters.
    pub const CHECK: Self = Self { bytes: 60_000, lines: usize::MAX };
}

/// The job summary in order of reading; the number says who gives way first, 0 never leaves.
const SUMMARY: [Section; 22] = [
    section(0, head::write),
    section(0, problems::write),
    section(0, refusals::write),
    section(2, deploy::write),
    section(2, checks::failures),
    section(0, removals::write),
    section(0, removals::empties),
    section(0, unknown::risky),
    section(4, removals::renames),
    section(3, environments::write),
    section(2, previews::write),
    section(6, changes::write),
    section(5, messages::write),
    section(4, deploy::back),
    section(9, changes::members),
    section(9, changes::waiting),
    section(8, unknown::write),
    section(7, checks::table),
    section(7, picture::write),
    section(8, history::left_behind),
    section(8, history::write),
    section(1, tail),
];

/// A comment in order of reading.
const COMMENT: [Section; 12] = [
    section(0, head::write),
    section(1, problems::write),
    section(0, refusals::write),
    section(2, checks::failures),
    section(0, removals::write),
    section(0, removals::empties),
    section(0, unknown::risky),
    section(4, removals::renames),
    section(3, environments::write),
    section(2, previews::write),
    section(6, changes::write),
    section(5, messages_and_foot),
];

/// What a comment says that no longer has anything to say.
const CALM: [Section; 3] = [section(0, head::write), section(0, calm), section(5, messages_and_foot)];

fn calm(view: &View<'_>, _: fit::Size) -> md::Md {
    let mut md = md::Md::new(&view.links);
    md.words("What stood here before no longer holds: nothing that matters changes now.\n");
    md
}

fn tail(view: &View<'_>, size: fit::Size) -> md::Md {
    let mut md = footer::consent(view, size);
    md.block(&footer::notes(view, size)).block(&footer::write(view, size));
    md
}

fn messages_and_foot(view: &View<'_>, size: fit::Size) -> md::Md {
    let mut md = messages::write(view, size);
    md.block(&footer::notes(view, size)).block(&footer::write(view, size));
    md
}

/// The job summary, in GitHub's Markdown.
pub fn summary(sealed: &Sealed, limit: Limit) -> String {
    fit(&View::new(sealed, Medium::Summary), &SUMMARY, limit)
}

/// The comment on a pull request, in GitHub's Markdown; nothing when nothing changes and nothing was found.
pub fn comment(sealed: &Sealed, limit: Limit) -> Option<String> {
    let view = View::new(sealed, Medium::Comment);
    is_worth_saying(&view).then(|| fit(&view, &COMMENT, limit))
}

/// The comment that takes the place of an earlier one where [`comment`] gives none.
pub fn calm_comment(sealed: &Sealed, limit: Limit) -> String {
    fit(&View::new(sealed, Medium::Comment), &CALM, limit)
}

/// Whether a reader of the pull request would miss anything without a comment.
fn is_worth_saying(view: &View<'_>) -> bool {
    let outcome = view.outcome;
    let quiet =
        matches!(outcome.decision_word(), DecisionWord::Checked | DecisionWord::Planned | DecisionWord::Skipped);
    let changes = !view.removals.is_empty() || !view.rows.is_empty();
    let loud = view.remarks.iter().any(view::Remark::is_loud);
    let unseen = view
        .lanes
        .iter()
        .filter_map(|of| of.lane.planned())
        .flat_map(|plan| &plan.unknown)
        .any(|field| field.may_remove && field.field != EXISTENCE);
    // Where one environment is known, a pull request that changes nothing there is no news elsewhere.
    let dark = view.lanes.iter().all(|of| of.lane.planned().is_some_and(|plan| !says_changes(plan)));
    let blind = view.lanes.iter().any(|of| matches!(of.lane.plan, crate::outcome::Stage::Failed(_)));
    let previewed = outcome.previews.iter().any(|of| !matches!(of.end, PreviewEnd::None(_)));
    !quiet || changes || loud || unseen || blind || previewed || dark && !view.lanes.is_empty()
}

#[cfg(test)]
pub(crate) mod tests;
