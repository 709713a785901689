//! The key of an environment. It decides alone where a deploy goes, for the environment's name never travels to Nango.

use secrecy::{ExposeSecret as _, SecretString};

use crate::keys::{Found, Keys, candidates};
use crate::names::EnvironmentName;
use crate::problem::Problem;

/// The variable that holds a key, without its environment.
pub(super) const NAME: &str = "NANGO_SECRET_KEY";

/// The key of this environment, looked at before it is used.
///
/// Problems: `key-missing`, `key-malformed`, and `key-shared` when another environment has the very same key, for then
/// one of the two names is a lie.
pub(super) fn find<'k>(
    keys: &'k Keys,
    environment: &EnvironmentName,
    others: &[EnvironmentName],
    sole: bool,
) -> Result<&'k SecretString, Problem> {
    let found = keys.find(NAME, environment, sole).ok_or_else(|| missing(environment, sole))?;
    if !is_uuid(found.value.expose_secret()) {
        return Err(malformed(&found));
    }
    let same = |other: &&EnvironmentName| {
        *other != environment
            && keys.find(NAME, other, false).is_some_and(|key| key.value.expose_secret() == found.value.expose_secret())
    };
    match others.iter().find(same) {
        Some(other) => Err(shared(&found, environment, other)),
        None => Ok(found.value),
    }
}

fn missing(environment: &EnvironmentName, sole: bool) -> Problem {
    let names = candidates(NAME, environment, true);
    let problem = Problem::input("key-missing", format!("there is no key of Nango for `{environment}` in this run"))
        .help(format!("put the environment's API key into the secret {}", names.first().map_or(NAME, String::as_str)));
    if sole { problem } else { problem.help(format!("plain {NAME} counts only in a job that targets one environment")) }
}

/// The form that Nango asks of a key before it looks for it: a UUID of version 4.
fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && parts[2].starts_with('4')
        && parts[3].starts_with(['8', '9', 'a', 'b', 'A', 'B'])
}

/// What is wrong is told without a letter of it.
fn malformed(found: &Found<'_>) -> Problem {
    let text = found.value.expose_secret();
    let why = if text.starts_with(['"', '\'']) {
        "it stands in quotes"
    } else if text.chars().any(char::is_whitespace) {
        "there are spaces or line ends in it"
    } else if text.len() == 36 {
        "it is no UUID of version 4"
    } else {
        "its length is not that of a UUID"
    };
    Problem::input("key-malformed", format!("{} holds no key of Nango", found.variable))
        .cause(why)
        .help("copy the key again: Nango → the environment → API Keys")
}

fn shared(found: &Found<'_>, environment: &EnvironmentName, other: &EnvironmentName) -> Problem {
    let text = format!("`{environment}` and `{other}` have the same key of Nango");
    Problem::input("key-shared", text)
        .cause(format!(
            "{} decides by itself where a deploy goes, so one would be deployed as the other",
            found.variable
        ))
        .help("give each environment the key of its own: Nango → the environment → API Keys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::facts::name;

    const DEV: &str = "11111111-1111-4111-8111-111111111111";
    const PROD: &str = "22222222-2222-4222-9222-222222222222";

    fn find_in(pairs: &[(&str, &str)], environment: &str, sole: bool) -> Result<String, String> {
        let mut keys = Keys::default();
        for (variable, value) in pairs {
            keys.insert((*variable).to_owned(), value);
        }
        let others = [name("dev"), name("staging"), name("prod")];
        let found = find(&keys, &name(environment), &others, sole);
        found.map(|key| key.expose_secret().to_owned()).map_err(|problem| {
            assert!(!format!("{problem:?}").contains("2222"), "a key must not be told");
            format!("{}: {problem}", problem.code)
        })
    }

    #[test]
    fn each_environment_has_a_key_of_its_own() {
        let both = [("NANGO_SECRET_KEY_DEV", DEV), ("NANGO_SECRET_KEY_PROD", PROD)];
        assert_eq!(find_in(&both, "dev", false), Ok(DEV.to_owned()));
        assert_eq!(find_in(&both, "prod", false), Ok(PROD.to_owned()));
        assert_eq!(find_in(&[("NANGO_SECRET_KEY", PROD)], "prod", true), Ok(PROD.to_owned()));
    }

    #[test]
    fn a_key_that_cannot_be_used_is_refused_before_anything_is_asked() {
        let cases: [(&[(&str, &str)], bool); 7] = [
            (&[], false),
            (&[("NANGO_SECRET_KEY", PROD)], false),
            (&[("NANGO_SECRET_KEY_PROD", "\"22222222-2222-4222-9222-222222222222\"")], false),
            (&[("NANGO_SECRET_KEY_PROD", "nango_sk_22222222")], false),
            (&[("NANGO_SECRET_KEY_PROD", "22222222-2222-1222-9222-222222222222")], false),
            (&[("NANGO_SECRET_KEY_PROD", PROD), ("NANGO_SECRET_KEY_STAGING", PROD)], false),
            (&[("NANGO_SECRET_KEY", PROD), ("NANGO_SECRET_KEY_DEV", PROD)], true),
        ];
        let told: Vec<String> = cases.iter().map(|(pairs, sole)| find_in(pairs, "prod", *sole).unwrap_err()).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        key-missing: there is no key of Nango for `prod` in this run
        key-missing: there is no key of Nango for `prod` in this run
        key-malformed: NANGO_SECRET_KEY_PROD holds no key of Nango: it stands in quotes
        key-malformed: NANGO_SECRET_KEY_PROD holds no key of Nango: its length is not that of a UUID
        key-malformed: NANGO_SECRET_KEY_PROD holds no key of Nango: it is no UUID of version 4
        key-shared: `prod` and `staging` have the same key of Nango: NANGO_SECRET_KEY_PROD decides by itself where a deploy goes, so one would be deployed as the other
        key-shared: `prod` and `dev` have the same key of Nango: NANGO_SECRET_KEY decides by itself where a deploy goes, so one would be deployed as the other
        ");
    }
}
