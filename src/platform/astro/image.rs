//! What a project's image is made from, as one resource: a deploy of DAGs alone brings none of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::detect::is_foreign;
use super::world::World;
use super::{copied, settings};
use crate::manifest::{Attribute, Manifest, Resource, ResourceId};
use crate::names::{Digest, Place};
use crate::platform::paths::{below, seen_from};

/// The kind of the resource.
pub(super) const IMAGE: &str = "image";

/// Its id: a project has one.
pub(super) const ID: &str = "runtime";

/// The field of an image without DAGs: they come from elsewhere, and it is deployed by itself.
pub(super) const ALONE: &str = "alone";

/// Files of the project's root that an image is made from.
const FILES: [&str; 3] = ["Dockerfile", "requirements.txt", "packages.txt"];

/// Folders that are copied into it.
pub(super) const FOLDERS: [&str; 2] = ["include", "plugins"];

/// Whether a file of the project, by its path in it, is copied into the image and read by what runs there: all of the folders above, and
/// Python beside the DAGs, whose folder comes by itself. Astro's runtime copies the whole project.
fn is_copied(path: &str) -> bool {
    match path.split_once('/') {
        Some(("tests", _)) => false,
        Some((first, _)) if FOLDERS.contains(&first) => true,
        _ => path.ends_with(".py") && !is_foreign(path),
    }
}

/// Whether a project is an image without DAGs.
pub(super) fn is_alone(manifest: &Manifest) -> bool {
    let image = manifest.resources.get(&ResourceId::new(IMAGE, ID));
    image.is_some_and(|image| image.attributes.contains_key(ALONE))
}

/// The files that the image of a project is made from, the DAGs apart: they come by themselves.
pub(super) fn inputs(world: &World<'_>) -> BTreeSet<String> {
    let dockerfile = world.file(FILES[0]);
    let Some(text) = world.tree.text(&dockerfile) else { return BTreeSet::new() };
    let root = FILES.iter().map(|name| world.file(name)).filter(|path| world.tree.has(path));
    let inside = world.tree.under(world.folder).map(|(path, _)| path);
    let inside = inside.filter(|path| below(world.folder, path).is_some_and(is_copied)).map(str::to_owned);
    let all = root.chain(inside).chain(copied::files(world.tree, world.folder, text));
    all.filter(|path| below(&world.dags, path).is_none()).collect()
}

/// The image of a project; `None` of one that only brings DAGs to an image made elsewhere.
pub(super) fn resource(world: &World<'_>) -> Option<Resource> {
    let dockerfile = world.file(FILES[0]);
    let text = world.tree.text(&dockerfile)?;
    // Of a file that is no text and that git does not track, the name alone is known.
    let files = inputs(world).into_iter().map(|path| {
        let digest: [u8; 32] = Sha256::digest(world.tree.content(&path).unwrap_or_default()).into();
        (seen_from(world.folder, &path), digest)
    });
    let files: BTreeMap<String, [u8; 32]> = files.collect();
    let mut hasher = Sha256::new();
    for (name, digest) in files {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(digest);
    }
    let runtime = settings::runtime(text).map(|version| ("runtime".to_owned(), Attribute::Value(json!(version))));
    let alone = world.has_no_dags().then(|| (ALONE.to_owned(), Attribute::Value(json!(true))));
    Some(Resource {
        id: ResourceId::new(IMAGE, ID),
        attributes: runtime.into_iter().chain(alone).collect(),
        fingerprint: Some(Digest::finish(hasher)),
        artefact: None,
        place: Some(Place::file(dockerfile)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::inputs::{CommandChoice, PlatformName};
    use crate::names::ProjectId;
    use crate::platform::parse::Room;
    use crate::tree::{File, Tree};
    use crate::work::Project;

    #[test]
    fn another_content_is_another_image_whatever_the_file_is() {
        let project = Project {
            id: ProjectId::new("etl").unwrap(),
            path: String::new(),
            platform: PlatformName::Astro,
            test_command: CommandChoice::Auto,
            install_command: CommandChoice::Auto,
            command: None,
            astro: crate::context::config::astro::AstroSpec::default(),
        };
        let print = |id: Option<&str>| {
            let text = File::Text("FROM astrocrpublic.azurecr.io/runtime:3.1-1\nCOPY certs/ca.der /ca.der\n".into());
            let files = ["include/model.bin", "certs/ca.der"].map(|path| (path.to_owned(), File::Present));
            let tree = Tree::new(files.into_iter().chain([("Dockerfile".to_owned(), text)]).collect(), Vec::new());
            let ids = [("include/model.bin", Some("00")), ("certs/ca.der", id)];
            let tree = tree.with_ids(ids.into_iter().filter_map(|(path, id)| Some((path.to_owned(), id?.to_owned()))));
            resource(&World::read(&tree, &project, &Room::open().unwrap())).unwrap().fingerprint
        };
        assert_eq!(print(Some("01")), print(Some("01")));
        assert_ne!(print(Some("01")), print(Some("02")));
        assert_ne!(print(Some("01")), print(None));
    }
}
