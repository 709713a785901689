//! Many projects of several platforms in one repository, groups of environments, and one run's work on several machines.

use serde_json::Value;

use crate::world::{Ran, World, sync};

const CONFIG: &str = r#"
[[project]]
id = "crm"
path = "apps/crm"

[[project]]
id = "flows"
path = "apps/flows"

[[project]]
id = "etl"
path = "etl"

[[project]]
id = "warehouse"
path = "warehouse"
platform = "command"
[project.command]
files = ["models/**"]
deploy = ["true"]
"#;

const ENVIRONMENTS: &str = r#"
[[environment]]
name = "dev"

[[environment]]
name = "prod-us"
production = true
group = "prod"

[[environment]]
name = "prod-eu"
production = true
after = "dev"
group = "prod"
flag = "true"
"#;

const DAG: &str = "from airflow import DAG\n\nwith DAG('nightly', schedule='@daily'):\n    pass\n";

/// Nango, Paragon, Airflow and a command of somebody's own, in one repository.
fn monorepo(config: &str) -> World {
    let world = World::empty();
    world.write("apps/crm/.nango/.gitkeep", "");
    world.write("apps/crm/index.ts", "import './github/syncs/issues.js';\n");
    world.write("apps/crm/github/syncs/issues.ts", &sync("Issue"));
    world.write("apps/flows/.para/project.json", "{}");
    world.write("apps/flows/src/events/paid.ts", "export default { name: 'Paid', schema: { id: 1 } };\n");
    world.write("etl/dags/nightly.py", DAG);
    world.write("warehouse/models/orders.sql", "select 1\n");
    if !config.is_empty() {
        world.write("airlock.toml", config);
    }
    world.commit("Add everything");
    world
}

fn deployed(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let projects = report["projects"].as_object().unwrap();
    let lanes = projects.iter().flat_map(|(id, project)| {
        project["lanes"].as_object().unwrap().iter().map(move |(name, lane)| (id, name, lane))
    });
    let done = lanes.filter(|(_, _, lane)| lane["deploy"]["is"]["ending"]["ending"] == "success");
    done.map(|(id, name, _)| format!("{id}@{name}")).collect()
}

fn notes(report: &Value) -> String {
    report["notes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

#[test]
fn projects_of_several_platforms_are_found_and_deployed_in_one_run() {
    let ran = monorepo("").play("push --json");
    assert_eq!(deployed(&ran), ["apps/crm@dev", "apps/flows@dev", "etl@dev"], "{}", ran.all());
    let ran = monorepo(CONFIG).play("push --json");
    assert_eq!(deployed(&ran), ["crm@dev", "etl@dev", "flows@dev", "warehouse@dev"], "{}", ran.all());
    assert_eq!((ran.code, ran.json()["verdict"]["word"].as_str()), (0, Some("deployed")));
}

#[test]
fn only_what_was_touched_is_deployed_and_the_rest_says_why() {
    let world = monorepo(CONFIG);
    world.write("shared/page.ts", "export const size = 100;\n");
    world.replace(
        "apps/crm/github/syncs/issues.ts",
        "import { createSync",
        "import { size } from '../../../../shared/page.js';\nimport { createSync",
    );
    world.replace("apps/crm/github/syncs/issues.ts", "'Reads'", "'Reads ' + size");
    world.commit("Share a number");
    world.play("push").says(0, &["4 deployed"]);

    world.replace("etl/dags/nightly.py", "@daily", "@hourly");
    world.commit("Run it every hour");
    let plan = world.play("pull-request --base HEAD~1 --json");
    assert_eq!(plan.json()["projects"].as_object().unwrap().keys().collect::<Vec<_>>(), ["etl"]);
    assert!(notes(&plan.json()).contains("`crm` was left out: nothing of it is changed by this pull request"));
    let ran = world.play("push --json");
    assert_eq!(deployed(&ran), ["etl@dev"], "{}", ran.all());
    assert!(
        notes(&ran.json()).contains("`warehouse` was left out: nothing of it changed since 1.0.0-dev.1"),
        "{}",
        ran.all()
    );

    world.write("shared/page.ts", "export const size = 50;\n");
    world.commit("Read smaller pages");
    assert_eq!(deployed(&world.play("push --json")), ["crm@dev"], "what it imports counts");
    world.write("package.json", "{\"private\": true}");
    world.commit("Change what is installed for all");
    let all = world.play("push --json");
    assert!(!notes(&all.json()).contains("left out"), "{}", all.all());
    world.write("README.md", "Nothing of any project");
    world.commit("Write");
    let none = world.play("push --json");
    assert_eq!((none.code, deployed(&none).len()), (0, 0), "{}", none.all());
    assert!(notes(&none.json()).matches("was left out").count() == 4, "{}", none.all());
    assert_eq!(deployed(&world.play("push etl --json")), ["etl@dev"], "who is named is never left out");
}

#[test]
fn the_failure_of_one_project_hides_no_other() {
    let world = monorepo(CONFIG);
    world.write("apps/crm/github/syncs/issues.ts", "export default createSync({\n");
    world.commit("Break one");
    let ran = world.play("push --json");
    assert_eq!((ran.code, deployed(&ran)), (3, ["etl@dev", "flows@dev", "warehouse@dev"].map(str::to_owned).to_vec()));
    world.play("push").says(3, &["crm", "etl"]);
}

#[test]
fn a_project_that_moved_keeps_its_history_and_is_compared_with_itself() {
    let world = monorepo(CONFIG);
    world.play("push").says(0, &[]);
    world.git(&["mv", "etl", "pipelines"]);
    world.replace("airlock.toml", "path = \"etl\"", "path = \"pipelines\"");
    world.commit("Move the pipelines");
    let plan = world.play("pull-request --base HEAD~1 --json");
    let etl = &plan.json()["projects"]["etl"]["lanes"]["dev"]["plan"]["is"];
    let gone = |change: &&Value| change["change"] == "add" || change["change"] == "remove";
    assert_eq!(etl["changes"].as_array().unwrap().iter().find(gone), None, "{}", plan.all());
    assert_eq!(etl["version"], "1.0.0-dev.2");
}

#[test]
fn a_group_is_deployed_by_one_run_and_each_of_it_is_judged_by_itself() {
    let world = monorepo(&format!("{CONFIG}{ENVIRONMENTS}"));
    let prod = "dispatch --environment prod --allow-destructive";
    world.play(&format!("{prod} true")).says(4, &["not-promoted"]);
    world.play("push").says(0, &[]);
    let half = world.play(&format!("{prod} false --json"));
    let us: Vec<String> = ["crm", "etl", "flows", "warehouse"].map(|id| format!("{id}@prod-us")).to_vec();
    assert_eq!((half.code, deployed(&half)), (4, us), "{}", half.all());
    assert!(half.stdout.contains("flag-not-stated"), "{}", half.all());
    let rest = world.play(&format!("{prod} true --json"));
    let eu: Vec<String> = ["crm", "etl", "flows", "warehouse"].map(|id| format!("{id}@prod-eu")).to_vec();
    assert_eq!((rest.code, deployed(&rest)), (0, eu), "{}", rest.all());
    world.play("dispatch --environment produ").says(2, &["unknown-environment"]);
}

#[test]
fn a_pull_request_is_previewed_for_every_environment_at_once() {
    let world = monorepo(&format!("{CONFIG}{ENVIRONMENTS}"));
    world.play("push").says(0, &[]);
    world.replace("etl/dags/nightly.py", "@daily", "@hourly");
    world.commit("Run it every hour");
    world.play("pull-request --base HEAD~1").says(0, &["dev", "prod-us", "prod-eu", "1.0.0-dev.2"]);
    world.play("dispatch --environment prod --mode plan").says(0, &["dev", "prod-us", "prod-eu"]);
}

#[test]
fn parts_of_a_run_are_told_together_and_one_that_vanished_is_an_error() {
    let world = monorepo(CONFIG);
    world.write(".gitignore", "parts/\n");
    world.commit("Keep reports out");
    for project in ["crm", "flows"] {
        let part = world.play(&format!("push apps/{project} --part true --json"));
        world.write(&format!("parts/{project}/airlock-report.json"), &part.stdout);
    }
    let row = |project: &str| format!("{{\"project\":\"{project}\",\"environment\":\"dev\",\"shard\":\"\"}}");
    let told = |rows: &[String]| {
        let matrix = format!("{{\"include\":[{}]}}", rows.join(","));
        world.airlock(&format!("simulate push --reports parts/**/*.json --matrix {matrix}"))
    };
    told(&[row("crm"), row("flows")]).says(0, &["crm in dev now runs 1.0.0-dev.1", "flows in dev"]);
    told(&[row("crm"), row("etl")]).says(5, &["part-missing", "the job for etl in dev left no report"]);
    world.write("parts/flows/airlock-report.json", "{}");
    told(&[]).says(2, &["report-unreadable"]);
    world.airlock("simulate push --reports nothing/*.json").says(2, &["report-missing"]);
    world.write("mine.json", "{}");
    world.commit("Claim something");
    world.airlock("simulate push --reports *.json").says(2, &["report-foreign"]);
}

#[test]
fn a_job_that_was_told_another_plan_refuses_its_own() {
    let world = monorepo(CONFIG);
    let digest =
        |ran: &Ran| ran.json()["projects"]["etl"]["lanes"]["dev"]["plan"]["is"]["digest"].as_str().unwrap().to_owned();
    let planned = digest(&world.play("push etl --mode plan --json"));
    let other = format!("sha256:{}", "0".repeat(64));
    world.play(&format!("push etl --plan-digest {other}")).says(4, &["plan-changed"]);
    world.play(&format!("push etl --plan-digest {planned}")).says(0, &["dev now runs"]);
}

#[test]
fn a_part_of_the_tests_deploys_nothing() {
    let world = monorepo(CONFIG);
    world.write("etl/part.sh", "echo \"this is part $AIRLOCK_SHARD\"\n");
    world.commit("Test in parts");
    let words = "etl --install-command none --shard 2/4";
    let mut command = world.command();
    command.args(["simulate", "push"]).args(words.split(' ')).args(["--test-command", "sh part.sh"]);
    let ran: Ran = command.output().unwrap().into();
    ran.complains(0, &["this is part 2/4", "a part of the tests"]);
    assert!(world.releases("dev").is_empty());
}

#[test]
fn what_is_said_of_an_environment_counts_once_it_is_merged() {
    let world = World::paragon();
    world.git(&["switch", "-q", "-c", "quiet"]);
    world.write(
        "src/integrations/custom.zoom/config.ts",
        "export default { name: 'Zoom', authenticationType: 'oauth' };\n",
    );
    let said = std::fs::read_to_string(world.path("airlock.environment.toml")).unwrap();
    world.write("airlock.environment.toml", &said.replace("integrations = [", "integrations = [\"custom.zoom\", "));
    world.commit("Say that it is configured");
    world.simulate("pull-request --base main").says(0, &["custom.zoom", "is not configured there"]);
}

#[test]
fn a_deploy_ends_at_the_time_limit_of_its_environment() {
    let world = World::command_example();
    world.replace("airlock.toml", "deploy = [\"./tools/deploy\"]", "deploy = [\"sleep\", \"60\"]");
    world.replace("airlock.toml", "observe = [\"./tools/observe\"]\n", "");
    world.replace("airlock.toml", "env = [\"WAREHOUSE_URL\", \"WAREHOUSE_TOKEN\"]\n", "");
    world.replace("airlock.toml", "name = \"dev\"\n", "name = \"dev\"\ntime-limit = \"1s\"\n");
    world.commit("Take too long");
    world.play("push --platform command").says(5, &["the deploy ran into its time limit"]);
}
