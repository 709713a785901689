//! The last job of a matrix: the reports of the others, read as data and told together. Nothing of the tree is looked at.

use std::path::Path;

use super::Run;
use crate::checks::glob;
use crate::history::beneath::{Folder, Kind, Trouble};
use crate::outcome::Outcome;
use crate::problem::{Fault, Problem};
use crate::tree::join;

/// The largest report, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// How many reports are read: more jobs than a matrix can have.
const MOST: usize = 1_000;

/// How many folder entries are looked at.
const ENTRIES: usize = 50_000;

/// The outcome with what the reports say; one that cannot be read is a problem.
pub(super) async fn told(run: &Run<'_>, outcome: Outcome) -> Outcome {
    let inputs = &run.invocation.inputs;
    let mut problems = Vec::new();
    let mut parts = Vec::new();
    match read(run).await {
        Err(problem) => problems.push(problem),
        Ok(read) => {
            for part in read {
                match part {
                    Ok(part) => parts.push(part),
                    Err(problem) => problems.push(problem),
                }
            }
        }
    }
    let mut outcome = outcome.merged(parts, &inputs.matrix);
    outcome.problems.extend(problems);
    outcome
}

async fn read(run: &Run<'_>) -> Result<Vec<Result<Outcome, Problem>>, Problem> {
    let root = &run.invocation.repository.root;
    // A report that is part of a commit was written by whoever wrote the commit.
    let tracked = run.edges.git.tracked_files("", run.edges.watch).await?;
    let mut paths = Vec::new();
    for pattern in &run.invocation.inputs.reports {
        let found = find(root, pattern)?;
        if found.is_empty() {
            let says = format!("no file fits `{}` of `reports`", pattern.escape_debug());
            return Err(Problem::input("report-missing", says).help(
                "the jobs before must upload their `report-path`, and this one download it, whatever they came to",
            ));
        }
        paths.extend(found);
    }
    paths.sort();
    paths.dedup();
    if paths.len() > MOST {
        return Err(Problem::input(
            "report-missing",
            format!("`reports` fits {} files, and {MOST} are read", paths.len()),
        ));
    }
    let one = |path: &String| {
        if tracked.contains(path) {
            return Err(Problem::input("report-foreign", format!("`{}` is part of the commit", path.escape_debug()))
                .help("reports are written by the jobs of this run: remove it from git"));
        }
        one(root, path)
    };
    Ok(paths.iter().map(one).collect())
}

fn one(root: &Path, path: &str) -> Result<Outcome, Problem> {
    let unread = |why: String| {
        Problem::new("report-unreadable", Fault::Input, format!("the report `{}` cannot be read", path.escape_debug()))
            .cause(why)
    };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let trouble = |trouble: &Trouble| trouble.problem("report-unreadable", Fault::Input);
    let folder = Folder::root(root).and_then(|root| root.open_path(folder)).map_err(|error| trouble(&error))?;
    let bytes = folder.map_or(Ok(None), |folder| folder.read(name, LARGEST)).map_err(|error| trouble(&error))?;
    let bytes = bytes.ok_or_else(|| unread("it is gone".to_owned()))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| unread(format!("it is no report by `airlock schema report`: {error}")))
}

/// The files that fit, below the root; no link is followed.
fn find(root: &Path, pattern: &str) -> Result<Vec<String>, Problem> {
    let trouble = |trouble: Trouble| trouble.problem("report-unreadable", Fault::Input);
    let start = glob::folder_of(pattern);
    let mut found = Vec::new();
    let mut seen = 0;
    let top = Folder::root(root).and_then(|root| root.open_path(&start)).map_err(trouble)?;
    let mut waiting: Vec<(Folder, String)> = top.map(|folder| (folder, start)).into_iter().collect();
    while let Some((folder, path)) = waiting.pop() {
        for name in folder.names().map_err(trouble)? {
            seen += 1;
            if seen > ENTRIES {
                let says = format!("`{}` passes more than {ENTRIES} files", pattern.escape_debug());
                return Err(
                    Problem::input("report-missing", says).help("begin the glob with the folder of the reports")
                );
            }
            let below = join(&path, &name);
            match folder.kind(&name).map_err(trouble)? {
                Some(Kind::Folder) if name != ".git" && name != "node_modules" => {
                    waiting.extend(folder.open(&name).map_err(trouble)?.map(|inner| (inner, below)));
                }
                Some(Kind::File) if glob::fits(pattern, &below) => found.push(below),
                _ => {}
            }
        }
    }
    Ok(found)
}
