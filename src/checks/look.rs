//! What lies in the folder: package manifests, lockfiles, Python tests, wanted versions. Everything is read beneath the
//! repository's root, and no link is followed.

use std::cell::RefCell;
use std::path::Path;

use serde_json::Value;

use super::installed;
use crate::context::inputs::PlatformName;
use crate::finding::Finding;
use crate::history::beneath::{Folder, Kind};
use crate::names::Place;
use crate::problem::{Fault, Problem};
use crate::tree::join;
use crate::work::Project;

/// The largest manifest or lockfile that is read, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// A package manager of Node.js.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Npm,
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn 2 and later.
    YarnBerry,
    Bun,
}

impl Manager {
    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::YarnBerry => "yarn",
            Self::Bun => "bun",
        }
    }
}

/// A `package.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// Its folder from the root.
    pub(super) folder: String,
    /// Its `test` script, if it is one.
    pub(super) test: Option<String>,
    /// `packageManager`, as written.
    pub(super) manager: Option<String>,
    /// Whether it names any dependency.
    pub(super) depends: bool,
    /// Whether there is a `node_modules` beside it.
    pub(super) installed: bool,
}

/// A lockfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lock {
    /// Its folder from the root.
    pub(super) folder: String,
    /// Its name.
    pub(super) file: &'static str,
    pub(super) manager: Manager,
    /// Whether it covers the project's package: it lies beside it, or its folder is a workspace.
    pub(super) covers: bool,
    /// Whether what it names is installed already.
    pub(super) fresh: bool,
    /// Whether there is a `node_modules` beside it.
    pub(super) installed: bool,
}

/// Python in the project's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Python {
    /// Whether there are tests, or a configuration of pytest.
    pub(super) tests: bool,
    /// The folder of `uv.lock`.
    pub(super) uv: Option<String>,
    /// Whether the project's folder has a `.venv`.
    pub(super) venv: bool,
    /// The requirements files, from the root.
    pub(super) requirements: Vec<String>,
    /// Whether one of them names pytest.
    pub(super) names_pytest: bool,
}

/// A version that the repository asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// `node` or `python3`.
    pub(super) program: &'static str,
    /// What is asked for, as written.
    pub(super) text: String,
    /// Whether it is a range of npm (`engines`), not one version.
    pub(super) range: bool,
    /// Where.
    pub(super) place: Place,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) package: Option<Package>,
    pub(super) lock: Option<Lock>,
    pub(super) python: Python,
    pub(super) wanted: Vec<Wanted>,
    pub(super) findings: Vec<Finding>,
}

/// Looks at the project.
pub(super) fn look(root: &Path, project: &Project) -> Result<Look, Problem> {
    let folder = Folder::root(root).map_err(|trouble| trouble.problem("checkout-unreadable", Fault::Input))?;
    let ground = Ground { root, folder, findings: RefCell::default() };
    let (package, engines) = ground.package(project).unzip();
    let lock = package.as_ref().and_then(|package| ground.lock(project, package));
    let python = ground.python(project);
    let mut wanted = ground.wanted(project);
    wanted.extend(engines.flatten());
    Ok(Look { package, lock, python, wanted, findings: ground.findings.into_inner() })
}

/// The checkout, and what was found while reading it.
struct Ground<'a> {
    root: &'a Path,
    folder: Folder,
    findings: RefCell<Vec<Finding>>,
}

impl Ground<'_> {
    /// A file's text; what is there and cannot be read is a finding.
    fn text(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let read = self.folder.open_path(folder).and_then(|folder| match folder {
            Some(folder) => folder.read(name, LARGEST),
            None => Ok(None),
        });
        match read {
            Ok(bytes) => bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            Err(trouble) => {
                let problem = trouble.problem("file-unreadable", Fault::Checks);
                let finding = Finding { code: problem.code.clone(), ..Finding::error("", problem.to_string()) };
                self.findings.borrow_mut().push(finding.at(Place::file(path)));
                None
            }
        }
    }

    /// Whether a regular file of this path is there.
    fn has(&self, path: &str) -> bool {
        self.kind(path) == Some(Kind::File)
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.folder.open_path(folder).ok()??.kind(name).ok()?
    }

    /// The nearest package, with what its `engines` asks for. A package above the project's folder counts only where the
    /// platform's code is TypeScript: elsewhere it is somebody else's.
    fn package(&self, project: &Project) -> Option<(Package, Option<Wanted>)> {
        let is_node = !matches!(project.platform, PlatformName::Astro);
        let folder = upwards(&project.path)
            .take(if is_node { usize::MAX } else { 1 })
            .find(|folder| self.has(&join(folder, "package.json")))?;
        let path = join(folder, "package.json");
        let json = match serde_json::from_str::<Value>(&self.text(&path)?) {
            Ok(json) => json,
            Err(error) => {
                let finding = Finding::error("package-json-unreadable", format!("`{path}` is no JSON: {error}"));
                self.findings.borrow_mut().push(finding.at(Place::file(path)));
                return None;
            }
        };
        let word = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let test = word(json.pointer("/scripts/test")).filter(|script| is_real(script));
        let depends = ["dependencies", "devDependencies"]
            .iter()
            .any(|key| json.get(key).and_then(Value::as_object).is_some_and(|named| !named.is_empty()));
        let engines = word(json.pointer("/engines/node")).map(|text| Wanted {
            program: "node",
            text,
            range: true,
            place: Place::file(path),
        });
        let installed = self.kind(&join(folder, "node_modules")) == Some(Kind::Folder);
        let manager = word(json.get("packageManager"));
        Some((Package { folder: folder.to_owned(), test, manager, depends, installed }, engines))
    }

    /// The lockfile nearest to the project, up to the root.
    fn lock(&self, project: &Project, package: &Package) -> Option<Lock> {
        const KNOWN: [&str; 6] =
            ["pnpm-lock.yaml", "yarn.lock", "package-lock.json", "npm-shrinkwrap.json", "bun.lock", "bun.lockb"];
        let there = |folder: &str| KNOWN.into_iter().filter(|file| self.has(&join(folder, file))).collect::<Vec<_>>();
        let (folder, files) =
            upwards(&project.path).map(|folder| (folder, there(folder))).find(|(_, files)| !files.is_empty())?;
        let named = package.manager.as_deref().and_then(|named| named.split('@').next());
        let of_named = files.iter().copied().find(|file| named == Some(self.manager_of(folder, file).program()));
        let file = of_named.or_else(|| files.first().copied())?;
        let manager = self.manager_of(folder, file);
        if of_named.is_none() && files.iter().any(|other| self.manager_of(folder, other).program() != manager.program())
        {
            let said = format!("{} lie side by side; `{file}` is used", files.join(", "));
            let finding = Finding::warning("several-lockfiles", said).at(Place::file(join(folder, file)));
            self.findings.borrow_mut().push(finding.help("remove the others, or name one in `packageManager`"));
        }
        let modules = join(folder, "node_modules");
        let fits = || {
            let read = |path: String| if self.has(&path) { self.text(&path) } else { None };
            let (lock, package) = (read(join(folder, file))?, read(join(folder, "package.json"))?);
            Some(installed::fits(&lock, &read(join(&modules, ".package-lock.json"))?, &package))
        };
        Some(Lock {
            folder: folder.to_owned(),
            file,
            manager,
            covers: folder == package.folder || self.is_workspace(folder),
            fresh: manager == Manager::Npm && fits() == Some(true),
            installed: self.kind(&modules) == Some(Kind::Folder),
        })
    }

    fn manager_of(&self, folder: &str, file: &str) -> Manager {
        match file {
            "pnpm-lock.yaml" => Manager::Pnpm,
            "yarn.lock" => {
                let is_berry = self.text(&join(folder, file)).is_some_and(|text| text.contains("\n__metadata:"));
                if is_berry { Manager::YarnBerry } else { Manager::YarnClassic }
            }
            "bun.lock" | "bun.lockb" => Manager::Bun,
            _ => Manager::Npm,
        }
    }

    fn is_workspace(&self, folder: &str) -> bool {
        let names_some =
            |text: String| serde_json::from_str::<Value>(&text).is_ok_and(|json| json.get("workspaces").is_some());
        self.has(&join(folder, "pnpm-workspace.yaml"))
            || self.text(&join(folder, "package.json")).is_some_and(names_some)
    }

    fn python(&self, project: &Project) -> Python {
        let folder = project.path.as_str();
        let requirements = self.requirements(folder);
        let names_pytest = requirements
            .iter()
            .filter_map(|path| self.text(path))
            .any(|text| text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with("pytest")));
        Python {
            tests: super::python::has_config(|name| self.text(&join(folder, name)))
                || super::python::has_tests(&self.root.join(folder)),
            uv: upwards(folder).find(|folder| self.has(&join(folder, "uv.lock"))).map(str::to_owned),
            venv: self.kind(&join(folder, ".venv")) == Some(Kind::Folder),
            requirements,
            names_pytest,
        }
    }

    /// The requirements files of the nearest folder that has any, in order.
    fn requirements(&self, folder: &str) -> Vec<String> {
        for folder in upwards(folder) {
            let names =
                self.folder.open_path(folder).ok().flatten().and_then(|open| open.names().ok()).unwrap_or_default();
            let is_one = |name: &String| {
                name.starts_with("requirements") && Path::new(name).extension().is_some_and(|end| end == "txt")
            };
            let found: Vec<String> = names.iter().filter(|name| is_one(name)).map(|name| join(folder, name)).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// What the version files ask for.
    fn wanted(&self, project: &Project) -> Vec<Wanted> {
        let files = [(".nvmrc", "node"), (".node-version", "node"), (".python-version", "python3")];
        let find = |(file, program): (&str, &'static str)| {
            let path = upwards(&project.path).map(|folder| join(folder, file)).find(|path| self.has(path))?;
            let text = self
                .text(&path)?
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty() && !line.starts_with('#'))?
                .to_owned();
            Some(Wanted { program, text, range: false, place: Place::file(path) })
        };
        files.into_iter().filter_map(find).collect()
    }
}

/// The folder, the one above it, and so on to the root (`""`).
fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(above, _)| above))
    })
}

/// Whether a `test` script tests anything: the one that `npm init` writes does not.
fn is_real(script: &str) -> bool {
    !script.trim().is_empty() && !script.contains("no test specified")
}
