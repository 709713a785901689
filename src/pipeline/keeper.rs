//! The keeper of releases that are kept at GitHub: whom it trusts, and how closely it looks.

use std::rc::Rc;

use super::Run;
use crate::github::Client;
use crate::history::deployments::{DeploymentKeeper, Trust};
use crate::policy::Intent;
use crate::problem::{Fault, Problem};

/// The keeper of what runs outside this machine; a rollback, and a promotion of a named commit, look far back.
pub(super) fn deployments<'a>(run: &Run<'a>, client: &'a Client) -> DeploymentKeeper<'a> {
    let (edges, invocation) = (run.edges, run.invocation);
    let trust = Trust {
        workflow: invocation.run.workflow.clone(),
        repository: client.repository_name(),
        default_branch: invocation.repository.default_branch.clone(),
        environments: invocation.config.environments.clone(),
    };
    let console = Rc::clone(&edges.console);
    let keeper = DeploymentKeeper::new(client, trust, edges.watch, |text| edges.redactor.redact_text(text))
        .telling(move |text| console.say(text));
    let far = run.decision.intent == Intent::Rollback || invocation.inputs.commit.is_some();
    if far {
        return keeper.reading_far_back();
    }
    let targets = run.decision.targets.iter().filter_map(|target| invocation.config.environment(target));
    let close = targets.flat_map(|target| std::iter::once(&target.name).chain(&target.after));
    keeper.looking_closely_at(close.cloned().collect()).asking_witnesses_of(run.decision.targets.clone())
}

/// That there is none.
pub(super) fn no_keeper() -> Problem {
    Problem::new("history-unavailable", Fault::Unreadable, "the release history is in GitHub, and there is no token")
        .help("give `github-token: ${{ github.token }}`, and `deployments: write` under `permissions:` of the job")
}
