//! The whole story on the example project: from the first push to a broken file.

use crate::world::World;

/// Leaves a sync out of the project, as a person would.
fn remove_old_issues(world: &World) {
    world.replace("index.ts", "import './github/syncs/old-issues.js';\n", "");
    world.git(&["rm", "-q", "--", "*old-issues*"]);
    world.commit("Remove the old issues");
}

#[test]
fn the_story_of_a_repository() {
    let world = World::example();
    let prod = "dispatch --environment prod";

    world.simulate("push").says(0, &["1.0.0-dev.1"]);
    world.simulate(prod).says(4, &["flag-not-stated", "airlock simulate dispatch"]);
    world.simulate(&format!("{prod} --allow-destructive false")).says(0, &["1.0.0"]);

    remove_old_issues(&world);
    // The tests have run once; what follows is about the gate.
    world.play("push").says(4, &["destructive-without-consent", "github/old-issues"]);
    let consent = "--allow-destructive true --consent github/old-issues";
    world.play(&format!("dispatch --environment dev {consent}")).says(0, &["2.0.0-dev.2"]);

    world
        .simulate(&format!("{prod} --allow-destructive false"))
        .says(4, &["destructive-without-consent", "github/old-issues"]);
    world.simulate(&format!("{prod} --allow-destructive true")).says(4, &["destructive-without-consent"]);
    let other = "--allow-destructive true --consent github/issues";
    world.simulate(&format!("{prod} {other}")).says(4, &["consent-mismatch"]);
    world.simulate(&format!("{prod} {consent}")).says(0, &["2.0.0", "github/old-issues", "ana"]);
    world.simulate(&format!("{prod} {consent}")).says(0, &["already"]);

    let history = world.airlock("history --environment prod --json").says(0, &["2.0.0", "1.0.0"]);
    let releases: serde_json::Value = serde_json::from_str(&history.stdout).expect("JSON on stdout alone");
    assert!(releases.to_string().contains("old-issues"), "the record names what was removed: {releases}");

    world.simulate(&format!("{prod} --mode rollback --version 1.0.0 --allow-destructive false")).says(0, &["1.0.0"]);

    world.replace("hubspot/syncs/contacts.ts", "frequency:", "frequenzy:");
    world.write("hubspot/syncs/contacts.ts", "export default createSync({\n");
    world.commit("Break a file");
    world.simulate("push").says(3, &["hubspot/syncs/contacts.ts"]);
}

#[test]
fn a_removal_that_was_reviewed_goes_through_on_dev_and_with_the_flag_on_prod() {
    let world = World::small();
    world.add_sync("old-issues");
    let prod = "dispatch --environment prod --allow-destructive";
    world.simulate("push").says(0, &["1.0.0-dev.1"]);
    world.simulate(&format!("{prod} false")).says(0, &["1.0.0"]);

    world.git(&["switch", "-q", "-c", "cleanup"]);
    remove_old_issues(&world);
    world.simulate("pull-request").says(0, &["github/old-issues"]);
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "--no-ff", "-m", "Merge the cleanup", "cleanup"]);

    world.simulate("push").says(0, &["2.0.0-dev.2"]);
    world.simulate(&format!("{prod} false")).says(4, &["destructive-without-consent"]);
    world.simulate(&format!("{prod} true")).says(0, &["2.0.0", "github/old-issues"]);
}

#[test]
fn a_squashed_pull_request_was_reviewed_too() {
    let world = World::small();
    world.write(
        "github/actions/close.ts",
        "import { createAction } from 'nango';\nimport * as z from 'zod';\nexport default createAction({\n  description: 'Close',\n  \
         version: '1.0.0',\n  input: z.object({ id: z.string() }),\n  output: z.void(),\n  exec: async () => {},\n});\n",
    );
    world.replace(
        "index.ts",
        "import './github/syncs/issues.js';\n",
        "import './github/syncs/issues.js';\nimport './github/actions/close.js';\n",
    );
    world.commit("Add an action");
    world.simulate("push").says(0, &["1.0.0-dev.1"]);

    world.git(&["switch", "-q", "-c", "cleanup"]);
    world.remove("github/actions/close.ts");
    world.replace("index.ts", "import './github/actions/close.js';\n", "");
    world.commit("Remove the action");
    world.simulate("pull-request").says(0, &["github/close"]);
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "--squash", "cleanup"]);
    world.commit("Remove the action (#7)");
    world.simulate("push").says(0, &["dev.2"]);
}
