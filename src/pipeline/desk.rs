//! One job's project at one commit: its files, what they declare, what the checks came to, what would be sent.

use std::collections::BTreeMap;

use super::carried::AsItIs;
use super::checking::{Checking, Report};
use super::shelf::{Shelf, target_of};
use super::surroundings::Said;
use super::{Run, carried, declared, facts, surroundings};
use crate::artefact::Built;
use crate::checks::{self, Wanted};
use crate::context::config::surroundings::Surroundings;
use crate::context::inputs::PlatformName;
use crate::finding::{CheckReport, Severity};
use crate::gate::{Confinement, SourceFacts};
use crate::handover::{Bytes, Part};
use crate::manifest::{Known, Manifest};
use crate::names::{Digest, EnvironmentName};
use crate::outcome::{self, Outcome, ProjectOutcome, Stage};
use crate::plan;
use crate::platform::{self, Code, Extracted, Payload};
use crate::policy::Intent;
use crate::problem::Problem;
use crate::release::Release;
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
    /// The job that the checks were taken over from, or why they were not; `None` where nothing was to be.
    handed: Option<Result<String, Problem>>,
    is_read: bool,
    /// What people say of the environments.
    said: Said,
    /// What it is compared with on a pull request, so that its own changes are told from those that wait.
    base: Option<Manifest>,
}

impl Desk {
    /// Reads the files, extracts, holds what would be sent, and only then runs the project's own checks.
    pub(super) async fn prepare(run: &Run<'_>, shelf: &Shelf<'_>, mut job: Job) -> Result<Self, Problem> {
        let code = platform::code(job.project.platform)?;
        let mut source = facts::of_source(run, shelf, &job.project, &job.source, live_release(shelf, &job)).await;
        let own = match &job.source {
            Source::Checkout => None,
            Source::Commit(commit) => Some(shelf.tree_at(run, commit).await?),
        };
        if let Some(tree) = own.as_deref()
            && let Some(then) = facts::as_of(run, &job.project, tree, &source.commit).await?
        {
            job.project.astro = then.astro;
        }
        let project = &job.project;
        let tree = own.as_deref().unwrap_or_else(|| shelf.checkout());
        run.edges.console.say(&format!("reading {} at {}", project.id, source.commit.short()));
        let Extracted { manifest, mut findings } =
            declared::at(run, shelf, code, project, tree, &source.commit).await?;
        let is_read = findings.iter().all(|finding| finding.severity != Severity::Error);
        let said = match surroundings::of_project(run, shelf, project).await {
            Ok((said, differs)) => {
                findings.extend(differs);
                said
            }
            Err(problems) => {
                findings.extend(problems.iter().map(checks::finding_of));
                Said::new()
            }
        };
        let AsItIs { bytes: mut carried, stray } = carried::of(run, &job, code, tree, &source.commit).await?;
        if let Known::Yes(dirty) = &mut source.dirty {
            dirty.extend(stray.into_iter().map(|path| format!("{path} (git does not track it)")));
        }
        carried.files.extend(carried::brought(run, shelf, project, code)?);
        findings.extend(carried.findings);
        let is_read = is_read && findings.iter().all(|finding| finding.severity != Severity::Error);
        let artefact = code.sources(project, tree, &carried.files);
        let builds = job.lanes.iter().any(|lane| takes_built(code, target_of(run, project, &lane.environment)));
        let base = match (run.decision.intent, &shelf.facts().base) {
            (Intent::Review | Intent::Renew, Some(base)) => {
                Some(facts::manifest_at(run, shelf, code, project, base).await?)
            }
            _ => None,
        };
        if run.decision.intent == Intent::Drift && job.source == Source::Checkout {
            // What nobody released cannot have drifted, whatever is the matter with it.
            findings.clear();
        }
        let wanted = code.step().filter(|_| builds || code.compiler().is_none()).map(|_| Wanted {
            code,
            manifest: &manifest,
            needed: builds && (job.lanes.iter().any(|lane| lane.applies) || run.invocation.inputs.hand_over),
        });
        let checking =
            Checking { run, shelf, job: &job, tree, commit: &source.commit, manifest: &manifest, code, wanted };
        let Report { checks, confinement, built, handed } = checking.report(findings).await;
        let built = built.map(|built| Payload::Artefact(Box::new(built)));
        let sources = Payload::Artefact(Box::new(Built { artefact, manifest }));
        Ok(Self { job, code, source, sources, builds, built, checks, confinement, handed, is_read, said, base })
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
        self.payload(target).map_or_else(|| self.declared(), manifest_of)
    }

    /// What the source declares, nothing executed.
    pub(super) fn declared(&self) -> &Manifest {
        manifest_of(&self.sources)
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

    /// The job that the checks were taken over from, or why they were not.
    pub(super) fn handed(&self) -> Option<Result<&str, &Problem>> {
        self.handed.as_ref().map(|handed| handed.as_deref())
    }

    /// What a later job may take over: nothing unless every check holds and what is to be deployed is here.
    pub(super) fn part(&self) -> Option<Part> {
        let report = self.checks.done().filter(|report| report.passed())?;
        let built = match &self.built {
            Some(Payload::Artefact(built)) if self.builds => Some(Bytes::of(built)),
            _ if self.builds => return None,
            _ => None,
        };
        Some(Part {
            project: self.project().id.clone(),
            path: self.project().path.clone(),
            platform: self.project().platform,
            commit: self.source.commit.clone(),
            checks: report.clone(),
            built,
        })
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
            code: self.base.as_ref().filter(|_| self.is_read).map(|base| self.code_digest(base)),
            resources: self.declared().resources.len(),
            lanes: BTreeMap::new(),
        });
    }

    /// What this pull request changes of the code, whatever runs anywhere.
    fn code_digest(&self, base: &Manifest) -> Digest {
        let diff = plan::diff::of_code(self.declared(), base, self.code);
        plan::digest::of_code(&self.project().id, &diff.changes, &diff.destructive)
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
pub(super) fn takes_built(code: &dyn Code, target: PlatformName) -> bool {
    target != PlatformName::Local && code.compiler().is_some()
}

fn manifest_of(payload: &Payload) -> &Manifest {
    match payload {
        Payload::Artefact(built) => &built.manifest,
        Payload::Native { manifest, .. } => manifest,
    }
}

fn digest_of(payload: &Payload) -> Option<&Digest> {
    match payload {
        Payload::Artefact(built) => Some(built.artefact.digest()),
        Payload::Native { .. } => None,
    }
}
