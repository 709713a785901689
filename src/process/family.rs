//! A child and whatever it starts. The group is killed as one. What left the group is known by its user, where that is one
//! of its own; else by a mark in its environment, which every descendant inherits unless it takes pains not to, and by having
//! fallen to us when its parent died.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};

use super::Walls;
use crate::watch::Watch;

/// The variable that marks a child's descendants.
const MARK: &str = "AIRLOCK_FAMILY";

/// How long the family is looked for again and again: what is killed may have started something a moment before.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is looked for at least: on a busy machine one look, with the killing, may take all of that time.
const LOOKS: u32 = 5;

/// How long is waited in between.
const BREATH: Duration = Duration::from_millis(2);

/// How long what is still there after the child's end may take to end by itself.
const ON_ITS_WAY: Duration = Duration::from_millis(300);

/// The time between two looks at that.
const ROUND: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Family<'w> {
    mark: String,
    /// What we started: the launcher, which may have become the leader.
    child: Option<Pid>,
    leader: Option<Pid>,
    walls: Option<&'w Walls>,
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

/// A dead process that had fallen to us.
#[derive(Debug)]
struct Orphan {
    name: String,
    /// By SIGKILL, which nobody can survive.
    was_killed: bool,
}

impl<'w> Family<'w> {
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
        Self { mark, child: None, leader: None, walls: None }
    }

    /// The same behind walls: its leader has a session of its own, and perhaps a user.
    pub(super) fn behind(mut self, walls: &'w Walls) -> Self {
        self.walls = Some(walls);
        self
    }

    /// The variable to be set for the child.
    pub(super) fn mark(&self) -> Option<(&'static str, &str)> {
        (!self.mark.is_empty()).then_some((MARK, self.mark.as_str()))
    }

    /// Says which process we started, and which leads the group.
    pub(super) fn led_by(mut self, child: Option<u32>, leader: Option<i32>) -> Self {
        self.child = child.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        self.leader = leader.and_then(Pid::from_raw);
        if let (Some(walls), Some(child)) = (self.walls, self.child) {
            walls.started().borrow_mut().insert(child.as_raw_pid());
        }
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

    /// Kills and reaps all that is left, in the group or out of it; gives their names.
    pub(super) async fn kill_all(&mut self, watch: &Watch) -> Vec<String> {
        let on_its_way = watch.grace(ON_ITS_WAY);
        while on_its_way.left() != Some(Duration::ZERO) && self.members().iter().any(Process::is_alive) {
            // A helper that ends because its parent did needs a moment for it.
            let _slept = on_its_way.pause(ROUND).await;
        }
        // Who is dead by now ended by itself.
        self.reap_orphans();
        let (mut names, grace, mut looks) = (Vec::new(), watch.grace(AGAIN), 0);
        loop {
            looks += 1;
            let left = self.members();
            // Before anything is believed: who starts others faster than we look is seen by its dead alone, or not at all.
            self.kill(&left);
            names.extend(left.iter().filter(|member| member.is_alive()).map(|member| member.name.clone()));
            let dead = self.reap_orphans();
            // Whom the first sweep killed may be gone from one look, not yet dead in the other: a second one finds them all.
            if left.is_empty() && dead.is_empty() && (looks > 1 || !self.sweeps()) {
                break;
            }
            names.extend(dead.into_iter().filter(|orphan| orphan.was_killed).map(|orphan| orphan.name));
            if looks >= LOOKS && grace.left() == Some(Duration::ZERO) {
                names.push("a process that could not be killed".to_owned());
                break;
            }
            let _slept = grace.pause(BREATH).await;
        }
        self.disband();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn kill(&self, members: &[Process]) {
        if let Some(walls) = self.walls.filter(|_| self.sweeps()) {
            // All at once: one by one they could start others faster than they are found.
            walls.sweep();
        }
        let own_session = ourselves().map_or(0, |own| own.session);
        for member in members {
            // Each may be gone already, which is what is wanted.
            if let Some(pid) = Pid::from_raw(member.pid).filter(|_| member.is_alive()) {
                let _gone = rustix::process::kill_process(pid, Signal::KILL);
            }
            let group = Pid::from_raw(member.group).filter(|_| member.session != own_session && member.group > 1);
            if let Some(group) = group {
                let _gone = rustix::process::kill_process_group(group, Signal::KILL);
            }
        }
    }

    /// Whether it has a user of its own, of which all processes can be ended at once.
    fn sweeps(&self) -> bool {
        self.walls.is_some_and(|walls| walls.user().is_some())
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // The group may be gone already, which is what is wanted.
            let _gone = rustix::process::kill_process_group(leader, signal);
        }
    }

    /// Its leader has ended, and its number may soon be another's.
    fn disband(&mut self) {
        if let (Some(walls), Some(child)) = (self.walls, self.child) {
            walls.started().borrow_mut().remove(&child.as_raw_pid());
        }
        (self.child, self.leader) = (None, None);
    }

    /// Who is there of this family. Behind walls that includes the dead that nobody has waited for.
    fn members(&self) -> Vec<Process> {
        let Some(own) = ourselves() else { return Vec::new() };
        let counts = |process: &Process| process.pid != own.pid && (process.is_alive() || self.walls.is_some());
        processes().filter(|process| counts(process) && self.is_ours(process, &own)).collect()
    }

    fn is_ours(&self, process: &Process, own: &Process) -> bool {
        let leader = self.leader.map_or(0, Pid::as_raw_pid);
        let in_group = process.group == leader && leader > 1;
        match self.walls.map(|walls| (walls, walls.user())) {
            Some((_, Some(user))) => in_group || users_of(process.pid).contains(&user.uid),
            Some((walls, None)) => in_group || self.is_marked(process.pid) || fell_to_us(process, walls, own),
            None => in_group || self.is_marked(process.pid),
        }
    }

    fn is_marked(&self, pid: i32) -> bool {
        let Some((name, value)) = self.mark() else { return false };
        let wanted = format!("{name}={value}");
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|pair| pair == wanted.as_bytes()))
    }

    /// Reaps dead processes that became our children because their parents died first: as the first process of a container,
    /// and behind walls anywhere, that falls to us. A child that somebody here still waits for is never taken.
    fn reap_orphans(&self) -> Vec<Orphan> {
        let Some(own) = ourselves() else { return Vec::new() };
        let is_orphan = |process: &Process| match self.walls.map(|walls| (walls, walls.user())) {
            Some((walls, Some(user))) => {
                !walls.started().borrow().contains(&process.pid) && users_of(process.pid).contains(&user.uid)
            }
            Some((walls, None)) => fell_to_us(process, walls, &own),
            // Those waited for are in our group (git), or lead a group in our session (a running command).
            None => process.group != own.group && (process.pid != process.group || process.session == process.pid),
        };
        let orphans = processes().filter(|it| it.state == 'Z' && it.parent == own.pid && is_orphan(it));
        orphans.map(Process::reaped).collect()
    }
}

impl Process {
    fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// Takes its end, if it is still there to be taken.
    fn reaped(self) -> Orphan {
        let status = rustix::process::waitpid(Pid::from_raw(self.pid), WaitOptions::NOHANG).ok().flatten();
        let signal = status.and_then(|(_, status)| status.terminating_signal());
        Orphan { name: self.name, was_killed: signal == Some(Signal::KILL.as_raw()) }
    }
}

/// Whether the process is our child though we have not started it. What we start is in our session (git), or leads a running
/// command's.
fn fell_to_us(process: &Process, walls: &Walls, own: &Process) -> bool {
    process.parent == own.pid && process.session != own.session && !walls.started().borrow().contains(&process.pid)
}

/// This process. Read, not asked for: in a container its group may be one that has no number there.
fn ourselves() -> Option<Process> {
    parse_stat(&fs::read("/proc/self/stat").ok()?)
}

/// Names of all processes that are alive, but this one.
pub(super) fn others() -> impl Iterator<Item = String> {
    let own = rustix::process::getpid().as_raw_pid();
    processes().filter(move |process| process.is_alive() && process.pid != own).map(|process| process.name)
}

/// The users that a process is: real, effective, saved, and of its files.
pub(super) fn users_of(pid: i32) -> Vec<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    line.split_whitespace().filter_map(|uid| uid.parse().ok()).collect()
}

impl Drop for Family<'_> {
    /// When the future that runs the child is dropped, nobody else would kill its group.
    fn drop(&mut self) {
        self.kill_group();
        self.disband();
    }
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
