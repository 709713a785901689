//! The lock on an environment: held by an open file, so that it ends with the process that holds it, however that ends.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::FlockOperation;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{unreadable, unwritable};
use crate::history::beneath::{Folder, Trouble};
use crate::problem::{Fault, Problem};
use crate::release::Record;
use crate::watch::{Ended, Watch};

const NAME: &str = "lock";
const POLL: Duration = Duration::from_millis(200);

/// Who holds a lock, for those who wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    run: Option<u64>,
    since: Timestamp,
}

impl Holder {
    /// This process, for this record.
    pub(super) fn of(record: &Record) -> Self {
        Self { pid: std::process::id(), run: record.origin.run, since: record.opened }
    }

    fn says(&self) -> String {
        let run = self.run.map(|run| format!(", run {run}")).unwrap_or_default();
        format!("process {}{run}, since {}", self.pid, self.since)
    }
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// Whether another run held it when we came.
    pub(super) waited: bool,
}

impl Lock {
    /// Takes the lock of an environment's folder. Says once who holds it, and gives up with `deployment-in-progress`
    /// after `wait`.
    pub(super) async fn take(
        folder: &Folder,
        me: &Holder,
        wait: Duration,
        watch: &Watch,
        say: &dyn Fn(&str),
    ) -> Result<Self, Problem> {
        let limit = watch.within(wait);
        let mut waited = false;
        loop {
            if let Some(stop) = watch.stopped() {
                return Err(stop.problem());
            }
            if let Some(file) = try_take(folder)? {
                let mut lock = Self { file, waited };
                lock.sign(me).map_err(|error| unwritable(&unsigned(folder, error)))?;
                return Ok(lock);
            }
            if !waited {
                say(&format!("waiting for another deploy: {}", holder(folder)));
                waited = true;
            }
            match limit.pause(POLL).await {
                Ended::Done(()) => {}
                Ended::Stopped(stop) => return Err(stop.problem()),
                Ended::TimedOut => return Err(in_progress(folder, wait)),
            }
        }
    }

    fn sign(&mut self, me: &Holder) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(serde_json::to_string(me)?.as_bytes())
    }
}

fn unsigned(folder: &Folder, error: std::io::Error) -> Trouble {
    Trouble::Io { act: "write", path: folder.path_of(NAME), error }
}

/// One try; `None` when another holds it.
fn try_take(folder: &Folder) -> Result<Option<File>, Problem> {
    loop {
        let file = folder.open_file(NAME).map_err(|trouble| unwritable(&trouble))?;
        if !try_lock(&file, &folder.path_of(NAME))? {
            return Ok(None);
        }
        // Somebody may have removed the folder meanwhile: a lock on a file without a name keeps nobody out.
        if folder.still_names(NAME, &file).map_err(|trouble| unreadable(&trouble))? {
            return Ok(Some(file));
        }
    }
}

/// Locks an open file for its writer; false when another holds it.
pub(super) fn try_lock(file: &File, shown: &str) -> Result<bool, Problem> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(false),
        Err(error) => Err(unwritable(&Trouble::Io { act: "lock", path: shown.to_owned(), error: error.into() })),
    }
}

fn holder(folder: &Folder) -> String {
    let text = folder.read(NAME, 4096).ok().flatten();
    let holder = text.and_then(|text| serde_json::from_slice::<Holder>(&text).ok());
    holder.map_or_else(|| "by another process".to_owned(), |holder| holder.says())
}

fn in_progress(folder: &Folder, wait: Duration) -> Problem {
    Problem::new("deployment-in-progress", Fault::Refused, "another deploy holds this environment")
        .cause(holder(folder))
        .help(format!("waited {} s; run this again when the other deploy is done", wait.as_secs()))
}
