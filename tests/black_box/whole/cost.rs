//! What whole runs cost in requests to GitHub: each has an upper bound, and the footer prints what it was. A job's token may
//! ask 1,000 times an hour.

use serde_json::json;

use super::world::{Place, Told};
use crate::world::sync;

impl Told {
    /// Ends the test unless the run asked GitHub at most so often, and its footer says how often that was.
    fn costs(self, most: usize) -> Self {
        let asked = &self.asked;
        assert!(asked.len() <= most, "{} requests, not {most}:\n{}", asked.len(), asked.join("\n"));
        let footer = format!("· {} GitHub requests", asked.len());
        assert!(self.summary.contains(&footer), "`{footer}` is missing:\n{}", self.summary);
        self
    }
}

#[test]
fn an_ordinary_day_is_cheap() {
    let place = Place::new();
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");
    place.run(&place.pulled(7, "feature", "opened")).says(0, &["Adds 1"]).costs(8);
    place.run(&place.pulled(7, "feature", "synchronize")).says(0, &["Adds 1"]).costs(7);
    place.merge(7, "feature", "merge");
    place.run(&place.pulled(7, "feature", "closed")).says(0, &[]).costs(5);
    place.run(&place.pushed()).says(0, &["1.0.0-dev.1"]).costs(13);
    place.run(&place.pushed()).says(0, &["already"]).costs(7);
    let prod = json!({ "environment": "prod", "allow-destructive": "false" });
    place.run(&place.dispatched(&prod)).says(0, &["1.0.0"]).costs(16);
    place.run(&place.dispatched(&prod)).says(0, &["already"]).costs(9);
    place.run(&place.scheduled()).says(0, &[]).costs(6);
}

/// A repository whose environments have had thirty releases each.
fn old() -> Place {
    let place = Place::new();
    place.run(&place.pushed()).says(0, &[]);
    place.run(&place.dispatched(&json!({ "environment": "prod", "allow-destructive": "false" }))).says(0, &[]);
    place.age("dev", 30);
    place.age("prod", 30);
    place
}

#[test]
fn neither_a_long_history_nor_many_commits_are_read_to_their_end() {
    let place = old();
    place.git(&["switch", "-q", "-c", "feature"]);
    for number in 0..29 {
        place.git(&["commit", "-q", "--allow-empty", "-m", &format!("Step {number}")]);
    }
    place.code.add_sync("labels");
    place.open(7, "feature");
    place.run(&place.pulled(7, "feature", "opened")).says(0, &["Adds 1"]).costs(12);
    place.merge(7, "feature", "rebase");
    // Thirty commits of one pull request: five of them are looked up, and the list of what was closed lately.
    place.run(&place.pushed()).says(0, &["labels"]).costs(35);
    let prod = json!({ "environment": "prod", "allow-destructive": "false" });
    place.run(&place.dispatched(&prod)).says(0, &["labels"]).costs(42);
}

#[test]
fn each_lane_costs_a_reviewer_three_requests_at_most() {
    let place = Place::new();
    place.run(&place.pushed()).says(0, &[]);
    let names = ["one", "two", "three"];
    let tables = names.map(|name| format!("[[project]]\npath = \"{name}\"\nplatform = \"nango\"\n"));
    let environments = "[[environment]]\nname = \"dev\"\n[[environment]]\nname = \"staging\"\nafter = \"dev\"\n\
                        [[environment]]\nname = \"prod\"\nproduction = true\nafter = \"staging\"\n";
    place.code.world.write("airlock.toml", &format!("{}{environments}", tables.concat()));
    for name in names {
        place.code.world.write(&format!("{name}/.nango/.gitkeep"), "");
        place.code.world.write(&format!("{name}/index.ts"), &format!("import './github/syncs/{name}.js';\n"));
        place.code.world.write(&format!("{name}/github/syncs/{name}.ts"), &sync(name));
    }
    place.code.world.commit("Make room for three more");
    for name in names.into_iter().flat_map(|name| [name; 4]) {
        place.lend("dev", name);
    }
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.world.write("two/package.json", "{}");
    place.code.world.commit("Begin");
    place.open(7, "feature");
    // Nine lanes are listed; three have a release, whose run and statuses are read; five for the check and the comment.
    place.run(&place.pulled(7, "feature", "opened")).costs(9 + 3 * 2 + 6);
}

#[test]
fn a_run_with_nothing_to_do_asks_nothing() {
    let place = Place::new();
    let told = place.run(&place.pushed_tag());
    assert_eq!((told.ran.code, told.asked), (0, Vec::<String>::new()), "{}", told.summary);
}
