//! The two readers against real folders and real commits; they must agree.

mod agree;

mod links;
mod system;

use std::path::Path;

use crate::tests::repository::{Repository, block_on};
use crate::tree::{Tree, commit, disk, tracked};
use crate::watch::Watch;

fn is_source(path: &str) -> bool {
    path.strip_suffix(".ts").is_some()
}

fn on_disk(root: &Path) -> Tree {
    disk::read(root, &is_source).unwrap()
}

fn committed(repository: &Repository) -> Tree {
    let head = repository.commit("all");
    block_on(async { commit::read(&repository.open().await, &head, &is_source, &Watch::endless()).await.unwrap() })
}

/// Reads both ways, and gives what both say.
fn both(repository: &Repository) -> Tree {
    let (disk, committed) = (on_disk(&repository.root), committed(repository));
    assert_eq!(disk.files().collect::<Vec<_>>(), committed.files().collect::<Vec<_>>(), "disk, and commit");
    assert_eq!((shown(&disk), disk.findings()), (shown(&committed), committed.findings()), "disk, and commit");
    committed
}

/// `path` for what is there, `path = text` for what was read, `path -> real` for what leads through a link.
fn shown(tree: &Tree) -> String {
    let lines = tree.files().map(|(path, _)| {
        let link = if tree.real(path) == path { String::new() } else { format!(" -> {}", tree.real(path)) };
        let text = tree.text(path).map(|text| format!(" = {text}")).unwrap_or_default();
        format!("{}{link}{text}\n", path.escape_debug())
    });
    lines.collect()
}

/// The findings, a line each.
fn findings(tree: &Tree) -> String {
    let lines = tree.findings().iter().map(|finding| {
        let place = finding.place.as_ref().unwrap().to_string();
        format!("{:?} {} {}: {}\n", finding.severity, place.escape_debug(), finding.code, finding.message)
    });
    lines.collect()
}

#[test]
fn a_path_is_tracked_when_the_file_it_leads_to_is() {
    let repository = Repository::new();
    repository.write("real/a.ts", "1").link("alias", "real").link("a.ts", "real/a.ts");
    repository.commit("all");
    repository.write("real/new.ts", "2").link("untracked.ts", "real/a.ts");
    let tree = block_on(async {
        tracked::mark(on_disk(&repository.root), &repository.open().await, &Watch::endless()).await.unwrap()
    });
    for (path, wanted) in [
        ("real/a.ts", true),
        ("alias/a.ts", true),
        ("a.ts", true),
        ("real/new.ts", false),
        ("alias/new.ts", false),
        ("untracked.ts", false),
    ] {
        assert!(tree.has(path), "{path}");
        assert_eq!(tree.is_tracked(path), Some(wanted), "{path}");
    }
    assert_eq!(on_disk(&repository.root).is_tracked("real/a.ts"), None, "nobody asked git");
}

#[test]
fn what_is_no_text_is_known_by_the_id_of_its_content() {
    let repository = Repository::new();
    repository.write("a.ts", "text").write("a.bin", b"\xff").write("same.bin", b"\xff").link("alias.bin", "a.bin");
    let old = committed(&repository);
    repository.write("a.bin", b"\xfe");
    let new = committed(&repository);
    repository.write("beside.bin", b"\xff");
    let marked = block_on(async {
        tracked::mark(on_disk(&repository.root), &repository.open().await, &Watch::endless()).await.unwrap()
    });
    let known = |tree: &Tree, path: &str| tree.content(path).map(str::to_owned);
    assert_eq!(known(&old, "a.ts").as_deref(), Some("text"));
    assert_eq!(known(&old, "a.bin"), known(&old, "same.bin"));
    assert_eq!(known(&old, "alias.bin"), known(&old, "a.bin"));
    assert_ne!(known(&old, "a.bin"), known(&new, "a.bin"));
    for path in ["a.ts", "a.bin", "same.bin", "alias.bin"] {
        assert_eq!(known(&marked, path), known(&new, path), "{path}");
    }
    assert_eq!(known(&marked, "beside.bin"), None, "git does not know it");
}
