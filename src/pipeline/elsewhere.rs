//! `tested-by`: whether the check runs of other jobs passed on this commit.
//!
//! Any workflow of the repository can write a check run of any name: who names one here trusts the repository's workflows.

use std::collections::BTreeMap;

use super::Run;
use crate::context::event::Event;
use crate::github::{CheckRun, CheckStatus, Conclusion};
use crate::names::CommitSha;
use crate::outcome::line::{clip, visible};
use crate::problem::{Fault, Problem};
use crate::work::Source;

/// The longest name of a check run that is told, in characters.
const NAME: usize = 100;
/// Names that are told where one was not found.
const MOST_NAMES: usize = 20;

/// The names of `tested-by`, each of which passed, or why they do not count; `None` when the input was not given.
pub(super) async fn look_up(
    run: &Run<'_>,
    source: &Source,
    commit: &CommitSha,
) -> Option<Result<Vec<String>, Problem>> {
    let wanted = &run.invocation.inputs.tested_by;
    if wanted.is_empty() {
        return None;
    }
    // A pull request's jobs run on the merge, and GitHub shows their checks on the head.
    let commit = match (&run.invocation.event, source) {
        (Event::PullRequest(pull), Source::Checkout) => &pull.head.sha,
        _ => commit,
    };
    let Some(client) = run.edges.github else { return Some(Err(no_token())) };
    Some(match client.checks(commit, run.edges.watch).await {
        Ok(runs) => judge(wanted, &runs, commit),
        Err(problem) => Err(unread(problem)),
    })
}

/// How a named check stands, the worst of its runs last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Passed,
    Missing,
    Pending,
    Failed,
}

/// Each wanted name must be there, and the newest run of it a success. A name means that job, the jobs of the workflow
/// that it calls (`test / unit`) and those of its matrix (`test (22)`): all of them.
fn judge(wanted: &[String], runs: &[CheckRun], commit: &CommitSha) -> Result<Vec<String>, Problem> {
    let mut newest: BTreeMap<&str, &CheckRun> = BTreeMap::new();
    for run in runs {
        let kept = newest.entry(&run.name).or_insert(run);
        if run.id > kept.id {
            *kept = run;
        }
    }
    let mut worst = Standing::Passed;
    let mut causes = Vec::new();
    for name in wanted {
        let family: Vec<&CheckRun> = newest.values().copied().filter(|run| is_of(name, &run.name)).collect();
        if family.is_empty() {
            worst = worst.max(Standing::Missing);
            causes.push(format!("`{}` has no check run on {}", shown(name), commit.short()));
        }
        for run in family {
            let (standing, says) = standing(run);
            worst = worst.max(standing);
            if standing != Standing::Passed {
                causes.push(format!("`{}` {says}", shown(&run.name)));
            }
        }
    }
    let problem = match worst {
        Standing::Passed => return Ok(wanted.to_vec()),
        Standing::Missing => not_passed("tested-by-missing").help(known(newest.keys().copied())),
        Standing::Pending => {
            not_passed("tested-by-pending").help("let this job wait for the others: name them under `needs:`")
        }
        Standing::Failed => not_passed("tested-by-failed").help("run the others again until they pass, then this job"),
    };
    Err(causes.into_iter().fold(problem, Problem::cause))
}

fn is_of(wanted: &str, name: &str) -> bool {
    let rest = name.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" / ") || rest.starts_with(" ("))
}

fn standing(run: &CheckRun) -> (Standing, &'static str) {
    match (run.status, run.conclusion) {
        (CheckStatus::Completed, Some(Conclusion::Success)) => (Standing::Passed, "passed"),
        (CheckStatus::Completed, Some(Conclusion::Skipped)) => (Standing::Failed, "was skipped"),
        (CheckStatus::Completed, Some(Conclusion::Cancelled)) => (Standing::Failed, "was cancelled"),
        (CheckStatus::Completed, Some(Conclusion::TimedOut)) => (Standing::Failed, "ran out of time"),
        (CheckStatus::Completed, Some(Conclusion::Neutral)) => (Standing::Failed, "judged nothing"),
        (CheckStatus::Completed, _) => (Standing::Failed, "failed"),
        (CheckStatus::Queued | CheckStatus::InProgress | CheckStatus::Unknown, _) => {
            (Standing::Pending, "has not ended")
        }
    }
}

fn shown(name: &str) -> String {
    clip(&visible(name), NAME)
}

fn known<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(MOST_NAMES).map(|name| format!("`{}`", shown(name))).collect();
    if names.is_empty() {
        return "no check run is on this commit at all: does the other job run on the same event?".to_owned();
    }
    format!("check runs on this commit: {}", names.join(", "))
}

fn not_passed(code: &'static str) -> Problem {
    Problem::new(code, Fault::Checks, "the checks of `tested-by` have not all passed")
}

fn no_token() -> Problem {
    Problem::new("tested-by-unread", Fault::Unreadable, "the check runs of `tested-by` were not looked up")
        .cause("there is no GitHub token in this run")
        .help("give `github-token: ${{ github.token }}`, and `checks: read` under `permissions:` of the job")
}

fn unread(problem: Problem) -> Problem {
    let mut unread =
        Problem::new("tested-by-unread", Fault::Unreadable, "the check runs of `tested-by` could not be read")
            .cause(problem.text);
    unread.causes.extend(problem.causes);
    unread.help = problem.help;
    unread
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::facts::sha;

    /// `name:status:conclusion`, oldest first.
    fn runs(text: &str) -> Vec<CheckRun> {
        let words = text.split(", ").filter(|word| !word.is_empty()).enumerate();
        let runs = words.map(|(at, word)| {
            let mut parts = word.split(':');
            let (name, status, conclusion) = (parts.next().unwrap(), parts.next().unwrap(), parts.next());
            let run = serde_json::json!({
                "id": at + 1, "name": name, "head_sha": sha('a'), "status": status, "conclusion": conclusion, "app": null,
            });
            serde_json::from_value(run).unwrap()
        });
        runs.collect()
    }

    #[test]
    fn every_named_check_must_have_passed_last() {
        for (wanted, there, expected) in [
            ("unit", "unit:completed:success", "passed"),
            ("unit", "unit:completed:failure, unit:completed:success", "passed"),
            ("unit", "unit:completed:success, unit:completed:failure", "tested-by-failed"),
            ("unit", "unit:completed:success, unit:in_progress", "tested-by-pending"),
            ("unit", "unit:completed:skipped", "tested-by-failed"),
            ("unit", "unit:completed:neutral", "tested-by-failed"),
            ("unit", "unit:completed:a_word_of_tomorrow", "tested-by-failed"),
            ("unit", "unit:waiting", "tested-by-pending"),
            ("unit", "", "tested-by-missing"),
            ("unit", "units:completed:success", "tested-by-missing"),
            ("unit,lint", "unit:completed:success", "tested-by-missing"),
            ("unit,lint", "unit:completed:failure", "tested-by-failed"),
            ("unit,lint", "unit:completed:success, lint:completed:success", "passed"),
            ("test", "test / unit:completed:success, test / e2e:completed:success", "passed"),
            ("test", "test / unit:completed:success, test / e2e:completed:failure", "tested-by-failed"),
            ("test", "test (20):completed:success, test (22):queued", "tested-by-pending"),
        ] {
            let wanted: Vec<String> = wanted.split(',').map(str::to_owned).collect();
            let judged = judge(&wanted, &runs(there), &sha('a'));
            let code = judged.err().map_or("passed".into(), |problem| problem.code);
            assert_eq!(code, expected, "{wanted:?}: {there}");
        }
    }

    #[test]
    fn the_problem_says_which() {
        let there = runs("unit:completed:failure, lint:queued, build:completed:success");
        let wanted = ["unit", "lint", "e2e", "build"].map(str::to_owned);
        let problem = judge(&wanted, &there, &sha('a')).unwrap_err();
        insta::assert_snapshot!(problem, @"the checks of `tested-by` have not all passed: `unit` failed: `lint` has not ended: `e2e` has no check run on aaaaaaa");
        let problem = judge(&["e2e".to_owned()], &there, &sha('a')).unwrap_err();
        insta::assert_snapshot!(problem.help.join("\n"), @"check runs on this commit: `build`, `lint`, `unit`");
    }
}
