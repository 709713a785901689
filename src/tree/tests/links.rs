//! Where links lead, against the system's own answer.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{findings, is_source, on_disk, shown};
use crate::tree::{Tree, join};

/// Makes what can be made of it; a path whose place is taken is left out.
pub(super) fn build(root: &Path, world: &[(String, Option<String>)]) {
    for (path, target) in world {
        let full = root.join(path);
        // Never through a link that was made before: it might lead out of the test's folder.
        let mut folders = full.ancestors().skip(1).take_while(|folder| *folder != root);
        if folders.any(|folder| fs::symlink_metadata(folder).is_ok_and(|about| !about.is_dir())) {
            continue;
        }
        if fs::symlink_metadata(&full).is_ok() || fs::create_dir_all(full.parent().unwrap()).is_err() {
            continue;
        }
        match target {
            Some(target) => symlink(target, &full).unwrap(),
            None => fs::write(&full, path).unwrap(),
        }
    }
}

/// What the system finds when it walks the tree: wanted paths with the files they lead to. The walk turns back where a link
/// leads to a folder around one of the links it came through.
fn walked(root: &Path, folder: &Path, seen: &str, through: &[PathBuf], found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let seen = join(seen, entry.file_name().to_str().unwrap());
        let Ok(real) = entry.path().canonicalize() else { continue };
        let inside = real.strip_prefix(root).unwrap().to_str().unwrap();
        if real.is_file() {
            found.extend(is_source(&seen).then(|| (seen, inside.to_owned())));
        } else if entry.file_type().unwrap().is_dir() {
            walked(root, &real, &seen, through, found);
        } else {
            let through = [through, &[folder.to_owned()]].concat();
            if !through.iter().any(|passed| passed.starts_with(&real)) {
                walked(root, &real, &seen, &through, found);
            }
        }
    }
}

fn read_by_us(tree: &Tree) -> BTreeMap<String, String> {
    let texts = tree.files().filter(|(path, _)| tree.text(path).is_some());
    texts.map(|(path, _)| (path.to_owned(), tree.real(path).to_owned())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn links_lead_where_the_system_says(
        files in prop::collection::vec("[ab](/[ab])?/x\\.ts", 1..3),
        links in prop::collection::vec(
            ("([ab]/){0,2}[lm](\\.ts)?", "((\\.\\.|[ablm])/){0,3}([ablm]|\\.\\.|\\.|x\\.ts|[lm]\\.ts)"),
            1..6,
        ),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("repository");
        fs::create_dir(&root).unwrap();
        let links = links.into_iter().map(|(path, target)| (path, Some(target)));
        build(&root, &files.into_iter().map(|path| (path, None)).chain(links).collect::<Vec<_>>());
        let tree = on_disk(&root);
        // By way of the outside the system comes back in, and we do not.
        prop_assume!(tree.findings().iter().all(|finding| finding.code != "path-outside"));
        let mut found = BTreeMap::new();
        walked(&root, &root, "", &[], &mut found);
        prop_assert_eq!(read_by_us(&tree), found);
    }
}

#[test]
fn folders_that_link_to_each_other_are_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    for (inner, other) in [("a", "b"), ("b", "a")] {
        fs::create_dir(folder.path().join(inner)).unwrap();
        fs::write(folder.path().join(inner).join("x.ts"), inner).unwrap();
        symlink(format!("../{other}"), folder.path().join(inner).join(format!("to-{other}"))).unwrap();
    }
    let tree = on_disk(folder.path());
    assert_snapshot!(shown(&tree), @r"
    a/to-b/to-a
    a/to-b/x.ts -> b/x.ts = b
    a/x.ts = a
    b/to-a/to-b
    b/to-a/x.ts -> a/x.ts = a
    b/x.ts = b
    ");
    assert_snapshot!(findings(&tree), @r"
    Warning a/to-b/to-a link-loop: the link leads back to the folder `a`
    Warning b/to-a/to-b link-loop: the link leads back to the folder `b`
    ");
}

#[test]
fn a_chain_of_links_has_the_systems_limit() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("0.ts"), "end").unwrap();
    for n in 1..=45 {
        symlink(format!("{}.ts", n - 1), folder.path().join(format!("{n}.ts"))).unwrap();
    }
    let tree = on_disk(folder.path());
    for n in 0..=45 {
        let path = format!("{n}.ts");
        let system = fs::read_to_string(folder.path().join(&path)).is_ok();
        assert_eq!(tree.text(&path).is_some(), system, "{path}");
    }
    assert!(tree.text("40.ts").is_some() && tree.text("41.ts").is_none());
}
