//! A lane, a plan and a record, for tests of what comes after the gate.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use semver::Version;

use crate::gate::{ApprovedAdoption, ApprovedPlan};
use crate::names::{CommitSha, LaneId};
use crate::plan::{Basis, Change, Plan, What};
use crate::release::{Record, ReleaseKind};
use crate::tests::facts;

/// `integrations in dev`.
pub(crate) fn lane() -> LaneId {
    LaneId { project: "integrations".parse().unwrap(), environment: "dev".parse().unwrap() }
}

/// A commit that ends with this number.
pub(crate) fn commit(number: u64) -> CommitSha {
    CommitSha::new(format!("{number:040x}")).unwrap()
}

/// A record of version `1.<minor>.0`.
pub(crate) fn record(minor: u64) -> Record {
    Record {
        previous: minor.checked_sub(1).map(|before| Version::new(1, before, 0)),
        description: format!("change number {minor}"),
        opened: "2026-05-04T10:00:00Z".parse().unwrap(),
        ..facts::record(lane(), Version::new(1, minor, 0), commit(minor))
    }
}

/// A plan that goes with [`record`], with these changes.
pub(crate) fn plan(minor: u64, changes: Vec<Change>) -> Arc<Plan> {
    let record = record(minor);
    Arc::new(Plan {
        schema: crate::plan::SCHEMA,
        lane: record.lane,
        commit: record.commit,
        only: None,
        basis: Basis::Live,
        changes,
        unknown: Vec::new(),
        messages: Vec::new(),
        destructive: BTreeSet::new(),
        renames: Vec::new(),
        unchanged: 0,
        empties: false,
        digest: record.plan,
        version: record.version,
        previous: record.previous,
    })
}

/// One added resource, as a change.
pub(crate) fn added(kind: &str, id: &str) -> Change {
    Change {
        resource: crate::manifest::ResourceId::new(kind, id),
        what: What::Add,
        origin: None,
        notes: Vec::new(),
        place: None,
    }
}

/// The proof for [`record`], decided when `newest_seen` was the newest record.
pub(crate) fn approved(minor: u64, newest_seen: Option<u64>) -> ApprovedPlan {
    let plan = plan(minor, vec![added("sync", "github/issues")]);
    ApprovedPlan::approved_for_test(plan, record(minor), Duration::from_mins(1), newest_seen)
}

/// The proof for adopting what is live as `1.0.0`.
pub(crate) fn adoption() -> ApprovedAdoption {
    ApprovedAdoption::approved_for_test(Record { kind: ReleaseKind::Adopt, ..record(0) }, None)
}
