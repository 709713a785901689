//! What is there before a plan is made: live, else recorded, else not known; and when a look for drift has nothing to hold
//! it against.

use super::desk::Desk;
use super::lane::not;
use super::shelf::Shelf;
use super::{Run, facts, past, reach};
use crate::context::inputs::PlatformName;
use crate::manifest::{Manifest, Origin};
use crate::outcome::Stage;
use crate::plan::{Basis, Extras, Observed};
use crate::platform::Platform;
use crate::policy::Intent;
use crate::problem::{Fault, Problem};
use crate::release::History;
use crate::work::{Against, LaneSpec};

/// One lane, as it is looked at.
pub(super) struct Look<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) shelf: &'a Shelf<'a>,
    pub(super) desk: &'a Desk,
    pub(super) spec: &'a LaneSpec,
    /// What it is deployed to.
    pub(super) target: PlatformName,
    pub(super) history: &'a Result<History, Problem>,
    /// The platform; the reason why there is none in this run.
    pub(super) platform: &'a Result<Box<dyn Platform + 'a>, Problem>,
}

impl Look<'_> {
    /// What is there: live where a platform can be asked, else the newest release's commit, else not known.
    pub(super) async fn observe(&self) -> Result<Observed, Problem> {
        let Self { run, shelf, desk, .. } = self;
        match (&self.spec.against, self.platform) {
            (Against::Commit(commit), _) => {
                let manifest = facts::manifest_at(run, shelf, desk.code(), desk.project(), commit).await?;
                let extras = Extras::none("this compares code with code");
                Ok(Observed { basis: Basis::Commit { commit: commit.clone() }, manifest, extras })
            }
            (Against::Service, Ok(platform)) => platform.observe(desk.manifest(self.target), run.edges.watch).await,
            (Against::Service, Err(problem)) if self.must_be_reached(problem) => Err(problem.clone()),
            // The record compared with itself would show no drift, whatever runs.
            (Against::Service, Err(problem)) if run.decision.intent == Intent::Drift => {
                Ok(unknown(problem.to_string(), Extras::unknown("the platform was not asked")))
            }
            (Against::Service, Err(problem)) => self.recorded(&problem.to_string()).await,
            (Against::Recorded, _) => self.recorded("no platform is asked in this event").await,
        }
    }

    /// Whether the record cannot stand in for what runs: something is to be deployed, or a key is there that is wrong. A key
    /// that is not in this run is no fault of a run that only looks.
    fn must_be_reached(&self, problem: &Problem) -> bool {
        let applies = self.spec.applies && problem.code != reach::NOT_ASKED;
        applies || problem.fault == Fault::Input && problem.code != "key-missing"
    }

    async fn recorded(&self, why: &str) -> Result<Observed, Problem> {
        let Self { run, shelf, desk, .. } = self;
        let extras = Extras::unknown(why);
        let (history, release) = match self.history {
            Err(problem) => return Ok(unknown(problem.to_string(), extras)),
            Ok(history) => match history.current() {
                None => return Ok(unknown(format!("{why}, and no release is recorded"), extras)),
                Some(release) => (history, release),
            },
        };
        let commit = release.record.commit.clone();
        let (manifest, _) = Box::pin(past::declared_by(run, shelf, desk, history, release)).await?;
        let basis = Basis::Recorded { version: release.record.version.clone(), commit };
        Ok(Observed { basis, manifest, extras })
    }

    /// What a look for drift comes to where no release is known: nothing to compare with, or something to adopt.
    pub(super) fn undriftable<T>(&self, observed: &Observed) -> Option<Stage<T>> {
        if self.run.decision.intent != Intent::Drift {
            return None;
        }
        match (self.history, &observed.basis) {
            // Unreadable is not empty, and the checkout is not what was recorded.
            (Err(problem), _) => Some(Stage::Failed(problem.clone())),
            (Ok(history), _) if history.current().is_some() => None,
            (Ok(_), Basis::Live) if observed.manifest.resources.is_empty() => {
                Some(not("nothing was ever released there"))
            }
            (Ok(_), Basis::Live) => Some(Stage::Failed(
                Problem::new("live-unrecorded", Fault::Platform, "something runs there that no release accounts for")
                    .help("record it as the first release: a dispatch with `mode` = `adopt`"),
            )),
            (Ok(_), Basis::None) => Some(not("nothing was ever released there")),
            (Ok(_), Basis::Unknown { .. } | Basis::Recorded { .. } | Basis::Commit { .. }) => None,
        }
    }
}

fn unknown(why: String, extras: Extras) -> Observed {
    Observed { basis: Basis::Unknown { why }, manifest: Manifest::empty(Origin::Source), extras }
}
