//! Install and test suites: what a commit must pass before anything is planned for it.
//!
//! Tests have three homes: here (`test-command`), earlier in this job (`test-results`), in other jobs (`tested-by`, which
//! the caller looks up). Code of the tree runs only when reading it found no error.

mod bench;
mod glob;
mod install;
mod installed;
mod junit;
mod look;
mod named;
mod place;
mod python;
mod results;
mod step;
mod suite;
mod summary;
mod verdict;
mod versions;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::console::Console;
use crate::context::inputs::Inputs;
use crate::finding::{CheckReport, Finding, Severity, SuiteKind, Tested};
use crate::problem::Problem;
use crate::process::Walls;
use crate::tree::Tree;
use crate::watch::Watch;
use crate::work::Project;
use bench::Bench;
pub(crate) use bench::finding_of;
use verdict::skipped;

/// What the checks are asked to look at.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The project.
    pub project: &'a Project,
    /// The root of the repository's files at the commit, on disk.
    pub root: &'a Path,
    /// The same files as they were read: it knows what git tracks.
    pub tree: &'a Tree,
    /// What was asked for.
    pub inputs: &'a Inputs,
    /// Our variables; children see what is allowed of them, and what `install-env` and `test-env` name.
    pub variables: &'a BTreeMap<String, String>,
    /// What reading and extracting found. An error here, and nothing is executed.
    pub findings: Vec<Finding>,
    /// When the job began, which is before our own process did: results of earlier steps must be newer.
    pub job_started: Timestamp,
    /// What stands between the commands and everything else. Where the walls stand, `root` and `scratch` belong to one room.
    pub walls: &'a Walls,
    /// The repository's own folder, where results that were given lie.
    pub checkout: &'a Path,
    /// A folder for what must not lie in the tree.
    pub scratch: &'a Path,
    /// Whether something after the install (a compiler) needs the dependencies, tests or not.
    pub compiles: bool,
    /// What looking up `tested-by` gave: the names of the check runs that succeeded on this commit, or why they do not
    /// count. `None` when `tested-by` was not given.
    pub elsewhere: Option<Result<Vec<String>, Problem>>,
}

/// Runs the checks. It always comes to a report: what failed is in it, and what was cancelled keeps what had been printed.
pub async fn run(ask: Ask<'_>, console: &Console, watch: &Watch) -> CheckReport {
    let errors = ask.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 {
        let why = format!("reading the code found {errors} {}", if errors == 1 { "error" } else { "errors" });
        return not_executed(ask, &why);
    }
    let (suites, findings, tested) = Bench::new(&ask, console, watch).check().await;
    CheckReport { suites, findings: ask.findings.into_iter().chain(findings).collect(), tested }
}

fn not_executed(ask: Ask<'_>, why: &str) -> CheckReport {
    let suites = vec![skipped(SuiteKind::Install, "install", why), skipped(SuiteKind::Test, "tests", why)];
    CheckReport { suites, findings: ask.findings, tested: Tested::Not { why: why.to_owned() } }
}

#[cfg(test)]
mod tests;
