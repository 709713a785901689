//! Code of the tree as the attacker: everything it tries must be refused or harmless, whoever airlock runs as.
//!
//! Each attack runs in a process of its own, started with the key in its environment, as root, as an ordinary user, with the
//! few capabilities of a container, and as the first process of one.

mod world;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use airlock::console::Console;
use airlock::gate::Confinement;
use airlock::process::End;
use rustix::process::DumpableBehavior;
use world::{KEY, World, run};

/// What the default container of Docker leaves to root.
const DOCKER: &str = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,\
                      +sys_chroot,+mknod,+audit_write,+setfcap";

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a test of this binary, by name, in a process that is started so and has the key in its environment.
fn within(wrapper: &[&str], test: &str, change: impl FnOnce(&mut Command)) {
    let own = std::env::current_exe().unwrap();
    let own = own.to_str().unwrap();
    let words: Vec<&str> = wrapper.iter().copied().chain([own, "--ignored", "--exact", "--nocapture", test]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).env("NANGO_SECRET_KEY", KEY);
    command.env_remove("TMPDIR");
    change(&mut command);
    let out = command.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && told.contains("1 passed"), "{told}");
    assert!(!told.contains(KEY), "the key was printed: {told}");
}

fn attack() -> Vec<World> {
    // As main does first of all.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap();
    let key = std::env::var("NANGO_SECRET_KEY").unwrap();
    let world = World::new();
    let before = world.told();
    let walls = world.walls(world.facts());
    assert_eq!(walls.breaches(), [], "{}", walls.says());
    assert!(walls.says().starts_with("code of the repository runs confined"), "{}", walls.says());
    assert_eq!(walls.confinement(), Confinement::Confined);
    let room = world.furnished(&walls);
    fs::write(room.files().join("attack.py"), include_str!("attack.py")).unwrap();
    let console = Console::silent_actions();
    let own = std::process::id().to_string();
    let place = world.path().to_str().unwrap().to_owned();

    let ran = run(&walls, &room.files(), &["python3", "attack.py", &place, &own], &console);

    let said = console.results();
    assert_eq!(ran.end, End::Exited(0), "{}", ran.tail);
    assert!(ran.tail.contains("\ndone\n"), "{}", ran.tail);
    let got: Vec<&str> = ran.tail.lines().filter(|line| line.starts_with("GOT")).collect();
    assert_eq!(got, Vec::<&str>::new());
    assert!(!said.contains(&key) && !ran.tail.contains(&key));
    assert_eq!(world.changed(&before), Vec::<PathBuf>::new());
    assert!(walls.findings().is_empty());

    // Whoever left was found, killed and reaped.
    assert!(ran.left_running.contains(&"sleep".to_owned()), "{:?}", ran.left_running);
    assert!(!ran.left_running.iter().any(|name| name.contains("could not")), "{:?}", ran.left_running);
    assert_eq!(still_there(&place), Vec::<String>::new());

    // The runner was deaf to every line.
    assert_eq!(obeyed(&said), Vec::<String>::new());

    // What it left in its copy is data or nothing.
    assert_eq!(room.take("junit.xml", 100).unwrap().unwrap(), b"<testsuites/>");
    for name in ["leak.js", "coverage.json", "folder/home/.netrc", "pipe.xml", "large.bin", "../home/x", "/etc/passwd"]
    {
        assert!(room.take(name, 1000).is_err(), "{name}");
    }
    assert!(room.take("report.xml", 1000).unwrap().is_none());
    let rooms = room.path().to_owned();
    drop(room);
    assert!(!rooms.exists());
    vec![world]
}

/// Processes that the attack started.
fn still_there(place: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let lines = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let line = String::from_utf8_lossy(&fs::read(entry.path().join("cmdline")).ok()?).into_owned();
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let is_zombie_of_ours = stat.contains(&format!(") Z {own} "));
        (line.contains(place) || line.contains(&format!("sleep\x007301{own}")) || is_zombie_of_ours)
            .then(|| stat.chars().take(60).collect())
    });
    lines.collect()
}

/// The lines that a runner would take as commands, fences apart.
fn obeyed(log: &str) -> Vec<String> {
    let mut token: Option<String> = None;
    let mut obeyed = Vec::new();
    for line in log.lines().map(str::trim) {
        match &token {
            Some(open) if line == format!("::{open}::") => token = None,
            Some(_) => {}
            None => match line.strip_prefix("::stop-commands::") {
                Some(fence) if fence.len() == 32 => token = Some(fence.to_owned()),
                _ if line.starts_with("::") || line.contains("##[") => obeyed.push(line.to_owned()),
                _ => {}
            },
        }
    }
    assert!(token.is_none(), "the runner was left deaf");
    obeyed
}

#[test]
#[ignore = "started by the others, each in its own way"]
fn attacked() {
    drop(attack());
}

#[test]
fn the_attacker_gets_nothing_from_root() {
    if is_root() {
        within(&[], "confine::attacked", |_| {});
    }
}

#[test]
fn the_attacker_gets_nothing_from_an_ordinary_user() {
    within(&[], "confine::attacked", |command| {
        if is_root() {
            command.uid(65534).gid(65534);
        }
    });
}

#[test]
fn the_attacker_gets_nothing_from_the_first_process_of_a_container() {
    if is_root() {
        let wrapper =
            ["unshare", "--pid", "--fork", "--mount-proc", "setpriv", "--bounding-set", DOCKER, "--no-new-privs"];
        within(&wrapper, "confine::attacked", |_| {});
    }
}

#[test]
fn the_attacker_gets_nothing_where_the_root_is_read_only() {
    // The test mounts an empty folder over /tmp; a checkout in there would be gone with it.
    let hidden = std::env::current_exe().unwrap().starts_with("/tmp");
    if is_root() && !hidden {
        let script = "mount -t tmpfs -o mode=1777 none /tmp && mount -o remount,bind,ro / && exec \"$@\"";
        within(&["unshare", "--mount", "sh", "-c", script, "sh"], "confine::attacked", |_| {});
    }
}
