//! The embedded platform: an environment is a folder under `.airlock/`. No account, no key, no network.

#[cfg(test)]
mod crash;
mod store;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use self::store::{Draft, Seal, Stored, Whole};
use super::{Payload, Platform};
use crate::applied::{Applied, StepState, Verified};
use crate::artefact::Built;
use crate::history::OpenRecord;
use crate::history::beneath::{Folder, Trouble};
use crate::history::files;
use crate::history::ground::Ground;
use crate::manifest::{Manifest, Origin};
use crate::names::{Digest, LaneId};
use crate::plan::{Basis, Extras, Observed};
use crate::problem::{Fault, Problem};
use crate::watch::{Ended, Task, Watch};

/// Why the embedded platform says nothing of secrets and connections.
const NO_EXTRAS: &str = "an embedded environment keeps no secrets, integrations or connections";

/// One embedded environment.
#[derive(Debug)]
pub struct Local {
    ground: Ground,
    lane: LaneId,
    slow: Duration,
}

impl Local {
    /// The environment of a project, by the repository's root and the project's folder below it (`""` is the root).
    pub fn new(root: impl Into<PathBuf>, folder: impl Into<String>, lane: LaneId) -> Self {
        Self { ground: Ground::new(root, folder), lane, slow: Duration::ZERO }
    }

    /// The same environment, pausing this long before and after it changes what is live: for trying out a cancel.
    #[must_use]
    pub fn slowed(mut self, pause: Duration) -> Self {
        self.slow = pause;
        self
    }

    fn stored(&self) -> Result<Option<Stored>, Problem> {
        let folder = self.ground.find_environment(&self.lane.environment);
        match folder.map_err(|trouble| store::unreadable(&trouble))? {
            None => Ok(None),
            Some(folder) => self.stored_in(&folder),
        }
    }

    fn stored_in(&self, folder: &Folder) -> Result<Option<Stored>, Problem> {
        let stored = store::read(folder)?;
        if stored.is_some() || !self.was_deployed(folder)? {
            return Ok(stored);
        }
        // The first deploy may have ended between the two reads.
        let stored = store::read(folder)?;
        if stored.is_none() {
            return Err(Problem::new(
                "live-unreadable",
                Fault::Platform,
                "nothing is live, but the history says otherwise",
            )
            .cause(format!("`{}` is missing", folder.path_of("live")))
            .help(format!("put the link back, or remove `{}` to begin anew", folder.shown())));
        }
        Ok(stored)
    }

    /// Whether the history kept here has a release that put something live.
    fn was_deployed(&self, folder: &Folder) -> Result<bool, Problem> {
        let history = files::read(folder, &self.lane)?;
        Ok(history.releases.iter().any(|release| release.succeeded() && release.record.artefact.is_some()))
    }

    fn observed(&self) -> Result<Observed, Problem> {
        let extras = Extras::none(NO_EXTRAS);
        Ok(match self.stored()? {
            None => Observed { basis: Basis::None, manifest: Manifest::empty(Origin::Live), extras },
            Some(stored) => {
                let manifest = Manifest { origin: Origin::Live, ..stored.manifest };
                Observed { basis: Basis::Live, manifest, extras }
            }
        })
    }

    async fn send(
        &self,
        record: &OpenRecord,
        built: &Built,
        applied: &mut Applied,
        watch: &Watch,
    ) -> Result<(), Problem> {
        let folder = self.ground.make_environment(&self.lane.environment);
        let folder = folder.map_err(|trouble| unwritable(&trouble))?;
        let whole = write(&folder, record, built, watch).await?;
        if let Err(problem) = self.pause(watch).await {
            // Best effort: what stays is not live, and is pruned with the old releases.
            let _left = whole.discard();
            return Err(problem);
        }
        // From here to the link nothing waits, so that nothing can end it in between.
        applied.mark_all(&StepState::Sent);
        if let Err(trouble) = whole.go_live() {
            let problem = unwritable(&trouble);
            applied.mark_all(&StepState::Failed { why: problem.to_string() });
            return Err(problem);
        }
        applied.platform_ref = Some(record.id().to_string());
        whole.settle().map_err(|trouble| unwritable(&trouble))?;
        applied.mark_all(&StepState::Done);
        // Old releases that cannot be removed now are removed by a later deploy.
        let _left = whole.prune();
        // It is done: a stop during this pause changes nothing.
        let _done = self.pause(watch).await;
        Ok(())
    }

    async fn pause(&self, watch: &Watch) -> Result<(), Problem> {
        // Lets the signals be seen even where nothing else waits.
        tokio::task::yield_now().await;
        if let Some(stop) = watch.stopped() {
            return Err(stop.problem());
        }
        if self.slow.is_zero() {
            return Ok(());
        }
        match watch.pause(self.slow).await {
            Ended::Done(()) => Ok(()),
            Ended::Stopped(stop) => Err(stop.problem()),
            Ended::TimedOut => Err(Problem::new("timed-out", Fault::Platform, "the time for this deploy is over")),
        }
    }

    fn compare(&self, built: &Built) -> Result<Verified, Problem> {
        let Some(stored) = self.stored()? else {
            return Ok(Verified::Differs { how: vec!["nothing is live".into()] });
        };
        let mut how = Vec::new();
        if stored.seal.artefact != *built.artefact.digest() {
            how.push(format!("the artefact of version {} is live, not the one that was sent", stored.seal.version));
        }
        if stored.seal.manifest != Digest::of(&store::manifest_bytes(&built.manifest)?) {
            how.extend(differences(&stored.manifest, &built.manifest));
        }
        Ok(if how.is_empty() { Verified::Live } else { Verified::Differs { how } })
    }
}

/// Writes a release that is whole and not yet live.
async fn write<'a>(
    folder: &'a Folder,
    record: &OpenRecord,
    built: &Built,
    watch: &Watch,
) -> Result<Whole<'a>, Problem> {
    let manifest = store::manifest_bytes(&built.manifest)?;
    let version = record.record().version.clone();
    let seal = Seal::new(record.id(), version, record.record().commit.clone(), &manifest, built.artefact.digest());
    let seal =
        serde_json::to_vec_pretty(&seal).map_err(|error| Problem::bug("a seal cannot be written").because(&error))?;
    let draft = Draft::begin(folder, record.id()).map_err(|trouble| unwritable(&trouble))?;
    for (path, bytes) in built.artefact.files() {
        draft.add(path, bytes).map_err(|trouble| unwritable(&trouble))?;
        tokio::task::yield_now().await;
        if let Some(stop) = watch.stopped() {
            return Err(stop.problem());
        }
    }
    draft.finish(&manifest, &seal).map_err(|trouble| unwritable(&trouble))
}

/// The bytes to send, if they are those that were approved and can be stored.
fn sendable<'a>(lane: &LaneId, record: &OpenRecord, payload: &'a Payload) -> Result<&'a Built, Problem> {
    let Payload::Artefact(built) = payload else {
        return Err(Problem::input("not-supported", "an embedded environment has no deploys of its own to go back to")
            .help("roll back by the commit of the release instead"));
    };
    if record.record().lane != *lane {
        return Err(Problem::bug("the record that was opened is another environment's"));
    }
    if record.record().artefact.as_ref().is_some_and(|approved| approved != built.artefact.digest()) {
        return Err(Problem::bug("what is about to be sent is not what was approved"));
    }
    store::check(&built.artefact).map_err(|trouble| unwritable(&trouble))?;
    Ok(built)
}

/// How two manifests that are not the same differ, one line a resource.
fn differences(live: &Manifest, sent: &Manifest) -> Vec<String> {
    let missing =
        sent.resources.keys().filter(|id| !live.resources.contains_key(id)).map(|id| format!("{id} is not live"));
    let other = live.resources.iter().filter_map(|(id, resource)| match sent.resources.get(id) {
        None => Some(format!("{id} is live and was not sent")),
        Some(sent) if sent != resource => Some(format!("{id} is live in another form")),
        Some(_) => None,
    });
    let mut how: Vec<_> = missing.chain(other).collect();
    if how.is_empty() {
        how.push("the manifest is live in another form".into());
    }
    how
}

fn unwritable(trouble: &Trouble) -> Problem {
    trouble.problem("live-unwritable", Fault::Platform)
}

impl Platform for Local {
    fn observe<'a>(&'a self, _desired: &'a Manifest, _watch: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        Box::pin(async move { self.observed() })
    }

    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        Box::pin(async move {
            let built = sendable(&self.lane, record, payload)?;
            if applied.steps.is_empty() {
                *applied = Applied::untried(record.plan().changes.iter().map(|change| change.resource.clone()));
            }
            self.send(record, built, applied, watch).await
        })
    }

    fn read_back<'a>(&'a self, _record: &'a OpenRecord, payload: &'a Payload, _watch: &'a Watch) -> Task<'a, Verified> {
        Box::pin(async move {
            let Payload::Artefact(built) = payload else {
                return Verified::Unverified { why: "an embedded environment has no deploys of its own".into() };
            };
            self.compare(built).unwrap_or_else(|problem| Verified::Unverified { why: problem.to_string() })
        })
    }
}
