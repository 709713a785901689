//! What was found in one file, before it is known how much the file matters.

use ruff_text_size::TextRange;

use crate::finding::{Finding, Severity};
use crate::platform::parse::frame::{frame, place};

/// A finding that has a stretch of source and not yet a place.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Remark {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// How grave.
    pub severity: Severity,
    /// The source it is about.
    pub range: TextRange,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Remark {
    /// An error.
    pub(in super::super) fn error(code: &'static str, range: TextRange, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, range, message: message.into(), help: None }
    }

    /// A warning.
    pub(in super::super) fn warning(code: &'static str, range: TextRange, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, range, message) }
    }

    /// Says what to do.
    pub(in super::super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding, with its place and the lines around it.
    pub(in super::super) fn finding(&self, path: &str, text: &str) -> Finding {
        let range = self.range.start().to_usize()..self.range.end().to_usize();
        let mut finding = Finding::new(self.severity, self.code, &self.message).at(place(path, text, range.start));
        finding.help.clone_from(&self.help);
        finding.frame = frame(path, text, range, "");
        finding
    }
}
