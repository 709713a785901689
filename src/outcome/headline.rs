//! The first line of every report, in words: what this run came to.

use std::collections::BTreeSet;

use super::line::{Line, clip};
use super::sum::{LaneOf, own_tally, says_changes};
use super::verdict::{Trouble, Wrong};
use super::{DecisionWord, Deployed, GateOutcome, Outcome, PreviewEnd};
use crate::finding::{CheckReport, Suite, SuiteEnd, Tested};
use crate::gate::Refused;
use crate::manifest::Subject;
use crate::plan::message::Code;
use crate::plan::{Plan, Tally};
use crate::policy::Intent;
use crate::problem::{Fault, Problem};
use crate::release::Release;

/// What a reader should feel at the first glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// It is well, and something would be removed.
    Removes,
    /// It is not well, though nothing failed: drift, or a plan against what is not known.
    Warns,
    /// The gate said no.
    Refused,
    /// It failed.
    Failed,
    /// Nothing was to be done.
    Calm,
}

impl Tone {
    /// The sign before the first line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "✅ ",
            Self::Removes => "🛑 ",
            Self::Warns => "⚠️ ",
            Self::Refused => "⛔ ",
            Self::Failed => "❌ ",
            Self::Calm => "⏭️ ",
        }
    }
}

/// The longest text of a problem in a headline, in characters.
pub(crate) const TEXT: usize = 200;

impl Outcome {
    /// The tone of the run.
    pub fn tone(&self) -> Tone {
        match self.decision_word() {
            DecisionWord::Failed => Tone::Failed,
            DecisionWord::Refused => Tone::Refused,
            // A person has something to do before it runs.
            DecisionWord::Prepared => Tone::Warns,
            DecisionWord::Planned if self.warns() => Tone::Warns,
            DecisionWord::Planned if self.is_destructive() => Tone::Removes,
            DecisionWord::Skipped | DecisionWord::Superseded => Tone::Calm,
            _ => Tone::Good,
        }
    }

    /// Whether the run only looks at what runs.
    pub(super) fn is_drift(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.intent == Intent::Drift)
    }

    /// Whether what runs is not what was recorded, or not known in any environment.
    fn warns(&self) -> bool {
        let known = self.lanes_in_reach().iter().any(|of| of.lane.planned().is_some_and(says_changes));
        !known || (self.is_drift() && self.drifted() > 0)
    }

    /// How much is not what was recorded: what would change, and what was changed there in a way that no deploy undoes.
    fn drifted(&self) -> usize {
        let of_plan = |plan: &Plan| {
            let drifts =
                plan.messages.iter().filter(|message| matches!(message.code, Code::Drift | Code::OwnershipTaken));
            let subjects: BTreeSet<&Subject> = drifts.map(|message| &message.subject).collect();
            let is_changed = |subject: &&Subject| plan.changes.iter().any(|change| change.resource == subject.resource);
            let beside = subjects.iter().filter(|subject| !is_changed(subject)).count();
            let Tally { added, modified, removed } = own_tally(plan);
            added + modified + removed + beside
        };
        self.lanes_in_reach().iter().filter_map(|of| of.lane.planned()).map(of_plan).sum()
    }

    /// One plain line for a chat: no markup, no line end.
    pub fn headline(&self) -> String {
        self.headline_line().plain()
    }

    /// The same, for renderers.
    pub fn headline_line(&self) -> Line {
        if let Some(trouble) = self.worst() {
            return self.trouble_line(&trouble);
        }
        match self.decision_word() {
            DecisionWord::Planned => self.planned_line(),
            DecisionWord::Checked => self.checked_line(),
            DecisionWord::Skipped | DecisionWord::Superseded => self.skipped_line(),
            _ => self.deployed_line(),
        }
    }

    fn name(&self, of: LaneOf<'_>) -> Line {
        let name = Line::new().text(of.environment.as_str());
        if self.projects.len() > 1 { Line::new().text(of.project.as_str()).words(" in ").then(name) } else { name }
    }

    fn name_of(&self, trouble: &Trouble<'_>) -> Option<Line> {
        let matches =
            |of: &LaneOf<'_>| Some(of.project) == trouble.project && Some(of.environment) == trouble.environment;
        let lane = self.lanes().into_iter().find(matches).map(|of| self.name(of));
        lane.or_else(|| Some(Line::new().text(trouble.environment?.as_str())))
    }

    fn trouble_line(&self, trouble: &Trouble<'_>) -> Line {
        let line = match (&trouble.what, self.name_of(trouble)) {
            (Wrong::Checks(report), _) => checks_failed(report),
            (Wrong::Refused(refused), name) => not_changed(name, refused).then(self.still(trouble)),
            (Wrong::Unverified(why), name) => {
                name.unwrap_or_default().words(": sent, but not confirmed: ").prose(clip(why, TEXT))
            }
            (Wrong::NotLive(how), name) => {
                let how = how.first().map(String::as_str).unwrap_or_default();
                name.unwrap_or_default().words(" does not run what was sent: ").prose(clip(how, TEXT))
            }
            (Wrong::Problem(problem), name) => problem_line(problem, name),
        };
        self.beside(line)
    }

    /// What else happened: lanes that are done, and troubles that the line does not tell.
    fn beside(&self, line: Line) -> Line {
        let confirmed = |of: &LaneOf<'_>| of.lane.deploy.done().is_some_and(Deployed::confirmed);
        let done = self.lanes().iter().filter(|of| confirmed(of)).count();
        let more = self.troubles().len() - 1;
        let done = if done > 0 { Line::new().number(done).words(" deployed") } else { Line::new() };
        let more = if more > 0 { Line::new().count(more, "more problem", "more problems") } else { Line::new() };
        Line::joined(" · ", [line, done, more])
    }

    fn still(&self, trouble: &Trouble<'_>) -> Line {
        let matches =
            |of: &LaneOf<'_>| Some(of.project) == trouble.project && Some(of.environment) == trouble.environment;
        match self.lanes().into_iter().find(matches).and_then(|of| of.lane.current.as_ref()) {
            Some(release) => Line::new().words(" · still ").then(release_line(release)),
            None => Line::new(),
        }
    }

    fn planned_line(&self) -> Line {
        let lanes = self.lanes_in_reach();
        let tally = self.tally();
        let known = |of: &&LaneOf<'_>| of.lane.planned().is_some_and(says_changes);
        let blind: Vec<LaneOf<'_>> = lanes.iter().copied().filter(|of| !known(&of)).collect();
        if blind.len() == lanes.len() {
            return Line::new().words("No plan: what runs is not known");
        }
        // Where nothing was ever released there is nothing to drift from.
        let unseen = |of: &LaneOf<'_>| !self.is_drift() || of.lane.planned().is_some();
        let blind = Line::joined(", ", blind.into_iter().filter(unseen).map(|of| self.name(of)));
        let blind = if blind.is_empty() { blind } else { blind.words(" not known") };
        if self.is_drift() {
            return drift(self.drifted()).join(" · ", blind);
        }
        let asks = if self.run.pull.is_some() && tally.removed > 0 { self.asks(tally.removed) } else { Line::new() };
        changes(tally).join(" — ", asks).join(" · ", blind).join(" · ", self.rehearsed())
    }

    /// What the gate approved though nothing was to be applied.
    fn rehearsed(&self) -> Line {
        let lanes = self.lanes_in_reach().into_iter().filter(|of| of.lane.gate.done() == Some(&GateOutcome::Approved));
        let approved = lanes.filter_map(|of| {
            let version = of.lane.planned()?.version.to_string();
            Some(self.name(of).words(" would become ").code(version))
        });
        let approved = Line::joined(", ", approved);
        if approved.is_empty() { approved } else { Line::new().words("dry run: ").then(approved) }
    }

    /// Who removes it, and when: at the merge, or later by hand.
    fn asks(&self, removed: usize) -> Line {
        let removing: Vec<LaneOf<'_>> = self
            .lanes_in_reach()
            .into_iter()
            .filter(|of| of.lane.planned().is_some_and(|plan| own_tally(plan).removed > 0))
            .collect();
        let names = |by_hand: bool| {
            let wanted = removing.iter().filter(|of| of.lane.branch.is_none() == by_hand).map(|of| self.name(*of));
            Line::joined(" and ", wanted)
        };
        let (merging, asking) = (names(false), names(true));
        let merging = match (merging.is_empty(), removed) {
            (true, _) => merging,
            (false, 1) => Line::new().words("merging lets ").then(merging).words(" remove it"),
            (false, _) => Line::new().words("merging lets ").then(merging).words(" remove them"),
        };
        let asking = if asking.is_empty() { asking } else { asking.words(" will ask again") };
        merging.join("; ", asking)
    }

    fn checked_line(&self) -> Line {
        let mut reports = self.projects.values().filter_map(|of| of.checks.done());
        let passed = self.counts().passed;
        let untested = reports.all(|report| matches!(report.tested, Tested::Not { .. }));
        let line = Line::new().words("Checks passed");
        match usize::try_from(passed).unwrap_or(usize::MAX) {
            0 if untested => line.words(", not tested by Airlock"),
            0 => line,
            passed => line.words(": ").count(passed, "test", "tests"),
        }
    }

    fn skipped_line(&self) -> Line {
        for of in self.lanes() {
            match of.lane.gate.done() {
                Some(GateOutcome::AlreadyDeployed { version }) => {
                    return self.name(of).words(" runs ").code(version.to_string()).words(" already");
                }
                Some(GateOutcome::Superseded { version }) => {
                    let newer = Line::new().code(version.to_string()).words(", which is newer: nothing left to do");
                    return self.name(of).words(" runs ").then(newer);
                }
                _ => {}
            }
        }
        let removed = self.previews.iter().filter(|of| matches!(of.end, PreviewEnd::Removed(_))).count();
        if removed > 0 {
            return Line::new().count(removed, "preview", "previews").words(" removed");
        }
        let line = Line::new().words("Nothing to do");
        match &self.decision {
            Some(decision) if !decision.reason.is_empty() => line.words(": ").prose(clip(&decision.reason, TEXT)),
            _ => line,
        }
    }

    fn deployed_line(&self) -> Line {
        let lines = self.lanes().into_iter().filter_map(|of| {
            let deployed = of.lane.deploy.done()?;
            Some(runs(self.name(of), deployed, of.lane.previous.as_ref()))
        });
        let lines: Vec<Line> = lines.collect();
        match lines.len() {
            0..=3 => Line::joined(" · ", lines),
            many => Line::new().number(many).words(" deployed and confirmed"),
        }
    }
}

/// `2.4.1` (`9c8d7e6`).
fn release_line(release: &Release) -> Line {
    let version = Line::new().code(release.record.version.to_string());
    version.words(" (").commit(&release.record.commit).words(")")
}

fn runs(name: Line, deployed: &Deployed, previous: Option<&Release>) -> Line {
    use crate::release::ReleaseKind;
    let version = deployed.release.record.version.to_string();
    match (deployed.release.record.kind, previous) {
        (ReleaseKind::Rollback, Some(previous)) => {
            let was = previous.record.version.to_string();
            name.words(" runs ").code(version).words(" again, back from ").code(was)
        }
        (ReleaseKind::Rollback, None) => name.words(" runs ").code(version).words(" again"),
        _ if deployed.prepared().is_some() => {
            name.words(": ").code(version).words(" is prepared, and released by hand")
        }
        (ReleaseKind::Confirm, _) => name.words(" is recorded to run ").code(version).words(", on a person's word"),
        (ReleaseKind::Adopt, _) => {
            name.words(" is recorded as ").code(version).words(", as it runs; nothing was changed")
        }
        (ReleaseKind::Deploy | ReleaseKind::Promote, _) => match &deployed.release.record.only {
            Some(part) => name.words(" now runs ").code(part.to_string()).words(" of ").code(version),
            None => name.words(" now runs ").code(version),
        },
    }
}

fn not_changed(name: Option<Line>, refused: &Refused) -> Line {
    let count = Line::new().count(refused.reasons.len(), "reason", "reasons");
    name.unwrap_or_default().words(" not changed: ").then(count)
}

/// `Removes 2, adds 1, changes 1`; `Adds 1, removes nothing`; `No changes`.
pub(crate) fn changes(tally: Tally) -> Line {
    let Tally { added, modified, removed } = tally;
    let mut parts = Vec::new();
    for (number, first, later) in
        [(removed, "Removes ", "removes "), (added, "Adds ", "adds "), (modified, "Changes ", "changes ")]
    {
        if number > 0 {
            parts.push(Line::new().words(if parts.is_empty() { first } else { later }).number(number));
        }
    }
    match (parts.is_empty(), removed) {
        (true, _) => Line::new().words("No changes"),
        (false, 0) => Line::joined(", ", parts).words(", removes nothing"),
        (false, _) => Line::joined(", ", parts),
    }
}

fn drift(differences: usize) -> Line {
    match differences {
        0 => Line::new().words("What runs is what was recorded"),
        differences => {
            Line::new().words("What runs is not what was recorded: ").count(differences, "difference", "differences")
        }
    }
}

fn problem_line(problem: &Problem, name: Option<Line>) -> Line {
    let text = Line::new().prose(clip(&problem.text, TEXT));
    match (problem.fault, name) {
        (Fault::Interrupted | Fault::Terminated, Some(name)) => {
            Line::new().words("Cancelled while ").then(name).words(" was being changed: ").then(text)
        }
        (Fault::Interrupted, None) => Line::new().words("Cancelled by SIGINT"),
        (Fault::Terminated, None) => Line::new().words("Cancelled by SIGTERM"),
        (Fault::Refused, Some(name)) => name.words(" not changed: ").then(text),
        (Fault::Bug, _) => Line::new().words("Airlock itself failed: ").then(text),
        (_, Some(name)) => name.words(": ").then(text),
        (_, None) => text,
    }
}

/// `Checks failed: 2 errors, 3 tests failed, npm test timed out`.
fn checks_failed(report: &CheckReport) -> Line {
    let mut parts = Vec::new();
    let failed = usize::try_from(report.counts().failed).unwrap_or(usize::MAX);
    match report.errors().saturating_sub(failed) {
        0 => {}
        errors => parts.push(Line::new().count(errors, "error", "errors")),
    }
    if failed > 0 {
        parts.push(Line::new().count(failed, "test failed", "tests failed"));
    }
    let stopped = report.suites.iter().filter(|suite| !suite.lets_on());
    parts.extend(stopped.filter_map(|suite| suite_stopped(suite, failed > 0)));
    Line::new().words("Checks failed").join(": ", Line::joined(", ", parts.into_iter().take(4)))
}

fn suite_stopped(suite: &Suite, counted: bool) -> Option<Line> {
    let name = Line::new().code(clip(&suite.name, 60));
    Some(match &suite.end {
        SuiteEnd::Passed | SuiteEnd::Skipped { .. } => return None,
        SuiteEnd::Failed { .. } if counted => return None,
        SuiteEnd::Failed { code: Some(code) } => name.words(" exited ").text(code.to_string()),
        SuiteEnd::Failed { code: None } => name.words(" failed"),
        SuiteEnd::RanNothing => name.words(" ran no test"),
        SuiteEnd::NotStarted { .. } => name.words(" could not start"),
        SuiteEnd::TimedOut => name.words(" ran out of time"),
        SuiteEnd::Killed { .. } => name.words(" was killed"),
        SuiteEnd::Cancelled => name.words(" was cancelled"),
    })
}
