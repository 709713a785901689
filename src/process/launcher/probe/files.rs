//! Files that must not be written, files that must not be read, and the few folders that must be usable.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, OFlags};

use super::super::spec::{Breach, Wall};

/// The name of the file that is made, and removed at once, where none may be made.
const TRACE: &str = ".airlock-probe";

/// How many entries of the workspace are looked at.
const MOST: usize = 200_000;

/// How much of a file is searched for credentials, in bytes.
const SEARCHED: u64 = 1024 * 1024;

/// What a file of settings holds when it holds a credential.
const MARKS: [&str; 7] = ["extraheader", "oauth_token", "_auth", "_password", "\"auth\"", "password", "private_key"];

/// Files whose every content is a credential.
const WHOLLY: [&str; 4] = [".git-credentials", "credentials", ".netrc", "_netrc"];

/// Why a folder that must be usable is not.
pub(super) fn unusable(folder: &Path) -> Option<String> {
    let error = make_in(folder).err()?;
    Some(format!("it cannot write to its own folder `{}`: {error}", folder.display()))
}

/// The runner's files: what is written there steers the next steps of the job.
pub(super) fn steering(files: &[(String, PathBuf)]) -> Vec<Breach> {
    let open = |(name, path): &(String, PathBuf)| {
        let how = if opens_for_writing(path) {
            format!("it could write the file of {name}")
        } else if path.parent().is_some_and(|folder| make_in(folder).is_ok()) {
            format!("it could replace the file of {name}")
        } else {
            return None;
        };
        Some(Breach::new(Wall::Steering, how))
    };
    files.iter().filter_map(open).collect()
}

/// Credentials that somebody stored.
pub(super) fn credentials(files: &[PathBuf]) -> Vec<Breach> {
    let is_open = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default();
        read(path).is_some_and(|text| WHOLLY.iter().any(|whole| name == *whole) && !text.is_empty() || holds(&text))
    };
    let told = |path: &PathBuf| {
        Breach::new(Wall::Credentials, format!("it could read the credentials in `{}`", path.display()))
    };
    files.iter().filter(is_open).map(told).collect()
}

fn read(path: &Path) -> Option<String> {
    let file = plain(OpenOptions::new().read(true)).open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(SEARCHED).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether settings hold a credential. A value that names a variable holds none.
fn holds(text: &str) -> bool {
    let has_mark = |line: &str| MARKS.iter().any(|mark| line.contains(mark)) && !line.contains("${");
    let has_login = |line: &str| {
        line.split("://").skip(1).any(|rest| rest.split(['/', ' ']).next().is_some_and(|host| host.contains('@')))
    };
    let lower = text.to_ascii_lowercase();
    lower.lines().map(str::trim).any(|line| !line.starts_with(['#', ';']) && (has_mark(line) || has_login(line)))
}

/// The first place of the workspace that can be written.
pub(super) fn writable(workspace: &Path) -> Option<Breach> {
    let mut waiting = vec![workspace.to_owned()];
    let mut seen = 0;
    while let Some(folder) = waiting.pop() {
        if may_write(&folder) && make_in(&folder).is_ok() {
            return Some(told(&folder));
        }
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() && may_write(&entry.path()) && opens_for_writing(&entry.path()) {
                return Some(told(&entry.path()));
            }
            if seen > MOST {
                return None;
            }
        }
    }
    None
}

fn told(path: &Path) -> Breach {
    Breach::new(Wall::Workspace, format!("it could write to `{}` of the repository", path.display()))
}

/// What modes and owners say; cheaper than opening, and passed by few.
fn may_write(path: &Path) -> bool {
    rustix::fs::accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).is_ok()
}

fn opens_for_writing(path: &Path) -> bool {
    plain(OpenOptions::new().append(true)).open(path).is_ok()
}

fn make_in(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("{TRACE}-{}", rustix::process::getpid().as_raw_pid()));
    let made: io::Result<File> = plain(OpenOptions::new().write(true).create_new(true)).open(&path);
    made?;
    fs::remove_file(&path)
}

/// Neither waits for a pipe's other end nor follows a link.
fn plain(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_in_settings() {
        for text in [
            "[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic eA==",
            "[remote \"origin\"]\n\turl = https://x:y@github.com/a/b",
            "//registry.npmjs.org/:_authToken=npm_x",
            "{\"auths\": {\"ghcr.io\": {\"auth\": \"eA==\"}}}",
            "github.com:\n    oauth_token: gho_x",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "[remote \"origin\"]\n\turl = https://github.com/a/b\n\turl = git@github.com:a/b.git",
            "//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}",
            "# extraheader = x",
            "",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
