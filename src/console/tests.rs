use proptest::prelude::*;

use super::*;

/// What the runner does with a log, by its source: which commands it obeys.
fn obeyed(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut seen = Vec::new();
    for line in log.split(['\r', '\n']) {
        let Some(command) = command_of(line) else { continue };
        match &stopped {
            Some(token) if command.0.eq_ignore_ascii_case(token) => stopped = None,
            Some(_) => {}
            None if command.0 == "stop-commands" => stopped = Some(command.1),
            None => seen.push(command.0),
        }
    }
    assert_eq!(stopped, None, "the runner was left deaf");
    seen
}

fn command_of(line: &str) -> Option<(String, String)> {
    let trimmed = line.trim();
    if let Some(rest) = trimmed.strip_prefix("::")
        && let Some((head, data)) = rest.split_once("::")
    {
        return Some((head.split(' ').next().unwrap_or_default().to_owned(), data.to_owned()));
    }
    let (_, rest) = line.split_once("##[")?;
    let (head, data) = rest.split_once(']')?;
    Some((head.split(' ').next().unwrap_or_default().to_owned(), data.to_owned()))
}

/// Bytes that look like what an attacker would print.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"::add-mask::a\n".to_vec()),
        Just(b"::set-env name=PATH::/x".to_vec()),
        Just(b"##[group]x".to_vec()),
        Just(b"\r::warning::x\r\n".to_vec()),
        Just(b"\n  \t::endgroup::\n".to_vec()),
        Just(b"::stop-commands::mine\n".to_vec()),
        Just(b"\xff\xfe".to_vec()),
        Just(b"\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_foreign_is_read_as_a_command(chunks in proptest::collection::vec(hostile(), 0..4), ours in hostile()) {
        let console = Console::silent_actions();
        console.group("install");
        for chunk in &chunks {
            console.foreign(chunk);
            console.say(&String::from_utf8_lossy(&ours));
            console.result(&String::from_utf8_lossy(&ours));
        }
        console.group(&String::from_utf8_lossy(&ours));
        console.foreign(&ours);
        console.end_group();
        prop_assert_eq!(obeyed(&console.results()), ["group", "endgroup", "group", "endgroup"]);
    }

    #[test]
    fn the_token_never_stands_inside_its_region(before in "[ -~]{0,9}", after in "[ -~]{0,9}", upper in any::<bool>()) {
        let fence = Fence::with_token("0123abcd".to_owned());
        let token = if upper { "0123ABCD" } else { "0123abcd" };
        let inside = fence.inside(&format!("{before}::{token}::{token}{after}"));
        prop_assert!(!inside.to_ascii_lowercase().contains("0123abcd"), "{}", inside);
    }

    #[test]
    fn a_terminal_is_never_steered(bytes in hostile(), escapes in "(\u{1b}[\\[\\]P(c]?[0-9;?]{0,4}[a-zA-Z]?[\u{7}\u{9b}\u{9d}é]?){0,9}") {
        let text = format!("{}{escapes}", String::from_utf8_lossy(&bytes));
        let plain = clean::for_terminal(&text, false);
        prop_assert!(!plain.chars().any(|c| c.is_control() && c != '\t' && c != '\n'), "{:?}", plain);
        let coloured = clean::for_terminal(&text, true);
        let rest = anstream::adapter::strip_str(&coloured).to_string();
        prop_assert!(!rest.chars().any(|c| c.is_control() && c != '\t' && c != '\n'), "{:?}", coloured);
    }
}

#[test]
fn lines_and_characters_survive_chunk_edges() {
    let console = Console::silent();
    for byte in "größe\nzwei".bytes() {
        console.foreign(&[byte]);
    }
    console.say("ours");
    assert_eq!(console.said(), "größe\nzwei\nours\n");
}

#[test]
fn what_a_person_sees_in_a_terminal() {
    let console = Console::silent();
    console.group("npm ci");
    console.foreign(b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jcleared\r\nbar 1\rbar 2\n");
    console.end_group();
    console.mask("s3cret");
    console.commands("::error::x");
    console.progress("npm test", 30);
    console.result("{}");
    insta::assert_snapshot!(console.said(), @r"
    npm ci
    red cleared
    bar 1
    bar 2
    npm test … 30 s
    ");
    assert_eq!(console.results(), "{}\n");
}

#[test]
fn colour_stays_where_it_is_wanted_and_is_reset() {
    assert_eq!(clean::for_terminal("\u{1b}[1;31mx", true), "\u{1b}[1;31mx\u{1b}[0m");
    assert_eq!(clean::for_terminal("a\u{1b}[?25lb\u{1b}[10Cc\u{9b}2Jd", true), "abcd");
    assert_eq!(clean::for_terminal("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", true), "link");
    assert_eq!(clean::for_terminal("a\u{1b}", true), "a");
    assert_eq!(clean::for_terminal("a\u{1b}[31", true), "a");
}

#[test]
fn what_the_runner_reads() {
    let console = Console::silent_actions();
    console.mask("a%b\nc");
    console.mask("  ");
    console.group("npm ci");
    console.say("::error::quoted\nand ##[error]this");
    console.end_group();
    console.end_group();
    console.commands("::error file=a.ts,line=1::broken\n");
    console.result("plain");
    assert_eq!(console.said(), "");
    insta::assert_snapshot!(console.results(), @r"
    ::add-mask::a%25b%0Ac
    ::group::npm ci
    | ::error::quoted
    and ## [error]this
    ::endgroup::
    ::error file=a.ts,line=1::broken
    plain
    ");
}

#[test]
fn a_line_without_end_is_broken_and_not_held() {
    let console = Console::silent();
    for _ in 0..40 {
        console.foreign(&[b'x'; 1024]);
        assert!(console.state().partial.len() <= LONGEST_LINE);
    }
    assert_eq!(console.said().lines().map(str::len).sum::<usize>(), 40 * 1024);
}

#[test]
fn every_region_has_a_token_of_its_own() {
    let console = Console::silent_actions();
    console.foreign(b"a");
    console.say("between");
    console.foreign(b"b");
    console.say("after");
    let tokens: Vec<String> = console
        .results()
        .lines()
        .filter_map(|line| line.strip_prefix("::stop-commands::").map(str::to_owned))
        .collect();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
    assert!(tokens.iter().all(|token| token.len() == 32));
}
