//! What an environment must have beside the code: app configurations and secrets; and how many users a change reaches.
//! Only a dashboard knows it, so `airlock.environment.toml` says it; what is not said is not known.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::value;
use crate::manifest::{Attribute, Known, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;

/// How an integration may authenticate that needs an app of one's own.
const OAUTH: [&str; 3] = ["oauth", "oauth_client_credential", "ropc_app"];

/// For how many connected users a change of this integration counts, as the end of a sentence.
pub(super) fn affected(draft: &Draft<'_>, integration: &str) -> String {
    if !draft.seen.extras.kept {
        return String::new();
    }
    match draft.seen.extras.connections.known().and_then(|counts| counts.get(integration)) {
        None => ", for an unknown number of connected users".to_owned(),
        Some(0) => ", for no connected user yet".to_owned(),
        Some(1) => ", for 1 connected user".to_owned(),
        Some(count) => format!(", for {count} connected users"),
    }
}

/// What is missing there, and what could not be told.
pub(super) fn remarks(draft: &Draft<'_>) -> Vec<Message> {
    let mut messages = configurations(draft);
    messages.extend(secrets(draft));
    messages.extend(ungranted(draft));
    messages.extend(unseen(draft));
    messages.extend(unknown(draft));
    messages
}

/// The integrations that need an app configuration; of Paragon's own it is not known here whether they do.
fn needing<'d>(draft: &'d Draft<'_>) -> impl Iterator<Item = &'d Resource> {
    let needs = |resource: &&Resource| {
        let way = value(resource, "authenticationType").and_then(Value::as_str);
        resource.id.kind == "integration" && way.is_none_or(|way| OAUTH.contains(&way))
    };
    draft.desired.resources.values().filter(needs)
}

fn configurations(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.integrations else { return Vec::new() };
    let lacks = |resource: &Resource| {
        let says = match there.get(&resource.id.id) {
            None => "is not configured there: nobody can connect it",
            Some(Known::Yes(false)) => "has no credentials there: nobody can connect it",
            Some(Known::Yes(true) | Known::No(_)) => return None,
        };
        let to_do = format!(
            "enter its client id and secret in Paragon ({}) → {} → Settings, then name it in airlock.environment.toml",
            draft.lane.environment, resource.id.id
        );
        Some(Message::new(Code::AppConfigurationMissing, Subject::whole(resource.id.clone()), says).to_do(to_do))
    };
    needing(draft).filter_map(lacks).collect()
}

fn read_by(resource: &Resource) -> impl Iterator<Item = &str> {
    value(resource, "secrets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn secrets(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(there) = &draft.seen.extras.secrets else { return Vec::new() };
    let lacks = |resource: &Resource| {
        let place = resource.place.as_ref().map(|place| format!(" in `{}`", place.path)).unwrap_or_default();
        let missing = read_by(resource).filter(|name| !there.contains(*name)).map(|name| {
            let says = format!("environment secret `{name}` is read{place} and does not exist there");
            Message::new(Code::SecretMissing, Subject::part(resource.id.clone(), name), says).to_do(format!(
                "add it in Paragon ({}) → Settings → Environment Secrets, then name it in airlock.environment.toml",
                draft.lane.environment
            ))
        });
        missing.collect::<Vec<_>>()
    };
    draft.desired.resources.values().flat_map(lacks).collect()
}

/// Scopes that are declared and not granted to the app there.
fn ungranted(draft: &Draft<'_>) -> Vec<Message> {
    let Known::Yes(granted) = &draft.seen.extras.scopes else { return Vec::new() };
    let lacks = |resource: &Resource| {
        let granted = granted.get(&resource.id.id).filter(|_| resource.id.kind == "integration")?;
        let declared = value(resource, "scopes")?.as_array()?.iter().filter_map(Value::as_str);
        let missing: Vec<String> =
            declared.filter(|scope| !granted.contains(*scope)).map(|scope| format!("`{scope}`")).collect();
        let says = format!("declares {}, which its app there is not granted", missing.join(", "));
        (!missing.is_empty()).then(|| {
            Message::new(Code::ScopesChanged, Subject::whole(resource.id.clone()), says)
                .raised()
                .to_do("add the scopes to the app, then name them in airlock.environment.toml")
        })
    };
    draft.desired.resources.values().filter_map(lacks).collect()
}

/// Workflows that read secrets by names that cannot be seen in the source.
fn unseen(draft: &Draft<'_>) -> Vec<Message> {
    let hidden = |resource: &Resource| match resource.attributes.get("secrets") {
        Some(Attribute::Dynamic(why) | Attribute::Unread(why)) => Some(Message::new(
            Code::BasisPartial,
            Subject::whole(resource.id.clone()),
            format!("which environment secrets it needs is not known: {why}"),
        )),
        Some(Attribute::Value(_)) | None => None,
    };
    draft.desired.resources.values().filter_map(hidden).collect()
}

/// What this plan would have to know and does not: one remark a reason.
fn unknown(draft: &Draft<'_>) -> Vec<Message> {
    let extras = &draft.seen.extras;
    if !extras.kept {
        return Vec::new();
    }
    let names: BTreeSet<&str> = draft.desired.resources.values().flat_map(read_by).collect();
    let readings = [
        (
            why(&extras.integrations).filter(|_| needing(draft).next().is_some()),
            "whether the integrations are configured",
        ),
        (why(&extras.secrets).filter(|_| !names.is_empty()), "whether the environment secrets exist"),
        (why(&extras.connections).filter(|_| !draft.changes.is_empty()), "how many users are connected"),
    ];
    let mut whys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (why, what) in readings {
        if let Some(why) = why {
            whys.entry(why).or_default().push(what);
        }
    }
    let told = whys.into_iter().map(|(why, what)| {
        Message::about(Code::BasisPartial, draft.lane, format!("not known: {} ({why})", what.join(", ")))
            .to_do("say it in airlock.environment.toml, by names alone")
    });
    told.collect()
}

fn why<T>(known: &Known<T>) -> Option<&String> {
    match known {
        Known::Yes(_) => None,
        Known::No(why) => Some(why),
    }
}
