//! The house rules that no compiler checks: the import order, the pure rooms, the sizes of files and functions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rooms in the order of the stages. A room may use the lines above it, and its own line.
const ORDER: [&[&str]; 10] = [
    &["names", "problem", "watch", "console"],
    &["context", "policy", "keys"],
    &["tree", "git", "finding", "manifest", "artefact", "handover"],
    &["plan", "applied", "release"],
    &["work", "gate"],
    &["net", "github", "history"],
    &["process", "platform", "checks", "deploy"],
    &["outcome", "report"],
    &["publish"],
    &["pipeline", "cli"],
];

/// Rooms without effects.
const PURE: [&str; 14] = [
    "names", "problem", "policy", "finding", "manifest", "artefact", "handover", "plan", "applied", "release", "work",
    "gate", "outcome", "report",
];

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;

pub(super) struct Source {
    pub(super) path: PathBuf,
    room: String,
    pub(super) lines: Vec<String>,
}

/// Every product file, without its inline tests.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let inner = path.strip_prefix(&root).unwrap().to_owned();
            let is_test = inner.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
            if path.is_dir() {
                folders.extend((!is_test).then_some(path));
            } else if !is_test && path.extension().is_some_and(|ending| ending == "rs") {
                let room = inner.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
                let text = std::fs::read_to_string(&path).unwrap();
                let product = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
                found.push(Source { path: inner, room, lines: product.lines().map(str::to_owned).collect() });
            }
        }
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

fn place_of(room: &str) -> Option<usize> {
    ORDER.iter().position(|line| line.contains(&room))
}

/// The rooms that a line names: `crate::room::…`, `crate::{room, …}` is not written in this house.
fn named_rooms(line: &str) -> Vec<String> {
    let code = line.trim_start();
    if code.starts_with("//") {
        return Vec::new();
    }
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .collect()
}

#[test]
fn every_room_uses_only_what_stands_above_it() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = place_of(&source.room) else {
            assert!(matches!(source.room.as_str(), "lib" | "main"), "{} has no place in ORDER", source.path.display());
            continue;
        };
        for (number, line) in source.lines.iter().enumerate() {
            for room in named_rooms(line) {
                let place = place_of(&room);
                if place.is_some_and(|place| place > own) {
                    wrong.push(format!("{}:{}: {}", source.path.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the order:\n{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_have_no_effects() {
    const EFFECTS: [&str; 8] =
        ["async ", ".await", "std::env::", "std::fs", "std::process", "tokio::", "reqwest", "Timestamp::now"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.room.as_str())) {
        for (number, line) in source.lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if let Some(effect) = EFFECTS.iter().find(|effect| code.contains(**effect)) {
                wrong.push(format!("{}:{}: {effect}", source.path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "effects in pure rooms:\n{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_stay_small() {
    let mut wrong = BTreeMap::new();
    for source in sources() {
        let path = source.path.display();
        if source.lines.len() > LONGEST_FILE {
            wrong.insert(format!("{path}"), source.lines.len());
        }
        for (start, line) in source.lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head = line.trim_start();
            let is_function = [
                "fn ",
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "async fn ",
                "pub async fn ",
                "pub(crate) async fn ",
                "pub(super) async fn ",
            ]
            .iter()
            .any(|opening| head.starts_with(opening));
            if !is_function || head.ends_with(';') {
                continue;
            }
            let closing = format!("{}}}", " ".repeat(indent));
            let length = source.lines[start..].iter().position(|line| *line == closing).map_or(1, |end| end + 1);
            if length > LONGEST_FUNCTION {
                wrong.insert(format!("{path}:{}", start + 1), length);
            }
        }
    }
    assert!(wrong.is_empty(), "too long (files {LONGEST_FILE}, functions {LONGEST_FUNCTION}): {wrong:#?}");
}
