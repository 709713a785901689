//! A room: the copy of a commit in which code of the tree runs, with a HOME and a TMPDIR beside it.
//!
//! What lies in it belongs to the confined user; the room itself does not, so nothing in it can be swapped for something
//! else between our looking and our using it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::{AtFlags, CWD, Gid, Uid};

use super::Walls;
use super::bring::{self, Brought, From};
use super::interpreter;
use crate::history::beneath::{self, Folder};
use crate::problem::{Fault, Problem};
use crate::process::launcher::spec::User;
use crate::watch::Watch;

const HOME: &str = "home";
const SCRATCH: &str = "tmp";
const FILES: &str = "files";

/// A room for one copy. It is removed with this value, or with the walls.
#[derive(Debug)]
pub struct Room {
    folder: tempfile::TempDir,
    user: Option<User>,
}

impl Walls {
    /// A new room.
    ///
    /// # Errors
    /// `room-not-made` when the disk says no.
    pub fn room(&self) -> Result<Room, Problem> {
        let made = || -> io::Result<Room> {
            let folder = tempfile::Builder::new().prefix("room-").tempdir_in(self.base.path())?;
            fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
            let room = Room { folder, user: self.user() };
            for path in [room.home(), room.scratch()] {
                fs::create_dir(&path)?;
                fs::set_permissions(&path, Permissions::from_mode(0o700))?;
                give(&path, room.user)?;
            }
            Ok(room)
        };
        made().map_err(|error| cannot("make", &error))
    }
}

impl Room {
    /// The room itself: a folder that only airlock writes to, for its own files beside the copy.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it, and says so when that fails. In a run that was asked to stop it stays until the walls fall: a runner gives a
    /// few seconds then, and removing what was installed can take longer than all that is still to be told.
    ///
    /// # Errors
    /// `room-not-made` when the disk says no.
    pub fn close(mut self, watch: &Watch) -> Result<(), Problem> {
        if watch.stopped().is_some() {
            self.folder.disable_cleanup(true);
            return Ok(());
        }
        self.folder.close().map_err(|error| cannot("remove", &error))
    }

    /// Where the copy of the commit belongs. It is not there until somebody writes it.
    pub fn files(&self) -> PathBuf {
        self.path().join(FILES)
    }

    /// The HOME of commands in this room.
    pub fn home(&self) -> PathBuf {
        home_of(self.path())
    }

    /// Their TMPDIR.
    pub fn scratch(&self) -> PathBuf {
        scratch_of(self.path())
    }

    /// Hands the copy over: whatever is in it belongs to the confined user from now on. Once, before anything runs in it.
    ///
    /// `from` says where installed dependencies are brought from; `also` names more to bring, from the root there.
    pub fn furnish(&self, from: From<'_>, also: &[String]) -> Result<Brought, Problem> {
        let begun = Instant::now();
        let done = || -> io::Result<Brought> {
            give_all(&self.files(), self.user)?;
            let brought = bring::bring(from, &self.files(), also, self.user)?;
            interpreter::bring_along(from, self.path(), &self.files(), brought, self.user)
        };
        let brought = done().map_err(|error| cannot("furnish", &error))?;
        Ok(Brought { time: begun.elapsed(), ..brought })
    }

    /// Reads a file that a command wrote into the copy, after its end; `None` when there is none. No link is followed, and
    /// what does not belong to the confined user is not read: it could be a second name of a file that it may not see.
    pub fn take(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        self.take_from(&self.files(), path, limit)
    }

    /// As [`Room::take`], of what a command wrote into its TMPDIR.
    pub fn take_scratch(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        self.take_from(&self.scratch(), name, limit)
    }

    /// Writes these files into a new folder right in the room and hands it over: data for a command, beside the copy. Once,
    /// before anything runs in the room.
    ///
    /// # Errors
    /// `path-outside` for a path that leads out of the folder, `room-not-made` when the disk says no.
    pub fn lay<'f>(&self, name: &str, files: impl Iterator<Item = (&'f str, &'f [u8])>) -> Result<PathBuf, Problem> {
        let folder = self.path().join(name);
        let failed = |error: io::Error| cannot("furnish", &error);
        fs::create_dir(&folder).map_err(failed)?;
        for (path, bytes) in files {
            if !beneath::is_beneath(path) {
                let says = format!("`{}` is no path below a folder", path.escape_debug());
                return Err(Problem::new("path-outside", Fault::Checks, says));
            }
            let target = folder.join(path);
            let parent = target.parent().unwrap_or(&folder);
            fs::create_dir_all(parent).and_then(|()| fs::write(&target, bytes)).map_err(failed)?;
        }
        give_all(&folder, self.user).map_err(failed)?;
        Ok(folder)
    }

    fn take_from(&self, root: &Path, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        let outside = |what: &str| {
            Problem::new("path-outside", Fault::Checks, format!("`{}` {what}; it is not read", path.escape_debug()))
        };
        if !beneath::is_beneath(path) {
            return Err(outside("is no path below the repository"));
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let trouble = |trouble: beneath::Trouble| trouble.problem("output-unreadable", Fault::Checks);
        let Some(folder) = Folder::root(root).and_then(|root| root.open_path(parent)).map_err(trouble)? else {
            return Ok(None);
        };
        let is_foreign = |facts: &fs::Metadata| {
            facts.is_file() && self.user.is_some_and(|user| facts.uid() != user.uid || facts.nlink() != 1)
        };
        if fs::symlink_metadata(root.join(path)).is_ok_and(|facts| is_foreign(&facts)) {
            return Err(outside("is a second name of another file, or somebody else's"));
        }
        folder.read(name, limit).map_err(trouble)
    }
}

pub(super) fn hand_over(folder: &Path, user: Option<User>) -> Result<(), Problem> {
    give(folder, user).map_err(|error| cannot("furnish", &error))
}

pub(in crate::process) fn home_of(room: &Path) -> PathBuf {
    room.join(HOME)
}

pub(in crate::process) fn scratch_of(room: &Path) -> PathBuf {
    room.join(SCRATCH)
}

/// Makes one thing the user's. Links are not followed.
pub(super) fn give(path: &Path, user: Option<User>) -> io::Result<()> {
    let Some(User { uid, gid }) = user else { return Ok(()) };
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    Ok(rustix::fs::chownat(CWD, path, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Makes a folder with all that is in it the user's.
fn give_all(folder: &Path, user: Option<User>) -> io::Result<()> {
    if user.is_none() {
        return Ok(());
    }
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        give(&folder, user)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { waiting.push(entry.path()) } else { give(&entry.path(), user)? }
        }
    }
    Ok(())
}

fn cannot(act: &str, error: &io::Error) -> Problem {
    Problem::new("room-not-made", Fault::Input, format!("cannot {act} the folder in which the repository's code runs"))
        .because(error)
        .help("let TMPDIR name a folder with enough space")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::walls::Facts;
    use crate::watch::Stop;

    #[test]
    fn a_room_goes_when_it_is_closed_and_with_the_walls_when_there_is_no_time() {
        let place = tempfile::tempdir().unwrap();
        let walls = Walls::raise(place.path(), Facts::default(), None).unwrap();
        let (switch, watch) = Watch::new();
        let furnished = || {
            let room = walls.room().unwrap();
            fs::create_dir(room.files()).unwrap();
            fs::write(room.files().join("a.ts"), "text").unwrap();
            (room.path().to_owned(), room)
        };
        let (first, room) = furnished();
        room.close(&watch).unwrap();
        assert!(!first.exists());

        switch.stop(Stop::Interrupt);
        let (second, room) = furnished();
        room.close(&watch).unwrap();
        assert!(second.join("files/a.ts").exists());
        drop(walls);
        assert!(!second.exists());
    }
}
