//! A preview: what is asked of its code, and that nothing else is ever let through as one.

use super::*;

/// A run of the pull request #7 that may change its preview, and the plan of that.
fn preview() -> Scene {
    Scene::push().bent(|scene| {
        let environment = EnvironmentName::of_pull(7);
        scene.decision.reach = Reach::Apply(Target::Preview { pull: 7 });
        (scene.decision.intent, scene.decision.targets) = (Intent::Review, Vec::new());
        scene.plan = plan(environment.as_str(), "0.0.0-pr.7");
        scene.environment = Environment::named(environment);
    })
}

fn says(scene: &Scene) -> String {
    match scene.with(|plan, evidence| crate::gate::preview(plan, evidence, Some(3))) {
        Ok(approved) => format!("approved {} after {:?}", approved.record().lane.environment, approved.newest_seen()),
        Err(refused) => refused.reasons.iter().map(|reason| &*reason.code).collect::<Vec<_>>().join(" "),
    }
}

#[test]
fn only_the_preview_of_the_runs_own_pull_request_is_let_through() {
    let named = |name: &str| {
        let name = name.to_owned();
        preview().bent(move |scene| {
            scene.plan = plan(&name, "1.0.0");
            scene.environment = Environment::named(crate::tests::facts::name(&name));
        })
    };
    let reaching = |reach| preview().bent(|scene| scene.decision.reach = reach);
    let failed = SuiteEnd::Failed { code: Some(1) };
    let rows = vec![
        (preview(), "approved preview-pr-7 after Some(3)"),
        (preview().removing(&[old()]), "approved preview-pr-7 after Some(3)"),
        (named("dev"), "ref-not-allowed"),
        (named("preview-pr-70"), "ref-not-allowed"),
        (reaching(Reach::Plan), "ref-not-allowed"),
        (reaching(Reach::Apply(Target::Teardown { pull: 7 })), "ref-not-allowed"),
        (reaching(Reach::Apply(Target::Leftovers)), "ref-not-allowed"),
        (Scene::push(), "ref-not-allowed"),
        (Scene::promotion(), "ref-not-allowed"),
        (preview().bent(|scene| scene.checks = Err("nothing ran".to_owned())), "checks-failed"),
        (preview().bent(|scene| scene.checks.as_mut().unwrap().suites = vec![suite(failed)]), "checks-failed"),
        (preview().bent(|scene| scene.plan.basis = Basis::Unknown { why: "asleep".to_owned() }), "basis-unreadable"),
        (preview().bent(|scene| scene.source.dirty = Known::Yes(vec!["dags/a.py".to_owned()])), "tree-not-commit"),
        (
            preview().bent(|scene| scene.confinement = Confinement::NotConfined { why: "root".to_owned() }),
            "not-confined",
        ),
        (preview().bent(|scene| scene.policy_unreadable = Some(unreadable())), "policy-unreadable"),
    ];
    for (scene, expected) in rows {
        assert_eq!(says(&scene), expected);
    }
}
