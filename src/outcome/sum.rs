//! Sums over the lanes of a run: what a reader means by "adds 1, removes 2".

use std::collections::BTreeSet;

use super::{Lane, Outcome, ProjectOutcome};
use crate::finding::{CheckReport, Counts};
use crate::manifest::{ResourceId, Subject};
use crate::names::{EnvironmentName, ProjectId};
use crate::plan::{Basis, Change, ChangeOrigin, Plan, Tally, What};

/// A lane with its names and its project.
#[derive(Debug, Clone, Copy)]
pub struct LaneOf<'a> {
    /// The project's id.
    pub project: &'a ProjectId,
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// The project at its commit.
    pub of: &'a ProjectOutcome,
    /// The lane.
    pub lane: &'a Lane,
}

impl Outcome {
    /// All lanes: by project, then in the order of environments.
    pub fn lanes(&self) -> Vec<LaneOf<'_>> {
        let mut lanes: Vec<LaneOf<'_>> = Vec::new();
        for (project, of) in &self.projects {
            lanes.extend(of.lanes.iter().map(|(environment, lane)| LaneOf { project, environment, of, lane }));
        }
        lanes.sort_by(|a, b| {
            (a.project, a.lane.position, a.environment).cmp(&(b.project, b.lane.position, b.environment))
        });
        lanes
    }

    /// The lanes that this run is about: those it was meant to change, or all when it was meant to change none.
    pub fn lanes_in_reach(&self) -> Vec<LaneOf<'_>> {
        let all = self.lanes();
        let applying: Vec<LaneOf<'_>> = all.iter().copied().filter(|of| of.lane.applies).collect();
        if applying.is_empty() { all } else { applying }
    }

    /// The environments that merging this pull request would not change before a person has seen to something there.
    pub fn waiting_on_merge(&self) -> Vec<LaneOf<'_>> {
        let waits = |of: &LaneOf<'_>| of.lane.branch.is_some() && !of.lane.waits_for.is_empty();
        self.lanes_in_reach().into_iter().filter(|of| self.run.pull.is_some() && waits(of)).collect()
    }

    /// What all test suites counted.
    pub fn counts(&self) -> Counts {
        let reports = self.projects.values().filter_map(|of| of.checks.done());
        reports.map(CheckReport::counts).fold(Counts::default(), Counts::plus)
    }

    /// What the run's plans change, each resource counted once however many environments it goes to. On a pull request
    /// that is what the pull request does, not what waits on its base.
    pub fn tally(&self) -> Tally {
        let lanes = self.lanes_in_reach();
        let plans: Vec<&Plan> = lanes.iter().filter_map(|of| of.lane.planned()).collect();
        if let [plan] = plans.as_slice() {
            return own_tally(plan);
        }
        let (mut added, mut modified, mut removed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for of in &lanes {
            let Some(plan) = of.lane.planned() else { continue };
            for change in own_changes(plan) {
                match change.what {
                    What::Add => added.insert((of.project, &change.resource)),
                    What::Modify { .. } => modified.insert((of.project, &change.resource)),
                    What::Remove => false,
                };
            }
            removed.extend(own_removals(plan).map(|subject| (of.project, subject)));
        }
        // New to one environment and known to another is one change of one resource.
        added.retain(|resource| !modified.contains(resource));
        Tally { added: added.len(), modified: modified.len(), removed: removed.len() }
    }
}

/// Whether a plan says what would change: where what is there is not known, nothing does.
pub fn says_changes(plan: &Plan) -> bool {
    !matches!(plan.basis, Basis::Unknown { .. })
}

/// The changes that are this run's own: not those that wait on a pull request's base, and none on an unknown basis.
pub fn own_changes(plan: &Plan) -> impl Iterator<Item = &Change> {
    plan.changes.iter().filter(|change| says_changes(plan) && change.origin != Some(ChangeOrigin::Waiting))
}

/// What goes with this run's own changes.
pub fn own_removals(plan: &Plan) -> impl Iterator<Item = &Subject> {
    removals(plan, |waiting, subject| !waiting.contains(&subject.resource))
}

/// The tally of this run's own changes in one plan.
pub fn own_tally(plan: &Plan) -> Tally {
    tally(own_changes(plan), own_removals(plan).count())
}

/// The tally of what waits on a pull request's base.
pub fn waiting_tally(plan: &Plan) -> Tally {
    let waiting =
        plan.changes.iter().filter(|change| says_changes(plan) && change.origin == Some(ChangeOrigin::Waiting));
    tally(waiting, removals(plan, |waiting, subject| waiting.contains(&subject.resource)).count())
}

fn tally<'a>(changes: impl Iterator<Item = &'a Change>, removed: usize) -> Tally {
    changes.fold(Tally { removed, ..Tally::default() }, |mut tally, change| {
        match change.what {
            What::Add => tally.added += 1,
            What::Modify { .. } => tally.modified += 1,
            What::Remove => {}
        }
        tally
    })
}

fn removals(plan: &Plan, wanted: impl Fn(&BTreeSet<&ResourceId>, &Subject) -> bool) -> impl Iterator<Item = &Subject> {
    let waits = |change: &&Change| change.origin == Some(ChangeOrigin::Waiting);
    let waiting: BTreeSet<&ResourceId> = plan.changes.iter().filter(waits).map(|change| &change.resource).collect();
    let known = says_changes(plan);
    plan.destructive.iter().filter(move |subject| known && wanted(&waiting, subject))
}
