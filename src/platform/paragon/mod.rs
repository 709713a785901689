//! Paragon: integrations and their workflows in TypeScript ("Paragraph"), one workflow a file.
//!
//! A workflow's identity is the `id` of its class, an event's its name, an integration's its folder. Everything is read
//! from syntax and followed across files (`platform::typescript`); `out/build.json`, where it is kept, tells what only
//! running the code would. Reading executes nothing; `para build` runs
//! confined where it is installed.

mod build;
mod built;
mod class;
mod detect;
mod event;
mod extract;
mod integration;
mod lint;
pub mod live;
mod place;
pub mod rules;
mod setting;
mod workflow;
mod world;

use super::{Building, Carried, Code, Compiled, Extracted};
use crate::artefact::Artefact;
use crate::context::inputs::PlatformName;
use crate::problem::Problem;
use crate::tree::Tree;
use crate::watch::Task;
use crate::work::Project;

pub use detect::{detect, wants};
pub use extract::{extract, sources};

/// The platform Paragon, as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paragon;

impl Code for Paragon {
    fn name(&self) -> PlatformName {
        PlatformName::Paragon
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

    fn sources(&self, project: &Project, tree: &Tree, _: &Carried) -> Artefact {
        sources(project, tree)
    }

    fn step(&self) -> Option<&'static str> {
        Some(build::NAME)
    }

    fn writes(&self) -> &'static [&'static str] {
        &["dist", "out"]
    }

    fn build<'a>(&'a self, building: Building<'a>) -> Task<'a, Result<Compiled, Problem>> {
        Box::pin(build::build(building))
    }
}

#[cfg(test)]
mod tests;
