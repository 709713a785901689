//! Rules about what is there and what is recorded of it: that it could be read, and that nothing contradicts it.

use semver::Version;

use super::answer::Answer;
use super::case::{Case, listed, some};
use super::naming::{self, quoted};
use crate::names::CommitSha;
use crate::plan::{Basis, Change, Plan, UnknownField, What};

/// What is there was read, or rebuilt from the newest release, or is certainly nothing; and so was the history.
pub(super) fn basis_readable(case: &Case<'_>) -> Answer {
    let mut why = Vec::new();
    match &case.plan.basis {
        Basis::Live | Basis::None => {}
        Basis::Recorded { commit, .. } => why.extend(stale(case, commit)),
        Basis::Unknown { why: reason } => why.push(format!("what is there is not known: {reason}")),
        Basis::Commit { commit } => {
            why.push(format!("the plan compares with commit {}, not with what is there", commit.short()));
        }
    }
    why.extend(unread_history(case));
    why.extend(hidden_removals(&case.plan.unknown));
    unreadable(case, why, "basis")
}

/// An adoption records what was read, nothing less; where people release by hand, what a person says who can see it. What was
/// read must not contradict them.
pub(super) fn basis_live(case: &Case<'_>) -> Answer {
    let mut why = Vec::new();
    let read = case.evidence.by_hand.unwrap_or_default();
    if let Some(prepared) = case.confirms() {
        why.extend(unlike(case.plan, read, &prepared.record.version));
    } else if case.plan.basis != Basis::Live && !case.on_word_alone() {
        why.push("what is there was not read from the platform".to_owned());
    }
    why.extend(unread_history(case));
    let word = if case.on_word_alone() { "on a person's word" } else { "live" };
    unreadable(case, why, word)
}

/// What runs that the prepared release has not, and the other way round, among the kinds of things whose names were read.
fn unlike(plan: &Plan, read: &[&str], version: &Version) -> Option<String> {
    let named = |wanted: What| -> Vec<String> {
        let is_read = |change: &&Change| read.contains(&change.resource.kind.as_str());
        let changes = plan.changes.iter().filter(is_read).filter(|change| change.what == wanted);
        changes.map(|change| naming::resource(&change.resource)).collect()
    };
    let parts = [("is not there: ", named(What::Add)), ("still runs: ", named(What::Remove))];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(says, names)| format!("{says}{}", some(&names)))
        .collect();
    (!parts.is_empty()).then(|| format!("what runs there is not {version} yet; {}", parts.join("; ")))
}

fn unreadable(case: &Case<'_>, why: Vec<String>, word: &str) -> Answer {
    if why.is_empty() {
        return Answer::holds(word);
    }
    let unread = case.evidence.history.as_ref().err().or_else(|| case.evidence.before?.1.as_ref().err());
    let step = unread.and_then(|problem| problem.help.first()).or_else(|| case.evidence.numbers.steps().first());
    let step = step.map_or("give this run the key and its scopes, and run again", String::as_str);
    Answer::fails(listed(why), format!("a state that could not be read is not an empty state: {step}"))
}

fn stale(case: &Case<'_>, commit: &CommitSha) -> Option<String> {
    let newest = case.evidence.history.as_ref().ok()?.taken();
    let same = newest.is_some_and(|release| release.record.commit == *commit);
    (!same).then(|| format!("the plan compares with {}, which is not the newest release", commit.short()))
}

fn unread_history(case: &Case<'_>) -> Vec<String> {
    let own =
        case.evidence.history.as_ref().err().map(|problem| format!("the release history could not be read: {problem}"));
    let gaps = case.evidence.numbers.gaps().iter().map(|gap| format!("the release history could not be read: {gap}"));
    let mut why: Vec<String> = own.into_iter().collect();
    // The lane's own history is most often one of the gaps, told with its lane.
    if case.evidence.numbers.gaps().is_empty() {
        why
    } else {
        why.splice(.., gaps);
        why
    }
}

fn hidden_removals(unknown: &[UnknownField]) -> Option<String> {
    let hidden: Vec<String> = unknown
        .iter()
        .filter(|field| field.may_remove && field.field != crate::plan::diff::EXISTENCE)
        .map(|field| format!("{} of {} ({})", quoted(&field.field), naming::resource(&field.resource), field.why))
        .collect();
    (!hidden.is_empty()).then(|| format!("something might be removed unseen: {}", some(&hidden)))
}

/// An adoption is the first record of an environment, or says that the prepared release was made.
pub(super) fn history_empty(case: &Case<'_>) -> Answer {
    match (case.evidence.history, case.confirms()) {
        (Ok(_), Some(prepared)) if prepared.record.commit == case.plan.commit => {
            Answer::holds(format!("prepared as {}", prepared.record.version))
        }
        (Ok(_), Some(prepared)) => Answer::fails(
            format!(
                "{} is prepared here of {}, and this is {}",
                prepared.record.version,
                prepared.record.commit.short(),
                case.plan.commit.short()
            ),
            "confirm what was prepared, or dispatch the other commit",
        ),
        (Ok(history), None) if history.releases.is_empty() => Answer::holds("no release yet"),
        (Ok(history), None) => {
            let newest = history
                .releases
                .first()
                .map_or_else(String::new, |release| format!(", the newest is {}", release.record.version));
            Answer::fails(
                format!("releases are recorded here already{newest}"),
                "nothing is to be adopted: deploy, or look at the drift with `mode` = `drift`",
            )
        }
        // `basis-unreadable` tells it.
        (Err(_), _) => Answer::NotAsked,
    }
}
