//! The environment, read once: variables and the event file. Nothing below reads either again.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::keys::{self, Keys};
use crate::names::EnvironmentName;
use crate::problem::Problem;

/// The largest event file that is read: GitHub sends no webhook beyond 25 MB.
pub const EVENT_LIMIT: usize = 25 * 1024 * 1024;

/// Words in a variable's name that make its value worth hiding.
const HUSH: [&str; 8] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE_KEY", "API_KEY", "ACCESS_KEY"];

/// What became of the event file.
#[derive(Clone)]
enum EventText {
    /// `GITHUB_EVENT_PATH` was not given.
    NotGiven,
    /// Its text.
    Text(String),
    /// It could not be read.
    Unreadable(Problem),
}

/// One snapshot of the variables, without the credentials, and the event file's text. An empty variable is one that was
/// not given. Its `Debug` shows names alone.
#[derive(Clone)]
pub struct Env {
    vars: BTreeMap<String, String>,
    taken: Vec<String>,
    not_text: Vec<String>,
    event: EventText,
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.vars.keys()).finish_non_exhaustive()
    }
}

impl Env {
    /// Takes the snapshot of this process, whose variables these are. A variable that is not UTF-8 is set aside and named in
    /// [`Env::not_text`].
    pub fn snapshot(variables: impl IntoIterator<Item = (OsString, OsString)>) -> (Self, Keys) {
        let (mut env, keys) = Self::split(variables);
        if let Some(path) = env.get("GITHUB_EVENT_PATH") {
            env.event = read_event(Path::new(path));
        }
        (env, keys)
    }

    /// A snapshot of these pairs, the credentials apart; no event file is read.
    pub fn split<K: Into<OsString>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (K, V)>) -> (Self, Keys) {
        let mut env =
            Self { vars: BTreeMap::new(), taken: Vec::new(), not_text: Vec::new(), event: EventText::NotGiven };
        let mut keys = Keys::default();
        for (name, value) in pairs {
            env.sort_in(name.into(), value.into(), &mut keys);
        }
        (env, keys)
    }

    /// A snapshot of these pairs for tests and for `simulate`; credentials among them are dropped.
    pub fn of<K: Into<OsString>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::split(pairs).0
    }

    /// The same snapshot with this text as the event file's.
    #[must_use]
    pub fn with_event(mut self, text: impl Into<String>) -> Self {
        self.event = EventText::Text(text.into());
        self
    }

    /// The same snapshot with these inputs, given as flags; a flag wins over the variable of its name.
    #[must_use]
    pub fn with_inputs(mut self, flags: Vec<(String, String)>) -> Self {
        for (name, value) in flags {
            let variable = format!("INPUT_{}", name.to_ascii_uppercase());
            self.vars.remove(&variable.replace('-', "_"));
            self.vars.insert(variable, value);
        }
        self
    }

    fn sort_in(&mut self, name: OsString, value: OsString, keys: &mut Keys) {
        let (name, value) = match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => (name, value),
            (Ok(name), Err(_)) => return self.not_text.push(name),
            (Err(name), _) => return self.not_text.push(name.to_string_lossy().into_owned()),
        };
        if value.is_empty() {
            return;
        }
        if keys::is_credential(&name) {
            keys.insert(name.clone(), &value);
            self.taken.push(name);
        } else {
            self.vars.insert(name, value);
        }
    }

    /// The value of a variable; `None` when it is not given, empty, or a credential.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str)
    }

    /// A setting of an environment that is no secret (`ASTRO_DEPLOYMENT_ID`): the variable's name and its value, by the
    /// rule of [`keys::candidates`].
    pub fn setting(&self, name: &str, environment: &EnvironmentName, sole: bool) -> Option<(String, &str)> {
        keys::candidates(name, environment, sole)
            .into_iter()
            .find_map(|variable| self.get(&variable).map(|value| (variable.clone(), value)))
    }

    /// Whether a switch of the runner (`GITHUB_ACTIONS`, `CI`, `RUNNER_DEBUG`) is on: `true` or `1`.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// All variables but the credentials, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same as a map, for choosing what a child may see.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.vars
    }

    /// The names of the credentials that were taken out, in the order found.
    pub fn taken(&self) -> &[String] {
        &self.taken
    }

    /// The names of variables whose text is not UTF-8; they were set aside.
    pub fn not_text(&self) -> &[String] {
        &self.not_text
    }

    /// Whether a variable of this name holds what nobody else should read: a credential, or what reports hide.
    pub fn is_secret(name: &str) -> bool {
        keys::is_credential(name) || is_hushed(name)
    }

    /// Values that a report should not show, judged by their variables' names: for the redactor, beside the credentials.
    /// Values shorter than eight bytes are left out, for they would redact ordinary words.
    pub(crate) fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|(name, value)| value.len() >= 8 && is_hushed(name)).map(|(_, value)| value)
    }

    /// The event file as JSON.
    ///
    /// # Errors
    /// `event-missing` when there is none, `event-unreadable` when it cannot be read or is too large or no JSON.
    pub fn event_payload(&self) -> Result<Value, Problem> {
        let text = match &self.event {
            EventText::NotGiven => {
                return Err(Problem::input("event-missing", "no event file was given: GITHUB_EVENT_PATH is not set")
                    .help("run airlock as a step of a GitHub Actions job, or use `airlock simulate` here"));
            }
            EventText::Unreadable(problem) => return Err(problem.clone()),
            EventText::Text(text) => text,
        };
        if text.len() > EVENT_LIMIT {
            return Err(too_large());
        }
        serde_json::from_str(text)
            .map_err(|error| Problem::input("event-unreadable", "the event file is not valid JSON").because(&error))
    }
}

fn is_hushed(name: &str) -> bool {
    HUSH.iter().any(|word| name.to_ascii_uppercase().contains(word))
}

fn read_event(path: &Path) -> EventText {
    match event_text(path) {
        Ok(text) => EventText::Text(text),
        Err(problem) => EventText::Unreadable(problem.help("the file is written by the runner: look at its own log")),
    }
}

fn event_text(path: &Path) -> Result<String, Problem> {
    let failed = |error: std::io::Error| {
        Problem::input("event-unreadable", "the event file that GITHUB_EVENT_PATH names cannot be read").because(&error)
    };
    // Asked before opening: opening a pipe would wait for a writer.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Problem::input("event-unreadable", "GITHUB_EVENT_PATH does not name a regular file"));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(EVENT_LIMIT).unwrap_or(u64::MAX);
    File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > EVENT_LIMIT {
        return Err(too_large());
    }
    String::from_utf8(bytes)
        .map_err(|error| Problem::input("event-unreadable", "the event file is not UTF-8").because(&error))
}

fn too_large() -> Problem {
    Problem::input("event-unreadable", format!("the event file is larger than {} MiB", EVENT_LIMIT / 1024 / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt as _;

    #[test]
    fn an_empty_variable_is_not_given() {
        let env = Env::of([("A", ""), ("B", "b")]);
        assert_eq!((env.get("A"), env.get("B"), env.get("C")), (None, Some("b"), None));
    }

    #[test]
    fn text_that_is_not_utf8_is_set_aside_and_named() {
        let broken = OsString::from_vec(vec![b'x', 0xff]);
        let (env, keys) = Env::split([
            (OsString::from("GOOD"), OsString::from("1")),
            (OsString::from("BAD_VALUE"), broken.clone()),
            (broken, OsString::from("1")),
        ]);
        assert_eq!(env.not_text(), ["BAD_VALUE", "x\u{fffd}"]);
        assert_eq!(env.get("GOOD"), Some("1"));
        assert_eq!(keys.names().count(), 0);
    }

    #[test]
    fn credentials_leave_the_snapshot() {
        let (env, keys) = Env::split([
            ("NANGO_SECRET_KEY_DEV", "0d9f0d9f"),
            ("INPUT_GITHUB-TOKEN", "ghs_1234"),
            ("NODE_AUTH_TOKEN", "npm_12345678"),
            ("MY_SECRET", "short"),
        ]);
        assert_eq!(env.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["MY_SECRET", "NODE_AUTH_TOKEN"]);
        assert_eq!(env.taken(), ["NANGO_SECRET_KEY_DEV", "INPUT_GITHUB-TOKEN"]);
        assert_eq!(keys.secrets().collect::<Vec<_>>(), ["ghs_1234", "0d9f0d9f"]);
        assert_eq!(env.sensitive().collect::<Vec<_>>(), ["npm_12345678"]);
        insta::assert_snapshot!(format!("{env:?}"), @r#"{"MY_SECRET", "NODE_AUTH_TOKEN", ..}"#);
    }

    #[test]
    fn the_snapshot_of_this_process_is_taken() {
        let (env, _) = Env::snapshot(std::env::vars_os());
        assert!(env.get("PATH").is_some());
    }

    #[test]
    fn an_event_file_that_cannot_be_used_says_why() {
        let said = |text: &str| Env::of([("A", "b")]).with_event(text).event_payload().unwrap_err().code;
        assert_eq!(Env::of([("A", "b")]).event_payload().unwrap_err().code, "event-missing");
        assert_eq!(said("{"), "event-unreadable");
        assert_eq!(said(&"[".repeat(100_000)), "event-unreadable");
        assert_eq!(said(&" ".repeat(EVENT_LIMIT + 1)), "event-unreadable");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("event.json");
        for (bytes, says) in [(vec![0xff_u8], "not UTF-8"), (vec![b' '; EVENT_LIMIT + 1], "larger than 25 MiB")] {
            std::fs::write(&file, bytes).unwrap();
            assert!(event_text(&file).unwrap_err().text.contains(says));
        }
        assert!(event_text(folder.path()).unwrap_err().text.contains("regular file"));
        assert!(event_text(&folder.path().join("none")).unwrap_err().text.contains("cannot be read"));
        std::fs::write(&file, "{}").unwrap();
        assert_eq!(event_text(&file).unwrap(), "{}");
    }
}
