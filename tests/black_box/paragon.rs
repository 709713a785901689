//! The example of a Paragon project, through its three environments.

#[path = "../../src/tests/paragon.rs"]
mod stand_in;

pub(crate) use stand_in::CLI_KEY;
use stand_in::{KEY, Paragon};

use crate::world::{Ran, World};

const TASKS: &str = "src/integrations/salesforce/workflows/Sync new tasks.ts";

#[test]
fn the_paragon_example_goes_from_development_to_production() {
    let world = World::paragon();
    let production = "dispatch --environment production --allow-destructive";
    world.airlock("inspect").says(0, &["New task", "custom.whereby", "draft"]);
    world.simulate("push").says(0, &["1.0.0-development.1"]);
    world.simulate("dispatch --environment staging").says(0, &["1.0.0"]);
    world.simulate(&format!("{production} false")).says(4, &["warning-unresolved", "custom.whereby"]);

    world.replace(
        "airlock.environment.toml",
        "[production]\nsecrets = [\"ACME_API_KEY\"]\nintegrations = [\"salesforce\"]",
        "[production]\nsecrets = [\"ACME_API_KEY\"]\nintegrations = [\"salesforce\", \"custom.whereby\"]",
    );
    world.commit("Whereby is configured in production");
    world.simulate("push").says(0, &[]);
    world.simulate("dispatch --environment staging").says(0, &[]);
    world.simulate(&format!("{production} false")).says(0, &["production now runs"]);

    world.git(&["rm", "-q", "--", "src/events/New task.ts"]);
    world.replace(TASKS, "import newTask from '../../../events/New task';\n", "");
    world.replace(TASKS, "new EventStep(newTask)", "new CronStep({ cron: '*/5 * * * *' })");
    world.commit("Ask for tasks instead");
    let plan = world.airlock("plan --base HEAD~1");
    plan.says(0, &["Removes 1", "it started", "trigger event → cron"]);
    world.simulate("push").says(4, &["destructive-without-consent", "New task"]);
}

#[test]
fn what_is_said_of_an_environment_that_does_not_exist_is_told() {
    let world = World::paragon();
    world.replace("airlock.environment.toml", "[staging]", "[stagin]");
    world.commit("Mistype");
    world.simulate("push").says(3, &["airlock.environment.toml:7", "did you mean staging?"]);
}

/// Paragon's CLI as far as this goes: it says what TypeScript says.
const PARA: &str = "#!/bin/sh\ntest \"$1\" = build || exit 9\necho 'src/shared/acme.ts:3:1 - error TS2304: Cannot find name.'\nexit 2\n";

#[test]
fn types_that_do_not_hold_are_findings_where_the_cli_is_installed() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::paragon();
    world.write("node_modules/.bin/para", PARA);
    std::fs::set_permissions(world.path("node_modules/.bin/para"), std::fs::Permissions::from_mode(0o755)).unwrap();
    world.simulate("push").says(3, &["src/shared/acme.ts:3", "Cannot find name", "para build"]);
    assert!(world.releases("development").is_empty());
}

/// The example, and a Paragon with a project for each environment.
pub(crate) struct Live {
    pub(crate) world: World,
    paragon: Paragon,
    /// Keeps the Paragon awake.
    _runtime: tokio::runtime::Runtime,
}

impl Live {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { world: World::paragon(), paragon: runtime.block_on(Paragon::start()), _runtime: runtime }
    }

    fn simulate(&self, words: &str) -> Ran {
        self.keyed(words).output().unwrap().into()
    }

    /// A run with what reads each environment, and with no key to push.
    pub(crate) fn keyed(&self, words: &str) -> std::process::Command {
        let mut command = self.command(words);
        for environment in ["DEVELOPMENT", "STAGING", "PRODUCTION"] {
            command.env(format!("PARAGON_PROJECT_ID_{environment}"), environment.to_lowercase());
            command.env(format!("PARAGON_SIGNING_KEY_{environment}"), KEY);
        }
        command
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.paragon.url()
    }

    fn command(&self, words: &str) -> std::process::Command {
        let mut command = self.world.command();
        command.arg("simulate").args(words.split_whitespace()).args(["--platform", "paragon"]);
        command.env("PARAGON_API_URL", self.paragon.url());
        command
    }

    /// Version, kind and result of each release, newest first.
    pub(crate) fn told(&self, environment: &str) -> Vec<String> {
        let words = format!("history --platform paragon --environment {environment} --json");
        let releases = self.world.airlock(&words).says(0, &[]).json();
        let word = |release: &serde_json::Value, key: &str| release[key].as_str().unwrap_or("?").to_owned();
        let tell = |release| ["version", "kind", "result"].map(|key| word(release, key)).join(" ");
        releases.as_array().unwrap().iter().map(tell).collect()
    }

    /// A person releases all that the example declares.
    fn release(&self, environment: &str) {
        let listed = self.world.airlock("inspect --json").json();
        let mut there: Vec<(String, Vec<String>)> = Vec::new();
        for resource in listed["resources"].as_array().unwrap() {
            let id = resource["id"].as_str().unwrap();
            match resource["kind"].as_str().unwrap() {
                "integration" => there.push((id.to_owned(), Vec::new())),
                "workflow" => {
                    let (integration, workflow) = id.split_once('/').unwrap();
                    there.iter_mut().find(|(name, _)| name == integration).unwrap().1.push(workflow.to_owned());
                }
                _ => {}
            }
        }
        let ids: Vec<Vec<&str>> = there.iter().map(|(_, ids)| ids.iter().map(String::as_str).collect()).collect();
        let there: Vec<(&str, &[&str])> =
            there.iter().zip(&ids).map(|((name, _), ids)| (name.as_str(), ids.as_slice())).collect();
        self.paragon.deployed(environment, &there);
    }
}

#[test]
fn a_release_is_prepared_made_by_a_person_and_confirmed() {
    let live = Live::new();
    let adopt = |environment: &str| format!("dispatch --environment {environment} --mode adopt");
    live.simulate("push").says(0, &["is prepared, and released by hand", "para push", "[ ]", "--mode adopt"]);
    assert_eq!(live.told("development"), ["1.0.0-development.1 deploy prepared"]);
    live.simulate("dispatch --environment staging").says(4, &["not-promoted", "is prepared in development"]);

    // Nobody's word counts against what can be read.
    live.simulate(&adopt("development")).says(4, &["basis-unreadable", "is not there"]);
    live.release("development");
    live.simulate(&adopt("development")).says(0, &["is recorded to run 1.0.0-development.1", "on a person's word"]);
    assert_eq!(
        live.told("development"),
        ["1.0.0-development.1 confirm success", "1.0.0-development.1 deploy prepared"]
    );
    live.simulate("push").says(0, &["already"]);

    live.simulate("dispatch --environment staging").says(0, &["Paragon's dashboard", "Give it the version"]);
    live.release("staging");
    live.simulate(&adopt("staging")).says(0, &["recorded to run"]);
    let shown = live.simulate("dispatch --environment production --allow-destructive false");
    shown.says(4, &["warning-unresolved", "custom.whereby"]);
}

#[test]
fn a_confirmation_is_of_what_was_prepared_though_the_branch_moved_on() {
    let live = Live::new();
    live.simulate("push").says(0, &["prepared"]);
    live.release("development");
    live.world.git(&["rm", "-q", "--", "src/events/New task.ts"]);
    live.world.replace(TASKS, "import newTask from '../../../events/New task';\n", "");
    live.world.replace(TASKS, "new EventStep(newTask)", "new CronStep({ cron: '*/5 * * * *' })");
    live.world.commit("Ask for tasks instead");
    live.simulate("dispatch --environment development --mode adopt").says(0, &["1.0.0-development.1"]);
    // What was removed since is still asked for by name.
    live.simulate("push").says(4, &["destructive-without-consent", "New task"]);
}

#[test]
fn without_keys_a_persons_word_is_the_first_record() {
    let live = Live::new();
    let run = |words: &str| Ran::from(live.command(words).output().unwrap());
    run("push").says(4, &["basis-unreadable", "PARAGON_SIGNING_KEY"]);
    run("dispatch --environment development --mode adopt").says(0, &["on a person's word"]);
    run("push").says(0, &["already"]);
}
