//! Previews of pull requests: made and deployed to by their runs ([`raise`]), removed when they are closed, and looked for
//! afterwards ([`clear`]).
//!
//! What cannot have a preview says so and keeps no review from its reader.

mod clear;
mod raise;

use super::desk::Desk;
use super::shelf::{Shelf, target_of};
use super::{Run, reach};
use crate::context::inputs::PlatformName;
use crate::names::{EnvironmentName, LaneId, ProjectId};
use crate::outcome::{PreviewEnd, PreviewOutcome};
use crate::platform::{self, Platform, Previews};
use crate::policy::{Reach, Target};
use crate::problem::Problem;
use crate::work::Project;
use clear::Clearing;

/// What becomes of the previews that this run is about.
pub(super) async fn of(run: &Run<'_>, shelf: &Shelf<'_>, desks: &[Desk]) -> Vec<PreviewOutcome> {
    let Reach::Apply(target) = &run.decision.reach else { return Vec::new() };
    let mut told = Vec::new();
    match target {
        Target::Live { .. } => {}
        Target::Preview { pull } => {
            for desk in desks {
                let project = &desk.project().id;
                told.push(outcome_of(project, *pull, Box::pin(raise::raised(run, shelf, desk, *pull)).await));
            }
        }
        Target::Teardown { pull } => {
            for project in shelf.projects() {
                told.extend(Clearing { run, project }.only(*pull).await);
            }
        }
        Target::Leftovers => {
            for project in shelf.projects() {
                told.extend(Clearing { run, project }.leftovers().await);
            }
        }
    }
    told
}

fn outcome_of(project: &ProjectId, pull: u64, end: PreviewEnd) -> PreviewOutcome {
    PreviewOutcome { project: project.clone(), pull, environment: EnvironmentName::of_pull(pull), end }
}

/// The place that a project's previews are made from; why it has none.
fn place<'r>(run: &'r Run<'r>, project: &Project) -> Result<Box<dyn Platform + 'r>, PreviewEnd> {
    let none = |why: String| Err(PreviewEnd::None(why));
    let Some(environment) = run.invocation.config.previewed() else {
        return none("previews are made from an environment that is not production, and there is none".to_owned());
    };
    let target = target_of(run, project, environment);
    let code = platform::code(project.platform).map_err(PreviewEnd::Failed)?;
    if target == PlatformName::Local || !code.has_previews() {
        return none(format!("`{}` has no previews of pull requests", target.as_str()));
    }
    let lane = LaneId { project: project.id.clone(), environment: environment.name.clone() };
    let sole = run.invocation.config.environments.len() == 1;
    let access = reach::access(run, project, &lane, environment, sole);
    match (run.edges.connect)(target, &access) {
        Ok(place) => Ok(place),
        Err(problem) if problem.code == "key-missing" => none(problem.to_string()),
        Err(problem) => Err(PreviewEnd::Failed(problem)),
    }
}

fn previews<'p>(place: &'p (dyn Platform + '_)) -> Result<&'p dyn Previews, PreviewEnd> {
    place.previews().ok_or_else(|| PreviewEnd::Failed(Problem::bug("a platform that has previews offers none")))
}
