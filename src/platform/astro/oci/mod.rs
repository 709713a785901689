//! An image that an earlier step of the job built, without any key, as an OCI archive or an OCI layout on disk.
//!
//! Nobody vouches for the file: it is read with limits and by exact names (`tar`, `store`), nothing of it is unpacked, and every part
//! that is used has the digest that its name says. `layout` finds the one image for the platform that Astro runs.
//! Format: OCI Image Format, "Image Layout"; `docker buildx build --output type=oci` and `docker save` (Docker 25 and newer) write it.

mod layout;
mod store;
mod tar;

use std::path::Path;

use crate::names::Digest;
use crate::problem::Problem;
use crate::tree::join;

pub(super) use layout::Blob;
pub(super) use store::Part;
use store::Store;

/// The label of an image that says which version of Astro's runtime it was made from. Astro's own CLI refuses an image without it.
const RUNTIME: &str = "io.astronomer.docker.runtime.version";
/// The most bytes that an image may have: what is larger was not meant to be one.
const LARGEST: u64 = 32 * 1024 * 1024 * 1024;

/// The path under which the artefact of a project carries the manifest of its image: no file of a repository has it.
pub(super) fn carried(folder: &str) -> String {
    join(folder, ".airlock/image.json")
}

/// Why a file is no image that can be deployed, as a fragment that fits after "it".
pub(super) type Why = String;

/// An image.
#[derive(Debug)]
pub(super) struct Image {
    store: Store,
    path: String,
    /// Its manifest: the bytes that its digest is of.
    pub(super) manifest: Vec<u8>,
    /// The sort of manifest.
    pub(super) media_type: String,
    /// The digest of the manifest, which is the image's own.
    pub(super) digest: Digest,
    /// What the manifest consists of: the configuration and the layers, each once.
    pub(super) blobs: Vec<Blob>,
    /// The version of Astro's runtime.
    pub(super) runtime: String,
}

impl Image {
    /// Opens the image at this path below the repository's root. The layers are not read yet: see [`Image::check`].
    ///
    /// Problems: `image-missing`, `image-unusable`, `path-outside`.
    pub(super) fn open(root: &Path, path: &str) -> Result<Self, Problem> {
        let unusable = |why: Why| unusable(path, &why);
        let store = Store::open(root, path)?;
        let found = layout::find(&store).map_err(unusable)?;
        let runtime = found.label(RUNTIME).ok_or_else(|| {
            unusable(format!("has no label `{RUNTIME}`: it was not made from Astro's runtime, and Astro runs no other"))
        })?;
        let blobs = found.blobs;
        if blobs.iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.size)) > LARGEST {
            return Err(unusable(format!("is larger than {} GiB", LARGEST >> 30)));
        }
        for blob in &blobs {
            store.blob(blob).map_err(unusable)?;
        }
        let (manifest, media_type, digest) = (found.bytes, found.media_type, found.digest);
        Ok(Self { store, path: path.to_owned(), manifest, media_type, digest, blobs, runtime })
    }

    /// Reads every part, and compares it with its digest. Problems: `image-unusable`.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let wrong = self.blobs.iter().try_for_each(|blob| {
            let digest = self.store.blob(blob)?.digest()?;
            if digest == blob.digest { Ok(()) } else { Err(format!("holds other bytes than {} says", blob.digest)) }
        });
        wrong.map_err(|why: Why| unusable(&self.path, &why))
    }

    /// The bytes of one part. Problems: `image-unusable`.
    pub(super) fn part(&self, blob: &Blob) -> Result<Part, Problem> {
        self.store.blob(blob).map_err(|why| unusable(&self.path, &why))
    }
}

/// The problem of a file that is no image which could be deployed.
fn unusable(path: &str, why: &str) -> Problem {
    let text = format!("the image `{}` {why}", path.escape_debug());
    Problem::input("image-unusable", text).cause("nothing was sent").help(
        "build it in a step before: `docker buildx build --platform linux/amd64 --output type=oci,dest=image.tar .`, and give `image: image.tar`",
    )
}

#[cfg(test)]
mod tests;
