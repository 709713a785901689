//! The JUnit reader.

use proptest::prelude::*;

use crate::checks::junit::{Results, read};

const VITEST: &str = include_str!("junit/vitest.xml");
const NODE: &str = include_str!("junit/node.xml");
const PYTEST: &str = include_str!("junit/pytest.xml");
const PYTEST_EMPTY: &str = include_str!("junit/pytest-empty.xml");

fn told(results: &Results) -> String {
    let counts = results.counts;
    let mut lines = vec![format!("+{} -{} ~{}", counts.passed, counts.failed, counts.skipped)];
    lines.extend(results.failures.iter().map(|failure| format!("{}: {}", failure.name, failure.message)));
    lines.extend(results.slowest.iter().take(2).map(|case| format!("{} ms {}", case.milliseconds, case.name)));
    lines.join("\n")
}

#[test]
fn vitest() {
    insta::assert_snapshot!(told(&read(VITEST.as_bytes()).unwrap()), @r#"
    +1 -2 ~2
    test/a.test.ts > github issues > fails <here> & "there": expected { a: 1 } to deeply equal { a: 2 }
    test/bad.test.ts: Cannot find module './nothing-there' imported from /repo/test/bad.test.ts
    6 ms test/a.test.ts > github issues > fails <here> & "there"
    1 ms test/a.test.ts > github issues > maps an issue
    "#);
}

#[test]
fn node_with_a_case_directly_under_the_root() {
    let results = read(NODE.as_bytes()).unwrap();
    insta::assert_snapshot!(told(&results), @r"
    +1 -2 ~2
    s > bad: 1 == 2
    top fails: boom
    0 ms s > bad
    0 ms s > ok
    ");
    assert!(results.failures[1].text.contains("at TestContext.<anonymous> (file:///repo/n.test.mjs:3:33)"));
}

#[test]
fn pytest_with_errors_and_without_totals_at_the_root() {
    let results = read(PYTEST.as_bytes()).unwrap();
    insta::assert_snapshot!(told(&results), @r#"
    +1 -2 ~2
    tests.test_a > test_bad: AssertionError: assert {'a': 1} == {'a': 2}
      
      Differing items:
      {'a': 1} != {'a': 2}
      Use -v to get more diff
    tests.test_a > test_err: failed on setup with "ValueError: é <b>"
    1 ms tests.test_a > test_bad
    0 ms tests.test_a > test_err
    "#);
    assert!(results.failures[1].text.ends_with("tests/test_a.py:9: ValueError"), "{:?}", results.failures[1].text);
    assert_eq!(read(PYTEST_EMPTY.as_bytes()).unwrap().counts.ran(), 0);
}

#[test]
fn each_dialect_is_counted_case_by_case() {
    let table: &[(&str, &str, (u64, u64, u64))] = &[
        (
            "a bare suite",
            "<testsuite><testcase name='a'/><testcase name='b'><skipped/></testcase></testsuite>",
            (1, 0, 1),
        ),
        (
            "nested suites",
            "<testsuites><testsuite><testsuite><testcase><error/></testcase></testsuite></testsuite></testsuites>",
            (0, 1, 0),
        ),
        ("lying totals", "<testsuite tests='9' failures='0'><testcase><failure/></testcase></testsuite>", (0, 1, 0)),
        ("two failures of one case", "<testsuite><testcase><failure/><error/></testcase></testsuite>", (0, 1, 0)),
        ("failures without a name", "<testsuite failures='2' errors='1'><testcase/></testsuite>", (1, 3, 0)),
        (
            "a flaky case that passed",
            "<testsuite><testcase><flakyFailure/><system-out>x</system-out></testcase></testsuite>",
            (1, 0, 0),
        ),
        (
            "a failure that is no case's",
            "<testsuite><properties><failure/></properties><testcase/></testsuite>",
            (1, 0, 0),
        ),
        ("a byte order mark", "\u{feff}<?xml version='1.0'?><!-- x --><testsuite><testcase/></testsuite>", (1, 0, 0)),
        ("a namespace", "<j:testsuite xmlns:j='x'><j:testcase/></j:testsuite>", (1, 0, 0)),
        (
            "an unclosed case inside a case",
            "<testsuite><testcase><testcase><failure/></testcase></testcase></testsuite>",
            (1, 1, 0),
        ),
    ];
    for (name, xml, wanted) in table {
        let counts = read(xml.as_bytes()).unwrap().counts;
        assert_eq!((counts.passed, counts.failed, counts.skipped), *wanted, "{name}");
    }
}

#[test]
fn what_is_no_junit_file_says_why() {
    let why = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(why(""), "it holds no <testsuites>");
    assert_eq!(why("ok 1 - adds"), "it holds no <testsuites>");
    assert_eq!(why("<html><testsuite/></html>"), "it begins with <html>, not with <testsuites>");
    assert_eq!(why("<testsuite><testcase></testsuite>").split(':').next(), Some("it is not well-formed at byte 21"));
    assert_eq!(why("<testsuites><testsuite><testcase/>"), "it ends in the middle, with 2 elements still open");
    for cut in 1..NODE.trim_end().len() {
        assert!(read(&NODE.as_bytes()[..cut]).is_err(), "cut at {cut}, it still reads as whole");
    }
}

#[test]
fn entities_are_harmless() {
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
                <testsuite><testcase name='&b;'><failure message='&f;'>&b;&f;&lt;&#65;</failure></testcase></testsuite>";
    let results = read(bomb.as_bytes()).unwrap();
    assert_eq!(results.failures[0].text, "\u{fffd}\u{fffd}<A");
    assert_eq!((results.failures[0].name.as_str(), results.failures[0].message.as_str()), ("&b;", "&f;"));
}

#[test]
fn times_are_never_nonsense() {
    for (time, wanted) in
        [("1.5", 1500), ("1,234.5", 1_234_500), ("-3", 0), ("NaN", 0), ("inf", 0), ("1e300", 0), ("", 0)]
    {
        let xml = format!("<testsuite><testcase name='a' time='{time}'/></testsuite>");
        assert_eq!(read(xml.as_bytes()).unwrap().slowest[0].milliseconds, wanted, "{time}");
    }
}

#[test]
fn a_large_file_keeps_the_ten_slowest_and_counts_all() {
    let cases = (0..5000)
        .map(|n| format!("<testcase name='c{n}' time='{n}'><failure>x</failure></testcase>"))
        .collect::<Vec<_>>();
    let results = read(format!("<testsuite>{}</testsuite>", cases.concat()).as_bytes()).unwrap();
    assert_eq!((results.counts.failed, results.failures.len(), results.slowest.len()), (5000, 200, 10));
    assert_eq!(results.slowest[0].name, "c4999");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _result = read(&bytes);
    }

    #[test]
    fn no_damage_makes_it_panic_or_read_green(at in 0..VITEST.len(), with in proptest::collection::vec(any::<u8>(), 0..4)) {
        let mut bytes = VITEST.as_bytes().to_vec();
        bytes.splice(at..(at + with.len()).min(VITEST.len()), with);
        if let Ok(results) = read(&bytes) {
            prop_assert!(results.counts.failed > 0);
        }
    }

    #[test]
    fn no_tags_make_it_panic(text in "(</?(testsuites|testsuite|testcase|failure|error|skipped|x)( (name|time|failures)='[^']{0,3}'?)?/?>|&[a-z#0-9]{0,3};|<!\\[CDATA\\[|\\]\\]>|t){0,25}") {
        let _result = read(text.as_bytes());
    }
}
