//! The stories that the reports are judged by.

use serde_json::json;

use super::world::{World, lane, sha, suite, version};
use crate::applied::{Ending, StepState, Verified};
use crate::finding::{Case, Counts, Finding, SuiteEnd, SuiteKind};
use crate::manifest::Subject;
use crate::names::Place;
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::outcome::{GateOutcome, Stage};
use crate::plan::Basis;
use crate::plan::message::{Code, Message};
use crate::policy::Intent;
use crate::problem::{Fault, Problem};
use crate::release::{Consent, ReleaseKind};

/// Every story by name.
pub(crate) fn all() -> Vec<(&'static str, Sealed)> {
    vec![
        ("first-plan", first_plan()),
        ("small-plan", small_plan()),
        ("destructive-plan", destructive_plan()),
        ("refused-promotion", refused_promotion()),
        ("deployed-with-consent", deployed_with_consent()),
        ("already-deployed", already_deployed()),
        ("failed-tests", failed_tests()),
        ("syntax-error", syntax_error()),
        ("rollback", rollback()),
        ("fork", fork()),
        ("skipped", skipped()),
        ("cancelled", cancelled()),
        ("unverified", unverified()),
        ("bad-input", bad_input()),
        ("one-cause", one_cause()),
        ("nothing-changes", nothing_changes()),
        ("many-removals", many_removals()),
        ("two-projects", two_projects()),
        ("drift", drift()),
        ("odd-names", odd_names()),
        ("preview", super::previews::previewed()),
        ("prepared", super::by_hand::prepared()),
    ]
}

pub(crate) fn first_plan() -> Sealed {
    let all = |world: super::world::LaneWorld| {
        world
            .adds("sync github/issues", &["every 1 h", "starts by itself"])
            .adds("sync hubspot/contacts", &["every 30 min", "starts by itself"])
            .adds("action github/create-issue", &[])
            .adds("on-event github/setup", &["after a connection is made"])
    };
    World::pull_request()
        .passed(12)
        .lane(all(lane("dev", "1.0.0-dev.1").on_merge().basis(Basis::None)))
        .lane(
            lane("prod", "1.0.0").production().basis(Basis::Unknown {
                why: "`NANGO_SECRET_KEY_PROD` is not in this run and prod has no release".into(),
            }),
        )
        .sealed()
}

pub(crate) fn small_plan() -> Sealed {
    let starts = "starts by itself for 14 connections";
    let secret = Message::new(
        Code::SecretMissing,
        Subject::whole(super::world::resource("sync hubspot/deals")),
        "secret `HUBSPOT_APP_ID` is read in `hubspot/syncs/deals.ts:8` and not there",
    )
    .to_do("add it in Nango → prod → Environment variables");
    World::pull_request()
        .passed(212)
        .lane(
            lane("dev", "2.5.0-dev.41")
                .on_merge()
                .runs("2.4.1-dev.40", '7')
                .modifies("sync github/issues", "runs", "every 1 h", "every 15 min")
                .adds("sync hubspot/deals", &["every 1 h", starts]),
        )
        .lane(
            lane("prod", "2.5.0")
                .production()
                .recorded("2.4.1")
                .modifies("sync github/issues", "runs", "every 1 h", "every 15 min")
                .adds("sync hubspot/deals", &["every 1 h", starts])
                .adds("sync github/pulls", &["every 1 h"])
                .adds("action github/merge", &[])
                .edits("sync github/users")
                .waiting(3)
                .message(secret),
        )
        .sealed()
}

pub(crate) fn destructive_plan() -> Sealed {
    let removes = |world: super::world::LaneWorld, loss: &str| {
        world
            .removes("sync github/old-issues", loss)
            .drops("sync github/issues", "GithubIssueV1", "its records are deleted")
            .adds("sync github/issues-v2", &["every 1 h"])
            .renames("sync github/old-issues", "sync github/issues-v2")
    };
    World::pull_request()
        .passed(212)
        .lane(removes(
            lane("dev", "3.0.0-dev.42").on_merge().runs("2.5.0-dev.41", '7'),
            "the sync stops and its records are deleted · 3 connections",
        ))
        .lane(removes(
            lane("prod", "3.0.0").production().recorded("2.4.1"),
            "the sync stops and its records are deleted · connections not known",
        ))
        .sealed()
}

fn promotion() -> super::world::LaneWorld {
    lane("prod", "3.0.0")
        .production()
        .runs("2.4.1", '9')
        .removes("sync github/old-issues", "the sync stops and its records are deleted · 31 connections")
        .drops("sync github/issues", "GithubIssueV1", "its records are deleted")
        .adds("sync github/issues-v2", &["every 1 h", "starts by itself for 31 connections"])
        .adds("sync hubspot/deals", &["every 1 h", "starts by itself for 14 connections"])
        .adds("action github/create-issue", &[])
        .modifies("sync hubspot/contacts", "scopes", json!(["contacts.read"]), json!(["contacts.read", "deals.read"]))
        .left(&["f00dcaf Add the Jira syncs (#815)", "0ddba11 Rename a model (#816)"])
}

pub(crate) fn refused_promotion() -> Sealed {
    World::dispatch()
        .passed(212)
        .lane(
            promotion()
                .says(Code::SecretMissing, "sync hubspot/deals", "secret `HUBSPOT_APP_ID` is read in `hubspot/syncs/deals.ts:8` and not there")
                .refused(
                    &[
                        (
                            "destructive-without-consent",
                            "would remove sync `github/old-issues` (31 connections) and model `GithubIssueV1` of sync `github/issues`",
                            "run it again as below, if you mean it",
                        ),
                        (
                            "warning-unresolved",
                            "secret `HUBSPOT_APP_ID` is missing in prod and needed by sync `hubspot/deals`",
                            "add it in Nango → prod → Environment variables, or give `accept`: `secret-missing:hubspot/deals`",
                        ),
                    ],
                    "gh workflow run integrations.yml -f environment=prod -f allow-destructive=true -f consent=github/old-issues,sync:github/issues#GithubIssueV1",
                ),
        )
        .sealed()
}

pub(crate) fn deployed_with_consent() -> Sealed {
    World::dispatch()
        .passed(212)
        .lane(promotion().deployed(ReleaseKind::Promote, Some(Consent::Named { actor: "ana".into() })))
        .sealed()
}

pub(crate) fn already_deployed() -> Sealed {
    let gate = GateOutcome::AlreadyDeployed { version: version("2.4.1") };
    World::dispatch().passed(212).lane(lane("prod", "2.4.2").production().runs("2.4.1", 'a').gate(gate)).sealed()
}

pub(crate) fn failed_tests() -> Sealed {
    let mut tests = suite(SuiteKind::Test, "npx vitest run", SuiteEnd::Failed { code: Some(1) }, 41_000);
    tests.counts = Some(Counts { passed: 209, failed: 2, skipped: 1 });
    tests.slowest = vec![Case { name: "hubspot/deals › pages through all deals".into(), milliseconds: 8_200 }];
    tests.tail = " FAIL  tests/github-issues.test.ts > issues > maps labels\nAssertionError: expected [] to deeply equal [ 'bug' ]\n".into();
    let finding = |line, name: &str, message: &str| {
        Finding::error("test-failed", format!("`{name}`: {message}")).at(Place::at(
            "integrations/tests/github-issues.test.ts",
            line,
            5,
        ))
    };
    let suites = vec![
        suite(SuiteKind::Install, "npm ci", SuiteEnd::Passed, 12_000),
        suite(SuiteKind::Compile, "nango compile", SuiteEnd::Passed, 6_100),
        tests,
    ];
    let findings = vec![
        finding(31, "issues › maps labels", "expected [] to deeply equal [ 'bug' ]"),
        finding(58, "issues › keeps the state", "expected 'open' to be 'closed'"),
    ];
    World::push()
        .checks(suites, findings)
        .lane(
            lane("dev", "2.5.0-dev.42")
                .on_merge()
                .runs("2.5.0-dev.41", '7')
                .applies()
                .not_planned(Stage::NotReached("the checks failed".into())),
        )
        .sealed()
}

pub(crate) fn syntax_error() -> Sealed {
    let frame = " --> integrations/github/syncs/issues.ts:12:3\n   |\n11 |   description: 'Reads issues'\n   |                              - `,` expected here\n12 |   runs: 'every 15 min',\n   |   ^^^^\n";
    let finding = Finding::error("syntax", "expected `,` or `}` but found `runs`")
        .at(Place::at("integrations/github/syncs/issues.ts", 12, 3))
        .help("put a comma at the end of line 11")
        .frame(frame);
    let blind = || Stage::NotReached("the code does not parse".into());
    World::pull_request()
        .checks(Vec::new(), vec![finding])
        .lane(lane("dev", "1.0.0").on_merge().not_planned(blind()))
        .lane(lane("prod", "1.0.0").production().not_planned(blind()))
        .sealed()
}

pub(crate) fn rollback() -> Sealed {
    World::new("workflow_dispatch", Intent::Rollback, "prod goes back to 2.4.1")
        .lane(
            lane("prod", "2.4.1")
                .production()
                .runs("3.0.0", '3')
                .modifies("sync github/issues", "runs", "every 15 min", "every 1 h")
                .adds("sync github/old-issues", &["every 1 h"])
                .deployed(ReleaseKind::Rollback, None),
        )
        .sealed()
}

pub(crate) fn fork() -> Sealed {
    let basis = Basis::Commit { commit: sha('5') };
    World::pull_request()
        .with(|outcome| {
            let decision = outcome.decision.as_mut().unwrap();
            decision.intent = Intent::CodeReview;
            decision.reason = "a fork gets no credentials: its code is compared with the base's code".into();
        })
        .passed(214)
        .lane(lane("dev", "2.5.0-dev.42").on_merge().basis(basis).modifies(
            "sync github/issues",
            "runs",
            "every 1 h",
            "every 15 min",
        ))
        .note("no comment could be written: a fork's token may only read; the plan is in this summary")
        .sealed()
}

pub(crate) fn skipped() -> Sealed {
    World::new("push", Intent::Deploy, "nothing under `integrations/` changed, and branch `docs` deploys nowhere")
        .without_projects()
        .redacted(&Redactor::default())
}

pub(crate) fn cancelled() -> Sealed {
    let problem =
        Problem::new("cancelled", Fault::Interrupted, "SIGINT after 31 s; the request to Nango was in flight")
            .help("run `airlock` again: it reads back what is there and heals the record");
    let ending = Ending::Cancelled { problem };
    let why = Verified::Unverified { why: "there was no time left".into() };
    World::push()
        .passed(212)
        .lane(
            lane("dev", "2.5.0-dev.42")
                .on_merge()
                .runs("2.5.0-dev.41", '7')
                .modifies("sync github/issues", "runs", "every 1 h", "every 15 min")
                .adds("sync hubspot/deals", &["every 1 h"])
                .ended(ReleaseKind::Deploy, None, ending, why, &StepState::Sent),
        )
        .sealed()
}

pub(crate) fn unverified() -> Sealed {
    let why = "Nango answered 200, but three reads of the functions timed out";
    World::push()
        .passed(212)
        .lane(
            lane("dev", "2.5.0-dev.42")
                .on_merge()
                .runs("2.5.0-dev.41", '7')
                .adds("sync hubspot/deals", &["every 1 h"])
                .ended(
                    ReleaseKind::Deploy,
                    None,
                    Ending::Unverified { why: why.into() },
                    Verified::Unverified { why: why.into() },
                    &StepState::Done,
                ),
        )
        .sealed()
}

pub(crate) fn bad_input() -> Sealed {
    World::dispatch()
        .problem(
            Problem::input("unknown-environment", "`prd` is not an environment of this repository")
                .at(Place::at("airlock.toml", 3, 1))
                .cause("the environments are `dev` and `prod`")
                .help("did you mean `prod`?"),
        )
        .problem(Problem::input("bad-input", "`allow-destructive` is `yes`; it takes `true` or `false`"))
        .without_projects()
        .redacted(&Redactor::default())
}

pub(crate) fn one_cause() -> Sealed {
    let many = |mut world: super::world::LaneWorld| {
        for number in 0..40 {
            world = world.modifies(&format!("sync github/repo-{number:02}"), "runs", "every 1 h", "every 15 min");
        }
        for number in 0..300 {
            world = world.edits(&format!("action hubspot/call-{number:03}"));
        }
        for number in 0..8 {
            world = world.adds(&format!("sync jira/board-{number}"), &["every 1 h"]);
        }
        world
    };
    World::pull_request()
        .passed(212)
        .lane(many(lane("dev", "2.5.0-dev.42").on_merge().runs("2.5.0-dev.41", '7')))
        .lane(many(lane("prod", "2.5.0").production().recorded("2.4.1")).unknown(
            "sync github/repo-01",
            "version",
            "the record keeps no versions",
        ))
        .sealed()
}

pub(crate) fn nothing_changes() -> Sealed {
    World::pull_request()
        .passed(212)
        .lane(lane("dev", "2.5.0-dev.41").on_merge().runs("2.5.0-dev.41", '7'))
        .lane(lane("prod", "2.4.1").production().recorded("2.4.1").adds("sync hubspot/deals", &[]).waiting(1))
        .sealed()
}

pub(crate) fn many_removals() -> Sealed {
    let many = |mut world: super::world::LaneWorld| {
        for number in 0..30 {
            world =
                world.removes(&format!("sync github/old-{number:02}"), "the sync stops and its records are deleted");
        }
        world.empties()
    };
    World::pull_request()
        .passed(212)
        .lane(many(lane("dev", "3.0.0-dev.1").on_merge().runs("2.5.0-dev.41", '7')))
        .lane(many(lane("staging", "3.0.0-rc.1").recorded("2.4.1")))
        .lane(many(lane("prod", "3.0.0").production().recorded("2.4.1")).blind(
            "sync github/issues",
            "models",
            "the record of release `2.4.1` keeps no models",
        ))
        .sealed()
}

pub(crate) fn two_projects() -> Sealed {
    let dags = World::dispatch().passed(34).lane(
        lane("prod", "1.3.0")
            .production()
            .runs("1.2.0", '2')
            .adds("dag daily_orders", &["at 06:00 UTC"])
            .deployed(ReleaseKind::Promote, None),
    );
    World::dispatch()
        .passed(212)
        .lane(promotion().refused(
            &[("flag-not-stated", "`allow-destructive` is not stated", "state `true` or `false`")],
            "gh workflow run integrations.yml -f environment=prod -f allow-destructive=false",
        ))
        .beside("dags", dags)
        .sealed()
}

pub(crate) fn drift() -> Sealed {
    World::new("schedule", Intent::Drift, "the nightly look for drift")
        .lane(
            lane("prod", "2.4.1")
                .production()
                .runs("2.4.1", '9')
                .modifies("sync github/issues", "runs", "every 5 min", "every 1 h")
                .says(Code::Drift, "sync github/issues", "`github/issues` was changed in the dashboard"),
        )
        .sealed()
}

pub(crate) fn odd_names() -> Sealed {
    let odd = "a|b `c` @everyone <b>#1</b> \u{202e}fixes GH-2 ::error:: 👩‍💻";
    World::pull_request()
        .passed(1)
        .lane(
            lane("dev", "1.0.0")
                .on_merge()
                .removes(&format!("sync {odd}"), odd)
                .adds(&format!("dag {odd}"), &[odd])
                .modifies("sync *x*", odd, odd, json!([odd, "</details>"]))
                .says(Code::SecretMissing, "sync *x*", odd),
        )
        .note(odd)
        .sealed()
}
