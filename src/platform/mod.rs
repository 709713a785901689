//! Platforms: what their code is ([`Code`], without credentials by construction) and where it runs ([`Platform`]).

pub mod local;
pub mod nango;
pub mod parse;

use crate::applied::{Applied, Verified};
use crate::artefact::{Artefact, Built};
use crate::context::inputs::PlatformName;
use crate::finding::Finding;
use crate::history::OpenRecord;
use crate::manifest::Manifest;
use crate::plan::Observed;
use crate::plan::rules::Rules;
use crate::problem::Problem;
use crate::tree::Tree;
use crate::watch::{Task, Watch};
use crate::work::Project;

/// What was read from source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The resources.
    pub manifest: Manifest,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

/// A platform's code: how it is found, read and built. It never sees a credential.
pub trait Code: Rules + Sync {
    /// Which platform.
    fn name(&self) -> PlatformName;

    /// The folders (`""` is the root) of the tree that look like a project of this platform.
    fn detect(&self, tree: &Tree) -> Vec<String>;

    /// Whether this path's text is needed, anywhere in the repository: a project may import from outside its folder.
    fn wants(&self, path: &str) -> bool;

    /// Reads the project's resources. Nothing is executed.
    fn extract(&self, project: &Project, tree: &Tree) -> Extracted;

    /// What would be deployed when nothing is compiled: the sources that the manifest's resources consist of.
    fn sources(&self, project: &Project, tree: &Tree) -> Artefact;
}

/// What is sent.
#[derive(Debug)]
pub enum Payload {
    /// These bytes, with the manifest they stand for.
    Artefact(Box<Built>),
    /// The platform's own earlier deploy.
    Native {
        /// Its id there.
        platform_ref: String,
    },
}

/// A place to deploy to: one environment of one project, with its credentials inside.
pub trait Platform {
    /// Reads what is there. `desired` says what it will be compared with, for platforms that count only for a stated set.
    fn observe<'a>(&'a self, desired: &'a Manifest, watch: &'a Watch) -> Task<'a, Result<Observed, Problem>>;

    /// Sends the payload. Progress goes into `applied`, which the caller keeps whatever happens.
    fn apply<'a>(
        &'a self,
        record: &'a OpenRecord,
        payload: &'a Payload,
        applied: &'a mut Applied,
        watch: &'a Watch,
    ) -> Task<'a, Result<(), Problem>>;

    /// Reads back whether live is what was sent.
    fn read_back<'a>(&'a self, record: &'a OpenRecord, payload: &'a Payload, watch: &'a Watch) -> Task<'a, Verified>;
}
