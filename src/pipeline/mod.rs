//! The story: event → policy → work → checks → plan → gate → deploy → outcome.
//!
//! Stages are called in order and nothing else happens here. Whatever fails is stored in the [`Outcome`], which always
//! exists; a cancelled run goes on to its end with what it has.

mod begun;
mod carried;
mod checking;
mod claimed;
pub mod compare;
mod declared;
mod desk;
mod elsewhere;
mod evidence;
mod facts;
mod guards;
mod handover;
mod keeper;
mod kept;
mod lane;
mod look;
mod parts;
mod past;
mod previews;
pub mod projects;
mod reach;
mod refresh;
mod relay;
mod remarks;
mod reviews;
mod shelf;
mod surroundings;
mod untouched;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;

use crate::console::Console;
use crate::context::config;
use crate::context::event::Event;
use crate::context::{Gathered, Invocation};
use crate::git::Git;
use crate::github::Client;
use crate::keys::Keys;
use crate::outcome::Outcome;
use crate::outcome::redactor::Redactor;
use crate::platform::Connect;
use crate::policy::{self, Decision, Intent, Reach};
use crate::problem::Problem;
use crate::process::launcher::Launcher;
use crate::process::{Facts, Walls};
use crate::watch::Watch;
use crate::work;

use begun::Begun;
use desk::Desk;
use handover::Taken;
use lane::Lane;
use relay::Relayed;
use shelf::Shelf;

/// Everything with effects that a run is given.
pub struct Edges<'a> {
    /// Where is talked.
    pub console: Rc<Console>,
    /// The credentials.
    pub keys: &'a Keys,
    /// The variables that children may be given, before any allow-list.
    pub variables: &'a BTreeMap<String, String>,
    /// Time limit and stop signal.
    pub watch: &'a Watch,
    /// Our clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// A folder of this run alone, outside the repository.
    pub scratch: &'a Path,
    /// When the job began: results of earlier steps must be newer.
    pub job_started: Timestamp,
    /// The repository.
    pub git: &'a Git,
    /// GitHub, where there is a token.
    pub github: Option<&'a Client>,
    /// What reaches the platforms.
    pub connect: &'a Connect,
    /// What starts code of the tree behind walls; without it such code runs only where there is no key.
    pub launcher: Option<&'a Launcher>,
    /// What stands between code of the tree and everything else: raised when something of it is to be executed, and not before.
    /// What is left in its rooms goes with it, which takes time and is for when everything is told.
    pub walls: &'a OnceCell<Walls>,
    /// Takes secrets out of what is stored elsewhere.
    pub redactor: &'a Redactor,
}

/// One run, as its stages see it.
struct Run<'a> {
    edges: &'a Edges<'a>,
    invocation: &'a Invocation,
    decision: &'a Decision,
    /// The pull request that another workflow's run was about.
    relayed: OnceCell<Relayed>,
    /// What an earlier job of this run handed over, where that was asked for.
    handed: OnceCell<Option<Result<Taken, Problem>>>,
}

impl Run<'_> {
    /// What stands between code of the tree and everything else.
    fn walls(&self) -> Result<&Walls, Problem> {
        let edges = self.edges;
        if let Some(walls) = edges.walls.get() {
            return Ok(walls);
        }
        let mut facts = Facts::of(edges.variables, edges.keys, &self.invocation.repository.root);
        let named = config::command::variables(&self.invocation.config);
        facts.keys.extend(named.into_iter().filter(|name| edges.variables.contains_key(name)));
        let walls = Walls::raise(edges.scratch, facts, edges.launcher)?;
        edges.console.say(&walls.says());
        Ok(edges.walls.get_or_init(|| walls))
    }
}

/// The outcome of a run that ended before its first stage, because what it was given could not be used.
pub fn unread(gathered: &Gathered, problems: Vec<Problem>) -> Outcome {
    Outcome { problems, ..Begun::from(gathered).outcome(None) }
}

/// The outcome of an event that can lead to nothing: no file is read, no program started.
pub fn nothing(invocation: &Invocation) -> Outcome {
    Begun::from(invocation).outcome(Some(policy::decide(invocation)))
}

/// Runs the story. The outcome tells everything, also what went wrong.
pub async fn run(edges: &Edges<'_>, invocation: &Invocation) -> Outcome {
    let decision = policy::decide(invocation);
    edges.console.say(&format!("{}: {}", invocation.event.name(), decision.reason));
    let mut outcome = Begun::from(invocation).outcome(Some(decision.clone()));
    let run = Run { edges, invocation, decision: &decision, relayed: OnceCell::new(), handed: OnceCell::new() };
    if !invocation.inputs.reports.is_empty() {
        outcome = parts::told(&run, outcome).await;
    } else if let Err(problems) = Box::pin(story(&run, &mut outcome)).await {
        outcome.problems.extend(problems);
    }
    if let Some(walls) = edges.walls.get() {
        // Before anything is told: nothing of the tree runs when the summary and the outputs are written.
        walls.sweep();
        outcome.notes.extend(walls.remark());
    }
    outcome.notes.extend(without_policy(invocation));
    if let Some(stop) = edges.watch.stopped() {
        let problem = stop.problem();
        if !outcome.problems.contains(&problem) {
            outcome.problems.push(problem);
        }
    }
    outcome.run.milliseconds =
        (edges.clock)().duration_since(invocation.run.started).as_millis().try_into().unwrap_or_default();
    outcome
}

async fn story(run: &Run<'_>, outcome: &mut Outcome) -> Result<(), Vec<Problem>> {
    if !has_work(run, outcome) || !relay::found(run, outcome).await? {
        return Ok(());
    }
    if let Some(problem) = unknown_environment(run.invocation) {
        return Err(vec![problem]);
    }
    let mut shelf = Shelf::open(run).await?;
    outcome.notes.extend(shelf.notes().iter().cloned());
    outcome.notes.extend(shelf.unread(run));
    // There is one story a run.
    let _taken_twice = run.handed.set(handover::take(run).await);
    let desks = play(run, &shelf, outcome).await;
    handover::give(run, &shelf, &desks, outcome);
    outcome.previews = Box::pin(previews::of(run, &shelf, &desks)).await;
    outcome.notes.extend(shelf.remarks());
    outcome.notes.extend(shelf.told_of_job(run, outcome).await);
    shelf.remember_review(run, outcome).await?;
    let told = refresh::comments(run, &mut shelf, outcome).await;
    outcome.notes.extend(told);
    Ok(())
}

/// Every job of the run: read, checked, planned, and then applied as far as the gate lets it.
async fn play(run: &Run<'_>, shelf: &Shelf<'_>, outcome: &mut Outcome) -> Vec<Desk> {
    let resolved = work::resolve(run.invocation, run.decision, shelf.projects(), shelf.histories(), shelf.facts());
    let mut desks = Vec::new();
    for job in resolved {
        match job {
            Ok(job) => match untouched::why(run, shelf, &job).await {
                Some(why) => outcome.notes.push(why),
                None => match Desk::prepare(run, shelf, job).await {
                    Ok(desk) => desks.push(desk),
                    Err(problem) => outcome.problems.push(problem),
                },
            },
            Err(problem) => outcome.problems.push(problem),
        }
    }
    // Every lane is planned before the first is applied: what one project refuses is known before another has changed.
    let mut lanes = Vec::new();
    for desk in &desks {
        for spec in desk.lanes() {
            lanes.push((desk, Lane::plan(run, shelf, desk, spec).await));
        }
    }
    for desk in &desks {
        desk.tell(outcome);
    }
    for (desk, lane) in lanes {
        let told = lane.finish(run, shelf, desk).await;
        desk.tell_lane(outcome, told);
    }
    desks
}

/// What holds in the place of a policy that cannot be read.
fn without_policy(invocation: &Invocation) -> Option<String> {
    let unreadable = invocation.policy_unreadable.as_ref()?;
    let inputs = &invocation.inputs;
    let named: Vec<&str> = inputs.install_env.iter().chain(&inputs.test_env).map(String::as_str).collect();
    let lists = match named.as_slice() {
        [] => "code of the repository is given no variables by name".to_owned(),
        named => format!("code of the repository is given the variables that the workflow names: {}", named.join(", ")),
    };
    Some(format!("{unreadable}; while that is so, {lists}"))
}

/// Somebody asked for an environment that the policy does not have: a plan of others would look like an answer.
fn unknown_environment(invocation: &Invocation) -> Option<Problem> {
    let (Event::Dispatch(_), Some(name)) = (&invocation.event, &invocation.inputs.environment) else { return None };
    if !invocation.config.meant(name).is_empty() {
        return None;
    }
    // The environments that were configured are not known then.
    if let Some(unreadable) = &invocation.policy_unreadable {
        return Some(unreadable.clone());
    }
    let known: Vec<&str> = invocation.config.environments.iter().map(|known| known.name.as_str()).collect();
    Some(
        Problem::input("unknown-environment", format!("there is no environment `{name}`"))
            .help(format!("there are: {}", known.join(", ")))
            .help("another one is an [[environment]] table in the default branch's airlock.toml"),
    )
}

/// Whether the tree is looked at at all; says so in the outcome where it is not.
fn has_work(run: &Run<'_>, outcome: &mut Outcome) -> bool {
    match run.decision.intent {
        Intent::Teardown if !run.invocation.inputs.preview => {
            outcome.notes.push("`preview` is not asked for, so none was looked for".to_owned());
            false
        }
        _ => run.decision.reach != Reach::Nothing,
    }
}
