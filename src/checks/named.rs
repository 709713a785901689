//! The failed tests that a runner names in its output: a help for readers where no JUnit file was written, never the verdict.

/// The names of failed tests in the order of the output, each once: Node's TAP and its `spec` words, pytest's summary.
pub(super) fn failed(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut names: Vec<String> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let line = line.trim();
        let name = tap(line, &lines[number + 1..]).or_else(|| spec(line)).or_else(|| pytest(line));
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty())
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// `not ok 2 - adds up`; of a test with tests of its own only those are named.
fn tap<'a>(line: &'a str, after: &[&str]) -> Option<&'a str> {
    let (number, name) = line.strip_prefix("not ok ")?.split_once(" - ")?;
    number.parse::<u64>().ok()?;
    let mut details = after.iter().map(|line| line.trim()).take_while(|line| *line != "...").take(12);
    let is_outer = details.any(|line| line == "failureType: 'subtestsFailed'");
    (!is_outer && !name.ends_with("# TODO") && !name.contains(" # TODO ")).then_some(name)
}

/// `✖ adds up (1.25ms)`.
fn spec(line: &str) -> Option<&str> {
    let (name, time) = line.strip_prefix("✖ ")?.rsplit_once(" (")?;
    time.strip_suffix("ms)")?.parse::<f64>().ok()?;
    Some(name)
}

/// `FAILED tests/test_dags.py::test_loads - assert 1 == 2`.
fn pytest(line: &str) -> Option<&str> {
    let said = line.strip_prefix("FAILED ")?;
    let name = said.split_once(" - ").map_or(said, |(name, _)| name);
    name.contains("::").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_named_once_and_the_others_never() {
        let table: [(&str, &[&str]); 5] = [
            (
                "TAP version 13\n# Subtest: a - b\nnot ok 1 - a - b\n  ---\n  error: 'x'\n  ...\nok 2 - fine\nnot ok 3 - later # TODO why\n1..3\n",
                &["a - b"],
            ),
            (
                "    not ok 1 - inner\n      ---\n      failureType: 'testCodeFailure'\n      ...\nnot ok 1 - outer\n  ---\n  failureType: 'subtestsFailed'\n  ...\n",
                &["inner"],
            ),
            ("✔ fine (1ms)\n✖ sums (0.5ms)\nℹ fail 1\n\n✖ failing tests:\n\n✖ sums (0.5ms)\n", &["sums"]),
            (
                "FAILED tests/test_a.py::test_x[1] - assert 1 == 2\nFAILED tests/test_a.py::test_y\nFAILED (failures=1)\n",
                &["tests/test_a.py::test_x[1]", "tests/test_a.py::test_y"],
            ),
            ("not ok\nnot ok x - y\nnot ok 1 -  \n✖ \n✖ a (xms)\nFAILED\n", &[]),
        ];
        for (text, names) in table {
            assert_eq!(failed(text), names, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_output_makes_it_panic(text in "((not ok|✖|FAILED|\\.\\.\\.) ?[0-9]{0,25}( - | \\(|::)?[a-zé ]{0,3}(ms\\))?\n?){0,12}") {
            let _names = failed(&text);
        }
    }
}
