//! One finding, as compilers tell it: how grave, what it is, where, why; the lines themselves; what to do about it. What many
//! projects have alike is told once.

use std::collections::BTreeMap;

use anstyle::Style;

use super::layout::{Page, line_cell};
use super::{RED, YELLOW};
use crate::finding::{Finding, Severity};
use crate::outcome::line::{Line, clip};
use crate::report::words::SENTENCE;

/// Places of others alike that are named.
const PLACES: usize = 3;

/// Each that is not like one before it, with those like it.
pub(super) fn once<'a, T, K: Ord>(all: &[&'a T], key: impl Fn(&'a T) -> K) -> Vec<(&'a T, Vec<&'a T>)> {
    let mut known: BTreeMap<K, usize> = BTreeMap::new();
    let mut kinds: Vec<(&T, Vec<&T>)> = Vec::new();
    for one in all {
        let at = *known.entry(key(one)).or_insert(kinds.len());
        match kinds.get_mut(at) {
            Some((_, others)) => others.push(one),
            None => kinds.push((one, Vec::new())),
        }
    }
    kinds
}

/// Tells a finding, and where else the same was found.
pub(super) fn tell(finding: &Finding, others: &[&Finding], page: &mut Page) {
    let (word, style) = match finding.severity {
        Severity::Error => ("error", RED),
        Severity::Warning => ("warning", YELLOW),
        Severity::Info => ("info", Style::new().dimmed()),
    };
    let place = finding.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let head = vec![(style, format!("{word}[{}] ", clip(&finding.code, 40)))];
    let said = line_cell(&Line::new().text(clip(&place, 200)).prose(clip(&finding.message, SENTENCE)));
    page.text(&[head, said].concat());
    if let Some(frame) = &finding.frame {
        page.raw(&clip(frame, 4_000));
    }
    if let Some(help) = &finding.help {
        page.text(&line_cell(&Line::new().words("→ ").prose(clip(help, SENTENCE))));
    }
    if !others.is_empty() {
        page.text(&line_cell(&elsewhere(others)));
    }
}

fn elsewhere(others: &[&Finding]) -> Line {
    let places = others.iter().filter_map(|finding| finding.place.as_ref()).take(PLACES);
    let places: Vec<Line> = places.map(|place| Line::new().text(clip(&place.to_string(), 200))).collect();
    let named = if places.is_empty() { Line::new() } else { Line::new().words(": ").then(Line::joined(", ", places)) };
    let rest = if others.len() > PLACES && !named.is_empty() { ", …" } else { "" };
    Line::new().words("the same ").count(others.len(), "more time", "more times").then(named).words(rest)
}
