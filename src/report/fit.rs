//! Makes a report fit: sections give way in a written order, the least important first, until the text is within its
//! limit. What goes and why it was refused never leaves.

use super::md::Md;
use super::view::View;
use super::words;

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Lines that are seen without unfolding anything.
    pub lines: usize,
}

/// How much a section says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    /// Everything.
    Long,
    /// The most important, the rest folded or counted.
    Short,
    /// A line or so.
    Line,
    /// Nothing: only for sections that may leave.
    Gone,
}

/// A section: who gives way first (higher), and how it is written.
pub(crate) struct Section {
    /// 0: it never leaves.
    pub(crate) gives: u8,
    pub(crate) write: fn(&View<'_>, Size) -> Md,
}

/// A section that may give way.
pub(crate) const fn section(gives: u8, write: fn(&View<'_>, Size) -> Md) -> Section {
    Section { gives, write }
}

/// The sections in order, each as long as the limit lets all of them be.
pub(crate) fn fit(view: &View<'_>, sections: &[Section], limit: Limit) -> String {
    let mut parts: Vec<Md> = sections.iter().map(|section| (section.write)(view, Size::Long)).collect();
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(sections.get(*place).map(|section| section.gives)));
    let mut text = assembled(view, &parts);
    for size in [Size::Short, Size::Line, Size::Gone] {
        for place in &order {
            if holds(&text, limit) {
                return text;
            }
            let Some(section) = sections.get(*place) else { continue };
            if size == Size::Gone && section.gives == 0 {
                continue;
            }
            let part = if size == Size::Gone { gone(view, parts.get(*place)) } else { (section.write)(view, size) };
            if let Some(kept) = parts.get_mut(*place) {
                *kept = part;
            }
            text = assembled(view, &parts);
        }
    }
    cut(&text, limit.bytes)
}

/// Nothing, and that something is missing, if there was anything.
fn gone(view: &View<'_>, before: Option<&Md>) -> Md {
    let mut nothing = Md::new(&view.links);
    if before.is_some_and(|before| !before.is_empty()) {
        nothing.mark_cut();
    }
    nothing
}

fn assembled(view: &View<'_>, parts: &[Md]) -> String {
    let mut whole = Md::new(&view.links);
    for part in parts {
        whole.block(part);
    }
    if parts.iter().any(Md::is_cut) {
        whole.block(&words::cut_notice(view));
    }
    whole.end();
    whole.as_str().to_owned()
}

fn holds(text: &str, limit: Limit) -> bool {
    text.len() <= limit.bytes && visible_lines(text) <= limit.lines
}

/// The lines that are seen: not those within a closed `<details>` but its first, not empty ones, not the rule below a
/// table's heading, not fences.
pub(crate) fn visible_lines(text: &str) -> usize {
    let mut lines = 0;
    let mut folded = 0_usize;
    let mut fence = None;
    for line in text.lines() {
        if let Some(open) = fence {
            if line.trim_end() == open {
                fence = None;
            } else if folded == 0 {
                lines += 1;
            }
            continue;
        }
        let marks = line.len() - line.trim_start_matches('`').len();
        if marks >= 3 {
            fence = line.get(..marks);
        } else if line.starts_with("</details>") {
            folded = folded.saturating_sub(1);
        } else {
            lines += usize::from(folded == 0 && !line.trim().is_empty() && !line.starts_with("| :--"));
            folded += usize::from(line.starts_with("<details>"));
        }
    }
    lines
}

/// The last resort: whole lines from the beginning, with what they open closed behind them.
fn cut(text: &str, bytes: usize) -> String {
    const ROOM: usize = 400;
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut kept = String::new();
    let (mut folded, mut fence) = (0_usize, None);
    for line in text.lines() {
        if kept.len() + line.len() + ROOM > bytes {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
        let marks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if marks >= 3 => fence = line.get(..marks),
            None if line.starts_with("</details>") => folded = folded.saturating_sub(1),
            None => folded += usize::from(line.starts_with("<details>")),
        }
    }
    if let Some(open) = fence {
        kept.push_str(open);
        kept.push('\n');
    }
    kept.push_str(&"\n</details>\n".repeat(folded));
    kept.push('\n');
    kept.push_str(words::CUT_HARD);
    kept
}
