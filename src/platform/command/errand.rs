//! One command of people's own, run in a room: a copy of the commit that the command belongs to, with what it is given laid
//! beside it as files.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::wire;
use crate::artefact::Artefact;
use crate::console::Console;
use crate::context::config::command::CommandSpec;
use crate::finding::Finding;
use crate::git::Git;
use crate::manifest::{Manifest, Origin};
use crate::names::CommitSha;
use crate::problem::{Fault, Problem};
use crate::process::{BroughtFrom, ChildEnv, Confined, End, NotStarted, Ran, Walls, may_be_named};
use crate::tree::join;
use crate::watch::Watch;
use crate::work::Project;

/// The file in a command's TMPDIR that it writes for us.
const OUTPUT: &str = "airlock-output";

/// What every command needs to be run at all.
#[derive(Debug, Clone, Copy)]
pub struct Hand<'a> {
    /// What stands between it and us.
    pub walls: &'a Walls,
    /// The repository.
    pub git: &'a Git,
    /// Where its output goes.
    pub console: &'a Console,
    /// The run's variables, credentials taken out.
    pub variables: &'a BTreeMap<String, String>,
}

/// A command to run.
#[derive(Debug)]
pub(super) struct Errand<'a> {
    /// What it is for, in a word: `deploy`.
    pub(super) what: &'static str,
    /// The program and its arguments.
    pub(super) argv: &'a [String],
    /// The commit in whose files it runs.
    pub(super) commit: &'a CommitSha,
    /// The folder in them that it runs in.
    pub(super) folder: &'a str,
    /// Variables that were named for it, under the names by which it sees them.
    pub(super) named: &'a BTreeMap<String, String>,
    /// Facts of the run, as `AIRLOCK_*`.
    pub(super) told: Vec<(&'static str, String)>,
    /// The plan, as JSON.
    pub(super) plan: Option<Vec<u8>>,
    /// What is deployed.
    pub(super) files: Option<&'a Artefact>,
    /// What lies in its HOME.
    pub(super) home: Option<&'a Kept>,
    /// How long it may take.
    pub(super) limit: Duration,
}

/// A folder in a command's HOME with files that hold a key, for a program that takes it from nowhere else.
#[derive(Debug)]
pub struct Kept {
    /// The folder's name.
    pub folder: &'static str,
    /// Its files by their names.
    pub files: Vec<(&'static str, SecretString)>,
}

/// What came of a command.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) ran: Ran,
    /// What it wrote to the file that `AIRLOCK_OUTPUT` names.
    pub(super) output: Option<Vec<u8>>,
}

/// Runs a command. An error is a command that never ran, or wrote what may not be read.
pub(super) async fn run(hand: Hand<'_>, errand: Errand<'_>, watch: &Watch) -> Result<Came, Problem> {
    if let Some(why) = hand.walls.refusal() {
        return Err(NotStarted::NotConfined { why }.into());
    }
    let room = hand.walls.room()?;
    hand.git.copy_commit(errand.commit, &room.files(), watch).await?;
    room.furnish(BroughtFrom::Nowhere, &[])?;
    let mut told = errand.told;
    told.push(("AIRLOCK_OUTPUT", room.scratch().join(OUTPUT).display().to_string()));
    if let Some(files) = errand.files {
        let files = files.files().iter().map(|(path, bytes)| (path.as_str(), &**bytes));
        told.push(("AIRLOCK_FILES", room.lay("deployed", files)?.display().to_string()));
    }
    if let Some(plan) = &errand.plan {
        let folder = room.lay("plan", std::iter::once(("plan.json", plan.as_slice())))?;
        told.push(("AIRLOCK_PLAN", folder.join("plan.json").display().to_string()));
    }
    let mut environment = ChildEnv::new(hand.variables, &[]).map_err(|problems| first(problems, errand.what))?;
    if let Some(kept) = errand.home {
        let home = room.home();
        let name = home.strip_prefix(room.path()).unwrap_or(&home).join(kept.folder);
        let files = kept.files.iter().map(|(name, text)| (*name, text.expose_secret().as_bytes()));
        room.lay(&name.to_string_lossy(), files)?;
        environment = environment.with("HOME", home.to_string_lossy());
    }
    for (name, value) in errand.named.iter().map(|(name, value)| (name.as_str(), value)) {
        environment = environment.with(name, value);
    }
    for (name, value) in &told {
        environment = environment.with(name, value);
    }
    let argv: Vec<String> = errand.argv.iter().map(|word| filled(word, &told)).collect();
    let folder = if errand.folder.is_empty() { room.files() } else { room.files().join(errand.folder) };
    let confined = Confined::new(hand.walls, argv, folder, environment);
    hand.console.group(&format!("{}: {}", errand.what, confined.title()));
    let ran = confined.run(hand.console, &watch.within(errand.limit)).await;
    hand.console.end_group();
    let output = room.take_scratch(OUTPUT, wire::LARGEST)?;
    room.close(watch)?;
    match &ran.end {
        End::NotStarted(why) => Err(why.clone().into()),
        _ => Ok(Came { ran, output }),
    }
}

/// An argument with `$AIRLOCK_…` filled in by us: no shell ever sees it.
fn filled(word: &str, told: &[(&'static str, String)]) -> String {
    told.iter().fold(word.to_owned(), |word, (name, value)| word.replace(&format!("${name}"), value))
}

fn first(problems: Vec<Problem>, what: &str) -> Problem {
    problems.into_iter().next().unwrap_or_else(|| Problem::bug(format!("no environment for `{what}`")))
}

/// The last thing that a command said, for the cause of a problem.
pub(super) fn last_words(tail: &str, lines: usize) -> Vec<String> {
    let all: Vec<&str> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].iter().map(|line| wire::shown(line).trim().to_owned()).collect()
}

/// What is the matter with a command that did not end with 0; `None` when it did.
pub(super) fn fault_of(what: &'static str, ran: &Ran) -> Option<Problem> {
    let failed = |says: String| {
        let problem = Problem::new("command-failed", Fault::Platform, format!("the `{what}` command {says}"));
        last_words(&ran.tail, 1)
            .into_iter()
            .fold(problem, Problem::cause)
            .help("its whole output is in the log of this run")
    };
    match &ran.end {
        End::Exited(0) => None,
        End::Exited(code) => Some(failed(format!("ended with {code}"))),
        End::Signalled(signal) => Some(failed(format!("was ended by signal {signal}"))),
        End::TimedOut => Some(failed("ran into its `time-limit`".to_owned())),
        End::Cancelled(stop) => Some(stop.problem()),
        End::NotStarted(why) => Some(why.clone().into()),
    }
}

/// What a command wrote, as a manifest.
pub(super) fn manifest_of(what: &'static str, came: &Came, origin: Origin) -> Result<Manifest, Problem> {
    if let Some(problem) = fault_of(what, &came.ran) {
        return Err(problem);
    }
    let unread = |wrong: Vec<String>| {
        let says = format!("what the `{what}` command wrote cannot be read");
        wrong.into_iter().fold(Problem::new("manifest-unreadable", Fault::Platform, says), Problem::cause)
    };
    match &came.output {
        None => Err(unread(vec!["it wrote nothing to the file that $AIRLOCK_OUTPUT names".to_owned()])
            .help("write a manifest there; `airlock schema manifest` prints the form")),
        Some(bytes) => wire::manifest(bytes, origin).map_err(unread),
    }
}

/// The manifest that a project's command writes, run in the files of this commit. It sees no variable that was named for
/// deploying. What is wrong with it is a finding.
///
/// # Errors
/// When the command never ran.
pub async fn manifest(
    hand: Hand<'_>,
    project: &Project,
    command: &CommandSpec,
    commit: &CommitSha,
    watch: &Watch,
) -> Result<Result<Manifest, Finding>, Problem> {
    const WHAT: &str = "manifest";
    let Some(argv) = &command.manifest else { return Err(Problem::bug("a project has no manifest command")) };
    let errand = Errand {
        what: WHAT,
        argv,
        commit,
        folder: &project.path,
        named: &BTreeMap::new(),
        told: vec![("AIRLOCK_PROJECT", project.id.to_string()), ("AIRLOCK_COMMIT", commit.to_string())],
        plan: None,
        files: None,
        home: None,
        limit: command.keyed.limit,
    };
    let came = run(hand, errand, watch).await?;
    let read = manifest_of(WHAT, &came, Origin::Source).map(|manifest| placed(manifest, project));
    Ok(read.map_err(|problem| {
        let mut finding = Finding::error("manifest-unreadable", problem.to_string());
        finding.help = problem.help.first().cloned();
        finding
    }))
}

/// Places as the command wrote them lie below the project's folder.
fn placed(mut manifest: Manifest, project: &Project) -> Manifest {
    for place in manifest.resources.values_mut().filter_map(|resource| resource.place.as_mut()) {
        place.path = join(&project.path, &place.path);
    }
    manifest
}

/// The variables that were named for the commands, by the names under which they see them.
///
/// # Errors
/// `env-name-refused` for a name that may not be handed on, `key-missing` for one that is not in this run: all at once.
pub(super) fn named(
    names: &[String],
    found: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Problem> {
    if let Some(refused) = names.iter().find(|name| !may_be_named(name)) {
        let says = format!("`{refused}` may not be handed to a command");
        return Err(Problem::input("env-name-refused", says)
            .help("keys of other platforms and tokens of the run stay with airlock; give it a key of its own name"));
    }
    let (there, missing): (Vec<_>, Vec<_>) =
        names.iter().map(|name| (name, found(name))).partition(|(_, value)| value.is_some());
    if missing.is_empty() {
        return Ok(there.into_iter().filter_map(|(name, value)| Some((name.clone(), value?))).collect());
    }
    let missing: Vec<String> = missing.into_iter().map(|(name, _)| format!("`{name}`")).collect();
    Err(Problem::input(
        "key-missing",
        format!("{} named in `env` and not in this run: {}", are(missing.len()), missing.join(", ")),
    )
    .help("give it to the step, `NAME_<ENVIRONMENT>`, or plain `NAME` in a job for one environment"))
}

fn are(count: usize) -> &'static str {
    if count == 1 { "a variable is" } else { "variables are" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_filled_in() {
        let told = [("AIRLOCK_FILES", "/room/deployed".to_owned()), ("AIRLOCK_VERSION", "1.2.0".to_owned())];
        for (word, expected) in [
            ("--project-dir=$AIRLOCK_FILES/a", "--project-dir=/room/deployed/a"),
            ("$AIRLOCK_VERSION", "1.2.0"),
            ("$HOME", "$HOME"),
            ("$(id)", "$(id)"),
            ("AIRLOCK_FILES", "AIRLOCK_FILES"),
        ] {
            assert_eq!(filled(word, &told), expected);
        }
    }

    #[test]
    fn a_variable_that_is_missing_or_not_for_commands_is_told() {
        let there = |name: &str| (name == "DBT_TOKEN").then(|| "t".to_owned());
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            named(&names, &there).map_err(|problem| problem.to_string())
        };
        assert_eq!(of(&["DBT_TOKEN"]).unwrap()["DBT_TOKEN"], "t");
        insta::assert_snapshot!(of(&["DBT_TOKEN", "A", "B"]).unwrap_err(), @"variables are named in `env` and not in this run: `A`, `B`");
        insta::assert_snapshot!(of(&["GITHUB_TOKEN"]).unwrap_err(), @"`GITHUB_TOKEN` may not be handed to a command");
    }

    #[test]
    fn the_last_words_are_short_and_on_one_line() {
        assert_eq!(last_words("a\n\n b\u{7} \n", 1), ["b"]);
        assert_eq!(last_words("a\nb\nc", 2), ["b", "c"]);
        assert!(last_words("", 3).is_empty());
    }
}
