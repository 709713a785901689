//! A run that goes on while the test does something else.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::world::{UNTESTED, World};

/// A time in which nothing but a hang can fail to end.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// A run in the background that says what it says.
pub(crate) struct Run {
    child: Child,
    said: Receiver<String>,
}

impl Run {
    pub(crate) fn start(world: &World, words: &str) -> Self {
        let mut command = world.command();
        command.args(["simulate"]).args(words.split_whitespace()).args(UNTESTED.split_whitespace());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (send, said) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| _ = send.send(line)));
        Self { child, said }
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until a line has these words.
    pub(crate) fn says(&self, words: &str) {
        let start = Instant::now();
        while start.elapsed() < LONG {
            if self.said.recv_timeout(LONG).expect("the run ended before").contains(words) {
                return;
            }
        }
        panic!("`{words}` was never said");
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, "--", &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn ends(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}
