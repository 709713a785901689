//! `para build`, where the project has Paragon's CLI installed: confined, with no key in reach. What it says of types becomes
//! findings; the manifest stays what the source says.

use std::path::PathBuf;
use std::time::Duration;

use crate::finding::{Finding, Severity, SuiteEnd};
use crate::history::beneath::is_beneath;
use crate::names::Place;
use crate::platform::{Building, Compiled};
use crate::problem::Problem;
use crate::tree::join;

/// What people call it.
pub(super) const NAME: &str = "para build";

/// How long it may take.
const LIMIT: Duration = Duration::from_mins(10);

/// How many errors are told.
const MOST: usize = 200;

/// Runs `para build`.
///
/// # Errors
///
/// A fault of our own. Everything that may be wrong with the project is in [`Compiled::findings`].
pub(super) async fn build(building: Building<'_>) -> Result<Compiled, Problem> {
    let Some(program) = installed(&building) else {
        let why = "Paragon's CLI is not installed, so the source was read alone".to_owned();
        return Ok(Compiled::nothing(NAME, SuiteEnd::Skipped { why }, None, Vec::new()));
    };
    let argv = vec![program.display().to_string(), "build".to_owned()];
    let environment = building.environment.clone().with("FORCE_COLOR", "0");
    let ran = building.run(NAME, argv, environment, LIMIT).await;
    let mut findings = errors(&ran.tail, &building.project.path);
    let end = match SuiteEnd::from(&ran.end) {
        // A compiler that names errors has not passed, whatever it exits with.
        SuiteEnd::Passed if !findings.is_empty() => SuiteEnd::Failed { code: None },
        end => end,
    };
    if findings.is_empty() && !matches!(end, SuiteEnd::Passed | SuiteEnd::Cancelled) {
        let finding = Finding::error("build-failed", format!("`{NAME}` did not succeed"));
        findings.push(finding.help("its output is in the log; try it by hand in the project's folder"));
    }
    Ok(Compiled::nothing(NAME, end, Some(ran), findings))
}

/// The CLI in the `node_modules` of the project, or of a folder above it.
fn installed(building: &Building<'_>) -> Option<PathBuf> {
    let mut place = Some(building.project.path.as_str());
    while let Some(at) = place {
        let program = building.root.join(at).join("node_modules/.bin/para");
        if program.exists() {
            return Some(program);
        }
        place = if at.is_empty() { None } else { Some(at.rsplit_once('/').map_or("", |(above, _)| above)) };
    }
    None
}

/// TypeScript's errors in what was printed, in both of its forms: `a.ts:1:2 - error TS1: …` and `a.ts(1,2): error TS1: …`.
fn errors(text: &str, folder: &str) -> Vec<Finding> {
    text.lines().filter_map(|line| error(line.trim(), folder)).take(MOST).collect()
}

fn error(line: &str, folder: &str) -> Option<Finding> {
    let (place, said) = line.split_once(" - error ").or_else(|| line.split_once(": error "))?;
    let (code, message) = said.split_once(": ")?;
    let is_code =
        code.strip_prefix("TS").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let (path, numbers) = if let Some(open) = place.strip_suffix(')') {
        open.rsplit_once('(').map(|(path, numbers)| (path, numbers.split_once(',')))?
    } else {
        let (rest, column) = place.rsplit_once(':')?;
        let (path, row) = rest.rsplit_once(':')?;
        (path, Some((row, column)))
    };
    let (row, column) = numbers?;
    let path = path.trim_start_matches("./");
    if !is_code || !is_beneath(path) {
        return None;
    }
    let place = Place::at(join(folder, path), row.trim().parse().ok()?, column.trim().parse().ok()?);
    Some(Finding::new(Severity::Error, "type-error", format!("{} ({code})", message.trim())).at(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typescripts_errors_are_findings_at_their_place() {
        let text = "src/integrations/slack/workflows/Send it.ts:12:5 - error TS2322: Type 'string' is not assignable.\n\
                    ./src/a.ts(3,9): error TS7006: Parameter implicitly has an 'any' type.\n\
                    ../outside.ts:1:1 - error TS1: no\n\
                    a.ts:x:1 - error TS1: no\n\
                    a.ts:1:1 - error X: no\n\
                    Found 2 errors.";
        let told: Vec<String> = errors(text, "apps/flows")
            .iter()
            .map(|finding| format!("{} {}", finding.place.as_ref().unwrap(), finding.message))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        apps/flows/src/integrations/slack/workflows/Send it.ts:12:5 Type 'string' is not assignable. (TS2322)
        apps/flows/src/a.ts:3:9 Parameter implicitly has an 'any' type. (TS7006)
        ");
    }

    proptest::proptest! {
        #[test]
        fn any_output_can_be_read(text in "([a-z/.]{0,6}[:(][0-9,]{0,12}[:)]( - |: )?error TS[0-9]{0,3}: ?[a-z]{0,3}\n?){0,6}") {
            let _findings = errors(&text, "");
        }
    }
}
