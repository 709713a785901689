//! Folders that are read and written without following a link, so that a link planted in the tree leads nowhere.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::problem::{Fault, Problem};

/// How deep folders may lie in one another.
pub(crate) const DEEPEST: usize = 64;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// It is not what it should be: a link, a device, a folder in a file's place. It is not followed.
    #[error("`{}` is {what}; it is not followed", path.escape_debug())]
    Outside {
        /// Where.
        path: String,
        /// What is there.
        what: &'static str,
    },
    /// The name would lead elsewhere.
    #[error("`{}` is no path below its folder", path.escape_debug())]
    BadPath {
        /// The name.
        path: String,
    },
    /// It is larger than it may be.
    #[error("`{}` is larger than {limit} bytes", path.escape_debug())]
    TooLarge {
        /// Where.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The system said no.
    #[error("cannot {act} `{}`", path.escape_debug())]
    Io {
        /// What was tried.
        act: &'static str,
        /// Where.
        path: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

impl Trouble {
    /// A folder that must be there is not.
    pub(crate) fn no_folder(path: &str) -> Self {
        Self::Io { act: "open the folder", path: path.to_owned(), error: Errno::NOENT.into() }
    }

    /// As a problem: `path-outside` for what leads elsewhere, the caller's code for the rest.
    pub(crate) fn problem(&self, code: &'static str, fault: Fault) -> Problem {
        let (code, fault) = match self {
            Self::Outside { .. } | Self::BadPath { .. } => ("path-outside", Fault::Input),
            Self::TooLarge { .. } | Self::Io { .. } => (code, fault),
        };
        let problem = Problem::new(code, fault, self.to_string());
        match std::error::Error::source(self) {
            Some(source) => problem.because(source),
            None => problem,
        }
    }
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
    Other,
}

/// An open folder. Names given to its methods are single parts of a path.
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
    shown: String,
}

impl Folder {
    /// Opens a folder that people named; links on the way to it are theirs and are followed.
    pub(crate) fn root(path: &Path) -> Result<Self, Trouble> {
        let shown = path.display().to_string();
        match rustix::fs::openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(fd) => Ok(Self { fd, shown: String::new() }),
            Err(error) => Err(Trouble::Io { act: "open", path: shown, error: error.into() }),
        }
    }

    /// The folder's path from the root, for people.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The path from the root of a name in this folder, for people.
    pub(crate) fn path_of(&self, name: &str) -> String {
        crate::tree::join(&self.shown, name)
    }

    /// Opens a folder in this one; `None` when there is nothing of that name.
    pub(crate) fn open(&self, name: &str) -> Result<Option<Self>, Trouble> {
        self.check(name)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, shown: self.path_of(name) })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => Err(self.outside(name, "a link, or no folder")),
            Err(error) => Err(self.io("open", name, error)),
        }
    }

    /// Opens a folder some parts below this one (`""` is this one); `None` when there is none.
    pub(crate) fn open_path(&self, path: &str) -> Result<Option<Self>, Trouble> {
        let mut folder = self.again()?;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            match folder.open(part)? {
                Some(inner) => folder = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    /// Opens a folder in this one, making it when there is none.
    pub(crate) fn make(&self, name: &str) -> Result<Self, Trouble> {
        self.check(name)?;
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(self.io("make the folder", name, error)),
        }
        self.open(name)?.ok_or_else(|| self.io("open", name, Errno::NOENT))
    }

    /// Opens a folder some parts below this one, making what is not there.
    pub(crate) fn make_path(&self, path: &str) -> Result<Self, Trouble> {
        let mut folder = self.again()?;
        for part in path.split('/') {
            folder = folder.make(part)?;
        }
        Ok(folder)
    }

    /// What the name stands for; `None` when there is nothing of that name.
    pub(crate) fn kind(&self, name: &str) -> Result<Option<Kind>, Trouble> {
        self.check(name)?;
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Kind::File,
                FileType::Directory => Kind::Folder,
                FileType::Symlink => Kind::Link,
                _ => Kind::Other,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.io("look at", name, error)),
        }
    }

    /// Whether the name still stands for this open file.
    pub(crate) fn still_names(&self, name: &str, file: &File) -> Result<bool, Trouble> {
        let opened = rustix::fs::fstat(file).map_err(|error| self.io("look at", name, error))?;
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) => Ok((named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.io("look at", name, error)),
        }
    }

    /// Reads a regular file of at most `limit` bytes; `None` when there is nothing of that name.
    pub(crate) fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Trouble> {
        self.look(name)?.map(|file| self.read_all(name, &file, limit)).transpose()
    }

    /// Opens a regular file for reading; `None` when there is nothing of that name.
    pub(crate) fn look(&self, name: &str) -> Result<Option<File>, Trouble> {
        match self.file(name, OFlags::RDONLY) {
            Ok(file) => Ok(Some(file)),
            Err(Trouble::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Reads an open file from where it stands.
    pub(crate) fn read_all(&self, name: &str, file: &File, limit: u64) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        let read = file.take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| Trouble::Io { act: "read", path: self.path_of(name), error })?;
        if bytes.len() as u64 > limit {
            return Err(Trouble::TooLarge { path: self.path_of(name), limit });
        }
        Ok(bytes)
    }

    /// Opens a regular file for reading and writing, making it when there is none.
    pub(crate) fn open_file(&self, name: &str) -> Result<File, Trouble> {
        self.file(name, OFlags::RDWR | OFlags::CREATE)
    }

    /// Writes a file that is not there yet, and waits until the disk has it.
    pub(crate) fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let mut file = self.file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(|error| Trouble::Io { act: "write", path: self.path_of(name), error })
    }

    /// Where a link leads, unfollowed; `None` when there is nothing of that name.
    pub(crate) fn link(&self, name: &str) -> Result<Option<String>, Trouble> {
        self.check(name)?;
        match rustix::fs::readlinkat(&self.fd, name, Vec::new()) {
            Ok(target) => Ok(Some(target.to_string_lossy().into_owned())),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::INVAL) => Err(self.outside(name, "no link, though one belongs there")),
            Err(error) => Err(self.io("read the link", name, error)),
        }
    }

    /// Makes a link.
    pub(crate) fn make_link(&self, target: &str, name: &str) -> Result<(), Trouble> {
        self.check(name)?;
        rustix::fs::symlinkat(target, &self.fd, name).map_err(|error| self.io("make the link", name, error))
    }

    /// Renames within this folder, in one step; a file or link of the new name is replaced.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Trouble> {
        self.check(from)?;
        self.check(to)?;
        rustix::fs::renameat(&self.fd, from, &self.fd, to).map_err(|error| self.io("rename to", to, error))
    }

    /// The names in this folder, in order; a name that is not UTF-8 is an error.
    pub(crate) fn names(&self) -> Result<Vec<String>, Trouble> {
        let listing = |error: Errno| Trouble::Io { act: "list", path: self.shown.clone(), error: error.into() };
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(listing)? {
            let entry = entry.map_err(listing)?;
            names.extend(self.name_of(entry.file_name())?);
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Removes a file, a link or a folder with all that is in it. Nothing of that name is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Trouble> {
        let flags = match self.kind(name)? {
            None => return Ok(()),
            Some(Kind::Folder) => {
                if let Some(folder) = self.open(name)? {
                    folder.names()?.iter().try_for_each(|inner| folder.remove(inner))?;
                }
                AtFlags::REMOVEDIR
            }
            Some(Kind::File | Kind::Link | Kind::Other) => AtFlags::empty(),
        };
        rustix::fs::unlinkat(&self.fd, name, flags).map_err(|error| self.io("remove", name, error))
    }

    /// Waits until the disk has the names of this folder.
    pub(crate) fn sync(&self) -> Result<(), Trouble> {
        rustix::fs::fsync(&self.fd).map_err(|error| Trouble::Io {
            act: "write",
            path: self.shown.clone(),
            error: error.into(),
        })
    }

    fn again(&self) -> Result<Self, Trouble> {
        let fd = self.fd.as_fd().try_clone_to_owned();
        fd.map(|fd| Self { fd, shown: self.shown.clone() }).map_err(|error| Trouble::Io {
            act: "open",
            path: self.shown.clone(),
            error,
        })
    }

    fn file(&self, name: &str, flags: OFlags) -> Result<File, Trouble> {
        self.check(name)?;
        // Not blocking: a named pipe in the file's place would wait for its other end.
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o644)) {
            Ok(fd) => fd,
            Err(Errno::LOOP | Errno::MLINK) => return Err(self.outside(name, "a link")),
            Err(Errno::ISDIR | Errno::NXIO) => return Err(self.outside(name, "no regular file")),
            Err(error) => return Err(self.io("open", name, error)),
        };
        let stat = rustix::fs::fstat(&fd).map_err(|error| self.io("look at", name, error))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(self.outside(name, "no regular file"));
        }
        Ok(File::from(fd))
    }

    fn name_of(&self, name: &CStr) -> Result<Option<String>, Trouble> {
        match name.to_str() {
            Ok("." | "..") => Ok(None),
            Ok(name) => Ok(Some(name.to_owned())),
            Err(_) => Err(Trouble::BadPath { path: self.path_of(&name.to_string_lossy()) }),
        }
    }

    fn check(&self, name: &str) -> Result<(), Trouble> {
        if is_part(name) { Ok(()) } else { Err(Trouble::BadPath { path: self.path_of(name) }) }
    }

    fn outside(&self, name: &str, what: &'static str) -> Trouble {
        Trouble::Outside { path: self.path_of(name), what }
    }

    fn io(&self, act: &'static str, name: &str, error: Errno) -> Trouble {
        Trouble::Io { act, path: self.path_of(name), error: error.into() }
    }
}

/// Whether the text is one part of a path that leads downwards.
fn is_part(name: &str) -> bool {
    !name.is_empty() && name.len() <= 255 && name != "." && name != ".." && !name.contains(['/', '\0'])
}

/// Whether the path leads downwards from its folder, part by part.
pub(crate) fn is_beneath(path: &str) -> bool {
    path.len() <= 4096 && path.split('/').all(is_part) && path.split('/').count() <= DEEPEST
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_told() {
        for good in ["a", "a/b.js", "..a/b", "ü/x y"] {
            assert!(is_beneath(good), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "..", "../a", "a/../b", ".", "a/./b", "a\0b", &"a/".repeat(65)] {
            assert!(!is_beneath(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_link_a_pipe_and_a_folder_are_not_read_as_a_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::root(place.path()).unwrap();
        folder.write_new("real", b"text").unwrap();
        symlink("real", place.path().join("link")).unwrap();
        symlink("/etc", place.path().join("etc")).unwrap();
        rustix::fs::mknodat(&folder.fd, "pipe", FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
        folder.make("folder").unwrap();

        assert_eq!(folder.read("real", 4).unwrap().unwrap(), b"text");
        assert!(folder.read("absent", 4).unwrap().is_none());
        assert!(matches!(folder.read("real", 3), Err(Trouble::TooLarge { .. })));
        for name in ["link", "etc", "pipe", "folder"] {
            assert!(matches!(folder.read(name, 10), Err(Trouble::Outside { .. })), "read {name}");
            assert!(matches!(folder.open_file(name), Err(Trouble::Outside { .. })), "write {name}");
        }
        for name in ["link", "etc", "pipe", "real"] {
            assert!(matches!(folder.open(name), Err(Trouble::Outside { .. })), "open {name}");
            assert!(matches!(folder.make(name), Err(Trouble::Outside { .. })), "make {name}");
        }
        assert!(matches!(folder.open_path("folder/../etc"), Err(Trouble::BadPath { .. })));
        assert!(matches!(folder.open_path("etc/ssl"), Err(Trouble::Outside { .. })));
    }

    #[test]
    fn removing_a_folder_removes_links_and_not_what_they_lead_to() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::root(place.path()).unwrap();
        folder.make("kept").unwrap().write_new("file", b"1").unwrap();
        folder.make("gone").unwrap().make("deep").unwrap().write_new("file", b"2").unwrap();
        symlink(place.path().join("kept"), place.path().join("gone/link")).unwrap();

        folder.remove("gone").unwrap();
        folder.remove("gone").unwrap();

        assert_eq!(folder.names().unwrap(), ["kept"]);
        assert_eq!(folder.open("kept").unwrap().unwrap().names().unwrap(), ["file"]);
    }
}
