//! Time limits and the stop signal, in one value that every slow thing is given.
//!
//! A cancelled run must still close its record and write its report, so nobody drops the pipeline: `main` turns the
//! switch, and only the slow parts (children, requests) are raced against it through [`Watch::run`].

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::problem::{Fault, Problem};

/// A boxed future that need not be `Send`: the runtime has one thread.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Which signal asked us to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Stop {
    /// The stop as a problem: the code is `cancelled`.
    pub fn problem(self) -> Problem {
        match self {
            Self::Interrupt => Problem::new("cancelled", Fault::Interrupted, "cancelled by SIGINT"),
            Self::Terminate => Problem::new("cancelled", Fault::Terminated, "cancelled by SIGTERM"),
        }
    }
}

/// How a watched future ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended<T> {
    /// By itself.
    Done(T),
    /// By the stop signal; the future was dropped.
    Stopped(Stop),
    /// By the time limit; the future was dropped.
    TimedOut,
}

/// What was asked so far.
#[derive(Debug, Default)]
struct Asked {
    stop: Option<Stop>,
    /// Asked a second time: nobody wants to wait for what is in flight.
    again: bool,
}

/// The switch that the signals (or a test) turn.
#[derive(Debug)]
pub struct StopSwitch(watch::Sender<Asked>);

impl StopSwitch {
    /// Asks everything that watches to stop; the first signal stays, and a second one ends what lingers.
    pub fn stop(&self, stop: Stop) {
        self.0.send_modify(|asked| {
            asked.again = asked.stop.is_some();
            asked.stop = asked.stop.or(Some(stop));
        });
    }
}

/// A deadline and a stop signal.
#[derive(Debug, Clone)]
pub struct Watch {
    stop: Option<watch::Receiver<Asked>>,
    deadline: Option<Instant>,
    scale: f64,
}

impl Watch {
    /// A watch without a deadline, and the switch that stops it.
    pub fn new() -> (StopSwitch, Self) {
        let (sender, receiver) = watch::channel(Asked::default());
        (StopSwitch(sender), Self { stop: Some(receiver), deadline: None, scale: 1.0 })
    }

    /// A watch that nothing stops.
    pub fn endless() -> Self {
        Self { stop: None, deadline: None, scale: 1.0 }
    }

    /// The same watch with waits (not limits) multiplied: tests wait a thousandth of what people do.
    #[must_use]
    pub fn scaled(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    /// The same watch, ending after `limit` at the latest.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        let mut inner = self.clone();
        let end = Instant::now() + limit;
        inner.deadline = Some(inner.deadline.map_or(end, |earlier| earlier.min(end)));
        inner
    }

    /// A watch that ignores the stop signal for what must still be done after it, with a limit of its own.
    #[must_use]
    pub fn grace(&self, limit: Duration) -> Self {
        Self { stop: None, deadline: Some(Instant::now() + limit), scale: self.scale }
    }

    /// The signal that asked us to stop, if one did.
    pub fn stopped(&self) -> Option<Stop> {
        self.stop.as_ref().and_then(|asked| asked.borrow().stop)
    }

    /// How long is left; `None` without a deadline.
    pub fn left(&self) -> Option<Duration> {
        self.deadline.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Runs the future until it is done, the stop signal comes or the time is over.
    pub async fn run<T>(&self, future: impl Future<Output = T>) -> Ended<T> {
        tokio::select! {
            biased;
            stop = self.signalled() => Ended::Stopped(stop),
            () = self.over() => Ended::TimedOut,
            done = future => Ended::Done(done),
        }
    }

    /// Like [`Watch::run`], but a future that is in flight when the signal comes may take this long to end by itself, unless
    /// a second signal comes.
    pub async fn linger<T>(&self, grace: Duration, future: impl Future<Output = T>) -> Ended<T> {
        let mut future = std::pin::pin!(future);
        let stop = tokio::select! {
            biased;
            done = &mut future => return Ended::Done(done),
            () = self.over() => return Ended::TimedOut,
            stop = self.signalled() => stop,
        };
        let patience = self.grace(grace);
        tokio::select! {
            biased;
            ended = patience.run(future) => match ended {
                Ended::Done(done) => Ended::Done(done),
                Ended::Stopped(_) | Ended::TimedOut => Ended::Stopped(stop),
            },
            () = self.heard(|asked| asked.again.then_some(())) => Ended::Stopped(stop),
        }
    }

    /// Waits this long (scaled), or until stopped or out of time.
    pub async fn pause(&self, wait: Duration) -> Ended<()> {
        self.run(sleep(wait.mul_f64(self.scale))).await
    }

    /// Ends when the stop signal comes, never otherwise.
    pub async fn signalled(&self) -> Stop {
        self.heard(|asked| asked.stop).await
    }

    /// Ends as soon as what was asked holds something.
    async fn heard<T>(&self, what: impl Fn(&Asked) -> Option<T>) -> T {
        if let Some(asked) = &self.stop {
            let mut asked = asked.clone();
            // An error means that the switch is gone without having been turned.
            if let Ok(seen) = asked.wait_for(|asked| what(asked).is_some()).await
                && let Some(found) = what(&seen)
            {
                return found;
            }
        }
        std::future::pending().await
    }

    async fn over(&self) {
        match self.left() {
            Some(left) => sleep(left).await,
            None => std::future::pending().await,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that sleeps; every caller goes through a Watch")]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn the_first_signal_stays_and_ends_what_runs() {
        block_on(async {
            let (switch, watch) = Watch::new();
            assert_eq!(watch.run(async { 1 }).await, Ended::Done(1));
            switch.stop(Stop::Terminate);
            switch.stop(Stop::Interrupt);
            assert_eq!(watch.stopped(), Some(Stop::Terminate));
            assert_eq!(watch.run(std::future::pending::<()>()).await, Ended::Stopped(Stop::Terminate));
            assert_eq!(watch.grace(Duration::from_secs(5)).run(async { 2 }).await, Ended::Done(2));
        });
    }

    #[test]
    fn what_is_in_flight_may_end_by_itself_after_the_signal() {
        block_on(async {
            let (switch, watch) = Watch::new();
            switch.stop(Stop::Interrupt);
            let short = watch.linger(Duration::from_secs(5), async {
                tokio::task::yield_now().await;
                3
            });
            assert_eq!(short.await, Ended::Done(3));
            let endless = watch.linger(Duration::from_millis(5), std::future::pending::<()>());
            assert_eq!(endless.await, Ended::Stopped(Stop::Interrupt));
            switch.stop(Stop::Terminate);
            let at_once = watch.linger(Duration::from_hours(1), std::future::pending::<()>());
            assert_eq!(at_once.await, Ended::Stopped(Stop::Interrupt));
        });
    }

    #[test]
    fn the_earlier_deadline_wins() {
        block_on(async {
            let watch = Watch::endless().within(Duration::from_millis(5)).within(Duration::from_mins(1));
            assert_eq!(watch.run(std::future::pending::<()>()).await, Ended::TimedOut);
        });
    }

    #[test]
    fn a_switch_that_is_gone_never_stops() {
        block_on(async {
            let (switch, watch) = Watch::new();
            drop(switch);
            let watch = watch.within(Duration::from_millis(5));
            assert_eq!(watch.run(std::future::pending::<()>()).await, Ended::TimedOut);
        });
    }
}
