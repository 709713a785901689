//! From text to [`Inputs`]: one core for `INPUT_*`, for a dispatch event's own inputs, and for flags of the same names.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parts;
use super::table::{Form, TABLE, spec};
use super::{CommandChoice, Execute, HandedOver, Inputs, Mode};
use crate::context::env::Env;
use crate::context::event::Event;
use crate::context::words::{self, Wrong, command};
use crate::keys;
use crate::names::{BranchName, Digest, EnvironmentName, ProjectId};
use crate::problem::{Problem, Problems};

/// The longest text of one input, in bytes: more cannot be handed to a process in one variable anyway.
const LONGEST_TEXT: usize = 64 * 1024;

/// Reads the inputs of a run: `INPUT_*`, completed by what a `workflow_dispatch` was given. A `with:` value wins.
///
/// # Errors
/// Every input that cannot be read, all at once. No error repeats a value that could be a secret.
pub fn read(env: &Env, event: &Event) -> Result<Inputs, Problems> {
    let (mut given, mut problems) = from_variables(env);
    if let Event::Dispatch(dispatch) = event {
        for (name, value) in &dispatch.inputs {
            if spec(name).is_some_and(|spec| spec.from_dispatch) {
                given.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    match from_pairs(given) {
        Ok(inputs) if problems.is_empty() => Ok(inputs),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

/// What a person should know about the inputs though nothing is wrong with them: names that no input has (the runner
/// itself only warns), and values of the dispatch that a `with:` value overrules.
pub fn notes(env: &Env, event: &Event) -> Vec<String> {
    let names = env.iter().map(|(name, _)| name).chain(env.taken().iter().map(String::as_str));
    let unknown = names.filter_map(input_name).filter(|name| spec(name).is_none()).map(|name| {
        let shown = words::shown(&name);
        match words::nearest(&name, TABLE.iter().map(|spec| spec.name)) {
            Some(near) => format!("no input is called {shown}: did you mean `{near}`? It was not read"),
            None => format!("no input is called {shown}: it was not read"),
        }
    });
    let mut notes: Vec<String> = unknown.collect();
    if let Event::Dispatch(dispatch) = event {
        let (given, _) = from_variables(env);
        notes.extend(
            dispatch.inputs.iter().filter(|(name, value)| given.get(*name).is_some_and(|with| with != *value)).map(
                |(name, _)| format!("the workflow's `with:` gives another `{name}` than the manual run: `with:` wins"),
            ),
        );
    }
    notes
}

/// The kebab-case name of an input's variable.
fn input_name(variable: &str) -> Option<String> {
    let name = variable.get(.."INPUT_".len()).filter(|start| start.eq_ignore_ascii_case("INPUT_"))?;
    Some(variable[name.len()..].to_ascii_lowercase().replace(['_', ' '], "-"))
}

/// The known inputs by name, trimmed, empty ones dropped. Two spellings of one input that disagree are a problem.
fn from_variables(env: &Env) -> (BTreeMap<String, String>, Problems) {
    let mut given = BTreeMap::new();
    let mut problems = Problems::new();
    for (variable, value) in env.iter() {
        let Some(name) = input_name(variable).filter(|name| spec(name).is_some()) else { continue };
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        if given.get(&name).is_some_and(|other| other != value) {
            problems.push(problem(&name, Wrong::says("is given twice, with different values")));
        }
        given.insert(name, value.to_owned());
    }
    for variable in env.not_text() {
        if let Some(name) = input_name(variable).filter(|name| spec(name).is_some()) {
            problems.push(problem(&name, Wrong::says("is not UTF-8 text")));
        }
    }
    (given, problems)
}

/// The texts as given, every one optional: the form in which `envy` reads them. It is fed names with underscores and
/// no empty values, so that "absent" is the only way of not giving one.
#[derive(Debug, Default, Deserialize)]
struct Raw {
    project: Option<String>,
    platform: Option<String>,
    environment: Option<String>,
    allow_destructive: Option<String>,
    consent: Option<String>,
    version: Option<String>,
    description: Option<String>,
    commit: Option<String>,
    only: Option<String>,
    hotfix: Option<String>,
    accept: Option<String>,
    mode: Option<String>,
    execute: Option<String>,
    hand_over: Option<String>,
    handed_over: Option<String>,
    test_command: Option<String>,
    test_results: Option<String>,
    tested_by: Option<String>,
    test_timeout: Option<String>,
    test_env: Option<String>,
    test_artifacts: Option<String>,
    install_command: Option<String>,
    install_env: Option<String>,
    image: Option<String>,
    preview: Option<String>,
    dry_run: Option<String>,
    shard: Option<String>,
    plan_digest: Option<String>,
    part: Option<String>,
    reports: Option<String>,
    matrix: Option<String>,
    config: Option<String>,
}

/// Reads inputs from pairs of a kebab-case name and a text: the core under [`read`], and the way in for flags.
///
/// # Errors
/// Every input that cannot be read, every name that no input has, and a secret given this way: all at once.
pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Inputs, Problems> {
    let mut problems = Problems::new();
    let mut given = BTreeMap::new();
    for (name, value) in pairs {
        match usable(&name, &value) {
            Ok(()) if value.trim().is_empty() => {}
            Ok(()) => {
                given.insert(name.replace('-', "_"), value.trim().to_owned());
            }
            Err(wrong) => problems.push(problem(&name, wrong)),
        }
    }
    let raw = envy::from_iter::<_, Raw>(given).unwrap_or_else(|_could_hold_a_value| {
        // Every field is an optional text, so this is our own mistake; envy's words are not repeated.
        problems.push(Problem::bug("the inputs could not be gathered"));
        Raw::default()
    });
    let inputs = Reader { problems: &mut problems }.inputs(raw);
    problems.extend(contradiction(&inputs));
    if problems.is_empty() { Ok(inputs) } else { Err(problems) }
}

fn usable(name: &str, value: &str) -> Result<(), Wrong> {
    let Some(spec) = spec(name) else {
        let wrong = Wrong::says("does not exist");
        return Err(match words::nearest(name, TABLE.iter().map(|spec| spec.name)) {
            Some(near) => wrong.help(format!("did you mean `{near}`?")),
            None => wrong,
        });
    };
    match spec.form {
        Form::Secret => {
            Err(Wrong::says("is a secret, and flags can be seen by others")
                .help("give it as the variable GITHUB_TOKEN"))
        }
        _ if value.len() > LONGEST_TEXT => Err(Wrong::says("is longer than 64 KiB")),
        _ if value.contains('\0') => Err(Wrong::says("holds a NUL character")),
        _ => Ok(()),
    }
}

fn problem(name: &str, wrong: Wrong) -> Problem {
    let Wrong { says, help } = wrong;
    let problem = Problem::input("input-invalid", format!("input {} {says}", words::shown(name)));
    match help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// Reads one input after the other and keeps every problem.
struct Reader<'a> {
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn take<T>(
        &mut self,
        name: &'static str,
        given: Option<String>,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let given = given?;
        read(&given).map_err(|wrong| self.problems.push(problem(name, wrong))).ok()
    }

    fn each<T>(
        &mut self,
        name: &'static str,
        given: Option<&String>,
        entries: fn(&str) -> Vec<String>,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Vec<T> {
        let entries = given.map(|given| entries(given)).unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| read(entry).map_err(|wrong| self.problems.push(problem(name, wrong))).ok())
            .collect()
    }

    fn inputs(&mut self, raw: Raw) -> Inputs {
        let none = Inputs::default();
        let rolls_back = raw.mode.as_deref() == Some("rollback");
        let deploy = raw.version.clone().filter(|given| rolls_back && words::is_deploy(given));
        let version = raw.version.filter(|_| deploy.is_none());
        Inputs {
            project: self.each("project", raw.project.as_ref(), words::list, project),
            platform: self.take("platform", raw.platform, words::platform).flatten(),
            environment: self.take("environment", raw.environment, environment),
            allow_destructive: self
                .take("allow-destructive", raw.allow_destructive, words::stated)
                .unwrap_or(none.allow_destructive),
            consent: self.take("consent", raw.consent, words::consent).unwrap_or(none.consent),
            version: self.take("version", version, words::version).flatten(),
            deploy,
            description: raw.description,
            commit: self.take("commit", raw.commit, commit),
            only: self.take("only", raw.only, only),
            hotfix: raw.hotfix,
            accept: self.each("accept", raw.accept.as_ref(), words::list, words::acceptance),
            mode: self.take("mode", raw.mode, |given| words::one_of(given, &MODES)).unwrap_or(none.mode),
            execute: self.take("execute", raw.execute, |given| words::one_of(given, &EXECUTES)).unwrap_or(none.execute),
            hand_over: self.take("hand-over", raw.hand_over, words::flag).unwrap_or(none.hand_over),
            handed_over: self.take("handed-over", raw.handed_over, handed_over),
            test_command: self.command("test-command", raw.test_command),
            test_results: self.each("test-results", raw.test_results.as_ref(), words::list, inside),
            tested_by: self.each(
                "tested-by",
                raw.tested_by.as_ref(),
                words::list_of_checks,
                |name| Ok(name.to_owned()),
            ),
            test_timeout: self.take("test-timeout", raw.test_timeout, words::duration).unwrap_or(none.test_timeout),
            test_env: self.each("test-env", raw.test_env.as_ref(), words::list, variable),
            test_artifacts: self.each("test-artifacts", raw.test_artifacts.as_ref(), words::list, inside),
            install_command: self.command("install-command", raw.install_command),
            install_env: self.each("install-env", raw.install_env.as_ref(), words::list, variable),
            image: self.take("image", raw.image, image),
            preview: self.take("preview", raw.preview, words::flag).unwrap_or(none.preview),
            dry_run: self.take("dry-run", raw.dry_run, words::flag).unwrap_or(none.dry_run),
            shard: self.take("shard", raw.shard, parts::shard),
            plan_digest: self.take("plan-digest", raw.plan_digest, parts::digest),
            part: self.take("part", raw.part, words::flag).unwrap_or(none.part),
            reports: self.each("reports", raw.reports.as_ref(), words::list, inside),
            matrix: self.take("matrix", raw.matrix, parts::matrix).unwrap_or_default(),
            config: self.take("config", raw.config, inside),
        }
    }

    fn command(&mut self, name: &'static str, given: Option<String>) -> CommandChoice {
        self.take(name, given, command::choice).unwrap_or(CommandChoice::Auto)
    }
}

/// Inputs that cannot both be meant.
fn contradiction(inputs: &Inputs) -> Option<Problem> {
    let says = match (inputs.execute, inputs.hand_over, &inputs.handed_over) {
        (Execute::Never, true, _) => {
            problem("hand-over", Wrong::says("is `true`, and `execute` is `never`: then there is nothing to hand over"))
        }
        (Execute::Auto, _, Some(_)) => problem(
            "handed-over",
            Wrong::says("is given, and this job may execute the repository's code itself").help("add `execute: never`"),
        ),
        _ => return None,
    };
    Some(says)
}

const MODES: [(&str, Mode); 5] = [
    ("auto", Mode::Auto),
    ("plan", Mode::Plan),
    ("rollback", Mode::Rollback),
    ("adopt", Mode::Adopt),
    ("drift", Mode::Drift),
];

const EXECUTES: [(&str, Execute); 2] = [("auto", Execute::Auto), ("never", Execute::Never)];

/// A project by its id, or by its folder as a path.
fn project(given: &str) -> Result<ProjectId, Wrong> {
    match words::path(given) {
        Ok(path) if path.is_empty() => {
            Err(Wrong::says("names the repository's root").help("name the project there by its id"))
        }
        Ok(path) => words::id_of_folder(&path),
        Err(wrong) => Err(wrong),
    }
}

fn environment(given: &str) -> Result<EnvironmentName, Wrong> {
    EnvironmentName::new(given).map_err(|_bad_name| {
        Wrong::says(format!("is {}, which is no name of an environment", words::shown(given)))
            .help("names have letters, digits, `_` and `-`, and at most 64 of them")
    })
}

/// A branch name's rules keep options, ranges and reflog spellings out of git's way.
fn commit(given: &str) -> Result<String, Wrong> {
    BranchName::new(given).map(String::from).map_err(|_bad_name| {
        Wrong::says("is not a commit, tag or branch").help("give the commit's hash, as `git log` shows it")
    })
}

/// One name and no pattern: what is not named stays as it is.
fn only(given: &str) -> Result<String, Wrong> {
    if given.len() > 600 || given.contains(['*', '?', ',', '\n']) || given.chars().any(char::is_control) {
        return Err(Wrong::says("is not one name")
            .help("name one integration, or one function by its id; patterns and lists are not taken"));
    }
    Ok(given.to_owned())
}

fn inside(given: &str) -> Result<String, Wrong> {
    match words::path(given) {
        Ok(path) if path.is_empty() => Err(Wrong::says("names the repository's root instead of a file")),
        read => read,
    }
}

/// The name of an artifact (upload-artifact takes no others), and the digest of what lies in it.
fn handed_over(given: &str) -> Result<HandedOver, Wrong> {
    let (name, digest) = given.split_once('@').map_or((given, None), |(name, digest)| (name, Some(digest)));
    let is_plain = |c: char| !c.is_control() && !"\"':<>|*?\\/".contains(c);
    if name.is_empty() || name.len() > 256 || !name.chars().all(is_plain) {
        return Err(Wrong::says("does not name an artifact").help("write `name`, or `name@sha256:…`"));
    }
    let digest = digest.map(|digest| {
        Digest::new(digest).map_err(|_bad_digest| {
            Wrong::says("has no digest after its `@`").help(
                "give the output `hand-over-digest` of the step that handed it over, through `outputs:` of its job",
            )
        })
    });
    Ok(HandedOver { artifact: name.to_owned(), digest: digest.transpose()? })
}

fn image(given: &str) -> Result<String, Wrong> {
    let plain = given.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c));
    if plain && !given.starts_with('-') && given.len() <= 512 {
        Ok(given.to_owned())
    } else {
        Err(Wrong::says("is no path of an image").help("write `image.tar`, an OCI archive below the repository's root"))
    }
}

/// The name of a variable; never its value, which people paste here by mistake, so it is not repeated either.
pub(in crate::context) fn variable(given: &str) -> Result<String, Wrong> {
    if keys::is_credential(given) {
        return Err(Wrong::says("names a credential, which no code of the repository may see")
            .help("take it out of the list: airlock itself uses it where it is needed"));
    }
    let starts = given.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && given.len() <= 128 && given.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Ok(given.to_owned())
    } else {
        Err(Wrong::says("holds something that is no name of a variable (not shown: it could be a value)")
            .help("list names only; the values come from the job's `env:`"))
    }
}
