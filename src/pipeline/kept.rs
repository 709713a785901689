//! What a platform itself keeps: the newest release while it cannot tell what runs, and earlier deploys for a rollback.

use std::borrow::Cow;

use super::Run;
use super::desk::Desk;
use super::handover;
use crate::manifest::Manifest;
use crate::plan::laid::Laid;
use crate::plan::message::Code;
use crate::plan::{Basis, Observed, Plan};
use crate::platform::{Payload, Platform};
use crate::policy::Intent;
use crate::problem::Problem;
use crate::release::{History, Release};

/// A lane's platform, or why there is none in this run.
type Reached<'p> = Result<Box<dyn Platform + 'p>, Problem>;

/// What was observed; where the platform could not tell, and still has the newest release, what that declares.
pub(super) fn held<'o>(
    platform: &Reached<'_>,
    laid: Option<&Laid>,
    current: Option<&Release>,
    observed: &'o Observed,
) -> Cow<'o, Observed> {
    let holds = |release: &Release| platform.as_ref().is_ok_and(|platform| platform.holds(release));
    match (&observed.basis, laid, current) {
        (Basis::Unknown { .. }, Some(laid), Some(release)) if holds(release) => {
            let basis = Basis::Recorded { version: laid.version.clone(), commit: laid.commit.clone() };
            let extras = observed.extras.clone();
            Cow::Owned(Observed { basis, manifest: laid.manifest.clone(), extras })
        }
        _ => Cow::Borrowed(observed),
    }
}

/// What the platform kept of the release that a rollback goes back to; `None` where that is deployed anew.
pub(super) fn earlier(
    run: &Run<'_>,
    desk: &Desk,
    platform: &Reached<'_>,
    history: &Result<History, Problem>,
) -> Option<String> {
    let history = history.as_ref().ok().filter(|_| run.decision.intent == Intent::Rollback)?;
    let inputs = &run.invocation.inputs;
    let release = match (&inputs.version, &inputs.deploy) {
        (_, Some(deploy)) => history.of_deploy(deploy)?,
        (Some(version), None) => history.of_version(version)?,
        (None, None) => history.of_commit(&desk.source().commit)?,
    };
    platform.as_ref().ok()?.keeps(release)
}

/// That as a payload.
pub(super) fn native(platform_ref: String, manifest: &Manifest) -> Payload {
    Payload::Native { platform_ref, manifest: Box::new(manifest.clone()) }
}

/// What is sent: what the platform kept, else what this run made.
pub(super) fn or<'p>(native: Option<&'p Payload>, made: Option<&'p Payload>) -> Result<&'p Payload, Problem> {
    native.or(made).ok_or_else(handover::not_compiled)
}

/// A plan that brings the image too: a platform's own rollback brings back all there was, and a run may have one along.
pub(super) fn whole(
    mut plan: Plan,
    run: &Run<'_>,
    desk: &Desk,
    platform: &Reached<'_>,
    history: &Result<History, Problem>,
) -> Plan {
    let is_native = earlier(run, desk, platform, history).is_some();
    let brings = is_native || platform.as_ref().is_ok_and(|platform| platform.brings_image());
    plan.messages.retain(|message| !brings || message.code != Code::ImageNeeded);
    plan
}
