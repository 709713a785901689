//! From byte offsets to what people read: line and column, and the lines around them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::names::Place;

/// Lines shown before and after the marked one.
const AROUND: usize = 2;

/// The widest line that is shown, in bytes; of a wider one (compiled code) only the place is given.
const WIDEST: usize = 400;

/// The place of a byte in a file: line and column from 1, the column in characters.
pub fn place(path: &str, text: &str, offset: usize) -> Place {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // A character begins with every byte that does not continue one.
    let column = before[line_start..].iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
    Place::at(path, u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The lines around a stretch of text with marks under it, in plain text; `None` where a line is too wide to be shown.
pub fn frame(path: &str, text: &str, marked: Range<usize>, label: &str) -> Option<String> {
    let from = floor(text, marked.start.min(text.len()));
    let first = text[..from].rmatch_indices('\n').nth(AROUND).map_or(0, |(at, _)| at + 1);
    let last = text[from..].match_indices('\n').nth(AROUND).map_or(text.len(), |(at, _)| from + at);
    let shown = &text[first..last];
    if shown.lines().any(|line| line.len() > WIDEST) {
        return None;
    }
    // A mark over several lines hides more than it shows: it ends with its line.
    let line_end = text[from..].find(['\n', '\r']).map_or(text.len(), |at| from + at);
    let to = floor(text, marked.end.min(text.len())).clamp(from, line_end.max(from));
    let line_start = text[..first].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let mark = AnnotationKind::Primary.span(from - first..to - first).label(label);
    let snippet = Snippet::source(shown).line_start(line_start).path(path).fold(false).annotation(mark);
    let report = Renderer::plain().render(&[Group::with_level(Level::ERROR).element(snippet)]);
    Some(report.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
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
        assert_eq!(place("a.ts", text, text.find('x').unwrap()), Place::at("a.ts", 2, 4));
        assert_eq!(place("a.ts", text, 0), Place::at("a.ts", 1, 1));
        assert_eq!(place("a.ts", text, 1_000), Place::at("a.ts", 3, 1));
    }

    #[test]
    fn a_frame_shows_two_lines_on_either_side() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
        let at = text.find("five").unwrap();
        insta::assert_snapshot!(frame("x/y.ts", text, at..at + 4, "here").unwrap(), @"
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
            for from in 0..=text.len() + 1 {
                for to in from..=text.len() + 1 {
                    frame("a.ts", text, from..to, "here");
                    place("a.ts", text, from);
                }
            }
        }
        assert_eq!(frame("a.ts", &"x".repeat(1_000), 5..6, "here"), None);
    }
}
