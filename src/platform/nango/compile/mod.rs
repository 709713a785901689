//! Compiles a project by its own pinned CLI, with no key in reach, and reads what that wrote.
//!
//! The CLI exits 0 on several failures, so an exit code proves nothing here: only lists and scripts that this run wrote,
//! that parse, and that agree with the source are a result. They are read once, and those bytes are deployed.

pub(crate) mod bundle;
mod find;
mod read;
pub(crate) mod refine;
pub(crate) mod syntax;
mod told;

#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use crate::artefact::Built;
use crate::finding::{Finding, Severity, SuiteEnd};
use crate::names::Place;
use crate::platform::{Building, Compiled};
use crate::problem::Problem;
use crate::process::{End, Ran};
use find::Cli;
use read::{Read, Wrong};
use told::Ground;

/// How long a compile may take: 6,211 functions took seven minutes on two cores.
const LIMIT: Duration = Duration::from_mins(30);
/// What people call it.
pub(super) const NAME: &str = "nango compile";

/// Runs `nango compile` confined, with no input, no telemetry, no upgrade and no rewriting of dependencies.
///
/// # Errors
///
/// A fault of our own. Everything that may be wrong with the project is in [`Compiled::findings`].
pub async fn compile(brief: Building<'_>) -> Result<Compiled, Problem> {
    let ground = Ground { root: brief.root, folder: &brief.project.path };
    let cli = match find::find(brief.root, &brief.project.path) {
        Ok(cli) => cli,
        Err(none) => {
            let finding = Finding::error("nango-cli-missing", none.why.clone()).help(none.help);
            return Ok(Compiled::nothing(NAME, SuiteEnd::NotStarted { why: none.why }, None, vec![finding]));
        }
    };
    let folder = brief.root.join(&brief.project.path);
    let before = read::before(&folder);
    let ran = run(&brief, &cli).await;
    if ran.end == End::Exited(127) {
        let why = format!("`{NAME}` needs Node.js, and `node` is not here");
        let help = "install Node.js in an earlier step (actions/setup-node), in the version that `nango` asks for";
        let finding = Finding::error("node-missing", why.clone()).help(help);
        return Ok(Compiled::nothing(NAME, SuiteEnd::NotStarted { why }, Some(ran), vec![finding]));
    }
    let mut findings = told::findings(&ran.tail, ground);
    if ran.end != End::Exited(0) {
        findings.extend(unspoken(&ran, &findings));
        return Ok(Compiled::nothing(NAME, SuiteEnd::from(&ran.end), Some(ran), findings));
    }
    let read = match read::read(brief.root, &brief.project.path, &cli.version, &before) {
        Ok(read) => read,
        Err(wrong) => {
            findings.extend(wrong.into_iter().map(|wrong| of_wrong(wrong, &ran, ground)));
            return Ok(Compiled::nothing(NAME, SuiteEnd::Failed { code: None }, Some(ran), findings));
        }
    };
    judge(&brief, read, ran, findings)
}

/// Checks what was read against what the source said.
fn judge(brief: &Building<'_>, read: Read, ran: Ran, mut findings: Vec<Finding>) -> Result<Compiled, Problem> {
    let ground = Ground { root: brief.root, folder: &brief.project.path };
    let scripts = read.bundle.scripts();
    let broken = syntax::wrong(&read.artefact, &scripts)?;
    findings.extend(broken.into_iter().map(|wrong| of_wrong(wrong, &ran, ground)));
    if scripts.is_empty() && !brief.manifest.resources.is_empty() {
        findings.push(Finding::error("artefact-missing", "the compiler exited 0 and compiled nothing"));
    }
    let manifest = refine::manifest(&read.bundle, &read.artefact, brief.manifest);
    findings.extend(refine::disagreements(brief.manifest, &manifest));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Ok(Compiled::nothing(NAME, SuiteEnd::Failed { code: None }, Some(ran), findings));
    }
    Ok(Compiled::done(NAME, Built { artefact: read.artefact, manifest }, ran, findings))
}

async fn run(brief: &Building<'_>, cli: &Cli) -> Ran {
    // Variables and not options, for an older CLI ends at an option that it does not know.
    let environment = brief
        .environment
        .clone()
        .with("NANGO_CLI_TELEMETRY", "false")
        .with("NANGO_CLI_UPGRADE_MODE", "ignore")
        .with("NANGO_CLI_DEPENDENCY_UPDATE", "false")
        .with("FORCE_COLOR", "0");
    let argv = vec![cli.program.display().to_string(), "compile".to_owned()];
    brief.run(NAME, argv, environment, LIMIT).await
}

/// A finding for an end that no named error explains.
fn unspoken(ran: &Ran, named: &[Finding]) -> Option<Finding> {
    let advice = told::advice(&ran.tail);
    let says = match &ran.end {
        End::Exited(code) if named.is_empty() => match told::last_words(&ran.tail) {
            Some(words) => format!("`{NAME}` exited {code}: {words}"),
            None => format!("`{NAME}` exited {code} and said nothing"),
        },
        End::Exited(_) => return None,
        End::NotStarted(why) => return Some(Finding::error("compile-failed", why.to_string()).help(why.help())),
        End::TimedOut => format!("`{NAME}` took longer than {} minutes", LIMIT.as_secs() / 60),
        End::Signalled(signal) => format!("`{NAME}` died by signal {signal}"),
        End::Cancelled(_) => return None,
    };
    let finding = Finding::error("compile-failed", says);
    Some(match advice {
        Some(advice) => finding.help(advice),
        None => finding,
    })
}

fn of_wrong(wrong: Wrong, ran: &Ran, ground: Ground<'_>) -> Finding {
    let finding = Finding::error("artefact-missing", format!("`{NAME}` exited 0, but {}", wrong.why));
    let finding = match wrong.path {
        Some(path) => finding.at(Place::file(told::from_root(ground, &path))),
        None => finding,
    };
    match (told::advice(&ran.tail), told::last_words(&ran.tail)) {
        (Some(advice), _) => finding.help(advice),
        (None, Some(words)) => finding.help(format!("its last words: {words}")),
        (None, None) => finding.help("run it in the project's folder and look at what it says"),
    }
}
