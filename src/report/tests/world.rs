//! Outcomes by verbs: a run, its lanes, what happened in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use semver::Version;
use serde_json::Value;

use crate::applied::{Applied, Ending, StepState, Verified};
use crate::context::Host;
use crate::context::inputs::PlatformName;
use crate::finding::{Case, CheckReport, Counts, Finding, Suite, SuiteEnd, SuiteKind, Tested};
use crate::gate::{Refusal, Refused};
use crate::manifest::{ResourceId, Subject};
use crate::names::{BranchName, CommitSha, Digest, EnvironmentName, LaneId, ProjectId};
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::outcome::{Deployed, GateOutcome, Lane, Outcome, ProjectOutcome, REPORT_SCHEMA, RunFacts, Stage};
use crate::plan::message::{Code, Message};
use crate::plan::{Basis, Change, ChangeOrigin, FieldChange, Plan, Rename, SCHEMA, UnknownField, What};
use crate::policy::{Decision, Intent, Reach};
use crate::problem::Problem;
use crate::release::{Consent, Release, ReleaseKind, ReleaseResult};
use crate::tests::facts;

pub(crate) fn sha(digit: char) -> CommitSha {
    CommitSha::new(digit.to_string().repeat(40)).unwrap()
}

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + 60 * minute).unwrap()
}

/// A run.
pub(crate) struct World {
    outcome: Outcome,
    project: ProjectOutcome,
    pull: bool,
}

impl World {
    pub(crate) fn new(event: &str, intent: Intent, reason: &str) -> Self {
        let commit = CommitSha::new("a1b2c3d4e5f60718293a4b5c6d7e8f9012345678").unwrap();
        let run = RunFacts {
            host: Host::Actions,
            event: event.into(),
            pull: None,
            repository: Some("acme/integrations".into()),
            commit: Some(commit.clone()),
            branch: Some(BranchName::new("main").unwrap()),
            actor: "ana".into(),
            workflow: Some(".github/workflows/integrations.yml".into()),
            url: Some("https://github.com/acme/integrations/actions/runs/77".into()),
            attempt: 1,
            shard: None,
            started: at(0),
            milliseconds: 38_400,
            requests: None,
        };
        let decision = Decision {
            reach: Reach::Plan,
            intent,
            environments: Vec::new(),
            targets: Vec::new(),
            would: Vec::new(),
            writes: true,
            reason: reason.into(),
        };
        let outcome = Outcome {
            schema: REPORT_SCHEMA,
            run,
            decision: Some(decision),
            problems: Vec::new(),
            projects: BTreeMap::new(),
            previews: Vec::new(),
            handed_over: None,
            notes: Vec::new(),
        };
        let project = ProjectOutcome {
            path: "integrations".into(),
            platform: PlatformName::Nango,
            commit,
            checks: Stage::NotReached("nothing was to be checked".into()),
            artefact: None,
            code: None,
            resources: 0,
            lanes: BTreeMap::new(),
        };
        Self { outcome, project, pull: false }
    }

    pub(crate) fn pull_request() -> Self {
        let mut world = Self::new("pull_request", Intent::Review, "a pull request is reviewed");
        world.outcome.run.pull = Some(814);
        world.outcome.run.branch = Some(BranchName::new("hubspot-deals").unwrap());
        world.pull = true;
        world
    }

    pub(crate) fn dispatch() -> Self {
        Self::new("workflow_dispatch", Intent::Promote, "promotes what dev runs")
    }

    pub(crate) fn push() -> Self {
        Self::new("push", Intent::Deploy, "a push to main deploys to dev")
    }

    pub(crate) fn passed(mut self, tests: u64) -> Self {
        let counts = Counts { passed: tests, failed: 0, skipped: 0 };
        let slow = Case { name: "hubspot/deals › pages through all deals".into(), milliseconds: 8_200 };
        let mut test = suite(SuiteKind::Test, "npx vitest run", SuiteEnd::Passed, 41_000);
        (test.counts, test.slowest) = (Some(counts), vec![slow]);
        let suites = vec![
            suite(SuiteKind::Install, "npm ci", SuiteEnd::Passed, 12_000),
            suite(SuiteKind::Compile, "nango compile", SuiteEnd::Passed, 6_100),
            test,
        ];
        self.project.checks = Stage::Done(CheckReport { suites, findings: Vec::new(), tested: Tested::Here });
        self
    }

    pub(crate) fn checks(mut self, suites: Vec<Suite>, findings: Vec<Finding>) -> Self {
        self.project.checks = Stage::Done(CheckReport { suites, findings, tested: Tested::Here });
        self
    }

    pub(crate) fn lane(mut self, lane: LaneWorld) -> Self {
        let position = self.project.lanes.len();
        let (name, mut lane) = lane.done(self.pull);
        lane.position = position;
        self.project.lanes.insert(name, lane);
        self
    }

    pub(crate) fn problem(mut self, problem: Problem) -> Self {
        self.outcome.problems.push(problem);
        self
    }

    pub(crate) fn note(mut self, note: &str) -> Self {
        self.outcome.notes.push(note.into());
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Outcome)) -> Self {
        change(&mut self.outcome);
        self
    }

    pub(crate) fn without_projects(self) -> Outcome {
        self.outcome
    }

    /// The projects of another world beside this one's, under another name.
    pub(crate) fn beside(mut self, name: &str, other: Self) -> Self {
        self.outcome
            .projects
            .insert(ProjectId::new(name).unwrap(), ProjectOutcome { path: name.into(), ..other.project });
        self
    }

    pub(crate) fn outcome(mut self) -> Outcome {
        self.outcome.projects.insert(ProjectId::new("integrations").unwrap(), self.project);
        self.outcome
    }

    pub(crate) fn sealed(self) -> Sealed {
        self.outcome().redacted(&Redactor::default())
    }
}

pub(crate) fn suite(kind: SuiteKind, name: &str, end: SuiteEnd, milliseconds: u64) -> Suite {
    Suite { kind, name: name.into(), end, milliseconds, counts: None, slowest: Vec::new(), tail: String::new() }
}

/// A lane.
#[derive(Debug, Clone)]
pub(crate) struct LaneWorld {
    name: EnvironmentName,
    lane: Lane,
    plan: Plan,
}

pub(crate) fn lane(name: &str, next: &str) -> LaneWorld {
    let name = EnvironmentName::new(name).unwrap();
    let plan = Plan {
        schema: SCHEMA,
        lane: LaneId { project: ProjectId::new("integrations").unwrap(), environment: name.clone() },
        commit: sha('e'),
        only: None,
        basis: Basis::Live,
        changes: Vec::new(),
        unknown: Vec::new(),
        messages: Vec::new(),
        destructive: BTreeSet::new(),
        renames: Vec::new(),
        unchanged: 0,
        empties: false,
        digest: Digest::of(name.as_str().as_bytes()),
        version: version(next),
        previous: None,
    };
    let lane = Lane {
        position: 0,
        production: false,
        applies: false,
        branch: None,
        plan: Stage::NotReached("not yet".into()),
        waits_for: BTreeSet::new(),
        gate: Stage::NotReached("only a look".into()),
        deploy: Stage::NotReached("only a look".into()),
        current: None,
        previous: None,
        history: Vec::new(),
        left_behind: Vec::new(),
    };
    LaneWorld { name, lane, plan }
}

pub(crate) fn resource(text: &str) -> ResourceId {
    let (kind, id) = text.split_once(' ').unwrap();
    ResourceId::new(kind, id)
}

impl LaneWorld {
    pub(crate) fn on_merge(mut self) -> Self {
        self.lane.branch = Some(BranchName::new("main").unwrap());
        self
    }

    pub(crate) fn production(mut self) -> Self {
        self.lane.production = true;
        self
    }

    pub(crate) fn applies(mut self) -> Self {
        self.lane.applies = true;
        self
    }

    pub(crate) fn basis(mut self, basis: Basis) -> Self {
        self.plan.basis = basis;
        self
    }

    pub(crate) fn recorded(self, release: &str) -> Self {
        let basis = Basis::Recorded { version: version(release), commit: sha('9') };
        self.basis(basis).runs(release, '9')
    }

    /// What runs there when the run begins and, unless it deploys, when it ends.
    pub(crate) fn runs(mut self, release: &str, digit: char) -> Self {
        let release = past(&self.plan.lane, release, digit);
        self.plan.previous = Some(release.record.version.clone());
        self.lane.current = Some(release.clone());
        self.lane.previous = Some(release.clone());
        self.lane.history = vec![release];
        self
    }

    fn change(mut self, name: &str, what: What) -> Self {
        let change = Change { resource: resource(name), what, origin: None, notes: Vec::new(), place: None };
        self.plan.changes.push(change);
        self
    }

    pub(crate) fn adds(mut self, name: &str, notes: &[&str]) -> Self {
        self = self.change(name, What::Add);
        self.plan.changes.last_mut().unwrap().notes = notes.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn modifies(self, name: &str, field: &str, old: impl Into<Value>, new: impl Into<Value>) -> Self {
        let fields = vec![FieldChange { name: field.into(), old: old.into(), new: new.into() }];
        self.change(name, What::Modify { fields, code: false })
    }

    pub(crate) fn edits(self, name: &str) -> Self {
        self.change(name, What::Modify { fields: Vec::new(), code: true })
    }

    pub(crate) fn removes(mut self, name: &str, loss: &str) -> Self {
        let subject = Subject::whole(resource(name));
        self.plan.destructive.insert(subject.clone());
        self.plan.messages.push(Message::new(Code::ResourceRemoved, subject, loss));
        self.change(name, What::Remove)
    }

    pub(crate) fn drops(mut self, name: &str, part: &str, loss: &str) -> Self {
        let subject = Subject::part(resource(name), part);
        self.plan.destructive.insert(subject.clone());
        self.plan.messages.push(Message::new(Code::ContractRemoved, subject, loss));
        let fields =
            vec![FieldChange { name: "models".into(), old: vec![part, "Issue"].into(), new: vec!["Issue"].into() }];
        self.change(name, What::Modify { fields, code: true })
    }

    /// Nothing of the project would be left.
    pub(crate) fn empties(mut self) -> Self {
        self.plan.empties = true;
        self
    }

    /// The last changes wait on the base already.
    pub(crate) fn waiting(mut self, count: usize) -> Self {
        for change in self.plan.changes.iter_mut().rev().take(count) {
            change.origin = Some(ChangeOrigin::Waiting);
        }
        self
    }

    pub(crate) fn says(self, code: Code, name: &str, says: &str) -> Self {
        self.message(Message::new(code, Subject::whole(resource(name)), says))
    }

    pub(crate) fn message(mut self, message: Message) -> Self {
        self.lane.waits_for.extend(message.blocks().then(|| message.key()));
        self.plan.messages.push(message);
        self
    }

    pub(crate) fn unknown(mut self, name: &str, field: &str, why: &str) -> Self {
        let unknown =
            UnknownField { resource: resource(name), field: field.into(), why: why.into(), may_remove: false };
        self.plan.unknown.push(unknown);
        self
    }

    /// Something of it could go unseen.
    pub(crate) fn blind(mut self, name: &str, field: &str, why: &str) -> Self {
        self = self.unknown(name, field, why);
        self.plan.unknown.last_mut().unwrap().may_remove = true;
        self
    }

    pub(crate) fn renames(mut self, from: &str, to: &str) -> Self {
        self.plan.renames.push(Rename { from: resource(from), to: resource(to) });
        self
    }

    pub(crate) fn left(mut self, commits: &[&str]) -> Self {
        self.lane.left_behind = commits.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn refused(mut self, reasons: &[(&str, &str, &str)], command: &str) -> Self {
        let reasons = reasons.iter().map(|(code, why, to_do)| Refusal {
            code: (*code).to_owned().into(),
            why: (*why).into(),
            to_do: (*to_do).into(),
        });
        let passed = ["tests", "promoted from dev", "reviewed in #812", "ref", "version", "lock"];
        let passed = passed.map(str::to_owned).to_vec();
        let refused = Refused { reasons: reasons.collect(), passed, command: Some(command.into()) };
        self.lane.gate = Stage::Done(GateOutcome::Refused(refused));
        self.applies()
    }

    pub(crate) fn gate(mut self, gate: GateOutcome) -> Self {
        self.lane.gate = Stage::Done(gate);
        self.applies()
    }

    pub(crate) fn not_planned(mut self, stage: Stage<Arc<Plan>>) -> Self {
        self.lane.plan = stage;
        self
    }

    pub(crate) fn deployed(self, kind: ReleaseKind, consent: Option<Consent>) -> Self {
        self.ended(kind, consent, Ending::Success, Verified::Live, &StepState::Done)
    }

    pub(crate) fn ended(
        mut self,
        kind: ReleaseKind,
        consent: Option<Consent>,
        ending: Ending,
        verified: Verified,
        state: &StepState,
    ) -> Self {
        let mut release = past(&self.plan.lane, &self.plan.version.to_string(), 'e');
        release.id = 42;
        release.record.kind = kind;
        release.record.removes = self.plan.destructive.clone();
        release.record.consent = consent;
        release.record.previous = self.plan.previous.clone();
        release.result = match &ending {
            Ending::Success => ReleaseResult::Success,
            Ending::Unverified { why } => ReleaseResult::Unverified { why: why.clone() },
            Ending::Failed { problem } => ReleaseResult::Failed { why: problem.text.clone() },
            Ending::Cancelled { .. } => ReleaseResult::Cancelled,
            Ending::Moved { .. } => ReleaseResult::Moved,
            Ending::Prepared { .. } => ReleaseResult::Prepared,
        };
        let mut applied = Applied::untried(self.plan.changes.iter().map(|change| change.resource.clone()));
        applied.mark_all(state);
        if release.succeeded() {
            self.lane.current = Some(release.clone());
        }
        self.lane.history.insert(0, release.clone());
        self.lane.gate = Stage::Done(GateOutcome::Approved);
        self.lane.deploy = Stage::Done(Deployed { release, applied, verified, ending });
        self.applies()
    }

    /// The record says something else than the deploy.
    pub(crate) fn closed_as(mut self, result: ReleaseResult) -> Self {
        if let Stage::Done(deployed) = &mut self.lane.deploy {
            deployed.release.result = result;
        }
        self
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = EnvironmentName::new(name).unwrap();
        self
    }

    fn done(mut self, pull: bool) -> (EnvironmentName, Lane) {
        for change in &mut self.plan.changes {
            if pull && change.origin.is_none() {
                change.origin = Some(ChangeOrigin::ThisPr);
            }
        }
        if self.lane.plan == Stage::NotReached("not yet".into()) {
            self.lane.plan = Stage::Done(Arc::new(self.plan));
        }
        (self.name, self.lane)
    }
}

fn past(lane: &LaneId, number: &str, digit: char) -> Release {
    let mut record = facts::record(lane.clone(), version(number), sha(digit));
    record.description = "Read issues every hour (#801)".into();
    record.origin.run = Some(76);
    record.opened = at(-3000);
    let closed = Some(at(-2999));
    Release { id: 41, record, result: ReleaseResult::Success, closed, platform_ref: None }
}
