//! Giving up: groups, user, capabilities, what could be gained again, and too much of the machine.

use std::io;

use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Gid, Pid, Resource, Rlimit, Signal, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::spec::User;
use super::{Failure, at};

/// How many processes and threads the user may have.
const PROCESSES: u64 = 4096;

/// How many files a process may have open.
const OPEN_FILES: u64 = 65_536;

/// How large a file may become, in bytes.
const FILE_SIZE: u64 = 8 * 1024 * 1024 * 1024;

/// Sets the limits. One that the system does not know, or that is lower already, is no reason to stop.
pub(super) fn limit(own_user: bool) {
    rustix::process::umask(Mode::from_raw_mode(0o022));
    lower_to(Resource::Core, 0);
    lower_to(Resource::Nofile, OPEN_FILES);
    lower_to(Resource::Fsize, FILE_SIZE);
    if own_user {
        // The kernel counts all processes of a user: with ours it would count what we have not started.
        lower_to(Resource::Nproc, PROCESSES);
    }
}

fn lower_to(resource: Resource, most: u64) {
    let least = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
    let now = rustix::process::getrlimit(resource);
    let lower = Rlimit { current: least(now.current), maximum: least(now.maximum) };
    let _unlimited = rustix::process::setrlimit(resource, lower);
}

/// Becomes the user, for good. This thread is the only one, so what is said of the thread is true of the process.
///
/// With a keeper it is the user by its effective number alone: it may signal all processes of the user, and none of them may
/// signal it, for that goes by the other two numbers.
pub(super) fn lower(user: Option<User>, keeper: Option<u32>) -> Result<(), Failure> {
    if let Some(User { uid, gid }) = user {
        let kept = Uid::from_raw(keeper.unwrap_or(uid));
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        at("leaving all groups", rustix::thread::set_thread_groups(&[]))?;
        at("changing the group", rustix::thread::set_thread_res_gid(gid, gid, gid))?;
        at("changing the user", rustix::thread::set_thread_res_uid(kept, uid, kept))?;
    }
    let none = CapabilitySet::empty();
    let _not_supported = rustix::thread::clear_ambient_capability_set();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    at("dropping capabilities", rustix::thread::set_capabilities(None, sets))?;
    at("refusing new privileges", rustix::thread::set_no_new_privs(true))?;
    at("staying unreadable", rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable))
}

/// Ends with the process that asked, at the latest.
pub(super) fn bind_to(parent: i32) -> Result<(), Failure> {
    // Only now: a change of the user would undo it.
    at("binding to airlock", rustix::process::set_parent_process_death_signal(Some(Signal::KILL)))?;
    let still_there = rustix::process::getppid().map(Pid::as_raw_pid) == Some(parent);
    at("binding to airlock", if still_there { Ok(()) } else { Err(io::Error::other("it is gone")) })
}
