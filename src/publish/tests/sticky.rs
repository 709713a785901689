//! The life of the comment.

use super::*;

#[tokio::test]
async fn the_first_report_is_one_comment_written_last() {
    let scene = Scene::new().await;
    let url = scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let (id, body) = scene.only();
    assert!(url.unwrap().ends_with(&format!("issuecomment-{id}")));
    assert!(body.starts_with("<!-- airlock:comment v1 scope=all head=bbbb"), "{body}");
    assert!(body.contains("### ✅ Adds 1, removes nothing") && body.len() < 60_000, "{body}");
    let asked = scene.world.asked();
    let writes: Vec<_> = asked.iter().filter(|asked| asked.starts_with("POST")).collect();
    assert_eq!(writes, ["POST /check-runs", "POST /issues/814/comments", "POST /graphql"], "{asked:#?}");
}

#[tokio::test]
async fn an_unchanged_text_is_not_written_again() {
    let mut scene = Scene::new().await;
    let first = scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let again = scene.next_run().done(&plan(&["sync a/one"], &[], &[])).await;
    let (id, _) = scene.only();
    assert_eq!((first, scene.edits(id)), (again, 0));
}

#[tokio::test]
async fn a_changed_text_is_written_in_place() {
    let mut scene = Scene::new().await;
    let first = scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let (id, _) = scene.only();
    let second = scene.next_run().done(&plan(&["sync a/one", "sync a/two"], &[], &[])).await;
    let (same, body) = scene.only();
    assert_eq!((id, first, scene.edits(id)), (same, second, 1));
    assert!(body.contains("Adds 2"), "{body}");
}

#[tokio::test]
async fn nothing_to_say_is_no_comment_and_an_old_one_says_so() {
    let mut scene = Scene::new().await;
    assert_eq!(scene.done(&quiet()).await, None);
    assert_eq!((scene.ours(), scene.asked("GET /issues")), (Vec::new(), 1));

    scene.next_run().done(&plan(&["sync a/one"], &[], &["sync a/old"])).await;
    scene.next_run().done(&quiet()).await;
    let (_, body) = scene.only();
    assert!(body.contains("no longer holds") && !body.contains("a/old"), "{body}");
    // What goes again is news again.
    let (before, _) = scene.only();
    scene.next_run().done(&plan(&[], &[], &["sync a/old"])).await;
    assert_ne!(scene.only().0, before);
}

#[tokio::test]
async fn more_removals_are_a_new_comment_that_people_are_told_of() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&[], &[], &["sync a/one"])).await;
    let (first, _) = scene.only();
    scene.next_run().done(&plan(&[], &[], &["sync a/one", "sync a/two"])).await;
    let (second, body) = scene.only();
    assert!(second != first && body.contains("a/two"), "{body}");
    // Fewer are not.
    scene.next_run().done(&plan(&[], &[], &["sync a/two"])).await;
    assert_eq!(scene.only().0, second);
    // Others are, however many.
    scene.next_run().done(&plan(&[], &[], &["sync a/one"])).await;
    assert_ne!(scene.only().0, second);
}

#[tokio::test]
async fn a_draft_gets_no_comment_until_it_is_ready() {
    let mut scene = Scene::new().await;
    scene.event().draft = true;
    assert_eq!(scene.done(&plan(&[], &[], &["sync a/one"])).await, None);
    assert_eq!((scene.ours(), scene.world.state().checks.len()), (Vec::new(), 1));

    scene.event().draft = false;
    scene.next_run().done(&plan(&[], &[], &["sync a/one"])).await;
    let (first, _) = scene.only();
    // Back to a draft: kept right, and nobody is notified; ready again, they are.
    scene.event().draft = true;
    scene.next_run().done(&plan(&[], &[], &["sync a/two"])).await;
    let (same, body) = scene.only();
    assert!(same == first && body.contains("a/two"), "{body}");
    scene.event().draft = false;
    scene.next_run().done(&plan(&[], &[], &["sync a/two"])).await;
    assert_ne!(scene.only().0, first);
}

#[tokio::test]
async fn a_comment_that_somebody_deleted_comes_back_only_with_something_to_say() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    scene.world.state().comments.clear();
    assert_eq!(scene.next_run().done(&quiet()).await, None);
    assert_eq!(scene.ours(), Vec::new());
    scene.next_run().done(&plan(&["sync a/one"], &[], &[])).await;
    scene.only();
}

#[tokio::test]
async fn duplicates_on_any_page_are_healed_to_the_oldest() {
    let mut scene = Scene::new().await;
    scene.world.state().page_size = 2;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let (oldest, body) = scene.only();
    for talk in 0..5 {
        scene.world.add_comment(NUMBER, "ben", &format!("What about {talk}?"));
        scene.world.add_comment(NUMBER, World::LOGIN, &body);
    }
    scene.next_run().done(&plan(&["sync a/one"], &[], &[])).await;
    assert_eq!(scene.only().0, oldest);
    assert_eq!(scene.world.state().comments.len(), 6);
}

#[tokio::test]
async fn a_comment_of_somebody_else_with_our_key_is_left_alone() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let (ours, body) = scene.only();
    for impostor in ["mallory", "github-actions", "renovate[bot]", ""] {
        scene.world.add_comment(NUMBER, impostor, &body);
    }
    scene.world.state().comments.retain(|comment| comment.id != ours);
    scene.next_run().done(&plan(&["sync a/two"], &[], &[])).await;
    assert!(scene.only().1.contains("a/two"));
    let state = scene.world.state();
    assert_eq!(state.comments.len(), 5);
    assert!(state.comments.iter().filter(|comment| comment.author != World::LOGIN).all(|comment| comment.edits == 0));
}

#[tokio::test]
async fn a_quoted_key_is_no_key() {
    let scene = Scene::new().await;
    scene.world.add_comment(NUMBER, World::LOGIN, "See:\n<!-- airlock:comment v1 scope=all run=1.1 -->\n");
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    assert_eq!(scene.world.state().comments[0].edits, 0);
    scene.only();
}

#[tokio::test]
async fn jobs_that_look_at_parts_have_a_comment_and_a_check_each() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    scene.run.inputs.project = vec![crate::names::ProjectId::new("crm").unwrap()];
    scene.done(&plan(&["sync a/two"], &[], &[])).await;
    scene.done(&plan(&["sync a/three"], &[], &[])).await;
    let ours = scene.ours();
    assert_eq!(ours.len(), 2);
    assert!(ours[0].1.contains("a/one") && ours[1].1.contains("a/three"), "{ours:#?}");
    let names: Vec<_> = scene.world.state().checks.iter().map(|check| check.name.clone()).collect();
    assert_eq!(names, ["airlock", "airlock (crm)", "airlock (crm)"]);
}

#[tokio::test]
async fn jobs_that_write_at_once_leave_one_comment() {
    for removes in [&[][..], &["sync a/old"]] {
        let mut scene = Scene::new().await;
        if !removes.is_empty() {
            scene.done(&plan(&["sync a/one"], &[], &[])).await;
            scene.next_run();
        }
        let sealed = plan(&["sync a/one"], &[], removes);
        let (one, two, three) = tokio::join!(scene.publish(&sealed), scene.publish(&sealed), scene.publish(&sealed));
        let (id, _) = scene.only();
        for published in [one, two, three] {
            assert_eq!(published.notes, Vec::<String>::new());
            assert!(published.comment_url.unwrap().ends_with(&id.to_string()));
        }
    }
}

#[tokio::test]
async fn a_job_that_wrote_earlier_wins() {
    let scene = Scene::new().await;
    let winner = scene.world.add_comment(NUMBER, World::LOGIN, "to be");
    // It is listed only after ours was written.
    let client = scene.world.client();
    let about =
        About { invocation: &scene.run, sealed: &plan(&["sync a/one"], &[], &[]), redactor: &Redactor::default() };
    let body =
        format!("{}\n### Theirs\n", Key::new(&about.scope(), &sha('b'), (77, 1), super::super::Removes::default()));
    let watch = World::watch();
    let published = publish(about, &client, &watch);
    let other = async {
        while scene.ours().is_empty() {
            tokio::task::yield_now().await;
        }
        let mut state = scene.world.state();
        let there = state.comments.iter_mut().find(|comment| comment.id == winner).unwrap();
        there.body = body;
    };
    let (published, ()) = tokio::join!(published, other);
    let (id, body) = scene.only();
    assert_eq!(id, winner);
    assert!(body.contains("Adds 1"), "{body}");
    assert!(published.comment_url.unwrap().ends_with(&winner.to_string()));
}

#[tokio::test]
async fn a_closed_pull_request_keeps_its_comment_and_says_so_last() {
    for (merged, says) in [(true, "Merged"), (false, "Closed without merging")] {
        let mut scene = Scene::new().await;
        scene.done(&plan(&["sync a/one"], &[], &[])).await;
        let (id, before) = scene.only();
        scene.close(merged);
        let url = scene.next_run().done(&quiet()).await;
        let (same, body) = scene.only();
        assert_eq!(id, same);
        assert!(url.unwrap().ends_with(&id.to_string()));
        assert!(body.starts_with(before.trim_end()) && body.lines().last().unwrap().contains(says), "{body}");
        assert_eq!(scene.world.state().checks.len(), 1, "a closed pull request needs no check");
        scene.next_run().done(&quiet()).await;
        assert_eq!(scene.edits(id), 1);

        // Reopened: what was said last goes.
        scene.world.state().pulls[0].open = true;
        scene.event().state = PullState::Open;
        scene.next_run().done(&plan(&["sync a/one"], &[], &[])).await;
        let (same, body) = scene.only();
        assert!(same == id && !body.contains(says), "{body}");
    }
}

#[tokio::test]
async fn what_was_merged_onto_another_base_than_it_was_written_for_says_so() {
    for (how, parents, landed, moved) in [
        ("a merge", &['a', 'b'][..], &['d'][..], None),
        ("a squash", &['a'], &['d'], None),
        ("two commits rebased", &['e'], &['e', 'd'], None),
        ("a merge, main gone on", &['c', 'b'], &['d'], Some("ccccccc")),
        ("a squash, main gone on", &['c'], &['d'], Some("ccccccc")),
    ] {
        let mut scene = Scene::new().await;
        scene.done(&plan(&["sync a/one"], &[], &[])).await;
        {
            let mut state = scene.world.state();
            state.commit(&sha('e'), &[sha('a')], "Half");
            state.commit(&sha('d'), &parents.iter().map(|of| sha(*of)).collect::<Vec<_>>(), "Whole");
        }
        scene.world.merge_pull(NUMBER, &sha('d'));
        scene.world.state().pulls[0].landed = landed.iter().map(|of| sha(*of)).collect();
        scene.event().state = PullState::Closed { merged: true };
        scene.next_run().done(&quiet()).await;
        let (_, body) = scene.only();
        let last = body.lines().last().unwrap();
        let plain = last.contains("🏁 Merged: this is the last report here; a deploy has its own.");
        assert_eq!(plain, moved.is_none(), "{how}: {last}");
        assert!(moved.is_none_or(|onto| last.contains(&format!("onto `{onto}`, and written for `aaaaaaa`"))), "{last}");
    }
}

#[tokio::test]
async fn closing_writes_no_comment_of_its_own() {
    let mut scene = Scene::new().await;
    scene.close(true);
    assert_eq!(scene.done(&quiet()).await, None);
    assert_eq!((scene.ours(), scene.asked("POST")), (Vec::new(), 0));
}

#[tokio::test]
async fn a_run_that_ends_after_the_merge_tells_of_it() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let (id, _) = scene.only();
    scene.close(true);
    scene.event().state = PullState::Open;
    scene.next_run().done(&plan(&["sync a/two"], &[], &["sync a/old"])).await;
    let (same, body) = scene.only();
    assert!(same == id && body.contains("a/two") && body.contains("Merged"), "{body}");
}

#[tokio::test]
async fn a_head_that_has_moved_is_left_to_its_own_run() {
    let mut scene = Scene::new().await;
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    let (id, before) = scene.only();
    scene.world.state().pulls[0].head = sha('c');
    let published = scene.next_run().publish(&plan(&["sync a/two"], &[], &["sync a/old"])).await;
    assert_eq!(scene.only(), (id, before));
    assert!(published.notes[0].contains("has gone on to ccccccc"), "{published:?}");

    // Nor is a new one written.
    scene.world.state().comments.clear();
    scene.next_run().publish(&plan(&["sync a/two"], &[], &[])).await;
    assert_eq!(scene.ours(), Vec::new());
}

#[tokio::test]
async fn a_later_run_of_the_same_commit_is_not_overwritten() {
    let mut scene = Scene::new().await;
    scene.next_run().done(&plan(&["sync a/two"], &[], &[])).await;
    let later = scene.only();
    scene.run.run.id = Some(77);
    scene.done(&plan(&["sync a/one"], &[], &[])).await;
    assert_eq!(scene.only(), later);
}
