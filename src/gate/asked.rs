//! Rules about who asked, how, and from where.

use super::answer::Answer;
use super::case::Case;
use super::naming::quoted;
use crate::context::config::FlagRule;
use crate::context::event::{Event, Ref};
use crate::context::inputs::Stated;
use crate::policy::{Intent, Reach, Target};

/// Production changes only by hand.
pub(super) fn dispatched(case: &Case<'_>) -> Answer {
    let name = &case.evidence.environment.name;
    match (case.production(), case.dispatch()) {
        (false, _) => Answer::NotAsked,
        (true, Some(_)) => Answer::holds("started by hand"),
        (true, None) => Answer::fails(
            format!(
                "{} is production, and a {} never changes it",
                quoted(name.as_str()),
                quoted(case.evidence.event.name())
            ),
            "start it by hand (Actions → Run workflow), or as below",
        ),
    }
}

/// By the hand of a person, or of a bot that the policy names.
pub(super) fn by_a_person(case: &Case<'_>) -> Answer {
    match (case.production(), case.dispatch(), case.bot()) {
        (true, Some(_), Some(bot)) => Answer::fails(
            format!("{} is no person", quoted(&bot)),
            "let a person start it, or name the bot in `dispatch-by` in the default branch's `airlock.toml`",
        ),
        (true, Some(dispatch), None) => Answer::holds(format!("by {}", dispatch.sender.login)),
        _ => Answer::NotAsked,
    }
}

/// From a ref that the policy allows, in a run that the policy lets deploy here.
pub(super) fn on_allowed_ref(case: &Case<'_>) -> Answer {
    if !may_apply(case) {
        let decision = case.evidence.decision;
        return Answer::fails(
            format!("this run goes no further than `{}`: {}", decision.reach, decision.reason),
            "start it by hand for this environment (Actions → Run workflow), or as below",
        );
    }
    on_allowed_branch(case)
}

fn may_apply(case: &Case<'_>) -> bool {
    let decision = case.evidence.decision;
    let here = match &decision.reach {
        Reach::Apply(Target::Live { environment: _, production }) => {
            decision.targets.contains(&case.plan.lane.environment) && (*production || !case.production())
        }
        // A dry run asks the gate and is given no proof.
        Reach::Plan => case.evidence.inputs.dry_run && decision.targets.contains(&case.plan.lane.environment),
        _ => false,
    };
    here && matches!(decision.intent, Intent::Deploy | Intent::Promote | Intent::Rollback)
}

/// The plan is the one that an earlier job of this run showed, where its digest was handed over.
pub(super) fn planned_before(case: &Case<'_>) -> Answer {
    match &case.evidence.inputs.plan_digest {
        None => Answer::NotAsked,
        Some(digest) if *digest == case.plan.digest => Answer::holds("the plan that was shown"),
        Some(_) => Answer::fails(
            format!("the plan made now ({}) is not the one that an earlier job showed", case.plan.digest),
            "look at the plan above; start the whole run again if it is right",
        ),
    }
}

/// From a branch that the policy allows.
pub(super) fn on_allowed_branch(case: &Case<'_>) -> Answer {
    let environment = case.evidence.environment;
    let pushed = environment.branch.as_ref();
    let allowed = match (case.evidence.event, case.branch()) {
        (Event::Push(_), Some(branch)) => pushed == Some(branch),
        (Event::Dispatch(_), Some(branch)) => {
            case.evidence.default_branch == Some(branch)
                || environment.refs.contains(branch)
                || pushed == Some(branch)
                || case.hotfix().is_some()
        }
        _ => false,
    };
    if allowed {
        return Answer::holds("ref");
    }
    Answer::fails(format!("{} may not be deployed from {}", quoted(environment.name.as_str()), from(case)), to_do(case))
}

fn from(case: &Case<'_>) -> String {
    match case.evidence.event {
        Event::Push(push) => named(&push.to),
        Event::Dispatch(dispatch) => named(&dispatch.on),
        other => format!("a {} event", quoted(other.name())),
    }
}

fn named(on: &Ref) -> String {
    match on {
        Ref::Branch(branch) => format!("branch {}", quoted(branch.as_str())),
        Ref::Tag(tag) => format!("tag {}", quoted(tag)),
        Ref::Other(other) => quoted(other),
    }
}

fn to_do(case: &Case<'_>) -> String {
    let environment = case.evidence.environment;
    let branches = case.evidence.default_branch.into_iter().chain(&environment.refs).chain(&environment.branch);
    let mut branches: Vec<String> = branches.map(|branch| quoted(branch.as_str())).collect();
    branches.sort();
    branches.dedup();
    let from = if branches.is_empty() { "a branch that the policy names".to_owned() } else { branches.join(" or ") };
    format!("start it from {from}; other branches are named in `refs` in the default branch's `airlock.toml`")
}

/// Production's flag is stated: exactly `true` or `false`.
pub(super) fn flag_stated(case: &Case<'_>) -> Answer {
    if !case.production() {
        return Answer::NotAsked;
    }
    match (case.flag(), case.evidence.environment.flag) {
        (Stated::NotStated, _) => Answer::fails(
            "`allow-destructive` was not stated",
            "say `true` (things may be removed) or `false` (nothing may)",
        ),
        (Stated::No, FlagRule::True) => Answer::fails(
            "the policy asks for `allow-destructive` = `true` for every deploy here, and it is `false`",
            "say `true`, if things may be removed",
        ),
        (Stated::No | Stated::Yes, _) => Answer::holds("flag"),
    }
}
