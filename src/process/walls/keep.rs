//! What commands wrote that later steps of the job want: brought back into the checkout as data, at the end of the checks.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::room::{self, Room};
use crate::finding::Finding;
use crate::history::beneath::{self, Folder, Kind, Trouble};
use crate::names::Place;
use crate::problem::{Fault, Problem};
use crate::process::launcher::spec::User;
use crate::tree::join;

/// How many files are brought back.
const MOST: u64 = 20_000;

/// How many bytes are brought back.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Folders of the checkout that nothing is brought into: what lies there steers git, or us.
const OURS: [&str; 2] = [".git", ".airlock"];

/// What was brought back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// What was asked for and was not brought back, with why. None of it is an error.
    pub findings: Vec<Finding>,
}

impl Room {
    /// Brings what commands wrote at these paths from the root (files, or folders with all that is in them) into the checkout.
    /// They are regular files there, of the checkout's owner, so that later steps can upload and delete them. No link is
    /// followed on either side, and what git tracks stays as it is.
    pub fn bring_back(&self, paths: &[String], checkout: &Path, is_tracked: &dyn Fn(&str) -> bool) -> Kept {
        let mut porter = Porter { room: self, checkout, owner: owner_of(checkout), is_tracked, kept: Kept::default() };
        for path in paths {
            match porter.bring(path) {
                Ok(true) => {}
                Ok(false) => porter.note(path, "is not there after the checks"),
                Err(problem) => porter.note(path, &problem.to_string()),
            }
        }
        porter.kept
    }
}

struct Porter<'a> {
    room: &'a Room,
    checkout: &'a Path,
    owner: Option<User>,
    is_tracked: &'a dyn Fn(&str) -> bool,
    kept: Kept,
}

impl Porter<'_> {
    /// Brings a file, or all files of a folder; gives whether there was anything of that name.
    fn bring(&mut self, path: &str) -> Result<bool, Problem> {
        if !beneath::is_beneath(path) || path.split('/').any(|part| OURS.contains(&part)) {
            return Err(refused("leads to where nothing is brought"));
        }
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let root = Folder::root(&self.room.files()).map_err(|trouble| of(&trouble))?;
        let Some(folder) = root.open_path(above).map_err(|trouble| of(&trouble))? else { return Ok(false) };
        match folder.kind(name).map_err(|trouble| of(&trouble))? {
            None => return Ok(false),
            Some(Kind::File) => self.file(path)?,
            Some(Kind::Folder) => {
                let inner = folder.open(name).map_err(|trouble| of(&trouble))?;
                let names = inner.map_or_else(|| Ok(Vec::new()), |inner| inner.names());
                for name in names.map_err(|trouble| of(&trouble))? {
                    let path = join(path, &name);
                    if let Err(problem) = self.bring(&path) {
                        self.note(&path, &problem.to_string());
                    }
                }
            }
            Some(Kind::Link | Kind::Other) => return Err(refused("is a link, or no file; it is not followed")),
        }
        Ok(true)
    }

    fn file(&mut self, path: &str) -> Result<(), Problem> {
        if (self.is_tracked)(path) {
            return Err(refused("is tracked by git; it stays as the commit has it"));
        }
        let left = LARGEST - self.kept.bytes;
        if self.kept.files == MOST {
            return Err(refused("is one too many: that many files are not brought back"));
        }
        let Some(bytes) = self.room.take(path, left)? else { return Ok(()) };
        self.write(path, &bytes).map_err(|trouble| of(&trouble))?;
        self.kept.files += 1;
        self.kept.bytes += bytes.len() as u64;
        Ok(())
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        write(self.checkout, self.owner, path, bytes)
    }

    fn note(&mut self, path: &str, why: &str) {
        /// How many are told one by one.
        const TOLD: usize = 10;
        if self.kept.findings.len() < TOLD {
            let finding = Finding::warning("test-artifact-not-kept", format!("`{}`: {why}", path.escape_debug()));
            self.kept.findings.push(finding.at(Place::file(path.to_owned())));
        }
    }
}

/// Leaves a file of ours in the checkout for later steps of the job, which can upload and delete it: it belongs to the
/// checkout's owner.
///
/// # Errors
/// `file-not-left` when it cannot be written; no link is followed.
pub fn leave(checkout: &Path, path: &str, bytes: &[u8]) -> Result<(), Problem> {
    write(checkout, owner_of(checkout), path, bytes).map_err(|trouble| trouble.problem("file-not-left", Fault::Input))
}

/// To whom files in the checkout are given: its owner, where we are another who may give files away.
fn owner_of(checkout: &Path) -> Option<User> {
    let facts = rustix::process::geteuid().is_root().then(|| fs::metadata(checkout).ok()).flatten()?;
    Some(User { uid: facts.uid(), gid: facts.gid() })
}

/// Writes a file in the place of whatever was there, which is not written through: it may be a link.
fn write(checkout: &Path, owner: Option<User>, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
    // Where it cannot be given away it stays ours: it can be read all the same.
    let give = |path: &str| drop(room::give(&checkout.join(path), owner));
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut folder = Folder::root(checkout)?;
    for part in above.split('/').filter(|part| !part.is_empty()) {
        let is_new = folder.kind(part)?.is_none();
        folder = folder.make(part)?;
        if is_new {
            give(folder.shown());
        }
    }
    if matches!(folder.kind(name)?, Some(Kind::File | Kind::Link)) {
        folder.remove(name)?;
    }
    let written = folder.open_file(name)?.write_all(bytes);
    written.map_err(|error| Trouble::Io { act: "write", path: path.to_owned(), error })?;
    give(path);
    Ok(())
}

fn refused(why: &'static str) -> Problem {
    Problem::new("test-artifact-not-kept", Fault::Checks, why)
}

fn of(trouble: &Trouble) -> Problem {
    trouble.problem("test-artifact-not-kept", Fault::Checks)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::process::{Facts, Walls};

    #[test]
    fn what_was_written_comes_back_as_data_and_nothing_else_does() {
        let place = tempfile::tempdir().unwrap();
        let checkout = place.path().join("checkout");
        for folder in ["out", ".git/hooks", "elsewhere"] {
            fs::create_dir_all(checkout.join(folder)).unwrap();
        }
        fs::write(checkout.join("index.ts"), "as committed").unwrap();
        fs::write(place.path().join("victim"), "theirs").unwrap();
        symlink(place.path().join("victim"), checkout.join("out/old.html")).unwrap();
        symlink(place.path(), checkout.join("linked")).unwrap();

        let walls = Walls::raise(place.path(), Facts::default(), None).unwrap();
        let room = walls.room().unwrap();
        let write = |path: &str, text: &str| {
            let path = room.files().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for path in
            ["out/old.html", "out/deep/new.html", ".git/hooks/post-checkout", "linked/victim", "index.ts", "lcov"]
        {
            write(path, "new");
        }
        symlink("/etc/passwd", room.files().join("out/passwd")).unwrap();

        let asked = ["out", "lcov", ".git", "linked", "index.ts", "absent", "../x"].map(str::to_owned);
        let kept = room.bring_back(&asked, &checkout, &|path| path == "index.ts");
        let read = |path: &str| fs::read_to_string(checkout.join(path)).unwrap();
        assert_eq!((kept.files, kept.bytes), (3, 9));
        assert_eq!(
            (read("out/old.html"), read("out/deep/new.html"), read("lcov")),
            ("new".into(), "new".into(), "new".into())
        );
        assert!(!checkout.join("out/old.html").is_symlink() && !checkout.join(".git/hooks/post-checkout").exists());
        assert_eq!(
            (read("index.ts"), fs::read_to_string(place.path().join("victim")).unwrap()),
            ("as committed".into(), "theirs".into())
        );
        let told: Vec<_> = kept.findings.iter().map(|finding| finding.message.as_str()).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        `out/passwd`: is a link, or no file; it is not followed
        `.git`: leads to where nothing is brought
        `linked/victim`: `linked` is a link, or no folder; it is not followed
        `index.ts`: is tracked by git; it stays as the commit has it
        `absent`: is not there after the checks
        `../x`: leads to where nothing is brought
        ");
    }

    /// A job of GitHub's has its checkout from a user of the host, and airlock runs as root beside it.
    #[test]
    fn later_steps_of_the_host_can_read_and_delete_what_came_back() {
        const HOST: u32 = 1_001;
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(place.path(), open).unwrap();
        let checkout = place.path().join("checkout");
        fs::create_dir_all(checkout.join("coverage")).unwrap();
        for path in [checkout.clone(), checkout.join("coverage")] {
            std::os::unix::fs::chown(path, Some(HOST), Some(HOST)).unwrap();
        }
        let walls = Walls::raise(place.path(), Facts::default(), None).unwrap();
        let room = walls.room().unwrap();
        for path in ["coverage/src/a.html", "coverage/index.html", "junit.xml"] {
            let path = room.files().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "new").unwrap();
        }
        let kept = room.bring_back(&["coverage", "junit.xml"].map(str::to_owned), &checkout, &|_| false);
        assert_eq!((kept.files, kept.findings.len()), (3, 0));
        for path in ["coverage/src", "coverage/src/a.html", "junit.xml"] {
            let facts = fs::symlink_metadata(checkout.join(path)).unwrap();
            assert_eq!((facts.uid(), facts.gid()), (HOST, HOST), "{path}");
        }
        // As the host's user, in the host's next step.
        let mut delete = std::process::Command::new("rm");
        std::os::unix::process::CommandExt::uid(&mut delete, HOST);
        let deleted = delete.arg("-r").arg("coverage").arg("junit.xml").current_dir(&checkout).status().unwrap();
        assert!(deleted.success() && fs::read_dir(&checkout).unwrap().next().is_none());
    }
}
