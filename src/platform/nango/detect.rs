//! Which folders are Nango projects, and which files need to be read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::index::entries;
use super::module::Kind;
use super::paths;
use crate::tree::{Tree, join};

/// Folders whose content nobody wrote here.
const FOREIGN: [&str; 3] = ["node_modules", ".git", "bower_components"];

/// Code that a function may consist of.
const CODE: [&str; 8] = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/// The folders (`""` is the root) that look like a Nango project: `index.ts` with a sign of Nango beside it, or `nango.yaml`.
///
/// The folder `.nango` is only one of the signs: git does not keep an empty folder, and that it is missing is a finding.
pub fn detect(tree: &Tree) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (path, _) in tree.files() {
        let folder = paths::folder(path);
        let is_project = match paths::file_name(path) {
            "nango.yaml" => true,
            "index.ts" => is_project(tree, folder),
            _ => false,
        };
        if is_project && !is_foreign(path) {
            found.insert(folder.to_owned());
        }
    }
    found.into_iter().collect()
}

fn is_project(tree: &Tree, folder: &str) -> bool {
    tree.under(&join(folder, ".nango")).next().is_some()
        || depends_on_nango(tree, folder)
        || names_functions(tree, folder)
}

fn depends_on_nango(tree: &Tree, folder: &str) -> bool {
    let package: Option<Value> =
        tree.text(&join(folder, "package.json")).and_then(|text| serde_json::from_str(text).ok());
    let has = |list: &str| package.as_ref().is_some_and(|package| package[list]["nango"].is_string());
    has("dependencies") || has("devDependencies")
}

/// Whether `index.ts` imports `./<integration>/<syncs, actions, …>/<name>`, in whatever form.
fn names_functions(tree: &Tree, folder: &str) -> bool {
    tree.text(&join(folder, "index.ts")).is_some_and(|text| {
        entries(text).iter().any(|entry| {
            let mut parts = entry.specifier.split('/').skip(2);
            parts.next().is_some_and(|kind| Kind::ALL.iter().any(|each| each.folder() == kind))
                && parts.next().is_some()
        })
    })
}

/// Whether a path's text is needed, anywhere in the repository. Of tests, `.env` and `.nango/` only the presence counts.
pub fn wants(path: &str) -> bool {
    let name = paths::file_name(path);
    let named = matches!(name, "package.json" | "nango.yaml");
    let code = CODE.iter().any(|extension| name.ends_with(extension)) && !is_test(name) && !is_compiled(path);
    (named || code) && !is_foreign(path)
}

/// Whether a file is a test, by its name.
pub(super) fn is_test(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.ends_with(".test") || stem.ends_with(".spec")
}

fn is_foreign(path: &str) -> bool {
    paths::folder(path).split('/').any(|part| FOREIGN.contains(&part))
}

/// Output of `nango compile`: `build/*.cjs`.
fn is_compiled(path: &str) -> bool {
    path.ends_with(".cjs") && paths::file_name(paths::folder(path)) == "build"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_found_by_any_of_its_signs() {
        for (files, expected) in [
            (vec![("index.ts", ""), (".nango/.gitkeep", "")], vec![""]),
            (vec![("a/index.ts", ""), ("a/package.json", r#"{"devDependencies":{"nango":"0.71.10"}}"#)], vec!["a"]),
            (vec![("a/index.ts", ""), ("a/package.json", r#"{"dependencies":{"nango":"^1"}}"#)], vec!["a"]),
            (vec![("a/b/index.ts", "import './github/syncs/x.js';\n")], vec!["a/b"]),
            (vec![("index.ts", "import \"./github/on-events/x\"\n")], vec![""]),
            (vec![("old/nango.yaml", "")], vec!["old"]),
            (vec![("index.ts", "import './src/x.js';\n"), ("package.json", "{")], vec![]),
            (vec![("node_modules/nango/index.ts", ""), ("node_modules/nango/.nango/x", "")], vec![]),
            (vec![("package.json", r#"{"devDependencies":{"nango":"0.71.10"}}"#)], vec![]),
            (vec![("a/index.ts", ""), ("ab/.nango/x", "")], vec![]),
        ] {
            assert_eq!(detect(&Tree::of_texts(files.clone())), expected, "{files:?}");
        }
    }

    #[test]
    fn only_what_is_read_is_wanted() {
        for path in
            ["a/syncs/x.ts", "x.mts", "lib/y.js", "package.json", "a/nango.yaml", "z.tsx", "build.ts", "a/b.cjs"]
        {
            assert!(wants(path), "{path}");
        }
        for path in [
            "a/tests/x.test.ts",
            "a.spec.js",
            ".env",
            "a/.nango/nango.json",
            "node_modules/x/index.ts",
            "build/a_syncs_x.cjs",
            "p/build/a.cjs",
            "x.json",
            "README.md",
        ] {
            assert!(!wants(path), "{path}");
        }
    }
}
