//! The proof: its record, how long it holds, and what it waives.

use super::*;

#[test]
fn the_record_says_who_allowed_what() {
    let yes = || Scene::promotion().removing(&[old()]).flagged(Stated::Yes);
    let actor = || "ana".to_owned();
    for (scene, consent) in [
        (Scene::promotion(), None),
        (yes().consenting(&["github/old-issues"]), Some(Consent::Named { actor: actor() })),
        (
            yes().bent(|scene| scene.inputs.consent = ConsentInput::Digest(scene.plan.digest.clone())),
            Some(Consent::Digest { actor: actor() }),
        ),
        (yes().reviewed("#1", &[old()]), Some(Consent::Reviewed { pulls: vec!["#1".into()] })),
        (yes().bent(|scene| scene.environment.consent = ConsentRule::Flag), Some(Consent::Flag { actor: actor() })),
    ] {
        assert_eq!(scene.approved().record().consent, consent);
    }
    let approved = yes().consenting(&["github/old-issues"]).approved();
    let record = approved.record();
    assert_eq!(record.kind, ReleaseKind::Promote);
    assert_eq!(record.version, Version::new(2, 5, 0));
    assert_eq!(record.removes, BTreeSet::from([old()]));
    assert_eq!(record.description, "Add deals (#812)");
    assert_eq!(record.plan, approved.plan().digest);
    assert_eq!(approved.newest_seen(), Some(1));
    let described = Scene::promotion().bent(|scene| scene.inputs.description = Some("  Deals  ".into()));
    assert_eq!(described.approved().record().description, "Deals");
    assert_eq!(Scene::rollback().approved().record().kind, ReleaseKind::Rollback);
    assert_eq!(Scene::push().approved().record().kind, ReleaseKind::Deploy);
}

#[test]
fn an_approved_plan_holds_until_something_moves() {
    let record = release(1, lane("prod"), "2.5.0", 'b').record;
    let approved =
        ApprovedPlan::approved_for_test(Arc::new(plan("prod", "2.5.0")), record, std::time::Duration::ZERO, None);
    let fresh = || plan("prod", "2.5.0");
    assert_eq!(approved.still_holds(&fresh()), Ok(()));
    assert_eq!(
        approved.still_holds(&Plan { version: Version::new(9, 9, 9), ..fresh() }),
        Ok(()),
        "a version is no substance"
    );
    let moved = Scene::promotion().removing(&[old()]).plan;
    insta::assert_json_snapshot!(approved.still_holds(&moved).unwrap_err(), @r#"
{
  "code": "plan-changed",
  "why": "would now also remove `sync:github/old-issues`",
  "to_do": "read the plan as it is now, and start again"
}
"#);
    for other in [
        Plan { basis: Basis::Unknown { why: "x".into() }, ..fresh() },
        Plan { commit: sha('d'), ..fresh() },
        Plan { lane: lane("dev"), ..fresh() },
    ] {
        assert_eq!(approved.still_holds(&other).unwrap_err().code, "plan-changed");
    }
}

#[test]
fn a_hotfix_goes_on_over_a_moved_state_but_removes_nothing_more() {
    let approved = Scene::promotion()
        .bent(|scene| {
            dispatch_of(scene).on = Ref::Branch(branch("hotfix/rates"));
            scene.inputs.hotfix = Some("rates are wrong".into());
        })
        .approved();
    let mut moved = plan("prod", "2.5.0");
    moved.changes.push(change(&sync("x/y"), What::Add));
    moved.digest = Digest::of(b"moved");
    assert_eq!(approved.still_holds(&moved), Ok(()));
    moved.destructive.insert(old());
    assert_eq!(approved.still_holds(&moved).unwrap_err().code, "plan-changed");
}

#[test]
fn an_adoption_records_what_was_read_as_the_first_release() {
    let adoption = || {
        Scene::promotion()
            .bent(|scene| {
                scene.history = Ok(History::default());
                scene.before = None;
                scene.decision = Decision { reach: Reach::Plan, intent: Intent::Adopt, ..scene.decision.clone() };
                scene.inputs.allow_destructive = Stated::NotStated;
                scene.plan.version = Version::new(1, 0, 0);
            })
            .removing(&[old()])
    };
    let codes = |scene: Scene| match scene.with(adopt) {
        Ok(_) => "adopted".to_owned(),
        Err(refused) => refused.reasons.iter().map(|reason| reason.code.as_ref()).collect::<Vec<_>>().join(" "),
    };
    assert_eq!(codes(adoption()), "adopted");
    let adopted = ApprovedAdoption::approved_for_test(adoption().with(adopt).unwrap().record().clone(), None);
    assert_eq!((adopted.record().kind, adopted.record().removes.len()), (ReleaseKind::Adopt, 0));
    type Bend = fn(&mut Scene);
    let bends: [(Bend, &str); 6] = [
        (|scene| scene.plan.basis = Basis::None, "basis-unreadable"),
        (|scene| scene.history = Err(unreadable()), "basis-unreadable"),
        (|scene| scene.history = Scene::promotion().history, "version-not-higher history-not-empty"),
        (|scene| scene.event = Scene::push().event, "production-needs-dispatch ref-not-allowed"),
        (|scene| dispatch_of(scene).sender.bot = true, "not-a-person"),
        (|scene| scene.policy_unreadable = Some(unreadable()), "policy-unreadable"),
    ];
    for (bend, says) in bends {
        assert_eq!(codes(adoption().bent(bend)), says);
    }
}

#[test]
fn what_was_prepared_is_confirmed_by_a_person_and_by_what_can_be_read() {
    let prepared = |commit: char| {
        let mut release = release(3, lane("prod"), "2.5.0", commit);
        release.result = ReleaseResult::Prepared;
        release.record.description = "as it was prepared".into();
        release.record.removes = [old()].into();
        Ok(History { releases: vec![release, super::scene::release(1, lane("prod"), "2.4.1", 'a')], notes: vec![] })
    };
    let confirmation = || {
        Scene::promotion().bent(|scene| {
            scene.history = prepared('b');
            scene.decision.intent = Intent::Adopt;
            scene.by_hand = Some(&[]);
            scene.plan.basis = Basis::Recorded { version: Version::new(2, 4, 1), commit: sha('a') };
        })
    };
    let proof = confirmation().with(adopt).unwrap();
    let record = proof.record();
    assert_eq!((record.kind, record.description.as_str()), (ReleaseKind::Confirm, "as it was prepared"));
    assert_eq!((record.removes.len(), proof.confirms()), (1, Some(3)));
    assert!(proof.follows(Some(3)) && !proof.follows(Some(4)) && !proof.follows(None));

    type Bend = fn(&mut Scene);
    let bends: [(Bend, &str); 5] = [
        // The plan adds a sync: a platform that names syncs has to name it by now.
        (|scene| scene.by_hand = Some(&["sync"]), "basis-unreadable"),
        (|scene| scene.by_hand = Some(&["action"]), "confirmed"),
        (|scene| scene.plan.commit = sha('c'), "version-not-higher history-not-empty tree-not-commit"),
        (|scene| dispatch_of(scene).sender.bot = true, "not-a-person"),
        (|scene| scene.event = Scene::push().event, "production-needs-dispatch ref-not-allowed"),
    ];
    for (bend, says) in bends {
        let said = match confirmation().bent(bend).with(adopt) {
            Ok(_) => "confirmed".to_owned(),
            Err(refused) => refused.reasons.iter().map(|reason| reason.code.as_ref()).collect::<Vec<_>>().join(" "),
        };
        assert_eq!(said, says);
    }
    // Where nothing can be read a first record is a person's word too, and says so.
    let first = confirmation().bent(|scene| {
        scene.history = Ok(History::default());
        scene.before = None;
        scene.plan.basis = Basis::Unknown { why: "nobody tells".into() };
    });
    assert_eq!(first.with(adopt).unwrap().record().kind, ReleaseKind::Confirm);
    let sent = first.bent(|scene| scene.by_hand = None);
    assert_eq!(sent.with(adopt).unwrap_err().reasons[0].code, "basis-unreadable");
}

#[test]
fn nothing_is_promoted_from_where_it_is_only_prepared() {
    let scene = Scene::promotion().bent(|scene| {
        let (_, history) = scene.before.as_mut().unwrap();
        history.as_mut().unwrap().releases[0].result = ReleaseResult::Prepared;
    });
    insta::assert_snapshot!(scene.refused().reasons[0].why, @"2.5.0-dev.41 is prepared in `dev`, and nobody has said that it was released");
}
