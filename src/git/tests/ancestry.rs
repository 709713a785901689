use crate::tests::repository::{Repository, block_on};
use crate::watch::Watch;

#[test]
fn who_contains_whom() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let base = repository.commit("base");
        repository.git(&["checkout", "--quiet", "-b", "side"]);
        let side = repository.commit("side");
        repository.git(&["checkout", "--quiet", "main"]);
        let main = repository.commit("main");
        repository.git(&["checkout", "--quiet", "--orphan", "stranger"]);
        let stranger = repository.commit("stranger");
        let git = repository.open().await;
        for (old, new, wanted) in [
            (&base, &main, true),
            (&main, &main, true),
            (&main, &base, false),
            (&side, &main, false),
            (&stranger, &main, false),
        ] {
            assert_eq!(git.is_ancestor(old, new, &watch).await.unwrap(), wanted, "{old} {new}");
        }
        assert_eq!(git.merge_base(&side, &main, &watch).await.unwrap(), Some(base));
        assert_eq!(git.merge_base(&stranger, &main, &watch).await.unwrap(), None);
    });
}

#[test]
fn the_log_is_newest_first_and_limited_and_takes_any_subject() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let first = repository.commit("first");
        let second = repository.commit("the second,\nwith a body");
        let third = repository.commit("\u{1b}[31m third | `x` ünï\n\nbody\nmore");
        let git = repository.open().await;
        let log = git.log(&first, &third, 10, &watch).await.unwrap();
        assert_eq!(
            log,
            [(third.clone(), "\u{1b}[31m third | `x` ünï".into()), (second, "the second, with a body".to_owned())]
        );
        assert_eq!(git.log(&first, &third, 1, &watch).await.unwrap().len(), 1);
        assert_eq!(git.log(&third, &first, 10, &watch).await.unwrap(), []);
    });
}

#[test]
fn the_mainline_tells_of_a_merge_and_not_of_what_it_brought() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let base = repository.commit("base");
        repository.git(&["checkout", "--quiet", "-b", "side"]);
        repository.commit("one");
        repository.commit("two");
        repository.git(&["checkout", "--quiet", "main"]);
        let direct = repository.commit("direct");
        repository.git(&["merge", "--quiet", "--no-ff", "-m", "Merge side", "side"]);
        let merge = repository.head();
        let git = repository.open().await;
        let told = git.mainline(&base, &merge, 10, &watch).await.unwrap();
        assert_eq!(told, [(merge.clone(), "Merge side".into()), (direct, "direct".to_owned())]);
        assert_eq!(git.log(&base, &merge, 10, &watch).await.unwrap().len(), 4);
    });
}

#[test]
fn a_squashed_branch_is_known_by_the_files_it_left() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let base = repository.write("a.ts", "1").commit("base");
        repository.git(&["checkout", "--quiet", "-b", "side"]);
        repository.write("a.ts", "2").commit("one");
        let head = repository.write("b.ts", "3").commit("two");
        repository.git(&["checkout", "--quiet", "main"]);
        repository.git(&["merge", "--quiet", "--squash", "side"]);
        let squashed = repository.commit("squashed (#1)");
        let last = repository.write("c.ts", "4").commit("another");
        let git = repository.open().await;
        assert!(!git.is_ancestor(&head, &last, &watch).await.unwrap());
        let wanted = git.tree_id(&head, "", &watch).await.unwrap().unwrap();
        let trees = git.trees_between(&base, &last, 10, &watch).await.unwrap();
        let found: Vec<_> = trees.into_iter().filter(|one| one.tree == wanted).map(|one| one.commit).collect();
        assert_eq!(found, [squashed]);
    });
}

#[test]
fn a_moved_folder_keeps_its_id() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let before = repository.write("old/in/a.ts", "1").write("old/in/b.ts", "2").commit("before");
        repository.git(&["mv", "old", "new"]);
        let after = repository.commit("after");
        let git = repository.open().await;
        let id = git.tree_id(&before, "old/in", &watch).await.unwrap();
        assert!(id.is_some());
        assert_eq!(git.tree_id(&after, "new/in", &watch).await.unwrap(), id);
        for absent in ["old/in", "new/in/a.ts", "new/", "../new", "*", "new\0"] {
            assert_eq!(git.tree_id(&after, absent, &watch).await.ok().flatten(), None, "{absent:?}");
        }
    });
}
