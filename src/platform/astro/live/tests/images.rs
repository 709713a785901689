//! Deploys with an image that a step before has built.

use super::*;
use crate::platform::astro::oci::carried;
use crate::tests::astro::Fault;
use crate::tests::astro::images::{archive, layout};

/// The project with a newer runtime in its Dockerfile, and the image that was built from it.
fn built(world: &mut World, images: &[(&str, &str)]) -> Built {
    std::fs::write(world.root.path().join("image.tar"), archive(&layout(images))).unwrap();
    world.image = Some("image.tar");
    with(world, two())
}

/// What would be sent with the image that lies there.
fn with(world: &World, built: Built) -> Built {
    let image = super::super::super::oci::Image::open(world.root.path(), "image.tar");
    let mut files = built.artefact.files().clone();
    if let Ok(image) = image {
        files.insert(carried(""), Arc::from(image.manifest));
    }
    Built { artefact: crate::artefact::Artefact::new(files), manifest: built.manifest }
}

const NEWER: [(&str, &str); 2] = [("linux/arm64", "3.0-5"), ("linux/amd64", "3.0-5")];

#[tokio::test]
async fn an_image_goes_with_the_dags_where_it_is_due() {
    let mut world = World::new().await;
    let built = built(&mut world, &NEWER);
    let deployed = world.deploy(&built).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(world.astro.running("dep1"), ["cleanup", "orders"]);
    world.astro.at("dep1", |deployment| {
        assert_eq!((deployment.runtime.as_str(), deployment.deploys[0].kind.as_str()), ("3.0-5", "IMAGE_AND_DAG"));
        assert_eq!(deployment.image.as_ref(), Some(&deployment.deploys[0].tag));
    });
    // A configuration and two layers for amd64; nothing of the other platform, nothing that tells how it was made.
    assert_eq!(world.astro.state().registry.blobs.len(), 3);
    // Again: what is there is not sent again.
    let uploads = world.astro.count("POST /uploads/");
    let deployed = world.deploy(&built).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(world.astro.count("POST /uploads/"), uploads);
}

#[tokio::test]
async fn an_image_stays_here_where_what_it_is_made_from_is_deployed() {
    let mut world = World::new().await;
    let built = built(&mut world, &NEWER);
    let live = world.live();
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    let mut planned = plan(&observed, &built.manifest);
    // As after a release of the same sources.
    planned.unknown.retain(|field| field.resource.kind != "image");
    planned.changes.retain(|change| change.resource.kind != "image");
    let deployed = world.deploy_planned(&live, planned, &Payload::Artefact(Box::new(built))).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert_eq!(world.astro.at("dep1", |deployment| deployment.deploys[0].kind.clone()), "DAG_ONLY");
    assert!(world.astro.state().registry.blobs.is_empty());
}

#[tokio::test]
async fn a_deployment_without_deploys_of_dags_gets_them_in_the_image() {
    let mut world = World::new().await;
    world.astro.at("dep1", |deployment| {
        deployment.dag_deploys = false;
        for id in ["orders", "cleanup"] {
            let (id, file) = (id.to_owned(), format!("{id}.py"));
            let dag = crate::tests::astro::Dag {
                id,
                file,
                schedule: None,
                tags: Vec::new(),
                parsed: i64::MAX / 1_000_000_000,
            };
            deployment.dags.push(dag);
        }
    });
    let built = built(&mut world, &NEWER);
    let deployed = world.deploy(&built).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    let tag = world.astro.at("dep1", |deployment| deployment.image.clone()).unwrap();
    assert!(deployed.applied.platform_ref.unwrap().ends_with(&tag));
    assert_eq!(world.astro.count("PUT /storage"), 0);
}

#[tokio::test]
async fn an_image_that_cannot_run_there_is_refused_before_anything_is_made() {
    let mut lines = Vec::new();
    let cases: [(&str, &[(&str, &str)]); 6] = [
        ("older", &[("linux/amd64", "3.0-3")]),
        ("of Airflow 2", &[("linux/amd64", "13.1.0")]),
        ("for another platform", &[("linux/arm64", "3.0-5")]),
        ("twice", &[("linux/amd64", "3.0-5"), ("linux/amd64", "3.0-6")]),
        ("of something else", &[("linux/amd64", "")]),
        ("not offered", &[("linux/amd64", "3.0-99")]),
    ];
    for (name, images) in cases {
        let mut world = World::new().await;
        let built = built(&mut world, images);
        let problem = match world.connect() {
            Ok(_) => world.deploy(&built).await.said.unwrap_err(),
            Err(problem) => problem,
        };
        lines.push(format!("{name}: {}", told(&problem)));
        assert_eq!(world.astro.count("POST /deploys"), 0);
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    older: runtime-downgrade: the image has Astro runtime 3.0-3, and 3.0-4 runs there
      because: nothing was sent
      because: an older runtime ends running tasks, and Airflow's records may be lost
      help: build the image on the runtime that runs there, or on a newer one
    of Airflow 2: runtime-downgrade: the image has Astro runtime 13.1.0, and 3.0-4 runs there
      because: nothing was sent
      because: an older runtime ends running tasks, and Airflow's records may be lost
      help: build the image on the runtime that runs there, or on a newer one
    for another platform: image-unusable: the image `image.tar` is for `linux/arm64`, and Astro runs linux/amd64
      because: nothing was sent
      help: build it in a step before: `docker buildx build --platform linux/amd64 --output type=oci,dest=image.tar .`, and give `image: image.tar`
    twice: image-unusable: the image `image.tar` holds 2 images for linux/amd64, and which is meant is not said
      because: nothing was sent
      help: build it in a step before: `docker buildx build --platform linux/amd64 --output type=oci,dest=image.tar .`, and give `image: image.tar`
    of something else: image-unusable: the image `image.tar` has no label `io.astronomer.docker.runtime.version`: it was not made from Astro's runtime, and Astro runs no other
      because: nothing was sent
      help: build it in a step before: `docker buildx build --platform linux/amd64 --output type=oci,dest=image.tar .`, and give `image: image.tar`
    not offered: runtime-not-offered: the image has Astro runtime 3.0-99, which Astro does not offer for this deployment
      because: nothing was sent
      help: build the image on a runtime that Astro's release notes list as available
    ");
}

#[tokio::test]
async fn an_image_that_changed_or_holds_other_bytes_is_refused_before_anything_is_made() {
    let mut world = World::new().await;
    let sent = built(&mut world, &NEWER);
    built(&mut world, &[("linux/amd64", "3.0-6")]);
    let deployed = world.deploy(&sent).await;
    assert_eq!(deployed.said.unwrap_err().text, "the image is another than when this run began");
    let mut files = layout(&NEWER);
    files.values_mut().filter(|content| content.len() > 10_000).for_each(|content| content[77] ^= 1);
    std::fs::write(world.root.path().join("image.tar"), archive(&files)).unwrap();
    let sent = with(&world, two());
    let problem = world.deploy(&sent).await.said.unwrap_err();
    assert!(problem.code == "image-unusable" && problem.text.contains("holds other bytes than sha256:"), "{problem}");
    assert_eq!(world.astro.count("POST /deploys"), 0);
}

#[tokio::test]
async fn a_registry_is_told_what_it_asks_for_and_nothing_more() {
    // The token itself, where it wants that.
    let mut world = World::new().await;
    world.astro.state().registry.basic = true;
    let sent = built(&mut world, &NEWER);
    assert_eq!(world.deploy(&sent).await.verified, Verified::Live);
    assert_eq!(world.astro.count("GET /token"), 0);
    // A key that ends on the way is asked for anew.
    let mut world = World::new().await;
    world.astro.state().registry.ends_after = Some(3);
    let sent = built(&mut world, &NEWER);
    let deployed = world.deploy(&sent).await;
    assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    assert!(world.astro.count("GET /token") > 1);
    // A place for keys that is nobody's of Astro's.
    let mut world = World::new().await;
    world.astro.state().registry.realm = Some("https://keys.evil.example/token".to_owned());
    let sent = built(&mut world, &NEWER);
    let problem = world.deploy(&sent).await.said.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    registry-refused: the image cannot be put into Astro's registry
      because: it asks for a key at `https://keys.evil.example/token`, which is no host of Astro's
      because: nothing was changed: the deploy was not made final
    ");
    // A token that may only look.
    let mut world = World::new().await;
    world.astro.fails("GET /token", &vec![Fault::Forbidden; 9]);
    let sent = built(&mut world, &NEWER);
    let problem = world.deploy(&sent).await.said.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    registry-refused: Astro's registry refused a key for the image
      because: status 403
      because: nothing was changed: the deploy was not made final
      help: give the token a role that may deploy: Deployment Admin, or Workspace Operator
    ");
}

#[tokio::test]
async fn a_tag_that_another_run_took_is_seen() {
    let mut world = World::new().await;
    world.astro.state().registry.meanwhile = Some("dep1".to_owned());
    let sent = built(&mut world, &NEWER);
    let deployed = world.deploy(&sent).await;
    assert_eq!(deployed.said.unwrap_err().code, "plan-changed");
    assert_eq!(world.astro.count("POST /finalize"), 0);
}

#[tokio::test]
async fn a_token_that_may_not_read_what_is_offered_deploys_all_the_same() {
    let mut world = World::new().await;
    world.astro.fails("GET /deployment-options", &[Fault::Forbidden]);
    let sent = built(&mut world, &NEWER);
    assert_eq!(world.deploy(&sent).await.verified, Verified::Live);
}

#[tokio::test]
async fn a_refused_deploy_says_what_the_deployment_takes() {
    let world = World::new().await;
    world.astro.fails("POST /deploys", &[Fault::Forbidden]);
    let problem = world.deploy(&two()).await.said.unwrap_err();
    assert!(problem.help.iter().any(|help| help.contains("CI/CD enforcement")), "{}", told(&problem));
}

/// The same property as for DAGs alone: whichever request goes wrong, and however, "live" is said only of what runs.
#[tokio::test]
async fn no_fault_at_any_request_of_an_image_makes_it_falsely_green() {
    let requests = {
        let mut world = World::new().await;
        let sent = built(&mut world, &NEWER);
        world.deploy(&sent).await.said.unwrap();
        world.astro.state().asked.len()
    };
    assert!(requests > 24, "{requests}");
    for number in 0..requests {
        for fault in Fault::EVERY.into_iter().skip(number % 5).step_by(5) {
            let mut world = World::new().await;
            let sent = built(&mut world, &NEWER);
            world.astro.state().fault_at = Some((number, fault.clone()));
            let live = world.live();
            let Ok(observed) = live.observe(&sent.manifest, &world.watch).await else { continue };
            let planned = plan(&observed, &sent.manifest);
            let deployed = world.deploy_planned(&live, planned, &Payload::Artefact(Box::new(sent))).await;
            if deployed.verified == Verified::Live {
                let runtime = world.astro.at("dep1", |deployment| deployment.runtime.clone());
                assert_eq!(runtime, "3.0-5", "{fault:?} at request {number}");
                assert_eq!(world.astro.running("dep1"), ["cleanup", "orders"], "{fault:?} at request {number}");
            }
            assert!(!format!("{deployed:?}").contains("hunter2"), "{fault:?} at request {number}");
            let made = world.astro.at("dep1", |deployment| deployment.deploys.len());
            assert!(made <= 1, "{fault:?} at request {number} made {made} deploys");
        }
    }
}
