//! All files that a project's functions consist of, and how they hang together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use oxc_allocator::Allocator;
use sha2::{Digest as _, Sha256};

use super::index::{Entry, entries};
use super::module::Module;
use super::paths::{self, Leads};
use super::read;
use crate::names::Digest;
use crate::platform::parse::Room;
use crate::tree::{Tree, join};

/// Where an import of a module leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// To a package.
    Package,
    /// Out of the repository.
    Outside,
    /// To no file.
    Missing,
    /// To a file whose text was not read.
    Unread(String),
    /// To these modules; the first is what TypeScript takes.
    Modules(Vec<usize>),
}

/// A project's files.
pub(super) struct World<'t> {
    /// The repository.
    pub tree: &'t Tree,
    /// The project's folder.
    pub folder: &'t str,
    /// The files that were read.
    pub modules: Vec<Module>,
    /// The modules by path.
    pub by_path: HashMap<String, usize>,
    /// For each module, for each import, where it leads.
    pub targets: Vec<Vec<Target>>,
    /// What `index.ts` deploys, with the path in the repository that each entry stands for (`None` above the root).
    pub entries: Vec<(Entry, Option<String>)>,
}

impl<'t> World<'t> {
    /// Reads `index.ts`, the entry points, everything that lies where functions lie, and what these import.
    pub(super) fn read(tree: &'t Tree, folder: &'t str, room: &Room) -> Self {
        let index = join(folder, "index.ts");
        let entries: Vec<_> = tree.text(&index).map_or_else(Vec::new, |text| {
            entries(text)
                .into_iter()
                .map(|entry| (paths::joined(folder, &entry.file), entry))
                .map(|(path, entry)| (entry, path))
                .collect()
        });
        let mut world =
            Self { tree, folder, modules: Vec::new(), by_path: HashMap::new(), targets: Vec::new(), entries };
        let named = world.entries.iter().filter_map(|(_, path)| path.clone());
        let lying =
            tree.under(folder).map(|(path, _)| path).filter(|path| is_function_place(folder, path)).map(str::to_owned);
        let roots: BTreeSet<String> = std::iter::once(index).chain(named).chain(lying).collect();
        world.without_text(&roots);
        world.follow(roots, room);
        world
    }

    /// Files that are there and have no text (too large, not UTF-8): their functions must not look removed.
    fn without_text(&mut self, roots: &BTreeSet<String>) {
        for path in roots.iter().filter(|path| self.tree.has(path) && self.tree.text(path).is_none()) {
            self.by_path.insert(path.clone(), self.modules.len());
            self.modules.push(Module { path: path.clone(), broken: true, unread: true, ..Module::default() });
        }
    }

    /// Reads the files, then what they import, and so on.
    fn follow(&mut self, roots: BTreeSet<String>, room: &Room) {
        let mut next = roots;
        while !next.is_empty() {
            let texts: Vec<(String, Arc<str>)> = std::mem::take(&mut next)
                .into_iter()
                .filter_map(|path| self.tree.text(&path).cloned().map(|text| (path, text)))
                .collect();
            let read = room
                .each(texts.clone(), Allocator::default, |allocator, (path, text)| read::read(allocator, &path, &text));
            for ((path, text), module) in texts.into_iter().zip(read) {
                let module = module.unwrap_or_else(|| read::failed(&path, &text));
                self.by_path.insert(path.clone(), self.modules.len());
                for import in &module.imports {
                    if let Leads::Files(files) = paths::leads(self.tree, &path, &import.specifier) {
                        next.extend(files);
                    }
                }
                self.modules.push(module);
            }
            next.retain(|path| !self.by_path.contains_key(path) && self.tree.text(path).is_some());
        }
        self.targets = self
            .modules
            .iter()
            .map(|module| module.imports.iter().map(|import| self.target(&module.path, &import.specifier)).collect())
            .collect();
    }

    fn target(&self, from: &str, specifier: &str) -> Target {
        match paths::leads(self.tree, from, specifier) {
            Leads::Package => Target::Package,
            Leads::Outside => Target::Outside,
            Leads::Nowhere => Target::Missing,
            Leads::Files(files) => {
                let modules: Vec<usize> = files.iter().filter_map(|file| self.by_path.get(file).copied()).collect();
                match files.into_iter().next() {
                    Some(first) if modules.is_empty() => Target::Unread(first),
                    _ => Target::Modules(modules),
                }
            }
        }
    }

    /// The module of a path.
    pub(super) fn module(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The text of a module.
    pub(super) fn text(&self, module: usize) -> &'t str {
        self.tree.text(&self.modules[module].path).map_or("", |text| text)
    }

    /// A module and everything that it imports, directly or not; with `bundled`, only what the bundler follows.
    pub(super) fn closure(&self, roots: impl IntoIterator<Item = usize>, bundled: bool) -> BTreeSet<usize> {
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<usize> = roots.into_iter().collect();
        while let Some(module) = open.pop() {
            if !seen.insert(module) {
                continue;
            }
            for (import, target) in self.modules[module].imports.iter().zip(&self.targets[module]) {
                if let Target::Modules(modules) = target
                    && (import.bundled || !bundled)
                {
                    open.extend(modules);
                }
            }
        }
        seen
    }

    /// The digest of a module and everything it imports: names as seen from the project, and contents, in the order of the
    /// names. `None` where a text could not be read.
    pub(super) fn fingerprint(&self, module: usize) -> Option<Digest> {
        let closure = self.closure([module], false);
        if closure.iter().any(|module| self.modules[*module].unread) {
            return None;
        }
        let mut files: Vec<(String, &[u8; 32])> = closure
            .into_iter()
            .map(|module| &self.modules[module])
            .map(|module| (paths::seen_from(self.folder, &module.path), &module.digest))
            .collect();
        files.sort_unstable();
        let mut hasher = Sha256::new();
        for (path, digest) in files {
            hasher.update((path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(digest);
        }
        Some(Digest::finish(hasher))
    }
}

/// Whether a file lies where functions lie: `<integration>/<syncs, actions, …>/<name>.ts`, and is no test or type declaration.
fn is_function_place(folder: &str, path: &str) -> bool {
    let Some(path) = paths::below(folder, path) else { return false };
    let mut parts = path.split('/');
    let (Some(_), Some(kind), Some(name), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_code =
        name.strip_suffix(".ts").is_some_and(|stem| ![".test", ".spec", ".d"].iter().any(|end| stem.ends_with(end)));
    is_code && super::module::Kind::ALL.iter().any(|each| each.folder() == kind)
}
