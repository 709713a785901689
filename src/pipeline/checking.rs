//! The checks of one job's project: here behind walls, by a recorded release, by other jobs, or taken over from one.

use super::desk::takes_built;
use super::handover::Taken;
use super::shelf::{Shelf, target_of};
use super::{Run, elsewhere};
use crate::artefact::Built;
use crate::checks::{self, Checked, Wanted};
use crate::context::inputs::{CommandChoice, Execute};
use crate::finding::{CheckReport, Finding, Severity, Tested};
use crate::gate::Confinement;
use crate::handover;
use crate::manifest::Manifest;
use crate::names::CommitSha;
use crate::outcome::Stage;
use crate::platform::Code;
use crate::policy::{Intent, Step};
use crate::problem::Problem;
use crate::process::{BroughtFrom, Kept, NotStarted, Room, Walls};
use crate::tree::{Copied, Tree};
use crate::work::{Job, Project, Source};

/// What the checks of one job look at.
pub(super) struct Checking<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) shelf: &'a Shelf<'a>,
    pub(super) job: &'a Job,
    pub(super) tree: &'a Tree,
    pub(super) commit: &'a CommitSha,
    /// What the source declares.
    pub(super) manifest: &'a Manifest,
    pub(super) code: &'static dyn Code,
    pub(super) wanted: Option<Wanted<'a>>,
}

/// What the checks came to.
pub(super) struct Report {
    pub(super) checks: Stage<CheckReport>,
    /// What stood between their code and a key.
    pub(super) confinement: Confinement,
    /// What was compiled.
    pub(super) built: Option<Built>,
    /// The job that it was taken over from, or why it was not; `None` where nothing was to be.
    pub(super) handed: Option<Result<String, Problem>>,
}

impl Report {
    fn of(checks: Stage<CheckReport>, confinement: Confinement) -> Self {
        Self { checks, confinement, built: None, handed: None }
    }
}

impl Checking<'_> {
    /// The checks of this commit: here, or those of a recorded release of the very same commit, or of another job.
    pub(super) async fn report(&self, findings: Vec<Finding>) -> Report {
        let (run, project) = (self.run, &self.job.project);
        let recorded = match &self.job.source {
            Source::Commit(_) => recorded(self.shelf, project, self.commit),
            Source::Checkout => None,
        };
        if let Some(why) = untested(run) {
            return match (run.handed.get(), is_held_back(run)) {
                (Some(Some(handed)), true) => self.taken_over(handed, findings),
                _ => Report::of(self.not_run_here(why, recorded, findings).await, Confinement::NothingRan),
            };
        }
        if let (Some(tested), None) = (&recorded, &self.wanted) {
            let report = CheckReport { suites: Vec::new(), findings, tested: tested.clone() };
            return Report::of(Stage::Done(report), Confinement::NothingRan);
        }
        let walls = match run.walls() {
            Ok(walls) => walls,
            Err(problem) => {
                let why = problem.to_string();
                return Report::of(Stage::Failed(problem), Confinement::NotConfined { why });
            }
        };
        let confinement = walls.confinement();
        if let Some(why) = walls.refusal() {
            return Report::of(Stage::Failed(NotStarted::NotConfined { why }.into()), confinement);
        }
        match self.here(walls, findings, recorded).await {
            Ok(Checked { report, built }) => Report { built, ..Report::of(Stage::Done(report), confinement) },
            Err(problem) => Report::of(Stage::Failed(problem), confinement),
        }
    }

    /// What an earlier job of this run came to. What is not taken is refused by the gate; where nothing is deployed it is an
    /// error of the checks.
    fn taken_over(&self, handed: &Result<Taken, Problem>, mut findings: Vec<Finding>) -> Report {
        let project = &self.job.project;
        let target = |lane: &crate::work::LaneSpec| target_of(self.run, project, &lane.environment);
        let wanted = handover::Wanted {
            project: &project.id,
            path: &project.path,
            platform: project.platform,
            commit: self.commit,
            source: self.manifest,
            builds: self.job.lanes.iter().any(|lane| takes_built(self.code, target(lane))),
            job: "",
        };
        let taken = handed.as_ref().map_err(Clone::clone);
        match taken.and_then(|taken| Ok((taken.part(&wanted)?, taken.job().to_owned()))) {
            Ok(((report, built), job)) => {
                let more: Vec<Finding> = report.findings.into_iter().filter(|more| !findings.contains(more)).collect();
                findings.extend(more);
                let checks = Stage::Done(CheckReport { findings, ..report });
                Report { built, handed: Some(Ok(job)), ..Report::of(checks, Confinement::NothingRan) }
            }
            Err(problem) => {
                if !self.job.lanes.iter().any(|lane| lane.applies) {
                    findings.push(checks::finding_of(&problem));
                }
                let tested = Tested::Not { why: problem.text.clone() };
                let checks = Stage::Done(CheckReport { suites: Vec::new(), findings, tested });
                Report { handed: Some(Err(problem)), ..Report::of(checks, Confinement::NothingRan) }
            }
        }
    }

    /// What is known of a commit whose code is not executed here: a release of it, and what other jobs came to, count all the
    /// same.
    async fn not_run_here(
        &self,
        why: &str,
        recorded: Option<Tested>,
        mut findings: Vec<Finding>,
    ) -> Stage<CheckReport> {
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
            None => recorded.filter(|_| is_held_back(self.run)).unwrap_or_else(|| Tested::Not { why: why.to_owned() }),
        };
        Stage::Done(CheckReport { suites: Vec::new(), findings, tested })
    }

    /// Runs the checks in a copy of the commit that is gone afterwards. What is installed in the checkout comes along, as far as
    /// it is what this commit asks for.
    async fn here(&self, walls: &Walls, findings: Vec<Finding>, recorded: Option<Tested>) -> Result<Checked, Problem> {
        let (edges, checkout) = (self.run.edges, &self.run.invocation.repository.root);
        let room = walls.room()?;
        edges.git.copy_commit(self.commit, &room.files(), edges.watch).await?;
        let (from, copied) = match self.job.source {
            _ if self.executes_nothing(&findings) => (BroughtFrom::Nowhere, Copied::default()),
            Source::Checkout => (BroughtFrom::Same(checkout), Copied::look(&room.files())?),
            Source::Commit(_) => (BroughtFrom::Other(checkout), Copied::look(&room.files())?),
        };
        edges.console.say(&room.furnish(from, &[])?.to_string());
        let mut checked = self.run_in(walls, &room, &copied, findings, recorded).await;
        checked.report.findings.extend(walls.findings());
        checked.report.findings.extend(self.brought_back(&room));
        room.close(edges.watch)?;
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

    async fn run_in(
        &self,
        walls: &Walls,
        room: &Room,
        copied: &Copied,
        findings: Vec<Finding>,
        recorded: Option<Tested>,
    ) -> Checked {
        let edges = self.run.edges;
        let inputs = &self.run.invocation.inputs;
        let ask = checks::Ask {
            project: &self.job.project,
            root: &room.files(),
            walls,
            checkout: &self.run.invocation.repository.root,
            copied,
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
        && !matches!(run.decision.intent, Intent::Relay | Intent::Renew)
        && run.invocation.inputs.execute != Execute::Never
}

/// Whether this run is one that tests what it looks at, and need not say of itself that it does not.
pub(super) fn tests_here(run: &Run<'_>) -> bool {
    untested(run).is_none() || is_held_back(run)
}

/// Why this run executes nothing of the tree, if it does not.
fn untested(run: &Run<'_>) -> Option<&'static str> {
    let meant = run.decision.reach.includes(Step::Check);
    match run.decision.intent {
        Intent::Drift | Intent::Adopt => Some("nothing is deployed, so nothing is tested"),
        Intent::Relay => Some("nothing of a fork's is executed beside a token that may write"),
        Intent::Renew => Some("a schedule executes nothing of a pull request"),
        _ if !meant => Some("this event executes nothing of the tree"),
        _ if run.invocation.inputs.execute == Execute::Never => Some("`execute: never`"),
        _ => None,
    }
}

/// Whether only `execute: never` keeps the tests from running here.
fn is_held_back(run: &Run<'_>) -> bool {
    run.invocation.inputs.execute == Execute::Never
        && run.decision.reach.includes(Step::Check)
        && !matches!(run.decision.intent, Intent::Drift | Intent::Adopt | Intent::Relay | Intent::Renew)
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
