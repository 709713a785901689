//! The small languages that inputs and `airlock.toml` share: truth values, durations, lists, paths, consent. Each reader
//! says what it wants in a [`Wrong`]; none repeats a text that could be a secret.

pub(crate) mod command;

use std::time::Duration;

use semver::Version;

use super::inputs::{Accept, ConsentInput, PlatformName, Stated};
use crate::names::{Digest, ProjectId};

/// The longest time that can be asked for: a day.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// Why a text cannot be read: what is wrong with it, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Follows "input `x` " or the like: "is `perhaps`, which is neither `true` nor `false`".
    pub(crate) says: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

impl Wrong {
    /// What is wrong.
    pub(crate) fn says(says: impl Into<String>) -> Self {
        Self { says: says.into(), help: None }
    }

    /// What to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Quotes a text that somebody gave, unless it is long or looks like a secret that ended up in the wrong place.
pub(crate) fn shown(given: &str) -> String {
    let length = given.chars().count();
    if length > 40 || looks_secret(given) {
        format!("a text of {length} characters (not shown: it could be a secret)")
    } else {
        format!("`{}`", given.escape_debug())
    }
}

/// Whether there is a long word of letters and digits in it: tokens, keys, hashes and UUIDs all look like this.
fn looks_secret(given: &str) -> bool {
    given.split(|c: char| !(c.is_ascii_alphanumeric() || "_-+/=.:".contains(c))).filter(|word| word.len() >= 16).any(
        |word| {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            let letters = word.chars().filter(char::is_ascii_alphabetic).count();
            let known = ["gh", "github_pat_", "sk-", "eyJ", "AKIA", "npm_"].iter().any(|start| word.starts_with(start));
            (digits >= 3 && letters >= 3) || known
        },
    )
}

/// The known name that a mistyped one most likely meant.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_ascii_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// `a`, `b` and `c`, for "must be one of …".
pub(crate) fn choices(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// One of these words, or the nearest that was meant.
pub(crate) fn one_of<T: Copy>(given: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    words.iter().find(|(name, _)| *name == given).map(|(_, value)| *value).ok_or_else(|| {
        let wrong = Wrong::says(format!("is {}, and must be one of {}", shown(given), choices(&names)));
        match nearest(given, names) {
            Some(name) => wrong.help(format!("did you mean `{name}`?")),
            None => wrong,
        }
    })
}

/// `true` or `false` in one of the spellings of YAML's core schema, as GitHub's own toolkit reads it.
pub(crate) fn flag(given: &str) -> Result<bool, Wrong> {
    match given {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(Wrong::says(format!("is {}, which is neither `true` nor `false`", shown(given)))),
    }
}

/// `allow-destructive`: a flag, or `choose` for one that was not stated.
pub(crate) fn stated(given: &str) -> Result<Stated, Wrong> {
    match given {
        "choose" => Ok(Stated::NotStated),
        _ => flag(given).map(|yes| if yes { Stated::Yes } else { Stated::No }),
    }
}

/// The platforms by name.
pub(crate) const PLATFORMS: [(&str, PlatformName); 5] = [
    (PlatformName::Nango.as_str(), PlatformName::Nango),
    (PlatformName::Astro.as_str(), PlatformName::Astro),
    (PlatformName::Paragon.as_str(), PlatformName::Paragon),
    (PlatformName::Command.as_str(), PlatformName::Command),
    (PlatformName::Local.as_str(), PlatformName::Local),
];

/// A platform; `None` for `auto`.
pub(crate) fn platform(given: &str) -> Result<Option<PlatformName>, Wrong> {
    let words: Vec<_> =
        std::iter::once(("auto", None)).chain(PLATFORMS.map(|(name, platform)| (name, Some(platform)))).collect();
    one_of(given, &words)
}

/// Entries by line and comma, trimmed, each once, in the order given.
pub(crate) fn list(given: &str) -> Vec<String> {
    split(given, |_| false)
}

/// As [`list`], but a comma in parentheses belongs to its entry: `test (ubuntu, 3.12)` is the name of one check run.
pub(crate) fn list_of_checks(given: &str) -> Vec<String> {
    split(given, |depth| depth > 0)
}

fn split(given: &str, keep: impl Fn(usize) -> bool) -> Vec<String> {
    let mut entries = Vec::new();
    for line in given.lines() {
        let mut depth = 0_usize;
        for entry in line.split(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && !keep(depth)
        }) {
            let entry = entry.trim().to_owned();
            if !entry.is_empty() && !entries.contains(&entry) {
                entries.push(entry);
            }
        }
    }
    entries
}

/// The address of a page, as GitHub links it: with `https://`, without a password in it, in plain characters.
pub(crate) fn page(given: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::says(format!("is {}, which is no address of a page", shown(given))).help("write `https://…`");
    let plain = given.len() <= LONGEST_PAGE && given.bytes().all(|byte| byte.is_ascii_graphic());
    let rest = given.strip_prefix("https://").filter(|_| plain).ok_or_else(wrong)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.contains('@') { Err(wrong()) } else { Ok(given.to_owned()) }
}

/// The longest address of a page, in characters.
const LONGEST_PAGE: usize = 1_000;

/// A time such as `30m`, `90s`, `1h30m`: more than nothing, at most [`LONGEST`].
pub(crate) fn duration(given: &str) -> Result<Duration, Wrong> {
    let wrong = || {
        Wrong::says(format!("is {}, which is not a time", shown(given)))
            .help("write hours, minutes and seconds, such as `30m`, `90s` or `1h30m`")
    };
    let mut seconds = 0_u64;
    let mut rest = given;
    for (unit, worth) in [('h', 3600), ('m', 60), ('s', 1)] {
        if let Some((count, after)) = rest.split_once(unit) {
            if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong());
            }
            let count: u64 = count.parse().unwrap_or(u64::MAX);
            seconds = seconds.saturating_add(count.saturating_mul(worth));
            rest = after;
        }
    }
    let time = Duration::from_secs(seconds);
    match () {
        () if !rest.is_empty() || given.is_empty() => Err(wrong()),
        () if time.is_zero() => Err(Wrong::says("is no time at all").help("write at least `1s`")),
        () if time > LONGEST => Err(Wrong::says("is longer than a day").help("write at most `24h`")),
        () => Ok(time),
    }
}

/// A version; `None` for `auto`.
pub(crate) fn version(given: &str) -> Result<Option<Version>, Wrong> {
    if given == "auto" {
        return Ok(None);
    }
    Version::parse(given).map(Some).map_err(|error| {
        let wrong = Wrong::says(format!("is {}, which is not a semantic version ({error})", shown(given)));
        match given.strip_prefix(['v', 'V']).map(Version::parse) {
            Some(Ok(bare)) => wrong.help(format!("write `{bare}`, without the `v`")),
            _ => wrong.help("write three numbers, such as `1.4.0`, or `auto`"),
        }
    })
}

/// Whether a text can be a platform's own id of a deploy: no version is one, for those have dots.
pub(crate) fn is_deploy(given: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (8..=64).contains(&given.len())
        && given.chars().all(plain)
        && given.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// A path or glob beneath the repository's root, in its shortest spelling; empty for the root itself.
pub(crate) fn path(given: &str) -> Result<String, Wrong> {
    let outside = || {
        Wrong::says(format!("is {}, which leaves the repository", shown(given)))
            .help("write a path from the repository's root, with `/` between its parts and without `..`")
    };
    let drive = given.as_bytes().get(1) == Some(&b':') && given.starts_with(|c: char| c.is_ascii_alphabetic());
    if given.starts_with(['/', '~']) || drive || given.contains('\\') || given.split('/').any(|part| part == "..") {
        return Err(outside());
    }
    if given.chars().any(char::is_control) {
        return Err(Wrong::says("holds a control character"));
    }
    let parts: Vec<&str> = given.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let path = parts.join("/");
    if path.starts_with('-') {
        return Err(Wrong::says(format!("is {}, which begins like an option", shown(given)))
            .help("rename it: tools would read it as an option"));
    }
    Ok(path)
}

/// The folder of a project as its id.
pub(crate) fn id_of_folder(path: &str) -> Result<ProjectId, Wrong> {
    ProjectId::new(path).map_err(|_not_an_id| {
        Wrong::says(format!("is {}, which cannot serve as the project's id", shown(path)))
            .help("give the project an `id` of letters, digits, `.`, `_`, `-` and `/`")
    })
}

const GLOB: [char; 4] = ['*', '?', '[', ']'];

fn not_a_glob(entry: &str) -> Result<(), Wrong> {
    if entry.contains(GLOB) {
        return Err(Wrong::says(format!("has {}, which reads like a pattern", shown(entry)))
            .help("name each resource: patterns would cover what nobody looked at"));
    }
    if entry.chars().any(char::is_control) {
        return Err(Wrong::says("holds a control character"));
    }
    Ok(())
}

/// `consent`: ids, or one plan digest.
pub(crate) fn consent(given: &str) -> Result<ConsentInput, Wrong> {
    let entries = list(given);
    let digest = |entry: &String| entry.starts_with("sha256:");
    match entries.as_slice() {
        [] => return Ok(ConsentInput::Nothing),
        [only] if digest(only) => {
            return Digest::new(only.as_str()).map(ConsentInput::Digest).map_err(|_not_whole| {
                Wrong::says("begins with `sha256:` but is not a whole digest")
                    .help("copy the plan digest in full: `sha256:` and 64 hexadecimal digits")
            });
        }
        [only] if only.len() == 64 && only.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            return Err(Wrong::says("looks like a plan digest without its beginning")
                .help("write `sha256:` in front of the 64 digits"));
        }
        several if several.iter().any(digest) => {
            return Err(Wrong::says("mixes a plan digest with resource ids")
                .help("give either the one digest or the ids of what is to be removed"));
        }
        _ => {}
    }
    entries.iter().try_for_each(|entry| not_a_glob(entry))?;
    Ok(ConsentInput::Ids(entries))
}

/// One resource by its id.
pub(crate) fn one_resource(given: &str) -> Result<String, Wrong> {
    let resource = given.trim();
    if resource.is_empty() {
        return Err(Wrong::says("is empty").help("name a resource, such as `hubspot/deals`"));
    }
    not_a_glob(resource).map(|()| resource.to_owned())
}

/// One `code:resource`.
pub(crate) fn acceptance(entry: &str) -> Result<Accept, Wrong> {
    let wrong = || {
        Wrong::says(format!("has {}, which is not `code:resource`", shown(entry)))
            .help("write the message's code, a colon and the resource, such as `secret-missing:hubspot/deals`")
    };
    let (code, resource) = entry.split_once(':').ok_or_else(wrong)?;
    if !is_code(code) || resource.trim().is_empty() {
        return Err(wrong());
    }
    Ok(Accept { code: code.to_owned(), resource: one_resource(resource)? })
}

/// Whether a text has the form of a message's code: lower-case words joined by hyphens.
pub(crate) fn is_code(text: &str) -> bool {
    !text.is_empty() && text.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
