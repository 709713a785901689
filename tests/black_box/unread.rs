//! Who looks at a running airlock finds no key: neither in the block of its environment, nor, as the same user, in anything
//! that the kernel tells of it.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use crate::cancel::{processes_with, wait_for};
use crate::world::World;

const KEY: &str = "0d9f-planted-key";

/// A number that no account has.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Ended with the test, however that ends.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Starts a push, as another user if we can, whose suite sleeps, and looks at it.
fn while_it_runs(word: &str, look: impl FnOnce(u32)) {
    let world = World::small();
    world.write("sleep.sh", &format!("sleep {word}\n"));
    world.commit("Add a suite that sleeps");
    let mut command = world.command();
    command.args(["simulate", "push", "--test-command", "sh sleep.sh", "--install-command", "none"]);
    command.env("NANGO_SECRET_KEY_DEV", KEY).env("SOME_PASSWORD", KEY).env("HOME", world.root()).env_remove("TMPDIR");
    if is_root() {
        let given = Command::new("chown").args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(world.root()).status();
        assert!(given.unwrap().success());
        command.uid(NOBODY).gid(NOBODY);
    }
    let running = Ended(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    wait_for("the suite", || !processes_with(word).is_empty());
    look(running.0.id());
}

#[test]
fn the_block_of_its_environment_holds_no_key() {
    if !is_root() {
        return;
    }
    while_it_runs(&format!("301.{}", std::process::id()), |pid| {
        let block = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
        let block = String::from_utf8_lossy(&block);
        assert!(block.contains("PATH="), "it was read: {block}");
        assert!(!block.contains(KEY) && !block.contains("NANGO_SECRET_KEY_DEV"), "{block}");
    });
}

#[test]
fn another_process_of_the_same_user_is_told_nothing_of_it() {
    while_it_runs(&format!("302.{}", std::process::id()), |pid| {
        for name in ["environ", "mem", "maps"] {
            let path = format!("/proc/{pid}/{name}");
            assert_eq!(std::fs::metadata(&path).unwrap().uid(), 0, "what cannot be dumped is root's: {path}");
            let mut reader = Command::new("head");
            reader.args(["-c", "1", &path]);
            if is_root() {
                reader.uid(NOBODY).gid(NOBODY);
            }
            let read = reader.output().unwrap();
            assert!(!read.status.success(), "{path} could be read");
        }
    });
}
