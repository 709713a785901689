//! The proofs that the gate hands out. Their fields are private and their constructors are the gate's own.

use std::sync::Arc;
use std::time::Duration;

use crate::plan::{Basis, Plan, What};
use crate::release::Record;

use super::Refusal;

/// A plan that may be deployed: the proof that the gate saw it. It can be neither built, copied nor read from a file elsewhere.
///
/// Whoever has one may read it:
/// ```
/// use airlock::{gate::ApprovedPlan, plan::Plan, release::Record};
/// fn read(approved: &ApprovedPlan) -> (&Plan, &Record) {
///     (approved.plan(), approved.record())
/// }
/// ```
/// Nobody else may build one:
/// ```compile_fail,E0451
/// use airlock::{gate::ApprovedPlan, plan::Plan, release::Record};
/// fn forge(plan: std::sync::Arc<Plan>, record: Record) -> ApprovedPlan {
///     ApprovedPlan { plan, record: Box::new(record), wait: std::time::Duration::ZERO, newest_seen: None }
/// }
/// ```
/// A plan can be copied; a proof cannot:
/// ```
/// fn copied<T: Clone>() {}
/// copied::<airlock::plan::Plan>();
/// ```
/// ```compile_fail,E0277
/// fn copied<T: Clone>() {}
/// copied::<airlock::gate::ApprovedPlan>();
/// ```
/// A record can be read from a file; a proof cannot:
/// ```
/// fn read<T: serde::de::DeserializeOwned>() {}
/// read::<airlock::release::Record>();
/// ```
/// ```compile_fail,E0277
/// fn read<T: serde::de::DeserializeOwned>() {}
/// read::<airlock::gate::ApprovedPlan>();
/// ```
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Arc<Plan>,
    record: Box<Record>,
    wait: Duration,
    newest_seen: Option<u64>,
}

impl ApprovedPlan {
    pub(in crate::gate) fn new(plan: Arc<Plan>, record: Record, wait: Duration, newest_seen: Option<u64>) -> Self {
        Self { plan, record: Box::new(record), wait, newest_seen }
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The record to open.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// How long to wait for another run that holds the environment.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The newest record that the decision knew; a newer one means that the decision is out of date.
    pub fn newest_seen(&self) -> Option<u64> {
        self.newest_seen
    }

    /// A proof that no gate gave, for tests of what comes after it.
    #[cfg(test)]
    pub(crate) fn approved_for_test(plan: Arc<Plan>, record: Record, wait: Duration, newest_seen: Option<u64>) -> Self {
        Self::new(plan, record, wait, newest_seen)
    }

    /// Whether a plan made again just before the deploy is still the approved one; else `plan-changed`, with what moved.
    ///
    /// A hotfix goes on over a moved state, as long as nothing more would be removed and the state could be read.
    pub fn still_holds(&self, fresh: &Plan) -> Result<(), Refusal> {
        let approved = &self.plan;
        let same_job = fresh.lane == approved.lane && fresh.commit == approved.commit;
        let readable = matches!(fresh.basis, Basis::Live | Basis::Recorded { .. } | Basis::None);
        let hotfix = self.record.hotfix.is_some() && fresh.destructive.is_subset(&approved.destructive);
        if same_job && readable && (fresh.digest == approved.digest || hotfix) {
            return Ok(());
        }
        Err(Refusal {
            code: "plan-changed".into(),
            why: moved(approved, fresh, readable),
            to_do: "read the plan as it is now, and start again".to_owned(),
        })
    }
}

fn moved(approved: &Plan, fresh: &Plan, readable: bool) -> String {
    if !readable {
        return "what is there could no longer be read".to_owned();
    }
    let more =
        fresh.destructive.difference(&approved.destructive).map(|subject| format!("would now also remove `{subject}`"));
    let said: Vec<String> = more
        .chain(only_in(fresh, approved, "differs now:"))
        .chain(only_in(approved, fresh, "no longer as planned:"))
        .collect();
    if said.is_empty() { "what is there moved since the plan was made".to_owned() } else { said.join("; ") }
}

/// The changes other than removals that one plan has and the other has not.
fn only_in(plan: &Plan, other: &Plan, says: &str) -> Option<String> {
    let alone = plan.changes.iter().filter(|change| change.what != What::Remove && !other.changes.contains(change));
    let resources: Vec<String> = alone.map(|change| format!("`{}`", change.resource)).collect();
    (!resources.is_empty()).then(|| format!("{says} {}", resources.join(", ")))
}

/// What is live, to be recorded as the first release, or as the one that was prepared before: the proof that the gate allowed it.
#[derive(Debug)]
pub struct ApprovedAdoption {
    record: Record,
    confirms: Option<u64>,
}

impl ApprovedAdoption {
    pub(in crate::gate) fn new(record: Record, confirms: Option<u64>) -> Self {
        Self { record, confirms }
    }

    /// The record to write.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The prepared release that it confirms, which must still be the newest; absent for the first record of an environment.
    pub fn confirms(&self) -> Option<u64> {
        self.confirms
    }

    /// Whether it may be written after the newest record that there is, if there is one.
    pub fn follows(&self, newest: Option<u64>) -> bool {
        self.confirms == newest
    }

    /// A proof that no gate gave, for tests of what comes after it.
    #[cfg(test)]
    pub(crate) fn approved_for_test(record: Record, confirms: Option<u64>) -> Self {
        Self::new(record, confirms)
    }
}
