//! The files of a commit as they were written into a folder of their own, so that whatever is rewritten there later is known.
//!
//! Contents are compared, not times: what runs in the folder may set those. Nothing is compared with git's index either, for
//! that one is gone by then, and asking git again would let it look at what the tree has made of its folders.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use rustix::fs::{AtFlags, CWD, FileType, Mode};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::disk::{LIST, READ, names, open_folder};
use super::path_text;
use crate::problem::{Fault, Problem};

/// What was written, by path. Names need not be text: whatever is there could be imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    folders: BTreeMap<Vec<u8>, Vec<(Vec<u8>, Print)>>,
}

/// What a file or a link was.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Print {
    File { size: u64, digest: [u8; 32] },
    Link(Vec<u8>),
}

impl Copied {
    /// Looks at all that is in the folder, before anything else is put there.
    ///
    /// # Errors
    /// `copy-unreadable` when what was just written cannot be read.
    pub fn look(root: &Path) -> Result<Self, Problem> {
        let failed = |error: Errno| {
            let says = "the copy of the commit cannot be read";
            Problem::new("copy-unreadable", Fault::Input, says).because(&io::Error::from(error))
        };
        let root = rustix::fs::openat(CWD, root, LIST, Mode::empty()).map_err(failed)?;
        let mut listed = BTreeMap::new();
        list(&root, b"", &mut listed).map_err(failed)?;
        let folders = listed.into_par_iter().map(|(path, names)| {
            let folder = open_folder(&root, &path)?;
            let prints = names.into_iter().map(|name| print(&folder, &name).map(|print| (name, print)));
            Ok((path, prints.collect::<Result<_, _>>()?))
        });
        Ok(Self { folders: folders.collect::<Result<_, _>>().map_err(failed)? })
    }

    /// The paths of what is no longer as it was: rewritten, gone, or something else. What was added is not told.
    pub fn changed(&self, root: &Path) -> Vec<String> {
        let root = rustix::fs::openat(CWD, root, LIST, Mode::empty());
        let in_folder = |(path, files): (&Vec<u8>, &Vec<(Vec<u8>, Print)>)| {
            let folder = root.as_ref().ok().and_then(|root| open_folder(root, path).ok());
            let is_same =
                |name: &[u8], before: &Print| folder.as_ref().is_some_and(|folder| before.is_at(folder, name));
            let changed = files.iter().filter(|(name, before)| !is_same(name, before));
            let shown = changed.map(|(name, _)| path_text(&joined(path, name)));
            shown.collect::<Vec<_>>()
        };
        let mut changed: Vec<String> = self.folders.par_iter().flat_map_iter(in_folder).collect();
        changed.sort_unstable();
        changed
    }
}

impl Print {
    /// Whether what is there now is the same. A file of another size is not read: it may be endless.
    fn is_at(&self, folder: &OwnedFd, name: &[u8]) -> bool {
        let is_as_large = |size| {
            let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
            stat.is_ok_and(|stat| u64::try_from(stat.st_size) == Ok(size))
        };
        let may_be_same = match self {
            Self::File { size, .. } => is_as_large(*size),
            Self::Link(_) => true,
        };
        may_be_same && print(folder, name).as_ref() == Ok(self)
    }
}

/// Puts in the names of files and links in this folder and all below it.
fn list(folder: &OwnedFd, path: &[u8], into: &mut BTreeMap<Vec<u8>, Vec<Vec<u8>>>) -> Result<(), Errno> {
    let mut files = Vec::new();
    for (name, kind) in names(folder)? {
        if kind == FileType::Directory {
            let inner = rustix::fs::openat(folder, name.as_slice(), LIST, Mode::empty())?;
            list(&inner, &joined(path, &name), into)?;
        } else {
            files.push(name);
        }
    }
    into.insert(path.to_vec(), files);
    Ok(())
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

fn print(folder: &OwnedFd, name: &[u8]) -> Result<Print, Errno> {
    let opened = match rustix::fs::openat(folder, name, READ, Mode::empty()) {
        Ok(opened) => opened,
        Err(Errno::LOOP) => return Ok(Print::Link(rustix::fs::readlinkat(folder, name, Vec::new())?.into_bytes())),
        Err(error) => return Err(error),
    };
    let stat = rustix::fs::fstat(opened.as_fd())?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    let mut hasher = Sha256::new();
    io::copy(&mut File::from(opened).take(size + 1), &mut hasher).map_err(|_unreadable| Errno::IO)?;
    Ok(Print::File { size, digest: hasher.finalize().into() })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn whatever_is_no_longer_as_it_was_written_is_known() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        let write = |path: &str, text: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        for path in ["same", "a/other", "a/longer", "a/gone", "a/pipe", "a/linked", "b/folder/x", "b/swapped/x"] {
            write(path, "as committed");
        }
        symlink("same", root.join("link")).unwrap();
        symlink("same", root.join("turned")).unwrap();
        let copied = Copied::look(root).unwrap();
        assert_eq!(copied.changed(root), Vec::<String>::new());

        // The same size and the same times: nothing but its content is another.
        let times = fs::metadata(root.join("a/other")).unwrap().modified().unwrap();
        write("a/other", "as_committed");
        File::options().write(true).open(root.join("a/other")).unwrap().set_modified(times).unwrap();
        File::options().write(true).open(root.join("a/longer")).unwrap().set_len(1 << 40).unwrap();
        for path in ["a/gone", "a/pipe", "a/linked", "turned"] {
            fs::remove_file(root.join(path)).unwrap();
        }
        rustix::fs::mknodat(CWD, root.join("a/pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        // What a link leads to may be the very same: it is not what was committed.
        symlink(root.join("same"), root.join("a/linked")).unwrap();
        symlink("a", root.join("turned")).unwrap();
        fs::rename(root.join("b/swapped"), place.path().join("elsewhere")).unwrap();
        symlink(place.path().join("elsewhere"), root.join("b/swapped")).unwrap();
        write("b/new", "added");
        assert_eq!(
            copied.changed(root),
            ["a/gone", "a/linked", "a/longer", "a/other", "a/pipe", "b/swapped/x", "turned"]
        );
        assert_eq!(copied.changed(Path::new("/nowhere")).len(), 10, "what cannot be looked at has changed");
        assert_eq!(Copied::default().changed(root), Vec::<String>::new());
    }
}
