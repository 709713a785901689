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
    place.run(&place.scheduled()).says(0, &["out of date: 1"]);
    let (told, edits) = place.comment();
    let first = told.lines().next().unwrap();
    assert!(first.starts_with("> ⏳ **Out of date:** since this was written the base branch went on to"), "{told}");
    assert!(first.contains("dev runs `1.0.0-dev.2` now. For a new report update the branch."), "{told}");
    assert!(told.trim_end().ends_with(written.trim_end()) && edits == 1, "{told}");
    // Once is enough.
    place.run(&place.scheduled()).says(0, &[]);
    assert_eq!(place.comment().1, 1);

    // The next event of the pull request makes it right, and says why it reads otherwise.
    place.git(&["switch", "-q", "feature"]);
    place.git(&["merge", "-q", "-m", "Follow main", "main"]);
    place.publish();
    place.hub.state().pulls[0].head = place.head();
    place.run(&place.pulled(7, "feature", "synchronize")).says(0, &[]);
    let (told, _) = place.comment();
    assert!(!told.contains("Out of date"), "{told}");
    assert!(told.contains("🔄 Since this was last written the base branch went on to"), "{told}");
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
