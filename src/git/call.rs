//! One run of the git program: its arguments, its environment, its limits, and what it said.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;

use crate::problem::{Fault, Problem};
use crate::watch::{Ended, Watch};

/// How long one local run may take.
pub(super) const LOCAL_LIMIT: Duration = Duration::from_mins(1);

/// How much a small answer may hold, in bytes.
pub(super) const SMALL: usize = 1024 * 1024;

/// How much a list of files or commits may hold, in bytes: half a million paths fit.
pub(super) const LISTING: usize = 128 * 1024 * 1024;

/// How much of the program's complaints is kept, in bytes.
const COMPLAINTS: usize = 16 * 1024;

/// What the caller's environment may hand on to git. No `HOME`: nobody's configuration is read.
const HANDED_ON: [&str; 13] = [
    "TMPDIR",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
];

/// What every run is given. Empty askpass programs are none; `none` is no protocol, so nothing is ever fetched by accident.
const ALWAYS: [(&str, &str); 14] = [
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("SSH_ASKPASS", ""),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_PAGER", "cat"),
];

/// Settings of every run; the command line wins over every file.
///
/// The commit graph is off because it is a cache that may say what the commits do not.
const SETTINGS: [&str; 8] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "protocol.ext.allow=never",
    "credential.helper=",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// The git program and the environment it is given.
#[derive(Debug, Clone)]
pub(super) struct Program {
    path: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Program {
    /// Finds git on the search path of these variables; folders below `top` are not searched, for the tree fills them.
    pub(super) fn find(variables: &[(OsString, OsString)], top: &Path) -> Result<Self, Problem> {
        let search = variables.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str());
        let folders: Vec<PathBuf> = std::env::split_paths(search.unwrap_or_default())
            .filter(|folder| folder.is_absolute() && !folder.starts_with(top))
            .collect();
        let Some(path) = folders.iter().map(|folder| folder.join("git")).find(|path| path.is_file()) else {
            return Err(Problem::input("git-missing", "the program `git` is not on the search path")
                .help("install git 2.33 or later, or put its folder into PATH"));
        };
        let mut kept: Vec<_> =
            variables.iter().filter(|(name, _)| HANDED_ON.iter().any(|handed| name == handed)).cloned().collect();
        // Every folder comes from such a list, so it can be joined again.
        kept.extend(std::env::join_paths(folders).ok().map(|search| ("PATH".into(), search)));
        Ok(Self { path, variables: kept })
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that starts git")]
    fn start(&self, call: &Call<'_>) -> Result<Child, Problem> {
        let mut command = tokio::process::Command::new(&self.path);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(&call.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .envs(ALWAYS)
            .envs(call.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(call.folder)
            .stdin(if call.input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.spawn().map_err(|error| {
            Problem::new("git-failed", Fault::Input, format!("cannot start `{}`", self.path.display())).because(&error)
        })
    }

    /// Runs git and keeps what it printed.
    pub(super) async fn run(&self, call: Call<'_>, watch: &Watch) -> Result<Answer, Problem> {
        let largest = call.largest;
        let mut out = Vec::new();
        let mut answer = self.stream(call, watch, async |stdout| read_up_to(stdout, largest, &mut out).await).await?;
        answer.out = out;
        Ok(answer)
    }

    /// Runs git and hands its output to `take` while it comes; input, output and complaints flow at once, so nothing waits
    /// for a full pipe.
    pub(super) async fn stream<F>(&self, call: Call<'_>, watch: &Watch, take: F) -> Result<Answer, Problem>
    where
        F: AsyncFnOnce(&mut (dyn AsyncRead + Unpin)) -> Result<(), Problem>,
    {
        let mut child = self.start(&call)?;
        let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Problem::bug("git was started without its pipes"));
        };
        let stdin = child.stdin.take();
        let name = call.name();
        let whole = async {
            let write = async {
                if let Some(mut stdin) = stdin {
                    // A program that ends before it read all of this says so by its exit code.
                    let _ended_early = stdin.write_all(call.input).await;
                }
                Ok(())
            };
            // A failed `take` ends all: the child is killed as it is dropped.
            let ((), (), said) = tokio::try_join!(write, take(&mut stdout), complaints(&mut stderr))?;
            let status = child.wait().await.map_err(|error| {
                Problem::new("git-failed", Fault::Input, format!("cannot wait for `git {name}`")).because(&error)
            })?;
            Ok(Answer { code: status.code(), out: Vec::new(), said, name: name.clone() })
        };
        match watch.within(call.limit).run(whole).await {
            Ended::Done(answer) => answer,
            Ended::Stopped(stop) => Err(stop.problem()),
            Ended::TimedOut => {
                Err(Problem::input("git-timed-out", format!("`git {name}` was stopped at its time limit")))
            }
        }
    }
}

async fn read_up_to(from: &mut (dyn AsyncRead + Unpin), largest: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
    let read = from.take(largest as u64 + 1).read_to_end(out).await;
    read.map_err(|error| Problem::input("git-failed", "cannot read what git prints").because(&error))?;
    if out.len() > largest {
        return Err(Problem::input("git-output-too-large", format!("git printed more than {largest} bytes")));
    }
    Ok(())
}

async fn complaints(from: &mut (impl AsyncRead + Unpin)) -> Result<String, Problem> {
    let mut kept = Vec::new();
    // What cannot be read cannot be told; the exit code still is.
    let _unreadable = from.take(COMPLAINTS as u64).read_to_end(&mut kept).await;
    let _drained = tokio::io::copy(from, &mut tokio::io::sink()).await;
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

/// What to run. No `Debug`: its variables may hold a token.
pub(super) struct Call<'a> {
    folder: &'a Path,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    input: &'a [u8],
    largest: usize,
    limit: Duration,
}

impl<'a> Call<'a> {
    /// `git ARGUMENTS` in a folder, with small output.
    pub(super) fn new<A: AsRef<OsStr>>(folder: &'a Path, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        Self { folder, arguments, variables: Vec::new(), input: &[], largest: SMALL, limit: LOCAL_LIMIT }
    }

    /// One more variable; it wins over those of every run.
    pub(super) fn with(mut self, name: impl Into<OsString>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// What it reads from its standard input.
    pub(super) fn input(mut self, input: &'a [u8]) -> Self {
        self.input = input;
        self
    }

    /// How many bytes it may print.
    pub(super) fn largest(mut self, bytes: usize) -> Self {
        self.largest = bytes;
        self
    }

    /// How long it may take.
    pub(super) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The subcommand, for people.
    fn name(&self) -> String {
        self.arguments.first().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Answer {
    /// The exit code; `None` when a signal ended it.
    pub(super) code: Option<i32>,
    /// What it printed.
    pub(super) out: Vec<u8>,
    /// Its complaints.
    pub(super) said: String,
    name: String,
}

impl Answer {
    /// Its output, when it succeeded.
    pub(super) fn success(self) -> Result<Vec<u8>, Problem> {
        if self.code == Some(0) { Ok(self.out) } else { Err(self.problem()) }
    }

    /// Its output; `None` when it ended with this code, which means "no".
    pub(super) fn success_or(self, no: i32) -> Result<Option<Vec<u8>>, Problem> {
        if self.code == Some(no) { Ok(None) } else { self.success().map(Some) }
    }

    /// The failed run as a problem, with what git said.
    pub(super) fn problem(&self) -> Problem {
        let how = self.code.map_or_else(|| "was killed".to_owned(), |code| format!("ended with code {code}"));
        let problem = Problem::input("git-failed", format!("`git {}` {how}", self.name));
        match told(&self.said) {
            said if said.is_empty() => problem,
            said => problem.cause(said),
        }
    }
}

/// The program's complaints as one harmless line of at most 400 characters.
fn told(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let line = lines.collect::<Vec<_>>().join("; ");
    line.chars().take(400).flat_map(char::escape_debug).collect::<String>().replace("\\'", "'").replace("\\\"", "\"")
}

/// The first line of an output as text.
pub(super) fn line(out: &[u8]) -> String {
    String::from_utf8_lossy(out).lines().next().unwrap_or_default().to_owned()
}
