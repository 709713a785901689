//! Installed dependencies that git does not track, brought from the checkout into the copy as cheaply as is safe.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rayon::prelude::*;
use rustix::fs::OFlags;

use super::room::give;
use crate::process::launcher::spec::User;

/// What is brought wherever it lies. Nothing else: a checkout also holds what earlier steps left, credentials among it.
const INSTALLED: [&str; 6] = ["node_modules", ".venv", "venv", ".yarn", ".pnp.cjs", ".pnp.loader.mjs"];

/// Files that say what exactly is installed beside them, and below.
const LOCKS: [&str; 6] =
    ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];

/// Where installed dependencies are brought from.
#[derive(Debug, Clone, Copy)]
pub enum From<'a> {
    /// Nowhere.
    Nowhere,
    /// The checkout of the very commit: all that is installed there.
    Same(&'a Path),
    /// The checkout of another commit: of what is installed there only what both commits lock alike.
    Other(&'a Path),
}

/// How deep in the checkout they are looked for.
const DEEPEST: usize = 8;

/// What was brought, and what it cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    /// What, from the root; an interpreter by its own path.
    pub paths: Vec<String>,
    /// How many files.
    pub files: u64,
    /// How many of them share their content with the checkout, unwritable from here.
    pub linked: u64,
    /// How many bytes were written.
    pub bytes: u64,
    /// How long it took, the handing over included.
    pub time: Duration,
}

impl fmt::Display for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.as_secs_f64();
        if self.paths.is_empty() {
            return write!(f, "the copy was handed over in {seconds:.1} s");
        }
        let (paths, files, linked) = (self.paths.join(", "), self.files, self.linked);
        let mebibytes = self.bytes / (1024 * 1024);
        write!(f, "brought along {paths}: {files} files, {linked} linked, {mebibytes} MiB written, in {seconds:.1} s")
    }
}

impl Brought {
    /// Both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.files += other.files;
        self.linked += other.linked;
        self.bytes += other.bytes;
        self
    }
}

/// Brings what is installed there, and what `also` names, into `to`. What is there already stays as it is.
pub(super) fn bring(from: From<'_>, to: &Path, also: &[String], user: Option<User>) -> io::Result<Brought> {
    let (from, is_wanted): (_, &dyn Fn(&Path) -> bool) = match from {
        From::Nowhere => return Ok(Brought::default()),
        From::Same(from) => (from, &|_| true),
        From::Other(from) => (from, &|path| is_locked_alike(from, to, path)),
    };
    let mut paths = installed(from)?;
    paths.retain(|path| is_wanted(path));
    paths.extend(also.iter().map(PathBuf::from).filter(|path| path.is_relative()));
    let carrier = Carrier::new(from, user);
    let mut brought = Vec::new();
    for path in paths {
        let is_new = fs::symlink_metadata(to.join(&path)).is_err();
        let has_place = to.join(&path).parent().is_some_and(Path::is_dir);
        if is_new && has_place && fs::symlink_metadata(from.join(&path)).is_ok() {
            carrier.carry(from.join(&path), to.join(&path))?;
            brought.push(path.display().to_string());
        }
    }
    Ok(carrier.done(brought))
}

/// What is installed in a checkout, from its root.
pub(super) fn installed(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    find(root, Path::new(""), &mut paths)?;
    Ok(paths)
}

/// Finds installed dependencies, without looking into them.
fn find(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
        if INSTALLED.iter().any(|installed| name == *installed) {
            found.push(path);
        } else if entry.file_type()?.is_dir() && name != ".git" && path.components().count() < DEEPEST {
            find(root, &path, found)?;
        }
    }
    Ok(())
}

/// Whether what is installed at this path is covered by a lockfile, the nearest upwards, that is the same on both sides.
fn is_locked_alike(from: &Path, to: &Path, path: &Path) -> bool {
    let read = |file: PathBuf| plain(OpenOptions::new().read(true)).open(file).and_then(io::read_to_string).ok();
    let locks =
        |folder: &Path| LOCKS.map(|name| (read(from.join(folder).join(name)), read(to.join(folder).join(name))));
    if path.file_name().is_none_or(|name| name != "node_modules") {
        return false;
    }
    let nearest = path.ancestors().skip(1).map(locks).find(|locks| locks.iter().any(|(_, here)| here.is_some()));
    nearest.is_some_and(|locks| locks.iter().all(|(there, here)| there == here))
}

/// Follows no link.
pub(super) fn plain(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
}

/// From where to where.
struct Way {
    from: PathBuf,
    to: PathBuf,
}

impl Way {
    fn down(&self, name: &OsStr) -> Self {
        Self { from: self.from.join(name), to: self.to.join(name) }
    }
}

/// Carries files to where the confined user may read them, and counts what that takes.
pub(super) struct Carrier<'a> {
    /// What they are carried from; what is above says nothing of them.
    root: &'a Path,
    user: Option<User>,
    /// Whether the disk can share content between files. Found out by trying.
    reflinks: AtomicBool,
    /// Whether a file can have a second name over there.
    links: AtomicBool,
    files: AtomicU64,
    linked: AtomicU64,
    bytes: AtomicU64,
}

impl<'a> Carrier<'a> {
    /// One that has carried nothing yet.
    pub(super) fn new(root: &'a Path, user: Option<User>) -> Self {
        Self {
            root,
            user,
            reflinks: AtomicBool::new(true),
            links: AtomicBool::new(user.is_some()),
            files: AtomicU64::new(0),
            linked: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Carries a file, a link, or a folder with all that is in it: level by level, each by all cores, for a folder can be
    /// deeper than a stack.
    pub(super) fn carry(&self, from: PathBuf, to: PathBuf) -> io::Result<()> {
        let mut folders: Vec<Way> = self.one(Way { from, to })?.into_iter().collect();
        while !folders.is_empty() {
            let inner: Vec<Vec<Way>> = folders.par_iter().map(|folder| self.fill(folder)).collect::<io::Result<_>>()?;
            folders = inner.into_iter().flatten().collect();
        }
        Ok(())
    }

    /// Carries what is right in a folder; gives the folders among it, which are still empty.
    fn fill(&self, folder: &Way) -> io::Result<Vec<Way>> {
        let inner = fs::read_dir(&folder.from)?.map(|entry| self.one(folder.down(&entry?.file_name())));
        inner.filter_map(io::Result::transpose).collect()
    }

    /// Carries one thing; gives it back if it is a folder, which is still to be filled.
    fn one(&self, way: Way) -> io::Result<Option<Way>> {
        let facts = fs::symlink_metadata(&way.from)?;
        if facts.is_dir() {
            fs::create_dir(&way.to)?;
            fs::set_permissions(&way.to, fs::Permissions::from_mode(facts.mode() & 0o777 | 0o700))?;
            give(&way.to, self.user)?;
            return Ok(Some(way));
        }
        if facts.is_symlink() {
            symlink(fs::read_link(&way.from)?, &way.to)?;
            give(&way.to, self.user)?;
        } else if facts.is_file() {
            self.file(&way, &facts)?;
        }
        // A pipe, a socket, a device: nothing that is installed.
        Ok(None)
    }

    fn file(&self, way: &Way, facts: &Metadata) -> io::Result<()> {
        self.files.fetch_add(1, Ordering::Relaxed);
        let below = way.from.strip_prefix(self.root).unwrap_or(&way.from);
        if self.links.load(Ordering::Relaxed) && may_be_linked(facts, below) {
            match fs::hard_link(&way.from, &way.to) {
                Ok(()) => {
                    self.linked.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err(_) => self.links.store(false, Ordering::Relaxed),
            }
        }
        self.copy(way)
    }

    fn copy(&self, Way { from, to }: &Way) -> io::Result<()> {
        let mut source = plain(OpenOptions::new().read(true)).open(from)?;
        let facts = source.metadata()?;
        let mode = facts.mode() & 0o777 | 0o600;
        let mut target = OpenOptions::new().write(true).create_new(true).mode(mode).open(to)?;
        if !self.shares(&source, &target) {
            io::copy(&mut source, &mut target)?;
            self.bytes.fetch_add(facts.len(), Ordering::Relaxed);
        }
        target.set_modified(facts.modified()?)?;
        give(to, self.user)
    }

    fn shares(&self, source: &File, target: &File) -> bool {
        let shared = self.reflinks.load(Ordering::Relaxed) && rustix::fs::ioctl_ficlone(target, source).is_ok();
        self.reflinks.fetch_and(shared, Ordering::Relaxed);
        if shared {
            self.linked.fetch_add(1, Ordering::Relaxed);
        }
        shared
    }

    pub(super) fn done(self, paths: Vec<String>) -> Brought {
        let [files, linked, bytes] = [self.files, self.linked, self.bytes].map(AtomicU64::into_inner);
        Brought { paths, files, linked, bytes, time: Duration::ZERO }
    }
}

/// Whether the confined user could read the file under a second name and could not change it; and whether nobody will want
/// to: tools keep what they rewrite in folders that begin with a dot (`.cache`, `.vite`), pnpm's store apart.
///
/// `below` is its path from the root: what is above says nothing.
fn may_be_linked(facts: &Metadata, below: &Path) -> bool {
    let rewritten = below.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.starts_with('.') && name != ".pnpm" && name != ".venv" && name != ".yarn"
    });
    // Yarn writes its state anew in place, right in its folder; what lies deeper is its cache.
    let rewritten = rewritten || below.parent().is_some_and(|folder| folder.ends_with(".yarn"));
    !rewritten && facts.mode() & 0o022 == 0 && facts.mode() & 0o004 != 0 && facts.mode() & 0o7000 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tool_writes_anew_in_place_is_not_shared() {
        let place = tempfile::tempdir().unwrap();
        for (path, may) in [
            ("node_modules/a/index.js", true),
            ("node_modules/.cache/a", false),
            ("node_modules/.yarn-state.yml", false),
            ("node_modules/.pnpm/a@1/node_modules/a/index.js", true),
            (".yarn/cache/ms-npm-2.1.3.zip", true),
            (".yarn/install-state.gz", false),
            (".venv/lib/a.py", true),
        ] {
            // The folder's own name begins with a dot, which says nothing of what lies in it.
            let file = place.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            let below = file.strip_prefix(place.path()).unwrap();
            assert_eq!(may_be_linked(&fs::metadata(&file).unwrap(), below), may, "{path}");
        }
    }

    #[test]
    fn of_another_commits_dependencies_only_what_both_lock_alike_is_brought() {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        let write = |root: &Path, path: &str, text: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        for (project, there, here) in
            [("same", "1", "1"), ("moved", "1", "2"), ("dropped", "1", ""), ("space", "1", "1")]
        {
            write(&from, &format!("{project}/package-lock.json"), there);
            write(&from, &format!("{project}/node_modules/a/index.js"), "a");
            write(&to, &format!("{project}/package.json"), "{}");
            if !here.is_empty() {
                write(&to, &format!("{project}/package-lock.json"), here);
            }
        }
        write(&from, "space/apps/web/node_modules/b/index.js", "b");
        write(&from, "same/.venv/pyvenv.cfg", "");
        write(&to, "space/apps/web/package.json", "{}");
        let mut brought = bring(From::Other(&from), &to, &[], None).unwrap().paths;
        brought.sort_unstable();
        assert_eq!(brought, ["same/node_modules", "space/apps/web/node_modules", "space/node_modules"]);
        let brought = bring(From::Same(&from), &to, &[], None).unwrap();
        assert_eq!(brought.paths.len(), 3, "what is there stays: {:?}", brought.paths);
        assert!(bring(From::Nowhere, &to, &[], None).unwrap().paths.is_empty());
    }
}
