//! The project's real CLI against the same Nango in memory: what it sends is what we send.

use std::path::Path;

use super::super::body::{Reach, of};
use super::*;
use crate::console::Console;
use crate::platform::Building;
use crate::platform::nango::compile::compile;
use crate::platform::nango::{extract, wants};
use crate::process::{ChildEnv, Facts, Walls};

/// The first folder of `NANGO_EXAMPLES`: the example, with `node_modules`.
#[tokio::test]
async fn the_real_cli_sends_the_very_bytes() {
    let Ok(folders) = std::env::var("NANGO_EXAMPLES") else {
        eprintln!("SKIPPED: NANGO_EXAMPLES is not set, nothing was compared");
        return;
    };
    let root = Path::new(folders.split(':').next().unwrap());
    let world = World::new().await;
    world.nango.integration("dev", "slack", "slack", 2);
    let (path, home) = (std::env::var("PATH").unwrap(), tempfile::tempdir().unwrap());
    let key = world.keys.get("NANGO_SECRET_KEY_DEV").unwrap();
    let ran = tokio::process::Command::new(root.join("node_modules/.bin/nango"))
        .args(["deploy", "dev", "--no-interactive", "--auto-confirm"])
        .current_dir(root)
        .env_clear()
        .env("PATH", &path)
        .env("HOME", home.path())
        .env("CI", "true")
        .env("NANGO_CLI_TELEMETRY", "false")
        .env("NANGO_CLI_DEPENDENCY_UPDATE", "false")
        .env("NANGO_HOSTPORT", world.nango.url())
        .env("NANGO_SECRET_KEY_DEV", secrecy::ExposeSecret::expose_secret(key.value))
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    let theirs = world.nango.state().deploys.pop().unwrap();

    let project = crate::platform::nango::compile::tests::project("");
    let tree = crate::tree::disk::read(root, &wants).unwrap();
    let manifest = extract(&project, &tree).manifest;
    let variables = [("PATH".to_owned(), path), ("HOME".to_owned(), home.path().display().to_string())].into();
    let environment = ChildEnv::new(&variables, &[]).unwrap();
    let (console, watch) = (Console::silent(), Watch::endless());
    let walls = Walls::raise(home.path(), Facts::default(), None).unwrap();
    let brief = Building {
        project: &project,
        root,
        manifest: &manifest,
        environment: &environment,
        walls: &walls,
        console: &console,
        watch: &watch,
    };
    let built = compile(brief).await.unwrap().built.unwrap();
    let ours = of(&built.artefact, Reach::All).unwrap();
    eprintln!("{} bytes, {} functions", ours.bytes.len(), ours.functions.len());
    assert_eq!(String::from_utf8(ours.bytes).unwrap(), String::from_utf8(theirs).unwrap());
    // What the CLI deployed is what we see as live: nothing would change, and it is verified.
    let live = world.live();
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    assert_eq!(changes(&plan(&observed, &built.manifest)), Vec::<String>::new());
    assert_eq!(live.verified(None, &Payload::Artefact(Box::new(built)), &world.watch).await, Verified::Live);
}
