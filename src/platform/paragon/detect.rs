//! Which folders are Paragraph projects, and which files need to be read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::{BUILD, PACKAGE, PROJECT, SOURCE};
use crate::platform::typescript::paths;
use crate::tree::{Tree, join};

/// What people say of the environments.
const SAID: &str = crate::context::config::surroundings::FILE;

/// The package that every project depends on.
const CORE: &str = "@useparagon/core";

/// Folders whose content nobody wrote here.
const FOREIGN: [&str; 4] = ["node_modules", ".git", "bower_components", "dist"];

/// The folders (`""` is the root) that look like a Paragraph project: `.para/project.json`, or a package that depends on
/// Paragon's core beside `src/integrations/`.
pub fn detect(tree: &Tree) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (path, _) in tree.files().filter(|(path, _)| !is_foreign(path)) {
        if let Some(folder) = folder_of(path, PROJECT) {
            found.insert(folder.to_owned());
        } else if let Some(folder) = folder_of(path, PACKAGE)
            && depends_on_core(tree.text(path).map(|text| &**text))
            && tree.under(&join(folder, &format!("{SOURCE}/integrations"))).next().is_some()
        {
            found.insert(folder.to_owned());
        }
    }
    found.into_iter().collect()
}

/// The folder in which a path is `name`.
fn folder_of<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_suffix(name)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_suffix('/') }
}

fn depends_on_core(package: Option<&str>) -> bool {
    core_version(package).is_some()
}

/// The version of Paragon's core that a `package.json` asks for.
pub(super) fn core_version(package: Option<&str>) -> Option<String> {
    let package: Value = serde_json::from_str(package?).ok()?;
    let asked = |list: &str| package.get(list)?.get(CORE)?.as_str().map(str::to_owned);
    asked("dependencies").or_else(|| asked("devDependencies"))
}

/// Whether a path's text is needed, anywhere in the repository.
pub fn wants(path: &str) -> bool {
    let name = paths::file_name(path);
    let code = [".ts", ".tsx", ".mts", ".cts"].iter().any(|ending| name.ends_with(ending)) && !is_test(name);
    let told = name == PACKAGE || name == SAID || [PROJECT, BUILD].iter().any(|known| folder_of(path, known).is_some());
    (code || told) && !is_foreign(path)
}

/// Whether a file is a test or declares types alone, by its name.
pub(super) fn is_test(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    [".test", ".spec", ".d"].iter().any(|ending| stem.ends_with(ending))
}

pub(super) fn is_foreign(path: &str) -> bool {
    paths::folder(path).split('/').any(|part| FOREIGN.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_found_by_its_link_or_by_what_it_depends_on() {
        let core = r#"{"dependencies": {"@useparagon/core": "1.0.21"}}"#;
        for (files, expected) in [
            (vec![(".para/project.json", "{}")], vec![""]),
            (vec![("apps/crm/.para/project.json", "{}")], vec!["apps/crm"]),
            (vec![("a/package.json", core), ("a/src/integrations/slack/config.ts", "")], vec!["a"]),
            (vec![("a/package.json", core), ("a/src/index.ts", "")], vec![]),
            (vec![("package.json", "{"), ("src/integrations/slack/config.ts", "")], vec![]),
            (vec![("node_modules/x/.para/project.json", "")], vec![]),
            (vec![("a.para/project.json", "")], vec![]),
        ] {
            assert_eq!(detect(&Tree::of_texts(files.clone())), expected, "{files:?}");
        }
    }

    #[test]
    fn only_what_is_read_is_wanted() {
        for path in ["src/a b.ts", "x/out/build.json", ".para/project.json", "a/package.json", "shared/steps.mts"] {
            assert!(wants(path), "{path}");
        }
        for path in ["a.test.ts", "a.d.ts", "dist/a.ts", "build.json", "x.js", "node_modules/y/z.ts", "a/b.json"] {
            assert!(!wants(path), "{path}");
        }
    }
}
