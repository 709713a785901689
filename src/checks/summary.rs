//! What a test runner's last lines count: a help where no JUnit file was written, never the verdict.

use crate::finding::Counts;

/// What runners say when they found nothing to run.
const NOTHING: [&str; 6] = [
    "No test files found",
    "No tests found",
    "no tests ran",
    "NO TESTS RAN",
    "Ran 0 tests in",
    "Error: no test specified",
];

/// The counts that the known runners print at their end, added up; `None` when no line is known.
pub(super) fn counts(text: &str) -> Option<Counts> {
    let mut sum = Counts::default();
    let mut known = false;
    let mut unittest = None;
    for line in text.lines().map(str::trim) {
        if let Some(ran) = unittest_ran(line) {
            unittest = Some(ran);
        } else if let Some(counts) = unittest.and_then(|ran| unittest_end(line, ran)) {
            unittest = None;
            add(&mut sum, counts);
            known = true;
        } else if let Some(counts) = counts_of(line) {
            add(&mut sum, counts);
            known = true;
        }
    }
    known.then_some(sum).or_else(|| says_nothing(text).then_some(sum))
}

/// Whether a runner says that it found nothing to run.
pub(super) fn says_nothing(text: &str) -> bool {
    NOTHING.iter().any(|words| text.contains(words))
}

fn add(sum: &mut Counts, counts: Counts) {
    sum.passed = sum.passed.saturating_add(counts.passed);
    sum.failed = sum.failed.saturating_add(counts.failed);
    sum.skipped = sum.skipped.saturating_add(counts.skipped);
}

fn counts_of(line: &str) -> Option<Counts> {
    if let Some(rest) = line.strip_prefix("Tests:") {
        return listed(rest, ',');
    }
    if let Some(rest) = line.strip_prefix("Tests ") {
        return listed(rest.split('(').next().unwrap_or(rest), '|');
    }
    if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
        let (word, number) = rest.split_once(' ')?;
        return one(number.parse().ok()?, word);
    }
    pytest(line).or_else(|| mocha(line))
}

/// `1 failed | 3 passed`: at least one part must be known.
fn listed(text: &str, between: char) -> Option<Counts> {
    let mut sum = Counts::default();
    let mut known = false;
    for part in text.split(between) {
        let Some((number, word)) = part.trim().split_once(' ') else { continue };
        if let Some(counts) = number.parse().ok().and_then(|number| one(number, word)) {
            add(&mut sum, counts);
            known = true;
        }
    }
    known.then_some(sum)
}

fn one(number: u64, word: &str) -> Option<Counts> {
    let none = Counts::default();
    match word {
        "passed" | "pass" | "passing" | "xpassed" => Some(Counts { passed: number, ..none }),
        "failed" | "fail" | "failing" | "error" | "errors" | "cancelled" => Some(Counts { failed: number, ..none }),
        "skipped" | "todo" | "pending" | "xfailed" => Some(Counts { skipped: number, ..none }),
        _ => None,
    }
}

/// `==== 1 failed, 2 passed in 0.12s (0:00:12) ====`, with or without the rules at its sides.
fn pytest(line: &str) -> Option<Counts> {
    let (counts, time) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    let seconds = time.split(' ').next()?.strip_suffix('s')?;
    seconds.parse::<f64>().ok()?;
    listed(counts, ',')
}

/// `3 passing (12ms)`, `1 failing`.
fn mocha(line: &str) -> Option<Counts> {
    let mut words = line.split(' ');
    let (number, word) = (words.next()?.parse().ok()?, words.next()?);
    let after = words.next();
    let fits = matches!(word, "passing" | "failing" | "pending") && after.is_none_or(|time| time.starts_with('('));
    fits.then(|| one(number, word)).flatten()
}

fn unittest_ran(line: &str) -> Option<u64> {
    let (number, rest) = line.strip_prefix("Ran ")?.split_once(' ')?;
    (rest.starts_with("test in ") || rest.starts_with("tests in ")).then(|| number.parse().ok()).flatten()
}

/// `OK (skipped=1)`, `FAILED (failures=1, errors=1)`.
fn unittest_end(line: &str, ran: u64) -> Option<Counts> {
    let rest = line
        .strip_prefix("OK")
        .or_else(|| line.strip_prefix("FAILED"))
        .or_else(|| line.strip_prefix("NO TESTS RAN"))?;
    let mut counts = Counts::default();
    for (word, number) in rest.trim_matches([' ', '(', ')']).split(", ").filter_map(|part| part.split_once('=')) {
        let number: u64 = number.parse().ok()?;
        match word {
            "failures" | "errors" | "unexpected successes" => counts.failed = counts.failed.saturating_add(number),
            "skipped" | "expected failures" => counts.skipped = counts.skipped.saturating_add(number),
            _ => {}
        }
    }
    counts.passed = ran.saturating_sub(counts.failed).saturating_sub(counts.skipped);
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_runners_are_read() {
        type Three = (u64, u64, u64);
        let table: &[(&str, &str, Option<Three>)] = &[
            (
                "vitest",
                " Test Files  4 failed (4)\n      Tests  1 failed | 1 passed | 1 skipped | 1 todo (4)\n",
                Some((1, 1, 2)),
            ),
            ("vitest without files", "No test files found, exiting with code 1\n", Some((0, 0, 0))),
            (
                "jest",
                "Test Suites: 1 failed, 1 total\nTests:       1 failed, 1 skipped, 3 passed, 5 total\n",
                Some((3, 1, 1)),
            ),
            ("mocha", "  1 passing (2ms)\n  1 pending\n  1 failing\n", Some((1, 1, 1))),
            (
                "node, TAP",
                "1..2\n# tests 5\n# suites 1\n# pass 1\n# fail 2\n# cancelled 0\n# skipped 1\n# todo 1\n",
                Some((1, 2, 2)),
            ),
            ("node, spec", "ℹ tests 2\nℹ pass 2\nℹ fail 0\nℹ duration_ms 2.5\n", Some((2, 0, 0))),
            (
                "pytest",
                "========== 1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error in 0.04s ==========\n",
                Some((1, 2, 2)),
            ),
            ("pytest -q", "212 passed, 3 warnings in 61.20s (0:01:01)\n", Some((212, 0, 0))),
            ("pytest without tests", "no tests ran in 0.00s\n", Some((0, 0, 0))),
            ("unittest", "Ran 3 tests in 0.000s\n\nFAILED (failures=1, skipped=1)\n", Some((1, 1, 1))),
            ("unittest, good", "Ran 1 test in 0.1s\n\nOK\n", Some((1, 0, 0))),
            ("unittest without tests", "Ran 0 tests in 0.000s\n\nOK\n", Some((0, 0, 0))),
            ("two packages", "Tests:  2 passed, 2 total\nTests:  3 passed, 3 total\n", Some((5, 0, 0))),
            ("nothing known", "compiled in 3.5s\nAll good!\n5 passengers\n# heading 3\n", None),
            ("huge", "Tests: 99999999999999999999999 passed\nRan x tests in\n", None),
        ];
        for (name, text, wanted) in table {
            let found = counts(text).map(|counts| (counts.passed, counts.failed, counts.skipped));
            assert_eq!(&found, wanted, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_output_makes_it_panic(text in "((Tests:?|Ran|OK|FAILED|#|=) ?[0-9]{0,25} ?(passed|tests in|pass|failing)?[(),|= ]{0,3}\n?){0,12}") {
            let _counts = counts(&text);
        }
    }
}
