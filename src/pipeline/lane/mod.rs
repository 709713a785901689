//! One environment of one project: look at it, plan, ask the gate, deploy.

mod adopt;

use std::sync::Arc;

use super::desk::Desk;
use super::evidence::{Told, evidence};
use super::guards::Guard;
use super::look::Look;
use super::past::Past;
use super::reviews::Reviews;
use super::shelf::{Shelf, target_of};
use super::{Run, checking, facts, kept, reach, remarks, surroundings};
use crate::context::event::Event;
use crate::context::inputs::PlatformName;
use crate::deploy::{self, Lift, Lifted};
use crate::gate::{self, ApprovedPlan, Evidence, Refused, SourceFacts, Verdict};
use crate::names::{EnvironmentName, LaneId};
use crate::outcome::{self, GateOutcome, Stage};
use crate::plan::laid::Overlaid;
use crate::plan::message::Message;
use crate::plan::part::Part;
use crate::plan::version::{Ask, NumberLine, Series};
use crate::plan::{self, Brief, Observed, Plan};
use crate::platform::{NamesOnly, Place, Platform};
use crate::policy::{Intent, Step};
use crate::problem::{Fault, Problem};
use crate::release::{History, Release};
use crate::work::LaneSpec;

/// How often a plan is made anew because another run released in between.
const MOST_TRIES: usize = 3;
/// How many releases a report shows.
const SHOWN: usize = 10;

/// What the gate is told of the past.
struct Said {
    reviews: Reviews,
    description: String,
    numbers: NumberLine,
}

/// A lane as far as it is planned.
pub(super) struct Lane<'r> {
    spec: LaneSpec,
    /// What it is deployed to.
    target: PlatformName,
    /// What is known of the commit against what runs here.
    source: SourceFacts,
    history: Result<History, Problem>,
    /// The platform; the reason why there is none in this run.
    platform: Result<Box<dyn Platform + 'r>, Problem>,
    /// What the releases say of what runs.
    past: Past,
    /// How nothing on GitHub's side guards the key.
    unguarded: Option<&'static str>,
    /// The part of the project that this run is about.
    only: Result<Option<Part>, Problem>,
    plan: Stage<Arc<Plan>>,
}

impl<'r> Lane<'r> {
    /// Looks at what is there and plans.
    pub(super) async fn plan(run: &'r Run<'r>, shelf: &Shelf<'_>, desk: &'r Desk, spec: &'r LaneSpec) -> Self {
        let unread = Err(Problem::bug("a history was not read"));
        let history = shelf.histories().get(&spec.id).cloned().unwrap_or(unread);
        let platform = reach::connect(run, shelf, desk, spec, &history).await;
        let (source, plan) = (facts::of_lane(run, desk, &history).await, not(""));
        let (spec, target) = (spec.clone(), target_of(run, desk.project(), &spec.environment));
        let past = Box::pin(Past::of(run, shelf, desk, &spec, &history)).await;
        let only = reach::part(run, desk, target);
        let unguarded = Guard::missing(run, shelf, &spec).await;
        let mut lane = Self { spec, target, source, history, platform, past, unguarded, only, plan };
        lane.plan = lane.make_plan(run, shelf, desk).await;
        lane.place().into_iter().for_each(|place| shelf.seen(&lane.spec.id, place));
        lane
    }

    async fn make_plan(&self, run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk) -> Stage<Arc<Plan>> {
        if run.edges.watch.stopped().is_some() {
            return not("cancelled");
        }
        let is_unreleased = run.decision.intent == Intent::Drift && self.current().is_none();
        if !desk.is_read() && !is_unreleased {
            return not("the code could not be read, so nothing is claimed of what it declares");
        }
        if let Err(problem) = &self.only {
            return Stage::Failed(problem.clone());
        }
        let look = Look {
            run,
            shelf,
            desk,
            spec: &self.spec,
            target: self.target,
            history: &self.history,
            platform: &self.platform,
        };
        match look.observe().await {
            Err(problem) => Stage::Failed(problem),
            Ok(observed) => match look.undriftable(&observed) {
                Some(stage) => stage,
                None => Stage::Done(Arc::new(self.planned(run, shelf, desk, &observed))),
            },
        }
    }

    fn planned(&self, run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk, observed: &Observed) -> Plan {
        let observed = kept::held(&self.platform, self.past.laid(), self.current(), observed);
        let declared = self.past.declared().filter(|_| run.decision.intent == Intent::Drift);
        let declared = declared.unwrap_or_else(|| desk.manifest(self.target));
        let past = self.past.over(run, desk.code(), declared, &observed, self.names_only().as_ref());
        let Overlaid { mut observed, drift } = past;
        let only = self.only.as_ref().ok().cloned().flatten();
        let narrowed = only.as_ref().map(|part| part.narrowed(declared));
        if let Some(part) = &only {
            observed.manifest = part.narrowed(&observed.manifest);
        }
        let seen = surroundings::over(&observed, desk.said(&self.spec.environment.name));
        // After a deploy of ours that did not end well it was perhaps us.
        let ours = self.history.as_ref().is_ok_and(|history| history.uncertain().is_some());
        let mut also = self.remarks(run, shelf, desk);
        also.extend(drift.into_iter().filter(|_| !ours));
        also.extend(self.names_only().and_then(|names| remarks::names_only(&self.spec.id, &names)));
        let plan = plan::build(Brief {
            lane: self.spec.id.clone(),
            commit: desk.source().commit.clone(),
            only,
            desired: narrowed.as_ref().unwrap_or(declared),
            seen: &seen,
            base: desk.base(),
            rules: desk.code(),
            numbers: &self.numbers(shelf),
            series: Series::of(&self.spec.environment, &run.invocation.config),
            ask: self.ask(run, shelf, desk),
            previous: self.current().map(|release| release.record.version.clone()),
            also,
        });
        kept::whole(plan, run, desk, &self.platform, &self.history)
    }

    fn names_only(&self) -> Option<NamesOnly> {
        self.platform.as_ref().ok()?.names_only()
    }

    /// Where people release by hand: the kinds of things whose names were read there.
    fn by_hand(&self) -> Option<&'static [&'static str]> {
        self.platform.as_ref().ok()?.by_hand()?;
        Some(self.names_only().and_then(|names| names.kinds()).unwrap_or_default())
    }

    /// What this run itself has to say of the plan.
    fn remarks(&self, run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk) -> Vec<Message> {
        let (commit, place) = (&desk.source().commit, self.place());
        let histories = shelf.histories().iter().filter(|(lane, _)| lane.project == self.spec.id.project);
        let mut releases =
            histories.filter_map(|(_, history)| history.as_ref().ok()).filter_map(|history| history.of_commit(commit));
        remarks::of_run(&remarks::Facts {
            lane: &self.spec.id,
            source: desk.source(),
            history: self.history.as_ref().ok(),
            recorded: releases.find_map(|release| release.record.artefact.as_ref()),
            artefact: desk.artefact(self.target),
            policy_changes: &run.invocation.policy_changes,
            exposed: &remarks::exposed(run, &self.spec),
            unguarded: self.unguarded,
            tested: desk.checks().done().filter(|_| checking::tests_here(run)).map(|report| &report.tested),
            place: place.as_ref(),
            twin: place.as_ref().and_then(|place| shelf.twin(&self.spec.id, place)).as_ref(),
        })
    }

    /// What tells the place from others, once it was looked at.
    fn place(&self) -> Option<Place> {
        self.platform.as_ref().ok()?.place()
    }

    /// The numbers that the project has used: this lane's as it is known now, the others' as they were read.
    fn numbers(&self, shelf: &Shelf<'_>) -> NumberLine {
        let own = &self.spec.id;
        let others = shelf.histories().iter().filter(|(lane, _)| lane.project == own.project && *lane != own);
        NumberLine::of(others.chain([(own, &self.history)]))
    }

    /// Which number this deploy is to get.
    fn ask(&self, run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk) -> Ask {
        let commit = &desk.source().commit;
        let history = self.history.as_ref().ok();
        if run.decision.intent == Intent::Adopt
            && let Some(prepared) = history.and_then(History::prepared)
        {
            return Ask::Keep(prepared.record.version.clone());
        }
        if matches!(run.decision.intent, Intent::Rollback | Intent::Drift) {
            let own = history.and_then(|history| history.of_commit(commit));
            return own.map_or(Ask::Next, |release| Ask::Keep(release.record.version.clone()));
        }
        if let (Some(given), true) = (&run.invocation.inputs.version, self.spec.applies) {
            return Ask::Given(given.clone());
        }
        let before = self.before(run, shelf).and_then(|(_, history)| history.as_ref().ok());
        let promoted = before.and_then(|history| history.of_commit(commit));
        promoted.map_or(Ask::Next, |release| Ask::Promote(release.record.version.clone()))
    }

    fn before<'a>(
        &self,
        run: &'a Run<'_>,
        shelf: &'a Shelf<'a>,
    ) -> Option<(&'a EnvironmentName, &'a Result<History, Problem>)> {
        let environment = run.invocation.config.environment(&self.spec.environment.name)?;
        let before = environment.after.as_ref()?;
        let lane = LaneId { project: self.spec.id.project.clone(), environment: before.clone() };
        Some((before, shelf.histories().get(&lane)?))
    }

    fn current(&self) -> Option<&Release> {
        self.history.as_ref().ok().and_then(History::current)
    }

    /// Asks the gate and deploys, if this run is meant to; tells what it came to.
    pub(super) async fn finish(mut self, run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk) -> (LaneSpec, outcome::Lane) {
        let previous = self.current().cloned();
        let (gate, deploy) = self.decide_and_deploy(run, shelf, desk).await;
        let deployed = deploy.done().map(|deployed: &outcome::Deployed| &deployed.release);
        let current = match deployed {
            Some(release) if release.is_whole() => Some(release.clone()),
            _ => previous.clone(),
        };
        let history = self.history.map(|history| history.releases).unwrap_or_default();
        let history = deployed.cloned().into_iter().chain(history).take(SHOWN).collect();
        let position =
            run.invocation.config.environments.iter().position(|known| known.name == self.spec.environment.name);
        let left_behind = match (&gate, self.spec.applies) {
            (Stage::Done(GateOutcome::Approved), true) => facts::left_behind(run, &desk.source().commit).await,
            _ => Vec::new(),
        };
        let lane = outcome::Lane {
            position: position.unwrap_or_default(),
            production: self.spec.environment.production,
            applies: self.spec.applies,
            branch: self.spec.environment.branch.clone(),
            waits_for: remarks::waits_for(run, &self.spec, self.plan.done()),
            plan: self.plan,
            gate,
            deploy,
            current,
            previous,
            history,
            left_behind,
        };
        (self.spec, lane)
    }

    async fn decide_and_deploy(
        &mut self,
        run: &Run<'_>,
        shelf: &Shelf<'_>,
        desk: &Desk,
    ) -> (Stage<GateOutcome>, Stage<outcome::Deployed>) {
        for _ in 0..MOST_TRIES {
            if run.edges.watch.stopped().is_some() {
                return (not("cancelled"), not("cancelled"));
            }
            let plan = match (&self.plan, self.spec.applies) {
                (Stage::Done(plan), true) => Arc::clone(plan),
                (_, true) => return (not("there is no plan"), not("there is no plan")),
                (_, false) => return (not(&run.decision.reason), not(&run.decision.reason)),
            };
            if run.decision.intent == Intent::Adopt {
                return self.adopt(run, shelf, desk, &plan).await;
            }
            let approved = match self.decide(run, shelf, desk, &plan).await {
                Verdict::Approved(approved) => approved,
                Verdict::Refused(refused) => return (self.refused(run, refused), not("the gate refused")),
                Verdict::WouldApprove(_) => {
                    let why = "`dry-run`: the gate would approve, and nothing was applied";
                    return (Stage::Done(GateOutcome::Approved), not(why));
                }
                Verdict::AlreadyDeployed(version) => {
                    return (Stage::Done(GateOutcome::AlreadyDeployed { version }), not("it runs there already"));
                }
            };
            match self.deploy(run, shelf, desk, approved).await {
                Ok(Some(deployed)) => return (Stage::Done(GateOutcome::Approved), Stage::Done(deployed)),
                Ok(None) => {}
                Err(stage) => return (Stage::Done(GateOutcome::Approved), stage),
            }
            // Another run released in between: look again and decide again.
            self.history = shelf.read_again(run, desk.project(), &self.spec.environment).await;
            let newest = self.history.as_ref().ok().and_then(History::newest);
            self.source.contains_live = facts::contains_live(run, &self.source.commit, newest).await;
            self.past = Box::pin(Past::of(run, shelf, desk, &self.spec, &self.history)).await;
            self.plan = self.make_plan(run, shelf, desk).await;
        }
        let problem =
            Problem::new("deployment-in-progress", Fault::Refused, "other runs keep releasing to this environment")
                .help("start this run again when they are done");
        (Stage::Done(GateOutcome::Approved), Stage::Failed(problem))
    }

    /// An older push that finds a newer commit in place has nothing left to do.
    fn refused(&self, run: &Run<'_>, refused: Refused) -> Stage<GateOutcome> {
        let older = refused.reasons.iter().any(|reason| reason.code == "older-than-live");
        match (&run.invocation.event, self.current()) {
            (Event::Push(_), Some(release)) if older => {
                Stage::Done(GateOutcome::Superseded { version: release.record.version.clone() })
            }
            _ => Stage::Done(GateOutcome::Refused(refused)),
        }
    }

    async fn decide(&self, run: &Run<'_>, shelf: &Shelf<'_>, desk: &Desk, plan: &Arc<Plan>) -> Verdict {
        let live = self.current();
        let reviews = Box::pin(Reviews::of(run, shelf, desk, plan, live)).await;
        let description = reviews.describe(run, desk, live).await;
        let numbers = self.numbers(shelf);
        gate::decide(plan, &self.evidence(run, shelf, desk, &Said { reviews, description, numbers }))
    }

    fn evidence<'a>(&'a self, run: &'a Run<'_>, shelf: &'a Shelf<'a>, desk: &'a Desk, said: &'a Said) -> Evidence<'a> {
        let told = Told {
            environment: &self.spec.environment,
            target: self.target,
            source: &self.source,
            history: &self.history,
            by_hand: self.by_hand(),
            before: self.before(run, shelf),
            numbers: &said.numbers,
            reviews: &said.reviews,
            description: &said.description,
        };
        evidence(run, shelf, desk, told)
    }

    /// Deploys; `None` when the environment moved and everything must be decided again.
    async fn deploy(
        &self,
        run: &Run<'_>,
        shelf: &Shelf<'_>,
        desk: &Desk,
        approved: ApprovedPlan,
    ) -> Result<Option<outcome::Deployed>, Stage<outcome::Deployed>> {
        if !run.decision.reach.includes(Step::ApplyPreview) {
            return Err(Stage::Failed(Problem::bug("the gate approved what this event may not apply")));
        }
        let platform = self.platform.as_deref().map_err(|problem| Stage::Failed(problem.clone()))?;
        let earlier = kept::earlier(run, desk, &self.platform, &self.history);
        let native = earlier.map(|earlier| kept::native(earlier, desk.manifest(self.target)));
        let payload = kept::or(native.as_ref(), desk.payload(self.target)).map_err(Stage::Failed)?;
        let keeper = shelf.keeper(run, desk.project(), &self.spec.environment).map_err(Stage::Failed)?;
        let (version, environment) = (&approved.record().version, &self.spec.environment.name);
        run.edges.console.say(&match platform.by_hand() {
            None => format!("deploying {version} to {environment}"),
            Some(_) => format!("preparing {version} for {environment}"),
        });
        let lift = Lift {
            platform,
            keeper,
            payload,
            desired: desk.manifest(self.target),
            replan: &|observed| self.planned(run, shelf, desk, observed),
            clock: run.edges.clock,
        };
        let watch = facts::time_of(run, &self.spec);
        match deploy::deploy(&lift, approved, &watch).await {
            Ok(Lifted::Begun(deployed)) => Ok(Some(*deployed)),
            Ok(Lifted::Moved) => Ok(None),
            Err(problem) => Err(Stage::Failed(problem)),
        }
    }
}

pub(super) fn not<T>(why: &str) -> Stage<T> {
    Stage::NotReached(why.to_owned())
}
