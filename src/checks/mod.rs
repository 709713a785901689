//! Install and test suites: what a commit must pass before anything is planned for it.
//!
//! Tests have three homes: here (`test-command`), earlier in this job (`test-results`), in other jobs (`tested-by`, which
//! the caller looks up). Code of the tree runs only when reading it found no error.

mod bench;
pub(crate) mod glob;
mod install;
mod installed;
mod junit;
mod look;
mod named;
mod place;
mod python;
mod results;
mod rewritten;
mod step;
mod suite;
mod summary;
mod verdict;
mod versions;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::artefact::Built;
use crate::console::Console;
use crate::context::inputs::Inputs;
use crate::finding::{CheckReport, Finding, Severity, SuiteKind, Tested};
use crate::manifest::Manifest;
use crate::platform::Code;
use crate::problem::Problem;
use crate::process::Walls;
use crate::tree::{Copied, Tree};
use crate::watch::Watch;
use crate::work::Project;
pub(crate) use bench::finding_of;
use bench::{Bench, Done};
use verdict::skipped;

/// What the checks are asked to look at.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The project.
    pub project: &'a Project,
    /// The root of the repository's files at the commit, on disk.
    pub root: &'a Path,
    /// What the commit's own files were when the copy was made; nothing of a copy in which nothing is executed.
    pub copied: &'a Copied,
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
    /// What is compiled after the install and before the tests, if anything is.
    pub build: Option<Wanted<'a>>,
    /// The tests of this very commit that a release was gated on: they do not run again.
    pub recorded: Option<Tested>,
    /// What looking up `tested-by` gave: the names of the check runs that succeeded on this commit, or why they do not
    /// count. `None` when `tested-by` was not given.
    pub elsewhere: Option<Result<Vec<String>, Problem>>,
}

/// What is to be compiled.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The platform's code.
    pub code: &'a dyn Code,
    /// The manifest that was read from source.
    pub manifest: &'a Manifest,
    /// Whether something is to be deployed: only then is a compiler that is not there an error.
    pub needed: bool,
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("code", &self.code.name()).field("needed", &self.needed).finish_non_exhaustive()
    }
}

/// What the checks came to.
#[derive(Debug)]
pub struct Checked {
    /// The report.
    pub report: CheckReport,
    /// What was compiled: it was read and hashed before any test ran.
    pub built: Option<Built>,
}

/// Runs the checks. It always comes to a report: what failed is in it, and what was cancelled keeps what had been printed.
pub async fn run(ask: Ask<'_>, console: &Console, watch: &Watch) -> Checked {
    let errors = ask.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 {
        let why = format!("reading the code found {errors} {}", if errors == 1 { "error" } else { "errors" });
        return Checked { report: not_executed(ask, &why), built: None };
    }
    let Done { suites, findings, tested, built } = Bench::new(&ask, console, watch).check().await;
    let report = CheckReport { suites, findings: ask.findings.into_iter().chain(findings).collect(), tested };
    Checked { report, built }
}

fn not_executed(ask: Ask<'_>, why: &str) -> CheckReport {
    let compiler = ask.build.and_then(|wanted| wanted.code.step());
    let mut suites = vec![skipped(SuiteKind::Install, "install", why)];
    suites.extend(compiler.map(|name| skipped(SuiteKind::Compile, name, why)));
    suites.push(skipped(SuiteKind::Test, "tests", why));
    CheckReport { suites, findings: ask.findings, tested: Tested::Not { why: why.to_owned() } }
}

#[cfg(test)]
mod tests;
