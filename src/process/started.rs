//! A running child: its output, its end, and what it leaves behind.

use std::io::PipeReader;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;

use super::family::Family;
use super::launch::Launched;
use super::output::Output;
use crate::console::Console;
use crate::watch::{Ended, Watch};

/// How long output is waited for after the child has ended, when something else still holds its pipe.
const LINGER: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Started<'w> {
    launched: Launched,
    family: Family<'w>,
    pipe: Receiver,
    /// What was read last; kept here, for futures hold what they borrow.
    buffer: Vec<u8>,
    /// Nobody holds the other end of the pipe any more.
    closed: bool,
}

impl<'w> Started<'w> {
    pub(super) fn new(launched: Launched, family: Family<'w>, reader: PipeReader) -> std::io::Result<Self> {
        let family = family.led_by(launched.child.id(), launched.leader());
        let pipe = Receiver::from_owned_fd(reader.into())?;
        Ok(Self { launched, family, pipe, buffer: vec![0; 16 * 1024], closed: false })
    }

    /// Takes the next output, or the exit status once the child has ended.
    pub(super) async fn step(&mut self, output: &mut Output, console: &Console) -> Option<std::io::Result<ExitStatus>> {
        let read = tokio::select! {
            status = self.launched.child.wait() => return Some(status),
            read = self.pipe.read(&mut self.buffer), if !self.closed => read,
        };
        self.take(read.unwrap_or(0), output, console);
        None
    }

    /// Asks the group to end.
    pub(super) fn terminate(&self) {
        self.family.terminate();
    }

    /// Kills the group, and waits until its leader is dead.
    pub(super) async fn kill(&mut self, watch: &Watch) {
        self.family.kill_group();
        let _dead = watch.grace(LINGER).run(self.launched.child.wait()).await;
    }

    /// Takes the rest of the output and kills what the child left running; gives the names of that.
    pub(super) async fn finish(mut self, output: &mut Output, console: &Console, watch: &Watch) -> Vec<String> {
        let held = watch.grace(LINGER).run(self.drain(output, console)).await != Ended::Done(());
        let mut left = self.family.kill_all(watch).await;
        left.extend(self.launched.left());
        // What was just killed may have printed to the last.
        let still_held = watch.grace(LINGER / 4).run(self.drain(output, console)).await != Ended::Done(());
        if (held || still_held) && left.is_empty() {
            left.push("a process that could not be found".to_owned());
        }
        left
    }

    async fn drain(&mut self, output: &mut Output, console: &Console) {
        while !self.closed {
            let read = self.pipe.read(&mut self.buffer).await;
            self.take(read.unwrap_or(0), output, console);
        }
    }

    /// Passes on what was read; nothing, or an error, is the end.
    fn take(&mut self, length: usize, output: &mut Output, console: &Console) {
        self.closed = length == 0;
        output.take(&self.buffer[..length], console);
    }
}
