//! The policy against the checkout's configuration: what a change would mean, and what counts in this run.

use std::fmt::Display;

use super::command::{self, under_policy};
use super::shown;
use super::{Acceptance, Config, ConsentRule, Destructive, Environment, FlagRule};

/// What counts: the projects of the checkout, everything else from the policy; so do the commands that are handed variables.
pub fn effective(policy: Config, checkout: Config) -> Config {
    let Config { projects, environments: _, dispatch_by: _, refresh_comments: _, shown: _ } = checkout;
    let projects = under_policy(&policy, projects);
    let Config { projects: _, environments, dispatch_by, refresh_comments, shown } = policy;
    Config { projects, environments, dispatch_by, refresh_comments, shown }
}

/// What the checkout would change in the policy, a sentence for each difference. Of projects only the commands that are
/// handed variables are policy.
pub fn changes(policy: &Config, checkout: &Config) -> Vec<String> {
    let mut changes = Vec::new();
    for gone in policy.environments.iter().filter(|environment| checkout.environment(&environment.name).is_none()) {
        changes.push(format!("environment `{}` would be gone", gone.name));
    }
    for new in &checkout.environments {
        match policy.environment(&new.name) {
            Some(old) => changes.extend(changes_of(old, new)),
            None if new.production => changes.push(format!("environment `{}` would be new, as production", new.name)),
            None => changes.push(format!("environment `{}` would be new", new.name)),
        }
    }
    changes.extend(order_changed(policy, checkout));
    changes.extend(command::changes(policy, checkout));
    changes.extend(shown::changes(&policy.shown, &checkout.shown));
    for login in checkout.dispatch_by.iter().filter(|login| !policy.dispatch_by.contains(login)) {
        changes.push(format!("`{login}` could start deployments by itself"));
    }
    for login in policy.dispatch_by.iter().filter(|login| !checkout.dispatch_by.contains(login)) {
        changes.push(format!("`{login}` could no longer start deployments by itself"));
    }
    changes
}

fn order_changed(policy: &Config, checkout: &Config) -> Option<String> {
    let common = |one: &Config, other: &Config| -> Vec<String> {
        let both = one.environments.iter().filter(|environment| other.environment(&environment.name).is_some());
        both.map(|environment| format!("`{}`", environment.name)).collect()
    };
    let (old, new) = (common(policy, checkout), common(checkout, policy));
    (old != new).then(|| format!("the order of environments would be {} instead of {}", new.join(", "), old.join(", ")))
}

/// One sentence for each field that differs; every field is named, so that a new one cannot be forgotten.
fn changes_of(old: &Environment, new: &Environment) -> Vec<String> {
    let Environment {
        name, production, branch, refs, after, destructive, consent, flag, accept, wait, platform, ..
    } = old;
    let mut changes = Vec::new();
    let mut say = |differs: bool, says: String| changes.extend(differs.then(|| format!("`{name}` {says}")));
    let production_says = if new.production { "would be production" } else { "would no longer be production" };
    say(*production != new.production, production_says.to_owned());
    say(
        *branch != new.branch,
        match &new.branch {
            Some(branch) => format!("would be deployed by pushes to `{branch}`{}", instead_of(old.branch.as_ref())),
            None => "would no longer be deployed by pushes".to_owned(),
        },
    );
    say(*refs != new.refs, format!("would allow manual runs from {}, not from {}", listed(&new.refs), listed(refs)));
    say(
        *after != new.after,
        match &new.after {
            Some(after) => format!("would follow `{after}`{}", instead_of(old.after.as_ref())),
            None => format!("would follow no other environment{}", instead_of(old.after.as_ref())),
        },
    );
    say(
        *destructive != new.destructive,
        match new.destructive {
            Destructive::Reviewed => "would let reviewed plans remove things without consent".to_owned(),
            Destructive::Consent => "would need consent for every removal".to_owned(),
        },
    );
    say(
        *consent != new.consent,
        match new.consent {
            ConsentRule::Named => "would need every removal named".to_owned(),
            ConsentRule::Flag => "would let the bare flag stand for consent".to_owned(),
        },
    );
    say(
        *flag != new.flag,
        match new.flag {
            FlagRule::Stated => "would need the flag stated only".to_owned(),
            FlagRule::True => "would need the flag `true` for every deploy".to_owned(),
        },
    );
    say(*wait != new.wait, format!("would wait {} s for another run, not {} s", new.wait.as_secs(), wait.as_secs()));
    say(
        *platform != new.platform,
        match new.platform {
            Some(platform) => format!("would deploy to `{}`", platform.as_str()),
            None => "would deploy to each project's own platform".to_owned(),
        },
    );
    changes.extend(more_of(old, new));
    changes.extend(acceptances(old, accept, &new.accept));
    changes
}

/// The same for what says how it is deployed.
fn more_of(old: &Environment, new: &Environment) -> Vec<String> {
    let Environment { name, url, group, time_limit, previews, .. } = old;
    let mut changes = Vec::new();
    let mut say = |differs: bool, says: String| changes.extend(differs.then(|| format!("`{name}` {says}")));
    say(*url != new.url, format!("would be shown at {}", new.url.as_deref().unwrap_or("no page")));
    say(
        *group != new.group,
        match &new.group {
            Some(group) => format!("would be deployed with the group `{group}`"),
            None => "would be deployed with no group".to_owned(),
        },
    );
    say(
        *time_limit != new.time_limit,
        match new.time_limit {
            Some(limit) => format!("would give a deploy {} s", limit.as_secs()),
            None => "would give a deploy any time".to_owned(),
        },
    );
    let made = if new.previews {
        "would be what previews are made from"
    } else {
        "would no longer be what previews are made from"
    };
    say(*previews != new.previews, made.to_owned());
    changes
}

fn acceptances(environment: &Environment, old: &[Acceptance], new: &[Acceptance]) -> Vec<String> {
    let name = &environment.name;
    let key = |accept: &Acceptance| (accept.code.clone(), accept.resource.clone());
    let without = |one: &[Acceptance], other: &[Acceptance]| -> Vec<(String, String)> {
        one.iter().map(key).filter(|accept| !other.iter().map(key).any(|known| known == *accept)).collect()
    };
    let gained = without(new, old);
    let lost = without(old, new);
    let gained = gained.iter().map(|(code, of)| format!("`{name}` would accept `{code}` of `{of}` for good"));
    let lost = lost.iter().map(|(code, of)| format!("`{name}` would no longer accept `{code}` of `{of}`"));
    gained.chain(lost).collect()
}

fn instead_of(old: Option<&impl Display>) -> String {
    old.map(|old| format!(" instead of `{old}`")).unwrap_or_default()
}

fn listed(names: &[impl Display]) -> String {
    if names.is_empty() {
        return "the default branch alone".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
