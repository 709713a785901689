//! Whether a folder has Python tests.

use std::path::{Path, PathBuf};

/// How many entries are looked at; a folder with more has had its chance.
const ENTRIES: usize = 50_000;

/// How deep folders are looked into.
const DEPTH: usize = 8;

/// Whether a configuration file speaks of pytest. `read` gives the text of a file in the project's folder.
pub(super) fn has_config(read: impl Fn(&str) -> Option<String>) -> bool {
    const SECTIONS: [(&str, &str); 4] = [
        ("pytest.ini", ""),
        ("pyproject.toml", "[tool.pytest"),
        ("setup.cfg", "[tool:pytest]"),
        ("tox.ini", "[pytest]"),
    ];
    let speaks =
        |text: &str, section: &str| section.is_empty() || text.lines().any(|line| line.trim().starts_with(section));
    SECTIONS.iter().any(|(file, section)| read(file).is_some_and(|text| speaks(&text, section)))
}

/// Whether there is a `test_*.py` in a folder of tests, or a `*_test.py` anywhere. Links are not followed.
pub(super) fn has_tests(folder: &Path) -> bool {
    let mut waiting: Vec<(PathBuf, usize, bool)> = vec![(folder.to_owned(), 0, false)];
    let mut seen = 0;
    while let Some((folder, depth, in_tests)) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_file() && is_test(&name, in_tests) {
                return true;
            }
            if kind.is_dir() && depth < DEPTH && seen < ENTRIES && !is_passed_over(&name) {
                let in_tests = in_tests || matches!(name.as_str(), "tests" | "test");
                waiting.push((entry.path(), depth + 1, in_tests));
            }
        }
    }
    false
}

fn is_test(name: &str, in_tests: bool) -> bool {
    name.strip_suffix(".py").is_some_and(|stem| stem.ends_with("_test") || in_tests && stem.starts_with("test_"))
}

/// Folders of other people's code.
fn is_passed_over(name: &str) -> bool {
    name.starts_with('.')
        || matches!(name, "node_modules" | "venv" | "site-packages" | "__pycache__" | "dist" | "build")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_where_pytest_finds_them() {
        let table = [
            ("tests/test_a.py", true),
            ("tests/dags/test_a.py", true),
            ("plugins/a_test.py", true),
            ("dags/test_connection.py", false),
            ("node_modules/x/tests/test_a.py", false),
            (".venv/tests/test_a.py", false),
            ("tests/helper.py", false),
            ("tests/test_a.ts", false),
        ];
        for (path, wanted) in table {
            let place = tempfile::tempdir().unwrap();
            let file = place.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
            assert_eq!(has_tests(place.path()), wanted, "{path}");
        }
    }

    #[test]
    fn a_configuration_counts_only_if_it_speaks_of_pytest() {
        let with =
            |name: &'static str, text: &'static str| has_config(move |file| (file == name).then(|| text.to_owned()));
        assert!(with("pyproject.toml", "[project]\nname = \"x\"\n[tool.pytest.ini_options]\n"));
        assert!(!with("pyproject.toml", "[project]\n# [tool.pytest]\n"));
        assert!(with("pytest.ini", ""));
        assert!(!with("tox.ini", "[tox]"));
    }
}
