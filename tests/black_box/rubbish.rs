//! Files that are none, or not what they seem, in the place of a function: each is told as what it is, deploys nothing and
//! leaks nothing.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::world::{Ran, World};

const FUNCTION: &str = "github/syncs/issues.ts";

/// A repository whose one function is rubbish, made by `make` at the function's path.
fn with(make: impl FnOnce(&World)) -> World {
    let world = World::small();
    world.remove(FUNCTION);
    make(&world);
    world.commit("Put rubbish in its place");
    world
}

fn linked(target: &str) -> World {
    with(|world| symlink(target, world.path(FUNCTION)).unwrap())
}

/// The error findings of `inspect --json`, as `code path`.
fn errors(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let errors = report["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "error");
    let told = errors.map(|finding| {
        assert!(finding["help"].is_string(), "{finding}");
        format!("{} {}", finding["code"].as_str().unwrap(), finding["place"]["path"].as_str().unwrap())
    });
    told.collect()
}

#[test]
fn rubbish_is_told_as_what_it_is_and_deploys_nothing() {
    let long = format!("// {}\n", "x".repeat(5 * 1024 * 1024));
    let table: [(&str, World); 8] = [
        ("path-outside", linked("/proc/self/environ")),
        ("path-outside", linked("/etc/passwd")),
        ("path-outside", linked("../../../../../../../etc/passwd")),
        ("path-outside", linked("../../.git/config")),
        ("link-loop", linked("issues.ts")),
        ("unreadable", linked("gone.ts")),
        ("file-too-large", with(|world| world.write(FUNCTION, &long))),
        ("not-utf8", with(|world| std::fs::write(world.path(FUNCTION), b"export default \xff\xfe\0").unwrap())),
    ];
    for (code, world) in table {
        let run = |words: &str| {
            let mut command = world.command();
            command.env("SOME_SECRET", "s3cr3t-of-the-runner").args(words.split(' '));
            let ran: Ran = command.output().unwrap().into();
            assert!(!ran.all().contains("s3cr3t") && !ran.all().contains("root:"), "{code} leaks: {}", ran.all());
            ran
        };
        let shown = run("inspect --json");
        assert_eq!((shown.code, errors(&shown)), (3, vec![format!("{code} {FUNCTION}")]), "{}", shown.all());
        let resource = &shown.json()["resources"][0];
        assert_eq!(resource["id"], "github/issues", "what cannot be read does not look removed");
        let pushed = run("simulate push --test-command none --install-command none");
        pushed.says(3, &[code, FUNCTION]);
        assert!(!world.path(".airlock/dev/live").exists(), "{code} was deployed");
    }
}

#[test]
fn rubbish_is_shown_by_every_command_that_looks() {
    let world = linked("/proc/self/environ");
    world.airlock("inspect").says(3, &["error[path-outside]", FUNCTION, "→ commit the file itself"]);
    world.airlock("plan --base HEAD").says(3, &["error[path-outside]"]);
    world.play("pull-request --base HEAD~1").says(3, &["error[path-outside]"]);
    world.play("schedule").says(0, &["nothing was ever released there"]);
}

/// A pipe is in no commit, and opening it would wait for ever.
#[test]
fn a_pipe_in_the_place_of_a_function_is_not_waited_for() {
    let world = World::small();
    world.remove(FUNCTION);
    assert!(Command::new("mkfifo").arg(world.path(FUNCTION)).status().unwrap().success());
    let shown = world.airlock("inspect --json");
    assert_eq!((shown.code, errors(&shown)), (3, vec![format!("not-a-file {FUNCTION}")]));
    let pushed = world.play("push");
    assert!(matches!(pushed.code, 3 | 4), "{}", pushed.all());
    assert!(!world.path(".airlock/dev/live").exists());
}

/// What a function imports is as much of it as its own file.
#[test]
fn an_imported_file_that_cannot_be_read_stops_the_deploy_and_another_does_not() {
    let world = World::small();
    symlink("/etc/hostname", world.path("github/shared.ts")).unwrap();
    world.commit("Link out of the repository");
    // Nothing that is deployed imports it yet.
    let shown = world.airlock("inspect --json");
    assert_eq!((shown.code, errors(&shown)), (0, Vec::new()));
    assert!(shown.stdout.contains("path-outside"), "{}", shown.all());
    world.play("push").says(0, &["1.0.0-dev.1"]);
    world.replace(FUNCTION, "import * as z", "import { x } from '../shared.js';\nimport * as z");
    world.commit("Import it");
    let shown = world.airlock("inspect --json");
    assert_eq!((shown.code, errors(&shown)), (3, vec!["path-outside github/shared.ts".to_owned()]));
    world.play("push").says(3, &["path-outside"]);
}

#[test]
fn an_index_that_cannot_be_read_is_told_as_such() {
    for (code, make) in [
        (
            "path-outside",
            (|world: &World| symlink("/proc/self/environ", world.path("index.ts")).unwrap()) as fn(&World),
        ),
        ("not-utf8", |world| std::fs::write(world.path("index.ts"), b"import './\xff.js';\n").unwrap()),
    ] {
        let world = World::small();
        world.play("push").says(0, &[]);
        world.remove("index.ts");
        make(&world);
        world.commit("Break the index");
        let shown = world.airlock("inspect --json");
        assert_eq!((shown.code, errors(&shown)), (3, vec![format!("{code} index.ts")]));
        // It does not read as a project that lost all its functions.
        let pushed = world.play("push").says(3, &[code]);
        assert!(!pushed.stdout.contains("Removes"), "{}", pushed.stdout);
    }
}

/// A pull request's head that cannot be read looks as if it removed everything; merging it names none of that.
#[test]
fn a_reviewed_head_that_cannot_be_read_names_no_removal() {
    let world = World::small();
    world.add_sync("old");
    world.play("push").says(0, &[]);
    world.git(&["switch", "-q", "-c", "work"]);
    world.add_sync("more");
    world.play("pull-request").says(0, &[]);
    let shown = world.git(&["rev-parse", "HEAD"]);
    std::fs::write(world.path("index.ts"), b"import './\xff.js';\n").unwrap();
    world.commit("Break the index");
    let broken = world.git(&["rev-parse", "HEAD"]);
    // As a history on GitHub would have it: the last head of the pull request, whatever was shown of it.
    world.replace(".airlock/reviews.jsonl", &shown, &broken);

    world.git(&["checkout", "-q", "main", "--", "index.ts"]);
    world.replace("index.ts", "import './github/syncs/old.js';\n", "");
    world.remove("github/syncs/old.ts");
    world.commit("Mend the index and remove a sync");
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "work"]);
    world.play("push").says(4, &["destructive-without-consent", "github/old"]);
}
