//! `airlock plan`: two states of one project, without events, environments or checks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::context::Host;
use crate::finding::{CheckReport, Tested};
use crate::git::Git;
use crate::manifest::Manifest;
use crate::names::{BranchName, CommitSha, EnvironmentName, LaneId};
use crate::outcome::{Lane, Outcome, ProjectOutcome, REPORT_SCHEMA, RunFacts, Stage};
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{Basis, Brief, Extras, Observed, build};
use crate::platform::{self, Code};
use crate::problem::Problem;
use crate::tree::{self, Tree};
use crate::watch::Watch;
use crate::work::Project;

/// What the working tree is compared with.
pub enum Old {
    /// A commit.
    Commit(CommitSha),
    /// A manifest that was printed earlier.
    Manifest(Manifest),
}

/// The difference as an outcome of one lane, so that every renderer shows it.
pub async fn outcome(
    git: Option<&Git>,
    project: &Project,
    tree: &Tree,
    old: Old,
    now: Timestamp,
    watch: &Watch,
) -> Result<Outcome, Problem> {
    let code = platform::code(project.platform)?;
    let extracted = code.extract(project, tree);
    let head = match git {
        Some(git) => git.head(watch).await?,
        None => nothing()?,
    };
    let seen = seen(git, project, code, old, &head, watch).await?;
    let branch = match git {
        Some(git) => git.current_branch(watch).await?,
        None => None,
    };
    let lane = LaneId { project: project.id.clone(), environment: environment()? };
    let plan = build(Brief {
        lane: lane.clone(),
        commit: head.clone(),
        only: None,
        desired: &extracted.manifest,
        seen: &seen,
        base: None,
        rules: code,
        numbers: &NumberLine::default(),
        series: Series::Final,
        ask: Ask::Next,
        previous: None,
        also: Vec::new(),
    });
    let tested = Tested::Not { why: "a comparison runs no tests".to_owned() };
    let told = ProjectOutcome {
        path: project.path.clone(),
        platform: project.platform,
        commit: head.clone(),
        checks: Stage::Done(CheckReport { suites: Vec::new(), findings: extracted.findings, tested }),
        artefact: None,
        code: None,
        resources: extracted.manifest.resources.len(),
        lanes: BTreeMap::from([(lane.environment, compared(Arc::new(plan)))]),
    };
    Ok(Outcome {
        schema: REPORT_SCHEMA,
        run: facts(head, branch, now),
        decision: None,
        problems: Vec::new(),
        projects: BTreeMap::from([(project.id.clone(), told)]),
        previews: Vec::new(),
        handed_over: None,
        notes: Vec::new(),
    })
}

/// The old state, as if it were observed.
async fn seen(
    git: Option<&Git>,
    project: &Project,
    code: &'static dyn Code,
    old: Old,
    head: &CommitSha,
    watch: &Watch,
) -> Result<Observed, Problem> {
    let (commit, manifest) = match (old, git) {
        (Old::Manifest(manifest), _) => (head.clone(), manifest),
        (Old::Commit(commit), Some(git)) => {
            let tree = tree::commit::read(git, &commit, &|path| platform::wants_of(project, path), watch).await?;
            let manifest = code.extract(project, &tree).manifest;
            (commit, manifest)
        }
        (Old::Commit(_), None) => return Err(Problem::bug("a commit without a repository")),
    };
    let extras = Extras::none("this compares code with code");
    Ok(Observed { basis: Basis::Commit { commit }, manifest, extras })
}

fn compared(plan: Arc<crate::plan::Plan>) -> Lane {
    let not = || "a comparison deploys nothing".to_owned();
    Lane {
        position: 0,
        production: false,
        applies: false,
        branch: None,
        plan: Stage::Done(plan),
        waits_for: BTreeSet::new(),
        gate: Stage::NotReached(not()),
        deploy: Stage::NotReached(not()),
        current: None,
        previous: None,
        history: Vec::new(),
        left_behind: Vec::new(),
    }
}

fn facts(commit: CommitSha, branch: Option<BranchName>, started: Timestamp) -> RunFacts {
    RunFacts {
        host: Host::Simulated,
        event: "plan".to_owned(),
        pull: None,
        workflow: None,
        repository: None,
        commit: Some(commit),
        branch,
        actor: String::new(),
        url: None,
        attempt: 1,
        shard: None,
        started,
        milliseconds: 0,
        requests: None,
    }
}

/// A comparison is of no environment; a lane needs a name all the same.
fn environment() -> Result<EnvironmentName, Problem> {
    EnvironmentName::new("code").map_err(|bad| Problem::bug("the lane of a comparison has no name").because(&bad))
}

fn nothing() -> Result<CommitSha, Problem> {
    CommitSha::new("0".repeat(40)).map_err(|bad| Problem::bug("no commit has no name").because(&bad))
}
