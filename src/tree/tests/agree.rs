use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{both, findings, on_disk, shown};
use crate::tests::repository::Repository;
use crate::tree::LARGEST_FILE;

#[test]
fn files_links_and_odd_names_read_the_same_from_disk_and_commit() {
    let repository = Repository::new();
    repository
        .write("github/syncs/issues.ts", "issues")
        .write("github/README.md", "not wanted")
        .write("bom.ts", "\u{feff}text")
        .write("empty.ts", "")
        .write("odd\n\"name' `x`\t.ts", "odd")
        .write("ünï/ß.ts", "unicode")
        .link("alias", "github")
        .link("again.ts", "alias/syncs/../syncs/issues.ts")
        .link("github/up", "../ünï")
        .link("notes", "github/README.md");
    let tree = both(&repository);
    assert_snapshot!(shown(&tree), @r#"
    again.ts -> github/syncs/issues.ts = issues
    alias/README.md -> github/README.md
    alias/syncs/issues.ts -> github/syncs/issues.ts = issues
    alias/up/ß.ts -> ünï/ß.ts = unicode
    bom.ts = text
    empty.ts = 
    github/README.md
    github/syncs/issues.ts = issues
    github/up/ß.ts -> ünï/ß.ts = unicode
    notes -> github/README.md
    odd\n\"name\' `x`\t.ts = odd
    ünï/ß.ts = unicode
    "#);
    assert_snapshot!(findings(&tree), @r"");
}

#[test]
fn what_cannot_be_read_is_told_the_same_way() {
    let repository = Repository::new();
    let large = "x".repeat(usize::try_from(LARGEST_FILE).unwrap());
    repository
        .write("fits.ts", &large)
        .write("large.ts", format!("{large}s3cret"))
        .write("large.bin", format!("{large}s3cret"))
        .write("bytes.ts", b"fine\nfine\ns3cret \xff\n")
        .write("bytes.bin", b"\xff")
        .write("pointer.ts", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n")
        .link("absolute.ts", "/etc/passwd")
        .link("proc.ts", "/proc/self/environ")
        .link("fd.ts", "/proc/self/fd/0")
        .link("out.ts", "../../../../../../etc/passwd")
        .link("sly.ts", "real/../../repository/fits.ts")
        .write("real/x.ts", "x")
        .link("config.ts", ".git/config")
        .link("loop.ts", "loop.ts")
        .link("ping.ts", "pong.ts")
        .link("pong.ts", "ping.ts")
        .link("dangling.ts", "gone.ts")
        .link("through.ts", "fits.ts/x.ts")
        .link("folder.ts", "real/.")
        .link("outside-folder", "/etc")
        .link("circle/back", "..")
        .link("dead.bin", "/etc/passwd")
        .link("dangling", "gone");
    let tree = both(&repository);
    assert_snapshot!(findings(&tree), @r"
    Error absolute.ts path-outside: the link leads to `/etc/passwd`, out of the repository
    Error bytes.ts:3 not-utf8: the file is not UTF-8 text
    Warning circle/back link-loop: the link leads back to the folder `/`
    Error config.ts path-outside: the link leads into `.git`, which is not read
    Error dangling.ts unreadable: the link leads to `gone.ts`, which is not there
    Error fd.ts path-outside: the link leads to `/proc/self/fd/0`, out of the repository
    Error large.ts file-too-large: the file is larger than 2 MiB
    Error loop.ts link-loop: the link leads to `loop.ts`, and so back to itself
    Error out.ts path-outside: the link leads to `../../../../../../etc/passwd`, out of the repository
    Warning outside-folder path-outside: the link leads to `/etc`, out of the repository
    Error ping.ts link-loop: the link leads to `pong.ts`, and so back to itself
    Info pointer.ts lfs-pointer: the file is a pointer of git-lfs; its content is not in the commit
    Error pong.ts link-loop: the link leads to `ping.ts`, and so back to itself
    Error proc.ts path-outside: the link leads to `/proc/self/environ`, out of the repository
    Error sly.ts path-outside: the link leads to `real/../../repository/fits.ts`, out of the repository
    Error through.ts unreadable: the link leads to `fits.ts/x.ts`, which is not there
    ");
    assert_eq!(tree.text("fits.ts").map(|text| text.len()), Some(large.len()));
    assert!(tree.has("large.ts") && tree.text("large.ts").is_none());
    assert_eq!(tree.text("folder.ts/x.ts").map(|text| &**text), Some("x"));
    let told = format!("{:?}", tree.findings());
    assert!(!told.contains("s3cret") && !told.contains("root:"), "{told}");
}

#[test]
fn names_that_are_no_text_are_told_and_passed_over() {
    let repository = Repository::new();
    let bad = |name: &[u8]| repository.root.join(OsStr::from_bytes(name));
    fs::create_dir(bad(b"folder-\xff")).unwrap();
    fs::write(bad(b"folder-\xff/in.ts"), "1").unwrap();
    fs::write(bad(b"folder-\xff/in-\xfe.ts"), "1").unwrap();
    fs::write(bad(b"file-\xff.ts"), "1").unwrap();
    fs::write(bad(b"file-\xff.bin"), "1").unwrap();
    repository.write("good.ts", "2");
    let tree = both(&repository);
    assert_snapshot!(shown(&tree), @r"
    good.ts = 2
    ");
    assert_snapshot!(findings(&tree), @r"
    Error file-\\xff.ts name-not-utf8: the name is not UTF-8; nothing of that name is read
    Warning folder-\\xff name-not-utf8: the name is not UTF-8; nothing of that name is read
    ");
}

#[test]
fn what_is_installed_or_ours_is_passed_over() {
    let repository = Repository::new();
    repository
        .write("a/keep.ts", "1")
        .write("a/node_modules/x/i.ts", "1")
        .write(".airlock/dev/a.ts", "1")
        .write("b/.venv/i.ts", "1")
        .write("__pycache__/i.ts", "1")
        .link("linked/node_modules", "../a")
        .link("into.ts", "a/node_modules/x/i.ts")
        .write("target/keep.ts", "1");
    let tree = both(&repository);
    assert_snapshot!(shown(&tree), @r"
    a/keep.ts = 1
    into.ts
    target/keep.ts = 1
    ");
    assert_snapshot!(findings(&tree), @r"
    Error into.ts path-outside: the link leads into `a/node_modules`, which is not read
    ");
}

#[test]
fn a_repository_in_the_repository_is_told_and_not_read() {
    let (module, repository) = (Repository::new(), Repository::new());
    module.write("inner.ts", "1").commit("module");
    repository.write("a.ts", "1").link("into.ts", "sub/inner.ts").link("whole", "sub");
    repository.git(&["submodule", "--quiet", "add", module.root.to_str().unwrap(), "sub"]);
    let tree = both(&repository);
    assert_snapshot!(shown(&tree), @r"
    .gitmodules
    a.ts = 1
    into.ts
    whole
    ");
    assert_snapshot!(findings(&tree), @r"
    Error into.ts path-outside: the link leads into `sub`, which is not read
    Info sub nested-repository: this folder is a repository of its own; its files are not read
    Warning whole path-outside: the link leads into `sub`, which is not read
    ");
}

#[test]
fn files_on_disk_that_no_commit_has_are_there_too() {
    let repository = Repository::new();
    repository.write("a.ts", "1").commit("all");
    repository.write("new.ts", "2");
    assert_eq!(shown(&on_disk(&repository.root)), "a.ts = 1\nnew.ts = 2\n");
}

/// A small world of files and links whose names often meet.
fn world() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    let part = prop_oneof![Just("a"), Just("b"), Just("c.ts"), Just("node_modules")];
    let path = prop::collection::vec(part.clone(), 1..4).prop_map(|parts| parts.join("/"));
    let step = prop_oneof![3 => part, 3 => Just(".."), 1 => Just("."), 1 => Just("")];
    let target = (any::<bool>(), prop::collection::vec(step, 1..5)).prop_map(|(absolute, parts)| {
        let slash = if absolute && parts.len() == 1 { "/" } else { "" };
        format!("{slash}{}", parts.join("/"))
    });
    prop::collection::vec((path, prop::option::of(target.prop_filter("not empty", |target| !target.is_empty()))), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_world_reads_the_same_from_disk_and_commit(world in world()) {
        let repository = Repository::new();
        super::links::build(&repository.root, &world);
        both(&repository);
    }
}
