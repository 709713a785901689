//! From a project's files to its manifest, its findings and the sources it consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dag::{self, Declared};
use super::lint;
use super::world::World;
use super::{bundle, image};
use crate::artefact::Artefact;
use crate::finding::Finding;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::platform::parse::Room;
use crate::platform::parse::frame::place;
use crate::platform::paths::below;
use crate::platform::{Carried, Extracted};
use crate::tree::Tree;
use crate::work::Project;

/// Files beside the DAGs without which they do not run.
const BESIDE: [&str; 4] = ["Dockerfile", "requirements.txt", "packages.txt", "pyproject.toml"];

/// The kind of a file whose DAGs only running it tells.
pub(super) const FILE: &str = "dag-file";

/// Reads a project's DAGs, or its bundle, and what is to be said about them. Nothing is executed.
pub fn extract(project: &Project, tree: &Tree) -> Extracted {
    if let Some(mount) = &project.astro.mount_path {
        return bundle::extract(project, tree, mount);
    }
    let room = match Room::open() {
        Ok(room) => room,
        Err(problem) => {
            let finding = Finding::error("parser-failed", problem.to_string());
            return Extracted { manifest: Manifest::empty(Origin::Source), findings: vec![finding] };
        }
    };
    let world = World::read(tree, project, &room);
    let (declared, hidden) = declared(&world);
    let findings = lint::all(&world, &declared, &hidden);
    let resources = room.each(declared.iter().collect(), || (), |(), dag| dag::resource(&world, dag));
    let resources = resources.into_iter().flatten().chain(files(&world, &hidden)).chain(image::resource(&world));
    Extracted { manifest: Manifest::new(Origin::Source, resources), findings }
}

/// The files whose DAGs only running them tells, one resource each, called by their paths below the folder of the DAGs. So a plan can
/// say of a DAG that runs whether its file is still there.
fn files(world: &World<'_>, hidden: &[Hidden]) -> Vec<Resource> {
    let mut modules: BTreeMap<usize, &Hidden> = BTreeMap::new();
    for hidden in hidden {
        modules.entry(hidden.module).or_insert(hidden);
    }
    let resource = |(module, hidden): (usize, &Hidden)| {
        let path = &world.modules[module].path;
        let id = below(&world.dags, path)?;
        Some(Resource {
            id: ResourceId::new(FILE, id),
            attributes: BTreeMap::from([("dags".to_owned(), Attribute::Dynamic(hidden.why.clone()))]),
            fingerprint: world.fingerprint(&world.closure(module)),
            artefact: None,
            place: Some(place(path, world.text(module), hidden.range.start().to_usize())),
        })
    };
    modules.into_iter().filter_map(resource).collect()
}

/// Everything below the folder of the DAGs, or of the bundle, as it is.
pub fn carries(project: &Project, tree: &Tree) -> Vec<String> {
    if project.astro.mount_path.is_some() {
        return bundle::carries(project, tree);
    }
    tree.under(&super::detect::dags(project)).map(|(path, _)| path.to_owned()).collect()
}

/// What would be deployed: everything below the folder of the DAGs, what was read of what it imports, and what the image is made from.
pub fn sources(project: &Project, tree: &Tree, carried: &Carried) -> Artefact {
    if project.astro.mount_path.is_some() {
        return Artefact::new(carried.clone());
    }
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut put = |path: &str| {
        if let Some(text) = tree.text(path) {
            files.insert(path.to_owned(), Arc::from(text.as_bytes()));
        }
    };
    if let Ok(room) = Room::open() {
        let world = World::read(tree, project, &room);
        tree.under(&world.dags).for_each(|(path, _)| put(path));
        world.modules.iter().for_each(|module| put(&module.path));
        let all: BTreeSet<usize> = (0..world.modules.len()).collect();
        world.templates(&all).keys().for_each(|path| put(path));
        BESIDE.iter().for_each(|name| put(&world.file(name)));
        // Whoever looks which files a project consists of is told of those, too, that the image takes from outside of its folder.
        for path in image::inputs(&world).into_iter().filter(|path| below(&project.path, path).is_none()) {
            let content = tree.content(&path).unwrap_or_default();
            files.entry(path.clone()).or_insert_with(|| Arc::from(content.as_bytes()));
        }
    }
    files.extend(carried.iter().map(|(path, bytes)| (path.clone(), Arc::clone(bytes))));
    Artefact::new(files)
}

/// A place where DAGs may be made that are not seen.
pub(super) struct Hidden {
    /// The module.
    pub module: usize,
    /// Where.
    pub range: ruff_text_size::TextRange,
    /// Why, as a fragment that fits after "it".
    pub why: String,
}

/// The DAGs that Airflow finds, and the places that may make others.
fn declared<'w>(world: &'w World<'_>) -> (Vec<Declared<'w>>, Vec<Hidden>) {
    let (mut seen, mut hidden) = (Vec::new(), Vec::new());
    for module in world.dag_files.iter().copied() {
        let facts = &world.modules[module];
        if !facts.discovered {
            continue;
        }
        for made in facts.made.iter().filter(|made| made.found) {
            let name = &made.call.name;
            let may_be = made.how != super::python::module::How::Made || world.is_dag_class(module, name);
            let id = if may_be {
                dag::id(world, module, made)
            } else {
                Err(format!(
                    "is given to `{}`, which may change it",
                    name.trim_start_matches(super::python::calls::LOCAL)
                ))
            };
            match id {
                Ok(id) => seen.push(Declared { module, made, id }),
                Err(why) => {
                    let why = format!("makes a DAG whose id {why}");
                    hidden.push(Hidden { module, range: made.call.range, why });
                }
            }
        }
        hidden.extend(facts.hidden.iter().map(|(range, why)| Hidden { module, range: *range, why: why.clone() }));
        for (path, range) in &facts.calls {
            if world.may_make_dags(module, path) || loads_dags(path) {
                let name = path.trim_start_matches(super::python::calls::LOCAL);
                hidden.push(Hidden { module, range: *range, why: format!("calls `{name}`, which makes DAGs") });
            }
        }
    }
    hidden.sort_by_key(|hidden| (hidden.module, hidden.range.start()));
    hidden.dedup_by_key(|hidden| (hidden.module, hidden.range.start()));
    (seen, hidden)
}

/// Packages whose functions make DAGs of files that are not Python.
fn loads_dags(path: &str) -> bool {
    ["dagfactory.", "gusty.", "airflow_declarative.", "boundary_layer."].iter().any(|package| path.starts_with(package))
}
