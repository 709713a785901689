//! What went wrong, as data: it travels in the outcome, is told to people, and decides the exit code.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::Place;

/// The exit codes of the program; part of its contract.
pub mod exit {
    /// Done, or nothing to do.
    pub const DONE: u8 = 0;
    /// A fault of Airlock's own.
    pub const BUG: u8 = 1;
    /// An input, the configuration or the event cannot be used.
    pub const INPUT: u8 = 2;
    /// The code did not parse, compile or pass its tests.
    pub const CHECKS: u8 = 3;
    /// The gate refused.
    pub const REFUSED: u8 = 4;
    /// The platform failed, or what is live could not be confirmed.
    pub const PLATFORM: u8 = 5;
    /// GitHub, or the release history, could not be read where the gate needed it.
    pub const UNREADABLE: u8 = 6;
    /// Ended by SIGINT.
    pub const INTERRUPTED: u8 = 130;
    /// Ended by SIGTERM.
    pub const TERMINATED: u8 = 143;
}

/// Whose fault a problem is: it decides the exit code and the tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Airlock's own.
    Bug,
    /// An input, the configuration, the event, the checkout.
    Input,
    /// The code under test.
    Checks,
    /// The gate said no.
    Refused,
    /// The place deployed to.
    Platform,
    /// GitHub or the history could not be read or written.
    Unreadable,
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Fault {
    /// The exit code of a run that ends with this fault.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Bug => exit::BUG,
            Self::Input => exit::INPUT,
            Self::Checks => exit::CHECKS,
            Self::Refused => exit::REFUSED,
            Self::Platform => exit::PLATFORM,
            Self::Unreadable => exit::UNREADABLE,
            Self::Interrupted => exit::INTERRUPTED,
            Self::Terminated => exit::TERMINATED,
        }
    }
}

/// One thing that went wrong: what happened, where, why, and what to do next.
///
/// Texts are lower-case fragments without a full stop; `causes` never repeat `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Stable, kebab-case; documented in `docs/`.
    pub code: Cow<'static, str>,
    /// Whose fault it is.
    pub fault: Fault,
    /// What happened.
    pub text: String,
    /// Where, when a file of the repository is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// Why, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub causes: Vec<String>,
    /// What to do next, one step a line.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub help: Vec<String>,
}

impl Problem {
    /// A problem with a code, a fault and a sentence.
    pub fn new(code: &'static str, fault: Fault, text: impl Into<String>) -> Self {
        Self { code: code.into(), fault, text: text.into(), place: None, causes: Vec::new(), help: Vec::new() }
    }

    /// Bad input, configuration or event.
    pub fn input(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Fault::Input, text)
    }

    /// A broken promise of our own.
    pub fn bug(text: impl Into<String>) -> Self {
        Self::new("internal", Fault::Bug, text).help("this is a fault of airlock: please report it with this text")
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds an error and its sources as causes.
    #[must_use]
    pub fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let said = error.to_string();
            if self.causes.last() != Some(&said) {
                self.causes.push(said);
            }
            next = error.source();
        }
        self
    }

    /// Adds a cause in words.
    #[must_use]
    pub fn cause(mut self, text: impl Into<String>) -> Self {
        self.causes.push(text.into());
        self
    }

    /// Adds a next step.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.text)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

/// Several problems at once; never empty when returned as an error.
pub type Problems = Vec<Problem>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("disk full");
        let problem = Problem::bug("cannot write").because(&inner);
        assert_eq!(problem.to_string(), "cannot write: disk full");
    }
}
