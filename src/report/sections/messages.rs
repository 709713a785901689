//! The messages of the plans: what needs a person first, what was true before calm and folded.

use crate::outcome::line::{Line, clip};
use crate::report::fit::Size;
use crate::report::md::Md;
use crate::report::view::{Medium, Remark, View};
use crate::report::words::SENTENCE;

/// How many are seen, and how many more are folded.
fn room(medium: Medium, size: Size) -> (usize, usize) {
    match (medium, size) {
        (Medium::Summary, Size::Long) => (20, 2_000),
        (Medium::Summary, Size::Short) => (20, 200),
        (Medium::Summary, _) => (10, 0),
        (Medium::Comment, Size::Long) => (4, 100),
        (Medium::Comment, Size::Short) => (2, 40),
        (Medium::Comment, _) => (1, 10),
    }
}

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let (loud, calm): (Vec<&Remark<'_>>, Vec<&Remark<'_>>) = view.remarks.iter().partition(|remark| remark.is_loud());
    let (shown, folded) = room(view.medium, size);
    let (shown, more) = loud.split_at(loud.len().min(shown));
    let mut md = Md::new(&view.links);
    for remark in shown {
        md.part().line(&warning(view, remark));
    }
    fold(view, &mut md, more, folded, &Line::new().count(more.len(), "more warning", "more warnings"));
    let (before, notes): (Vec<&Remark<'_>>, Vec<&Remark<'_>>) =
        calm.into_iter().partition(|remark| remark.message.pre_existing || remark.waiting);
    fold(view, &mut md, &notes, folded, &Line::new().count(notes.len(), "remark", "remarks"));
    let line = Line::new().count(before.len(), "remark", "remarks").words(" on what is there or waiting already");
    fold(view, &mut md, &before, folded, &line);
    md
}

/// `⚠️ prod will wait: …` for what stops a deploy, `⚠️ title: …` for what does not.
fn warning(view: &View<'_>, remark: &Remark<'_>) -> Line {
    let message = remark.message;
    let line = Line::new().words("⚠️ ");
    let key = message.key();
    let waits = |lane: &usize| view.lanes.get(*lane).is_some_and(|of| of.lane.waits_for.contains(&key));
    let waiting: Vec<usize> = remark.lanes.iter().copied().filter(waits).collect();
    let line = if !waiting.is_empty() {
        line.strong(view.environments(&waiting).words(" will wait:").plain()).words(" ")
    } else if message.blocks() {
        line.strong(format!("{}, accepted:", message.code.row().title)).words(" ")
    } else {
        line.strong(format!("{}:", message.code.row().title)).words(" ")
    };
    line.then(said(view, remark))
}

fn said(view: &View<'_>, remark: &Remark<'_>) -> Line {
    let message = remark.message;
    let line = Line::new().prose(clip(&message.says, SENTENCE));
    let line = match &message.to_do {
        Some(to_do) => line.words(" → ").prose(clip(to_do, SENTENCE)),
        None => line,
    };
    // What names its subject itself does not need it twice.
    if message.subject.resource.kind == "environment" || message.says.contains(&message.subject.resource.id) {
        line
    } else {
        view.subject(remark.project, &message.subject).words(" – ").then(line)
    }
}

fn fold(view: &View<'_>, md: &mut Md, remarks: &[&Remark<'_>], most: usize, summary: &Line) {
    if remarks.is_empty() {
        return;
    }
    let mut body = Md::new(&view.links);
    for remark in remarks.iter().take(most) {
        let only = view.only(&remark.lanes);
        let only = if only.is_empty() { only } else { Line::new().words(" (").then(only).words(")") };
        let line = Line::new().words(remark.message.code.row().title).words(": ").then(said(view, remark)).then(only);
        body.item(Md::new(&view.links).line(&line));
    }
    if remarks.len() > most {
        let more = Line::new().words("and ").number(remarks.len() - most).words(" more");
        body.item(Md::new(&view.links).line(&more)).mark_cut();
    }
    md.details(summary, &body);
}
