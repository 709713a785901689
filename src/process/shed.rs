//! The block of the environment that the kernel keeps for this process: started anew, the process has no credential in it.
//!
//! The kernel guards that block as it guards our memory. Whoever gets past that guard, or is given the block by a tool that
//! prints environments, finds no key there.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::fs::MemfdFlags;

/// The variable by which the process knows that it was started anew. Its value is our own number, which a start anew keeps
/// and nobody else can know before.
const MARK: &str = "AIRLOCK_ANEW";

/// The variables of a process.
pub type Variables = Vec<(OsString, OsString)>;

/// Starts this program anew with the variables that `is_secret` names handed over in memory, and comes back in the new one with
/// all of them. Where there is none, or the system does not let us, it comes back at once: what guards the block then is the
/// kernel alone. To be called before anything reads the standard input, which holds nothing afterwards.
#[expect(clippy::disallowed_methods, reason = "the environment is read here before anybody else does")]
pub fn secrets(is_secret: &dyn Fn(&str) -> bool) -> Variables {
    let own = rustix::process::getpid().as_raw_pid().to_string();
    let mut variables: Variables = std::env::vars_os().collect();
    if std::env::var_os(MARK).is_some_and(|mark| mark == own.as_str()) {
        variables.retain(|(name, _)| name != MARK);
        // What cannot be read was not there: nothing is done with a key that is missing.
        variables.extend(taken_over().unwrap_or_default());
        return variables;
    }
    let is_secret = |(name, _): &&(OsString, OsString)| name.to_str().is_some_and(is_secret);
    let (shed, kept): (Vec<_>, Vec<_>) = variables.iter().partition(is_secret);
    if !shed.is_empty() {
        // It comes back from this only when it failed, and then nothing has changed.
        let _stays = anew(&kept, &shed, &own);
    }
    variables
}

#[expect(clippy::disallowed_methods, reason = "this very program is started, in the place of itself")]
fn anew(kept: &[&(OsString, OsString)], shed: &[&(OsString, OsString)], own: &str) -> io::Result<()> {
    let mut memory = File::from(rustix::fs::memfd_create("airlock", MemfdFlags::CLOEXEC)?);
    memory.write_all(&spelled(shed))?;
    memory.rewind()?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new("/proc/self/exe");
    command.arg0(arguments.next().unwrap_or_default()).args(arguments).env_clear();
    command.envs(kept.iter().map(|(name, value)| (name, value))).env(MARK, own).stdin(memory);
    Err(command.exec())
}

fn taken_over() -> io::Result<Variables> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    File::from(io::stdin().as_fd().try_clone_to_owned()?).set_len(0)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(read(&bytes))
}

/// `NAME=value`, each with a zero byte behind it, which neither can hold.
fn spelled(variables: &[&(OsString, OsString)]) -> Vec<u8> {
    let pair = |(name, value): &&(OsString, OsString)| [name.as_bytes(), b"=", value.as_bytes(), b"\0"].concat();
    variables.iter().flat_map(pair).collect()
}

fn read(bytes: &[u8]) -> Variables {
    let pairs = bytes.split(|byte| *byte == 0).filter_map(|pair| {
        let end = pair.iter().position(|byte| *byte == b'=')?;
        Some((OsStr::from_bytes(&pair[..end]).to_owned(), OsString::from_vec(pair[end + 1..].to_vec())))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_is_handed_over_as_it_is() {
        let variables: Variables = [("A_KEY", "x"), ("B_TOKEN", "a=b\nc=d"), ("EMPTY", "")]
            .map(|(name, value)| (name.into(), value.into()))
            .into_iter()
            .chain([("ODD".into(), OsString::from_vec(vec![0xff, 0xfe]))])
            .collect();
        let all: Vec<_> = variables.iter().collect();
        assert_eq!(read(&spelled(&all)), variables);
        assert_eq!(read(b""), Variables::new());
    }

    #[test]
    fn where_there_is_no_secret_nothing_is_started_anew() {
        let all = secrets(&|_| false);
        assert!(all.iter().any(|(name, _)| name == "PATH") && !all.iter().any(|(name, _)| name == MARK));
    }
}
