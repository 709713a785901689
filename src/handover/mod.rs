//! What one job of a run hands over to a later one: what was compiled and what the checks came to, as one file.
//!
//! The later job believes nothing in it by itself. GitHub has to vouch for the bytes; then everything in it is held against
//! what that job knows: the repository, the run, the commit, the project, and what the source declares.

mod part;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use part::{Bytes, Part, Wanted};

use crate::names::CommitSha;
use crate::problem::{Fault, Problem};

/// The form of the file. A job reads what an Airlock of its own form wrote, and nothing else.
pub const SCHEMA: u32 = 1;

/// The name of the file, in the root of the workspace and in the artifact that it is uploaded as. Uploads leave out what
/// begins with a dot.
pub const FILE: &str = "airlock-hand-over.json";

/// The largest file that is written, or read, in bytes.
pub const LARGEST: usize = 96 * 1024 * 1024;

/// The run and the job that hand something over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Giver {
    /// `owner/name`.
    pub repository: String,
    /// The run's id.
    pub run: u64,
    /// Its attempt; a later one takes what an earlier one handed over.
    pub attempt: u32,
    /// The job's id in the workflow file (`GITHUB_JOB`).
    pub job: String,
    /// The commit that the run is of (`GITHUB_SHA`).
    pub sha: CommitSha,
}

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// [`SCHEMA`].
    pub schema: u32,
    /// By whom.
    pub by: Giver,
    /// The projects, each at one commit.
    pub projects: Vec<Part>,
}

impl HandOver {
    /// As text. An error says why it cannot be handed over.
    pub fn text(&self) -> Result<String, Problem> {
        let text = serde_json::to_string(self).map_err(|error| Problem::bug("cannot write JSON").because(&error))?;
        if text.len() > LARGEST {
            let says =
                format!("what would be handed over has {} MiB, and {} are taken", text.len() >> 20, LARGEST >> 20);
            return Err(Problem::new("hand-over-too-large", Fault::Checks, says));
        }
        Ok(text)
    }

    /// Reads the file of an earlier job. The error is a cause, in a few words.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        /// Read first: a file of another form is told as that.
        #[derive(Deserialize)]
        struct Form {
            schema: u32,
        }
        if bytes.len() > LARGEST {
            return Err(format!("`{FILE}` is larger than {} MiB", LARGEST >> 20));
        }
        let wrong = |error: serde_json::Error| format!("`{FILE}` cannot be read: {error}");
        let form: Form = serde_json::from_slice(bytes).map_err(wrong)?;
        if form.schema != SCHEMA {
            return Err(format!(
                "it has the form {} and this airlock reads {SCHEMA}: name one version in both jobs",
                form.schema
            ));
        }
        serde_json::from_slice(bytes).map_err(wrong)
    }

    /// What of this is not this run's, one cause each; `own` is the job that reads it.
    pub fn strange(&self, own: &Giver) -> Vec<String> {
        let mut causes = Vec::new();
        if !self.by.repository.eq_ignore_ascii_case(&own.repository) {
            causes.push(format!("it was made in {}", self.by.repository.escape_debug()));
        }
        if self.by.run != own.run {
            causes.push(format!("it was made by the run {}, and this is {}", self.by.run, own.run));
        }
        if self.by.attempt > own.attempt {
            causes.push(format!("it was made by attempt {}, and this is {}", self.by.attempt, own.attempt));
        }
        if self.by.sha != own.sha {
            causes.push(format!("it was made for {}, and this run is of {}", self.by.sha.short(), own.sha.short()));
        }
        if self.by.job == own.job {
            causes.push("it was made by this very job".to_owned());
        }
        causes
    }
}

#[cfg(test)]
mod tests;
