//! Reaching the platform of a lane, with what the run holds.

use super::desk::Desk;
use super::shelf::{Shelf, target_of};
use super::{Run, facts};
use crate::context::inputs::PlatformName;
use crate::names::EnvironmentName;
use crate::plan::laid::Laid;
use crate::platform::{self, Access, Platform};
use crate::problem::Problem;
use crate::release::{History, Release};
use crate::work::{Against, LaneSpec, Project};

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

/// The newest release of this sort as its commit declares it, where a platform is asked that does not give code back. An error is why
/// the commit could not be read: code is then not known, which a plan says by itself.
pub(super) async fn laid(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    desk: &Desk,
    spec: &LaneSpec,
    history: &Result<History, Problem>,
    which: fn(&History) -> Option<&Release>,
) -> Option<Laid> {
    let asked =
        spec.against == Against::Service && target_of(run, desk.project(), &spec.environment) != PlatformName::Local;
    let release = which(history.as_ref().ok().filter(|_| asked)?)?;
    let closed = release.closed?;
    let commit = &release.record.commit;
    let manifest = if *commit == desk.source().commit {
        desk.declared().clone()
    } else {
        facts::manifest_at(run, shelf, desk.code(), desk.project(), commit).await.ok()?
    };
    Some(Laid { manifest, version: release.record.version.clone(), commit: commit.clone(), closed })
}
