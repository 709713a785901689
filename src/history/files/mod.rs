//! The history in files under `.airlock/`: a line when a record opens, a line when it closes, nothing ever changed.

mod ledger;
mod lines;
mod lock;
mod reviews;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use self::ledger::Ledger;
use self::lines::{LARGEST, Log};
use self::lock::{Holder, Lock};
use super::beneath::{Folder, Trouble};
use super::ground::Ground;
use super::{Closing, Keeper, OpenRecord, Opening, PullReview, redacted};
use crate::gate::{ApprovedAdoption, ApprovedPlan};
use crate::names::{LaneId, ProjectId};
use crate::problem::{Fault, Problem};
use crate::release::{History, Record, Release, ReleaseResult};
use crate::watch::{Task, Watch};

const NAME: &str = "history.jsonl";

/// How long an adoption waits for a deploy: it has no wait of its own.
const ADOPTION_WAIT: Duration = Duration::from_mins(1);

/// Keeps the history of projects in their own folders.
pub struct FileKeeper {
    root: PathBuf,
    folders: BTreeMap<ProjectId, String>,
    /// The platform whose environments these are; the embedded one where there is none.
    platform: Option<&'static str>,
    say: Box<dyn Fn(&str)>,
    hide: Hide,
}

/// What takes secrets out of what is stored.
#[derive(Clone)]
struct Hide(Rc<dyn Fn(&str) -> String>);

impl std::fmt::Debug for Hide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hide")
    }
}

impl Hide {
    /// Lines of JSON with every text passed through it.
    fn hidden(&self, lines: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut all = Vec::with_capacity(lines.len());
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let value = serde_json::from_slice(line)
                .map_err(|error| Problem::bug("a record cannot be written").because(&error))?;
            all.extend(ledger::line(&redacted(value, &*self.0))?);
        }
        Ok(all)
    }
}

impl FileKeeper {
    /// A keeper for the projects of the repository at `root`, by their folders below it (`""` is the root).
    pub fn new(root: impl Into<PathBuf>, folders: BTreeMap<ProjectId, String>) -> Self {
        Self { root: root.into(), folders, platform: None, say: Box::new(|_| {}), hide: Hide(Rc::new(str::to_owned)) }
    }

    /// The same keeper for environments of a platform elsewhere: what was deployed there says nothing of the embedded ones.
    #[must_use]
    pub fn of(mut self, platform: &'static str) -> Self {
        self.platform = Some(platform);
        self
    }

    /// The same keeper, telling what it waits for and what it heals, one line at a time.
    #[must_use]
    pub fn telling(mut self, say: impl Fn(&str) + 'static) -> Self {
        self.say = Box::new(say);
        self
    }

    /// The same keeper, taking secrets out of every text that it stores.
    #[must_use]
    pub fn hiding(mut self, redact: impl Fn(&str) -> String + 'static) -> Self {
        self.hide = Hide(Rc::new(redact));
        self
    }

    fn ground(&self, project: &ProjectId) -> Result<Ground, Problem> {
        let folder = self.folders.get(project);
        let folder = folder.ok_or_else(|| Problem::bug(format!("no folder is known for the project {project}")))?;
        let ground = Ground::new(&self.root, folder);
        Ok(match self.platform {
            Some(platform) => ground.of(platform),
            None => ground,
        })
    }

    fn read_lane(&self, lane: &LaneId) -> Result<History, Problem> {
        let folder = self.ground(&lane.project)?.find_environment(&lane.environment);
        let Some(folder) = folder.map_err(|trouble| unreadable(&trouble))? else { return Ok(History::default()) };
        read(&folder, lane)
    }

    async fn hold(&self, record: &Record, wait: Duration, watch: &Watch) -> Result<(Held, Ledger, bool), Problem> {
        let folder = self.ground(&record.lane.project)?.make_environment(&record.lane.environment);
        let folder = folder.map_err(|trouble| unwritable(&trouble))?;
        let lock = Lock::take(&folder, &Holder::of(record), wait, watch, &self.say).await?;
        let log = Log::open(&folder, NAME).map_err(|trouble| unwritable(&trouble))?;
        let waited = lock.waited;
        let mut held = Held { log, folder, hide: self.hide.clone(), _lock: lock };
        let ledger = held.ledger(&record.lane)?;
        Ok((held, ledger, waited))
    }

    /// Closes the records that are open although we hold the lock: their runs ended without it.
    fn abandon(&self, held: &mut Held, ledger: &Ledger, record: &Record) -> Result<(), Problem> {
        let mut lines = Vec::new();
        for dead in ledger.open() {
            (self.say)(&format!(
                "version {} (record {}) was left open by a run that ended; it is closed as abandoned",
                dead.record.version, dead.id
            ));
            let closed = Some(record.opened.max(dead.record.opened));
            lines.extend(ledger::close_line(&Release { result: ReleaseResult::Abandoned, closed, ..dead.clone() })?);
        }
        if lines.is_empty() { Ok(()) } else { held.append(ledger, &lines) }
    }

    /// The pull requests whose plans were shown here, newest first.
    pub fn reviews(&self, project: &ProjectId) -> Result<Vec<PullReview>, Problem> {
        reviews::read(&self.ground(project)?)
    }

    /// Remembers that a pull request's plan was shown here.
    pub async fn remember(&self, project: &ProjectId, review: &PullReview, watch: &Watch) -> Result<(), Problem> {
        reviews::remember(&self.ground(project)?, review, &self.hide, watch).await
    }

    async fn open_lane(&self, approved: ApprovedPlan, watch: &Watch) -> Result<Opening, Problem> {
        let record = approved.record();
        let (mut held, ledger, waited) = self.hold(record, approved.wait(), watch).await?;
        // A record that was open when the decision was made, and that its run closed while we waited, is news as well.
        let ended = waited && !ledger.newest_is_open();
        let moved = ledger.newest() != approved.newest_seen() || ended;
        self.abandon(&mut held, &ledger, record)?;
        if moved {
            return Ok(Opening::Moved);
        }
        let id = ledger.next_id()?;
        let ledger = held.ledger(&record.lane)?;
        held.append(&ledger, &ledger::open_line(id, record)?)?;
        Ok(Opening::Opened(OpenRecord { approved, id, guard: Box::new(held) }))
    }

    async fn adopt_lane(
        &self,
        adoption: ApprovedAdoption,
        platform_ref: Option<String>,
        watch: &Watch,
    ) -> Result<Release, Problem> {
        let record = adoption.record();
        let (mut held, ledger, _) = self.hold(record, ADOPTION_WAIT, watch).await?;
        let recorded = match adoption.confirms() {
            None => ledger.has_success(),
            prepared => prepared != ledger.newest(),
        };
        if recorded {
            return Err(Problem::new("already-recorded", Fault::Refused, "this environment has a release already")
                .help("only what no release accounts for is adopted; deploy or roll back instead"));
        }
        self.abandon(&mut held, &ledger, record)?;
        let ledger = held.ledger(&record.lane)?;
        let (id, result, closed) = (ledger.next_id()?, ReleaseResult::Success, Some(record.opened));
        let release = Release { id, record: record.clone(), result, closed, platform_ref };
        let mut lines = ledger::open_line(id, record)?;
        lines.extend(ledger::close_line(&release)?);
        held.append(&ledger, &lines)?;
        Ok(release)
    }
}

/// An environment that is ours: whoever holds this holds the lock.
#[derive(Debug)]
struct Held {
    log: Log,
    folder: Folder,
    hide: Hide,
    _lock: Lock,
}

impl Held {
    fn ledger(&mut self, lane: &LaneId) -> Result<Ledger, Problem> {
        let bytes = self.log.read(&self.folder).map_err(|trouble| unreadable(&trouble))?;
        Ledger::read(&self.folder.path_of(NAME), lane, &bytes)
    }

    /// Appends behind what `ledger` read.
    fn append(&mut self, ledger: &Ledger, lines: &[u8]) -> Result<(), Problem> {
        let lines = self.hide.hidden(lines)?;
        let written = self.log.append(&self.folder, ledger.keep, ledger.end, &lines);
        let kept = written.and_then(|()| self.folder.still_names(NAME, self.log.file()));
        if kept.map_err(|trouble| unwritable(&trouble))? {
            return Ok(());
        }
        Err(Problem::new("history-unwritable", Fault::Unreadable, "the release could not be recorded")
            .cause(format!("`{}` was removed or replaced during the deploy", self.folder.path_of(NAME))))
    }
}

/// The history in an environment's folder. Takes no lock and writes nothing.
pub(crate) fn read(folder: &Folder, lane: &LaneId) -> Result<History, Problem> {
    let bytes = folder.read(NAME, LARGEST).map_err(|trouble| unreadable(&trouble))?;
    Ok(Ledger::read(&folder.path_of(NAME), lane, &bytes.unwrap_or_default())?.history())
}

fn close(record: OpenRecord, closing: Closing) -> Result<Release, Problem> {
    let OpenRecord { approved, id, guard } = record;
    let Ok(mut held) = guard.downcast::<Held>() else {
        return Err(Problem::bug("a record was closed by another keeper than the one that opened it"));
    };
    let ledger = held.ledger(&approved.record().lane)?;
    let release = closing.of(id, approved.record().clone());
    held.append(&ledger, &ledger::close_line(&release)?)?;
    Ok(release)
}

fn unreadable(trouble: &Trouble) -> Problem {
    trouble.problem("history-unreadable", Fault::Unreadable)
}

fn unwritable(trouble: &Trouble) -> Problem {
    trouble.problem("history-unwritable", Fault::Unreadable)
}

impl Keeper for FileKeeper {
    fn read<'a>(&'a self, lane: &'a LaneId, _watch: &'a Watch) -> Task<'a, Result<History, Problem>> {
        Box::pin(async move { self.read_lane(lane) })
    }

    fn open<'a>(&'a self, approved: ApprovedPlan, watch: &'a Watch) -> Task<'a, Result<Opening, Problem>> {
        Box::pin(self.open_lane(approved, watch))
    }

    fn close(&self, record: OpenRecord, closing: Closing) -> Task<'_, Result<Release, Problem>> {
        Box::pin(async move { close(record, closing) })
    }

    fn adopt<'a>(
        &'a self,
        adoption: ApprovedAdoption,
        platform_ref: Option<String>,
        watch: &'a Watch,
    ) -> Task<'a, Result<Release, Problem>> {
        Box::pin(self.adopt_lane(adoption, platform_ref, watch))
    }
}
