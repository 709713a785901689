//! The files of a project at one commit, read once and then only looked at.
//!
//! Two readers give the same value: [`disk`] for a checkout, [`commit`] for any commit through git. Neither follows a link
//! out of the repository, and what cannot be read is a finding on that path.

pub mod commit;
mod content;
mod copied;
pub mod disk;
mod listing;
pub mod tracked;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use content::Bytes;
pub use copied::Copied;

use crate::finding::Finding;

/// The largest source file that is read, in bytes; a larger one is the finding `file-too-large`.
pub const LARGEST_FILE: u64 = 2 * 1024 * 1024;

/// A file of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum File {
    /// Its text: it was wanted, is regular, small enough and UTF-8.
    Text(Arc<str>),
    /// It is there, and was not wanted or could not be read (then a finding says why).
    Present,
}

/// Paths (from the repository's root, `/` between parts) to files, and what was found while reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, File>,
    /// Only paths that lead through a link.
    real: BTreeMap<String, String>,
    tracked: Option<std::collections::BTreeSet<String>>,
    /// Git's ids of the contents of those that are no texts.
    ids: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

impl Tree {
    /// A tree of these files.
    pub fn new(files: BTreeMap<String, File>, findings: Vec<Finding>) -> Self {
        Self { files, real: BTreeMap::new(), tracked: None, ids: BTreeMap::new(), findings }
    }

    /// Says where paths that lead through a link end.
    #[must_use]
    pub fn with_links(mut self, real: BTreeMap<String, String>) -> Self {
        self.real = real;
        self
    }

    /// The path of the file itself: another one than was given where it leads through a link.
    pub fn real<'a>(&'a self, path: &'a str) -> &'a str {
        self.real.get(path).map_or(path, String::as_str)
    }

    /// A tree of texts, for tests and for embedded examples.
    pub fn of_texts<P: Into<String>, T: Into<Arc<str>>>(texts: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = texts.into_iter().map(|(path, text)| (path.into(), File::Text(text.into()))).collect();
        Self::new(files, Vec::new())
    }

    /// Says which paths git tracks; without it nothing is known of that.
    #[must_use]
    pub fn with_tracked(mut self, tracked: impl IntoIterator<Item = String>) -> Self {
        self.tracked = Some(tracked.into_iter().collect());
        self
    }

    /// Whether git tracks this path; `None` when that is not known.
    pub fn is_tracked(&self, path: &str) -> Option<bool> {
        self.tracked.as_ref().map(|tracked| tracked.contains(path))
    }

    /// Says what git calls the contents of files.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = (String, String)>) -> Self {
        let no_texts = ids.into_iter().filter(|(path, _)| matches!(self.files.get(path), Some(File::Present)));
        self.ids = no_texts.collect();
        self
    }

    /// What tells the content of a file from any other: its text, or else git's id of it; `None` where the name alone is known.
    pub fn content(&self, path: &str) -> Option<&str> {
        self.text(path).map(|text| &**text).or_else(|| self.ids.get(self.real(path)).map(String::as_str))
    }

    /// The text of a file that was wanted and could be read.
    pub fn text(&self, path: &str) -> Option<&Arc<str>> {
        match self.files.get(path) {
            Some(File::Text(text)) => Some(text),
            Some(File::Present) | None => None,
        }
    }

    /// Whether a file of this path exists, read or not.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// All files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The files beneath a folder (`""` is the root), in the order of their paths.
    pub fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a File)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.files
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .map(|(path, file)| (path.as_str(), file))
    }

    /// What was found while reading.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// A path for people and as a name in the tree: bytes that are not UTF-8 are escaped as `\xff`.
pub(crate) fn path_text(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&chunk.invalid().escape_ascii().to_string());
    }
    text
}

/// Joins a folder (`""` is the root) and a path below it.
pub fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

#[cfg(test)]
mod tests;
