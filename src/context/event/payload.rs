//! A foreign JSON document, walked with the path in hand, so that whatever is missing can be named.

use serde_json::Value;

use super::{Actor, Ref};
use crate::names::{BadName, BranchName, CommitSha};
use crate::problem::Problem;

/// The longest name (login, branch, repository) that is taken over, in bytes.
const LONGEST_NAME: usize = 512;

/// One place in an event's payload.
#[derive(Debug, Clone)]
pub(crate) struct At<'a> {
    event: &'a str,
    path: String,
    value: &'a Value,
}

/// What stands where nothing does.
static NOTHING: Value = Value::Null;

impl<'a> At<'a> {
    /// The whole payload of an event.
    pub(crate) fn root(event: &'a str, value: &'a Value) -> Self {
        Self { event, path: String::new(), value }
    }

    /// The event's name.
    pub(crate) fn event(&self) -> &'a str {
        self.event
    }

    /// A field; a field of what is no object is absent.
    pub(crate) fn get(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { event: self.event, path, value: self.value.get(key).unwrap_or(&NOTHING) }
    }

    /// Whether the field is absent or `null`.
    pub(crate) fn is_absent(&self) -> bool {
        self.value.is_null()
    }

    /// This place, or `None` where nothing stands.
    pub(crate) fn maybe(self) -> Option<Self> {
        (!self.is_absent()).then_some(self)
    }

    /// The raw value.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// The problem with what stands here.
    pub(crate) fn wrong(&self, wanted: &str) -> Problem {
        let field = if self.path.is_empty() { "the payload".to_owned() } else { format!("`{}`", self.path) };
        let event = self.event;
        if self.is_absent() {
            Problem::input("event-incomplete", format!("the `{event}` event does not say {field} ({wanted})"))
        } else {
            Problem::input("event-incomplete", format!("{field} of the `{event}` event is not {wanted}"))
        }
    }

    /// A text, which may be empty.
    pub(crate) fn text(&self) -> Result<&'a str, Problem> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// A short text without control characters, not empty.
    pub(crate) fn name(&self) -> Result<String, Problem> {
        let text = self.text()?;
        if text.is_empty() || text.len() > LONGEST_NAME || text.chars().any(char::is_control) {
            return Err(self.wrong("a name"));
        }
        Ok(text.to_owned())
    }

    /// A whole number above zero.
    pub(crate) fn number(&self) -> Result<u64, Problem> {
        self.value.as_u64().filter(|number| *number > 0).ok_or_else(|| self.wrong("a number"))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Result<bool, Problem> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// `true` or `false`, or what it means when it is absent.
    pub(crate) fn flag_or(&self, absent: bool) -> Result<bool, Problem> {
        if self.is_absent() { Ok(absent) } else { self.flag() }
    }

    /// A full commit hash.
    pub(crate) fn sha(&self) -> Result<CommitSha, Problem> {
        self.parsed("a full commit hash")
    }

    /// A branch without `refs/heads/`.
    pub(crate) fn branch(&self) -> Result<BranchName, Problem> {
        self.parsed("a branch")
    }

    fn parsed<T: std::str::FromStr<Err = BadName>>(&self, wanted: &str) -> Result<T, Problem> {
        self.text()?.parse().map_err(|error: BadName| self.wrong(wanted).because(&error))
    }

    /// A full ref: `refs/…`.
    pub(crate) fn full_ref(&self) -> Result<Ref, Problem> {
        read_ref(self.text()?).ok_or_else(|| self.wrong("a full ref, such as `refs/heads/main`"))
    }

    /// A repository as `owner/name`.
    pub(crate) fn repository(&self) -> Result<String, Problem> {
        let full_name = self.get("full_name");
        let text = full_name.text()?;
        if is_repository(text) { Ok(text.to_owned()) } else { Err(full_name.wrong("`owner/name`")) }
    }

    /// An account.
    pub(crate) fn actor(&self) -> Result<Actor, Problem> {
        let login = self.get("login").name()?;
        let bot = login.ends_with("[bot]") || self.get("type").value().as_str() == Some("Bot");
        Ok(Actor { login, bot })
    }
}

/// Whether a text is `owner/name` in characters that GitHub allows.
pub(crate) fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    text.len() <= LONGEST_NAME && text.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

/// Reads a full ref; `None` when it is none.
pub(crate) fn read_ref(text: &str) -> Option<Ref> {
    if let Some(branch) = text.strip_prefix("refs/heads/") {
        return BranchName::new(branch).ok().map(Ref::Branch);
    }
    // A tag's rules are a branch's: both are refs to git.
    if let Some(tag) = text.strip_prefix("refs/tags/") {
        return BranchName::new(tag).ok().map(String::from).map(Ref::Tag);
    }
    let other = text.strip_prefix("refs/").and_then(|rest| BranchName::new(rest).ok());
    other.map(|_| Ref::Other(text.to_owned()))
}
