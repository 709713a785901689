//! Any commit, read through git.

use std::collections::{BTreeMap, BTreeSet};

use super::content::{Bytes, Content, assemble, wanted_files};
use super::disk::bad_name;
use super::listing::{Entry, LONGEST_LINK, Listing, is_passed_over};
use super::{LARGEST_FILE, Tree, path_text};
use crate::finding::Finding;
use crate::git::{Blob, Git, Listed, Mode, missing_content};
use crate::names::CommitSha;
use crate::problem::Problem;
use crate::watch::Watch;

/// Reads a commit as [`super::disk::read`] reads its checkout; a commit that is missing is fetched.
///
/// Problems: those of the disk, and `commit-missing`, `content-missing`.
pub async fn read(git: &Git, sha: &CommitSha, wants: &dyn Fn(&str) -> bool, watch: &Watch) -> Result<Tree, Problem> {
    git.ensure(std::slice::from_ref(sha), watch).await?;
    let mut findings = Vec::new();
    let listed = named(git.list(sha, watch).await?, &mut findings, wants);
    let targets = targets(git, sha, &listed, watch).await?;
    let mut listing = Listing::default();
    for (path, entry) in &listed {
        let entry = match entry.mode {
            Mode::File => Entry::File,
            Mode::Module => Entry::Module,
            Mode::Link => Entry::Link(targets.get(&entry.id).cloned().unwrap_or_default()),
        };
        listing.add(path.clone(), entry)?;
    }
    let views = listing.views()?;
    let files = wanted_files(&views, wants);
    let contents = contents(git, sha, &listed, files, watch).await?;
    let ids = listed.into_iter().map(|(path, entry)| (path, entry.id));
    Ok(assemble(views, &contents, findings, wants)?.with_ids(ids))
}

/// The bytes of these files of a commit, whatever they are; a link among them is an error, as it is on a disk.
///
/// Problems: `commit-missing`, `content-missing`.
pub async fn bytes(
    git: &Git,
    sha: &CommitSha,
    paths: &[String],
    largest: u64,
    watch: &Watch,
) -> Result<Bytes, Problem> {
    git.ensure(std::slice::from_ref(sha), watch).await?;
    let listed = named(git.list(sha, watch).await?, &mut Vec::new(), &|_| false);
    let mut bytes = Bytes::default();
    let mut wanted: Vec<(&String, &str)> = Vec::new();
    for path in paths {
        match listed.get(path) {
            Some(entry) if entry.mode == Mode::File => wanted.push((path, &entry.id)),
            Some(_) => bytes.put(path.clone(), Err(Content::unreadable("this is a link, and none is followed here"))),
            None => bytes.put(path.clone(), Err(Content::unreadable("the commit has no such file"))),
        }
    }
    let ids: Vec<&str> = wanted.iter().map(|(_, id)| *id).collect();
    let mut missing = BTreeSet::new();
    git.blobs(&ids, largest, watch, |number, blob| {
        let Some((path, id)) = wanted.get(number) else { return };
        match blob {
            Blob::Bytes(content) => bytes.put((*path).clone(), Ok(content)),
            Blob::TooLarge => bytes.put((*path).clone(), Err(Content::too_large(largest))),
            Blob::Missing => drop(missing.insert(*id)),
        }
    })
    .await?;
    if missing.is_empty() { Ok(bytes) } else { Err(lacking(sha, &listed, &missing)) }
}

/// The entries whose names are text and that are not passed over.
fn named(listed: Vec<Listed>, findings: &mut Vec<Finding>, wants: &dyn Fn(&str) -> bool) -> BTreeMap<String, Listed> {
    let mut named = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for entry in listed {
        match stopped_at(&entry.path) {
            None => drop(named.insert(path_text(&entry.path), entry)),
            Some(Stop::PassedOver) => {}
            Some(Stop::NotText { shown, folder }) => drop(refused.insert((shown, folder))),
        }
    }
    for (shown, folder) in refused {
        bad_name(findings, &shown, folder, wants);
    }
    named
}

/// Why a walk down to a path does not reach it.
enum Stop {
    PassedOver,
    NotText { shown: String, folder: bool },
}

/// Goes down to a path part by part, as one walks a disk: the first part that is not gone into counts.
fn stopped_at(path: &[u8]) -> Option<Stop> {
    let mut end = 0;
    for part in path.split(|byte| *byte == b'/') {
        end += part.len();
        match std::str::from_utf8(part) {
            Ok(name) if is_passed_over(name) => return Some(Stop::PassedOver),
            Ok(_) => end += 1,
            Err(_not_text) => {
                let shown = path_text(path.get(..end).unwrap_or(path));
                return Some(Stop::NotText { shown, folder: end < path.len() });
            }
        }
    }
    None
}

/// What is written in the links, by id.
async fn targets(
    git: &Git,
    sha: &CommitSha,
    listed: &BTreeMap<String, Listed>,
    watch: &Watch,
) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let ids: BTreeSet<&str> =
        listed.values().filter(|entry| entry.mode == Mode::Link).map(|entry| entry.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut targets = BTreeMap::new();
    let mut missing = BTreeSet::new();
    git.blobs(&ids, LONGEST_LINK as u64, watch, |number, blob| match (ids.get(number), blob) {
        (Some(id), Blob::Bytes(target)) => drop(targets.insert((*id).to_owned(), target)),
        (Some(id), Blob::Missing) => drop(missing.insert(*id)),
        // No system has such a link: it leads nowhere.
        (_, Blob::TooLarge) | (None, _) => {}
    })
    .await?;
    if missing.is_empty() { Ok(targets) } else { Err(lacking(sha, listed, &missing)) }
}

/// The contents of these paths; each id is read once.
async fn contents(
    git: &Git,
    sha: &CommitSha,
    listed: &BTreeMap<String, Listed>,
    paths: BTreeSet<String>,
    watch: &Watch,
) -> Result<BTreeMap<String, Content>, Problem> {
    let id_of = |path: &String| listed.get(path).map(|entry| entry.id.as_str());
    let ids: BTreeSet<&str> = paths.iter().filter_map(id_of).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut read: BTreeMap<&str, Content> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    git.blobs(&ids, LARGEST_FILE, watch, |number, blob| {
        let content = match blob {
            Blob::Bytes(bytes) => Content::of(bytes),
            Blob::TooLarge => Content::too_large(LARGEST_FILE),
            Blob::Missing => {
                missing.extend(ids.get(number).copied());
                return;
            }
        };
        read.extend(ids.get(number).map(|id| (*id, content)));
    })
    .await?;
    if !missing.is_empty() {
        return Err(lacking(sha, listed, &missing));
    }
    let contents = paths.iter().filter_map(|path| Some((path.clone(), read.get(id_of(path)?)?.clone())));
    Ok(contents.collect())
}

/// The problem of contents that this clone lacks, with the first paths.
fn lacking(sha: &CommitSha, listed: &BTreeMap<String, Listed>, missing: &BTreeSet<&str>) -> Problem {
    let paths = listed.iter().filter(|(_, entry)| missing.contains(entry.id.as_str())).map(|(path, _)| path.as_str());
    missing_content(sha, paths)
}
