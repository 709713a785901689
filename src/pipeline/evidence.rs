//! What the gate is told, of any deploy.

use super::Run;
use super::desk::Desk;
use super::reviews::Reviews;
use super::shelf::Shelf;
use crate::context::config::Environment;
use crate::context::inputs::PlatformName;
use crate::finding::CheckReport;
use crate::gate::{Evidence, SourceFacts};
use crate::names::EnvironmentName;
use crate::outcome::Stage;
use crate::plan::version::NumberLine;
use crate::problem::Problem;
use crate::release::History;

/// What only the place of the deploy knows; the rest is the run's and the desk's.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) environment: &'a Environment,
    pub(super) target: PlatformName,
    pub(super) source: &'a SourceFacts,
    pub(super) history: &'a Result<History, Problem>,
    pub(super) by_hand: Option<&'a [&'static str]>,
    pub(super) before: Option<(&'a EnvironmentName, &'a Result<History, Problem>)>,
    pub(super) numbers: &'a NumberLine,
    pub(super) reviews: &'a Reviews,
    pub(super) description: &'a str,
}

/// All of it.
pub(super) fn evidence<'a>(run: &'a Run<'_>, shelf: &'a Shelf<'_>, desk: &'a Desk, told: Told<'a>) -> Evidence<'a> {
    let invocation = run.invocation;
    Evidence {
        decision: run.decision,
        inputs: &invocation.inputs,
        event: &invocation.event,
        run: &invocation.run,
        config: &invocation.config,
        policy_unreadable: invocation.policy_unreadable.as_ref(),
        environment: told.environment,
        default_branch: invocation.repository.default_branch.as_ref(),
        projects: shelf.project_ids(),
        source: told.source,
        checks: checks(desk.checks()),
        handed: desk.handed(),
        artefact: desk.artefact(told.target),
        confinement: desk.confinement(),
        history: told.history,
        by_hand: told.by_hand,
        before: told.before,
        numbers: told.numbers,
        reviewed: &told.reviews.reviewed,
        unshown: &told.reviews.unshown,
        description: told.description,
        now: (run.edges.clock)(),
    }
}

fn checks(checks: &Stage<CheckReport>) -> Result<&CheckReport, String> {
    match checks {
        Stage::Done(report) => Ok(report),
        Stage::Failed(problem) => Err(problem.to_string()),
        Stage::NotReached(why) => Err(why.clone()),
    }
}
