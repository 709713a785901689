//! An outcome from which every secret is gone. Renderers take nothing else, for escaping changes a secret's spelling and
//! a filter on what they write would miss it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use semver::Version;
use serde_json::{Map, Value};

use super::redactor::{HIDDEN, Redactor};
use super::{
    Deployed, GateOutcome, Handed, Lane, Outcome, PreviewEnd, PreviewOutcome, ProjectOutcome, RunFacts, Stage,
};
use crate::applied::{Applied, AppliedStep, ByHand, Ending, StepState, Verified};
use crate::context::Host;
use crate::context::inputs::PlatformName;
use crate::finding::{Case, CheckReport, Counts, Finding, Severity, Suite, SuiteEnd, SuiteKind, Tested};
use crate::gate::{Refusal, Refused};
use crate::manifest::{ResourceId, Subject};
use crate::names::{BranchName, CommitSha, Digest, EnvironmentName, LaneId, Place, ProjectId};
use crate::plan::message::{Code, Message};
use crate::plan::part::Part;
use crate::plan::{Basis, Change, ChangeOrigin, FieldChange, Plan, Rename, UnknownField, What};
use crate::platform::previews::Preview;
use crate::policy::{Decision, Intent, Reach, Target};
use crate::problem::{Fault, Problem};
use crate::release::{Consent, Origin, Record, Release, ReleaseKind, ReleaseResult};

/// An outcome without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Outcome);

impl Sealed {
    /// What happened.
    pub fn outcome(&self) -> &Outcome {
        &self.0
    }
}

impl Outcome {
    /// Takes every secret out of every string, names and keys of objects included. A name that held one reads `REDACTED`.
    /// Secrets that are too short to be hidden ([`super::redactor::SHORTEST`]) are told in the notes, by their number.
    pub fn redacted(mut self, by: &Redactor) -> Sealed {
        self.redact(by);
        match by.too_short() {
            0 => {}
            1 => self.notes.push("1 secret is shorter than 6 characters: not hidden in reports".to_owned()),
            many => self.notes.push(format!("{many} secrets are shorter than 6 characters: not hidden in reports")),
        }
        Sealed(self)
    }
}

impl CheckReport {
    /// Takes every secret out of it, for a file that is no report.
    #[must_use]
    pub fn redacted(mut self, by: &Redactor) -> Self {
        self.redact(by);
        self
    }
}

/// Takes secrets out of a value, in place. Every struct is taken apart field by field, so that a new one cannot be forgotten.
trait Redact {
    fn redact(&mut self, by: &Redactor);
}

impl Redact for String {
    fn redact(&mut self, by: &Redactor) {
        if let Some(redacted) = by.redacted(self, HIDDEN) {
            *self = redacted;
        }
    }
}

impl Redact for Cow<'static, str> {
    fn redact(&mut self, by: &Redactor) {
        if let Some(redacted) = by.redacted(self, HIDDEN) {
            *self = redacted.into();
        }
    }
}

impl<T: Redact> Redact for Option<T> {
    fn redact(&mut self, by: &Redactor) {
        for inner in self.iter_mut() {
            inner.redact(by);
        }
    }
}

impl<T: Redact> Redact for Box<T> {
    fn redact(&mut self, by: &Redactor) {
        self.as_mut().redact(by);
    }
}

impl<T: Redact> Redact for Vec<T> {
    fn redact(&mut self, by: &Redactor) {
        for inner in self.iter_mut() {
            inner.redact(by);
        }
    }
}

impl<T: Redact + Clone> Redact for Arc<T> {
    fn redact(&mut self, by: &Redactor) {
        Self::make_mut(self).redact(by);
    }
}

impl<T: Redact + Ord> Redact for BTreeSet<T> {
    fn redact(&mut self, by: &Redactor) {
        *self = std::mem::take(self)
            .into_iter()
            .map(|mut inner| {
                inner.redact(by);
                inner
            })
            .collect();
    }
}

/// Two keys that become one would lose a project or an environment, so the later gets a number.
impl<K: Redact + Ord + Clone + FromStr + ToString, V: Redact> Redact for BTreeMap<K, V> {
    fn redact(&mut self, by: &Redactor) {
        let mut kept = Self::new();
        for (mut key, mut value) in std::mem::take(self) {
            key.redact(by);
            value.redact(by);
            let numbered = (2..).map(|number: usize| format!("{}-{number}", key.to_string()).parse());
            let free = std::iter::once(Ok(key.clone())).chain(numbered).flatten().find(|key| !kept.contains_key(key));
            kept.insert(free.unwrap_or(key), value);
        }
        *self = kept;
    }
}

impl Redact for Value {
    fn redact(&mut self, by: &Redactor) {
        match self {
            Self::String(text) => text.redact(by),
            Self::Array(items) => items.redact(by),
            Self::Object(map) => {
                let redacted = std::mem::take(map).into_iter().map(|(mut key, mut value)| {
                    key.redact(by);
                    value.redact(by);
                    (key, value)
                });
                *map = redacted.collect::<Map<_, _>>();
            }
            Self::Number(number) => {
                if let Some(redacted) = by.redacted(&number.to_string(), HIDDEN) {
                    *self = redacted.into();
                }
            }
            Self::Null | Self::Bool(_) => {}
        }
    }
}

/// Names keep their rule: what stands for the secret is a word that every sort of name may hold.
macro_rules! redact_names {
    ($($name:ty),*) => {$(
        impl Redact for $name {
            fn redact(&mut self, by: &Redactor) {
                if let Some(redacted) = by.redacted(self.as_str(), "REDACTED") {
                    let name = Self::new(redacted).or_else(|_| Self::new("REDACTED"));
                    *self = name.unwrap_or_else(|_| self.clone());
                }
            }
        }
    )*};
}
redact_names!(ProjectId, EnvironmentName, BranchName);

/// What cannot hold a secret: numbers, words of ours, times, hashes, versions.
macro_rules! hold_no_secret {
    ($($name:ty),*) => {$(impl Redact for $name { fn redact(&mut self, _: &Redactor) {} })*};
}
hold_no_secret!(
    bool,
    u32,
    u64,
    usize,
    Timestamp,
    Version,
    CommitSha,
    Digest,
    Host,
    PlatformName,
    Severity,
    Counts,
    SuiteKind,
    Code,
    ChangeOrigin,
    Intent,
    Fault,
    ReleaseKind
);

macro_rules! redact_fields {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Redact for $name {
            fn redact(&mut self, by: &Redactor) {
                let Self { $($field),* } = self;
                $($field.redact(by);)*
            }
        }
    )*};
}
redact_fields! {
    Outcome { schema, run, decision, problems, projects, previews, handed_over, notes }
    PreviewOutcome { project, pull, environment, end }
    Preview { name, source, page, made, wanting, notes }
    Handed { path, digest }
    RunFacts {
        host, event, pull, repository, commit, branch, actor, workflow, url, attempt, shard, started, milliseconds,
        requests
    }
    Decision { reach, intent, environments, targets, would, writes, reason }
    ProjectOutcome { path, platform, commit, checks, artefact, code, resources, lanes }
    Lane { position, production, applies, branch, plan, waits_for, gate, deploy, current, previous, history, left_behind }
    CheckReport { suites, findings, tested }
    Suite { kind, name, end, milliseconds, counts, slowest, tail }
    Case { name, milliseconds }
    Finding { code, severity, place, message, help, frame }
    Place { path, line, column }
    Problem { code, fault, text, place, causes, help }
    Plan {
        schema, lane, commit, only, basis, changes, unknown, messages, destructive, renames, unchanged, empties, digest, version,
        previous
    }
    LaneId { project, environment }
    Change { resource, what, origin, notes, place }
    FieldChange { name, old, new }
    UnknownField { resource, field, why, may_remove }
    Rename { from, to }
    Message { code, raised, pre_existing, subject, says, to_do }
    ResourceId { kind, id }
    Subject { resource, part }
    Refused { reasons, passed, command }
    Refusal { code, why, to_do }
    Deployed { release, applied, verified, ending }
    Applied { steps, platform_ref }
    ByHand { place, steps, names_releases }
    AppliedStep { resource, state }
    Release { id, record, result, closed, platform_ref }
    Record {
        schema, lane, kind, version, previous, commit, only, description, plan, artefact, removes, consent, tested, hotfix, origin,
        opened
    }
    Origin { actor, triggering_actor, event, run, attempt, url }
}

/// Enums: the fields of each variant, none left out.
macro_rules! redact_variants {
    ($($name:ident { $($variant:ident $({ $($field:ident),* })? $(($inner:ident))?),* })*) => {$(
        impl Redact for $name {
            fn redact(&mut self, by: &Redactor) {
                // Variants without fields leave `by` unused.
                let _by = by;
                match self {
                    $(Self::$variant $({ $($field),* })? $(($inner))? => {
                        $($($field.redact(by);)*)?
                        $($inner.redact(by);)?
                    })*
                }
            }
        }
    )*};
}
redact_variants! {
    Reach { Nothing, Parse, Check, Plan, Apply(target) }
    Target { Live { environment, production }, Preview { pull }, Teardown { pull }, Leftovers }
    PreviewEnd { None(why), Failed(problem), Stands { preview, deploy }, Removed(name) }
    SuiteEnd {
        Passed, Failed { code }, RanNothing, NotStarted { why }, TimedOut, Killed { signal }, Cancelled, Skipped { why }
    }
    Tested { Here, Recorded { version }, Elsewhere { by }, Not { why } }
    Basis { Live, Recorded { version, commit }, None, Unknown { why }, Commit { commit } }
    Part { Group { name, kinds }, Single { resource } }
    What { Add, Modify { fields, code }, Remove }
    GateOutcome { Approved, Refused(refused), AlreadyDeployed { version }, Superseded { version } }
    StepState { NotTried, Sent, Done, Failed { why } }
    Verified { Live, Differs { how }, Unverified { why } }
    Ending {
        Success, Failed { problem }, Unverified { why }, Cancelled { problem }, Moved { problem }, Prepared { by_hand }
    }
    ReleaseResult { Success, Failed { why }, Unverified { why }, Cancelled, Moved, Prepared, Abandoned, Open }
    Consent { Named { actor }, Digest { actor }, Reviewed { pulls }, Flag { actor } }
}
hold_no_secret!(i32);

impl<T: Redact> Redact for Stage<T> {
    fn redact(&mut self, by: &Redactor) {
        match self {
            Self::NotReached(why) => why.redact(by),
            Self::Failed(problem) => problem.redact(by),
            Self::Done(done) => done.redact(by),
        }
    }
}
