//! Signals at every stage: children gone, record closed, report written, the right exit code.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::action::Action;
use crate::world::World;

/// A long time in which nothing else may go wrong; the promise is seven seconds.
const LIMIT: Duration = Duration::from_secs(7);

fn kill(child: &Child, signal: &str) {
    let status = std::process::Command::new("kill").args([signal, "--", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

pub(crate) fn wait_for(what: &str, mut seen: impl FnMut() -> bool) {
    let start = Instant::now();
    while !seen() {
        assert!(start.elapsed() < Duration::from_mins(1), "{what} was never seen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The processes that have this word on their command line, the dead apart.
pub(crate) fn processes_with(word: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let has_word = |path: &Path| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|own| own == word.as_bytes())
    };
    entries.filter(|entry| has_word(&entry.path())).map(|entry| entry.file_name().to_string_lossy().into()).collect()
}

/// Starts a push whose test suite sleeps, sends the signal once it does, and gives the exit code and the output.
fn cancelled_in_the_suite(signal: &str) -> (i32, String, World) {
    let world = World::small();
    // The suite runs in a copy as somebody else, so it is known by how long it wants to sleep.
    let word = format!("300.{}", std::process::id());
    world.write("sleep.sh", &format!("sleep {word} &\nsleep {word}\nwait\n"));
    world.commit("Add a suite that sleeps");
    let mut command = world.command();
    command.args(["simulate", "push", "--test-command", "sh sleep.sh", "--install-command", "none"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_for("the suite", || processes_with(&word).len() == 2);
    kill(&child, signal);
    let start = Instant::now();
    let status = child.wait().unwrap();
    assert!(start.elapsed() < LIMIT, "it took {:?}", start.elapsed());
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(processes_with(&word), Vec::<String>::new(), "processes of the suite are still there");
    (status.code().unwrap_or(-1), text, world)
}

#[test]
fn sigint_in_the_suite() {
    let (code, report, world) = cancelled_in_the_suite("-INT");
    assert_eq!(code, 130, "{report}");
    assert!(report.contains("cancelled"), "{report}");
    assert!(!world.path(".airlock/dev/live").exists(), "nothing was deployed");
}

#[test]
fn sigterm_in_the_suite() {
    let (code, report, _) = cancelled_in_the_suite("-TERM");
    assert_eq!(code, 143, "{report}");
}

/// Kills a push without a suite at many moments; each time it ends by itself, and the next push goes through.
#[test]
fn signals_at_any_moment_leave_a_whole_state() {
    let world = World::small();
    for round in 0..12_u64 {
        world.write("README.md", &format!("{round}\n"));
        world.commit("Write something");
        let mut command = world.command();
        command.args(["simulate", "push", "--test-command", "none", "--install-command", "none"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(round * 7));
        let signal = if round % 2 == 0 { "-TERM" } else { "-INT" };
        let _gone = std::process::Command::new("kill").args([signal, "--", &child.id().to_string()]).status();
        let start = Instant::now();
        let code = child.wait().unwrap().code();
        assert!(start.elapsed() < LIMIT, "it took {:?}", start.elapsed());
        // A signal that comes before the handlers are in place ends the process as any other: no code.
        assert!(matches!(code, Some(0 | 130 | 143) | None), "{code:?}");
    }
    world.simulate("push --test-command none --install-command none").says(0, &[]);
    let history = world.airlock("history --environment dev --json").says(0, &[]);
    assert!(!history.stdout.contains("\"open\""), "no record stays open: {}", history.stdout);
}

/// Nobody reads what it prints, so it waits for ever; a signal ends it all the same.
#[test]
fn a_signal_ends_a_program_that_waits_for_its_reader() {
    let world = World::small();
    world.add_syncs(&(0..300).map(|number| format!("sync-{number}")).collect::<Vec<_>>());
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = world.command().args(["inspect", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        kill(&child, signal);
        let start = Instant::now();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(start.elapsed() < LIMIT, "it took {:?}", start.elapsed());
    }
}

/// The runner's files hold the report though the run was cancelled in the middle of its suite.
#[test]
fn a_cancelled_run_of_the_action_writes_its_report() {
    let action = Action::new();
    action.world.write("sleep.sh", "echo it has begun\nsleep 300\n");
    action.world.commit("Add a suite that sleeps");
    let mut command = action.command("push", &action.push());
    command.env("INPUT_PLATFORM", "local").env("INPUT_TEST-COMMAND", "sh sleep.sh").stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "it has begun"));
    kill(&child, "-INT");
    let start = Instant::now();
    let log: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{}", log.join("\n"));
    assert!(start.elapsed() < LIMIT, "it took {:?}", start.elapsed());
    let summary = action.file("summary.md");
    assert!(summary.starts_with("### ❌ Cancelled by SIGINT") && summary.contains("it has begun"), "{summary}");
    assert!(action.file("output.txt").contains("cancelled"), "{}", action.file("output.txt"));
    assert!(!action.world.path(".airlock/dev/live").exists(), "nothing was deployed");
}
