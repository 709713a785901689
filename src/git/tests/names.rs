use std::ffi::OsString;
use std::fs;

use crate::git::Git;
use crate::names::{BranchName, CommitSha};
use crate::tests::repository::{Repository, block_on, git, open, variables};
use crate::watch::Watch;

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

#[test]
fn people_name_commits_in_many_ways() {
    block_on(async {
        let repository = Repository::new();
        let first = repository.commit("first");
        repository.git(&["tag", "-a", "v1", "-m", "one"]);
        repository.git(&["branch", "feature/über"]);
        let second = repository.commit("second");
        let (git, watch) = (repository.open().await, Watch::endless());
        assert_eq!(git.head(&watch).await.unwrap(), second);
        for (text, wanted) in [
            ("HEAD", &second),
            ("main", &second),
            ("refs/heads/main", &second),
            ("HEAD~1", &first),
            ("HEAD^", &first),
            ("v1", &first),
            ("feature/über", &first),
            (&first.as_str()[..12], &first),
            (first.as_str(), &first),
        ] {
            assert_eq!(git.resolve(text, &watch).await.unwrap(), *wanted, "{text}");
        }
    });
}

#[test]
fn what_is_no_name_is_refused_before_git_sees_it() {
    block_on(async {
        let repository = Repository::new();
        repository.write("file", "text").commit("say hello");
        let (git, watch) = (repository.open().await, Watch::endless());
        let long = "x".repeat(300);
        for text in [
            "",
            "-h",
            "--all",
            "--upload-pack=touch x",
            "main..HEAD",
            ":/hello",
            "HEAD:file",
            "@{-1}",
            "HEAD^{/hello}",
            "a b",
            "a\nb",
            "\u{1b}[31m",
            &long,
        ] {
            assert_eq!(git.resolve(text, &watch).await.unwrap_err().code, "bad-revision", "{text:?}");
        }
        for text in ["nowhere", "HEAD~99", "v1.0", "..."] {
            let problem = git.resolve(text, &watch).await.unwrap_err();
            assert!(matches!(&*problem.code, "unknown-revision" | "bad-revision"), "{text}: {problem}");
        }
    });
}

#[test]
fn a_tag_and_a_branch_of_one_name_are_told_apart_by_the_person() {
    block_on(async {
        let repository = Repository::new();
        let old = repository.commit("old");
        repository.git(&["tag", "main"]);
        let new = repository.commit("new");
        let (git, watch) = (repository.open().await, Watch::endless());
        assert_eq!(git.resolve("main", &watch).await.unwrap_err().code, "ambiguous-revision");
        assert_eq!(git.resolve("refs/heads/main", &watch).await.unwrap(), new);
        assert_eq!(git.resolve("refs/tags/main", &watch).await.unwrap(), old);
    });
}

#[test]
fn a_branch_that_is_called_like_a_commit_misleads_nobody() {
    block_on(async {
        let repository = Repository::new();
        let old = repository.commit("old");
        let new = repository.commit("new");
        fs::write(repository.root.join(".git/refs/heads").join(old.as_str()), format!("{new}\n")).unwrap();
        let (git, watch) = (repository.open().await, Watch::endless());
        assert!(git.has_commit(&old, &watch).await.unwrap());
        assert_eq!(git.resolve(old.as_str(), &watch).await.unwrap(), old);
        assert!(git.is_ancestor(&old, &new, &watch).await.unwrap());
        assert!(!git.is_ancestor(&new, &old, &watch).await.unwrap());
    });
}

#[test]
fn replaced_objects_and_grafts_do_not_count() {
    block_on(async {
        let repository = Repository::new();
        let good = repository.write("file", "good").commit("good");
        let evil = repository.write("file", "evil").commit("evil");
        repository.git(&["replace", good.as_str(), evil.as_str()]);
        let (git, watch) = (repository.open().await, Watch::endless());
        assert_eq!(git.show_file(&good, "file", 99, &watch).await.unwrap().unwrap(), b"good");
    });
}

#[test]
fn the_default_branch_is_what_origin_calls_so() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let tip = repository.commit("first");
        repository.git(&["branch", "-m", "trunk"]);
        let here = repository.open().await;
        assert_eq!(here.default_branch(&watch).await.unwrap(), Some(branch("trunk")), "the current one");
        repository.git(&["branch", "master"]);
        assert_eq!(repository.open().await.default_branch(&watch).await.unwrap(), Some(branch("master")));
        let clone = open(&repository.cloned(&[])).await.unwrap();
        assert_eq!(clone.default_branch(&watch).await.unwrap(), Some(branch("trunk")));
        assert_eq!(clone.branch_tip(&branch("trunk"), &watch).await.unwrap(), Some(tip.clone()));
        assert_eq!(clone.branch_tip(&branch("master"), &watch).await.unwrap(), Some(tip), "only origin has it");
        assert_eq!(clone.branch_tip(&branch("gone"), &watch).await.unwrap(), None);
    });
}

#[test]
fn origin_is_ahead_of_the_local_branch() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        repository.commit("first");
        let clone = repository.cloned(&[]);
        let newer = repository.commit("second");
        git(&clone, &["fetch", "--quiet"]);
        let clone = open(&clone).await.unwrap();
        assert_eq!(clone.branch_tip(&branch("main"), &watch).await.unwrap(), Some(newer));
        assert_eq!(clone.current_branch(&watch).await.unwrap(), Some(branch("main")));
    });
}

#[test]
fn a_detached_head_is_on_no_branch_and_an_empty_repository_has_no_commit() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let problem = repository.open().await.head(&watch).await.unwrap_err();
        assert_eq!(problem.code, "no-commit");
        repository.commit("first");
        repository.git(&["checkout", "--quiet", "--detach"]);
        assert_eq!(repository.open().await.current_branch(&watch).await.unwrap(), None);
    });
}

#[test]
fn folders_below_the_top_and_linked_work_trees_open_too() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let first = repository.write("a/b/file", "text").commit("first");
        let second = repository.commit("second");
        let inner = open(&repository.root.join("a/b")).await.unwrap();
        assert_eq!(inner.top(), repository.root);
        let linked = repository.root.with_file_name("linked");
        repository.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap(), first.as_str()]);
        let linked = open(&linked).await.unwrap();
        assert_eq!(linked.head(&watch).await.unwrap(), first);
        assert!(linked.has_commit(&second, &watch).await.unwrap());
        assert!(linked.changed_tracked(&[""], &watch).await.unwrap().is_empty());
    });
}

#[test]
fn other_formats_of_repositories_are_read() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::with(&["--object-format=sha256"]);
        let first = repository.write("file", "text").commit("first");
        assert_eq!(first.as_str().len(), 64);
        let git = repository.open().await;
        assert_eq!(git.resolve("main", &watch).await.unwrap(), first);
        assert!(git.changed_tracked(&[""], &watch).await.unwrap().is_empty());
        repository.git(&["pack-refs", "--all"]);
        assert_eq!(git.branch_tip(&branch("main"), &watch).await.unwrap(), Some(first), "packed while we run");
    });
}

#[test]
fn another_owner_is_no_obstacle() {
    block_on(async {
        let repository = Repository::new();
        let first = repository.commit("first");
        for path in [".", ".git", ".git/config"] {
            // Only root may give files away; the runner's container is root.
            if std::os::unix::fs::chown(repository.root.join(path), Some(4321), Some(4321)).is_err() {
                return;
            }
        }
        let git = repository.open().await;
        assert_eq!(git.head(&Watch::endless()).await.unwrap(), first);
        assert!(git.tracked_files("", &Watch::endless()).await.unwrap().is_empty());
    });
}

#[test]
fn what_cannot_be_opened_says_what_it_is() {
    block_on(async {
        let watch = Watch::endless();
        let empty = tempfile::tempdir().unwrap();
        let problem = open(empty.path()).await.unwrap_err();
        assert_eq!(problem.code, "not-a-repository");
        assert!(problem.help.iter().any(|help| help.contains("actions/checkout")), "{problem:?}");
        assert_eq!(open(&empty.path().join("gone")).await.unwrap_err().code, "repository-missing");
        let broken = Repository::new();
        fs::write(broken.root.join(".git/config"), "[core\n").unwrap();
        assert_eq!(open(&broken.root).await.unwrap_err().code, "repository-unreadable");

        let repository = Repository::new();
        repository.write("bin/git", "#!/bin/sh\n");
        let inside = repository.root.join("bin").into_os_string();
        for search in [Some(OsString::new()), Some("bin:.:".into()), Some(inside), None] {
            let variables: Vec<_> = search.iter().map(|search| (OsString::from("PATH"), search.clone())).collect();
            let problem = Git::open(&repository.root, variables, &watch).await.unwrap_err();
            assert_eq!(problem.code, "git-missing", "{search:?}");
        }
    });
}

#[test]
fn nothing_of_the_callers_environment_steers_git() {
    block_on(async {
        let (repository, other) = (Repository::new(), Repository::new());
        let first = repository.commit("first");
        other.commit("other");
        let mut variables = variables();
        let elsewhere = other.root.join(".git").into_os_string();
        for name in ["GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_INDEX_FILE"] {
            variables.push((name.into(), elsewhere.clone()));
        }
        variables.push(("GIT_TRACE".into(), "1".into()));
        variables.push(("GIT_CONFIG_COUNT".into(), "nonsense".into()));
        let git = Git::open(&repository.root, variables, &Watch::endless()).await.unwrap();
        assert_eq!(git.head(&Watch::endless()).await.unwrap(), first);
    });
}

#[test]
fn an_all_zero_commit_is_nowhere() {
    block_on(async {
        let repository = Repository::new();
        repository.commit("first");
        let zero = CommitSha::new("0".repeat(40)).unwrap();
        assert!(!repository.open().await.has_commit(&zero, &Watch::endless()).await.unwrap());
    });
}
