//! From the snapshot of the environment to an [`Invocation`]: everything is read before anything is refused.

use jiff::Timestamp;
use serde_json::Value;

use super::config::{self, Config};
use super::env::Env;
use super::event::{self, Event};
use super::inputs::{self, Inputs};
use super::{Invocation, Repository, Run, facts};
use crate::names::BranchName;
use crate::problem::{Fault, Problem, Problems};

/// The configuration's file where no input names another.
pub const CONFIG_FILE: &str = "airlock.toml";

/// What is known before any configuration was read. Each part stands for itself, so that what is wrong with one does
/// not hide what is wrong with another.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// What was asked for.
    pub inputs: Result<Inputs, Problems>,
    /// The event's name as it was given, readable or not.
    pub event_name: String,
    /// What happened.
    pub event: Result<Event, Problem>,
    /// Where.
    pub repository: Result<Repository, Problems>,
    /// In which run.
    pub run: Result<Run, Problems>,
    /// When the run began, by our clock.
    pub started: Timestamp,
    /// What a person should know though it stops nothing, one sentence each.
    pub notes: Vec<String>,
}

impl Gathered {
    /// Reads the run's own environment: inputs, event, repository and run.
    pub fn read(env: &Env, now: Timestamp) -> Self {
        let (event, payload) = event_of(env);
        // Without a readable event the inputs are still worth reading: their problems are told in the same breath.
        let standing_in = Event::Other(String::new());
        let known = event.as_ref().unwrap_or(&standing_in);
        Self {
            inputs: inputs::read(env, known),
            notes: notes(env, known),
            repository: facts::repository(env, &payload),
            run: facts::run(env, now),
            started: now,
            event_name: env.get("GITHUB_EVENT_NAME").unwrap_or("unknown event").to_owned(),
            event,
        }
    }

    /// What `simulate` states itself.
    pub fn stated(inputs: Inputs, event: Event, repository: Repository, run: Run) -> Self {
        Self {
            inputs: Ok(inputs),
            event_name: event.name().to_owned(),
            event: Ok(event),
            repository: Ok(repository),
            started: run.started,
            run: Ok(run),
            notes: Vec::new(),
        }
    }

    /// The configuration's path from the repository's root.
    pub fn config_path(&self) -> &str {
        self.inputs.as_ref().ok().and_then(|inputs| inputs.config.as_deref()).unwrap_or(CONFIG_FILE)
    }

    /// The repository's default branch, where the event told it.
    pub fn default_branch(&self) -> Option<&BranchName> {
        self.repository.as_ref().ok().and_then(|repository| repository.default_branch.as_ref())
    }
}

/// The event and its payload; `null` stands for a payload that could not be read.
fn event_of(env: &Env) -> (Result<Event, Problem>, Value) {
    match env.event_payload() {
        Ok(payload) => (event::read(env.get("GITHUB_EVENT_NAME").unwrap_or_default(), &payload, env), payload),
        Err(problem) => (Err(problem), Value::Null),
    }
}

fn notes(env: &Env, event: &Event) -> Vec<String> {
    let mut notes = inputs::notes(env, event);
    if !env.not_text().is_empty() {
        let names: Vec<_> = env.not_text().iter().map(|name| super::words::shown(name)).collect();
        notes.push(format!("these variables are not UTF-8 text and were left out: {}", names.join(", ")));
    }
    notes
}

impl Invocation {
    /// Puts the configurations to what was gathered. The policy is the configuration of the default branch's commit,
    /// `None` where that commit has no such file; the projects are those of the checkout's configuration.
    ///
    /// A policy that cannot be read is kept as [`Invocation::policy_unreadable`]; the built-in one stands in for it.
    ///
    /// # Errors
    /// Every problem of the inputs, the event, the runner's facts and the checkout's configuration.
    pub fn new(
        gathered: Gathered,
        policy: Result<Option<String>, Problem>,
        checkout: Option<&str>,
    ) -> Result<Self, Problems> {
        let path = gathered.config_path().to_owned();
        let branch = gathered.default_branch().cloned();
        let read = |text: Option<&str>| match text {
            Some(text) => config::read(text, &path).map(|config| config.with_default_branch(branch.as_ref())),
            None => Ok(Config::built_in(branch.as_ref())),
        };
        let Gathered { inputs, event, repository, run, event_name: _, started: _, notes: _ } = gathered;
        let checkout = read(checkout);
        let (policy, policy_unreadable) =
            match policy.and_then(|text| read(text.as_deref()).map_err(|problems| unreadable(&problems))) {
                Ok(policy) => (policy, None),
                Err(problem) => (Config::built_in(branch.as_ref()), Some(problem)),
            };
        let inputs = inputs.and_then(|inputs| config::under_policy(&policy, inputs));
        match (inputs, event, repository, run, checkout) {
            (Ok(inputs), Ok(event), Ok(repository), Ok(run), Ok(checkout)) => Ok(Self {
                inputs,
                policy_changes: if policy_unreadable.is_none() {
                    config::changes(&policy, &checkout)
                } else {
                    Vec::new()
                },
                config: config::effective(policy, checkout),
                policy_unreadable,
                event,
                repository,
                run,
            }),
            (inputs, event, repository, run, checkout) => Err([
                event.err().map(|problem| vec![problem]),
                inputs.err(),
                repository.err(),
                run.err(),
                checkout.err(),
            ]
            .into_iter()
            .flatten()
            .flatten()
            .collect()),
        }
    }
}

/// The problems of the policy's text as the one that the gate refuses with.
fn unreadable(problems: &[Problem]) -> Problem {
    let whole = Problem::new(
        "policy-unreadable",
        Fault::Input,
        "the default branch's configuration cannot be used, so nothing may be deployed",
    )
    .help("correct the file on the default branch first");
    problems.iter().fold(whole, |whole, problem| whole.cause(problem.to_string()))
}
