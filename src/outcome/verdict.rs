//! The verdict of a run: its one word, its reason code, its exit code. The three never contradict each other: a run that
//! refused or failed never exits 0, and `deployed` is said only of what was confirmed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sum::{LaneOf, own_tally};
use super::{DecisionWord, Deployed, GateOutcome, Lane, Outcome, PreviewEnd, PreviewOutcome, Stage};
use crate::applied::{Ending, Verified};
use crate::finding::CheckReport;
use crate::gate::Refused;
use crate::names::{EnvironmentName, ProjectId};
use crate::plan::Tally;
use crate::problem::{Fault, Problem, exit};
use crate::release::ReleaseKind;

/// The verdict as reports carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The one word.
    pub word: DecisionWord,
    /// Why, as a stable code.
    pub reason_code: String,
    /// One plain line for a chat.
    pub headline: String,
    /// The program's exit code.
    pub exit_code: u8,
}

/// Something that keeps a run from exiting 0.
#[derive(Debug, Clone, Copy)]
pub struct Trouble<'a> {
    /// The project, where one is meant.
    pub project: Option<&'a ProjectId>,
    /// The environment, where one is meant.
    pub environment: Option<&'a EnvironmentName>,
    /// What it is.
    pub what: Wrong<'a>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy)]
pub enum Wrong<'a> {
    /// A problem.
    Problem(&'a Problem),
    /// Parse, compile or tests do not hold.
    Checks(&'a CheckReport),
    /// The gate said no.
    Refused(&'a Refused),
    /// It was sent, and not confirmed; why.
    Unverified(&'a str),
    /// It ended, and what runs is something else; how.
    NotLive(&'a [String]),
}

impl<'a> Trouble<'a> {
    fn outside(problem: &'a Problem) -> Self {
        Self { project: None, environment: None, what: Wrong::Problem(problem) }
    }

    fn in_lane(of: LaneOf<'a>, what: Wrong<'a>) -> Self {
        Self { project: Some(of.project), environment: Some(of.environment), what }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self.what {
            Wrong::Problem(problem) => problem.fault,
            Wrong::Checks(_) => Fault::Checks,
            // The gate says it too, but it is the checks that failed.
            Wrong::Refused(refused) if refused.reasons.iter().any(|reason| reason.code == "checks-failed") => {
                Fault::Checks
            }
            Wrong::Refused(_) => Fault::Refused,
            Wrong::Unverified(_) | Wrong::NotLive(_) => Fault::Platform,
        }
    }

    /// Its stable code: of a refusal the first reason's.
    pub fn code(&self) -> &'a str {
        match self.what {
            Wrong::Problem(problem) => &problem.code,
            Wrong::Checks(_) => "checks-failed",
            Wrong::Refused(refused) => refused.reasons.first().map_or("refused", |reason| &reason.code),
            Wrong::Unverified(_) => "unverified",
            Wrong::NotLive(_) => "not-live",
        }
    }
}

impl Outcome {
    /// Everything that keeps the run from exiting 0: of the run, then by project and environment.
    pub fn troubles(&self) -> Vec<Trouble<'_>> {
        let mut troubles: Vec<Trouble<'_>> = self.problems.iter().map(Trouble::outside).collect();
        for (project, of) in &self.projects {
            let what = match &of.checks {
                Stage::Done(report) => (!report.passed()).then_some(Wrong::Checks(report)),
                Stage::Failed(problem) => Some(Wrong::Problem(problem)),
                Stage::NotReached(_) => None,
            };
            troubles.extend(what.map(|what| Trouble { project: Some(project), environment: None, what }));
        }
        troubles.extend(self.previews.iter().filter_map(preview_trouble));
        let looks = self.is_drift();
        troubles.extend(self.lanes().into_iter().flat_map(|of| lane_troubles(of, looks)));
        troubles
    }

    /// The trouble that decides the exit code: the first of the gravest.
    pub fn worst(&self) -> Option<Trouble<'_>> {
        let gravity = |trouble: &Trouble<'_>| severity_of(trouble.fault().exit_code());
        // `max_by_key` gives the last of equals, and the first is meant.
        self.troubles().into_iter().rev().max_by_key(gravity)
    }

    /// The exit code: the worst of what happened; [`exit::DONE`] when nothing did.
    pub fn exit_code(&self) -> u8 {
        self.worst().map_or(exit::DONE, |trouble| trouble.fault().exit_code())
    }

    /// The one word for the run. It is [`DecisionWord::Refused`] or [`DecisionWord::Failed`] exactly when the exit code is
    /// not [`exit::DONE`]; otherwise the furthest that any lane came.
    pub fn decision_word(&self) -> DecisionWord {
        match self.exit_code() {
            exit::DONE => self.quiet_word(),
            exit::REFUSED => DecisionWord::Refused,
            _ => DecisionWord::Failed,
        }
    }

    /// The furthest that any lane came, in a run without trouble. Where lanes were to be changed, only they count.
    fn quiet_word(&self) -> DecisionWord {
        let lanes = self.lanes_in_reach();
        let applies = lanes.iter().any(|of| of.lane.applies);
        let checked = !applies && !self.is_drift() && self.projects.values().any(|of| of.checks.done().is_some());
        let words = lanes.into_iter().map(lane_word).chain(checked.then_some(DecisionWord::Checked));
        words.max().unwrap_or(DecisionWord::Skipped)
    }

    /// Why, as a stable code: of the worst trouble, or what a run without trouble came to.
    pub fn reason_code(&self) -> &str {
        if let Some(trouble) = self.worst() {
            return trouble.code();
        }
        match self.decision_word() {
            DecisionWord::Planned => match self.tally() {
                Tally { removed: 1.., .. } => "removes",
                Tally { added: 0, modified: 0, .. } => "no-changes",
                Tally { .. } => "changes",
            },
            DecisionWord::Skipped if self.already().is_some() => "already-deployed",
            DecisionWord::Skipped => "nothing-to-do",
            word => word.as_str(),
        }
    }

    /// The verdict with everything that belongs to it.
    pub fn verdict(&self) -> Verdict {
        Verdict {
            word: self.decision_word(),
            reason_code: self.reason_code().to_owned(),
            headline: self.headline(),
            exit_code: self.exit_code(),
        }
    }

    /// The first lane that runs the commit already.
    pub(super) fn already(&self) -> Option<(LaneOf<'_>, &semver::Version)> {
        self.lanes().into_iter().find_map(|of| match of.lane.gate.done() {
            Some(GateOutcome::AlreadyDeployed { version }) => Some((of, version)),
            _ => None,
        })
    }

    /// Whether this is a look at one environment's plan that removes something: consent is asked for by a person later.
    pub fn is_destructive(&self) -> bool {
        self.lanes_in_reach().iter().filter_map(|of| of.lane.planned()).any(|plan| own_tally(plan).removed > 0)
    }
}

/// What a lane came to, in a run without trouble.
fn lane_word(of: LaneOf<'_>) -> DecisionWord {
    let Lane { plan, gate, deploy, .. } = of.lane;
    match (deploy, gate, plan) {
        (Stage::Done(deployed), ..) => deployed_word(deployed),
        (_, Stage::Done(GateOutcome::AlreadyDeployed { .. }), _) => DecisionWord::Skipped,
        (_, Stage::Done(GateOutcome::Superseded { .. }), _) => DecisionWord::Superseded,
        (_, _, Stage::Done(_)) => DecisionWord::Planned,
        (_, _, Stage::NotReached(_) | Stage::Failed(_)) => DecisionWord::Skipped,
    }
}

/// `deployed` and its like only for what was confirmed; anything else is in [`Outcome::troubles`] already.
fn deployed_word(deployed: &Deployed) -> DecisionWord {
    if deployed.prepared().is_some() {
        return DecisionWord::Prepared;
    }
    if !deployed.confirmed() {
        return DecisionWord::Failed;
    }
    match deployed.release.record.kind {
        ReleaseKind::Deploy | ReleaseKind::Promote => DecisionWord::Deployed,
        ReleaseKind::Rollback => DecisionWord::RolledBack,
        ReleaseKind::Adopt | ReleaseKind::Confirm => DecisionWord::Adopted,
    }
}

/// What keeps a lane from counting as done. A plan that failed counts where the run was meant to change something, and in a
/// run that is nothing but a look at what runs.
fn lane_troubles(of: LaneOf<'_>, looks: bool) -> Vec<Trouble<'_>> {
    let lane = of.lane;
    let mut wrong = Vec::new();
    wrong.extend(failed(&lane.plan).filter(|_| lane.applies || looks));
    wrong.extend(failed(&lane.gate));
    wrong.extend(failed(&lane.deploy));
    if let Some(GateOutcome::Refused(refused)) = lane.gate.done() {
        wrong.push(Wrong::Refused(refused));
    }
    wrong.extend(lane.deploy.done().and_then(unconfirmed));
    wrong.into_iter().map(|what| Trouble::in_lane(of, what)).collect()
}

/// What keeps a preview from counting as done.
fn preview_trouble(preview: &PreviewOutcome) -> Option<Trouble<'_>> {
    let what = match &preview.end {
        PreviewEnd::Failed(problem) => Wrong::Problem(problem),
        PreviewEnd::Stands { deploy, .. } => {
            failed(deploy).or_else(|| deploy.done().and_then(|deployed| unconfirmed(deployed)))?
        }
        PreviewEnd::None(_) | PreviewEnd::Removed(_) => return None,
    };
    Some(Trouble { project: Some(&preview.project), environment: Some(&preview.environment), what })
}

fn failed<T>(stage: &Stage<T>) -> Option<Wrong<'_>> {
    match stage {
        Stage::Failed(problem) => Some(Wrong::Problem(problem)),
        Stage::NotReached(_) | Stage::Done(_) => None,
    }
}

/// Why a deploy does not count as done. The record must say so too: what it says is what the next run believes.
fn unconfirmed(deployed: &Deployed) -> Option<Wrong<'_>> {
    match (&deployed.ending, &deployed.verified) {
        (Ending::Failed { problem } | Ending::Cancelled { problem } | Ending::Moved { problem }, _) => {
            Some(Wrong::Problem(problem))
        }
        (Ending::Prepared { .. }, _) => None,
        (Ending::Unverified { why }, _) | (Ending::Success, Verified::Unverified { why }) => {
            Some(Wrong::Unverified(why))
        }
        (Ending::Success, Verified::Differs { how }) => Some(Wrong::NotLive(how)),
        (Ending::Success, Verified::Live) => {
            (!deployed.release.succeeded()).then_some(Wrong::Unverified("the release was not recorded as a success"))
        }
    }
}

/// Which exit code is told when several would be true: a cancel first, then our bugs, input, platform, unreadable, refused, checks.
fn severity_of(code: u8) -> u8 {
    const ORDER: [u8; 9] = [
        exit::DONE,
        exit::CHECKS,
        exit::REFUSED,
        exit::UNREADABLE,
        exit::PLATFORM,
        exit::INPUT,
        exit::BUG,
        exit::TERMINATED,
        exit::INTERRUPTED,
    ];
    ORDER.iter().position(|known| *known == code).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}
