//! A deployment of Astro, reached with an API token.
//!
//! The token is read before anything is asked (`token`, `door`). What is there comes from Astro's API and the deployment's own Airflow
//! (`read`, `airflow`, `join`); what only one of them tells degrades by itself. A deploy is made, uploaded and made final (`archive`,
//! `apply`), with an image that an earlier step built where that is due (`pushed`, `registry`), and is called live only when Astro says that these DAGs are there and Airflow has loaded them (`verify`). The stand-in
//! that the tests run against is `crate::tests::astro`.

mod airflow;
mod answer;
mod apply;
mod archive;
mod ask;
mod back;
mod before;
mod bundle;
mod door;
mod hosts;
mod join;
mod origin;
mod part;
mod previews;
mod pushed;
mod read;
mod registry;
mod sleep;
mod token;
mod verify;
mod wire;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;
use reqwest::{Client, Url};
use secrecy::SecretString;

pub use door::Door;

use super::oci::Image;
use crate::applied::{Applied, Verified};
use crate::history::OpenRecord;
use crate::manifest::{Manifest, Origin};
use crate::net::{self, Limits};
use crate::plan::{Basis, Observed};
use crate::platform::{Payload, Place, Platform, Previews};
use crate::problem::Problem;
use crate::release::Release;
use crate::watch::{Task, Watch};
use airflow::{Airflow, ImportError, Version};
use apply::Sending;
use ask::Ask;
use door::Which;
use join::Running;
use origin::Ours;
use part::Part;
use pushed::Pushed;
use wire::{Deploy, Deployment, Override};

/// One deployment of Astro.
#[derive(Debug)]
pub struct Live {
    ask: Ask,
    /// For the API, for Airflow and for the storage: it says nothing of who asks by itself.
    client: Client,
    base: Url,
    token: SecretString,
    which: Which,
    workspace: Option<String>,
    /// The deployment that the token alone belongs to, if it is of one.
    bound: Option<String>,
    ours: Ours,
    folder: String,
    /// The folder of the DAGs, from the repository's root.
    dags: String,
    /// What an earlier step built.
    image: Option<Rc<Image>>,
    now: Timestamp,
    kept: RefCell<Kept>,
}

/// What was made final.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    /// The deploy's id.
    deploy: String,
    /// What it brought.
    part: Part,
    /// The version of its DAGs; of an image alone its tag.
    version: String,
    /// The image that went with them.
    image: Option<Pushed>,
    /// Where the bundle that it brought is mounted.
    mount: Option<String>,
}

/// A sleep that this run ended.
#[derive(Debug)]
struct Woken {
    /// What a person had said of it.
    before: Option<Override>,
}

/// What was learnt on the way.
#[derive(Debug, Default)]
struct Kept {
    /// The deployment's id.
    id: Option<String>,
    /// The part of it that this project brings.
    part: Part,
    /// The version of that part which ran when it was last looked at for a plan.
    version: Option<String>,
    /// The deploys that were done, the newest first.
    done: Vec<Deploy>,
    /// The commit that the deploy said which runs.
    commit: Option<String>,
    /// What could not be loaded before; `None` where that is not known.
    errors: Option<BTreeSet<ImportError>>,
    /// What was made final.
    sent: Option<Sent>,
    /// When it was there, by Astro's clock.
    arrived: Option<Timestamp>,
    /// That this run woke the deployment, and what was said of its sleep before.
    woken: Option<Woken>,
}

impl Live {
    /// Reaches for a deployment. Nothing is asked yet.
    ///
    /// Problems: `image-missing`, `image-unusable`, `key-missing`, `key-malformed`, `key-expired`, `deployment-not-named`, `deployment-named-twice`,
    /// `address-unusable`, `tls-unusable`.
    pub fn connect(door: &Door<'_>) -> Result<Self, Problem> {
        let image = door.image.map(|image| Image::open(door.root, image).map(Rc::new)).transpose()?;
        let (token, claims) = door.token()?;
        let which = door.which()?;
        let base = door.base()?;
        let client = net::client(&base, Limits::default())?;
        Ok(Self {
            ask: Ask::new(client.clone(), base.clone(), token.clone(), claims.organisation),
            client,
            base,
            token: token.clone(),
            which,
            workspace: claims.workspace,
            bound: claims.deployment,
            ours: Ours::of(door.variables, &door.project.path),
            folder: door.project.path.clone(),
            dags: super::detect::dags(door.project),
            image,
            now: door.now,
            kept: RefCell::default(),
        })
    }

    /// The same way to another deployment, of which nothing is known yet.
    fn at(&self, id: &str) -> Self {
        Self {
            ask: self.ask.clone(),
            client: self.client.clone(),
            base: self.base.clone(),
            token: self.token.clone(),
            which: Which::Id(id.to_owned()),
            workspace: self.workspace.clone(),
            bound: self.bound.clone(),
            ours: self.ours.clone(),
            folder: self.folder.clone(),
            dags: self.dags.clone(),
            image: self.image.clone(),
            now: self.now,
            kept: RefCell::default(),
        }
    }

    fn folder(&self) -> &str {
        &self.folder
    }

    /// What the token belongs to, for people.
    fn token_of(&self) -> &'static str {
        match (&self.bound, &self.workspace) {
            (Some(_), _) => "a deployment",
            (None, Some(_)) => "a workspace",
            (None, None) => "the organisation",
        }
    }

    /// Whether going back to a deploy takes nothing back that is no part of this project: Astro's own rollback brings back all there
    /// was, and since then somebody else may have brought the image, or the DAGs.
    fn is_apart(&self, deploy: &str) -> bool {
        let kept = self.kept.borrow();
        let Some(at) = kept.done.iter().position(|done| done.id == deploy) else { return kept.part == Part::Whole };
        !kept.done.iter().take(at).any(|since| kept.part.is_beside(since))
    }

    /// The deployment as it is now.
    async fn now(&self, watch: &Watch) -> Result<Deployment, Problem> {
        let id = self.kept.borrow().id.clone();
        if let Some(id) = id {
            return read::deployment(&self.ask, &id, watch).await.map(|(deployment, _)| deployment);
        }
        let found = read::find(&self.ask, &self.which, self.workspace.as_deref(), watch).await?;
        self.kept.borrow_mut().id = Some(found.id.clone());
        Ok(found)
    }

    fn airflow(&self, deployment: &Deployment) -> Result<Airflow, String> {
        if deployment.sleeps() {
            return Err("the deployment sleeps, so its Airflow cannot be asked".to_owned());
        }
        Airflow::of(deployment, self.client.clone(), &self.base, self.token.clone())
    }

    /// Notes what cannot be loaded already, so that it is not taken for this deploy's doing.
    async fn note_errors(&self, deployment: &Deployment, watch: &Watch) {
        let errors = match self.airflow(deployment) {
            Ok(airflow) => airflow.import_errors(watch).await.ok(),
            Err(_not_reached) => None,
        };
        self.kept.borrow_mut().errors = errors;
    }

    async fn see(&self, desired: &Manifest, watch: &Watch) -> Result<Observed, Problem> {
        if let Some(mount) = super::bundle::mounted(desired) {
            return self.see_bundle(mount, watch).await;
        }
        let there = self.now(watch).await?;
        let deploys = read::deploys(&self.ask, &there.id, watch).await?;
        let done: Vec<Deploy> = deploys.into_iter().filter(|deploy| deploy.status == "DEPLOYED").collect();
        let part = Part::of(desired);
        let mut own = done.iter().filter(|deploy| part.is_of(deploy));
        let of_version = own.clone().find(|deploy| part.made_by(deploy) == part.version(&there));
        let newest = of_version.or_else(|| own.next());
        let airflow = self.airflow(&there);
        let extras = read::extras(&self.ask, &there, &airflow, desired, watch).await;
        let running = Running {
            at: newest.map(|deploy| deploy.updated_at.clone().unwrap_or_else(|| deploy.created_at.clone())),
            version: part.version(&there).map(str::to_owned),
            from: newest.and_then(|deploy| self.ours.other(deploy.git.as_ref())),
            runtime: there.astro_runtime_version.clone(),
        };
        {
            let mut kept = self.kept.borrow_mut();
            kept.version.clone_from(&running.version);
            kept.commit = newest.and_then(|deploy| deploy.git.as_ref()).map(|git| git.commit_sha.clone());
            kept.part = part;
        }
        // DAGs that came from here are this project's, also when it has none any more.
        let ours = part.has_dags()
            || done
                .iter()
                .find(|deploy| part::brings_dags(deploy))
                .is_some_and(|deploy| self.ours.made(deploy.git.as_ref()));
        self.kept.borrow_mut().done = done;
        if !ours {
            let manifest = join::manifest(&[], Version::Two, &running, desired);
            return Ok(Observed { basis: Basis::Live, manifest, extras });
        }
        let version = airflow.as_ref().map_or(Version::Two, Airflow::version);
        let observed = |basis, manifest| Observed { basis, manifest, extras };
        match read::dags(&airflow, watch).await {
            Ok(dags) => Ok(observed(Basis::Live, join::manifest(&dags, version, &running, desired))),
            Err(why) => {
                if let Some(stop) = watch.stopped() {
                    return Err(stop.problem());
                }
                Ok(observed(Basis::Unknown { why }, Manifest::empty(Origin::Live)))
            }
        }
    }

    async fn sent(
        &self,
        record: &OpenRecord,
        payload: &Payload,
        applied: &mut Applied,
        watch: &Watch,
    ) -> Result<(), Problem> {
        let sending = Sending { live: self, record, watch };
        let said = match payload {
            Payload::Artefact(built) => match super::bundle::mounted(&built.manifest) {
                Some(mount) => sending.bundle(built, mount, applied).await,
                None => sending.made(built, applied).await,
            },
            Payload::Native { platform_ref, .. } => sending.back(platform_ref, applied).await,
        };
        if said.is_err() && !applied.touched() {
            // Nobody reads back what was not sent. A signal does not keep the deployment from its sleep.
            let unlaid = self.lay_down(&watch.grace(LAY_DOWN)).await;
            return match (said, unlaid) {
                (Err(problem), Some(unlaid)) => Err(unlaid.help.into_iter().fold(problem, Problem::help)),
                (said, _) => said,
            };
        }
        said
    }

    async fn read_back(&self, record: &OpenRecord, payload: &Payload, watch: &Watch) -> Verified {
        let manifest = match payload {
            Payload::Artefact(built) => &built.manifest,
            Payload::Native { manifest, .. } => manifest,
        };
        let verified = self.verified(manifest, record.plan(), watch).await;
        match (self.lay_down(&watch.grace(LAY_DOWN)).await, verified) {
            (Some(problem), Verified::Live) => {
                let why = problem.help.last().cloned().unwrap_or_default();
                Verified::Unverified { why: format!("the DAGs run, and {why}") }
            }
            (_, verified) => verified,
        }
    }
}

/// What a release is known by: the deployment, the deploy, the version of its DAGs.
fn reference(deployment: &str, sent: &Sent) -> String {
    format!("{deployment}/{}/{}", sent.deploy, sent.version)
}

/// How long putting back a sleep may take.
const LAY_DOWN: std::time::Duration = std::time::Duration::from_secs(20);

impl Platform for Live {
    fn observe<'a>(&'a self, desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>> {
        Box::pin(self.see(desired, watch))
    }

    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>> {
        Box::pin(self.sent(record, payload, applied, watch))
    }

    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified> {
        Box::pin(self.read_back(record, payload, watch))
    }

    fn place(&self) -> Option<Place> {
        self.kept.borrow().id.clone().map(Place::named)
    }

    fn previews(&self) -> Option<&dyn Previews> {
        Some(self)
    }

    fn brings_image(&self) -> bool {
        self.image.is_some()
    }

    fn holds(&self, release: &Release) -> bool {
        let kept = self.kept.borrow();
        let reference = release.platform_ref.as_deref().and_then(back::Reference::of);
        reference.is_some_and(|reference| {
            Some(reference.deployment) == kept.id.as_deref() && Some(reference.version) == kept.version.as_deref()
        })
    }

    fn keeps(&self, release: &Release) -> Option<String> {
        let id = self.kept.borrow().id.clone();
        let text = back::kept(release, self.now)?;
        let reference = back::Reference::of(text)?;
        (Some(reference.deployment) == id.as_deref() && self.is_apart(reference.deploy)).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests;
