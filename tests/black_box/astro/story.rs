//! The whole story against an Astro: reviewed, pushed, broken, rolled back, promoted, drifted.

use super::images::{archive, layout};
use super::world::{Place, dag};

#[test]
fn the_story_of_dags_in_astro() {
    let place = Place::new();
    let prod = "dispatch --environment prod --allow-destructive";

    // A pull request shows both environments and changes neither.
    place.world.git(&["switch", "-q", "-c", "feature"]);
    place.world.write("dags/report.py", &dag("report", "0 8 * * 1"));
    place.world.commit("Add a report");
    let shown = place.simulate("pull-request").says(0, &["report", "live"]);
    assert_eq!(place.astro.count("POST /deploys"), 0, "{}", shown.all());
    place.world.git(&["switch", "-q", "main"]);
    place.world.git(&["merge", "-q", "--no-ff", "-m", "Merge the feature", "feature"]);

    // Push: the DAGs alone are sent once, and read back from their own Airflow.
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders", "report"]);
    assert!(place.astro.running("dep-prod").is_empty());
    place.simulate("push").says(0, &["already"]);
    assert_eq!(place.astro.count("POST /deploys"), 1);

    // What loads here may not load there: the deploy is not called done.
    place.world.write("dags/orders.py", &format!("import broken_pandas\n{}", dag("orders", "0 6 * * *")));
    place.world.commit("Read orders with pandas");
    place.simulate("push").says(5, &["dags/orders.py", "ModuleNotFoundError: No module named 'broken_pandas'"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "report"]);

    // Back by Astro's own rollback, through plan and gate: nothing is uploaded again.
    let back = "dispatch --environment dev --allow-destructive false --mode rollback --version 1.0.0-dev.1";
    place.simulate(back).says(0, &["1.0.0-dev.1"]);
    assert_eq!((place.astro.count("POST /rollback"), place.astro.count("POST /deploys")), (1, 2));
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders", "report"]);

    // Promoted: the commit that dev runs, not the one that broke.
    place.simulate(&format!("{prod} false")).says(0, &["1.0.0"]);
    assert_eq!(place.astro.running("dep-prod"), place.astro.running("dep-dev"));
    let archive =
        |id: &str| place.astro.at(id, |deployment| deployment.stored[deployment.version.as_ref().unwrap()].clone());
    assert!(archive("dep-dev") == archive("dep-prod"), "the same commit is the same bytes");

    // A removal that nobody named does not go through; named, it does.
    place.world.write("dags/orders.py", &dag("orders", "0 6 * * *"));
    place.world.remove("dags/cleanup.py");
    place.world.commit("Drop the cleanup");
    place.simulate("push").says(4, &["destructive-without-consent", "cleanup"]);
    let consent = "--allow-destructive true --consent cleanup";
    place.simulate(&format!("dispatch --environment dev {consent}")).says(0, &["cleanup"]);
    assert_eq!(place.astro.running("dep-dev"), ["orders", "report"]);

    // Nothing drifted; then somebody deploys by hand.
    place.simulate("schedule").says(0, &["What runs is what was recorded"]);
    place.astro.at("dep-prod", |deployment| {
        deployment.version = Some("2030-01-01T00:00:00.0000000Z".to_owned());
        deployment.wanted.clone_from(&deployment.version);
    });
    place.simulate("schedule").says(0, &["What runs is not what was recorded", "not by airlock"]);
}

#[test]
fn what_is_part_of_the_image_is_said_on_the_pull_request() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.git(&["switch", "-q", "-c", "feature"]);
    place.world.write("requirements.txt", "pandas\n");
    place.world.commit("Install pandas");
    place.simulate("pull-request").says(0, &["needs an image", "docker save"]);
    place.world.git(&["switch", "-q", "main"]);
    place.world.git(&["merge", "-q", "--ff-only", "feature"]);
    place.simulate("push").says(4, &["warning-unresolved", "image"]);
    assert_eq!(place.astro.count("POST /deploys"), 1);
    place.simulate("push --accept image-needed:image:runtime").says(0, &["dev.2"]);
    assert!(place.astro.state().registry.blobs.is_empty());
}

#[test]
fn an_image_that_a_step_before_built_goes_along() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.write("Dockerfile", "FROM astrocrpublic.azurecr.io/runtime:3.0-5\n");
    place.world.commit("Take a newer runtime");
    place.simulate("push").says(4, &["needs an image"]);
    let image = archive(&layout(&[("linux/amd64", "3.0-5")]));
    std::fs::write(place.world.root().join("image.tar"), image).unwrap();
    place.simulate("push --image image.tar").says(0, &["dev.2"]);
    assert_eq!(place.astro.at("dep-dev", |deployment| deployment.runtime.clone()), "3.0-5");
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
    // The same commit, the same image: production gets what dev runs.
    let prod = "dispatch --environment prod --allow-destructive false --image image.tar";
    place.simulate(prod).says(0, &["1.0.0"]);
    assert_eq!(place.astro.at("dep-prod", |deployment| deployment.runtime.clone()), "3.0-5");
    // Where the image is not there nothing is sent, and where it is not due the DAGs go alone.
    place.world.write("dags/orders.py", &dag("orders", "0 7 * * *"));
    place.world.commit("Read orders later");
    place.simulate("push --image nothing.tar").says(2, &["image-missing"]);
    place.simulate("push --image image.tar").says(0, &["dev.3"]);
    let kinds = place
        .astro
        .at("dep-dev", |deployment| deployment.deploys.iter().map(|deploy| deploy.kind.clone()).collect::<Vec<_>>());
    assert_eq!(kinds, ["DAG_ONLY", "IMAGE_AND_DAG", "DAG_ONLY"]);
}

#[test]
fn the_platforms_own_id_of_a_deploy_names_what_a_rollback_goes_back_to() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    let first = place.astro.at("dep-dev", |deployment| deployment.deploys[0].id.clone());
    place.world.write("dags/orders.py", &dag("orders", "0 7 * * *"));
    place.world.write("dags/report.py", &dag("report", "0 8 * * 1"));
    place.world.commit("Add a report, read orders later");
    place.simulate("push").says(0, &["dev.2"]);
    let back = format!("dispatch --environment dev --mode rollback --version {first} --allow-destructive");
    // Through the plan and the gate: what came since is removed, and that is named.
    place.simulate(&format!("{back} false")).says(4, &["destructive-without-consent", "report"]);
    assert_eq!(place.astro.count("POST /rollback"), 0);
    place.simulate(&format!("{back} true --consent report")).says(0, &["1.0.0-dev.1"]);
    assert_eq!((place.astro.count("POST /rollback"), place.astro.count("POST /deploys")), (1, 2));
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
    // Of what somebody else deployed nobody here knows what it holds; and an id is no version of a new release.
    let by_hand = "dispatch --environment dev --mode rollback --version cldeploy9999 --allow-destructive false";
    place.simulate(by_hand).says(2, &["no-such-release", "cldeploy9999", "1.0.0-dev.1"]);
    place.simulate("push --version cldeploy9999").complains(2, &["input-invalid"]);
}

#[test]
fn a_runtime_that_is_out_of_reach_is_said_before_an_image_is_built() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.git(&["switch", "-q", "-c", "feature"]);
    place.world.write("Dockerfile", "FROM astrocrpublic.azurecr.io/runtime:3.0-3\n");
    place.world.commit("Take an older runtime");
    place.simulate("pull-request").says(0, &["runtime-unreachable", "3.0-3", "3.0-4"]);
    place.world.git(&["switch", "-q", "main"]);
    place.world.git(&["merge", "-q", "--ff-only", "feature"]);
    place.simulate("push").says(4, &["warning-unresolved", "runtime"]);
    place.world.write("Dockerfile", "FROM --platform=linux/arm64 astrocrpublic.azurecr.io/runtime:3.0-5\n");
    place.world.commit("Build for another platform");
    place.simulate("push").says(3, &["image-platform", "Dockerfile"]);
    assert_eq!(deploys(&place), 1);
}

fn deploys(place: &Place) -> usize {
    place.astro.count("POST /deploys")
}
