//! What the sections look at: the outcome, with what belongs together across environments put together.

use std::collections::{BTreeMap, BTreeSet};

use super::links::Links;
use crate::finding::Severity;
use crate::manifest::{ResourceId, Subject};
use crate::names::ProjectId;
use crate::outcome::line::{Line, clip};
use crate::outcome::sealed::Sealed;
use crate::outcome::sum::{LaneOf, own_changes, own_removals, says_changes};
use crate::outcome::{DecisionWord, Deployed, Outcome};
use crate::plan::message::{Code, Message};
use crate::plan::{Change, ChangeOrigin, Plan, Rename, What};

/// The longest name shown, in characters; a longer one ends in `…`.
const NAME: usize = 200;

/// Where a report is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    /// The job summary: a page of its own.
    Summary,
    /// A comment on a pull request: a glance.
    Comment,
}

/// Something that would go, and what each environment says of it.
#[derive(Debug, Clone)]
pub(crate) struct Removal<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) subject: &'a Subject,
    /// By lane of [`View::lanes`]: what is lost there, in the platform's words.
    pub(crate) losses: BTreeMap<usize, Option<&'a str>>,
}

/// A change, and the lanes where it happens in just this way.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) change: &'a Change,
    pub(crate) lanes: Vec<usize>,
    /// Equal for rows of one cause: the number of the first of them.
    pub(crate) cause: usize,
}

/// A message, and the lanes that say it.
#[derive(Debug, Clone)]
pub(crate) struct Remark<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) message: &'a Message,
    pub(crate) lanes: Vec<usize>,
    /// Whether it is about a change that waits on a pull request's base.
    pub(crate) waiting: bool,
}

impl Remark<'_> {
    /// Whether a reader must see it: new, this run's own, and graver than a remark.
    pub(crate) fn is_loud(&self) -> bool {
        !self.waiting && !self.message.pre_existing && self.message.severity() > Severity::Info
    }
}

/// What the sections look at.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) medium: Medium,
    pub(crate) links: Links,
    /// The lanes that the run is about.
    pub(crate) lanes: Vec<LaneOf<'a>>,
    pub(crate) removals: Vec<Removal<'a>>,
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) remarks: Vec<Remark<'a>>,
    done: bool,
}

impl<'a> View<'a> {
    pub(crate) fn new(sealed: &'a Sealed, medium: Medium) -> Self {
        let outcome = sealed.outcome();
        let lanes = outcome.lanes_in_reach();
        // A push that a newer one has overtaken changes nothing any more: what it would have done is no news.
        let over = outcome.decision_word() == DecisionWord::Superseded;
        let told = if over { &[] } else { lanes.as_slice() };
        Self {
            outcome,
            medium,
            links: Links::around(outcome.run.url.as_deref()),
            removals: removals(told),
            rows: rows(told),
            remarks: remarks(told),
            done: over || matches!(outcome.decision_word(), DecisionWord::Deployed | DecisionWord::RolledBack),
            lanes,
        }
    }

    /// Whether this is a pull request's preview.
    pub(crate) fn is_pull(&self) -> bool {
        self.outcome.run.pull.is_some()
    }

    /// Whether the changes have been made.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the changes have been made in these lanes.
    pub(crate) fn is_done_in(&self, lanes: &[usize]) -> bool {
        lanes
            .iter()
            .filter_map(|lane| self.lanes.get(*lane))
            .all(|of| of.lane.deploy.done().is_some_and(Deployed::confirmed))
    }

    /// A lane's name: the environment, behind its project where there are several.
    pub(crate) fn lane(&self, of: LaneOf<'_>) -> Line {
        self.of_project(of.project, Line::new().strong(of.environment.as_str()))
    }

    /// The environments of these lanes: `dev, prod`; nothing when all are meant.
    pub(crate) fn only(&self, lanes: &[usize]) -> Line {
        if lanes.len() == self.lanes_of(lanes) {
            return Line::new();
        }
        self.environments(lanes)
    }

    /// The environments of these lanes.
    pub(crate) fn environments(&self, lanes: &[usize]) -> Line {
        let names = lanes.iter().filter_map(|lane| self.lanes.get(*lane));
        Line::joined(", ", names.map(|of| Line::new().text(of.environment.as_str())))
    }

    /// How many lanes with a plan that says anything the project of these lanes has.
    fn lanes_of(&self, lanes: &[usize]) -> usize {
        let project = lanes.first().and_then(|lane| self.lanes.get(*lane)).map(|of| of.project);
        let says = |of: &&LaneOf<'_>| Some(of.project) == project && of.lane.planned().is_some_and(says_changes);
        self.lanes.iter().filter(says).count()
    }

    /// `sync` and the name, behind the project where there are several.
    pub(crate) fn resource(&self, project: &ProjectId, resource: &ResourceId) -> Line {
        let name = Line::new().text(&resource.kind).words(" ").code(clip(&resource.id, NAME));
        self.of_project(project, name)
    }

    /// The line, behind the project where there are several.
    fn of_project(&self, project: &ProjectId, line: Line) -> Line {
        if self.outcome.projects.len() > 1 { Line::new().code(project.as_str()).words(" ").then(line) } else { line }
    }

    /// The resource, or its part and then the resource.
    pub(crate) fn subject(&self, project: &ProjectId, subject: &Subject) -> Line {
        let Some(part) = &subject.part else { return self.resource(project, &subject.resource) };
        let ResourceId { kind, id } = &subject.resource;
        let line = Line::new().code(clip(part, NAME)).words(" of ").text(kind).words(" ").code(clip(id, NAME));
        self.of_project(project, line)
    }

    /// Hints at renames, each once.
    pub(crate) fn renames(&self) -> Vec<(&'a ProjectId, &'a Rename)> {
        let going: BTreeSet<_> =
            self.removals.iter().map(|removal| (removal.project, &removal.subject.resource)).collect();
        let mut seen = BTreeSet::new();
        let mut renames = Vec::new();
        for (_, of, plan) in planned(&self.lanes) {
            for rename in plan.renames.iter().filter(|rename| going.contains(&(of.project, &rename.from))) {
                if seen.insert((of.project, &rename.from, &rename.to)) {
                    renames.push((of.project, rename));
                }
            }
        }
        renames
    }
}

/// Whether a removal's row in the table tells this message.
fn is_loss(message: &Message) -> bool {
    matches!(message.code, Code::ResourceRemoved | Code::ContractRemoved)
}

fn removals<'a>(lanes: &[LaneOf<'a>]) -> Vec<Removal<'a>> {
    let mut found: BTreeMap<(&ProjectId, &Subject), BTreeMap<usize, Option<&str>>> = BTreeMap::new();
    for (lane, of, plan) in planned(lanes) {
        let says: BTreeMap<&Subject, &str> = plan
            .messages
            .iter()
            .filter(|message| is_loss(message))
            .map(|message| (&message.subject, message.says.as_str()))
            .collect();
        for subject in own_removals(plan) {
            found.entry((of.project, subject)).or_default().insert(lane, says.get(subject).copied());
        }
    }
    let removals = found.into_iter().map(|((project, subject), losses)| Removal { project, subject, losses });
    let mut removals: Vec<Removal<'a>> = removals.collect();
    removals.sort_by_key(|removal| (removal.project, removal.subject.part.is_some()));
    removals
}

/// Additions and modifications; a removed resource is among the removals.
fn rows<'a>(lanes: &[LaneOf<'a>]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut known: BTreeMap<(&ProjectId, &ResourceId), Vec<usize>> = BTreeMap::new();
    for (lane, of, plan) in planned(lanes) {
        for change in own_changes(plan).filter(|change| change.what != What::Remove) {
            let same = known.entry((of.project, &change.resource)).or_default();
            let equal = same.iter().copied().find(|row| {
                rows.get(*row).is_some_and(|row| row.change.what == change.what && row.change.notes == change.notes)
            });
            if let Some(row) = equal.and_then(|row| rows.get_mut(row)) {
                row.lanes.push(lane);
            } else {
                same.push(rows.len());
                rows.push(Row { project: of.project, change, lanes: vec![lane], cause: rows.len() });
            }
        }
    }
    tell_causes(&mut rows);
    rows
}

/// Says which rows have one cause: modifications of equal fields in the same places. Additions are each their own cause:
/// there is no "same change" in new things.
fn tell_causes(rows: &mut [Row<'_>]) {
    let mut first = BTreeMap::new();
    let causes: Vec<usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| match &row.change.what {
            What::Modify { fields, code } => {
                let what = serde_json::to_string(&(fields, code)).unwrap_or_default();
                let Row { project, change, lanes, cause: _ } = row;
                *first.entry((what, *project, &change.resource.kind, &change.notes, lanes)).or_insert(place)
            }
            What::Add | What::Remove => place,
        })
        .collect();
    drop(first);
    for (row, cause) in rows.iter_mut().zip(causes) {
        row.cause = cause;
    }
}

fn remarks<'a>(lanes: &[LaneOf<'a>]) -> Vec<Remark<'a>> {
    let mut remarks: Vec<Remark<'a>> = Vec::new();
    let mut known: BTreeMap<(&ProjectId, Code, &Subject, &str), usize> = BTreeMap::new();
    for (lane, of, plan) in planned(lanes) {
        let removed: BTreeSet<&Subject> = plan.destructive.iter().collect();
        let waits = |change: &&Change| change.origin == Some(ChangeOrigin::Waiting);
        let waiting: BTreeSet<&ResourceId> = plan.changes.iter().filter(waits).map(|change| &change.resource).collect();
        for message in &plan.messages {
            if is_loss(message) && removed.contains(&message.subject) {
                continue;
            }
            let key = (of.project, message.code, &message.subject, message.says.as_str());
            if let Some(remark) = known.get(&key).and_then(|place| remarks.get_mut(*place)) {
                remark.lanes.push(lane);
                continue;
            }
            known.insert(key, remarks.len());
            let waiting = waiting.contains(&message.subject.resource);
            remarks.push(Remark { project: of.project, message, lanes: vec![lane], waiting });
        }
    }
    remarks.sort_by_key(|remark| {
        let message = remark.message;
        (message.pre_existing || remark.waiting, !message.blocks(), std::cmp::Reverse(message.severity()))
    });
    remarks
}

fn planned<'a>(lanes: &[LaneOf<'a>]) -> impl Iterator<Item = (usize, LaneOf<'a>, &'a Plan)> {
    let lanes: Vec<LaneOf<'a>> = lanes.to_vec();
    lanes.into_iter().enumerate().filter_map(|(lane, of)| Some((lane, of, of.lane.planned()?)))
}
