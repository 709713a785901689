//! A file of lines to which is only ever appended, and what a kill in mid-write leaves of it.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use serde::de::IgnoredAny;

use crate::history::beneath::{Folder, Trouble};

/// The largest file that is read, in bytes: some 50,000 records.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// After a whole line.
    Clean,
    /// After a whole line that lacks its line feed: an editor took it, or a kill came just before it.
    Unended,
    /// With a part of a line, this many bytes of it.
    Torn(usize),
}

/// The whole lines of a file, and how it ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines<'a> {
    /// The whole lines, without line feeds.
    pub(super) whole: Vec<&'a [u8]>,
    /// How many bytes they take with their line feeds.
    pub(super) keep: usize,
    /// What follows.
    pub(super) end: End,
}

/// Splits a file. What follows the last line feed is a whole line only if it is JSON in full: no part of an object is.
pub(super) fn split(bytes: &[u8]) -> Lines<'_> {
    let keep = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let (ended, tail) = bytes.split_at(keep);
    let mut whole: Vec<_> = ended.split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len() - 1]).collect();
    if tail.is_empty() {
        return Lines { whole, keep, end: End::Clean };
    }
    if serde_json::from_slice::<IgnoredAny>(tail).is_ok() {
        whole.push(tail);
        return Lines { whole, keep: bytes.len(), end: End::Unended };
    }
    Lines { whole, keep, end: End::Torn(tail.len()) }
}

/// A file that is open for appending; its caller holds the lock.
#[derive(Debug)]
pub(super) struct Log {
    name: &'static str,
    file: File,
}

impl Log {
    /// Opens the file, making it when there is none.
    pub(super) fn open(folder: &Folder, name: &'static str) -> Result<Self, Trouble> {
        let file = folder.open_file(name)?;
        folder.sync()?;
        Ok(Self { name, file })
    }

    /// The open file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Reads all of it.
    pub(super) fn read(&mut self, folder: &Folder) -> Result<Vec<u8>, Trouble> {
        self.file.rewind().map_err(|error| self.trouble(folder, "read", error))?;
        folder.read_all(self.name, &self.file, LARGEST)
    }

    /// Appends lines (each with its line feed) behind the whole lines, and waits until the disk has them. A torn end is
    /// cut off first; what was whole stays, whatever happens.
    pub(super) fn append(&mut self, folder: &Folder, keep: usize, end: End, lines: &[u8]) -> Result<(), Trouble> {
        let keep = keep as u64;
        let written = self.append_at(keep, end, lines);
        if written.is_err() {
            // A full disk may have taken a part. If even this fails, the part is a torn end for the next run to cut.
            let _cut = self.file.set_len(keep);
        }
        written.map_err(|error| self.trouble(folder, "write", error))
    }

    fn append_at(&mut self, keep: u64, end: End, lines: &[u8]) -> std::io::Result<()> {
        let mut text = Vec::with_capacity(lines.len() + 1);
        match end {
            End::Clean => {}
            End::Unended => text.push(b'\n'),
            End::Torn(_) => self.file.set_len(keep)?,
        }
        text.extend_from_slice(lines);
        self.file.seek(SeekFrom::Start(keep))?;
        self.file.write_all(&text)?;
        self.file.sync_all()
    }

    fn trouble(&self, folder: &Folder, act: &'static str, error: std::io::Error) -> Trouble {
        Trouble::Io { act, path: folder.path_of(self.name), error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_whole_only_if_it_is_json_in_full() {
        for (bytes, whole, keep, end) in [
            ("", 0, 0, End::Clean),
            ("{}\n", 1, 3, End::Clean),
            ("{}\n{\"a\":1}", 2, 10, End::Unended),
            ("{}\n{\"a\":1", 1, 3, End::Torn(6)),
            ("{\"a\"", 0, 0, End::Torn(4)),
            ("{}\n\0\0\0", 1, 3, End::Torn(3)),
            ("{}\n\n", 2, 4, End::Clean),
        ] {
            let lines = split(bytes.as_bytes());
            assert_eq!((lines.whole.len(), lines.keep, lines.end), (whole, keep, end), "{bytes:?}");
        }
    }

    #[test]
    fn appending_cuts_a_torn_end_and_keeps_every_whole_line() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::root(place.path()).unwrap();
        for (name, before, after) in [
            ("clean", "{}\n", "{}\n[1]\n"),
            ("unended", "{}\n{}", "{}\n{}\n[1]\n"),
            ("torn", "{}\n{\"longer than what follows\":", "{}\n[1]\n"),
            ("empty", "", "[1]\n"),
        ] {
            std::fs::write(place.path().join(name), before).unwrap();
            let mut log = Log::open(&folder, name).unwrap();
            let bytes = log.read(&folder).unwrap();
            let lines = split(&bytes);
            let (keep, end) = (lines.keep, lines.end);
            log.append(&folder, keep, end, b"[1]\n").unwrap();
            assert_eq!(String::from_utf8(log.read(&folder).unwrap()).unwrap(), after, "{name}");
        }
    }
}
