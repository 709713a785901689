//! The files that steer the runner, held as they were before anything of the tree ran.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::finding::Finding;

/// How much of a file is held, in bytes. The runner takes no more than a mebibyte of any, but the event's file may be large.
const LARGEST: u64 = 32 * 1024 * 1024;

/// The files as they were.
#[derive(Debug)]
pub(super) struct Steering {
    files: Vec<Held>,
    changed: RefCell<BTreeSet<String>>,
}

#[derive(Debug)]
struct Held {
    name: String,
    path: PathBuf,
    /// Absent when there was no such file, or none that could be held.
    content: Option<Vec<u8>>,
}

impl Steering {
    /// Holds the files as they are now.
    pub(super) fn look(files: &[(String, PathBuf)]) -> Self {
        let hold = |(name, path): &(String, PathBuf)| Held {
            name: name.clone(),
            path: path.clone(),
            content: content(path).ok(),
        };
        Self { files: files.iter().map(hold).collect(), changed: RefCell::default() }
    }

    /// Puts back what was changed; gives the names of those files.
    pub(super) fn mend(&self) -> Vec<String> {
        let changed = self.files.iter().filter(|held| content(&held.path).ok() != held.content);
        let names: Vec<String> = changed
            .map(|held| {
                // What cannot be put back stays changed, and is told again.
                let _stays = put_back(held);
                held.name.clone()
            })
            .collect();
        self.changed.borrow_mut().extend(names.iter().cloned());
        names
    }

    /// Each file that was ever found changed.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let told = |name: &String| {
            Finding::error("file-commands-tampered", format!("code of the repository changed the file of {name}"))
                .help("it was put back; look for what writes there: it would have steered the next steps of this job")
        };
        self.changed.borrow().iter().map(told).collect()
    }
}

/// The content of a regular file. A link, a pipe or a folder in its place is an error: it is not what was there.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let file = opened(OpenOptions::new().read(true), path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(io::Error::other("it is too large")) } else { Ok(bytes) }
}

fn put_back(held: &Held) -> io::Result<()> {
    if std::fs::symlink_metadata(&held.path).is_ok_and(|found| !found.is_file() || found.nlink() > 1) {
        // Something else in its place, or a second name of some other file: writing through it would change that.
        std::fs::remove_file(&held.path)?;
    }
    match &held.content {
        Some(content) => {
            let mut file = opened(OpenOptions::new().write(true).create(true).truncate(true), &held.path)?;
            file.write_all(content)
        }
        None => std::fs::remove_file(&held.path),
    }
}

fn opened(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = options.mode(0o644).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_steers_the_runner_is_put_back_and_told() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for name in ["ENV", "PATH", "STATE", "OUTPUT", "EVENT"] {
            fs::write(at(name), name).unwrap();
        }
        let files: Vec<_> =
            ["ENV", "PATH", "STATE", "OUTPUT", "EVENT", "ABSENT"].map(|name| (name.to_owned(), at(name))).into();
        let steering = Steering::look(&files);
        assert!(steering.mend().is_empty() && steering.findings().is_empty());

        fs::write(at("victim"), "victim").unwrap();
        fs::write(at("ENV"), "NODE_OPTIONS=--require ./x").unwrap();
        fs::remove_file(at("PATH")).unwrap();
        fs::remove_file(at("STATE")).unwrap();
        symlink(at("victim"), at("STATE")).unwrap();
        fs::remove_file(at("EVENT")).unwrap();
        fs::hard_link(at("victim"), at("EVENT")).unwrap();
        fs::write(at("ABSENT"), "x").unwrap();

        assert_eq!(steering.mend(), ["ENV", "PATH", "STATE", "EVENT", "ABSENT"]);
        for name in ["ENV", "PATH", "STATE", "OUTPUT", "EVENT"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), name);
            assert!(!at(name).is_symlink());
        }
        assert_eq!((at("ABSENT").exists(), fs::read_to_string(at("victim")).unwrap().as_str()), (false, "victim"));
        assert!(steering.mend().is_empty());
        assert_eq!(steering.findings().len(), 5);
        assert!(steering.findings().iter().all(|finding| finding.code == "file-commands-tampered"));
    }
}
