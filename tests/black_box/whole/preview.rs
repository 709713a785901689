//! Previews of pull requests in Astro, from the first push to the last look.

use super::world::{Event, Place, Told};
use crate::astro::stand_in::Astro;
use crate::astro::world::dag;
use crate::nango::world::Place as Code;
use crate::world::World;

/// A repository of DAGs, its GitHub, and an Astro with a deployment for `dev`.
struct Story {
    place: Place,
    astro: Astro,
    token: String,
    /// Keeps the Astro awake.
    _runtime: tokio::runtime::Runtime,
}

impl Story {
    fn new() -> Self {
        let world = World::empty();
        world.write("Dockerfile", "FROM astrocrpublic.azurecr.io/runtime:3.0-4\n");
        world.write(".gitignore", ".airlock/\n");
        world.write("dags/orders.py", &dag("orders", "0 6 * * *"));
        world.commit("Add a DAG");
        let place = Place::of(Code::of(world, &[]));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let astro = runtime.block_on(Astro::start());
        astro.add("dep-dev", "etl dev");
        astro.at("dep-dev", |deployment| {
            deployment.pace = 1;
            deployment.env.insert("REGION".to_owned());
            deployment.secrets.insert("WAREHOUSE_KEY".to_owned());
        });
        let token = astro.token(false);
        Self { place, astro, token, _runtime: runtime }
    }

    /// A branch with one more DAG, and its pull request.
    fn branch(&self, number: u64, name: &str) {
        self.place.git(&["switch", "-q", "-c", name, "main"]);
        let id = name.replace('/', "_");
        self.place.code.world.write(&format!("dags/{id}.py"), &dag(&id, "0 8 * * 1"));
        self.place.code.world.commit("Add a DAG");
        self.place.open(number, name);
    }

    fn run(&self, mut event: Event) -> Told {
        event.with.push(("PREVIEW", "true".to_owned()));
        event.env = vec![
            ("ASTRO_API_URL", self.astro.url()),
            ("ASTRO_API_TOKEN", self.token.clone()),
            ("ASTRO_DEPLOYMENT_ID_DEV", "dep-dev".to_owned()),
        ];
        self.place.run(&event)
    }

    fn pulled(&self, number: u64, name: &str, action: &str) -> Told {
        self.run(self.place.pulled(number, name, action))
    }

    /// The deployments beside that of `dev`: name and id.
    fn others(&self) -> Vec<(String, String)> {
        let mut state = self.astro.state();
        state.deployments.retain(|_, deployment| deployment.going.is_none());
        let others = state.deployments.values().filter(|each| each.id != "dep-dev");
        others.map(|each| (each.name.clone(), each.id.clone())).collect()
    }

    fn close(&self, number: u64) {
        self.place.hub.state().pulls.iter_mut().find(|pull| pull.number == number).unwrap().open = false;
    }
}

#[test]
fn a_pull_request_has_its_own_deployment_until_it_is_closed() {
    let story = Story::new();
    story.branch(7, "report");
    let told = story.pulled(7, "report", "opened");
    let told = told.says(0, &["Adds", "pr-7-etl-dev", "WAREHOUSE_KEY", "goes when"]);
    assert!(told.outputs.contains("planned"), "the pull request itself is only planned:\n{}", told.outputs);
    let others = story.others();
    let [(name, id)] = others.as_slice() else { panic!("{others:?}") };
    assert_eq!(
        (name.as_str(), story.astro.running(id)),
        ("pr-7-etl-dev", vec!["orders".to_owned(), "report".to_owned()])
    );
    assert!(story.astro.running("dep-dev").is_empty());
    {
        let state = story.place.hub.state();
        let made = state.deployments.iter().find(|made| made.environment == "preview-pr-7").unwrap();
        assert!(made.transient && !made.production, "{made:?}");
        let last = made.statuses.iter().max_by_key(|status| status.id).unwrap();
        assert_eq!(last.state, "success");
        assert!(last.environment_url.starts_with("https://org1.astronomer.run/"), "{last:?}");
        assert!(state.comments[0].body.contains("pr-7-etl-dev"), "{}", state.comments[0].body);
    }

    // The next push goes to the same deployment, and is green only if its DAGs load there.
    let again = |text: &str| {
        story.place.git(&["switch", "-q", "report"]);
        story.place.code.world.write("dags/report.py", text);
        story.place.code.world.commit("Edit the report");
        story.place.publish();
        story.place.hub.state().pulls[0].head = story.place.head();
        story.pulled(7, "report", "synchronize")
    };
    again(&format!("import broken_pandas\n{}", dag("report", "0 9 * * 1")))
        .says(5, &["No module named 'broken_pandas'", "does not run this commit"]);
    again(&dag("report", "0 9 * * 1")).says(0, &["pr-7-etl-dev"]);
    assert_eq!((story.astro.count("POST /deployments"), story.astro.count("POST /deploys")), (1, 3));
    assert_eq!(story.others().len(), 1);

    story.close(7);
    story.pulled(7, "report", "closed").says(0, &["1 preview removed", "pr-7-etl-dev"]);
    assert!(story.others().is_empty());
    let state = story.place.hub.state();
    let newest = state.deployments.iter().rfind(|made| made.environment == "preview-pr-7").unwrap();
    assert_eq!(newest.statuses.iter().max_by_key(|status| status.id).unwrap().state, "inactive");
}

/// D7 and D8 of the official action: there the previews of `feature/a` and `fix/a` are one deployment, the end of one branch removes the
/// other's, and what its end did not remove stays.
#[test]
fn a_schedule_removes_what_was_left_behind_and_nothing_else() {
    let story = Story::new();
    story.run(story.place.pushed()).says(0, &["1.0.0-dev.1"]);
    for (number, name) in [(8, "feature/a"), (9, "fix/a")] {
        story.branch(number, name);
        story.pulled(number, name, "opened").says(0, &[&format!("pr-{number}-etl-dev")]);
    }
    let text = "Preview of https://github.com/acme/other/pull/8, made by Airlock from dep-dev at 2026-01-01T00:00:00Z. It is removed when the pull request is closed; by this text Airlock knows it.";
    story.astro.add("theirs", "pr-8-theirs");
    story.astro.at("theirs", |deployment| deployment.description = Some(text.to_owned()));
    story.astro.add("by-hand", "pr-8-by-hand");
    story.run(story.place.scheduled()).says(0, &[]);
    assert_eq!(story.others().len(), 4);
    story.close(8);
    story.run(story.place.scheduled()).says(0, &["pr-8-etl-dev", "is gone"]);
    let mut left: Vec<String> = story.others().into_iter().map(|(name, _)| name).collect();
    left.sort();
    assert_eq!(left, ["pr-8-by-hand", "pr-8-theirs", "pr-9-etl-dev"]);
    // Closed by its event, with a name like ours that somebody else has.
    story.close(9);
    story.pulled(9, "fix/a", "closed").says(0, &["pr-9-etl-dev"]);
    story.pulled(8, "feature/a", "closed").says(0, &[]);
    assert_eq!(story.others().len(), 2);
    assert_eq!(story.astro.count("DELETE /deployments"), 0);
}

#[test]
fn where_there_are_no_previews_the_review_says_so_and_stays() {
    let place = Place::new();
    place.run(&place.pushed()).says(0, &["1.0.0-dev.1"]);
    place.git(&["switch", "-q", "-c", "feature"]);
    place.code.add_sync("labels");
    place.open(7, "feature");
    let mut event = place.pulled(7, "feature", "opened");
    event.with.push(("PREVIEW", "true".to_owned()));
    place.run(&event).says(0, &["Adds 1", "No preview: `nango` has no previews of pull requests"]);
}
