//! The files of a commit: their list, their contents, and which of them the work tree has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

use super::Git;
use super::call::{Call, LISTING, line};
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// What an entry of a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A regular file, executable or not.
    File,
    /// A symbolic link; its content is where it leads.
    Link,
    /// Another repository's commit (a submodule).
    Module,
}

/// An entry of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is.
    pub mode: Mode,
    /// Git's id of its content.
    pub id: String,
    /// Its path as git has it: bytes, `/` between parts.
    pub path: Vec<u8>,
}

/// The content of an entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Blob {
    /// All of it.
    Bytes(Vec<u8>),
    /// It is larger than was asked for, and was passed over.
    TooLarge,
    /// This clone lacks it.
    Missing,
}

impl Git {
    /// All files, links and submodules of a commit, in git's order.
    pub async fn list(&self, sha: &CommitSha, watch: &Watch) -> Result<Vec<Listed>, Problem> {
        let out = self.listing(sha, None, watch).await?;
        out.split(|byte| *byte == 0).filter(|record| !record.is_empty()).map(listed).collect()
    }

    async fn listing(&self, sha: &CommitSha, folder: Option<&str>, watch: &Watch) -> Result<Vec<u8>, Problem> {
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", sha.as_str(), "--"];
        arguments.extend(folder.filter(|folder| !folder.is_empty()));
        self.run(self.call(arguments).largest(LISTING), watch).await?.success()
    }

    /// Reads contents by their ids, one process for all, and hands them over in the order of the ids while they come.
    pub async fn blobs(
        &self,
        ids: &[&str],
        largest: u64,
        watch: &Watch,
        mut take: impl FnMut(usize, Blob),
    ) -> Result<(), Problem> {
        if ids.is_empty() {
            return Ok(());
        }
        let input = ids.join("\n") + "\n";
        let call = self.call(["cat-file", "--batch", "--buffer"]).input(input.as_bytes());
        let read = async |stdout: &mut (dyn AsyncRead + Unpin)| {
            let mut from = BufReader::with_capacity(256 * 1024, stdout);
            for number in 0..ids.len() {
                let blob = next_blob(&mut from, largest).await;
                take(number, blob.map_err(|error| unreadable_stream(&error))?);
            }
            Ok(())
        };
        self.program.stream(call, watch, read).await?.success().map(|_nothing| ())
    }

    /// A file of a commit; `None` when the commit has none of this path. Problems: `file-too-large`, `not-a-file`.
    pub async fn show_file(
        &self,
        sha: &CommitSha,
        path: &str,
        largest: u64,
        watch: &Watch,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let Some((kind, id)) = self.entry(sha, path, watch).await? else { return Ok(None) };
        let shown = path.escape_debug();
        if kind != "100644" && kind != "100755" {
            return Err(Problem::input("not-a-file", format!("`{shown}` at {} is no regular file", sha.short())));
        }
        let mut found = Blob::Missing;
        self.blobs(&[&id], largest, watch, |_, blob| found = blob).await?;
        match found {
            Blob::Bytes(bytes) => Ok(Some(bytes)),
            Blob::TooLarge => {
                let text = format!("`{shown}` at {} is larger than {largest} bytes", sha.short());
                Err(Problem::input("file-too-large", text))
            }
            Blob::Missing => Err(missing_content(sha, [path])),
        }
    }

    /// Git's id of a folder's files at a commit (`""` is the root); `None` when the commit has no such folder.
    pub async fn tree_id(&self, sha: &CommitSha, folder: &str, watch: &Watch) -> Result<Option<String>, Problem> {
        if folder.is_empty() {
            let call = self.call(["rev-parse", "--verify", "--end-of-options", &format!("{sha}^{{tree}}")]);
            return Ok(Some(line(&self.run(call, watch).await?.success()?)));
        }
        Ok(self.entry(sha, folder, watch).await?.filter(|(mode, _)| mode == "040000").map(|(_, id)| id))
    }

    /// Mode and id of what a commit has at exactly this path.
    async fn entry(&self, sha: &CommitSha, path: &str, watch: &Watch) -> Result<Option<(String, String)>, Problem> {
        if path.is_empty() || path.contains('\0') || path.ends_with('/') {
            return Ok(None);
        }
        let call = self.call(["ls-tree", "-z", "--full-tree", sha.as_str(), "--", path]);
        let out = self.run(call, watch).await?.success()?;
        let record = out.split(|byte| *byte == 0).next().unwrap_or_default();
        let Some((about, name)) = halves(record) else { return Ok(None) };
        let mut about = about.split(' ');
        match (about.next(), about.next(), about.next()) {
            (Some(mode), Some(_), Some(id)) if name == path.as_bytes() => Ok(Some((mode.to_owned(), id.to_owned()))),
            _ => Ok(None),
        }
    }

    /// The paths that git's index knows below a folder (`""` is the root): what a person calls tracked.
    pub async fn tracked_files(&self, folder: &str, watch: &Watch) -> Result<BTreeSet<String>, Problem> {
        Ok(self.indexed(folder, watch).await?.into_keys().collect())
    }

    /// These paths with git's id of the content that the index has: the commit's, unless another one was added since.
    pub async fn indexed(&self, folder: &str, watch: &Watch) -> Result<BTreeMap<String, String>, Problem> {
        let mut arguments = vec!["ls-files", "-z", "--stage", "--"];
        arguments.extend((!folder.is_empty()).then_some(folder));
        // The index may have parts (a split one, a sparse one) that only its own folder knows. Listing starts no program.
        let call = Call::new(&self.view.top, arguments).with("GIT_DIR", self.view.top.join(".git"));
        let out = self.run(call.with("GIT_WORK_TREE", &self.view.top).largest(LISTING), watch).await?.success()?;
        let entry = |record: &[u8]| {
            let (about, path) = halves(record)?;
            Some((crate::tree::path_text(path), about.split(' ').nth(1)?.to_owned()))
        };
        let records = out.split(|byte| *byte == 0).filter(|record| !record.is_empty());
        records.map(|record| entry(record).ok_or_else(unknown)).collect()
    }

    /// The tracked files below these folders (`""` is the root) that differ from HEAD: changed, missing, or added since.
    ///
    /// Contents are compared, not times, and no index of the checkout is believed. Untracked files and submodules never count.
    /// Where a filter changes files at checkout (git-lfs), what it wrote counts as changed once it differs from the commit.
    pub async fn changed_tracked(&self, folders: &[&str], watch: &Watch) -> Result<BTreeSet<String>, Problem> {
        let head = self.head(watch).await?;
        let mut changed = BTreeSet::new();
        for folder in folders {
            let listing = self.listing(&head, Some(folder), watch).await?;
            changed.extend(self.differing(&listing, watch).await?);
            let committed = paths_of(&listing);
            let tracked = self.tracked_files(folder, watch).await?;
            changed.extend(tracked.into_iter().filter(|path| !committed.contains(path.as_bytes())));
        }
        Ok(changed)
    }

    /// The paths of a listing whose file in the work tree has another content.
    async fn differing(&self, listing: &[u8], watch: &Watch) -> Result<BTreeSet<String>, Problem> {
        let scratch = self.view.scratch("index-")?;
        let index = scratch.path().join("index");
        let records = listing.split_inclusive(|byte| *byte == 0).filter(|record| !record.starts_with(b"160000 "));
        let input = records.flatten().copied().collect::<Vec<u8>>();
        self.run(self.on_index(&index, ["update-index", "-z", "--index-info"]).input(&input), watch)
            .await?
            .success()?;
        // Its code says whether anything differs, which the next run tells better.
        let refresh = ["update-index", "-q", "--ignore-missing", "--really-refresh"];
        let _differs = self.run(self.on_index(&index, refresh).largest(LISTING), watch).await?;
        let call = self.on_index(&index, ["diff-files", "-z", "--name-only", "--ignore-submodules=all"]);
        Ok(paths(&self.run(call.largest(LISTING), watch).await?.success()?))
    }

    fn on_index<'a, const N: usize>(&'a self, index: &Path, arguments: [&str; N]) -> Call<'a> {
        Call::new(&self.view.top, arguments)
            .with("GIT_DIR", &self.view.folder)
            .with("GIT_WORK_TREE", &self.view.top)
            .with("GIT_INDEX_FILE", index)
    }
}

/// The problem of a clone without the contents of its commits.
pub(crate) fn missing_content<'a>(sha: &CommitSha, paths: impl IntoIterator<Item = &'a str>) -> Problem {
    let shown: Vec<String> = paths.into_iter().take(3).map(|path| format!("`{}`", path.escape_debug())).collect();
    Problem::input("content-missing", format!("this clone lacks files of commit {}: {}", sha.short(), shown.join(", ")))
        .help("clone without a filter (`actions/checkout` without `filter` and `sparse-checkout`)")
}

fn unreadable_stream(error: &std::io::Error) -> Problem {
    Problem::input("git-failed", "cannot read the contents that git prints").because(error)
}

/// One answer of `cat-file --batch`: `ID blob SIZE`, the bytes and a line end; or `ID missing`.
async fn next_blob(from: &mut (impl tokio::io::AsyncBufRead + Unpin), largest: u64) -> std::io::Result<Blob> {
    let mut head = String::new();
    if from.read_line(&mut head).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let Some(size) = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok()) else {
        return Ok(Blob::Missing);
    };
    if size > largest {
        tokio::io::copy(&mut (&mut *from).take(size + 1), &mut tokio::io::sink()).await?;
        return Ok(Blob::TooLarge);
    }
    let mut bytes = Vec::new();
    (&mut *from).take(size + 1).read_to_end(&mut bytes).await?;
    match bytes.pop() {
        Some(b'\n') if bytes.len() as u64 == size => Ok(Blob::Bytes(bytes)),
        _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

/// A record `MODE TYPE ID<tab>PATH`.
fn listed(record: &[u8]) -> Result<Listed, Problem> {
    let (about, path) = halves(record).ok_or_else(unknown)?;
    let mut about = about.split(' ');
    let (Some(mode), Some(_kind), Some(id)) = (about.next(), about.next(), about.next()) else { return Err(unknown()) };
    let mode = match mode {
        "120000" => Mode::Link,
        "160000" => Mode::Module,
        _ => Mode::File,
    };
    Ok(Listed { mode, id: id.to_owned(), path: path.to_vec() })
}

fn unknown() -> Problem {
    Problem::bug("git listed an entry that airlock does not understand")
}

fn halves(record: &[u8]) -> Option<(&str, &[u8])> {
    let tab = record.iter().position(|byte| *byte == b'\t')?;
    let (about, path) = record.split_at(tab);
    Some((std::str::from_utf8(about).ok()?, path.get(1..)?))
}

fn paths_of(listing: &[u8]) -> BTreeSet<&[u8]> {
    listing.split(|byte| *byte == 0).filter_map(|record| halves(record).map(|(_, path)| path)).collect()
}

/// Paths with a NUL after each. One that is not UTF-8 is shown with its bytes escaped.
fn paths(out: &[u8]) -> BTreeSet<String> {
    let paths = out.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(crate::tree::path_text).collect()
}
