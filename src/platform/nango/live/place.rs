//! What tells one environment of Nango from every other. Pure.
//!
//! No answer of Nango's names an environment (`nango-wire.md`). What no two environments share are the rows of its database: an
//! integration by its key and the millisecond it was made, which lasts; a function by its number and the millisecond it was
//! deployed, which every deploy writes anew.

use super::ask::lacks;
use super::read::{Reading, scope};
use super::wire::{Confirmation, Script};
use crate::manifest::Known;
use crate::names::Digest;
use crate::platform::Place;
use crate::platform::place::Sight;

/// How many characters of a digest a mark has.
const MARK: usize = 16;

/// The place that was read; `None` where the key may read nothing that could tell it.
pub(super) fn of(reading: &Reading) -> Option<Place> {
    Place::of(integrations(reading), functions(reading), sight(reading))
}

/// The integrations, the oldest first: each was made once, and stays when others come and go.
fn integrations(reading: &Reading) -> Vec<String> {
    let Known::Yes(list) = &reading.integrations else { return Vec::new() };
    let mut dated: Vec<(&str, &str)> = list
        .iter()
        .map(|each| (each.created_at.as_str(), each.key.as_str()))
        .filter(|(at, _)| !at.is_empty())
        .collect();
    dated.sort_unstable();
    dated.into_iter().map(|(at, key)| mark(&format!("{at} {key}"))).collect()
}

/// The syncs and actions, the oldest row first. Servers of one's own count from 1 alike, so the time belongs to it.
fn functions(reading: &Reading) -> Vec<String> {
    let Known::Yes(groups) = &reading.groups else { return Vec::new() };
    let scripts = groups.iter().flat_map(|group| group.syncs.iter().chain(&group.actions));
    let row = |script: &Script| Some((script.id, script.text("last_deployed")?.to_owned()));
    let mut rows: Vec<(u64, String)> = scripts.filter_map(row).filter(|(_, at)| !at.is_empty()).collect();
    rows.sort_unstable();
    rows.into_iter().map(|(id, at)| mark(&format!("{id} {at}"))).collect()
}

/// What a key that may only deploy sees: names, and numbers of connections. Without a connection every copy of a project looks
/// like every other, and nothing is made of it.
fn sight(reading: &Reading) -> Option<Sight> {
    let Known::Yes(census) = &reading.census else { return None };
    let connected = syncs(census).any(|(.., connections)| connections > 0);
    let mut seen: Vec<String> =
        syncs(census).map(|(key, name, connections)| format!("{key}/{name} {connections}")).collect();
    seen.extend(census.deleted_actions.iter().map(|action| format!("{}/{}", action.key, action.name)));
    let scripts = &census.deleted_on_event_scripts;
    seen.extend(
        scripts.iter().map(|script| format!("{}/{} {}", script.provider_config_key, script.name, script.event)),
    );
    seen.sort_unstable();
    connected.then(|| Sight { of: seen.join("\n"), wanting: lacks(scope::INTEGRATIONS) })
}

/// The syncs that run there: integration, name, connections.
fn syncs(census: &Confirmation) -> impl Iterator<Item = (&str, &str, u64)> {
    let there = census.deleted_syncs.iter();
    there.map(|sync| (sync.provider_config_key.as_str(), sync.name.as_str(), sync.connections.unwrap_or_default()))
}

fn mark(of: &str) -> String {
    let digest = Digest::of(of.as_bytes()).to_string();
    digest.trim_start_matches("sha256:").chars().take(MARK).collect()
}
