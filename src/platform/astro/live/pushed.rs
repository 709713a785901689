//! The image that goes with a deploy: whether it is due, putting it where Astro says, and whether it is what runs.

use super::super::image::{ID, IMAGE, is_alone};
use super::super::oci::{Image, carried};
use super::apply::Sending;
use super::ask::Unread;
use super::registry::{self, Registry};
use super::wire::{Deploy, Deployment};
use super::{Live, read};
use crate::artefact::Built;
use crate::manifest::ResourceId;
use crate::plan::Plan;
use crate::problem::{Fault, Problem};

/// An image that was put there for a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pushed {
    tag: String,
    runtime: String,
}

impl Pushed {
    /// How the image that runs differs from this one; `None` where it does not.
    pub(super) fn otherwise(&self, there: &Deployment) -> Option<String> {
        let tag = there.image_tag.as_deref().unwrap_or("none");
        if tag != self.tag {
            return Some(format!("image {tag} runs there, and {} was sent", self.tag));
        }
        let runtime = &there.astro_runtime_version;
        (*runtime != self.runtime)
            .then(|| format!("runtime {runtime} runs there, and that of the image is {}", self.runtime))
    }
}

impl Live {
    /// The image, where it must go with this deploy: unless what it is made from is known to be what is deployed. It is the very one
    /// that was planned with, or none.
    ///
    /// Problems: `image-unusable`.
    pub(super) fn due(&self, there: &Deployment, built: &Built, plan: &Plan) -> Result<Option<&Image>, Problem> {
        let Some(image) = self.image.as_deref() else { return Ok(None) };
        let planned = built.artefact.files().get(&carried(self.folder()));
        if planned.map(|bytes| &**bytes) != Some(image.manifest.as_slice()) {
            return Err(Problem::input("image-unusable", "the image is another than when this run began")
                .cause("nothing was sent")
                .help("let nothing write to it while this step runs"));
        }
        let id = ResourceId::new(IMAGE, ID);
        let changes = plan.changes.iter().any(|change| change.resource == id);
        let is_unknown = plan.unknown.iter().any(|field| field.resource == id);
        let is_declared = built.manifest.resources.contains_key(&id);
        let is_due = changes || is_unknown || !is_declared || !there.is_dag_deploy_enabled || is_alone(&built.manifest);
        Ok(is_due.then_some(image))
    }
}

impl Sending<'_> {
    /// Refuses an image whose runtime Astro does not offer for this deployment. A token that may not read what is offered leaves it to
    /// Astro, which then says so itself. What runs there already needs no offer.
    ///
    /// Problems: `runtime-not-offered`, and those of asking.
    pub(super) async fn offered(&self, image: &Image, there: &Deployment) -> Result<(), Problem> {
        if image.runtime == there.astro_runtime_version {
            return Ok(());
        }
        let offered = match read::runtimes(&self.live.ask, &there.id, self.watch).await {
            Ok(offered) => offered,
            Err(Unread::Denied(_)) => return Ok(()),
            Err(Unread::Problem(problem)) => return Err(problem),
        };
        if offered.contains(&image.runtime) {
            return Ok(());
        }
        let text =
            format!("the image has Astro runtime {}, which Astro does not offer for this deployment", image.runtime);
        Err(Problem::new("runtime-not-offered", Fault::Refused, text)
            .cause("nothing was sent")
            .help("build the image on a runtime that Astro's release notes list as available"))
    }

    /// Puts the image where Astro wants the one of this deploy.
    pub(super) async fn push(&self, image: &Image, deploy: &Deploy) -> Result<Pushed, Problem> {
        self.registry(deploy)?.push(image).await?;
        Ok(Pushed { tag: deploy.image_tag.clone(), runtime: image.runtime.clone() })
    }

    /// Looks whether another run was given the same tag, and has put its image there.
    pub(super) async fn untaken(&self, image: &Image, deploy: &Deploy) -> Result<(), Problem> {
        let stands = self.registry(deploy)?.stands_for(image).await?;
        if stands { Ok(()) } else { Err(registry::taken(&deploy.image_tag)) }
    }

    fn registry<'s>(&'s self, deploy: &Deploy) -> Result<Registry<'s>, Problem> {
        let live = self.live;
        let place = (deploy.image_repository.as_str(), deploy.image_tag.as_str());
        Registry::at(place, (&live.client, &live.base), &live.token, self.watch)
    }
}
