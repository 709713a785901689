//! From bytes to text, and from what was seen and read to the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::listing::{Seen, View};
use super::{File, Tree};
use crate::finding::{Finding, Severity};
use crate::names::Place;
use crate::problem::Problem;

/// How many bytes of text one tree may hold.
const LARGEST_TREE: usize = 512 * 1024 * 1024;

/// How the pointers of git-lfs begin, in every version.
const LFS: &str = "version https://git-lfs.github.com/spec/";

/// What a wanted file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Its text.
    Text(Arc<str>),
    /// It cannot be read: code, why, and the line if there is one.
    Refused(&'static str, String, Option<u32>),
}

impl Content {
    /// The text of these bytes, without a byte order mark.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text.strip_prefix('\u{feff}').unwrap_or(&text).into()),
            Err(error) => {
                let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
                let line = u32::try_from(valid.split(|byte| *byte == b'\n').count()).ok();
                Self::Refused("not-utf8", "the file is not UTF-8 text".to_owned(), line)
            }
        }
    }

    /// A file beyond this many bytes.
    pub(super) fn too_large(largest: u64) -> Self {
        Self::Refused("file-too-large", format!("the file is larger than {} MiB", largest / 1024 / 1024), None)
    }

    /// A file that could not be read.
    pub(super) fn unreadable(why: impl Into<String>) -> Self {
        Self::Refused("unreadable", why.into(), None)
    }
}

/// Files as they are, by the path that was asked for, and what could not be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// The contents.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// One error for each file that could not be read.
    pub findings: Vec<Finding>,
}

impl Bytes {
    /// Puts in what was read, or the finding on what was not.
    pub(super) fn put(&mut self, path: String, read: Result<Vec<u8>, Content>) {
        match read {
            Ok(bytes) => drop(self.files.insert(path, Arc::from(bytes))),
            Err(Content::Refused(code, why, _)) => {
                let finding = Finding::error(code, why).at(Place::file(&path));
                self.findings.push(finding.help(help(code)));
            }
            Err(Content::Text(text)) => drop(self.files.insert(path, Arc::from(text.as_bytes()))),
        }
    }
}

/// The real files behind the wanted paths.
pub(super) fn wanted_files(views: &[View], wants: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let files = views.iter().filter_map(|view| match &view.what {
        Seen::File(real) if wants(&view.path) => Some(real.clone()),
        Seen::File(_) | Seen::Other(_) | Seen::Module | Seen::Dead(_) => None,
    });
    files.collect()
}

/// Puts the tree together from what was seen, what was read (by real path) and what was found on the way.
pub(super) fn assemble(
    views: Vec<View>,
    contents: &BTreeMap<String, Content>,
    mut findings: Vec<Finding>,
    wants: &dyn Fn(&str) -> bool,
) -> Result<Tree, Problem> {
    let held: usize =
        contents.values().map(|content| if let Content::Text(text) = content { text.len() } else { 0 }).sum();
    if held > LARGEST_TREE {
        let text = format!("the source files of the repository hold more than {} MiB", LARGEST_TREE / 1024 / 1024);
        return Err(Problem::input("tree-too-large", text).help("move what is no source out of the repository"));
    }
    let mut files = BTreeMap::new();
    let mut links = BTreeMap::new();
    for View { path, what } in views {
        let file = match what {
            Seen::File(real) => {
                let content = if wants(&path) { contents.get(&real) } else { None };
                let file = content.map_or(File::Present, |content| file(&path, content, &mut findings));
                if real != path {
                    links.insert(path.clone(), real);
                }
                Some(file)
            }
            Seen::Other(what) => {
                refuse(&mut findings, &path, wants, "not-a-file", format!("this is {what}, no regular file"));
                Some(File::Present)
            }
            Seen::Module => {
                let message = "this folder is a repository of its own; its files are not read";
                let help = "commit its files themselves if a function needs them";
                findings.push(Finding::info("nested-repository", message).at(Place::file(&path)).help(help));
                None
            }
            Seen::Dead(dead) => {
                refuse(&mut findings, &path, wants, dead.code, dead.why);
                Some(File::Present)
            }
        };
        files.extend(file.map(|file| (path, file)));
    }
    findings.sort_by(|a, b| (&a.place, &a.code).cmp(&(&b.place, &b.code)));
    Ok(Tree::new(files, findings).with_links(links))
}

fn file(path: &str, content: &Content, findings: &mut Vec<Finding>) -> File {
    match content {
        Content::Text(text) => {
            if text.starts_with(LFS) {
                let message = "the file is a pointer of git-lfs; its content is not in the commit";
                let finding = Finding::info("lfs-pointer", message).at(Place::file(path));
                findings.push(finding.help("take source files out of git-lfs, in .gitattributes"));
            }
            File::Text(Arc::clone(text))
        }
        Content::Refused(code, why, line) => {
            let place = Place { line: *line, ..Place::file(path) };
            findings.push(Finding::error(code, why.clone()).at(place).help(help(code)));
            File::Present
        }
    }
}

/// A finding on what is no readable file: an error when it was wanted; a warning when it is a link that may stand for a folder,
/// for then nobody knows which files are missed; else nothing.
pub(super) fn refuse(
    findings: &mut Vec<Finding>,
    path: &str,
    wants: &dyn Fn(&str) -> bool,
    code: &'static str,
    why: String,
) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let severity = if wants(path) {
        Severity::Error
    } else if matches!(code, "path-outside" | "link-loop") && !name.contains('.') {
        Severity::Warning
    } else {
        return;
    };
    findings.push(Finding::new(severity, code, why).at(Place::file(path)).help(help(code)));
}

/// What to do about a file that cannot be read.
fn help(code: &str) -> &'static str {
    match code {
        "path-outside" => "commit the file itself in place of the link",
        "link-loop" => "let the link lead to a file, or remove it",
        "file-too-large" => "split it, or keep data out of the source",
        "not-utf8" => "save it as UTF-8",
        "name-not-utf8" => "give it a name in UTF-8",
        "not-a-file" => "put a regular file in its place",
        _ => "mend or remove it",
    }
}
