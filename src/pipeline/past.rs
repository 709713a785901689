//! What the releases say of what runs, beside what a platform tells: the code that it does not give back, and everything behind
//! a name where names are all that could be read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::desk::Desk;
use super::shelf::{Shelf, target_of};
use super::{Run, facts};
use crate::context::inputs::PlatformName;
use crate::manifest::{Manifest, ResourceId};
use crate::plan::Observed;
use crate::plan::laid::{self, Laid, Overlaid};
use crate::platform::{Code, NamesOnly};
use crate::policy::Intent;
use crate::problem::Problem;
use crate::release::{History, Release};
use crate::work::{Against, LaneSpec};

/// The releases of a lane, as far as a plan asks of them. Empty where no platform is asked, and for the embedded one, which
/// gives everything back.
#[derive(Default)]
pub(super) struct Past {
    /// The newest that succeeded.
    laid: Option<Laid>,
    /// The newest that the platform took, confirmed or not.
    taken: Option<Laid>,
}

impl Past {
    pub(super) async fn of(
        run: &Run<'_>,
        shelf: &Shelf<'_>,
        desk: &Desk,
        spec: &LaneSpec,
        history: &Result<History, Problem>,
    ) -> Self {
        let is_local = target_of(run, desk.project(), &spec.environment) == PlatformName::Local;
        let (Ok(history), Against::Service, false) = (history, &spec.against, is_local) else { return Self::default() };
        Self {
            laid: laid_by(run, shelf, desk, history, history.current()).await,
            taken: laid_by(run, shelf, desk, history, history.taken()).await,
        }
    }

    /// What was observed, with what the newest release knows beside. A look for drift takes nothing from the record where only
    /// names were read: the record compared with itself would show no drift.
    pub(super) fn over(
        &self,
        run: &Run<'_>,
        code: &'static dyn Code,
        desired: &Manifest,
        observed: &Observed,
        names_only: Option<&NamesOnly>,
    ) -> Overlaid {
        let observed = observed.clone();
        match (names_only, &self.taken, &self.laid) {
            (Some(names), Some(taken), _) if run.decision.intent != Intent::Drift => {
                Overlaid { observed: laid::recorded(observed, taken, names.kinds()), drift: Vec::new() }
            }
            (None, _, Some(laid)) => laid::over(observed, laid, desired, code),
            (Some(_), ..) | (None, _, None) => Overlaid { observed, drift: Vec::new() },
        }
    }

    /// The newest that succeeded.
    pub(super) fn laid(&self) -> Option<&Laid> {
        self.laid.as_ref()
    }

    /// What the releases declare together.
    pub(super) fn declared(&self) -> Option<&Manifest> {
        self.laid.as_ref().map(|laid| &laid.manifest)
    }
}

/// A release as its commit declares it. An error is why a commit could not be read: code is then not known, which a plan says
/// by itself.
async fn laid_by(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    desk: &Desk,
    history: &History,
    release: Option<&Release>,
) -> Option<Laid> {
    let release = release?;
    let closed = release.closed?;
    let (manifest, later) = declared_by(run, shelf, desk, history, release).await.ok()?;
    let (version, commit) = (release.record.version.clone(), release.record.commit.clone());
    // Of a platform that numbers what it is sent, the last part of a reference is that number.
    let number = release.platform_ref.as_deref().and_then(|text| Some(text.rsplit_once('/')?.1.to_owned()));
    Some(Laid { manifest, version, commit, closed, later, number })
}

/// What a release of the whole project declares, with every part that was deployed since in its place, and when the release of
/// such a part was over.
pub(super) async fn declared_by(
    run: &Run<'_>,
    shelf: &Shelf<'_>,
    desk: &Desk,
    history: &History,
    whole: &Release,
) -> Result<(Manifest, BTreeMap<ResourceId, Timestamp>), Problem> {
    let mut manifest = of_commit(run, shelf, desk, whole).await?;
    let mut later = BTreeMap::new();
    for (part, release) in history.parts_since(whole) {
        let own = of_commit(run, shelf, desk, release).await?;
        if let Some(closed) = release.closed {
            later.extend(part.narrowed(&own).resources.into_keys().map(|id| (id, closed)));
        }
        manifest = part.laid_over(manifest, &own);
    }
    Ok((manifest, later))
}

async fn of_commit(run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk, release: &Release) -> Result<Manifest, Problem> {
    let commit = &release.record.commit;
    if *commit == desk.source().commit {
        return Ok(desk.declared().clone());
    }
    facts::manifest_at(run, shelf, desk.code(), desk.project(), commit).await
}
