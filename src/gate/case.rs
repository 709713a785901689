//! A plan with its evidence, and what several rules ask of it.

use std::collections::BTreeSet;

use super::evidence::{Evidence, Reviewed};
use super::naming::{Meant, Names};
use crate::context::config::ConsentRule;
use crate::context::event::{Actor, Dispatch, Event, Ref};
use crate::context::inputs::{ConsentInput, Stated};
use crate::manifest::Subject;
use crate::names::BranchName;
use crate::plan::message::Impact;
use crate::plan::{Basis, Plan};
use crate::policy::Intent;
use crate::release::Release;

use super::naming;

/// What a rule looks at.
pub(super) struct Case<'a> {
    pub(super) plan: &'a Plan,
    pub(super) evidence: &'a Evidence<'a>,
    /// What this dispatch names for removal; it counts only as [`Case::named`].
    pub(super) consent: Reading,
}

/// The `consent` input, read against the plan.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The removals it names.
    pub(super) named: BTreeSet<Subject>,
    /// Why it does not fit, one sentence each.
    pub(super) wrong: Vec<String>,
    /// Whether it says anything about this project.
    pub(super) given: bool,
}

impl Reading {
    fn of(input: &ConsentInput, plan: &Plan, names: Names<'_>) -> Self {
        match input {
            ConsentInput::Nothing => Self::default(),
            ConsentInput::Digest(digest) if *digest == plan.digest => {
                Self { named: plan.destructive.clone(), wrong: Vec::new(), given: true }
            }
            // Another project's plan may be meant: where nothing is removed nothing is asked.
            ConsentInput::Digest(_) if plan.destructive.is_empty() && names.projects.len() > 1 => Self::default(),
            ConsentInput::Digest(_) => Self {
                wrong: vec![format!("the digest given is of another plan; this one is {}", plan.digest)],
                given: true,
                ..Self::default()
            },
            ConsentInput::Ids(ids) => Self::of_ids(ids, plan, names),
        }
    }

    fn of_ids(ids: &[String], plan: &Plan, names: Names<'_>) -> Self {
        let mut reading = Self::default();
        for id in ids {
            match names.read(id) {
                Meant::Elsewhere => continue,
                Meant::Removal(subject) => _ = reading.named.insert(subject),
                Meant::Nothing(why) => reading.wrong.push(why),
            }
            reading.given = true;
        }
        if reading.given {
            let left = plan.destructive.difference(&reading.named);
            reading.wrong.extend(left.map(|subject| format!("{} is removed and not named", naming::removal(subject))));
        }
        reading
    }

    /// Whether it was given and covers exactly what the plan removes.
    pub(super) fn fits(&self) -> bool {
        self.given && self.wrong.is_empty()
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(plan: &'a Plan, evidence: &'a Evidence<'a>) -> Self {
        let mut case = Self { plan, evidence, consent: Reading::default() };
        // A value that stands in a workflow file says nothing on a push.
        if case.dispatch().is_some() {
            case.consent = Reading::of(&evidence.inputs.consent, plan, case.names());
        }
        case
    }

    /// What was named for removal, if a person did it.
    pub(super) fn named(&self) -> Option<&Reading> {
        self.by_person().map(|_| &self.consent)
    }

    /// Whether a person named exactly what is removed.
    pub(super) fn all_named(&self) -> bool {
        self.named().is_some_and(Reading::fits)
    }

    /// The removals with what is needed to name them.
    pub(super) fn names(&self) -> Names<'a> {
        Names { removals: &self.plan.destructive, project: &self.plan.lane.project, projects: self.evidence.projects }
    }

    pub(super) fn production(&self) -> bool {
        self.evidence.environment.production
    }

    pub(super) fn rolls_back(&self) -> bool {
        self.evidence.decision.intent == Intent::Rollback
    }

    /// The prepared release that this adoption says was made by hand.
    pub(super) fn confirms(&self) -> Option<&'a Release> {
        let adopts = self.evidence.decision.intent == Intent::Adopt;
        self.evidence.history.as_ref().ok().filter(|_| adopts)?.prepared()
    }

    /// Whether nothing but a person's word can say what runs there.
    pub(super) fn on_word_alone(&self) -> bool {
        self.evidence.by_hand.is_some_and(<[_]>::is_empty) && self.plan.basis != Basis::Live
    }

    pub(super) fn dispatch(&self) -> Option<&'a Dispatch> {
        match self.evidence.event {
            Event::Dispatch(dispatch) => Some(dispatch),
            _ => None,
        }
    }

    /// The dispatch, if a person (or a bot that the policy names) started it and, on a re-run, pressed the button again.
    pub(super) fn by_person(&self) -> Option<&'a Dispatch> {
        self.dispatch().filter(|_| self.bot().is_none())
    }

    /// The bot behind a dispatch that the policy does not name.
    pub(super) fn bot(&self) -> Option<String> {
        let dispatch = self.dispatch()?;
        let again = &self.evidence.run.triggering_actor;
        let again = Actor { login: again.clone(), bot: again.ends_with("[bot]") };
        let named = |login: &str| self.evidence.config.dispatch_by.iter().any(|name| name.eq_ignore_ascii_case(login));
        [&dispatch.sender, &again]
            .into_iter()
            .find(|actor| actor.bot && !named(&actor.login))
            .map(|actor| actor.login.clone())
    }

    /// The branch that the run is on.
    pub(super) fn branch(&self) -> Option<&'a BranchName> {
        let on = match self.evidence.event {
            Event::Dispatch(dispatch) => &dispatch.on,
            Event::Push(push) => &push.to,
            _ => return None,
        };
        match on {
            Ref::Branch(branch) => Some(branch),
            Ref::Tag(_) | Ref::Other(_) => None,
        }
    }

    /// The reason, if this is a hotfix: a dispatch from `hotfix/…` that gives one.
    pub(super) fn hotfix(&self) -> Option<&'a str> {
        let reason = self.evidence.inputs.hotfix.as_deref().map(str::trim).filter(|reason| !reason.is_empty())?;
        self.dispatch()?;
        let name = self.branch()?.as_str().strip_prefix("hotfix/")?;
        (!name.is_empty()).then_some(reason)
    }

    pub(super) fn flag(&self) -> Stated {
        self.evidence.inputs.allow_destructive
    }

    /// Whether a person's bare flag suffices for removals.
    pub(super) fn flag_suffices(&self) -> bool {
        self.evidence.environment.consent == ConsentRule::Flag
            && self.by_person().is_some()
            && self.evidence.run.attempt <= 1
    }

    /// The reviewed plans that named this removal. A rollback takes away what no pull request was asked about.
    pub(super) fn reviews_of(&self, subject: &Subject) -> Vec<&'a str> {
        let reviewed: &'a [Reviewed] = match self.evidence.reviewed {
            Ok(reviewed) if !self.rolls_back() => reviewed,
            _ => &[],
        };
        reviewed.iter().filter(|plan| plan.removes.contains(subject)).map(|plan| plan.label.as_str()).collect()
    }

    /// Whether reviewed plans named every removal.
    pub(super) fn all_reviewed(&self) -> bool {
        self.plan.destructive.iter().all(|subject| !self.reviews_of(subject).is_empty())
    }

    /// A removal with what is lost by it: sync `github/old` (the sync stops, for 3 connections).
    pub(super) fn removal(&self, subject: &Subject) -> String {
        let told = self
            .plan
            .messages
            .iter()
            .find(|message| message.impact() == Impact::Destructive && message.subject == *subject);
        let name = naming::removal(subject);
        told.map_or_else(|| name.clone(), |message| format!("{name} ({})", message.says))
    }
}

/// Several things in a sentence.
pub(super) fn listed(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join("; ")
}

/// How many things of a sort a reason names.
const MOST: usize = 5;

/// The first few things in a sentence, and how many more there are.
pub(super) fn some(items: &[String]) -> String {
    let more = items.len().saturating_sub(MOST);
    let shown = items.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
