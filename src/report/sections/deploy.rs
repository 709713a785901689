//! What a deploy did: confirmed or not, who allowed the removals, and the way back.

use std::borrow::Cow;

use super::by_hand;
use crate::applied::{Applied, Ending, StepState, Verified};
use crate::context::Host;
use crate::outcome::line::{Line, clip};
use crate::outcome::sum::LaneOf;
use crate::outcome::{Deployed, RunFacts};
use crate::plan::What;
use crate::release::ReleaseKind;
use crate::report::fit::Size;
use crate::report::md::{Md, Table};
use crate::report::view::View;
use crate::report::words::{self, SENTENCE};

pub(crate) fn write(view: &View<'_>, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    for of in &view.lanes {
        let Some(deployed) = of.lane.deploy.done() else { continue };
        if view.lanes.len() > 1 {
            md.part().line(&view.lane(*of).words(":"));
        }
        one(view, *of, deployed, size, &mut md);
    }
    md
}

fn one(view: &View<'_>, of: LaneOf<'_>, deployed: &Deployed, size: Size, md: &mut Md) {
    md.block(Md::new(&view.links).line(&facts(of, deployed)));
    if let Some(prepared) = deployed.prepared() {
        md.block(&by_hand::checklist(view, of, deployed, prepared));
    } else if !deployed.confirmed() {
        md.block(&progress(view, of, &deployed.applied, size));
        md.block(&differences(view, &deployed.verified));
    }
}

/// The line that brings back what was there before.
pub(crate) fn back(view: &View<'_>, _: Size) -> Md {
    let mut md = Md::new(&view.links);
    for of in &view.lanes {
        let line = of.lane.deploy.done().and_then(|deployed| way_back(view, *of, deployed));
        if let (Some(line), Some(release)) = (line, &of.lane.previous) {
            let version = Line::new().code(release.record.version.to_string());
            let name = if view.lanes.len() > 1 { Line::new().words(" in ").then(view.lane(*of)) } else { Line::new() };
            md.part().line(&Line::new().strong("Back to").words(" ").then(version).then(name).words(":"));
            md.fence("sh", &line);
        }
    }
    md
}

/// `Read back: live is what was sent · +4 ~2 −2 · removals named by ana · before: 2.4.1`.
pub(crate) fn facts(of: LaneOf<'_>, deployed: &Deployed) -> Line {
    let record = &deployed.release.record;
    let verified = match &deployed.verified {
        _ if record.kind == ReleaseKind::Adopt => Line::new().words("Read, not changed"),
        _ if record.kind == ReleaseKind::Confirm => {
            Line::new().words("On the word of ").text(&record.origin.triggering_actor).words(", nothing was sent")
        }
        _ if deployed.prepared().is_some() => Line::new().strong("Nothing was sent:").words(" a person releases it"),
        Verified::Live => Line::new().strong("Read back:").words(" what runs is what was sent"),
        Verified::Differs { .. } => {
            Line::new().strong("Read back:").words(" what runs is ").strong("not").words(" what was sent")
        }
        Verified::Unverified { why } => Line::new().strong("Not read back:").words(" ").prose(clip(why, SENTENCE)),
    };
    let commit = Line::new().words("commit ").commit(&record.commit);
    let changes = of.lane.planned().map(words::own).unwrap_or_default();
    let removed = match &record.consent {
        Some(consent) if !record.removes.is_empty() => Line::new().words("removals ").then(words::consent(consent)),
        _ => Line::new(),
    };
    let hotfix = record.hotfix.as_ref().map(|why| Line::new().words("hotfix: ").prose(clip(why, SENTENCE)));
    let before = of.lane.previous.as_ref().map(|release| Line::new().words("before: ").then(words::release(release)));
    let parts = [Some(verified), Some(commit), Some(changes), Some(removed), hotfix, before];
    Line::joined(" · ", parts.into_iter().flatten())
}

/// How far each change came, when the deploy is not confirmed: the uncertain ones by name.
fn progress(view: &View<'_>, of: LaneOf<'_>, applied: &Applied, size: Size) -> Md {
    let mut md = Md::new(&view.links);
    md.line(&counts(applied));
    let headings = ["how far", "resource", "why"].map(|heading| Line::new().words(heading));
    let mut table = Table::new(&view.links, &headings);
    let most = if size == Size::Long { 200 } else { 10 };
    let uncertain =
        applied.steps.iter().filter(|step| matches!(step.state, StepState::Sent | StepState::Failed { .. }));
    for step in uncertain.take(most) {
        let (word, why) = match &step.state {
            StepState::Failed { why } => ("❌ failed", why.as_str()),
            _ => ("❔ sent", "the answer is not known"),
        };
        let name = view.resource(of.project, &step.resource);
        table.row(&[Line::new().words(word), name, Line::new().prose(clip(why, SENTENCE))]);
    }
    if applied.steps.is_empty() {
        return Md::new(&view.links);
    }
    md.block(&table.done());
    md
}

fn differences(view: &View<'_>, verified: &Verified) -> Md {
    let mut md = Md::new(&view.links);
    if let Verified::Differs { how } = verified {
        for line in how.iter().take(50) {
            md.item(Md::new(&view.links).line(&Line::new().prose(clip(line, SENTENCE))));
        }
    }
    md
}

/// The line that brings the release before back. Going back removes what this release added, and says so itself.
pub(crate) fn way_back(view: &View<'_>, of: LaneOf<'_>, deployed: &Deployed) -> Option<String> {
    let sent = !matches!(deployed.ending, Ending::Moved { .. } | Ending::Prepared { .. });
    if !sent || matches!(deployed.release.record.kind, ReleaseKind::Adopt | ReleaseKind::Confirm) {
        return None;
    }
    // A dispatch cannot name one of several projects, and a version means another release in each.
    if view.outcome.projects.len() > 1 {
        return None;
    }
    let version = of.lane.previous.as_ref()?.record.version.to_string();
    let plan = of.lane.planned();
    let added = plan.into_iter().flat_map(|plan| &plan.changes).filter(|change| change.what == What::Add);
    let consent: Vec<String> = added.map(|change| change.resource.to_string()).collect();
    let mut options = vec![
        ("environment", of.environment.to_string()),
        ("mode", "rollback".to_owned()),
        ("version", version),
        ("allow-destructive", (!consent.is_empty()).to_string()),
    ];
    let consent = consent.join(",");
    if !consent.is_empty() && consent.len() <= 400 {
        options.push(("consent", consent));
    }
    command(&view.outcome.run, &options)
}

/// A word for a shell; most need no quotes.
fn quoted(word: &str) -> Option<Cow<'_, str>> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=,:@+#".contains(&byte);
    if !word.is_empty() && !word.starts_with('#') && word.bytes().all(plain) {
        return Some(Cow::Borrowed(word));
    }
    shlex::try_quote(word).ok()
}

/// The line that dispatches with these inputs; `None` where nothing is known to dispatch.
pub(super) fn command(run: &RunFacts, options: &[(&'static str, String)]) -> Option<String> {
    let workflow = run.workflow.as_deref().map(|path| path.rsplit('/').next().unwrap_or(path));
    let (mut words, flag): (Vec<String>, bool) = match (run.host, workflow) {
        (Host::Actions, Some(workflow)) => (["gh", "workflow", "run", workflow].map(str::to_owned).to_vec(), true),
        (Host::Actions, None) => return None,
        (Host::Simulated, _) => (["airlock", "simulate", "dispatch"].map(str::to_owned).to_vec(), false),
    };
    for (name, value) in options {
        if flag {
            words.extend(["-f".to_owned(), format!("{name}={value}")]);
        } else {
            words.extend([format!("--{name}"), value.clone()]);
        }
    }
    Some(words.iter().map(|word| quoted(word)).collect::<Option<Vec<_>>>()?.join(" "))
}

/// How many changes came how far.
pub(crate) fn counts(applied: &Applied) -> Line {
    let count = |wanted: fn(&StepState) -> bool| applied.steps.iter().filter(|step| wanted(&step.state)).count();
    let counts = [
        (count(|state| matches!(state, StepState::Failed { .. })), " failed"),
        (count(|state| *state == StepState::Sent), " sent, answer not known"),
        (count(|state| *state == StepState::Done), " done"),
        (count(|state| *state == StepState::NotTried), " not tried"),
    ];
    let counts = counts.into_iter().filter(|(number, _)| *number > 0);
    let counts = counts.map(|(number, words)| Line::new().number(number).words(words));
    Line::new().strong("Of the changes:").words(" ").then(Line::joined(", ", counts))
}
