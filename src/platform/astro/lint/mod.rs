//! What would not load, or not as it reads, found without running or installing anything.
//!
//! An error is what Airflow would certainly refuse; the rest is a warning. Each finding has a stable code.

mod dags;
mod files;
mod imports;
mod removed;

use std::collections::BTreeSet;

use ruff_text_size::TextRange;

use super::dag::Declared;
use super::extract::Hidden;
use super::python::remark::Remark;
use super::world::World;
use crate::finding::Finding;

/// What the rules look at, and where they put what they find.
struct Lint<'w, 't> {
    world: &'w World<'t>,
    /// The DAGs that Airflow finds.
    declared: &'w [Declared<'w>],
    /// The places that may make others.
    hidden: &'w [Hidden],
    /// The files that DAGs consist of: those in which Airflow looks, and what these import.
    reachable: BTreeSet<usize>,
    findings: Vec<Finding>,
}

/// All findings of a project, by place.
pub(super) fn all(world: &World<'_>, declared: &[Declared<'_>], hidden: &[Hidden]) -> Vec<Finding> {
    let reachable = (0..world.modules.len()).collect();
    let mut lint = Lint { world, declared, hidden, reachable, findings: Vec::new() };
    lint.project();
    lint.unread();
    lint.files();
    lint.imports();
    lint.dags();
    lint.removed();
    lint.findings.sort_by(|a, b| (&a.place, &a.code).cmp(&(&b.place, &b.code)));
    lint.findings.dedup();
    lint.findings
}

impl Lint<'_, '_> {
    /// Adds what was found at a stretch of a module's source.
    fn remark(&mut self, module: usize, remark: &Remark) {
        let path = &self.world.modules[module].path;
        self.findings.push(remark.finding(path, self.world.text(module)));
    }

    /// Adds an error at a stretch of a module's source.
    fn error(&mut self, module: usize, code: &'static str, range: TextRange, message: impl Into<String>, help: &str) {
        self.remark(module, &Remark::error(code, range, message).help(help));
    }

    /// Adds a warning at a stretch of a module's source.
    fn warning(&mut self, module: usize, code: &'static str, range: TextRange, message: impl Into<String>, help: &str) {
        self.remark(module, &Remark::warning(code, range, message).help(help));
    }
}
