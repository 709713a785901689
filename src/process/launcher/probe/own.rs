//! What the confined process itself still has.

use std::fs;

use super::super::spec::{Breach, User, Wall};

/// The bit of an open file that a command does not inherit.
const CLOSE_ON_EXEC: u32 = 0o2_000_000;

/// Users, groups and capabilities, as the kernel tells them.
pub(super) fn privileges(user: Option<User>) -> Option<Breach> {
    let open = |how: &str| Some(Breach::new(Wall::Privileges, how));
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return Some(Breach::new(Wall::Unknown, "its own privileges could not be read"));
    };
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).unwrap_or_default();
    let all_are = |name: &str, wanted: u32| {
        let mut ids = field(name).split_whitespace().peekable();
        ids.peek().is_some() && ids.all(|id| id.parse() == Ok(wanted))
    };
    if user.is_some_and(|user| !all_are("Uid:", user.uid) || !all_are("Gid:", user.gid)) {
        return open("it kept a user or a group of ours");
    }
    if user.is_some() && !field("Groups:").is_empty() {
        return open("it kept supplementary groups");
    }
    let sets = ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"];
    let capable = sets.iter().any(|set| !field(set).trim_matches('0').is_empty());
    if capable {
        return open("it kept capabilities");
    }
    if field("NoNewPrivs:") == "1" { None } else { open("it could gain privileges, through sudo for example") }
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
