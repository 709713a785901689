//! Remarks on source, and what the checks of a commit came to.

use std::borrow::Cow;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::Place;

/// How grave a finding or a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it.
    Warning,
    /// It cannot stay so: the checks have failed.
    Error,
}

/// A coded remark on source: a parse error, a failed test, a lint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable, kebab-case.
    pub code: Cow<'static, str>,
    /// How grave.
    pub severity: Severity,
    /// Where; absent when no file is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// What is the matter: a lower-case fragment.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
    /// The lines around the place with a mark under it, plain text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame: Option<String>,
}

impl Finding {
    /// A finding of this severity.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), severity, place: None, message: message.into(), help: None, frame: None }
    }

    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A remark.
    pub fn info(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Shows the source around the place.
    #[must_use]
    pub fn frame(mut self, frame: impl Into<String>) -> Self {
        self.frame = Some(frame.into());
        self
    }
}

/// How one command of the checks (install, compile, test suite) ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum SuiteEnd {
    /// It exited 0, and ran something.
    Passed,
    /// It exited with another code, or its JUnit file names failures.
    Failed {
        /// The exit code; absent when the command exited 0 and the JUnit file says otherwise.
        code: Option<i32>,
    },
    /// It exited 0 without running a single test.
    RanNothing,
    /// It could not be started.
    NotStarted {
        /// Why: not found, not executable, wrong version.
        why: String,
    },
    /// It was killed at its time limit.
    TimedOut,
    /// It died by a signal that we did not send.
    Killed {
        /// The signal's number.
        signal: i32,
    },
    /// The run was cancelled.
    Cancelled,
    /// It was not meant to run, or something before it failed.
    Skipped {
        /// Why.
        why: String,
    },
}

/// One test case, as a JUnit file tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// The case's full name, suite first.
    pub name: String,
    /// Seconds are what JUnit has; we keep milliseconds.
    pub milliseconds: u64,
}

/// What a test suite counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Cases that passed.
    pub passed: u64,
    /// Cases that failed or had an error.
    pub failed: u64,
    /// Cases that were skipped.
    pub skipped: u64,
}

impl Counts {
    /// Cases that really ran.
    pub fn ran(self) -> u64 {
        self.passed.saturating_add(self.failed)
    }

    /// Both together. What a file claims is believed only up to the largest number.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed.saturating_add(other.passed),
            failed: self.failed.saturating_add(other.failed),
            skipped: self.skipped.saturating_add(other.skipped),
        }
    }
}

/// What part of the checks a suite is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteKind {
    /// Dependencies are installed.
    Install,
    /// The platform's own compiler or parser ran.
    Compile,
    /// The test suite.
    Test,
}

/// One command of the checks, or one set of results that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suite {
    /// Which part of the checks.
    pub kind: SuiteKind,
    /// What was run, as a person would type it; or where the results came from.
    pub name: String,
    /// How it ended.
    pub end: SuiteEnd,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
    /// What it counted; absent when nothing countable was printed or written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counts: Option<Counts>,
    /// The slowest cases, slowest first, at most ten.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub slowest: Vec<Case>,
    /// The last lines it printed, kept when it did not pass; at most 64 KiB.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub tail: String,
}

impl Suite {
    /// Whether this suite lets the run go on: it passed, or was not meant to run.
    pub fn lets_on(&self) -> bool {
        matches!(self.end, SuiteEnd::Passed | SuiteEnd::Skipped { .. })
    }

    /// Wall time.
    pub fn time(&self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}

/// Whether tests stand behind a commit, and where they ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "where")]
pub enum Tested {
    /// In this run.
    Here,
    /// By a recorded release of the same commit.
    Recorded {
        /// The release's version.
        version: String,
    },
    /// By other check runs on the same commit, which succeeded.
    Elsewhere {
        /// Their names.
        by: Vec<String>,
    },
    /// Not by Airlock: `test-command: none`, or nothing to run was found.
    Not {
        /// Why.
        why: String,
    },
}

/// What the checks of one project at one commit came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The commands and given results, in order.
    pub suites: Vec<Suite>,
    /// All findings, of parsing and of tests.
    pub findings: Vec<Finding>,
    /// Where the tests ran.
    pub tested: Tested,
}

impl CheckReport {
    /// Whether parse, compile and tests hold: no error finding and no suite that stops the run.
    pub fn passed(&self) -> bool {
        self.errors() == 0 && self.suites.iter().all(Suite::lets_on)
    }

    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    /// The sum of what the test suites counted.
    pub fn counts(&self) -> Counts {
        self.suites.iter().filter_map(|suite| suite.counts).fold(Counts::default(), Counts::plus)
    }
}
