//! The example of a Paragon project, through its three environments.

use crate::world::World;

const TASKS: &str = "src/integrations/salesforce/workflows/Sync new tasks.ts";

#[test]
fn the_paragon_example_goes_from_development_to_production() {
    let world = World::paragon();
    let production = "dispatch --environment production --allow-destructive";
    world.airlock("inspect").says(0, &["New task", "custom.whereby", "draft"]);
    world.simulate("push").says(0, &["1.0.0-development.1"]);
    world.simulate("dispatch --environment staging").says(0, &["1.0.0"]);
    world.simulate(&format!("{production} false")).says(4, &["warning-unresolved", "custom.whereby"]);

    world.replace(
        "airlock.environment.toml",
        "[production]\nsecrets = [\"ACME_API_KEY\"]\nintegrations = [\"salesforce\"]",
        "[production]\nsecrets = [\"ACME_API_KEY\"]\nintegrations = [\"salesforce\", \"custom.whereby\"]",
    );
    world.commit("Whereby is configured in production");
    world.simulate("push").says(0, &[]);
    world.simulate("dispatch --environment staging").says(0, &[]);
    world.simulate(&format!("{production} false")).says(0, &["production now runs"]);

    world.git(&["rm", "-q", "--", "src/events/New task.ts"]);
    world.replace(TASKS, "import newTask from '../../../events/New task';\n", "");
    world.replace(TASKS, "new EventStep(newTask)", "new CronStep({ cron: '*/5 * * * *' })");
    world.commit("Ask for tasks instead");
    let plan = world.airlock("plan --base HEAD~1");
    plan.says(0, &["Removes 1", "it started", "trigger event → cron"]);
    world.simulate("push").says(4, &["destructive-without-consent", "New task"]);
}

#[test]
fn what_is_said_of_an_environment_that_does_not_exist_is_told() {
    let world = World::paragon();
    world.replace("airlock.environment.toml", "[staging]", "[stagin]");
    world.commit("Mistype");
    world.simulate("push").says(3, &["airlock.environment.toml:7", "did you mean staging?"]);
}
