//! Every fixed sentence that more than one report says, as small pure functions.

use super::md::Md;
use super::view::{Medium, View};
use crate::finding::{Counts, Suite, SuiteEnd, SuiteKind, Tested};
use crate::names::CommitSha;
use crate::outcome::line::{Line, clip};
use crate::outcome::sum::{LaneOf, own_tally, says_changes, waiting_tally};
use crate::outcome::{ProjectOutcome, Stage};
use crate::plan::{Basis, Plan, Tally};
use crate::problem::Problem;
use crate::release::{Consent, Release, ReleaseResult};

/// The longest foreign sentence in a table or a list, in characters.
pub(crate) const SENTENCE: usize = 400;

/// Where the text was cut without knowing what it was.
pub(crate) const CUT_HARD: &str = "_Cut here to fit: the rest is in the report file._\n";

/// What says that something was left out, and where it is.
pub(crate) fn cut_notice(view: &View<'_>) -> Md {
    let mut md = Md::new(&view.links);
    md.words("<sub>✂️ Shortened to fit. ");
    match (view.medium, view.links.run()) {
        (Medium::Comment, Some(run)) => md.words("Everything is in the ").link("job summary", run).words("."),
        (Medium::Comment, None) => md.words("Everything is in the job summary."),
        (Medium::Summary, _) => md.words("Everything is in the report file, output `report-path`."),
    };
    md.words("</sub>");
    md
}

/// `+4 ~2 −2`; what is removed in bold, and only if anything is.
pub(crate) fn tally(tally: Tally) -> Line {
    let Tally { added, modified, removed } = tally;
    if added + modified + removed == 0 {
        return Line::new().words("–");
    }
    let line = Line::new().words("+").number(added).words(" ~").number(modified);
    if removed == 0 { line } else { line.words(" ").strong(format!("−{removed}")) }
}

/// What a plan changes of this run's own; unknown where what is there is not known.
pub(crate) fn own(plan: &Plan) -> Line {
    if says_changes(plan) { tally(own_tally(plan)) } else { Line::new().words("unknown") }
}

/// What waits on the base of a pull request.
pub(crate) fn waiting(plan: &Plan) -> Line {
    if says_changes(plan) { tally(waiting_tally(plan)) } else { Line::new().words("unknown") }
}

/// Where "what is there" came from.
pub(crate) fn basis(basis: &Basis) -> Line {
    match basis {
        Basis::Live => Line::new().words("live"),
        Basis::Recorded { version, .. } => Line::new().words("release ").code(version.to_string()),
        Basis::None => Line::new().words("nothing there yet"),
        Basis::Unknown { .. } => Line::new().words("not known"),
        Basis::Commit { commit } => Line::new().words("code of ").commit(commit),
    }
}

/// When a lane is changed.
pub(crate) fn occasion(view: &View<'_>, of: LaneOf<'_>) -> Line {
    match &of.lane.branch {
        Some(_) if view.is_pull() => Line::new().words(" · on merge"),
        Some(branch) => Line::new().words(" · on push to ").code(branch.as_str()),
        None => Line::new().words(" · by hand"),
    }
}

/// Why there is no plan.
pub(crate) fn no_plan<T>(stage: &Stage<T>) -> Line {
    match stage {
        Stage::NotReached(why) => Line::new().words("not planned: ").prose(clip(why, SENTENCE)),
        Stage::Failed(problem) => Line::new().words("could not be planned: ").prose(clip(&problem.text, SENTENCE)),
        Stage::Done(_) => Line::new(),
    }
}

/// What the checks came to: `212 tests passed in 41 s · compiled`.
pub(crate) fn checks(of: &ProjectOutcome) -> Line {
    let report = match &of.checks {
        Stage::Done(report) => report,
        Stage::Failed(problem) => {
            return Line::new().words("checks could not run: ").prose(clip(&problem.text, SENTENCE));
        }
        Stage::NotReached(why) if why.is_empty() => return Line::new(),
        Stage::NotReached(why) => return Line::new().words("not checked: ").prose(clip(why, SENTENCE)),
    };
    let compiled = report.suites.iter().filter(|suite| suite.kind == SuiteKind::Compile).map(compiled);
    Line::joined(" · ", std::iter::once(tests(&report.suites, &report.tested)).chain(compiled))
}

fn tests(suites: &[Suite], tested: &Tested) -> Line {
    let ran: Vec<&Suite> =
        suites.iter().filter(|suite| suite.kind == SuiteKind::Test && suite.counts.is_some()).collect();
    if ran.is_empty() {
        let stopped = !suites.iter().all(Suite::lets_on);
        let tried = suites.iter().any(|suite| suite.kind == SuiteKind::Test);
        return match tested {
            Tested::Here if stopped || !tried => Line::new(),
            _ => where_tested(tested),
        };
    }
    let counts = ran.iter().filter_map(|suite| suite.counts).fold(Counts::default(), Counts::plus);
    let [passed, failed, skipped] =
        [counts.passed, counts.failed, counts.skipped].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    let line = match failed {
        0 => Line::new().count(passed, "test", "tests").words(" passed"),
        _ => Line::new()
            .number(failed)
            .words(" of ")
            .count(passed.saturating_add(failed), "test", "tests")
            .words(" failed"),
    };
    let line = if skipped > 0 { line.words(", ").number(skipped).words(" skipped") } else { line };
    line.words(" in ").time(ran.iter().fold(0, |sum, suite| sum.saturating_add(suite.milliseconds)))
}

/// Where the tests of a commit ran, when not here.
pub(crate) fn where_tested(tested: &Tested) -> Line {
    match tested {
        Tested::Here => Line::new().words("tests passed"),
        Tested::Recorded { version } => Line::new().words("tested with release ").code(version),
        Tested::Elsewhere { by } => Line::new()
            .words("tested by ")
            .then(Line::joined(", ", by.iter().map(|name| Line::new().code(clip(name, 80))))),
        Tested::Not { why } if why.is_empty() => Line::new().words("not tested by Airlock"),
        Tested::Not { why } => Line::new().words("not tested by Airlock: ").prose(clip(why, SENTENCE)),
    }
}

fn compiled(suite: &Suite) -> Line {
    match &suite.end {
        SuiteEnd::Passed => Line::new().words("compiled"),
        SuiteEnd::Skipped { why } if why.is_empty() => Line::new().words("not compiled"),
        SuiteEnd::Skipped { why } => Line::new().words("not compiled: ").prose(clip(why, SENTENCE)),
        _ => Line::new().words("did not compile"),
    }
}

/// How a command of the checks ended.
pub(crate) fn suite_end(end: &SuiteEnd) -> Line {
    match end {
        SuiteEnd::Passed => Line::new().words("passed"),
        SuiteEnd::Failed { code: Some(code) } => Line::new().words("❌ exited ").text(code.to_string()),
        SuiteEnd::Failed { code: None } => Line::new().words("❌ its results name failures, or cannot be read"),
        SuiteEnd::RanNothing => Line::new().words("❌ ran no test"),
        SuiteEnd::NotStarted { why } => Line::new().words("❌ could not start: ").prose(clip(why, SENTENCE)),
        SuiteEnd::TimedOut => Line::new().words("❌ ran out of time"),
        SuiteEnd::Killed { signal } => Line::new().words("❌ killed by signal ").text(signal.to_string()),
        SuiteEnd::Cancelled => Line::new().words("cancelled"),
        SuiteEnd::Skipped { why } if why.is_empty() => Line::new().words("not run"),
        SuiteEnd::Skipped { why } => Line::new().words("not run: ").prose(clip(why, SENTENCE)),
    }
}

/// What allowed the removals.
pub(crate) fn consent(consent: &Consent) -> Line {
    match consent {
        Consent::Named { actor } => Line::new().words("named by ").strong(actor).words(" in ").code("consent"),
        Consent::Digest { actor } => Line::new().words("by the digest of this very plan, given by ").strong(actor),
        Consent::Reviewed { pulls } => {
            let pulls = Line::joined(", ", pulls.iter().map(|pull| Line::new().pull(clip(pull, 80))));
            Line::new().words("shown and merged with ").then(pulls)
        }
        Consent::Flag { actor } => Line::new()
            .words("by ")
            .code("allow-destructive")
            .words(", set by ")
            .strong(actor)
            .words("; the policy lets that suffice"),
    }
}

/// `2.4.1` (`9c8d7e6`).
/// The commit, where it is known.
pub(crate) fn commit(commit: Option<&CommitSha>) -> Line {
    commit.map(|commit| Line::new().commit(commit)).unwrap_or_default()
}

pub(crate) fn release(release: &Release) -> Line {
    Line::new().code(release.record.version.to_string()).words(" (").commit(&release.record.commit).words(")")
}

/// How a release ended.
pub(crate) fn release_result(result: &ReleaseResult) -> Line {
    match result {
        ReleaseResult::Success => Line::new().words("✅"),
        ReleaseResult::Failed { why } => Line::new().words("❌ failed: ").prose(clip(why, 120)),
        ReleaseResult::Unverified { why } => Line::new().words("⚠️ not confirmed: ").prose(clip(why, 120)),
        ReleaseResult::Cancelled => Line::new().words("cancelled"),
        ReleaseResult::Moved => Line::new().words("nothing sent: what was there moved"),
        ReleaseResult::Prepared => Line::new().words("prepared, to be released by hand"),
        ReleaseResult::Abandoned => Line::new().words("⚠️ its run ended without closing it"),
        ReleaseResult::Open => Line::new().words("in progress"),
    }
}

/// A problem in one line: where, what, why.
pub(crate) fn problem(problem: &Problem) -> Line {
    let place = problem.place.as_ref().map(|place| Line::new().code(clip(&place.to_string(), 200)).words(" "));
    let causes = problem.causes.iter().take(8).map(|cause| Line::new().words(": ").prose(clip(cause, SENTENCE)));
    causes.fold(place.unwrap_or_default().prose(clip(&problem.text, 2 * SENTENCE)), Line::then)
}
