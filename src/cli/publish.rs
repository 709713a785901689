//! What a run leaves behind: the summary, the annotations, the outputs, the report, and what belongs to GitHub; in a
//! terminal the words for people.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use std::os::unix::fs::OpenOptionsExt as _;

use super::Desk;
use crate::context::Invocation;
use crate::context::inputs::PlatformName;
use crate::github::Client;
use crate::outcome::Outcome;
use crate::outcome::sealed::Sealed;
use crate::problem::{Problem, Problems};
use crate::publish::{self, About, Published};
use crate::report::{self, Limit, Written};

/// Writes everything that the runner reads, then what belongs to GitHub, then what became of that into the runner's files:
/// whenever this is killed, what is there is true. Gives the exit code; a file that could not be written is a problem.
pub(super) async fn to_actions(
    desk: &Desk,
    sinks: &Sinks,
    invocation: &Invocation,
    mut outcome: Outcome,
    github: Result<&Client, &Problem>,
) -> Result<u8, Problems> {
    let redactor = desk.redactor();
    let sealed = outcome.clone().redacted(&redactor);
    let recorded = recorded(invocation, sealed.outcome());
    let pages = Written { deployment_url: recorded.clone(), ..Written::default() };
    let written = sinks.write(&sealed, pages);
    desk.console.commands(&report::annotations(&sealed));
    desk.console.say(&sealed.outcome().headline());
    let about = About { invocation, sealed: &sealed, redactor: &redactor };
    let Published { comment_url, notes } = match github {
        _ if !about.is_wanted() => Published::default(),
        Ok(client) => publish::publish(about, client, &desk.watch).await,
        Err(problem) => Published { notes: vec![publish::without_client(problem)], ..Published::default() },
    };
    for note in &notes {
        desk.console.say(&format!("note: {}", redactor.redact_text(note)));
    }
    outcome.run.requests = github.ok().map(|client| client.usage().requests).filter(|requests| *requests > 0);
    let again = !notes.is_empty() || outcome.run.requests.is_some();
    outcome.notes.extend(notes);
    let comment_url = comment_url.map(|url| redactor.redact_text(&url));
    let code = outcome.exit_code();
    let pages = Written { comment_url, deployment_url: recorded, ..Written::default() };
    let written = if again { sinks.write(&outcome.redacted(&redactor), pages) } else { written };
    written.map(|()| code)
}

/// The same for a run that had nothing to do and leaves nothing at GitHub.
pub(super) fn to_files(desk: &Desk, sinks: &Sinks, outcome: Outcome) -> Result<u8, Problems> {
    let code = outcome.exit_code();
    let sealed = outcome.redacted(&desk.redactor());
    let written = sinks.write(&sealed, Written::default());
    desk.console.commands(&report::annotations(&sealed));
    desk.console.say(&sealed.outcome().headline());
    written.map(|()| code)
}

/// The page of the environment's deployments at GitHub, where one lane was deployed to and GitHub keeps its record.
fn recorded(invocation: &Invocation, outcome: &Outcome) -> Option<String> {
    let [of] = outcome.lanes_in_reach()[..] else { return None };
    of.lane.deploy.done()?;
    let local = Some(PlatformName::Local);
    let own = invocation.config.environment(of.environment)?.platform;
    let (name, server) = (invocation.repository.name.as_ref()?, &invocation.repository.server_url);
    let kept = own.or(invocation.inputs.platform) != local && invocation.inputs.platform != local;
    kept.then(|| format!("{server}/{name}/deployments/{}", of.environment))
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

/// The files that the runner reads. What was in them when they were opened stays; whatever else is found there when ours is
/// written, which is last of all, is replaced.
pub(super) struct Sinks {
    report: Option<Sink>,
    tests: Option<Sink>,
    summary: Option<Sink>,
    outputs: Option<Sink>,
}

impl Sinks {
    pub(super) fn open(desk: &Desk) -> Self {
        let file = |name: &str| desk.env.get(name).map(PathBuf::from).map(Sink::behind);
        let own = |name: &str| {
            let folder = desk.env.get("RUNNER_TEMP").map(Path::new);
            folder.map(|folder| Sink { path: folder.join(name), keep: 0 })
        };
        Self {
            report: own("airlock-report.json"),
            tests: own(report::CLAIM_FILE),
            summary: file("GITHUB_STEP_SUMMARY"),
            outputs: file("GITHUB_OUTPUT"),
        }
    }

    /// Writes each, or writes it anew. Every sink is tried; one that failed is a problem.
    fn write(&self, sealed: &Sealed, pages: Written) -> Result<(), Problems> {
        let report_path = self.report.as_ref().map(|sink| sink.path.display().to_string());
        let tests_file = self.tests.as_ref().map(|_| report::CLAIM_FILE.to_owned());
        let written = Written { report_path, tests_file, ..pages };
        let texts = [
            ("report", &self.report, report::json(sealed)),
            ("test counts", &self.tests, report::claim(sealed)),
            ("job summary", &self.summary, report::summary(sealed, Limit::SUMMARY)),
            ("outputs", &self.outputs, report::outputs(sealed, &written, delimiter)),
        ];
        let tried = texts.iter().filter_map(|(what, sink, text)| Some((what, sink.as_ref()?, text)));
        let problems: Problems = tried.filter_map(|(what, sink, text)| sink.put(what, text).err()).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// One file, and what of it was there before us.
struct Sink {
    path: PathBuf,
    keep: u64,
}

impl Sink {
    /// What is in the file already stays.
    fn behind(path: PathBuf) -> Self {
        let keep = std::fs::symlink_metadata(&path).map_or(0, |file| file.len());
        Self { path, keep }
    }

    fn put(&self, what: &str, text: &str) -> Result<(), Problem> {
        self.try_put(text).map_err(|error| {
            let text = format!("the {what} could not be written to `{}`", self.path.display());
            Problem::input("sink-unwritable", text).because(&error)
        })
    }

    /// Puts the text in the place of an earlier one of ours, following no link. At no moment is there less than one text.
    fn try_put(&self, text: &str) -> std::io::Result<()> {
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits()).unwrap_or_default();
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).custom_flags(flags).open(&self.path)?;
        if !file.metadata()?.is_file() {
            return file.write_all(text.as_bytes());
        }
        let keep = self.keep.min(file.metadata()?.len());
        file.seek(SeekFrom::Start(keep))?;
        file.write_all(text.as_bytes())?;
        let end = file.stream_position()?;
        file.set_len(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_takes_the_place_of_ours_and_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        let read = || std::fs::read_to_string(&path).unwrap();
        let sink = Sink::behind(path.clone());
        sink.put("summary", "first, and long\n").unwrap();
        sink.put("summary", "second\n").unwrap();
        assert_eq!(read(), "second\n");

        let sink = Sink::behind(path.clone());
        sink.put("summary", "ours, and long\n").unwrap();
        sink.put("summary", "ours\n").unwrap();
        assert_eq!(read(), "second\nours\n");
        for planted in ["second\ndecision=deployed\nand much that somebody else has written\n", "second\n"] {
            std::fs::write(&path, planted).unwrap();
            sink.put("summary", "ours\n").unwrap();
            assert_eq!(read(), "second\nours\n", "what was written since is replaced");
        }
        std::fs::write(&path, "").unwrap();
        sink.put("summary", "ours\n").unwrap();
        assert_eq!(read(), "ours\n");
    }

    #[test]
    fn no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, "theirs").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let problem = Sink::behind(link).put("outputs", "ours").unwrap_err();
        assert_eq!(problem.code, "sink-unwritable");
        assert_eq!(std::fs::read_to_string(target).unwrap(), "theirs");
    }
}
