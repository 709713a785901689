//! Where the parts of an image lie: in a tar, or as files of a folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::layout::Blob;
use super::tar::{self, Span};
use super::{Why, unusable};
use crate::history::beneath::{Folder, Kind, Trouble};
use crate::names::Digest;
use crate::problem::{Fault, Problem};

/// The largest document that is read: an index, a manifest, a configuration. In bytes; registries take no more either.
pub(super) const LARGEST_DOCUMENT: u64 = 4 * 1024 * 1024;
/// How many bytes are read at a time.
const CHUNK: usize = 1024 * 1024;

/// An archive or a layout.
#[derive(Debug)]
pub(super) enum Store {
    Tar { file: Arc<File>, files: BTreeMap<String, Span> },
    Folder(Folder),
}

/// Some bytes of a file, read when they are needed.
#[derive(Debug, Clone)]
pub(in crate::platform::astro) struct Part {
    file: Arc<File>,
    at: u64,
    size: u64,
}

impl Store {
    /// Opens what lies at this path below the root; no link is followed on the way.
    pub(super) fn open(root: &Path, path: &str) -> Result<Self, Problem> {
        let troubled = |trouble: Trouble| trouble.problem("image-unusable", Fault::Input);
        let missing = || {
            Problem::input("image-missing", format!("there is no image `{}` in this job", path.escape_debug()))
                .cause("`image` names an OCI archive, or the folder of an OCI layout, below the repository's root")
                .help("build it in a step before: `docker buildx build --platform linux/amd64 --output type=oci,dest=image.tar .`")
                .help("leave `image` empty where no step before builds one")
        };
        let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.is_empty() || path.starts_with('/') {
            return Err(missing());
        }
        let root = Folder::root(root).map_err(troubled)?;
        let folder = root.open_path(folder).map_err(troubled)?.ok_or_else(missing)?;
        if folder.kind(name).map_err(troubled)? == Some(Kind::Folder) {
            return Ok(Self::Folder(folder.open(name).map_err(troubled)?.ok_or_else(missing)?));
        }
        let file = folder.look(name).map_err(troubled)?.ok_or_else(missing)?;
        let length = file.metadata().map_err(|error| unusable(path, "cannot be read").because(&error))?.len();
        let files = tar::files(&file, length).map_err(|why| unusable(path, &why))?;
        Ok(Self::Tar { file: Arc::new(file), files })
    }

    /// The file of this name.
    pub(super) fn part(&self, name: &str) -> Result<Part, Why> {
        let missing = || format!("holds no `{}`", name.escape_debug());
        match self {
            Self::Tar { file, files } => {
                let (at, size) = *files.get(name).ok_or_else(missing)?;
                Ok(Part { file: Arc::clone(file), at, size })
            }
            Self::Folder(folder) => {
                let told = |trouble: Trouble| format!("cannot be read: {trouble}");
                let (inner, name) = name.rsplit_once('/').unwrap_or(("", name));
                let folder = folder.open_path(inner).map_err(told)?.ok_or_else(missing)?;
                let file = folder.look(name).map_err(told)?.ok_or_else(missing)?;
                let size = file.metadata().map_err(|error| format!("cannot be read: {}", error.kind()))?.len();
                Ok(Part { file: Arc::new(file), at: 0, size })
            }
        }
    }

    /// The bytes of this digest, as many as they should be.
    pub(super) fn blob(&self, blob: &Blob) -> Result<Part, Why> {
        let part = self.part(&format!("blobs/sha256/{}", blob.digest.hex()))?;
        if part.size == blob.size {
            Ok(part)
        } else {
            Err(format!("holds {} bytes of {}, which has {}", part.size, blob.digest, blob.size))
        }
    }
}

impl Part {
    /// How many bytes.
    pub(in crate::platform::astro) fn size(&self) -> u64 {
        self.size
    }

    /// The next bytes from this one on, at most a MiB; none at the end.
    pub(in crate::platform::astro) fn read(&self, from: u64) -> std::io::Result<Vec<u8>> {
        let left = usize::try_from(self.size.saturating_sub(from)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; left.min(CHUNK)];
        self.file.read_exact_at(&mut bytes, self.at + from)?;
        Ok(bytes)
    }

    /// All of it, where it is a document.
    pub(super) fn document(&self) -> Result<Vec<u8>, Why> {
        if self.size > LARGEST_DOCUMENT {
            return Err(format!("holds a document of {} MiB", self.size >> 20));
        }
        let mut bytes = vec![0; usize::try_from(self.size).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, self.at).map_err(|error| format!("cannot be read: {}", error.kind()))?;
        Ok(bytes)
    }

    /// The digest of what is there.
    pub(super) fn digest(&self) -> Result<Digest, Why> {
        let mut hasher = Sha256::new();
        let mut at = 0;
        while at < self.size {
            let bytes = self.read(at).map_err(|error| format!("cannot be read: {}", error.kind()))?;
            at += bytes.len() as u64;
            hasher.update(&bytes);
        }
        Ok(Digest::finish(hasher))
    }
}
