//! Rules about removals: nothing is removed that a person did not name.

use super::answer::Answer;
use super::case::{Case, listed, some};
use crate::context::config::Destructive;
use crate::context::inputs::Stated;
use crate::manifest::Subject;

/// Nothing is removed, or each removal was named and may be removed this way.
pub(super) fn consented(case: &Case<'_>) -> Answer {
    if case.plan.destructive.is_empty() {
        return Answer::holds("nothing removed");
    }
    if case.flag() == Stated::No {
        return refused(case, case.plan.destructive.iter(), "`allow-destructive` is `false`");
    }
    if by_hand(case) {
        let left: Vec<&Subject> = case.plan.destructive.iter().filter(|subject| !named(case, subject)).collect();
        if left.is_empty() {
            return Answer::holds(how(case));
        }
        return refused(case, left.into_iter(), "nobody named that");
    }
    if case.production() {
        let because = match case.flag() {
            Stated::Yes => "no person said so in this run",
            Stated::No | Stated::NotStated => "that needs `allow-destructive` = `true`",
        };
        return refused(case, case.plan.destructive.iter(), because);
    }
    by_review(case)
}

/// Whether a person's dispatch says that things may be removed.
fn by_hand(case: &Case<'_>) -> bool {
    case.flag() == Stated::Yes && case.by_person().is_some()
}

fn named(case: &Case<'_>, subject: &Subject) -> bool {
    case.named().is_some_and(|consent| consent.named.contains(subject))
        || case.flag_suffices()
        || counts_reviewed(case) && !case.reviews_of(subject).is_empty()
}

/// Whether a reviewed plan is a way of naming here. Outside production an emptied project is never taken as reviewed.
fn counts_reviewed(case: &Case<'_>) -> bool {
    case.production() || case.evidence.environment.destructive == Destructive::Reviewed && !case.plan.empties
}

/// Outside production, without a person's flag: only what a reviewed plan named.
fn by_review(case: &Case<'_>) -> Answer {
    if case.evidence.environment.destructive == Destructive::Consent {
        return refused(case, case.plan.destructive.iter(), "the policy asks for a dispatch that names it");
    }
    if case.plan.empties {
        return refused(
            case,
            case.plan.destructive.iter(),
            "that would leave nothing of the project there (a wrong key, or a wrong folder?)",
        );
    }
    let left: Vec<&Subject> =
        case.plan.destructive.iter().filter(|subject| case.reviews_of(subject).is_empty()).collect();
    match (left.is_empty(), case.evidence.reviewed) {
        (true, _) => Answer::holds(how(case)),
        (false, Ok(_)) => refused(case, left.into_iter(), &unnamed(case)),
        (false, Err(problem)) => {
            let because = format!("what reviewers were shown could not be read: {problem}");
            let step = problem.help.first().map_or_else(String::new, |step| format!("{step}; or "));
            would_remove(case, left.into_iter(), &because, &step)
        }
    }
}

/// That no review named it, with what came without one.
fn unnamed(case: &Case<'_>) -> String {
    let mut because = "no plan of a merged pull request named that".to_owned();
    if !case.evidence.unshown.is_empty() {
        because.push_str(": ");
        because.push_str(&some(case.evidence.unshown));
    }
    because
}

fn refused<'s>(case: &Case<'_>, removals: impl Iterator<Item = &'s Subject>, because: &str) -> Answer {
    would_remove(case, removals, because, "")
}

/// The same, with something else that may be done first.
fn would_remove<'s>(
    case: &Case<'_>,
    removals: impl Iterator<Item = &'s Subject>,
    because: &str,
    first: &str,
) -> Answer {
    let removals = listed(removals.map(|subject| case.removal(subject)));
    Answer::fails(
        format!("would remove {removals}, and {because}"),
        format!(
            "{first}if you mean it, run again as below: `allow-destructive` is `true` and `consent` names every removal"
        ),
    )
}

/// In a word or two, by what the removals were allowed.
fn how(case: &Case<'_>) -> String {
    if case.all_named() {
        return "removals named".to_owned();
    }
    if counts_reviewed(case) && case.all_reviewed() {
        return format!("removals reviewed in {}", labels(case).join(", "));
    }
    "removals allowed by the flag".to_owned()
}

/// The pull requests that named the removals.
pub(super) fn labels(case: &Case<'_>) -> Vec<String> {
    let labels = case.plan.destructive.iter().flat_map(|subject| case.reviews_of(subject));
    let mut labels: Vec<String> = labels.map(str::to_owned).collect();
    labels.sort();
    labels.dedup();
    labels
}

/// What was named is exactly what is removed.
pub(super) fn consent_fits(case: &Case<'_>) -> Answer {
    if !case.consent.given {
        return Answer::NotAsked;
    }
    if case.consent.fits() {
        return Answer::holds("consent");
    }
    let to_do = if case.plan.destructive.is_empty() {
        "leave `consent` empty: nothing is removed"
    } else {
        "name exactly what is removed, as below"
    };
    Answer::fails(format!("`consent` does not fit this plan: {}", listed(case.consent.wrong.iter().cloned())), to_do)
}

/// On a re-run the inputs are those of the first attempt, and the plan may be another: the flag counts only with a
/// consent that fits the plan made now.
pub(super) fn rerun_consented(case: &Case<'_>) -> Answer {
    let attempt = case.evidence.run.attempt;
    let flagged = case.flag() == Stated::Yes && case.dispatch().is_some() && !case.plan.destructive.is_empty();
    let without_flag = !case.production() && counts_reviewed(case) && case.all_reviewed();
    if attempt <= 1 || !flagged || without_flag {
        return Answer::NotAsked;
    }
    if case.all_named() {
        return Answer::holds("consent fits this attempt");
    }
    Answer::fails(
        format!("this is attempt {attempt}, and `allow-destructive` was said for the first one"),
        "start a new run, as below",
    )
}
