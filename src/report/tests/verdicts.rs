//! The word, the code and the exit code never contradict each other.

use proptest::prelude::*;

use super::told;
use super::world::{World, lane, suite, version};
use crate::applied::{Ending, StepState, Verified};
use crate::finding::{Finding, SuiteEnd, SuiteKind};
use crate::outcome::{DecisionWord, GateOutcome, Outcome, Stage};
use crate::policy::Intent;
use crate::problem::{Fault, Problem, exit};
use crate::release::{ReleaseKind, ReleaseResult};

#[test]
fn every_story_has_its_verdict() {
    let table: Vec<String> = told::all()
        .iter()
        .map(|(name, story)| {
            let verdict = story.outcome().verdict();
            let word = verdict.word.as_str();
            format!("{name}: {} {word} {} | {}", verdict.exit_code, verdict.reason_code, verdict.headline)
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    first-plan: 0 planned changes | Adds 4, removes nothing · prod not known
    small-plan: 0 planned changes | Adds 1, changes 1, removes nothing
    destructive-plan: 0 planned removes | Removes 2, adds 1, changes 1 — merging lets dev remove them; prod will ask again
    refused-promotion: 4 refused destructive-without-consent | prod not changed: 2 reasons · still 2.4.1 (9999999)
    deployed-with-consent: 0 deployed deployed | prod now runs 3.0.0
    already-deployed: 0 skipped already-deployed | prod runs 2.4.1 already
    failed-tests: 3 failed checks-failed | Checks failed: 2 tests failed
    syntax-error: 3 failed checks-failed | Checks failed: 1 error
    rollback: 0 rolled-back rolled-back | prod runs 2.4.1 again, back from 3.0.0
    fork: 0 planned changes | Changes 1, removes nothing
    skipped: 0 skipped nothing-to-do | Nothing to do: nothing under integrations/ changed, and branch docs deploys nowhere
    cancelled: 130 failed cancelled | Cancelled while dev was being changed: SIGINT after 31 s; the request to Nango was in flight
    unverified: 5 failed unverified | dev: sent, but not confirmed: Nango answered 200, but three reads of the functions timed out
    bad-input: 2 failed unknown-environment | prd is not an environment of this repository · 1 more problem
    one-cause: 0 planned changes | Adds 8, changes 340, removes nothing
    nothing-changes: 0 planned no-changes | No changes
    many-removals: 0 planned removes | Removes 30 — merging lets dev remove them; staging and prod will ask again
    two-projects: 4 refused flag-not-stated | integrations in prod not changed: 1 reason · still 2.4.1 (9999999) · 1 deployed
    drift: 0 planned changes | What runs is not what was recorded: 1 difference
    odd-names: 0 planned removes | Removes 1, adds 1, changes 1 — merging lets dev remove it
    preview: 0 planned changes | Adds 1, removes nothing
    prepared: 0 prepared prepared | prod: 2.5.0 is prepared, and released by hand
    "#);
}

fn problem(fault: Fault) -> Problem {
    Problem::new("some-code", fault, "something happened")
}

const FAULTS: [Fault; 8] = [
    Fault::Bug,
    Fault::Input,
    Fault::Checks,
    Fault::Refused,
    Fault::Platform,
    Fault::Unreadable,
    Fault::Interrupted,
    Fault::Terminated,
];

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        Just(Ending::Success),
        Just(Ending::Unverified { why: "torn".into() }),
        prop::sample::select(&FAULTS).prop_map(|fault| Ending::Failed { problem: problem(fault) }),
        Just(Ending::Cancelled { problem: problem(Fault::Interrupted) }),
        Just(Ending::Moved { problem: problem(Fault::Refused) }),
    ]
}

fn verified() -> impl Strategy<Value = Verified> {
    prop_oneof![
        Just(Verified::Live),
        Just(Verified::Differs { how: vec!["another version".into()] }),
        Just(Verified::Unverified { why: "torn".into() }),
    ]
}

prop_compose! {
    fn lanes()(
        state in 0..8_u8,
        applies in any::<bool>(),
        recorded in any::<bool>(),
        ending in ending(),
        verified in verified(),
        kind in prop::sample::select(&[ReleaseKind::Deploy, ReleaseKind::Promote, ReleaseKind::Rollback, ReleaseKind::Adopt]),
        fault in prop::sample::select(&FAULTS),
    ) -> super::world::LaneWorld {
        let lane = lane("dev", "1.0.0").adds("sync a/b", &[]);
        let lane = if applies { lane.applies() } else { lane };
        match state {
            0 => lane,
            1 => lane.not_planned(Stage::Failed(problem(fault))),
            2 => lane.not_planned(Stage::NotReached("not asked".into())),
            3 => lane.gate(GateOutcome::AlreadyDeployed { version: version("1.0.0") }),
            4 => lane.gate(GateOutcome::Superseded { version: version("1.0.0") }),
            5 => lane.refused(&[("ref-not-allowed", "why", "what")], "gh"),
            6 => lane.gate(GateOutcome::Approved),
            _ => {
                let lane = lane.ended(kind, None, ending, verified, &StepState::Done);
                if recorded { lane } else { lane.closed_as(ReleaseResult::Failed { why: "no".into() }) }
            }
        }
    }
}

prop_compose! {
    fn outcomes()(
        one in lanes(),
        other in lanes(),
        checks in 0..4_u8,
        outside in prop::option::of(prop::sample::select(&FAULTS)),
        projects in any::<bool>(),
    ) -> Outcome {
        let world = World::new("push", Intent::Deploy, "");
        let world = match checks {
            0 => world,
            1 => world.passed(3),
            2 => world.checks(Vec::new(), vec![Finding::error("syntax", "no")]),
            _ => world.checks(vec![suite(SuiteKind::Test, "t", SuiteEnd::RanNothing, 1)], Vec::new()),
        };
        let world = match outside {
            Some(fault) => world.problem(problem(fault)),
            None => world,
        };
        let world = world.lane(one).lane(other.named("prod"));
        if projects { world.outcome() } else { world.without_projects() }
    }
}

proptest! {
    #[test]
    fn a_run_exits_0_exactly_when_it_neither_refused_nor_failed(outcome in outcomes()) {
        let word = outcome.decision_word();
        let bad = matches!(word, DecisionWord::Refused | DecisionWord::Failed);
        prop_assert_eq!(outcome.exit_code() != exit::DONE, bad, "{:?}", outcome);
        prop_assert_eq!(outcome.exit_code() == exit::REFUSED, word == DecisionWord::Refused);
        prop_assert!(!outcome.reason_code().is_empty() && !outcome.headline().is_empty());
        prop_assert!(!outcome.headline().contains('\n'));
    }

    #[test]
    fn deployed_is_said_only_of_what_was_confirmed(outcome in outcomes()) {
        let word = outcome.decision_word();
        if matches!(word, DecisionWord::Deployed | DecisionWord::RolledBack | DecisionWord::Adopted) {
            let deploys = outcome.lanes().into_iter().filter_map(|of| of.lane.deploy.done());
            let deploys: Vec<_> = deploys.collect();
            prop_assert!(!deploys.is_empty());
            for deployed in deploys {
                prop_assert_eq!(&deployed.ending, &Ending::Success);
                prop_assert_eq!(&deployed.verified, &Verified::Live);
                prop_assert!(deployed.release.succeeded());
            }
        }
    }
}
