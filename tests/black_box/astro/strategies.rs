//! How teams lay out their repositories and deployments: the strategies that Astro's documentation knows.

use super::images::{archive, layout};
use super::world::{DOCKERFILE, Place, dag};

const FLOWS: &str = "[[project]]\npath = \"etl\"\nplatform = \"astro\"\nastro = { dags = \"flows/daily\" }\n";

#[test]
fn the_dags_lie_where_the_project_says() {
    let place = Place::of(&[
        ("airlock.toml", FLOWS),
        ("etl/Dockerfile", DOCKERFILE),
        ("etl/flows/daily/orders.py", &dag("orders", "0 6 * * *")),
        ("etl/flows/daily/lib/names.py", "NAME = \"cleanup\"\n"),
        (
            "etl/flows/daily/cleanup.py",
            &dag("cleanup", "0 3 * * *").replace("import DAG", "import DAG\nfrom lib.names import NAME"),
        ),
        ("etl/flows/daily/drafts/draft.py", &dag("draft", "@daily")),
        ("etl/flows/daily/.airflowignore", "drafts/\n"),
        ("etl/dags/elsewhere.py", &dag("elsewhere", "@daily")),
        ("etl/include/more.py", "MORE = 1\n"),
    ]);
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
    // A change of a helper beside them is one of the DAG, and needs no image.
    place.world.write("etl/flows/daily/lib/names.py", "NAME = \"clean\"\n");
    place.world.commit("Name it otherwise");
    place.simulate("push").says(0, &["dev.2", "cleanup"]);
    // What loads here may not load there: it is told by its path here.
    place.world.write("etl/flows/daily/orders.py", &format!("import broken_pandas\n{}", dag("orders", "0 6 * * *")));
    place.world.commit("Read orders with pandas");
    place.simulate("push").says(5, &["etl/flows/daily/orders.py", "No module named 'broken_pandas'"]);
}

#[test]
fn dags_that_moved_are_promoted_from_where_they_were() {
    let place = Place::of(&[
        ("Dockerfile", DOCKERFILE),
        ("dags/orders.py", &dag("orders", "0 6 * * *")),
        ("dags/cleanup.py", &dag("cleanup", "0 3 * * *")),
    ]);
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.git(&["mv", "dags", "flows"]);
    let table = "[[project]]\nid = \"astro\"\npath = \".\"\nplatform = \"astro\"\nastro = { dags = \"flows\" }\n";
    place.world.write("airlock.toml", table);
    place.world.commit("Move the DAGs");
    place.simulate("dispatch --environment prod --allow-destructive false").says(0, &["1.0.0"]);
    assert_eq!(place.astro.running("dep-prod"), ["cleanup", "orders"]);
    place.simulate("push").says(0, &["dev.2"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
}

fn image(place: &Place, runtime: &str) {
    let image = archive(&layout(&[("linux/amd64", runtime)]));
    std::fs::write(place.world.path("image.tar"), image).unwrap();
}

fn kinds(place: &Place) -> Vec<String> {
    place.astro.at("dep-dev", |deployment| deployment.deploys.iter().map(|deploy| deploy.kind.clone()).collect())
}

#[test]
fn one_repository_brings_the_image_and_another_the_dags() {
    let dags = Place::of(&[
        ("requirements.txt", "apache-airflow==3.0.2\n"),
        ("dags/orders.py", &dag("orders", "0 6 * * *")),
        ("dags/cleanup.py", &dag("cleanup", "0 3 * * *")),
    ]);
    let project = dags.beside(
        "acme/image",
        &[
            ("Dockerfile", DOCKERFILE),
            (".astro/config.yaml", "project:\n  name: etl\n"),
            ("dags/.airflowignore", ""),
            ("include/helper.py", "ONE = 1\n"),
        ],
    );
    let dags = dags.named("acme/dags");
    image(&project, "3.0-4");
    // Astro takes an image alone only after DAGs.
    project.simulate("push --image image.tar").says(4, &["deployment-not-ready"]);
    dags.simulate("push").says(0, &["1.0.0-dev.1", "+2"]);
    project.simulate("push").says(4, &["image-missing"]);
    project.simulate("push --image image.tar").says(0, &["now runs"]);
    assert_eq!(kinds(&dags), ["DAG_ONLY", "IMAGE_ONLY"]);
    assert_eq!(dags.astro.running("dep-dev"), ["cleanup", "orders"]);
    project.simulate("push --image image.tar").says(0, &["already"]);

    // Each deploys by itself, and neither is told that the other took anything from it.
    project.world.write("include/helper.py", "ONE = 2\n");
    project.world.write("Dockerfile", &DOCKERFILE.replace("3.0-4", "3.0-5"));
    project.world.commit("Help otherwise, on a newer runtime");
    project.simulate("push").says(4, &["image-needed"]);
    project.simulate("push --accept image-needed:image:runtime").says(4, &["image-missing"]);
    image(&project, "3.0-5");
    let said = project.simulate("push --image image.tar").says(0, &["now runs"]);
    assert!(!said.all().contains("ownership-taken"), "{}", said.all());
    dags.world.write("dags/orders.py", &dag("orders", "0 7 * * *"));
    dags.world.commit("Read orders later");
    let said = dags.simulate("push").says(0, &["dev.2"]);
    assert!(!said.all().contains("ownership-taken"), "{}", said.all());
    for each in [&dags, &project] {
        let said = each.simulate("schedule --environment dev");
        assert!(!said.all().contains("is not what was recorded"), "{}", said.all());
    }

    // Astro's own rollback would take the image back with the DAGs: they are deployed anew.
    let back = "dispatch --environment dev --mode rollback --version 1.0.0-dev.1 --allow-destructive false";
    dags.simulate(back).says(0, &["1.0.0-dev.1"]);
    assert_eq!(dags.astro.count("POST /rollback"), 0);
    assert_eq!(dags.astro.at("dep-dev", |deployment| deployment.runtime.clone()), "3.0-5");
    assert_eq!(kinds(&dags), ["DAG_ONLY", "IMAGE_ONLY", "IMAGE_ONLY", "DAG_ONLY", "DAG_ONLY"]);
}

#[test]
fn dags_that_are_gone_from_here_are_not_forgotten_by_an_image_alone() {
    let place = Place::new().named("acme/etl");
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.git(&["rm", "-rq", "dags"]);
    place.world.commit("Move the DAGs elsewhere");
    image(&place, "3.0-4");
    // They came from here, and nobody else has brought them since: a person names them, and even then an image alone removes none.
    place.simulate("push --image image.tar").says(4, &["cleanup", "orders", "destructive-without-consent"]);
    let named = "dispatch --environment dev --allow-destructive true --consent cleanup,orders --image image.tar";
    place.simulate(named).says(4, &["no-dags"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
}

const SHOP: &str = "[[project]]\npath = \"etl\"\nplatform = \"astro\"\n[[project]]\npath = \"dbt/shop\"\nplatform = \"astro\"\nastro = { mount-path = \"/usr/local/airflow/dbt/shop\" }\n";

#[test]
fn a_bundle_of_dbt_is_deployed_beside_the_dags() {
    let place = Place::of(&[
        ("airlock.toml", SHOP),
        ("etl/Dockerfile", DOCKERFILE),
        ("etl/dags/orders.py", &dag("orders", "0 6 * * *")),
        ("dbt/shop/dbt_project.yml", "name: shop\n"),
        ("dbt/shop/models/orders.sql", "select 1\n"),
        ("dbt/shop/models/customers.sql", "select 1\n"),
    ]);
    place.simulate("push").says(0, &["models", "orders"]);
    assert_eq!(kinds(&place), ["DAG_ONLY", "BUNDLE"]);
    assert_eq!(place.astro.running("dep-dev"), ["orders"]);
    place.simulate("push").says(0, &["dbt/shop was left out"]);
    // A model alone changes the bundle alone, and what changes is shown.
    place.world.write("dbt/shop/models/returns.sql", "select 2\n");
    place.world.remove("dbt/shop/models/customers.sql");
    place.world.commit("Model the returns");
    place.simulate("push").says(0, &["bundle", "dev.2"]);
    assert_eq!(kinds(&place), ["DAG_ONLY", "BUNDLE", "BUNDLE"]);
    assert_eq!(place.astro.running("dep-dev"), ["orders"]);
    // Astro's rollback is none of bundles: the commit is deployed again, from the folder as it was.
    let back = "dispatch dbt/shop --environment dev --mode rollback --version 1.0.0-dev.1 --allow-destructive false";
    place.simulate(back).says(0, &["1.0.0-dev.1"]);
    assert_eq!((place.astro.count("POST /rollback"), kinds(&place).len()), (0, 4));
    let stored = place
        .astro
        .at("dep-dev", |deployment| deployment.stored[&deployment.bundles["/usr/local/airflow/dbt/shop"]].clone());
    assert!(String::from_utf8_lossy(&stored).contains("models/customers.sql"));
    place.simulate("dispatch dbt/shop --environment prod --allow-destructive false").says(0, &["1.0.0"]);
    assert_eq!(place.astro.at("dep-prod", |deployment| deployment.bundles.len()), 1);
}

#[test]
fn what_a_step_synced_and_nobody_committed_is_not_deployed() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    // A step brings files from a bucket: without a commit nobody could promote them, or bring them back.
    place.world.write("dags/synced.py", &dag("synced", "@daily"));
    place.world.write("dags/__pycache__/orders.pyc", "x");
    place.simulate("push").says(4, &["tree-not-commit", "dags/synced.py"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
    // Committed, as the step of the page does, they are code like any other: promoted, and removed by name.
    place.world.commit("Sync the DAGs");
    place.simulate("dispatch --environment dev --allow-destructive false").says(0, &["dev.2"]);
    place.simulate("dispatch --environment prod --allow-destructive false").says(0, &["1"]);
    assert_eq!(place.astro.running("dep-prod"), ["cleanup", "orders", "synced"]);
    place.world.remove("dags/synced.py");
    place.world.commit("Sync the DAGs");
    place
        .simulate("dispatch --environment dev --allow-destructive false")
        .says(4, &["destructive-without-consent", "synced"]);
}

/// The configurations of the page, in its order.
fn configurations() -> Vec<String> {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/platforms/astro-strategies.md");
    let page = std::fs::read_to_string(page).unwrap();
    page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn one_environment_is_deployed_by_each_push() {
    let place = Place::new();
    place.world.write("airlock.toml", &configurations()[0]);
    place.world.commit("Have one environment");
    place.simulate_with("push", &[("ASTRO_DEPLOYMENT_ID_SHARED", "dep-dev")]).says(0, &["1.0.0", "shared"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders"]);
}

#[test]
fn each_branch_has_its_deployment() {
    let place = Place::new();
    place.world.write("airlock.toml", &configurations()[1]);
    place.world.commit("Have a deployment for each branch");
    place.world.git(&["switch", "-q", "-c", "dev"]);
    let test = [("ASTRO_DEPLOYMENT_ID_TEST", "dep-prod")];
    place.simulate_with("push", &test).says(0, &["dev"]);
    assert_eq!((place.astro.running("dep-dev").len(), place.astro.running("dep-prod").len()), (2, 0));
    place.world.git(&["switch", "-q", "main"]);
    place.simulate_with("push", &test).says(0, &["test"]);
    assert_eq!(place.astro.running("dep-prod"), ["cleanup", "orders"]);
}
