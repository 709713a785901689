//! A checkout on disk, read beneath the repository's root.
//!
//! The system is never asked to follow a link: every part of a path is opened by itself with `O_NOFOLLOW`, so neither a link to
//! `/proc` nor one that is swapped in while we read leads anywhere. Where links lead is worked out on names (`listing`).

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::content::{Bytes, Content, assemble, refuse, wanted_files};
use super::listing::{DEEPEST, Entry, Listing, is_passed_over, too_deep};
use super::{LARGEST_FILE, Tree, join, path_text};
use crate::finding::Finding;
use crate::names::Place;
use crate::problem::Problem;

/// Opening a file never waits (a named pipe), never takes a terminal, never follows.
pub(super) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

pub(super) const LIST: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Reads the checkout whose root is `root`; the texts are those of the wanted paths.
///
/// Problems: `repository-missing`, `tree-too-large`, `tree-too-deep`. Whatever is the matter with a single path is a finding.
pub fn read(root: &Path, wants: &dyn Fn(&str) -> bool) -> Result<Tree, Problem> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::openat(CWD, root, flags, Mode::empty()).map_err(|error| {
        let text = format!("cannot open the folder `{}`", root.display());
        Problem::input("repository-missing", text).because(&std::io::Error::from(error))
    })?;
    let mut lister = Lister { listing: Listing::default(), findings: Vec::new(), wants };
    lister.folder(&root, "", 0)?;
    let Lister { listing, findings, wants: _ } = lister;
    let views = listing.views()?;
    let contents = contents(&root, wanted_files(&views, wants));
    assemble(views, &contents, findings, wants)
}

/// The text of one file beneath `root`, by the rules of [`read`] but following no link at all; `None` when nothing is there.
pub fn text(root: &Path, path: &str) -> Result<Option<String>, Problem> {
    let refuse = |code, why: &str| Problem::input(code, format!("`{}` {why}", path.escape_debug()));
    let unreadable = |error: Errno| refuse("unreadable", "cannot be read").because(&std::io::Error::from(error));
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.is_empty() || path.split('/').any(|part| part == "..") {
        return Err(refuse("path-outside", "leads out of the repository"));
    }
    let root = rustix::fs::openat(CWD, root, LIST, Mode::empty()).map_err(unreadable)?;
    let folder = match open_folder(&root, folder.as_bytes()) {
        Ok(folder) => folder,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).is_err_and(|error| error == Errno::NOENT) {
        return Ok(None);
    }
    match file(&folder, name) {
        Content::Text(text) => Ok(Some(text.to_string())),
        Content::Refused(code, why, _) => Err(refuse(code, &why)),
    }
}

/// The bytes of these files beneath `root`, whatever they are, following no link at all (a path that leads through one is given as
/// [`Tree::real`] has it). What cannot be read is a finding on its path.
pub fn bytes(root: &Path, paths: &[String], largest: u64) -> Result<Bytes, Problem> {
    let root = rustix::fs::openat(CWD, root, LIST, Mode::empty()).map_err(|error| {
        let text = format!("cannot open the folder `{}`", root.display());
        Problem::input("repository-missing", text).because(&std::io::Error::from(error))
    })?;
    let read = paths.into_par_iter().map(|path| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let read = match open_folder(&root, folder.as_bytes()) {
            Ok(folder) => raw(&folder, name, largest),
            Err(error) => Err(Content::unreadable(format!("the file's folder cannot be opened: {}", why(error)))),
        };
        (path.clone(), read)
    });
    let read: Vec<_> = read.collect();
    let mut bytes = Bytes::default();
    read.into_iter().for_each(|(path, read)| bytes.put(path, read));
    Ok(bytes)
}

/// Lists folders; their fds are open from the root down to where it is.
struct Lister<'a> {
    listing: Listing,
    findings: Vec<Finding>,
    wants: &'a dyn Fn(&str) -> bool,
}

impl Lister<'_> {
    fn folder(&mut self, folder: &OwnedFd, path: &str, depth: usize) -> Result<(), Problem> {
        if depth > DEEPEST {
            return Err(too_deep(path));
        }
        match names(folder) {
            Ok(names) if depth > 0 && names.iter().any(|(name, _)| name == b".git") => {
                self.listing.add(path.to_owned(), Entry::Module)
            }
            Ok(names) => names.into_iter().try_for_each(|(name, kind)| self.entry(folder, path, &name, kind, depth)),
            Err(error) => {
                self.unlisted(path, error);
                Ok(())
            }
        }
    }

    fn entry(
        &mut self,
        folder: &OwnedFd,
        path: &str,
        name: &[u8],
        kind: FileType,
        depth: usize,
    ) -> Result<(), Problem> {
        let Ok(name) = std::str::from_utf8(name) else {
            bad_name(&mut self.findings, &join(path, &path_text(name)), kind == FileType::Directory, self.wants);
            return Ok(());
        };
        if is_passed_over(name) {
            return Ok(());
        }
        let path = join(path, name);
        let entry = match kind {
            FileType::Directory => {
                return match rustix::fs::openat(folder, name, LIST, Mode::empty()) {
                    Ok(inner) => self.folder(&inner, &path, depth + 1),
                    Err(error) => {
                        self.unlisted(&path, error);
                        Ok(())
                    }
                };
            }
            FileType::RegularFile => Entry::File,
            // A link that cannot be read leads nowhere.
            FileType::Symlink => rustix::fs::readlinkat(folder, name, Vec::new())
                .map_or_else(|_unreadable| Entry::Link(Vec::new()), |target| Entry::Link(target.into_bytes())),
            other => Entry::Other(kind_text(other)),
        };
        self.listing.add(path, entry)
    }

    /// Nobody knows what is in it, so it counts as an error whatever is wanted.
    fn unlisted(&mut self, path: &str, error: Errno) {
        let finding = Finding::error("unreadable", format!("the folder cannot be listed: {}", why(error)))
            .help("make it readable, or move it out of the repository");
        self.findings.push(finding.at(Place::file(if path.is_empty() { "." } else { path })));
    }
}

/// The finding on a name that is not text; a folder's files are all missed with it.
pub(super) fn bad_name(findings: &mut Vec<Finding>, shown: &str, folder: bool, wants: &dyn Fn(&str) -> bool) {
    let why = "the name is not UTF-8; nothing of that name is read".to_owned();
    if folder {
        let finding = Finding::warning("name-not-utf8", why).at(Place::file(shown));
        findings.push(finding.help("give the folder a name in UTF-8"));
    } else {
        refuse(findings, shown, wants, "name-not-utf8", why);
    }
}

/// The names in a folder and what they stand for.
pub(super) fn names(folder: &OwnedFd) -> Result<Vec<(Vec<u8>, FileType)>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => kind_of(folder, name),
            known => known,
        };
        names.push((name.to_bytes().to_vec(), kind));
    }
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

/// Some file systems do not say it in the list.
fn kind_of(folder: &OwnedFd, name: &CStr) -> FileType {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
        .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode))
}

/// Reads these files, folder by folder, on all cores.
fn contents(root: &OwnedFd, paths: impl IntoIterator<Item = String>) -> BTreeMap<String, Content> {
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder.to_owned()).or_default().push(path);
    }
    let folders: Vec<_> = folders.into_iter().collect();
    let read = folders.into_par_iter().flat_map_iter(|(folder, paths)| {
        let folder = open_folder(root, folder.as_bytes());
        paths.into_iter().map(move |path| {
            let content = match &folder {
                Ok(folder) => file(folder, path.rsplit('/').next().unwrap_or(&path)),
                Err(error) => Content::unreadable(format!("the file's folder cannot be opened: {}", why(*error))),
            };
            (path, content)
        })
    });
    read.collect()
}

pub(super) fn open_folder(root: &OwnedFd, path: &[u8]) -> Result<OwnedFd, Errno> {
    let mut folder = rustix::io::fcntl_dupfd_cloexec(root, 0)?;
    for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
        folder = rustix::fs::openat(&folder, part, LIST, Mode::empty())?;
    }
    Ok(folder)
}

fn file(folder: &OwnedFd, name: &str) -> Content {
    raw(folder, name, LARGEST_FILE).map_or_else(|refused| refused, Content::of)
}

/// The bytes of a regular file; what is refused says why.
fn raw(folder: &OwnedFd, name: &str, largest: u64) -> Result<Vec<u8>, Content> {
    let opened = rustix::fs::openat(folder, name, READ, Mode::empty()).map_err(|error| match error {
        Errno::LOOP => Content::unreadable("this is a link, and none is followed here"),
        error => Content::unreadable(format!("the file cannot be opened: {}", why(error))),
    })?;
    let about = rustix::fs::fstat(opened.as_fd())
        .map_err(|error| Content::unreadable(format!("the file cannot be looked at: {}", why(error))))?;
    let kind = FileType::from_raw_mode(about.st_mode);
    if kind != FileType::RegularFile {
        return Err(Content::Refused("not-a-file", format!("this is {}, no regular file", kind_text(kind)), None));
    }
    let size = u64::try_from(about.st_size).unwrap_or(u64::MAX);
    if size > largest {
        return Err(Content::too_large(largest));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    match File::from(opened).take(largest + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > largest => Err(Content::too_large(largest)),
        Ok(_) => Ok(bytes),
        Err(error) => Err(Content::unreadable(format!("the file cannot be read: {}", error.kind()))),
    }
}

fn kind_text(kind: FileType) -> &'static str {
    match kind {
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Directory => "a folder",
        FileType::Symlink => "a link",
        FileType::RegularFile | FileType::Unknown => "of an unknown kind",
    }
}

fn why(error: Errno) -> String {
    std::io::Error::from(error).kind().to_string()
}
