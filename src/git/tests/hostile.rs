//! A repository whose configuration names a program for everything; each of them leaves a mark.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::names::BranchName;
use crate::tests::repository::{Repository, block_on, open, variables};
use crate::watch::Watch;

/// Writes a program that leaves a mark, and gives the paths of both.
fn marker(around: &Path) -> (PathBuf, PathBuf) {
    let (program, mark) = (around.join("evil.sh"), around.join("mark"));
    fs::write(&program, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", mark.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program, mark)
}

fn plant(clone: &Path, program: &Path, around: &Path) {
    let evil = program.display();
    let included = around.join("included");
    fs::write(&included, format!("[core]\n\tfsmonitor = {evil}\n[diff]\n\texternal = {evil}\n")).unwrap();
    let config = format!(
        "[include]\n\tpath = {}\n[core]\n\tfsmonitor = {evil}\n\tsshCommand = {evil}\n\tpager = {evil}\n\teditor = {evil}\n\
         \taskPass = {evil}\n\tgitProxy = {evil}\n\thooksPath = {}\n\talternateRefsCommand = {evil}\n\
         [diff]\n\texternal = {evil}\n[diff \"evil\"]\n\tcommand = {evil}\n\ttextconv = {evil}\n\
         [filter \"evil\"]\n\tclean = {evil}\n\tsmudge = {evil}\n\tprocess = {evil}\n\trequired = true\n\
         [credential]\n\thelper = !{evil}\n[gpg]\n\tprogram = {evil}\n[log]\n\tshowSignature = true\n\
         [uploadpack]\n\tpackObjectsHook = {evil}\n[remote \"origin\"]\n\tuploadpack = {evil}\n\tpromisor = true\n\
         [extensions]\n\tpartialClone = origin\n\
         [alias]\n\trev-parse = !{evil}\n\tls-files = !{evil}\n\tcat-file = !{evil}\n\
         [url \"ext::{evil} \"]\n\tinsteadOf = file://\n[protocol \"ext\"]\n\tallow = always\n\
         [trailer \"x\"]\n\tcommand = {evil}\n[core]\n\tattributesFile = {}\n",
        included.display(),
        around.join("hooks").display(),
        around.join("attributes").display(),
    );
    fs::create_dir(around.join("hooks")).unwrap();
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"] {
        for folder in [around.join("hooks"), clone.join(".git/hooks")] {
            fs::create_dir_all(&folder).unwrap();
            fs::copy(program, folder.join(hook)).unwrap();
        }
    }
    fs::write(around.join("attributes"), "* filter=evil diff=evil\n").unwrap();
    fs::create_dir_all(clone.join(".git/info")).unwrap();
    fs::write(clone.join(".git/info/attributes"), "* filter=evil diff=evil\n").unwrap();
    let path = clone.join(".git/config");
    fs::write(&path, fs::read_to_string(&path).unwrap() + &config).unwrap();
}

fn planted() -> (Repository, PathBuf, PathBuf) {
    let repository = Repository::new();
    repository.write(".gitattributes", "*.ts filter=evil diff=evil\n").write("a.ts", "one").commit("first");
    repository.write("a.ts", "two").commit("second");
    let clone = repository.cloned(&["--depth", "1"]);
    let around = repository.around.path().canonicalize().unwrap();
    let (program, mark) = marker(&around);
    plant(&clone, &program, &around);
    (repository, clone, mark)
}

#[test]
fn the_trap_works_on_whoever_runs_git_plainly() {
    let (_repository, clone, mark) = planted();
    fs::write(clone.join("a.ts"), "changed").unwrap();
    let ran = Command::new("git").arg("status").current_dir(&clone).env_clear().envs(variables()).output();
    assert!(ran.is_ok() && mark.exists(), "the test below would prove nothing");
}

#[test]
fn a_hostile_configuration_runs_nothing() {
    block_on(async {
        let watch = Watch::endless();
        let (repository, clone, mark) = planted();
        fs::write(clone.join("a.ts"), "changed").unwrap();
        let git = open(&clone).await.unwrap();
        let head = git.head(&watch).await.unwrap();
        let first = git.resolve(repository.git(&["rev-parse", "HEAD~1"]).as_str(), &watch).await.unwrap();
        assert!(git.is_ancestor(&first, &head, &watch).await.unwrap(), "fetched past the planted upload-pack");
        assert_eq!(git.merge_base(&first, &head, &watch).await.unwrap().as_ref(), Some(&first));
        assert_eq!(git.log(&first, &head, 9, &watch).await.unwrap().len(), 1);
        assert_eq!(git.trees_between(&first, &head, 9, &watch).await.unwrap().len(), 1);
        assert_eq!(git.show_file(&head, "a.ts", 9, &watch).await.unwrap().unwrap(), b"two");
        assert!(git.default_branch(&watch).await.unwrap().is_some());
        assert!(git.current_branch(&watch).await.unwrap().is_some());
        assert_eq!(git.fetch_branch(&BranchName::new("main").unwrap(), &watch).await.unwrap(), head);
        assert_eq!(Vec::from_iter(git.changed_tracked(&[""], &watch).await.unwrap()), ["a.ts"]);
        assert_eq!(git.tracked_files("", &watch).await.unwrap().len(), 2);
        let folder = repository.around.path().join("copy");
        git.copy_commit(&head, &folder, &watch).await.unwrap();
        assert_eq!(fs::read(folder.join("a.ts")).unwrap(), b"two");
        let wants = |path: &str| path.strip_suffix(".ts").is_some();
        assert!(crate::tree::commit::read(&git, &head, &wants, &watch).await.unwrap().text("a.ts").is_some());
        assert!(!mark.exists(), "ran: {}", fs::read_to_string(&mark).unwrap_or_default());
    });
}
