//! From byte offsets to what people read: line and column, and the lines around them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::names::Place;

/// Lines shown before and after the marked one.
const AROUND: usize = 2;

/// The widest line that is shown, in bytes; of a wider one (compiled code) only the place is given.
const WIDEST: usize = 400;

/// A text that knows where its lines begin, so that telling of one place costs the same as telling of any other.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    pub fn new(text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(starts).collect() }
    }

    /// Which line a byte lies in, from 0.
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// The place of a byte: line and column from 1, the column in characters.
    pub fn place(&self, path: &str, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.line(offset);
        at(path, line, self.text.as_bytes().get(self.start(line)..offset).unwrap_or_default())
    }

    /// The lines around a stretch of text with marks under it, in plain text; `None` where a line is too wide to be shown.
    pub fn frame(&self, path: &str, marked: Range<usize>, label: &str) -> Option<String> {
        let text = self.text;
        let from = floor(text, marked.start.min(text.len()));
        let line = self.line(from);
        let top = line.saturating_sub(AROUND);
        let first = self.start(top);
        let last = self.starts.get(line + AROUND + 1).map_or(text.len(), |next| next - 1);
        let shown = text.get(first..last)?;
        if shown.lines().any(|line| line.len() > WIDEST) {
            return None;
        }
        // A mark over several lines hides more than it shows: it ends with its line.
        let line_end = text[from..last].find(['\n', '\r']).map_or(last, |at| from + at);
        let to = floor(text, marked.end.min(text.len())).clamp(from, line_end.max(from));
        let mark = AnnotationKind::Primary.span(from - first..to - first).label(label);
        let snippet = Snippet::source(shown).line_start(top + 1).path(path).fold(false).annotation(mark);
        let report = Renderer::plain().render(&[Group::with_level(Level::ERROR).element(snippet)]);
        Some(report.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
    }
}

/// [`Lines::place`], for one place of a text.
pub fn place(path: &str, text: &str, offset: usize) -> Place {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    at(path, line, before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default())
}

/// The place behind these bytes of a line, which is counted from 0.
fn at(path: &str, line: usize, before: &[u8]) -> Place {
    // A character begins with every byte that does not continue one.
    let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
    Place::at(path, u32::try_from(line + 1).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// [`Lines::frame`], for one stretch of a text.
pub fn frame(path: &str, text: &str, marked: Range<usize>, label: &str) -> Option<String> {
    Lines::new(text).frame(path, marked, label)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "ab\r\nüö x\n";
        let lines = Lines::new(text);
        assert_eq!(lines.place("a.ts", text.find('x').unwrap()), Place::at("a.ts", 2, 4));
        assert_eq!(lines.place("a.ts", 0), Place::at("a.ts", 1, 1));
        assert_eq!(lines.place("a.ts", 1_000), Place::at("a.ts", 3, 1));
    }

    #[test]
    fn a_frame_shows_two_lines_on_either_side() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
        let at = text.find("five").unwrap();
        insta::assert_snapshot!(Lines::new(text).frame("x/y.ts", at..at + 4, "here").unwrap(), @"
         --> x/y.ts:5:1
          |
        3 | three
        4 | four
        5 | five
          | ^^^^ here
        6 | six
        7 | seven
          |
        ");
    }

    #[test]
    fn a_frame_is_made_at_any_place_of_any_text() {
        for text in ["", "\n", "ü", "a\r\nb", "\u{1b}[31m\u{202e}", "\t\tx"] {
            let lines = Lines::new(text);
            for from in 0..=text.len() + 1 {
                for to in from..=text.len() + 1 {
                    lines.frame("a.ts", from..to, "here");
                    assert_eq!(lines.place("a.ts", from), place("a.ts", text, from));
                }
            }
        }
        assert_eq!(Lines::new(&"x".repeat(1_000)).frame("a.ts", 5..6, "here"), None);
    }
}
