//! One job's project at one commit: its files, what they declare, what the checks came to, what would be sent.

use std::collections::BTreeMap;

use super::shelf::{Shelf, target_of};
use super::surroundings::Said;
use super::{Run, declared, elsewhere, facts, surroundings};
use crate::artefact::Built;
use crate::checks::{self, Checked, Wanted};
use crate::context::config::surroundings::Surroundings;
use crate::context::inputs::{CommandChoice, Execute, PlatformName};
use crate::finding::{CheckReport, Finding, Severity, Tested};
use crate::gate::{Confinement, SourceFacts};
use crate::manifest::{Manifest, Origin};
use crate::names::{CommitSha, Digest, EnvironmentName};
use crate::outcome::{self, Outcome, ProjectOutcome, Stage};
use crate::platform::{self, Code, Extracted, Payload};
use crate::policy::{Intent, Step};
use crate::problem::Problem;
use crate::process::{BroughtFrom, Kept, NotStarted, Room, Walls};
use crate::release::Release;
use crate::tree::Tree;
use crate::work::{Job, LaneSpec, Project, Source};

/// A job, read and checked.
pub(super) struct Desk {
    job: Job,
    code: &'static dyn Code,
    source: SourceFacts,
    /// What the source declares, and what it consists of.
    sources: Payload,
    /// Whether a lane takes what the platform's compiler makes of it.
    builds: bool,
    /// What the compiler made.
    built: Option<Payload>,
    checks: Stage<CheckReport>,
    confinement: Confinement,
    is_read: bool,
    /// What people say of the environments.
    said: Said,
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
        let Extracted { manifest, mut findings } =
            declared::at(run, shelf, code, project, tree, &source.commit).await?;
        let is_read = findings.iter().all(|finding| finding.severity != Severity::Error);
        let said = surroundings::of_project(run, project, shelf.checkout()).unwrap_or_else(|problems| {
            findings.extend(problems.iter().map(checks::finding_of));
            Said::new()
        });
        let artefact = code.sources(project, tree);
        let builds = job.lanes.iter().any(|lane| takes_built(code, target_of(run, project, &lane.environment)));
        let base = match (run.decision.intent, &shelf.facts().base) {
            (Intent::Review, Some(base)) => Some(facts::manifest_at(run, shelf, code, project, base).await?),
            _ => None,
        };
        if run.decision.intent == Intent::Drift && job.source == Source::Checkout {
            // What nobody released cannot have drifted, whatever is the matter with it.
            findings.clear();
        }
        let wanted = code.step().filter(|_| builds || code.compiler().is_none()).map(|_| Wanted {
            code,
            manifest: &manifest,
            needed: builds && job.lanes.iter().any(|lane| lane.applies),
        });
        let (checks, confinement, built) =
            Checking { run, shelf, job: &job, tree, commit: &source.commit, wanted }.report(findings).await;
        let built = built.map(|built| Payload::Artefact(Box::new(built)));
        let sources = Payload::Artefact(Box::new(Built { artefact, manifest }));
        Ok(Self { job, code, source, sources, builds, built, checks, confinement, is_read, said, base })
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

    /// What this platform is to run: with what only the compiler knows, where it takes what was compiled and it was.
    pub(super) fn manifest(&self, target: PlatformName) -> &Manifest {
        self.payload(target).and_then(manifest_of).unwrap_or_else(|| self.declared())
    }

    /// What the source declares, nothing executed.
    pub(super) fn declared(&self) -> &Manifest {
        static NOTHING: Manifest = Manifest { origin: Origin::Source, resources: BTreeMap::new() };
        manifest_of(&self.sources).unwrap_or(&NOTHING)
    }

    /// What would be sent to this platform; `None` where it takes what was compiled, and nothing was.
    pub(super) fn payload(&self, target: PlatformName) -> Option<&Payload> {
        if takes_built(self.code, target) { self.built.as_ref() } else { Some(&self.sources) }
    }

    /// The digest of what would be sent to this platform.
    pub(super) fn artefact(&self, target: PlatformName) -> Option<&Digest> {
        self.payload(target).and_then(digest_of)
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

    pub(super) fn said(&self, environment: &EnvironmentName) -> Option<&Surroundings> {
        self.said.get(environment)
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
            artefact: if self.builds { self.built.as_ref() } else { Some(&self.sources) }.and_then(digest_of).cloned(),
            resources: self.declared().resources.len(),
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
    shelf.histories().get(&lane.id)?.as_ref().ok()?.newest()
}

/// Whether a platform takes what the code's compiler makes. The embedded one takes any sources.
fn takes_built(code: &dyn Code, target: PlatformName) -> bool {
    target != PlatformName::Local && code.compiler().is_some()
}

fn manifest_of(payload: &Payload) -> Option<&Manifest> {
    match payload {
        Payload::Artefact(built) => Some(&built.manifest),
        Payload::Native { .. } => None,
    }
}

fn digest_of(payload: &Payload) -> Option<&Digest> {
    match payload {
        Payload::Artefact(built) => Some(built.artefact.digest()),
        Payload::Native { .. } => None,
    }
}

/// What the checks of one job look at.
struct Checking<'a> {
    run: &'a Run<'a>,
    shelf: &'a Shelf<'a>,
    job: &'a Job,
    tree: &'a Tree,
    commit: &'a CommitSha,
    wanted: Option<Wanted<'a>>,
}

/// The checks, what stood between their code and a key, and what was compiled.
type Report = (Stage<CheckReport>, Confinement, Option<Built>);

impl Checking<'_> {
    /// The checks of this commit: here, or those of a recorded release of the very same commit.
    async fn report(&self, findings: Vec<Finding>) -> Report {
        let (run, project) = (self.run, &self.job.project);
        if let Some(why) = untested(run) {
            return (self.not_run_here(why, findings).await, Confinement::NothingRan, None);
        }
        let recorded = match &self.job.source {
            Source::Commit(_) => recorded(self.shelf, project, self.commit),
            Source::Checkout => None,
        };
        if let (Some(tested), None) = (&recorded, &self.wanted) {
            let report = CheckReport { suites: Vec::new(), findings, tested: tested.clone() };
            return (Stage::Done(report), Confinement::NothingRan, None);
        }
        let walls = match run.walls() {
            Ok(walls) => walls,
            Err(problem) => {
                let why = problem.to_string();
                return (Stage::Failed(problem), Confinement::NotConfined { why }, None);
            }
        };
        let confinement = walls.confinement();
        if let Some(why) = walls.refusal() {
            return (Stage::Failed(NotStarted::NotConfined { why }.into()), confinement, None);
        }
        match self.here(walls, findings, recorded).await {
            Ok(Checked { report, built }) => (Stage::Done(report), confinement, built),
            Err(problem) => (Stage::Failed(problem), confinement, None),
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

    /// Runs the checks in a copy of the commit that is gone afterwards. What is installed in the checkout comes along, as far as
    /// it is what this commit asks for.
    async fn here(&self, walls: &Walls, findings: Vec<Finding>, recorded: Option<Tested>) -> Result<Checked, Problem> {
        let (edges, checkout) = (self.run.edges, &self.run.invocation.repository.root);
        let room = walls.room()?;
        let copy = edges.git.copy_commit(self.commit, &room.files(), edges.watch).await?;
        let from = match self.job.source {
            _ if self.executes_nothing(&findings) => BroughtFrom::Nowhere,
            Source::Checkout => BroughtFrom::Same(checkout),
            Source::Commit(_) => BroughtFrom::Other(checkout),
        };
        edges.console.say(&room.furnish(from, &[])?.to_string());
        let mut checked = self.run_in(walls, &room, findings, recorded).await;
        checked.report.findings.extend(walls.findings());
        checked.report.findings.extend(self.brought_back(&room));
        copy.remove()?;
        Ok(checked)
    }

    /// Whether the checks will run no command, so that nobody needs what is installed.
    fn executes_nothing(&self, findings: &[Finding]) -> bool {
        let (inputs, project) = (&self.run.invocation.inputs, &self.job.project);
        let is_none = |input: &CommandChoice, own: &CommandChoice| {
            *if *input == CommandChoice::Auto { own } else { input } == CommandChoice::None
        };
        let no_command = is_none(&inputs.test_command, &project.test_command)
            && is_none(&inputs.install_command, &project.install_command)
            && self.wanted.is_none();
        no_command || findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Puts back into the checkout what later steps of the job were said to want.
    fn brought_back(&self, room: &Room) -> Vec<Finding> {
        let (wanted, checkout) = (&self.run.invocation.inputs.test_artifacts, &self.run.invocation.repository.root);
        if wanted.is_empty() || self.job.source != Source::Checkout {
            return Vec::new();
        }
        let Kept { files, bytes, findings } =
            room.bring_back(wanted, checkout, &|path| self.tree.is_tracked(path) == Some(true));
        let kibibytes = bytes / 1024;
        self.run
            .edges
            .console
            .say(&format!("test-artifacts: {files} files, {kibibytes} KiB, put back into the workspace"));
        findings
    }

    async fn run_in(&self, walls: &Walls, room: &Room, findings: Vec<Finding>, recorded: Option<Tested>) -> Checked {
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
            build: self.wanted,
            recorded,
            elsewhere: elsewhere::look_up(self.run, &self.job.source, self.commit).await,
        };
        checks::run(ask, &edges.console, edges.watch).await
    }
}

/// Whether this run may execute code of the tree to learn what it declares; a look for drift may, and tests nothing.
pub(super) fn executes_here(run: &Run<'_>) -> bool {
    run.decision.reach.includes(Step::Check)
        && run.decision.intent != Intent::Relay
        && run.invocation.inputs.execute != Execute::Never
}

/// Why this run executes nothing of the tree, if it does not.
fn untested(run: &Run<'_>) -> Option<&'static str> {
    let meant = run.decision.reach.includes(Step::Check);
    match run.decision.intent {
        Intent::Drift | Intent::Adopt => Some("nothing is deployed, so nothing is tested"),
        Intent::Relay => Some("nothing of a fork's is executed beside a token that may write"),
        _ if !meant => Some("this event executes nothing of the tree"),
        _ if run.invocation.inputs.execute == Execute::Never => Some("`execute: never`"),
        _ => None,
    }
}

/// Whether only `execute: never` keeps the tests from running here.
fn is_held_back(run: &Run<'_>) -> bool {
    run.invocation.inputs.execute == Execute::Never
        && run.decision.reach.includes(Step::Check)
        && !matches!(run.decision.intent, Intent::Drift | Intent::Adopt | Intent::Relay)
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
