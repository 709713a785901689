//! An environment of Python that an earlier step made, by an interpreter that only root may reach.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use airlock::console::Console;
use airlock::process::{BroughtFrom, End};

use super::is_root;
use super::world::{World, run};

fn done(program: impl AsRef<std::ffi::OsStr>, words: &[&str]) -> String {
    let out = Command::new(program).args(words).output().unwrap();
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// This machine's Python, copied to where uv keeps one; gives its program.
fn installed(place: &Path) -> String {
    let script = "import os, sys, sysconfig; print(os.path.realpath(sys.executable), sysconfig.get_path('stdlib'))";
    // Not that of a version manager, which may have much installed beside it.
    let told = done("/usr/bin/python3", &["-c", script]);
    let (program, modules) = told.trim().split_once(' ').unwrap();
    for (from, folder) in [(program, "bin"), (modules, "lib")] {
        fs::create_dir_all(place.join(folder)).unwrap();
        done("cp", &["-a", from, place.join(folder).to_str().unwrap()]);
    }
    let name = Path::new(program).file_name().unwrap();
    place.join("bin").join(name).to_str().unwrap().to_owned()
}

#[test]
fn an_environment_whose_python_lies_in_a_closed_home_runs() {
    if !is_root() {
        return;
    }
    let world = World::new();
    let program = installed(&world.at("home/.local/share/uv/python/cpython"));
    // One that is linked with its library names the library's place, which the user cannot reach either.
    fs::write(world.at("home/.local/share/uv/python/cpython/lib/libpython3.so"), "").unwrap();
    world.open("home", 0o700);
    let environment = world.at("workspace/.venv");
    done(&program, &["-m", "venv", "--without-pip", "--symlinks", environment.to_str().unwrap()]);
    let script = format!("#!{}/bin/python\nimport json, sys\nprint(json.dumps(sys.prefix))\n", environment.display());
    fs::write(environment.join("bin/suite"), &script).unwrap();
    fs::set_permissions(environment.join("bin/suite"), fs::Permissions::from_mode(0o755)).unwrap();

    let walls = world.walls(world.facts());
    let room = walls.room().unwrap();
    fs::create_dir(room.files()).unwrap();
    let brought = room.furnish(BroughtFrom::Same(&world.at("workspace")), &[]).unwrap();
    assert!(brought.paths.contains(&program), "it is told what was brought: {brought}");

    let end = |argv: &[&str]| {
        let ran = run(&walls, &room.files(), argv, &Console::silent());
        (ran.end, ran.tail)
    };
    let prefix = format!("\"{}/.venv\"\n", room.files().display());
    assert_eq!(end(&[".venv/bin/suite"]), (End::Exited(0), prefix));
    let base = "import sys, unittest; print(sys.base_prefix)";
    let base_prefix = format!("{}/python-0\n", room.path().display());
    assert_eq!(end(&["./.venv/bin/python", "-c", base]), (End::Exited(0), base_prefix));
    let loaded = "import os; print(os.environ['LD_LIBRARY_PATH'])";
    let libraries = format!("{}/python-0/lib\n", room.path().display());
    assert_eq!(end(&["./.venv/bin/python", "-c", loaded]), (End::Exited(0), libraries));
    // Nothing else of that home came along, and the checkout's environment is as it was.
    assert_eq!(fs::read_to_string(environment.join("bin/suite")).unwrap(), script);
    assert_eq!(fs::canonicalize(environment.join("bin/python")).unwrap(), Path::new(&program));
    assert!(end(&["ls", world.at("home").to_str().unwrap()]).0 != End::Exited(0));
}
