//! Reaching the platform of a lane, with what the run holds.

use super::Run;
use super::shelf::target_of;
use crate::names::EnvironmentName;
use crate::platform::{self, Access, Platform};
use crate::problem::Problem;
use crate::work::{LaneSpec, Project};

/// The place that a lane deploys to; the reason why this run has none.
pub(super) fn connect(run: &Run<'_>, project: &Project, spec: &LaneSpec) -> Result<Box<dyn Platform>, Problem> {
    let environments = &run.invocation.config.environments;
    let names: Vec<EnvironmentName> = environments.iter().map(|environment| environment.name.clone()).collect();
    let access = Access {
        root: &run.invocation.repository.root,
        folder: &project.path,
        lane: &spec.id,
        environments: &names,
        keys: run.edges.keys,
        sole: run.decision.environments.len() == 1,
        variables: run.edges.variables,
    };
    platform::connect(target_of(run, project, &spec.environment), &access)
}
