//! Removes the previews of closed pull requests.

use super::{outcome_of, place, previews};
use crate::names::{EnvironmentName, LaneId};
use crate::outcome::{PreviewEnd, PreviewOutcome};
use crate::pipeline::Run;
use crate::pipeline::keeper::{deployments, no_keeper};
use crate::platform::Previews;
use crate::problem::Problem;
use crate::work::Project;

/// What removes previews.
pub(super) struct Clearing<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) project: &'a Project,
}

impl Clearing<'_> {
    fn tell(&self, pull: u64, end: PreviewEnd) -> PreviewOutcome {
        outcome_of(&self.project.id, pull, end)
    }

    /// Removes the previews of one pull request.
    pub(super) async fn only(&self, pull: u64) -> Vec<PreviewOutcome> {
        let place = match place(self.run, self.project) {
            Ok(place) => place,
            Err(end) => return vec![self.tell(pull, end)],
        };
        match previews(&*place) {
            Ok(previews) => self.remove(previews, pull).await,
            Err(end) => vec![self.tell(pull, end)],
        }
    }

    async fn remove(&self, previews: &dyn Previews, pull: u64) -> Vec<PreviewOutcome> {
        let removed = match previews.take_down(pull, self.run.edges.watch).await {
            Ok(removed) => removed,
            Err(problem) => return vec![self.tell(pull, PreviewEnd::Failed(problem))],
        };
        if !removed.is_empty() {
            self.retire(pull).await;
        }
        removed.into_iter().map(|name| self.tell(pull, PreviewEnd::Removed(name))).collect()
    }

    /// Says at GitHub that the environment is gone; the preview is gone whether or not that can be said.
    async fn retire(&self, pull: u64) {
        let Some(client) = self.run.edges.github else { return };
        let lane = LaneId { project: self.project.id.clone(), environment: EnvironmentName::of_pull(pull) };
        let (keeper, url) = (deployments(self.run, client), self.run.invocation.run.url.clone());
        if let Err(problem) = keeper.retire(&lane, url, self.run.edges.watch).await {
            self.run
                .edges
                .console
                .say(&format!("note: GitHub still shows the environment {}: {problem}", lane.environment));
        }
    }

    /// Removes the previews whose pull requests are closed, by GitHub's own word on each. A project that has none is no news.
    pub(super) async fn leftovers(&self) -> Vec<PreviewOutcome> {
        let place = match place(self.run, self.project) {
            Ok(place) => place,
            Err(PreviewEnd::Failed(problem)) => return vec![self.tell(0, PreviewEnd::Failed(problem))],
            Err(_) => return Vec::new(),
        };
        let found = match previews(&*place) {
            Ok(previews) => previews.pulls(self.run.edges.watch).await.map(|pulls| (previews, pulls)),
            Err(end) => return vec![self.tell(0, end)],
        };
        let (previews, pulls) = match found {
            Ok(found) => found,
            Err(problem) => return vec![self.tell(0, PreviewEnd::Failed(problem))],
        };
        let mut told = Vec::new();
        for pull in pulls {
            match self.is_open(pull).await {
                Ok(true) => {}
                Ok(false) => told.extend(self.remove(previews, pull).await),
                Err(problem) => told.push(self.tell(pull, PreviewEnd::Failed(problem))),
            }
        }
        told
    }

    async fn is_open(&self, pull: u64) -> Result<bool, Problem> {
        let client = self.run.edges.github.ok_or_else(no_keeper)?;
        client.pull(pull, self.run.edges.watch).await.map(|pull| pull.is_open())
    }
}
