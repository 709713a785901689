//! What is deployed: bytes that were read once and are held, so that nothing can change them between check and deploy.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::manifest::Manifest;
use crate::names::Digest;

/// The files to be deployed, by path, with one digest over names and contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    files: BTreeMap<String, Arc<[u8]>>,
    digest: Digest,
}

impl Artefact {
    /// Holds these files. The digest is over each path and content with their lengths, in the order of the paths.
    pub fn new(files: BTreeMap<String, Arc<[u8]>>) -> Self {
        let mut hasher = Sha256::new();
        for (path, content) in &files {
            for part in [path.as_bytes(), content] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        Self { digest: Digest::finish(hasher), files }
    }

    /// The files by path.
    pub fn files(&self) -> &BTreeMap<String, Arc<[u8]>> {
        &self.files
    }

    /// The digest over all of them.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// What a build gave: the bytes, and the manifest with what only the build could know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The bytes.
    pub artefact: Artefact,
    /// The refined manifest.
    pub manifest: Manifest,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artefact(files: &[(&str, &str)]) -> Artefact {
        Artefact::new(files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(text.as_bytes()))).collect())
    }

    #[test]
    fn the_digest_tells_names_from_contents() {
        assert_eq!(artefact(&[("a", "b")]).digest(), artefact(&[("a", "b")]).digest());
        assert_ne!(artefact(&[("a", "bc")]).digest(), artefact(&[("ab", "c")]).digest());
        assert_ne!(artefact(&[("a", "")]).digest(), artefact(&[]).digest());
    }
}
