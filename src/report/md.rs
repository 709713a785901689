//! Markdown that cannot be broken from outside: our words are `&'static str`, everything foreign goes through a method
//! that escapes it for the place where it stands.

use super::escape::{disarm, entities, markdown};
use super::links::Links;
use crate::outcome::line::{Line, Piece, short, visible};

/// A piece of Markdown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Md {
    out: String,
    place: Place,
    links: Links,
    cut: bool,
}

/// Where a piece will stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// In a paragraph or a list.
    #[default]
    Flow,
    /// In a cell of a table.
    Cell,
    /// In a line of HTML, where Markdown is not read.
    Html,
}

impl Md {
    /// An empty piece whose commits and pull requests are linked by these.
    pub(crate) fn new(links: &Links) -> Self {
        Self { links: links.clone(), ..Self::default() }
    }

    /// An empty piece for a place like this one's.
    pub(crate) fn fresh(&self) -> Self {
        Self { out: String::new(), place: self.place, links: self.links.clone(), cut: false }
    }

    /// Says that something was left out here.
    pub(crate) fn mark_cut(&mut self) -> &mut Self {
        self.cut = true;
        self
    }

    /// Whether something was left out.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }

    /// A cell of a table.
    pub(crate) fn cell(links: &Links) -> Self {
        Self { place: Place::Cell, ..Self::new(links) }
    }

    /// The Markdown.
    pub(crate) fn as_str(&self) -> &str {
        &self.out
    }

    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Our own words.
    pub(crate) fn words(&mut self, ours: &'static str) -> &mut Self {
        self.out.push_str(ours);
        self
    }

    /// Numbers, durations and dates of ours.
    fn own(&mut self, own: &str) -> &mut Self {
        self.out.push_str(own);
        self
    }

    /// Foreign text.
    pub(crate) fn text(&mut self, foreign: &str) -> &mut Self {
        let escaped = match self.place {
            Place::Html => entities(foreign, false),
            Place::Flow | Place::Cell => markdown(foreign, self.at_begin()),
        };
        self.out.push_str(&escaped);
        self
    }

    /// Foreign text in which words between single backticks are names; with a backtick that has no partner nothing is one.
    pub(crate) fn prose(&mut self, foreign: &str) -> &mut Self {
        let parts: Vec<&str> = foreign.split('`').collect();
        if parts.len().is_multiple_of(2) {
            return self.text(foreign);
        }
        // What stands together is escaped together: `#` and `1` are harmless, `#1` is not.
        let mut plain = String::new();
        for (place, part) in parts.into_iter().enumerate() {
            if place % 2 == 1 && !part.trim().is_empty() {
                self.text(&std::mem::take(&mut plain)).code(part);
            } else {
                plain.push_str(part);
            }
        }
        self.text(&plain)
    }

    /// A foreign name as code. An empty one is shown as `""`.
    pub(crate) fn code(&mut self, foreign: &str) -> &mut Self {
        let shown = disarm(&visible(foreign));
        let shown = if shown.trim().is_empty() { "\"\"" } else { shown.as_str() };
        let plain = self.place == Place::Flow || (self.place == Place::Cell && !shown.contains('|'));
        if plain {
            let fence = "`".repeat(longest_run(shown, '`') + 1);
            let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
            for part in [&fence, pad, shown, pad, &fence] {
                self.out.push_str(part);
            }
        } else {
            self.out.push_str("<code>");
            self.out.push_str(&entities(shown, true));
            self.out.push_str("</code>");
        }
        self
    }

    /// A line of what is said.
    pub(crate) fn line(&mut self, line: &Line) -> &mut Self {
        for piece in line.pieces() {
            match piece {
                Piece::Words(ours) => self.words(ours),
                Piece::Own(own) => self.own(own),
                Piece::Text(foreign) => self.text(foreign),
                Piece::Prose(foreign) => self.prose(foreign),
                Piece::Code(foreign) => self.code(foreign),
                Piece::Strong(foreign) => self.strong(foreign),
                Piece::Commit(sha) => self.commit(sha),
                Piece::Pull(label) => self.pull(label),
            };
        }
        self
    }

    fn strong(&mut self, foreign: &str) -> &mut Self {
        match self.place {
            Place::Html => self.words("<b>").text(foreign).words("</b>"),
            Place::Flow | Place::Cell => self.words("**").text(foreign).words("**"),
        }
    }

    fn commit(&mut self, sha: &str) -> &mut Self {
        match self.links.commit(sha) {
            Some(url) if self.place != Place::Html => {
                self.words("[").code(short(sha));
                self.link_to(&url)
            }
            _ => self.code(short(sha)),
        }
    }

    fn pull(&mut self, label: &str) -> &mut Self {
        match self.links.pull(label) {
            Some(url) if self.place != Place::Html => {
                self.words("[").text(label);
                self.link_to(&url)
            }
            _ => self.text(label),
        }
    }

    /// A link with our words to a page that [`Links`] vouches for.
    pub(crate) fn link(&mut self, ours: &'static str, url: &str) -> &mut Self {
        self.words("[").words(ours).link_to(url)
    }

    fn link_to(&mut self, url: &str) -> &mut Self {
        for part in ["](", url, ")"] {
            self.out.push_str(part);
        }
        self
    }

    /// Another piece behind this one.
    pub(crate) fn push(&mut self, other: &Self) -> &mut Self {
        self.out.push_str(&other.out);
        self.cut |= other.cut;
        self
    }

    /// A block of its own: an empty line stands before it.
    pub(crate) fn block(&mut self, other: &Self) -> &mut Self {
        if !other.is_empty() {
            self.part().push(other);
        }
        self
    }

    /// An empty line, unless there is one or nothing stands before it.
    pub(crate) fn part(&mut self) -> &mut Self {
        while !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        self
    }

    /// The end of a line, unless it has ended.
    pub(crate) fn end(&mut self) -> &mut Self {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self
    }

    /// An item of a list.
    pub(crate) fn item(&mut self, item: &Self) -> &mut Self {
        self.end().words("- ").push(item).words("\n")
    }

    /// Foreign lines as they are, in a fence longer than any in them.
    pub(crate) fn fence(&mut self, language: &'static str, foreign: &str) -> &mut Self {
        let fence = "`".repeat(longest_run(foreign, '`').max(2) + 1);
        self.part();
        for part in [&fence, language, "\n"] {
            self.out.push_str(part);
        }
        for line in foreign.trim_end().lines() {
            self.out.push_str(&disarm(&visible(&line.replace('\t', "    "))));
            self.out.push('\n');
        }
        self.out.push_str(&fence);
        self.out.push('\n');
        self
    }

    /// What is folded away: one line that stays, and the rest.
    pub(crate) fn details(&mut self, summary: &Line, body: &Self) -> &mut Self {
        let mut line = Self { place: Place::Html, ..self.fresh() };
        line.line(summary);
        self.part().words("<details><summary>").push(&line).words("</summary>\n");
        self.block(body);
        self.part().words("</details>\n")
    }

    fn at_begin(&self) -> bool {
        self.place == Place::Flow
            && (self.out.is_empty() || self.out.ends_with('\n') || self.out.ends_with("- ") || self.out.ends_with("> "))
    }
}

/// A table; an empty one writes nothing.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    out: Md,
    columns: usize,
    rows: usize,
}

impl Table {
    /// A table with these headings, of which the parts that hold names are foreign.
    pub(crate) fn new(links: &Links, headings: &[Line]) -> Self {
        let mut table = Self { out: Md::new(links), columns: headings.len(), rows: 0 };
        table.push_row(headings);
        table.out.words("|");
        for _ in headings {
            table.out.words(" :-- |");
        }
        table.out.words("\n");
        table.rows = 0;
        table
    }

    /// One row.
    pub(crate) fn row(&mut self, cells: &[Line]) {
        self.push_row(cells);
    }

    fn push_row(&mut self, cells: &[Line]) {
        self.out.words("|");
        for place in 0..self.columns {
            let mut cell = Md::cell(&self.out.links);
            if let Some(line) = cells.get(place) {
                cell.line(line);
            }
            self.out.words(" ").push(&cell).words(if cell.is_empty() { "|" } else { " |" });
        }
        self.out.words("\n");
        self.rows += 1;
    }

    /// The table, or nothing when it has no row.
    pub(crate) fn done(self) -> Md {
        if self.rows == 0 { self.out.fresh() } else { self.out }
    }
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for letter in text.chars() {
        run = if letter == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
