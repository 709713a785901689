//! Previews of pull requests: made and deployed to by their runs, removed when they are closed, and looked for afterwards.
//!
//! A deploy to one goes the way of every deploy: planned against what is there, through the gate, recorded, applied, read back. What
//! cannot have a preview says so and keeps no review from its reader.

use std::sync::Arc;

use super::desk::Desk;
use super::keeper::{deployments, no_keeper};
use super::reviews::Reviews;
use super::shelf::{Shelf, target_of};
use super::{Run, lane};
use crate::context::Host;
use crate::context::config::Environment;
use crate::context::inputs::PlatformName;
use crate::deploy::{self, Lift, Lifted};
use crate::finding::CheckReport;
use crate::gate::{self, ApprovedPlan, Evidence, Refused};
use crate::history::Keeper;
use crate::names::{EnvironmentName, LaneId, ProjectId};
use crate::outcome::{self, PreviewEnd, PreviewOutcome, Stage};
use crate::plan::message::Code;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{self, Brief, Observed, Plan};
use crate::platform::previews::{Preview, Raised};
use crate::platform::{self, Access, Platform, Previews};
use crate::policy::{Reach, Target};
use crate::problem::{Fault, Problem};
use crate::release::History;
use crate::work::Project;

/// How often a deploy is decided anew because another run was there in between.
const MOST_TRIES: usize = 3;

/// What becomes of the previews that this run is about.
pub(super) async fn of(run: &Run<'_>, shelf: &Shelf<'_>, desks: &[Desk]) -> Vec<PreviewOutcome> {
    let Reach::Apply(target) = &run.decision.reach else { return Vec::new() };
    let mut told = Vec::new();
    match target {
        Target::Live { .. } => {}
        Target::Preview { pull } => {
            for desk in desks {
                let project = &desk.project().id;
                told.push(outcome_of(project, *pull, Box::pin(raised(run, shelf, desk, *pull)).await));
            }
        }
        Target::Teardown { pull } => {
            for project in shelf.projects() {
                told.extend(Clearing { run, project }.only(*pull).await);
            }
        }
        Target::Leftovers => {
            for project in shelf.projects() {
                told.extend(Clearing { run, project }.leftovers().await);
            }
        }
    }
    told
}

fn outcome_of(project: &ProjectId, pull: u64, end: PreviewEnd) -> PreviewOutcome {
    PreviewOutcome { project: project.clone(), pull, environment: EnvironmentName::of_pull(pull), end }
}

/// The place that a project's previews are made from; why it has none.
fn place<'r>(run: &'r Run<'r>, project: &Project) -> Result<Box<dyn Platform + 'r>, PreviewEnd> {
    let none = |why: String| Err(PreviewEnd::None(why));
    let Some(environment) = run.invocation.config.previewed() else {
        return none("previews are made from an environment that is not production, and there is none".to_owned());
    };
    let target = target_of(run, project, environment);
    let code = platform::code(project.platform).map_err(PreviewEnd::Failed)?;
    if target == PlatformName::Local || !code.has_previews() {
        return none(format!("`{}` has no previews of pull requests", target.as_str()));
    }
    let environments = &run.invocation.config.environments;
    let names: Vec<EnvironmentName> = environments.iter().map(|environment| environment.name.clone()).collect();
    let lane = LaneId { project: project.id.clone(), environment: environment.name.clone() };
    let access = Access {
        root: &run.invocation.repository.root,
        project,
        lane: &lane,
        first: environment.after.is_none(),
        environments: &names,
        keys: run.edges.keys,
        sole: names.len() == 1,
        variables: run.edges.variables,
        command: None,
        image: run.invocation.inputs.image.as_deref(),
        now: (run.edges.clock)(),
    };
    match (run.edges.connect)(target, &access) {
        Ok(place) => Ok(place),
        Err(problem) if problem.code == "key-missing" => none(problem.to_string()),
        Err(problem) => Err(PreviewEnd::Failed(problem)),
    }
}

fn previews<'p>(place: &'p (dyn Platform + '_)) -> Result<&'p dyn Previews, PreviewEnd> {
    place.previews().ok_or_else(|| PreviewEnd::Failed(Problem::bug("a platform that has previews offers none")))
}

/// The pull request's preview, with its commit deployed to it.
async fn raised(run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk, pull: u64) -> PreviewEnd {
    if !desk.checks().done().is_some_and(CheckReport::passed) {
        return PreviewEnd::None("the checks do not hold, so nothing is deployed".to_owned());
    }
    // A run that is run again does not know what happened since.
    if let Some(client) = run.edges.github
        && client.pull(pull, run.edges.watch).await.is_ok_and(|pull| !pull.is_open())
    {
        return PreviewEnd::None("the pull request has been closed since".to_owned());
    }
    let place = match place(run, desk.project()) {
        Ok(place) => place,
        Err(end) => return end,
    };
    let raised = match previews(&*place) {
        Ok(previews) => previews.raise(pull, run.edges.watch).await,
        Err(end) => return end,
    };
    let Raised { platform, mut preview } = match raised {
        Ok(raised) => raised,
        Err(problem) => return PreviewEnd::Failed(problem),
    };
    run.edges.console.say(&format!("deploying to the preview {}", preview.name));
    let lane = LaneId { project: desk.project().id.clone(), environment: EnvironmentName::of_pull(pull) };
    let environment = Environment::named(lane.environment.clone());
    let lift = Lifting { run, shelf, desk, pull, lane, environment, platform: &*platform };
    let deploy = match lift.deployed(&mut preview).await {
        Ok(deployed) => Stage::Done(deployed),
        Err(problem) => Stage::Failed(problem),
    };
    PreviewEnd::Stands { preview: Box::new(preview), deploy }
}

/// A deploy to a preview.
struct Lifting<'a> {
    run: &'a Run<'a>,
    shelf: &'a Shelf<'a>,
    desk: &'a Desk,
    pull: u64,
    lane: LaneId,
    environment: Environment,
    platform: &'a dyn Platform,
}

impl Lifting<'_> {
    fn target(&self) -> PlatformName {
        target_of(self.run, self.desk.project(), &self.environment)
    }

    async fn deployed(&self, preview: &mut Preview) -> Result<Box<outcome::Deployed>, Problem> {
        let Self { run, shelf, desk, .. } = self;
        let own;
        let keeper: &dyn Keeper = match (run.invocation.run.host, run.edges.github) {
            (Host::Simulated, _) => shelf.keeper(run, desk.project(), &self.environment)?,
            (Host::Actions, Some(client)) => {
                own = deployments(run, client).of_preview(preview.page.clone());
                &own
            }
            (Host::Actions, None) => return Err(no_keeper()),
        };
        let desired = desk.manifest(self.target());
        let payload = desk.payload(self.target()).ok_or_else(|| Problem::bug("there is nothing to send"))?;
        for _ in 0..MOST_TRIES {
            let observed = self.platform.observe(desired, run.edges.watch).await?;
            let plan = Arc::new(self.plan(&observed));
            preview.notes.retain(|note| !note.starts_with(PLAIN));
            preview.notes.extend(plain(&plan));
            let approved = self.approved(&plan, keeper.newest(&self.lane, run.edges.watch).await?)?;
            let replan = |observed: &Observed| self.plan(observed);
            let lift =
                Lift { platform: self.platform, keeper, payload, desired, replan: &replan, clock: run.edges.clock };
            if let Lifted::Begun(deployed) = deploy::deploy(&lift, approved, run.edges.watch).await? {
                return Ok(deployed);
            }
        }
        let says = "other runs keep deploying to this preview";
        Err(Problem::new("deployment-in-progress", Fault::Refused, says)
            .help("start this run again when they are done"))
    }

    /// What the commit changes there. Its number says whose it is: a preview counts among no releases.
    fn plan(&self, seen: &Observed) -> Plan {
        let mut version = semver::Version::new(0, 0, 0);
        version.pre = semver::Prerelease::new(&format!("pr.{}", self.pull)).unwrap_or_default();
        plan::build(Brief {
            lane: self.lane.clone(),
            commit: self.desk.source().commit.clone(),
            only: None,
            desired: self.desk.manifest(self.target()),
            seen,
            base: None,
            rules: self.desk.code(),
            numbers: &NumberLine::default(),
            series: Series::Final,
            ask: Ask::Given(version),
            previous: None,
            also: Vec::new(),
        })
    }

    fn approved(&self, plan: &Arc<Plan>, newest: Option<u64>) -> Result<ApprovedPlan, Problem> {
        let Self { run, desk, .. } = self;
        let (invocation, reviews) = (run.invocation, Reviews::none());
        let description = format!("preview of #{}", self.pull);
        let evidence = Evidence {
            decision: run.decision,
            inputs: &invocation.inputs,
            event: &invocation.event,
            run: &invocation.run,
            config: &invocation.config,
            policy_unreadable: invocation.policy_unreadable.as_ref(),
            environment: &self.environment,
            default_branch: invocation.repository.default_branch.as_ref(),
            projects: self.shelf.project_ids(),
            source: desk.source(),
            checks: lane::checks_of(desk.checks()),
            handed: desk.handed(),
            artefact: desk.artefact(self.target()),
            confinement: desk.confinement(),
            history: &Ok(History::default()),
            by_hand: None,
            before: None,
            numbers: &NumberLine::default(),
            reviewed: &reviews.reviewed,
            unshown: &reviews.unshown,
            description: &description,
            now: (run.edges.clock)(),
        };
        gate::preview(plan, &evidence, newest).map_err(refused)
    }
}

/// How what is said of a missing image begins.
const PLAIN: &str = "🖼️ ";

/// What a new place lacks that only an image brings.
fn plain(plan: &Plan) -> Option<String> {
    let needed = plan.messages.iter().find(|message| message.code == Code::ImageNeeded)?;
    let to_do = needed.to_do.as_deref().unwrap_or_default();
    Some(format!("{PLAIN}the image is not sent: {} → {to_do}", needed.says))
}

/// Every reason of the gate in one problem.
fn refused(refused: Refused) -> Problem {
    let mut reasons = refused.reasons.into_iter();
    let Some(first) = reasons.next() else { return Problem::bug("the gate refused without a reason") };
    let problem = Problem {
        code: first.code,
        help: vec![first.to_do],
        ..Problem::new("checks-failed", Fault::Refused, first.why)
    };
    reasons.fold(problem, |problem, reason| problem.cause(reason.why).help(reason.to_do))
}

/// What removes previews.
struct Clearing<'a> {
    run: &'a Run<'a>,
    project: &'a Project,
}

impl Clearing<'_> {
    fn tell(&self, pull: u64, end: PreviewEnd) -> PreviewOutcome {
        outcome_of(&self.project.id, pull, end)
    }

    /// Removes the previews of one pull request.
    async fn only(&self, pull: u64) -> Vec<PreviewOutcome> {
        let place = match place(self.run, self.project) {
            Ok(place) => place,
            Err(end) => return vec![self.tell(pull, end)],
        };
        match previews(&*place) {
            Ok(previews) => self.remove(previews, pull).await,
            Err(end) => vec![self.tell(pull, end)],
        }
    }

    async fn remove(&self, previews: &dyn Previews, pull: u64) -> Vec<PreviewOutcome> {
        let removed = match previews.take_down(pull, self.run.edges.watch).await {
            Ok(removed) => removed,
            Err(problem) => return vec![self.tell(pull, PreviewEnd::Failed(problem))],
        };
        if !removed.is_empty() {
            self.retire(pull).await;
        }
        removed.into_iter().map(|name| self.tell(pull, PreviewEnd::Removed(name))).collect()
    }

    /// Says at GitHub that the environment is gone; the preview is gone whether or not that can be said.
    async fn retire(&self, pull: u64) {
        let Some(client) = self.run.edges.github else { return };
        let lane = LaneId { project: self.project.id.clone(), environment: EnvironmentName::of_pull(pull) };
        let (keeper, url) = (deployments(self.run, client), self.run.invocation.run.url.clone());
        if let Err(problem) = keeper.retire(&lane, url, self.run.edges.watch).await {
            self.run
                .edges
                .console
                .say(&format!("note: GitHub still shows the environment {}: {problem}", lane.environment));
        }
    }

    /// Removes the previews whose pull requests are closed, by GitHub's own word on each. A project that has none is no news.
    async fn leftovers(&self) -> Vec<PreviewOutcome> {
        let place = match place(self.run, self.project) {
            Ok(place) => place,
            Err(PreviewEnd::Failed(problem)) => return vec![self.tell(0, PreviewEnd::Failed(problem))],
            Err(_) => return Vec::new(),
        };
        let found = match previews(&*place) {
            Ok(previews) => previews.pulls(self.run.edges.watch).await.map(|pulls| (previews, pulls)),
            Err(end) => return vec![self.tell(0, end)],
        };
        let (previews, pulls) = match found {
            Ok(found) => found,
            Err(problem) => return vec![self.tell(0, PreviewEnd::Failed(problem))],
        };
        let mut told = Vec::new();
        for pull in pulls {
            match self.is_open(pull).await {
                Ok(true) => {}
                Ok(false) => told.extend(self.remove(previews, pull).await),
                Err(problem) => told.push(self.tell(pull, PreviewEnd::Failed(problem))),
            }
        }
        told
    }

    async fn is_open(&self, pull: u64) -> Result<bool, Problem> {
        let client = self.run.edges.github.ok_or_else(no_keeper)?;
        client.pull(pull, self.run.edges.watch).await.map(|pull| pull.is_open())
    }
}
