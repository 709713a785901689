//! What Astro's own action is known to do wrong (D1 to D11, in the order in which they were found there), and does not happen here. D10 is
//! beside the deploys of the library's own tests.

use super::images::{archive, layout};
use super::world::{DOCKERFILE, Place, dag};

/// Two projects, so that one which nothing touched is left out: where a repository has one alone it is always looked at. The other's
/// folder begins with the first one's name.
const CONFIG: &str = "[[project]]\npath = \"./astro/\"\nplatform = \"astro\"\n[[project]]\npath = \"astro-other\"\nplatform = \"astro\"\nastro = { mount-path = \"/usr/local/airflow/dbt/other\" }\n";

/// A repository of both, deployed.
fn two_projects() -> Place {
    let place = Place::below("astro/");
    place.world.write("airlock.toml", CONFIG);
    place.world.write("astro-other/dbt_project.yml", "name: other\n");
    place.world.write("astro-other/models/x.sql", "select 1\n");
    place.world.commit("Name the folders");
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    assert_eq!(kinds(&place), ["DAG_ONLY", "BUNDLE"]);
    place
}

fn kinds(place: &Place) -> Vec<String> {
    place.astro.at("dep-dev", |deployment| deployment.deploys.iter().map(|deploy| deploy.kind.clone()).collect())
}

fn deploys(place: &Place) -> usize {
    place.astro.count("POST /deploys")
}

/// There a folder that is not spelled as git does never matches a path, and every push ends green with nothing deployed.
#[test]
fn d1_a_folder_is_the_same_however_it_is_written() {
    let place = two_projects();
    place.world.write("astro/dags/orders.py", &dag("orders", "0 7 * * *"));
    place.world.commit("Read orders later");
    place.simulate("push").says(0, &["dev.2", "astro-other was left out"]);
    assert_eq!(kinds(&place), ["DAG_ONLY", "BUNDLE", "DAG_ONLY"]);
    // What is no path in the repository is an error, and not a project without changes.
    place.world.write("airlock.toml", "[[project]]\npath = \"/astro/\"\nplatform = \"astro\"\n");
    place.world.commit("Name it wrongly");
    place.simulate("push").complains(2, &["config-invalid"]);
}

/// There a folder is the beginning of a text.
#[test]
fn d2_a_folder_whose_name_begins_alike_is_another() {
    let place = two_projects();
    place.world.write("astro-other/models/x.sql", "select 2\n");
    place.world.commit("Change the other");
    place.simulate("push").says(0, &["astro was left out"]);
    assert_eq!(kinds(&place), ["DAG_ONLY", "BUNDLE", "BUNDLE"]);
}

/// There `dags/` counts wherever it stands in a path.
#[test]
fn d3_a_folder_that_ends_like_that_of_the_dags_is_none() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.write("include/mydags/x.sql", "select 2\n");
    place.world.commit("Add a query beside the DAGs");
    place.simulate("push").says(4, &["needs an image"]);
    assert_eq!(deploys(&place), 1);
}

/// There a push is compared with the push before, so what failed is forgotten by the next one.
#[test]
fn d4_what_failed_to_deploy_is_deployed_by_the_next_push() {
    let place = Place::new();
    place.simulate("push").says(0, &["1.0.0-dev.1"]);
    place.world.write("dags/report.py", &dag("report", "0 8 * * 1"));
    place.world.commit("Add a report");
    place.astro.fails("POST /deploys", &[super::state::Fault::Forbidden]);
    place.simulate("push").says(5, &["astro-refused"]);
    place.world.write("README.md", "# DAGs\n");
    place.world.commit("Say what this is");
    place.simulate("push").says(0, &["report"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders", "report"]);
}

/// There a run by hand and the merge of a pull request were passed over in silence.
#[test]
fn d5_a_run_by_hand_and_a_merge_deploy_what_is_not_there() {
    let place = Place::new();
    place.simulate("dispatch --environment dev --allow-destructive false").says(0, &["1.0.0-dev.1"]);
    place.world.git(&["switch", "-q", "-c", "feature"]);
    place.world.write("dags/report.py", &dag("report", "0 8 * * 1"));
    place.world.commit("Add a report");
    place.world.git(&["switch", "-q", "main"]);
    place.world.git(&["merge", "-q", "--no-ff", "-m", "Merge the feature", "feature"]);
    place.simulate("push").says(0, &["dev.2"]);
    assert_eq!(place.astro.running("dep-dev"), ["cleanup", "orders", "report"]);
}

/// There a description is pasted into a script.
#[test]
fn d6_a_description_is_text_and_is_never_run() {
    let place = Place::new();
    let poison = "it's\";touch${IFS}pwned;$(touch${IFS}pwned)`touch${IFS}pwned`";
    place.simulate(&format!("push --description {poison}")).says(0, &["1.0.0-dev.1"]);
    assert!(!place.world.path("pwned").exists());
    let said = place.astro.at("dep-dev", |deployment| deployment.deploys[0].description.clone()).unwrap();
    assert!(said.starts_with(poison), "{said}");
}

/// There an image and the parse of the DAGs exclude each other.
#[test]
fn d9_dags_are_parsed_where_an_image_is_given_too() {
    let place = Place::new();
    std::fs::write(place.world.path("image.tar"), archive(&layout(&[("linux/amd64", "3.0-4")]))).unwrap();
    place.simulate("push --image image.tar").says(0, &["1.0.0-dev.1"]);
    place.world.write("dags/orders.py", "with DAG(\n");
    place.world.commit("Break orders");
    place.simulate("push --image image.tar").says(3, &["dags/orders.py"]);
    assert_eq!(deploys(&place), 1);
}

/// There what lies outside of the project's folder never counts.
#[test]
fn d11_what_is_sent_from_outside_the_folder_counts() {
    let place = two_projects();
    place.world.write("shared/queries.py", "ORDERS = 'select 1'\n");
    std::os::unix::fs::symlink("../../shared", place.world.path("astro/dags/shared")).unwrap();
    place.world.write("astro/dags/orders.py", &format!("from shared import queries\n{}", dag("orders", "0 6 * * *")));
    place.world.commit("Share queries");
    place.simulate("push").says(0, &["dev.2"]);
    place.world.write("shared/queries.py", "ORDERS = 'select 2'\n");
    place.world.commit("Select more");
    place.simulate("push").says(0, &["dev.3", "astro-other was left out"]);
    assert_eq!(kinds(&place), ["DAG_ONLY", "BUNDLE", "DAG_ONLY", "DAG_ONLY"]);
}

/// The same for what only the image is made from.
#[test]
fn d11_what_the_image_takes_from_outside_the_folder_counts() {
    let place = two_projects();
    place.world.write("shared/rates.py", "EURO = 1\n");
    place.world.write("shared/other.py", "X = 1\n");
    place.world.write("astro/Dockerfile", &format!("{DOCKERFILE}COPY astro .\nCOPY shared/rates.py include/\n"));
    place.world.commit("Bring rates");
    place.simulate("push --accept image-needed:image:runtime").says(0, &["dev.2"]);
    place.world.write("shared/other.py", "X = 2\n");
    place.world.commit("Change what no image has");
    place.simulate("push").says(0, &["astro was left out"]);
    place.world.write("shared/rates.py", "EURO = 2\n");
    place.world.commit("Change a rate");
    place.simulate("push").says(4, &["image-needed"]);
}
