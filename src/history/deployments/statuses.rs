//! How a record's statuses tell its end, and how an end is told as a status. Pure.
//!
//! Any workflow that may write deployments can add a status to any of them. What counts is a status by the record's own
//! run (its page is the status's log); what contradicts it is told, and nobody chooses between them.

use jiff::Timestamp;

use crate::applied::Ending;
use crate::github::{DeploymentState, DeploymentStatus, NewStatus};
use crate::release::{Record, ReleaseResult};

/// How the text of a status begins whose state says less than we know.
const UNVERIFIED: &str = "not confirmed: ";
const CANCELLED: &str = "cancelled";
const ABANDONED: &str = "abandoned: ";
const PREPARED: &str = "prepared: ";
/// The platform's own id of a deploy, at the end of a text.
const REFERENCE: (&str, &str) = (" [", "]");
/// The longest one that has room in 140 characters.
const LONGEST_REFERENCE: usize = 96;

/// What the statuses of a record say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing of an end.
    Open,
    /// How and when it ended.
    Closed { result: ReleaseResult, at: Timestamp, platform_ref: Option<String> },
}

/// Reads the statuses, newest first, of the record whose run has the page `own`; the reason if they cannot be trusted.
///
/// `until` is when the run ended, if it has.
pub(super) fn read(statuses: &[DeploymentStatus], own: &str, until: Option<Timestamp>) -> Result<Told, String> {
    use DeploymentState::{Error, Failure, Inactive, Success};
    let ours: Vec<&DeploymentStatus> = statuses.iter().filter(|status| is_own(status, own, until)).collect();
    let newest = |states: &[DeploymentState]| ours.iter().copied().find(|status| states.contains(&status.state));
    let (good, bad) = (newest(&[Success]), newest(&[Failure, Error]));
    match (good, bad) {
        (Some(_), Some(_)) => return Err("its run's statuses say that it succeeded and that it failed".to_owned()),
        (Some(good), None) => return Ok(closed(good)),
        (None, _) if statuses.iter().any(|status| status.state == Success) => {
            return Err("its status `success` was not written by its run".to_owned());
        }
        (None, Some(bad)) => return Ok(closed(bad)),
        (None, None) => {}
    }
    if let Some(inactive) = newest(&[Inactive]) {
        return Ok(closed(inactive));
    }
    // Others close a record only when its run has ended without closing it.
    let ended = statuses.iter().find(|status| matches!(status.state, Error | Failure | Inactive));
    Ok(match (until, ended) {
        (Some(_), Some(status)) => {
            Told::Closed { result: ReleaseResult::Abandoned, at: status.created_at, platform_ref: None }
        }
        (Some(end), None) => Told::Closed { result: ReleaseResult::Abandoned, at: end, platform_ref: None },
        (None, _) => Told::Open,
    })
}

/// Whether a record's own run wrote a status: it names the run's page, and the run had not ended.
fn is_own(status: &DeploymentStatus, own: &str, until: Option<Timestamp>) -> bool {
    let in_time = until.is_none_or(|end| status.created_at <= end);
    status.log_url.as_deref() == Some(own) && in_time
}

fn closed(status: &DeploymentStatus) -> Told {
    let (text, platform_ref) = referenced(&status.description);
    let result = match status.state {
        DeploymentState::Success => ReleaseResult::Success,
        DeploymentState::Failure => match text.strip_prefix(UNVERIFIED) {
            Some(why) => ReleaseResult::Unverified { why: why.to_owned() },
            None => ReleaseResult::Failed { why: text.to_owned() },
        },
        DeploymentState::Error if text.starts_with(CANCELLED) => ReleaseResult::Cancelled,
        DeploymentState::Inactive if text.starts_with(PREPARED) => ReleaseResult::Prepared,
        DeploymentState::Inactive => ReleaseResult::Moved,
        _ => ReleaseResult::Abandoned,
    };
    Told::Closed { result, at: status.created_at, platform_ref }
}

fn referenced(text: &str) -> (&str, Option<String>) {
    let found = text.strip_suffix(REFERENCE.1).and_then(|text| text.rsplit_once(REFERENCE.0));
    found.map_or((text, None), |(text, reference)| (text, Some(reference.to_owned())))
}

/// The status that closes a record.
pub(super) fn of(record: &Record, ending: &Ending, platform_ref: Option<&str>) -> NewStatus {
    let (state, text) = match ending {
        Ending::Success => (DeploymentState::Success, format!("{} runs", record.version)),
        Ending::Failed { problem } => (DeploymentState::Failure, problem.to_string()),
        Ending::Unverified { why } => (DeploymentState::Failure, format!("{UNVERIFIED}{why}")),
        Ending::Cancelled { .. } => (DeploymentState::Error, CANCELLED.to_owned()),
        Ending::Moved { problem } => (DeploymentState::Inactive, format!("nothing was sent: {problem}")),
        Ending::Prepared { by_hand } => (
            DeploymentState::Inactive,
            format!("{PREPARED}{} is released by hand in {}", record.version, by_hand.place),
        ),
    };
    // A reference with blanks or brackets, or too long a one, would not come back as it was.
    let plain = |text: &&str| text.len() <= LONGEST_REFERENCE && text.chars().all(|c| c.is_ascii_graphic() && c != '[');
    let reference = platform_ref.filter(plain).map(|reference| format!("{}{reference}{}", REFERENCE.0, REFERENCE.1));
    let reference = reference.filter(|_| *ending == Ending::Success).unwrap_or_default();
    status(state, format!("{text}{reference}"), record.origin.url.clone())
}

/// The status that closes what another run left open.
pub(super) fn abandoned(record: &Record, own: Option<&str>) -> NewStatus {
    let run = record.origin.run.map_or_else(String::new, |run| format!("run {run} "));
    status(DeploymentState::Error, format!("{ABANDONED}{run}ended without closing it"), own.map(str::to_owned))
}

pub(super) fn status(state: DeploymentState, description: String, log_url: Option<String>) -> NewStatus {
    NewStatus { state, description, log_url, environment_url: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applied::ByHand;
    use crate::history::sample;
    use crate::problem::{Fault, Problem};

    const OWN: &str = "https://github.com/acme/shop/actions/runs/7";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// `success@3`, newest first, by the record's run; `other:` before it for another's.
    fn statuses(text: &str) -> Vec<DeploymentStatus> {
        let statuses = text.split_whitespace().map(|word| {
            let (word, own) = word.strip_prefix("other:").map_or((word, true), |word| (word, false));
            let (state, second) = word.split_once('@').unwrap();
            let log_url = if own { OWN } else { "https://github.com/acme/shop/actions/runs/8" };
            serde_json::from_value(serde_json::json!({
                "id": 1, "state": state, "description": "text", "log_url": log_url,
                "created_at": at(second.parse().unwrap()),
            }))
            .unwrap()
        });
        statuses.collect()
    }

    #[test]
    fn only_what_the_own_run_says_is_believed() {
        let succeeded_and_failed = "its run's statuses say that it succeeded and that it failed";
        let not_its_own = "its status `success` was not written by its run";
        for (text, until, expected) in [
            ("", None, "open"),
            ("in_progress@2 queued@1", None, "open"),
            ("a_word_of_tomorrow@2", None, "open"),
            ("success@3 in_progress@2", None, "success"),
            ("inactive@9 success@3", Some(5), "success"),
            ("other:inactive@4 success@3", None, "success"),
            ("other:error@9 success@3", Some(5), "success"),
            ("failure@3", None, "failed"),
            ("error@3", None, "abandoned"),
            ("inactive@3", None, "moved"),
            ("", Some(5), "abandoned"),
            ("in_progress@2", Some(5), "abandoned"),
            ("other:error@9 in_progress@2", Some(5), "abandoned"),
            // Another run may not close what is at work.
            ("other:error@3 in_progress@2", None, "open"),
            ("other:inactive@3 in_progress@2", None, "open"),
            ("success@4 failure@3", None, succeeded_and_failed),
            ("failure@4 success@3", None, succeeded_and_failed),
            ("error@4 success@3", None, succeeded_and_failed),
            ("other:success@3 in_progress@2", None, not_its_own),
            ("other:success@4 failure@3", Some(9), not_its_own),
            // A status in the run's name, written after the run had ended.
            ("success@6 in_progress@2", Some(5), not_its_own),
        ] {
            let told = match read(&statuses(text), OWN, until.map(at)) {
                Err(why) => why,
                Ok(Told::Open) => "open".to_owned(),
                Ok(Told::Closed { result, .. }) => {
                    serde_json::to_value(result).unwrap()["result"].as_str().unwrap().to_owned()
                }
            };
            assert_eq!(told, expected, "{text:?} until {until:?}");
        }
    }

    #[test]
    fn every_end_comes_back_as_it_was_told() {
        let problem = Problem::new("torn", Fault::Platform, "the connection was torn");
        let by_hand = ByHand { place: "the dashboard".into(), steps: vec![], names_releases: true };
        for (ending, expected) in [
            (Ending::Success, ReleaseResult::Success),
            (Ending::Failed { problem: problem.clone() }, ReleaseResult::Failed { why: problem.to_string() }),
            (Ending::Unverified { why: "no".into() }, ReleaseResult::Unverified { why: "no".into() }),
            (Ending::Cancelled { problem: problem.clone() }, ReleaseResult::Cancelled),
            (Ending::Moved { problem }, ReleaseResult::Moved),
            (Ending::Prepared { by_hand }, ReleaseResult::Prepared),
        ] {
            let new = of(&sample::record(1), &ending, Some("deploy-17"));
            let status = DeploymentStatus {
                id: 1,
                state: new.state,
                description: new.description,
                creator: None,
                log_url: Some(OWN.to_owned()),
                environment_url: None,
                created_at: at(3),
            };
            let platform_ref = (ending == Ending::Success).then(|| "deploy-17".to_owned());
            let told = read(&[status], OWN, None).unwrap();
            assert_eq!(told, Told::Closed { result: expected, at: at(3), platform_ref });
        }
    }
}
