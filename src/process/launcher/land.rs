//! Landlock: what the kernel itself keeps from the command, whoever it runs as.

use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};

use super::spec::Land;

/// The newest version whose rights are asked for; an older kernel gives what it has.
const NEWEST: ABI = ABI::V6;

/// Opens what may be reached, while we still can, and makes the rules.
pub(super) fn prepare(land: &Land) -> io::Result<RulesetCreated> {
    let all = AccessFs::from_all(NEWEST);
    let rules = Ruleset::default()
        .handle_access(all)
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(io::Error::other)?;
    // Names of files may be seen everywhere, as far as their modes allow: programs list folders on the way to theirs.
    let rules = allow(rules, &[PathBuf::from("/")], AccessFs::ReadDir.into())?;
    let rules = allow(rules, &land.read, AccessFs::from_read(NEWEST))?;
    allow(rules, &land.write, all)
}

fn allow(mut rules: RulesetCreated, paths: &[PathBuf], access: BitFlags<AccessFs>) -> io::Result<RulesetCreated> {
    for path in paths {
        // What has gone since it was listed needs no rule.
        if let Ok(opened) = PathFd::new(path) {
            rules = rules.add_rule(PathBeneath::new(opened, access)).map_err(io::Error::other)?;
        }
    }
    Ok(rules)
}

/// Shuts the door behind us; gives the version that holds, 0 when the kernel has none.
pub(super) fn enforce(rules: RulesetCreated) -> io::Result<u8> {
    let status = rules.restrict_self().map_err(io::Error::other)?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            effective_abi as u8
        }
        _ => 0,
    })
}
