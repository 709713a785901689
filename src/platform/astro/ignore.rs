//! `.airflowignore`: which files Airflow does not look into, in both of its syntaxes.
//!
//! Sources: `airflow/utils/file.py` (2.x) and `airflow/_shared/module_loading/file_discovery.py` (3.x). A file counts for its own folder and all
//! below it; regular expressions are searched for in the path from that folder, patterns are those of `.gitignore`.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::settings::Syntax;
use crate::platform::paths::{below, folder};
use crate::tree::{File, Tree};

/// The name of the file.
const NAME: &str = ".airflowignore";

/// The largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// All ignore files of a project.
pub(super) struct Ignore {
    /// The rules of each folder, outermost first.
    folders: BTreeMap<String, Vec<Rule>>,
    /// Patterns that are not understood: the file, the line from 1, the pattern, why.
    pub(super) unread: Vec<(String, u32, String)>,
}

struct Rule {
    pattern: Regex,
    /// Files that match are read after all.
    negated: bool,
    /// Only folders match.
    folders_only: bool,
}

impl Ignore {
    /// Reads the ignore files below the folder of the DAGs.
    pub(super) fn read(tree: &Tree, dags: &str, syntax: Syntax) -> Self {
        let mut ignore = Self { folders: BTreeMap::new(), unread: Vec::new() };
        for (path, file) in tree.under(dags) {
            let File::Text(text) = file else { continue };
            if path.rsplit('/').next() != Some(NAME) {
                continue;
            }
            let mut rules = Vec::new();
            for (number, line) in (1..).zip(text.lines()) {
                match rule(line, syntax) {
                    Ok(rule) => rules.extend(rule),
                    Err(why) => ignore.unread.push((path.to_owned(), number, why)),
                }
            }
            ignore.folders.insert(folder(path).to_owned(), rules);
        }
        ignore
    }

    /// Whether Airflow passes over this file, or over a folder that it lies in.
    pub(super) fn ignores(&self, path: &str, syntax: Syntax) -> bool {
        // Each folder on the way is looked at as Airflow walks down.
        let ends = path.match_indices('/').map(|(at, _)| (&path[..at], true)).chain([(path, false)]);
        ends.into_iter().any(|(part, is_folder)| self.matches(part, is_folder, syntax))
    }

    fn matches(&self, path: &str, is_folder: bool, syntax: Syntax) -> bool {
        let mut ignored = false;
        for (home, rules) in &self.folders {
            let Some(inner) = below(home, path) else { continue };
            for rule in rules {
                if (!rule.folders_only || is_folder) && rule.pattern.is_match(inner) {
                    if syntax == Syntax::Regexp {
                        return true;
                    }
                    ignored = !rule.negated;
                }
            }
        }
        ignored
    }
}

fn rule(line: &str, syntax: Syntax) -> Result<Option<Rule>, String> {
    match syntax {
        Syntax::Regexp => {
            let text = line.split_once('#').map_or(line, |(text, _)| text.trim_end());
            if text.is_empty() {
                return Ok(None);
            }
            Ok(Some(Rule { pattern: compiled(text)?, negated: false, folders_only: false }))
        }
        Syntax::Glob => glob(line),
    }
}

fn compiled(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .size_limit(LARGEST_PATTERN)
        .build()
        .map_err(|_refused| format!("the pattern `{}` is not understood", text.escape_debug()))
}

/// A pattern as in `.gitignore`.
fn glob(line: &str) -> Result<Option<Rule>, String> {
    let line = line.trim_end();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (negated, text) = line.strip_prefix('!').map_or((false, line), |text| (true, text));
    let (folders_only, text) = text.strip_suffix('/').map_or((false, text), |text| (true, text));
    // A slash anywhere but at the end ties the pattern to its folder.
    let (tied, text) = text.strip_prefix('/').map_or((text.contains('/'), text), |text| (true, text));
    let start = if tied { "^" } else { "^(?:.*/)?" };
    Ok(Some(Rule { pattern: compiled(&format!("{start}{}$", translated(text)))?, negated, folders_only }))
}

fn translated(glob: &str) -> String {
    let mut out = String::new();
    let mut rest = glob;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            out.push_str("(?:.*/)?");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("**") {
            out.push_str(".*");
            rest = after;
            continue;
        }
        let end = if next == '[' { rest[1..].find(']').map(|end| end + 2) } else { None };
        if let Some(end) = end {
            let class = rest[1..end - 1].replace('\\', "\\\\").replace('[', "\\[");
            let class = class.strip_prefix('!').map_or_else(|| class.clone(), |inner| format!("^{inner}"));
            out.push('[');
            out.push_str(&class);
            out.push(']');
            rest = &rest[end..];
            continue;
        }
        match next {
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '\\' => {}
            other => out.push_str(&regex::escape(&other.to_string())),
        }
        rest = &rest[next.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(text: &str, syntax: Syntax) -> Vec<&'static str> {
        let paths = [
            "dags/a.py",
            "dags/helpers/a.py",
            "dags/helpers/deep/b.py",
            "dags/test_x.py",
            "dags/old/c.py",
            "dags/keep.py",
        ];
        let tree = Tree::of_texts([("dags/.airflowignore", text)]);
        let ignore = Ignore::read(&tree, "dags", syntax);
        paths.into_iter().filter(|path| ignore.ignores(path, syntax)).collect()
    }

    #[test]
    fn regular_expressions_are_searched_for_in_the_path() {
        for (text, expected) in [
            ("helpers", vec!["dags/helpers/a.py", "dags/helpers/deep/b.py"]),
            ("^a\\.py$", vec!["dags/a.py"]),
            ("test_\n# keep\nold/ # gone", vec!["dags/test_x.py", "dags/old/c.py"]),
            ("", vec![]),
            (
                ".*",
                vec![
                    "dags/a.py",
                    "dags/helpers/a.py",
                    "dags/helpers/deep/b.py",
                    "dags/test_x.py",
                    "dags/old/c.py",
                    "dags/keep.py",
                ],
            ),
        ] {
            assert_eq!(ignored(text, Syntax::Regexp), expected, "{text}");
        }
    }

    #[test]
    fn globs_are_those_of_git() {
        for (text, expected) in [
            ("helpers/", vec!["dags/helpers/a.py", "dags/helpers/deep/b.py"]),
            ("a.py", vec!["dags/a.py", "dags/helpers/a.py"]),
            ("/a.py", vec!["dags/a.py"]),
            ("helpers/*.py", vec!["dags/helpers/a.py"]),
            ("**/deep/**", vec!["dags/helpers/deep/b.py"]),
            (
                "*.py\n!keep.py",
                vec!["dags/a.py", "dags/helpers/a.py", "dags/helpers/deep/b.py", "dags/test_x.py", "dags/old/c.py"],
            ),
            ("test_?.py\n[!a-n]ld", vec!["dags/test_x.py", "dags/old/c.py"]),
        ] {
            assert_eq!(ignored(text, Syntax::Glob), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_kept_for_a_finding() {
        let tree = Tree::of_texts([("dags/.airflowignore", "ok\n(?=x)\n(((\n")]);
        let lines: Vec<u32> =
            Ignore::read(&tree, "dags", Syntax::Regexp).unread.iter().map(|(_, line, _)| *line).collect();
        assert_eq!(lines, [2, 3]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([*?!/\\[\\]\\\\(){}|^$a-c#\n ]){0,30}") {
            ignored(&text, Syntax::Glob);
            ignored(&text, Syntax::Regexp);
        }
    }
}
