//! How the integrations that are used are set up: whether they have the credentials that their provider asks for, and which
//! scopes they ask for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ask::{Ask, Question, lacks};
use super::read::{AT_ONCE, Depth, MOST_ASKED, known, scope};
use super::stub;
use super::wire::{Integration, OneIntegration, OneProvider, Provider, Told};
use crate::manifest::{Attribute, Known, Manifest};
use crate::platform::asking::each;
use crate::problem::Problem;
use crate::watch::Watch;

/// The app of one integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct App {
    /// Whether it has everything that its sort of provider needs.
    pub(super) complete: Known<bool>,
    /// The scopes that it asks for; `Yes(None)` where there is no such thing.
    pub(super) scopes: Known<Option<BTreeSet<String>>>,
}

impl App {
    fn unread(why: &str) -> Self {
        Self { complete: Known::No(why.to_owned()), scopes: Known::No(why.to_owned()) }
    }
}

/// The scopes that functions of an integration declare.
type Declared = BTreeMap<String, BTreeSet<String>>;

/// The apps of the integrations that are used.
pub(super) async fn apps(
    ask: &Ask,
    integrations: &Known<Vec<Integration>>,
    desired: &Manifest,
    depth: Depth,
    watch: &Watch,
) -> Result<BTreeMap<String, App>, Problem> {
    let (Known::Yes(integrations), Depth::Plan) = (integrations, depth) else { return Ok(BTreeMap::new()) };
    let declared = declared(desired);
    let there: Vec<&Integration> = integrations.iter().filter(|each| declared.contains_key(&each.key)).collect();
    let (asked, left) = there.split_at(there.len().min(MOST_ASKED));
    let answers =
        each(AT_ONCE, asked.to_vec(), |there| async move { (there, app(ask, &there.key, watch).await) }).await;
    let mut found = BTreeMap::new();
    for (there, answer) in answers {
        found.insert(there.key.clone(), answer?);
    }
    let why = format!("not asked: more than {MOST_ASKED} integrations are used");
    found.extend(left.iter().map(|there| (there.key.clone(), App::unread(&why))));
    by_their_providers(ask, asked, &declared, &mut found, watch).await;
    Ok(found)
}

/// The scopes that are declared, by integration; each that is used is in it.
fn declared(desired: &Manifest) -> Declared {
    let mut declared = Declared::new();
    for resource in desired.resources.values() {
        let Some((key, _)) = stub::parts(&resource.id) else { continue };
        let scopes = resource.attributes.get("scopes").and_then(Attribute::value).and_then(Value::as_array);
        let scopes = scopes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        declared.entry(key.to_owned()).or_default().extend(scopes);
    }
    declared
}

async fn app(ask: &Ask, key: &str, watch: &Watch) -> Result<App, Problem> {
    let question = Question {
        path: vec!["integrations", key],
        query: vec![("include", "credentials".to_owned())],
        scope: scope::CREDENTIALS,
        name: "the credentials of an integration",
    };
    let read: Known<OneIntegration> = known(ask.get(&question, watch).await)?;
    Ok(match read {
        Known::No(why) => App::unread(&why),
        Known::Yes(one) => match one.data.credentials {
            Told::Nothing => App::unread(&lacks(scope::CREDENTIALS)),
            Told::NotTaken => App { complete: Known::Yes(true), scopes: Known::Yes(None) },
            Told::Held(held) => App { complete: Known::Yes(held.complete()), scopes: Known::Yes(held.scopes()) },
        },
    })
}

/// Asks the providers, which any key may, where they tell more: whether an app is needed at all where its credentials may not
/// be read, and which scopes are asked for without being named.
async fn by_their_providers(
    ask: &Ask,
    integrations: &[&Integration],
    declared: &Declared,
    found: &mut BTreeMap<String, App>,
    watch: &Watch,
) {
    let open = |there: &&&Integration| {
        let (Some(app), Some(declared)) = (found.get(&there.key), declared.get(&there.key)) else { return false };
        let uncovered = match &app.scopes {
            Known::Yes(Some(scopes)) => !declared.is_subset(scopes),
            Known::Yes(None) | Known::No(_) => false,
        };
        uncovered || app.complete.known().is_none()
    };
    let asked: BTreeSet<&str> = integrations.iter().filter(open).map(|there| there.provider.as_str()).collect();
    let providers =
        each(AT_ONCE, asked.into_iter().collect(), |name| async move { (name, provider(ask, name, watch).await) });
    let providers: BTreeMap<&str, Provider> =
        providers.await.into_iter().filter_map(|(name, provider)| Some((name, provider?))).collect();
    for there in integrations {
        let (Some(app), Some(provider)) = (found.get_mut(&there.key), providers.get(there.provider.as_str())) else {
            continue;
        };
        if app.complete.known().is_none() && provider.needs_an_app() == Some(false) {
            *app = App { complete: Known::Yes(true), scopes: Known::Yes(None) };
        }
        if let Known::Yes(Some(scopes)) = &mut app.scopes {
            scopes.extend(provider.default_scopes.iter().flatten().cloned());
        }
    }
}

/// A provider; `None` where it is not told, for nothing depends on it alone.
async fn provider(ask: &Ask, name: &str, watch: &Watch) -> Option<Provider> {
    let question =
        Question { path: vec!["providers", name], query: Vec::new(), scope: scope::CREDENTIALS, name: "a provider" };
    ask.get::<OneProvider>(&question, watch).await.ok().map(|one| one.data)
}
