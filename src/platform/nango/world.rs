//! All files that a project's functions consist of.

use std::collections::BTreeSet;
use std::ops::Deref;

use super::index::{Entry, entries};
use super::module::{Kind, Own};
use super::paths;
use crate::platform::parse::Room;
use crate::platform::typescript::world as files;
use crate::tree::{Tree, join};

pub(super) use crate::platform::typescript::world::Target;

/// A project's files, and what is deployed of them.
pub(super) struct World<'t> {
    files: files::World<'t, Own>,
    /// What `index.ts` deploys, with the path in the repository that each entry stands for (`None` above the root).
    pub entries: Vec<(Entry, Option<String>)>,
}

impl<'t> Deref for World<'t> {
    type Target = files::World<'t, Own>;

    fn deref(&self) -> &Self::Target {
        &self.files
    }
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
        let named = entries.iter().filter_map(|(_, path)| path.clone());
        let lying =
            tree.under(folder).map(|(path, _)| path).filter(|path| is_function_place(folder, path)).map(str::to_owned);
        let roots: BTreeSet<String> = std::iter::once(index).chain(named).chain(lying).collect();
        Self { files: files::World::read(tree, folder, roots, room), entries }
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
    is_code && Kind::ALL.iter().any(|each| each.folder() == kind)
}
