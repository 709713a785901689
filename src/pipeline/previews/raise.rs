//! Makes a pull request's preview and deploys to it, the way of every deploy: planned against what is there, through the gate,
//! recorded, applied, read back.

use std::sync::Arc;

use super::{place, previews};
use crate::context::Host;
use crate::context::config::Environment;
use crate::context::inputs::PlatformName;
use crate::deploy::{self, Lift, Lifted};
use crate::finding::CheckReport;
use crate::gate::{self, ApprovedPlan, Refused};
use crate::history::Keeper;
use crate::names::{EnvironmentName, LaneId};
use crate::outcome::{self, PreviewEnd, Stage};
use crate::pipeline::Run;
use crate::pipeline::desk::Desk;
use crate::pipeline::evidence::{Told, evidence};
use crate::pipeline::keeper::{deployments, no_keeper};
use crate::pipeline::reviews::Reviews;
use crate::pipeline::shelf::{Shelf, target_of};
use crate::plan::message::Code;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{self, Brief, Observed, Plan};
use crate::platform::Platform;
use crate::platform::previews::{Preview, Raised};
use crate::problem::{Fault, Problem};
use crate::release::History;

/// How often a deploy is decided anew because another run was there in between.
const MOST_TRIES: usize = 3;

/// The pull request's preview, with its commit deployed to it.
pub(super) async fn raised(run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk, pull: u64) -> PreviewEnd {
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
        let noted = preview.notes.len();
        for _ in 0..MOST_TRIES {
            let observed = self.platform.observe(desired, run.edges.watch).await?;
            let plan = Arc::new(self.plan(&observed));
            preview.notes.truncate(noted);
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
        let description = format!("preview of #{}", self.pull);
        let (history, numbers) = (Ok(History::default()), NumberLine::default());
        let told = Told {
            environment: &self.environment,
            target: self.target(),
            source: desk.source(),
            history: &history,
            by_hand: None,
            before: None,
            numbers: &numbers,
            reviews: &Reviews::none(),
            description: &description,
        };
        let evidence = evidence(run, self.shelf, desk, told);
        gate::preview(plan, &evidence, newest).map_err(refused)
    }
}

/// What a new place lacks that only an image brings.
fn plain(plan: &Plan) -> Option<String> {
    let needed = plan.messages.iter().find(|message| message.code == Code::ImageNeeded)?;
    let to_do = needed.to_do.as_deref().unwrap_or_default();
    Some(format!("🖼️ the image is not sent: {} → {to_do}", needed.says))
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
