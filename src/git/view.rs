//! A view of the repository of our own: its objects and branches under a configuration that we wrote.
//!
//! A repository's `.git/config` can name programs for nearly everything git does (filters, credential helpers, hooks, ssh
//! commands, proxies, pagers). Refusing them one by one is a race against the next release of git. So git is never run on
//! that configuration: a scratch folder holds our own, an objects folder that borrows the repository's, and links to its
//! branches. What is fetched lies in the scratch folder, so the repository itself is never changed either.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::call::{Call, Program};
use crate::problem::{Fault, Problem};
use crate::watch::Watch;

/// The largest file of git's own folder that is copied, in bytes: a list of shallow commits.
const LARGEST_COPIED: u64 = 16 * 1024 * 1024;

/// Where a repository keeps what.
#[derive(Debug)]
pub(super) struct View {
    /// The folder of the work tree.
    pub(super) top: PathBuf,
    /// Git's folder for this work tree: its index and HEAD.
    pub(super) own: PathBuf,
    /// Git's folder for all work trees: objects, branches, configuration.
    pub(super) common: PathBuf,
    /// The view's folder, given to git as its folder.
    pub(super) folder: PathBuf,
    scratch: TempDir,
}

/// The nearest folder from here upwards that has a `.git`.
pub(super) fn find_top(start: &Path) -> Result<PathBuf, Problem> {
    let start = start.canonicalize().map_err(|error| {
        Problem::input("repository-missing", format!("cannot open the folder `{}`", start.display())).because(&error)
    })?;
    match start.ancestors().find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok()) {
        Some(top) => Ok(top.to_owned()),
        None => Err(Problem::input("not-a-repository", format!("`{}` is not in a git repository", start.display()))
            .help("in a workflow: put `actions/checkout` before this step")
            .help("on a laptop: `git init`, and commit")),
    }
}

impl View {
    /// Makes the view of the repository whose work tree is `top`.
    pub(super) async fn make(program: &Program, top: PathBuf, watch: &Watch) -> Result<Self, Problem> {
        let facts = facts(program, &top, watch).await?;
        let scratch = tempfile::Builder::new().prefix("airlock-git-").tempdir().map_err(cannot_make)?;
        let folder = scratch.path().join("view");
        let view = Self { top, own: facts.own, common: facts.common, folder, scratch };
        view.fill(&facts.format).map_err(cannot_make)?;
        Ok(view)
    }

    /// A name in the scratch folder that belongs to no other use.
    pub(super) fn scratch(&self, name: &str) -> Result<TempDir, Problem> {
        tempfile::Builder::new().prefix(name).tempdir_in(self.scratch.path()).map_err(cannot_make)
    }

    /// The commits where the view's history is cut, as far as the file says; empty for a complete one.
    pub(super) fn cuts(&self) -> Result<Vec<String>, Problem> {
        match fs::read_to_string(self.folder.join("shallow")) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Problem::input("git-failed", "cannot read where the history is cut").because(&error)),
        }
    }

    fn fill(&self, format: &str) -> io::Result<()> {
        fs::create_dir_all(self.folder.join("objects/info"))?;
        let objects = self.common.join("objects");
        fs::write(self.folder.join("objects/info/alternates"), format!("{}\n", objects.display()))?;
        copy(&self.own.join("HEAD"), &self.folder.join("HEAD"))?;
        copy(&self.common.join("shallow"), &self.folder.join("shallow"))?;
        let reftable = self.common.join("reftable").is_dir();
        let branches: &[&str] = if reftable { &["refs", "reftable"] } else { &["refs", "packed-refs"] };
        for name in branches {
            // A link to nothing reads as no file: branches may be packed while we run.
            symlink(self.common.join(name), self.folder.join(name))?;
        }
        fs::write(self.folder.join("config"), config(format, reftable))
    }
}

struct Facts {
    own: PathBuf,
    common: PathBuf,
    format: String,
}

/// What git itself says of the repository. `rev-parse` starts no program, whatever the configuration names; and with the
/// folder given outright git does not ask who owns it, which in a container is always somebody else.
async fn facts(program: &Program, top: &Path, watch: &Watch) -> Result<Facts, Problem> {
    let arguments = ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--show-object-format"];
    let answer = program.run(Call::new(top, arguments).with("GIT_DIR", top.join(".git")), watch).await?;
    if answer.code != Some(0) {
        let mut problem = answer.problem();
        problem.code = "repository-unreadable".into();
        problem.text = format!("`{}` cannot be read as a git repository", top.display());
        return Err(problem);
    }
    let text = String::from_utf8_lossy(&answer.out);
    let lines: Vec<&str> = text.lines().collect();
    match lines[..] {
        [own, common, format @ ("sha1" | "sha256")] => {
            Ok(Facts { own: own.into(), common: common.into(), format: format.to_owned() })
        }
        _ => {
            Err(Problem::input("repository-unreadable", "git says of this repository what airlock does not understand")
                .cause(format!("`{}`", text.chars().take(200).collect::<String>().escape_debug())))
        }
    }
}

fn config(format: &str, reftable: bool) -> String {
    let tables = if reftable { "\trefStorage = reftable\n" } else { "" };
    format!("[core]\n\trepositoryFormatVersion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = {format}\n{tables}")
}

/// Copies a small file; one that is not there is not copied.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::metadata(from) {
        Ok(about) if about.is_file() && about.len() <= LARGEST_COPIED => fs::copy(from, to).map(|_bytes| ()),
        Ok(_) => Err(io::Error::other(format!("`{}` is no file, or too large a one", from.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "an adapter for map_err")]
fn cannot_make(error: io::Error) -> Problem {
    Problem::new("git-failed", Fault::Input, "cannot make a scratch folder for git").because(&error)
}
