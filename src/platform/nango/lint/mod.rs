//! What would not be deployed as it reads, or not at all, found without running or installing anything.
//!
//! An error is what a deploy would certainly fail at, or what makes `index.ts` deploy something else than it names; the rest is
//! a warning. The rules are those of the CLI and the server at 0.71; each finding has a stable code.

mod endpoints;
mod files;
mod function;
mod index;
mod project;
mod unread;
mod untested;

use std::collections::{BTreeMap, BTreeSet};

use oxc_span::Span;

use super::function::Function;
use super::remark::{Reach, Remark};
use super::world::{Target, World};
use crate::finding::Finding;
use crate::names::Place;
use crate::platform::parse::frame::Lines;

/// What the rules look at, and where they put what they find.
struct Lint<'w, 't> {
    world: &'w World<'t>,
    /// The functions that are deployed.
    functions: &'w [Function<'w>],
    /// The modules that `index.ts` deploys.
    entries: BTreeSet<usize>,
    /// These, and all that they import.
    reachable: BTreeSet<usize>,
    /// Of these, what the bundler follows.
    bundled: BTreeSet<usize>,
    findings: Vec<Finding>,
    /// The lines of the modules that something was found in.
    lines: BTreeMap<usize, Lines<'t>>,
}

/// All findings of a project, by place.
pub(super) fn all(world: &World<'_>, functions: &[Function<'_>]) -> Vec<Finding> {
    let entries: BTreeSet<usize> =
        world.entries.iter().filter_map(|(_, path)| world.module(path.as_deref()?)).collect();
    let mut lint = Lint {
        world,
        functions,
        reachable: world.closure(entries.iter().copied(), false),
        bundled: world.closure(entries.iter().copied(), true),
        entries,
        findings: Vec::new(),
        lines: BTreeMap::new(),
    };
    lint.unread();
    lint.project();
    lint.index();
    lint.files();
    lint.each_function();
    lint.endpoints_and_models();
    lint.untested();
    lint.findings.sort_by(|a, b| (&a.place, &a.code).cmp(&(&b.place, &b.code)));
    lint.findings
}

impl Lint<'_, '_> {
    /// Adds what was found at a stretch of a module's source.
    fn remark(&mut self, module: usize, remark: &Remark) {
        let world = self.world;
        let lines = self.lines.entry(module).or_insert_with(|| Lines::new(world.text(module)));
        self.findings.push(remark.finding(&world.modules[module].path, lines));
    }

    /// Adds an error at a stretch of a module's source.
    fn error(&mut self, module: usize, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        self.remark(module, &Remark::error(Reach::Any, code, span, message).help(help));
    }

    /// Adds a warning at a stretch of a module's source.
    fn warning(&mut self, module: usize, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        self.remark(module, &Remark::warning(Reach::Any, code, span, message).help(help));
    }

    /// A whole file of the project.
    fn file(&self, path: &str) -> Place {
        Place::file(crate::tree::join(self.world.folder, path))
    }
}
