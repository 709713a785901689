//! Namespaces of its own for code that has no user of its own: there it sees and can signal no process but those it started.
//! When their first process ends, the kernel kills all others, however fast they start each other.
//!
//! Two launchers share the work. The one outside makes the namespaces and passes on what is said; the one inside is their first
//! process, starts the command, and ends after it. Where the system gives no namespaces, the one outside says so.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use rustix::mount::MountFlags;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags};

use super::spec::{Command, Ended, Place, Reply, Spec};
use super::{Failure, NAME, at, lower, program_of, say, silence};
use crate::process::family;
use crate::process::{NotStarted, program};

/// How long what is still there after the command's end may take to end by itself.
const ON_ITS_WAY: Duration = Duration::from_millis(300);

/// The time between two looks at that.
const ROUND: Duration = Duration::from_millis(5);

/// How many names of what was left are told.
const TOLD: usize = 100;

/// Makes the namespaces, has a launcher in them do what was asked, and passes on its answers. Gives how the command ended.
pub(super) fn outside(spec: Spec, line: &mut UnixStream) -> Result<ExitCode, Failure> {
    let parent = spec.parent;
    at("leaving the session", rustix::process::setsid())?;
    close_fds::set_fds_cloexec(3, &[]);
    lower::limit(false);
    at("making namespaces of its own", enter())?;
    let (mut child, inner) = at("starting in namespaces of its own", begin(&Spec { place: Place::Inside, ..spec }))?;
    lower::lower(None, None)?;
    lower::bind_to(parent)?;
    at("closing the standard input", silence())?;
    let ended = at("hearing from namespaces of its own", pass_on(inner, line, &child))?;
    let status = at("waiting for namespaces of its own", child.wait())?;
    Ok(end_as(&ended, status))
}

/// Leaves the namespaces of users, mounts and, for what is started from now on, processes. Of users the new one knows ours alone,
/// by the number that it has outside.
#[expect(
    deprecated,
    reason = "what makes it unsafe is giving threads tables of files of their own, which is not asked for"
)]
fn enter() -> io::Result<()> {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    rustix::thread::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS | UnshareFlags::NEWPID)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))?;
    // What the one inside needs for mounting, and gives up before it starts anything.
    let sets = rustix::thread::capabilities(None)?;
    rustix::thread::set_capabilities(None, CapabilitySets { inheritable: CapabilitySet::SYS_ADMIN, ..sets })?;
    Ok(rustix::thread::configure_capability_in_ambient_set(CapabilitySet::SYS_ADMIN, true)?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "starts the launcher in its namespaces, which starts commands of the tree"
)]
fn begin(spec: &Spec) -> io::Result<(Child, UnixStream)> {
    let (mut inner, theirs) = UnixStream::pair()?;
    let mut command = std::process::Command::new("/proc/self/exe");
    let child = command.arg0(NAME).env_clear().stdin(OwnedFd::from(theirs)).spawn()?;
    // Our copy of its end is closed, else ours would never end.
    drop(command);
    inner.write_all(&serde_json::to_vec(spec)?)?;
    inner.shutdown(std::net::Shutdown::Write)?;
    Ok((child, inner))
}

/// Passes on each answer; gives how the command ended, if one was started and was not killed with its namespaces.
fn pass_on(inner: UnixStream, line: &mut UnixStream, child: &Child) -> io::Result<Ended> {
    let mut answers = BufReader::new(inner).lines();
    // The first line is empty: see `bind`.
    let Some(reply) = answers.by_ref().find(|answer| !answer.as_ref().is_ok_and(String::is_empty)) else {
        return Err(io::Error::other("it ended without an answer"));
    };
    let reply: Reply = serde_json::from_str(&reply?)?;
    let Reply::Started { .. } = reply else {
        say(line, &reply)?;
        return Ok(Ended::default());
    };
    say(line, &Reply::Started { leader: child.id().cast_signed() })?;
    let Some(ended) = answers.next() else { return Ok(Ended::default()) };
    let ended: Ended = serde_json::from_str(&ended?)?;
    say(line, &ended)?;
    Ok(ended)
}

/// Ends as the command did; as the first process of the namespaces did where that could not tell.
fn end_as(ended: &Ended, status: ExitStatus) -> ExitCode {
    let signal = ended.signal.or_else(|| status.signal());
    if let Some(raw) = signal {
        // The first SIGSEGV or SIGBUS is taken by Rust's own handler, which steps aside for the second.
        for _ in 0..2 {
            let _impossible =
                Signal::from_named_raw(raw).map(|own| rustix::process::kill_process(rustix::process::getpid(), own));
        }
        return ExitCode::from(u8::try_from(128 + raw).unwrap_or(u8::MAX));
    }
    ExitCode::from(ended.code.or_else(|| status.code()).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

/// Mounts what tells of processes anew: the old one tells of those outside.
pub(super) fn furnish() -> Result<(), Failure> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    at("mounting /proc in namespaces of its own", rustix::mount::mount("proc", "/proc", "proc", flags, None))
}

/// Ends with the launcher outside, at the latest. Who has a parent in other namespaces cannot see whether it is still there; but
/// nobody hears what is said to the dead.
pub(super) fn bind(line: &mut UnixStream) -> Result<(), Failure> {
    at("binding to airlock", rustix::process::set_parent_process_death_signal(Some(Signal::KILL)))?;
    at("binding to airlock", line.write_all(b"\n"))
}

/// Starts the command, waits for its end, and tells it. The kernel kills what it left when this process ends.
pub(super) fn run(command: &Command, line: &mut UnixStream) -> Result<(), Failure> {
    let leader = start(command).map_err(Failure::NotStarted)?;
    at("telling of the command", say(line, &Reply::Started { leader: leader.as_raw_pid() }))?;
    let status = at("waiting for the command", wait_for(leader))?;
    let ended = Ended { code: status.exit_status(), signal: status.terminating_signal(), left: left() };
    at("telling of the command", say(line, &ended))
}

fn start(command: &Command) -> Result<Pid, NotStarted> {
    let (program, mut started) = program_of(command)?;
    let child = started.spawn().map_err(|error| program::why_refused(&program, &error))?;
    Ok(Pid::from_child(&child))
}

/// Waits for the command, and for everybody who falls to the first process of the namespaces meanwhile.
fn wait_for(leader: Pid) -> io::Result<WaitStatus> {
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == leader => return Ok(status),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Names of what is still there once it had time to end by itself.
#[expect(
    clippy::disallowed_methods,
    reason = "this process knows no watch: who started it kills it when the time is over"
)]
fn left() -> Vec<String> {
    let begun = Instant::now();
    // Whoever is there descends from this process, and falls to it at the latest when nobody else of its line is left.
    while has_children() {
        if begun.elapsed() > ON_ITS_WAY {
            let mut names: Vec<String> = family::others().take(TOLD).collect();
            names.sort_unstable();
            names.dedup();
            return if names.is_empty() { vec!["a process that could not be found".to_owned()] } else { names };
        }
        std::thread::sleep(ROUND);
    }
    Vec::new()
}

/// Reaps who is dead; gives whether anybody is left.
fn has_children() -> bool {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}
