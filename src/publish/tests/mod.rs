//! Publishing against the GitHub of the tests.

mod check;
mod failures;
mod sticky;

use super::key::Key;
use super::{About, Published, publish};
use crate::context::Invocation;
use crate::context::event::{Event, PullRequest, PullState, Side};
use crate::github::Client;
use crate::names::{BranchName, CommitSha};
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::report::tests::world::{World as Story, lane};
use crate::tests::facts::{self, sha};
use crate::tests::github::World;
use crate::watch::Watch;

const NUMBER: u64 = 814;

/// A pull request from `aaaa…` to `bbbb…` at GitHub, and the run for it.
struct Scene {
    world: World,
    run: Invocation,
}

impl Scene {
    async fn new() -> Self {
        let world = World::start().await;
        world.add_line(&[sha('a'), sha('b'), sha('c')]);
        world.open_pull(NUMBER, &sha('a'), &sha('b'));
        Self { world, run: run(sha('b'), PullState::Open) }
    }

    /// The same pull request, in a later run.
    fn next_run(&mut self) -> &mut Self {
        self.run.run.id = self.run.run.id.map(|id| id + 1);
        self
    }

    fn event(&mut self) -> &mut PullRequest {
        let Event::PullRequest(pull) = &mut self.run.event else { unreachable!() };
        pull
    }

    /// Merges the pull request, or only closes it; the run is that of its event.
    fn close(&mut self, merged: bool) {
        self.world.state().pulls[0].open = false;
        self.world.state().pulls[0].merged = merged.then_some(1_767_225_700);
        self.event().state = PullState::Closed { merged };
    }

    async fn publish(&self, sealed: &Sealed) -> Published {
        self.publish_in(sealed, &World::watch()).await
    }

    async fn publish_in(&self, sealed: &Sealed, watch: &Watch) -> Published {
        self.publish_with(&self.world.client(), sealed, watch).await
    }

    async fn publish_with(&self, client: &Client, sealed: &Sealed, watch: &Watch) -> Published {
        let about = About { invocation: &self.run, sealed, redactor: &Redactor::default() };
        publish(about, client, watch).await
    }

    /// Publishes, and nothing is left to be said about it.
    async fn done(&self, sealed: &Sealed) -> Option<String> {
        let published = self.publish(sealed).await;
        assert_eq!(published.notes, Vec::<String>::new());
        published.comment_url
    }

    /// The comments with our key, by the job's own login: their ids and bodies.
    fn ours(&self) -> Vec<(u64, String)> {
        let state = self.world.state();
        let ours = state.comments.iter().filter(|comment| comment.author == World::LOGIN);
        ours.filter(|comment| Key::read(&comment.body).is_some())
            .map(|comment| (comment.id, comment.body.clone()))
            .collect()
    }

    fn only(&self) -> (u64, String) {
        let mut ours = self.ours();
        assert_eq!(ours.len(), 1, "{ours:#?}");
        ours.remove(0)
    }

    fn edits(&self, id: u64) -> usize {
        self.world.state().comments.iter().find(|comment| comment.id == id).unwrap().edits
    }

    /// How often this was asked.
    fn asked(&self, method: &str) -> usize {
        self.world.asked().iter().filter(|asked| asked.starts_with(method)).count()
    }
}

fn run(head: CommitSha, state: PullState) -> Invocation {
    let side = |sha, name: &str| Side {
        sha,
        branch: BranchName::new(name).unwrap(),
        repository: Some("acme/shop".to_owned()),
    };
    let pull = PullRequest {
        number: NUMBER,
        action: "synchronize".to_owned(),
        state,
        draft: false,
        title: "Change".to_owned(),
        head: side(head, "change"),
        base: side(sha('a'), "main"),
        author: facts::person("ana"),
        sender: facts::person("ana"),
    };
    let mut run = facts::invocation(Event::PullRequest(pull));
    run.run.id = Some(77);
    run.run.url = Some("https://github.com/acme/shop/actions/runs/77".to_owned());
    run
}

/// A plan that adds, changes and removes these.
fn plan(adds: &[&str], edits: &[&str], removes: &[&str]) -> Sealed {
    let dev = lane("dev", "1.1.0-dev.2").on_merge();
    let dev = adds.iter().fold(dev, |dev, name| dev.adds(name, &[]));
    let dev = edits.iter().fold(dev, |dev, name| dev.edits(name));
    let dev = removes.iter().fold(dev, |dev, name| dev.removes(name, "it stops"));
    Story::pull_request().passed(12).lane(dev).sealed()
}

fn quiet() -> Sealed {
    plan(&[], &[], &[])
}
