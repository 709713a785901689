//! The decision: every rule is asked, then a proof is made or every reason is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use semver::Version;

use super::case::Case;
use super::command;
use super::evidence::Evidence;
use super::proof::{ApprovedAdoption, ApprovedPlan};
use super::removal::labels;
use super::table::{self, judge};
use super::{Refusal, Refused, Verdict};
use crate::context::inputs::ConsentInput;
use crate::finding::Tested;
use crate::names::EnvironmentName;
use crate::plan::Plan;
use crate::policy::{Intent, Reach, Target};
use crate::release::{Consent, Origin, RECORD_SCHEMA, Record, ReleaseKind};

/// Decides on a plan.
pub fn decide(plan: &Arc<Plan>, evidence: &Evidence<'_>) -> Verdict {
    let case = Case::new(plan, evidence);
    let (reasons, passed) = judge(table::DEPLOY, &case);
    // A consent that was used up by the deploy it was given for is no mistake when the very same is asked again.
    let only_used_up = reasons.iter().all(|reason| reason.code == "consent-mismatch");
    if let (Some(version), true) = (running(&case), only_used_up) {
        return Verdict::AlreadyDeployed(version.clone());
    }
    if !reasons.is_empty() {
        let command = command::line(&case, &reasons);
        return Verdict::Refused(Refused { reasons, passed, command });
    }
    if evidence.inputs.dry_run {
        return Verdict::WouldApprove(passed);
    }
    let newest_seen =
        evidence.history.as_ref().ok().and_then(|history| history.releases.iter().map(|release| release.id).max());
    let record = record(&case, kind_of(evidence.decision.intent));
    Verdict::Approved(ApprovedPlan::new(Arc::clone(plan), record, evidence.environment.wait, newest_seen))
}

/// Decides on recording what is live as an environment's first release.
pub fn adopt(plan: &Arc<Plan>, evidence: &Evidence<'_>) -> Result<ApprovedAdoption, Refused> {
    let case = Case::new(plan, evidence);
    let (reasons, passed) = judge(table::ADOPT, &case);
    if reasons.is_empty() {
        let said = case.confirms();
        let record = said.map_or_else(|| adopted(&case), |prepared| confirmed(&case, &prepared.record));
        return Ok(ApprovedAdoption::new(record, said.map(|prepared| prepared.id)));
    }
    Err(Refused { reasons, passed, command: None })
}

/// Decides on deploying to a pull request's own preview, whose newest record has this id. Only a run that may change the preview of
/// some pull request is ever given a proof, and only for an environment that is such a preview.
pub fn preview(plan: &Arc<Plan>, evidence: &Evidence<'_>, newest_seen: Option<u64>) -> Result<ApprovedPlan, Refused> {
    let case = Case::new(plan, evidence);
    let (mut reasons, passed) = judge(table::PREVIEW, &case);
    let own = match evidence.decision.reach {
        Reach::Apply(Target::Preview { pull }) => plan.lane.environment == EnvironmentName::of_pull(pull),
        _ => false,
    };
    if !own {
        let why = format!("this run may not change {}", plan.lane.environment);
        let to_do = "a preview is deployed to by its pull request's own runs".to_owned();
        reasons.insert(0, Refusal { code: "ref-not-allowed".into(), why, to_do });
    }
    if !reasons.is_empty() {
        return Err(Refused { reasons, passed, command: None });
    }
    let record = record(&case, ReleaseKind::Deploy);
    Ok(ApprovedPlan::new(Arc::clone(plan), record, evidence.environment.wait, newest_seen))
}

/// What was there before the first release of ours.
fn adopted(case: &Case<'_>) -> Record {
    let kind = if case.on_word_alone() { ReleaseKind::Confirm } else { ReleaseKind::Adopt };
    Record { artefact: None, removes: BTreeSet::new(), consent: None, ..record(case, kind) }
}

/// What was approved when the release was prepared, now that somebody says that it was made.
fn confirmed(case: &Case<'_>, prepared: &Record) -> Record {
    Record {
        description: prepared.description.clone(),
        plan: prepared.plan.clone(),
        previous: prepared.previous.clone(),
        artefact: prepared.artefact.clone(),
        removes: prepared.removes.clone(),
        consent: prepared.consent.clone(),
        tested: prepared.tested.clone(),
        hotfix: prepared.hotfix.clone(),
        ..record(case, ReleaseKind::Confirm)
    }
}

/// The version that runs, when deploying would change nothing. By history and by what is there: the commit's release is
/// the current one, nothing uncertain came after it, and nothing differs. Either alone would hide a drift or a deploy that
/// failed half-way.
fn running<'a>(case: &Case<'a>) -> Option<&'a Version> {
    let history = case.evidence.history.as_ref().ok()?;
    let current = history.current().filter(|release| release.record.commit == case.plan.commit)?;
    (history.uncertain().is_none() && case.plan.is_empty()).then_some(&current.record.version)
}

fn kind_of(intent: Intent) -> ReleaseKind {
    match intent {
        Intent::Promote => ReleaseKind::Promote,
        Intent::Rollback => ReleaseKind::Rollback,
        _ => ReleaseKind::Deploy,
    }
}

fn record(case: &Case<'_>, kind: ReleaseKind) -> Record {
    let (plan, evidence) = (case.plan, case.evidence);
    let given = evidence.inputs.description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    Record {
        schema: RECORD_SCHEMA,
        lane: plan.lane.clone(),
        kind,
        version: plan.version.clone(),
        previous: plan.previous.clone(),
        commit: plan.commit.clone(),
        only: plan.only.clone(),
        description: given.unwrap_or(evidence.description).to_owned(),
        plan: plan.digest.clone(),
        artefact: evidence.artefact.cloned(),
        removes: plan.destructive.clone(),
        consent: consent(case),
        tested: tested(case),
        hotfix: case.hotfix().map(str::to_owned),
        origin: Origin {
            actor: evidence.run.actor.clone(),
            triggering_actor: evidence.run.triggering_actor.clone(),
            event: evidence.event.name().to_owned(),
            run: evidence.run.id,
            attempt: evidence.run.attempt,
            url: evidence.run.url.clone(),
        },
        opened: evidence.now,
    }
}

/// What allowed the removals: a person's word before a review, a review before the bare flag.
fn consent(case: &Case<'_>) -> Option<Consent> {
    if case.plan.destructive.is_empty() {
        return None;
    }
    let actor =
        case.by_person().map_or_else(|| case.evidence.run.actor.clone(), |dispatch| dispatch.sender.login.clone());
    if case.all_named() {
        return Some(match case.evidence.inputs.consent {
            ConsentInput::Digest(_) => Consent::Digest { actor },
            ConsentInput::Ids(_) | ConsentInput::Nothing => Consent::Named { actor },
        });
    }
    if case.all_reviewed() {
        return Some(Consent::Reviewed { pulls: labels(case) });
    }
    Some(Consent::Flag { actor })
}

fn tested(case: &Case<'_>) -> Tested {
    match &case.evidence.checks {
        Ok(report) => report.tested.clone(),
        Err(why) => Tested::Not { why: why.clone() },
    }
}
