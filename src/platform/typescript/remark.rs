//! What was found in one file, before it is known how much the file matters.

use oxc_span::Span;

use crate::finding::{Finding, Severity};
use crate::platform::parse::frame::{Lines, place};

/// For which files a remark counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) enum Reach {
    /// Every file that was read; an error only where the file is deployed.
    Any,
    /// Files that are bundled into a function.
    Bundled,
    /// Files that `index.ts` names.
    Entry,
}

/// A finding that has a stretch of source and not yet a place.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::platform) struct Remark {
    /// Where it counts.
    pub reach: Reach,
    /// Stable, kebab-case.
    pub code: &'static str,
    /// How grave where it counts.
    pub severity: Severity,
    /// The source it is about.
    pub span: Span,
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Remark {
    /// An error.
    pub(in crate::platform) fn error(reach: Reach, code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { reach, code, severity: Severity::Error, span, message: message.into(), help: None }
    }

    /// A warning.
    pub(in crate::platform) fn warning(
        reach: Reach,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(reach, code, span, message) }
    }

    /// Says what to do.
    pub(in crate::platform) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding, with its place and the lines around it.
    pub(in crate::platform) fn finding(&self, path: &str, lines: &Lines<'_>) -> Finding {
        let (start, end) = (self.span.start as usize, self.span.end as usize);
        let mut finding = Finding::new(self.severity, self.code, &self.message).at(lines.place(path, start));
        finding.help.clone_from(&self.help);
        finding.frame = lines.frame(path, start..end, "");
        finding
    }
}

/// The place where a stretch of source begins.
pub(in crate::platform) fn at(path: &str, text: &str, span: Span) -> crate::names::Place {
    place(path, text, span.start as usize)
}
