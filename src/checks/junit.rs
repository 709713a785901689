//! Reads JUnit files, as many as there are dialects: totals are never believed, cases are counted one by one.
//!
//! Three traps that other readers fall into: a bare `<testsuite>` without `<testsuites>`, a `<testcase>` directly under
//! `<testsuites>` (what `node --test` writes), and a file that ends in the middle, of which quick-xml does not complain.

use std::time::Duration;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::finding::{Case, Counts};

/// How many of the slowest cases are kept.
const SLOWEST: usize = 10;

/// How many failures are kept; all are counted.
const FAILURES: usize = 200;

/// How much text of one failure is kept, in bytes.
const TEXT: usize = 8 * 1024;

/// A case that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Failure {
    /// Its full name.
    pub(super) name: String,
    /// What the runner says in one line; may be empty.
    pub(super) message: String,
    /// The file and line that the runner names outright.
    pub(super) place: Option<(String, Option<u32>)>,
    /// The trace.
    pub(super) text: String,
}

/// What a JUnit file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Results {
    pub(super) counts: Counts,
    /// Slowest first.
    pub(super) slowest: Vec<Case>,
    pub(super) failures: Vec<Failure>,
}

impl Results {
    /// Adds the results of another file.
    pub(super) fn add(&mut self, other: Self) {
        self.counts.passed += other.counts.passed;
        self.counts.failed += other.counts.failed;
        self.counts.skipped += other.counts.skipped;
        self.slowest.extend(other.slowest);
        self.keep_slowest();
        self.failures.extend(other.failures);
        self.failures.truncate(FAILURES);
    }

    fn keep_slowest(&mut self) {
        self.slowest.sort_by(|one, other| other.milliseconds.cmp(&one.milliseconds).then(one.name.cmp(&other.name)));
        self.slowest.truncate(SLOWEST);
    }
}

/// Reads a JUnit file, or says in a fragment why it is none.
pub(super) fn read(bytes: &[u8]) -> Result<Results, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => walk.open(&tag)?,
            Ok(Event::End(_)) => walk.close(),
            Ok(Event::Text(text)) => walk.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Ok(Event::CData(text)) => walk.text(&text.xml_content(XmlVersion::Implicit1_0)),
            // Entities of the file's own are never expanded: that is what bombs are made of.
            Ok(Event::GeneralRef(name)) => match name.resolve_char_ref() {
                Ok(Some(c)) => walk.text(c.encode_utf8(&mut [0; 4])),
                Ok(None) | Err(_) => walk.text(predefined(&name)),
            },
            Ok(Event::Eof) => return walk.finish(),
            Ok(_) => {}
            Err(error) => return Err(format!("it is not well-formed at byte {}: {error}", reader.error_position())),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Suite,
    Case,
    /// `<failure>` or `<error>` of a case.
    Failure,
    Other,
}

#[derive(Debug, Default)]
struct CaseSoFar {
    prefix: String,
    name: String,
    milliseconds: u64,
    skipped: bool,
    failure: Option<Failure>,
    place: Option<(String, Option<u32>)>,
}

#[derive(Debug, Default)]
struct Walk {
    open: Vec<Element>,
    suites: Vec<String>,
    case: Option<CaseSoFar>,
    /// The most failures that any suite claims.
    claimed: u64,
    begun: bool,
    results: Results,
}

impl Walk {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let name = tag.local_name();
        let name: &str = name.as_ref();
        if !self.begun && !matches!(name, "testsuites" | "testsuite") {
            return Err(format!("it begins with <{}>, not with <testsuites>", name.escape_debug()));
        }
        self.begun = true;
        let parent = self.open.last().copied();
        let element = match name {
            "testsuites" | "testsuite" => {
                self.open_suite(tag);
                Element::Suite
            }
            "testcase" => {
                self.close_case();
                self.case = Some(self.case_of(tag));
                Element::Case
            }
            "failure" | "error" if parent == Some(Element::Case) => {
                self.open_failure(tag);
                Element::Failure
            }
            "skipped" if parent == Some(Element::Case) => {
                if let Some(case) = &mut self.case {
                    case.skipped = true;
                }
                Element::Other
            }
            _ => Element::Other,
        };
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Element::Suite) => {
                self.suites.pop();
            }
            Some(Element::Case) => self.close_case(),
            Some(Element::Failure | Element::Other) | None => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.last() == Some(&Element::Failure)
            && let Some(failure) = self.case.as_mut().and_then(|case| case.failure.as_mut())
        {
            let room = TEXT.saturating_sub(failure.text.len());
            failure.text.push_str(&text[..text.floor_char_boundary(room)]);
        }
    }

    fn open_suite(&mut self, tag: &BytesStart<'_>) {
        let number = |name| attribute(tag, name).and_then(|value| value.trim().parse::<u64>().ok()).unwrap_or(0);
        self.claimed = self.claimed.max(number("failures").saturating_add(number("errors")));
        self.suites.push(attribute(tag, "name").unwrap_or_default());
    }

    fn case_of(&self, tag: &BytesStart<'_>) -> CaseSoFar {
        let class = attribute(tag, "classname").unwrap_or_default();
        // `node --test` calls every class `test`; then the suite tells more.
        let suite = self.suites.last().cloned().unwrap_or_default();
        let prefix = if class.is_empty() || class == "test" { suite } else { class };
        let line = attribute(tag, "line").and_then(|line| line.trim().parse().ok());
        CaseSoFar {
            prefix,
            name: attribute(tag, "name").unwrap_or_default(),
            milliseconds: milliseconds(attribute(tag, "time").as_deref()),
            skipped: false,
            failure: None,
            place: attribute(tag, "file").filter(|file| !file.is_empty()).map(|file| (file, line)),
        }
    }

    fn open_failure(&mut self, tag: &BytesStart<'_>) {
        if let Some(case) = &mut self.case {
            let message = attribute(tag, "message").or_else(|| attribute(tag, "type")).unwrap_or_default();
            let failure = case.failure.get_or_insert_default();
            if failure.message.is_empty() {
                message[..message.floor_char_boundary(TEXT)].clone_into(&mut failure.message);
            }
        }
    }

    fn close_case(&mut self) {
        let Some(case) = self.case.take() else { return };
        let name = full_name(&case.prefix, &case.name);
        let counts = &mut self.results.counts;
        match (case.failure, case.skipped) {
            (Some(failure), _) => {
                counts.failed += 1;
                if self.results.failures.len() < FAILURES {
                    self.results.failures.push(Failure { name: name.clone(), place: case.place, ..failure });
                }
            }
            (None, true) => counts.skipped += 1,
            (None, false) => counts.passed += 1,
        }
        self.results.slowest.push(Case { name, milliseconds: case.milliseconds });
        if self.results.slowest.len() > 20 * SLOWEST {
            self.results.keep_slowest();
        }
    }

    fn finish(mut self) -> Result<Results, String> {
        if !self.begun {
            return Err("it holds no <testsuites>".to_owned());
        }
        if !self.open.is_empty() {
            return Err(format!("it ends in the middle, with {} elements still open", self.open.len()));
        }
        self.results.keep_slowest();
        if self.results.counts.failed == 0 && self.claimed > 0 {
            self.results.counts.failed = self.claimed;
            let message = format!("the file counts {} failures and names none", self.claimed);
            self.results.failures.push(Failure {
                name: "a test without a name".to_owned(),
                message,
                ..Failure::default()
            });
        }
        Ok(self.results)
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0);
    Some(value.map_or_else(|_| found.value.to_string(), std::borrow::Cow::into_owned))
}

fn predefined(name: &str) -> &'static str {
    match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => "\u{fffd}",
    }
}

/// JUnit counts seconds, with commas between thousands in some locales.
fn milliseconds(seconds: Option<&str>) -> u64 {
    const LONGEST: Duration = Duration::from_hours(24 * 365);
    let seconds: f64 =
        seconds.map(|text| text.trim().replace(',', "")).and_then(|text| text.parse().ok()).unwrap_or(0.0);
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default().min(LONGEST);
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn full_name(prefix: &str, name: &str) -> String {
    match (prefix, name) {
        ("", "") => "a test without a name".to_owned(),
        ("", name) => name.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, name) if name == prefix || name.starts_with(&format!("{prefix} ")) => name.to_owned(),
        (prefix, name) => format!("{prefix} > {name}"),
    }
}
