//! Namespaces of its own, which an ordinary user's code gets where the system gives them.

use std::process::Command;
use std::time::Duration;

use airlock::console::Console;
use airlock::process::{Confined, End};
use airlock::watch::Watch;

use super::world::{World, environment, run};
use super::{ordinary, still_there, within};

/// Tests a user whom the system gives namespaces; where it does not, that is said.
#[expect(clippy::disallowed_macros, reason = "a test that does not run says so")]
pub(super) fn apart(test: impl FnOnce(&World)) {
    let asked = ["--user", "--map-current-user", "--pid", "--fork", "--mount-proc", "true"];
    if !Command::new("unshare").args(asked).status().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: this system gives ordinary users no namespaces");
        return;
    }
    let world = World::new();
    let walls = world.walls(world.facts());
    assert!(walls.says().contains("in namespaces of its own"), "{}", walls.says());
    assert_eq!((walls.breaches(), walls.remark()), (&[][..], None));
    let bare = world.walls_without_namespaces(world.facts()).remark();
    assert!(bare.is_some_and(|said| said.contains("without namespaces of its own")), "the report says so");
    test(&world);
}

#[test]
#[ignore = "started by another"]
fn looked_around() {
    apart(|world| {
        let walls = world.walls(world.facts());
        let room = world.furnished(&walls);
        let script = format!(
            "test $(ls /proc | grep -c '^[0-9]') -le 5 && id -u; kill -0 {} 2>/dev/null && echo reached; kill -9 1; echo $$; \
             mount -t tmpfs none /tmp 2>/dev/null && echo mounted; exit 3",
            std::process::id()
        );
        let ran = run(&walls, &room.files(), &["sh", "-c", &script], &Console::silent());
        let own = rustix::process::geteuid().as_raw();
        // The first process, the shell twice, `ls` and `grep`.
        assert_eq!((ran.end, ran.tail.as_str()), (End::Exited(3), format!("{own}\n2\n").as_str()));
        let end = |script: &str| run(&walls, &room.files(), &["sh", "-c", script], &Console::silent()).end;
        assert_eq!(end("kill -SEGV $$"), End::Signalled(11));
        assert_eq!(end("kill -KILL $$"), End::Signalled(9));
        assert_eq!(end("exit 255"), End::Exited(255));

        // Who is asked to end may tidy up first; who does not is killed with all its line.
        let ends = |script: &str| {
            let argv = ["sh", "-c", script, world.path().to_str().unwrap()].map(str::to_owned).to_vec();
            let command = Confined::new(&walls, argv, room.files(), environment()).grace(Duration::from_millis(400));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let watch = Watch::endless();
            runtime.block_on(command.run(&Console::silent(), &watch.within(Duration::from_millis(300))))
        };
        let tidied = ends("trap 'echo tidied; exit 0' TERM; while :; do sleep 0.01; done");
        assert!(tidied.end == End::TimedOut && tidied.tail.ends_with("tidied\n"), "{tidied:?}");
        let deaf = ends("trap '' TERM; while :; do sleep 0.01; done");
        assert_eq!(deaf.end, End::TimedOut);
        assert_eq!(still_there(world.path().to_str().unwrap()), Vec::<String>::new());
    });
}

#[test]
fn code_in_namespaces_of_its_own_sees_itself_alone_and_ends_as_it_would_outside() {
    within(&[], "confine::apart::looked_around", ordinary);
}
