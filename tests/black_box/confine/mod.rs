//! Code of the tree as the attacker: everything it tries must be refused or harmless, whoever airlock runs as.
//!
//! Each attack runs in a process of its own, started with the key in its environment, as root, as an ordinary user, with the
//! few capabilities of a container, and as the first process of one.

mod apart;
mod outrun;
mod python;
mod world;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use airlock::console::Console;
use airlock::gate::Confinement;
use airlock::process::{End, Facts, NotStarted, Wall, Walls};
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
    let caller = std::thread::current().name().unwrap_or_default().to_owned();
    let from = caller.rsplit_once("_from_").map_or(caller.as_str(), |(_, from)| from);
    command.env("AIRLOCK_ATTACKED_FROM", from.replace('_', " "));
    change(&mut command);
    let out = command.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && told.contains("1 passed"), "{told}");
    assert!(!told.contains(KEY), "the key was printed: {told}");
}

/// A number that no account has. Not 65534: in namespaces all users that are not known there seem to be that one, and a socket
/// of root's, which another test opens to all, would be taken for our own.
const ORDINARY: u32 = 65532;

/// Another, that no other test has: the probe looks at every socket of its user.
const APART: u32 = 65533;

/// As somebody who is not root.
fn ordinary(command: &mut Command) {
    if is_root() {
        command.uid(ORDINARY).gid(ORDINARY);
    }
}

fn attack(raise: impl FnOnce(&World, Facts) -> Walls) {
    // As main does first of all.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap();
    let key = std::env::var("NANGO_SECRET_KEY").unwrap();
    let world = World::new();
    let _left_open = left_open(&world);
    let before = world.told();
    let walls = raise(&world, world.facts());
    assert_eq!(walls.breaches(), [], "{}", walls.says());
    assert!(walls.says().starts_with("code of the repository runs confined"), "{}", walls.says());
    assert_eq!(walls.confinement(), Confinement::Confined);
    assert_eq!(walls.says().contains("as user "), is_root(), "root gives its user up: {}", walls.says());
    let room = world.furnished(&walls);
    fs::write(room.files().join("attack.py"), include_str!("attack.py")).unwrap();
    let console = Console::silent_actions();
    let own = std::process::id().to_string();
    let (place, socket) = (world.path().to_str().unwrap().to_owned(), world.at("docker.sock"));

    let ran = run(&walls, &room.files(), &["python3", "attack.py", &place, &own, socket.to_str().unwrap()], &console);

    let said = console.results();
    assert_eq!(ran.end, End::Exited(0), "{}", ran.tail);
    assert!(ran.tail.contains("\ndone\n"), "{}", ran.tail);
    let got: Vec<&str> = ran.tail.lines().filter(|line| line.starts_with("GOT")).collect();
    assert_eq!(got, Vec::<&str>::new());
    assert!(!said.contains(&key) && !ran.tail.contains(&key));
    assert_eq!(world.changed(&before), Vec::<PathBuf>::new());
    assert!(walls.findings().is_empty());
    tell(&ran.tail);

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
}

/// What whoever started us may have left in our hands: an open file that children inherit, and a group.
fn left_open(world: &World) -> fs::File {
    if is_root() {
        rustix::thread::set_thread_groups(&[rustix::process::Gid::from_raw(27)]).unwrap();
    }
    let file = fs::File::open(world.at("home/.netrc")).unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    file
}

/// Writes down what was tried and how it ended, for the table that `scripts/attacks` prints.
fn tell(tail: &str) {
    let Some(file) = std::env::var_os("AIRLOCK_ATTACKS") else { return };
    let way = std::env::var("AIRLOCK_ATTACKED_FROM").unwrap_or_default();
    let lines = tail.lines().filter_map(|line| line.strip_prefix("refused\t"));
    let rows: Vec<String> = lines.map(|line| format!("{way}\t{line}\n")).collect();
    // Each way is a test of its own, and they run at once.
    // Where the disk is read-only it is not told.
    let Ok(mut table) = fs::OpenOptions::new().append(true).open(file) else { return };
    table.write_all(rows.concat().as_bytes()).unwrap();
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
    attack(World::walls);
}

#[test]
#[ignore = "started by another"]
fn attacked_without_landlock() {
    attack(World::walls_without_landlock);
}

#[test]
#[ignore = "started by another"]
fn attacked_without_namespaces() {
    attack(World::walls_without_namespaces);
}

#[test]
fn the_attacker_gets_nothing_from_root() {
    if is_root() {
        within(&[], "confine::attacked", |_| {});
    }
}

#[test]
fn the_attacker_gets_nothing_from_root_on_a_kernel_without_landlock() {
    if is_root() {
        within(&[], "confine::attacked_without_landlock", |_| {});
    }
}

#[test]
fn the_attacker_gets_nothing_from_an_ordinary_user() {
    within(&[], "confine::attacked", ordinary);
}

#[test]
fn the_attacker_gets_nothing_from_an_ordinary_user_where_no_namespaces_are_given() {
    within(&[], "confine::attacked_without_namespaces", ordinary);
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
fn the_attacker_gets_nothing_from_root_where_the_disk_is_read_only() {
    // The test mounts an empty folder over /tmp; a checkout in there would be gone with it.
    let hidden = std::env::current_exe().unwrap().starts_with("/tmp");
    if is_root() && !hidden {
        let script = "mount -t tmpfs -o mode=1777 none /tmp && mount -o remount,bind,ro / && exec \"$@\"";
        within(&["unshare", "--mount", "sh", "-c", script, "sh"], "confine::attacked", |_| {});
    }
}

/// Runs this test's commands with walls that must be open here, and gives what was said.
fn not_confined(walls: &Walls, world: &World) {
    let room = world.furnished(walls);
    let ran = run(walls, &room.files(), &["sh", "-c", ": > executed"], &Console::silent());
    let End::NotStarted(NotStarted::NotConfined { why }) = ran.end else { panic!("it ran: {:?}", ran.end) };
    assert!(why.ends_with("while NANGO_SECRET_KEY is here"), "{why}");
    assert!(!room.files().join("executed").exists());
    assert_eq!(walls.confinement(), Confinement::NotConfined { why });
}

#[test]
fn each_open_wall_is_named_and_nothing_runs_beside_a_key() {
    if !is_root() {
        return;
    }
    let table: [(&str, u32, Wall, &str); 9] = [
        ("docker.sock", 0o666, Wall::Sockets, "it could connect to"),
        ("file_commands/ENV", 0o666, Wall::Steering, "it could write the file of GITHUB_ENV"),
        ("file_commands", 0o777, Wall::Steering, "it could replace the file of GITHUB_ENV"),
        ("workflow/event.json", 0o666, Wall::Steering, "it could write the file of GITHUB_EVENT_PATH"),
        ("workspace/.git/config", 0o644, Wall::Credentials, "it could read the credentials in"),
        ("home/.netrc", 0o644, Wall::Credentials, "it could read the credentials in"),
        ("runner_temp/git-credentials-1.config", 0o644, Wall::Credentials, "it could read the credentials in"),
        ("workspace/index.js", 0o666, Wall::Workspace, "it could write to"),
        ("workspace/.git/hooks", 0o777, Wall::Workspace, "it could write to"),
    ];
    for (name, mode, wall, says) in table {
        let world = World::new();
        world.open(name, mode);
        let walls = world.walls_without_landlock(world.facts());
        let breaches = walls.breaches();
        assert!(breaches.iter().all(|breach| breach.wall == wall) && !breaches.is_empty(), "{name}: {breaches:?}");
        assert!(breaches[0].how.starts_with(says), "{name}: {breaches:?}");
        assert!(!breaches.iter().any(|breach| breach.how.contains(KEY)));
        not_confined(&walls, &world);
        if wall != Wall::Sockets {
            assert_eq!(world.walls(world.facts()).breaches(), [], "{name}: Landlock closes it");
        }
    }
}

#[test]
#[ignore = "started by another"]
fn refused_as_an_ordinary_user() {
    let world = World::new();
    // As the same user nothing but Landlock stands between.
    let walls = world.walls_without_landlock(world.facts());
    let is_told = |wall, says: &str, walls: &Walls| {
        walls.breaches().iter().any(|breach| breach.wall == wall && breach.how.contains(says))
    };
    let without = "it runs as the same user as airlock, and the kernel has no Landlock";
    assert!(is_told(Wall::Privileges, without, &walls), "{:?}", walls.breaches());
    assert!(is_told(Wall::Steering, "it could write the file of GITHUB_ENV", &walls), "{:?}", walls.breaches());
    assert!(is_told(Wall::Processes, "it could read the environment of", &walls), "{:?}", walls.breaches());
    not_confined(&walls, &world);

    if rustix::process::geteuid().as_raw() == APART {
        // Nobody else is this user: what cannot be dumped cannot be read.
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap();
        let walls = world.walls_without_landlock(world.facts());
        assert!(!is_told(Wall::Processes, "", &walls), "{:?}", walls.breaches());
        // A socket is no file to Landlock.
        world.open("docker.sock", 0o600);
        let walls = world.walls(world.facts());
        assert!(is_told(Wall::Sockets, "docker.sock", &walls), "{:?}", walls.breaches());
        assert_eq!(walls.breaches().len(), 1, "{:?}", walls.breaches());
        not_confined(&walls, &world);
    }

    // With no key here it runs, and is not called confined.
    let walls = world.walls_without_landlock(Facts { keys: Vec::new(), ..world.facts() });
    assert_eq!((walls.confinement(), walls.refusal()), (Confinement::NoKeys, None));
    assert!(walls.says().starts_with("code of the repository is not confined (as the same user"), "{}", walls.says());
    let room = world.furnished(&walls);
    assert_eq!(run(&walls, &room.files(), &["true"], &Console::silent()).end, End::Exited(0));
}

#[test]
fn an_ordinary_users_open_walls_are_named_and_nothing_runs_beside_a_key() {
    within(&[], "confine::refused_as_an_ordinary_user", |command| {
        if is_root() {
            command.uid(APART).gid(APART);
        }
    });
}

#[test]
fn without_a_key_it_runs_is_called_not_confined_and_what_it_tampers_with_is_put_back() {
    if !is_root() {
        return;
    }
    let world = World::new();
    world.open("file_commands/ENV", 0o666);
    let walls = world.walls_without_landlock(Facts { keys: Vec::new(), ..world.facts() });
    assert_eq!((walls.confinement(), walls.refusal()), (Confinement::NoKeys, None));
    assert!(walls.says().contains("is not confined") && walls.says().contains("GITHUB_ENV"), "{}", walls.says());
    let room = world.furnished(&walls);
    let (console, file) = (Console::silent(), world.at("file_commands/ENV"));
    let script = format!("echo LD_PRELOAD=/tmp/x.so > {}", file.display());
    assert_eq!(run(&walls, &room.files(), &["sh", "-c", &script], &console).end, End::Exited(0));
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    let findings: Vec<_> = walls.findings().into_iter().map(|finding| (finding.code, finding.message)).collect();
    assert_eq!(
        findings,
        [("file-commands-tampered".into(), "code of the repository changed the file of GITHUB_ENV".to_owned())]
    );
    assert!(console.said().contains("was put back"));
}

#[test]
fn a_command_runs_in_a_room_or_not_at_all() {
    let world = World::new();
    let walls = world.walls(world.facts());
    for folder in [world.at("workspace"), "/".into(), "/tmp".into()] {
        let ran = run(&walls, &folder, &["true"], &Console::silent());
        assert!(matches!(ran.end, End::NotStarted(NotStarted::NotConfined { .. })), "{:?}", ran.end);
    }
}

#[test]
fn who_meets_a_permission_error_is_told_as_whom_it_ran() {
    let world = World::new();
    let (walls, console) = (world.walls(world.facts()), Console::silent());
    let room = world.furnished(&walls);
    let ran = run(&walls, &room.files(), &["sh", "-c", "echo x > /etc/airlock-test; exit 3"], &console);
    assert_eq!(ran.end, End::Exited(3));
    let said = console.said();
    assert!(said.contains("something was not permitted: code of the repository runs as"), "{said}");
}

#[test]
fn what_cannot_start_behind_the_walls_says_why() {
    let world = World::new();
    let walls = world.walls(world.facts());
    let room = world.furnished(&walls);
    fs::write(room.files().join("lost"), "#!/nowhere/perl\n").unwrap();
    let end = |argv: &[&str]| run(&walls, &room.files(), argv, &Console::silent()).end;
    let told = |argv: &[&str]| match end(argv) {
        End::NotStarted(why) => why.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&["no-such-program"]), "`no-such-program` was not found on PATH");
    assert!(told(&["./index.js"]).ends_with("is not executable"));
    let hidden = world.at("home/python");
    fs::write(&hidden, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&hidden, fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink(&hidden, room.files().join("linked")).unwrap();
    let says = told(&["./linked"]);
    assert!(says.contains("cannot be reached by the user") && says.contains("home/python"), "{says}");
    assert_eq!(end(&["sh", "-c", "exit 7"]), End::Exited(7));
    assert_eq!(end(&["sh", "-c", "kill -SEGV $$"]), End::Signalled(11));
}

#[test]
fn of_a_flood_no_line_is_obeyed_and_most_are_but_counted() {
    let (world, console) = (World::new(), Console::silent_actions());
    let walls = world.walls(world.facts());
    let room = world.furnished(&walls);
    let flood = "yes '::set-output name=decision::deployed' | head -c 9000000";
    let ran = run(&walls, &room.files(), &["sh", "-c", flood], &console);
    assert_eq!((ran.end, ran.flooded, ran.printed), (End::Exited(0), true, 9_000_000));
    assert_eq!(obeyed(&console.results()), Vec::<String>::new());
}

#[test]
fn what_a_command_may_use_is_bounded() {
    let world = World::new();
    let walls = world.walls(world.facts());
    let room = world.furnished(&walls);
    // Nobody counts the processes of our own user: some of them we have not started.
    let counted = if is_root() { ", ('NPROC', 4096)" } else { "" };
    let script = format!(
        "import resource as r\nfor name, most in (('CORE', 0), ('NOFILE', 65536), ('FSIZE', 8 << 30){counted}):\n\
         \x20   assert 0 <= r.getrlimit(getattr(r, 'RLIMIT_' + name))[1] <= most, name"
    );
    let ran = run(&walls, &room.files(), &["python3", "-c", &script], &Console::silent());
    assert_eq!((ran.end, ran.tail.as_str()), (End::Exited(0), ""));
}

#[test]
fn a_command_has_its_own_home_and_nothing_to_read() {
    let world = World::new();
    let walls = world.walls(world.facts());
    let room = world.furnished(&walls);
    let script = "echo $HOME; echo $TMPDIR; pwd; cat; ls -a $HOME; echo x > $HOME/x && echo x > $TMPDIR/x && echo ok";
    let ran = run(&walls, &room.files(), &["sh", "-c", script], &Console::silent());
    let paths = [room.home(), room.scratch(), room.files()].map(|path| path.display().to_string());
    assert_eq!(ran.tail, format!("{}\n.\n..\nok\n", paths.join("\n")));
}
