//! Every lint: what it finds and what it leaves alone.

use super::*;
use crate::tree::File;

/// What is told of a project with one good sync, changed like this.
fn project_with(files: &[(&str, &str)]) -> Vec<String> {
    let base = [("index.ts", "import './github/syncs/x.js';\n"), ("github/syncs/x.ts", SYNC)];
    told(&read(&base.into_iter().chain(files.iter().copied()).collect::<Vec<_>>()).findings)
}

/// What is told of the function `github/syncs/x.ts` of this text, without its place.
fn codes(path: &str, text: &str) -> Vec<String> {
    told(&function_at(path, text, &[]).1)
        .into_iter()
        .map(|told| told.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

/// A sync with this in place of the line of its frequency.
fn sync_with(lines: &str) -> Vec<String> {
    codes("github/syncs/x.ts", &SYNC.replace("frequency: 'every hour'", lines))
}

const NONE: Vec<String> = Vec::new();

#[test]
fn the_project_needs_its_folder_and_its_files() {
    assert_eq!(project_with(&[(".nango/.gitkeep", "-")]), ["error missing-nango-folder .nango"]);
    assert_eq!(project_with(&[("nango.yaml", "")]), ["error nango-yaml nango.yaml"]);
    assert_eq!(project_with(&[("package.json", "-")]), ["warning version-pin package.json"]);
    assert_eq!(project_with(&[("package.json", "{\n  nango }")]), ["error bad-package-json package.json:2:3"]);
    let only_yaml = told(&read(&[("nango.yaml", ""), (".nango/.gitkeep", "-")]).findings);
    assert_eq!(only_yaml, ["error no-entry-points index.ts", "error nango-yaml nango.yaml"]);
}

#[test]
fn versions_are_pinned_as_the_cli_demands() {
    for (nango, zod, found) in [
        ("0.71.10", "4.3.6", 0),
        ("^0.71.10", "4.3.6", 1),
        ("latest", "*", 2),
        ("0.71.10", "4.3.5", 1),
        ("0.60.0", "4.0.5", 0),
    ] {
        let package = format!(r#"{{"devDependencies": {{"nango": "{nango}", "zod": "{zod}"}}}}"#);
        assert_eq!(
            project_with(&[("package.json", &package)]),
            vec!["warning version-pin package.json"; found],
            "{nango} {zod}"
        );
    }
    let elsewhere = r#"{"dependencies": {"nango": "0.71.10", "zod": "4.3.6"}}"#;
    assert_eq!(project_with(&[("package.json", elsewhere)]).len(), 2);
}

#[test]
fn committed_keys_are_told_of() {
    let with = |files: &[&str], tracked: Option<&[&str]>| {
        let mut all: BTreeMap<String, File> =
            tree(&[("index.ts", "import './github/syncs/x.js';"), ("github/syncs/x.ts", SYNC)])
                .files()
                .map(|(path, file)| (path.to_owned(), file.clone()))
                .collect();
        all.extend(files.iter().map(|path| ((*path).to_owned(), File::Present)));
        let tree = Tree::new(all, Vec::new());
        let tree = match tracked {
            Some(tracked) => tree.with_tracked(tracked.iter().map(|path| (*path).to_owned())),
            None => tree,
        };
        told(&extract(&project(""), &tree).findings)
    };
    assert_eq!(with(&[".env"], Some(&[".env"])), ["warning env-committed .env"]);
    assert_eq!(with(&[".env", ".env.prod"], None), ["warning env-committed .env", "warning env-committed .env.prod"]);
    assert_eq!(with(&[".env"], Some(&[])), NONE);
    assert_eq!(with(&[".env.example", "github/.env", ".envrc"], None), NONE);
}

#[test]
fn index_lines_that_deploy_nothing_are_errors() {
    for (line, found) in [
        (" import './github/actions/y.js';", "error not-deployed index.ts:2:2"),
        ("import \"x\"; import './github/actions/y.js';", "error not-deployed index.ts:2:13"),
        ("import  './github/actions/y.js';", "error not-deployed index.ts:2:1"),
        ("import y from './github/actions/y.js';", "error not-deployed index.ts:2:1"),
        ("import * as y from './github/actions/y';", "error not-deployed index.ts:2:1"),
        ("import {} from './github/actions/y';", "error not-deployed index.ts:2:1"),
        ("export * from './github/actions/y.js';", "error not-deployed index.ts:2:1"),
        ("export { default } from './github/actions/y.js';", "error not-deployed index.ts:2:1"),
        ("import 'github/actions/y';", "error not-deployed index.ts:2:1"),
        ("require('./github/actions/y.js');", "error not-deployed index.ts:2:1"),
        ("await import('./github/actions/y.js');", "error not-deployed index.ts:2:7"),
        ("export * from './github/index.js';", "error not-deployed index.ts:2:1"),
        ("import './github/index.js';", "error barrel-not-followed index.ts:2:1"),
    ] {
        let index = format!("import './github/syncs/x.js';\n{line}\n");
        let told = project_with(&[
            ("index.ts", &index),
            ("github/actions/y.ts", ACTION),
            ("github/index.ts", "import './actions/y.js';\n"),
        ]);
        assert_eq!(told, ["warning not-imported github/actions/y.ts:3:16", found], "{line}");
    }
}

#[test]
fn index_lines_that_mean_no_function_are_left_alone() {
    for line in [
        "import type { A } from './github/actions/y.js';",
        "// import './github/actions/z.js';",
        "import { a } from './lib.js';",
        "import 'zod';",
        "const x: any = (1;",
    ] {
        let index = format!("import './github/syncs/x.js';\nimport './github/actions/y.js';\n{line}\n");
        let told =
            project_with(&[("index.ts", &index), ("github/actions/y.ts", ACTION), ("lib.ts", "export const a = 1;")]);
        assert!(told.iter().all(|told| told.starts_with("warning syntax-error index.ts")), "{line} {told:?}");
    }
}

#[test]
fn what_a_comment_deploys_is_an_error() {
    let deployed = |index: &str| project_with(&[("index.ts", index)]);
    assert_eq!(deployed("/*\nimport './github/syncs/x.js';\n*/\n"), ["error deployed-in-comment index.ts:2:1"]);
    assert_eq!(
        deployed("const x = `\nimport './github/syncs/x.js';\n`;\n"),
        ["error deployed-in-comment index.ts:2:1"]
    );
    assert_eq!(deployed("/* a */\nimport './github/syncs/x.js'; // b\n"), NONE);
}

#[test]
fn entry_points_must_exist_where_functions_may_lie() {
    let told = |line: &str| {
        let index = format!("import './github/syncs/x.js';\n{line}\n");
        project_with(&[
            ("index.ts", &index),
            ("root.ts", SYNC),
            ("barrel/index.ts", "export const a = 1;"),
            ("lib/a.ts", "export default 1;"),
        ])
    };
    assert_eq!(told("import './github/syncs/gone.js';"), ["error entry-missing index.ts:2:1"]);
    assert_eq!(told("import './github/syncs/x.ts';"), ["error entry-missing index.ts:2:1"]);
    assert_eq!(told("import './barrel';"), ["error entry-missing index.ts:2:1"]);
    assert_eq!(told("import './../out.js';"), ["error entry-outside index.ts:2:1"]);
    assert_eq!(told("import './root.js';"), ["error entry-without-integration index.ts:2:1"]);
    assert_eq!(
        told("import './barrel/index.js';"),
        ["error invalid-export barrel/index.ts:1:1", "error named-export barrel/index.ts:1:14"]
    );
    assert_eq!(told("import './lib/a.js';"), ["error invalid-export lib/a.ts:1:1"]);
    assert_eq!(told("import './github/syncs/x';"), ["error duplicate-entry index.ts:2:1"]);
    assert_eq!(told("// nothing"), NONE);
    assert_eq!(
        project_with(&[("index.ts", "\n")]),
        ["warning not-imported github/syncs/x.ts:3:16", "error no-entry-points index.ts:1:1"]
    );
}

#[test]
fn an_action_named_twice_is_a_warning() {
    let index =
        "import './github/syncs/x.js';\nimport './github/actions/y.js';\nimport \"./github/actions/../actions/y\"\n";
    assert_eq!(
        project_with(&[("index.ts", index), ("github/actions/y.ts", ACTION)]),
        ["warning duplicate-entry index.ts:3:1"]
    );
}

#[test]
fn a_file_lies_where_its_kind_is_looked_for() {
    assert_eq!(codes("github/actions/x.ts", SYNC), ["error wrong-folder"]);
    assert_eq!(codes("github/syncs/deep/x.ts", SYNC), ["error wrong-folder"]);
    assert_eq!(codes("github/x.ts", ACTION), ["error wrong-folder"]);
    let function = "export default createFunction({ description: 'd', exec: async () => {} });";
    assert_eq!(codes("github/anywhere/x.ts", function), NONE);
}

#[test]
fn names_are_those_that_the_server_takes() {
    assert_eq!(codes("github/syncs/a b.ts", SYNC), ["error bad-name"]);
    assert_eq!(codes("github/syncs/a.b.ts", SYNC), ["error bad-name"]);
    assert_eq!(codes(&format!("github/syncs/{}.ts", "x".repeat(256)), SYNC), ["error bad-name"]);
    assert_eq!(codes("git+hub/syncs/a.ts", SYNC), ["error bad-integration-key"]);
    assert_eq!(codes("git hub@v1.2:x~/syncs/a.ts", SYNC), NONE);
    for bad in ["issue", "I", "Issue-1", "'Ünï'", "'1A'"] {
        let text = SYNC
            .replace("Issue:", &format!("{}:", if bad.contains(['-']) { format!("'{bad}'") } else { bad.to_owned() }));
        assert_eq!(codes("github/syncs/x.ts", &text), ["error bad-model-name"], "{bad}");
    }
}

#[test]
fn fields_are_those_that_compiler_and_server_take() {
    for (lines, found) in [
        ("frequency: 'every 2 weeks'", "error frequency-refused"),
        ("frequency: 'every 20s'", "error bad-frequency"),
        ("frequency: 'now and then'", "error bad-frequency"),
        ("frequency: 'every day', syncType: 'incremental', trackDeletes: true", "error track-deletes-incremental"),
        ("frequency: 'every day', syncType: 'partial'", "error bad-sync-type"),
        ("frequency: 'every day', endpoints: []", "error endpoints-mismatch"),
        (
            "frequency: 'every day', endpoints: [{ method: 'GET', path: '/a' }, { method: 'GET', path: '/b' }]",
            "error endpoints-mismatch",
        ),
        ("frequency: 'every day', endpoints: [{ method: 'FETCH', path: '/a' }]", "error bad-endpoint"),
        ("frequency: 'every day', endpoints: [{ method: 'GET', path: '/a', group: '' }]", "error bad-endpoint"),
        ("frequency: 'every day', endpoints: [{ method: 'GET', path: '/a', extra: 1 }]", "error bad-endpoint"),
        ("frequency: 'every day', scopes: ['x'.repeat(3), 'y']", ""),
        ("version: '2.0.0'", "error missing-field"),
    ] {
        assert_eq!(sync_with(lines), found.split_terminator('\n').collect::<Vec<_>>(), "{lines}");
    }
    assert_eq!(sync_with(&format!("frequency: 'every day', scopes: ['{}']", "s".repeat(256))), ["error too-long"]);
    let long = SYNC.replace("'Reads'", &format!("'{}'", "ü".repeat(2_001)));
    assert_eq!(codes("github/syncs/x.ts", &long), ["error too-long"]);
    for field in ["description", "input", "output", "exec"] {
        let text = ACTION.replace(&format!("{field}:"), "version:");
        assert_eq!(codes("github/actions/x.ts", &text), ["error missing-field"], "{field}");
    }
    let event = |event: &str| {
        codes(
            "github/on-events/x.ts",
            &format!("export default createOnEvent({{ description: 'd', event: '{event}', exec: () => {{}} }});"),
        )
    };
    assert_eq!(event("validate-connection"), ["error on-events-only"]);
    assert_eq!(event("on-full-moon"), ["error bad-event", "error on-events-only"]);
}

#[test]
fn endpoints_and_models_differ_within_an_integration() {
    let with = |extra: &str| SYNC.replace("version: '1.0.0'", &format!("version: '1.0.0', {extra}"));
    let endpoint = with("endpoints: [{ path: '/issues', method: 'GET' }]");
    let action = ACTION.replace("input:", "endpoint: { method: 'GET', path: '/issues' }, input:");
    let index = "import './github/syncs/x.js';\nimport './github/actions/y.js';\nimport './gitlab/actions/y.js';\n";
    let files = [
        ("index.ts", index),
        ("github/syncs/x.ts", &endpoint),
        ("github/actions/y.ts", &action),
        ("gitlab/actions/y.ts", &action),
    ];
    assert_eq!(project_with(&files), ["error duplicate-endpoint github/actions/y.ts:5:5"]);
    let index = "import './github/syncs/x.js';\nimport './github/syncs/y.js';\nimport './gitlab/syncs/x.js';\n";
    let files = [("index.ts", index), ("github/syncs/y.ts", SYNC), ("gitlab/syncs/x.ts", SYNC)];
    assert_eq!(project_with(&files), ["error duplicate-model github/syncs/y.ts:7:5"]);
    let metadata = |model: &str| with("metadata: z.object({})").replace("Issue", model);
    let index = "import './github/syncs/a-b.js';\nimport './github/syncs/ab.js';\n";
    let files = [
        ("index.ts", index),
        ("github/syncs/x.ts", "-"),
        ("github/syncs/a-b.ts", &metadata("One")),
        ("github/syncs/ab.ts", &metadata("Two")),
    ];
    assert_eq!(project_with(&files), ["error duplicate-model github/syncs/ab.ts:7:5"], "generated names collide too");
}

#[test]
fn old_and_new_kinds_do_not_mix() {
    let function = "export default createFunction({ description: 'd', exec: async () => {} });";
    let index = "import './github/syncs/x.js';\nimport './github/functions/f.js';\n";
    assert_eq!(
        project_with(&[("index.ts", index), ("github/functions/f.ts", function)]),
        ["error mixed-kinds github/functions/f.ts:1:33"]
    );
}

#[test]
fn a_functions_file_obeys_the_compilers_rules() {
    for (line, found) in [
        ("import axios from 'axios';", "error disallowed-import"),
        ("import 'lodash';", "error disallowed-import"),
        ("import x from '..';", "error disallowed-import"),
        ("import type { A } from 'axios';", ""),
        ("import { createHash } from 'node:crypto';", ""),
        ("export const helper = 1;", "error named-export"),
        ("export function helper() {}", "error named-export"),
        ("const h = 1; export { h };", "error named-export"),
        ("export type A = string; export interface B {} export enum C { D }", ""),
        ("import { gone } from './gone.js';", "error import-missing"),
        ("import type { Gone } from './gone.js';", "error import-missing"),
        ("export * from '../../../../outside.js';", "error import-outside"),
        ("try { require('./gone.js'); } catch {}", "warning import-missing"),
        ("const f = (nango) => { nango.log('x'); };", "error not-awaited"),
        ("const f = async (nango) => { return nango.log('x'); };", ""),
        ("const f = (nango) => { nango.get({}).then(() => {}); };", ""),
        ("const f = async (nango) => { await Promise.all([1].map(() => nango.log('x'))); };", ""),
        ("const f = async (nango) => { nango?.log('x'); nango.paginate(); other.log(); };", ""),
        ("const f = async (nango) => { await nango.get({ retryOn: [500] }); };", "error retry-on-without-retries"),
        ("const f = async (nango) => { await nango.get({ retryOn: [500], retries: 3 }); };", ""),
    ] {
        let found: Vec<&str> = found.split_terminator('\n').collect();
        let told: Vec<String> = codes("github/syncs/x.ts", &format!("{line}\n{SYNC}"))
            .into_iter()
            .filter(|told| found.is_empty() || found.contains(&told.as_str()))
            .collect();
        assert_eq!(told, found, "{line}");
    }
}

#[test]
fn calls_stand_in_the_order_that_the_compiler_wants() {
    for (calls, wrong) in [
        (
            "await nango.trackDeletesStart('A');\nawait nango.batchSave([], 'A');\nawait nango.trackDeletesEnd('A');",
            false,
        ),
        (
            "await nango.batchSave([], 'A');\nawait nango.trackDeletesStart('A');\nawait nango.trackDeletesEnd('A');",
            true,
        ),
        (
            "await nango.trackDeletesStart('A');\nawait nango.trackDeletesEnd('A');\nawait nango.batchSave([], 'A');",
            true,
        ),
        ("await nango.trackDeletesStart('A');", true),
        ("await nango.trackDeletesEnd('A');", true),
        ("await nango.trackDeletesEnd('A');\nawait nango.trackDeletesStart('A');", true),
        ("await nango.get({});\nawait nango.setMergingStrategy({}, 'A');", true),
        ("await nango.setMergingStrategy({}, 'A');\nawait nango.get({});", false),
        ("await nango.deleteRecordsFromPreviousExecutions('A');\nawait nango.batchSave([], 'A');", true),
        (
            "await nango.deleteRecordsFromPreviousExecutions('A');\nawait nango.deleteRecordsFromPreviousExecutions('B');",
            true,
        ),
    ] {
        let text = SYNC.replace("await nango.log('x');", calls);
        assert_eq!(codes("github/syncs/x.ts", &text), if wrong { vec!["error call-order"] } else { vec![] }, "{calls}");
    }
}

#[test]
fn only_what_is_bundled_must_obey() {
    let helper = "import axios from 'axios';\nexport interface A {}\nexport const a = 1;\n";
    let with = |line: &str| {
        told(&function_at("github/syncs/x.ts", &format!("{line}\n{SYNC}"), &[("github/helper.ts", helper)]).1)
    };
    assert_eq!(
        with("import { a } from '../helper.js'; const b = a;"),
        ["error disallowed-import github/helper.ts:1:1"]
    );
    assert_eq!(with("import { A } from '../helper.js'; const b: A = {};"), NONE, "used as a type only");
    assert_eq!(with("import type { A } from '../helper.js';"), NONE);
}

#[test]
fn syntax_errors_count_by_where_they_stand() {
    let broken = "export const a = ;\n";
    let import = format!("import {{ a }} from '../helper.js';\n{SYNC}");
    let told_of = |files: &[(&str, &str)]| project_with(files);
    assert_eq!(
        told_of(&[("github/syncs/x.ts", &import), ("github/helper.ts", broken)]),
        ["error syntax-error github/helper.ts:1:18"]
    );
    assert_eq!(told_of(&[("github/syncs/lying.ts", broken)]), ["warning syntax-error github/syncs/lying.ts:1:18"]);
    assert_eq!(told_of(&[("github/elsewhere.ts", broken), ("github/syncs/x.test.ts", broken)]), NONE);
}

#[test]
fn a_syntax_error_is_shown_in_its_lines() {
    let (_, findings) = function_at(
        "github/syncs/x.ts",
        "import { createSync } from 'nango';\n\nconst grüße = 'é', b c;\nexport default createSync({\n    frequency: 'every hour'\n});\n",
        &[],
    );
    let finding = findings.into_iter().find(|finding| finding.code == "syntax-error").unwrap();
    assert_eq!(finding.place.unwrap().to_string(), "github/syncs/x.ts:3:20");
    insta::assert_snapshot!(format!("{}\n{}", finding.message, finding.frame.unwrap()), @r"
    missing initializer in const declaration
     --> github/syncs/x.ts:3:20
      |
    1 | import { createSync } from 'nango';
    2 |
    3 | const grüße = 'é', b c;
      |                    ^
    4 | export default createSync({
    5 |     frequency: 'every hour'
      |
    ");
}

#[test]
fn a_lint_is_shown_in_its_lines() {
    let text = SYNC.replace("every hour", "every 2 weeks");
    let (_, findings) = function_at("github/syncs/x.ts", &text, &[]);
    let finding = findings.into_iter().find(|finding| finding.code == "frequency-refused").unwrap();
    insta::assert_snapshot!(format!("{}\n{}\n{}", finding.message, finding.frame.unwrap(), finding.help.unwrap()), @r"
    `every 2 weeks` compiles, and Nango's server refuses it
     --> github/syncs/x.ts:6:5
      |
    4 |     description: 'Reads',
    5 |     version: '1.0.0',
    6 |     frequency: 'every 2 weeks',
      |     ^^^^^^^^^
    7 |     models: { Issue: z.object({ id: z.string() }) },
    8 |     exec: async (nango) => { await nango.log('x'); }
      |
    write a whole number of seconds, minutes, hours or days: `every 30 minutes`, `every 14 days`; or `every week`, `every month`
    ");
}

#[test]
fn early_errors_are_found_too() {
    for text in [
        "const a = 1; const a = 2;",
        "class A { constructor() {} constructor() {} }",
        "break;",
        "return 1;",
        "function f() { await g(); }",
        "let x: = 1;",
        "x = `${`;",
    ] {
        let told = codes("github/syncs/x.ts", text);
        assert!(told.contains(&"error syntax-error".to_owned()), "{text} {told:?}");
    }
}

#[test]
fn a_test_belongs_to_a_function_by_its_name_and_place() {
    let untested = |test: &str| {
        let files = [
            ("index.ts", "import './github/syncs/fetch-issues.js';\n"),
            ("github/syncs/fetch-issues.ts", SYNC),
            (test, ""),
        ];
        read(&files).findings.into_iter().filter(|finding| finding.code == "untested").count()
    };
    for test in [
        "github/tests/github-fetch-issues.test.ts",
        "github/tests/fetch-issues.test.ts",
        "github/syncs/fetch-issues.spec.ts",
        "github/syncs/fetchIssues.test.ts",
        "github/tests/syncs/fetch_issues.test.tsx",
        "tests/github-fetch-issues.test.ts",
        "tests/github/fetch-issues.test.js",
        "github/tests/fetch-issues.sync.test.ts",
    ] {
        assert_eq!(untested(test), 0, "{test}");
    }
    for test in [
        "gitlab/tests/fetch-issues.test.ts",
        "github/tests/fetch-issues.test.json",
        "tests/fetch-issues.test.ts",
        "github/tests/github-fetch.test.ts",
    ] {
        assert_eq!(untested(test), 1, "{test}");
    }
}

#[test]
fn a_file_without_text_keeps_its_function() {
    let mut files: BTreeMap<String, File> = tree(&[("index.ts", "import './github/syncs/x.js';")])
        .files()
        .map(|(path, file)| (path.to_owned(), file.clone()))
        .collect();
    files.insert("github/syncs/x.ts".to_owned(), File::Present);
    let extracted = extract(&project(""), &Tree::new(files, Vec::new()));
    let resource = &extracted.manifest.resources[&ResourceId::new("sync", "github/x")];
    assert!(matches!(&resource.attributes["models"], Attribute::Unread(why) if why == "the file cannot be read"));
    assert_eq!(resource.fingerprint, None);
}
