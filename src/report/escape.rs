//! Foreign text made harmless: for Markdown, for HTML inside Markdown, for the lines of a log.

use crate::outcome::line::visible;

/// What parts two characters without being seen; foreign text cannot bring its own, see [`visible`].
const GAP: &str = "&#8203;";

/// Foreign text for a place inside a line of Markdown: nothing in it is markup, mentions anybody, links anywhere, refers to
/// an issue, a commit or an emoji, or begins a workflow command. `begins` says that it stands at the beginning of a line.
pub(crate) fn markdown(foreign: &str, begins: bool) -> String {
    let text = visible(foreign);
    let mut escaped = String::with_capacity(text.len() + 16);
    if begins {
        escape_begin(&text, &mut escaped);
    }
    let rest = text.get(escaped_begin(&text, begins)..).unwrap_or_default();
    let mut before = None;
    for (place, letter) in rest.char_indices() {
        let after = rest.get(place + letter.len_utf8()..).and_then(|rest| rest.chars().next());
        push_letter(&mut escaped, before, letter, after);
        if begins_hash(rest, place, before) {
            escaped.push_str(GAP);
        }
        before = Some(letter);
    }
    escaped
}

/// How many bytes at the beginning [`escape_begin`] deals with.
fn escaped_begin(text: &str, begins: bool) -> usize {
    if !begins {
        return 0;
    }
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    match text.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => digits + 1,
        Some(b'-' | b'+' | b'=' | b' ') if digits == 0 => 1,
        _ => 0,
    }
}

/// What would begin a list, a heading's underline or an indented block at the beginning of a line.
fn escape_begin(text: &str, into: &mut String) {
    let Some(begin) = text.get(..escaped_begin(text, true)) else { return };
    let (digits, last) = begin.split_at(begin.len().saturating_sub(1));
    into.push_str(digits);
    match last {
        " " => into.push_str("&#32;"),
        "" => {}
        mark => {
            into.push('\\');
            into.push_str(mark);
        }
    }
}

fn push_letter(into: &mut String, before: Option<char>, letter: char, after: Option<char>) {
    let in_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    match letter {
        '&' => into.push_str("&amp;"),
        '<' => into.push_str("&lt;"),
        '>' => into.push_str("&gt;"),
        '|' => into.push_str("&#124;"),
        '\\' => into.push_str("&#92;"),
        '$' => into.push_str("<span>$</span>"),
        '_' if in_word(before) && in_word(after) => into.push('_'),
        '*' | '_' | '`' | '[' | ']' | '~' | '#' => {
            into.push('\\');
            into.push(letter);
        }
        _ => into.push(letter),
    }
    if parts(before, letter, after) {
        into.push_str(GAP);
    }
}

/// Whether a gap belongs behind this letter: `@who`, `#1`, `GH-1`, `a://b`, `::error`, `:x:`, `www.`.
fn parts(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let Some(after) = after else { return false };
    match letter {
        '@' => !after.is_whitespace(),
        '#' => after.is_alphanumeric() || after == '#' || after == '[',
        // A time of day stays as it is.
        ':' if before.is_some_and(|before| before.is_ascii_digit()) && after.is_ascii_digit() => false,
        ':' => after == ':' || after == '/' || after.is_alphanumeric() || "+-_".contains(after),
        '-' => matches!(before, Some('h' | 'H')) && after.is_ascii_digit(),
        'w' | 'W' => after == '.',
        _ => false,
    }
}

/// Whether a word of 7 to 40 hexadecimal digits begins here: GitHub links it as a commit.
fn begins_hash(text: &str, place: usize, before: Option<char>) -> bool {
    if before.is_some_and(char::is_alphanumeric) {
        return false;
    }
    let rest = text.get(place..).unwrap_or_default();
    let word = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_hexdigit()).len();
    (7..=40).contains(&word)
        && !rest.get(word..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric)
}

/// Foreign text with every mark of ASCII as an entity: harmless in HTML and in Markdown alike, tables included.
pub(crate) fn entities(foreign: &str, in_code: bool) -> String {
    let mut escaped = String::with_capacity(foreign.len() + 16);
    for letter in visible(foreign).chars() {
        match letter {
            letter if letter.is_ascii_punctuation() => {
                escaped.extend(["&#", &u32::from(letter).to_string(), ";"]);
                if !in_code && matches!(letter, '@' | '#' | ':' | '-' | '.') {
                    escaped.push_str(GAP);
                }
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A line of a log that cannot be a workflow command: those begin with `::` after blanks, or hold `##[`.
pub(crate) fn disarm(line: &str) -> String {
    let line = line.replace("##[", "#\u{200b}#[");
    let blanks = line.len() - line.trim_start().len();
    match line.split_at_checked(blanks) {
        Some((blanks, rest)) if rest.starts_with("::") => {
            format!("{blanks}:\u{200b}{}", rest.get(1..).unwrap_or_default())
        }
        _ => line,
    }
}

/// The data of a workflow command.
pub(crate) fn command_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
pub(crate) fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        for (foreign, harmless) in [
            ("a|b", "a&#124;b"),
            ("*bold* _it_ A_B_C", "\\*bold\\* \\_it\\_ A_B_C"),
            ("[x](https://e.vil)", "\\[x\\](https:&#8203;//e.vil)"),
            ("<!-- --><img>", "&lt;!-- --&gt;&lt;img&gt;"),
            ("fixes #12, GH-3 and o/r#4", "fixes \\#&#8203;12, GH-&#8203;3 and o/r\\#&#8203;4"),
            ("@everyone a@b.c", "@&#8203;everyone a@&#8203;b.c"),
            ("::error::x ##[error]", ":&#8203;:&#8203;error:&#8203;:&#8203;x \\#&#8203;\\#&#8203;\\[error\\]"),
            ("at deadbeef1, not decades", "at d&#8203;eadbeef1, not decades"),
            ("line\nbreak\u{202e}", "line break⟨U+202E⟩"),
            ("costs $5$", "costs <span>$</span>5<span>$</span>"),
            ("www.evil.test :tada: 🎉", "www&#8203;.evil.test :&#8203;tada: 🎉"),
        ] {
            assert_eq!(markdown(foreign, false), harmless, "{foreign}");
        }
    }

    #[test]
    fn nothing_foreign_begins_a_block() {
        for (foreign, harmless) in [
            ("- item", "\\- item"),
            ("+ item", "\\+ item"),
            ("=== ", "\\=== "),
            ("12. item", "12\\. item"),
            ("3) item", "3\\) item"),
            ("# head", "\\# head"),
            ("> quote", "&gt; quote"),
            ("    code", "&#32;   code"),
            ("12 items", "12 items"),
        ] {
            assert_eq!(markdown(foreign, true), harmless, "{foreign}");
        }
    }

    #[test]
    fn a_line_of_a_log_is_no_command() {
        assert_eq!(disarm("  ::error::x"), "  :\u{200b}:error::x");
        assert_eq!(disarm("a ##[group]"), "a #\u{200b}#[group]");
        assert_eq!(disarm("a::b"), "a::b");
        assert_eq!(command_property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
