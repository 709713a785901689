//! What the confined process itself still has.

use std::fs;

use super::super::spec::{Breach, User, Wall};

/// The bit of an open file that a command does not inherit.
const CLOSE_ON_EXEC: u32 = 0o2_000_000;

/// Users, groups and capabilities, as the kernel tells them.
pub(super) fn privileges(user: Option<User>) -> Option<Breach> {
    match fs::read_to_string("/proc/self/status") {
        Ok(status) => kept(&status, user).map(|how| Breach::new(Wall::Privileges, how)),
        Err(_) => Some(Breach::new(Wall::Unknown, "its own privileges could not be read")),
    }
}

/// What this status tells of that should be gone.
fn kept(status: &str, user: Option<User>) -> Option<&'static str> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).unwrap_or_default();
    let all_are = |name: &str, wanted: u32| {
        let mut ids = field(name).split_whitespace().peekable();
        ids.peek().is_some() && ids.all(|id| id.parse() == Ok(wanted))
    };
    if user.is_some_and(|user| !all_are("Uid:", user.uid) || !all_are("Gid:", user.gid)) {
        return Some("it kept a user or a group of ours");
    }
    if user.is_some() && !field("Groups:").is_empty() {
        return Some("it kept supplementary groups");
    }
    let sets = ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"];
    let capable = sets.iter().any(|set| !field(set).trim_matches('0').is_empty());
    if capable {
        return Some("it kept capabilities");
    }
    (field("NoNewPrivs:") != "1").then_some("it could gain privileges, through sudo for example")
}

/// Open files that a command would inherit, beside the three streams.
pub(super) fn descriptors() -> Option<Breach> {
    let Ok(entries) = fs::read_dir("/proc/self/fdinfo") else {
        return Some(Breach::new(Wall::Unknown, "its own open files could not be listed"));
    };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let inherited = numbers.filter(|number| *number > 2).find(|number| is_inherited(*number))?;
    Some(Breach::new(Wall::Descriptors, format!("it inherits an open file of ours, number {inherited}")))
}

fn is_inherited(number: u32) -> bool {
    // One that is gone by now was the listing itself.
    let Ok(info) = fs::read_to_string(format!("/proc/self/fdinfo/{number}")) else { return false };
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).map(str::trim);
    flags.and_then(|flags| u32::from_str_radix(flags, 8).ok()).is_none_or(|flags| flags & CLOSE_ON_EXEC == 0)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd as _;

    use super::*;

    #[test]
    fn whatever_was_not_given_up_is_told() {
        let user = Some(User { uid: 9, gid: 8 });
        let whole = "Uid:\t9\t9\t9\t9\nGid:\t8\t8\t8\t8\nGroups:\t \nCapInh:\t0000\nCapPrm:\t0000\nCapEff:\t0000\nCapBnd:\t00ff\n\
                     CapAmb:\t0000\nNoNewPrivs:\t1\n";
        assert_eq!(kept(whole, user), None);
        for (there, instead, says) in [
            ("Uid:\t9\t9\t9", "Uid:\t9\t9\t0", "a user or a group of ours"),
            ("Gid:\t8", "Gid:\t0", "a user or a group of ours"),
            ("Uid:\t9\t9\t9\t9\n", "", "a user or a group of ours"),
            ("Groups:\t ", "Groups:\t27 ", "supplementary groups"),
            ("CapPrm:\t0000", "CapPrm:\t0001", "capabilities"),
            ("CapAmb:\t0000", "CapAmb:\t0020", "capabilities"),
            ("NoNewPrivs:\t1", "NoNewPrivs:\t0", "could gain privileges"),
        ] {
            let status = whole.replace(there, instead);
            assert!(kept(&status, user).is_some_and(|told| told.contains(says)), "{instead}");
        }
        assert_eq!(
            kept(&whole.replace("Groups:\t ", "Groups:\t27 "), None),
            None,
            "of our own user they cannot be left"
        );
    }

    #[test]
    fn an_open_file_that_a_command_would_inherit_is_told() {
        let file = tempfile::tempfile().unwrap();
        let number = file.as_raw_fd().cast_unsigned();
        assert!(!is_inherited(number));
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
        assert!(is_inherited(number));
        assert!(descriptors().is_some_and(|breach| breach.wall == Wall::Descriptors));
    }
}
