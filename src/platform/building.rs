//! Building a project: what its compiler is given, and what came of it.

use std::path::Path;
use std::time::Duration;

use crate::artefact::Built;
use crate::console::Console;
use crate::finding::{Finding, Suite, SuiteEnd, SuiteKind};
use crate::manifest::Manifest;
use crate::process::{ChildEnv, Confined, Ran, Walls};
use crate::watch::Watch;
use crate::work::Project;

/// What building a project is given. No credential is in it.
#[derive(Debug)]
pub struct Building<'a> {
    /// The project.
    pub project: &'a Project,
    /// The root of the repository's files at the commit, on disk; what the project depends on is installed in it.
    pub root: &'a Path,
    /// The manifest that was read from source.
    pub manifest: &'a Manifest,
    /// What the compiler sees of our variables.
    pub environment: &'a ChildEnv,
    /// What stands between it and us.
    pub walls: &'a Walls,
    /// Where its output goes.
    pub console: &'a Console,
    /// When to stop.
    pub watch: &'a Watch,
}

/// What building came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The bytes to deploy, and the manifest with what only the compiler knows; absent when it failed.
    pub built: Option<Built>,
    /// What it found, with places in the repository.
    pub findings: Vec<Finding>,
    /// How it ended, for the report of the checks.
    pub suite: Suite,
}

impl Building<'_> {
    /// Runs a program of the tree in the project's folder, as a group of the log with this name.
    pub(super) async fn run(&self, name: &str, argv: Vec<String>, environment: ChildEnv, limit: Duration) -> Ran {
        self.console.group(name);
        let command = Confined::new(self.walls, argv, self.root.join(&self.project.path), environment);
        let ran = command.run(self.console, &self.watch.within(limit)).await;
        self.console.end_group();
        ran
    }
}

impl Compiled {
    /// A build without anything to deploy: `end` is how its step `name` ended, `ran` what was run, if anything.
    pub(super) fn nothing(name: &str, end: SuiteEnd, ran: Option<Ran>, findings: Vec<Finding>) -> Self {
        Self { built: None, findings, suite: suite(name, end, ran) }
    }

    /// A build that came to something to deploy.
    pub(super) fn done(name: &str, built: Built, ran: Ran, findings: Vec<Finding>) -> Self {
        Self { built: Some(built), findings, suite: suite(name, SuiteEnd::Passed, Some(ran)) }
    }
}

fn suite(name: &str, end: SuiteEnd, ran: Option<Ran>) -> Suite {
    let milliseconds = ran.as_ref().map_or(0, |ran| u64::try_from(ran.time.as_millis()).unwrap_or(u64::MAX));
    let quiet = matches!(end, SuiteEnd::Passed | SuiteEnd::Skipped { .. });
    let tail = ran.filter(|_| !quiet).map(|ran| ran.tail).unwrap_or_default();
    Suite {
        kind: SuiteKind::Compile,
        name: name.to_owned(),
        end,
        milliseconds,
        counts: None,
        slowest: Vec::new(),
        tail,
    }
}
