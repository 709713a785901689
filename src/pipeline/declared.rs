//! What a project declares at a commit: read from its files, or written by a command of its own.

use super::Run;
use super::checking::executes_here;
use super::shelf::Shelf;
use crate::finding::{Finding, Severity};
use crate::manifest::{Manifest, Origin};
use crate::names::CommitSha;
use crate::platform::command::{self, Hand};
use crate::platform::{Code, Extracted};
use crate::problem::{Fault, Problem};
use crate::tree::Tree;
use crate::work::Project;

/// The code by which a manifest is missing altogether.
const MISSING: [&str; 2] = ["manifest-not-run", "manifest-unreadable"];

/// Reads a project at a commit. Where a command of its own writes the manifest, that runs in a copy of the commit like every
/// other code of the tree, or not at all; then an error finding says so.
pub(super) async fn at(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    code: &'static dyn Code,
    project: &Project,
    tree: &Tree,
    commit: &CommitSha,
) -> Result<Extracted, Problem> {
    let own = project.command.as_ref().filter(|command| command.manifest.is_some());
    let Some(own) = own.filter(|_| executes_here(run)) else { return Ok(code.extract(project, tree)) };
    if let Some(known) = shelf.declared(&project.id, commit) {
        return Ok(known);
    }
    let read = command::manifest(hand(run)?, project, own, commit, run.edges.watch).await?;
    let extracted = match read {
        Ok(manifest) => Extracted { manifest, findings: Vec::new() },
        Err(finding) => Extracted { manifest: Manifest::empty(Origin::Source), findings: vec![finding] },
    };
    shelf.keep_declared(&project.id, commit, &extracted);
    Ok(extracted)
}

/// What runs a project's own commands.
pub(super) fn hand<'a>(run: &'a Run<'a>) -> Result<Hand<'a>, Problem> {
    let edges = run.edges;
    Ok(Hand { walls: run.walls()?, git: edges.git, console: &edges.console, variables: edges.variables })
}

/// Whether nothing at all is known of what a project declares.
pub(super) fn is_missing(finding: &Finding) -> bool {
    finding.severity == Severity::Error && MISSING.contains(&finding.code.as_ref())
}

/// The same as a problem, of a commit that something is compared with.
pub(super) fn missing(finding: &Finding, commit: &CommitSha) -> Problem {
    let says = format!("what {} declares is not known", commit.short());
    let problem = Problem::new("manifest-unreadable", Fault::Checks, says).cause(finding.message.clone());
    finding.help.iter().fold(problem, |problem, help| problem.help(help.clone()))
}
