//! Airflow DAGs, as Astro runs them: Python files in the folder `dags` of a project.
//!
//! A file is parsed and followed as far as constants reach (`python`), together with what it imports from the project (`world`); a
//! DAG is told under the names that Airflow uses (`dag`). What only running the code would tell is dynamic. `lint` says what would
//! not load, or not as it reads.

mod assets;
mod bundle;
mod copied;
mod dag;
mod detect;
mod extract;
mod full;
mod ignore;
mod image;
mod json;
mod lint;
pub mod live;
mod locate;
mod oci;
mod preview;
mod python;
mod resolve;
pub mod rules;
mod runtime;
mod schedule;
mod settings;
mod world;

use std::path::Path;
use std::sync::Arc;

use super::{Building, Carried, Code, Compiled, Extracted};
use crate::artefact::Artefact;
use crate::context::inputs::PlatformName;
use crate::problem::Problem;
use crate::tree::Tree;
use crate::watch::Task;
use crate::work::Project;

pub use detect::{detect, is_beside, wants};
pub use extract::{carries, extract, sources};

/// The platform Astro, as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Astro;

impl Code for Astro {
    fn name(&self) -> PlatformName {
        PlatformName::Astro
    }

    fn detect(&self, tree: &Tree) -> Vec<String> {
        detect(tree)
    }

    fn wants(&self, path: &str) -> bool {
        wants(path)
    }

    fn extract(&self, project: &Project, tree: &Tree) -> Extracted {
        extract(project, tree)
    }

    fn carries(&self, project: &Project, tree: &Tree) -> Vec<String> {
        carries(project, tree)
    }

    fn brought(&self, project: &Project, root: &Path, image: &str) -> Result<Carried, Problem> {
        let image = oci::Image::open(root, image)?;
        Ok(Carried::from([(oci::carried(&project.path), Arc::from(image.manifest))]))
    }

    fn sources(&self, project: &Project, tree: &Tree, carried: &Carried) -> Artefact {
        sources(project, tree, carried)
    }

    fn step(&self) -> Option<&'static str> {
        Some(full::NAME)
    }

    fn has_previews(&self) -> bool {
        true
    }

    fn build<'a>(&'a self, building: Building<'a>) -> Task<'a, Result<Compiled, Problem>> {
        Box::pin(full::parse(building))
    }
}

#[cfg(test)]
mod tests;
