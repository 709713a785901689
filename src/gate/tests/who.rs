//! Who may ask for what: the event, the person, the ref, the flag.

use super::*;

#[test]
fn what_should_pass_passes() {
    table(vec![
        ("a promotion by hand", Scene::promotion(), "approved"),
        ("a push to dev", Scene::push(), "approved"),
        ("a dispatch to dev", Scene::dev_by_hand(), "approved"),
        ("a rollback", Scene::rollback(), "approved"),
    ]);
}

#[test]
fn production_changes_only_by_the_hand_of_a_person_on_an_allowed_ref() {
    let push_to_prod = Scene::promotion().bent(|scene| scene.event = Scene::push().event);
    let bot = || {
        Scene::promotion().bent(|scene| dispatch_of(scene).sender = Actor { login: "ship-it[bot]".into(), bot: true })
    };
    let on = |scene: Scene, on: Ref| scene.bent(|scene| dispatch_of(scene).on = on);
    let release_branch = || Ref::Branch(branch("release"));
    table(vec![
        ("a push", push_to_prod, "production-needs-dispatch ref-not-allowed"),
        (
            "a schedule",
            Scene::promotion().bent(|scene| scene.event = Event::Schedule),
            "production-needs-dispatch ref-not-allowed",
        ),
        ("a bot", bot(), "not-a-person"),
        (
            "a bot that the policy names",
            bot().bent(|scene| scene.config.dispatch_by = vec!["Ship-It[bot]".into()]),
            "approved",
        ),
        (
            "re-run by a bot",
            Scene::promotion().bent(|scene| scene.run.triggering_actor = "x[bot]".into()),
            "not-a-person",
        ),
        ("another branch", on(Scene::promotion(), release_branch()), "ref-not-allowed"),
        (
            "a branch that the policy names",
            on(Scene::promotion(), release_branch()).bent(|scene| scene.environment.refs = vec![branch("release")]),
            "approved",
        ),
        ("a tag named like the branch", on(Scene::promotion(), Ref::Tag("main".into())), "ref-not-allowed"),
        (
            "a push to another branch",
            Scene::push().bent(|scene| {
                if let Event::Push(push) = &mut scene.event {
                    push.to = release_branch();
                }
            }),
            "ref-not-allowed",
        ),
        (
            "a reach that ends before",
            Scene::promotion().bent(|scene| scene.decision.reach = Reach::Plan),
            "ref-not-allowed",
        ),
        (
            "a reach for another environment",
            Scene::promotion().bent(|scene| scene.decision = decision("dev", false, Intent::Promote)),
            "ref-not-allowed",
        ),
        (
            "a reach that does not know of production",
            Scene::promotion().bent(|scene| scene.decision = decision("prod", false, Intent::Promote)),
            "ref-not-allowed",
        ),
        ("a review", Scene::promotion().bent(|scene| scene.decision.intent = Intent::Review), "ref-not-allowed"),
        (
            "an adoption that comes here",
            Scene::promotion().bent(|scene| scene.decision.intent = Intent::Adopt),
            "ref-not-allowed",
        ),
    ]);
}

#[test]
fn the_flag_is_stated_in_production() {
    let must_be_true = |scene: Scene| scene.bent(|scene| scene.environment.flag = FlagRule::True);
    table(vec![
        ("not stated", Scene::promotion().flagged(Stated::NotStated), "flag-not-stated"),
        ("false", Scene::promotion().flagged(Stated::No), "approved"),
        ("true, and nothing is removed", Scene::promotion().flagged(Stated::Yes), "approved"),
        (
            "false where the policy asks for true",
            must_be_true(Scene::promotion().flagged(Stated::No)),
            "flag-not-stated",
        ),
        ("true where the policy asks for true", must_be_true(Scene::promotion().flagged(Stated::Yes)), "approved"),
        ("not stated for a rollback", Scene::rollback().flagged(Stated::NotStated), "flag-not-stated"),
        ("not stated outside production", Scene::dev_by_hand().flagged(Stated::NotStated), "approved"),
    ]);
}

#[test]
fn a_rerun_says_the_flag_anew() {
    let rerun = |scene: Scene| scene.bent(|scene| scene.run.attempt = 2);
    let yes = || Scene::promotion().removing(&[old()]).flagged(Stated::Yes);
    table(vec![
        ("nothing removed", rerun(Scene::promotion().flagged(Stated::Yes)), "approved"),
        ("named, and it fits what is planned now", rerun(yes().consenting(&["github/old-issues"])), "approved"),
        ("only reviewed", rerun(yes().reviewed("#1", &[old()])), "rerun-needs-dispatch"),
        (
            "the bare flag that the policy lets suffice",
            rerun(yes().bent(|scene| scene.environment.consent = ConsentRule::Flag)),
            "destructive-without-consent rerun-needs-dispatch",
        ),
        (
            "named, and the plan moved",
            rerun(yes().removing(&[model()]).consenting(&["github/old-issues"])),
            "destructive-without-consent consent-mismatch rerun-needs-dispatch",
        ),
        ("a reviewed push", rerun(Scene::push().removing(&[old()]).reviewed("#1", &[old()])), "approved"),
    ]);
}
