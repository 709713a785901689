//! What an environment must have beside the code: app configurations and secrets; and how many users a change reaches.
//! Only a dashboard knows it, so `airlock.environment.toml` says it; what is not said is not known.

use serde_json::Value;

use super::value;
use crate::manifest::{Known, Resource, Subject};
use crate::plan::message::{Code, Message};
use crate::plan::rules::Draft;
use crate::platform::needs::{missing_secrets, names, not_known, unseen_secrets, why};

/// How an integration may authenticate that needs an app of one's own.
const OAUTH: [&str; 3] = ["oauth", "oauth_client_credential", "ropc_app"];

/// What is missing there, and what could not be told.
pub(super) fn remarks(draft: &Draft<'_>) -> Vec<Message> {
    let mut messages = configurations(draft);
    let page = format!(
        "add it in Paragon ({}) → Settings → Environment Secrets, then name it in airlock.environment.toml",
        draft.lane.environment
    );
    messages.extend(missing_secrets(draft, "environment secret", &page));
    messages.extend(ungranted(draft));
    messages.extend(unseen_secrets(draft, "environment secrets"));
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

/// What this plan would have to know and does not: one remark a reason.
fn unknown(draft: &Draft<'_>) -> Vec<Message> {
    let extras = &draft.seen.extras;
    if !extras.kept {
        return Vec::new();
    }
    let reads = draft.desired.resources.values().any(|resource| names(resource, "secrets").next().is_some());
    let readings = [
        (
            why(&extras.integrations).filter(|_| needing(draft).next().is_some()),
            "whether the integrations are configured",
        ),
        (why(&extras.secrets).filter(|_| reads), "whether the environment secrets exist"),
        (why(&extras.connections).filter(|_| !draft.changes.is_empty()), "how many users are connected"),
    ];
    let told = not_known(draft, readings).into_iter();
    told.map(|message| message.to_do("say it in airlock.environment.toml, by names alone")).collect()
}
