//! What an import means: a file of the project, a folder of files, or a package that is installed.

use std::collections::HashSet;

use super::detect::is_foreign;
use super::python::module::Import;
use crate::platform::paths::{below, folder};
use crate::tree::{Tree, join};

/// Folders of a project, from which absolute imports are looked up, beside that of the DAGs and the project itself.
const ROOTS: [&str; 2] = ["plugins", "config"];
/// What Astro calls the folder of the DAGs, whatever it is called here.
const DAGS: &str = "dags";

/// Where an import leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leads {
    /// To a package.
    Package,
    /// To these files: the module, and the packages around it.
    Files(Vec<String>),
    /// To a folder without `__init__.py`.
    Folder,
    /// To no file, though its first part is the project's.
    Nowhere {
        /// Whether nothing that is installed could have this name.
        sure: bool,
    },
}

/// The folders of Python files of a project.
pub(super) struct Places<'t> {
    tree: &'t Tree,
    roots: Vec<String>,
    /// Every folder below which a Python file lies.
    folders: HashSet<&'t str>,
    /// What lies directly in one of the roots: the first parts that an absolute name may have. Most imports have another.
    firsts: HashSet<String>,
}

impl<'t> Places<'t> {
    /// Looks where the project keeps its Python files.
    pub(super) fn new(tree: &'t Tree, project: &'t str, dags: &str) -> Self {
        let mut folders = HashSet::new();
        for (path, _) in tree.under(project).filter(|(path, _)| path.ends_with(".py") && !is_foreign(path)) {
            let mut at = folder(path);
            while folders.insert(at) && !at.is_empty() {
                at = folder(at);
            }
        }
        // Airflow adds the folders of DAGs, plugins and settings, Astro's runtime the project itself.
        let roots = std::iter::once(dags.to_owned()).chain(ROOTS.map(|root| join(project, root)));
        let roots: Vec<String> = roots.chain([project.to_owned()]).collect();
        let mut firsts = HashSet::from([DAGS.to_owned()]);
        for root in &roots {
            let inside = tree.under(root).filter_map(|(path, _)| below(root, path)?.strip_suffix(".py"));
            for first in inside.map(|name| name.split_once('/').map_or(name, |(first, _)| first)) {
                if !firsts.contains(first) {
                    firsts.insert(first.to_owned());
                }
            }
        }
        Self { tree, roots, folders, firsts }
    }

    /// Whether a name leads to a package for certain, by its first part alone.
    pub(super) fn is_package(&self, level: u32, name: &str) -> bool {
        level == 0 && !self.firsts.contains(name.split('.').next().unwrap_or_default())
    }

    /// Where the module of an import statement lies.
    pub(super) fn module(&self, from: &str, import: &Import) -> Leads {
        self.dotted(from, import.level, &import.module)
    }

    /// Where a module of this name lies, seen from a file.
    pub(super) fn dotted(&self, from: &str, level: u32, module: &str) -> Leads {
        if self.is_package(level, module) {
            return Leads::Package;
        }
        let parts: Vec<&str> = module.split('.').filter(|part| !part.is_empty()).collect();
        if level > 0 {
            let mut base = folder(from);
            for _ in 1..level {
                base = folder(base);
            }
            return self.below(base, &parts).unwrap_or(Leads::Nowhere { sure: true });
        }
        let mut found = None;
        for root in &self.roots {
            match self.below(root, &parts) {
                Some(leads @ Leads::Files(_)) => return leads,
                Some(leads) => {
                    found.get_or_insert(leads);
                }
                None => {}
            }
        }
        if let (None, [DAGS, inner @ ..], Some(dags)) = (&found, parts.as_slice(), self.roots.first()) {
            found = self.below(dags, inner);
        }
        found.unwrap_or_else(|| self.missing(&parts))
    }

    /// The files of a dotted name below a folder.
    fn below(&self, base: &str, parts: &[&str]) -> Option<Leads> {
        let mut files = Vec::new();
        let mut at = base.to_owned();
        for (number, part) in parts.iter().enumerate() {
            at = join(&at, part);
            let init = join(&at, "__init__.py");
            let file = format!("{at}.py");
            let is_last = number + 1 == parts.len();
            if self.tree.has(&init) {
                files.push(init);
            } else if self.tree.has(&file) {
                files.push(file);
                return is_last.then_some(Leads::Files(files));
            } else if !self.folders.contains(at.as_str()) {
                return None;
            } else if is_last {
                return Some(Leads::Folder);
            }
        }
        if parts.is_empty() {
            let init = join(&at, "__init__.py");
            return Some(if self.tree.has(&init) { Leads::Files(vec![init]) } else { Leads::Folder });
        }
        Some(Leads::Files(files))
    }

    fn missing(&self, parts: &[&str]) -> Leads {
        let Some(first) = parts.first() else { return Leads::Package };
        let is_package = |root: &String| {
            self.tree.has(&join(root, &format!("{first}.py")))
                || self.tree.has(&join(&join(root, first), "__init__.py"))
        };
        let is_folder = |root: &String| self.folders.contains(join(root, first).as_str());
        if self.roots.iter().any(is_package) {
            Leads::Nowhere { sure: true }
        } else if self.roots.iter().any(is_folder) {
            Leads::Nowhere { sure: false }
        } else {
            Leads::Package
        }
    }

    /// Where the name that `from module import name` takes lies, if it is a module by itself.
    pub(super) fn named(&self, from: &str, import: &Import) -> Option<Vec<String>> {
        let name = import.name.as_deref().filter(|name| *name != "*")?;
        if !import.module.is_empty() && self.is_package(import.level, &import.module) {
            return None;
        }
        let dotted = if import.module.is_empty() { name.to_owned() } else { format!("{}.{name}", import.module) };
        match self.dotted(from, import.level, &dotted) {
            Leads::Files(files) => Some(files),
            Leads::Folder => Some(Vec::new()),
            Leads::Package | Leads::Nowhere { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_leads_where_airflow_and_the_runtime_look() {
        let files = [
            "p/dags/a.py",
            "p/dags/lib/__init__.py",
            "p/dags/lib/b.py",
            "p/include/deep/c.py",
            "p/plugins/d.py",
            "p/include/data/x.csv",
        ];
        let tree = Tree::of_texts(files.map(|path| (path, "")));
        let places = Places::new(&tree, "p", "p/dags");
        let at = |level: u32, module: &str| places.dotted("p/dags/lib/b.py", level, module);
        let to = |files: &[&str]| Leads::Files(files.iter().map(|file| (*file).to_owned()).collect());
        assert_eq!(at(0, "lib.b"), to(&["p/dags/lib/__init__.py", "p/dags/lib/b.py"]));
        assert_eq!(at(0, "dags.lib.b"), to(&["p/dags/lib/__init__.py", "p/dags/lib/b.py"]));
        assert_eq!(at(0, "include.deep.c"), to(&["p/include/deep/c.py"]));
        assert_eq!(at(0, "include.deep"), Leads::Folder);
        assert_eq!(at(0, "d"), to(&["p/plugins/d.py"]));
        assert_eq!(at(1, "b"), to(&["p/dags/lib/b.py"]));
        assert_eq!(at(2, "a"), to(&["p/dags/a.py"]));
        assert_eq!(at(1, ""), to(&["p/dags/lib/__init__.py"]));
        assert_eq!(at(0, "lib.gone"), Leads::Nowhere { sure: true });
        assert_eq!(at(1, "gone"), Leads::Nowhere { sure: true });
        assert_eq!(at(0, "include.gone"), Leads::Nowhere { sure: false });
        assert_eq!(at(0, "include.data"), Leads::Nowhere { sure: false });
        assert_eq!(at(0, "pandas.core"), Leads::Package);
    }
}
