//! What is tried again, how often, and how long is waited before.

use std::time::Duration;

use super::answer::{Miss, Who};
use crate::problem::Problem;
use crate::watch::{Ended, Watch};

/// How often something is repeated after a failure.
const MOST_FAILURES: u32 = 3;
/// How often a limit is waited for.
const MOST_LIMITS: u32 = 6;

/// Tries something, and again while that may help. What must not happen twice looks, in `attempt`, whether it has happened.
pub(in crate::platform) async fn again<T>(
    attempt: impl AsyncFn() -> Result<T, Miss>,
    asked: &str,
    who: &Who,
    watch: &Watch,
) -> Result<T, Miss> {
    let mut tries = Tries::default();
    loop {
        let miss = match attempt().await {
            Ok(done) => return Ok(done),
            Err(miss) => miss,
        };
        let Some(wait) = tries.wait(&miss) else { return Err(miss) };
        rest(wait, watch, || miss.problem(asked, who)).await.map_err(Miss::Ended)?;
    }
}

/// Waits. Problems: that the run was cancelled; `late` when there is no time to wait.
pub(in crate::platform) async fn rest(
    wait: Duration,
    watch: &Watch,
    late: impl FnOnce() -> Problem,
) -> Result<(), Problem> {
    match paused(wait, watch).await {
        None => Ok(()),
        Some(cancelled) => Err(cancelled.unwrap_or_else(late)),
    }
}

/// Waits. `Some` ends the asking: with a problem when the run was cancelled, without one when there is no time for it.
pub(in crate::platform) async fn paused(wait: Duration, watch: &Watch) -> Option<Option<Problem>> {
    if watch.left().is_some_and(|left| left <= wait) {
        return Some(None);
    }
    match watch.pause(wait).await {
        Ended::Done(()) => None,
        Ended::Stopped(stop) => Some(Some(stop.problem())),
        Ended::TimedOut => Some(None),
    }
}

#[derive(Debug, Default)]
struct Tries {
    failures: u32,
    limits: u32,
}

impl Tries {
    /// How long to wait before something is tried again; `None` when it is not.
    fn wait(&mut self, miss: &Miss) -> Option<Duration> {
        match miss {
            Miss::Limited(wait) => {
                self.limits += 1;
                (self.limits <= MOST_LIMITS).then_some(*wait)
            }
            Miss::NotSent(_) | Miss::Doubtful(_) | Miss::Busy(_) => {
                self.failures += 1;
                (self.failures <= MOST_FAILURES).then(|| Duration::from_secs(1 << (self.failures - 1).min(4)))
            }
            Miss::Refused(_) | Miss::Ended(_) => None,
        }
    }
}
