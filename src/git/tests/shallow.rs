use std::fs;
use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::git::{Git, Remote};
use crate::names::{BranchName, CommitSha};
use crate::problem::Problem;
use crate::tests::repository::{Repository, block_on, git, open};
use crate::watch::{Stop, Watch};

/// Twelve commits on main, oldest first, and one on a branch from the third.
fn long() -> (Repository, Vec<CommitSha>, CommitSha) {
    let repository = Repository::new();
    let mut main: Vec<_> = (0..3).map(|n| repository.write("n.ts", n.to_string()).commit("early")).collect();
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    let side = repository.write("side.ts", "1").commit("side");
    repository.git(&["checkout", "--quiet", "main"]);
    main.extend((3..12).map(|n| repository.write("n.ts", n.to_string()).commit("late")));
    (repository, main, side)
}

/// All files of a folder with sizes, to see that nothing was changed.
fn inventory(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            found.extend(inventory(&path));
        }
        found.push((path.display().to_string(), about.len()));
    }
    found.sort();
    found
}

fn cut(folder: &Path) {
    git(folder, &["remote", "remove", "origin"]);
}

fn says_fetch_depth(problem: &Problem) -> bool {
    problem.help.iter().any(|help| help.contains("fetch-depth: 0"))
}

#[test]
fn a_shallow_clone_fetches_what_it_needs_and_is_left_as_it_was() {
    block_on(async {
        let watch = Watch::endless();
        let (repository, main, side) = long();
        let clone = repository.cloned(&["--depth", "1"]);
        let before = inventory(&clone);
        let git = open(&clone).await.unwrap();
        assert!(git.is_shallow().unwrap());
        let (first, last) = (&main[0], &main[11]);
        assert!(!git.has_commit(first, &watch).await.unwrap());
        assert!(git.is_ancestor(first, last, &watch).await.unwrap());
        assert!(!git.is_ancestor(&side, last, &watch).await.unwrap());
        assert_eq!(git.merge_base(&side, last, &watch).await.unwrap().as_ref(), Some(&main[2]));
        assert_eq!(git.log(&main[4], last, 99, &watch).await.unwrap().len(), 7);
        assert_eq!(git.show_file(&side, "side.ts", 9, &watch).await.unwrap().unwrap(), b"1");
        assert_eq!(inventory(&clone), before, "nothing is written into the clone");
    });
}

#[test]
fn every_answer_of_a_shallow_clone_is_that_of_the_whole() {
    block_on(async {
        let watch = Watch::endless();
        let (repository, main, side) = long();
        let whole = repository.open().await;
        let clone = repository.cloned(&["--depth", "2"]);
        let all = [&main[0], &main[9], &main[11], &side];
        for old in all {
            for new in all {
                // Each view begins with the clone as it is.
                let git = open(&clone).await.unwrap();
                let wanted = whole.is_ancestor(old, new, &watch).await.unwrap();
                assert_eq!(git.is_ancestor(old, new, &watch).await.unwrap(), wanted, "{old} in {new}");
                let git = open(&clone).await.unwrap();
                let wanted = whole.merge_base(old, new, &watch).await.unwrap();
                assert_eq!(git.merge_base(old, new, &watch).await.unwrap(), wanted, "{old} and {new}");
            }
        }
    });
}

#[test]
fn without_a_remote_a_shallow_clone_says_what_is_missing() {
    block_on(async {
        let watch = Watch::endless();
        let (repository, main, side) = long();
        let clone = repository.cloned(&["--depth", "3"]);
        cut(&clone);
        let git = open(&clone).await.unwrap();
        assert!(git.is_ancestor(&main[10], &main[11], &watch).await.unwrap(), "what is here suffices");
        assert!(!git.is_ancestor(&main[11], &main[10], &watch).await.unwrap(), "and here it does for a no");
        let problem = git.is_ancestor(&main[0], &main[11], &watch).await.unwrap_err();
        assert_eq!(problem.code, "history-cut");
        assert!(says_fetch_depth(&problem), "{problem:?}");
        let problem = git.ensure(std::slice::from_ref(&side), &watch).await.unwrap_err();
        assert_eq!(problem.code, "commit-missing");
        assert!(problem.text.contains(side.short()) && says_fetch_depth(&problem), "{problem:?}");
        assert_eq!(git.log(&main[0], &main[11], 5, &watch).await.unwrap_err().code, "commit-missing");
    });
}

#[test]
fn a_commit_that_nobody_has_is_missing_and_no_ancestor() {
    block_on(async {
        let watch = Watch::endless();
        let (repository, main, _) = long();
        let nobody = CommitSha::new("1".repeat(40)).unwrap();
        for options in [&["--depth", "1"][..], &[]] {
            let git = open(&repository.cloned(options)).await.unwrap();
            assert_eq!(git.resolve(nobody.as_str(), &watch).await.unwrap_err().code, "commit-missing");
            assert!(!git.is_ancestor(&nobody, &main[11], &watch).await.unwrap());
        }
    });
}

#[test]
fn the_newest_commit_of_a_branch_that_was_not_checked_out_is_fetched() {
    block_on(async {
        let watch = Watch::endless();
        let (repository, _, side) = long();
        let git = open(&repository.cloned(&["--depth", "1"])).await.unwrap();
        let name = BranchName::new("side").unwrap();
        assert_eq!(git.branch_tip(&name, &watch).await.unwrap(), None);
        assert_eq!(git.fetch_branch(&name, &watch).await.unwrap(), side);
        assert_eq!(git.show_file(&side, "side.ts", 9, &watch).await.unwrap().unwrap(), b"1");
        let gone = git.fetch_branch(&BranchName::new("gone").unwrap(), &watch).await.unwrap_err();
        assert_eq!(gone.code, "fetch-failed");
    });
}

#[test]
fn only_safe_addresses_are_fetched_from() {
    let token = || Some(SecretString::from("s3cret"));
    for good in ["https://github.com/a/b", "http://127.0.0.1:8080/a", "http://[::1]/a", "http://localhost/a"] {
        assert!(Remote::new(good, token()).is_ok(), "{good}");
    }
    assert!(Remote::new("file:///a/b", None).is_ok());
    for bad in [
        "file:///a/b",
        "http://github.com/a/b",
        "http://localhost.evil.com/a",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b",
        "ext::sh -c touch% x",
        "git://github.com/a",
        "--upload-pack=x",
        "",
    ] {
        assert_eq!(Remote::new(bad, token()).unwrap_err().code, "remote-not-usable", "{bad}");
    }
}

async fn served(server: &MockServer, token: &str) -> (Repository, Git) {
    let repository = Repository::new();
    repository.commit("first");
    let git = repository.open().await;
    let remote = Remote::new(&format!("{}/acme/shop", server.uri()), Some(SecretString::from(token))).unwrap();
    (repository, git.fetching_from(remote))
}

#[test]
fn the_token_goes_to_its_host_in_a_header_and_nowhere_else() {
    block_on(async {
        let (server, other) = (MockServer::start().await, MockServer::start().await);
        let elsewhere = ResponseTemplate::new(302).insert_header("location", format!("{}/x", other.uri()).as_str());
        Mock::given(any()).respond_with(elsewhere).mount(&server).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&other).await;
        let (_repository, git) = served(&server, "s3cret-token").await;
        let problem = git.fetch_branch(&BranchName::new("main").unwrap(), &Watch::endless()).await.unwrap_err();
        let requests = server.received_requests().await.unwrap();
        let header = requests.first().unwrap().headers.get("authorization").unwrap();
        assert_eq!(header, "Basic eC1hY2Nlc3MtdG9rZW46czNjcmV0LXRva2Vu");
        assert!(other.received_requests().await.unwrap().is_empty(), "no redirect is followed");
        let shown = format!("{problem:?} {git:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("eC1hY2Nlc3"), "{shown}");
    });
}

#[test]
fn a_server_that_echoes_the_token_does_not_get_it_printed() {
    block_on(async {
        let server = MockServer::start().await;
        let echo = ResponseTemplate::new(403).set_body_raw("denied for s3cret-token", "text/plain");
        Mock::given(any()).respond_with(echo).mount(&server).await;
        let (_repository, git) = served(&server, "s3cret-token").await;
        let problem = git.fetch_branch(&BranchName::new("main").unwrap(), &Watch::endless()).await.unwrap_err();
        assert_eq!(problem.code, "fetch-failed");
        assert!(!format!("{problem:?}").contains("s3cret"), "{problem:?}");
    });
}

#[test]
fn a_silent_server_is_given_up_and_a_cancelled_fetch_ends() {
    block_on(async {
        let server = MockServer::start().await;
        let silent = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
        Mock::given(any()).respond_with(silent).mount(&server).await;
        let (_repository, git) = served(&server, "t").await;
        let main = BranchName::new("main").unwrap();
        let short = Watch::endless().within(Duration::from_millis(200));
        assert_eq!(git.fetch_branch(&main, &short).await.unwrap_err().code, "git-timed-out");
        let (switch, watch) = Watch::new();
        switch.stop(Stop::Terminate);
        assert_eq!(git.fetch_branch(&main, &watch).await.unwrap_err().code, "cancelled");
        let missing = CommitSha::new("1".repeat(40)).unwrap();
        assert_eq!(git.ensure(&[missing], &watch).await.unwrap_err().code, "cancelled");
    });
}
