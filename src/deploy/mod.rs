//! One lane, from the open record to the closed one.
//!
//! The order is the promise: open the record (which is the lock), look again whether the plan still holds, apply, read
//! back, close. A cancel drops only what is in flight; reading back and closing have time of their own.

use std::time::Duration;

use jiff::Timestamp;

use crate::applied::{Applied, ByHand, Deployed, Ending, Verified};
use crate::gate::ApprovedPlan;
use crate::history::{Closing, Keeper, OpenRecord, Opening};
use crate::manifest::Manifest;
use crate::plan::{Observed, Plan};
use crate::platform::{Payload, Platform};
use crate::problem::{Fault, Problem};
use crate::watch::{Ended, Watch};

/// After the stop signal: how long a request in flight may take to end by itself.
const LINGER: Duration = Duration::from_millis(1_500);
/// After the stop signal: how long reading back may take.
const LOOK: Duration = Duration::from_secs(2);

/// Everything one lane needs to be deployed.
pub struct Lift<'a> {
    /// Where to.
    pub platform: &'a dyn Platform,
    /// Who keeps the record.
    pub keeper: &'a dyn Keeper,
    /// What is sent.
    pub payload: &'a Payload,
    /// What was declared, for observing again.
    pub desired: &'a Manifest,
    /// Plans again from what is there now, everything else being the same.
    pub replan: &'a dyn Fn(&Observed) -> Plan,
    /// Our clock.
    pub clock: &'a dyn Fn() -> Timestamp,
}

/// What came of a lift.
#[derive(Debug)]
pub enum Lifted {
    /// It was begun, and the record is closed.
    Begun(Box<Deployed>),
    /// Another release was recorded in between: plan and decide again.
    Moved,
}

/// How the part that may be dropped ended.
enum Held {
    Applied,
    Failed(Problem),
    Moved(Problem),
    Prepared(ByHand),
}

/// Deploys an approved plan. An error means that no record could be opened, or that an open one could not be closed.
pub async fn deploy(lift: &Lift<'_>, approved: ApprovedPlan, watch: &Watch) -> Result<Lifted, Problem> {
    let record = match lift.keeper.open(approved, watch).await? {
        Opening::Opened(record) => record,
        Opening::Moved => return Ok(Lifted::Moved),
    };
    let mut applied = Applied::untried(record.plan().changes.iter().map(|change| change.resource.clone()));
    let ended = watch.linger(LINGER, held(lift, &record, &mut applied, watch)).await;
    let verified = verify(lift, &record, &applied, &ended, watch).await;
    let ending = ending(ended, &verified, &applied);
    let platform_ref = applied.platform_ref.clone().or_else(|| lift.platform.place()?.reference());
    let closing = Closing { ending: ending.clone(), platform_ref, at: (lift.clock)() };
    let release = lift.keeper.close(record, closing).await.map_err(|problem| unclosed(problem, &ending))?;
    Ok(Lifted::Begun(Box::new(Deployed { release, applied, verified, ending })))
}

/// The only part that a cancel may drop: look again, compare, apply.
async fn held(lift: &Lift<'_>, record: &OpenRecord, applied: &mut Applied, watch: &Watch) -> Held {
    let observed = match lift.platform.observe(lift.desired, watch).await {
        Ok(observed) => observed,
        Err(problem) => return Held::Failed(problem),
    };
    if let Err(refusal) = record.approved().still_holds(&(lift.replan)(&observed)) {
        let problem = Problem::new("plan-changed", Fault::Refused, refusal.why).help(refusal.to_do);
        return Held::Moved(problem);
    }
    if let Some(stop) = watch.stopped() {
        return Held::Failed(stop.problem());
    }
    if let Some(by_hand) = lift.platform.by_hand() {
        return Held::Prepared(by_hand);
    }
    match lift.platform.apply(record, lift.payload, applied, watch).await {
        Ok(()) => Held::Applied,
        Err(problem) => Held::Failed(problem),
    }
}

/// Reads the platform back, unless nothing can have reached it.
async fn verify(
    lift: &Lift<'_>,
    record: &OpenRecord,
    applied: &Applied,
    ended: &Ended<Held>,
    watch: &Watch,
) -> Verified {
    if !applied.touched() && !matches!(ended, Ended::Done(Held::Applied)) {
        return Verified::Unverified { why: "nothing was sent".into() };
    }
    // A deploy that was stopped, or ran out of time, is read back all the same.
    let is_over = watch.stopped().is_some() || watch.left().is_some_and(|left| left.is_zero());
    let watch = if is_over { watch.grace(LOOK) } else { watch.clone() };
    match watch.linger(LOOK, lift.platform.read_back(record, lift.payload, &watch)).await {
        Ended::Done(verified) => verified,
        Ended::Stopped(_) => Verified::Unverified { why: "the run was cancelled before it was read back".into() },
        Ended::TimedOut => Verified::Unverified { why: "it could not be read back in time".into() },
    }
}

/// How the deploy ended. Only what was read back and found equal is a success, whoever said so before.
fn ending(ended: Ended<Held>, verified: &Verified, applied: &Applied) -> Ending {
    match (ended, verified) {
        (Ended::Done(Held::Moved(problem)), _) => Ending::Moved { problem },
        (Ended::Done(Held::Prepared(by_hand)), _) => Ending::Prepared { by_hand },
        (_, Verified::Live) => Ending::Success,
        (Ended::Stopped(stop), _) => Ending::Cancelled { problem: stop.problem() },
        (Ended::Done(Held::Failed(problem)), _) if is_cancel(&problem) => Ending::Cancelled { problem },
        (Ended::Done(Held::Failed(problem)), _) => Ending::Failed { problem },
        (Ended::TimedOut, _) => Ending::Failed { problem: out_of_time(applied) },
        (Ended::Done(Held::Applied), Verified::Unverified { why }) => Ending::Unverified { why: why.clone() },
        (Ended::Done(Held::Applied), Verified::Differs { how }) => Ending::Failed { problem: differs(how) },
    }
}

fn is_cancel(problem: &Problem) -> bool {
    matches!(problem.fault, Fault::Interrupted | Fault::Terminated)
}

fn out_of_time(applied: &Applied) -> Problem {
    let sent = if applied.touched() { "something had been sent" } else { "nothing had been sent" };
    Problem::new("deploy-timed-out", Fault::Platform, format!("the deploy ran into its time limit; {sent}"))
}

fn differs(how: &[String]) -> Problem {
    let problem = Problem::new("live-differs", Fault::Platform, "what is live is not what was sent");
    problem.cause(how.join("; ")).help("look at the platform, then deploy again")
}

/// The deploy itself may be done: the text says so, for the record does not.
fn unclosed(problem: Problem, ending: &Ending) -> Problem {
    let done = match ending {
        Ending::Success => "what was sent is live and confirmed",
        Ending::Unverified { .. } => "something was sent, and could not be confirmed",
        Ending::Prepared { .. } => "the release is prepared",
        Ending::Failed { .. } | Ending::Cancelled { .. } | Ending::Moved { .. } => "the deploy did not succeed",
    };
    problem.help(format!("{done}, but its record is still open; the next run takes it over"))
}

#[cfg(test)]
mod tests;
