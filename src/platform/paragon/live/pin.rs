//! Which version of Paragon's CLI a command runs, as far as the command and the files that it names tell.

use semver::Version;

use crate::history::beneath::is_beneath;
use crate::names::CommitSha;
use crate::platform::command::Hand;
use crate::problem::Problem;
use crate::tree::join;
use crate::watch::Watch;

/// The CLI's package.
const PACKAGE: &str = "@useparagon/cli";
/// The program in it.
const PROGRAM: &str = "para";
/// The largest script that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// Refuses a command whose CLI could be another one tomorrow.
///
/// # Errors
/// `cli-not-pinned`; the commit's files cannot be read.
pub(super) async fn look(
    hand: Hand<'_>,
    argv: &[String],
    (commit, folder): (&CommitSha, &str),
    watch: &Watch,
) -> Result<(), Problem> {
    let mut scripts = Vec::new();
    let mut outside = Vec::new();
    for word in argv {
        match script(hand, word, (commit, folder), watch).await? {
            Some(text) => scripts.push(text),
            None => outside.push(word.as_str()),
        }
    }
    match loose(&outside, &scripts) {
        None => Ok(()),
        Some(word) => Err(Problem::input(
            "cli-not-pinned",
            format!("the `deploy` command runs `{word}`, and nothing says which version of Paragon's CLI that is"),
        )
        .help(format!("name one: `npx --yes {PACKAGE}@1.2.3 push`; the newest one could do something else tomorrow"))),
    }
}

/// The text of a file of the commit that a word of the command names.
async fn script(
    hand: Hand<'_>,
    word: &str,
    (commit, folder): (&CommitSha, &str),
    watch: &Watch,
) -> Result<Option<String>, Problem> {
    let path = word.strip_prefix("./").unwrap_or(word);
    if !is_beneath(path) {
        return Ok(None);
    }
    match hand.git.show_file(commit, &join(folder, path), LARGEST, watch).await {
        Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())),
        Err(problem) if problem.code == "not-a-file" => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// What runs Paragon's CLI without a version, among the words that are no files of the commit and the scripts that are.
fn loose(words: &[&str], scripts: &[String]) -> Option<String> {
    let program = words.iter().find(|word| word.rsplit('/').next() == Some(PROGRAM));
    let texts = words.iter().copied().chain(scripts.iter().map(String::as_str));
    let mut packages = texts.flat_map(|text| text.split(PACKAGE).skip(1));
    program.map(|word| (*word).to_owned()).or_else(|| {
        packages.find(|after| !is_exact(after)).map(|after| {
            let end = after.find(|c: char| c.is_whitespace() || "\"'`;)".contains(c)).unwrap_or(after.len());
            format!("{PACKAGE}{}", &after[..end.min(40)])
        })
    })
}

/// Whether what stands after the package's name is `@` and one version.
fn is_exact(after: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "@.+-^~*$<>=|{}".contains(c);
    let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
    after[..end].strip_prefix('@').is_some_and(|version| Version::parse(version).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_must_be_one_version() {
        for (words, script, expected) in [
            (vec!["npx", "--yes", "@useparagon/cli@1.1.15", "push"], "", None),
            (vec!["npx", "--package=@useparagon/cli@1.1.15", "--", "sh"], "", None),
            (vec!["npx", "@useparagon/cli", "push"], "", Some("@useparagon/cli")),
            (vec!["npx", "@useparagon/cli@latest", "push"], "", Some("@useparagon/cli@latest")),
            (vec!["npx", "@useparagon/cli@1", "push"], "", Some("@useparagon/cli@1")),
            (vec!["npx", "@useparagon/cli@^1.1.15", "push"], "", Some("@useparagon/cli@^1.1.15")),
            (vec!["para", "push"], "", Some("para")),
            (vec!["npx", "para", "push"], "", Some("para")),
            (vec!["node_modules/.bin/para", "push"], "", Some("node_modules/.bin/para")),
            (vec!["sh"], "npx --yes '@useparagon/cli@1.1.15' push\n", None),
            (vec!["sh"], "npm install -g @useparagon/cli\npara push\n", Some("@useparagon/cli")),
            (vec!["sh"], "npx \"@useparagon/cli@$VERSION\" push", Some("@useparagon/cli@$VERSION")),
            (vec!["sh"], "npm ci && npx para push", None),
        ] {
            let scripts = [script.to_owned()];
            assert_eq!(loose(&words, &scripts).as_deref(), expected, "{words:?} {script}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_script_can_be_read(text in "(@useparagon/cli|[@a-z0-9.\"ä \n]){0,12}") {
            let _either = loose(&[], &[text]);
        }
    }
}
