//! `command`: whatever people deploy by a command of their own, from files or from a manifest that another command writes.
//!
//! Which commands those are says `airlock.toml`. The two that read (`files`, `manifest`) are the checkout's and see no
//! variable. The three that are handed variables (`observe`, `deploy`, `verify`) are the default branch's, and so are the
//! scripts that they name: they run in a copy of that branch, and the commit to deploy lies beside it as data.

mod errand;
mod extract;
pub mod live;
mod rules;
mod wire;

use super::{Carried, Code, Extracted};
use crate::artefact::Artefact;
use crate::context::config::ProjectSpec;
use crate::context::inputs::PlatformName;
use crate::tree::Tree;
use crate::work::Project;

pub use errand::{Hand, Kept, manifest};
pub use extract::{extract, sources};

/// The platform of people's own commands, as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command;

impl Code for Command {
    fn name(&self) -> PlatformName {
        PlatformName::Command
    }

    /// None: only `airlock.toml` tells which command deploys a folder.
    fn detect(&self, _: &Tree) -> Vec<String> {
        Vec::new()
    }

    /// None by itself: see [`wants`].
    fn wants(&self, path: &str) -> bool {
        extract::is_said(path)
    }

    fn extract(&self, project: &Project, tree: &Tree) -> Extracted {
        extract(project, tree)
    }

    fn sources(&self, project: &Project, tree: &Tree, _: &Carried) -> Artefact {
        sources(project, tree)
    }
}

/// Whether a configured project of this platform needs this path's text.
pub fn wants(projects: &[ProjectSpec], path: &str) -> bool {
    let of = |project: &ProjectSpec| {
        project.command.as_ref().is_some_and(|command| extract::is_deployed(&project.path, command, path))
    };
    projects.iter().any(of)
}
