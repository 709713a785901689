//! JUnit files that an earlier step wrote (`test-results`). They count as proof, so each must be what it claims to be:
//! written in this job, not part of the commit, a regular file of this repository, and not empty.

use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::glob;
use super::junit::{self, Results};
use super::place::Files;
use super::verdict;
use crate::finding::{Finding, Suite, SuiteEnd, SuiteKind};
use crate::history::beneath::{Folder, Trouble, is_beneath};
use crate::names::Place;
use crate::problem::Fault;
use crate::tree::{Tree, join};

/// The largest file that is read, in bytes.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;

/// How many folder entries a glob may pass.
const ENTRIES: usize = 500_000;

/// Where results may lie, and what makes them valid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The repository's root on disk, where earlier steps write.
    pub(super) root: &'a Path,
    /// The copy of it that the tests ran in, if they did: what they wrote lies there.
    pub(super) copy: Option<&'a Path>,
    /// The project's folder from the root, for places in traces.
    pub(super) folder: &'a str,
    /// What git tracks.
    pub(super) tree: &'a Tree,
    /// When the job began.
    pub(super) job_started: Timestamp,
}

/// The suite that these globs stand for, and its findings.
pub(super) fn read(globs: &[String], rules: Rules<'_>) -> (Suite, Vec<Finding>) {
    let mut sum = Results::default();
    let mut findings = Vec::new();
    for pattern in globs {
        match find_all(pattern, rules) {
            // A path that is in both places counts twice: neither may hide what the other says.
            Ok(found) => {
                for (root, path) in found {
                    match read_one(&path, Rules { root, ..rules }) {
                        Ok(results) => sum.add(results),
                        Err(wrong) => findings.extend(wrong),
                    }
                }
            }
            Err(finding) => findings.push(finding),
        }
    }
    let wrong = !findings.is_empty();
    findings.extend(verdict::of_failures(&sum, Files { root: rules.root, folder: rules.folder }));
    let name = format!("test-results: {}", globs.join(" "));
    let end = if wrong || sum.counts.failed > 0 {
        SuiteEnd::Failed { code: None }
    } else if sum.counts.ran() == 0 {
        let help = "a suite that runs nothing has not passed: look at the step that wrote the files";
        findings.push(Finding::error("suite-ran-nothing", format!("`{name}` holds no test that ran")).help(help));
        SuiteEnd::RanNothing
    } else {
        SuiteEnd::Passed
    };
    let milliseconds = 0;
    let counts = Some(sum.counts);
    (
        Suite { kind: SuiteKind::Test, name, end, milliseconds, counts, slowest: sum.slowest, tail: String::new() },
        findings,
    )
}

/// The files that fit, with the root that each lies beneath.
fn find_all<'a>(pattern: &str, rules: Rules<'a>) -> Result<Vec<(&'a Path, String)>, Finding> {
    let shown = pattern.escape_debug().to_string();
    let below = Path::new(pattern).strip_prefix(rules.root).ok().and_then(Path::to_str).unwrap_or(pattern);
    let below = below.trim_start_matches("./");
    if !is_beneath(below) {
        let said = format!("`{shown}` in `test-results` leads out of the repository");
        return Err(Finding::error("path-outside", said).help("give globs from the repository's root"));
    }
    let mut found = Vec::new();
    for root in std::iter::once(rules.root).chain(rules.copy) {
        found.extend(find(below, &shown, root)?.into_iter().map(|path| (root, path)));
    }
    if found.is_empty() {
        let help = "the step that writes it must run before airlock, in the same job, and must not have been skipped; \
                    what `test-command` writes counts too";
        return Err(Finding::error("results-not-found", format!("no file fits `{shown}` of `test-results`")).help(help));
    }
    Ok(found)
}

/// The files that fit, from this root, in order.
fn find(below: &str, shown: &str, root: &Path) -> Result<Vec<String>, Finding> {
    let mut found = Vec::new();
    let folder = glob::folder_of(below);
    let in_modules = folder.split('/').any(|part| part == "node_modules");
    let mut waiting: Vec<(PathBuf, String)> = vec![(root.join(&folder), folder)];
    let mut seen = 0;
    while let Some((place, folder)) = waiting.pop() {
        for entry in listed(&place, shown)? {
            seen += 1;
            if seen > ENTRIES {
                let said = format!("`{shown}` of `test-results` passes more than {ENTRIES} files");
                return Err(
                    Finding::error("results-unreadable", said).help("begin the glob with the folder of the results")
                );
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = join(&folder, &name);
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && name != ".git" && (in_modules || name != "node_modules") {
                waiting.push((entry.path(), path));
            } else if !is_folder && glob::fits(below, &path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The entries of a folder; one that is not there has none.
fn listed(place: &Path, pattern: &str) -> Result<Vec<DirEntry>, Finding> {
    let entries = std::fs::read_dir(place).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    match entries {
        Ok(entries) => Ok(entries),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => {
            let said = format!("cannot look for `{pattern}` of `test-results` in `{}`: {error}", place.display());
            Err(Finding::error("results-unreadable", said))
        }
    }
}

/// Something that is wrong with a file: code, message, what to do.
type Wrong = (&'static str, String, &'static str);

/// Reads one file, or says everything that is wrong with it.
fn read_one(path: &str, rules: Rules<'_>) -> Result<Results, Vec<Finding>> {
    let content = content(path, rules.root);
    let mut wrong: Vec<Wrong> = [of_git(path, rules), of_age(path, rules)].into_iter().flatten().collect();
    match content {
        Ok(results) if wrong.is_empty() => return Ok(results),
        Ok(_) => {}
        Err(why) => wrong.push(why),
    }
    let finding = |(code, message, help)| Finding::error(code, message).help(help).at(Place::file(path));
    Err(wrong.into_iter().map(finding).collect())
}

fn of_git(path: &str, rules: Rules<'_>) -> Option<Wrong> {
    let (said, help) = match rules.tree.is_tracked(path) {
        Some(false) => return None,
        Some(true) => {
            (format!("`{path}` is part of the commit"), "results must be written by this job: remove it from git")
        }
        None => (format!("whether git tracks `{path}` is not known"), "run in a checkout of the repository"),
    };
    Some(("results-tracked", said, help))
}

fn of_age(path: &str, rules: Rules<'_>) -> Option<Wrong> {
    let help = "results of another commit prove nothing: write them in this job, and restore no cache over them";
    let said = match changed(&rules.root.join(path)) {
        Some(time) if time >= rules.job_started => return None,
        Some(time) => {
            format!("`{path}` is older than this job: written {time:.0}, the job began {:.0}", rules.job_started)
        }
        None => format!("when `{path}` was written is not known"),
    };
    Some(("results-old", said, help))
}

fn content(path: &str, root: &Path) -> Result<Results, Wrong> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let read = Folder::root(root).and_then(|root| root.open_path(folder)).and_then(|folder| match folder {
        Some(folder) => folder.read(name, LARGEST),
        None => Ok(None),
    });
    match read {
        Ok(Some(bytes)) if bytes.iter().all(u8::is_ascii_whitespace) => {
            Err(("results-empty", format!("`{path}` is empty"), "the runner was ended before it wrote its results"))
        }
        Ok(Some(bytes)) => junit::read(&bytes).map_err(|why| {
            let said = format!("`{path}` cannot be read as JUnit: {why}");
            ("results-unreadable", said, "give the runner's JUnit file, whole")
        }),
        Ok(None) => Err(("results-not-found", format!("`{path}` is gone"), "something removed it while it was read")),
        Err(trouble) => {
            let code = match trouble {
                Trouble::Outside { .. } | Trouble::BadPath { .. } => "path-outside",
                Trouble::TooLarge { .. } => "results-too-large",
                Trouble::Io { .. } => "results-unreadable",
            };
            Err((
                code,
                trouble.problem(code, Fault::Checks).to_string(),
                "give regular files of the repository, of at most 32 MiB",
            ))
        }
    }
}

fn changed(path: &Path) -> Option<Timestamp> {
    let time = std::fs::symlink_metadata(path).ok()?.modified().ok()?;
    Timestamp::try_from(time).ok()
}
