//! Whole deploys: planned, sent, read back.

use super::*;
use crate::tests::astro::Fault;

#[tokio::test]
async fn dags_come_change_and_go() {
    let world = World::new().await;
    let first = world.deploy(&two()).await;
    assert_eq!((first.said, first.verified), (Ok(()), Verified::Live));
    assert!(states(&first.applied).iter().all(|state| state.ends_with(": done")), "{:?}", first.applied);
    assert_eq!(world.astro.running("dep1"), ["cleanup", "orders"]);
    let reference = first.applied.platform_ref.unwrap();
    assert!(reference.starts_with("dep1/cldeploy") && reference.len() < 96, "{reference}");
    let one = project(&[("dags/orders.py", &dag("orders"))]);
    let live = world.live();
    let observed = live.observe(&one.manifest, &world.watch).await.unwrap();
    let planned = plan(&observed, &one.manifest);
    assert_eq!(changes(&planned), ["dag:cleanup: remove"]);
    assert!(planned.destructive.iter().any(|subject| subject.to_string() == "dag:cleanup"));
    let second = world.deploy_planned(&live, planned, &Payload::Artefact(Box::new(one))).await;
    assert_eq!((second.said, second.verified), (Ok(()), Verified::Live));
    assert_eq!(world.astro.running("dep1"), ["orders"]);
    // The same files are the same bytes.
    let again = world.deploy(&project(&[("dags/orders.py", &dag("orders"))])).await;
    assert_eq!(again.verified, Verified::Live);
    world.astro.at("dep1", |deployment| {
        let stored: Vec<&Vec<u8>> = deployment.stored.values().collect();
        assert_eq!(stored.len(), 3);
        assert!(stored[1] == stored[2] && stored[0] != stored[1]);
        let git = deployment.deploys[1].git.as_ref().unwrap();
        assert_eq!(git["beforeCommitSha"], sample::commit(1).as_str());
    });
}

#[tokio::test]
async fn a_file_that_does_not_load_there_makes_the_deploy_failed() {
    let world = World::new().await;
    world.deploy(&two()).await.said.unwrap();
    let broken = format!("import broken_pandas\n{}", dag("orders"));
    let deployed = world.deploy(&project(&[("dags/orders.py", &broken), ("dags/cleanup.py", &dag("cleanup"))])).await;
    assert_eq!(deployed.said, Ok(()));
    let how = "`dags/orders.py`, line 1, cannot be loaded there: ModuleNotFoundError: No module named 'broken_pandas'";
    assert_eq!(deployed.verified, Verified::Differs { how: vec![how.to_owned()] });
    // What was broken before is nobody's doing.
    let more =
        project(&[("dags/orders.py", &broken), ("dags/cleanup.py", &dag("cleanup")), ("dags/new.py", &dag("new"))]);
    let deployed = world.deploy(&more).await;
    let Verified::Unverified { why } = deployed.verified else { panic!("{:?}", deployed.verified) };
    assert!(why.contains("dag:orders is not listed yet") && !why.contains("dag:new"), "{why}");
}

#[tokio::test]
async fn what_is_refused_is_refused_before_anything_is_made() {
    let mut lines = Vec::new();
    type Change = fn(&mut crate::tests::astro::Deployment);
    let cases: [(&str, Change); 4] = [
        ("no DAG deploys", |deployment| deployment.dag_deploys = false),
        ("agents", |deployment| deployment.remote = true),
        ("created", |deployment| "CREATING".clone_into(&mut deployment.status)),
        ("Airflow 2", |deployment| {
            "12.1.0".clone_into(&mut deployment.runtime);
            "2.10.2".clone_into(&mut deployment.airflow);
        }),
    ];
    for (name, change) in cases {
        let world = World::new().await;
        world.astro.at("dep1", change);
        let deployed = world.deploy(&two()).await;
        lines.push(format!("{name}: {}", told(&deployed.said.unwrap_err())));
        assert!(states(&deployed.applied).iter().all(|state| state.ends_with("not tried")));
        assert_eq!(world.astro.count("POST /deploys"), 0);
    }
    let world = World::new().await;
    for (name, file) in [("no DAGs", "dags/nothing.py"), ("an image alone, and none is there", "dags/readme.txt")] {
        let deployed = world.deploy(&project(&[(file, "nothing")])).await;
        lines.push(format!("{name}: {}", told(&deployed.said.unwrap_err())));
    }
    assert_eq!(world.astro.count("POST /deploys"), 0);
    insta::assert_snapshot!(lines.join("\n"), @"
    no DAG deploys: dag-deploys-off: `etl dev` takes no deploys of DAGs alone
      because: nothing was sent
      help: switch them on: Astro → the deployment → Details → DAG Deploys, once, with a deploy of the image after it; or bring an image along, by `image`
    agents: remote-execution: `etl dev` runs its tasks on agents of its own
      because: nothing was sent
      help: agents get their DAGs by their own bundles, not by a deploy
    created: deployment-not-ready: `etl dev` is being created
      because: nothing was sent
      help: start this run again when it is healthy
    Airflow 2: airflow-mismatch: the project is for Airflow 3, and Airflow 2 runs there
      because: nothing was sent
      help: deploy the image first: its runtime is what the Dockerfile says, DAGs alone do not change it
    no DAGs: no-dags: there is no DAG in `dags`
      because: a deploy replaces all DAGs, so this one would remove every DAG of the deployment
      help: look whether the folder of the DAGs is the right one; a deployment is emptied in Astro itself
    an image alone, and none is there: image-missing: the project is an image without DAGs, and this run brings no image
      because: nothing was sent
      help: build it in a step before, and name it by `image`; where DAGs should go, look whether their folder is the right one
    ");
}

#[tokio::test]
async fn what_somebody_else_deploys_meanwhile_is_seen() {
    // Before ours is final: nothing is changed.
    let world = World::new().await;
    world.deploy(&two()).await.said.unwrap();
    let live = world.live();
    let built = project(&[("dags/orders.py", &dag("orders"))]);
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    let planned = plan(&observed, &built.manifest);
    world.astro.state().meanwhile_upload = Some("dep1".to_owned());
    let deployed = world.deploy_planned(&live, planned, &Payload::Artefact(Box::new(built))).await;
    let problem = deployed.said.unwrap_err();
    assert_eq!(problem.code, "plan-changed", "{}", told(&problem));
    assert!(states(&deployed.applied).iter().all(|state| state.ends_with("not tried")));
    assert_eq!(world.astro.count("POST /finalize"), 1, "only the first deploy");
    // Right after: ours is not what runs.
    let world = World::new().await;
    world.astro.state().meanwhile = Some("dep1".to_owned());
    let deployed = world.deploy(&two()).await;
    assert_ne!(deployed.verified, Verified::Live);
    assert!(deployed.said.is_err(), "{:?}", deployed.said);
}

#[tokio::test]
async fn d10_a_deployment_that_sleeps_is_woken_and_sleeps_again_as_it_was_told() {
    for before in [
        None,
        Some(serde_json::json!({"isHibernating": true, "isActive": true, "overrideUntil": "2030-01-01T00:00:00Z"})),
    ] {
        let world = World::new().await;
        world.deploy(&two()).await.said.unwrap();
        let live = world.live();
        let built = project(&[("dags/orders.py", &dag("orders")), ("dags/more.py", &dag("more"))]);
        let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
        let planned = plan(&observed, &built.manifest);
        world.astro.at("dep1", |deployment| {
            "HIBERNATING".clone_into(&mut deployment.status);
            deployment.sleep.clone_from(&before);
        });
        let deployed = world.deploy_planned(&live, planned, &Payload::Artefact(Box::new(built))).await;
        assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
        world.astro.at("dep1", |deployment| {
            assert_eq!(deployment.status, "HIBERNATING");
            assert_eq!(deployment.sleep, before);
        });
        // Refused after waking: it sleeps again too.
        world.astro.fails("POST /deploys", &[Fault::Forbidden]);
        let deployed =
            world.deploy_planned(&live, plan(&observed, &two().manifest), &Payload::Artefact(Box::new(two()))).await;
        assert_eq!(deployed.said.unwrap_err().code, "astro-refused");
        assert_eq!(world.astro.at("dep1", |deployment| deployment.status.clone()), "HIBERNATING");
    }
}

#[tokio::test]
async fn d10_waiting_for_a_deployment_to_wake_has_an_end() {
    let world = World::new().await;
    world.astro.at("dep1", |deployment| {
        "HIBERNATING".clone_into(&mut deployment.status);
        deployment.deaf = true;
    });
    let deployed = world.deploy(&two()).await;
    assert_eq!(deployed.said.unwrap_err().code, "deployment-asleep");
    assert_eq!(world.astro.count("POST /deploys"), 0);
    // Nobody had said anything of its sleep, and nothing is said of it now.
    assert_eq!(world.astro.at("dep1", |deployment| deployment.sleep.clone()), None);
}

#[tokio::test]
async fn an_earlier_deploy_is_brought_back_by_astro_itself() {
    let world = World::new().await;
    let first = world.deploy(&two()).await;
    let platform_ref = first.applied.platform_ref.unwrap();
    world.deploy(&project(&[("dags/orders.py", &dag("orders"))])).await.said.unwrap();
    assert_eq!(world.astro.running("dep1"), ["orders"]);
    let back = Payload::Native { platform_ref: platform_ref.clone(), manifest: Box::new(two().manifest) };
    let live = world.live();
    let observed = live.observe(&two().manifest, &world.watch).await.unwrap();
    let planned = plan(&observed, &two().manifest);
    assert_eq!(changes(&planned), ["dag:cleanup: add"]);
    let deployed = world.deploy_planned(&live, planned, &back).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(world.astro.running("dep1"), ["cleanup", "orders"]);
    let now = deployed.applied.platform_ref.unwrap();
    assert_eq!(now.rsplit('/').next(), platform_ref.rsplit('/').next(), "the version is the old one");
    assert_eq!((world.astro.count("POST /rollback"), world.astro.count("POST /deploys")), (1, 2));
    // A runtime that was older then is not brought back.
    world.astro.at("dep1", |deployment| "3.1-1".clone_into(&mut deployment.runtime));
    let live = world.live();
    let observed = live.observe(&two().manifest, &world.watch).await.unwrap();
    let deployed = world.deploy_planned(&live, plan(&observed, &two().manifest), &back).await;
    assert_eq!(deployed.said.unwrap_err().code, "runtime-downgrade");
    assert_eq!(world.astro.count("POST /rollback"), 1);
}

#[tokio::test]
async fn a_cancelled_run_sends_nothing_more() {
    let mut world = World::new().await;
    let (switch, watch) = Watch::new();
    world.watch = watch.scaled(0.0001);
    let live = world.live();
    let observed = live.observe(&two().manifest, &world.watch).await.unwrap();
    switch.stop(crate::watch::Stop::Terminate);
    let deployed =
        world.deploy_planned(&live, plan(&observed, &two().manifest), &Payload::Artefact(Box::new(two()))).await;
    assert_eq!(deployed.said.unwrap_err().code, "cancelled");
    assert_eq!(world.astro.count("POST /deploys"), 0);
}
