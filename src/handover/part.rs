//! One project at one commit, as it is handed over, and what it is held against.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::artefact::{Artefact, Built};
use crate::context::inputs::PlatformName;
use crate::finding::{CheckReport, SuiteEnd, SuiteKind, Tested};
use crate::manifest::Manifest;
use crate::names::{CommitSha, Digest, ProjectId};

/// How many differences of a sort are named.
const MOST: usize = 5;

/// One project at one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The project.
    pub project: ProjectId,
    /// Its folder from the repository's root.
    pub path: String,
    /// What its code is.
    pub platform: PlatformName,
    /// The commit that was checked.
    pub commit: CommitSha,
    /// What the checks came to.
    pub checks: CheckReport,
    /// What was compiled; absent where the platform takes the sources.
    pub built: Option<Bytes>,
}

/// What was compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bytes {
    digest: Digest,
    /// By path, in base64.
    files: BTreeMap<String, String>,
    manifest: Manifest,
}

impl Bytes {
    /// These bytes, to be written down.
    pub fn of(built: &Built) -> Self {
        let files = built.artefact.files().iter();
        Self {
            digest: built.artefact.digest().clone(),
            files: files.map(|(path, bytes)| (path.clone(), STANDARD.encode(bytes))).collect(),
            manifest: built.manifest.clone(),
        }
    }

    /// The bytes, whose digest is counted again.
    fn built(&self) -> Result<Built, String> {
        let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
        for (path, text) in &self.files {
            let is_plain = |part: &str| !matches!(part, "" | "." | "..");
            if !path.split('/').all(is_plain) || path.contains(['\0', '\\']) {
                return Err(format!("`{}` is no path of a compiled file", path.escape_debug()));
            }
            let bytes = STANDARD.decode(text);
            let bytes = bytes.map_err(|error| format!("`{}` is not base64: {error}", path.escape_debug()))?;
            files.insert(path.clone(), bytes.into());
        }
        let artefact = Artefact::new(files);
        if *artefact.digest() != self.digest {
            return Err(format!("its files have the digest {}, and it says {}", artefact.digest(), self.digest));
        }
        Ok(Built { artefact, manifest: self.manifest.clone() })
    }
}

/// What the job that takes it over knows of the project.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The project.
    pub project: &'a ProjectId,
    /// Its folder.
    pub path: &'a str,
    /// What its code is.
    pub platform: PlatformName,
    /// The commit that would be deployed.
    pub commit: &'a CommitSha,
    /// What the source declares at that commit.
    pub source: &'a Manifest,
    /// Whether the bytes that a compiler made are needed.
    pub builds: bool,
    /// The job that made it, as GitHub calls it.
    pub job: &'a str,
}

impl Part {
    /// The report and the bytes, if they are what is wanted.
    ///
    /// # Errors
    /// Every way in which they are not, one cause each.
    pub fn take(&self, wanted: &Wanted<'_>) -> Result<(CheckReport, Option<Built>), Vec<String>> {
        let mut causes = Vec::new();
        if self.commit != *wanted.commit {
            causes.push(format!("it is of {}, and {} would be deployed", self.commit.short(), wanted.commit.short()));
        }
        if self.path != wanted.path || self.platform != wanted.platform {
            let (theirs, ours) = (self.platform.as_str(), wanted.platform.as_str());
            causes.push(format!("it is of {theirs} in `{}`, and this is {ours} in `{}`", self.path, wanted.path));
        }
        let built = match (&self.built, wanted.builds) {
            (None, true) => Err("nothing that was compiled is in it".to_owned()),
            (Some(bytes), true) => bytes.built().map(Some),
            (_, false) => Ok(None),
        };
        let built = built.unwrap_or_else(|cause| {
            causes.push(cause);
            None
        });
        if let Some(built) = &built {
            causes.extend(differences(built, wanted.source));
        }
        if causes.is_empty() { Ok((self.report(wanted.job), built)) } else { Err(causes) }
    }

    /// The report as this job tells it: what was tested there was tested elsewhere.
    fn report(&self, job: &str) -> CheckReport {
        let mut report = self.checks.clone();
        if report.tested == Tested::Here {
            let ran = report.suites.iter().any(|suite| suite.kind == SuiteKind::Test && suite.end == SuiteEnd::Passed);
            report.tested = if ran {
                Tested::Elsewhere { by: vec![job.to_owned()] }
            } else {
                Tested::Not { why: format!("no test passed in the job `{job}`") }
            };
        }
        report
    }
}

/// Where what was compiled is not what the source of the commit declares.
fn differences(built: &Built, source: &Manifest) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let prints: Vec<Digest> = built.artefact.files().values().map(|bytes| Digest::of(bytes)).collect();
    for (compiled, declared) in built.manifest.beside(source) {
        match (compiled, declared) {
            (Some(compiled), None) => causes.push(format!("{} is in it, and not in the source", compiled.id)),
            (None, Some(declared)) => causes.push(format!("{} is in the source, and not in it", declared.id)),
            (Some(compiled), Some(declared)) if compiled.fingerprint != declared.fingerprint => {
                causes.push(format!("{} was compiled from another source", compiled.id));
            }
            (Some(compiled), Some(_)) if compiled.artefact.as_ref().is_some_and(|print| !prints.contains(print)) => {
                causes.push(format!("{} was compiled to a file that is not in it", compiled.id));
            }
            _ => {}
        }
    }
    let more = causes.len().saturating_sub(MOST);
    causes.truncate(MOST);
    if more > 0 {
        causes.push(format!("and {more} more"));
    }
    causes
}
