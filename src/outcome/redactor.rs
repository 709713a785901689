//! Keeps secrets out of what is shown, whatever spelling they come in.

use std::collections::BTreeSet;

/// What stands where a secret was.
pub(crate) const HIDDEN: &str = "***";

/// Secrets shorter than this are not hidden: replacing `dev` or `true` everywhere would destroy the report and give the
/// secret away by the gaps. A report says how many there were.
pub const SHORTEST: usize = 6;

/// Finds secrets in text: as they are, line by line, and in base64 (standard and URL-safe, at every alignment),
/// percent-encoded, JSON-escaped, XML-escaped and hexadecimal form, and as a literal of code.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first.
    needles: Vec<Vec<u8>>,
    /// Those that get backslashes when they are quoted, without any: each layer of quoting adds some.
    quotable: Vec<Vec<u8>>,
    /// Whether any needle begins with these two bytes: most places of a text are passed over by one look.
    begins: Vec<bool>,
    too_short: usize,
}

/// Never the secrets.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("needles", &self.needles.len()).finish_non_exhaustive()
    }
}

impl Redactor {
    /// A redactor of these secrets. Empty ones are no secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles = BTreeSet::new();
        let (mut too_short, mut quotable) = (0, BTreeSet::new());
        for secret in secrets {
            let secret = secret.trim();
            if secret.len() >= SHORTEST {
                spellings(secret, &mut needles);
                quotable.extend(parts(secret).filter(|part| part.contains(['\\', '"', '\''])).map(unquoted));
            } else if !secret.is_empty() {
                too_short += 1;
            }
        }
        let mut needles: Vec<Vec<u8>> = needles.into_iter().map(String::into_bytes).collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        let mut begins = vec![false; usize::from(u16::MAX) + 1];
        for needle in &needles {
            if let Some(begin) = needle.first_chunk().and_then(|pair| begins.get_mut(place_of(*pair))) {
                *begin = true;
            }
        }
        let quotable = quotable.into_iter().filter(|bare| bare.len() >= SHORTEST).collect();
        Self { needles, quotable, begins, too_short }
    }

    /// How many secrets are too short to be hidden.
    pub fn too_short(&self) -> usize {
        self.too_short
    }

    /// The text with every secret replaced by `***`. Secrets that overlap leave nothing between them.
    pub fn redact_text(&self, text: &str) -> String {
        self.redacted(text, HIDDEN).unwrap_or_else(|| text.to_owned())
    }

    /// The text with every secret replaced, or nothing when there is none in it.
    pub(super) fn redacted(&self, text: &str, by: &str) -> Option<String> {
        let spans = self.spans(text.as_bytes());
        let mut kept = String::with_capacity(text.len());
        let mut from = 0;
        for (start, end) in &spans {
            kept.push_str(text.get(from..*start).unwrap_or_default());
            kept.push_str(by);
            from = *end;
        }
        kept.push_str(text.get(from..).unwrap_or_default());
        (!spans.is_empty()).then_some(kept)
    }

    /// How long the secret is that stands here.
    fn exactly(&self, rest: &[u8]) -> Option<usize> {
        let begins = rest.first_chunk().and_then(|pair| self.begins.get(place_of(*pair)));
        if begins != Some(&true) {
            return None;
        }
        self.needles.iter().find(|needle| rest.starts_with(needle)).map(Vec::len)
    }

    /// The same, whatever backslashes stand between its letters.
    fn quoted(&self, rest: &[u8]) -> Option<usize> {
        let through = |bare: &Vec<u8>| {
            bare.iter().try_fold(0, |at, letter| {
                let slashes = rest.get(at..)?.iter().take_while(|byte| **byte == b'\\').count();
                (rest.get(at + slashes) == Some(letter)).then_some(at + slashes + 1)
            })
        };
        self.quotable.iter().filter(|bare| rest.first() == bare.first()).filter_map(through).max()
    }

    /// Where secrets are, joined where they overlap, in order. Both ends are ends of characters, since needles are text.
    fn spans(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        if self.needles.is_empty() && self.quotable.is_empty() {
            return spans;
        }
        for start in 0..text.len() {
            let rest = text.get(start..).unwrap_or_default();
            let Some(length) = self.exactly(rest).max(self.quoted(rest)) else { continue };
            let end = start + length;
            match spans.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => spans.push((start, end)),
            }
        }
        spans
    }
}

fn place_of(pair: [u8; 2]) -> usize {
    usize::from(u16::from_be_bytes(pair))
}

/// A secret and each of its lines.
fn parts(secret: &str) -> impl Iterator<Item = &str> {
    let lines = secret.lines().map(str::trim).filter(move |line| *line != secret);
    std::iter::once(secret).chain(lines)
}

fn unquoted(part: &str) -> Vec<u8> {
    part.bytes().filter(|byte| *byte != b'\\').collect()
}

/// All spellings of a secret and of each of its lines.
fn spellings(secret: &str, into: &mut BTreeSet<String>) {
    for part in parts(secret) {
        let bytes = part.as_bytes();
        let mut all =
            vec![part.to_owned(), json_escaped(part), xml_escaped(part), hex(bytes, HEX_LOWER), hex(bytes, HEX_UPPER)];
        all.extend(percent_encoded(part));
        all.extend(base64(bytes));
        into.extend(all.into_iter().filter(|spelling| spelling.len() >= SHORTEST));
    }
}

const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";

fn hex(bytes: &[u8], digits: &[u8; 16]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(digits[usize::from(half)])).collect()
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

fn xml_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Percent-encoded as RFC 3986 has it, in both cases of the digits, and as forms are (`+` for a blank).
fn percent_encoded(text: &str) -> [String; 3] {
    let encode = |digits: &[u8; 16]| {
        text.bytes().fold(String::new(), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push('%');
                encoded.push_str(&hex(&[byte], digits));
            }
            encoded
        })
    };
    let upper = encode(HEX_UPPER);
    [encode(HEX_LOWER), upper.replace("%20", "+"), upper]
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The secret by itself in base64, and the letters that it alone decides at each of the three places in a longer text,
/// as in `base64("user:secret")`.
fn base64(secret: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for letters in [STANDARD, URL_SAFE] {
        all.push(encode(secret, letters));
        for before in 0..3_usize {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(secret);
            let encoded = encode(&bytes, letters);
            // Letters before and after hold bits of other bytes too.
            let first = [0, 2, 3][before];
            let whole = bytes.len() * 8 / 6;
            all.push(encoded.get(first..whole).unwrap_or_default().to_owned());
        }
    }
    all
}

/// Base64 with padding.
fn encode(bytes: &[u8], letters: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let six = bits >> (18 - 6 * place) & 63;
            let letter = usize::try_from(six).ok().and_then(|six| letters.get(six)).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_is_what_others_write() {
        assert_eq!(encode(b"hello world", STANDARD), "aGVsbG8gd29ybGQ=");
        assert_eq!(encode(&[0xfb, 0xff, 0xfe], URL_SAFE), "-__-");
    }

    #[test]
    fn a_secret_is_hidden_in_every_spelling() {
        let secret = "pass word/\"+<ä>";
        let by = Redactor::new([secret]);
        for spelled in [
            secret.to_owned(),
            "pass%20word%2F%22%2B%3C%C3%A4%3E".to_owned(),
            "pass+word%2F%22%2B%3C%C3%A4%3E".to_owned(),
            "pass%20word%2f%22%2b%3c%c3%a4%3e".to_owned(),
            "pass word/\\\"+<ä>".to_owned(),
            "pass word/&quot;+&lt;ä&gt;".to_owned(),
            "7061737320776f72642f222b3cc3a43e".to_owned(),
            encode(secret.as_bytes(), STANDARD),
            encode(secret.as_bytes(), URL_SAFE),
        ] {
            assert_eq!(by.redact_text(&format!("a {spelled} b")), "a *** b", "{spelled}");
        }
    }

    #[test]
    fn a_secret_in_a_literal_of_code_is_hidden() {
        let by = Redactor::new(["it's \"a\\b\""]);
        for spelled in
            [r#"it\'s \"a\\b\""#, r#"it\'s "a\\b""#, r#"it's \"a\\b\""#, r#"it's "a\b""#, r#"it\\\'s \\\"a\\\\b\\\""#]
        {
            assert_eq!(by.redact_text(&format!("a {spelled} b")), "a *** b", "{spelled}");
        }
    }

    #[test]
    fn a_secret_in_a_longer_base64_is_hidden_at_every_place() {
        let by = Redactor::new(["s3cr3t-t0ken"]);
        for before in ["", "u", "us", "use", "user"] {
            let encoded = encode(format!("{before}:s3cr3t-t0ken and more").as_bytes(), STANDARD);
            let redacted = by.redact_text(&encoded);
            assert!(redacted.contains(HIDDEN) && redacted.len() < encoded.len(), "{before}: {encoded} → {redacted}");
        }
    }

    #[test]
    fn each_line_of_a_key_is_hidden() {
        let by = Redactor::new(["-----BEGIN KEY-----\nMIIEvQIBADANBg\n  kqhkiG9w0BAQEF\n"]);
        assert_eq!(by.redact_text("x MIIEvQIBADANBg y kqhkiG9w0BAQEF"), "x *** y ***");
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_between_them() {
        let by = Redactor::new(["abcdefgh", "efghijkl"]);
        assert_eq!(by.redact_text("<abcdefghijkl>"), "<***>");
    }

    #[test]
    fn a_short_secret_is_counted_and_not_hidden() {
        let by = Redactor::new(["dev", "", "  "]);
        assert_eq!(by.redact_text("deployed to dev"), "deployed to dev");
        assert_eq!(by.too_short(), 1);
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "[ -~äß€]{6,40}", before in ".{0,20}", after in ".{0,20}") {
            let by = Redactor::new([secret.as_str()]);
            let redacted = by.redact_text(&format!("{before}{secret}{after}"));
            // What is left may only spell a secret by the marks themselves.
            prop_assume!(!secret.trim().contains('*') && secret.trim().len() >= SHORTEST);
            prop_assert!(!redacted.contains(secret.trim()));
        }
    }
}
