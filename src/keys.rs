//! The only holder of credentials. They are taken out of the snapshot of the environment before anything else sees it:
//! what is not in that snapshot can neither be printed by accident nor be handed to a command of the tree.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::names::EnvironmentName;

/// Credentials that GitHub or a person puts into a job under exactly this name.
const EXACT: [&str; 9] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ASTRONOMER_KEY_ID",
    "ASTRONOMER_KEY_SECRET",
    "GH_ENTERPRISE_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITHUB_TOKEN",
    "NANGO_SECRET_KEY",
];

/// Settings of Paragon's that are no secrets, whatever environment stands after them.
const PLAIN: [&str; 4] = ["PARAGON_PROJECT_ID", "PARAGON_API_URL", "PARAGON_ZEUS_URL", "PARAGON_DASHBOARD_URL"];

/// Where a value was given: the name of the variable, and the value.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The variable's name, which may be printed.
    pub variable: &'a str,
    /// The value, which may not.
    pub value: &'a SecretString,
}

/// The credentials of this run by the name of their variable. Its `Debug` shows names alone.
#[derive(Default)]
pub struct Keys {
    held: BTreeMap<String, SecretString>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.held.keys()).finish()
    }
}

/// Whether a variable of this name holds a credential that only Airlock itself may see: a key of a platform, or a token
/// of GitHub. Inputs (`INPUT_…`) are judged by what stands after their prefix; case does not matter.
pub fn is_credential(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase().replace(['-', ' '], "_");
    let name = name.strip_prefix("INPUT_").unwrap_or(&name);
    EXACT.contains(&name)
        || name.starts_with("NANGO_SECRET_KEY_")
        || (name.starts_with("PARAGON_") && !PLAIN.iter().any(|plain| name.starts_with(plain)))
        || (name.starts_with("ASTRO_") && (name.contains("TOKEN") || name.contains("API_KEY")))
}

/// The variables that may hold `name` for an environment, the most particular first: `NAME_<ENV>`, and plain `NAME` only
/// when `sole` says that the job targets exactly one environment.
///
/// ```
/// # use airlock::{keys::candidates, names::EnvironmentName};
/// let eu = EnvironmentName::new("prod-eu").expect("a name");
/// assert_eq!(candidates("NANGO_SECRET_KEY", &eu, false), ["NANGO_SECRET_KEY_PROD_EU"]);
/// assert_eq!(candidates("NANGO_SECRET_KEY", &eu, true), ["NANGO_SECRET_KEY_PROD_EU", "NANGO_SECRET_KEY"]);
/// ```
pub fn candidates(name: &str, environment: &EnvironmentName, sole: bool) -> Vec<String> {
    let particular = format!("{name}_{}", environment.as_suffix());
    std::iter::once(particular).chain(sole.then(|| name.to_owned())).collect()
}

impl Keys {
    /// Takes a credential in; space around it (a pasted line end) is dropped, and an empty one is none.
    pub(crate) fn insert(&mut self, variable: String, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.held.insert(variable, SecretString::from(value));
        }
    }

    /// The credential `name` of an environment, and which variable gave it; see [`candidates`] for the rule.
    pub fn find(&self, name: &str, environment: &EnvironmentName, sole: bool) -> Option<Found<'_>> {
        candidates(name, environment, sole).iter().find_map(|variable| self.get(variable))
    }

    /// The token for GitHub's API: the input `github-token`, else the variable `GITHUB_TOKEN`.
    pub fn github_token(&self) -> Option<&SecretString> {
        ["INPUT_GITHUB-TOKEN", "INPUT_GITHUB_TOKEN", "GITHUB_TOKEN"].iter().find_map(|name| self.held.get(*name))
    }

    /// The credential in exactly this variable.
    pub fn get(&self, variable: &str) -> Option<Found<'_>> {
        self.held.get_key_value(variable).map(|(variable, value)| Found { variable, value })
    }

    /// The names of the variables that were given, in order; names may be printed.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.held.keys().map(String::as_str)
    }

    /// The names of the platform keys that were given: all but GitHub's own tokens.
    pub fn platform_names(&self) -> impl Iterator<Item = &str> {
        self.names().filter(|name| !is_github(name))
    }

    /// The values themselves, for the redactor and nobody else.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.held.values().map(SecretString::expose_secret)
    }
}

fn is_github(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let name = name.strip_prefix("INPUT_").unwrap_or(&name);
    ["GITHUB_", "GH_", "ACTIONS_"].iter().any(|owner| name.starts_with(owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pairs: &[(&str, &str)]) -> Keys {
        let mut keys = Keys::default();
        for (name, value) in pairs {
            keys.insert((*name).to_owned(), value);
        }
        keys
    }

    fn environment(name: &str) -> EnvironmentName {
        EnvironmentName::new(name).unwrap()
    }

    #[test]
    fn credentials_are_known_by_their_names() {
        for name in [
            "NANGO_SECRET_KEY",
            "NANGO_SECRET_KEY_PROD_EU",
            "nango_secret_key_dev",
            "ASTRO_API_TOKEN",
            "ASTRO_API_TOKEN_PROD",
            "ASTRO_ORGANIZATION_TOKEN",
            "PARAGON_SIGNING_KEY",
            "PARAGON_CLI_KEY_DEV",
            "ACTIONS_RUNTIME_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "GITHUB_TOKEN",
            "INPUT_GITHUB-TOKEN",
            "INPUT_GITHUB_TOKEN",
            "INPUT_NANGO-SECRET-KEY",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "PATH",
            "PARAGON_PROJECT_ID_PROD",
            "PARAGON_API_URL",
            "NODE_AUTH_TOKEN",
            "ASTRO_DEPLOYMENT_ID_DEV",
            "NANGO_HOSTPORT",
            "GITHUB_SHA",
            "INPUT_CONSENT",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn a_plain_name_counts_only_for_the_one_environment_of_a_job() {
        let keys = keys(&[("NANGO_SECRET_KEY", "plain"), ("NANGO_SECRET_KEY_DEV", "dev")]);
        let found =
            |name: &str, sole| keys.find("NANGO_SECRET_KEY", &environment(name), sole).map(|found| found.variable);
        assert_eq!(found("dev", false), Some("NANGO_SECRET_KEY_DEV"));
        assert_eq!(found("dev", true), Some("NANGO_SECRET_KEY_DEV"));
        assert_eq!(found("prod", false), None);
        assert_eq!(found("prod", true), Some("NANGO_SECRET_KEY"));
    }

    #[test]
    fn debug_shows_names_and_never_values() {
        let keys =
            keys(&[("NANGO_SECRET_KEY_DEV", " 0d9f-secret\n"), ("GITHUB_TOKEN", "ghs_x"), ("PARAGON_KEY", "  ")]);
        insta::assert_snapshot!(format!("{keys:?}"), @r#"{"GITHUB_TOKEN", "NANGO_SECRET_KEY_DEV"}"#);
        let found = keys.get("NANGO_SECRET_KEY_DEV").unwrap();
        assert!(!format!("{found:?}").contains("secret\n") && !format!("{found:?}").contains("0d9f"));
        assert_eq!(keys.secrets().collect::<Vec<_>>(), ["ghs_x", "0d9f-secret"]);
        assert_eq!(keys.platform_names().collect::<Vec<_>>(), ["NANGO_SECRET_KEY_DEV"]);
    }

    #[test]
    fn the_input_wins_over_the_variable_for_githubs_token() {
        let keys = keys(&[("GITHUB_TOKEN", "variable"), ("INPUT_GITHUB-TOKEN", "input")]);
        assert_eq!(keys.github_token().unwrap().expose_secret(), "input");
    }
}
