//! A machine to be attacked: a runner's folders with a planted key wherever one may lie.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use airlock::console::Console;
use airlock::process::launcher::Launcher;
use airlock::process::{BroughtFrom, ChildEnv, Confined, Facts, Ran, Room, Walls};
use airlock::watch::Watch;

/// Found nowhere but where it was planted.
pub(super) const KEY: &str = "0d9f-planted-key";

/// Files by which a step steers the runner.
pub(super) const STEERING: [&str; 5] = ["ENV", "PATH", "STATE", "OUTPUT", "STEP_SUMMARY"];

pub(super) struct World {
    place: tempfile::TempDir,
    _socket: UnixListener,
}

impl World {
    pub(super) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        mode(place.path(), 0o755);
        for folder in [
            "file_commands",
            "workflow",
            "home",
            "runner_temp",
            "scratch",
            "workspace/.git/hooks",
            "workspace/node_modules/a",
        ] {
            fs::create_dir_all(place.path().join(folder)).unwrap();
        }
        let header = format!("[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic {KEY}\n");
        let write = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
        for name in STEERING {
            write(&format!("file_commands/{name}"), "");
        }
        write("workflow/event.json", "{}");
        write("home/.netrc", &format!("machine github.com password {KEY}"));
        write("runner_temp/git-credentials-1.config", &header);
        write("workspace/.git/config", &header);
        write("workspace/index.js", "// a source\n");
        write("workspace/node_modules/a/index.js", "// installed\n");
        mode(&place.path().join("home/.netrc"), 0o600);
        mode(&place.path().join("runner_temp/git-credentials-1.config"), 0o600);
        mode(&place.path().join("workspace/.git/config"), 0o640);
        let socket = UnixListener::bind(place.path().join("docker.sock")).unwrap();
        // Its owner could connect whatever the mode gives others.
        mode(&place.path().join("docker.sock"), 0);
        Self { place, _socket: socket }
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(super) fn facts(&self) -> Facts {
        let steering = STEERING.iter().map(|name| (format!("GITHUB_{name}"), self.at("file_commands").join(name)));
        Facts {
            keys: vec!["NANGO_SECRET_KEY".to_owned()],
            workspace: Some(self.at("workspace")),
            steering: steering.chain([("GITHUB_EVENT_PATH".to_owned(), self.at("workflow/event.json"))]).collect(),
            home: Some(self.at("home")),
            runner_temp: Some(self.at("runner_temp")),
            sockets: vec![self.at("docker.sock")],
            docker: None,
            meant: vec!["/usr/bin".into(), "/bin".into()],
        }
    }

    /// Lets everybody do with a file what the mode says.
    pub(super) fn open(&self, name: &str, wanted: u32) {
        mode(&self.at(name), wanted);
    }

    pub(super) fn walls_without_landlock(&self, facts: Facts) -> Walls {
        let launcher = Launcher::at(env!("CARGO_BIN_EXE_airlock")).without_landlock().without_namespaces();
        Walls::raise(&self.at("scratch"), facts, Some(&launcher)).unwrap()
    }

    pub(super) fn walls_without_namespaces(&self, facts: Facts) -> Walls {
        let launcher = Launcher::at(env!("CARGO_BIN_EXE_airlock")).without_namespaces();
        Walls::raise(&self.at("scratch"), facts, Some(&launcher)).unwrap()
    }

    pub(super) fn walls(&self, facts: Facts) -> Walls {
        Walls::raise(&self.at("scratch"), facts, Some(&Launcher::at(env!("CARGO_BIN_EXE_airlock")))).unwrap()
    }

    /// What is not as it was.
    pub(super) fn changed(&self, before: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
        let now = self.told();
        let paths = before.keys().chain(now.keys());
        paths.filter(|path| before.get(*path) != now.get(*path)).cloned().collect()
    }

    /// A copy of the checkout's tracked files in a room.
    pub(super) fn furnished(&self, walls: &Walls) -> Room {
        let room = walls.room().unwrap();
        fs::create_dir(room.files()).unwrap();
        fs::copy(self.at("workspace/index.js"), room.files().join("index.js")).unwrap();
        let brought = room.furnish(BroughtFrom::Same(&self.at("workspace")), &[]).unwrap();
        assert_eq!((brought.paths.as_slice(), brought.files), (&["node_modules".to_owned()][..], 1));
        room
    }

    /// What lies in this world beside the rooms, as text.
    pub(super) fn told(&self) -> BTreeMap<PathBuf, String> {
        let mut waiting = vec![self.path().to_owned()];
        let mut told = BTreeMap::new();
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(&folder).unwrap().flatten() {
                let kind = entry.file_type().unwrap();
                if kind.is_dir() && !entry.file_name().to_string_lossy().starts_with("airlock-rooms-") {
                    waiting.push(entry.path());
                } else if kind.is_file() {
                    told.insert(entry.path(), fs::read_to_string(entry.path()).unwrap());
                }
            }
        }
        told
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(super) fn environment() -> ChildEnv {
    let path = "/usr/local/bin:/usr/bin:/bin".to_owned();
    ChildEnv::new(&BTreeMap::from([("PATH".to_owned(), path)]), &[]).unwrap()
}

pub(super) fn run(walls: &Walls, folder: &Path, argv: &[&str], console: &Console) -> Ran {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    let command = Confined::new(walls, argv, folder, environment());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(command.run(console, &Watch::endless()))
}
