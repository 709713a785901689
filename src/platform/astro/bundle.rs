//! A bundle: a folder, such as a project of dbt, that Astro mounts beside the DAGs and that is deployed by itself.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::detect::is_foreign;
use crate::finding::Finding;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::names::{Digest, Place};
use crate::platform::Extracted;
use crate::platform::paths::below;
use crate::tree::{Tree, join};
use crate::work::Project;

/// The kind of the resource. Its id is the path where it is mounted.
pub(super) const BUNDLE: &str = "bundle";

/// The file by which dbt knows a project.
const DBT: &str = "dbt_project.yml";

/// Endings of files whose text tells one version of a bundle from another.
const TEXTS: [&str; 9] = [".sql", ".py", ".yml", ".yaml", ".csv", ".md", ".toml", ".json", ".txt"];

/// Whether a file of a bundle is read as text.
pub(super) fn is_text(path: &str) -> bool {
    TEXTS.iter().any(|ending| path.ends_with(ending)) && !is_foreign(path)
}

/// Reads a bundle: which models it has, and a digest of all that is in it.
pub(super) fn extract(project: &Project, tree: &Tree, mount: &str) -> Extracted {
    let known = join(&project.path, DBT);
    if !tree.has(&known) {
        let message = format!("no `{DBT}` lies in the project's folder, and only bundles of dbt are deployed");
        let finding = Finding::error("bundle-unknown", message).help("correct its `path`, or take `mount-path` away");
        return Extracted { manifest: Manifest::empty(Origin::Source), findings: vec![finding] };
    }
    let mut hasher = Sha256::new();
    let mut models = Vec::new();
    let carried = carries(project, tree);
    for path in carried.iter().filter(|path| tree.is_tracked(path) != Some(false)) {
        let inside = below(&project.path, path).unwrap_or(path);
        hasher.update((inside.len() as u64).to_le_bytes());
        hasher.update(inside.as_bytes());
        hasher.update(Sha256::digest(tree.content(path).unwrap_or_default()));
        if inside.starts_with("models/") && (inside.ends_with(".sql") || inside.ends_with(".py")) {
            models.push(inside);
        }
    }
    let attributes = [("type", json!("dbt")), ("models", json!(models))];
    let resource = Resource {
        id: ResourceId::new(BUNDLE, mount),
        attributes: BTreeMap::from(attributes.map(|(name, value)| (name.to_owned(), Attribute::Value(value)))),
        fingerprint: Some(Digest::finish(hasher)),
        artefact: None,
        place: Some(Place::file(known)),
    };
    Extracted { manifest: Manifest::new(Origin::Source, [resource]), findings: tree_findings(project, tree) }
}

/// What could not be read of it.
fn tree_findings(project: &Project, tree: &Tree) -> Vec<Finding> {
    let of_it =
        |finding: &&Finding| finding.place.as_ref().is_some_and(|place| below(&project.path, &place.path).is_some());
    tree.findings().iter().filter(of_it).cloned().collect()
}

/// Everything in the folder, as it is.
pub(super) fn carries(project: &Project, tree: &Tree) -> Vec<String> {
    tree.under(&project.path).map(|(path, _)| path.to_owned()).filter(|path| !is_foreign(path)).collect()
}

/// The bundle that a manifest declares: where it is mounted.
pub(super) fn mounted(manifest: &Manifest) -> Option<&str> {
    manifest.resources.keys().find(|id| id.kind == BUNDLE).map(|id| id.id.as_str())
}
