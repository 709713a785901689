//! Every intent as a row.

use semver::Version;

use super::*;
use crate::policy::{Reach, Target};
use crate::problem::Fault;
use crate::release::{Release, ReleaseResult};
use crate::tests::facts::*;

fn project() -> Project {
    Project {
        id: ProjectId::new("integrations").unwrap(),
        path: String::new(),
        platform: PlatformName::Nango,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

fn lane_id(environment: &str) -> LaneId {
    LaneId { project: project().id, environment: name(environment) }
}

fn release(environment: &str, version: &str, commit: CommitSha, result: ReleaseResult) -> Release {
    let record = record(lane_id(environment), version.parse().unwrap(), commit);
    Release { id: 1, record, result, closed: None, platform_ref: None }
}

/// dev runs b after c; prod runs 2.0.0 (d) after 1.0.0 (e), with a failed 3.0.0 on top; staging is empty.
fn histories() -> Histories {
    let ok = ReleaseResult::Success;
    let failed = ReleaseResult::Failed { why: "gone".into() };
    let history = |releases| Ok(History { releases, notes: Vec::new() });
    BTreeMap::from([
        (
            lane_id("dev"),
            history(vec![
                release("dev", "2.0.0-dev.2", sha('b'), ok.clone()),
                release("dev", "1.0.0-dev.1", sha('c'), ok.clone()),
            ]),
        ),
        (lane_id("staging"), history(Vec::new())),
        (
            lane_id("prod"),
            history(vec![
                release("prod", "3.0.0", sha('f'), failed),
                release("prod", "2.0.0", sha('d'), ok.clone()),
                release("prod", "1.0.0", sha('e'), ok),
            ]),
        ),
    ])
}

fn decision(intent: Intent, reach: Reach, environments: &[&str]) -> Decision {
    let targets = match &reach {
        Reach::Apply(Target::Live { environment, .. }) => vec![environment.clone()],
        _ => Vec::new(),
    };
    let environments = environments.iter().map(|environment| name(environment)).collect();
    Decision { reach, intent, environments, targets, would: Vec::new(), writes: true, reason: String::new() }
}

fn apply(intent: Intent, environment: &str) -> Decision {
    let live = Target::Live { environment: name(environment), production: environment == "prod" };
    decision(intent, Reach::Apply(live), &[environment])
}

fn rows(decision: &Decision, facts: &CommitFacts, version: Option<&str>, histories: &Histories) -> Vec<String> {
    let mut invocation = invocation(crate::context::event::Event::Schedule);
    invocation.inputs.version = version.map(|version| Version::parse(version).unwrap());
    let resolved = resolve(&invocation, decision, &[project()], histories, facts);
    resolved
        .into_iter()
        .map(|job| match job {
            Err(problem) => format!("{}: {}", problem.code, problem.text),
            Ok(job) => {
                let source = match job.source {
                    Source::Checkout => "checkout".to_owned(),
                    Source::Commit(commit) => commit.as_str()[..1].to_owned(),
                };
                let lanes = job.lanes.iter().map(|lane| {
                    let mark = if lane.applies { "!" } else { "" };
                    let against = match &lane.against {
                        Against::Service => "service".to_owned(),
                        Against::Recorded => "recorded".to_owned(),
                        Against::Commit(commit) => commit.as_str()[..1].to_owned(),
                    };
                    format!("{}{mark}/{against}", lane.id.environment)
                });
                format!("{source} → {}", lanes.collect::<Vec<_>>().join(" "))
            }
        })
        .collect()
}

#[test]
fn every_intent_is_a_row() {
    let base = CommitFacts { base: Some(sha('a')), head: None, named: None };
    let named = CommitFacts { base: None, head: None, named: Some(sha('9')) };
    let fork = CommitFacts { base: Some(sha('a')), head: Some(sha('f')), named: None };
    let none = CommitFacts::default();
    let everywhere = ["dev", "staging", "prod"];
    type Row<'a> = (&'a str, Decision, &'a CommitFacts, Option<&'a str>, Vec<&'a str>);
    #[rustfmt::skip]
    let table: Vec<Row<'_>> = vec![
        ("review",                       decision(Intent::Review, Reach::Plan, &everywhere),       &none,  None,          vec!["checkout → dev/service staging/service prod/service"]),
        ("merge queue",                  decision(Intent::Review, Reach::Check, &everywhere),      &none,  None,          vec!["checkout → dev/recorded staging/recorded prod/recorded"]),
        ("checks only",                  decision(Intent::Review, Reach::Check, &[]),              &none,  None,          vec!["checkout → "]),
        ("code review of a fork",        decision(Intent::CodeReview, Reach::Check, &["dev"]),     &base,  None,          vec!["checkout → dev/a"]),
        ("code review, base not there",  decision(Intent::CodeReview, Reach::Check, &["dev"]),     &none,  None,          vec!["checkout → dev/recorded"]),
        ("deploy",                       apply(Intent::Deploy, "dev"),                             &none,  None,          vec!["checkout → dev!/service"]),
        ("promote what runs before",     apply(Intent::Promote, "staging"),                        &none,  None,          vec!["b → staging!/service"]),
        ("promote a named commit",       apply(Intent::Promote, "staging"),                        &named, None,          vec!["9 → staging!/service"]),
        ("promote, nothing before",      apply(Intent::Promote, "prod"),                           &none,  None,          vec!["checkout → prod!/service"]),
        ("roll back one",                apply(Intent::Rollback, "prod"),                          &none,  None,          vec!["e → prod!/service"]),
        ("roll back to a version",       apply(Intent::Rollback, "prod"),                          &none,  Some("1.0.0"), vec!["e → prod!/service"]),
        ("roll back to what failed",     apply(Intent::Rollback, "prod"),                          &none,  Some("3.0.0"), vec!["no-such-release: no successful release 3.0.0 of integrations in prod to roll back to"]),
        ("roll back with nothing there", apply(Intent::Rollback, "staging"),                       &none,  None,          vec!["no-such-release: no earlier successful release of integrations in staging to roll back to"]),
        ("adopt",                        apply(Intent::Adopt, "prod"),                             &none,  None,          vec!["checkout → prod!/service"]),
        ("drift",                        decision(Intent::Drift, Reach::Plan, &everywhere),        &none,  None,          vec!["b → dev/service", "checkout → staging/service", "d → prod/service"]),
        ("teardown",                     decision(Intent::Teardown, Reach::Apply(Target::Teardown { pull: 7 }), &[]), &none, None, vec![]),
        ("relay, no pull request",       decision(Intent::Relay, Reach::Plan, &["dev"]),           &none,  None,          vec![]),
        ("relay",                        decision(Intent::Relay, Reach::Plan, &["dev"]),           &fork,  None,          vec!["f → dev/a"]),
        ("renewal",                      decision(Intent::Renew, Reach::Plan, &everywhere),        &fork,  None,          vec!["f → dev/service staging/service prod/service"]),
    ];
    for (case, decision, facts, version, expected) in table {
        assert_eq!(rows(&decision, facts, version, &histories()), expected, "{case}");
    }
}

#[test]
fn an_unreadable_history_is_told_and_not_taken_for_an_empty_one() {
    let unreadable = Problem::new("history-unreadable", Fault::Unreadable, "line 3 is torn");
    let mut histories = histories();
    histories.insert(lane_id("prod"), Err(unreadable));
    let rolled = rows(&apply(Intent::Rollback, "prod"), &CommitFacts::default(), None, &histories);
    assert_eq!(rolled, ["history-unreadable: line 3 is torn"]);
}
