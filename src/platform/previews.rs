//! Previews of pull requests: a place of a pull request's own, made from another one and taken away with it.
//!
//! A platform that has such places offers [`Previews`] beside the place that they are made from. Whatever it makes carries a mark of
//! the repository and the pull request, and what does not carry this repository's mark is never touched.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Platform;
use crate::problem::Problem;
use crate::watch::{Task, Watch};

/// A pull request's preview, as it stands at its platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preview {
    /// Its name there.
    pub name: String,
    /// The name of what it was made from.
    pub source: String,
    /// The page where it can be looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<String>,
    /// Whether this run made it.
    pub made: bool,
    /// What is not copied and is not there yet, so a person must enter it: names alone, by what they are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub wanting: BTreeMap<String, BTreeSet<String>>,
    /// What else a reviewer should know of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// A preview that can be deployed to.
pub struct Raised<'p> {
    /// The place.
    pub platform: Box<dyn Platform + 'p>,
    /// What it is.
    pub preview: Preview,
}

/// What makes and removes previews.
pub trait Previews {
    /// Finds the pull request's preview, or makes it. Doing it twice makes one.
    fn raise<'a>(&'a self, pull: u64, watch: &'a Watch) -> Task<'a, Result<Raised<'a>, Problem>>;

    /// Removes the pull request's previews, and tells their names once they are gone.
    fn take_down<'a>(&'a self, pull: u64, watch: &'a Watch) -> Task<'a, Result<Vec<String>, Problem>>;

    /// The pull requests of this repository that have a preview.
    fn pulls<'a>(&'a self, watch: &'a Watch) -> Task<'a, Result<BTreeSet<u64>, Problem>>;
}
