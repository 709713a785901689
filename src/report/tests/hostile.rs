//! Whatever a repository, a platform or a person calls things: no report is broken by it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::world::{World, lane, suite};
use crate::applied::{Ending, StepState, Verified};
use crate::finding::{Case, Counts, Finding, SuiteEnd, SuiteKind};
use crate::manifest::{ResourceId, Subject};
use crate::names::Place;
use crate::outcome::redactor::Redactor;
use crate::outcome::sealed::Sealed;
use crate::plan::Basis;
use crate::plan::message::{Code, Message};
use crate::problem::{Fault, Problem};
use crate::release::{Consent, ReleaseKind};
use crate::report::fit::visible_lines;
use crate::report::{Limit, Written, annotations, comment, json, outputs, summary, terminal};

/// What attackers and unlucky people write.
const NASTY: [&str; 35] = [
    "@everyone",
    "@acme/admins",
    "fixes #1",
    "GH-12",
    "#`7",
    "deadbeefcafe",
    "</details>",
    "<details>",
    "<!-- hidden -->",
    "<!--",
    "-->",
    "<img src=x onerror=alert(1)>",
    "[x](https://evil.test)",
    "![x](https://evil.test/x.png)",
    "https://evil.test",
    "www.evil.test",
    "`",
    "```",
    "````\n",
    "~~~",
    "|",
    "\\|",
    "\\",
    "\n::error::pwned",
    "::set-output name=x::y",
    "##[error]pwned",
    "\n# heading\n",
    "\n---\n",
    "\n- item",
    "\u{202e}txt.exe",
    "\u{1b}[2J",
    "$x$",
    "&#64;all",
    ":tada:",
    "\u{0}",
];

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(&NASTY).prop_map(str::to_owned),
        2 => "[ -~]{0,6}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

/// A run where everything foreign is this text, in a pull request and in a deploy.
fn worlds(text: &str) -> Vec<Sealed> {
    vec![pull(text), deploy(text), failure(text)]
}

fn pull(text: &str) -> Sealed {
    let id = ResourceId::new(text, text);
    let message =
        |code| Message { to_do: Some(text.into()), ..Message::new(code, Subject::part(id.clone(), text), text) };
    let name = format!("sync {text}");
    let plan = |world: super::world::LaneWorld| {
        world
            .removes(&name, text)
            .drops(&format!("model {text}"), text, text)
            .adds(&format!("dag {text}"), &[text])
            .modifies(&format!("action {text}"), text, text, text)
            .renames(&name, &format!("dag {text}"))
            .unknown(&name, text, text)
            .blind(&name, text, text)
            .message(message(Code::SecretMissing))
            .message(message(Code::ScopesChanged))
            .message(message(Code::Untested))
    };
    let basis = Basis::Unknown { why: text.into() };
    World::pull_request()
        .passed(1)
        .lane(plan(lane("dev", "1.0.0").on_merge().runs("0.9.0", '7')))
        .lane(plan(lane("prod", "1.0.0").production().recorded("0.9.0")).refused(&[(text, text, text)], text))
        .lane(lane("other", "1.0.0").basis(basis))
        .note(text)
        .with(|outcome| {
            outcome.decision.as_mut().unwrap().reason = text.into();
            outcome.run.actor = text.into();
            outcome.run.event = text.into();
            outcome.run.url = Some(format!("https://github.com/{text}/actions/runs/1"));
        })
        .sealed()
}

fn deploy(text: &str) -> Sealed {
    let problem = Problem::new("x", Fault::Platform, text).cause(text).help(text).at(Place::at(text, 1, 1));
    let consent = Consent::Reviewed { pulls: vec![text.into()] };
    let verified = Verified::Differs { how: vec![text.into()] };
    let failed = StepState::Failed { why: text.into() };
    World::dispatch()
        .passed(1)
        .lane(
            lane("prod", "1.0.0")
                .runs("0.9.0", '7')
                .removes(&format!("sync {text}"), text)
                .adds(&format!("dag {text}"), &[text])
                .left(&[text])
                .ended(ReleaseKind::Deploy, Some(consent), Ending::Failed { problem }, verified, &failed),
        )
        .with(|outcome| outcome.run.workflow = Some(text.into()))
        .sealed()
}

fn failure(text: &str) -> Sealed {
    let mut tests = suite(SuiteKind::Test, text, SuiteEnd::NotStarted { why: text.into() }, 1);
    tests.counts = Some(Counts { passed: 1, failed: 1, skipped: 0 });
    tests.slowest = vec![Case { name: text.into(), milliseconds: 1 }];
    tests.tail = format!("{text}\n{text}");
    let finding = Finding::error("x", text).at(Place::at(text, 1, 1)).help(text).frame(text);
    let warning = Finding::warning("x", text).at(Place::file(text));
    World::push().checks(vec![tests], vec![finding, warning]).problem(Problem::input("y", text)).sealed()
}

/// The lines outside fences.
fn outside_fences(markdown: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut kept = Vec::new();
    for line in markdown.lines() {
        let marks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if marks >= 3 => fence = line.get(..marks),
            None => kept.push(line),
        }
    }
    assert_eq!(fence, None, "a fence stays open:\n{markdown}");
    kept
}

/// A line without its code spans, as `CommonMark` pairs backticks.
fn without_code(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        if rest[..start].ends_with('\\') {
            kept.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        }
        kept.push_str(&rest[..start]);
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let after = &rest[start + run..];
        let end = (0..after.len()).find(|end| {
            after.is_char_boundary(*end)
                && !after[..*end].ends_with('`')
                && after[*end..].len() - after[*end..].trim_start_matches('`').len() == run
        });
        let end = end.unwrap_or_else(|| panic!("a code span stays open: {line}"));
        // Something stands there.
        kept.push('·');
        rest = &after[end + run..];
    }
    kept + rest
}

fn check_markdown(text: &str) {
    let lines = outside_fences(text);
    let markup = lines.iter().map(|line| without_code(line) + "\n").collect::<String>();
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "control characters:\n{text}");
    assert!(!text.contains('\u{202e}'), "text is turned around:\n{text}");
    for line in text.lines() {
        let begin = line.trim_start();
        assert!(!begin.starts_with("::") && !begin.contains("##["), "a workflow command: {line}");
    }
    let (opened, closed) = (markup.matches("<details>").count(), markup.matches("</details>").count());
    assert_eq!(opened, closed, "details:\n{text}");
    for bad in ["<!--", "<img", "](https://evil", "](javascript"] {
        assert!(!markup.contains(bad), "{bad}:\n{text}");
    }
    for (place, _) in markup.match_indices(['@', '#']) {
        let after = markup[place + 1..].chars().next().unwrap_or(' ');
        let heading = markup[..place].ends_with('\n') || markup[..place].ends_with('#') || place == 0;
        let entity = markup[..place].ends_with('&');
        assert!(heading || entity || !after.is_alphanumeric(), "a mention or a reference: {}", &markup[place..]);
    }
    for line in lines.iter().filter(|line| line.starts_with('|')) {
        let cells = line.matches('|').count();
        assert!((3..=7).contains(&cells), "a table is broken: {line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn no_name_breaks_a_report(text in nasty()) {
        for story in worlds(&text) {
            let long = summary(&story, Limit::SUMMARY);
            check_markdown(&long);
            if let Some(comment) = comment(&story, Limit::COMMENT) {
                check_markdown(&comment);
                prop_assert!(comment.len() <= 60_000);
                prop_assert!(visible_lines(&comment) <= 25, "{}\n{}", visible_lines(&comment), comment);
            }
        }
    }

    #[test]
    fn no_name_is_a_command_in_a_log(text in nasty()) {
        for story in worlds(&text) {
            let page = terminal(&story, false, 80);
            for line in page.lines() {
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
            }
            prop_assert!(!page.chars().any(|letter| letter.is_control() && letter != '\n'));
            for line in annotations(&story).lines() {
                let known = ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command));
                prop_assert!(known, "{line}");
                prop_assert!(!line.chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn no_name_adds_an_output(text in nasty()) {
        for story in worlds(&text) {
            let mut number = 0;
            let written = Written { report_path: Some(text.clone()), ..Written::default() };
            let outputs = outputs(&story, &written, || { number += 1; format!("mark-{number}") });
            let mut lines = outputs.lines();
            let mut names = 0;
            while let Some(head) = lines.next() {
                let (_, mark) = head.split_once("<<").unwrap();
                prop_assert!(lines.by_ref().any(|line| line == mark), "{head} stays open");
                names += 1;
            }
            prop_assert_eq!(names, 22);
        }
    }

    #[test]
    fn no_secret_is_in_any_report(secret in "[a-zA-Z0-9_*`|<>&\"\\\\]{8,30}") {
        let by = Redactor::new([secret.as_str()]);
        for story in worlds(&secret) {
            let sealed = story.outcome().clone().redacted(&by);
            let all = [summary(&sealed, Limit::SUMMARY), json(&sealed), terminal(&sealed, false, 300), annotations(&sealed),
                sealed.outcome().headline()];
            prop_assume!(!secret.contains('*'));
            for text in &all {
                prop_assert!(!text.contains(&secret), "{text}");
                prop_assert!(!by.redact_text(text).contains(&secret));
            }
            let read: crate::outcome::Outcome = serde_json::from_str(&json(&sealed)).unwrap();
            prop_assert_eq!(&read, sealed.outcome());
        }
    }
}

/// What GitHub's own parser makes of it: no link, image or element that is not ours. Needs `cmark-gfm`; without it, nothing
/// is checked here.
#[test]
fn github_s_parser_sees_no_foreign_markup() {
    for text in NASTY {
        for story in worlds(&format!("a{text}b {text}")) {
            let Some(html) = rendered(&summary(&story, Limit::SUMMARY)) else { return };
            for bad in ["evil.test\"", "<img", "<h1", "<h2", "<hr", "<em>", "<del>", "<blockquote"] {
                assert!(!html.contains(bad), "{text}: {bad}\n{html}");
            }
            assert_eq!(html.matches("<details>").count(), html.matches("</details>").count(), "{text}\n{html}");
            assert_eq!(html.matches("<table>").count(), html.matches("</table>").count(), "{text}\n{html}");
        }
    }
}

fn rendered(markdown: &str) -> Option<String> {
    let options = ["--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink"];
    let mut child =
        Command::new("cmark-gfm").args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(markdown.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}
