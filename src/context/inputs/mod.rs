//! The inputs: declared once in [`TABLE`], read from `INPUT_*`, completed from a dispatch event.
//!
//! The one input that is not here is `github-token`: it is a credential, so only [`crate::keys::Keys`] has it.

mod parts;
mod read;
mod table;

use std::time::Duration;

pub(super) use read::variable;
pub use read::{from_pairs, notes, read};
pub use table::{Form, InputSpec, TABLE, spec};

use semver::Version;

use crate::names::{EnvironmentName, ProjectId};

/// Whether `allow-destructive` was stated: only a truth value in a spelling of YAML's core schema states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// `true`: things may be removed.
    Yes,
    /// `false`: nothing may be removed.
    No,
    /// Empty, or `choose`.
    NotStated,
}

/// What `mode` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// What the event calls for.
    Auto,
    /// Go no further than the plan.
    Plan,
    /// Deploy an earlier release again.
    Rollback,
    /// Record what is live as the first release.
    Adopt,
    /// Compare what is live with what was recorded.
    Drift,
}

/// Whether tree code may run at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execute {
    /// As needed.
    Auto,
    /// Never in this job.
    Never,
}

/// A command to run: found by looking at the project, none, or these arguments. Never a shell line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandChoice {
    /// Look at the project.
    Auto,
    /// Run nothing, and say so.
    None,
    /// These arguments, the program first; never empty.
    Argv(Vec<String>),
}

/// What the person named for removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentInput {
    /// Nothing was named.
    Nothing,
    /// Resource ids as typed (`github/issues`, `sync:github/issues`, `…#Model`), never globs.
    Ids(Vec<String>),
    /// The full digest of the plan that was read.
    Digest(crate::names::Digest),
}

/// What an earlier job of this run handed over: the artifact that it lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The artifact's name.
    pub artifact: String,
    /// The digest of the file in it, as that job told it; the file must have it.
    pub digest: Option<crate::names::Digest>,
}

/// An accepted message: its code, and the subject it is accepted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// The message's code.
    pub code: String,
    /// The resource as typed.
    pub resource: String,
}

/// Which platform, where not `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlatformName {
    /// Nango functions.
    Nango,
    /// Airflow DAGs on Astro.
    Astro,
    /// Paragon workflows.
    Paragon,
    /// The repository's own deploy command.
    Command,
    /// The embedded one: a folder on disk, under whatever the project is.
    Local,
}

impl PlatformName {
    /// Every platform.
    pub const ALL: [Self; 5] = [Self::Nango, Self::Astro, Self::Paragon, Self::Command, Self::Local];

    /// The name as it is written in inputs and in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nango => "nango",
            Self::Astro => "astro",
            Self::Paragon => "paragon",
            Self::Command => "command",
            Self::Local => "local",
        }
    }
}

/// Every input, valid. `None`, `Auto` or an empty list where nothing was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// Only these projects.
    pub project: Vec<ProjectId>,
    /// The platform, where not found by looking.
    pub platform: Option<PlatformName>,
    /// The environment to deploy to.
    pub environment: Option<EnvironmentName>,
    /// Whether things may be removed.
    pub allow_destructive: Stated,
    /// What is named for removal.
    pub consent: ConsentInput,
    /// The version to give; `None` is `auto`. For a rollback the version to go back to.
    pub version: Option<Version>,
    /// In place of a version to go back to: the platform's own id of the deploy that brought it.
    pub deploy: Option<String>,
    /// The release's description.
    pub description: Option<String>,
    /// The commit to promote, as typed.
    pub commit: Option<String>,
    /// The part of each project that this run is about, as typed.
    pub only: Option<String>,
    /// The reason for a hotfix.
    pub hotfix: Option<String>,
    /// Accepted messages.
    pub accept: Vec<Accept>,
    /// What to do.
    pub mode: Mode,
    /// Whether tree code may run.
    pub execute: Execute,
    /// Whether what was compiled and checked is written down for a later job; nothing is applied then.
    pub hand_over: bool,
    /// What an earlier job handed over; only with [`Execute::Never`].
    pub handed_over: Option<HandedOver>,
    /// The test command.
    pub test_command: CommandChoice,
    /// JUnit files written by an earlier step, as globs from the repository's root.
    pub test_results: Vec<String>,
    /// Check runs that tested this commit.
    pub tested_by: Vec<String>,
    /// Time limit of the test command.
    pub test_timeout: Duration,
    /// Names of variables that the test command may see.
    pub test_env: Vec<String>,
    /// What is put back into the workspace after the tests: files and folders, from the repository's root.
    pub test_artifacts: Vec<String>,
    /// The install command.
    pub install_command: CommandChoice,
    /// Names of variables that the install command may see.
    pub install_env: Vec<String>,
    /// The path, below the repository's root, of an image built by an earlier step.
    pub image: Option<String>,
    /// Whether pull requests get a preview deployment.
    pub preview: bool,
    /// Do everything but apply.
    pub dry_run: bool,
    /// Into how many parts the tests are split, and which of them runs here.
    pub shard: Option<Shard>,
    /// The digest that the plan must have.
    pub plan_digest: Option<crate::names::Digest>,
    /// Whether another job tells what this one did.
    pub part: bool,
    /// Reports of other jobs, as globs from the repository's root: to be told together, instead of anything else.
    pub reports: Vec<String>,
    /// The parts whose reports must be there.
    pub matrix: Vec<MatrixRow>,
    /// The configuration's path from the repository's root.
    pub config: Option<String>,
}

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1; `None`: the number alone was given.
    pub part: Option<u32>,
    /// How many there are.
    pub of: u32,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.part {
            Some(part) => write!(f, "{part}/{}", self.of),
            None => write!(f, "{}", self.of),
        }
    }
}

/// One job of a matrix, as far as its report is looked for by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// The project.
    pub project: ProjectId,
    /// The environment; empty where the job is about all.
    pub environment: String,
    /// The part of the tests; empty where there is but one.
    pub shard: String,
}

impl Default for Inputs {
    /// Nothing given: every default is the safe one.
    fn default() -> Self {
        Self {
            project: Vec::new(),
            platform: None,
            environment: None,
            allow_destructive: Stated::NotStated,
            consent: ConsentInput::Nothing,
            version: None,
            deploy: None,
            description: None,
            commit: None,
            only: None,
            hotfix: None,
            accept: Vec::new(),
            mode: Mode::Auto,
            execute: Execute::Auto,
            hand_over: false,
            handed_over: None,
            test_command: CommandChoice::Auto,
            test_results: Vec::new(),
            tested_by: Vec::new(),
            test_timeout: Duration::from_mins(30),
            test_env: Vec::new(),
            test_artifacts: Vec::new(),
            install_command: CommandChoice::Auto,
            install_env: Vec::new(),
            image: None,
            preview: false,
            dry_run: false,
            shard: None,
            plan_digest: None,
            part: false,
            reports: Vec::new(),
            matrix: Vec::new(),
            config: None,
        }
    }
}

#[cfg(test)]
mod tests;
