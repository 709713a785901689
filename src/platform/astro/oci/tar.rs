//! Where the files of a tar lie in it. Nothing is unpacked, no name is followed, and what is no regular file is passed over.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;

use tar::Archive;

use super::Why;

/// The most bytes that all headers of an archive may have, those that extend others with them: what a hostile one can make us hold.
const HEADERS: u64 = 64 * 1024 * 1024;

/// Where a file lies: from which byte, and how many.
pub(super) type Span = (u64, u64);

/// The regular files of an archive of this many bytes, which is read from its start.
pub(super) fn files(file: &File, length: u64) -> Result<BTreeMap<String, Span>, Why> {
    let mut magic = [0; 2];
    if file.read_exact_at(&mut magic, 0).is_ok() && magic == [0x1f, 0x8b] {
        return Err("is compressed: write it without gzip".to_owned());
    }
    let mut files = BTreeMap::new();
    let mut archive = Archive::new(Headers { file, left: HEADERS });
    for entry in archive.entries_with_seek().map_err(|error| why(&error))? {
        let entry = entry.map_err(|error| why(&error))?;
        let name = plain(&String::from_utf8_lossy(&entry.path_bytes()))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let (start, size) = (entry.raw_file_position(), entry.size());
        if start.checked_add(size).is_none_or(|end| end > length) {
            return Err("ends within a file: it is cut off".to_owned());
        }
        if files.insert(name.clone(), (start, size)).is_some() {
            return Err(format!("holds `{}` twice", name.escape_debug()));
        }
    }
    Ok(files)
}

/// A file of which the headers alone are read: contents are leapt over, and do not count.
struct Headers<'a> {
    file: &'a File,
    left: u64,
}

impl Read for Headers<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.left = self.left.checked_sub(read as u64).ok_or(ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

impl Seek for Headers<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn why(error: &io::Error) -> Why {
    match error.kind() {
        ErrorKind::FileTooLarge => format!("has headers of more than {} MiB", HEADERS >> 20),
        ErrorKind::Other => "is no tar archive, or a broken one".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

/// A name without `./`. One that would lead out of a folder is in no archive that was made for us.
fn plain(name: &str) -> Result<String, Why> {
    let escapes = name.starts_with('/') || name.split('/').any(|part| part == "..");
    if escapes {
        return Err(format!("holds a path that leads out of it: `{}`", name.escape_debug()));
    }
    Ok(name.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/"))
}
