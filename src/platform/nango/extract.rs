//! From a project's files to its manifest, its findings and the sources it consists of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::function::{self, Function};
use super::lint;
use super::look::{Fields, Look};
use super::module::Kind;
use super::paths;
use super::world::World;
use crate::artefact::Artefact;
use crate::finding::Finding;
use crate::manifest::{Manifest, Origin};
use crate::platform::Extracted;
use crate::platform::parse::Room;
use crate::tree::{Tree, join};
use crate::work::Project;

/// Reads a project's functions and what is to be said about them. Nothing is executed.
pub fn extract(project: &Project, tree: &Tree) -> Extracted {
    let room = match Room::open() {
        Ok(room) => room,
        Err(problem) => {
            let finding = Finding::error("parser-failed", problem.to_string());
            return Extracted { manifest: Manifest::empty(Origin::Source), findings: vec![finding] };
        }
    };
    let world = World::read(tree, &project.path, &room);
    let deployed = deployed(&world);
    let findings = lint::all(&world, &deployed);
    let resources = room.each(deployed.iter().collect(), || (), |(), function| function::resource(&world, function));
    Extracted { manifest: Manifest::new(Origin::Source, resources.into_iter().flatten()), findings }
}

/// What would be deployed when nothing is compiled: `index.ts`, `package.json`, and every file that a function consists of.
pub fn sources(project: &Project, tree: &Tree) -> Artefact {
    let mut paths = vec![join(&project.path, "index.ts"), join(&project.path, "package.json")];
    if let Ok(room) = Room::open() {
        let world = World::read(tree, &project.path, &room);
        let entries = world.entries.iter().filter_map(|(_, path)| world.module(path.as_deref()?));
        paths.extend(world.closure(entries, false).into_iter().map(|module| world.modules[module].path.clone()));
    }
    let text = |path: String| tree.text(&path).map(|text| (path, Arc::from(text.as_bytes())));
    Artefact::new(paths.into_iter().filter_map(text).collect::<BTreeMap<_, _>>())
}

/// The functions that `index.ts` deploys, each once.
fn deployed<'w>(world: &'w World<'_>) -> Vec<Function<'w>> {
    let mut functions: BTreeMap<usize, Function<'w>> = BTreeMap::new();
    for (entry, path) in &world.entries {
        let Some(module) = path.as_deref().and_then(|path| world.module(path)) else { continue };
        let Some(mut function) = read(world, module) else { continue };
        function.entry = Some(entry);
        functions.entry(module).or_insert(function);
    }
    functions.into_values().collect()
}

/// The function that a file declares; of a file that cannot be parsed, the one that its folder speaks for.
pub(super) fn read<'w>(world: &'w World<'_>, module: usize) -> Option<Function<'w>> {
    let facts = &world.modules[module];
    let path = paths::below(world.folder, &facts.path)?.to_owned();
    let (integration, rest) = path.split_once('/')?;
    let declared = facts.own.declared.as_ref();
    let kind = declared.map(|declared| declared.kind).or_else(|| if facts.broken { by_folder(rest) } else { None })?;
    let name = paths::file_name(rest).strip_suffix(".ts")?.to_owned();
    let fields = declared.map_or_else(Fields::default, |declared| Look::new(world).fields(module, &declared.props));
    let integration = integration.to_owned();
    let mut function =
        Function { module, entry: None, path, kind, integration, name, declared, fields, attributes: BTreeMap::new() };
    function.attributes = function::attributes(world, &function);
    Some(function)
}

fn by_folder(rest: &str) -> Option<Kind> {
    let (folder, _) = rest.split_once('/')?;
    Kind::ALL.into_iter().find(|kind| kind.folder() == folder)
}
