//! The files that a project's globs name: resources, and what is deployed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::artefact::Artefact;
use crate::checks::glob;
use crate::context::config::command::CommandSpec;
use crate::context::config::surroundings;
use crate::finding::Finding;
use crate::manifest::{Manifest, Origin, Resource, ResourceId};
use crate::names::{Digest, Place};
use crate::platform::Extracted;
use crate::tree::{File, Tree};
use crate::work::Project;

/// Whether a path below the project's folder is one of the files that are deployed. What only Airlock reads is none.
pub(super) fn is_deployed(folder: &str, command: &CommandSpec, path: &str) -> bool {
    below(folder, path).is_some_and(|inner| {
        inner != surroundings::FILE && command.files.iter().any(|pattern| glob::fits(pattern, inner))
    })
}

/// Whether this is what people say of the environments.
pub(super) fn is_said(path: &str) -> bool {
    path.rsplit('/').next() == Some(surroundings::FILE)
}

fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// The project's files by their path below its folder, as far as git tracks them and they could be read.
fn files<'t>(project: &'t Project, tree: &'t Tree) -> impl Iterator<Item = (&'t str, &'t Arc<str>)> {
    let command = project.command.as_ref();
    tree.under(&project.path).filter_map(move |(path, file)| {
        let kept = is_deployed(&project.path, command?, path) && tree.is_tracked(path) != Some(false);
        match file {
            File::Text(text) if kept => Some((below(&project.path, path)?, text)),
            File::Text(_) | File::Present => None,
        }
    })
}

/// Each file as a resource. Nothing is executed: where a command writes the manifest, that is not known here and an error says
/// so; see [`super::manifest`].
pub fn extract(project: &Project, tree: &Tree) -> Extracted {
    if project.command.as_ref().is_some_and(|command| command.manifest.is_some()) {
        let finding = Finding::error(
            "manifest-not-run",
            "the project's manifest is written by a command, and nothing is executed here",
        );
        let finding = finding
            .help("name the resources as `files` in its [project.command] table where they must be known without");
        return Extracted { manifest: Manifest::empty(Origin::Source), findings: vec![finding] };
    }
    let mut findings: Vec<Finding> = tree
        .findings()
        .iter()
        .filter(|finding| finding.place.as_ref().is_some_and(|place| below(&project.path, &place.path).is_some()))
        .cloned()
        .collect();
    let resources: Vec<Resource> = files(project, tree)
        .map(|(inner, text)| Resource {
            id: ResourceId::new("file", inner),
            attributes: BTreeMap::new(),
            fingerprint: Some(Digest::of(text.as_bytes())),
            artefact: None,
            place: Some(Place::file(crate::tree::join(&project.path, inner))),
        })
        .collect();
    if resources.is_empty() {
        let globs = project.command.as_ref().map_or_else(String::new, |command| command.files.join("`, `"));
        let finding = Finding::error("no-files", format!("no file of `{}` fits `{globs}`", shown(&project.path)));
        findings.push(finding.help("correct `files` in its [project.command] table; git must track the files"));
    }
    Extracted { manifest: Manifest::new(Origin::Source, resources), findings }
}

/// What is deployed: the files by their path below the project's folder.
pub fn sources(project: &Project, tree: &Tree) -> Artefact {
    let files = files(project, tree).map(|(inner, text)| (inner.to_owned(), Arc::from(text.as_bytes())));
    Artefact::new(files.collect::<BTreeMap<_, _>>())
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}
