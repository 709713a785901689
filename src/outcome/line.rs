//! One line of what is said, before anybody knows where: our own words, and foreign text marked as such. Every renderer
//! escapes the foreign parts in its own way, so a sentence is written once and no string can forget its escape.

/// A part of a [`Line`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Our own words.
    Words(&'static str),
    /// A number or a duration of ours: digits, letters, separators, never foreign text.
    Own(String),
    /// Foreign text.
    Text(String),
    /// Foreign text in which words between backticks are names, as our own problems and messages write them.
    Prose(String),
    /// A foreign name: code, where there is such a thing.
    Code(String),
    /// A foreign name in bold.
    Strong(String),
    /// A commit, shown short and linked where there is a page for it.
    Commit(String),
    /// A pull request as people know it: `#812`, or a branch.
    Pull(String),
}

/// One line of what is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Piece>);

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its parts in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn with(mut self, piece: Piece) -> Self {
        self.0.push(piece);
        self
    }

    /// Our own words.
    #[must_use]
    pub fn words(self, ours: &'static str) -> Self {
        self.with(Piece::Words(ours))
    }

    /// A number, with commas between thousands.
    #[must_use]
    pub fn number(self, number: usize) -> Self {
        self.with(Piece::Own(thousands(number)))
    }

    /// A number and what is counted: `1 sync`, `2 syncs`.
    #[must_use]
    pub fn count(self, number: usize, one: &'static str, many: &'static str) -> Self {
        self.number(number).words(" ").words(if number == 1 { one } else { many })
    }

    /// How long something took.
    #[must_use]
    pub fn time(self, milliseconds: u64) -> Self {
        self.with(Piece::Own(duration(milliseconds)))
    }

    /// A date and time in UTC, to the minute.
    #[must_use]
    pub fn moment(self, at: jiff::Timestamp) -> Self {
        self.with(Piece::Own(at.strftime("%Y-%m-%d %H:%M UTC").to_string()))
    }

    /// Foreign text.
    #[must_use]
    pub fn text(self, foreign: impl Into<String>) -> Self {
        self.with(Piece::Text(foreign.into()))
    }

    /// Foreign text in which words between backticks are names.
    #[must_use]
    pub fn prose(self, foreign: impl Into<String>) -> Self {
        self.with(Piece::Prose(foreign.into()))
    }

    /// A foreign name.
    #[must_use]
    pub fn code(self, foreign: impl Into<String>) -> Self {
        self.with(Piece::Code(foreign.into()))
    }

    /// A foreign name in bold.
    #[must_use]
    pub fn strong(self, foreign: impl Into<String>) -> Self {
        self.with(Piece::Strong(foreign.into()))
    }

    /// A commit.
    #[must_use]
    pub fn commit(self, sha: &crate::names::CommitSha) -> Self {
        self.with(Piece::Commit(sha.as_str().to_owned()))
    }

    /// A pull request's label.
    #[must_use]
    pub fn pull(self, label: impl Into<String>) -> Self {
        self.with(Piece::Pull(label.into()))
    }

    /// Another line behind this one.
    #[must_use]
    pub fn then(mut self, line: Self) -> Self {
        self.0.extend(line.0);
        self
    }

    /// Another line behind this one, with words between them when neither is empty.
    #[must_use]
    pub fn join(self, between: &'static str, line: Self) -> Self {
        if self.is_empty() || line.is_empty() { self.then(line) } else { self.words(between).then(line) }
    }

    /// All lines in one, with words between them.
    pub fn joined(between: &'static str, lines: impl IntoIterator<Item = Self>) -> Self {
        lines.into_iter().fold(Self::new(), |whole, line| whole.join(between, line))
    }

    /// The line without any markup, for a chat or a title: one line, control characters and what could turn text around
    /// made visible.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(ours) => plain.push_str(ours),
                Piece::Own(own) => plain.push_str(own),
                Piece::Text(foreign) | Piece::Code(foreign) | Piece::Strong(foreign) | Piece::Pull(foreign) => {
                    plain.push_str(&visible(foreign));
                }
                Piece::Prose(foreign) => plain.push_str(&visible(&foreign.replace('`', ""))),
                Piece::Commit(sha) => plain.push_str(short(sha)),
            }
        }
        plain
    }
}

/// The first seven digits of a commit.
pub(crate) fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

/// A number with commas between thousands.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration as people say it: `0.4 s`, `41 s`, `3 min 5 s`, `2 h 10 min`.
pub(crate) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..10 => {
            let tenths = milliseconds / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The text on one line with nothing hidden in it: line ends and tabs become blanks; control characters, marks that turn
/// the direction of text and characters without width are spelled out as `⟨U+202E⟩`. Emoji stay whole.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    for letter in text.chars() {
        match letter {
            '\n' | '\t' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            '\r' => {}
            '\u{200d}' if !before.is_ascii() => shown.push(letter),
            letter if is_hidden(letter) => shown.extend(["⟨U+", &format!("{:04X}", u32::from(letter)), "⟩"]),
            letter => shown.push(letter),
        }
        before = letter;
    }
    shown
}

/// Whether a character would not be seen, or would change how others are seen.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most so many characters, the last of them `…` when something was cut.
pub(crate) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [40, 9_960, 41_000, 185_000, 7_800_000].map(duration),
            ["0.0 s", "9.9 s", "41 s", "3 min 5 s", "2 h 10 min"]
        );
    }

    #[test]
    fn nothing_hides_and_emoji_stay() {
        assert_eq!(visible("a\u{202e}b\u{1b}[31m\r\nc"), "a⟨U+202E⟩b⟨U+001B⟩[31m c");
        assert_eq!(visible("👩‍💻 ✈️ ok"), "👩‍💻 ✈️ ok");
        assert_eq!(visible("in\u{200d}visible"), "in⟨U+200D⟩visible");
    }

    #[test]
    fn a_line_is_plain_for_a_chat() {
        let line = Line::new().strong("prod").words(" not changed: ").count(2, "reason", "reasons");
        assert_eq!(line.plain(), "prod not changed: 2 reasons");
        let line = Line::joined(" · ", [line, Line::new(), Line::new().prose("secret `A_B` is\nmissing")]);
        assert_eq!(line.plain(), "prod not changed: 2 reasons · secret A_B is missing");
    }

    #[test]
    fn a_clip_counts_characters() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß", 3), "äö…");
    }
}
