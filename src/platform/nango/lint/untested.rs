//! Functions without a test, by where `nango generate:tests` puts tests and by the places that people use instead.

use std::collections::HashSet;

use super::super::detect::is_test;
use super::super::paths;
use super::Lint;
use crate::finding::Finding;

impl Lint<'_, '_> {
    /// Names the functions that no test file belongs to.
    pub(super) fn untested(&mut self) {
        let tests = self.tests();
        for function in self.functions {
            let (integration, name, folder) =
                (plain(&function.integration), plain(&function.name), function.kind.folder());
            let near = [
                name.clone(),
                format!("{integration}{name}"),
                format!("{name}{}", plain(function.kind.word())),
                format!("{}{name}", plain(folder)),
            ];
            let tested = near.iter().any(|stem| tests.contains(&(integration.clone(), stem.clone())))
                || tests.contains(&(String::new(), format!("{integration}{name}")));
            if !tested {
                let wanted = format!("{0}/tests/{0}-{1}.test.ts", function.integration, function.name);
                let finding =
                    Finding::info("untested", format!("{} has no test", function.id()).escape_debug().to_string());
                let place = crate::names::Place::file(&self.world.modules[function.module].path);
                self.findings.push(
                    finding.at(place).help(format!(
                        "write `{}`; `npx nango generate:tests` makes a first one",
                        wanted.escape_debug()
                    )),
                );
            }
        }
    }

    /// The tests' plain names, each with every folder above it and once with none.
    fn tests(&self) -> HashSet<(String, String)> {
        let mut tests = HashSet::new();
        for (path, _) in self.world.tree.under(self.world.folder) {
            let name = paths::file_name(path);
            if !is_test(name) || name.ends_with(".json") || path.contains("node_modules/") {
                continue;
            }
            let stem =
                plain(name.split_once(".test.").or_else(|| name.split_once(".spec.")).map_or(name, |(stem, _)| stem));
            let folders = paths::below(self.world.folder, path).map_or("", paths::folder);
            for folder in folders.split('/') {
                tests.insert((plain(folder), stem.clone()));
            }
            tests.insert((String::new(), stem));
        }
        tests
    }
}

/// Letters and digits in lower case: `github-createIssue`, `github_create_issue` and `GithubCreateIssue` are one.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
