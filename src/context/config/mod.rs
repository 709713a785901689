//! `airlock.toml`: projects, environments, policy. Unknown keys are errors that name the nearest known one.

pub mod astro;
pub mod command;
mod compare;
mod read;
mod rules;
pub mod schema;
mod shown;
pub mod surroundings;
mod table;

use std::time::Duration;

pub use compare::{changes, effective};
pub use read::read;
pub(super) use shown::under_policy;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::inputs::{CommandChoice, PlatformName};
use crate::names::{BranchName, EnvironmentName, ProjectId};

/// A project as configured; what is not configured is found by looking at the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSpec {
    /// Its id.
    pub id: ProjectId,
    /// Its folder from the repository's root; empty for the root itself.
    pub path: String,
    /// Its platform; `None` is found by looking.
    pub platform: Option<PlatformName>,
    /// Its test command, where the input does not say.
    pub test_command: CommandChoice,
    /// Its install command, where the input does not say.
    pub install_command: CommandChoice,
    /// How the platform `command` reads and deploys it, or how it is pushed to Paragon; absent on other platforms.
    pub command: Option<command::CommandSpec>,
    /// What a project of the platform `astro` says of itself; as without a table on other platforms.
    pub astro: astro::AstroSpec,
}

/// Outside production: what a removal needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Destructive {
    /// The plan of a pull request merged since the last release named it, or a dispatch consents.
    Reviewed,
    /// Only a dispatch with consent.
    Consent,
}

/// What counts as consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentRule {
    /// Every removal is named, by the person or by a reviewed plan.
    Named,
    /// The bare flag suffices.
    Flag,
}

/// What `allow-destructive` must say for a production deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlagRule {
    /// `true` or `false`.
    Stated,
    /// `true`, for every deploy.
    True,
}

/// A message accepted for good, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The message's code.
    pub code: String,
    /// The resource it is accepted for.
    pub resource: String,
    /// Why.
    pub reason: String,
}

/// A named place to deploy to, with its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Whether only a dispatch may change it.
    pub production: bool,
    /// The branch whose pushes deploy to it; `None`: pushes never do.
    pub branch: Option<BranchName>,
    /// Branches that a dispatch may start from, beside the default branch.
    pub refs: Vec<BranchName>,
    /// The environment that a release must have passed; `None` for the first.
    pub after: Option<EnvironmentName>,
    /// What a removal needs outside production.
    pub destructive: Destructive,
    /// What counts as consent.
    pub consent: ConsentRule,
    /// What the flag must say in production.
    pub flag: FlagRule,
    /// Lasting acceptances.
    pub accept: Vec<Acceptance>,
    /// How long a run waits for another that holds this environment.
    pub wait: Duration,
    /// Where it deploys to, if not to the project's own platform: `local` is the embedded one.
    pub platform: Option<PlatformName>,
    /// The page where it can be looked at, for the record of each deploy.
    pub url: Option<String>,
    /// The name by which a dispatch deploys it together with others.
    pub group: Option<EnvironmentName>,
    /// How long one deploy to it may take; `None`: as long as the job.
    pub time_limit: Option<Duration>,
    /// Whether the previews of pull requests are made from it; where none says so, from the first that is not production.
    pub previews: bool,
}

/// Variables that code of the tree may see beside the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// When dependencies are installed and code is compiled; `None`: what the workflow names.
    pub install: Option<Vec<String>>,
    /// When it is tested; `None`: what the workflow names.
    pub test: Option<Vec<String>>,
}

/// The configuration, valid as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The configured projects; empty: found by looking.
    pub projects: Vec<ProjectSpec>,
    /// The environments in order: each stands after the one it follows.
    pub environments: Vec<Environment>,
    /// Bots that may dispatch.
    pub dispatch_by: Vec<String>,
    /// Whether a schedule tells in the comments of open pull requests what has moved since they were written.
    pub refresh_comments: bool,
    /// What code of the tree may see.
    pub shown: Shown,
}

impl Environment {
    /// An environment with the default policy.
    pub fn named(name: EnvironmentName) -> Self {
        Self {
            name,
            production: false,
            branch: None,
            refs: Vec::new(),
            after: None,
            destructive: Destructive::Reviewed,
            consent: ConsentRule::Named,
            flag: FlagRule::Stated,
            accept: Vec::new(),
            wait: Duration::from_mins(10),
            platform: None,
            url: None,
            group: None,
            time_limit: None,
            previews: false,
        }
    }
}

impl Config {
    /// The environment that the previews of pull requests are made from: the one that says so, else the first that is not production.
    pub fn previewed(&self) -> Option<&Environment> {
        let said = self.environments.iter().find(|environment| environment.previews);
        said.or_else(|| self.environments.iter().find(|environment| !environment.production))
    }

    /// The environment of this name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == *name)
    }

    /// What a dispatch means by this name: the environment, or all of a group, in order.
    pub fn meant(&self, name: &EnvironmentName) -> Vec<&Environment> {
        match self.environment(name) {
            Some(environment) => vec![environment],
            None => self.environments.iter().filter(|environment| environment.group.as_ref() == Some(name)).collect(),
        }
    }

    /// The configuration of a repository without a file: `dev`, which pushes to the default branch deploy, and `prod`,
    /// which is production and follows `dev`.
    pub fn built_in(default_branch: Option<&BranchName>) -> Self {
        let names = EnvironmentName::new("dev").and_then(|dev| Ok((dev, EnvironmentName::new("prod")?)));
        let environments = names.map(|(dev, prod)| {
            let first = Environment::named(dev.clone());
            vec![first, Environment { production: true, after: Some(dev), ..Environment::named(prod) }]
        });
        let config = Self { environments: environments.unwrap_or_default(), ..Self::default() };
        config.with_default_branch(default_branch)
    }

    /// The same with the first environment that is not production deployed by pushes to the default branch, if it names
    /// no branch itself and no other environment has that one.
    #[must_use]
    pub fn with_default_branch(mut self, default_branch: Option<&BranchName>) -> Self {
        let taken = self.environments.iter().any(|environment| environment.branch.as_ref() == default_branch);
        let first = self.environments.iter_mut().find(|environment| !environment.production);
        if let Some(first) = first.filter(|first| first.branch.is_none() && !taken) {
            first.branch = default_branch.cloned();
        }
        self
    }
}

#[cfg(test)]
mod tests;
