//! Reaching the platform of a lane, with what the run holds.

use super::desk::Desk;
use super::shelf::{Shelf, target_of};
use super::{Run, declared, facts};
use crate::context::config::Environment;
use crate::context::config::command::CommandSpec;
use crate::context::inputs::PlatformName;
use crate::manifest::{Manifest, Origin};
use crate::names::LaneId;
use crate::plan::part::{Kinds, Part};
use crate::plan::{Basis, Extras, Observed};
use crate::platform::command::live::Door;
use crate::platform::paragon::live::CLI_KEY;
use crate::platform::{Access, Platform};
use crate::policy::{Intent, Step};
use crate::problem::{Fault, Problem};
use crate::release::History;
use crate::work::{LaneSpec, Project};

/// Why nothing is known of what stands beside the resources.
const NO_COMMAND: &str = "no command tells what is there";

/// The code of a project whose commands are not run in a run that changes nothing.
pub(super) const NOT_ASKED: &str = "not-asked";

/// The place that a lane deploys to; the reason why this run has none.
pub(super) async fn connect<'r>(
    run: &'r Run<'r>,
    shelf: &Shelf<'_>,
    desk: &'r Desk,
    spec: &'r LaneSpec,
    history: &Result<History, Problem>,
) -> Result<Box<dyn Platform + 'r>, Problem> {
    let project = desk.project();
    let target = target_of(run, project, &spec.environment);
    shelf.remark(handed_out(project, target, spec));
    let sole = run.decision.environments.len() == 1;
    let mut access = access(run, project, &spec.id, &spec.environment, sole);
    let commands = project.command.as_ref();
    if let Some(command) = commands.filter(|_| target == PlatformName::Command || is_pushed(run, spec, target)) {
        access.command = Some(door(run, shelf, desk, command, (spec, history)).await?);
    }
    (run.edges.connect)(target, &access)
}

/// What reaches a lane's place, as far as the run holds it: the project's own commands come on top.
pub(super) fn access<'a, 'd>(
    run: &'a Run<'_>,
    project: &'a Project,
    lane: &'a LaneId,
    environment: &Environment,
    sole: bool,
) -> Access<'a, 'd> {
    Access {
        root: &run.invocation.repository.root,
        project,
        lane,
        first: environment.after.is_none(),
        environments: run.invocation.config.environments.iter().map(|known| known.name.clone()).collect(),
        keys: run.edges.keys,
        sole,
        variables: run.edges.variables,
        command: None,
        image: run.invocation.inputs.image.as_deref(),
        now: (run.edges.clock)(),
    }
}

/// Which keys leave Airlock's own hands when the project is deployed, and to whom.
fn handed_out(project: &Project, target: PlatformName, spec: &LaneSpec) -> Option<String> {
    let keyed = project.command.as_ref().map(|command| &command.keyed).filter(|keyed| keyed.deploy.is_some())?;
    let own = match target {
        PlatformName::Paragon if spec.environment.after.is_none() => Some(CLI_KEY),
        PlatformName::Command => None,
        PlatformName::Paragon | PlatformName::Nango | PlatformName::Astro | PlatformName::Local => return None,
    };
    let names = own.into_iter().chain(keyed.env.iter().map(String::as_str));
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let says = format!("a deploy of `{}` hands {} to a command of its own", project.id, names.join(", "));
    (!names.is_empty()).then_some(says)
}

/// Whether this run may push a project to Paragon. Without its command the environment is read all the same.
fn is_pushed(run: &Run<'_>, spec: &LaneSpec, target: PlatformName) -> bool {
    target == PlatformName::Paragon && spec.environment.after.is_none() && may_deploy(run, spec)
}

fn may_deploy(run: &Run<'_>, spec: &LaneSpec) -> bool {
    spec.applies && run.decision.reach.includes(Step::ApplyPreview)
}

/// What a project's own commands take. They are handed their variables where something is deployed, and nowhere else.
async fn door<'r>(
    run: &'r Run<'r>,
    shelf: &Shelf<'_>,
    desk: &Desk,
    command: &'r CommandSpec,
    (spec, history): (&LaneSpec, &Result<History, Problem>),
) -> Result<Door<'r>, Problem> {
    if !may_deploy(run, spec) {
        let says = "the project's own commands run where something is deployed, and nowhere else";
        return Err(Problem::new(NOT_ASKED, Fault::Platform, says));
    }
    let history = history.as_ref().map_err(Clone::clone)?;
    let recorded = match history.current() {
        // Nothing was ever released, and no command tells what else could be there.
        None => {
            Observed { basis: Basis::None, manifest: Manifest::empty(Origin::Live), extras: Extras::none(NO_COMMAND) }
        }
        Some(release) => {
            let commit = release.record.commit.clone();
            let manifest = facts::manifest_at(run, shelf, desk.code(), desk.project(), &commit).await?;
            let basis = Basis::Recorded { version: release.record.version.clone(), commit };
            Observed { basis, manifest, extras: Extras::none(NO_COMMAND) }
        }
    };
    let commit = shelf.tip().cloned().ok_or_else(|| {
        Problem::input("policy-unreadable", "the default branch is not known, so neither are the commands")
    })?;
    Ok(Door { hand: declared::hand(run)?, keyed: &command.keyed, commit, recorded })
}

/// The part of the project that `only` names. A look for drift is about everything; going back and adopting have no parts.
pub(super) fn part(run: &Run<'_>, desk: &Desk, target: PlatformName) -> Result<Option<Part>, Problem> {
    let Some(typed) = &run.invocation.inputs.only else { return Ok(None) };
    let kinds = match (run.decision.intent, target) {
        (Intent::Drift, _) => return Ok(None),
        (Intent::Rollback | Intent::Adopt, _) => {
            return Err(Problem::input("only-unusable", "`only` goes with a deploy, and not with this `mode`")
                .help("leave `only` empty: a rollback and an adoption are of the whole project"));
        }
        (_, PlatformName::Local) => Kinds { of_a_group: &[], single: &[] },
        _ => desk.code().parts(),
    };
    Part::of(typed, desk.declared(), kinds).map(Some)
}
