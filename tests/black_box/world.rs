//! A repository in a temporary folder, and verbs: edit, commit, branch, merge, play an event.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A git repository with one Nango project at its root.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

/// Flags that keep a run from executing anything of the tree.
pub(crate) const UNTESTED: &str = "--test-command none --install-command none";

/// What a run of the program gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    /// The example project, committed on `main`, with its dependencies installed as on somebody's laptop.
    pub(crate) fn example() -> Self {
        Self::copied("examples/nango")
    }

    /// The example project of Airflow DAGs, committed on `main`; pytest is installed by each run that tests.
    pub(crate) fn airflow() -> Self {
        Self::copied("examples/astro")
    }

    /// The example of a Paragon project, committed on `main`.
    pub(crate) fn paragon() -> Self {
        Self::copied("examples/paragon")
    }

    /// The example of a project with a deploy command of its own, committed on `main`.
    pub(crate) fn command_example() -> Self {
        Self::copied("examples/command")
    }

    fn copied(example: &str) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join(example);
        let listed = Command::new("git").arg("-C").arg(&example).args(["ls-files", "-z"]).output().unwrap();
        for name in String::from_utf8(listed.stdout).unwrap().split_terminator('\0') {
            let target = world.path(name);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(example.join(name), target).unwrap();
        }
        if example.join("package-lock.json").is_file() {
            let installed = installed(&example);
            done(Command::new("cp").args(["-al", "--"]).arg(installed).arg(world.path("node_modules")));
        }
        world.git(&["init", "-q", "-b", "main"]);
        world.commit("Add the project");
        world
    }

    /// A project of one sync whose tests are a line of Node; nothing is installed.
    pub(crate) fn small() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.write(".nango/.gitkeep", "");
        world.write("index.ts", "import './github/syncs/issues.js';\n");
        world.write(
            "package.json",
            r#"{"name":"small","private":true,"type":"module","scripts":{"test":"node --test"}}"#,
        );
        world.write("small.test.js", "import test from 'node:test';\ntest('holds', () => {});\n");
        world.write("github/syncs/issues.ts", &sync("Issue"));
        world.git(&["init", "-q", "-b", "main"]);
        world.commit("Add one sync");
        world
    }

    /// Adds and commits another sync of GitHub's.
    pub(crate) fn add_sync(&self, name: &str) {
        self.write(&format!("github/syncs/{name}.ts"), &sync(&model(name)));
        let index = std::fs::read_to_string(self.path("index.ts")).unwrap();
        self.write("index.ts", &format!("{index}import './github/syncs/{name}.js';\n"));
        self.commit("Add a sync");
    }

    /// Adds and commits many syncs of GitHub's.
    pub(crate) fn add_syncs(&self, names: &[String]) {
        let mut index = std::fs::read_to_string(self.path("index.ts")).unwrap();
        for name in names {
            self.write(&format!("github/syncs/{name}.ts"), &sync(&model(name)));
            // A name is any text; JSON's spelling of it is JavaScript's.
            index += &format!("import {};\n", serde_json::json!(format!("./github/syncs/{name}.js")));
        }
        self.write("index.ts", &index);
        self.commit("Add syncs");
    }

    /// A repository with nothing in it yet.
    pub(crate) fn empty() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.git(&["init", "-q", "-b", "main"]);
        world
    }

    /// A clone of another repository that has its newest commit alone.
    pub(crate) fn shallow_clone_of(other: &Self) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.git(&["clone", "-q", "--depth", "1", &format!("file://{}", other.root().display()), "."]);
        world
    }

    /// A folder with nothing in it, not even a repository.
    pub(crate) fn nothing() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The releases of an environment, newest first, as `airlock history --json` prints them.
    pub(crate) fn releases(&self, environment: &str) -> Vec<serde_json::Value> {
        let history = self.airlock(&format!("history --environment {environment} --json")).says(0, &[]);
        serde_json::from_str(&history.stdout).expect("JSON on stdout alone")
    }

    /// Version and result of each release of an environment, newest first.
    pub(crate) fn told(&self, environment: &str) -> Vec<String> {
        let word = |release: &serde_json::Value, key: &str| release[key].as_str().unwrap_or("?").to_owned();
        let tell = |release| format!("{} {}", word(release, "version"), word(release, "result"));
        self.releases(environment).iter().map(tell).collect()
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn replace(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(old), "`{old}` is not in {name}");
        std::fs::write(self.path(name), text.replace(old, new)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = clean("git")
            .current_dir(self.root())
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// `airlock simulate …` in the repository.
    pub(crate) fn simulate(&self, words: &str) -> Ran {
        self.airlock(&format!("simulate {words}"))
    }

    /// `airlock simulate …` with nothing of the tree executed.
    pub(crate) fn play(&self, words: &str) -> Ran {
        self.simulate(&format!("{words} {UNTESTED}"))
    }

    /// Any command; words are split at spaces.
    pub(crate) fn airlock(&self, words: &str) -> Ran {
        self.command().args(words.split_whitespace()).output().unwrap().into()
    }

    /// The program in the repository, with nothing of this machine's runner in its environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = clean(env!("CARGO_BIN_EXE_airlock"));
        command.current_dir(self.root()).env("USER", "ana").env("NO_COLOR", "1");
        command
    }
}

/// The model of a sync, which no other sync of the integration may have.
fn model(name: &str) -> String {
    "M".chars().chain(name.chars().filter(char::is_ascii_alphanumeric)).collect()
}

/// The dependencies of a project, installed once for each lockfile and build of these tests.
fn installed(project: &Path) -> PathBuf {
    let lock = std::fs::read(project.join("package-lock.json")).unwrap();
    let mut hash = std::hash::DefaultHasher::new();
    std::hash::Hash::hash(&lock, &mut hash);
    let store = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("installed-{:016x}", std::hash::Hasher::finish(&hash));
    // Of several that want it at once, one installs it.
    let turn = std::fs::File::create(store.join(format!("{name}.lock"))).unwrap();
    turn.lock().unwrap();
    let folder = store.join(&name);
    if !folder.join("done").exists() {
        let _was_half_done = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(project.join(file), folder.join(file)).unwrap();
        }
        done(clean("npm").current_dir(&folder).args(["ci", "--no-audit", "--no-fund"]));
        std::fs::write(folder.join("done"), "").unwrap();
    }
    folder.join("node_modules")
}

fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) fn sync(model: &str) -> String {
    format!(
        "import {{ createSync }} from 'nango';\nimport * as z from 'zod';\nconst {model} = z.object({{ id: z.string() }});\n\
         export default createSync({{\n  description: 'Reads',\n  version: '1.0.0',\n  frequency: 'every hour',\n  \
         autoStart: true,\n  models: {{ {model} }},\n  exec: async () => {{}},\n}});\n"
    )
}

/// A command without the variables that a runner sets.
pub(crate) fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let known = name.to_string_lossy();
        if ["GITHUB_", "INPUT_", "RUNNER_", "ACTIONS_", "NANGO_", "ASTRO_", "PARAGON_", "GIT_"]
            .iter()
            .any(|prefix| known.starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
    command
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Everything that was printed.
    pub(crate) fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// What was printed on stdout, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.all()))
    }

    /// Ends the test unless the exit code is this and these words were printed anywhere.
    pub(crate) fn complains(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        for word in words {
            assert!(self.all().contains(word), "`{word}` is not in:\n{}", self.all());
        }
        self
    }

    /// Ends the test unless the exit code and these words are there, on stdout.
    pub(crate) fn says(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        for word in words {
            assert!(self.stdout.contains(word), "`{word}` is not in:\n{}", self.all());
        }
        self
    }
}
