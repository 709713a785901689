//! The lines of a history file as releases. Pure: what was read comes in, what is to be written goes out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lines::{self, End};
use crate::names::{LaneId, Place};
use crate::problem::{Fault, Problem};
use crate::release::{History, RECORD_SCHEMA, Record, Release, ReleaseResult};

/// The schema number of a line.
const SCHEMA: u32 = 1;

/// The number every line has, whatever else a newer version wrote into it.
#[derive(Deserialize)]
struct Head {
    schema: u64,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    schema: u32,
    id: u64,
    #[serde(flatten)]
    event: Event,
}

/// What a line says of its record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
enum Event {
    Opened {
        record: Box<Record>,
    },
    Closed {
        #[serde(flatten)]
        result: ReleaseResult,
        closed: Timestamp,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        platform_ref: Option<String>,
    },
}

/// What a history file says.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Oldest first.
    releases: Vec<Release>,
    /// How many bytes of the file are whole lines.
    pub(super) keep: usize,
    /// What follows them.
    pub(super) end: End,
}

impl Ledger {
    /// Reads the file of a lane. `shown` is its path, for people.
    pub(super) fn read(shown: &str, lane: &LaneId, bytes: &[u8]) -> Result<Self, Problem> {
        let lines = lines::split(bytes);
        let mut ledger = Self { releases: Vec::new(), keep: lines.keep, end: lines.end };
        for (number, line) in (1_u32..).zip(&lines.whole) {
            ledger.take(lane, line).map_err(|why| unreadable(shown, number, &why))?;
        }
        Ok(ledger)
    }

    /// The history, and what a reader should know of it.
    pub(super) fn history(self) -> History {
        let mut notes = Vec::new();
        if let End::Torn(bytes) = self.end {
            notes.push(format!(
                "the history's last line is not whole ({bytes} bytes) and was set aside: a run ended while writing it"
            ));
        }
        let mut releases = self.releases;
        releases.reverse();
        let newest = releases.iter().take_while(|release| !release.succeeded());
        notes.extend(newest.filter(|release| release.result == ReleaseResult::Abandoned).map(|release| {
            format!("version {} (record {}) was left open by a run that ended", release.record.version, release.id)
        }));
        History { releases, notes }
    }

    /// The newest record's id.
    pub(super) fn newest(&self) -> Option<u64> {
        self.releases.last().map(|release| release.id)
    }

    /// Whether the newest record is open.
    pub(super) fn newest_is_open(&self) -> bool {
        self.releases.last().is_some_and(|release| release.result == ReleaseResult::Open)
    }

    /// Whether a release succeeded.
    pub(super) fn has_success(&self) -> bool {
        self.releases.iter().any(Release::succeeded)
    }

    /// The open records, oldest first.
    pub(super) fn open(&self) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(|release| release.result == ReleaseResult::Open)
    }

    /// The id of the next record.
    pub(super) fn next_id(&self) -> Result<u64, Problem> {
        let next = self.newest().unwrap_or(0).checked_add(1);
        next.ok_or_else(|| Problem::new("history-unreadable", Fault::Unreadable, "the history's ids are used up"))
    }

    fn take(&mut self, lane: &LaneId, text: &[u8]) -> Result<(), String> {
        let Head { schema } = serde_json::from_slice(text).map_err(|error| no_record(&error))?;
        known_schema(schema, SCHEMA)?;
        let Entry { schema: _, id, event } = serde_json::from_slice(text).map_err(|error| no_record(&error))?;
        match event {
            Event::Opened { record } => self.opened(lane, id, *record),
            Event::Closed { result, closed, platform_ref } => self.closed(id, result, closed, platform_ref),
        }
    }

    fn opened(&mut self, lane: &LaneId, id: u64, record: Record) -> Result<(), String> {
        known_schema(u64::from(record.schema), RECORD_SCHEMA)?;
        if record.lane != *lane {
            return Err(format!("it is a record of {}, not of {lane}", record.lane));
        }
        match self.newest() {
            Some(newest) if id <= newest => Err(format!("it opens record {id} after record {newest}")),
            _ => {
                let result = ReleaseResult::Open;
                self.releases.push(Release { id, record, result, closed: None, platform_ref: None });
                Ok(())
            }
        }
    }

    fn closed(&mut self, id: u64, result: ReleaseResult, at: Timestamp, by: Option<String>) -> Result<(), String> {
        let release = self.releases.iter_mut().rev().find(|release| release.id == id);
        let release = release.ok_or_else(|| format!("it closes record {id}, which was never opened"))?;
        if release.result != ReleaseResult::Open {
            return Err(format!("it closes record {id} a second time"));
        }
        if result == ReleaseResult::Open {
            return Err(format!("it closes record {id} as open"));
        }
        (release.result, release.closed, release.platform_ref) = (result, Some(at), by);
        Ok(())
    }
}

/// Why a line is no record. The reason may quote the line, which may be anything.
fn no_record(error: &serde_json::Error) -> String {
    let why: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
    format!("it is no record: {why}")
}

fn known_schema(found: u64, known: u32) -> Result<(), String> {
    if found == u64::from(known) {
        return Ok(());
    }
    Err(format!("its schema is {found}, and this version of airlock knows {known}"))
}

fn unreadable(shown: &str, line: u32, why: &str) -> Problem {
    let place = Place { path: shown.to_owned(), line: Some(line), column: None };
    Problem::new("history-unreadable", Fault::Unreadable, "the release history cannot be read")
        .at(place)
        .cause(why)
        .help("nothing is deployed while the history cannot be read: what it does not say is not taken for nothing")
        .help(format!("mend line {line}, or use the version of airlock that wrote it"))
}

/// The line that opens a record.
pub(super) fn open_line(id: u64, record: &Record) -> Result<Vec<u8>, Problem> {
    line(&Entry { schema: SCHEMA, id, event: Event::Opened { record: Box::new(record.clone()) } })
}

/// The line that closes a record.
pub(super) fn close_line(release: &Release) -> Result<Vec<u8>, Problem> {
    let closed = release.closed.ok_or_else(|| Problem::bug("a record was closed at no time"))?;
    let event = Event::Closed { result: release.result.clone(), closed, platform_ref: release.platform_ref.clone() };
    line(&Entry { schema: SCHEMA, id: release.id, event })
}

/// A value as a line, with its line feed.
pub(super) fn line(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    let mut line =
        serde_json::to_vec(value).map_err(|error| Problem::bug("a record cannot be written").because(&error))?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::sample;

    fn release(id: u64, result: ReleaseResult) -> Release {
        let closed = Some("2026-05-04T10:01:00Z".parse().unwrap());
        Release { id, record: sample::record(id), result, closed, platform_ref: Some(id.to_string()) }
    }

    fn opened(id: u64) -> String {
        String::from_utf8(open_line(id, &sample::record(id)).unwrap()).unwrap()
    }

    fn closed_as(id: u64, result: ReleaseResult) -> String {
        String::from_utf8(close_line(&release(id, result)).unwrap()).unwrap()
    }

    fn read(text: &[u8]) -> Result<Ledger, Problem> {
        Ledger::read(".airlock/dev/history.jsonl", &sample::lane(), text)
    }

    fn three() -> String {
        let failed = ReleaseResult::Failed { why: "torn\nconnection".into() };
        [
            opened(1),
            closed_as(1, ReleaseResult::Success),
            opened(2),
            closed_as(2, failed),
            opened(4),
            closed_as(4, ReleaseResult::Success),
        ]
        .concat()
    }

    #[test]
    fn the_lines_are_these() {
        insta::assert_snapshot!(opened(1) + &closed_as(1, ReleaseResult::Failed { why: "no".into() }), @r#"
        {"schema":1,"id":1,"event":"opened","record":{"schema":1,"lane":{"project":"integrations","environment":"dev"},"kind":"deploy","version":"1.1.0","previous":"1.0.0","commit":"0000000000000000000000000000000000000001","description":"change number 1","plan":"sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","tested":{"where":"here"},"origin":{"actor":"ana","triggering_actor":"ana","event":"push","attempt":1},"opened":"2026-05-04T10:00:00Z"}}
        {"schema":1,"id":1,"event":"closed","result":"failed","why":"no","closed":"2026-05-04T10:01:00Z","platform_ref":"1"}
        "#);
    }

    #[test]
    fn lines_read_back_as_the_releases_newest_first() {
        let history = read(three().as_bytes()).unwrap().history();
        let failed = ReleaseResult::Failed { why: "torn\nconnection".into() };
        let expected = [release(4, ReleaseResult::Success), release(2, failed), release(1, ReleaseResult::Success)];
        assert_eq!(history.releases, expected);
        assert!(history.notes.is_empty());
    }

    #[test]
    fn an_abandoned_record_is_noted_until_a_release_succeeds() {
        let mut text = opened(1) + &closed_as(1, ReleaseResult::Abandoned);
        let history = read(text.as_bytes()).unwrap().history();
        assert_eq!(history.notes, ["version 1.1.0 (record 1) was left open by a run that ended"]);
        text += &(opened(2) + &closed_as(2, ReleaseResult::Success));
        assert!(read(text.as_bytes()).unwrap().history().notes.is_empty());
    }

    #[test]
    fn what_is_not_a_history_is_unreadable_and_never_empty() {
        let other = opened(1).replace("\"environment\":\"dev\"", "\"environment\":\"prod\"");
        let table = [
            ("garbage\n".to_owned(), 1),
            (opened(1) + "\n", 2),
            (three() + "{}\n", 7),
            (three() + "{\"schema\":2}", 7),
            (opened(1).replace("{\"schema\":1", "{\"schema\":2"), 1),
            (opened(1).replace("{\"schema\":1,\"lane\"", "{\"schema\":9,\"lane\""), 1),
            (closed_as(1, ReleaseResult::Success), 1),
            (opened(1) + &closed_as(1, ReleaseResult::Open), 2),
            (opened(1) + &closed_as(1, ReleaseResult::Moved) + &closed_as(1, ReleaseResult::Success), 3),
            (opened(2) + &opened(2), 2),
            (opened(2) + &opened(1), 2),
            (other, 1),
        ];
        for (text, line) in table {
            let problem = read(text.as_bytes()).expect_err(&text);
            assert_eq!(problem.code, "history-unreadable");
            assert_eq!(problem.place, Some(Place { line: Some(line), ..Place::file(".airlock/dev/history.jsonl") }));
        }
    }

    #[test]
    fn a_hostile_line_is_quoted_short_and_without_controls() {
        let long = opened(1).replace("\"deploy\"", &format!("\"\\u001b[31m{}\"", "x".repeat(5000)));
        let problem = read(long.as_bytes()).unwrap_err().to_string();
        assert!(!problem.contains('\u{1b}') && problem.len() < 400, "{problem}");
    }

    #[test]
    fn ids_end_with_a_problem() {
        assert!(read(opened(u64::MAX).as_bytes()).unwrap().next_id().is_err());
        assert_eq!(read(b"").unwrap().next_id().unwrap(), 1);
    }

    #[test]
    fn any_prefix_reads_as_the_releases_up_to_it() {
        let text = three();
        let ends: Vec<_> = text.char_indices().filter(|(_, c)| *c == '\n').map(|(place, _)| place).collect();
        for cut in 0..=text.len() {
            let ledger = read(&text.as_bytes()[..cut]).unwrap();
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(ledger.releases.len(), whole.div_ceil(2), "cut at {cut}");
            assert_eq!(ledger.newest_is_open(), whole % 2 == 1, "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _result = read(&bytes);
        }

        #[test]
        fn a_damaged_history_never_panics_and_never_grows(place in 0_usize..2000, byte: u8) {
            let mut text = three().into_bytes();
            let place = place % text.len();
            text[place] = byte;
            if let Ok(ledger) = read(&text) {
                prop_assert!(ledger.releases.len() <= 3);
                prop_assert!(ledger.keep <= text.len());
            }
        }
    }
}
