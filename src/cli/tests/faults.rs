//! A fault at every single request of a whole run: whatever happens on the way to GitHub and back, what the run tells is
//! true, nothing is there twice, nothing is green without a confirmed deploy, and the next run finds its way.

use std::path::PathBuf;
use std::time::Duration;

use super::scene::{Ground, Scene, Told};
use crate::net::Limits;
use crate::tests::github::{Fault as Wrong, World};

/// How long the client waits for an answer where answers come late, and how late they come.
const PATIENCE: Duration = Duration::from_millis(150);
const LATE: Duration = Duration::from_millis(200);

/// What the run is, and what was before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plot {
    /// A push after a release: histories, the check runs of `tested-by`, the record, its statuses, the check run.
    Deploy,
    /// The first run of a pull request: histories, the check run, the comment.
    First,
    /// A later one: the comment is updated.
    Update,
    /// A later one that removes more: a new comment takes the place of the old one.
    Replace,
}

struct Stage {
    plot: Plot,
    ground: Ground,
    change: PathBuf,
    scene: Scene,
}

impl Stage {
    /// Base and head of the pull request in question.
    fn sides(plot: Plot) -> (usize, usize) {
        match plot {
            Plot::Deploy | Plot::First => (1, 2),
            Plot::Update => (1, 3),
            Plot::Replace => (2, 4),
        }
    }

    async fn set(plot: Plot) -> Self {
        let ground = Ground::new();
        let (base, head) = Self::sides(plot);
        let change = ground.change(base, head);
        let mut scene = Scene::new(&ground).await;
        let begun = scene.push(&ground, base).await;
        assert_eq!(begun.code, 0, "{}", begun.all());
        match plot {
            Plot::Deploy => {
                scene.given("INPUT_TESTED-BY", "unit");
                (2..4).for_each(|number| scene.passed("unit", ground.commit(number)));
            }
            Plot::First => {}
            Plot::Update | Plot::Replace => {
                let before = ground.change(base, base + 1);
                let told = scene.pull_request(&before, &ground, base, base + 1).await;
                assert!(told.code == 0 && scene.world.state().comments.len() == 1, "{}", told.all());
            }
        }
        Self { plot, ground, change, scene }
    }

    async fn act(&mut self) -> Told {
        let (base, head) = Self::sides(self.plot);
        match self.plot {
            Plot::Deploy => self.scene.push(&self.ground, head).await,
            _ => self.scene.pull_request(&self.change, &self.ground, base, head).await,
        }
    }

    /// The next run, GitHub being well again: it does all that there is to do, once.
    async fn next(&mut self, what: &str) {
        self.scene.world.heal();
        let told = if self.plot == Plot::Deploy { self.scene.push(&self.ground, 3).await } else { self.act().await };
        assert_eq!(told.code, 0, "{what}: {}", told.all());
        self.is_true(&told, what);
        assert!(!told.summary.contains("written"), "{what}: {}", told.summary);
        if self.plot == Plot::Deploy {
            assert_eq!((self.records(3), self.scene.platform.runs("dev").len()), ((1, 1), 3), "{what}");
        } else {
            assert_eq!(self.comments().len(), 1, "{what}: {:#?}", self.comments());
        }
    }

    /// Records of a commit, and how many of them say that it succeeded.
    fn records(&self, number: usize) -> (usize, usize) {
        let state = self.scene.world.state();
        let own = state.deployments.iter().filter(|made| made.sha == *self.ground.commit(number));
        let good = own.clone().filter(|made| made.statuses.iter().any(|status| status.state == "success"));
        (own.count(), good.count())
    }

    /// How many requests the run made before it looked at the comments.
    fn first_of_comment(&self, before: usize) -> usize {
        let asked = self.scene.world.asked();
        asked[before..].iter().position(|asked| asked.contains("/comments")).unwrap()
    }

    fn comments(&self) -> Vec<(u64, String)> {
        let state = self.scene.world.state();
        // One that could not be deleted says where the other is, and is no report any more.
        let is_report = |body: &str| body.starts_with("<!-- airlock:comment");
        let ours = state.comments.iter().filter(|comment| comment.author == World::LOGIN && is_report(&comment.body));
        ours.map(|comment| (comment.id, comment.body.clone())).collect()
    }

    /// Holds what was told against what is there.
    fn is_true(&self, told: &Told, what: &str) {
        let what = format!("{what}\n{}", told.all());
        let (decision, first) = (told.output("decision"), told.summary.lines().next().unwrap_or_default());
        assert_eq!(told.code == 0, !matches!(decision, "failed" | "refused"), "{what}");
        assert_eq!(told.code == 0, !first.contains('❌') && !first.contains('⛔'), "{what}");
        self.check_is_true(told, &what);
        if self.plot == Plot::Deploy { self.deploy_is_true(told, &what) } else { self.comment_is_true(told, &what) }
    }

    /// Whether something was written, by what the summary says of it.
    fn was_written(told: &Told, thing: &str) -> Option<bool> {
        let not = told.summary.contains(&format!("{thing} was not written"));
        let perhaps = told.summary.contains(&format!("whether {thing} was written is not known"));
        (!perhaps).then_some(!not)
    }

    fn check_is_true(&self, told: &Told, what: &str) {
        let state = self.scene.world.state();
        let ours = state.checks.iter().filter(|check| check.name == "airlock");
        let mut ids: Vec<&str> = ours.map(|check| check.external_id.as_str()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "one check run twice: {what}");
        let words = ["run", "deploy"].map(|word| format!("{word} {}.1", self.scene.newest_run()));
        let own = ids.iter().any(|id| words.iter().any(|word| id.starts_with(word)));
        assert!(Self::was_written(told, "the check run").is_none_or(|written| written == own), "{what}");
    }

    fn deploy_is_true(&self, told: &Told, what: &str) {
        let runs = self.scene.platform.runs("dev");
        let number = runs.len();
        for commit in 1..4 {
            let (made, good) = self.records(commit);
            assert!(made <= 1 && (good == 0 || commit <= number), "{what}");
        }
        let deployed = told.output("results").contains("\"deployed\":true");
        assert_eq!(deployed, told.output("decision") == "deployed", "{what}");
        assert!(!deployed || self.records(number) == (1, 1) && told.summary.contains("now runs"), "{what}");
        assert!(told.code != 0 || deployed, "green without a deploy: {what}");
        if let (true, id) = (deployed, told.output("deployment-id")) {
            assert!(self.scene.world.state().deployments.iter().any(|made| made.id.to_string() == id), "{what}");
        }
        // What has changed is never told as unchanged.
        assert!(deployed || number < 2 || !told.summary.contains("not changed"), "{what}");
    }

    fn comment_is_true(&self, told: &Told, what: &str) {
        assert_eq!((told.code, told.output("decision")), (0, "planned"), "a comment is decoration: {what}");
        let comments = self.comments();
        let most = if self.plot == Plot::Replace { 2 } else { 1 };
        assert!(comments.len() <= most, "{} comments: {what}", comments.len());
        let head = self.ground.commit(Self::sides(self.plot).1);
        let current = |id: &str| {
            let of = comments.iter().find(|(known, _)| id.ends_with(&format!("-{known}")));
            of.is_some_and(|(_, body)| body.contains(&format!("head={head}")))
        };
        let url = told.output("comment-url");
        assert!(url.is_empty() || current(url), "{url}: {what}");
        match Self::was_written(told, "the comment") {
            Some(written) => assert_eq!(written, !url.is_empty(), "{what}"),
            None => assert!(url.is_empty(), "{what}"),
        }
    }
}

/// What is to come of a fault that is met once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Once {
    /// Nobody notices.
    Heals,
    /// It may be told, or end the run.
    Tells,
}

/// Tries one fault at every request of a run.
async fn everywhere(plot: Plot, wrong: Wrong, for_good: bool, once: Once) {
    let mut stage = Stage::set(plot).await;
    let before = stage.scene.saved();
    let well = stage.act().await;
    assert_eq!(well.code, 0, "{}", well.all());
    stage.is_true(&well, "no fault");
    let length = stage.scene.world.asked().len() - before.asked();
    if matches!(wrong, Wrong::Slow(_)) {
        stage.scene.limits = Limits { total: PATIENCE, ..Limits::default() };
    }
    let (mut green, mut quiet) = (0, 0);
    // What a later run of a pull request does before it comes to its comment is what the first one does.
    let from = if matches!(plot, Plot::Update | Plot::Replace) { stage.first_of_comment(before.asked()) } else { 0 };
    for at in from..length {
        stage.scene.restore(&before);
        if for_good {
            stage.scene.world.fail_for_good(at, wrong.clone());
        } else {
            stage.scene.world.fail_after(at, "*", "", wrong.clone());
        }
        let told = stage.act().await;
        let what = format!("{plot:?}: {wrong:?} at request {at} of {length}, for good: {for_good}");
        stage.is_true(&told, &what);
        assert!(
            told.summary.contains(&format!(" {} GitHub request", stage.scene.world.asked().len() - before.asked())),
            "{what}: {}",
            told.summary
        );
        let is_quiet = told.code == 0 && !told.summary.contains("written");
        assert!(for_good || once == Once::Tells || is_quiet, "{what}: {}", told.all());
        (green, quiet) = (green + usize::from(told.code == 0), quiet + usize::from(is_quiet));
        if !is_quiet && stage.scene.has_left_something(&before) {
            stage.next(&what).await;
        }
    }
    let length = length - from;
    let how = if for_good { "for good" } else { "once" };
    eprintln!(
        "MATRIX {plot:?}: {wrong:?} {how}: tried at {length} requests, held at {length} ({green} green, {quiet} of them without a word)"
    );
}

fn forbidden() -> Wrong {
    Wrong::Says(403, "Resource not accessible by integration".to_owned())
}

macro_rules! matrix {
    ($($name:ident: $fault:expr, $for_good:expr, $once:ident;)*) => {
        mod deploy { use super::*; $(#[tokio::test] async fn $name() { everywhere(Plot::Deploy, $fault, $for_good, Once::$once).await; })* }
        mod first { use super::*; $(#[tokio::test] async fn $name() { everywhere(Plot::First, $fault, $for_good, Once::$once).await; })* }
        mod update { use super::*; $(#[tokio::test] async fn $name() { everywhere(Plot::Update, $fault, $for_good, Once::$once).await; })* }
        mod replace { use super::*; $(#[tokio::test] async fn $name() { everywhere(Plot::Replace, $fault, $for_good, Once::$once).await; })* }
    };
}

matrix! {
    a_timeout_once: Wrong::Slow(LATE), false, Heals;
    a_reset_once: Wrong::Torn, false, Heals;
    a_reset_after_storing_once: Wrong::TornAfter, false, Heals;
    a_500_once: Wrong::Status(500), false, Heals;
    a_502_after_storing_once: Wrong::LostAfter(502), false, Heals;
    malformed_json_once: Wrong::GarbledAfter, false, Heals;
    a_rate_limit_once: Wrong::RetryAfter(1), false, Heals;
    a_secondary_limit_once: Wrong::SecondaryLimit, false, Heals;
    a_404_once: Wrong::Status(404), false, Tells;
    a_403_once: forbidden(), false, Tells;
    a_reset_for_good: Wrong::Torn, true, Tells;
    a_500_for_good: Wrong::Status(500), true, Tells;
    a_502_after_storing_for_good: Wrong::LostAfter(502), true, Tells;
    a_404_for_good: Wrong::Status(404), true, Tells;
    a_403_for_good: forbidden(), true, Tells;
}
