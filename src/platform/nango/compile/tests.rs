//! Compiling by CLIs that lie in every way we know of; and by the real one where it is at hand.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;

use super::*;
use crate::console::Console;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::manifest::{Attribute, Origin, ResourceId};
use crate::names::ProjectId;
use crate::platform::nango::extract;
use crate::process::{ChildEnv, Facts, Walls};
use crate::watch::Watch;
use crate::work::Project;

const SOURCE: &str = "import { createAction } from 'nango';\nimport * as z from 'zod';\nexport default createAction({ description: 'Close', version: '1.0.0', input: z.object({}), output: z.object({}), exec: async () => ({}) });\n";
const JSON: &str = r#"[{"providerConfigKey":"github","actions":[{"type":"action","description":"Close","endpoint":null,"input":"ActionInput_github_close","name":"close","output":["ActionOutput_github_close"],"scopes":[],"version":"1.0.0","json_schema":{"definitions":{}},"features":[]}],"syncs":[],"onEventScripts":{}}]"#;
const JS: &str = "\"use strict\"; module.exports = { default: { type: 'action' } };";

/// A lie: its name, the script, and what lay there before.
type Lie<'a> = (&'a str, String, &'a dyn Fn(&Bench));

/// A repository whose folder `app` is a project, with a CLI that is this shell script.
struct Bench {
    place: TempDir,
}

impl Bench {
    fn new(script: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let app = place.path().join("app");
        for folder in ["github/actions", ".nango", "node_modules/.bin", "node_modules/nango"] {
            fs::create_dir_all(app.join(folder)).unwrap();
        }
        fs::write(app.join("index.ts"), "import './github/actions/close.js';\n").unwrap();
        fs::write(app.join("github/actions/close.ts"), SOURCE).unwrap();
        fs::write(app.join("package.json"), "{}").unwrap();
        fs::write(app.join("node_modules/nango/package.json"), r#"{"version": "0.71.10"}"#).unwrap();
        let cli = app.join("node_modules/.bin/nango");
        fs::write(&cli, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(cli, fs::Permissions::from_mode(0o755)).unwrap();
        Self { place }
    }

    fn app(&self) -> PathBuf {
        self.place.path().join("app")
    }

    async fn compile(&self) -> Compiled {
        compile_in(self.place.path(), "app").await
    }
}

pub(crate) fn project(path: &str) -> Project {
    Project {
        id: ProjectId::new("app").unwrap(),
        path: path.to_owned(),
        platform: PlatformName::Nango,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

async fn compile_in(root: &Path, path: &str) -> Compiled {
    let project = project(path);
    let tree = crate::tree::disk::read(root, &crate::platform::nango::wants).unwrap();
    let manifest = extract(&project, &tree).manifest;
    let path = std::env::var("PATH").unwrap();
    let variables = BTreeMap::from([("PATH".to_owned(), path), ("HOME".to_owned(), root.display().to_string())]);
    let environment = ChildEnv::new(&variables, &[]).unwrap();
    let (console, watch) = (Console::silent(), Watch::endless());
    let scratch = tempfile::tempdir().unwrap();
    let walls = Walls::raise(scratch.path(), Facts::default(), None).unwrap();
    let brief = Building {
        project: &project,
        root,
        manifest: &manifest,
        environment: &environment,
        walls: &walls,
        console: &console,
        watch: &watch,
    };
    compile(brief).await.unwrap()
}

/// A script that writes what the real CLI would.
fn good() -> String {
    format!(
        "mkdir -p build\ncat > .nango/nango.json <<'J'\n{JSON}\nJ\ncat > build/github_actions_close.cjs <<'J'\n{JS}\nJ\n"
    )
}

fn told(compiled: &Compiled) -> String {
    let findings = compiled.findings.iter().map(|finding| {
        let place = finding.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let help = finding.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{place}{} {}{help}", finding.code, finding.message)
    });
    let end = format!("{:?}, built: {}", compiled.suite.end, compiled.built.is_some());
    std::iter::once(end).chain(findings).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_the_compiler_wrote_is_held_and_refines_the_manifest() {
    let bench = Bench::new(&good());
    let compiled = bench.compile().await;
    assert_eq!(told(&compiled), "Passed, built: true");
    let built = compiled.built.unwrap();
    assert_eq!(built.manifest.origin, Origin::Built);
    let close = &built.manifest.resources[&ResourceId::new("action", "github/close")];
    assert_eq!(close.attributes["json_schema"], Attribute::Value(serde_json::json!({"definitions": {}})));
    assert!(close.fingerprint.is_some() && close.artefact.is_some() && close.place.is_some());
    let names: Vec<&str> = built.artefact.files().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [".nango/cli-version", ".nango/nango.json", "build/github_actions_close.cjs", "github/actions/close.ts"]
    );
    // The same project elsewhere gives the same digest.
    let other = Bench::new(&good()).compile().await.built.unwrap();
    assert_eq!(other.artefact.digest(), built.artefact.digest());
}

/// What `nango compile` 0.71.10 wrote of a function of `createFunction`: its file begins with `./`.
const FUNCTIONS: &str = r##"[{"name":"fetch","integrationId":"github","description":"Fetch","trigger":{"kind":"none"},"requires":{"connection":true,"outbound":true,"invoke":false},"capabilities":{"usesRecords":false,"usesCheckpoints":false,"usesMetadata":false,"usesOutbound":true,"usesInvoke":false},"limits":{"concurrency":{"perConnection":"max"}},"input_schema_ref":"#/definitions/FunctionInput_github_fetch","output_schema_ref":"#/definitions/FunctionOutput_github_fetch","model_schema_refs":[],"metadata_schema_ref":null,"checkpoint_schema_ref":null,"json_schema":{"definitions":{"FunctionInput_github_fetch":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false},"FunctionOutput_github_fetch":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"],"additionalProperties":false}}},"filePath":"./github/functions/fetch.ts"}]"##;

#[tokio::test]
async fn functions_of_the_newer_kind_are_held_with_their_files() {
    let none =
        r#"[{"providerConfigKey":"github","actions":[],"syncs":[],"onEventScripts":{"post-connection-creation":[]}}]"#;
    let bench = Bench::new(&format!(
        "mkdir -p build\ncat > .nango/nango.json <<'J'\n{none}\nJ\ncat > .nango/functions.json <<'J'\n{FUNCTIONS}\nJ\n\
         echo '{JS}' > build/github_functions_fetch.cjs"
    ).replace("'action'", "\"function\""));
    fs::create_dir_all(bench.app().join("github/functions")).unwrap();
    fs::write(bench.app().join("index.ts"), "import './github/functions/fetch.js';\n").unwrap();
    fs::write(
        bench.app().join("github/functions/fetch.ts"),
        "import { createFunction } from 'nango/experimental';\nimport { z } from 'zod';\nexport default createFunction({ description: 'Fetch', trigger: { kind: 'none' }, input: z.object({ name: z.string() }), output: z.object({ id: z.string() }), exec: async (nango, trigger) => ({ id: trigger.input.name }) });\n",
    )
    .unwrap();
    let compiled = bench.compile().await;
    assert_eq!(told(&compiled), "Passed, built: true");
    let artefact = compiled.built.unwrap().artefact;
    let names: Vec<&str> = artefact.files().keys().map(String::as_str).collect();
    let files = ["build/github_functions_fetch.cjs", "github/functions/fetch.ts"];
    assert_eq!(names, [".nango/cli-version", ".nango/functions.json", ".nango/nango.json", files[0], files[1]]);
}

#[tokio::test]
async fn an_exit_code_of_zero_proves_nothing() {
    let stale = |bench: &Bench| {
        fs::create_dir_all(bench.app().join("build")).unwrap();
        fs::write(bench.app().join(".nango/nango.json"), JSON).unwrap();
        fs::write(bench.app().join("build/github_actions_close.cjs"), JS).unwrap();
    };
    let nothing = |_: &Bench| {};
    let link = |bench: &Bench| {
        fs::create_dir_all(bench.app().join("build")).unwrap();
        symlink("/etc/hostname", bench.app().join("build/github_actions_close.cjs")).unwrap();
    };
    let only_json = format!("cat > .nango/nango.json <<'J'\n{JSON}\nJ");
    let broken = good().replace("module.exports = {", "module.exports = {{;");
    let escaping = good().replace("\"name\":\"close\"", "\"name\":\"../../x\"");
    let cases: [Lie<'_>; 9] = [
        ("a prompt at the end of input", "printf 'Secret Key: '; read answer; exit 0".to_owned(), &nothing),
        ("what lay there before", "echo done".to_owned(), &stale),
        ("no scripts", only_json.clone(), &nothing),
        ("scripts that lay there", only_json.clone(), &stale),
        ("an empty list", "echo '[]' > .nango/nango.json".to_owned(), &nothing),
        ("no list", "echo '{' > .nango/nango.json".to_owned(), &nothing),
        ("a script that does not parse", broken, &nothing),
        ("a name that leads out", escaping, &nothing),
        ("a script that is a link", only_json, &link),
    ];
    let mut lines = Vec::new();
    for (name, script, prepare) in cases {
        let bench = Bench::new(&script);
        prepare(&bench);
        let compiled = bench.compile().await;
        assert!(compiled.built.is_none(), "{name}");
        assert!(!compiled.suite.lets_on(), "{name}");
        lines.push(format!("{name}: {}", told(&compiled)));
    }
    insta::assert_snapshot!(lines.join("\n").replace(&*std::env::temp_dir().to_string_lossy(), "/tmp"), @"
    a prompt at the end of input: Failed { code: None }, built: false
    app/.nango/nango.json: artefact-missing `nango compile` exited 0, but the compiler did not write this file
      help: its last words: Secret Key:
    what lay there before: Failed { code: None }, built: false
    app/.nango/nango.json: artefact-missing `nango compile` exited 0, but the compiler left this file as it was before
      help: its last words: done
    no scripts: Failed { code: None }, built: false
    app/build/github_actions_close.cjs: artefact-missing `nango compile` exited 0, but the compiler did not write this file
      help: run it in the project's folder and look at what it says
    scripts that lay there: Failed { code: None }, built: false
    app/build/github_actions_close.cjs: artefact-missing `nango compile` exited 0, but the compiler left this file as it was before
      help: run it in the project's folder and look at what it says
    an empty list: Failed { code: None }, built: false
    artefact-missing the compiler exited 0 and compiled nothing
    app/github/actions/close.ts:3:1: artefact-differs action:github/close is in the source, and was not compiled
      help: this is most likely a fault of airlock's reader: please report it with the file
    no list: Failed { code: None }, built: false
    artefact-missing `nango compile` exited 0, but `.nango/nango.json` cannot be read: invalid type: map, expected a sequence at line 1 column 0
      help: run it in the project's folder and look at what it says
    a script that does not parse: Failed { code: None }, built: false
    app/build/github_actions_close.cjs: artefact-missing `nango compile` exited 0, but what action:github/close was compiled to does not parse: Unexpected token
      help: run it in the project's folder and look at what it says
    a name that leads out: Failed { code: None }, built: false
    artefact-missing `nango compile` exited 0, but `../../x` is no name that Nango takes for a function
      help: run it in the project's folder and look at what it says
    a script that is a link: Failed { code: None }, built: false
    app/build/github_actions_close.cjs: artefact-missing `nango compile` exited 0, but `app/build/github_actions_close.cjs` is a link; it is not followed
      help: run it in the project's folder and look at what it says
    ");
}

#[tokio::test]
async fn failures_are_told_with_what_to_do() {
    let cases = [
        ("type error", "printf 'err - github/actions/close.ts:3:7 \\r\\n  Type x\\r\\n\\n'; exit 10"),
        ("no folder", "echo 'Not inside a Nango folder'; exit 1"),
        (
            "out of memory",
            "echo 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'; kill -ABRT $$",
        ),
        ("silent", "exit 10"),
        ("too old", "echo \"error: unknown command 'compile'\"; exit 1"),
        ("waits for an answer", "if read -r answer; then exit 0; else echo 'Secret Key:'; exit 0; fi"),
        ("no node", "exec /usr/bin/env no-such-node"),
    ];
    let mut lines = Vec::new();
    for (name, script) in cases {
        lines.push(format!("{name}: {}", told(&Bench::new(script).compile().await)));
    }
    let none = Bench::new("");
    fs::remove_dir_all(none.app().join("node_modules")).unwrap();
    lines.push(format!("not installed: {}", told(&none.compile().await)));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    type error: Failed { code: Some(10) }, built: false
    app/github/actions/close.ts:3:7: compile-error Type x
    no folder: Failed { code: Some(1) }, built: false
    compile-failed `nango compile` exited 1: Not inside a Nango folder
      help: git keeps no empty folder: commit a file `.nango/.gitkeep`
    out of memory: Killed { signal: 6 }, built: false
    compile-failed `nango compile` died by signal 6
      help: give node more: set NODE_OPTIONS=--max-old-space-size=8192 in the job and name NODE_OPTIONS in `install-env`
    silent: Failed { code: Some(10) }, built: false
    compile-failed `nango compile` exited 10 and said nothing
    too old: Failed { code: Some(1) }, built: false
    compile-failed `nango compile` exited 1: error: unknown command 'compile'
    waits for an answer: Failed { code: None }, built: false
    app/.nango/nango.json: artefact-missing `nango compile` exited 0, but the compiler did not write this file
      help: its last words: Secret Key:
    no node: NotStarted { why: "`nango compile` needs Node.js, and `node` is not here" }, built: false
    node-missing `nango compile` needs Node.js, and `node` is not here
      help: install Node.js in an earlier step (actions/setup-node), in the version that `nango` asks for
    not installed: NotStarted { why: "`nango` is not installed in the project" }, built: false
    nango-cli-missing `nango` is not installed in the project
      help: add `nango` to devDependencies with its exact version and commit the lockfile, or install in an earlier step
    "#);
}

#[tokio::test]
async fn a_compiler_that_disagrees_with_the_source_is_told() {
    let other = good().replace("\"description\":\"Close\"", "\"description\":\"Open\"");
    let compiled = Bench::new(&other).compile().await;
    insta::assert_snapshot!(told(&compiled), @"
    Passed, built: true
    app/github/actions/close.ts:3:1: artefact-differs `description` of action:github/close was read as Close, and was compiled as Open
      help: this is most likely a fault of airlock's reader: please report it with the file
    ");
    let more = good().replace(
        "\"syncs\":[]",
        r#""syncs":[{"name":"hidden","output":[],"runs":"every hour","json_schema":{"definitions":{}}}]"#,
    );
    let more = format!(
        "{more}\nmkdir -p github/syncs; echo x > github/syncs/hidden.ts; echo x > build/github_syncs_hidden.cjs"
    );
    let compiled = Bench::new(&more).compile().await;
    insta::assert_snapshot!(told(&compiled), @"
    Failed { code: None }, built: false
    artefact-differs sync:github/hidden was compiled, and is not what the source was read as: nobody was shown it
      help: this is most likely a fault of airlock's reader: please report it with the file
    ");
    assert!(compiled.built.is_none(), "a function that nobody was shown is not deployed");
}

#[tokio::test]
async fn the_cli_sees_no_key_no_terminal_and_no_telemetry() {
    let script = "env > seen; if [ -t 0 ]; then echo terminal >> seen; fi; read line; echo \"read:$?\" >> seen; exit 3";
    let bench = Bench::new(script);
    bench.compile().await;
    let seen = fs::read_to_string(bench.app().join("seen")).unwrap();
    for wanted in [
        "CI=true",
        "NANGO_CLI_TELEMETRY=false",
        "NANGO_CLI_UPGRADE_MODE=ignore",
        "NANGO_CLI_DEPENDENCY_UPDATE=false",
        "read:1",
    ] {
        assert!(seen.contains(wanted), "{wanted} in {seen}");
    }
    assert!(!seen.contains("terminal") && !seen.contains("NANGO_SECRET_KEY"), "{seen}");
}

/// The example, installed twice: `NANGO_EXAMPLES` holds two folders with `node_modules`, parted by a colon.
#[tokio::test]
async fn the_real_cli_compiles_the_example_alike_in_any_folder() {
    let Ok(folders) = std::env::var("NANGO_EXAMPLES") else {
        eprintln!("SKIPPED: NANGO_EXAMPLES is not set, nothing was compiled");
        return;
    };
    let mut digests = Vec::new();
    for folder in folders.split(':') {
        let started = Instant::now();
        let compiled = compile_in(Path::new(folder), "").await;
        eprintln!("{folder}: {:?}, {}", started.elapsed(), told(&compiled));
        digests.push(compiled.built.unwrap().artefact.digest().clone());
    }
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{digests:?}");
}
