//! Names and output that were made to steer whoever reads them: the runner, a terminal, a shell.

use std::collections::BTreeMap;

use crate::action::{Action, run};
use crate::world::World;

/// Names that a file may have.
const NAMES: [&str; 14] = [
    "::error::OWNED",
    "::set-output name=decision::OWNED",
    "a\n::warning::OWNED",
    "a\r::notice::OWNED",
    "##[error]OWNED",
    "%0A::error::OWNED",
    "`whoami`",
    "$(touch owned)",
    "'; touch owned; '",
    "@everyone",
    "<img src=x onerror=alert(1)>",
    "\u{1b}[2J\u{202e}",
    "--help",
    "-n",
];

/// The commands that the runner would obey, by its own reading of a log.
fn obeyed(log: &str) -> Vec<(String, String)> {
    let mut stopped: Option<String> = None;
    let mut seen = Vec::new();
    for (command, data) in log.split(['\r', '\n']).filter_map(command_of) {
        match &stopped {
            Some(token) if command.eq_ignore_ascii_case(token) => stopped = None,
            Some(_) => {}
            None if command == "stop-commands" => stopped = Some(data),
            None => seen.push((command, data)),
        }
    }
    assert_eq!(stopped, None, "the runner was left deaf");
    seen
}

fn command_of(line: &str) -> Option<(String, String)> {
    let trimmed = line.trim();
    let split = match trimmed.strip_prefix("::") {
        Some(rest) => rest.split_once("::"),
        None => line.split_once("##[").and_then(|(_, rest)| rest.split_once(']')),
    };
    let (head, data) = split?;
    Some((head.split(' ').next().unwrap_or_default().to_owned(), data.to_owned()))
}

/// Ends the test if anything but our own annotations would be obeyed.
fn steers_nobody(log: &str) {
    for (command, data) in obeyed(log) {
        let ours = ["group", "endgroup", "add-mask", "error", "warning", "notice"].contains(&command.as_str());
        assert!(ours && !data.starts_with("OWNED"), "::{command}::{data} in:\n{log}");
    }
}

/// The runner's reading of its file of outputs.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut lines = text.lines();
    let mut found = BTreeMap::new();
    while let Some(line) = lines.next() {
        let (name, value) = match (line.split_once("<<"), line.split_once('=')) {
            (Some((name, delimiter)), _) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
                (name, value.join("\n"))
            }
            (None, Some((name, value))) => (name, value.to_owned()),
            (None, None) => panic!("the runner would refuse `{line}`"),
        };
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "an output of another's making: {name}");
        assert!(found.insert(name.to_owned(), value).is_none(), "{name} is given twice");
    }
    found
}

/// The lines of a Markdown text that have these words neither in a fence nor in a span of code.
fn outside_code<'a>(text: &'a str, words: &str) -> Vec<&'a str> {
    let mut fence: Option<&str> = None;
    let mut found = Vec::new();
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(opening) if line.trim_end() == opening => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                let in_code = |at: usize| line[..at].matches('`').count() % 2 == 1;
                found.extend(line.match_indices(words).filter(|(at, _)| !in_code(*at)).map(|_| line));
            }
        }
    }
    found
}

fn fill(world: &World) {
    world.add_syncs(&NAMES.map(str::to_owned));
    for name in NAMES {
        world.write(&format!("{name}/syncs/{name}.ts"), "export default createSync({\n");
        world.write(&format!("{name}/README.md"), "x");
    }
    world.git(&["add", "-A"]);
    world.git(&["commit", "-q", "-m", "::error::OWNED by a commit\n\n##[error]OWNED @everyone"]);
}

#[test]
fn names_steer_no_terminal_and_no_shell() {
    let world = World::small();
    fill(&world);
    let runs = ["inspect", "inspect --json", "plan --base HEAD~1", "plan --base HEAD~2 --markdown", "history"];
    let events = ["simulate push", "simulate pull-request --base HEAD~2", "simulate schedule"];
    for words in runs.into_iter().chain(events) {
        let ran = world.airlock(words);
        assert!(matches!(ran.code, 0 | 3), "{words}: {}", ran.all());
        let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        assert!(!ran.all().contains(steers), "{words}: {:?}", ran.all());
    }
    assert!(!world.path("owned").exists());
}

#[test]
fn names_steer_no_runner() {
    let action = Action::new();
    fill(&action.world);
    for platform in ["local", "nango"] {
        let ran = run(action.command("push", &action.push()).env("INPUT_PLATFORM", platform));
        assert!(matches!(ran.code, 0 | 3 | 4), "{}", ran.all());
        steers_nobody(&ran.stdout);
        steers_nobody(&ran.stderr);
        let told = outputs(&action.file("output.txt"));
        assert!(["deployed", "failed", "refused"].contains(&told["decision"].as_str()), "{told:?}");
        std::fs::write(action.path("output.txt"), "").unwrap();
        let summary = action.file("summary.md");
        assert_eq!(outside_code(&summary, "<img"), Vec::<&str>::new());
    }
    assert!(!action.world.path("owned").exists());
}

#[test]
fn output_of_tests_and_inputs_steer_no_runner() {
    let action = Action::new();
    action.world.write(
        "small.test.js",
        "import test from 'node:test';\n\
         const lines = ['::error::OWNED', '##[error]OWNED', '::stop-commands::x', '\\r::warning::OWNED', '::add-mask::a'];\n\
         lines.forEach((line) => { console.log(line); console.error(line); process.stdout.write(line); });\n\
         test('::error::OWNED', () => { throw new Error('\\n::error::OWNED\\n##[error]OWNED'); });\n",
    );
    action.world.commit("Print what steers");
    let text = "first\n::error::OWNED\nresult<<x\nOWNED\nx\n@everyone";
    let mut command = action.command("push", &action.push());
    let ran = run(command
        .env("INPUT_PLATFORM", "local")
        .env("INPUT_DESCRIPTION", text)
        .env("INPUT_CONSENT", "::error::OWNED"));
    assert_eq!(ran.code, 3, "{}", ran.all());
    steers_nobody(&ran.stdout);
    steers_nobody(&ran.stderr);
    assert_eq!(outputs(&action.file("output.txt"))["decision"], "failed");
}

#[test]
fn wrong_inputs_steer_no_runner() {
    let action = Action::new();
    for (name, value) in [
        ("INPUT_MODE", "\n::error::OWNED"),
        ("INPUT_ENVIRONMENT", "a\n##[error]OWNED"),
        ("INPUT_VERSION", "::error::OWNED"),
        ("INPUT_CONFIG", "a\n::error::OWNED"),
        ("INPUT_PROJECT", "a\n::error::OWNED"),
    ] {
        let ran = run(action.command("push", &action.push()).env(name, value));
        assert!(!matches!(ran.code, 0 | 1), "{name}: {}", ran.all());
        steers_nobody(&ran.stdout);
        steers_nobody(&ran.stderr);
    }
}
