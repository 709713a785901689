//! Previews of pull requests: where one can be looked at, what must be entered there by hand, until when it stands.

use crate::outcome::line::{Line, clip};
use crate::outcome::{Deployed, PreviewEnd, PreviewOutcome};
use crate::platform::previews::Preview;
use crate::report::fit::Size;
use crate::report::links;
use crate::report::md::Md;
use crate::report::view::View;
use crate::report::words::{self, SENTENCE};

/// How many names of one sort are shown.
const NAMES: usize = 40;

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    for of in &view.outcome.previews {
        let lines = lines(of, size);
        if let (PreviewEnd::Stands { preview, .. }, Some(first)) = (&of.end, lines.first()) {
            let mut part = Md::new(&view.links);
            match preview.page.as_deref().filter(|page| links::is_plain(page)) {
                Some(page) => part.line(first).words(" · ").link("open it", page),
                None => part.line(first),
            };
            md.block(&part).end();
        } else if let Some(first) = lines.first() {
            md.part().line(first);
        }
        for line in lines.iter().skip(1) {
            md.item(Md::new(&view.links).line(line));
        }
    }
    md
}

/// What is said of one preview; what follows the first line are points below it.
pub(crate) fn lines(of: &PreviewOutcome, size: Size) -> Vec<Line> {
    match &of.end {
        PreviewEnd::None(why) => {
            vec![Line::new().words("🔎 No preview: ").prose(clip(why, SENTENCE))]
        }
        // What went wrong stands among the problems.
        PreviewEnd::Failed(_) => Vec::new(),
        PreviewEnd::Removed(name) => {
            vec![
                Line::new()
                    .words("🧹 Preview ")
                    .code(clip(name, 80))
                    .words(" is gone: ")
                    .then(pull(of))
                    .words(" is closed"),
            ]
        }
        PreviewEnd::Stands { preview, deploy } => {
            let done = deploy.done().filter(|deployed| deployed.confirmed());
            std::iter::once(stands(of, preview, done.map(|deployed| &**deployed)))
                .chain(wanting(preview, size))
                .chain(preview.notes.iter().map(|note| Line::new().prose(clip(note, SENTENCE))))
                .collect()
        }
    }
}

fn pull(of: &PreviewOutcome) -> Line {
    Line::new().pull(format!("#{}", of.pull))
}

fn stands(of: &PreviewOutcome, preview: &Preview, done: Option<&Deployed>) -> Line {
    let line = Line::new().words("🔎 ").strong("Preview").words(" ").code(clip(&preview.name, 80));
    let line = match done {
        Some(deployed) => line.words(" runs ").then(words::commit(Some(&deployed.release.record.commit))),
        None => line.words(" does not run this commit"),
    };
    let made = if preview.made { " · made now from " } else { " · made from " };
    let line = line.words(made).code(clip(&preview.source, 80));
    line.words(" · goes when ").then(pull(of)).words(" is closed")
}

/// What a person must enter, in one line.
fn wanting(preview: &Preview, size: Size) -> Option<Line> {
    let most = if size == Size::Long { NAMES } else { 5 };
    let sorts = preview.wanting.iter().map(|(sort, names)| {
        let shown = names.iter().take(most).map(|name| Line::new().code(clip(name, 120)));
        let line = Line::new().text(sort).words(" ").then(Line::joined(", ", shown));
        match names.len().saturating_sub(most) {
            0 => line,
            more => line.words(" and ").number(more).words(" more"),
        }
    });
    let line = Line::joined(" · ", sorts);
    (!line.is_empty()).then(|| Line::new().words("✍️ To be entered there by hand: ").then(line))
}
