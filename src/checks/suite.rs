//! Which commands test the project: what people would type themselves, with a JUnit file where the runner is known.

use std::path::Path;
use std::time::Duration;

use super::look::{Look, Manager, Package, Python};
use super::step::{Choice, Step, argv, script_manager, typed, with_manager};
use crate::context::inputs::{CommandChoice, Shard};
use crate::finding::SuiteKind;
use crate::process::{ChildEnv, is_on_path};

/// Where the run may leave things outside the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scratch<'a> {
    pub(super) folder: &'a Path,
    pub(super) venv: &'a Path,
}

/// The commands, in order; never empty. `folder` is the project's.
pub(super) fn choose(
    look: &Look,
    wish: &CommandChoice,
    limit: Duration,
    folder: &str,
    scratch: Scratch<'_>,
    environment: &ChildEnv,
    shard: Option<Shard>,
) -> Vec<Choice> {
    let part = shard.and_then(|shard| Some((shard.part?, shard.of)));
    let step = |name: String, argv, folder: &str, junit| {
        Choice::Run(Step { kind: SuiteKind::Test, name, argv, folder: folder.to_owned(), junit, limit })
    };
    match wish {
        CommandChoice::None => vec![Choice::skip("tests", "`test-command` is `none`")],
        CommandChoice::Argv(argv) => vec![step(typed(argv), argv.clone(), folder, None)],
        CommandChoice::Auto => {
            let mut choices = Vec::new();
            if let Some((package, script)) =
                look.package.as_ref().and_then(|package| Some((package, package.test.as_ref()?)))
            {
                let junit = is_plain_vitest(script).then(|| scratch.folder.join("vitest.xml"));
                let mut argv = node(look, package, script, junit.as_deref(), environment);
                if let (Some((part, of)), true) = (part, junit.is_some()) {
                    argv.push(format!("--shard={part}/{of}"));
                }
                let manager = script_manager(look.lock.as_ref(), package.manager.as_deref());
                choices.push(step(format!("{} test", manager.program()), argv, &package.folder, junit));
            }
            if look.python.tests {
                let junit = scratch.folder.join("pytest.xml");
                let mut argv = python(&look.python, &junit, scratch.venv, environment);
                if let Some((part, of)) = part {
                    // The options of pytest-split.
                    argv.extend([format!("--splits={of}"), format!("--group={part}")]);
                }
                choices.push(step("pytest".to_owned(), argv, folder, Some(junit)));
            }
            if choices.is_empty() {
                choices.push(Choice::skip("tests", nothing(look)));
            }
            choices
        }
    }
}

fn nothing(look: &Look) -> &'static str {
    match look.package {
        Some(_) => "`package.json` has no `test` script, and there are no Python tests",
        None => "there is no `package.json` with a `test` script, and there are no Python tests",
    }
}

fn node(look: &Look, package: &Package, script: &str, junit: Option<&Path>, environment: &ChildEnv) -> Vec<String> {
    let named = package.manager.as_deref();
    let manager = script_manager(look.lock.as_ref(), named);
    let more: Vec<String> = junit.map(|file| vitest_flags(script, file)).unwrap_or_default();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let start: &[&str] = match manager {
        Manager::Npm if more.is_empty() => &["test"],
        Manager::Npm => &["test", "--"],
        // `pnpm test` takes options for its own; `pnpm run test` hands them on.
        Manager::Pnpm | Manager::Bun => &["run", "test"],
        Manager::YarnClassic | Manager::YarnBerry => &["test"],
    };
    with_manager(manager, named, environment, &[start, &more].concat())
}

/// Whether the script is vitest alone, so that it understands vitest's options at its end.
fn is_plain_vitest(script: &str) -> bool {
    let mut words = script.split_whitespace();
    let is_one_command = !script.contains(['&', '|', ';', '>', '<', '`', '$', '\n', '#']);
    let first = words.next().map(|first| if first == "npx" { words.next().unwrap_or_default() } else { first });
    let writes_junit = script.contains("junit") || script.contains("outputFile");
    is_one_command && first == Some("vitest") && !writes_junit && !script.split_whitespace().any(|word| word == "--")
}

fn vitest_flags(script: &str, file: &Path) -> Vec<String> {
    let mut flags = Vec::new();
    if !script.contains("--reporter") {
        flags.push("--reporter=default".to_owned());
    }
    flags.extend(["--reporter=junit".to_owned(), format!("--outputFile.junit={}", file.display())]);
    flags
}

fn python(python: &Python, junit: &Path, venv: &Path, environment: &ChildEnv) -> Vec<String> {
    let report = format!("--junit-xml={}", junit.display());
    let of_venv = |venv: &str| argv(&[&format!("{venv}/bin/python"), "-m", "pytest", &report]);
    if python.uv.is_some() {
        return argv(&["uv", "run", "--frozen", "pytest", &report]);
    }
    if python.venv {
        return of_venv("./.venv");
    }
    if !python.requirements.is_empty() {
        return of_venv(&venv.display().to_string());
    }
    let program = if is_on_path("python3", environment) { "python3" } else { "python" };
    argv(&[program, "-m", "pytest", &report])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_vitest_alone_gets_our_options() {
        for (script, wanted) in [
            ("vitest", true),
            ("vitest run --coverage", true),
            ("npx vitest run", true),
            ("vitest run --reporter=verbose", true),
            ("vitest run --reporter=junit", false),
            ("tsc && vitest run", false),
            ("vitest run; echo done", false),
            ("vitest run > log", false),
            ("vitest run -- a", false),
            ("jest", false),
            ("", false),
        ] {
            assert_eq!(is_plain_vitest(script), wanted, "{script}");
        }
        let flags = vitest_flags("vitest run --reporter=verbose", Path::new("/s/v.xml"));
        assert_eq!(flags, ["--reporter=junit", "--outputFile.junit=/s/v.xml"]);
    }
}
