//! A real git repository in a temporary folder, with the verbs of a person at a keyboard.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::git::Git;
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

pub(crate) struct Repository {
    /// Holds the repository beside whatever a test puts next to it.
    pub(crate) around: TempDir,
    pub(crate) root: PathBuf,
}

/// The variables that git needs to be found.
pub(crate) fn variables() -> Vec<(OsString, OsString)> {
    vec![("PATH".into(), std::env::var_os("PATH").unwrap())]
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Runs git as a person would, with nobody's configuration; the trimmed output, or a panic with what it said.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", "-c", "core.fsync=none"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables())
        .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_TERMINAL_PROMPT", "0")])
        .envs([("GIT_AUTHOR_NAME", "Ana"), ("GIT_AUTHOR_EMAIL", "ana@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ana"), ("GIT_COMMITTER_EMAIL", "ana@example.com")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Repository {
    /// An empty one, on branch `main`.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// An empty one of another kind (`--object-format=sha256`).
    pub(crate) fn with(kind: &[&str]) -> Self {
        let around = tempfile::tempdir().unwrap();
        let root = around.path().canonicalize().unwrap().join("repository");
        fs::create_dir(&root).unwrap();
        git(&root, &[&["init", "--quiet"], kind].concat());
        Self { around, root }
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.root, arguments)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn link(&self, path: &str, target: &str) -> &Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    pub(crate) fn commit(&self, message: &str) -> CommitSha {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    pub(crate) fn head(&self) -> CommitSha {
        CommitSha::new(self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    /// A clone beside this one.
    pub(crate) fn cloned(&self, options: &[&str]) -> PathBuf {
        let name = format!("clone-{}", fs::read_dir(self.around.path()).unwrap().count());
        let folder = self.around.path().canonicalize().unwrap().join(name);
        let origin = format!("file://{}", self.root.display());
        let arguments = [&["clone", "--quiet"], options, &[origin.as_str(), folder.to_str().unwrap()]].concat();
        git(&self.root, &arguments);
        folder
    }

    pub(crate) async fn open(&self) -> Git {
        open(&self.root).await.unwrap()
    }
}

pub(crate) async fn open(folder: &Path) -> Result<Git, Problem> {
    Git::open(folder, variables(), &Watch::endless()).await
}
