//! One finding, as compilers tell it: how grave, what it is, where, why; the lines themselves; what to do about it.

use anstyle::Style;

use super::layout::{Page, line_cell};
use super::{RED, YELLOW};
use crate::finding::{Finding, Severity};
use crate::outcome::line::{Line, clip};
use crate::report::words::SENTENCE;

pub(super) fn tell(finding: &Finding, page: &mut Page) {
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
}
