//! Interpreters of virtual environments that lie in a home folder, as uv and pyenv keep them: what they consist of may be read,
//! and nothing beside it. Where the folder's modes keep a user of its own out, it is brought into the room, and what was brought
//! of the environment is led there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::bring::{self, Brought, Carrier, From};
use super::can_be_entered;
use super::room::give;
use crate::process::launcher::spec::User;

/// How people name the folder of a virtual environment.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];

/// How the folders of brought interpreters are named in a room, before their number.
const BROUGHT: &str = "python-";

/// The largest script of an environment that is looked at, in bytes.
const SCRIPT: u64 = 64 * 1024;

/// An interpreter with what it consists of.
#[derive(Debug)]
struct Interpreter {
    program: PathBuf,
    libraries: Vec<PathBuf>,
    modules: PathBuf,
}

/// What the checkout's virtual environments lead to: each interpreter, its library and its modules. A link that leads to
/// anything else opens nothing: whoever commits one cannot make an installation of Python around it.
pub(super) fn of(checkout: &Path) -> Vec<PathBuf> {
    let environments = bring::installed(checkout).unwrap_or_default();
    let environments = environments.iter().filter(|path| is_environment(path));
    let found = environments.filter_map(|path| Interpreter::of(&checkout.join(path)));
    found.flat_map(|found| found.libraries.into_iter().chain([found.program, found.modules])).collect()
}

fn is_environment(path: &Path) -> bool {
    ENVIRONMENTS.iter().any(|name| path.ends_with(name))
}

/// Brings into the room the interpreters that the user could not reach, and leads the environments there that were brought
/// into the copy. Before anything runs in it.
pub(super) fn bring_along(
    from: From<'_>,
    room: &Path,
    files: &Path,
    mut brought: Brought,
    user: Option<User>,
) -> io::Result<Brought> {
    let (From::Same(checkout), Some(_)) = (from, user) else { return Ok(brought) };
    let mut there: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for path in brought.paths.clone().iter().map(Path::new).filter(|path| is_environment(path)) {
        let Some(found) = Interpreter::of(&checkout.join(path)).filter(|found| !can_be_entered(&found.modules)) else {
            continue;
        };
        let known = there.get(&found.program).cloned();
        let bin = known.unwrap_or_else(|| room.join(format!("{BROUGHT}{}", there.len())).join("bin"));
        if there.insert(found.program.clone(), bin.clone()).is_none() {
            brought = brought.and(found.carry(&bin, has_all_of_it(&checkout.join(path)), user)?);
        }
        lead(&Environment { was: checkout.join(path), is: files.join(path) }, &found.program, &bin, user)?;
    }
    Ok(brought)
}

/// The folders of a room in which interpreters' libraries lie. A program may name another place for its own, which its user
/// cannot reach; then the loader would take the system's, which is another version's.
pub(in crate::process) fn libraries_of(room: &Path) -> Vec<PathBuf> {
    let folders = (0..).map(|number| room.join(format!("{BROUGHT}{number}"))).take_while(|folder| folder.is_dir());
    folders.map(|folder| folder.join("lib")).filter(|folder| !libraries_in(folder).is_empty()).collect()
}

/// An interpreter's library, in the folder that it belongs in.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libpython") && fs::symlink_metadata(path).is_ok_and(|facts| facts.is_file())
    };
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_library).collect()
}

impl Interpreter {
    /// That of an environment, if it is the program of an installation of Python.
    fn of(environment: &Path) -> Option<Self> {
        let program = environment.join("bin/python").canonicalize().ok()?;
        let name = program.file_name()?.to_str().filter(|name| name.starts_with("python3."))?;
        let folder = program.parent().filter(|folder| folder.ends_with("bin"))?.with_file_name("lib");
        let modules = folder.join(name);
        if !modules.join("os.py").is_file() || modules.canonicalize().ok()? != modules {
            return None;
        }
        let libraries = libraries_in(&folder);
        Some(Self { program, libraries, modules })
    }

    /// Carries it to where `bin` is the folder of its program; what was installed beside its own modules only `with_all`.
    fn carry(&self, bin: &Path, with_all: bool, user: Option<User>) -> io::Result<Brought> {
        let lib = bin.with_file_name("lib");
        let root = self.modules.ancestors().nth(2).unwrap_or(Path::new("/"));
        let carrier = Carrier::new(root, user);
        let to = |folder: &Path, path: &Path| folder.join(path.file_name().unwrap_or_default());
        let modules = to(&lib, &self.modules);
        for folder in [bin, &modules] {
            fs::create_dir_all(folder)?;
        }
        carrier.carry(self.program.clone(), to(bin, &self.program))?;
        for path in &self.libraries {
            carrier.carry(path.clone(), to(&lib, path))?;
        }
        for entry in fs::read_dir(&self.modules)? {
            let entry = entry?;
            if with_all || entry.file_name() != "site-packages" {
                carrier.carry(entry.path(), to(&modules, &entry.path()))?;
            }
        }
        Ok(carrier.done(vec![self.program.display().to_string()]))
    }
}

/// Whether the environment uses what is installed beside the interpreter's own modules.
fn has_all_of_it(environment: &Path) -> bool {
    let settings = fs::read_to_string(environment.join("pyvenv.cfg")).unwrap_or_default();
    let says = |line: &str| {
        line.split_once('=').is_some_and(|(key, value)| {
            key.trim() == "include-system-site-packages" && value.trim().eq_ignore_ascii_case("true")
        })
    };
    settings.lines().any(says)
}

/// An environment: where it was made, and where it was brought.
struct Environment {
    was: PathBuf,
    is: PathBuf,
}

/// Leads an environment to the interpreter in this folder: its links, its settings and the first lines of its scripts.
fn lead(environment: &Environment, program: &Path, bin: &Path, user: Option<User>) -> io::Result<()> {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|facts| facts.is_dir());
    let scripts = environment.is.join("bin");
    if !is_folder(&environment.is) || !is_folder(&scripts) {
        return Ok(());
    }
    let here = bin.join(program.file_name().unwrap_or_default());
    for entry in fs::read_dir(&scripts)? {
        let path = entry?.path();
        if let Ok(target) = fs::read_link(&path) {
            if target.is_absolute() && target.canonicalize().is_ok_and(|target| target == program) {
                fs::remove_file(&path)?;
                symlink(&here, &path)?;
                give(&path, user)?;
            }
        } else {
            let (was, is) = (format!("{}/", environment.was.display()), format!("{}/", environment.is.display()));
            // Whatever starts the interpreter stands on the first two lines: a longer path is started by a shell.
            rewrite(&path, user, |text| {
                let lines =
                    text.starts_with("#!").then(|| text.match_indices('\n').nth(1).map_or(text.len(), |(at, _)| at))?;
                Some(text[..lines].replace(&was, &is) + &text[lines..])
            })?;
        }
    }
    rewrite(&environment.is.join("pyvenv.cfg"), user, |text| {
        let is_home = |line: &str| line.split('=').next().is_some_and(|key| key.trim() == "home");
        let home = format!("home = {}", bin.display());
        let lines = text.lines().map(|line| if is_home(line) { home.as_str() } else { line });
        Some(lines.flat_map(|line| [line, "\n"]).collect())
    })
}

/// Puts another text in the place of a small file's, never through a second name of it.
fn rewrite(path: &Path, user: Option<User>, change: impl FnOnce(&str) -> Option<String>) -> io::Result<()> {
    let Ok(facts) = fs::symlink_metadata(path) else { return Ok(()) };
    if !facts.is_file() || facts.len() > SCRIPT {
        return Ok(());
    }
    // What is no text is no script.
    let Ok(text) = fs::read_to_string(path) else { return Ok(()) };
    let Some(changed) = change(&text).filter(|changed| *changed != text) else { return Ok(()) };
    fs::remove_file(path)?;
    let mut file = bring::plain(fs::OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(changed.as_bytes())?;
    file.set_permissions(facts.permissions())?;
    give(path, user)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn an_interpreter_is_opened_with_its_modules_and_nothing_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let write = |path: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "").unwrap();
        };
        // The home of somebody who installed Python right into `~/.local`, beside much that is nobody's business.
        for path in [
            "home/.local/bin/python3.11",
            "home/.local/bin/tool",
            "home/.local/lib/python3.11/os.py",
            "home/.local/lib/libpython3.11.so.1.0",
            "home/.local/lib/secret.so",
            "home/.local/share/keyrings/login",
            "home/.ssh/id_rsa",
            "home/.aws/bin/python3.11",
        ] {
            write(path);
        }
        let link = |to: &str, at: &str| {
            let at = root.join("work").join(at);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            symlink(root.join(to), at).unwrap();
        };
        link("home/.local/bin/python3.11", "app/.venv/bin/python3");
        symlink("python3", root.join("work/app/.venv/bin/python")).unwrap();
        let shown = || {
            let parts = of(&root.join("work")).into_iter();
            let mut parts: Vec<_> = parts.map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect();
            parts.sort_unstable();
            parts
        };
        let own = ["home/.local/bin/python3.11", "home/.local/lib/libpython3.11.so.1.0", "home/.local/lib/python3.11"];
        assert_eq!(shown(), own);
        for (number, to) in
            ["home/.ssh/id_rsa", "home/.aws/bin/python3.11", "home", "home/.local/bin/tool", "gone"].iter().enumerate()
        {
            link(to, &format!("wrong{number}/.venv/bin/python"));
        }
        assert_eq!(shown(), own, "other links open nothing");
    }
}
