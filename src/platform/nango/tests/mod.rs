//! The whole of reading, on small projects in memory; and on a large real one where it is at hand.

mod forms;
mod hostile;
mod lints;
mod templates;

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::finding::Finding;
use crate::manifest::{Attribute, Resource, ResourceId};
use crate::names::ProjectId;
use crate::platform::Extracted;
use crate::tree::Tree;
use crate::work::Project;

/// What every project in order has.
const AROUND: [(&str, &str); 2] =
    [(".nango/.gitkeep", ""), ("package.json", r#"{"devDependencies": {"nango": "0.71.10", "zod": "4.3.6"}}"#)];

fn project(path: &str) -> Project {
    Project {
        id: ProjectId::new("integrations").unwrap(),
        path: path.to_owned(),
        platform: PlatformName::Nango,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

/// A project of these files, and of what every project has; a text of `-` takes such a file away.
fn tree(files: &[(&str, &str)]) -> Tree {
    let all: BTreeMap<&str, &str> = AROUND.iter().chain(files).copied().collect();
    Tree::of_texts(all.into_iter().filter(|(_, text)| *text != "-"))
}

fn read(files: &[(&str, &str)]) -> Extracted {
    extract(&project(""), &tree(files))
}

/// The one function in `github/syncs/x.ts` (or where else it is said to lie), with `index.ts` naming it.
fn function_at(path: &str, text: &str, others: &[(&str, &str)]) -> (Resource, Vec<Finding>) {
    let index = format!("import './{}.js';\n", path.trim_end_matches(".ts"));
    let files: Vec<(&str, &str)> =
        [("index.ts", index.as_str()), (path, text)].into_iter().chain(others.iter().copied()).collect();
    let extracted = read(&files);
    let mut resources = extracted.manifest.resources.into_values();
    let first = resources.next().unwrap_or_else(|| panic!("nothing was read of {text}: {:?}", extracted.findings));
    assert!(resources.next().is_none());
    (first, extracted.findings)
}

fn sync(text: &str) -> Resource {
    function_at("github/syncs/x.ts", text, &[]).0
}

fn value(resource: &Resource, name: &str) -> Value {
    match resource.attributes.get(name) {
        Some(Attribute::Value(value)) => value.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

fn dynamic(resource: &Resource, name: &str) -> String {
    match resource.attributes.get(name) {
        Some(Attribute::Dynamic(why)) => why.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

/// `error code path:line:column`, without the remarks on tests.
fn told(findings: &[Finding]) -> Vec<String> {
    let told = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {} {place}", format!("{:?}", finding.severity).to_lowercase(), finding.code)
    };
    findings.iter().filter(|finding| finding.code != "untested").map(told).collect()
}

const SYNC: &str = "import { createSync } from 'nango';\nimport * as z from 'zod';\nexport default createSync({\n    description: 'Reads',\n    version: '1.0.0',\n    frequency: 'every hour',\n    models: { Issue: z.object({ id: z.string() }) },\n    exec: async (nango) => { await nango.log('x'); }\n});\n";

const ACTION: &str = "import { createAction } from 'nango';\nimport * as z from 'zod';\nconst action = createAction({\n    description: 'Writes',\n    input: z.object({}),\n    output: z.void(),\n    exec: async (nango, input) => { await nango.log('x'); }\n});\nexport default action;\n";

/// A project that has nothing to be said against.
#[test]
fn a_project_in_order_has_no_findings() {
    let extracted = read(&[
        ("index.ts", "// what is deployed\nimport './github/syncs/issues.js';\nimport './github/actions/create.js';\n"),
        ("github/syncs/issues.ts", SYNC),
        ("github/actions/create.ts", ACTION),
        ("github/tests/github-issues.test.ts", ""),
        ("github/tests/create.spec.ts", ""),
    ]);
    assert_eq!(extracted.findings, []);
    let ids: Vec<String> = extracted.manifest.resources.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["action:github/create", "sync:github/issues"]);
    let place = |id: &str, kind: &str| {
        extracted.manifest.resources[&ResourceId::new(kind, id)].place.as_ref().unwrap().to_string()
    };
    assert_eq!(place("github/issues", "sync"), "github/syncs/issues.ts:3:1");
    assert_eq!(place("github/create", "action"), "github/actions/create.ts:3:1");
}

#[test]
fn a_project_may_lie_anywhere_and_share_files() {
    let index = "import './github/syncs/issues.js';\n";
    let shared = |text: &'static str| {
        let files = [
            ("apps/nango/index.ts", index),
            ("apps/nango/.nango/.gitkeep", ""),
            (
                "apps/nango/github/syncs/issues.ts",
                "import { every } from '../../../../shared/every.js';\nexport default createSync({ frequency: every });\n",
            ),
            ("shared/every.ts", text),
        ];
        Tree::of_texts(files)
    };
    let (one, two) = (shared("export const every = 'every day';\n"), shared("export const every = 'every day'; \n"));
    assert_eq!(detect(&one), ["apps/nango"]);
    let read = |tree: &Tree| extract(&project("apps/nango"), tree).manifest.resources.into_values().next().unwrap();
    assert_eq!(value(&read(&one), "runs"), "every day");
    assert_ne!(read(&one).fingerprint, read(&two).fingerprint, "a change in a shared file is a change");
    let sources = sources(&project("apps/nango"), &one);
    assert_eq!(
        sources.files().keys().collect::<Vec<_>>(),
        ["apps/nango/github/syncs/issues.ts", "apps/nango/index.ts", "shared/every.ts"]
    );
}

#[test]
fn a_fingerprint_knows_contents_and_names_and_not_where_the_project_lies() {
    let of = |folder: &str, path: &str, text: &str| {
        let join = |name: &str| crate::tree::join(folder, name);
        let index = format!("import './{}.js';\n", path.trim_end_matches(".ts"));
        let tree = Tree::of_texts([(join("index.ts"), index.as_str()), (join(path), text)]);
        extract(&project(folder), &tree).manifest.resources.into_values().next().unwrap().fingerprint
    };
    let first = of("", "github/syncs/x.ts", SYNC);
    assert_eq!(first, of("moved/here", "github/syncs/x.ts", SYNC));
    assert_ne!(first, of("", "github/syncs/y.ts", SYNC));
    assert_ne!(first, of("", "github/syncs/x.ts", &SYNC.replace("Reads", "reads")));
}
