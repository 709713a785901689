//! How deep a Python text nests, found without recursion before a recursive parser sees it.
//!
//! The limits are `CPython`'s own where it has them (`Parser/tokenizer`: 200 open brackets, 100 levels of indentation; `Parser/pegen`:
//! 6,000 levels of recursion), so that nothing that Python runs is refused.

/// The most brackets that may be open at once: `MAXLEVEL`.
pub(in super::super) const MOST_BRACKETS: usize = 200;

/// The most levels of indentation: `MAXINDENT`.
pub(in super::super) const MOST_INDENTS: usize = 100;

/// The longest chain of operators in one expression, brackets around it included: below `MAXSTACK`.
pub(in super::super) const LONGEST_CHAIN: usize = 5_000;

/// Which limit a text passes, as a fragment, and at which byte.
pub(in super::super) fn too_deep(text: &str) -> Option<(usize, String)> {
    Scan { text: text.as_bytes(), at: 0, open: Vec::new(), chain: 0, deep: 0, indents: vec![0] }.run()
}

/// One pass over the bytes: strings and comments are passed over, everything else is brackets, operators or neither.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    /// The chain that each open bracket interrupts.
    open: Vec<usize>,
    /// Operators since the last comma, at this level.
    chain: usize,
    /// The sum of the interrupted chains.
    deep: usize,
    indents: Vec<usize>,
}

impl Scan<'_> {
    fn run(mut self) -> Option<(usize, String)> {
        self.indentation();
        while let Some(&byte) = self.text.get(self.at) {
            let begins = self.at;
            self.at += 1;
            let braces = self.token(byte, begins);
            if self.open.len() > MOST_BRACKETS || braces > MOST_BRACKETS {
                return Some((begins, format!("more than {MOST_BRACKETS} brackets are open at once")));
            }
            if self.indents.len() > MOST_INDENTS + 1 {
                return Some((begins, format!("lines are indented more than {MOST_INDENTS} levels deep")));
            }
            if self.chain + self.deep > LONGEST_CHAIN {
                return Some((begins, format!("an expression has more than {LONGEST_CHAIN} operators")));
            }
        }
        None
    }

    /// Reads one token; for a string, how deep its own braces nest.
    fn token(&mut self, byte: u8, begins: usize) -> usize {
        match byte {
            b'#' => self.skip_line(),
            b'\'' | b'"' => return self.string(byte),
            b'\\' => self.at += 1,
            b'(' | b'[' | b'{' => {
                self.open.push(self.chain);
                self.deep += self.chain;
                self.chain = 0;
            }
            b')' | b']' | b'}' => {
                if let Some(chain) = self.open.pop() {
                    self.deep -= chain;
                    // What follows a bracket may be applied to it: `f()()[0]`.
                    self.chain = chain + 1;
                }
            }
            b'\n' if self.open.is_empty() => {
                self.chain = 0;
                self.indentation();
            }
            b',' | b';' => self.chain = 0,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' | b'.' | b'<' | b'>' | b'=' => {
                self.chain += 1;
            }
            _ if is_word(byte) => self.word(begins),
            _ => {}
        }
        0
    }

    fn word(&mut self, begins: usize) {
        while self.text.get(self.at).copied().is_some_and(is_word) {
            self.at += 1;
        }
        let recurses: [&[u8]; 6] = [b"not", b"lambda", b"else", b"await", b"async", b"elif"];
        if recurses.contains(&&self.text[begins..self.at]) {
            self.chain += 1;
        }
    }

    fn skip_line(&mut self) {
        while self.text.get(self.at).is_some_and(|byte| *byte != b'\n') {
            self.at += 1;
        }
    }

    /// To its end. A backslash keeps a quote from closing in raw strings too.
    fn string(&mut self, quote: u8) -> usize {
        let long = self.text[self.at..].starts_with(&[quote, quote]);
        if long {
            self.at += 2;
        }
        let (mut braces, mut most) = (0_usize, 0);
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'{' => braces += 1,
                b'}' => braces = braces.saturating_sub(1),
                b'\n' if !long => break,
                _ if byte == quote && (!long || self.text[self.at..].starts_with(&[quote, quote])) => {
                    self.at += if long { 2 } else { 0 };
                    break;
                }
                _ => {}
            }
            // `{{` in a template is text: only a prefix makes braces code, and the parser knows which.
            most = most.max(braces / 2);
        }
        most
    }

    /// The indentation of the line that begins here, unless it is empty.
    fn indentation(&mut self) {
        let blanks = self.text[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match self.text.get(self.at + blanks) {
            None | Some(b'\n' | b'\r' | b'#') => return,
            Some(_) => {}
        }
        while self.indents.last().is_some_and(|last| *last > blanks) {
            self.indents.pop();
        }
        if self.indents.last().is_none_or(|last| *last < blanks) {
            self.indents.push(blanks);
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_would_refuse_is_found() {
        for (opening, most) in [
            ("[", MOST_BRACKETS),
            ("(", MOST_BRACKETS),
            ("{1:", MOST_BRACKETS),
            ("f(", MOST_BRACKETS),
            ("-", LONGEST_CHAIN),
            ("not ", LONGEST_CHAIN),
            ("lambda: ", LONGEST_CHAIN),
            ("1 if 1 else ", LONGEST_CHAIN),
            ("a.", LONGEST_CHAIN),
            ("a+", LONGEST_CHAIN),
        ] {
            assert_eq!(too_deep(&opening.repeat(most)), None, "{opening}");
            assert!(too_deep(&opening.repeat(most + 1)).is_some(), "{opening}");
        }
        let mut indented = String::new();
        for level in 0..=MOST_INDENTS + 1 {
            indented.push_str(&format!(
                "{}if x:
",
                " ".repeat(level)
            ));
        }
        assert!(too_deep(&indented).unwrap().1.contains("100 levels"));
        assert!(too_deep(&format!("x = f'{}'", "{a:".repeat(500))).is_some());
        assert!(too_deep("f()").is_none());
        assert!(too_deep(&format!("f{}", "()".repeat(LONGEST_CHAIN + 1))).is_some());
    }

    #[test]
    fn what_is_closed_or_no_code_does_not_count() {
        for harmless in [
            "[]\n",
            "'['\n",
            "\"\"\" [[ ' \" \n \"\"\"\n",
            "# [[\n",
            "x = -1, -1\n",
            "a.b\n",
            "'{{ var.value.x }}'\n",
            "r'\\'\n",
            "'\\'['\n",
            "if x:\n  y\n",
            "x = [1,\n  2]\n",
        ] {
            assert_eq!(too_deep(&harmless.repeat(MOST_BRACKETS * 30)), None, "{harmless}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_scanned(text in proptest::prelude::any::<String>()) {
            too_deep(&text);
        }
    }
}
