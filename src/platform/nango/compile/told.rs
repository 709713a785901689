//! What the CLI says about source, as findings: `err - path:line:column`, and the message in the lines under it.

use std::path::Path;

use crate::finding::Finding;
use crate::names::Place;
use crate::tree::join;

/// How many errors become a finding each.
const MOST: usize = 100;
/// The longest message, in characters.
const LONGEST: usize = 600;

/// What was meant by a phrase that people cannot act on, and what to do.
const KNOWN: [(&str, &str); 4] = [
    ("Not inside a Nango folder", "git keeps no empty folder: commit a file `.nango/.gitkeep`"),
    (
        "heap out of memory",
        "give node more: set NODE_OPTIONS=--max-old-space-size=8192 in the job and name NODE_OPTIONS in `install-env`",
    ),
    (
        "Cannot find package",
        "a package that the code imports is not installed: add it to package.json and commit the lockfile",
    ),
    (
        "nango.yaml",
        "this CLI no longer reads `nango.yaml`: run `nango migrate-to-zero-yaml` once and commit what it writes",
    ),
];

/// Where the CLI ran, so that its paths can be told from the repository's root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The repository's root on disk.
    pub(super) root: &'a Path,
    /// The project's folder, from the root.
    pub(super) folder: &'a str,
}

/// The findings that the output names, in its order.
pub(super) fn findings(output: &str, ground: Ground<'_>) -> Vec<Finding> {
    let text = crate::console::plain(output);
    let mut lines = text.lines().map(str::trim_end).peekable();
    let mut found: Vec<Finding> = Vec::new();
    while let Some(line) = lines.next() {
        let Some(head) = line.trim_start().strip_prefix("err - ") else { continue };
        let mut said = Vec::new();
        while let Some(more) = lines.next_if(|more| is_message(more)) {
            said.push(more.trim());
        }
        let message = short(&said.join(" "));
        let message = if message.is_empty() { "the compiler refuses this file".to_owned() } else { message };
        let finding = Finding::error("compile-error", message);
        found.push(match place(head.trim(), ground) {
            Some(place) => finding.at(place),
            None => finding,
        });
    }
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        found.push(Finding::error("compile-error", format!("and {more} more errors")));
    }
    found
}

/// What to do about a phrase in the output that says little by itself.
pub(super) fn advice(output: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(phrase, _)| output.contains(phrase)).map(|(_, advice)| *advice)
}

/// The last line that says something, for an end without a named error.
pub(super) fn last_words(output: &str) -> Option<String> {
    let text = crate::console::plain(output);
    let spoken = |line: &&str| line.chars().any(char::is_alphabetic) && !line.contains(" file(s)");
    text.lines().map(str::trim).rev().find(spoken).map(short)
}

/// Lines of a message are indented; an empty one, or the next error, ends it.
fn is_message(line: &str) -> bool {
    line.starts_with(' ') && !line.trim().is_empty() && !line.trim_start().starts_with("err - ")
}

fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

/// `./github/syncs/a.ts:3:14` from the project, or an absolute path of an imported file.
fn place(head: &str, ground: Ground<'_>) -> Option<Place> {
    let (head, last) = number(head);
    let (path, line, column) = match (number(head), last) {
        ((path, Some(line)), column) => (path, Some(line), column),
        ((path, None), line) => (path, line, None),
    };
    let path = match Path::new(path).strip_prefix(ground.root) {
        Ok(below) => below.to_str()?.to_owned(),
        Err(_) if path.starts_with('/') => return None,
        Err(_) => super::super::paths::joined(ground.folder, path.trim_start_matches("./"))?,
    };
    let is_path = !path.is_empty() && !path.contains(char::is_control);
    is_path.then_some(Place { path, line, column })
}

/// The number after the last colon, and what stands before it.
fn number(text: &str) -> (&str, Option<u32>) {
    match text.rsplit_once(':').and_then(|(head, last)| Some((head, last.parse().ok()?))) {
        Some((head, number)) => (head, Some(number)),
        None => (text, None),
    }
}

/// A path of the project, from the repository's root.
pub(super) fn from_root(ground: Ground<'_>, path: &str) -> String {
    join(ground.folder, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(output: &str) -> String {
        let ground = Ground { root: Path::new("/repo"), folder: "integrations" };
        let lines = findings(output, ground).into_iter().map(|finding| {
            let place = finding.place.map(|place| place.to_string()).unwrap_or_default();
            format!("{place}: {}", finding.message)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn errors_are_told_with_their_places() {
        // As nango 0.71.10 prints it: the type checker's errors, a babel error, a definition error, a file outside.
        let output = "✗ Typechecking\n\nerr - github/syncs/issues.ts:2:7 \r\n  Type 'string' is not assignable to type 'number'.\n  The expected type comes from 'x'.\r\n\n\
            err - /repo/shared/a.ts:10:1 \r\n  'y' is declared but its value is never read.\r\n\nFound 2 errors\n\
            err - ./github/actions/b.ts:4 \r\n  nango.log() calls must be awaited\r\n\n\
            err - github/syncs/c.ts \r\n  createSync > frequency Interval is invalid, check syntax here\r\n\n\
            err - /elsewhere/x.ts:1:1 \r\n  odd\r\n";
        insta::assert_snapshot!(told(output), @"
        integrations/github/syncs/issues.ts:2:7: Type 'string' is not assignable to type 'number'. The expected type comes from 'x'.
        shared/a.ts:10:1: 'y' is declared but its value is never read.
        integrations/github/actions/b.ts:4: nango.log() calls must be awaited
        integrations/github/syncs/c.ts: createSync > frequency Interval is invalid, check syntax here
        : odd
        ");
    }

    #[test]
    fn a_flood_is_counted_and_the_last_words_are_found() {
        let output = "err - a.ts:1:1 \n  no\n\n".repeat(103);
        let found = findings(&output, Ground { root: Path::new("/r"), folder: "" });
        assert_eq!((found.len(), found[100].message.as_str()), (101, "and 3 more errors"));
        assert_eq!(last_words("Something broke\n\n✓ 9 file(s)\n--\n"), Some("Something broke".to_owned()));
        assert!(advice("✗ Not inside a Nango folder, exiting").is_some());
    }

    proptest::proptest! {
        #[test]
        fn any_output_is_read(output in "(err - )?.{0,80}(\n  .{0,20})?") {
            findings(&output, Ground { root: Path::new("/r"), folder: "x" });
            last_words(&output);
        }
    }
}
