//! Nango: functions in TypeScript, one a file, that `index.ts` names.
//!
//! A function's identity is its path: the first folder is the integration's key, the file's name the function's. Everything is
//! read from syntax and followed across files (`platform::typescript`) and told under the wire names of Nango's deploy
//! (`function`); nothing is executed. `lint` says what would not be deployed as it reads.

mod calls;
pub mod compile;
mod declare;
mod detect;
mod extract;
mod frequency;
mod function;
mod index;
mod lint;
pub mod live;
mod mapped;
mod module;
pub mod rules;
mod secrets;
mod world;

use super::typescript::{look, lower, paths, print, remark, value};
use super::{Building, Carried, Code, Compiled, Extracted};
use crate::artefact::Artefact;
use crate::context::inputs::PlatformName;
use crate::plan::part::Kinds;
use crate::problem::Problem;
use crate::tree::Tree;
use crate::watch::Task;
use crate::work::Project;

pub use detect::{detect, wants};
pub use extract::{extract, sources};

/// The platform Nango, as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nango;

impl Code for Nango {
    fn name(&self) -> PlatformName {
        PlatformName::Nango
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

    fn parts(&self) -> Kinds {
        // On-event scripts have no deploy of their own: naming those of one integration switches off all others.
        Kinds { of_a_group: &["sync", "action", "function"], single: &["sync", "action"] }
    }

    fn compiler(&self) -> Option<&'static str> {
        Some(compile::NAME)
    }

    fn writes(&self) -> &'static [&'static str] {
        &[".nango", "build", "dist"]
    }

    fn build<'a>(&'a self, building: Building<'a>) -> Task<'a, Result<Compiled, Problem>> {
        Box::pin(compile::compile(building))
    }
}

#[cfg(test)]
mod tests;
