//! From how a command ended and what it wrote, to a suite and its findings. Pure: the words are here, not the running.

use std::time::Duration;

use super::junit::{Failure, Results};
use super::place::Files;
use super::{named, summary};
use crate::finding::{Counts, Finding, Suite, SuiteEnd, SuiteKind};
use crate::process::{ChildEnv, End, Ran, may_be_named};

/// How many failed tests become a finding each.
const SHOWN: usize = 50;

/// The longest message of a finding, in characters.
const LONGEST: usize = 300;

/// How many withheld names a report lists.
const NAMES: usize = 20;

/// A command that has run.
#[derive(Debug)]
pub(super) struct Finished<'a> {
    pub(super) kind: SuiteKind,
    /// As a person would type it.
    pub(super) name: String,
    pub(super) ran: Ran,
    /// Its time limit.
    pub(super) limit: Duration,
    /// What its JUnit file says, or why that could not be read; `None` when there is none.
    pub(super) results: Option<Result<Results, String>>,
    pub(super) environment: &'a ChildEnv,
    pub(super) files: Files<'a>,
}

/// The suite and its findings.
pub(super) fn judge(finished: Finished<'_>) -> (Suite, Vec<Finding>) {
    let counts = match &finished.results {
        Some(Ok(results)) => Some(results.counts),
        None if finished.kind == SuiteKind::Test => summary::counts(&finished.ran.tail),
        Some(Err(_)) | None => None,
    };
    let end = suite_end(&finished, counts);
    let passed = end == SuiteEnd::Passed;
    let findings = findings(&finished, &end);
    let milliseconds = u64::try_from(finished.ran.time.as_millis()).unwrap_or(u64::MAX);
    let tail = if passed { String::new() } else { finished.ran.tail };
    let slowest = finished.results.and_then(Result::ok).map(|results| results.slowest).unwrap_or_default();
    (Suite { kind: finished.kind, name: finished.name, end, milliseconds, counts, slowest, tail }, findings)
}

/// Exit code and JUnit must both be good.
fn suite_end(finished: &Finished<'_>, counts: Option<Counts>) -> SuiteEnd {
    let is_test = finished.kind == SuiteKind::Test;
    let ran_nothing = is_test && counts.is_some_and(|counts| counts.ran() == 0);
    // pytest ends with 5 when it found no test; others say so and end with 1. Any other end has another reason.
    let by_itself = |code: i32| matches!(code, 0 | 5) || summary::says_nothing(&finished.ran.tail);
    match &finished.ran.end {
        End::Exited(code) if ran_nothing && by_itself(*code) => SuiteEnd::RanNothing,
        End::Exited(0) => match &finished.results {
            Some(Err(_)) => SuiteEnd::Failed { code: None },
            Some(Ok(results)) if results.counts.failed > 0 => SuiteEnd::Failed { code: None },
            Some(Ok(_)) | None => SuiteEnd::Passed,
        },
        end => SuiteEnd::from(end),
    }
}

fn findings(finished: &Finished<'_>, end: &SuiteEnd) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &finished.results {
        Some(Ok(results)) => findings.extend(of_failures(results, finished.files)),
        // Of a runner that was killed nobody expects a whole file.
        Some(Err(why)) if matches!(finished.ran.end, End::Exited(_)) => {
            let said = format!("the JUnit file of `{}` cannot be read: {why}", finished.name);
            findings.push(Finding::error("results-unreadable", said));
        }
        None if finished.kind == SuiteKind::Test && matches!(end, SuiteEnd::Failed { .. }) => {
            findings.extend(of_names(&named::failed(&finished.ran.tail)));
        }
        Some(Err(_)) | None => {}
    }
    // Named failures say it all; without them the end of the command must be told.
    if !(findings.iter().any(|finding| finding.code == "test-failed") && matches!(end, SuiteEnd::Failed { .. })) {
        findings.extend(of_end(finished, end));
    }
    findings.extend(of_manners(finished));
    findings
}

/// A finding for each failed test that the runner named in its output.
fn of_names(names: &[String]) -> Vec<Finding> {
    let finding = |name: &String| Finding::error("test-failed", short(&format!("`{name}` failed")));
    names.iter().take(SHOWN).map(finding).collect()
}

/// A finding for each failed test.
pub(super) fn of_failures(results: &Results, files: Files<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        results.failures.iter().take(SHOWN).map(|failure| of_failure(failure, files)).collect();
    let more = results.counts.failed.saturating_sub(findings.len() as u64);
    if more > 0 {
        findings.push(Finding::error("test-failed", format!("and {more} more failed")));
    }
    findings
}

fn of_failure(failure: &Failure, files: Files<'_>) -> Finding {
    let first = failure.message.lines().chain(failure.text.lines()).map(str::trim).find(|line| !line.is_empty());
    let said = match first {
        Some(first) => format!("`{}` failed: {first}", failure.name),
        None => format!("`{}` failed", failure.name),
    };
    let finding = Finding::error("test-failed", short(&said));
    let named = failure.place.as_ref().and_then(|(file, line)| files.named_place(file, *line));
    let in_text = || files.first_place(&failure.text).or_else(|| files.first_place(&failure.message));
    match in_text().or(named) {
        Some(place) => finding.at(place),
        None => finding,
    }
}

/// The text, cut to what a finding may hold and without control characters.
fn short(text: &str) -> String {
    let text = crate::console::plain(text).replace('\n', " ");
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn of_end(finished: &Finished<'_>, end: &SuiteEnd) -> Option<Finding> {
    let name = &finished.name;
    let is_test = finished.kind == SuiteKind::Test;
    let failed = if is_test { "suite-failed" } else { "install-failed" };
    let slow = if is_test { "test-timeout" } else { "install-timeout" };
    let finding = match end {
        SuiteEnd::Passed | SuiteEnd::Cancelled | SuiteEnd::Skipped { .. } | SuiteEnd::Failed { code: None } => {
            return None;
        }
        SuiteEnd::Failed { code: Some(code) } => {
            Finding::error(failed, format!("`{name}` ended with exit code {code}{}", exit_hint(*code)))
                .help(missing(finished))
        }
        SuiteEnd::RanNothing => Finding::error("suite-ran-nothing", format!("`{name}` ran no test"))
            .help("a suite that runs nothing has not passed; say `test-command: none` if nothing is to be tested here"),
        SuiteEnd::NotStarted { why } => {
            let help = match &finished.ran.end {
                End::NotStarted(why) => why.help(),
                _ => "name another command",
            };
            let ways = if is_test { WAYS } else { "name an `install-command` that works here" };
            Finding::error("command-not-started", why.clone()).help(format!("{help}; {ways}"))
        }
        SuiteEnd::TimedOut => {
            let help = if is_test { "raise `test-timeout`, or find out" } else { "find out" };
            Finding::error(slow, format!("`{name}` was killed at its time limit of {}", shown_limit(finished.limit)))
                .help(format!("{help} what it waits for: it has no input and no terminal"))
        }
        SuiteEnd::Killed { signal } => {
            Finding::error("command-killed", format!("`{name}` died by {}", signal_name(*signal))).help(
                if *signal == 9 {
                    OUT_OF_MEMORY
                } else {
                    "the program itself crashed; run it in the same image by hand"
                },
            )
        }
    };
    Some(finding)
}

/// The three homes of tests, for whoever lacks something here.
pub(super) const WAYS: &str = "name a `test-command` that works here, hand over JUnit files of an earlier step with \
                               `test-results`, or name the check runs that test this commit with `tested-by`";

const OUT_OF_MEMORY: &str = "airlock did not send it: the system did, most often because memory ran out";

/// What an exit code above 128 tells: a shell's way to say that a signal ended the command.
fn exit_hint(code: i32) -> String {
    match code {
        126 => " (found, but not executable)".to_owned(),
        127 => " (a command was not found)".to_owned(),
        129..=159 => format!(" (a signal ended it: {})", signal_name(code - 128)),
        _ => String::new(),
    }
}

fn shown_limit(limit: Duration) -> String {
    let seconds = limit.as_secs();
    match seconds {
        0 => format!("{} ms", limit.as_millis()),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    format!("{name} ({signal})")
}

/// What the command may have missed: the names withheld from it, those first that its output speaks of.
fn missing(finished: &Finished<'_>) -> String {
    let input = if finished.kind == SuiteKind::Test { "test-env" } else { "install-env" };
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let missed: Vec<&str> = finished.environment.missed(&finished.ran.tail).take(NAMES).collect();
    let (open, keys): (Vec<&str>, Vec<&str>) = missed.into_iter().partition(|name| may_be_named(name));
    if !open.is_empty() {
        return format!("its output speaks of {}, withheld from it: name it in `{input}` if it needs it", list(&open));
    }
    if !keys.is_empty() {
        return format!("its output speaks of {}, which code of the repository is never given", list(&keys));
    }
    let is_worth_it = |name: &&str| may_be_named(name) && !name.starts_with("GITHUB_") && !name.starts_with("RUNNER_");
    let names: Vec<&str> = finished.environment.withheld().iter().map(String::as_str).filter(is_worth_it).collect();
    match names.len() {
        0 => "no variable was withheld from it but the runner's own".to_owned(),
        count if count > NAMES => {
            format!(
                "{count} variables were withheld from it, among them {}: name those it needs in `{input}`",
                list(&names[..NAMES])
            )
        }
        _ => format!("withheld from it: {}; name those it needs in `{input}`", list(&names)),
    }
}

/// What is told whatever the end was.
fn of_manners(finished: &Finished<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Finished { name, ran, .. } = finished;
    if !ran.left_running.is_empty() {
        let said = format!("`{name}` ended and left running: {}", ran.left_running.join(", "));
        findings.push(
            Finding::warning("left-running", short(&said))
                .help("what could be found was killed; end it in the suite itself"),
        );
    }
    if ran.flooded {
        let said =
            format!("`{name}` printed {} MiB; the log shows the beginning and the end", ran.printed / (1024 * 1024));
        findings.push(Finding::info("output-flood", said));
    }
    findings
}

/// A suite that was not meant to run.
pub(super) fn skipped(kind: SuiteKind, name: &str, why: &str) -> Suite {
    ended(kind, name, SuiteEnd::Skipped { why: why.to_owned() })
}

/// A suite that never ran.
pub(super) fn ended(kind: SuiteKind, name: &str, end: SuiteEnd) -> Suite {
    Suite { kind, name: name.to_owned(), end, milliseconds: 0, counts: None, slowest: Vec::new(), tail: String::new() }
}

/// One line for the log: what ran, how it ended, what it counted, how long it took.
pub(super) fn outcome_line(suite: &Suite) -> String {
    let end = match &suite.end {
        SuiteEnd::Passed => "passed".to_owned(),
        SuiteEnd::Failed { code: Some(code) } => format!("failed with exit code {code}"),
        SuiteEnd::Failed { code: None } => "failed".to_owned(),
        SuiteEnd::RanNothing => "ran no test".to_owned(),
        SuiteEnd::NotStarted { why } => format!("not started: {why}"),
        SuiteEnd::TimedOut => "killed at its time limit".to_owned(),
        SuiteEnd::Killed { signal } => format!("died by signal {signal}"),
        SuiteEnd::Cancelled => "cancelled".to_owned(),
        SuiteEnd::Skipped { why } => format!("not run, {why}"),
    };
    let counts = suite
        .counts
        .map(|counts| format!(", {} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped));
    let seconds = suite.milliseconds.div_ceil(1000);
    let time = if suite.milliseconds == 0 { String::new() } else { format!(" ({seconds} s)") };
    format!("{}: {end}{}{time}", suite.name, counts.unwrap_or_default())
}
