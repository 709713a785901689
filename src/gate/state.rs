//! Rules about the state of things: checks, history, basis, tree.

use semver::Version;

use super::answer::Answer;
use super::case::{Case, listed, some};
use super::evidence::Confinement;
use super::naming::{self, quoted};
use crate::context::config::Environment;
use crate::context::inputs::Inputs;
use crate::finding::{CheckReport, Severity, Suite, SuiteEnd, SuiteKind, Tested};
use crate::manifest::Known;
use crate::plan::Plan;
use crate::plan::message::Message;
use crate::plan::version::is_countable;
use crate::policy::Intent;
use crate::problem::{Fault, Problem};

/// What an earlier job handed over could be read, and so could what GitHub says of it.
pub(super) fn handed_read(case: &Case<'_>) -> Answer {
    match case.evidence.handed {
        Some(Err(problem)) if problem.fault == Fault::Unreadable => not_taken(problem),
        _ => Answer::NotAsked,
    }
}

/// What an earlier job handed over is what GitHub says that job left, and fits this run, commit and source.
pub(super) fn handed_fits(case: &Case<'_>) -> Answer {
    match case.evidence.handed {
        Some(Err(problem)) if problem.fault != Fault::Unreadable => not_taken(problem),
        Some(Ok(job)) => Answer::holds(format!("handed over by {job}")),
        _ => Answer::NotAsked,
    }
}

fn not_taken(problem: &Problem) -> Answer {
    let help = problem.help.join("; ");
    let to_do = if help.is_empty() { "start a new run, in which that job runs again".to_owned() } else { help };
    Answer::fails(problem.to_string(), to_do)
}

/// Parse, compile and tests passed for this commit; a suite that ran nothing has not passed.
pub(super) fn checks_passed(case: &Case<'_>) -> Answer {
    let report = match &case.evidence.checks {
        Ok(report) => report,
        Err(why) => return Answer::fails(format!("the checks were not reached: {why}"), "mend that, and run again"),
    };
    let wrong = what_failed(report);
    if !wrong.is_empty() {
        return Answer::fails(listed(wrong), "mend it, and run again");
    }
    if matches!(case.evidence.handed, Some(Err(_))) {
        return Answer::NotAsked;
    }
    match &report.tested {
        Tested::Here => Answer::holds("tests"),
        Tested::Recorded { version } => Answer::holds(format!("tests (recorded with {version})")),
        Tested::Elsewhere { by } => Answer::holds(format!("tests (by {})", by.join(", "))),
        Tested::Not { why } => Answer::holds(format!("compiled, not tested by Airlock ({why})")),
    }
}

fn what_failed(report: &CheckReport) -> Vec<String> {
    let errors: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| match &finding.place {
            Some(place) if !finding.message.contains(&*place.path) => {
                format!("{} at {}", finding.message, quoted(&place.to_string()))
            }
            Some(_) | None => finding.message.clone(),
        })
        .collect();
    let mut wrong = Vec::new();
    if !errors.is_empty() {
        wrong.push(some(&errors));
    }
    // What a finding says already is not said again.
    let is_told = |suite: &&Suite| {
        let failures = suite.counts.is_some_and(|counts| counts.failed > 0);
        (failures && !errors.is_empty()) || errors.iter().any(|error| error.contains(&suite.name))
    };
    wrong.extend(report.suites.iter().filter(|suite| !is_told(suite)).filter_map(suite_failed));
    if wrong.is_empty() && ran_no_test(report) {
        wrong.push("the tests were to run here, and none did".to_owned());
    }
    wrong
}

fn suite_failed(suite: &Suite) -> Option<String> {
    let name = quoted(&suite.name);
    let how = match &suite.end {
        SuiteEnd::Passed if suite.kind == SuiteKind::Test && suite.counts.is_some_and(|counts| counts.ran() == 0) => {
            "ran no test".to_owned()
        }
        SuiteEnd::Passed if suite.counts.is_some_and(|counts| counts.failed > 0) => "counted failures".to_owned(),
        SuiteEnd::Passed | SuiteEnd::Skipped { .. } => return None,
        SuiteEnd::Failed { code: Some(code) } => format!("failed (exit code {code})"),
        SuiteEnd::Failed { code: None } => "failed".to_owned(),
        SuiteEnd::RanNothing => "ran no test".to_owned(),
        SuiteEnd::NotStarted { why } => format!("could not be started: {why}"),
        SuiteEnd::TimedOut => "did not end in time".to_owned(),
        SuiteEnd::Killed { signal } => format!("was killed by signal {signal}"),
        SuiteEnd::Cancelled => "was cancelled".to_owned(),
    };
    Some(format!("{name} {how}"))
}

fn ran_no_test(report: &CheckReport) -> bool {
    match &report.tested {
        Tested::Here => {
            let passed = |suite: &&Suite| suite.kind == SuiteKind::Test && suite.end == SuiteEnd::Passed;
            report.suites.iter().find(passed).is_none()
        }
        Tested::Elsewhere { by } => by.is_empty(),
        Tested::Recorded { .. } | Tested::Not { .. } => false,
    }
}

/// The environment before runs, or ran, this very commit.
pub(super) fn promoted(case: &Case<'_>) -> Answer {
    if case.rolls_back() {
        return ran_here(case);
    }
    let Some(before) = &case.evidence.environment.after else { return Answer::NotAsked };
    if case.hotfix().is_some() {
        return Answer::holds("hotfix");
    }
    let name = quoted(before.as_str());
    let commit = case.plan.commit.short();
    let deploy_there = format!("deploy {commit} to {name} first");
    match case.evidence.before.filter(|(environment, _)| *environment == before) {
        Some((_, Ok(history))) if history.of_commit(&case.plan.commit).is_some() => {
            Answer::holds(format!("promoted from {before}"))
        }
        Some((_, Ok(history))) => {
            match history.prepared().filter(|release| release.record.commit == case.plan.commit) {
                Some(prepared) => Answer::fails(
                    format!(
                        "{} is prepared in {name}, and nobody has said that it was released",
                        prepared.record.version
                    ),
                    format!("release it there by hand, then dispatch {name} with `mode` = `adopt`"),
                ),
                None => Answer::fails(format!("{commit} was never released in {name}"), deploy_there),
            }
        }
        Some((_, Err(problem))) => Answer::fails(
            format!("whether {commit} was released in {name} could not be read: {problem}"),
            problem.help.first().map_or("run again when the release history can be read", String::as_str),
        ),
        None => Answer::fails(format!("whether {commit} was released in {name} is not known"), deploy_there),
    }
}

/// A rollback needs no promotion: its release stood here before.
fn ran_here(case: &Case<'_>) -> Answer {
    let there = case.evidence.history.as_ref().ok().and_then(|history| history.of_version(&case.plan.version));
    match there {
        Some(release) if release.record.commit == case.plan.commit => Answer::holds("released here before"),
        _ => Answer::fails(
            format!(
                "{} of {} is no successful release of this environment",
                case.plan.version,
                case.plan.commit.short()
            ),
            "name a version that `airlock history` lists as successful",
        ),
    }
}

/// The commit contains what runs; going back is a rollback.
pub(super) fn not_older(case: &Case<'_>) -> Answer {
    if case.rolls_back() {
        return Answer::NotAsked;
    }
    let commit = case.plan.commit.short();
    match &case.evidence.source.contains_live {
        Known::Yes(true) => Answer::holds("contains what runs"),
        Known::Yes(false) => Answer::fails(
            format!("{commit} does not contain the commit that runs there"),
            "bring it up to date; to go back on purpose use `mode` = `rollback`",
        ),
        Known::No(why) => Answer::fails(
            format!("whether {commit} contains the commit that runs there is not known: {why}"),
            "run again when that can be read",
        ),
    }
}

/// No blocking warning that this plan newly brings is left unaccepted.
pub(super) fn warnings_resolved(case: &Case<'_>) -> Answer {
    let left: Vec<&Message> = unresolved(case.plan, case.evidence.environment, case.evidence.inputs).collect();
    if left.is_empty() {
        return if case.plan.messages.iter().any(Message::blocks) {
            Answer::holds("warnings accepted")
        } else {
            Answer::NotAsked
        };
    }
    let whys = left.iter().map(|message| format!("{}: {}", naming::removal(&message.subject), message.says));
    let mut to_do: Vec<String> = left.iter().filter_map(|message| message.to_do.clone()).collect();
    to_do.dedup();
    let accept = left.iter().map(|message| quoted(&message.key()));
    let mut accept: Vec<String> = accept.collect();
    accept.dedup();
    to_do.push(format!("or accept it: `accept` = {}", accept.join(", ")));
    Answer::fails(listed(whys), listed(to_do))
}

/// The blocking warnings of a plan that neither the run nor the policy accepts.
pub fn unresolved<'p>(
    plan: &'p Plan,
    environment: &'p Environment,
    inputs: &'p Inputs,
) -> impl Iterator<Item = &'p Message> {
    plan.messages.iter().filter(move |message| message.blocks() && !accepted(plan, environment, inputs, message))
}

fn accepted(plan: &Plan, environment: &Environment, inputs: &Inputs, message: &Message) -> bool {
    let project = plan.lane.project.as_str();
    let fits = |code: &str, typed: &str| {
        let own = typed.strip_prefix(project).and_then(|rest| rest.strip_prefix('/'));
        code == message.code.name() && (message.is_about(typed) || own.is_some_and(|typed| message.is_about(typed)))
    };
    inputs.accept.iter().any(|accept| fits(&accept.code, &accept.resource))
        || environment.accept.iter().any(|accept| fits(&accept.code, &accept.resource))
}

/// The version is higher than every number of the project that another commit has used. Rollback keeps its number.
pub(super) fn version_higher(case: &Case<'_>) -> Answer {
    let version = &case.plan.version;
    if case.rolls_back() {
        return Answer::NotAsked;
    }
    if !is_countable(version) {
        return Answer::fails(
            format!("{} cannot be counted on from", quoted(&version.to_string())),
            "give numbers of at most nine digits and no build part, or leave `version` empty",
        );
    }
    match standing_over(case, version) {
        None => Answer::holds("version"),
        Some(highest) => Answer::fails(
            format!("{version} is not higher than {highest}, which was released already"),
            "give a higher `version`, or leave it empty",
        ),
    }
}

fn standing_over<'a>(case: &'a Case<'_>, version: &Version) -> Option<&'a Version> {
    // Confirming what was prepared carries its number on, as a promotion does.
    let promotes = case.evidence.decision.intent == Intent::Promote || case.confirms().is_some();
    let given = case.evidence.inputs.version.is_some();
    let spent = case.evidence.numbers.spent().iter().filter(|spent| {
        // A promotion carries its own number on, and others may have gone ahead where it comes from.
        let own = promotes && spent.commit == case.plan.commit;
        let ahead = promotes && !given && spent.environment != case.plan.lane.environment && spent.version != *version;
        !own && !ahead
    });
    spent
        .map(|spent| &spent.version)
        .filter(|spent| version.cmp_precedence(spent).is_le())
        .max_by(|a, b| a.cmp_precedence(b))
}

/// Tracked files equal the commit, and the plan is of that commit in this environment.
pub(super) fn tree_is_commit(case: &Case<'_>) -> Answer {
    let source = case.evidence.source;
    if source.commit != case.plan.commit || case.evidence.environment.name != case.plan.lane.environment {
        return Answer::fails(
            format!("the plan is of {} for {}, and this is another job", case.plan.commit.short(), case.plan.lane),
            "run again; if it stays so, report it as a fault of airlock",
        );
    }
    match &source.dirty {
        Known::Yes(files) if files.is_empty() => Answer::holds("clean tree"),
        Known::Yes(files) => {
            let files: Vec<String> = files.iter().map(|file| quoted(file)).collect();
            Answer::fails(
                format!("files differ from {}: {}", source.commit.short(), some(&files)),
                "commit them, or undo what an earlier step changed",
            )
        }
        Known::No(why) => Answer::fails(
            format!("whether the files equal {} is not known: {why}", source.commit.short()),
            "run again on a checkout of git",
        ),
    }
}

/// Code of the tree was kept from keys.
pub(super) fn confined(case: &Case<'_>) -> Answer {
    match case.evidence.confinement {
        Confinement::NothingRan | Confinement::NoKeys => Answer::NotAsked,
        Confinement::Confined => Answer::holds("confined"),
        Confinement::NotConfined { why } => Answer::fails(
            format!("code of the tree could not be kept from the keys: {why}"),
            "run where Airlock may change the user, or set `execute` = `never` here and run the checks in a job without keys",
        ),
    }
}

/// The policy was read.
pub(super) fn policy_read(case: &Case<'_>) -> Answer {
    match case.evidence.policy_unreadable {
        None => Answer::holds("policy"),
        Some(problem) => {
            let help = problem
                .help
                .first()
                .cloned()
                .unwrap_or_else(|| "mend it on the default branch, and run again".to_owned());
            Answer::fails(format!("the default branch's policy could not be read: {problem}"), help)
        }
    }
}
