//! The keepers of the release history. A record is opened with the gate's proof, is the lock while it is open, and is
//! closed with how the deploy ended.

pub(crate) mod beneath;
pub mod deployments;
pub mod files;
pub(crate) mod ground;
#[cfg(test)]
pub(crate) mod sample;

use std::any::Any;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::applied::Ending;
use crate::gate::{ApprovedAdoption, ApprovedPlan};
use crate::names::{CommitSha, LaneId};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::release::{History, Record, Release, ReleaseResult};
use crate::watch::{Task, Watch};

/// An open record: the proof that a deploy was gated and recorded, and the lock on its environment. `apply` takes nothing less.
#[derive(Debug)]
pub struct OpenRecord {
    approved: ApprovedPlan,
    id: u64,
    /// Whatever keeps others out, held until the record is closed; only the keeper that put it here knows what it is.
    guard: Box<dyn Any>,
}

impl OpenRecord {
    /// The keeper's id of the record.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The proof it was opened with.
    pub fn approved(&self) -> &ApprovedPlan {
        &self.approved
    }

    /// The plan that was approved.
    pub fn plan(&self) -> &Arc<Plan> {
        self.approved.plan()
    }

    /// What is being recorded.
    pub fn record(&self) -> &Record {
        self.approved.record()
    }

    /// A record that no keeper opened, for tests of what comes after opening.
    #[cfg(test)]
    pub(crate) fn opened_for_test(approved: ApprovedPlan, id: u64) -> Self {
        Self { approved, id, guard: Box::new(()) }
    }
}

/// What is to be stored, with every text of it passed through `redact`.
fn redacted(value: Value, redact: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| redacted(item, redact)).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, redacted(value, redact))).collect())
        }
        other => other,
    }
}

/// What came of opening a record.
#[derive(Debug)]
pub enum Opening {
    /// It is open, and the environment is ours.
    Opened(OpenRecord),
    /// Another release was recorded since the gate decided: plan and decide again.
    Moved,
}

/// How a record is closed.
#[derive(Debug, Clone)]
pub struct Closing {
    /// How the deploy ended.
    pub ending: Ending,
    /// The platform's own id of the deploy.
    pub platform_ref: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Closing {
    /// The release that an open record becomes.
    fn of(self, id: u64, record: Record) -> Release {
        let Self { ending, platform_ref, at } = self;
        let result = match ending {
            Ending::Success => ReleaseResult::Success,
            Ending::Failed { problem } => ReleaseResult::Failed { why: problem.to_string() },
            Ending::Unverified { why } => ReleaseResult::Unverified { why },
            Ending::Cancelled { .. } => ReleaseResult::Cancelled,
            Ending::Moved { .. } => ReleaseResult::Moved,
            Ending::Prepared { .. } => ReleaseResult::Prepared,
        };
        Release { id, record, result, closed: Some(at), platform_ref }
    }
}

/// A pull request whose plan was shown to reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullReview {
    /// How people know it: `#812`, or a branch.
    pub label: String,
    /// Its title.
    pub title: String,
    /// The commit it was compared with: the merge base.
    pub base: CommitSha,
    /// The head that was shown.
    pub head: CommitSha,
    /// When.
    pub at: Timestamp,
}

/// Keeps the releases of lanes. Unreadable is an error, never an empty history.
pub trait Keeper {
    /// The releases of a lane.
    fn read<'a>(&'a self, lane: &'a LaneId, watch: &'a Watch) -> Task<'a, Result<History, Problem>>;

    /// The id of the newest record of a lane, whatever it says: a newer one means that somebody else was there.
    fn newest<'a>(&'a self, lane: &'a LaneId, watch: &'a Watch) -> Task<'a, Result<Option<u64>, Problem>> {
        Box::pin(async move {
            let history = self.read(lane, watch).await?;
            Ok(history.releases.iter().map(|release| release.id).max())
        })
    }

    /// Takes the lock (waiting as long as the proof allows) and opens the record. Fails with `deployment-in-progress`
    /// when another run still holds the environment then.
    fn open<'a>(&'a self, approved: ApprovedPlan, watch: &'a Watch) -> Task<'a, Result<Opening, Problem>>;

    /// Closes the record and lets the lock go. It is not raced against the stop signal: it takes little time and must happen.
    fn close(&self, record: OpenRecord, closing: Closing) -> Task<'_, Result<Release, Problem>>;

    /// Records what is live as the first release, with what tells its place from others.
    fn adopt<'a>(
        &'a self,
        adoption: ApprovedAdoption,
        platform_ref: Option<String>,
        watch: &'a Watch,
    ) -> Task<'a, Result<Release, Problem>>;
}
