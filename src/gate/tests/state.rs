//! The state of things: checks, promotion, versions, warnings, basis, tree.

use super::*;

#[test]
fn a_suite_that_ran_nothing_has_not_passed() {
    let checks = |end: SuiteEnd| {
        Scene::promotion().bent(|scene| {
            if let Ok(report) = &mut scene.checks {
                report.suites = vec![suite(end)];
            }
        })
    };
    let tested = |tested: Tested| {
        Scene::promotion().bent(|scene| {
            if let Ok(report) = &mut scene.checks {
                report.suites.clear();
                report.tested = tested;
            }
        })
    };
    let counted = |counts: Counts| {
        Scene::promotion().bent(|scene| {
            if let Ok(report) = &mut scene.checks {
                report.suites[0].counts = Some(counts);
            }
        })
    };
    table(vec![
        ("not reached", Scene::promotion().bent(|scene| scene.checks = Err("install failed".into())), "checks-failed"),
        ("failed", checks(SuiteEnd::Failed { code: Some(1) }), "checks-failed"),
        ("ran nothing", checks(SuiteEnd::RanNothing), "checks-failed"),
        ("timed out", checks(SuiteEnd::TimedOut), "checks-failed"),
        ("killed", checks(SuiteEnd::Killed { signal: 9 }), "checks-failed"),
        ("cancelled", checks(SuiteEnd::Cancelled), "checks-failed"),
        ("not started", checks(SuiteEnd::NotStarted { why: "not found".into() }), "checks-failed"),
        ("skipped though it was to run here", checks(SuiteEnd::Skipped { why: "x".into() }), "checks-failed"),
        ("exit code 0 and no test counted", counted(Counts::default()), "checks-failed"),
        ("exit code 0 and only skipped tests", counted(Counts { skipped: 3, ..Counts::default() }), "checks-failed"),
        ("exit code 0 and failures counted", counted(Counts { passed: 3, failed: 1, skipped: 0 }), "checks-failed"),
        ("no suite though it was to run here", tested(Tested::Here), "checks-failed"),
        ("tested elsewhere by nobody", tested(Tested::Elsewhere { by: vec![] }), "checks-failed"),
        ("tested elsewhere", tested(Tested::Elsewhere { by: vec!["unit".into()] }), "approved"),
        ("tested with an earlier release", tested(Tested::Recorded { version: "2.5.0-dev.41".into() }), "approved"),
        ("not tested, and said so", tested(Tested::Not { why: "`test-command` is `none`".into() }), "approved"),
        (
            "an error finding",
            Scene::promotion().bent(|scene| {
                if let Ok(report) = &mut scene.checks {
                    report.findings.push(Finding::error("syntax", "unexpected token"));
                }
            }),
            "checks-failed",
        ),
        (
            "a warning",
            Scene::promotion().bent(|scene| {
                if let Ok(report) = &mut scene.checks {
                    report.findings.push(Finding::warning("x", "y"));
                }
            }),
            "approved",
        ),
    ]);
}

#[test]
fn a_release_has_passed_the_environment_before() {
    let before = |history: History| Scene::promotion().bent(|scene| scene.before = Some((name("dev"), Ok(history))));
    let failed = || {
        let mut failed = release(2, lane("dev"), "2.5.0-dev.41", 'b');
        failed.result = ReleaseResult::Failed { why: "x".into() };
        failed
    };
    let of = |releases: Vec<Release>| History { releases, notes: vec![] };
    let hotfix = |name: &str, reason: &str| {
        before(of(vec![])).bent(|scene| {
            dispatch_of(scene).on = Ref::Branch(branch(name));
            scene.inputs.hotfix = Some(reason.to_owned());
            scene.decision.intent = Intent::Deploy;
        })
    };
    table(vec![
        ("never released there", before(of(vec![])), "not-promoted"),
        (
            "another commit released there",
            before(of(vec![release(2, lane("dev"), "2.5.0-dev.41", 'c')])),
            "not-promoted",
        ),
        ("failed there", before(of(vec![failed()])), "not-promoted"),
        (
            "failed there, then succeeded",
            before(of(vec![failed(), release(1, lane("dev"), "2.5.0-dev.40", 'b')])),
            "approved",
        ),
        (
            "unreadable there",
            Scene::promotion().bent(|scene| scene.before = Some((name("dev"), Err(unreadable())))),
            "not-promoted basis-unreadable",
        ),
        ("not looked at", Scene::promotion().bent(|scene| scene.before = None), "not-promoted"),
        (
            "another environment looked at",
            Scene::promotion().bent(|scene| {
                if let Some((before, _)) = &mut scene.before {
                    *before = name("staging");
                }
            }),
            "not-promoted",
        ),
        ("a hotfix", hotfix("hotfix/rates", "rates are wrong"), "approved"),
        ("a hotfix without a reason", hotfix("hotfix/rates", " "), "ref-not-allowed not-promoted"),
        ("a hotfix from another branch", hotfix("fix/rates", "rates are wrong"), "ref-not-allowed not-promoted"),
        ("a hotfix from main", hotfix("main", "rates are wrong"), "not-promoted"),
        (
            "a hotfix that does not contain what runs",
            hotfix("hotfix/rates", "x").bent(|scene| scene.source.contains_live = Known::Yes(false)),
            "older-than-live",
        ),
        ("a hotfix that removes", hotfix("hotfix/rates", "x").removing(&[old()]), "destructive-without-consent"),
        (
            "a hotfix whose tests fail",
            hotfix("hotfix/rates", "x").bent(|scene| scene.checks = Err("x".into())),
            "checks-failed",
        ),
        (
            "a rollback to what never ran here",
            Scene::rollback().bent(|scene| scene.plan.version = Version::new(2, 4, 0)),
            "not-promoted",
        ),
        (
            "a rollback to another commit under that number",
            Scene::rollback().bent(|scene| {
                scene.plan.commit = sha('d');
                scene.source.commit = sha('d');
            }),
            "not-promoted",
        ),
    ]);
}

#[test]
fn going_back_is_a_rollback() {
    let contains = |known: Known<bool>| Scene::promotion().bent(|scene| scene.source.contains_live = known);
    table(vec![
        ("older", contains(Known::Yes(false)), "older-than-live"),
        ("not known", contains(Known::No("shallow".into())), "older-than-live"),
        ("older, rolled back", Scene::rollback(), "approved"),
    ]);
    let refused = Scene::rollback().bent(|scene| {
        scene.decision.intent = Intent::Promote;
        scene.before = Some((
            name("dev"),
            Ok(History { releases: vec![release(2, lane("dev"), "2.4.0-dev.1", 'a')], notes: vec![] }),
        ));
        scene.plan.version = Version::new(2, 6, 0);
    });
    assert_eq!(refused.says(), "older-than-live");
    insta::assert_snapshot!(refused.refused().command.unwrap(), @"gh workflow run integrations.yml -f environment=prod -f mode=rollback -f version=2.4.1 -f allow-destructive=false");
}

#[test]
fn a_blocking_warning_is_resolved_or_accepted() {
    let subject = || Subject::part(sync("hubspot/deals"), "HUBSPOT_APP_ID");
    let missing = || Message::new(Code::SecretMissing, subject(), "secret `HUBSPOT_APP_ID` is missing");
    let warned = |message: Message| Scene::promotion().bent(|scene| scene.plan.messages.push(message));
    let accepting = |code: &str, resource: &str| {
        warned(missing()).bent(|scene| {
            scene.inputs.accept = vec![Accept { code: code.to_owned(), resource: resource.to_owned() }];
        })
    };
    table(vec![
        ("missing", warned(missing()), "warning-unresolved"),
        ("missing already", warned(Message { pre_existing: true, ..missing() }), "approved"),
        ("a warning that does not block", warned(Message::new(Code::PolicyChanged, subject(), "x")), "approved"),
        ("accepted", accepting("secret-missing", "hubspot/deals"), "approved"),
        ("accepted by its full spelling", accepting("secret-missing", "sync:hubspot/deals#HUBSPOT_APP_ID"), "approved"),
        ("accepted with the project", accepting("secret-missing", "integrations/hubspot/deals"), "approved"),
        ("accepted for another resource", accepting("secret-missing", "hubspot/contacts"), "warning-unresolved"),
        ("another code accepted", accepting("schema-changed", "hubspot/deals"), "warning-unresolved"),
        (
            "accepted for good",
            warned(missing()).bent(|scene| {
                scene.environment.accept = vec![Acceptance {
                    code: "secret-missing".into(),
                    resource: "hubspot/deals".into(),
                    reason: "set later".into(),
                }];
            }),
            "approved",
        ),
    ]);
}

#[test]
fn a_version_is_higher_than_all_before_it() {
    let given = |scene: Scene, version: &str| {
        scene.bent(|scene| {
            scene.plan.version = Version::parse(version).unwrap();
            scene.inputs.version = Some(scene.plan.version.clone());
        })
    };
    let retry = |of: char| {
        Scene::promotion().bent(|scene| {
            let mut failed = release(4, lane("prod"), "2.5.0", of);
            failed.result = ReleaseResult::Failed { why: "x".into() };
            if let Ok(history) = &mut scene.history {
                history.releases.insert(0, failed);
            }
        })
    };
    let ahead = Scene::promotion().bent(|scene| {
        if let Some((_, Ok(history))) = &mut scene.before {
            history.releases.insert(0, release(9, lane("dev"), "3.0.0-dev.42", 'c'));
        }
    });
    table(vec![
        ("given and higher", given(Scene::promotion(), "3.0.0"), "approved"),
        ("given and equal to what runs", given(Scene::promotion(), "2.4.1"), "version-not-higher"),
        ("given and lower", given(Scene::promotion(), "1.0.0"), "version-not-higher"),
        ("equal but for the build part", given(Scene::promotion(), "2.4.1+x"), "version-not-higher"),
        ("too large to be followed", given(Scene::promotion(), "18446744073709551615.0.0"), "version-not-higher"),
        (
            "a push whose number is taken",
            Scene::push().bent(|scene| scene.plan.version = Version::parse("2.5.0-dev.40").unwrap()),
            "version-not-higher",
        ),
        ("a promotion that failed, tried again", retry('b'), "approved"),
        ("a number that another commit used up", retry('c'), "version-not-higher"),
        ("a promotion while dev has gone ahead", ahead, "approved"),
        ("a rollback keeps its number", Scene::rollback(), "approved"),
    ]);
}

#[test]
fn a_state_that_could_not_be_read_is_not_an_empty_state() {
    let basis = |basis: Basis| Scene::promotion().bent(|scene| scene.plan.basis = basis);
    let recorded = |of: char| Basis::Recorded { version: Version::new(2, 4, 1), commit: sha(of) };
    let unknown = |may_remove: bool| {
        Scene::promotion().bent(|scene| {
            scene.plan.unknown.push(UnknownField {
                resource: sync("github/issues"),
                field: "models".into(),
                why: "declared: read from process.env".into(),
                may_remove,
            });
        })
    };
    table(vec![
        ("certainly nothing", basis(Basis::None), "approved"),
        ("rebuilt from the newest release", basis(recorded('a')), "approved"),
        ("rebuilt from another", basis(recorded('c')), "basis-unreadable"),
        ("unknown", basis(Basis::Unknown { why: "no key".into() }), "basis-unreadable"),
        ("another commit's code", basis(Basis::Commit { commit: sha('a') }), "basis-unreadable"),
        ("history unreadable", Scene::promotion().bent(|scene| scene.history = Err(unreadable())), "basis-unreadable"),
        ("a field that hides nothing", unknown(false), "approved"),
        ("a field that may hide a removal", unknown(true), "basis-unreadable"),
    ]);
}

#[test]
fn the_tree_is_the_commit_and_its_code_was_kept_from_keys() {
    table(vec![
        (
            "changed files",
            Scene::promotion().bent(|scene| scene.source.dirty = Known::Yes(vec!["index.ts".into()])),
            "tree-not-commit",
        ),
        (
            "not known",
            Scene::promotion().bent(|scene| scene.source.dirty = Known::No("no git".into())),
            "tree-not-commit",
        ),
        (
            "another commit's plan",
            Scene::promotion().bent(|scene| scene.plan.commit = sha('d')),
            "not-promoted tree-not-commit",
        ),
        (
            "another environment's plan",
            Scene::promotion().bent(|scene| scene.plan.lane = lane("dev")),
            "ref-not-allowed tree-not-commit",
        ),
        (
            "not confined",
            Scene::promotion()
                .bent(|scene| scene.confinement = Confinement::NotConfined { why: "the docker socket".into() }),
            "not-confined",
        ),
        ("nothing ran", Scene::promotion().bent(|scene| scene.confinement = Confinement::NothingRan), "approved"),
        (
            "policy unreadable",
            Scene::promotion().bent(|scene| scene.policy_unreadable = Some(unreadable())),
            "policy-unreadable",
        ),
    ]);
}

#[test]
fn what_was_handed_over_fits_or_is_refused() {
    let handed = |handed: Option<Result<String, Problem>>| Scene::promotion().bent(|scene| scene.handed = handed);
    let wrong = Problem::new("artefact-mismatch", Fault::Refused, "it is another run's");
    table(vec![
        ("nothing was to be taken over", handed(None), "approved"),
        ("it fits", handed(Some(Ok("check".into()))), "approved"),
        ("it is another's", handed(Some(Err(wrong))), "artefact-mismatch"),
        ("GitHub could not be read", handed(Some(Err(unreadable()))), "artefact-unread"),
    ]);
}
