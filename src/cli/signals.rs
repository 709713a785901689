//! The signals, heard on a thread of its own: also while the program computes, or waits for somebody who does not read.

use std::sync::mpsc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::problem::Problem;
use crate::watch::{Ended, Stop, StopSwitch, Watch};

/// Both signals.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate })
    }

    async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.interrupt.recv() => Stop::Interrupt,
            _ = self.terminate.recv() => Stop::Terminate,
        }
    }
}

/// Turns the switch with every signal from here on. A program that has not ended `limit` after the first one is ended: by
/// then a runner would kill it, and whoever presses Ctrl-C has waited long enough.
pub(super) fn listen(switch: StopSwitch, limit: Duration) -> Result<(), Problem> {
    let (ready, listening) = mpsc::channel();
    let thread = std::thread::Builder::new().name("signals".to_owned());
    let started = thread.spawn(move || {
        // Nobody waits for the answer if the program has ended meanwhile.
        if let Err(error) = hear(&switch, limit, &ready) {
            _ = ready.send(Err(error));
        }
    });
    started.map_err(|error| deaf(&error))?;
    listening.recv().map_err(|error| deaf(&error))?.map_err(|error| deaf(&error))
}

fn deaf(error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::bug("cannot listen to signals").because(error)
}

fn hear(switch: &StopSwitch, limit: Duration, ready: &mpsc::Sender<std::io::Result<()>>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let signals = Signals::new()?;
        _ = ready.send(Ok(()));
        obey(signals, switch, limit).await;
        Ok(())
    })
}

async fn obey(mut signals: Signals, switch: &StopSwitch, limit: Duration) {
    let first = signals.next().await;
    switch.stop(first);
    let limit = Watch::endless().within(limit);
    while let Ended::Done(next) = limit.run(signals.next()).await {
        switch.stop(next);
    }
    end(first);
}

/// What the program was at is lost; what it wrote is whole, and the next run takes over a record that is still open.
#[expect(clippy::disallowed_methods, clippy::exit, reason = "main itself is what does not end")]
fn end(first: Stop) {
    std::process::exit(first.problem().fault.exit_code().into());
}
