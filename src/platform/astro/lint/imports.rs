//! Imports that lead nowhere, and files that import each other in a circle.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};

use super::super::locate::Leads;
use super::super::python::module::Import;
use super::super::world::World;
use super::Lint;

impl Lint<'_, '_> {
    /// Looks at every import of every file.
    pub(super) fn imports(&mut self) {
        for module in self.reachable.clone() {
            let world = self.world;
            for import in world.modules[module].imports.iter().filter(|import| !import.spared) {
                self.import(module, import);
            }
        }
        self.circles();
    }

    fn import(&mut self, module: usize, import: &Import) {
        let world = self.world;
        let facts = &world.modules[module];
        if import.level > 0 && world.dag_files.contains(&module) && facts.discovered {
            self.error(
                module,
                "relative-import",
                import.range,
                "Airflow loads this file by itself, so a relative import has no package to start from",
                "import it by its full name, from the folder `dags`",
            );
            return;
        }
        let name = || {
            let name = import.name.as_deref().filter(|name| *name != "*")?;
            world.places.named(&facts.path, import).is_none().then_some(name)
        };
        match world.places.module(&facts.path, import) {
            Leads::Package => {}
            Leads::Nowhere { sure } => self.missing(module, import, sure, &import.module),
            Leads::Folder => {
                let Some(name) = name() else { return };
                self.missing(module, import, import.level > 0, &format!("{}.{name}", import.module));
            }
            Leads::Files(files) => {
                let Some(name) = name() else { return };
                let Some(at) = files.last().and_then(|file| world.by_path.get(file)) else { return };
                self.name(module, import, *at, name);
            }
        }
    }

    fn missing(&mut self, module: usize, import: &Import, sure: bool, name: &str) {
        let name = name.escape_debug();
        let message = format!("`{name}` is no file of the project");
        if sure {
            self.error(module, "import-missing", import.range, message, "correct the name, or commit the file");
        } else {
            let help = "correct the name, commit the file, or give the folder an `__init__.py` if a package of this name is installed";
            self.warning(module, "import-missing", import.range, message, help);
        }
    }

    fn name(&mut self, module: usize, import: &Import, at: usize, name: &str) {
        let target = &self.world.modules[at];
        let stars = target.imports.iter().any(|import| import.name.as_deref() == Some("*"));
        let by_function = target.globals.contains_key("__getattr__");
        if target.broken || target.unread || stars || by_function || target.globals.contains_key(name) {
            return;
        }
        let message = format!("`{}` sets no name `{}`", target.path, name.escape_debug());
        self.warning(module, "import-name-missing", import.range, message, "correct the name, or set it there");
    }

    /// Files that import each other while they are loaded: with `from`, one of them sees the other half done.
    fn circles(&mut self) {
        let world = self.world;
        let mut told: BTreeSet<usize> = BTreeSet::new();
        let edges: Vec<Vec<(usize, &Import)>> = (0..world.modules.len()).map(|module| edges(world, module)).collect();
        for start in 0..edges.len() {
            if told.contains(&start) {
                continue;
            }
            let Some(way) = circle(&edges, start) else { continue };
            told.extend(way.iter().map(|(module, _)| *module));
            let Some((first, import)) = way.first() else { continue };
            let names = way.iter().map(|(module, _)| format!("`{}`", world.modules[*module].path));
            let message = format!("files import each other in a circle: {}", names.collect::<Vec<_>>().join(" → "));
            self.warning(*first, "import-cycle", import.range, message, "move what both need into a file of its own");
        }
    }
}

/// The names that a file takes out of other files while it is loaded.
fn edges<'w>(world: &'w World<'_>, module: usize) -> Vec<(usize, &'w Import)> {
    let facts = &world.modules[module];
    let taken = facts.imports.iter().filter(|import| !import.spared && import.name.is_some());
    taken
        .filter_map(|import| {
            // A module that is taken as a whole may be half loaded.
            if world.places.named(&facts.path, import).is_some() {
                return None;
            }
            let Leads::Files(files) = world.places.module(&facts.path, import) else { return None };
            let at = *files.last().and_then(|file| world.by_path.get(file))?;
            (at != module).then_some((at, import))
        })
        .collect()
}

/// The shortest way from a file back to itself.
fn circle<'i>(edges: &[Vec<(usize, &'i Import)>], start: usize) -> Option<Vec<(usize, &'i Import)>> {
    let mut before: HashMap<usize, (usize, &'i Import)> = HashMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for (to, import) in &edges[at] {
            if *to == start {
                let mut way = vec![(at, *import)];
                let mut back = at;
                while let Some((from, import)) = before.get(&back).filter(|_| back != start) {
                    way.push((*from, *import));
                    back = *from;
                }
                way.reverse();
                return Some(way);
            }
            if let Entry::Vacant(unseen) = before.entry(*to) {
                unseen.insert((at, import));
                open.push_back(*to);
            }
        }
    }
    None
}
