//! Back to an earlier deploy by Astro's own rollback, as long as Astro keeps it.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::runtime::is_older;
use super::apply::Sending;
use super::{Sent, read};
use crate::applied::{Applied, StepState};
use crate::problem::{Fault, Problem};
use crate::release::Release;

/// How long Astro keeps a deploy for a rollback.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What Astro knows a release by, from what was recorded of it: `DEPLOYMENT/DEPLOY/VERSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference<'r> {
    pub(super) deployment: &'r str,
    pub(super) deploy: &'r str,
    pub(super) version: &'r str,
}

impl<'r> Reference<'r> {
    /// Reads a recorded reference.
    pub(super) fn of(text: &'r str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let (deployment, deploy, version) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = [deployment, deploy, version].iter().all(|part| !part.is_empty());
        whole.then_some(Self { deployment, deploy, version })
    }
}

/// The reference of a release that Astro itself can bring back; `None` where it is too old, or was not recorded.
pub(super) fn kept(release: &Release, now: Timestamp) -> Option<&str> {
    let text = release.platform_ref.as_deref()?;
    let closed = release.closed?;
    let is_kept = now.duration_since(closed) < KEPT;
    (release.succeeded() && is_kept && Reference::of(text).is_some()).then_some(text)
}

impl Sending<'_> {
    /// Brings an earlier deploy back.
    pub(super) async fn back(&self, text: &str, applied: &mut Applied) -> Result<(), Problem> {
        let there = self.live.now(self.watch).await?;
        let target = Reference::of(text)
            .filter(|target| target.deployment == there.id)
            .ok_or_else(|| Problem::bug("a rollback names a deploy of another deployment"))?;
        let old = read::deploy(&self.live.ask, &there.id, target.deploy, self.watch).await?;
        if let Some(runtime) =
            old.astro_runtime_version.as_deref().filter(|old| is_older(old, &there.astro_runtime_version))
        {
            let text =
                format!("that deploy ran on Astro runtime {runtime}, and {} runs now", there.astro_runtime_version);
            return Err(Problem::new("runtime-downgrade", Fault::Refused, text)
                .cause("Astro's rollback would take the runtime back too: running tasks end, and Airflow's records may be lost")
                .help("deploy that commit's DAGs with the runtime that runs now: revert the commit, or roll back in Astro itself"));
        }
        let there = self.live.wake(there, self.watch).await?;
        self.live.note_errors(&there, self.watch).await;
        let known: Vec<String> =
            read::deploys(&self.live.ask, &there.id, self.watch).await?.into_iter().map(|deploy| deploy.id).collect();
        applied.mark_all(&StepState::Sent);
        let body = json!({"description": format!("{} by airlock", self.record.record().description)});
        let path = ["deployments", there.id.as_str(), "deploys", target.deploy, "rollback"];
        let made = self
            .once_each(&path, &body, &there.id, "to roll back", |deploy| {
                !known.contains(&deploy.id) && deploy.rollback_from_id.is_some()
            })
            .await?;
        let part = self.live.kept.borrow().part;
        let version = part.made_by(&made).unwrap_or(target.version).to_owned();
        let sent = Sent { deploy: made.id, part, version, image: None, mount: None };
        applied.platform_ref = Some(super::reference(&there.id, &sent));
        self.live.kept.borrow_mut().sent = Some(sent.clone());
        self.settle(&there.id, &sent).await?;
        applied.mark_all(&StepState::Done);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_three_parts() {
        let read = Reference::of("dep1/d2/2026-01-01T00:00:00.0000000Z").unwrap();
        assert_eq!((read.deployment, read.deploy, read.version), ("dep1", "d2", "2026-01-01T00:00:00.0000000Z"));
        assert_eq!(Reference::of("dep1/d2/"), None);
        assert_eq!(Reference::of("nango-1"), None);
    }
}
