//! What cannot be used is told with what to do about it, all of it at once, and nothing is deployed.

use crate::world::World;

#[test]
fn a_folder_that_is_no_repository() {
    let world = World::nothing();
    world.play("push").complains(2, &["not-a-repository", "git init"]);
    world.airlock("inspect").complains(2, &["no-project"]);
    world.airlock("plan --base HEAD").complains(2, &["no-project"]);
    world.airlock("inspect nowhere").complains(2, &["folder-missing", "nowhere"]);
    world.write("file", "");
    world.airlock("inspect file").complains(2, &["not-a-folder"]);
}

#[test]
fn a_repository_without_a_commit_or_a_project() {
    let world = World::nothing();
    world.git(&["init", "-q", "-b", "main"]);
    for event in ["push", "pull-request", "dispatch --environment dev", "schedule"] {
        world.play(event).complains(2, &["no-commit", "git commit"]);
    }
    world.commit("Begin");
    for event in ["push", "dispatch --environment dev", "schedule"] {
        world.play(event).complains(2, &["no-project", "index.ts", "[[project]]"]);
    }
    world.write("docs/a.md", "");
    world.play("push docs").complains(2, &["unknown-project", "docs"]);
}

#[test]
fn a_head_on_no_branch() {
    let world = World::small();
    world.git(&["checkout", "-q", "--detach"]);
    for event in ["push", "pull-request", "dispatch --environment dev"] {
        world.play(event).complains(2, &["detached-head", "git switch"]);
    }
}

#[test]
fn an_environment_that_the_policy_lacks() {
    let world = World::small();
    world.play("dispatch --environment staging").says(2, &["unknown-environment", "there are: dev, prod"]);
    world.play("dispatch --environment a/b").complains(2, &["environment"]);
    assert!(!world.path(".airlock").exists());
}

#[test]
fn a_configuration_with_several_faults() {
    let world = World::small();
    world.write(
        "airlock.toml",
        "[[environment]]\nname = \"dev\"\nbrunch = \"main\"\n\n[[environment]]\nname = \"prod\"\nproduction = \"yes\"\n\n\
         [[project]]\npath = \"../out\"\ncolour = 1\n",
    );
    let faults = [
        "airlock.toml:3:1: `brunch`",
        "did you mean `branch`?",
        "airlock.toml:7:14: `production`",
        "airlock.toml:10:8: `path` is `../out`",
        "airlock.toml:11:1: `colour`",
    ];
    world.play("push").complains(2, &faults);
    world.commit("Configure");
    world.play("push").complains(2, &faults);
    world.airlock("inspect").complains(2, &faults);
    world.write("airlock.toml", "[[environment\n");
    world.play("push").complains(2, &["airlock.toml:1:", "not TOML"]);
    assert!(!world.path(".airlock").exists());
}

#[test]
fn a_test_that_fails_is_named() {
    let world = World::small();
    world.write(
        "small.test.js",
        "import test from 'node:test';\nimport assert from 'node:assert';\n\
         test('sums are right', () => assert.equal(1 + 1, 3));\ntest('holds', () => {});\n",
    );
    world.commit("Break a test");
    world.simulate("push").says(3, &["checks-failed", "sums are right", "1 of 2 tests failed"]);
    assert!(!world.path(".airlock/dev").exists(), "nothing was deployed");
}

#[test]
fn a_suite_that_ran_nothing_has_not_passed() {
    let world = World::small();
    world.git(&["rm", "-q", "small.test.js"]);
    world.commit("Remove the tests");
    world.simulate("push").says(3, &["checks-failed", "ran no test"]);
    world.simulate("push --test-command none").says(0, &["not tested by Airlock"]);
}

#[test]
fn tracked_files_that_differ_from_the_commit() {
    let world = World::small();
    world.replace("github/syncs/issues.ts", "every hour", "every 5m");
    world.play("push").says(4, &["tree-not-commit", "github/syncs/issues.ts"]);
    world.git(&["checkout", "-q", "--", "."]);
    // What git does not track is nobody's commit.
    world.write("notes.txt", "untracked");
    world.play("push").says(0, &["1.0.0-dev.1"]);
}

#[test]
fn a_dry_run_asks_the_gate_and_changes_nothing() {
    let world = World::small();
    world.play("push --dry-run true").says(0, &["Adds 1", "dry run: dev would become 1.0.0-dev.1"]);
    assert!(!world.path(".airlock").exists());
    let prod = "dispatch --environment prod --dry-run true";
    world.play(prod).says(4, &["flag-not-stated", "not-promoted"]);
    world.play("push").says(0, &[]);
    world.play(&format!("{prod} --allow-destructive false")).says(0, &["dry run: prod would become 1.0.0"]);
    assert!(!world.path(".airlock/prod").exists());
}

#[test]
fn a_project_that_is_configured_and_not_there() {
    let world = World::small();
    world.write("docs/page.md", "");
    world.write("airlock.toml", "[[project]]\npath = \"nowhere\"\n\n[[project]]\npath = \"docs\"\n");
    world.commit("Configure");
    for words in ["push", "schedule"] {
        world.play(words).complains(2, &["there is no file in nowhere", "nothing in docs tells which platform"]);
    }
    world.airlock("inspect").complains(2, &["there is no file in `nowhere`", "`docs`"]);
}

#[test]
fn a_configuration_that_is_no_file_of_ours_is_not_followed() {
    let world = World::small();
    std::os::unix::fs::symlink("/etc/passwd", world.path("airlock.toml")).unwrap();
    let ran = world.play("push").complains(2, &["airlock.toml", "this is a link"]);
    assert!(!ran.all().contains("root:"), "{}", ran.all());
    world.remove("airlock.toml");
    std::fs::create_dir(world.path("airlock.toml")).unwrap();
    world.play("push").complains(2, &["airlock.toml", "this is a folder"]);
    std::fs::remove_dir(world.path("airlock.toml")).unwrap();
    std::fs::write(world.path("airlock.toml"), b"\xff\xfe\0").unwrap();
    world.play("push").complains(2, &["airlock.toml", "not UTF-8"]);
    assert!(!world.path(".airlock").exists());
}
