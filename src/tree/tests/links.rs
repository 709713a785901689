//! Where links lead, against the system's own answer.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;

use super::on_disk;
use crate::tree::Tree;

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

fn agrees_with_the_system(root: &Path, tree: &Tree) {
    let passed = ["node_modules", ".git"];
    for (path, _) in tree.files() {
        let system = fs::canonicalize(root.join(path));
        let ours = tree.real(path);
        let dead =
            tree.findings().iter().find(|finding| finding.place.as_ref().is_some_and(|place| place.path == path));
        match system {
            Ok(real) if real.is_file() && tree.text(path).is_some() => {
                assert_eq!(real, root.join(ours), "{path}");
            }
            Ok(real) => {
                let inside = real.starts_with(root);
                let skipped = real.components().any(|part| passed.iter().any(|name| part.as_os_str() == *name));
                // Inside, and yet refused: by way of the outside, of what is passed over, or a folder in itself.
                let told = dead.is_none_or(|finding| matches!(&*finding.code, "path-outside" | "link-loop"));
                assert!(!inside || skipped || real.is_dir() || told, "{path} leads to {}", real.display());
            }
            Err(error) => {
                let code = dead.map(|finding| &*finding.code);
                assert!(tree.text(path).is_none(), "{path}: {error}");
                assert!(code.is_none_or(|code| ["unreadable", "link-loop", "path-outside"].contains(&code)), "{path}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn links_lead_where_the_system_says_or_nowhere(
        world in prop::collection::vec(
            ("[ab](/[ab]){0,2}(/c\\.ts)?", prop::option::of("((\\.\\.|[ab]|c\\.ts)/){0,3}([ab]|\\.\\.|c\\.ts)")),
            1..14,
        )
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("repository");
        fs::create_dir(&root).unwrap();
        build(&root, &world);
        let tree = on_disk(&root);
        agrees_with_the_system(&root, &tree);
        // And whatever the system reads at a wanted path, without leaving, is in the tree.
        for entry in fs::read_dir(&root).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_file() && fs::canonicalize(entry.path()).unwrap().starts_with(&root) {
                prop_assert!(tree.has(&name), "{name}");
            }
        }
    }
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
