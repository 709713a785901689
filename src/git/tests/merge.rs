//! What a merge would give, without one being made.

use crate::tests::repository::{Repository, block_on, open};
use crate::watch::Watch;

#[test]
fn two_commits_are_merged_as_data_and_a_conflict_is_none() {
    block_on(async {
        let watch = Watch::endless();
        let repository = Repository::new();
        let lines = "1\n2\n3\n4\n5\n6\n7\n";
        // A merge driver of the tree's choice, which the repository's own configuration would start.
        let touched = repository.around.path().join("touched");
        repository.write("a.txt", lines).write(".gitattributes", "*.txt merge=evil\n");
        repository.git(&["config", "merge.evil.driver", &format!("touch {}", touched.display())]);
        repository.commit("base");
        repository.git(&["checkout", "--quiet", "-b", "side"]);
        repository.write("a.txt", lines.replace('7', "seven"));
        let side = repository.commit("side");
        repository.git(&["checkout", "--quiet", "main"]);
        repository.write("a.txt", lines.replace('1', "one")).write("b.txt", "new\n");
        let main = repository.commit("main");

        let git = repository.open().await;
        let merged = git.merged(&main, &side, &watch).await.unwrap().unwrap();
        let text = git.show_file(&merged, "a.txt", 1000, &watch).await.unwrap().unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "one\n2\n3\n4\n5\n6\nseven\n");
        assert!(git.show_file(&merged, "b.txt", 1000, &watch).await.unwrap().is_some());
        assert_eq!(git.merged(&main, &side, &watch).await.unwrap(), Some(merged.clone()), "the same one each time");
        assert_eq!(git.merge_base(&merged, &side, &watch).await.unwrap().as_ref(), Some(&side));
        assert!(!touched.exists(), "a merge driver ran");
        // The repository itself has nothing of it.
        assert!(!open(&repository.root).await.unwrap().has_commit(&merged, &watch).await.unwrap());

        repository.write("a.txt", lines.replace('7', "SEVEN"));
        let other = repository.commit("other");
        assert_eq!(git.merged(&other, &side, &watch).await.unwrap(), None);
        repository.git(&["checkout", "--quiet", "--orphan", "stranger"]);
        let stranger = repository.commit("stranger");
        assert_eq!(git.merged(&main, &stranger, &watch).await.unwrap(), None);
    });
}
