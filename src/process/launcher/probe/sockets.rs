//! Sockets behind which somebody with more rights does what is asked: Docker, agents, the session's manager.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;
use std::time::Duration;

use super::super::spec::{Ask, Breach, Wall};

/// How long a daemon on the network may take to answer.
const NEAR: Duration = Duration::from_millis(500);

/// The first socket that answers.
pub(super) fn reachable(ask: &Ask, own_user: bool) -> Option<Breach> {
    let open = |path: &str| Breach::new(Wall::Sockets, format!("it could connect to `{}`", path.escape_debug()));
    let named = ask.sockets.iter().find(|path| answers(path)).map(|path| open(&path.to_string_lossy()));
    named
        .or_else(|| ask.docker.as_deref().filter(|daemon| listens(daemon)).map(open))
        .or_else(|| if own_user { None } else { of_our_user().map(|name| open(&name)) })
}

fn answers(path: &Path) -> bool {
    path.exists() && is_open(UnixStream::connect(path).err().map(|error| error.kind()))
}

/// Whether a connection came about, or failed for another reason than that there is nobody or that we may not.
fn is_open(error: Option<ErrorKind>) -> bool {
    !matches!(error, Some(ErrorKind::PermissionDenied | ErrorKind::NotFound | ErrorKind::ConnectionRefused))
}

fn listens(daemon: &str) -> bool {
    let addresses = daemon.to_socket_addrs();
    addresses.is_ok_and(|mut all| all.any(|address| TcpStream::connect_timeout(&address, NEAR).is_ok()))
}

/// A socket that listens and is our own user's (or nobody's, when it has a name without a file): code that runs as the same
/// user could have things done through it that it may not do itself.
fn of_our_user() -> Option<String> {
    let own = rustix::process::geteuid().as_raw();
    let table = fs::read_to_string("/proc/net/unix").ok()?;
    let names = table.lines().skip(1).filter_map(listening);
    let is_ours = |name: &str| fs::metadata(name).is_ok_and(|file| file.uid() == own) && answers(Path::new(name));
    let mut names = names.filter(|name| name.strip_prefix('@').map_or_else(|| is_ours(name), is_abstract_open));
    names.next().map(str::to_owned)
}

/// The name in a line `num: refcount protocol flags type state inode name` of a socket that listens.
fn listening(line: &str) -> Option<&str> {
    const ACCEPTS: u32 = 0x1_0000;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, _, _, flags, _, _, _, name] = fields.as_slice() else { return None };
    u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & ACCEPTS != 0).then_some(*name)
}

fn is_abstract_open(name: &str) -> bool {
    let address = SocketAddr::from_abstract_name(name);
    address.is_ok_and(|address| is_open(UnixStream::connect_addr(&address).err().map(|error| error.kind())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_told_from_the_rest() {
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 21043 /run/docker.sock";
        assert_eq!(listening(line), Some("/run/docker.sock"));
        assert_eq!(listening(&line.replace("00010000", "00000000")), None);
        assert_eq!(listening("0: 2 0 00010000 0001 01 21043"), None);
    }

    #[test]
    fn only_nobody_and_no_are_no_answer() {
        assert!(is_open(None) && is_open(Some(ErrorKind::WouldBlock)) && is_open(Some(ErrorKind::Other)));
        assert!(!is_open(Some(ErrorKind::PermissionDenied)) && !is_open(Some(ErrorKind::ConnectionRefused)));
    }
}
