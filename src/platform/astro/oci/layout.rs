//! The one image of a layout that Astro can run: from the index over nested ones to a manifest for linux/amd64.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Why;
use super::store::Store;
use crate::names::Digest;

/// How deep indexes may lie in one another, and how many documents are looked at.
const DEEPEST: usize = 4;
const MOST: usize = 64;
/// The most layers that an image may have: Docker's own limit is 127.
const MOST_LAYERS: usize = 512;
/// What marks a document that only tells of an image how it was made.
const ATTESTS: &str = "vnd.docker.reference.type";
/// The sort of a manifest that does not tell its own.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The sorts of manifests that registries take.
const MANIFESTS: [&str; 2] = [MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"];

/// A part of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::platform::astro) struct Blob {
    pub(in crate::platform::astro) digest: Digest,
    /// In bytes.
    pub(in crate::platform::astro) size: u64,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) media_type: String,
    pub(super) digest: Digest,
    pub(super) blobs: Vec<Blob>,
    config: Config,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: Option<String>,
    digest: String,
    size: u64,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Debug, Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

/// An index or a manifest: which of them says what it has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
    #[serde(default)]
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Option<Vec<Descriptor>>,
}

#[derive(Debug, Deserialize)]
struct Config {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default, rename = "config")]
    run: Option<Run>,
}

#[derive(Debug, Deserialize)]
struct Run {
    #[serde(default, rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

impl Platform {
    fn is_another(&self) -> bool {
        (self.os.as_str(), self.architecture.as_str()) != ("linux", "amd64")
    }
}

impl Found {
    /// A label of the image.
    pub(super) fn label(&self, name: &str) -> Option<String> {
        let value = self.config.run.as_ref()?.labels.as_ref()?.get(name)?.trim();
        let plain = value.len() <= 64 && value.chars().all(|c| c.is_ascii_alphanumeric() || ".-+_".contains(c));
        (plain && !value.is_empty()).then(|| value.to_owned())
    }

    fn platform(&self) -> String {
        format!("{}/{}", self.config.os, self.config.architecture)
    }
}

/// Finds the image. Documents that tell of another how it was made are passed over.
pub(super) fn find(store: &Store) -> Result<Found, Why> {
    let index = store.part("index.json").map_err(|_missing| {
        "is no OCI archive: it holds no `index.json` (`docker save` writes one from Docker 25 on, `podman save` with `--format oci-archive`)".to_owned()
    })?;
    let index: Document = parsed(&index.document()?, "index.json")?;
    let mut waiting: Vec<(Descriptor, usize)> =
        index.manifests.ok_or("has an index that lists nothing")?.into_iter().map(|each| (each, 1)).collect();
    let mut found: BTreeMap<Digest, Found> = BTreeMap::new();
    let (mut looked, mut absent) = (0, Vec::new());
    while let Some((descriptor, depth)) = waiting.pop() {
        let attests = descriptor.annotations.as_ref().is_some_and(|told| told.contains_key(ATTESTS));
        if attests {
            continue;
        }
        looked += 1;
        if looked > MOST || depth > DEEPEST {
            return Err(format!("has more than {MOST} manifests, or indexes {DEEPEST} deep"));
        }
        let blob = blob(&descriptor)?;
        // Docker lists every platform of an image that it fetched, and has the parts of its own alone.
        if let Some(other) = descriptor.platform.as_ref().filter(|of| of.is_another() && store.blob(&blob).is_err()) {
            absent.push(format!("{}/{}", other.os, other.architecture));
            continue;
        }
        let bytes = document(store, &blob)?;
        let inner: Document = parsed(&bytes, blob.digest.as_str())?;
        match inner {
            Document { manifests: Some(manifests), config: None, layers: None, .. } => {
                waiting.extend(manifests.into_iter().map(|each| (each, depth + 1)));
            }
            Document { manifests: None, config: Some(config), layers: Some(layers), media_type } => {
                let media_type = media_type.or(descriptor.media_type).unwrap_or_else(|| MANIFEST.to_owned());
                let image = image(store, (blob.digest.clone(), bytes), media_type, &config, &layers)?;
                found.insert(blob.digest, image);
            }
            _ => return Err(format!("holds at {} neither an index nor a manifest", blob.digest)),
        }
    }
    one(found, absent)
}

/// The one for Astro; `absent` are the platforms of those that are only listed.
fn one(found: BTreeMap<Digest, Found>, absent: Vec<String>) -> Result<Found, Why> {
    let all = found.values().map(Found::platform).chain(absent);
    let all: Vec<String> = all.map(|platform| format!("`{}`", platform.escape_debug())).collect();
    let mut fit: Vec<Found> = found.into_values().filter(|image| image.platform() == "linux/amd64").collect();
    match (fit.pop(), fit.len()) {
        (Some(image), 0) => Ok(image),
        (Some(_), more) => Err(format!("holds {} images for linux/amd64, and which is meant is not said", more + 1)),
        (None, _) if all.is_empty() => Err("holds no image".to_owned()),
        (None, _) => Err(format!("is for {}, and Astro runs linux/amd64", all.join(", "))),
    }
}

fn image(
    store: &Store,
    (digest, bytes): (Digest, Vec<u8>),
    media_type: String,
    config: &Descriptor,
    layers: &[Descriptor],
) -> Result<Found, Why> {
    if !MANIFESTS.contains(&media_type.as_str()) {
        return Err(format!("has a manifest of the sort `{}`, which is no image's", media_type.escape_debug()));
    }
    if layers.len() > MOST_LAYERS {
        return Err(format!("has more than {MOST_LAYERS} layers"));
    }
    let own = blob(config)?;
    let config: Config = parsed(&document(store, &own)?, own.digest.as_str())?;
    let mut blobs = layers.iter().map(blob).chain([Ok(own)]).collect::<Result<Vec<Blob>, Why>>()?;
    blobs.sort();
    blobs.dedup();
    Ok(Found { bytes, media_type, digest, blobs, config })
}

/// The bytes of a document, which are those that its digest is of.
fn document(store: &Store, blob: &Blob) -> Result<Vec<u8>, Why> {
    let bytes = store.blob(blob)?.document()?;
    if Digest::of(&bytes) == blob.digest {
        Ok(bytes)
    } else {
        Err(format!("holds other bytes than {} says", blob.digest))
    }
}

fn blob(descriptor: &Descriptor) -> Result<Blob, Why> {
    let digest = Digest::new(&descriptor.digest)
        .map_err(|_other| format!("names something by `{}`, which is no sha256", descriptor.digest.escape_debug()))?;
    Ok(Blob { digest, size: descriptor.size })
}

fn parsed<T: DeserializeOwned>(bytes: &[u8], name: &str) -> Result<T, Why> {
    serde_json::from_slice(bytes).map_err(|error| format!("holds at {name} what cannot be read: {error}"))
}
