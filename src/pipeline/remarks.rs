//! What a run itself has to say of a plan, beside what the platform's rules say.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Run;
use super::shelf::Twin;
use crate::context::config;
use crate::finding::Tested;
use crate::gate::{self, SourceFacts};
use crate::manifest::Known;
use crate::names::{Digest, EnvironmentName, LaneId};
use crate::plan::message::{Code, Message};
use crate::plan::{ChangeOrigin, Plan};
use crate::platform::place::Likeness;
use crate::platform::{NamesOnly, Place};
use crate::release::History;
use crate::work::LaneSpec;

/// What is known of a lane when its plan is made.
pub(super) struct Facts<'a> {
    /// The lane.
    pub(super) lane: &'a LaneId,
    /// The commit.
    pub(super) source: &'a SourceFacts,
    /// The lane's history, if it could be read.
    pub(super) history: Option<&'a History>,
    /// The digest of the commit's artefact as a release recorded it, in any environment.
    pub(super) recorded: Option<&'a Digest>,
    /// The digest of what would be sent now.
    pub(super) artefact: Option<&'a Digest>,
    /// What the checkout's configuration would change in the policy.
    pub(super) policy_changes: &'a [String],
    /// Names of variables that hold a production key which this run has no use for.
    pub(super) exposed: &'a [String],
    /// How nothing on GitHub's side guards the key, where that was looked at.
    pub(super) unguarded: Option<&'a str>,
    /// Whether the commit was tested, where this run is one that would.
    pub(super) tested: Option<&'a Tested>,
    /// Where this one's key leads, if that is known.
    pub(super) place: Option<&'a Place>,
    /// The environment that is, or was at its newest release, there too.
    pub(super) twin: Option<&'a Twin>,
}

/// The remarks, in the order of the catalogue.
pub(super) fn of_run(facts: &Facts<'_>) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    messages.extend(would_undo_hotfix(facts));
    messages.extend(facts.policy_changes.iter().map(|change| {
        Message::about(
            Code::PolicyChanged,
            facts.lane,
            format!("{change}; the default branch's policy holds until this is merged"),
        )
    }));
    messages.extend(artefact_changed(facts));
    messages.extend(facts.unguarded.map(|says| {
        Message::about(Code::EnvironmentUnprotected, facts.lane, says)
            .to_do("give it a required reviewer or a branch rule: the repository's Settings → Environments")
    }));
    messages.extend(facts.exposed.iter().map(|name| {
        Message::about(
            Code::ProductionKeyExposed,
            facts.lane,
            format!("`{name}` is in a run that does not deploy to production"),
        )
        .to_do("keep it as a secret of the GitHub environment, which only the promoting job sees")
    }));
    messages.extend(facts.twin.map(|twin| same_place(facts.lane, twin)));
    messages.extend(place_changed(facts));
    if let Some(Tested::Not { why }) = facts.tested {
        messages.push(Message::about(Code::Untested, facts.lane, format!("no test was run by Airlock: {why}")));
    }
    messages
}

/// The key may read only the names of what is there.
pub(super) fn names_only(lane: &LaneId, names: &NamesOnly) -> Option<Message> {
    let NamesOnly::Key(why) = names else { return None };
    let says = format!("what is there is known by name alone ({why}), so a deploy could not be confirmed");
    Some(Message::about(Code::BasisPartial, lane, says).to_do("give the key that scope"))
}

/// What stops a deploy of the run's own changes until a person sees to it. What waits on a pull request's base is not its own.
pub(super) fn waits_for(run: &Run<'_>, spec: &LaneSpec, plan: Option<&Arc<Plan>>) -> BTreeSet<String> {
    let Some(plan) = plan else { return BTreeSet::new() };
    let own = |message: &&Message| {
        let mut changes = plan.changes.iter().filter(|change| change.resource == message.subject.resource);
        !changes.any(|change| change.origin == Some(ChangeOrigin::Waiting))
    };
    let unresolved = gate::unresolved(plan, &spec.environment, &run.invocation.inputs);
    unresolved.filter(own).map(Message::key).collect()
}

/// A hotfix runs whose commit this one does not contain: deploying would take it away again.
fn would_undo_hotfix(facts: &Facts<'_>) -> Option<Message> {
    let current = facts.history?.current()?;
    let reason = current.record.hotfix.as_ref()?;
    if facts.source.contains_live == Known::Yes(true) {
        return None;
    }
    let says = format!(
        "the hotfix {} ({}) runs there, for: {reason}; this commit does not contain it",
        current.record.version,
        current.record.commit.short()
    );
    Some(
        Message::about(Code::WouldUndoHotfix, facts.lane, says).to_do("merge the hotfix into the default branch first"),
    )
}

/// Two names of one place stop a deploy; two that look alike are told.
fn same_place(lane: &LaneId, twin: &Twin) -> Message {
    let other = &twin.environment;
    match &twin.wanting {
        None => Message::about(Code::SamePlace, lane, format!("its key leads to where `{other}` is"))
            .to_do("give each environment the key of its own"),
        Some(wanting) => {
            let says = format!(
                "its key sees the very functions and connections that `{other}`'s sees ({wanting}), so whether the two are one place is not known"
            );
            Message::about(Code::BasisPartial, lane, says).raised().to_do("give the key that scope")
        }
    }
}

/// A platform that tells its places apart tells another one than at the newest release.
fn place_changed(facts: &Facts<'_>) -> Option<Message> {
    let current = facts.history?.current()?;
    let (before, now) = (current.platform_ref.as_deref()?, facts.place?);
    let says = format!("its key leads elsewhere than release {} went", current.record.version);
    (now.to_release(before) == Likeness::Other).then(|| {
        Message::about(Code::PlaceChanged, facts.lane, says)
            .to_do("look whether the key was swapped with another environment's")
    })
}

fn artefact_changed(facts: &Facts<'_>) -> Option<Message> {
    let (recorded, now) = (facts.recorded?, facts.artefact?);
    let says = "the same commit was released with other bytes: what its build gives has changed since";
    (recorded != now).then(|| Message::about(Code::ArtefactChanged, facts.lane, says))
}

/// The variables that hold this production environment's key though the run is not meant to change it.
pub(super) fn exposed(run: &Run<'_>, spec: &LaneSpec) -> Vec<String> {
    if !spec.environment.production || spec.applies {
        return Vec::new();
    }
    let suffix = |name: &EnvironmentName| format!("_{}", name.as_suffix());
    let of_others: Vec<String> = run.invocation.config.environments.iter().map(|other| suffix(&other.name)).collect();
    let own = suffix(&spec.environment.name);
    // In a job about one environment a key without its name is that environment's too.
    let sole = run.decision.environments.len() == 1;
    let is_its_own =
        |name: &&str| name.ends_with(&own) || sole && !of_others.iter().any(|other| name.ends_with(other.as_str()));
    let named = config::command::variables(&run.invocation.config);
    let named = named.iter().map(String::as_str).filter(|name| run.edges.variables.contains_key(*name));
    let held = run.edges.keys.platform_names().filter(is_its_own);
    held.chain(named.filter(|name| name.ends_with(&own))).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sample;

    #[test]
    fn what_the_run_knows_is_told_once_each() {
        let other = Digest::of(b"other");
        let lane = sample::lane();
        let commit = crate::tests::facts::sha('a');
        let source = SourceFacts { commit, dirty: Known::Yes(Vec::new()), contains_live: Known::Yes(true) };
        let one = Digest::of(b"one");
        let exposed = ["NANGO_SECRET_KEY_PROD".to_owned()];
        let policy_changes = ["prod is no longer production".to_owned()];
        let facts = Facts {
            lane: &lane,
            source: &source,
            history: None,
            recorded: Some(&one),
            artefact: Some(&other),
            policy_changes: &policy_changes,
            exposed: &exposed,
            unguarded: Some("nobody stands before it"),
            tested: Some(&Tested::Not { why: "`test-command` is `none`".to_owned() }),
            place: None,
            twin: Some(&Twin { environment: lane.environment.clone(), wanting: None }),
        };
        let told: Vec<_> = of_run(&facts).iter().map(|message| message.code).collect();
        assert_eq!(
            told,
            [
                Code::PolicyChanged,
                Code::ArtefactChanged,
                Code::EnvironmentUnprotected,
                Code::ProductionKeyExposed,
                Code::SamePlace,
                Code::Untested
            ]
        );
    }
}
