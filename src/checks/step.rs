//! One command of the checks: chosen, or not, and why.

use std::path::PathBuf;
use std::time::Duration;

use super::look::{Lock, Manager};
use crate::finding::SuiteKind;
use crate::process::{ChildEnv, is_on_path};

/// A command to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: SuiteKind,
    /// What a person would type: without what we add to it.
    pub(super) name: String,
    pub(super) argv: Vec<String>,
    /// The folder to run in, from the root.
    pub(super) folder: String,
    /// The JUnit file that it is asked to write, outside the tree.
    pub(super) junit: Option<PathBuf>,
    /// Its time limit.
    pub(super) limit: Duration,
}

/// What was decided for one part of the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// To run this.
    Run(Step),
    /// To run nothing, which is fine.
    Skip {
        /// What is not run.
        name: String,
        /// Why.
        why: String,
    },
    /// To run nothing, which may be felt later: a warning.
    Without {
        /// What is not run.
        name: String,
        /// Why.
        why: String,
        /// What to do.
        help: String,
    },
    /// What would have to be run cannot be.
    Cannot {
        /// What is not run.
        name: String,
        /// Why.
        why: String,
        /// What to do.
        help: String,
    },
}

impl Choice {
    pub(super) fn skip(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Skip { name: name.into(), why: why.into() }
    }

    /// The command, if one is to run.
    pub(super) fn step(&self) -> Option<&Step> {
        match self {
            Self::Run(step) => Some(step),
            Self::Skip { .. } | Self::Without { .. } | Self::Cannot { .. } => None,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Run(step) => &step.name,
            Self::Skip { name, .. } | Self::Without { name, .. } | Self::Cannot { name, .. } => name,
        }
    }
}

/// The longest command that is shown whole, in characters.
const LONGEST: usize = 200;

/// Arguments as a person would type them, on one line; a very long one is cut.
pub(super) fn typed(argv: &[String]) -> String {
    let quoted = shlex::try_join(argv.iter().map(String::as_str)).unwrap_or_else(|_| argv.join(" "));
    let shown = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    let more = if quoted.chars().nth(LONGEST).is_some() { "…" } else { "" };
    quoted.chars().take(LONGEST).map(shown).chain([more.to_owned()]).collect()
}

/// Words as arguments.
pub(super) fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A package manager with these arguments: through corepack where `packageManager` names it, or where it is not there itself.
pub(super) fn with_manager(
    manager: Manager,
    named: Option<&str>,
    environment: &ChildEnv,
    words: &[&str],
) -> Vec<String> {
    let program = manager.program();
    let is_named = named.is_some_and(|named| named.split('@').next() == Some(program));
    let through = manager != Manager::Npm
        && (is_named || !is_on_path(program, environment))
        && is_on_path("corepack", environment);
    let start: &[&str] = if through { &["corepack", program] } else { &[program] };
    start.iter().chain(words).map(|word| (*word).to_owned()).collect()
}

/// The manager that runs scripts: the lockfile's, else the one that is named, else npm.
pub(super) fn script_manager(lock: Option<&Lock>, named: Option<&str>) -> Manager {
    match (lock, named.and_then(|named| named.split('@').next())) {
        (Some(lock), _) => lock.manager,
        (None, Some("pnpm")) => Manager::Pnpm,
        (None, Some("yarn")) => Manager::YarnBerry,
        (None, Some("bun")) => Manager::Bun,
        (None, _) => Manager::Npm,
    }
}
