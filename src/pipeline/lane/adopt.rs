//! Recording what runs without sending anything: what was live before, or what a person released by hand.

use std::sync::Arc;

use super::{Lane, Said, not};
use crate::gate;
use crate::outcome::{self, GateOutcome, Stage};
use crate::pipeline::Run;
use crate::pipeline::desk::Desk;
use crate::pipeline::reviews::Reviews;
use crate::pipeline::shelf::Shelf;
use crate::plan::Plan;
use crate::policy::Step;

impl Lane<'_> {
    pub(super) async fn adopt(
        &self,
        run: &Run<'_>,
        shelf: &Shelf<'_>,
        desk: &Desk,
        plan: &Arc<Plan>,
    ) -> (Stage<GateOutcome>, Stage<outcome::Deployed>) {
        let description = "adopted as it was".to_owned();
        let said = Said { reviews: Reviews::none(), description, numbers: self.numbers(shelf) };
        let adoption = match gate::adopt(plan, &self.evidence(run, shelf, desk, &said)) {
            Ok(adoption) => adoption,
            Err(refused) => return (Stage::Done(GateOutcome::Refused(refused)), not("the gate refused")),
        };
        let gate = Stage::Done(GateOutcome::Approved);
        if !run.decision.reach.includes(Step::ApplyPreview) {
            return (gate, not("`dry-run`: nothing was recorded"));
        }
        let keeper = match shelf.keeper(run, desk.project(), &self.spec.environment) {
            Ok(keeper) => keeper,
            Err(problem) => return (gate, Stage::Failed(problem)),
        };
        match keeper.adopt(adoption, self.place().and_then(|place| place.reference()), run.edges.watch).await {
            Ok(release) => (gate, Stage::Done(outcome::Deployed::adopted(release))),
            Err(problem) => (gate, Stage::Failed(problem)),
        }
    }
}
