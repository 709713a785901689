//! A run as it begins: what is known of its event, its repository and itself goes into the outcome before any stage.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::context::event::{Event, Ref};
use crate::context::inputs::Shard;
use crate::context::{Gathered, Host, Invocation, Repository, Run};
use crate::names::{BranchName, CommitSha};
use crate::outcome::{Outcome, REPORT_SCHEMA, RunFacts};
use crate::policy::Decision;

/// What is known. Each part may be missing: a run that was given what it cannot use has an outcome all the same.
pub(super) struct Begun<'a> {
    name: &'a str,
    event: Option<&'a Event>,
    repository: Option<&'a Repository>,
    run: Option<&'a Run>,
    shard: Option<Shard>,
    started: Timestamp,
}

impl<'a> From<&'a Invocation> for Begun<'a> {
    fn from(from: &'a Invocation) -> Self {
        Self {
            name: from.event.name(),
            event: Some(&from.event),
            repository: Some(&from.repository),
            run: Some(&from.run),
            shard: from.inputs.shard,
            started: from.run.started,
        }
    }
}

impl<'a> From<&'a Gathered> for Begun<'a> {
    fn from(from: &'a Gathered) -> Self {
        Self {
            name: &from.event_name,
            event: from.event.as_ref().ok(),
            repository: from.repository.as_ref().ok(),
            run: from.run.as_ref().ok(),
            shard: from.inputs.as_ref().ok().and_then(|inputs| inputs.shard),
            started: from.started,
        }
    }
}

impl Begun<'_> {
    /// The outcome so far.
    pub(super) fn outcome(&self, decision: Option<Decision>) -> Outcome {
        Outcome {
            schema: REPORT_SCHEMA,
            run: self.facts(),
            decision,
            problems: Vec::new(),
            projects: BTreeMap::new(),
            previews: Vec::new(),
            handed_over: None,
            notes: Vec::new(),
        }
    }

    fn facts(&self) -> RunFacts {
        let (pull, commit, branch) = self.subject();
        RunFacts {
            host: self.run.map_or(Host::Actions, |run| run.host),
            event: self.name.to_owned(),
            pull,
            workflow: self.run.and_then(|run| run.workflow.clone()),
            repository: self.repository.and_then(|repository| repository.name.clone()),
            commit,
            branch,
            actor: self.run.map(|run| run.actor.clone()).unwrap_or_default(),
            url: self.run.and_then(|run| run.url.clone()),
            attempt: self.run.map_or(1, |run| run.attempt),
            shard: self.shard.map(|shard| shard.to_string()),
            started: self.started,
            milliseconds: 0,
            requests: None,
        }
    }

    /// What the event is about: the pull request, the commit that people look at, the branch.
    fn subject(&self) -> (Option<u64>, Option<CommitSha>, Option<BranchName>) {
        let sha = self.run.map(|run| run.sha.clone());
        let named = |on: &Ref| match on {
            Ref::Branch(branch) => Some(branch.clone()),
            Ref::Tag(_) | Ref::Other(_) => None,
        };
        match self.event {
            Some(Event::PullRequest(pull) | Event::PullRequestTarget(pull)) => {
                (Some(pull.number), Some(pull.head.sha.clone()), Some(pull.head.branch.clone()))
            }
            Some(Event::Push(push)) => (None, sha, named(&push.to)),
            Some(Event::Dispatch(dispatch)) => (None, sha, named(&dispatch.on)),
            Some(Event::MergeGroup(group)) => (None, Some(group.head.clone()), Some(group.base_branch.clone())),
            Some(Event::Schedule | Event::WorkflowRun(_) | Event::Other(_)) | None => (None, sha, None),
        }
    }
}
