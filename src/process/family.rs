//! A child and whatever it starts. The group is killed as one; what left the group is found by a mark in its environment,
//! which every descendant inherits unless it takes pains not to.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};

use crate::watch::Watch;

/// The variable that marks a child's descendants.
const MARK: &str = "AIRLOCK_FAMILY";

/// How often the family is looked for again: what is killed may have started something a moment before.
const ROUNDS: usize = 20;

/// For how many rounds what is still there after the child's end may take to end by itself.
const ON_ITS_WAY: usize = 15;

/// The time between two looks.
const ROUND: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Family {
    mark: String,
    leader: Option<Pid>,
}

/// A process, as `/proc/<pid>/stat` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    pid: i32,
    name: String,
    state: char,
    parent: i32,
    group: i32,
    session: i32,
}

impl Family {
    /// A family that has nobody yet, with a mark of its own. Without entropy it goes by the group alone.
    pub(super) fn new() -> Self {
        let mut random = [0_u8; 16];
        let mut mark = String::new();
        if getrandom::fill(&mut random).is_ok() {
            for byte in random {
                // Writing to a string cannot fail.
                let _infallible = write!(mark, "{byte:02x}");
            }
        }
        Self { mark, leader: None }
    }

    /// The variable to be set for the child.
    pub(super) fn mark(&self) -> Option<(&'static str, &str)> {
        (!self.mark.is_empty()).then_some((MARK, self.mark.as_str()))
    }

    /// Says which process leads the group.
    pub(super) fn led_by(mut self, pid: Option<u32>) -> Self {
        self.leader = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        self
    }

    /// Asks the group to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Kills the group.
    pub(super) fn kill_group(&self) {
        self.signal(Signal::KILL);
    }

    /// Kills all that is left, in the group or out of it; gives their names.
    pub(super) async fn kill_all(&mut self, watch: &Watch) -> Vec<String> {
        let grace = watch.grace(Duration::from_secs(1));
        let mut names = Vec::new();
        for round in 0..ON_ITS_WAY + ROUNDS {
            let left = self.members();
            if left.is_empty() {
                break;
            }
            // A helper that ends because its parent did needs a moment for it.
            if round >= ON_ITS_WAY {
                names.extend(left.into_iter().filter(kill).map(|member| member.name));
            }
            let _slept = grace.pause(ROUND).await;
        }
        self.leader = None;
        names.sort();
        names.dedup();
        names
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // The group may be gone already, which is what is wanted.
            let _gone = rustix::process::kill_process_group(leader, signal);
        }
    }

    fn members(&self) -> Vec<Process> {
        let leader = self.leader.map_or(0, Pid::as_raw_pid);
        let own = rustix::process::getpid().as_raw_pid();
        let is_member = |process: &Process| {
            process.pid != own
                && !matches!(process.state, 'Z' | 'X')
                && (process.group == leader && leader > 1 || self.is_marked(process.pid))
        };
        processes().filter(is_member).collect()
    }

    fn is_marked(&self, pid: i32) -> bool {
        let Some((name, value)) = self.mark() else { return false };
        let wanted = format!("{name}={value}");
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|pair| pair == wanted.as_bytes()))
    }
}

impl Drop for Family {
    /// When the future that runs the child is dropped, nobody else would kill its group.
    fn drop(&mut self) {
        self.kill_group();
    }
}

/// Reaps dead processes that became our children because their parents died first: as the first process of a container
/// that falls to us. A child that somebody here still waits for is never taken: those are in our group (git), or lead a
/// group in our session (a running [`super::Confined`]).
pub(super) fn reap_orphans() {
    let own = rustix::process::getpid().as_raw_pid();
    let own_group = rustix::process::getpgrp().as_raw_pid();
    let is_orphan = |process: &Process| {
        process.state == 'Z'
            && process.parent == own
            && process.group != own_group
            && (process.pid != process.group || process.session == process.pid)
    };
    for orphan in processes().filter(is_orphan) {
        if let Some(pid) = Pid::from_raw(orphan.pid) {
            // Whether it was there any more does not matter.
            let _reaped = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
}

/// Kills a process; gives whether there was one.
fn kill(process: &Process) -> bool {
    Pid::from_raw(process.pid).is_some_and(|pid| rustix::process::kill_process(pid, Signal::KILL).is_ok())
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    })
}

/// Reads `pid (name) state parent group session …`; the name may hold blanks and brackets.
fn parse_stat(stat: &[u8]) -> Option<Process> {
    let text = String::from_utf8_lossy(stat);
    let (head, rest) = text.rsplit_once(')')?;
    let (pid, name) = head.split_once(" (")?;
    let mut fields = rest.split_whitespace();
    Some(Process {
        pid: pid.parse().ok()?,
        name: name.escape_debug().to_string(),
        state: fields.next()?.chars().next()?,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        session: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_be_named_anything() {
        let process = parse_stat(b"42 (a) R (b) S 1 40 39 0 -1").unwrap();
        assert_eq!((process.pid, process.name.as_str(), process.state), (42, "a) R (b", 'S'));
        assert_eq!((process.parent, process.group, process.session), (1, 40, 39));
        for bad in ["", "42", "42 (x", "x (y) S 1 2 3", "1 (y) S 1"] {
            assert!(parse_stat(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn this_very_process_is_seen() {
        let own = rustix::process::getpid().as_raw_pid();
        assert_eq!(processes().filter(|process| process.pid == own && !process.name.is_empty()).count(), 1);
    }
}
