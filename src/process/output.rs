//! A child's output: shown as it comes, counted, and its end kept. It never grows with what is printed.

use crate::console::{self, Console};

/// How much of one child is shown before the rest is only counted, in bytes.
pub(super) const SHOWN: u64 = 8 * 1024 * 1024;

/// How much of its end is kept, in bytes.
const KEPT: usize = 64 * 1024;

/// How much of the end is shown after a flood, in bytes.
const LAST_WORDS: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Output {
    shown: u64,
    printed: u64,
    kept: Vec<u8>,
}

impl Output {
    pub(super) fn new(shown: u64) -> Self {
        Self { shown, printed: 0, kept: Vec::new() }
    }

    /// Takes what was printed.
    pub(super) fn take(&mut self, bytes: &[u8], console: &Console) {
        let flooded = self.flooded();
        self.printed = self.printed.saturating_add(bytes.len() as u64);
        self.keep(bytes);
        if !flooded {
            console.foreign(bytes);
            if self.flooded() {
                console.say(&format!("it has printed more than {}: the rest is counted, not shown", size(self.shown)));
            }
        }
    }

    /// Shows the last words of a flood.
    pub(super) fn close(&mut self, console: &Console) {
        if self.flooded() {
            console.say(&format!("it printed {} in all; the last lines:", size(self.printed)));
            let start = self.kept.len().saturating_sub(LAST_WORDS);
            console.foreign(&self.kept[start..]);
            console.foreign(b"\n");
        }
    }

    pub(super) fn printed(&self) -> u64 {
        self.printed
    }

    /// Whether more was printed than is shown.
    pub(super) fn flooded(&self) -> bool {
        self.printed > self.shown
    }

    /// The end of what was printed, for people: UTF-8, no escape sequences, at most 64 KiB, whole lines where there are any.
    pub(super) fn tail(&self) -> String {
        let start = self.kept.len().saturating_sub(KEPT);
        let text = console::plain(&String::from_utf8_lossy(&self.kept[start..]));
        if start == 0 && self.printed == self.kept.len() as u64 && text.len() <= KEPT {
            return text;
        }
        let cut = text.ceil_char_boundary(text.len().saturating_sub(KEPT));
        let cut = text[cut..].find('\n').map_or(cut, |end| cut + end + 1);
        text[cut..].to_owned()
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        // Cut at twice the size, so that each byte is moved at most once.
        if self.kept.len() > 2 * KEPT {
            self.kept.drain(..self.kept.len() - KEPT);
        }
    }
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes >= MIB { format!("{} MiB", bytes / MIB) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_in_whole_lines_and_bounded() {
        let console = Console::silent();
        let mut output = Output::new(SHOWN);
        for number in 0..20_000 {
            output.take(format!("line {number}\n").as_bytes(), &console);
        }
        let tail = output.tail();
        assert!(tail.len() <= KEPT && tail.len() > KEPT - 20, "{}", tail.len());
        assert!(tail.starts_with("line ") && tail.ends_with("line 19999\n"));
    }

    #[test]
    fn rubbish_is_bounded_too() {
        let console = Console::silent();
        let mut output = Output::new(SHOWN);
        output.take(&vec![0xff; 3 * KEPT], &console);
        assert!(output.tail().len() <= KEPT);
        let mut short = Output::new(SHOWN);
        short.take(b"\x1b[31ma\r\nb\rc\xff", &console);
        assert_eq!(short.tail(), "a\nb\nc\u{fffd}");
    }

    #[test]
    fn a_flood_is_said_once_and_its_end_shown() {
        let console = Console::silent();
        let mut output = Output::new(10);
        for _ in 0..3 {
            output.take(b"123456\n", &console);
        }
        output.close(&console);
        insta::assert_snapshot!(console.said(), @r"
        123456
        123456
        it has printed more than 10 bytes: the rest is counted, not shown
        it printed 21 bytes in all; the last lines:
        123456
        123456
        123456
        ");
    }
}
