//! All files that a project's DAGs consist of, and how they hang together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::detect::{self, is_foreign};
use super::ignore::Ignore;
use super::locate::{Leads, Places};
use super::python::module::Module;
use super::python::read;
use super::python::value::Val;
use super::settings::{self, Settings, Syntax};
use crate::names::Digest;
use crate::platform::parse::Room;
use crate::platform::paths::{folder, joined, seen_from};
use crate::tree::{Tree, join};
use crate::work::Project;

/// A project's files.
pub(super) struct World<'t> {
    /// The repository.
    pub tree: &'t Tree,
    /// The project's folder.
    pub folder: &'t str,
    /// The folder of its DAGs.
    pub dags: String,
    /// What it runs on.
    pub settings: Settings,
    /// Its ignore files.
    pub ignore: Ignore,
    /// Files that one syntax of the ignore files passes over and the other does not, where nothing says which one counts.
    pub doubtful: Vec<String>,
    /// Files below that folder that are passed over.
    pub passed: BTreeSet<String>,
    /// Files that are imported and have no text.
    pub unread: BTreeSet<String>,
    /// How imports are looked up.
    pub places: Places<'t>,
    /// The files that were read.
    pub modules: Vec<Module>,
    /// The modules by path.
    pub by_path: HashMap<String, usize>,
    /// For each module, the modules that it imports.
    pub targets: Vec<BTreeSet<usize>>,
    /// The files in which Airflow looks for DAGs.
    pub dag_files: BTreeSet<usize>,
}

impl<'t> World<'t> {
    /// Reads every Python file below the folder of the DAGs that is not ignored, and what these import.
    pub(super) fn read(tree: &'t Tree, project: &'t Project, room: &Room) -> Self {
        let folder = project.path.as_str();
        let settings = settings::read(tree, folder);
        let dags = detect::dags(project);
        let syntax = settings.ignore.unwrap_or(if settings.airflow == Some(2) { Syntax::Regexp } else { Syntax::Glob });
        let ignore = Ignore::read(tree, &dags, syntax);
        let is_known = settings.ignore.is_some() || settings.airflow.is_some();
        let other = (!is_known).then(|| Ignore::read(tree, &dags, Syntax::Regexp));
        let mut world = Self {
            tree,
            folder,
            ignore,
            doubtful: Vec::new(),
            passed: BTreeSet::new(),
            unread: BTreeSet::new(),
            places: Places::new(tree, folder, &dags),
            settings,
            modules: Vec::new(),
            by_path: HashMap::new(),
            targets: Vec::new(),
            dag_files: BTreeSet::new(),
            dags,
        };
        let mut roots = BTreeSet::new();
        for (path, _) in tree.under(&world.dags).filter(|(path, _)| path.ends_with(".py") && !is_foreign(path)) {
            let passed = world.ignore.ignores(path, syntax);
            let otherwise = other.as_ref().map_or(passed, |other| other.ignores(path, Syntax::Regexp));
            if passed != otherwise {
                world.doubtful.push(path.to_owned());
            }
            let into = if passed && otherwise { &mut world.passed } else { &mut roots };
            into.insert(path.to_owned());
        }
        world.without_text(&roots);
        world.follow(roots.clone(), room);
        world.dag_files = roots.iter().filter_map(|path| world.by_path.get(path).copied()).collect();
        world
    }

    /// Files that are there and have no text (too large, not UTF-8): their DAGs must not look removed.
    fn without_text(&mut self, roots: &BTreeSet<String>) {
        for path in roots.iter().filter(|path| self.tree.has(path) && self.tree.text(path).is_none()) {
            self.by_path.insert(path.clone(), self.modules.len());
            self.modules.push(Module { path: path.clone(), broken: true, unread: true, ..Module::default() });
        }
    }

    /// Reads the files, then what they import, and so on.
    fn follow(&mut self, roots: BTreeSet<String>, room: &Room) {
        let python = self.settings.python;
        let mut imported: Vec<BTreeSet<String>> = self.modules.iter().map(|_| BTreeSet::new()).collect();
        let mut next = roots;
        while !next.is_empty() {
            let texts: Vec<(String, Arc<str>)> = std::mem::take(&mut next)
                .into_iter()
                .filter_map(|path| self.tree.text(&path).cloned().map(|text| (path, text)))
                .collect();
            let read = room.each(texts.clone(), || (), |(), (path, text)| read::read(&path, &text, python));
            for ((path, text), module) in texts.into_iter().zip(read) {
                let module = module.unwrap_or_else(|| read::failed(&path, &text));
                self.by_path.insert(path.clone(), self.modules.len());
                let files = self.imported(&module);
                for file in &files {
                    let into = if self.tree.text(file).is_some() { &mut next } else { &mut self.unread };
                    into.insert(file.clone());
                }
                imported.push(files);
                self.modules.push(module);
            }
            next.retain(|path| !self.by_path.contains_key(path));
        }
        let target =
            |files: &BTreeSet<String>| files.iter().filter_map(|file| self.by_path.get(file).copied()).collect();
        self.targets = imported.iter().map(target).collect();
    }

    /// The files that a module imports.
    fn imported(&self, module: &Module) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        for import in &module.imports {
            if let Leads::Files(found) = self.places.module(&module.path, import) {
                files.extend(found);
            }
            files.extend(self.places.named(&module.path, import).into_iter().flatten());
        }
        files.remove(&module.path);
        files
    }

    /// Whether nothing below the folder of the DAGs could be one, packed or ignored ones included.
    pub(super) fn has_no_dags(&self) -> bool {
        let mut files = self.tree.under(&self.dags);
        !files.any(|(path, _)| path.ends_with(".py") || path.ends_with(".zip"))
    }

    /// The text of a module.
    pub(super) fn text(&self, module: usize) -> &'t str {
        self.tree.text(&self.modules[module].path).map_or("", |text| text)
    }

    /// A module and everything that it imports, directly or not.
    pub(super) fn closure(&self, root: usize) -> BTreeSet<usize> {
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut open = vec![root];
        while let Some(module) = open.pop() {
            if seen.insert(module) {
                open.extend(&self.targets[module]);
            }
        }
        seen
    }

    /// Other files that the modules name and that are there: templates beside the DAG, or from the project or its DAGs.
    pub(super) fn templates(&self, modules: &BTreeSet<usize>) -> BTreeMap<String, Arc<str>> {
        let mut found = BTreeMap::new();
        for module in modules.iter().map(|module| &self.modules[*module]) {
            let searched = module.made.iter().filter_map(|made| made.call.named("template_searchpath")).flat_map(texts);
            let searched: Vec<String> = searched.filter_map(|home| joined(self.folder, home)).collect();
            for name in &module.files {
                let homes = [folder(&module.path), &self.dags, self.folder];
                let homes = homes.into_iter().chain(searched.iter().map(String::as_str));
                let path = homes.filter_map(|home| joined(home, name)).find(|path| self.tree.has(path));
                if let Some((path, text)) =
                    path.and_then(|path| self.tree.text(&path).cloned().map(|text| (path, text)))
                {
                    found.insert(path, text);
                }
            }
        }
        found
    }

    /// The digest of a module, everything it imports and the templates it names: names as seen from the project, and contents, in the
    /// order of the names. `None` where a text could not be read.
    pub(super) fn fingerprint(&self, closure: &BTreeSet<usize>) -> Option<Digest> {
        if closure.iter().any(|module| self.modules[*module].unread) {
            return None;
        }
        let code = closure.iter().map(|module| &self.modules[*module]);
        let mut files: Vec<(String, [u8; 32])> =
            code.map(|module| (seen_from(self.folder, &module.path), module.digest)).collect();
        let templates = self.templates(closure).into_iter();
        files.extend(
            templates.map(|(path, text)| (seen_from(self.folder, &path), Sha256::digest(text.as_bytes()).into())),
        );
        files.sort_unstable();
        let mut hasher = Sha256::new();
        for (path, digest) in files {
            hasher.update((path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(digest);
        }
        Some(Digest::finish(hasher))
    }

    /// A file of the project's root.
    pub(super) fn file(&self, name: &str) -> String {
        join(self.folder, name)
    }
}

/// A text, or the texts of a list.
fn texts(value: &Val) -> Vec<&str> {
    match value {
        Val::Text(text) => vec![text],
        Val::List(items) => items.iter().filter_map(Val::text).collect(),
        _ => Vec::new(),
    }
}
