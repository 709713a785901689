//! Other processes: nobody's environment, memory or open files may be readable, ours least of all.

use std::fs::{self, File};
use std::io::Read as _;

use super::super::spec::{Breach, Wall};

/// Tries every process that is there but this one. The first that is open stands for all.
pub(super) fn open() -> Option<Breach> {
    let own = rustix::process::getpid().as_raw_pid();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Some(Breach::new(Wall::Unknown, "the processes could not be listed"));
    };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| *pid != own).find_map(|pid| {
        let what = what_is_open(pid)?;
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let who = if rustix::process::getppid().map(rustix::process::Pid::as_raw_pid) == Some(pid) {
            "airlock".to_owned()
        } else {
            format!("another process (`{}`)", name.trim().escape_debug())
        };
        Some(Breach::new(Wall::Processes, format!("it could read the {what} of {who}")))
    })
}

fn what_is_open(pid: i32) -> Option<&'static str> {
    let reads = |name: &str| {
        let mut byte = [0_u8];
        File::open(format!("/proc/{pid}/{name}")).is_ok_and(|mut file| matches!(file.read(&mut byte), Ok(1)))
    };
    if reads("environ") {
        return Some("environment");
    }
    // Opening it is what the kernel allows or not; the first page of a process is never there to be read.
    if is_alive(pid) && File::open(format!("/proc/{pid}/mem")).is_ok() {
        return Some("memory");
    }
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let leads_somewhere = files.flatten().any(|file| fs::read_link(file.path()).is_ok());
    leads_somewhere.then_some("open files")
}

/// Whether it has memory at all: neither a thread of the kernel nor a dead process has.
fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/statm")).is_ok_and(|sizes| !sizes.starts_with("0 "))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn of_a_process_that_is_open_it_is_told_what_could_be_read() {
        let found = |command: &mut Command| {
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            // Its environment is there only once it runs, which it does when it answers.
            child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
            child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
            let pid = i32::try_from(child.id()).unwrap();
            let found = what_is_open(pid);
            child.kill().unwrap();
            child.wait().unwrap();
            (found, what_is_open(pid))
        };
        assert_eq!(found(Command::new("cat").env("ANY", "thing")), (Some("environment"), None));
        assert_eq!(found(Command::new("cat").env_clear()), (Some("memory"), None));
    }
}
