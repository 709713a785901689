//! Between the jobs of a run: one checks and compiles without keys and writes that down; another executes nothing, takes it
//! over and deploys it.
//!
//! What is taken over is downloaded from GitHub itself. Its digest must be the one that GitHub counted when it was uploaded,
//! it must have been uploaded by this very run while the job was at work that says it made it, and that job must have
//! succeeded. Only then is a byte of it read.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::Run;
use super::desk::Desk;
use super::shelf::Shelf;
use crate::artefact::Built;
use crate::context::event::Event;
use crate::context::inputs::HandedOver;
use crate::finding::CheckReport;
use crate::github::{Artifact, CheckStatus, Conclusion, RunJob, WorkflowRun};
use crate::handover::{FILE, Giver, HandOver, LARGEST, Part, SCHEMA, Wanted};
use crate::names::{CommitSha, Digest};
use crate::outcome::line::{clip, visible};
use crate::outcome::{Handed, Outcome};
use crate::policy::Step;
use crate::problem::{Fault, Problem};

/// The longest name of a job that is told, in characters.
const NAME: usize = 100;

/// What an earlier job handed over, vouched for by GitHub.
#[derive(Debug)]
pub(super) struct Taken {
    what: HandOver,
    /// The job, as GitHub calls it.
    job: String,
}

impl Taken {
    /// The job that made it.
    pub(super) fn job(&self) -> &str {
        &self.job
    }

    /// The report and the bytes of one project, if they are what is wanted.
    pub(super) fn part(&self, wanted: &Wanted<'_>) -> Result<(CheckReport, Option<Built>), Problem> {
        let wanted = Wanted { job: &self.job, ..*wanted };
        let own = |part: &&Part| part.project == *wanted.project;
        let mut parts = self.what.projects.iter().filter(own);
        let taken = match (parts.next(), parts.next()) {
            (Some(part), None) => part.take(&wanted),
            (None, _) => Err(vec![format!("nothing of the project {} is in it", wanted.project)]),
            (Some(_), Some(_)) => Err(vec![format!("the project {} is in it twice", wanted.project)]),
        };
        taken.map_err(mismatch)
    }
}

/// Takes over what was named, once a run; `None` where nothing was, or where this event executes nothing anyway.
pub(super) async fn take(run: &Run<'_>) -> Option<Result<Taken, Problem>> {
    let named = run.invocation.inputs.handed_over.as_ref()?;
    if !run.decision.reach.includes(Step::Check) {
        return None;
    }
    let taken = taken(run, named).await;
    if let Ok(taken) = &taken {
        let (artifact, job) = (visible(&named.artifact), visible(&taken.job));
        run.edges.console.say(&format!("taken over: artifact {artifact}, checked and compiled by the job {job}"));
    }
    Some(taken)
}

async fn taken(run: &Run<'_>, named: &HandedOver) -> Result<Taken, Problem> {
    let own = giver(run)?;
    let client = run.edges.github.ok_or_else(no_token)?;
    let watch = run.edges.watch;
    let unread = |problem| unread(named, problem);
    let this = client.run(own.run, watch).await.map_err(unread)?;
    let artifacts = client.artifacts(own.run, &named.artifact, watch).await.map_err(unread)?;
    let jobs = client.jobs(own.run, watch).await.map_err(unread)?;
    let artifact = newest(artifacts, named)?;
    let digest = vouched(&artifact, &this, event_commit(run)).map_err(mismatch)?;
    let archive = client.download(artifact.id, LARGEST, watch).await.map_err(unread)?;
    let counted = Digest::of(&archive);
    if counted != *digest {
        return Err(mismatch(vec![format!(
            "GitHub counted {digest} when it was uploaded, and what it sent has {counted}"
        )]));
    }
    let bytes = unpacked(archive).map_err(|cause| mismatch(vec![cause]))?;
    let told = Digest::of(&bytes);
    if let Some(wanted) = named.digest.as_ref().filter(|wanted| **wanted != told) {
        return Err(mismatch(vec![format!("the job told {wanted} of it, and what lies there is {told}")]));
    }
    let what = HandOver::read(&bytes).map_err(|cause| mismatch(vec![cause]))?;
    let mut causes = what.strange(&own);
    let job = maker(&what.by, &jobs, &artifact).unwrap_or_else(|cause| {
        causes.push(cause);
        String::new()
    });
    if causes.is_empty() { Ok(Taken { what, job }) } else { Err(mismatch(causes)) }
}

/// This run and this job.
fn giver(run: &Run<'_>) -> Result<Giver, Problem> {
    let invocation = run.invocation;
    let job = run.edges.variables.get("GITHUB_JOB").filter(|job| !job.is_empty());
    match (&invocation.repository.name, invocation.run.id, job) {
        (Some(repository), Some(id), Some(job)) => Ok(Giver {
            repository: repository.clone(),
            run: id,
            attempt: invocation.run.attempt,
            job: job.clone(),
            sha: invocation.run.sha.clone(),
        }),
        _ => Err(Problem::input("hand-over-outside", "between jobs something is handed over in GitHub Actions alone")
            .help("leave out `hand-over` and `handed-over` elsewhere")),
    }
}

/// The commit that GitHub calls the run's: of a pull request its head, not the merge that was checked out.
fn event_commit<'r>(run: &'r Run<'_>) -> &'r CommitSha {
    match &run.invocation.event {
        Event::PullRequest(pull) => &pull.head.sha,
        _ => &run.invocation.run.sha,
    }
}

/// The newest of that name: each attempt of a run leaves its own.
fn newest(artifacts: Vec<Artifact>, named: &HandedOver) -> Result<Artifact, Problem> {
    let name = visible(&named.artifact);
    let own = artifacts.into_iter().filter(|artifact| artifact.name == named.artifact);
    match own.max_by_key(|artifact| artifact.id) {
        Some(artifact) if artifact.expired => Err(mismatch(vec![format!("GitHub has deleted the artifact `{name}`")])),
        Some(artifact) if usize::try_from(artifact.size_in_bytes).is_ok_and(|size| size > LARGEST) => {
            Err(mismatch(vec![format!("the artifact `{name}` has more than {} MiB", LARGEST >> 20)]))
        }
        Some(artifact) => Ok(artifact),
        None => Err(mismatch(vec![format!("this run has no artifact `{name}`")]).help(
            "let the job that checks upload its output `hand-over-path` under that name, and this one `needs:` it",
        )),
    }
}

/// The digest that GitHub counted, if it is an artifact of this very run.
fn vouched<'a>(artifact: &'a Artifact, run: &WorkflowRun, commit: &CommitSha) -> Result<&'a Digest, Vec<String>> {
    let mut causes = Vec::new();
    if run.head_sha != *commit {
        causes.push(format!(
            "GitHub says that this run is of {}, and it is of {}",
            run.head_sha.short(),
            commit.short()
        ));
    }
    match &artifact.workflow_run {
        None => causes.push("GitHub does not say which run uploaded it".to_owned()),
        Some(by) => {
            if by.id != Some(run.id) {
                causes.push(format!("another run than {} uploaded it", run.id));
            }
            if by.head_sha.as_ref() != Some(&run.head_sha) {
                causes.push(format!("it was uploaded for another commit than {}", run.head_sha.short()));
            }
            if by.repository_id.is_none() || by.repository_id != by.head_repository_id {
                causes.push("it was uploaded by a run of a fork".to_owned());
            }
        }
    }
    match (&artifact.digest, causes.is_empty()) {
        (Some(digest), true) => Ok(digest),
        (Some(_), false) => Err(causes),
        (None, _) => {
            causes.push("GitHub has no digest of it".to_owned());
            Err(causes)
        }
    }
}

/// The job that made it: it succeeded, and was at work when the artifact was uploaded. GitHub has a job's id only as its
/// name, and only where the workflow file gives no other; else every job that was at work then must have succeeded.
fn maker(by: &Giver, jobs: &[RunJob], artifact: &Artifact) -> Result<String, String> {
    let was_at_work = |job: &&RunJob| match (artifact.created_at, job.started_at) {
        (Some(uploaded), Some(began)) => began <= uploaded && job.completed_at.is_none_or(|ended| uploaded <= ended),
        _ => false,
    };
    let named: Vec<&RunJob> = jobs.iter().filter(|job| is_of(&by.job, &job.name)).collect();
    let of_that_name = !named.is_empty();
    let makers = if of_that_name { named } else { jobs.iter().filter(was_at_work).collect() };
    if let Some(job) = makers.iter().find(|job| job.conclusion != Some(Conclusion::Success)) {
        let how = match (job.status, job.conclusion) {
            (CheckStatus::Completed, Some(Conclusion::Failure)) => "failed",
            (CheckStatus::Completed, Some(Conclusion::Cancelled)) => "was cancelled",
            (CheckStatus::Completed, _) => "did not succeed",
            _ => "has not ended: name it under `needs:`",
        };
        return Err(format!("the job `{}` {how}", clip(&visible(&job.name), NAME)));
    }
    match makers.iter().find(|job| was_at_work(job)) {
        Some(job) if of_that_name || makers.len() == 1 => Ok(job.name.clone()),
        Some(_) => Ok(by.job.clone()),
        None => Err(format!("it was uploaded while the job `{}` was not at work", clip(&visible(&by.job), NAME))),
    }
}

/// A job's name is its id where the file gives none, after the job that calls it and before what its matrix adds.
fn is_of(id: &str, name: &str) -> bool {
    let last = name.rsplit(" / ").next().unwrap_or(name);
    last.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

/// The one file of the archive, however large it claims to be.
fn unpacked(archive: Vec<u8>) -> Result<Vec<u8>, String> {
    let wrong = |error: zip::result::ZipError| format!("no `{FILE}` can be unpacked from it: {error}");
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(wrong)?;
    let file = archive.by_name(FILE).map_err(wrong)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let read = file.take(most).read_to_end(&mut bytes);
    read.map_err(|error| format!("`{FILE}` cannot be unpacked: {error}"))?;
    Ok(bytes)
}

/// Writes down what a later job may take over, if all of it passed; says so either way.
pub(super) fn give(run: &Run<'_>, shelf: &Shelf<'_>, desks: &[Desk], outcome: &mut Outcome) {
    if !run.invocation.inputs.hand_over || run.edges.watch.stopped().is_some() {
        return;
    }
    let parts: Option<Vec<Part>> = desks.iter().map(Desk::part).collect();
    let parts = parts.filter(|parts| !parts.is_empty() && outcome.problems.is_empty());
    let Some(parts) = parts else {
        outcome.notes.push("nothing is handed over to later jobs: the checks do not hold".to_owned());
        return;
    };
    match written(run, shelf, parts) {
        Ok(handed) => {
            outcome.notes.push(format!("handed over to later jobs: `{}`, {}", handed.path, handed.digest));
            outcome.handed_over = Some(handed);
        }
        Err(problem) => outcome.problems.push(problem),
    }
}

fn written(run: &Run<'_>, shelf: &Shelf<'_>, mut projects: Vec<Part>) -> Result<Handed, Problem> {
    for part in &mut projects {
        part.checks = part.checks.clone().redacted(run.edges.redactor);
    }
    let text = HandOver { schema: SCHEMA, by: giver(run)?, projects }.text()?;
    if shelf.checkout().is_tracked(FILE) == Some(true) {
        return Err(Problem::input("file-not-left", format!("`{FILE}` is a file of the repository itself"))
            .help("remove it: airlock writes what it hands over there"));
    }
    crate::process::leave(&run.invocation.repository.root, FILE, text.as_bytes())?;
    Ok(Handed { path: FILE.to_owned(), digest: Digest::of(text.as_bytes()) })
}

/// A job that may not execute anything has to be given what it deploys.
pub(super) fn not_compiled() -> Problem {
    Problem::new("not-compiled", Fault::Checks, "nothing was compiled in this run, and the platform takes nothing else")
        .help("let this job execute the repository's code (`execute: auto`)")
        .help(
            "or let an earlier job of this run compile it (`hand-over: true`), and take that over here (`handed-over`)",
        )
}

/// What does not fit, all of it.
fn mismatch(causes: Vec<String>) -> Problem {
    let text = "what an earlier job handed over is not taken";
    let problem = Problem::new("artefact-mismatch", Fault::Refused, text);
    causes.into_iter().fold(problem, Problem::cause)
}

fn no_token() -> Problem {
    Problem::new("artefact-unread", Fault::Unreadable, "what an earlier job handed over was not looked for")
        .cause("there is no GitHub token in this run")
        .help("give `github-token: ${{ github.token }}`, and `actions: read` under `permissions:` of the job")
}

fn unread(named: &HandedOver, problem: Problem) -> Problem {
    let says = format!("the artifact `{}` of this run could not be read", visible(&named.artifact));
    let mut unread = Problem::new("artefact-unread", Fault::Unreadable, says).cause(problem.text);
    unread.causes.extend(problem.causes);
    unread.help = problem.help;
    unread
}
