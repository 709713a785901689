//! Reads what was compiled, beneath the project and only what is new: a file that lay there before is no result.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::bundle::{Bundle, CLI_VERSION, FUNCTIONS_JSON, NANGO_JSON, Script};
use crate::artefact::Artefact;
use crate::history::beneath::{Folder, Trouble};

/// The largest list of functions that is read, in bytes: 6,211 functions made 26 MB.
const LARGEST_LIST: u64 = 128 * 1024 * 1024;
/// The largest single file.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;
/// The most that all of it may hold.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What lay there before the compiler ran.
#[derive(Debug, Default)]
pub(super) struct Before {
    seen: BTreeMap<String, Stamp>,
}

/// When a file was written, and how large it is.
type Stamp = (Option<SystemTime>, u64);

/// Looks at what earlier runs left.
pub(super) fn before(project: &Path) -> Before {
    let mut seen = BTreeMap::new();
    for name in [NANGO_JSON, FUNCTIONS_JSON] {
        seen.extend(stamp(project, name).map(|stamp| (name.to_owned(), stamp)));
    }
    let built = std::fs::read_dir(project.join("build")).into_iter().flatten().flatten();
    for entry in built {
        let name = format!("build/{}", entry.file_name().to_string_lossy());
        seen.extend(stamp(project, &name).map(|stamp| (name, stamp)));
    }
    Before { seen }
}

fn stamp(project: &Path, name: &str) -> Option<Stamp> {
    let facts = std::fs::symlink_metadata(project.join(name)).ok()?;
    Some((facts.modified().ok(), facts.len()))
}

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) artefact: Artefact,
    pub(super) bundle: Bundle,
}

/// Reads the lists, and every file that they name. An error says everything that is wrong, each with its path.
pub(super) fn read(root: &Path, folder: &str, version: &str, before: &Before) -> Result<Read, Vec<Wrong>> {
    let project = open(root, folder).map_err(|trouble| vec![Wrong::from(&trouble)])?;
    let reader = Reader { project, path: &root.join(folder), before };
    let mut files = BTreeMap::new();
    let nango = reader.new_file(NANGO_JSON, LARGEST_LIST).map_err(|wrong| vec![wrong])?;
    let functions = reader.file(FUNCTIONS_JSON, LARGEST_LIST).map_err(|wrong| vec![wrong])?;
    // The CLI removes a stale list; one that it left alone was not written by this compile.
    let functions = functions.filter(|_| reader.is_new(FUNCTIONS_JSON));
    let bundle = Bundle::read(&nango, functions.as_deref()).map_err(|why| vec![Wrong { path: None, why }])?;
    files.insert(CLI_VERSION.to_owned(), Arc::from(version.as_bytes()));
    files.insert(NANGO_JSON.to_owned(), Arc::from(nango));
    if let Some(functions) = functions {
        files.insert(FUNCTIONS_JSON.to_owned(), Arc::from(functions));
    }
    let wrong = reader.scripts(&bundle.scripts(), &mut files);
    if wrong.is_empty() { Ok(Read { artefact: Artefact::new(files), bundle }) } else { Err(wrong) }
}

fn open(root: &Path, folder: &str) -> Result<Folder, Trouble> {
    Folder::root(root)?.open_path(folder)?.ok_or_else(|| Trouble::no_folder(folder))
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// From the project.
    pub(super) path: Option<String>,
    /// A fragment.
    pub(super) why: String,
}

impl From<&Trouble> for Wrong {
    fn from(trouble: &Trouble) -> Self {
        Self { path: None, why: trouble.to_string() }
    }
}

struct Reader<'a> {
    project: Folder,
    path: &'a Path,
    before: &'a Before,
}

impl Reader<'_> {
    fn scripts(&self, scripts: &[Script], files: &mut BTreeMap<String, Arc<[u8]>>) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut left = LARGEST;
        for script in scripts {
            let js = self.new_file(&script.js, LARGEST_FILE);
            let ts = self.file(&script.ts, LARGEST_FILE).and_then(|ts| {
                ts.ok_or_else(|| Wrong {
                    path: Some(script.ts.clone()),
                    why: format!("the source of {} is not where Nango looks for it", script.id),
                })
            });
            for (path, read) in [(&script.js, js), (&script.ts, ts)] {
                match read.and_then(text) {
                    Ok(bytes) => {
                        left = left.saturating_sub(bytes.len() as u64);
                        files.insert(path.clone(), Arc::from(bytes));
                    }
                    Err(found) => wrong.push(Wrong { path: found.path.or_else(|| Some(path.clone())), why: found.why }),
                }
            }
            if left == 0 {
                wrong.push(Wrong { path: None, why: format!("what was compiled is larger than {LARGEST} bytes") });
                break;
            }
        }
        wrong
    }

    /// A file that this compile wrote.
    fn new_file(&self, path: &str, limit: u64) -> Result<Vec<u8>, Wrong> {
        let wrong = |why: &str| Wrong { path: Some(path.to_owned()), why: why.to_owned() };
        let bytes = self.file(path, limit)?.ok_or_else(|| wrong("the compiler did not write this file"))?;
        if self.is_new(path) { Ok(bytes) } else { Err(wrong("the compiler left this file as it was before")) }
    }

    fn is_new(&self, path: &str) -> bool {
        self.before.seen.get(path).is_none_or(|before| stamp(self.path, path).is_some_and(|now| now != *before))
    }

    fn file(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Wrong> {
        // A second name could be one of a file that the compiler may not read itself.
        let names = std::fs::symlink_metadata(self.path.join(path)).map_or(1, |facts| facts.nlink());
        if names > 1 {
            let why = "is a second name of another file; it is not read".to_owned();
            return Err(Wrong { path: Some(path.to_owned()), why });
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let read = || match self.project.open_path(folder)? {
            Some(folder) => folder.read(name, limit),
            None => Ok(None),
        };
        read().map_err(|trouble| Wrong { path: Some(path.to_owned()), why: trouble.to_string() })
    }
}

/// Nango takes text alone.
fn text(bytes: Vec<u8>) -> Result<Vec<u8>, Wrong> {
    match std::str::from_utf8(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Wrong { path: None, why: format!("is not UTF-8: {error}") }),
    }
}
