//! Which commit goes against what: every mode is a row here, not a pipeline of its own.

use std::collections::BTreeMap;

use crate::context::Invocation;
use crate::context::config::Environment;
use crate::context::config::astro::AstroSpec;
use crate::context::config::command::CommandSpec;
use crate::context::inputs::{CommandChoice, PlatformName};
use crate::names::{CommitSha, EnvironmentName, LaneId, ProjectId};
use crate::policy::{Decision, Intent, Step};
use crate::problem::Problem;
use crate::release::History;

/// A project that was configured or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its folder from the repository's root; empty for the root itself.
    pub path: String,
    /// What its code is.
    pub platform: PlatformName,
    /// Its own test command.
    pub test_command: CommandChoice,
    /// Its own install command.
    pub install_command: CommandChoice,
    /// How the platform `command` reads and deploys it.
    pub command: Option<CommandSpec>,
    /// What it says of itself on the platform `astro`.
    pub astro: AstroSpec,
}

/// Which files a job looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The checkout.
    Checkout,
    /// A commit, in a copy of its own.
    Commit(CommitSha),
}

/// What a lane's plan compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// What the platform runs; the newest release's commit where there is no key.
    Service,
    /// The newest release's commit.
    Recorded,
    /// This commit's code.
    Commit(CommitSha),
}

/// One environment of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneSpec {
    /// The project and the environment.
    pub id: LaneId,
    /// The environment's policy.
    pub environment: Environment,
    /// What to compare with.
    pub against: Against,
    /// Whether this lane is meant to be changed in this run.
    pub applies: bool,
}

/// One project at one commit, and the environments it is looked at for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The project.
    pub project: Project,
    /// Which files.
    pub source: Source,
    /// The environments in order.
    pub lanes: Vec<LaneSpec>,
}

/// The histories of all lanes, as far as they could be read. Unreadable is not empty.
pub type Histories = BTreeMap<LaneId, Result<History, Problem>>;

/// What git says that a pure function cannot ask for itself.
#[derive(Debug, Clone, Default)]
pub struct CommitFacts {
    /// What a code review compares with: the merge base of a pull request, the default branch's tip.
    pub base: Option<CommitSha>,
    /// What a pull request that this run is not itself about brings: a relayed one's head, or what merging it would give.
    pub head: Option<CommitSha>,
    /// The commit that the `commit` input names, resolved.
    pub named: Option<CommitSha>,
}

/// Which commit goes against what, for every project.
///
/// Each intent is a row. A promotion whose source is not known yet still gets its job, from the checkout, so that the
/// gate can list `not-promoted` among all its reasons.
pub fn resolve(
    invocation: &Invocation,
    decision: &Decision,
    projects: &[Project],
    histories: &Histories,
    facts: &CommitFacts,
) -> Vec<Result<Job, Problem>> {
    let view = View { invocation, decision, histories, facts };
    projects.iter().flat_map(|project| view.jobs(project)).collect()
}

struct View<'a> {
    invocation: &'a Invocation,
    decision: &'a Decision,
    histories: &'a Histories,
    facts: &'a CommitFacts,
}

impl View<'_> {
    fn jobs(&self, project: &Project) -> Vec<Result<Job, Problem>> {
        let plans = self.decision.reach.includes(Step::Plan);
        let against = match (self.decision.intent, plans, &self.facts.base) {
            (Intent::CodeReview | Intent::Relay, _, Some(base)) => Against::Commit(base.clone()),
            (_, true, _) => Against::Service,
            (_, false, _) => Against::Recorded,
        };
        let job = |source| self.job(project, source, &against);
        match self.decision.intent {
            Intent::Review | Intent::CodeReview | Intent::Deploy => vec![Ok(job(Source::Checkout))],
            Intent::Adopt => self.by_source(project, |environment| Ok(self.prepared(project, environment))),
            Intent::Promote => self.by_source(project, |environment| Ok(self.promoted(project, environment))),
            Intent::Rollback => {
                self.by_source(project, |environment| self.earlier(project, environment).map(Source::Commit))
            }
            Intent::Drift => self.by_source(project, |environment| Ok(self.recorded(project, environment))),
            Intent::Relay | Intent::Renew => {
                self.facts.head.iter().map(|head| Ok(job(Source::Commit(head.clone())))).collect()
            }
            Intent::Teardown => Vec::new(),
        }
    }

    fn job(&self, project: &Project, source: Source, against: &Against) -> Job {
        let lanes = self.environments().map(|environment| self.lane(project, environment, against.clone())).collect();
        Job { project: project.clone(), source, lanes }
    }

    fn lane(&self, project: &Project, environment: &Environment, against: Against) -> LaneSpec {
        let id = LaneId { project: project.id.clone(), environment: environment.name.clone() };
        let applies = self.decision.targets.contains(&environment.name);
        LaneSpec { id, environment: environment.clone(), against, applies }
    }

    fn environments(&self) -> impl Iterator<Item = &Environment> {
        self.decision.environments.iter().filter_map(|name| self.invocation.config.environment(name))
    }

    fn history(&self, project: &Project, environment: &EnvironmentName) -> Option<&History> {
        let lane = LaneId { project: project.id.clone(), environment: environment.clone() };
        self.histories.get(&lane).and_then(|history| history.as_ref().ok())
    }

    /// The commit that a promotion takes: the named one, else what the environment before runs.
    fn promoted(&self, project: &Project, environment: &Environment) -> Source {
        if let Some(named) = &self.facts.named {
            return Source::Commit(named.clone());
        }
        let before = environment.after.as_ref();
        before
            .and_then(|before| self.history(project, before))
            .and_then(History::current)
            .map_or(Source::Checkout, |release| Source::Commit(release.record.commit.clone()))
    }

    /// The commit that a rollback takes: the given version's, else the newest successful release's of another version.
    fn earlier(&self, project: &Project, environment: &Environment) -> Result<CommitSha, Problem> {
        let lane = LaneId { project: project.id.clone(), environment: environment.name.clone() };
        let history = match self.histories.get(&lane) {
            Some(Ok(history)) => history,
            Some(Err(problem)) => return Err(problem.clone()),
            None => return Err(Problem::bug(format!("the history of {lane} was not read"))),
        };
        let current = history.current().map(|release| &release.record.version);
        let inputs = &self.invocation.inputs;
        let found = match (&inputs.version, &inputs.deploy) {
            (_, Some(deploy)) => history.of_deploy(deploy),
            (Some(version), None) => history.of_version(version),
            (None, None) => {
                history.releases.iter().find(|release| release.is_whole() && Some(&release.record.version) != current)
            }
        };
        found
            .map(|release| release.record.commit.clone())
            .ok_or_else(|| no_such_release(&lane, history, self.invocation))
    }

    /// What a person says runs there: what was prepared, else the checkout.
    fn prepared(&self, project: &Project, environment: &Environment) -> Source {
        let prepared = self.history(project, &environment.name).and_then(History::prepared);
        prepared.map_or(Source::Checkout, |release| Source::Commit(release.record.commit.clone()))
    }

    /// What an environment is recorded to run; one without a release is looked at from the checkout.
    fn recorded(&self, project: &Project, environment: &Environment) -> Source {
        let current = self.history(project, &environment.name).and_then(History::current);
        current.map_or(Source::Checkout, |release| Source::Commit(release.record.commit.clone()))
    }

    /// One job a commit, with the environments that take it. What is wrong with one environment is told beside.
    fn by_source(
        &self,
        project: &Project,
        source_of: impl Fn(&Environment) -> Result<Source, Problem>,
    ) -> Vec<Result<Job, Problem>> {
        let mut jobs: Vec<Job> = Vec::new();
        let mut problems = Vec::new();
        for environment in self.environments() {
            let source = match source_of(environment) {
                Ok(source) => source,
                Err(problem) => {
                    problems.push(Err(problem));
                    continue;
                }
            };
            let lane = self.lane(project, environment, Against::Service);
            match jobs.iter_mut().find(|job| job.source == source) {
                Some(job) => job.lanes.push(lane),
                None => jobs.push(Job { project: project.clone(), source, lanes: vec![lane] }),
            }
        }
        jobs.into_iter().map(Ok).chain(problems).collect()
    }
}

fn no_such_release(lane: &LaneId, history: &History, invocation: &Invocation) -> Problem {
    let mut versions: Vec<String> = history
        .releases
        .iter()
        .filter(|release| release.is_whole())
        .map(|release| release.record.version.to_string())
        .collect();
    versions.dedup();
    let inputs = &invocation.inputs;
    let text = match (&inputs.version, &inputs.deploy) {
        (_, Some(deploy)) => format!("no successful release of {lane} was the platform's deploy `{deploy}`"),
        (Some(version), None) => format!("no successful release {version} of {lane} to roll back to"),
        (None, None) => format!("no earlier successful release of {lane} to roll back to"),
    };
    let known = if versions.is_empty() {
        "nothing has been released there yet".to_owned()
    } else {
        format!("released there, newest first: {}", versions.join(", "))
    };
    let problem = Problem::input("no-such-release", text);
    let problem = match &inputs.deploy {
        Some(_) => problem
            .cause("what somebody else deployed has no release here, so nobody can say what going back to it removes"),
        None => problem,
    };
    problem.help(known)
}

#[cfg(test)]
mod tests;
