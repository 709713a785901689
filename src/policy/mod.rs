//! What each event may do: the security specification as one pure function.
//!
//! [`ceiling`] is the table, a row an event; [`decide`] fills in where and what for, and can only stay below it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Invocation;
use crate::context::config::Environment;
use crate::context::event::{Actor, Dispatch, Event, PullRequest, PullState, Push, Ref};
use crate::context::inputs::Mode;
use crate::names::EnvironmentName;

/// What a run may apply to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A configured environment.
    Live {
        /// Which.
        environment: EnvironmentName,
        /// Whether it is production.
        production: bool,
    },
    /// A pull request's own preview.
    Preview {
        /// The pull request.
        pull: u64,
    },
    /// Only the removal of a pull request's preview.
    Teardown {
        /// The pull request.
        pull: u64,
    },
    /// Only the removal of previews whose pull requests are closed.
    Leftovers,
}

/// How far a run may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nothing at all.
    Nothing,
    /// Read the tree; execute nothing of it.
    Parse,
    /// Also install, compile and test; no platform credentials.
    Check,
    /// Also read platforms and show plans.
    Plan,
    /// Also change this target.
    Apply(Target),
}

/// A step that a reach may include.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Read the tree.
    Parse,
    /// Execute the tree's code.
    Check,
    /// Read platforms.
    Plan,
    /// Change a preview.
    ApplyPreview,
    /// Change an environment that is not production.
    ApplyEnvironment,
    /// Change production.
    ApplyProduction,
}

impl Reach {
    /// The highest step that this reach includes; `None` for [`Reach::Nothing`].
    pub fn highest(&self) -> Option<Step> {
        match self {
            Self::Nothing => None,
            Self::Parse => Some(Step::Parse),
            Self::Check => Some(Step::Check),
            Self::Plan => Some(Step::Plan),
            Self::Apply(Target::Preview { .. } | Target::Teardown { .. } | Target::Leftovers) => {
                Some(Step::ApplyPreview)
            }
            Self::Apply(Target::Live { production: false, .. }) => Some(Step::ApplyEnvironment),
            Self::Apply(Target::Live { production: true, .. }) => Some(Step::ApplyProduction),
        }
    }

    /// Whether a step may be taken.
    pub fn includes(&self, step: Step) -> bool {
        match self {
            // Removing a preview needs neither checks nor a plan.
            Self::Apply(Target::Teardown { .. }) => step == Step::ApplyPreview,
            _ => self.highest().is_some_and(|highest| step <= highest),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Parse => f.write_str("parse"),
            Self::Check => f.write_str("check"),
            Self::Plan => f.write_str("plan"),
            Self::Apply(Target::Live { environment, .. }) => write!(f, "apply to {environment}"),
            Self::Apply(Target::Preview { pull }) => write!(f, "apply to the preview of #{pull}"),
            Self::Apply(Target::Teardown { pull }) => write!(f, "remove the preview of #{pull}"),
            Self::Apply(Target::Leftovers) => f.write_str("remove previews of closed pull requests"),
        }
    }
}

/// What the run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// Show what would happen.
    Review,
    /// Show what the code changes, compared with another commit: no platform is asked.
    CodeReview,
    /// Deploy what is checked out.
    Deploy,
    /// Deploy what the environment before runs.
    Promote,
    /// Deploy an earlier release again.
    Rollback,
    /// Record what is live as the first release.
    Adopt,
    /// Compare what is live with what was recorded.
    Drift,
    /// Render what an untrusted run could not.
    Relay,
    /// Show anew what an open pull request would change; nothing of it is executed.
    Renew,
    /// Remove a preview.
    Teardown,
}

/// The decision: how far, what for, where, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// How far the run may go.
    pub reach: Reach,
    /// What it is for.
    pub intent: Intent,
    /// The environments it looks at, in order.
    pub environments: Vec<EnvironmentName>,
    /// Those that it is meant to change; with `dry-run` the gate is asked and nothing is applied.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub targets: Vec<EnvironmentName>,
    /// Those that the same event would change without `mode: plan`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub would: Vec<EnvironmentName>,
    /// Whether it may write to GitHub (comments, checks, records).
    pub writes: bool,
    /// Why, in one line for people.
    pub reason: String,
}

/// The highest step an event can ever lead to, whatever is configured or asked for. `None`: nothing at all.
///
/// `actor` is who set the run off (`GITHUB_ACTOR`); Dependabot behind any part of an event gets no credentials.
pub fn ceiling(event: &Event, actor: &str) -> Option<Step> {
    let row = match event {
        Event::PullRequest(pull) if pull.is_fork() => Some(Step::Check),
        Event::PullRequest(_) => Some(Step::ApplyPreview),
        Event::PullRequestTarget(_) => Some(Step::Parse),
        Event::MergeGroup(_) | Event::Other(_) => Some(Step::Check),
        Event::Push(Push { after: None, .. }) => None,
        Event::Push(Push { to: Ref::Branch(_), .. }) => Some(Step::ApplyEnvironment),
        Event::Push(_) => Some(Step::Check),
        Event::Dispatch(_) => Some(Step::ApplyProduction),
        Event::WorkflowRun(_) => Some(Step::Plan),
        Event::Schedule => Some(Step::ApplyPreview),
    };
    if is_dependabot(event, actor) { row.min(Some(Step::Check)) } else { row }
}

/// Decides how far this run may go, what for, where and why.
pub fn decide(invocation: &Invocation) -> Decision {
    let decision = match &invocation.event {
        Event::PullRequest(pull) => pull_request(invocation, pull),
        Event::PullRequestTarget(_) => {
            stop(Reach::Parse, "pull_request_target is privileged: nothing of the tree is executed, ever")
        }
        Event::Push(push) => self::push(invocation, push),
        Event::Dispatch(dispatch) => self::dispatch(invocation, dispatch),
        Event::MergeGroup(_) => {
            review(invocation, Reach::Check, "a merge queue may hold a fork's code: checks, and plans without keys")
        }
        Event::Schedule => {
            clearing(drift(invocation, "a schedule compares what is live with what was recorded"), invocation)
        }
        Event::WorkflowRun(_) => Decision {
            intent: Intent::Relay,
            reach: Reach::Plan,
            writes: true,
            ..code_review(
                invocation,
                "another workflow has run: what its pull request changes is read, nothing of it is executed",
            )
        },
        Event::Other(name) => stop(Reach::Check, &format!("the event `{name}` deploys nothing: checks only")),
    };
    lower(invocation, decision)
}

/// What a schedule may do for the comment of an open pull request of this repository: no more than its own look for drift.
pub fn renewal(invocation: &Invocation) -> Decision {
    let reason = "a schedule makes the plan of an open pull request anew: it is read, nothing of it is executed";
    Decision { intent: Intent::Renew, ..review(invocation, Reach::Plan, reason) }
}

/// What inputs and the event's actor take away. Nothing here adds.
fn lower(invocation: &Invocation, mut decision: Decision) -> Decision {
    let ceiling = ceiling(&invocation.event, &invocation.run.actor);
    if decision.reach.highest() > ceiling {
        decision = match ceiling {
            Some(Step::Check) => {
                code_review(invocation, "Dependabot's runs get no credentials: checks, and the plan of the code")
            }
            Some(Step::Plan) => review(invocation, Reach::Plan, "this event goes no further than a plan"),
            Some(Step::Parse) => stop(Reach::Parse, "this event goes no further than parsing"),
            _ => stop(Reach::Nothing, "this event does nothing"),
        };
    }
    let inputs = &invocation.inputs;
    let looks = inputs.mode != Mode::Auto || inputs.dry_run || inputs.hand_over;
    if looks && decision.reach == Reach::Apply(Target::Leftovers) {
        decision.reach = Reach::Plan;
    }
    let applies = matches!(decision.reach, Reach::Apply(Target::Live { .. } | Target::Preview { .. }));
    match invocation.inputs.mode {
        _ if applies && invocation.inputs.hand_over => {
            let reason = format!("{}; `hand-over` checks it for a later job and applies nothing", decision.reason);
            Decision { reach: Reach::Plan, targets: Vec::new(), reason, ..decision }
        }
        Mode::Plan if applies => Decision {
            would: decision.targets,
            ..review(invocation, Reach::Plan, "`mode: plan` goes no further than the plans")
        },
        Mode::Drift if decision.reach.includes(Step::Plan) => {
            drift(invocation, "`mode: drift` compares what is live with what was recorded")
        }
        Mode::Rollback | Mode::Adopt if applies && !matches!(invocation.event, Event::Dispatch(_)) => {
            review(invocation, Reach::Plan, "`mode: rollback` and `mode: adopt` need a workflow_dispatch: plans only")
        }
        // A part of the tests proves too little for a deploy.
        _ if applies && invocation.inputs.shard.is_some_and(|shard| shard.part.is_some()) => {
            review(invocation, Reach::Plan, "`shard` runs a part of the tests: checks and plans only")
        }
        _ if applies && invocation.inputs.dry_run => {
            let reason = format!("{}; `dry-run` asks the gate and applies nothing", decision.reason);
            Decision { reach: Reach::Plan, reason, ..decision }
        }
        _ => decision,
    }
}

fn pull_request(invocation: &Invocation, pull: &PullRequest) -> Decision {
    let number = pull.number;
    match pull.state {
        PullState::Closed { .. } if pull.is_fork() => stop(Reach::Nothing, "a fork's pull request was closed"),
        PullState::Closed { .. } => Decision {
            intent: Intent::Teardown,
            writes: true,
            ..stop(Reach::Apply(Target::Teardown { pull: number }), "the pull request was closed")
        },
        PullState::Open if pull.is_fork() => {
            code_review(invocation, "a fork's pull request: checks, and the plan of the code, without credentials")
        }
        PullState::Open if invocation.inputs.preview && pull.draft => review(
            invocation,
            Reach::Plan,
            "a draft: checks, and plans for every environment; its preview comes when it is ready for review",
        ),
        PullState::Open if invocation.inputs.preview => review(
            invocation,
            Reach::Apply(Target::Preview { pull: number }),
            "a pull request: checks, plans for every environment, a preview",
        ),
        PullState::Open => review(invocation, Reach::Plan, "a pull request: checks, and plans for every environment"),
    }
}

fn push(invocation: &Invocation, push: &Push) -> Decision {
    let branch = match &push.to {
        _ if push.after.is_none() => return stop(Reach::Nothing, "a ref was deleted: there is nothing to check"),
        Ref::Branch(branch) => branch,
        Ref::Tag(tag) => return stop(Reach::Check, &format!("the tag `{tag}` deploys nothing: checks only")),
        Ref::Other(name) => return stop(Reach::Check, &format!("`{name}` deploys nothing: checks only")),
    };
    let deployed = |environment: &&Environment| !environment.production && environment.branch.as_ref() == Some(branch);
    match invocation.config.environments.iter().find(deployed) {
        Some(environment) => {
            target(&[environment], Intent::Deploy, &format!("a push to `{branch}` deploys {}", environment.name))
        }
        None => stop(Reach::Check, &format!("no environment is deployed by pushes to `{branch}`: checks only")),
    }
}

fn dispatch(invocation: &Invocation, _: &Dispatch) -> Decision {
    let inputs = &invocation.inputs;
    let Some(name) = &inputs.environment else {
        let plans = review(invocation, Reach::Plan, "the dispatch names no environment: plans only");
        return clearing(plans, invocation);
    };
    let meant = invocation.config.meant(name);
    if meant.is_empty() {
        return review(invocation, Reach::Plan, &format!("`{name}` is no environment of the policy: plans only"));
    }
    let follows = meant.iter().any(|environment| environment.after.is_some());
    let (intent, what) = match inputs.mode {
        Mode::Rollback => (Intent::Rollback, "rolls back"),
        Mode::Adopt => (Intent::Adopt, "records what is live in"),
        Mode::Auto | Mode::Plan | Mode::Drift if !follows || inputs.hotfix.is_some() => (Intent::Deploy, "deploys"),
        Mode::Auto | Mode::Plan | Mode::Drift => (Intent::Promote, "promotes to"),
    };
    let names: Vec<&str> = meant.iter().map(|environment| environment.name.as_str()).collect();
    target(&meant, intent, &format!("a dispatch {what} {}", names.join(", ")))
}

fn is_dependabot(event: &Event, actor: &str) -> bool {
    let senders: Vec<&Actor> = match event {
        Event::PullRequest(pull) | Event::PullRequestTarget(pull) => vec![&pull.author, &pull.sender],
        Event::Push(push) => vec![&push.sender],
        Event::Dispatch(dispatch) => vec![&dispatch.sender],
        Event::MergeGroup(group) => vec![&group.sender],
        Event::Schedule | Event::WorkflowRun(_) | Event::Other(_) => Vec::new(),
    };
    actor == Actor::DEPENDABOT || senders.into_iter().any(Actor::is_dependabot)
}

fn stop(reach: Reach, reason: &str) -> Decision {
    Decision {
        reach,
        intent: Intent::Review,
        environments: Vec::new(),
        targets: Vec::new(),
        would: Vec::new(),
        writes: false,
        reason: reason.into(),
    }
}

fn review(invocation: &Invocation, reach: Reach, reason: &str) -> Decision {
    let environments = invocation.config.environments.iter().map(|environment| environment.name.clone()).collect();
    Decision { environments, writes: reach.includes(Step::Plan), ..stop(reach, reason) }
}

fn code_review(invocation: &Invocation, reason: &str) -> Decision {
    let environments = invocation.config.environments.first().map(|environment| environment.name.clone());
    Decision {
        intent: Intent::CodeReview,
        environments: environments.into_iter().collect(),
        ..stop(Reach::Check, reason)
    }
}

fn drift(invocation: &Invocation, reason: &str) -> Decision {
    Decision { intent: Intent::Drift, ..review(invocation, Reach::Plan, reason) }
}

/// The same, which also removes previews that their pull requests have left behind, where previews are asked for.
fn clearing(decision: Decision, invocation: &Invocation) -> Decision {
    if !invocation.inputs.preview {
        return decision;
    }
    let reason = format!("{}; previews of closed pull requests are removed", decision.reason);
    Decision { reach: Reach::Apply(Target::Leftovers), reason, ..decision }
}

/// Environments to change, of which the configuration's rules say that all or none are production.
fn target(meant: &[&Environment], intent: Intent, reason: &str) -> Decision {
    let names: Vec<EnvironmentName> = meant.iter().map(|environment| environment.name.clone()).collect();
    let Some(first) = names.first().cloned() else { return stop(Reach::Nothing, reason) };
    let production = meant.iter().any(|environment| environment.production);
    Decision {
        reach: Reach::Apply(Target::Live { environment: first, production }),
        intent,
        environments: names.clone(),
        targets: names,
        would: Vec::new(),
        writes: true,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
