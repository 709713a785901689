//! What was found in the files themselves, and imports that lead nowhere.

use super::super::module::Form;
use super::super::remark::{Reach, Remark};
use super::super::world::Target;
use super::Lint;
use crate::finding::Severity;

impl Lint<'_, '_> {
    /// Tells what was found in each file, as far as the file matters.
    pub(super) fn files(&mut self) {
        for module in 0..self.world.modules.len() {
            self.remarks(module);
            if self.reachable.contains(&module) {
                self.imports(module);
            }
        }
    }

    fn remarks(&mut self, module: usize) {
        let world = self.world;
        for remark in &world.modules[module].remarks {
            match remark.reach {
                Reach::Any if self.reachable.contains(&module) => self.remark(module, remark),
                // The CLI reads neither index.ts as code nor what index.ts does not lead to.
                Reach::Any => self.remark(module, &Remark { severity: Severity::Warning, ..remark.clone() }),
                Reach::Bundled if self.bundled.contains(&module) => self.remark(module, remark),
                Reach::Entry if self.entries.contains(&module) => self.remark(module, remark),
                Reach::Bundled | Reach::Entry => {}
            }
        }
    }

    fn imports(&mut self, module: usize) {
        let world = self.world;
        for (import, target) in world.modules[module].imports.iter().zip(&world.targets[module]) {
            let from = import.specifier.escape_debug();
            let (code, message, help) = match target {
                Target::Package | Target::Modules(_) => continue,
                Target::Missing => (
                    "import-missing",
                    format!("`{from}` is no file of this repository"),
                    "correct the path, or commit the file",
                ),
                Target::Outside => (
                    "import-outside",
                    format!("`{from}` leads out of the repository"),
                    "a function can consist only of files of its repository",
                ),
                Target::Unread(path) => {
                    let message = format!("`{}` is not read, so a change in it would not be seen", path.escape_debug());
                    self.warning(
                        module,
                        "import-unread",
                        import.span,
                        message,
                        "import it from a `.ts` file that is no test, of at most 2 MiB",
                    );
                    continue;
                }
            };
            // What is required at run time may be meant to be missing.
            if import.form == Form::Call {
                self.warning(module, code, import.span, message, help);
            } else {
                self.error(module, code, import.span, message, help);
            }
        }
    }
}
