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

/// Paragon's CLI as far as this goes: it says what TypeScript says.
const PARA: &str = "#!/bin/sh\ntest \"$1\" = build || exit 9\necho 'src/shared/acme.ts:3:1 - error TS2304: Cannot find name.'\nexit 2\n";

#[test]
fn types_that_do_not_hold_are_findings_where_the_cli_is_installed() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::paragon();
    world.write("node_modules/.bin/para", PARA);
    std::fs::set_permissions(world.path("node_modules/.bin/para"), std::fs::Permissions::from_mode(0o755)).unwrap();
    world.simulate("push").says(3, &["src/shared/acme.ts:3", "Cannot find name", "para build"]);
    assert!(world.releases("development").is_empty());
}
