use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::git::call::{Call, Program};
use crate::git::{Blob, Git};
use crate::tests::repository::{Repository, block_on, variables};
use crate::watch::Watch;

async fn changed(git: &Git, folders: &[&str]) -> Vec<String> {
    git.changed_tracked(folders, &Watch::endless()).await.unwrap().into_iter().collect()
}

fn set_time(repository: &Repository, path: &str, time: SystemTime) {
    File::options().write(true).open(repository.root.join(path)).unwrap().set_modified(time).unwrap();
}

#[test]
fn only_contents_make_a_file_changed() {
    block_on(async {
        let repository = Repository::new();
        repository
            .write("p/a.ts", "one")
            .write("p/b.ts", "two")
            .write("q/c.ts", "three")
            .write("d.ts", "four")
            .commit("all");
        let git = repository.open().await;
        assert_eq!(changed(&git, &[""]).await, [""; 0]);
        set_time(&repository, "p/a.ts", SystemTime::now() + Duration::from_mins(1));
        repository.write("p/b.ts", "two").write("p/untracked.ts", "new");
        assert_eq!(changed(&git, &[""]).await, [""; 0], "touched, rewritten with the same, untracked");
        repository.write("p/a.ts", "ONE").write("q/c.ts", "THREE");
        fs::remove_file(repository.root.join("d.ts")).unwrap();
        assert_eq!(changed(&git, &[""]).await, ["d.ts", "p/a.ts", "q/c.ts"]);
        assert_eq!(changed(&git, &["p"]).await, ["p/a.ts"]);
        assert_eq!(changed(&git, &["p", "q"]).await, ["p/a.ts", "q/c.ts"]);
        assert_eq!(changed(&git, &["nowhere"]).await, [""; 0]);
        repository.git(&["add", "p/untracked.ts"]);
        assert_eq!(changed(&git, &["p"]).await, ["p/a.ts", "p/untracked.ts"], "added, not committed");
    });
}

#[test]
fn no_flag_and_no_time_hides_a_change() {
    block_on(async {
        let repository = Repository::new();
        repository.write("a.ts", "one").write("b.ts", "one").write("c.ts", "one").commit("all");
        repository.git(&["update-index", "--assume-unchanged", "a.ts"]);
        repository.git(&["update-index", "--skip-worktree", "b.ts"]);
        let time = fs::metadata(repository.root.join("c.ts")).unwrap().modified().unwrap();
        repository.write("a.ts", "two").write("b.ts", "two").write("c.ts", "two");
        set_time(&repository, "c.ts", time);
        assert_eq!(changed(&repository.open().await, &[""]).await, ["a.ts", "b.ts", "c.ts"]);
    });
}

#[test]
fn modes_and_links_count_and_submodules_do_not() {
    block_on(async {
        use std::os::unix::fs::PermissionsExt as _;
        let module = Repository::new();
        module.write("inner.ts", "1").commit("module");
        let repository = Repository::new();
        repository.write("run.sh", "x").link("link.ts", "run.sh");
        repository.git(&["submodule", "--quiet", "add", module.root.to_str().unwrap(), "sub"]);
        repository.commit("all");
        let git = repository.open().await;
        repository.write("sub/inner.ts", "2");
        assert_eq!(changed(&git, &[""]).await, [""; 0]);
        fs::set_permissions(repository.root.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_file(repository.root.join("link.ts")).unwrap();
        repository.link("link.ts", "elsewhere");
        assert_eq!(changed(&git, &[""]).await, ["link.ts", "run.sh"]);
    });
}

#[test]
fn line_ends_that_the_repository_asks_for_are_no_change() {
    block_on(async {
        let repository = Repository::new();
        repository.write(".gitattributes", "*.ts text eol=crlf\n").write("a.ts", "one\r\ntwo\r\n").commit("all");
        let git = repository.open().await;
        assert_eq!(changed(&git, &[""]).await, [""; 0]);
        assert_eq!(
            git.show_file(&repository.head(), "a.ts", 99, &Watch::endless()).await.unwrap().unwrap(),
            b"one\ntwo\n"
        );
    });
}

#[test]
fn tracked_is_what_the_index_knows() {
    block_on(async {
        let repository = Repository::new();
        repository.write("p/a.ts", "1").write("odd\n\"name\".ts", "2").commit("all");
        repository.write("p/added.ts", "3").write("p/not.ts", "4");
        repository.git(&["add", "p/added.ts"]);
        let git = repository.open().await;
        let all = git.tracked_files("", &Watch::endless()).await.unwrap();
        assert_eq!(Vec::from_iter(all), ["odd\n\"name\".ts", "p/a.ts", "p/added.ts"]);
        let some = git.tracked_files("p", &Watch::endless()).await.unwrap();
        assert_eq!(Vec::from_iter(some), ["p/a.ts", "p/added.ts"]);
    });
}

#[test]
fn one_file_of_a_commit() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        repository.write("a/b.toml", "text").write("big", "x".repeat(100)).link("link", "big").write("a*b", "star");
        let head = repository.commit("all");
        let git = repository.open().await;
        assert_eq!(git.show_file(&head, "a/b.toml", 99, &watch).await.unwrap().unwrap(), b"text");
        assert_eq!(git.show_file(&head, "a*b", 99, &watch).await.unwrap().unwrap(), b"star");
        for absent in ["gone", "a/b", "a/b.toml/", "", "a?b", "A/B.TOML"] {
            assert_eq!(git.show_file(&head, absent, 99, &watch).await.unwrap(), None, "{absent}");
        }
        for (path, code) in [("big", "file-too-large"), ("link", "not-a-file"), ("a", "not-a-file")] {
            assert_eq!(git.show_file(&head, path, 99, &watch).await.unwrap_err().code, code, "{path}");
        }
    });
}

#[test]
fn contents_come_in_order_whatever_their_size() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        // More than a pipe holds, both ways.
        let texts: Vec<String> = (0..300).map(|n| format!("{n}\n").repeat(1 + n * 5)).collect();
        for (n, text) in texts.iter().enumerate() {
            repository.write(&format!("f/{n:04}"), text);
        }
        repository.write("huge", "y".repeat(1_000_000));
        let head = repository.commit("all");
        let git = repository.open().await;
        let listed = git.list(&head, &watch).await.unwrap();
        let absent = "2".repeat(40);
        let mut ids: Vec<&str> = listed.iter().map(|entry| entry.id.as_str()).collect();
        ids.push(&absent);
        ids.push(ids[0]);
        let mut seen = Vec::new();
        git.blobs(&ids, 10_000, &watch, |_, blob| seen.push(blob)).await.unwrap();
        assert_eq!(seen.len(), texts.len() + 3);
        for (blob, text) in seen.iter().zip(&texts) {
            assert_eq!(*blob, Blob::Bytes(text.clone().into_bytes()));
        }
        assert_eq!(seen[300..], [Blob::TooLarge, Blob::Missing, Blob::Bytes(texts[0].clone().into_bytes())]);
    });
}

#[test]
fn output_without_end_is_stopped() {
    block_on(async {
        let repository = Repository::new();
        repository.write("a.ts", "x".repeat(100_000)).commit("all");
        let program = Program::find(&variables(), std::path::Path::new("/nowhere")).unwrap();
        let call = Call::new(&repository.root, ["cat-file", "blob", "HEAD:a.ts"]).largest(1000);
        let problem = program.run(call, &Watch::endless()).await.err().unwrap();
        assert_eq!(problem.code, "git-output-too-large");
    });
}

#[test]
fn a_copy_holds_the_commit_and_nothing_of_git() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        repository.write("p/a.ts", "old").link("out", "/etc/passwd").write("p/run.sh", "#!/bin/sh\n");
        let old = repository.commit("old");
        repository.write("p/a.ts", "new").commit("new");
        let git = repository.open().await;
        let before = repository.git(&["worktree", "list"]);
        let folder = repository.around.path().join("copy");
        git.copy_commit(&old, &folder, &watch).await.unwrap();
        assert_eq!(fs::read(folder.join("p/a.ts")).unwrap(), b"old");
        assert!(fs::symlink_metadata(folder.join("out")).unwrap().is_symlink());
        assert!(!folder.join(".git").exists());
        assert_eq!(repository.git(&["worktree", "list"]), before);
        let beside = fs::read_dir(repository.around.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(
            beside.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>(),
            ["copy", "repository"]
        );
    });
}

#[test]
fn a_copy_is_never_written_over_somebody_elses_folder() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let commit = repository.write("a.ts", "text").commit("all");
        let git = repository.open().await;
        let folder = repository.around.path().join("copy");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("precious"), "x").unwrap();
        assert_eq!(git.copy_commit(&commit, &folder, &watch).await.unwrap_err().code, "folder-failed");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    });
}

#[test]
fn a_copy_that_cannot_be_written_whole_is_a_problem() {
    block_on(async {
        let repository = Repository::new();
        let head = repository.write("a.ts", "text").commit("all");
        let blob = repository.git(&["rev-parse", "HEAD:a.ts"]);
        fs::remove_file(repository.root.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
        let folder = repository.around.path().join("copy");
        let problem = repository.open().await.copy_commit(&head, &folder, &Watch::endless()).await.unwrap_err();
        assert_eq!(problem.code, "git-failed");
    });
}
