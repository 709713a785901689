//! A plan is put together: difference, remarks, digest, version.

use std::collections::BTreeSet;

use semver::Version;

use super::diff::{Diff, diff, tell_origins};
use super::digest::digest;
use super::message::{Code, Message};
use super::part::Part;
use super::rules::{Draft, Rules};
use super::version::{Ask, Level, NumberLine, Series};
use super::{Basis, Observed, Plan, SCHEMA};
use crate::manifest::Manifest;
use crate::names::{CommitSha, LaneId};

/// Everything that a plan is made from.
pub struct Brief<'a> {
    /// The project and the environment.
    pub lane: LaneId,
    /// The commit that would be deployed.
    pub commit: CommitSha,
    /// The part that alone is meant; both sides hold nothing else.
    pub only: Option<Part>,
    /// What it declares.
    pub desired: &'a Manifest,
    /// What is there.
    pub seen: &'a Observed,
    /// What the pull request's base declares, on a pull request.
    pub base: Option<&'a Manifest>,
    /// The platform's part.
    pub rules: &'a dyn Rules,
    /// The numbers that the project has used.
    pub numbers: &'a NumberLine,
    /// Which numbers this environment counts.
    pub series: Series,
    /// Which version is asked for.
    pub ask: Ask,
    /// The version that is there.
    pub previous: Option<Version>,
    /// Remarks that others raised: hotfix, policy, ownership, …
    pub also: Vec<Message>,
}

/// Makes the plan.
pub fn build(brief: Brief<'_>) -> Plan {
    let mut diff = diff(brief.desired, brief.seen, brief.rules);
    if let Some(base) = brief.base {
        tell_origins(&mut diff.changes, base, brief.desired, brief.rules);
    }
    let messages = messages(&brief, &diff);
    let level = Level::of(&diff);
    Plan {
        schema: SCHEMA,
        digest: digest(&brief.lane, &diff.changes, &diff.destructive),
        version: brief.numbers.answer(&brief.ask, &brief.commit, level, &brief.series),
        lane: brief.lane,
        commit: brief.commit,
        only: brief.only,
        basis: brief.seen.basis.clone(),
        changes: diff.changes,
        unknown: diff.unknown,
        messages,
        destructive: diff.destructive,
        renames: diff.renames,
        unchanged: diff.unchanged,
        empties: diff.empties,
        previous: brief.previous,
    }
}

fn messages(brief: &Brief<'_>, diff: &Diff) -> Vec<Message> {
    let draft = Draft {
        lane: &brief.lane,
        desired: brief.desired,
        seen: brief.seen,
        changes: &diff.changes,
        destructive: &diff.destructive,
        unknown: &diff.unknown,
    };
    let mut messages = brief.rules.remarks(&draft);
    mark_pre_existing(&mut messages, brief);
    messages.extend(about_basis(brief, diff));
    messages.extend(brief.only.as_ref().map(|part| {
        let says = format!("only `{part}` is planned and deployed; everything else there stays as it is");
        Message::about(Code::PartOnly, &brief.lane, says)
    }));
    messages.extend(brief.also.iter().cloned());
    // The gravest first; one subject is told a thing once.
    messages.sort_by(|a, b| order(a).cmp(&order(b)));
    messages.dedup_by(|a, b| (a.code, &a.subject, &a.says) == (b.code, &b.subject, &b.says));
    messages
}

fn order(message: &Message) -> impl Ord {
    let Message { code, raised: _, pre_existing, subject, says, to_do: _ } = message;
    let gravity = (message.blocks(), message.impact(), message.severity());
    (*pre_existing, std::cmp::Reverse(gravity), *code, subject, says)
}

/// A remark that what runs would call for by itself, without any change, is not brought by this plan.
fn mark_pre_existing(messages: &mut [Message], brief: &Brief<'_>) {
    let (changes, destructive) = (&[], &BTreeSet::new());
    if !matches!(brief.seen.basis, Basis::Live | Basis::Recorded { .. }) {
        return;
    }
    let alone = Draft {
        lane: &brief.lane,
        desired: &brief.seen.manifest,
        seen: brief.seen,
        changes,
        destructive,
        unknown: &[],
    };
    let before = brief.rules.remarks(&alone);
    let known: BTreeSet<_> = before.iter().map(|message| (message.code, &message.subject)).collect();
    for message in messages {
        // What could not be read is a matter of this reading, not of what runs.
        message.pre_existing = message.code != Code::BasisPartial && known.contains(&(message.code, &message.subject));
    }
}

fn about_basis(brief: &Brief<'_>, diff: &Diff) -> Vec<Message> {
    let recorded = match &brief.seen.basis {
        Basis::Recorded { version, commit } => Some(Message::about(
            Code::BasisRecorded,
            &brief.lane,
            format!(
                "compared with release {version} ({}), not with what runs: a change made there by hand is not seen",
                commit.short()
            ),
        )),
        Basis::Live | Basis::None | Basis::Unknown { .. } | Basis::Commit { .. } => None,
    };
    let partial = (!diff.unread.is_empty()).then(|| {
        let whys: Vec<&str> = diff.unread.iter().map(String::as_str).collect();
        Message::about(
            Code::BasisPartial,
            &brief.lane,
            format!("not everything there could be read: {}", whys.join("; ")),
        )
    });
    recorded.into_iter().chain(partial).collect()
}
