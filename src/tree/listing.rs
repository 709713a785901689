//! What a repository holds before any file is opened, and where its links lead.
//!
//! Links are resolved here, on names alone, never by the system: so a checkout and a commit give the same answer, and no link
//! can lead out of the repository, for nothing outside is in the list.

use std::collections::BTreeMap;

use super::join;
use crate::problem::Problem;

/// How deep folders may lie in one another.
pub(super) const DEEPEST: usize = 64;

/// How many entries a tree may have, those seen through linked folders included.
pub(super) const MOST_ENTRIES: usize = 500_000;

/// How long all paths may be together, in bytes: folders that link to one another can make few entries long.
const LONGEST_PATHS: usize = 256 * 1024 * 1024;

/// How many links one path may pass; the system's own limit.
const MOST_HOPS: usize = 40;

/// How long a link's text may be, in bytes; the system's own limit.
pub(super) const LONGEST_LINK: usize = 4095;

/// How many parts of paths all links together may make us go through.
const MOST_PARTS: usize = 20_000_000;

/// Names that are never looked into: git's own, what is installed, what is ours, caches.
const PASSED_OVER: [&str; 5] = [".git", "node_modules", ".airlock", ".venv", "__pycache__"];

/// Whether nothing of this name is read, wherever it lies.
pub(super) fn is_passed_over(name: &str) -> bool {
    PASSED_OVER.contains(&name)
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A regular file.
    File,
    /// A link, with what is written in it.
    Link(Vec<u8>),
    /// A repository of its own.
    Module,
    /// Something that has no content to read.
    Other(&'static str),
}

/// All entries by path. Folders are there by what is in them.
#[derive(Debug, Default)]
pub(super) struct Listing {
    entries: BTreeMap<String, Entry>,
    bytes: usize,
}

/// A path as the tree shows it, and what it leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    /// The path as it is seen, through links.
    pub(super) path: String,
    /// What is there.
    pub(super) what: Seen,
}

/// What a path of the tree leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The regular file of this path, which passes no link.
    File(String),
    /// Something without content.
    Other(&'static str),
    /// A repository of its own.
    Module,
    /// A link that leads to nothing that may be read.
    Dead(Dead),
}

/// Why a link leads to nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dead {
    /// Code of the finding.
    pub(super) code: &'static str,
    /// What is the matter.
    pub(super) why: String,
}

/// Where a path ends.
#[derive(Debug, PartialEq, Eq)]
enum End {
    File(String),
    Folder(String),
    Other(&'static str),
    Dead(Dead),
}

impl Listing {
    /// Adds an entry. Problems: `tree-too-large`, `tree-too-deep`.
    pub(super) fn add(&mut self, path: String, entry: Entry) -> Result<(), Problem> {
        within_limits(self.entries.len(), &mut self.bytes, &path)?;
        self.entries.insert(path, entry);
        Ok(())
    }

    /// Every path of the tree, linked ones included, with what it leads to.
    pub(super) fn views(&self) -> Result<Vec<View>, Problem> {
        let mut walk = Walk { listing: self, views: Vec::new(), bytes: 0, steps: 0, parts: 0 };
        walk.folder("", "", &mut Vec::new())?;
        walk.views.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(walk.views)
    }

    /// The entries below a folder (`""` is the root).
    fn below(&self, folder: &str) -> impl Iterator<Item = (&String, &Entry)> {
        let prefix = join(folder, "");
        self.entries.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix))
    }

    /// Follows what is written in a link of this folder.
    fn follow(&self, folder: &str, target: &[u8], parts: &mut usize) -> Result<End, Problem> {
        let shown: String = String::from_utf8_lossy(target).chars().take(80).flat_map(char::escape_debug).collect();
        let end = self.settle(folder, target, parts).unwrap_or_else(|refusal| match refusal {
            Refusal::Outside => dead("path-outside", format!("the link leads to `{shown}`, out of the repository")),
            Refusal::PassedOver(path) => {
                dead("path-outside", format!("the link leads into `{}`, which is not read", path.escape_debug()))
            }
            Refusal::Nothing => dead("unreadable", format!("the link leads to `{shown}`, which is not there")),
            Refusal::Loop => dead("link-loop", format!("the link leads to `{shown}`, and so back to itself")),
        });
        if *parts > MOST_PARTS {
            return Err(Problem::input("tree-too-large", "the repository's links lead through too many folders")
                .help("remove links that lead through one another"));
        }
        Ok(end)
    }

    /// Goes part by part, as the system would: `..` goes up from where the links so far have led.
    fn settle(&self, folder: &str, target: &[u8], parts: &mut usize) -> Result<End, Refusal> {
        let mut at: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        let mut ahead: Vec<&str> = Vec::new();
        push_target(&mut ahead, target)?;
        let mut hops = 1;
        let mut end = End::Folder(String::new());
        while let Some(part) = ahead.pop() {
            *parts += 1;
            match part {
                "" | "." => continue,
                ".." => {
                    at.pop().ok_or(Refusal::Outside)?;
                    continue;
                }
                name => at.push(name),
            }
            let path = at.join("/");
            if is_passed_over(part) {
                return Err(Refusal::PassedOver(path));
            }
            end = match self.entries.get(&path) {
                Some(Entry::Link(target)) => {
                    hops += 1;
                    if hops > MOST_HOPS {
                        return Err(Refusal::Loop);
                    }
                    at.pop();
                    push_target(&mut ahead, target)?;
                    continue;
                }
                Some(Entry::Module) => return Err(Refusal::PassedOver(path)),
                Some(Entry::File) => End::File(path),
                Some(Entry::Other(what)) => End::Other(what),
                None if self.below(&path).next().is_some() => continue,
                None => return Err(Refusal::Nothing),
            };
            // A file has nothing below it; not even itself, as `file/` or `file/.`.
            return if ahead.is_empty() { Ok(end) } else { Err(Refusal::Nothing) };
        }
        if let End::Folder(path) = &mut end {
            *path = at.join("/");
        }
        Ok(end)
    }
}

/// Why a link is not followed.
enum Refusal {
    Outside,
    PassedOver(String),
    Nothing,
    Loop,
}

/// Puts the parts of a link's text in front of what lies ahead (the end of the list comes first).
fn push_target<'a>(ahead: &mut Vec<&'a str>, target: &'a [u8]) -> Result<(), Refusal> {
    // No path that is read is anything but UTF-8.
    let target = std::str::from_utf8(target).map_err(|_not_text| Refusal::Nothing)?;
    if target.starts_with('/') {
        return Err(Refusal::Outside);
    }
    if target.is_empty() || target.len() > LONGEST_LINK {
        return Err(Refusal::Nothing);
    }
    ahead.extend(target.split('/').rev());
    Ok(())
}

fn dead(code: &'static str, why: String) -> End {
    End::Dead(Dead { code, why })
}

/// Collects the views of a listing.
struct Walk<'a> {
    listing: &'a Listing,
    views: Vec<View>,
    bytes: usize,
    steps: usize,
    parts: usize,
}

impl<'a> Walk<'a> {
    /// Shows all of the folder `real` as the folder `seen`. `through` are the folders whose links led here: whoever comes back
    /// to one of them, or to a folder around it, would come back for ever.
    fn folder(&mut self, real: &str, seen: &str, through: &mut Vec<&'a str>) -> Result<(), Problem> {
        let listing = self.listing;
        for (path, entry) in listing.below(real) {
            self.steps += 1;
            let inner = if real.is_empty() { path.as_str() } else { path.get(real.len() + 1..).unwrap_or_default() };
            let seen = join(seen, inner);
            within_limits(self.steps, &mut self.bytes, &seen)?;
            let what = match entry {
                Entry::File => Seen::File(path.clone()),
                Entry::Other(what) => Seen::Other(what),
                Entry::Module => Seen::Module,
                Entry::Link(target) => match self.link(path, target, &seen, through)? {
                    Some(what) => what,
                    None => continue,
                },
            };
            self.views.push(View { path: seen, what });
        }
        Ok(())
    }

    /// What a link is seen as; `None` when it was a folder, whose files have been added.
    fn link(
        &mut self,
        path: &'a str,
        target: &[u8],
        seen: &str,
        through: &mut Vec<&'a str>,
    ) -> Result<Option<Seen>, Problem> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Ok(Some(match self.listing.follow(folder, target, &mut self.parts)? {
            End::File(real) => Seen::File(real),
            End::Other(what) => Seen::Other(what),
            End::Dead(dead) => Seen::Dead(dead),
            End::Folder(real) => {
                through.push(folder);
                if through.iter().any(|passed| is_in(passed, &real)) {
                    through.pop();
                    let shown = if real.is_empty() { "/".into() } else { real.escape_debug().to_string() };
                    let why = format!("the link leads back to the folder `{shown}`");
                    return Ok(Some(Seen::Dead(Dead { code: "link-loop", why })));
                }
                self.folder(&real, seen, through)?;
                through.pop();
                return Ok(None);
            }
        }))
    }
}

/// Whether a folder is this one or lies in it.
fn is_in(folder: &str, outer: &str) -> bool {
    outer.is_empty() || folder.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn within_limits(entries: usize, bytes: &mut usize, path: &str) -> Result<(), Problem> {
    *bytes += path.len();
    if entries >= MOST_ENTRIES || *bytes > LONGEST_PATHS {
        return Err(Problem::input("tree-too-large", format!("the repository has more than {MOST_ENTRIES} files"))
            .cause("files that are seen through linked folders count too")
            .help("remove links from folder to folder, or move what is no source out of the repository"));
    }
    if path.split('/').count() > DEEPEST {
        return Err(too_deep(path));
    }
    Ok(())
}

/// The problem of folders in folders in folders.
pub(super) fn too_deep(path: &str) -> Problem {
    let shown: String = path.chars().take(80).flat_map(char::escape_debug).collect();
    Problem::input("tree-too-deep", format!("folders lie more than {DEEPEST} deep in one another, below `{shown}…`"))
        .help("remove them, or the links that lead into one another")
}
