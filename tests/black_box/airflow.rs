//! The story of the example project of Airflow DAGs: from its folder's reading to a removal in production.

use crate::world::World;

#[test]
fn the_example_has_nothing_to_be_said_against() {
    let world = World::airflow();
    let read = world.airlock("inspect --json").says(0, &["sales_orders_daily"]);
    let told: serde_json::Value = serde_json::from_str(&read.stdout).expect("JSON on stdout alone");
    assert_eq!(told["platform"], "astro");
    assert_eq!(told["findings"], serde_json::json!([]));
    let ids: Vec<&str> = told["resources"].as_array().unwrap().iter().filter_map(|dag| dag["id"].as_str()).collect();
    assert_eq!(
        ids,
        [
            "sales_cleanup_staging",
            "sales_export_de",
            "sales_export_fr",
            "sales_export_pl",
            "sales_orders_daily",
            "sales_report_weekly",
            "runtime",
        ]
    );
    world.replace("dags/orders_daily.py", "0 5 * * *", "@hourly");
    world.airlock("plan --base HEAD").says(0, &["sales_orders_daily", "0 5 * * *", "0 * * * *"]);
}

#[test]
fn the_story_of_a_project_of_dags() {
    let world = World::airflow();
    let prod = "dispatch --environment prod --allow-destructive";
    let untested = "--test-command none --install-command none";
    world.simulate("push").says(0, &["1.0.0-dev.1", "5 tests passed"]);
    world.simulate(&format!("{prod} false")).says(0, &["1.0.0"]);

    world.git(&["switch", "-q", "-c", "tidy"]);
    world.git(&["rm", "-q", "--", "dags/cleanup_staging.py"]);
    world.replace("dags/orders_daily.py", "0 5 * * *", "@hourly");
    world.commit("Drop the cleanup, load orders every hour");
    world.simulate(&format!("pull-request --base main {untested}")).says(0, &["sales_cleanup_staging", "0 5 * * *"]);
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "--ff-only", "tidy"]);
    world.simulate(&format!("push {untested}")).says(0, &["2.0.0-dev.2"]);
    world
        .simulate(&format!("{prod} false {untested}"))
        .says(4, &["destructive-without-consent", "sales_cleanup_staging"]);
    world.simulate(&format!("{prod} true {untested}")).says(0, &["2.0.0"]);

    world.replace("dags/exports.py", "@daily\"", "@daily");
    world.commit("Break a DAG");
    world.simulate("push").says(3, &["dags/exports.py", "syntax-error"]);
}
