//! Processes that start others faster than they can be looked for: after a stage none of them is left, and they are told.

use std::fs;
use std::time::Duration;

use airlock::console::Console;
use airlock::process::End;

use super::apart::apart;
use super::world::{World, run};
use super::{is_root, ordinary, within};

/// Twelve that replace themselves as fast as they can, each in a session of its own and deaf to what can be ignored.
const FAST: &str = "
for number in range(12):
    if os.fork() == 0:
        leave()
        while True:
            if os.fork(): os._exit(0)
            os.setsid()
            beat()
";

/// One that does so, and first kills all others of its user, whoever comes to end it among them.
const DEADLY: &str = "
if os.fork() == 0:
    leave()
    while True:
        for _ in range(100):
            try: os.kill(-1, signal.SIGKILL)
            except OSError: pass
        if os.fork(): os._exit(0)
        os.setsid()
        beat()
";

/// What both need: to wait until the command has ended, and to leave a trace as long as they live.
const COMMON: &str = "
import os, signal, time
first = os.getpid()
trace = os.open(os.environ['TMPDIR'] + '/trace', os.O_CREAT | os.O_APPEND | os.O_WRONLY)
def leave():
    os.setsid()
    os.closerange(0, 3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.getppid() == first: time.sleep(0.001)
def beat(): os.write(trace, b'.')
";

fn attack(world: &World) {
    let walls = world.walls(world.facts());
    for script in [FAST, DEADLY] {
        let room = world.furnished(&walls);
        let whole = format!("{COMMON}{script}");
        let ran = run(&walls, &room.files(), &["python3", "-c", &whole], &Console::silent());
        assert_eq!(ran.end, End::Exited(0), "{}", ran.tail);
        let length = || fs::metadata(room.scratch().join("trace")).unwrap().len();
        let then = length();
        assert!(then > 0, "it never ran: {script}");
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(length(), then, "it still runs: {script}");
        assert!(ran.left_running.iter().any(|name| name.starts_with("python")), "{:?}: {script}", ran.left_running);
        assert!(!ran.left_running.iter().any(|name| name.contains("could not")), "{:?}: {script}", ran.left_running);
    }
}

#[test]
#[ignore = "started by another"]
fn outrun() {
    if is_root() { attack(&World::new()) } else { apart(attack) }
}

#[test]
fn nothing_outruns_the_end_of_its_user() {
    if is_root() {
        within(&[], "confine::outrun::outrun", |_| {});
    }
}

#[test]
fn nothing_outruns_the_end_of_its_namespaces() {
    within(&[], "confine::outrun::outrun", ordinary);
}
