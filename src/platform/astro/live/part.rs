//! Which part of a deployment a project brings: its DAGs, its image, or both. Two repositories may share one deployment so, and neither
//! may touch what the other brought. Pure.

use super::super::image::{self, ID, IMAGE};
use super::wire::{Deploy, Deployment};
use crate::manifest::{Manifest, ResourceId};

/// What a project brings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// DAGs and the image that they run in.
    #[default]
    Whole,
    /// DAGs for an image that comes from elsewhere.
    Dags,
    /// The image for DAGs that come from elsewhere.
    Image,
    /// A bundle that is mounted beside them.
    Bundle,
}

impl Part {
    /// The part that a manifest declares.
    pub(super) fn of(manifest: &Manifest) -> Self {
        if image::is_alone(manifest) {
            return Self::Image;
        }
        let has_image = manifest.resources.contains_key(&ResourceId::new(IMAGE, ID));
        if has_image { Self::Whole } else { Self::Dags }
    }

    /// Whether DAGs are among it.
    pub(super) fn has_dags(self) -> bool {
        matches!(self, Self::Whole | Self::Dags)
    }

    /// Whether a deploy brought what tells the version of this part.
    pub(super) fn is_of(self, deploy: &Deploy) -> bool {
        if self.has_dags() { brings_dags(deploy) } else { brings_image(deploy) }
    }

    /// Whether a deploy brought what is no part of this one.
    pub(super) fn is_beside(self, deploy: &Deploy) -> bool {
        match self {
            Self::Whole => false,
            Self::Dags => brings_image(deploy),
            Self::Image => brings_dags(deploy),
            // Astro's rollback is of DAGs and image.
            Self::Bundle => true,
        }
    }

    /// The version that a deployment runs, or is about to run: that of its DAGs, or the tag of its image.
    pub(super) fn version(self, there: &Deployment) -> Option<&str> {
        if self.has_dags() { there.version() } else { there.image_tag.as_deref() }
    }

    /// The version that it runs.
    pub(super) fn running(self, there: &Deployment) -> Option<&str> {
        if self.has_dags() { there.running() } else { there.image_tag.as_deref() }
    }

    /// The version that a deploy made.
    pub(super) fn made_by(self, deploy: &Deploy) -> Option<&str> {
        if self.has_dags() { deploy.dag_tarball_version.as_deref() } else { Some(&deploy.image_tag) }
    }
}

/// Whether a deploy brought DAGs. One whose kind is not told may have.
pub(super) fn brings_dags(deploy: &Deploy) -> bool {
    deploy.mounted().is_none() && matches!(deploy.kind.as_str(), "DAG_ONLY" | "IMAGE_AND_DAG" | "")
}

fn brings_image(deploy: &Deploy) -> bool {
    deploy.mounted().is_none() && matches!(deploy.kind.as_str(), "IMAGE_ONLY" | "IMAGE_AND_DAG" | "")
}
