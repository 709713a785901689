//! What Landlock allows. It knows no "all but this", so that is spelled out: of a folder that has something hidden below it
//! every other entry is allowed by itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Facts, interpreter};
use crate::process::launcher::spec::Land;

/// What every command may write.
const WRITTEN: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm", "/dev/tty"];

/// What a user of its own may write as well, as far as modes allow: to others it is not shared.
const WRITTEN_BY_OWN: [&str; 4] = ["/tmp", "/var/tmp", "/dev/ptmx", "/dev/pts"];

/// How many entries are spelled out; beyond that the rest stays hidden.
const MOST: usize = 20_000;

/// What commands in rooms below `base` may reach.
pub(super) fn land(facts: &Facts, base: &Path, own_user: bool) -> Land {
    let real = |path: &PathBuf| path.canonicalize().ok();
    let hidden: BTreeSet<PathBuf> = facts.hidden().iter().filter_map(real).collect();
    let meant = facts.meant.iter().filter_map(real).filter_map(|meant| part_of(&meant, &hidden));
    let mut scene = Scene { meant: meant.collect(), read: Vec::new(), hidden, seen: 0 };
    scene.allow(Path::new("/"));
    scene.read.extend(facts.workspace.iter().flat_map(|workspace| interpreter::of(workspace)));
    let kept: Vec<PathBuf> = scene.hidden.iter().cloned().chain(facts.workspace.iter().filter_map(real)).collect();
    let written = WRITTEN.iter().chain(WRITTEN_BY_OWN.iter().filter(|_| own_user)).map(PathBuf::from);
    // A rule for a folder holds for all below it, so none is made above what must be kept.
    let written = written.filter(|folder| !kept.iter().any(|kept| kept.starts_with(folder)));
    let write = written.chain([base.to_owned()]);
    Land { read: scene.read, write: write.collect() }
}

/// What to open of a hidden folder for a path in it that was meant to be used: its part of that folder, when that is a
/// folder (`~/.pyenv` of `~/.pyenv/shims`), else the file alone. Nothing for what is not hidden, or hidden itself.
fn part_of(meant: &Path, hidden: &BTreeSet<PathBuf>) -> Option<PathBuf> {
    if hidden.contains(meant) && meant.is_dir() {
        return None;
    }
    let folder = meant.ancestors().find(|folder| hidden.contains(*folder))?;
    let first = meant.strip_prefix(folder).ok()?.components().next()?;
    Some(if meant.is_dir() { folder.join(first) } else { meant.to_owned() })
}

struct Scene {
    hidden: BTreeSet<PathBuf>,
    meant: BTreeSet<PathBuf>,
    read: Vec<PathBuf>,
    seen: usize,
}

impl Scene {
    fn allow(&mut self, path: &Path) {
        self.seen += 1;
        if self.seen > MOST {
            return;
        }
        if self.hidden.contains(path) && !self.meant.contains(path) {
            self.allow_meant(path);
        } else if !self.hidden.iter().any(|hidden| hidden.starts_with(path) && hidden != path) {
            self.read.push(path.to_owned());
        } else {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            // A link needs no rule: what it leads to has its own.
            let entries = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()));
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            paths.sort_unstable();
            for path in &paths {
                self.allow(path);
            }
        }
    }

    fn allow_meant(&mut self, folder: &Path) {
        let inner = self.meant.iter().filter(|meant| meant.starts_with(folder) && *meant != folder);
        for meant in inner.cloned().collect::<Vec<_>>() {
            self.allow(&meant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_what_is_hidden_is_spelled_out() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        for folder in ["home/.pyenv/shims", "home/.pyenv/secret", "home/.ssh", "work/.git", "work/src", "base"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["home/.npmrc", "home/.netrc", "work/gha-creds-1.json", "work/a.ts"] {
            fs::write(root.join(file), "").unwrap();
        }
        let facts = Facts {
            workspace: Some(root.join("work")),
            home: Some(root.join("home")),
            meant: vec![root.join("home/.pyenv/shims"), root.join("home/.npmrc"), root.join("home"), "/usr/bin".into()],
            ..Facts::default()
        };
        let land = land(&facts, &root.join("base"), true);
        let mut inside: Vec<_> = land.read.iter().filter_map(|path| path.strip_prefix(&root).ok()).collect();
        inside.sort_unstable();
        let shown: Vec<_> = inside.iter().map(|path| path.display().to_string()).collect();
        insta::assert_snapshot!(shown.join(" "), @"base home/.npmrc home/.pyenv work/a.ts work/src");
        assert!(land.read.contains(&PathBuf::from("/usr")) && !land.read.contains(&PathBuf::from("/")));
        assert!(land.write.contains(&root.join("base")));
        let above = root.ancestors().any(|folder| land.write.iter().any(|write| write == folder));
        assert!(!above, "nothing above the workspace may be written: {:?}", land.write);
    }
}
