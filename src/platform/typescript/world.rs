//! All files that a project consists of, and how they hang together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use oxc_allocator::Allocator;
use sha2::{Digest as _, Sha256};

use super::module::{Facts, Module};
use super::paths::{self, Leads};
use super::read;
use crate::names::Digest;
use crate::platform::parse::Room;
use crate::tree::Tree;

/// Where an import of a module leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum Target {
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
pub(in crate::platform) struct World<'t, F> {
    /// The repository.
    pub tree: &'t Tree,
    /// The project's folder.
    pub folder: &'t str,
    /// The files that were read.
    pub modules: Vec<Module<F>>,
    /// The modules by path.
    pub by_path: HashMap<String, usize>,
    /// For each module, for each import, where it leads.
    pub targets: Vec<Vec<Target>>,
}

impl<'t, F: Facts> World<'t, F> {
    /// Reads these files and what they import.
    pub(in crate::platform) fn read(tree: &'t Tree, folder: &'t str, roots: BTreeSet<String>, room: &Room) -> Self {
        let mut world = Self { tree, folder, modules: Vec::new(), by_path: HashMap::new(), targets: Vec::new() };
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
    pub(in crate::platform) fn module(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The text of a module.
    pub(in crate::platform) fn text(&self, module: usize) -> &'t str {
        self.tree.text(&self.modules[module].path).map_or("", |text| text)
    }

    /// A module and everything that it imports, directly or not; with `bundled`, only what the bundler follows.
    pub(in crate::platform) fn closure(
        &self,
        roots: impl IntoIterator<Item = usize>,
        bundled: bool,
    ) -> BTreeSet<usize> {
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
    pub(in crate::platform) fn fingerprint(&self, module: usize) -> Option<Digest> {
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
