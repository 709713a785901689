//! Lines, columns and colours of a terminal.

use anstyle::{AnsiColor, Style};

use crate::outcome::line::{Line, Piece, short, visible};
use crate::report::escape::disarm;

/// Text in styles.
pub(super) type Cell = Vec<(Style, String)>;

const CODE: Style = AnsiColor::Cyan.on_default();
/// Before every line but the first.
const INDENT: usize = 2;
/// The widest that a column but the last gets, as a part of the width.
const COLUMN: usize = 2;
/// Narrower terminals are written to as if they had this width.
const NARROWEST: usize = 40;

/// A line's pieces in styles.
pub(super) fn spans(line: &Line) -> Cell {
    let mut cell = Cell::new();
    for piece in line.pieces() {
        match piece {
            Piece::Words(ours) => cell.push((Style::new(), (*ours).to_owned())),
            Piece::Own(text) | Piece::Text(text) | Piece::Pull(text) => cell.push((Style::new(), visible(text))),
            Piece::Code(text) => cell.push((CODE, visible(text))),
            Piece::Strong(text) => cell.push((Style::new().bold(), visible(text))),
            Piece::Commit(sha) => cell.push((Style::new(), short(sha).to_owned())),
            Piece::Prose(text) => {
                for (place, part) in text.split('`').enumerate() {
                    cell.push((if place % 2 == 1 { CODE } else { Style::new() }, visible(part)));
                }
            }
        }
    }
    cell
}

/// The same, as a cell.
pub(super) fn line_cell(line: &Line) -> Cell {
    spans(line)
}

/// A page that grows line by line.
#[derive(Debug)]
pub(super) struct Page {
    out: String,
    colour: bool,
    width: usize,
}

impl Page {
    pub(super) fn new(colour: bool, width: usize) -> Self {
        Self { out: String::new(), colour, width: width.max(NARROWEST) }
    }

    /// The text; every line ends.
    pub(super) fn done(self) -> String {
        format!("{}\n", self.out.trim_end())
    }

    /// An empty line, unless there is one.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A paragraph.
    pub(super) fn text(&mut self, cell: &Cell) {
        let indent = if self.out.is_empty() { 0 } else { INDENT };
        for line in wrapped(cell, self.width.saturating_sub(indent)) {
            self.line(indent, &[(line, 0)]);
        }
    }

    /// Foreign lines as they are, indented.
    pub(super) fn raw(&mut self, text: &str) {
        for line in text.trim_end().lines() {
            let line = vec![(Style::new(), visible(&line.replace('\t', "    ")))];
            self.line(INDENT, &[(line, 0)]);
        }
    }

    /// A line to type, below what it is for.
    pub(super) fn command(&mut self, title: &'static str, command: &str) {
        self.gap();
        self.text(&vec![(Style::new().bold(), title.to_owned())]);
        self.raw(command);
    }

    /// Rows in columns; the last column is wrapped.
    pub(super) fn rows(&mut self, rows: &[Vec<Cell>]) {
        let most = self.width / COLUMN;
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = rows.iter().filter(|row| row.len() > column + 1).filter_map(|row| row.get(column));
                cells.map(length).filter(|length| *length <= most).max().unwrap_or_default()
            })
            .collect();
        for row in rows {
            self.row(row, &widths);
        }
    }

    fn row(&mut self, row: &[Cell], widths: &[usize]) {
        let Some((last, before)) = row.split_last() else { return };
        let mut line: Vec<(Cell, usize)> = Vec::new();
        let mut indent = INDENT;
        for (cell, width) in before.iter().zip(widths) {
            line.push((cell.clone(), width + 2));
            indent += width + 2;
            if length(cell) > *width {
                // Too long for its column: what follows goes on in the next line.
                self.line(INDENT, &std::mem::take(&mut line));
                line.push((Cell::new(), indent - INDENT));
            }
        }
        let mut lines = wrapped(last, self.width.saturating_sub(indent).max(NARROWEST / 2)).into_iter();
        line.push((lines.next().unwrap_or_default(), 0));
        self.line(INDENT, &line);
        for rest in lines {
            self.line(indent, &[(rest, 0)]);
        }
    }

    /// One line of cells, each filled up to its width.
    fn line(&mut self, indent: usize, cells: &[(Cell, usize)]) {
        let mut line = " ".repeat(indent);
        for (cell, width) in cells {
            for (style, text) in &joined(cell) {
                if self.colour && *style != Style::new() {
                    line.extend([style.render().to_string().as_str(), text, &style.render_reset().to_string()]);
                } else {
                    line.push_str(text);
                }
            }
            line.push_str(&" ".repeat(width.saturating_sub(length(cell))));
        }
        self.out.push_str(&disarm(line.trim_end()));
        self.out.push('\n');
    }
}

/// Neighbours of one style as one.
fn joined(cell: &Cell) -> Cell {
    let mut joined = Cell::new();
    for (style, text) in cell {
        match joined.last_mut() {
            Some((before, kept)) if before == style => kept.push_str(text),
            _ => joined.push((*style, text.clone())),
        }
    }
    joined
}

fn length(cell: &Cell) -> usize {
    cell.iter().map(|(_, text)| text.chars().count()).sum()
}

/// The cell in lines of at most this width, broken at blanks; a word that is longer stands on a line of its own.
fn wrapped(cell: &Cell, width: usize) -> Vec<Cell> {
    let mut lines: Vec<Cell> = Vec::new();
    let (mut line, mut used) = (Cell::new(), 0);
    for word in words(cell) {
        let long = length(&word);
        if used > 0 && used + 1 + long > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            // A blank between two words of one style is of that style: one code for both.
            let style = |span: Option<&(Style, String)>| span.map(|(style, _)| *style);
            let (before, after) = (style(line.last()), style(word.first()));
            let blank = before.filter(|before| Some(*before) == after).unwrap_or_default();
            line.push((blank, " ".to_owned()));
            used += 1;
        }
        used += long;
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// The words of a cell; a word may change its style within.
fn words(cell: &Cell) -> Vec<Cell> {
    let mut words = vec![Cell::new()];
    for (style, text) in cell {
        for (place, part) in text.split(' ').enumerate() {
            if place > 0 {
                words.push(Cell::new());
            }
            if let (false, Some(word)) = (part.is_empty(), words.last_mut()) {
                word.push((*style, part.to_owned()));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
