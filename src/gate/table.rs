//! The gate's table: every rule with its code, in the order in which reasons are told.

use super::answer::Answer;
use super::case::Case;
use super::{Refusal, asked, basis, removal, state};

/// A rule: its code, and what it asks.
pub(super) type Rule = (&'static str, fn(&Case<'_>) -> Answer);

/// The rules of a deploy. `plan-changed` between gate and deploy, and `deployment-in-progress`, come after the gate: see
/// [`ApprovedPlan::still_holds`](super::ApprovedPlan::still_holds) and the keepers.
pub(super) const DEPLOY: &[Rule] = &[
    ("production-needs-dispatch", asked::dispatched),
    ("not-a-person", asked::by_a_person),
    ("ref-not-allowed", asked::on_allowed_ref),
    ("flag-not-stated", asked::flag_stated),
    ("destructive-without-consent", removal::consented),
    ("consent-mismatch", removal::consent_fits),
    ("artefact-unread", state::handed_read),
    ("artefact-mismatch", state::handed_fits),
    ("checks-failed", state::checks_passed),
    ("not-promoted", state::promoted),
    ("older-than-live", state::not_older),
    ("rerun-needs-dispatch", removal::rerun_consented),
    ("warning-unresolved", state::warnings_resolved),
    ("version-not-higher", state::version_higher),
    ("basis-unreadable", basis::basis_readable),
    ("plan-changed", asked::planned_before),
    ("tree-not-commit", state::tree_is_commit),
    ("not-confined", state::confined),
    ("policy-unreadable", state::policy_read),
];

/// The rules of an adoption: nothing is sent, so nothing is asked of removals, tests or promotion.
pub(super) const ADOPT: &[Rule] = &[
    ("production-needs-dispatch", asked::dispatched),
    ("not-a-person", asked::by_a_person),
    ("ref-not-allowed", asked::on_allowed_branch),
    ("version-not-higher", state::version_higher),
    ("basis-unreadable", basis::basis_live),
    ("history-not-empty", basis::history_empty),
    ("tree-not-commit", state::tree_is_commit),
    ("policy-unreadable", state::policy_read),
];

/// The rules of a preview. It is its pull request's own, so nothing is asked of removals, versions, promotion and warnings; that the
/// code holds, is the commit's and was kept from keys is asked as of any deploy.
pub(super) const PREVIEW: &[Rule] = &[
    ("artefact-unread", state::handed_read),
    ("artefact-mismatch", state::handed_fits),
    ("checks-failed", state::checks_passed),
    ("basis-unreadable", basis::basis_readable),
    ("tree-not-commit", state::tree_is_commit),
    ("not-confined", state::confined),
    ("policy-unreadable", state::policy_read),
];

/// Asks every rule; none is left out because another failed.
pub(super) fn judge(rules: &[Rule], case: &Case<'_>) -> (Vec<Refusal>, Vec<String>) {
    let (mut reasons, mut passed) = (Vec::new(), Vec::new());
    for (code, rule) in rules {
        match rule(case) {
            Answer::NotAsked => {}
            Answer::Holds(word) => passed.push(word),
            Answer::Fails { why, to_do } => reasons.push(Refusal { code: (*code).into(), why, to_do }),
        }
    }
    (reasons, passed)
}
