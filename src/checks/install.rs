//! Which commands install what the project depends on: by lockfile, never without one.

use std::path::Path;
use std::time::Duration;

use super::look::{Lock, Look, Manager, Package, Python};
use super::step::{Choice, Step, argv, typed, with_manager};
use crate::context::inputs::CommandChoice;
use crate::finding::SuiteKind;
use crate::process::ChildEnv;

/// How long an install may take.
const LIMIT: Duration = Duration::from_mins(20);

/// What the commands after the install need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needs {
    /// Packages of Node.js.
    pub(super) node: bool,
    /// Packages of Python.
    pub(super) python: bool,
}

/// The commands, in order. `folder` is the project's, `venv` the place for an environment of our own, outside the tree.
pub(super) fn choose(
    look: &Look,
    wish: &CommandChoice,
    needs: Needs,
    folder: &str,
    venv: &Path,
    environment: &ChildEnv,
) -> Vec<Choice> {
    match wish {
        CommandChoice::None => vec![Choice::skip("install", "`install-command` is `none`")],
        CommandChoice::Argv(argv) => vec![run(typed(argv), argv.clone(), folder)],
        CommandChoice::Auto => {
            let node = look
                .package
                .as_ref()
                .filter(|_| needs.node)
                .map(|package| node(package, look.lock.as_ref(), environment));
            let python = if needs.python { python(&look.python, folder, venv) } else { Vec::new() };
            node.into_iter().chain(python).collect()
        }
    }
}

fn run(name: impl Into<String>, argv: Vec<String>, folder: &str) -> Choice {
    Choice::Run(Step {
        kind: SuiteKind::Install,
        name: name.into(),
        argv,
        folder: folder.to_owned(),
        junit: None,
        limit: LIMIT,
    })
}

fn node(package: &Package, lock: Option<&Lock>, environment: &ChildEnv) -> Choice {
    let Some(lock) = lock else {
        return without(
            package,
            "there is no lockfile, and without one nobody can say what would be installed".to_owned(),
        );
    };
    let shown = crate::tree::join(&lock.folder, lock.file);
    if !lock.covers {
        return without(package, format!("`{shown}` does not cover this package, and there is no lockfile beside it"));
    }
    let named = package.manager.as_deref();
    let words: &[&str] = match lock.manager {
        Manager::Npm if lock.fresh => return Choice::skip("npm ci", format!("node_modules fits `{shown}`")),
        Manager::Npm => &["ci", "--no-audit", "--no-fund"],
        Manager::Pnpm => &["install", "--frozen-lockfile"],
        Manager::YarnClassic => &["install", "--frozen-lockfile", "--non-interactive"],
        Manager::YarnBerry => &["install", "--immutable"],
        Manager::Bun => return bun(lock, &shown),
    };
    let typed: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with("--no-")).collect();
    let name = format!("{} {}", lock.manager.program(), typed.join(" "));
    run(name, with_manager(lock.manager, named, environment, words), &lock.folder)
}

/// Nothing is installed: fine where nothing is needed, or where it is there already.
fn without(package: &Package, why: String) -> Choice {
    if !package.depends {
        return Choice::skip("install", "the package depends on nothing");
    }
    if package.installed {
        return Choice::skip("install", format!("{why}; node_modules is there"));
    }
    let help = "commit a lockfile, or install in an earlier step of the job, or name an `install-command`".to_owned();
    Choice::Without { name: "install".to_owned(), why, help }
}

fn bun(lock: &Lock, shown: &str) -> Choice {
    if lock.installed {
        return Choice::skip(
            "bun install",
            format!("airlock does not install with bun (`{shown}`); node_modules is there"),
        );
    }
    Choice::Cannot {
        name: "bun install".to_owned(),
        why: format!("airlock does not install with bun, which `{shown}` asks for"),
        help: "run `bun install` in an earlier step of the job, or name an `install-command`".to_owned(),
    }
}

/// `uv sync`, or an environment of our own with the requirements; nothing where the project brings its own.
fn python(python: &Python, folder: &str, venv: &Path) -> Vec<Choice> {
    if let Some(uv) = &python.uv {
        return vec![run("uv sync --frozen", argv(&["uv", "sync", "--frozen"]), uv)];
    }
    if python.venv {
        return vec![Choice::skip("pip install", "the project's folder has a `.venv`")];
    }
    if python.requirements.is_empty() {
        return vec![Choice::skip("pip install", "there is neither `uv.lock` nor a requirements file")];
    }
    let Some(venv) = venv.to_str() else {
        return vec![Choice::skip("pip install", "the scratch folder's name is not UTF-8")];
    };
    let pip = format!("{venv}/bin/python");
    let mut install = argv(&[&pip, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]);
    let files = python.requirements.iter();
    let mut what: Vec<String> = files.flat_map(|path| ["-r".to_owned(), from(folder, path)]).collect();
    if !python.names_pytest {
        what.push("pytest".to_owned());
    }
    let name = format!("pip install {}", typed(&what));
    install.append(&mut what);
    vec![run("python3 -m venv", argv(&["python3", "-m", "venv", venv]), folder), run(name, install, folder)]
}

/// A path from the root, as seen from a folder.
fn from(folder: &str, path: &str) -> String {
    let inner = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).filter(|_| !folder.is_empty());
    match inner {
        Some(inner) => inner.to_owned(),
        None if folder.is_empty() => path.to_owned(),
        None => format!("{}{path}", "../".repeat(folder.split('/').count())),
    }
}
