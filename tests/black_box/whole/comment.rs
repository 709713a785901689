//! The comment while main and the environments move under it.

use super::world::Place;

const REFRESHING: &str = "refresh-comments = true\n";

impl Place {
    /// The one comment: without its key, and how often it was written anew.
    fn comment(&self) -> (String, usize) {
        let state = self.hub.state();
        assert_eq!(state.comments.len(), 1, "{:#?}", state.comments);
        let (_, text) = state.comments[0].body.split_once('\n').unwrap();
        (text.to_owned(), state.comments[0].edits)
    }
}

#[test]
fn a_schedule_says_in_open_pull_requests_what_has_moved_if_it_is_asked_to() {
    let place = Place::new();
    place.code.world.write("airlock.toml", REFRESHING);
    place.code.world.commit("Refresh comments");
    place.run(&place.pushed()).says(0, &["1.0.0-dev.1"]);
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");
    place.run(&place.pulled(7, "feature", "opened")).says(0, &["Adds 1"]);
    let (written, _) = place.comment();
    // Nothing has moved.
    place.run(&place.scheduled()).says(0, &[]);
    assert_eq!(place.comment(), (written.clone(), 0));

    place.git(&["switch", "-q", "main"]);
    place.code.edit_code();
    place.run(&place.pushed()).says(0, &["1.0.0-dev.2"]);
    place.run(&place.scheduled()).says(0, &["whose plan was made anew: 1"]);
    let (told, edits) = place.comment();
    assert!(told.starts_with("### ✅ Adds 1, removes nothing") && edits == 1, "{told}");
    let last = told.trim_end().lines().last().unwrap();
    assert!(last.starts_with("<sub>🔄 Since this was last written the base branch went on to"), "{told}");
    assert!(last.contains("dev runs `1.0.0-dev.2` now; the plan alone was made anew."), "{told}");
    assert!(told.contains("a schedule executes nothing of a pull request"), "{told}");
    // Once is enough.
    place.run(&place.scheduled()).says(0, &[]);
    assert_eq!(place.comment(), (told, 1));

    // The next event of the pull request makes it right, and says why it reads otherwise.
    place.git(&["switch", "-q", "feature"]);
    place.git(&["merge", "-q", "-m", "Follow main", "main"]);
    place.publish();
    place.hub.state().pulls[0].head = place.head();
    place.run(&place.pulled(7, "feature", "synchronize")).says(0, &[]);
    let (told, edits) = place.comment();
    assert!(!told.contains("made anew") && edits == 2, "{told}");
}

/// A comment on #7 whose branch does this, and then `main` that: what a schedule makes of the comment.
fn refreshed(
    feature: impl FnOnce(&Place),
    main: impl FnOnce(&Place),
    with: &[(&'static str, String)],
) -> (Place, String) {
    let place = Place::new();
    place.code.world.write("airlock.toml", REFRESHING);
    place.code.world.commit("Refresh comments");
    place.code.add_sync("labels");
    place.run(&place.pushed()).says(0, &["1.0.0-dev.1"]);
    place.git(&["switch", "-q", "-c", "feature"]);
    feature(&place);
    place.open(7, "feature");
    let mut event = place.pulled(7, "feature", "opened");
    event.with.extend_from_slice(with);
    place.run(&event);
    place.git(&["switch", "-q", "main"]);
    main(&place);
    place.run(&place.pushed()).says(0, &["1.0.0-dev.2"]);
    let told = place.run(&place.scheduled());
    assert_eq!(told.ran.code, 0, "{}", told.summary);
    let summary = told.summary;
    (place, summary)
}

#[test]
fn a_removal_stays_told_when_the_plan_is_made_anew() {
    let feature = |place: &Place| place.code.remove_sync("labels");
    let (place, summary) = refreshed(feature, |place| place.code.edit_code(), &[]);
    assert!(summary.contains("made anew: 1"), "{summary}");
    let (told, edits) = place.comment();
    assert!(told.starts_with("### 🛑 Removes 1") && told.contains("github/labels"), "{told}");
    assert!(told.contains("made anew") && edits == 1, "{told}");
}

#[test]
fn a_plan_that_cannot_be_made_anew_stays_and_is_told_to_be_out_of_date() {
    // Both add a line at the end of the same file.
    let add = |name: &'static str| move |place: &Place| place.code.add_sync(name);
    let (place, summary) = refreshed(add("one"), add("two"), &[]);
    assert!(summary.contains("out of date: 1") && summary.contains("was not made anew"), "{summary}");
    assert!(summary.contains("conflicts with"), "{summary}");
    let (told, edits) = place.comment();
    let first = told.lines().next().unwrap();
    assert!(first.starts_with("> ⏳ **Out of date:** since this was written the base branch went on to"), "{told}");
    assert!(first.contains("dev runs `1.0.0-dev.2` now. For a new report update the branch."), "{told}");
    assert!(told.contains("### ✅ Adds 1") && edits == 1, "{told}");
    place.run(&place.scheduled()).says(0, &[]);
    assert_eq!(place.comment().1, 1, "once is enough");
}

#[test]
fn failed_checks_stay_told_whatever_has_moved() {
    let feature = |place: &Place| place.code.add_sync("others");
    let failing = [("TEST-COMMAND", "false".to_owned())];
    let (place, summary) = refreshed(feature, |place| place.code.edit_code(), &failing);
    assert!(summary.contains("its checks had failed"), "{summary}");
    let (told, _) = place.comment();
    assert!(told.starts_with("> ⏳ **Out of date:**") && told.contains("### ❌"), "{told}");
}

#[test]
fn without_being_asked_a_schedule_leaves_comments_alone() {
    let place = Place::new();
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");
    place.run(&place.pulled(7, "feature", "opened")).says(0, &[]);
    place.git(&["switch", "-q", "main"]);
    place.code.add_sync("others");
    let told = place.run(&place.scheduled());
    assert!(told.asked.iter().all(|asked| asked.starts_with("GET /deployments")), "{:#?}", told.asked);
    assert_eq!(place.comment().1, 0);
}

#[test]
fn the_same_report_is_not_written_again_by_another_run() {
    let place = Place::new();
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");
    place.run(&place.pulled(7, "feature", "opened")).says(0, &[]);
    // Another run, with another page and other times.
    place.run(&place.pulled(7, "feature", "reopened")).says(0, &[]);
    assert_eq!(place.comment().1, 0);
    // What somebody changed in it by hand is made right.
    place.hub.state().comments[0].body.push_str("\nNothing to see here.");
    place.run(&place.pulled(7, "feature", "reopened")).says(0, &[]);
    let (text, edits) = place.comment();
    assert!(edits == 1 && !text.contains("Nothing to see"), "{text}");
}

#[test]
fn a_merge_that_would_be_refused_needs_a_person() {
    let place = Place::new();
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_integration_sync("hubspot", "deals");
    place.open(7, "feature");
    let told = place.run(&place.pulled(7, "feature", "opened")).says(0, &["dev will wait:"]);
    {
        let state = place.hub.state();
        let check = &state.checks[0];
        assert_eq!(check.conclusion.as_deref(), Some("action_required"), "{}", told.summary);
        assert!(check.title.as_deref().unwrap().ends_with("dev waits for a person"), "{:?}", check.title);
    }
    // Accepted on the default branch, it is a plan like any other.
    place.git(&["switch", "-q", "main"]);
    place.code.world.write(
        "airlock.toml",
        "[[environment]]\nname = \"dev\"\n[[environment.accept]]\ncode = \"app-configuration-missing\"\nresource = \"hubspot\"\n\
         reason = \"comes next week\"\n[[environment]]\nname = \"prod\"\nproduction = true\n",
    );
    place.code.world.commit("Accept it");
    place.run(&place.pulled(7, "feature", "synchronize")).says(0, &["accepted:"]);
    let state = place.hub.state();
    assert_eq!(state.checks.last().unwrap().conclusion.as_deref(), Some("success"));
}

#[test]
fn the_last_comment_of_a_merged_pull_request_says_that_main_had_gone_on() {
    let place = Place::new();
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");
    place.run(&place.pulled(7, "feature", "opened")).says(0, &["Adds 1"]);
    let ((written, _), base) = (place.comment(), place.sha("main"));
    place.git(&["switch", "-q", "main"]);
    place.code.world.write("notes.md", "meanwhile\n");
    place.code.world.commit("Go on");
    let onto = place.sha("main");
    place.merge(7, "feature", "squash");
    for _ in 0..2 {
        place.run(&place.pulled(7, "feature", "closed")).says(0, &[]);
        let (told, edits) = place.comment();
        let last = told.trim_end().lines().last().unwrap();
        let named = format!("🏁 Merged onto `{}`, and written for `{}`", onto.short(), base.short());
        assert!(told.starts_with(written.trim_end()) && last.contains(&named) && edits == 1, "{told}");
    }
}

#[test]
fn a_closed_pull_request_is_told_what_moved_and_not_what_to_do_about_it() {
    let add = |name: &'static str| move |place: &Place| place.code.add_sync(name);
    let (place, _) = refreshed(add("one"), add("two"), &[]);
    assert!(place.comment().0.contains("For a new report update the branch."));
    place.hub.state().pulls[0].open = false;
    place.run(&place.pulled(7, "feature", "closed")).says(0, &[]);
    let (told, _) = place.comment();
    let first = told.lines().next().unwrap();
    assert!(first.starts_with("> ⏳ **Out of date:**") && first.ends_with("dev runs `1.0.0-dev.2` now."), "{told}");
    assert!(told.contains("### ✅ Adds 1") && told.contains("Closed without merging"), "{told}");
}
