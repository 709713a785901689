//! Keeps the runner from reading foreign output as commands.
//!
//! The runner splits at CR and LF, trims a line and takes it for a command when it begins with `::`, or holds `##[`. Between
//! `::stop-commands::<token>` and `::<token>::` it obeys nothing but the token, which it compares without regard to case.

use std::fmt::Write as _;

/// An open region in which the runner obeys nothing.
#[derive(Debug)]
pub(super) struct Fence {
    token: String,
}

impl Fence {
    /// A region with a fresh token that nobody could have guessed.
    pub(super) fn new() -> Self {
        let mut random = [0_u8; 16];
        if getrandom::fill(&mut random).is_err() {
            // No entropy: an address and a time would be guessable, so every line is broken instead; see `inside`.
            return Self { token: String::new() };
        }
        Self::with_token(random.iter().fold(String::with_capacity(32), |mut token, byte| {
            // Writing to a string cannot fail.
            let _infallible = write!(token, "{byte:02x}");
            token
        }))
    }

    /// A region with this token; an empty one means that there is none, and that lines are broken one by one.
    pub(super) fn with_token(token: String) -> Self {
        Self { token }
    }

    pub(super) fn opening(&self) -> String {
        if self.token.is_empty() { String::new() } else { format!("::stop-commands::{}", self.token) }
    }

    pub(super) fn closing(&self) -> String {
        if self.token.is_empty() { String::new() } else { format!("::{}::", self.token) }
    }

    /// A foreign line as it may stand inside the region.
    pub(super) fn inside(&self, line: &str) -> String {
        if self.token.is_empty() {
            return harmless(line);
        }
        let mut text = line.to_owned();
        // ASCII lower-casing keeps byte positions.
        while let Some(found) = text.to_ascii_lowercase().find(&self.token) {
            text.replace_range(found..found + self.token.len(), "***");
        }
        text
    }
}

/// Whether the runner could take this line for a command.
pub(super) fn could_command(line: &str) -> bool {
    line.split('\r').any(|part| part.trim_start().starts_with("::")) || line.contains("##[")
}

/// The line, changed visibly and as little as needed so that the runner does not take it for a command.
pub(super) fn harmless(line: &str) -> String {
    if !could_command(line) {
        return line.to_owned();
    }
    let parts = line
        .split('\r')
        .map(|part| if part.trim_start().starts_with("::") { format!("| {part}") } else { part.into() });
    parts.collect::<Vec<String>>().join("\r").replace("##[", "## [")
}
