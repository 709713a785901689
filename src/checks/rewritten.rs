//! What commands rewrote of the commit's own files: what is compiled, tested and deployed must be what was committed.

use super::Ask;
use crate::finding::Finding;
use crate::names::Place;
use crate::platform::{Code, paths};

/// Files beside the source that say what is installed: no compiler's business either.
const LOCKS: [&str; 5] =
    ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "pnpm-workspace.yaml"];

/// How many files are told one by one.
const TOLD: usize = 10;

/// Errors for the files that the installation changed, or took away.
pub(super) fn by_installation(ask: &Ask<'_>) -> Vec<Finding> {
    let help = "what is compiled and tested must be the commit: find the install script that writes it, or stop tracking the file";
    told("install-changed-files", "the installation", help, &ask.copied.changed(ask.root))
}

/// Errors for the source files that the compiler changed. What it writes itself may be committed too, and is its own.
pub(super) fn by_compiler(ask: &Ask<'_>, code: &dyn Code, name: &str) -> Vec<Finding> {
    let is_output = |path: &str| {
        let inner = paths::below(&ask.project.path, path).and_then(|inner| inner.split('/').next());
        inner.is_some_and(|inner| code.writes().contains(&inner))
    };
    let is_lock = |path: &str| LOCKS.contains(&paths::file_name(path));
    let changed = ask.copied.changed(ask.root).into_iter();
    let sources: Vec<String> = changed.filter(|path| !is_output(path) && (code.wants(path) || is_lock(path))).collect();
    let help = "pin the versions of what it wants to change, and commit what it writes";
    told("compile-changed-files", &format!("`{name}`"), help, &sources)
}

fn told(code: &'static str, who: &str, help: &'static str, paths: &[String]) -> Vec<Finding> {
    let one =
        |path: &String| Finding::error(code, format!("{who} changed `{}`", path.escape_debug())).at(Place::file(path));
    let mut findings: Vec<Finding> = paths.iter().take(TOLD).map(|path| one(path).help(help)).collect();
    if let Some(more) = paths.len().checked_sub(TOLD).filter(|more| *more > 0) {
        findings.push(Finding::error(code, format!("{who} changed {more} more files of the commit")).help(help));
    }
    findings
}
