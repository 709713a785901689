//! One job's project at one commit: its files, what they declare, what the checks came to, what would be sent.

use std::collections::BTreeMap;

use super::shelf::Shelf;
use super::{Run, elsewhere, facts};
use crate::artefact::Built;
use crate::checks;
use crate::context::inputs::Execute;
use crate::finding::{CheckReport, Finding, Severity, Tested};
use crate::gate::{Confinement, SourceFacts};
use crate::manifest::Manifest;
use crate::names::{CommitSha, Digest};
use crate::outcome::{self, Outcome, ProjectOutcome, Stage};
use crate::platform::{self, Code, Extracted, Payload};
use crate::policy::{Intent, Step};
use crate::problem::Problem;
use crate::process::{NotStarted, Room, Walls};
use crate::release::Release;
use crate::tree::Tree;
use crate::work::{Job, LaneSpec, Project, Source};

/// A job, read and checked.
pub(super) struct Desk {
    job: Job,
    code: &'static dyn Code,
    source: SourceFacts,
    manifest: Manifest,
    payload: Payload,
    checks: Stage<CheckReport>,
    confinement: Confinement,
    is_read: bool,
    /// What it is compared with on a pull request, so that its own changes are told from those that wait.
    base: Option<Manifest>,
}

impl Desk {
    /// Reads the files, extracts, holds what would be sent, and only then runs the project's own checks.
    pub(super) async fn prepare(run: &Run<'_>, shelf: &Shelf<'_>, job: Job) -> Result<Self, Problem> {
        let project = &job.project;
        let code = platform::code(project.platform)?;
        let source = facts::of_source(run, project, &job.source, live_release(shelf, &job)).await?;
        let own = match &job.source {
            Source::Checkout => None,
            Source::Commit(commit) => Some(shelf.tree_at(run, commit).await?),
        };
        let tree = own.as_ref().unwrap_or_else(|| shelf.checkout());
        run.edges.console.say(&format!("reading {} at {}", project.id, source.commit.short()));
        let Extracted { manifest, mut findings } = code.extract(project, tree);
        let is_read = findings.iter().all(|finding| finding.severity != Severity::Error);
        let artefact = code.sources(project, tree);
        let payload = Payload::Artefact(Box::new(Built { artefact, manifest: manifest.clone() }));
        let base = match (run.decision.intent, &shelf.facts().base) {
            (Intent::Review, Some(base)) => Some(facts::manifest_at(run, shelf, code, project, base).await?),
            _ => None,
        };
        if run.decision.intent == Intent::Drift && job.source == Source::Checkout {
            // What nobody released cannot have drifted, whatever is the matter with it.
            findings.clear();
        }
        let (checks, confinement) =
            Checking { run, shelf, job: &job, tree, commit: &source.commit }.report(findings).await;
        Ok(Self { job, code, source, manifest, payload, checks, confinement, is_read, base })
    }

    pub(super) fn lanes(&self) -> &[LaneSpec] {
        &self.job.lanes
    }

    pub(super) fn project(&self) -> &Project {
        &self.job.project
    }

    pub(super) fn code(&self) -> &'static dyn Code {
        self.code
    }

    pub(super) fn source(&self) -> &SourceFacts {
        &self.source
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the source declares, nothing executed.
    pub(super) fn declared(&self) -> &Manifest {
        &self.manifest
    }

    pub(super) fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The digest of what would be sent.
    pub(super) fn artefact(&self) -> Option<&Digest> {
        match &self.payload {
            Payload::Artefact(built) => Some(built.artefact.digest()),
            Payload::Native { .. } => None,
        }
    }

    pub(super) fn checks(&self) -> &Stage<CheckReport> {
        &self.checks
    }

    /// Whether the source could be read: no error was found before anything was executed.
    pub(super) fn is_read(&self) -> bool {
        self.is_read
    }

    pub(super) fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    pub(super) fn base(&self) -> Option<&Manifest> {
        self.base.as_ref()
    }

    /// Writes the project into the outcome; a drift run looks at one project at several commits.
    pub(super) fn tell(&self, outcome: &mut Outcome) {
        outcome.projects.entry(self.project().id.clone()).or_insert_with(|| ProjectOutcome {
            path: self.project().path.clone(),
            platform: self.project().platform,
            commit: self.source.commit.clone(),
            checks: self.checks.clone(),
            artefact: self.artefact().cloned(),
            resources: self.manifest.resources.len(),
            lanes: BTreeMap::new(),
        });
    }

    /// Writes one lane into the outcome.
    pub(super) fn tell_lane(&self, outcome: &mut Outcome, (spec, lane): (LaneSpec, outcome::Lane)) {
        if let Some(project) = outcome.projects.get_mut(&self.project().id) {
            project.lanes.insert(spec.environment.name, lane);
        }
    }
}

fn live_release<'a>(shelf: &'a Shelf<'a>, job: &Job) -> Option<&'a Release> {
    let lane = job.lanes.iter().find(|lane| lane.applies)?;
    shelf.histories().get(&lane.id)?.as_ref().ok()?.current()
}

/// What the checks of one job look at.
struct Checking<'a> {
    run: &'a Run<'a>,
    shelf: &'a Shelf<'a>,
    job: &'a Job,
    tree: &'a Tree,
    commit: &'a CommitSha,
}

impl Checking<'_> {
    /// The checks of this commit: here, or those of a recorded release of the very same commit.
    async fn report(&self, findings: Vec<Finding>) -> (Stage<CheckReport>, Confinement) {
        let (run, project) = (self.run, &self.job.project);
        let without = |tested| Stage::Done(CheckReport { suites: Vec::new(), findings: findings.clone(), tested });
        if let Some(why) = untested(run) {
            return (self.not_run_here(why, findings).await, Confinement::NothingRan);
        }
        if let (Source::Commit(_), Some(tested)) = (&self.job.source, recorded(self.shelf, project, self.commit)) {
            return (without(tested), Confinement::NothingRan);
        }
        let walls = match run.walls() {
            Ok(walls) => walls,
            Err(problem) => {
                let why = problem.to_string();
                return (Stage::Failed(problem), Confinement::NotConfined { why });
            }
        };
        let confinement = walls.confinement();
        if let Some(why) = walls.refusal() {
            return (Stage::Failed(NotStarted::NotConfined { why }.into()), confinement);
        }
        match self.here(walls, findings).await {
            Ok(report) => (Stage::Done(report), confinement),
            Err(problem) => (Stage::Failed(problem), confinement),
        }
    }

    /// What is known of a commit whose code is not executed here: what other jobs came to counts all the same.
    async fn not_run_here(&self, why: &str, mut findings: Vec<Finding>) -> Stage<CheckReport> {
        let elsewhere = if is_held_back(self.run) {
            elsewhere::look_up(self.run, &self.job.source, self.commit).await
        } else {
            None
        };
        let tested = match elsewhere {
            Some(Ok(by)) => Tested::Elsewhere { by },
            Some(Err(problem)) => {
                findings.push(checks::finding_of(&problem));
                Tested::Not { why: problem.to_string() }
            }
            None => Tested::Not { why: why.to_owned() },
        };
        Stage::Done(CheckReport { suites: Vec::new(), findings, tested })
    }

    /// Runs the checks in a copy of the commit that is gone afterwards. To the checkout's own copy comes what is installed
    /// there.
    async fn here(&self, walls: &Walls, findings: Vec<Finding>) -> Result<CheckReport, Problem> {
        let (edges, checkout) = (self.run.edges, &self.run.invocation.repository.root);
        let room = walls.room()?;
        let copy = edges.git.copy_commit(self.commit, &room.files(), edges.watch).await?;
        let from = (self.job.source == Source::Checkout).then_some(checkout.as_path());
        edges.console.say(&room.furnish(from, &[])?.to_string());
        let mut report = self.run_in(walls, &room, findings).await;
        report.findings.extend(walls.findings());
        copy.remove()?;
        Ok(report)
    }

    async fn run_in(&self, walls: &Walls, room: &Room, findings: Vec<Finding>) -> CheckReport {
        let edges = self.run.edges;
        let inputs = &self.run.invocation.inputs;
        let ask = checks::Ask {
            project: &self.job.project,
            root: &room.files(),
            walls,
            checkout: &self.run.invocation.repository.root,
            tree: self.tree,
            inputs,
            variables: edges.variables,
            findings,
            job_started: edges.job_started,
            scratch: room.path(),
            compiles: false,
            elsewhere: elsewhere::look_up(self.run, &self.job.source, self.commit).await,
        };
        checks::run(ask, &edges.console, edges.watch).await
    }
}

/// Why this run executes nothing of the tree, if it does not.
fn untested(run: &Run<'_>) -> Option<&'static str> {
    let meant = run.decision.reach.includes(Step::Check);
    match run.decision.intent {
        Intent::Drift | Intent::Adopt => Some("nothing is deployed, so nothing is tested"),
        _ if !meant => Some("this event executes nothing of the tree"),
        _ if run.invocation.inputs.execute == Execute::Never => Some("`execute: never`"),
        _ => None,
    }
}

/// Whether only `execute: never` keeps the tests from running here.
fn is_held_back(run: &Run<'_>) -> bool {
    run.invocation.inputs.execute == Execute::Never
        && run.decision.reach.includes(Step::Check)
        && !matches!(run.decision.intent, Intent::Drift | Intent::Adopt)
}

/// A release of this very commit, in any environment, was gated on its checks.
fn recorded(shelf: &Shelf<'_>, project: &Project, commit: &CommitSha) -> Option<Tested> {
    let histories = shelf.histories().iter().filter(|(lane, _)| lane.project == project.id);
    let mut releases = histories.filter_map(|(_, history)| history.as_ref().ok()).flat_map(|history| &history.releases);
    let release = releases.find(|release| release.succeeded() && release.record.commit == *commit)?;
    Some(match &release.record.tested {
        Tested::Here => Tested::Recorded { version: release.record.version.to_string() },
        other => other.clone(),
    })
}
