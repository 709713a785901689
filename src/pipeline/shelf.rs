//! What all jobs of a run share: git, the checkout's tree, the projects, their histories.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::guards::Guard;
use super::keeper::{deployments, no_keeper};
use super::untouched::{self, Changed};
use super::{Run, facts, projects};
use crate::context::Host;
use crate::context::config::Environment;
use crate::context::event::{Event, PullState};
use crate::context::inputs::PlatformName;
use crate::history::deployments::DeploymentKeeper;
use crate::history::files::FileKeeper;
use crate::history::{Keeper, PullReview};
use crate::names::{CommitSha, EnvironmentName, LaneId, ProjectId};
use crate::outcome::Outcome;
use crate::platform::place::Likeness;
use crate::platform::{self, Extracted, Place};
use crate::policy::Intent;
use crate::problem::Problem;
use crate::release::History;
use crate::tree::{self, Tree};
use crate::work::{CommitFacts, Histories, Project};

/// How many commits' files are kept at a time: of many projects most look at the same few.
const TREES: usize = 4;

/// The shared things of a run.
pub(super) struct Shelf<'a> {
    checkout: Tree,
    projects: Vec<Project>,
    project_ids: Vec<ProjectId>,
    files: FileKeeper,
    /// Keeps what a simulated run deploys to a real platform.
    elsewhere: FileKeeper,
    deployments: Option<DeploymentKeeper<'a>>,
    /// The places that this run has looked at.
    places: RefCell<BTreeMap<LaneId, Place>>,
    /// What the checkout's commit is.
    head: CommitSha,
    /// The default branch's newest commit, where the clone has it or can fetch it.
    tip: Option<CommitSha>,
    /// Tracked files that differ from the commit.
    dirty: BTreeSet<String>,
    /// What changed between two commits.
    changed: RefCell<BTreeMap<(CommitSha, CommitSha), Rc<Changed>>>,
    /// The files of commits that were read.
    trees: RefCell<BTreeMap<CommitSha, Rc<Tree>>>,
    /// What commands of projects' own wrote, by commit.
    declared: RefCell<BTreeMap<(ProjectId, CommitSha), Extracted>>,
    /// What guards the environments that were looked at.
    guards: RefCell<BTreeMap<EnvironmentName, Guard>>,
    histories: Histories,
    facts: CommitFacts,
    notes: Vec<String>,
    /// What a reader should know that was found on the way.
    remarks: RefCell<Vec<String>>,
}

/// An environment that is where another one is.
pub(super) struct Twin {
    pub(super) environment: EnvironmentName,
    /// Where they only look alike: what would tell them apart.
    pub(super) wanting: Option<String>,
}

impl<'a> Shelf<'a> {
    /// Opens the repository, reads the checkout once, finds the projects and reads their histories.
    pub(super) async fn open(run: &Run<'a>) -> Result<Self, Vec<Problem>> {
        let watch = run.edges.watch;
        let root = &run.invocation.repository.root;
        let git = run.edges.git;
        let wants = |path: &str| platform::wants(&run.invocation.config.projects, path);
        let checkout = tree::disk::read(root, &wants).map_err(|problem| vec![problem])?;
        let checkout = tree::tracked::mark(checkout, git, watch).await.map_err(|problem| vec![problem])?;
        let projects = projects::find(&run.invocation.config, &run.invocation.inputs, &checkout)?;
        let (facts, mut notes) = facts::of_commits(run).await.map_err(|problem| vec![problem])?;
        notes.extend(kept_here(run, &projects));
        let project_ids = projects.iter().map(|project| project.id.clone()).collect();
        let folders: BTreeMap<_, _> =
            projects.iter().map(|project| (project.id.clone(), project.path.clone())).collect();
        let console = Rc::clone(&run.edges.console);
        let also = Rc::clone(&run.edges.console);
        let elsewhere = FileKeeper::new(root, BTreeMap::clone(&folders)).telling(move |text| also.say(text));
        let (redactor, also) = (run.edges.redactor.clone(), run.edges.redactor.clone());
        let elsewhere = elsewhere.hiding(move |text| also.redact_text(text));
        let elsewhere = elsewhere.of(run.invocation.inputs.platform.unwrap_or(PlatformName::Local).as_str());
        let files = FileKeeper::new(root, folders).telling(move |text| console.say(text));
        let files = files.hiding(move |text| redactor.redact_text(text));
        let deployments = run.edges.github.map(|client| deployments(run, client));
        let (histories, places) = (Histories::new(), RefCell::default());
        let (declared, trees, changed) = (RefCell::default(), RefCell::default(), RefCell::default());
        let head = git.head(watch).await.map_err(|problem| vec![problem])?;
        let tip = tip(run).await.map_err(|problem| vec![problem])?;
        let dirty = git.changed_tracked(&[""], watch).await.map_err(|problem| vec![problem])?;
        let mut shelf = Self {
            checkout,
            projects,
            project_ids,
            files,
            elsewhere,
            deployments,
            places,
            head,
            tip,
            dirty,
            changed,
            trees,
            declared,
            guards: RefCell::default(),
            histories,
            facts,
            notes,
            remarks: RefCell::default(),
        };
        shelf.histories = shelf.read_histories(run).await;
        let seen = shelf.histories.iter().filter(|(lane, _)| run.decision.environments.contains(&lane.environment));
        let told = seen.filter_map(|(_, history)| history.as_ref().ok()).flat_map(|history| history.notes.clone());
        shelf.notes.extend(told.collect::<Vec<_>>());
        Ok(shelf)
    }

    pub(super) fn checkout(&self) -> &Tree {
        &self.checkout
    }

    pub(super) fn projects(&self) -> &[Project] {
        &self.projects
    }

    pub(super) fn project_ids(&self) -> &[ProjectId] {
        &self.project_ids
    }

    pub(super) fn histories(&self) -> &Histories {
        &self.histories
    }

    pub(super) fn facts(&self) -> &CommitFacts {
        &self.facts
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Keeps what a reader should know, said once.
    pub(super) fn remark(&self, says: Option<String>) {
        let mut remarks = self.remarks.borrow_mut();
        let says = says.filter(|says| !remarks.contains(says));
        remarks.extend(says);
    }

    /// What was kept of that.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.remarks.take()
    }

    /// What is known of what guards an environment.
    pub(super) fn guard(&self, name: &EnvironmentName) -> Option<Guard> {
        self.guards.borrow().get(name).copied()
    }

    pub(super) fn keep_guard(&self, name: &EnvironmentName, guard: Guard) {
        self.guards.borrow_mut().insert(name.clone(), guard);
    }

    /// What a plan lacks where a history could not be read. A deploy is refused for it, and says so there.
    pub(super) fn unread(&self, run: &Run<'_>) -> Option<String> {
        let looks = run.decision.intent == Intent::Review && run.decision.targets.is_empty();
        let problem = self.histories.values().find_map(|history| history.as_ref().err()).filter(|_| looks)?;
        let step = problem.help.first().map(|step| format!(" → {step}")).unwrap_or_default();
        Some(format!("the releases so far could not be read, so versions are not certain: {problem}{step}"))
    }

    /// Who keeps the releases of this project in this environment.
    pub(super) fn keeper(
        &self,
        run: &Run<'_>,
        project: &Project,
        environment: &Environment,
    ) -> Result<&dyn Keeper, Problem> {
        match (target_of(run, project, environment), run.invocation.run.host) {
            (PlatformName::Local, _) => Ok(&self.files),
            (_, Host::Simulated) => Ok(&self.elsewhere),
            (_, Host::Actions) => self.deployments.as_ref().map(|keeper| keeper as _).ok_or_else(no_keeper),
        }
    }

    /// Keeps what tells the place of a lane from others.
    pub(super) fn seen(&self, lane: &LaneId, place: Place) {
        self.places.borrow_mut().insert(lane.clone(), place);
    }

    /// Another environment of the project that is at this place, in this run or by its newest release, or looks as if it were.
    pub(super) fn twin(&self, own: &LaneId, place: &Place) -> Option<Twin> {
        let places = self.places.borrow();
        let now = places.iter().map(|(lane, there)| (lane, place.to(there)));
        let released = self.histories.iter().filter_map(|(lane, history)| {
            let reference = history.as_ref().ok()?.current()?.platform_ref.as_deref()?;
            Some((lane, place.to_release(reference)))
        });
        let others =
            now.chain(released).filter(|(lane, _)| lane.project == own.project && lane.environment != own.environment);
        let twins = others.filter_map(|(lane, likeness)| {
            let wanting = match likeness {
                Likeness::Same => None,
                Likeness::Alike(wanting) => Some(wanting.to_owned()),
                Likeness::Other | Likeness::Unknown => return None,
            };
            Some(Twin { environment: lane.environment.clone(), wanting })
        });
        twins.min_by_key(|twin| twin.wanting.is_some())
    }

    /// The commit that is checked out.
    pub(super) fn head(&self) -> &CommitSha {
        &self.head
    }

    /// The default branch's newest commit.
    pub(super) fn tip(&self) -> Option<&CommitSha> {
        self.tip.as_ref()
    }

    /// Tracked files below a folder that differ from the commit.
    pub(super) fn dirty(&self, folder: &str) -> Vec<String> {
        let below = |path: &&String| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.dirty.iter().filter(below).cloned().collect()
    }

    /// What a commit has otherwise than another; each two are compared once.
    pub(super) async fn changed(
        &self,
        run: &Run<'_>,
        since: &CommitSha,
        head: &CommitSha,
    ) -> Result<Rc<Changed>, Problem> {
        let both = (since.clone(), head.clone());
        if let Some(known) = self.changed.borrow().get(&both) {
            return Ok(Rc::clone(known));
        }
        let changed = Rc::new(untouched::between(run, since, head).await?);
        self.changed.borrow_mut().insert(both, Rc::clone(&changed));
        Ok(changed)
    }

    /// Turns to another pull request and the projects that it has: the checkout stays, and what was read of histories.
    pub(super) async fn turn_to(&mut self, run: &Run<'_>, facts: CommitFacts, projects: Vec<Project>) {
        self.project_ids = projects.iter().map(|project| project.id.clone()).collect();
        (self.facts, self.projects) = (facts, projects);
        let more = self.read_histories(run).await;
        self.histories.extend(more);
    }

    /// What a command of the project's own wrote of this commit before.
    pub(super) fn declared(&self, project: &ProjectId, commit: &CommitSha) -> Option<Extracted> {
        self.declared.borrow().get(&(project.clone(), commit.clone())).cloned()
    }

    /// Keeps what a command of the project's own wrote of this commit.
    pub(super) fn keep_declared(&self, project: &ProjectId, commit: &CommitSha, extracted: &Extracted) {
        self.declared.borrow_mut().insert((project.clone(), commit.clone()), extracted.clone());
    }

    /// The pull requests of a project whose plans were shown here.
    pub(super) fn reviews(&self, project: &Project) -> Result<Vec<PullReview>, Problem> {
        self.files.reviews(&project.id)
    }

    /// The history of a lane as it is now, for deciding again after another run has released.
    pub(super) async fn read_again(
        &self,
        run: &Run<'_>,
        project: &Project,
        environment: &Environment,
    ) -> Result<History, Problem> {
        let lane = LaneId { project: project.id.clone(), environment: environment.name.clone() };
        self.keeper(run, project, environment)?.read(&lane, run.edges.watch).await
    }

    /// What is not known yet.
    async fn read_histories(&self, run: &Run<'_>) -> Histories {
        let mut histories = Histories::new();
        if run.decision.environments.is_empty() {
            return histories;
        }
        for project in &self.projects {
            for environment in &run.invocation.config.environments {
                let lane = LaneId { project: project.id.clone(), environment: environment.name.clone() };
                if !self.histories.contains_key(&lane) {
                    let history = self.read_again(run, project, environment).await;
                    histories.insert(lane, history);
                }
            }
        }
        histories
    }

    /// What GitHub itself recorded of this job, because of its `environment:`; it is left alone.
    pub(super) async fn told_of_job(&self, run: &Run<'_>, outcome: &Outcome) -> Option<String> {
        let deployed = outcome.lanes().iter().any(|of| of.lane.deploy.done().is_some());
        let (keeper, id) = (self.deployments.as_ref()?, run.invocation.run.id.filter(|_| deployed)?);
        match keeper.opened_for_job(id, &run.invocation.run.sha, run.edges.watch).await {
            Ok(found) => found.map(|(record, page)| {
                format!("GitHub opened record {record} for this job's `environment:`, and it was left alone: {page}")
            }),
            Err(problem) => Some(format!("whether GitHub opened a record for this job was not looked up: {problem}")),
        }
    }

    /// A simulated pull request is remembered as reviewed: its plan was shown.
    pub(super) async fn remember_review(&self, run: &Run<'_>, outcome: &Outcome) -> Result<(), Vec<Problem>> {
        let Event::PullRequest(pull) = &run.invocation.event else { return Ok(()) };
        let shown = run.decision.intent == Intent::Review && pull.state == PullState::Open;
        if run.invocation.run.host != Host::Simulated || !shown {
            return Ok(());
        }
        let Some(base) = &self.facts.base else { return Ok(()) };
        let review = PullReview {
            label: format!("#{} `{}`", pull.number, pull.head.branch),
            title: pull.title.clone(),
            base: base.clone(),
            head: pull.head.sha.clone(),
            at: (run.edges.clock)(),
        };
        for project in &self.projects {
            let planned = outcome
                .projects
                .get(&project.id)
                .is_some_and(|told| told.lanes.values().any(|lane| lane.planned().is_some()));
            if planned {
                self.files.remember(&project.id, &review, run.edges.watch).await.map_err(|problem| vec![problem])?;
            }
        }
        Ok(())
    }

    /// The files of a commit, read through git; the commit is fetched if a shallow clone lacks it.
    pub(super) async fn tree_at(&self, run: &Run<'_>, commit: &CommitSha) -> Result<Rc<Tree>, Problem> {
        if let Some(known) = self.trees.borrow().get(commit) {
            return Ok(Rc::clone(known));
        }
        let wants = |path: &str| platform::wants(&run.invocation.config.projects, path);
        run.edges.git.ensure(std::slice::from_ref(commit), run.edges.watch).await?;
        let tree = Rc::new(tree::commit::read(run.edges.git, commit, &wants, run.edges.watch).await?);
        let mut trees = self.trees.borrow_mut();
        if trees.len() >= TREES {
            trees.clear();
        }
        trees.insert(commit.clone(), Rc::clone(&tree));
        Ok(tree)
    }
}

/// Where a project deploys to in an environment: `local` is never a fallback in Actions, only when named; a simulated run
/// reaches a real platform only when a person names that.
pub(super) fn target_of(run: &Run<'_>, project: &Project, environment: &Environment) -> PlatformName {
    let local = PlatformName::Local;
    let named = [run.invocation.inputs.platform, environment.platform, Some(project.platform)];
    match run.invocation.run.host {
        Host::Simulated if run.invocation.inputs.platform == Some(project.platform) => project.platform,
        Host::Simulated => local,
        Host::Actions if named.contains(&Some(local)) => local,
        Host::Actions => project.platform,
    }
}

/// A simulated run that reaches a real platform keeps its releases where no other machine sees them.
fn kept_here(run: &Run<'_>, projects: &[Project]) -> Option<String> {
    let environments = &run.invocation.config.environments;
    let reached = projects.iter().find_map(|project| {
        let targets = environments.iter().map(|environment| target_of(run, project, environment));
        targets.into_iter().find(|target| *target != PlatformName::Local)
    });
    reached.filter(|_| run.invocation.run.host == Host::Simulated).map(|platform| {
        format!(
            "this reaches {} itself; its releases are recorded here, in `.airlock/+{}/`, and runs in GitHub do not see them",
            platform.as_str(),
            platform.as_str(),
        )
    })
}

/// The default branch's newest commit, fetched where a shallow clone lacks it; where that cannot be, the policy could not be read
/// either, and that is told there.
async fn tip(run: &Run<'_>) -> Result<Option<CommitSha>, Problem> {
    let (git, watch) = (run.edges.git, run.edges.watch);
    let Some(branch) = &run.invocation.repository.default_branch else { return Ok(None) };
    match git.branch_tip(branch, watch).await? {
        Some(tip) => Ok(Some(tip)),
        None => Ok(git.fetch_branch(branch, watch).await.ok()),
    }
}
