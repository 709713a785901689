//! Our side of the launcher: starts it, tells it what to do, hears what came of it.

use std::io::{self, PipeWriter, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

use super::NotStarted;
use super::launcher::spec::{Reply, Spec};
use super::launcher::{Launcher, NAME};

/// How long the launcher may take: it opens and closes files, and looks at every process.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest answer, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Starts a command; its output goes to the pipe.
#[expect(clippy::disallowed_methods, reason = "starts the launcher, which becomes a command of the tree")]
pub(super) fn start(launcher: &Launcher, spec: &Spec, output: PipeWriter) -> Result<tokio::process::Child, NotStarted> {
    let (mut line, theirs) = UnixStream::pair().map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let mut command = tokio::process::Command::new(launcher.program());
    command.arg0(NAME).env_clear().kill_on_drop(true);
    command.stdin(OwnedFd::from(theirs)).stdout(output).stderr(errors);
    let child = command.spawn().map_err(failed)?;
    // Here our copies of its ends are closed, else neither would ever end.
    drop(command);
    match converse(&mut line, spec).map_err(failed)? {
        None => Ok(child),
        Some(Reply::NotStarted(why)) => Err(why),
        Some(Reply::Failed(why)) => Err(NotStarted::NotConfined { why }),
        Some(Reply::Probed(_) | Reply::Swept) => Err(failed(io::Error::other("the launcher did something else"))),
    }
}

/// Has the launcher do something that ends with an answer.
#[expect(clippy::disallowed_methods, reason = "starts the launcher, which runs nothing of the tree here")]
pub(super) fn ask(launcher: &Launcher, spec: &Spec) -> Result<Reply, String> {
    let talk = || -> io::Result<Option<Reply>> {
        let (mut line, theirs) = UnixStream::pair()?;
        let mut command = std::process::Command::new(launcher.program());
        command.arg0(NAME).env_clear().stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        drop(command);
        let reply = converse(&mut line, spec);
        // It has nothing left to do; if it hangs, it is ended.
        let _gone = child.kill();
        child.wait()?;
        reply
    };
    talk().map_err(|error| error.to_string())?.ok_or_else(|| "the launcher ended without an answer".to_owned())
}

/// Tells the launcher what to do; `None` when it became the command.
fn converse(line: &mut UnixStream, spec: &Spec) -> io::Result<Option<Reply>> {
    line.set_read_timeout(Some(PATIENCE))?;
    line.set_write_timeout(Some(PATIENCE))?;
    line.write_all(&serde_json::to_vec(spec)?)?;
    line.shutdown(std::net::Shutdown::Write)?;
    let mut answer = Vec::new();
    line.take(LARGEST).read_to_end(&mut answer)?;
    if answer.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&answer)?)) }
}

fn failed(error: impl Into<io::Error>) -> NotStarted {
    NotStarted::NotConfined { why: format!("the launcher could not be used: {}", error.into()) }
}
