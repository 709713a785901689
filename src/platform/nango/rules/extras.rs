//! What an environment must have beside the functions: integrations with credentials, variables; and how many
//! connections a change reaches. What could not be read is said as not known, with the reason.

use std::collections::BTreeMap;

use super::integration;
use crate::manifest::{Known, Manifest, ResourceId, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;
use crate::plan::{Basis, What};
use crate::platform::needs::{missing_secrets, names, not_known, unseen_secrets, why};

/// What is missing there, and what could not be told.
pub(super) fn remarks(draft: &Draft<'_>) -> Vec<Message> {
    let mut messages = integrations(draft);
    messages.extend(uncovered(draft));
    let page = format!("add it in Nango → {} → Environment variables", draft.lane.environment);
    messages.extend(missing_secrets(draft, "variable", &page));
    messages.extend(unseen_secrets(draft, "variables"));
    messages.extend(unread(draft));
    messages
}

fn integrations(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.integrations else { return Vec::new() };
    let lacks = |(key, users): (&str, usize)| {
        let functions =
            if users == 1 { "1 function needs it".to_owned() } else { format!("{users} functions need it") };
        let (says, to_do) = match there.get(key) {
            None => (format!("does not exist there; {functions}, and the deploy would fail"), "create it"),
            Some(Known::Yes(false)) => (format!("has no credentials there; {functions}"), "give it its credentials"),
            Some(Known::Yes(true) | Known::No(_)) => return None,
        };
        let subject = Subject::whole(ResourceId::new("integration", key));
        let to_do = format!("{to_do} in Nango → {} → Integrations", draft.lane.environment);
        Some(Message::new(Code::AppConfigurationMissing, subject, says).to_do(to_do))
    };
    used(draft.desired).into_iter().filter_map(lacks).collect()
}

/// The integrations that a manifest uses, each with the number of its functions.
fn used(manifest: &Manifest) -> BTreeMap<&str, usize> {
    let mut used = BTreeMap::new();
    for id in manifest.resources.keys() {
        *used.entry(integration(&id.id)).or_insert(0) += 1;
    }
    used
}

/// Scopes that functions declare and that the integration does not ask for: its connections are granted without them.
fn uncovered(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(asked) = &draft.seen.extras.scopes else { return Vec::new() };
    let mut lacking: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for resource in draft.desired.resources.values() {
        let key = integration(&resource.id.id);
        let Some(asked) = asked.get(key) else { continue };
        for scope in names(resource, "scopes").filter(|scope| !asked.contains(*scope)) {
            lacking.entry((key, scope)).or_default().push(format!("`{}`", resource.id.id));
        }
    }
    let told = lacking.into_iter().map(|((key, scope), users)| {
        let verb = if users.len() == 1 { "needs" } else { "need" };
        let says =
            format!("`{scope}` is not among the scopes that it asks for there, and {} {verb} it", users.join(", "));
        let to_do =
            format!("add it in Nango → {} → Integrations, and authorise its connections again", draft.lane.environment);
        Message::new(Code::ScopesChanged, Subject::part(ResourceId::new("integration", key), scope), says)
            .raised()
            .to_do(to_do)
    });
    told.collect()
}

/// What this plan would have to know and does not: one remark a reason.
fn unread(draft: &Draft<'_>) -> Vec<Message> {
    // A recorded or unknown basis says by itself that the platform was not asked; where it was, it counted connections.
    let extras = &draft.seen.extras;
    let asked = matches!(draft.seen.basis, Basis::Live | Basis::None) || extras.connections.known().is_some();
    if !extras.kept || !asked {
        return Vec::new();
    }
    let resources = || draft.desired.resources.values();
    let adds_alone = || draft.changes.iter().all(|change| change.what == What::Add);
    let counts = !draft.changes.is_empty() && (!adds_alone() || resources().any(super::starts));
    let reads = || resources().any(|resource| names(resource, "secrets").next().is_some());
    let scoped = || resources().any(|resource| names(resource, "scopes").next().is_some());
    let credentials = extras.integrations.known().and_then(|all| credentials_unread(draft, all));
    let readings = [
        (why(&extras.integrations).filter(|_| resources().next().is_some()), "whether the integrations exist"),
        (credentials, "whether the integrations have credentials"),
        (why(&extras.scopes).filter(|_| scoped()), "whether their scopes suffice"),
        (why(&extras.secrets).filter(|_| reads()), "whether the variables exist"),
        (why(&extras.connections).filter(|_| counts), "how many connections are affected"),
    ];
    not_known(draft, readings)
}

fn credentials_unread<'a>(draft: &Draft<'_>, all: &'a BTreeMap<String, Known<bool>>) -> Option<&'a str> {
    used(draft.desired).keys().find_map(|key| all.get(*key).and_then(why))
}
