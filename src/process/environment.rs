//! What a child may see of our environment: a short list, and what somebody named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::problem::{Problem, Problems};

/// Passed as they are.
const PASSED: [&str; 24] = [
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "NO_COLOR",
    "FORCE_COLOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PNPM_HOME",
    "VIRTUAL_ENV",
];

/// Passed when they begin so and carry no credentials: the package managers' own settings.
const SETTINGS: [&str; 7] = ["LC_", "npm_config_", "NPM_CONFIG_", "PIP_", "UV_", "YARN_", "COREPACK_"];

/// Parts of a setting's name that speak of a credential.
const CREDENTIAL: [&str; 9] =
    ["token", "auth", "passw", "secret", "credential", "username", "client_cert", "otp", "apikey"];

/// Variables that name a folder to be written, of our own user.
const CACHES: [&str; 9] = [
    "NPM_CONFIG_CACHE",
    "NPM_CONFIG_PREFIX",
    "NPM_CONFIG_STORE_DIR",
    "PIP_CACHE_DIR",
    "UV_CACHE_DIR",
    "UV_PYTHON_INSTALL_DIR",
    "YARN_CACHE_FOLDER",
    "YARN_GLOBAL_FOLDER",
    "COREPACK_HOME",
];

/// Set for every child, whatever we have: nobody can answer a question, the commit's files stay as they are, and output comes as
/// it is printed.
const FIXED: [(&str, &str); 5] = [
    ("CI", "true"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    // Else it writes the version that it chose into `package.json`.
    ("COREPACK_ENABLE_AUTO_PIN", "0"),
    ("PYTHONUNBUFFERED", "1"),
];

/// Names that nobody may hand to code of the tree: keys of the platforms, tokens of the run, and what steers the runner.
const REFUSED: [&str; 13] = [
    "NANGO_SECRET_KEY",
    "ASTRO_",
    "ASTRONOMER_",
    "PARAGON_",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "ACTIONS_",
    "INPUT_",
    "GITHUB_ENV",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_OUTPUT",
    "GITHUB_STEP_SUMMARY",
];

/// The environment of a child, and the names of what it does not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildEnv {
    passed: BTreeMap<String, String>,
    withheld: Vec<String>,
}

/// Whether a variable of this name may be handed to code of the tree when somebody names it.
pub fn may_be_named(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    !upper.is_empty() && !upper.contains(['=', '\0']) && !REFUSED.iter().any(|refused| upper.starts_with(refused))
}

impl ChildEnv {
    /// What a child sees of these variables: the list, and the named ones. A named variable that is not set is no error.
    /// Every name that may not be handed on is told (`env-name-refused`).
    pub fn new(variables: &BTreeMap<String, String>, named: &[String]) -> Result<Self, Problems> {
        let refused: Problems = named.iter().filter(|name| !may_be_named(name)).map(|name| refusal(name)).collect();
        if !refused.is_empty() {
            return Err(refused);
        }
        let is_shown = |name: &str, value: &str| named.iter().any(|named| named == name) || is_listed(name, value);
        let mut passed = BTreeMap::new();
        let mut withheld = Vec::new();
        for (name, value) in variables {
            if is_shown(name, value) {
                passed.insert(name.clone(), value.clone());
            } else if !FIXED.iter().any(|(fixed, _)| fixed == name) {
                withheld.push(name.clone());
            }
        }
        for (name, value) in FIXED {
            passed.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self { passed, withheld })
    }

    /// The names of the variables that we have and the child has not.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }

    /// The names withheld that the child's output speaks of: most likely those it missed.
    pub fn missed<'a>(&'a self, output: &'a str) -> impl Iterator<Item = &'a str> {
        self.withheld.iter().map(String::as_str).filter(|name| name.len() > 3 && speaks_of(output, name))
    }

    /// A variable the child sees.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.passed.get(name).map(String::as_str)
    }

    /// Sets a variable of our own choice.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.passed.insert(name.to_owned(), value.into());
        self
    }

    /// Exactly these variables.
    pub(super) fn exactly(passed: BTreeMap<String, String>) -> Self {
        Self { passed, withheld: Vec::new() }
    }

    /// The same for a user who has but this home and this folder for temporary files. Caches that lie elsewhere could not be
    /// written; without their variables they lie in the home.
    pub(super) fn in_room(mut self, home: &Path, scratch: &Path) -> Self {
        self.passed.retain(|name, _| !CACHES.contains(&name.to_ascii_uppercase().as_str()));
        self.with("HOME", home.to_string_lossy())
            .with("TMPDIR", scratch.to_string_lossy())
            .with("USER", "airlock-tree")
            .with("LOGNAME", "airlock-tree")
    }

    /// The same, with these folders for the loader of shared libraries to look into first.
    pub(super) fn with_libraries(self, folders: &[PathBuf]) -> Self {
        let own = self.get("LD_LIBRARY_PATH").map(std::env::split_paths).into_iter().flatten();
        let all: Vec<PathBuf> = folders.iter().cloned().chain(own).collect();
        match std::env::join_paths(all) {
            Ok(joined) if !folders.is_empty() => self.with("LD_LIBRARY_PATH", joined.to_string_lossy()),
            Ok(_) | Err(_) => self,
        }
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.passed.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn refusal(name: &str) -> Problem {
    let shown = name.escape_debug();
    Problem::input("env-name-refused", format!("`{shown}` may not be handed to code of the repository"))
        .help("keys of the platform and tokens of the run stay with airlock; give the tests a key of their own name")
}

fn is_listed(name: &str, value: &str) -> bool {
    let is_setting = SETTINGS.iter().any(|prefix| name.starts_with(prefix));
    PASSED.contains(&name) || is_setting && !is_credential(name, value)
}

/// Whether a package manager's setting carries a credential, by its name or as a URL with a password.
fn is_credential(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let in_name =
        CREDENTIAL.iter().any(|part| lower.contains(part)) || lower.split(['_', ':']).any(|part| part == "key");
    let in_value = value.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', '?', '#', ' ', ',']).next().unwrap_or(rest);
        host.contains('@')
    });
    in_name || in_value
}

/// Whether the text holds the name as a word of its own.
fn speaks_of(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(start, _)| !text[..start].ends_with(is_word) && !text[start + name.len()..].starts_with(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_child_sees_the_list_and_what_was_named() {
        let had = variables(&[
            ("PATH", "/bin"),
            ("CI", "1"),
            ("LC_ALL", "C"),
            ("https_proxy", "http://proxy:3128"),
            ("npm_config_registry", "https://npm.example/"),
            ("NPM_CONFIG_USERCONFIG", "/home/.npmrc"),
            ("PIP_CERT", "/ca.pem"),
            ("NODE_AUTH_TOKEN", "t"),
            ("DATABASE_URL", "postgres://"),
            ("npm_config_//registry.npmjs.org/:_authToken", "t"),
            ("PIP_INDEX_URL", "https://user:pass@pypi.example/simple"),
            ("UV_INDEX_PRIVATE_PASSWORD", "p"),
            ("UV_INDEX_URL", "https://pypi.example/a@b"),
            ("NANGO_SECRET_KEY_PROD", "k"),
            ("GITHUB_TOKEN", "t"),
            ("NODE_OPTIONS", "--require ./x"),
        ]);
        let child = ChildEnv::new(&had, &["NODE_AUTH_TOKEN".to_owned(), "ABSENT".to_owned()]).unwrap();
        let names: Vec<&str> = child.pairs().map(|(name, _)| name).collect();
        insta::assert_snapshot!(names.join(" "), @"CI COREPACK_ENABLE_AUTO_PIN COREPACK_ENABLE_DOWNLOAD_PROMPT GIT_TERMINAL_PROMPT LC_ALL NODE_AUTH_TOKEN NPM_CONFIG_USERCONFIG PATH PIP_CERT PYTHONUNBUFFERED UV_INDEX_URL https_proxy npm_config_registry");
        assert_eq!(child.get("CI"), Some("true"));
        insta::assert_snapshot!(child.withheld().join(" "), @"DATABASE_URL GITHUB_TOKEN NANGO_SECRET_KEY_PROD NODE_OPTIONS PIP_INDEX_URL UV_INDEX_PRIVATE_PASSWORD npm_config_//registry.npmjs.org/:_authToken");
        let missed: Vec<&str> = child.missed("KeyError: 'DATABASE_URL' and NODE_OPTIONSX").collect();
        assert_eq!(missed, ["DATABASE_URL"]);
    }

    #[test]
    fn keys_are_never_handed_on_whoever_names_them() {
        let keys = [
            "NANGO_SECRET_KEY",
            "NANGO_SECRET_KEY_DEV",
            "nango_secret_key_dev",
            "ASTRO_API_TOKEN",
            "PARAGON_SIGNING_KEY",
            "GITHUB_TOKEN",
            "ACTIONS_RUNTIME_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "INPUT_GITHUB-TOKEN",
            "",
            "A=B",
        ];
        let named: Vec<String> = keys.iter().map(|name| (*name).to_owned()).collect();
        let problems = ChildEnv::new(&BTreeMap::new(), &named).unwrap_err();
        assert_eq!(problems.len(), keys.len());
        assert!(problems.iter().all(|problem| problem.code == "env-name-refused"));
        assert!(may_be_named("NODE_AUTH_TOKEN") && may_be_named("NANGO_HOST") && may_be_named("DATABASE_URL"));
    }
}
