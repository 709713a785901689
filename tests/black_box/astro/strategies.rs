//! How teams lay out their repositories and deployments: the strategies that Astro's documentation knows.

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
