use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

struct Place {
    folder: tempfile::TempDir,
    console: Console,
    walls: Walls,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let walls = Walls::raise(folder.path(), Facts::default(), None).unwrap();
        Self { folder, console: Console::silent(), walls }
    }

    fn environment() -> ChildEnv {
        let path = std::env::var("PATH").unwrap();
        ChildEnv::new(&BTreeMap::from([("PATH".to_owned(), path), ("SECRET".to_owned(), "s".to_owned())]), &[]).unwrap()
    }

    fn command(&self, argv: &[&str]) -> Confined<'_> {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        Confined::new(&self.walls, argv, self.folder.path(), Self::environment())
    }

    fn run(&self, command: &Confined<'_>, watch: &Watch) -> Ran {
        block_on(command.run(&self.console, watch))
    }

    fn sh(&self, script: &str) -> Ran {
        self.run(&self.command(&["sh", "-c", script]), &Watch::endless())
    }

    fn script(&self, name: &str, text: &str, mode: u32) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Whether a process whose command line holds this text is alive.
fn alive(text: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(text) && !stat.contains(") Z ")
    })
}

#[test]
fn each_ending_is_told_as_what_it_was() {
    let place = Place::new();
    assert_eq!(place.sh("exit 0").end, End::Exited(0));
    assert_eq!(place.sh("exit 7").end, End::Exited(7));
    assert_eq!(place.sh("kill -SEGV $$").end, End::Signalled(11));
    assert_eq!(place.sh("kill -KILL $$").end, End::Signalled(9));
}

#[test]
fn what_cannot_start_says_why() {
    let place = Place::new();
    place.script("plain.sh", "#!/bin/sh\n", 0o644);
    place.script("lost", "#!/nowhere/perl -w\n", 0o755);
    place.script("windows", "#!/bin/sh\r\nexit 0\r\n", 0o755);
    let why = |argv: &[&str]| match place.run(&place.command(argv), &Watch::endless()).end {
        End::NotStarted(why) => why.to_string().replace(place.folder.path().to_str().unwrap(), "@"),
        other => panic!("{other:?}"),
    };
    assert_eq!(why(&["no-such-program"]), "`no-such-program` was not found on PATH");
    assert_eq!(why(&[""]), "`` was not found on PATH");
    assert_eq!(why(&[]), "`` was not found on PATH");
    assert_eq!(why(&["./plain.sh"]), "`@/./plain.sh` is not executable");
    assert_eq!(why(&["./lost"]), "`@/./lost` asks for the interpreter `/nowhere/perl`, which is not there");
    assert_eq!(why(&["./windows"]), "`@/./windows` asks for the interpreter `/bin/sh\\r`, which is not there");
    let gone = Confined::new(&place.walls, vec!["sh".into()], place.folder.path().join("gone"), Place::environment());
    assert!(matches!(place.run(&gone, &Watch::endless()).end, End::NotStarted(NotStarted::NoFolder { .. })));
}

#[test]
fn both_streams_keep_their_order() {
    let place = Place::new();
    let ran = place.sh("for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf 'no newline'");
    assert_eq!(ran.tail, "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\nno newline");
    assert_eq!(ran.printed, ran.tail.len() as u64);
    assert_eq!(place.console.said().trim_end(), ran.tail);
}

#[test]
fn a_child_has_no_input_no_secrets_and_a_group_of_its_own() {
    let place = Place::new();
    let ran = place.sh("cat; echo \"[$SECRET]$CI\"; ps -o pgid= -p $$ 2>/dev/null | tr -d ' '; echo $$");
    assert_eq!(ran.end, End::Exited(0));
    let lines: Vec<&str> = ran.tail.lines().collect();
    assert_eq!(lines[0], "[]true");
    assert!(lines.windows(2).skip(1).all(|pair| pair[0] == pair[1]), "{lines:?}");
    assert_eq!(place.command(&["x"]).environment().withheld(), ["SECRET"]);
}

#[test]
fn a_hang_is_killed_with_its_whole_group() {
    let place = Place::new();
    // Deaf to SIGTERM, with children in the foreground and in the background that hold the output.
    let script = "trap '' TERM; echo before; sleep 7101 & sleep 7101; sleep 7101";
    let command = place.command(&["sh", "-c", script]).grace(Duration::from_millis(50));
    let ran = place.run(&command, &Watch::endless().within(Duration::from_millis(500)));
    assert_eq!((ran.end, ran.tail.as_str()), (End::TimedOut, "before\n"));
    assert_eq!(ran.left_running, Vec::<String>::new());
    assert!(!alive("sleep\x007101"));
}

/// Runs a script, and turns the switch as soon as it has made the file `ready`.
fn stopped_when_ready(place: &Place, script: &str) -> Ran {
    let (switch, watch) = Watch::new();
    let command = place.command(&["sh", "-c", script]);
    let ready = place.folder.path().join("ready");
    let stopper = async {
        while !ready.exists() {
            let _waited = Watch::endless().pause(Duration::from_millis(5)).await;
        }
        switch.stop(Stop::Terminate);
    };
    block_on(async { tokio::join!(command.run(&place.console, &watch), stopper).0 })
}

#[test]
fn a_child_may_clean_up_when_it_is_asked_to_end() {
    let place = Place::new();
    let ran = stopped_when_ready(&place, "trap 'echo cleaned; exit 3' TERM; : > ready; while :; do :; done");
    assert_eq!((ran.end, ran.tail.as_str()), (End::Cancelled(Stop::Terminate), "cleaned\n"));
}

#[test]
fn a_cancelled_run_kills_and_keeps_what_was_printed() {
    let place = Place::new();
    let ran = stopped_when_ready(&place, "echo printed; : > ready; exec sleep 7102");
    assert_eq!((ran.end, ran.tail.as_str()), (End::Cancelled(Stop::Terminate), "printed\n"));
    assert!(!alive("sleep\x007102"));
}

#[test]
fn nothing_starts_after_the_signal() {
    let place = Place::new();
    let (switch, watch) = Watch::new();
    switch.stop(Stop::Interrupt);
    let ran = place.run(&place.command(&["sh", "-c", ": > started"]), &watch);
    assert_eq!((ran.end, place.folder.path().join("started").exists()), (End::Cancelled(Stop::Interrupt), false));
}

#[test]
fn what_is_left_in_the_group_is_killed_and_named() {
    let place = Place::new();
    let ran = place.sh("sleep 7103 >/dev/null 2>&1 & echo done");
    assert_eq!((ran.end, ran.tail.as_str()), (End::Exited(0), "done\n"));
    assert_eq!(ran.left_running, ["sleep"]);
    assert!(!alive("sleep\x007103"));
}

#[test]
fn what_left_the_group_and_holds_the_output_is_killed_and_named() {
    let place = Place::new();
    // Another run of these tests on this machine has another number.
    let word = format!("7104.{}", std::process::id());
    let ran = place.sh(&format!("setsid sleep {word} & echo done"));
    assert_eq!((ran.end, ran.tail.as_str()), (End::Exited(0), "done\n"));
    assert_eq!(ran.left_running, ["sleep"]);
    assert!(!alive(&format!("sleep\0{word}")));
}

#[test]
fn what_hides_from_us_does_not_hang_us() {
    let place = Place::new();
    let ran = place.sh("setsid env -i /bin/sleep 7 & echo done");
    assert_eq!((ran.end, ran.tail.as_str()), (End::Exited(0), "done\n"));
    assert_eq!(ran.left_running, ["a process that could not be found"]);
}

#[test]
fn a_helper_that_ends_with_its_parent_is_not_named() {
    let place = Place::new();
    assert_eq!(place.sh("(sleep 0.03) >/dev/null 2>&1 & echo done").left_running, Vec::<String>::new());
}

#[test]
fn a_flood_neither_grows_memory_nor_hangs() {
    let place = Place::new();
    let command = place.command(&["sh", "-c", "head -c 200000000 /dev/zero | tr '\\0' x; echo; echo end"]);
    let ran = place.run(&command.showing(10_000), &Watch::endless());
    assert_eq!((ran.end, ran.printed, ran.flooded), (End::Exited(0), 200_000_005, true));
    assert!(ran.tail.len() <= 64 * 1024 && ran.tail.ends_with("end\n"), "{}", ran.tail.len());
    let said = place.console.said();
    assert!(said.len() < 40_000, "{}", said.len());
    assert!(said.contains("it printed 190 MiB in all; the last lines:") && said.ends_with("end\n\n"), "{}", said.len());
}

#[test]
fn an_endless_flood_ends_at_the_limit() {
    let place = Place::new();
    let ran = place.run(&place.command(&["yes"]).showing(1000), &Watch::endless().within(Duration::from_millis(100)));
    assert_eq!((ran.end, ran.flooded), (End::TimedOut, true));
}

#[test]
fn rubbish_is_passed_on_as_text() {
    let place = Place::new();
    let ran = place.sh("printf 'a\\377\\376b\\000c\\033[2Jd\\n'");
    assert_eq!(ran.tail, "a\u{fffd}\u{fffd}bcd\n");
    assert_eq!(place.console.said(), "a\u{fffd}\u{fffd}bcd\n");
}

#[test]
fn orphans_of_the_group_leave_no_zombie() {
    // Become the one to whom orphans fall, as the first process of a container is.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
    let place = Place::new();
    place.sh("(setsid sleep 0.01 &) ; (sleep 0.01 &) ; sleep 0.05");
    let own = format!(" {} ", std::process::id());
    let zombies = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        stat.contains(&format!(") Z{own}"))
    });
    assert_eq!(zombies.count(), 0);
}

#[test]
fn the_title_is_what_a_person_would_type() {
    let place = Place::new();
    assert_eq!(place.command(&["npm", "test", "--", "a b"]).title(), "npm test -- 'a b'");
    assert_eq!(place.command(&["a\0b"]).title(), "a\\0b");
}
