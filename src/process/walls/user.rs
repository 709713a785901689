//! A user for code of the tree: one that owns nothing here and that no other run uses.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;

use crate::process::launcher::spec::User;

/// The user that an image may have for this: programs that ask for their user's name find one.
const NAME: &str = "airlock-tree";

/// Numbers that distributions give to nobody. Below 65,536, because the users of a container often end there.
const FREE: Range<u32> = 47_000..57_000;

/// How many numbers are tried.
const TRIES: usize = 64;

/// A user that is ours as long as this value lives.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) user: User,
    /// A number that no process has but the one that ends all of the user's.
    pub(super) keeper: u32,
    /// Names that the kernel gives to one process at a time, and takes back when that dies.
    _names: [UnixDatagram; 2],
}

/// Claims a user, if this process may change its own at all. `apart` are files whose owners and groups it must not be.
pub(super) fn claim(apart: &[PathBuf]) -> Option<Claim> {
    if rustix::process::geteuid().as_raw() != 0 {
        return None;
    }
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let taken: BTreeSet<u32> = in_use().into_iter().chain(owners(apart)).collect();
    let named = entries(&known).find(|(name, _)| *name == NAME).map(|(_, user)| user);
    let others: BTreeSet<u32> = entries(&known).flat_map(|(_, user)| [user.uid, user.gid]).collect();
    let free = (0..TRIES).filter_map(|_| random()).map(|number| User { uid: number, gid: number });
    let free = free.filter(|user| !others.contains(&user.uid));
    let may_be = |user: &User| is_apart(*user, &taken) && is_mapped(*user);
    let mut free = free.filter(may_be).filter_map(|user| Some((user, claimed(user.uid)?)));
    let named = named.filter(may_be).and_then(|user| Some((user, claimed(user.uid)?)));
    let (user, name) = named.or_else(|| free.next())?;
    let (keeper, other_name) = free.next()?;
    Some(Claim { user, keeper: keeper.uid, _names: [name, other_name] })
}

/// Whether the user is neither root nor one of these, and its group not either.
fn is_apart(user: User, taken: &BTreeSet<u32>) -> bool {
    [user.uid, user.gid].iter().all(|number| *number != 0 && !taken.contains(number))
}

/// Whose these files are: users and groups.
fn owners(files: &[PathBuf]) -> impl Iterator<Item = u32> {
    files.iter().filter_map(|path| fs::metadata(path).ok()).flat_map(|file| [file.uid(), file.gid()])
}

fn claimed(uid: u32) -> Option<UnixDatagram> {
    let address = SocketAddr::from_abstract_name(format!("airlock-user-{uid}")).ok()?;
    UnixDatagram::bind_addr(&address).ok()
}

fn random() -> Option<u32> {
    let mut bytes = [0_u8; 4];
    getrandom::fill(&mut bytes).ok()?;
    Some(FREE.start + u32::from_le_bytes(bytes) % (FREE.end - FREE.start))
}

/// `name:password:uid:gid:…`
fn entries(passwd: &str) -> impl Iterator<Item = (&str, User)> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        Some((name, User { uid, gid: fields.next()?.parse().ok()? }))
    })
}

/// The users of all processes.
fn in_use() -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.flat_map(super::super::family::users_of).collect()
}

/// Whether this container knows both numbers.
fn is_mapped(user: User) -> bool {
    let knows = |map: &str, id: u32| fs::read_to_string(map).is_ok_and(|map| covers(&map, id));
    knows("/proc/self/uid_map", user.uid) && knows("/proc/self/gid_map", user.gid)
}

/// Lines of `first first-outside count`.
fn covers(map: &str, id: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers.as_slice(), [first, _, count] if (*first..first + count).contains(&u64::from(id)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_may_know_few_users() {
        assert!(covers("         0          0 4294967295\n", 47_011));
        assert!(covers("0 1000 1\n1 100000 65536\n", 47_011));
        assert!(!covers("0 1000 1\n", 47_011) && !covers("", 0) && !covers("rubbish", 0));
    }

    #[test]
    fn users_are_read_as_far_as_they_can_be() {
        let found: Vec<_> =
            entries("root:x:0:0:root:/root:/bin/sh\nbroken\nairlock-tree:x:900:901::/:/x\na:b:c:d").collect();
        assert_eq!(found, [("root", User { uid: 0, gid: 0 }), (NAME, User { uid: 900, gid: 901 })]);
    }

    #[test]
    fn nobody_who_owns_something_is_taken() {
        let place = tempfile::tempdir().unwrap();
        let (own, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        assert_eq!(owners(&[place.path().to_owned(), "/nowhere".into()]).collect::<Vec<_>>(), [own, group]);
        let taken = BTreeSet::from([1001, 118]);
        let is_free = |uid, gid| is_apart(User { uid, gid }, &taken);
        assert!(is_free(47_001, 47_001));
        assert!(!is_free(1001, 47_001) && !is_free(47_001, 118) && !is_free(0, 47_001) && !is_free(47_001, 0));
    }

    #[test]
    fn two_runs_never_share_a_user() {
        let first = claimed(40_001).unwrap();
        assert!(claimed(40_001).is_none());
        drop(first);
        assert!(claimed(40_001).is_some());
    }
}
