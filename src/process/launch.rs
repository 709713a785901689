//! Our side of the launcher: starts it, tells it what to do, hears what came of it.

use std::io::{self, BufRead as _, BufReader, PipeWriter, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::NotStarted;
use super::launcher::spec::{Ended, Reply, Spec};
use super::launcher::{Launcher, NAME};

/// How long the launcher may take: it opens and closes files, and looks at every process.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest answer, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// A command that was started.
#[derive(Debug)]
pub(super) struct Launched {
    /// What ends when the command does, and as it does.
    pub(super) child: tokio::process::Child,
    /// The end of the line, where the command has namespaces of its own.
    apart: Option<Apart>,
}

#[derive(Debug)]
struct Apart {
    leader: i32,
    line: BufReader<UnixStream>,
}

impl Launched {
    /// One that leads its group itself.
    pub(super) fn plainly(child: tokio::process::Child) -> Self {
        Self { child, apart: None }
    }

    /// Who leads the command's group.
    pub(super) fn leader(&self) -> Option<i32> {
        let own = || self.child.id().and_then(|id| i32::try_from(id).ok());
        self.apart.as_ref().map(|apart| apart.leader).or_else(own)
    }

    /// Names of processes that the command left running and that ended with its namespaces. To be asked after its end.
    pub(super) fn left(&mut self) -> Vec<String> {
        let heard = |apart: &mut Apart| heard::<Ended>(&mut apart.line).ok().flatten();
        self.apart.as_mut().and_then(heard).map(|ended| ended.left).unwrap_or_default()
    }
}

/// Starts a command; its output goes to the pipe.
#[expect(clippy::disallowed_methods, reason = "starts the launcher, which becomes a command of the tree")]
pub(super) fn start(launcher: &Launcher, spec: &Spec, output: PipeWriter) -> Result<Launched, NotStarted> {
    let (line, theirs) = UnixStream::pair().map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let mut command = tokio::process::Command::new(launcher.program());
    command.arg0(NAME).env_clear().kill_on_drop(true);
    command.stdin(OwnedFd::from(theirs)).stdout(output).stderr(errors);
    let child = command.spawn().map_err(failed)?;
    // Here our copies of its ends are closed, else neither would ever end.
    drop(command);
    let mut line = BufReader::new(line);
    match converse(&mut line, spec).map_err(failed)? {
        None => Ok(Launched::plainly(child)),
        Some(Reply::Started { leader }) => Ok(Launched { child, apart: Some(Apart { leader, line }) }),
        Some(Reply::NotStarted(why)) => Err(why),
        Some(Reply::Failed(why)) => Err(NotStarted::NotConfined { why }),
        Some(Reply::Probed(_) | Reply::Swept) => Err(failed(io::Error::other("the launcher did something else"))),
    }
}

/// Has the launcher do something that ends with an answer.
#[expect(clippy::disallowed_methods, reason = "starts the launcher, which runs nothing of the tree here")]
pub(super) fn ask(launcher: &Launcher, spec: &Spec) -> Result<Reply, String> {
    let talk = || -> io::Result<Option<Reply>> {
        let (line, theirs) = UnixStream::pair()?;
        let mut command = std::process::Command::new(launcher.program());
        command.arg0(NAME).env_clear().stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        drop(command);
        let reply = converse(&mut BufReader::new(line), spec);
        // It has nothing left to do; if it hangs, it is ended.
        let _gone = child.kill();
        child.wait()?;
        reply
    };
    talk().map_err(|error| error.to_string())?.ok_or_else(|| "the launcher ended without an answer".to_owned())
}

/// Tells the launcher what to do; `None` when it became the command.
fn converse(line: &mut BufReader<UnixStream>, spec: &Spec) -> io::Result<Option<Reply>> {
    let out = line.get_mut();
    out.set_read_timeout(Some(PATIENCE))?;
    out.set_write_timeout(Some(PATIENCE))?;
    out.write_all(&serde_json::to_vec(spec)?)?;
    out.shutdown(std::net::Shutdown::Write)?;
    heard(line)
}

/// The next thing that is said; `None` when nothing more is.
fn heard<T: DeserializeOwned>(line: &mut BufReader<UnixStream>) -> io::Result<Option<T>> {
    let mut said = Vec::new();
    line.take(LARGEST).read_until(b'\n', &mut said)?;
    if said.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&said)?)) }
}

fn failed(error: impl Into<io::Error>) -> NotStarted {
    NotStarted::NotConfined { why: format!("the launcher could not be used: {}", error.into()) }
}
