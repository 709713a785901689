//! `index.ts`: what it names and does not deploy, and what it deploys and does not name.

use std::collections::BTreeSet;

use oxc_span::Span;

use super::super::index::Entry;
use super::super::module::{Form, Import, Kind};
use super::super::paths;
use super::Lint;

const WANTED: &str =
    "write `import './integration/syncs/name.js';` at the beginning of a line: nothing else is deployed";

impl Lint<'_, '_> {
    /// Compares `index.ts` as the CLI reads it with what a person reads.
    pub(super) fn index(&mut self) {
        let Some(index) = self.world.module(&crate::tree::join(self.world.folder, "index.ts")) else { return };
        if self.world.entries.is_empty() && !self.world.modules[index].unread {
            let message = "index.ts names no entry point, so nothing can be deployed";
            self.error(index, "no-entry-points", Span::new(0, 0), message, WANTED);
        }
        let world = self.world;
        let mut seen = BTreeSet::new();
        for (entry, path) in &world.entries {
            self.entry(index, entry, path.as_deref());
            if let Some(path) = path
                && !seen.insert(path.as_str())
            {
                self.twice(index, entry, path);
            }
            self.in_comment(index, entry);
        }
        for (at, import) in world.modules[index].imports.iter().enumerate() {
            self.not_deployed(index, at, import);
        }
    }

    fn entry(&mut self, index: usize, entry: &Entry, path: Option<&str>) {
        let shown = entry.file.trim_start_matches("./").escape_debug().to_string();
        let inside = path.and_then(|path| paths::below(self.world.folder, path));
        let Some((path, inside)) = path.zip(inside) else {
            let message = format!("`{shown}` leads out of the project");
            self.error(index, "entry-outside", entry.span, message, "move the function into the project's folder");
            return;
        };
        if !self.world.tree.has(path) {
            let help = if entry.specifier.ends_with(".ts") {
                "write `.js` for `.ts`: the CLI adds it to anything else"
            } else {
                "correct the path, or remove the line"
            };
            self.error(index, "entry-missing", entry.span, format!("`{shown}` does not exist"), help);
            return;
        }
        if !inside.contains('/') {
            let message = format!("`{shown}` is in no integration's folder");
            self.error(
                index,
                "entry-without-integration",
                entry.span,
                message,
                "move it to `<integration>/syncs/`, `<integration>/actions/` or `<integration>/on-events/`",
            );
        }
        if let Some(module) = self.world.module(path) {
            self.no_function(index, entry, module, &shown);
        }
    }

    /// An entry point without a function: a barrel, or a file with another default export.
    fn no_function(&mut self, index: usize, entry: &Entry, module: usize, shown: &str) {
        let facts = &self.world.modules[module];
        if facts.own.declared.is_some() || facts.broken {
            return;
        }
        let behind = self.behind(module);
        if let Some(first) = behind.iter().next() {
            let message = format!(
                "`{shown}` is no function; what it imports (`{first}`) is not deployed, for imports are not followed"
            );
            self.error(index, "barrel-not-followed", entry.span, message, "name each function in index.ts itself");
        } else if let Some((span, why)) = facts.own.other_default {
            self.error(
                module,
                "invalid-export",
                span,
                format!("the default export {why}"),
                "export by default what createSync, createAction or createOnEvent makes",
            );
        } else {
            self.error(
                module,
                "invalid-export",
                Span::new(0, 0),
                "there is no default export",
                "export by default what createSync, createAction or createOnEvent makes",
            );
        }
    }

    /// The functions in a file and in what it imports that nothing deploys.
    fn behind(&self, module: usize) -> BTreeSet<String> {
        let all = self.world.closure([module], true);
        let hidden = all
            .into_iter()
            .filter(|module| !self.entries.contains(module) && self.world.modules[*module].own.declared.is_some());
        hidden.map(|module| paths::seen_from(self.world.folder, &self.world.modules[module].path)).collect()
    }

    fn twice(&mut self, index: usize, entry: &Entry, path: &str) {
        let message = format!("`{}` is named twice", entry.specifier.escape_debug());
        let kind = self
            .world
            .module(path)
            .and_then(|module| self.world.modules[module].own.declared.as_ref())
            .map(|declared| declared.kind);
        if matches!(kind, Some(Kind::Sync | Kind::Function)) {
            let message = format!("{message}, which Nango's compiler takes for two functions with the same models");
            self.error(index, "duplicate-entry", entry.span, message, "remove one of the lines");
        } else {
            self.warning(index, "duplicate-entry", entry.span, message, "remove one of the lines");
        }
    }

    /// An entry point that TypeScript does not see.
    fn in_comment(&mut self, index: usize, entry: &Entry) {
        let facts = &self.world.modules[index];
        let at = entry.span.start;
        let in_comment = facts.comments.iter().any(|comment| comment.start <= at && at < comment.end);
        let is_import = facts.imports.iter().any(|import| import.statement.start == at);
        if in_comment || (!facts.broken && !is_import) {
            let place = if in_comment { "a comment" } else { "a text" };
            let message = format!("this line stands in {place}, and Nango deploys it all the same");
            self.error(
                index,
                "deployed-in-comment",
                entry.span,
                message,
                "put `//` before the line to leave the function out, or move the line out of the comment",
            );
        }
    }

    /// An import that looks like an entry point and is none.
    fn not_deployed(&mut self, index: usize, at: usize, import: &Import) {
        if self.world.entries.iter().any(|(entry, _)| entry.span.start == import.statement.start)
            || import.form == Form::Type
        {
            return;
        }
        let Some(names) = self.named_by(index, at, import) else { return };
        let why = match import.form {
            Form::SideEffect if import.specifier.starts_with("../") => "it leads out of the project",
            Form::SideEffect if !import.specifier.starts_with("./") => "its path does not begin with `./`",
            Form::SideEffect => "it does not stand alone, unindented, at the beginning of a line",
            Form::Value => "it imports a name",
            Form::Reexport => "it is an `export`",
            Form::Call => "it is a call",
            Form::Type => return,
        };
        let message = format!("{names} is not deployed by this line, for {why}");
        self.error(index, "not-deployed", import.statement, message, WANTED);
    }

    /// The function that a line of `index.ts` seems to name: in the file it means, or behind it.
    fn named_by(&self, index: usize, at: usize, import: &Import) -> Option<String> {
        let meant = match &self.world.targets[index][at] {
            super::Target::Modules(modules) => modules.first().copied(),
            // Without `./` a path is a package's name to everybody but its writer.
            super::Target::Package => {
                let file = format!("{}.ts", import.specifier.strip_suffix(".js").unwrap_or(&import.specifier));
                paths::joined(self.world.folder, &file).and_then(|path| self.world.module(&path))
            }
            super::Target::Missing | super::Target::Outside | super::Target::Unread(_) => None,
        };
        let behind = self.behind(meant?);
        let first = behind.iter().next()?.escape_debug().to_string();
        Some(match behind.len() {
            1 => format!("`{first}`"),
            more => format!("`{first}` (and {} more)", more - 1),
        })
    }
}
