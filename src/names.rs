//! The names of things: small types whose constructors know the rules, so that nothing below has to check a string twice.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Why a text is not a name of the wanted sort.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {wanted}")]
pub struct BadName {
    given: String,
    wanted: &'static str,
}

impl BadName {
    fn new(given: &str, wanted: &'static str) -> Self {
        let given = given.chars().take(80).collect::<String>();
        Self { given: given.escape_debug().to_string(), wanted }
    }
}

/// Declares a string newtype with a rule; every way in goes through the rule.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $wanted:literal, $holds:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the text, or says why it is no such name.
            pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
                let text = text.into();
                let holds: fn(&str) -> bool = $holds;
                if holds(&text) { Ok(Self(text)) } else { Err(BadName::new(&text, $wanted)) }
            }

            /// The name as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name!(
    /// A project's own id: its folder unless the configuration names it, so that a moved folder keeps its history.
    ProjectId,
    "a project id (letters, digits, `.`, `_`, `-`, `/`; at most 200, and no part may be `..`)",
    |text| {
        !text.is_empty()
            && text.len() <= 200
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
            && !text.starts_with(['-', '/'])
            && !text.ends_with('/')
            && text.split('/').all(|part| !part.is_empty() && part != "..")
    }
);

name!(
    /// An environment's name, as GitHub and the platforms know it.
    EnvironmentName,
    "an environment name (letters, digits, `_`, `-`; it begins with a letter or digit; at most 64)",
    |text| {
        text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    }
);

name!(
    /// The full hash of a git commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
    CommitSha,
    "a full commit hash (40 or 64 lower-case hexadecimal digits)",
    |text| matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

name!(
    /// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
    Digest,
    "a digest (`sha256:` and 64 lower-case hexadecimal digits)",
    |text| {
        text.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
    }
);

name!(
    /// A branch's name without `refs/heads/`. It may hold anything git allows but what could be read as an option or a control.
    BranchName,
    "a branch name",
    |text| {
        !text.is_empty()
            && text.len() <= 255
            && !text.starts_with('-')
            && !text.contains("..")
            && !text.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c))
    }
);

impl EnvironmentName {
    /// The end of an environment variable that belongs to this environment: `prod-eu` → `PROD_EU`.
    pub fn as_suffix(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }

    /// How the names of pull requests' own environments begin; no configured one may begin so.
    pub const PREVIEW: &'static str = "preview-pr-";

    /// The environment of a pull request's own preview: `preview-pr-7`.
    pub fn of_pull(pull: u64) -> Self {
        Self(format!("{}{pull}", Self::PREVIEW))
    }

    /// Whether this is a pull request's own.
    pub fn is_preview(&self) -> bool {
        self.0.starts_with(Self::PREVIEW)
    }
}

impl CommitSha {
    /// The first seven digits, as people write it.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }

    /// Whether git uses this for "no commit" (all zeros), as in a push that creates or deletes a branch.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::finish(Sha256::new_with_prefix(bytes))
    }

    /// The digest of what a hasher was fed.
    pub fn finish(hasher: Sha256) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in hasher.finalize() {
            // Writing to a string cannot fail.
            let _infallible = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The 64 hexadecimal digits without `sha256:`.
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }
}

/// A lane: one project in one environment. Everything that is planned, gated, deployed and recorded has one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct LaneId {
    /// The project.
    pub project: ProjectId,
    /// The environment.
    pub environment: EnvironmentName,
}

impl fmt::Display for LaneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.project, self.environment)
    }
}

/// A place in a file of the repository; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Path from the repository's root, `/` between parts.
    pub path: String,
    /// Line, from 1; absent when the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<u32>,
}

impl Place {
    /// A whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, column: None }
    }

    /// A line and column of a file.
    pub fn at(path: impl Into<String>, line: u32, column: u32) -> Self {
        Self { path: path.into(), line: Some(line), column: Some(column) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_their_rules() {
        for good in ["integrations", "a/b", "apps/web.v2", "x"] {
            assert!(ProjectId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "../a", "a b", "-x", "a\n"] {
            assert!(ProjectId::new(bad).is_err(), "{bad}");
        }
        assert!(EnvironmentName::new("prod-eu").is_ok());
        assert_eq!(EnvironmentName::new("prod-eu").unwrap().as_suffix(), "PROD_EU");
        let longest = EnvironmentName::of_pull(u64::MAX);
        assert!(longest.is_preview() && EnvironmentName::new(longest.as_str()).is_ok());
        for bad in ["", "-prod", "prod eu", "prod/eu", "pröd"] {
            assert!(EnvironmentName::new(bad).is_err(), "{bad}");
        }
        assert!(BranchName::new("feature/über").is_ok());
        assert!(BranchName::new("--upload-pack=x").is_err());
        assert!(CommitSha::new("0".repeat(40)).unwrap().is_zero());
        assert!(CommitSha::new("HEAD").is_err());
        assert_eq!(Digest::of(b"").as_str(), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn a_bad_name_is_shown_harmless_and_short() {
        let shown = EnvironmentName::new("\u{1b}[31m".repeat(100)).unwrap_err().to_string();
        assert!(!shown.contains('\u{1b}') && shown.len() < 900, "{shown}");
    }
}
