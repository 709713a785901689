//! What the tree could not read, as far as the project needs it.

use std::collections::BTreeSet;

use super::super::paths;
use super::super::world::Target;
use super::Lint;
use crate::finding::Severity;
use crate::tree::join;

impl Lint<'_, '_> {
    /// Tells what was found while reading the files: as grave as it is where a deploy needs the file, at most a warning
    /// elsewhere in the project, not at all outside of it.
    pub(super) fn unread(&mut self) {
        let world = self.world;
        let needed = self.needed();
        for finding in world.tree.findings() {
            let Some(place) = &finding.place else { continue };
            let path = place.path.as_str();
            if needed.contains(path) {
                self.findings.push(finding.clone());
            } else if world.folder.is_empty() || paths::below(world.folder, path).is_some() {
                let severity = finding.severity.min(Severity::Warning);
                self.findings.push(crate::finding::Finding { severity, ..finding.clone() });
            }
        }
    }

    /// The files that what is deployed consists of.
    fn needed(&self) -> BTreeSet<String> {
        let world = self.world;
        let around = ["index.ts", "package.json", "nango.yaml"].map(|name| join(world.folder, name));
        let entries = world.entries.iter().filter_map(|(_, path)| path.clone());
        let imported =
            self.reachable.iter().flat_map(|module| &world.targets[*module]).filter_map(|target| match target {
                Target::Unread(path) => Some(path.clone()),
                Target::Package | Target::Modules(_) | Target::Missing | Target::Outside => None,
            });
        around.into_iter().chain(entries).chain(imported).collect()
    }
}
