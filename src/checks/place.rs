//! Finds `file:line` of a repository's file in what a test runner printed.

use std::path::Path;

use crate::names::Place;

/// Folders whose files are nobody's to correct.
const FOREIGN: [&str; 6] = ["node_modules", ".venv", "venv", "site-packages", ".git", ".tox"];

/// The longest name that is tried; longer ones are no paths.
const LONGEST: usize = 1024;

/// Turns names in output into files of the repository.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files<'a> {
    /// The repository's root on disk.
    pub(super) root: &'a Path,
    /// The folder that the command ran in, from the root.
    pub(super) folder: &'a str,
}

impl Files<'_> {
    /// The first place in the text that is a line of a file here.
    pub(super) fn first_place(&self, text: &str) -> Option<Place> {
        text.lines().take(400).find_map(|line| self.python_place(line).or_else(|| self.plain_place(line)))
    }

    /// A place that the runner named outright.
    pub(super) fn named_place(&self, file: &str, line: Option<u32>) -> Option<Place> {
        self.file(file).map(|path| Place { path, line, column: None })
    }

    /// `File "x.py", line 12`
    fn python_place(&self, line: &str) -> Option<Place> {
        let (file, rest) = line.split_once("File \"")?.1.split_once("\", line ")?;
        let number = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        self.named_place(file, Some(number))
    }

    /// `x.ts:12:3`, `(file:///repo/x.ts:12:3)`, `x.py:12: Error`
    fn plain_place(&self, line: &str) -> Option<Place> {
        let is_edge = |c: char| c.is_whitespace() || "()[]{}\"'`<>,;|".contains(c);
        line.split(is_edge).filter(|word| word.len() <= LONGEST).find_map(|word| self.word_place(word))
    }

    fn word_place(&self, word: &str) -> Option<Place> {
        let word = word.strip_prefix("file://").unwrap_or(word).trim_end_matches([':', '.']);
        let (head, last) = split_number(word)?;
        let (file, line, column) = match split_number(head) {
            Some((file, line)) => (file, line, Some(last)),
            None => (head, last, None),
        };
        self.file(file).map(|path| Place { path, line: Some(line), column })
    }

    /// The path from the repository's root, if it is a regular file there that is ours.
    fn file(&self, name: &str) -> Option<String> {
        let name = Path::new(name);
        let below = match name.strip_prefix(self.root) {
            Ok(below) => normal(below)?,
            Err(_) if name.is_absolute() => return None,
            Err(_) => {
                normal(&Path::new(self.folder).join(name)).filter(|path| self.is_ours(path)).or_else(|| normal(name))?
            }
        };
        self.is_ours(&below).then_some(below)
    }

    fn is_ours(&self, path: &str) -> bool {
        let is_file = || std::fs::symlink_metadata(self.root.join(path)).is_ok_and(|facts| facts.is_file());
        !path.is_empty() && !path.split('/').any(|part| FOREIGN.contains(&part)) && is_file()
    }
}

/// `a:12` → (`a`, 12)
fn split_number(text: &str) -> Option<(&str, u32)> {
    let (head, number) = text.rsplit_once(':')?;
    let is_number = !head.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().ok()).flatten().filter(|number| *number > 0).map(|number| (head, number))
}

/// The path without `.` and `..`; `None` when it leads out, or is not UTF-8.
fn normal(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::Normal(part) => parts.push(part.to_str()?),
            std::path::Component::ParentDir => {
                parts.pop()?;
            }
            std::path::Component::CurDir => {}
            std::path::Component::RootDir | std::path::Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_our_files_are_found_and_no_others() {
        let root = tempfile::tempdir().unwrap();
        for path in ["apps/web/test/a.test.ts", "tests/test_a.py", "apps/web/node_modules/x/i.js"] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("link.ts")).unwrap();
        let files = Files { root: root.path(), folder: "apps/web" };
        let at = root.path().display();
        let table = [
            (" ❯ test/a.test.ts:5:22".to_owned(), Some("apps/web/test/a.test.ts:5:22")),
            (
                "    at f (node_modules/x/i.js:1:1)\n    at g (./test/a.test.ts:7:1)".into(),
                Some("apps/web/test/a.test.ts:7:1"),
            ),
            (format!("at x (file://{at}/apps/web/test/a.test.ts:3:33)"), Some("apps/web/test/a.test.ts:3:33")),
            (format!("  File \"{at}/tests/test_a.py\", line 12, in test_bad"), Some("tests/test_a.py:12")),
            ("tests/test_a.py:9: ValueError".into(), Some("tests/test_a.py:9")),
            ("../../tests/test_a.py:9".into(), Some("tests/test_a.py:9")),
            ("../../../etc/passwd:1".into(), None),
            ("/etc/passwd:1 link.ts:1 ../../link.ts:2 nothing.ts:4 test/a.test.ts:0 12:30 :1 ::".into(), None),
            ("test/a.test.ts:99999999999".into(), None),
        ];
        for (text, wanted) in table {
            assert_eq!(files.first_place(&text).map(|place| place.to_string()).as_deref(), wanted, "{text}");
        }
    }
}
