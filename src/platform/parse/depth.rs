//! How deep brackets nest, found without recursion before a recursive parser sees the text.
//!
//! The scan knows strings, templates, comments and regular expressions as far as that is possible without parsing. A text
//! made to mislead it still meets a stack that holds hundreds of thousands of levels.

/// The deepest nesting that is parsed. Code written by people stays below fifty.
pub const DEEPEST: usize = 1_000;

/// The byte at which brackets nest deeper than [`DEEPEST`], if they do.
pub fn too_deep(text: &str) -> Option<usize> {
    Scan { text: text.as_bytes(), at: 0, open: Vec::new(), after_value: false, word: (0, 0) }.run()
}

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`; whether it belongs to `if`, `while`, `for` or `with`: a `/` after its end begins a regular expression.
    Paren { control: bool },
    /// `[`
    Bracket,
    /// `{`
    Brace,
    /// `${` in a template, to which its `}` returns.
    Template,
    /// `<`, which is a comparison as often as an opening.
    Angle,
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<Open>,
    /// Whether the token before ends a value, so that `/` divides.
    after_value: bool,
    /// The last word.
    word: (usize, usize),
}

impl Scan<'_> {
    fn run(mut self) -> Option<usize> {
        while let Some(&byte) = self.text.get(self.at) {
            let begins = self.at;
            self.at += 1;
            self.token(byte, begins);
            if self.open.len() > DEEPEST {
                return Some(begins);
            }
        }
        None
    }

    fn token(&mut self, byte: u8, begins: usize) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'/' => self.slash(),
            b'\'' | b'"' => self.string(byte),
            b'`' => self.template(),
            b'(' => {
                let control = begins == self.after_blanks(self.word.1)
                    && matches!(&self.text[self.word.0..self.word.1], b"if" | b"while" | b"for" | b"with");
                self.push(Open::Paren { control });
            }
            b'[' => self.push(Open::Bracket),
            b'{' => self.push(Open::Brace),
            b'<' if !matches!(self.text.get(self.at), Some(b'<' | b'=')) => self.push(Open::Angle),
            b')' => {
                let control =
                    self.close(|open| matches!(open, Open::Paren { .. })) == Some(Open::Paren { control: true });
                self.after_value = !control;
            }
            b']' => {
                self.close(|open| open == Open::Bracket);
                self.after_value = true;
            }
            b'}' => self.closing_brace(),
            b'>' => self.closing_angle(begins),
            b';' | b'&' | b'|' => {
                // Neither stands in type arguments at this level (`|` and `&` do, alone): what was open was a comparison.
                if byte == b';' || self.text.get(self.at) == Some(&byte) {
                    self.drop_angles();
                }
                self.after_value = false;
            }
            _ if is_word(byte) => self.word(begins),
            _ => self.after_value = false,
        }
    }

    fn push(&mut self, open: Open) {
        self.open.push(open);
        self.after_value = false;
    }

    fn drop_angles(&mut self) {
        while self.open.last() == Some(&Open::Angle) {
            self.open.pop();
        }
    }

    /// Closes the nearest opening of this sort if only comparisons stand between.
    fn close(&mut self, is: impl Fn(Open) -> bool) -> Option<Open> {
        let above = self.open.iter().rposition(|open| *open != Open::Angle)?;
        let found = self.open[above];
        if !is(found) {
            return None;
        }
        self.open.truncate(above);
        Some(found)
    }

    fn closing_brace(&mut self) {
        let closed = self.close(|open| matches!(open, Open::Brace | Open::Template));
        self.after_value = false;
        if closed == Some(Open::Template) {
            self.template();
        }
    }

    fn closing_angle(&mut self, begins: usize) {
        let arrow = begins > 0 && self.text[begins - 1] == b'=';
        if !arrow && self.open.last() == Some(&Open::Angle) {
            self.open.pop();
        }
        self.after_value = false;
    }

    fn word(&mut self, begins: usize) {
        while self.text.get(self.at).copied().is_some_and(is_word) {
            self.at += 1;
        }
        self.word = (begins, self.at);
        let before_value: &[&[u8]] = &[
            b"return", b"typeof", b"case", b"in", b"of", b"do", b"else", b"void", b"delete", b"throw", b"new", b"await",
        ];
        let property = begins > 0 && self.text[begins - 1] == b'.';
        self.after_value = property || !before_value.contains(&&self.text[begins..self.at]);
    }

    fn after_blanks(&self, mut at: usize) -> usize {
        while matches!(self.text.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    }

    fn slash(&mut self) {
        match self.text.get(self.at) {
            Some(b'/') => self.skip_to(b"\n"),
            Some(b'*') => {
                self.at += 1;
                self.skip_to(b"*/");
            }
            _ if self.after_value => self.after_value = false,
            _ => self.regular_expression(),
        }
    }

    fn skip_to(&mut self, end: &[u8]) {
        let rest = &self.text[self.at..];
        let length = rest.windows(end.len()).position(|window| window == end).map_or(rest.len(), |at| at + end.len());
        self.at += length;
    }

    /// To its end on this line; without one the slash divides.
    fn regular_expression(&mut self) {
        let (mut at, mut class) = (self.at, false);
        while let Some(&byte) = self.text.get(at) {
            at += 1;
            match byte {
                b'\n' => break,
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.at = at;
                    self.after_value = true;
                    return;
                }
                _ => {}
            }
        }
        self.after_value = false;
    }

    fn string(&mut self, quote: u8) {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                _ if byte == quote => break,
                _ => {}
            }
        }
        self.after_value = true;
    }

    /// To its end, or into the code of `${`.
    fn template(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => break,
                b'$' if self.text.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    self.push(Open::Template);
                    return;
                }
                _ => {}
            }
        }
        self.after_value = true;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'@') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bracket_counts() {
        for opening in [
            "[",
            "(",
            "{",
            "`${",
            "f<",
            "{a:",
            "x=>{",
            "/re/.a[",
            "a/b/[",
            "'[' + [",
            "if (x) /[(]/.a[",
            "(1)/[",
            "f(1)[",
        ] {
            assert_eq!(too_deep(&opening.repeat(DEEPEST)), None, "{opening}");
            assert!(too_deep(&opening.repeat(DEEPEST + 1)).is_some(), "{opening}");
        }
    }

    #[test]
    fn what_is_closed_or_no_code_does_not_count() {
        for harmless in [
            "[]",
            "'['",
            "\"[\\\"[\"",
            "/* [[ */",
            "// [[\n",
            "/[[(]/;",
            "`[(${a}[(`;",
            "if (a < b) {}",
            "for (;a < b;) {}",
            "a < b;",
            "x = a < b && c;",
            "const f = (a): Map<string, Array<A>> => a;",
            "'\n",
            "a << b;",
            "return /[(]/;",
            "x = y / 2; z = '/';",
        ] {
            assert_eq!(too_deep(&harmless.repeat(DEEPEST * 3)), None, "{harmless}");
        }
    }

    #[test]
    fn the_place_is_where_the_limit_is_passed() {
        assert_eq!(too_deep(&"[".repeat(5_000)), Some(DEEPEST));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_scanned(text in proptest::prelude::any::<String>()) {
            too_deep(&text);
        }
    }
}
