//! Deploys of a bundle: read, made, and looked for afterwards. DAGs and image stay as they are.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use serde_json::json;

use super::super::bundle::BUNDLE;
use super::apply::{Sending, no_upload};
use super::part::Part;
use super::wire::Deploy;
use super::{Live, Sent, archive, before, read};
use crate::applied::{Applied, StepState};
use crate::artefact::Built;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::plan::{Basis, Extras, Observed};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// What Astro tells of a bundle.
const WHY: &str = "Astro tells of a bundle its version alone";

/// The newest deploy of the bundle at this path that was done; the list has the newest first.
pub(super) fn newest<'d>(deploys: &'d [Deploy], mount: &str) -> Option<&'d Deploy> {
    deploys.iter().find(|deploy| deploy.status == "DEPLOYED" && deploy.is_bundle(mount))
}

/// The version of the bundle at this path that runs.
pub(super) fn running(deploys: &[Deploy], mount: &str) -> Option<String> {
    newest(deploys, mount).and_then(|deploy| deploy.version_of(mount)).map(str::to_owned)
}

impl Live {
    /// The bundle that is mounted there, if there is one.
    pub(super) async fn see_bundle(&self, mount: &str, watch: &Watch) -> Result<Observed, Problem> {
        let there = self.now(watch).await?;
        let deploys = read::deploys(&self.ask, &there.id, watch).await?;
        let newest = newest(&deploys, mount);
        let version = running(&deploys, mount);
        let resource = newest.map(|deploy| {
            let from = self.ours.other(deploy.git.as_ref());
            let at = deploy.updated_at.clone().unwrap_or_else(|| deploy.created_at.clone());
            let told = [("last_deployed", Some(at)), ("deployed", version.clone()), ("deployed_from", from)];
            let told =
                told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Attribute::Value(json!(value?)))));
            let known = [
                ("type".to_owned(), Attribute::Value(json!("dbt"))),
                ("models".to_owned(), Attribute::Unread(WHY.to_owned())),
            ];
            let attributes: BTreeMap<_, _> = known.into_iter().chain(told).collect();
            Resource { id: ResourceId::new(BUNDLE, mount), attributes, fingerprint: None, artefact: None, place: None }
        });
        {
            let mut kept = self.kept.borrow_mut();
            kept.commit = newest.and_then(|deploy| deploy.git.as_ref()).map(|git| git.commit_sha.clone());
            (kept.part, kept.version) = (Part::Bundle, version);
        }
        let extras = Extras::unknown("a bundle needs nothing of the sort");
        Ok(Observed { basis: Basis::Live, manifest: Manifest::new(Origin::Live, resource), extras })
    }
}

impl Sending<'_> {
    /// Deploys the bundle.
    pub(super) async fn bundle(&self, built: &Built, mount: &str, applied: &mut Applied) -> Result<(), Problem> {
        let live = self.live;
        let there = live.now(self.watch).await?;
        before::check_bundle(&there)?;
        let archive = archive::of(&built.artefact, live.folder(), "")?;
        let there = live.wake(there, self.watch).await?;
        live.note_errors(&there, self.watch).await;
        let body = json!({"type": "BUNDLE", "bundleType": "dbt", "bundleMountPath": mount});
        let deploy = self.create(&there, body).await?;
        let Some(url) = &deploy.bundle_upload_url else { return Err(no_upload()) };
        let version = self.upload(url.expose_secret(), archive).await?;
        self.bundle_unmoved(&there.id, mount).await?;
        let sent = Sent { deploy: deploy.id, part: Part::Bundle, version, image: None, mount: Some(mount.to_owned()) };
        applied.platform_ref = Some(super::reference(&there.id, &sent));
        applied.mark_all(&StepState::Sent);
        live.kept.borrow_mut().sent = Some(sent.clone());
        self.finalize(&there.id, &sent, &json!({"bundleTarballVersion": sent.version})).await?;
        self.settle(&there.id, &sent).await?;
        applied.mark_all(&StepState::Done);
        Ok(())
    }

    /// Looks whether another run has deployed this bundle since this one began.
    async fn bundle_unmoved(&self, deployment: &str, mount: &str) -> Result<(), Problem> {
        let deploys = read::deploys(&self.live.ask, deployment, self.watch).await?;
        if running(&deploys, mount) == self.live.kept.borrow().version {
            return Ok(());
        }
        Err(Problem::new(
            "plan-changed",
            Fault::Refused,
            "somebody else deployed this bundle while this deploy was prepared",
        )
        .cause("nothing was changed")
        .help("start this run again, and look at what was deployed: Astro → the deployment → Deploy History"))
    }
}
