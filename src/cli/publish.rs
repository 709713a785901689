//! What a run leaves behind: the summary, the annotations, the outputs, the report; in a terminal the words for people.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use std::os::unix::fs::OpenOptionsExt as _;

use super::Desk;
use crate::outcome::Outcome;
use crate::problem::{Problem, Problems};
use crate::report::{self, Limit, Written};

/// Writes everything that the runner reads, and gives the exit code. Every sink is tried; one that failed is a problem.
pub(super) fn to_actions(desk: &Desk, outcome: Outcome) -> Result<u8, Problems> {
    let code = outcome.exit_code();
    let sealed = outcome.redacted(&desk.redactor());
    let report_path = desk.env.get("RUNNER_TEMP").map(|folder| Path::new(folder).join("airlock-report.json"));
    let written =
        Written { report_path: report_path.as_ref().map(|path| path.display().to_string()), ..Written::default() };
    let file = |name: &str| desk.env.get(name).map(PathBuf::from);
    let sinks = [
        ("report", report_path, report::json(&sealed), true),
        ("job summary", file("GITHUB_STEP_SUMMARY"), report::summary(&sealed, Limit::SUMMARY), false),
        ("outputs", file("GITHUB_OUTPUT"), report::outputs(&sealed, &written, delimiter), false),
    ];
    let mut problems = Problems::new();
    for (what, path, text, fresh) in sinks {
        let Some(path) = path else { continue };
        if let Err(error) = put(&path, &text, fresh) {
            let text = format!("the {what} could not be written to `{}`", path.display());
            problems.push(Problem::input("sink-unwritable", text).because(&error));
        }
    }
    desk.console.commands(&report::annotations(&sealed));
    desk.console.say(&sealed.outcome().headline());
    if problems.is_empty() { Ok(code) } else { Err(problems) }
}

/// Prints for people, or the report as JSON.
pub(super) fn to_terminal(desk: &Desk, outcome: Outcome, json: bool) -> u8 {
    let code = outcome.exit_code();
    let sealed = outcome.redacted(&desk.redactor());
    let text = if json { report::json(&sealed) } else { desk.terminal(&sealed) };
    desk.console.result(&text);
    code
}

/// A delimiter that no value can hold by intention.
fn delimiter() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness a value could end its own block; then nothing is written at all.
    if getrandom::fill(&mut bytes).is_err() {
        return String::new();
    }
    bytes.iter().fold("airlock_".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// Appends to the runner's file, or writes a fresh one, following no link.
fn put(path: &Path, text: &str, fresh: bool) -> std::io::Result<()> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let mut options = OpenOptions::new();
    options.create(true).custom_flags(flags);
    let mut file =
        if fresh { options.write(true).truncate(true).open(path)? } else { options.append(true).open(path)? };
    file.write_all(text.as_bytes())
}
