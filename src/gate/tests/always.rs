//! What holds whatever the evidence.

use super::*;

/// One way to spoil or to mend a run. Whatever is chosen, the promises hold.
fn bend(scene: &mut Scene, which: u8) {
    match which {
        0 => scene.event = Scene::push().event,
        1 => scene.event = Event::Schedule,
        2 => scene.inputs.allow_destructive = Stated::Yes,
        3 => scene.inputs.allow_destructive = Stated::NotStated,
        4 => scene.inputs.consent = ConsentInput::Ids(vec!["github/old-issues".into()]),
        5 => scene.inputs.consent = ConsentInput::Ids(vec!["github/old-issues".into(), "GithubIssueV1".into()]),
        6 => scene.inputs.consent = ConsentInput::Digest(scene.plan.digest.clone()),
        7 => *scene = scene.clone().removing(&[old()]),
        8 => *scene = scene.clone().removing(&[model()]),
        9 => *scene = scene.clone().reviewed("#1", &[old()]),
        10 => scene.run.triggering_actor = "x[bot]".into(),
        11 => scene.environment.consent = ConsentRule::Flag,
        12 => scene.run.attempt = 2,
        13 => scene.inputs.hotfix = Some("now".into()),
        14 => scene.decision.intent = Intent::Rollback,
        15 => scene.plan.empties = true,
        16 => scene.reviewed = Err(unreadable()),
        17 => scene.environment.destructive = Destructive::Consent,
        18 => scene.config.dispatch_by = vec!["x[bot]".into()],
        _ => scene.environment.refs = vec![branch("main")],
    }
}

fn spoil(scene: &mut Scene, which: u8) {
    match which {
        0 => scene.checks = Err("x".into()),
        1 => scene.source.contains_live = Known::Yes(false),
        2 => scene.source.dirty = Known::No("x".into()),
        3 => scene.plan.basis = Basis::Unknown { why: "x".into() },
        4 => scene.confinement = Confinement::NotConfined { why: "x".into() },
        5 => scene.policy_unreadable = Some(unreadable()),
        6 => scene.history = Err(unreadable()),
        7 => scene.before = None,
        8 => scene.plan.messages.push(Message::new(Code::SecretMissing, Subject::whole(sync("a/b")), "x")),
        9 => scene.plan.version = Version::new(0, 0, 1),
        10 => scene.run.triggering_actor = "other[bot]".into(),
        11 => scene.decision.reach = Reach::Plan,
        12 => *scene = scene.clone().removing(&[Subject::whole(sync("z/unnamed"))]),
        _ => scene.inputs.allow_destructive = Stated::NotStated,
    }
}

fn start(which: u8) -> Scene {
    match which {
        0 => Scene::promotion(),
        1 => Scene::push(),
        2 => Scene::dev_by_hand(),
        _ => Scene::rollback(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn production_is_never_approved_without_a_person_who_states_the_flag(from in 0_u8..4, bends in proptest::collection::vec(0_u8..20, 0..6)) {
        let mut scene = start(from);
        for which in bends {
            bend(&mut scene, which);
        }
        if scene.environment.production && matches!(scene.decide(), Verdict::Approved(_)) {
            let Event::Dispatch(dispatch) = &scene.event else { return Err(TestCaseError::fail("no dispatch")) };
            prop_assert!(!dispatch.sender.bot);
            prop_assert_ne!(scene.inputs.allow_destructive, Stated::NotStated);
        }
    }

    #[test]
    fn nothing_is_ever_approved_that_removes_what_was_not_named(from in 0_u8..4, bends in proptest::collection::vec(0_u8..20, 0..8)) {
        let mut scene = start(from);
        for which in bends {
            bend(&mut scene, which);
        }
        if let Verdict::Approved(approved) = scene.decide() {
            let by_hand = matches!(scene.event, Event::Dispatch(_)) && scene.inputs.allow_destructive == Stated::Yes;
            for subject in &approved.plan().destructive {
                let named = by_hand && match &scene.inputs.consent {
                    ConsentInput::Ids(ids) => ids.iter().any(|id| subject.to_string().ends_with(id.as_str())),
                    ConsentInput::Digest(digest) => *digest == scene.plan.digest,
                    ConsentInput::Nothing => false,
                };
                let reviewed = scene.reviewed.as_ref().is_ok_and(|plans| plans.iter().any(|plan| plan.removes.contains(subject)));
                let flag = by_hand && scene.environment.consent == ConsentRule::Flag;
                prop_assert!(named || reviewed || flag, "{subject} was removed");
                prop_assert_ne!(scene.inputs.allow_destructive, Stated::No);
                prop_assert!(!scene.environment.production || by_hand);
            }
        }
    }

    #[test]
    fn one_more_reason_never_turns_a_refusal_into_a_deploy(from in 0_u8..4, bends in proptest::collection::vec(0_u8..20, 0..4), more in 0_u8..14) {
        let mut scene = start(from);
        for which in bends {
            bend(&mut scene, which);
        }
        let before = scene.decide();
        let mut spoiled = scene.clone();
        spoil(&mut spoiled, more);
        if matches!(before, Verdict::Refused(_)) {
            prop_assert!(matches!(spoiled.decide(), Verdict::Refused(_)), "{} became {}", scene.says(), spoiled.says());
        }
    }
}
