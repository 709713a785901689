//! From what was read to what runs there. Pure.
//!
//! `GET /scripts/config` has the attributes and cannot be trusted with the integration: it groups by *provider*, under the
//! key of whichever integration came first. The census has every function's integration and no attributes. Each function
//! is placed by what is certain; what is not certain is unread, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use super::apps::App;
use super::ask::lacks;
use super::fields;
use super::read::{Ids, Reading, scope};
use super::wire::{Confirmation, Group, Integration, Script};
use crate::manifest::{Known, Manifest, Origin, Resource, ResourceId};
use crate::plan::{Basis, Extras, Observed};

/// What an environment runs, as far as the key may know it.
pub(super) fn observed(reading: &Reading, desired: &Manifest) -> Observed {
    let basis = match (&reading.groups, &reading.census) {
        (Known::No(why), Known::No(other)) => Basis::Unknown { why: reasons(why, other) },
        (Known::Yes(groups), _) if !placeable(groups, reading) => Basis::Unknown {
            why: format!("which integration a function belongs to cannot be told: {}", lacks(scope::INTEGRATIONS)),
        },
        _ => Basis::Live,
    };
    let manifest = match basis {
        Basis::Unknown { .. } => Manifest::empty(Origin::Live),
        _ => manifest(reading, desired),
    };
    Observed { basis, manifest, extras: extras(reading) }
}

fn reasons(one: &str, other: &str) -> String {
    if one == other { one.to_owned() } else { format!("{one}, and {other}") }
}

/// Without the list of integrations and without a census nothing says whose a function is.
fn placeable(groups: &[Group], reading: &Reading) -> bool {
    let known = reading.integrations.known().is_some() || reading.census.known().is_some();
    known || groups.iter().all(|group| group.syncs.is_empty() && group.actions.is_empty())
}

fn manifest(reading: &Reading, desired: &Manifest) -> Manifest {
    let mut there: BTreeMap<ResourceId, Resource> = BTreeMap::new();
    let mut add = |resource: Resource| {
        there.entry(resource.id.clone()).or_insert(resource);
    };
    if let Known::Yes(groups) = &reading.groups {
        // A deploy removes only what a deploy of a repository put there; the rest matters where it would be overwritten.
        let ours = |script: &Script, id: &ResourceId| script.is_of_a_repository() || desired.resources.contains_key(id);
        for (id, found) in placed(groups, reading) {
            match found {
                Found::Certain(script) if ours(script, &id) => add(fields::resource(id, script)),
                Found::Unsure(script, why) if ours(script, &id) => add(fields::unread(id, &why)),
                Found::Certain(_) | Found::Unsure(..) => {}
            }
        }
    }
    let unread_why = match &reading.groups {
        Known::No(why) => why.clone(),
        Known::Yes(_) => "Nango would remove it, and does not list it".to_owned(),
    };
    for id in listed(reading) {
        add(fields::unread(id, &unread_why));
    }
    for (id, event) in on_events(reading, desired) {
        add(fields::on_event(id, event.as_deref()));
    }
    elsewhere(reading, desired).into_iter().for_each(|id| add(fields::foreign(id, &unread_why)));
    functions(reading, desired).into_iter().for_each(add);
    Manifest::new(Origin::Live, there.into_values())
}

/// A function as it was found.
enum Found<'r> {
    /// In this integration, for certain.
    Certain(&'r Script),
    /// One of this name is in this integration, and which is which cannot be told; why.
    Unsure(&'r Script, String),
}

fn placed<'r>(groups: &'r [Group], reading: &'r Reading) -> Vec<(ResourceId, Found<'r>)> {
    let ground = Ground::of(reading);
    let mut placed = Vec::new();
    for group in groups {
        for (kind, scripts) in [("sync", &group.syncs), ("action", &group.actions)] {
            let mut same: BTreeMap<&str, usize> = BTreeMap::new();
            scripts.iter().for_each(|script| *same.entry(&script.name).or_default() += 1);
            placed.extend(
                scripts.iter().flat_map(|script| ground.place(group, kind, script, same[script.name.as_str()])),
            );
        }
    }
    placed
}

/// What says whose a function is.
struct Ground<'r> {
    ids: &'r Known<Ids>,
    /// The integrations of each provider.
    of_provider: Option<BTreeMap<&'r str, BTreeSet<&'r str>>>,
    /// The integrations that have a function of this kind and name, as the census says.
    holders: Option<BTreeMap<(&'r str, &'r str), BTreeSet<&'r str>>>,
}

impl<'r> Ground<'r> {
    fn of(reading: &'r Reading) -> Self {
        let of_provider = reading.integrations.known().map(|all| {
            let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            all.iter().for_each(|each| _ = keys.entry(&each.provider).or_default().insert(&each.key));
            keys
        });
        let holders = reading.census.known().map(|census| {
            let mut holders: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
            let all = counted(census);
            all.for_each(|(kind, key, name)| _ = holders.entry((kind, name)).or_default().insert(key));
            holders
        });
        Self { ids: &reading.ids, of_provider, holders }
    }

    /// Where a function stands; `same` is how many of its kind and name the provider has.
    fn place(&self, group: &'r Group, kind: &str, script: &'r Script, same: usize) -> Vec<(ResourceId, Found<'r>)> {
        let id = |key: &str| ResourceId::new(kind, format!("{key}/{}", script.name));
        if let Some(key) = self.owner(kind, script) {
            return vec![(id(key), Found::Certain(script))];
        }
        let keys = self.candidates(group, kind, script);
        match keys.first() {
            Some(key) if keys.len() == 1 && same == 1 => vec![(id(key), Found::Certain(script))],
            _ => {
                let provider = &group.provider;
                let why = format!("several integrations share the provider `{provider}`, and {}", self.because());
                keys.iter().map(|key| (id(key), Found::Unsure(script, why.clone()))).collect()
            }
        }
    }

    fn owner(&self, kind: &str, script: &Script) -> Option<&'r String> {
        self.ids.known()?.get(&(kind.to_owned(), script.id))
    }

    fn because(&self) -> &'r str {
        match self.ids {
            Known::No(why) => why,
            Known::Yes(_) => "its lists do not tell whose it is",
        }
    }

    /// The integrations that may have this function: those of the provider, of these the ones where the census has it.
    fn candidates(&self, group: &'r Group, kind: &str, script: &'r Script) -> Vec<&'r str> {
        let of_provider = self.of_provider.as_ref().map(|all| all.get(group.provider.as_str()).into_iter().flatten());
        let of_provider: Option<Vec<&str>> = of_provider.map(|keys| keys.copied().collect());
        let holds = |holders: &BTreeMap<(&'r str, &'r str), BTreeSet<&'r str>>| {
            holders.get(&(kind, script.name.as_str())).cloned().unwrap_or_default()
        };
        let counted = self.holders.as_ref().filter(|_| script.is_of_a_repository()).map(holds);
        let keys: Vec<&str> = match (of_provider, counted) {
            (Some(keys), Some(counted)) if keys.iter().any(|key| counted.contains(key)) => {
                keys.into_iter().filter(|key| counted.contains(key)).collect()
            }
            (Some(keys), _) => keys,
            (None, Some(counted)) => counted.into_iter().collect(),
            (None, None) => Vec::new(),
        };
        if keys.is_empty() { vec![group.key.as_str()] } else { keys }
    }
}

/// The syncs and actions of a census: kind, integration, name.
fn counted(census: &Confirmation) -> impl Iterator<Item = (&str, &str, &str)> {
    let syncs = census.deleted_syncs.iter();
    let syncs = syncs.map(|sync| ("sync", sync.provider_config_key.as_str(), sync.name.as_str()));
    syncs.chain(census.deleted_actions.iter().map(|action| ("action", action.key.as_str(), action.name.as_str())))
}

/// Every sync and action that a deploy of a repository put there, as the census says.
pub(super) fn listed(reading: &Reading) -> Vec<ResourceId> {
    let counted = reading.census.known().into_iter().flat_map(counted);
    counted.map(|(kind, key, name)| ResourceId::new(kind, format!("{key}/{name}"))).collect()
}

/// The on-event scripts. Without a census nothing tells them: the declared ones are then neither new nor there.
fn on_events(reading: &Reading, desired: &Manifest) -> Vec<(ResourceId, Option<String>)> {
    let id = |key: &str, name: &str| ResourceId::new("on-event", format!("{key}/{name}"));
    match &reading.census {
        Known::Yes(census) => {
            let there = census.deleted_on_event_scripts.iter().chain(&census.updated_on_event_scripts);
            there.map(|script| (id(&script.provider_config_key, &script.name), Some(script.event.clone()))).collect()
        }
        Known::No(_) => {
            desired.resources.keys().filter(|id| id.kind == "on-event").map(|id| (id.clone(), None)).collect()
        }
    }
}

/// Declared functions that are there, and that no deploy of a repository put there.
fn elsewhere(reading: &Reading, desired: &Manifest) -> Vec<ResourceId> {
    let Some(confirmation) = &reading.confirmation else { return Vec::new() };
    let syncs = confirmation.updated_syncs.iter().map(|sync| ("sync", &sync.provider_config_key, &sync.name));
    let actions = confirmation.updated_actions.iter().map(|action| ("action", &action.key, &action.name));
    let there = syncs.chain(actions).map(|(kind, key, name)| ResourceId::new(kind, format!("{key}/{name}")));
    there.filter(|id| desired.resources.contains_key(id)).collect()
}

fn functions(reading: &Reading, desired: &Manifest) -> Vec<Resource> {
    let of = |key: &str, name: &str| ResourceId::new("function", format!("{key}/{name}"));
    let why = "of functions of this kind Nango tells only the names; a release tells the rest, or `mode: adopt`";
    match &reading.bundled {
        None => Vec::new(),
        Some(Known::Yes(list)) => list.iter().map(|slim| fields::unread(of(&slim.key, &slim.name), why)).collect(),
        Some(Known::No(why)) => {
            let declared = desired.resources.keys().filter(|id| id.kind == "function");
            declared.map(|id| fields::unread(id.clone(), why)).collect()
        }
    }
}

fn extras(reading: &Reading) -> Extras {
    Extras {
        kept: true,
        secrets: reading.variables.clone(),
        integrations: integrations(&reading.integrations, &reading.apps),
        connections: connections(&reading.census),
        scopes: scopes(reading),
    }
}

fn integrations(list: &Known<Vec<Integration>>, apps: &BTreeMap<String, App>) -> Known<BTreeMap<String, Known<bool>>> {
    let unasked = || Known::No("no function of the project uses it".to_owned());
    match list {
        Known::No(why) => Known::No(why.clone()),
        Known::Yes(list) => {
            let of = |key: &String| apps.get(key).map_or_else(unasked, |app| app.complete.clone());
            Known::Yes(list.iter().map(|each| (each.key.clone(), of(&each.key))).collect())
        }
    }
}

/// The scopes that the used integrations ask for, as far as there are such things.
fn scopes(reading: &Reading) -> Known<BTreeMap<String, BTreeSet<String>>> {
    if let Known::No(why) = &reading.integrations {
        return Known::No(why.clone());
    }
    let mut all = BTreeMap::new();
    for (key, app) in &reading.apps {
        match &app.scopes {
            Known::No(why) => return Known::No(why.clone()),
            Known::Yes(Some(scopes)) => _ = all.insert(key.clone(), scopes.clone()),
            Known::Yes(None) => {}
        }
    }
    Known::Yes(all)
}

/// The connections of each integration: every sync of it carries the same number.
fn connections(census: &Known<Confirmation>) -> Known<BTreeMap<String, u64>> {
    match census {
        Known::No(why) => Known::No(why.clone()),
        Known::Yes(census) => {
            let syncs = census.new_syncs.iter().chain(&census.updated_syncs).chain(&census.deleted_syncs);
            let counted = syncs.filter_map(|sync| Some((sync.provider_config_key.clone(), sync.connections?)));
            Known::Yes(counted.collect())
        }
    }
}
