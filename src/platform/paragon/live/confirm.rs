//! Whether a push arrived: by the names that Connect tells, and by the project's own `verify` command where only what stands
//! behind names changed.

use super::{Connect, KINDS, Live, wire};
use crate::applied::Verified;
use crate::history::OpenRecord;
use crate::manifest::{Manifest, ResourceId};
use crate::plan::{Basis, Plan, What};
use crate::platform::Payload;
use crate::problem::Problem;
use crate::watch::{Ended, Watch};

/// How often Connect is asked until it tells what was pushed, and how long it is left alone in between.
const TRIES: usize = 5;
const BETWEEN: std::time::Duration = std::time::Duration::from_secs(3);

impl Live<'_> {
    /// Reads a push back. One that did not end well is never called live, whatever is there.
    pub(super) async fn confirmed(&self, record: &OpenRecord, payload: &Payload, watch: &Watch) -> Verified {
        let unverified = |why: &str| Verified::Unverified { why: why.to_owned() };
        let (Some(push), Some(connect), true) = (&self.push, &self.connect, self.pushed.get()) else {
            return unverified("nothing was pushed, as far as is known");
        };
        let Payload::Artefact(built) = payload else { return unverified("Paragon keeps no earlier push") };
        match connect.differing(&built.manifest, watch).await {
            Err(problem) => unverified(&problem.to_string()),
            Ok(how) if !how.is_empty() => Verified::Differs { how },
            Ok(_) if push.verifies() => push.verify(record, payload, watch).await,
            Ok(_) if shows(record.plan()) => Verified::Live,
            Ok(_) => unverified(
                "this release only changes what stands behind names that were there before, and Paragon tells names alone; \
                 a `verify` command can tell more",
            ),
        }
    }
}

impl Connect {
    /// How the names that are deployed differ from those that were pushed, asked until they do not.
    async fn differing(&self, pushed: &Manifest, watch: &Watch) -> Result<Vec<String>, Problem> {
        for _ in 1..TRIES {
            if differing(&wire::manifest(&self.integrations(watch).await?), pushed).is_empty() {
                return Ok(Vec::new());
            }
            if !matches!(watch.pause(BETWEEN).await, Ended::Done(())) {
                break;
            }
        }
        Ok(differing(&wire::manifest(&self.integrations(watch).await?), pushed))
    }
}

fn differing(live: &Manifest, pushed: &Manifest) -> Vec<String> {
    let is_named = |id: &ResourceId| KINDS.contains(&id.kind.as_str());
    let lines = live.beside(pushed).filter_map(|(there, here)| match (there, here) {
        (None, Some(here)) if is_named(&here.id) => Some(format!("{} is not there", here.id)),
        (Some(there), None) => Some(format!("{} is there and was not pushed", there.id)),
        _ => None,
    });
    lines.collect()
}

/// Whether the plan makes a name come or go that was read before: then the names show that the push arrived.
fn shows(plan: &Plan) -> bool {
    let comes_or_goes = |what: &What| matches!(what, What::Add | What::Remove);
    let mut changes = plan.changes.iter();
    let named = changes.any(|change| KINDS.contains(&change.resource.kind.as_str()) && comes_or_goes(&change.what));
    plan.basis == Basis::Live && named
}
