//! The releases of an embedded environment on disk, and which of them is live.
//!
//! `releases/<name>/` holds `manifest.json`, the artefact's files under `artefact/` and `seal.json` with the digests of
//! both; `live` is a link to one of them. A release is written under a name of its own, renamed when it is whole, and goes
//! live by replacing the link: a kill at any moment leaves the old state or the new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::artefact::Artefact;
use crate::history::beneath::{DEEPEST, Folder, Kind, Trouble, is_beneath};
use crate::manifest::Manifest;
use crate::names::{CommitSha, Digest};
use crate::problem::{Fault, Problem};

/// The schema number of a seal.
const SCHEMA: u32 = 1;
/// The largest manifest, in bytes.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;
/// The most that all files of an artefact may be together, in bytes.
const LARGEST_ARTEFACT: u64 = 512 * 1024 * 1024;
/// How many releases are kept, beside the live one.
const KEPT: usize = 20;

const RELEASES: &str = "releases";
const LIVE: &str = "live";
const MANIFEST: &str = "manifest.json";
const ARTEFACT: &str = "artefact";
const SEAL: &str = "seal.json";
/// In the name of whatever is not finished; the next run removes it.
const UNFINISHED: &str = ".tmp-";

/// What a release's folder holds, in digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seal {
    schema: u32,
    /// The record that it was deployed under.
    pub(super) release: u64,
    /// Its version.
    pub(super) version: Version,
    /// Its commit.
    pub(super) commit: CommitSha,
    /// The digest of `manifest.json`, byte for byte.
    pub(super) manifest: Digest,
    /// The digest of the artefact.
    pub(super) artefact: Digest,
}

impl Seal {
    /// The seal of what is about to be written.
    pub(super) fn new(release: u64, version: Version, commit: CommitSha, manifest: &[u8], artefact: &Digest) -> Self {
        let (manifest, artefact) = (Digest::of(manifest), artefact.clone());
        Self { schema: SCHEMA, release, version, commit, manifest, artefact }
    }
}

/// What is live.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its digests; they have been compared with the files.
    pub(super) seal: Seal,
    /// Its manifest.
    pub(super) manifest: Manifest,
}

/// Whether an artefact can be stored: every path leads downwards, and it is not too large.
pub(super) fn check(artefact: &Artefact) -> Result<(), Trouble> {
    if let Some(path) = artefact.files().keys().find(|path| !is_beneath(path)) {
        return Err(Trouble::BadPath { path: path.clone() });
    }
    let size: u64 = artefact.files().values().map(|bytes| bytes.len() as u64).sum();
    if size > LARGEST_ARTEFACT {
        return Err(Trouble::TooLarge { path: ARTEFACT.into(), limit: LARGEST_ARTEFACT });
    }
    Ok(())
}

/// A manifest as it is stored.
pub(super) fn manifest_bytes(manifest: &Manifest) -> Result<Vec<u8>, Problem> {
    let mut bytes = serde_json::to_vec_pretty(manifest)
        .map_err(|error| Problem::bug("a manifest cannot be written").because(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads what is live in the environment's folder and compares it with its digests; `None` when nothing is live.
pub(super) fn read(folder: &Folder) -> Result<Option<Stored>, Problem> {
    let Some(name) = live(folder).map_err(|trouble| unreadable(&trouble))? else { return Ok(None) };
    let releases = folder.open(RELEASES).map_err(|trouble| unreadable(&trouble))?;
    let release = releases.map(|releases| releases.open(&name)).transpose().map_err(|trouble| unreadable(&trouble))?;
    let Some(release) = release.flatten() else {
        return Err(broken(folder, &format!("`live` leads to `{RELEASES}/{name}`, which is not there")));
    };
    let manifest = part(&release, MANIFEST)?;
    let seal: Seal = json(&release, SEAL, &part(&release, SEAL)?)?;
    if seal.schema != SCHEMA {
        return Err(broken(folder, &format!("schema {} of `{SEAL}` is not known", seal.schema)));
    }
    if Digest::of(&manifest) != seal.manifest {
        return Err(broken(&release, &format!("`{MANIFEST}` is not what was deployed: its digest differs")));
    }
    if *artefact(&release)?.digest() != seal.artefact {
        return Err(broken(&release, &format!("`{ARTEFACT}/` is not what was deployed: its digest differs")));
    }
    let manifest = json(&release, MANIFEST, &manifest)?;
    Ok(Some(Stored { seal, manifest }))
}

fn part(release: &Folder, name: &str) -> Result<Vec<u8>, Problem> {
    let bytes = release.read(name, LARGEST_MANIFEST).map_err(|trouble| unreadable(&trouble))?;
    bytes.ok_or_else(|| broken(release, &format!("`{name}` is missing")))
}

fn json<T: serde::de::DeserializeOwned>(release: &Folder, name: &str, bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| broken(release, &format!("`{name}` cannot be read")).because(&error))
}

fn artefact(release: &Folder) -> Result<Artefact, Problem> {
    let folder = release.open(ARTEFACT).map_err(|trouble| unreadable(&trouble))?;
    let folder = folder.ok_or_else(|| broken(release, &format!("`{ARTEFACT}/` is missing")))?;
    let mut files = Files { left: LARGEST_ARTEFACT, found: BTreeMap::new() };
    files.gather(&folder, "", DEEPEST).map_err(|trouble| unreadable(&trouble))?;
    Ok(Artefact::new(files.found))
}

/// The files below a folder.
struct Files {
    left: u64,
    found: BTreeMap<String, Arc<[u8]>>,
}

impl Files {
    fn gather(&mut self, folder: &Folder, below: &str, depth: usize) -> Result<(), Trouble> {
        for name in folder.names()? {
            let path = crate::tree::join(below, &name);
            if folder.kind(&name)? == Some(Kind::Folder) {
                let depth = depth.checked_sub(1).ok_or_else(|| Trouble::BadPath { path: folder.path_of(&name) })?;
                if let Some(inner) = folder.open(&name)? {
                    self.gather(&inner, &path, depth)?;
                }
            } else if let Some(bytes) = folder.read(&name, self.left)? {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                self.found.insert(path, bytes.into());
            }
        }
        Ok(())
    }
}

/// The name of the live release's folder.
fn live(folder: &Folder) -> Result<Option<String>, Trouble> {
    let Some(target) = folder.link(LIVE)? else { return Ok(None) };
    let name = target.strip_prefix(RELEASES).and_then(|rest| rest.strip_prefix('/')).and_then(name_of);
    match name {
        Some((_, name)) => Ok(Some(name.to_owned())),
        None => Err(Trouble::Outside { path: folder.path_of(LIVE), what: "a link to elsewhere" }),
    }
}

/// The record's number in the name of a release's folder (`7`, or `7.2` where `7` was taken), and the name.
fn name_of(name: &str) -> Option<(u64, &str)> {
    let (number, turn) = name.split_once('.').unwrap_or((name, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(turn) && digits(number) { number.parse().ok().map(|number| (number, name)) } else { None }
}

/// A release that is being written; nothing of it is live.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    folder: &'a Folder,
    releases: Folder,
    unfinished: String,
    inside: Folder,
    artefact: Folder,
    number: u64,
}

impl<'a> Draft<'a> {
    /// Begins a release; what killed runs left unfinished is removed. The caller holds the environment's lock.
    pub(super) fn begin(folder: &'a Folder, number: u64) -> Result<Self, Trouble> {
        let releases = folder.make(RELEASES)?;
        folder.sync()?;
        remove_unfinished(folder)?;
        remove_unfinished(&releases)?;
        let unfinished = format!("{number}{UNFINISHED}{}", std::process::id());
        let inside = releases.make(&unfinished)?;
        let artefact = inside.make(ARTEFACT)?;
        Ok(Self { folder, releases, unfinished, inside, artefact, number })
    }

    /// Writes one file of the artefact; see [`check`].
    pub(super) fn add(&self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        match path.rsplit_once('/') {
            None => self.artefact.write_new(path, bytes),
            Some((above, name)) => self.artefact.make_path(above)?.write_new(name, bytes),
        }
    }

    /// Writes the manifest and the seal, and gives the release its name. It is whole from here on, and not yet live.
    pub(super) fn finish(self, manifest: &[u8], seal: &[u8]) -> Result<Whole<'a>, Trouble> {
        self.inside.write_new(MANIFEST, manifest)?;
        self.inside.write_new(SEAL, seal)?;
        sync_all(&self.inside)?;
        let name = self.free_name()?;
        self.releases.rename(&self.unfinished, &name)?;
        self.releases.sync()?;
        Ok(Whole { folder: self.folder, releases: self.releases, name })
    }

    /// A name that no release has: records begin again at 1 when a history is removed and its releases are not.
    fn free_name(&self) -> Result<String, Trouble> {
        let mut name = self.number.to_string();
        let mut turn = 1_u64;
        while self.releases.kind(&name)?.is_some() {
            turn += 1;
            name = format!("{}.{turn}", self.number);
        }
        Ok(name)
    }
}

/// A release that is whole and not yet live.
#[derive(Debug)]
pub(super) struct Whole<'a> {
    folder: &'a Folder,
    releases: Folder,
    name: String,
}

impl Whole<'_> {
    /// Makes it the live one, in one step. After an error the one before is live.
    pub(super) fn go_live(&self) -> Result<(), Trouble> {
        let fresh = format!("{LIVE}{UNFINISHED}{}", std::process::id());
        self.folder.make_link(&format!("{RELEASES}/{}", self.name), &fresh)?;
        self.folder.rename(&fresh, LIVE)
    }

    /// Waits until the disk knows that it is live.
    pub(super) fn settle(&self) -> Result<(), Trouble> {
        self.folder.sync()
    }

    /// Removes it; only for one that did not go live.
    pub(super) fn discard(&self) -> Result<(), Trouble> {
        self.releases.remove(&self.name)
    }

    /// Removes all but the newest releases and the live one.
    pub(super) fn prune(&self) -> Result<(), Trouble> {
        let names = self.releases.names()?;
        let mut known: Vec<_> = names.iter().filter_map(|name| name_of(name)).collect();
        known.sort_unstable_by(|one, other| other.cmp(one));
        let live = live(self.folder)?;
        let old = known.into_iter().skip(KEPT).map(|(_, name)| name);
        old.filter(|name| live.as_deref() != Some(*name)).try_for_each(|name| self.releases.remove(name))
    }
}

fn remove_unfinished(folder: &Folder) -> Result<(), Trouble> {
    let names = folder.names()?;
    names.iter().filter(|name| name.contains(UNFINISHED)).try_for_each(|name| folder.remove(name))
}

fn sync_all(folder: &Folder) -> Result<(), Trouble> {
    for name in folder.names()? {
        if folder.kind(&name)? == Some(Kind::Folder)
            && let Some(inner) = folder.open(&name)?
        {
            sync_all(&inner)?;
        }
    }
    folder.sync()
}

fn broken(folder: &Folder, why: &str) -> Problem {
    Problem::new("live-unreadable", Fault::Platform, format!("what is live in `{}` cannot be read", folder.shown()))
        .cause(why)
        .help("what cannot be read is not taken for nothing: put it back, or remove the environment's folder to begin anew")
}

/// What the system or the files said while reading.
pub(super) fn unreadable(trouble: &Trouble) -> Problem {
    trouble.problem("live-unreadable", Fault::Platform)
}
