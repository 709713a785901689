//! What would not be deployed as it reads, or not at all.

use super::function::Function;
use super::world::World;
use crate::finding::Finding;

/// All findings of a project.
pub(super) fn all(world: &World<'_>, functions: &[Function<'_>]) -> Vec<Finding> {
    let _ = (world, functions);
    Vec::new()
}
