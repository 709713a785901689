//! The project around its functions: folders and files that a deploy needs, or that should not be there.

use serde_json::Value;

use super::super::extract;
use super::super::module::Kind;
use super::super::paths;
use super::Lint;
use crate::finding::Finding;
use crate::tree::join;

/// The zod version that a `nango` of these versions demands (`packages/cli/example/package.json`).
const ZOD_OF: [(&str, &str); 1] = [("0.71.", "4.3.6")];

impl Lint<'_, '_> {
    /// Looks at the project as a whole.
    pub(super) fn project(&mut self) {
        self.folder();
        self.committed_environment();
        self.package();
        self.kinds();
        self.left_out();
    }

    fn folder(&mut self) {
        let (tree, folder) = (self.world.tree, self.world.folder);
        if tree.has(&join(folder, "nango.yaml")) {
            let finding = Finding::error("nango-yaml", "nango.yaml is no longer deployed: CLI and server refuse it")
                .at(self.file("nango.yaml"));
            self.findings.push(
                finding.help("run `npx nango migrate-to-zero-yaml`, which writes TypeScript, and remove nango.yaml"),
            );
        }
        if !tree.has(&join(folder, "index.ts")) {
            let finding = Finding::error("no-entry-points", "there is no index.ts, so nothing can be deployed")
                .at(self.file("index.ts"));
            self.findings.push(finding.help("list the functions there: `import './integration/syncs/name.js';`"));
        } else if tree.under(&join(folder, ".nango")).next().is_none() {
            let finding = Finding::error(
                "missing-nango-folder",
                "there is no folder `.nango`, without which Nango's CLI takes this for no project",
            )
            .at(self.file(".nango"));
            self.findings.push(finding.help("commit an empty file `.nango/.gitkeep`: git keeps no empty folder"));
        }
    }

    fn committed_environment(&mut self) {
        let (tree, folder) = (self.world.tree, self.world.folder);
        let is_example = |name: &str| ["example", "sample", "template", "dist"].iter().any(|end| name.ends_with(end));
        let files = tree.under(folder).map(|(path, _)| path).filter(|path| paths::folder(path) == folder);
        let secret = files.filter(|path| {
            let name = paths::file_name(path);
            (name == ".env" || name.starts_with(".env.")) && !is_example(name) && tree.is_tracked(path) != Some(false)
        });
        for path in secret {
            let unsure = if tree.is_tracked(path).is_some() { "is committed" } else { "may be committed" };
            let message = format!(
                "`{}` {unsure}: `nango init` writes it with the keys of your environments",
                paths::file_name(path).escape_debug()
            );
            let finding = Finding::warning("env-committed", message).at(crate::names::Place::file(path));
            self.findings
                .push(finding.help("`git rm --cached .env`, add it to .gitignore, and replace the keys it held"));
        }
    }

    fn package(&mut self) {
        let place = self.file("package.json");
        let Some(text) = self.world.tree.text(&join(self.world.folder, "package.json")) else {
            if !self.world.entries.is_empty() && !self.world.tree.has(&join(self.world.folder, "package.json")) {
                let finding = Finding::warning(
                    "version-pin",
                    "there is no package.json, so the version of Nango's CLI is not fixed",
                )
                .at(place);
                self.findings
                    .push(finding.help("add one with `nango` and `zod` in devDependencies, in exact versions"));
            }
            return;
        };
        let package: Value = match serde_json::from_str(text) {
            Ok(package) => package,
            Err(error) => {
                let line = u32::try_from(error.line()).unwrap_or(1);
                let column = u32::try_from(error.column()).unwrap_or(1).max(1);
                let place = crate::names::Place::at(place.path, line.max(1), column);
                self.findings
                    .push(Finding::error("bad-package-json", "this is no JSON, and Nango's CLI stops at it").at(place));
                return;
            }
        };
        let pinned = |name: &str| package["devDependencies"][name].as_str();
        let zod = ZOD_OF.iter().find(|(nango, _)| pinned("nango").is_some_and(|pinned| pinned.starts_with(nango)));
        for (name, wanted) in [("nango", None), ("zod", zod.map(|(_, zod)| *zod))] {
            let message = match (pinned(name), wanted) {
                (None, _) => format!("`{name}` is not in devDependencies, where Nango's CLI wants its exact version"),
                (Some(given), _) if semver::Version::parse(given).is_err() => {
                    format!("`{name}` is `{}`, and Nango's CLI wants an exact version", given.escape_debug())
                }
                (Some(given), Some(wanted)) if given != wanted => {
                    format!("`zod` is `{}`, and this version of Nango's CLI wants `{wanted}`", given.escape_debug())
                }
                _ => continue,
            };
            let finding = Finding::warning("version-pin", message).at(place.clone());
            self.findings
                .push(finding.help("write exact versions, as `npx nango compile` does, and commit the lock file"));
        }
    }

    fn kinds(&mut self) {
        let of = |wanted: fn(Kind) -> bool| self.functions.iter().find(|function| wanted(function.kind));
        let (new, legacy) = (of(|kind| kind == Kind::Function), of(|kind| kind != Kind::Function));
        if let (Some(new), Some(legacy)) = (new, legacy) {
            let message = format!(
                "`createFunction` stands beside `{}` in one project, and Nango's CLI deploys only one of both sorts",
                legacy.kind.maker()
            );
            self.error(
                new.module,
                "mixed-kinds",
                Self::span(new, "description"),
                message,
                "move one sort to a project of its own",
            );
        }
        if !self.functions.is_empty() && self.functions.iter().all(|function| function.kind == Kind::OnEvent) {
            let finding = Finding::error(
                "on-events-only",
                "the project has on-event functions only, which Nango's CLI refuses to deploy",
            )
            .at(self.file("index.ts"));
            self.findings.push(finding.help("deploy them together with a sync or an action"));
        }
    }

    /// Functions that lie where functions lie and that nothing deploys.
    fn left_out(&mut self) {
        let world = self.world;
        for module in 0..world.modules.len() {
            if self.entries.contains(&module) {
                continue;
            }
            let facts = &world.modules[module];
            let Some(declared) = &facts.own.declared else { continue };
            let Some(function) = extract::read(world, module) else { continue };
            let message = format!("{} is not deployed, for index.ts does not import it", function.id());
            let help = format!(
                "add `import './{}.js';` to index.ts, or remove the file",
                function.path.trim_end_matches(".ts")
            );
            self.warning(module, "not-imported", declared.callee, message.escape_debug().to_string(), &help);
        }
    }
}
