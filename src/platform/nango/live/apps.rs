//! How the integrations that are used are set up: whether they have the credentials that their provider asks for, and which
//! scopes they ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Ask, Question, lacks};
use super::read::{AT_ONCE, Depth, MOST_ASKED, known, scope, used};
use super::wire::{Integration, OneIntegration, OneProvider, Provider, Told};
use crate::manifest::{Known, Manifest};
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

/// The apps of the integrations that are used.
pub(super) async fn apps(
    ask: &Ask,
    integrations: &Known<Vec<Integration>>,
    desired: &Manifest,
    depth: Depth,
    watch: &Watch,
) -> Result<BTreeMap<String, App>, Problem> {
    let (Known::Yes(integrations), Depth::Plan) = (integrations, depth) else { return Ok(BTreeMap::new()) };
    let used = used(desired);
    let there: Vec<&Integration> = integrations.iter().filter(|each| used.contains(&each.key)).collect();
    let (asked, left) = there.split_at(there.len().min(MOST_ASKED));
    let answers =
        each(AT_ONCE, asked.to_vec(), |there| async move { (there, app(ask, &there.key, watch).await) }).await;
    let mut found = BTreeMap::new();
    for (there, answer) in answers {
        found.insert(there.key.clone(), answer?);
    }
    let why = format!("not asked: more than {MOST_ASKED} integrations are used");
    found.extend(left.iter().map(|there| (there.key.clone(), App::unread(&why))));
    by_their_providers(ask, asked, &mut found, watch).await;
    Ok(found)
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

/// Asks the providers, which any key may, where the credentials may not be read: of some nothing could be missing.
async fn by_their_providers(
    ask: &Ask,
    integrations: &[&Integration],
    found: &mut BTreeMap<String, App>,
    watch: &Watch,
) {
    let open: Vec<&Integration> = integrations.iter().copied().filter(|there| is_open(found, there)).collect();
    let asked: BTreeSet<&str> = open.iter().map(|there| there.provider.as_str()).collect();
    let providers =
        each(AT_ONCE, asked.into_iter().collect(), |name| async move { (name, provider(ask, name, watch).await) });
    let providers: BTreeMap<&str, Option<Provider>> = providers.await.into_iter().collect();
    for there in open {
        let provider = providers.get(there.provider.as_str()).and_then(Option::as_ref);
        if provider.and_then(Provider::needs_an_app) == Some(false) {
            found.insert(there.key.clone(), App { complete: Known::Yes(true), scopes: Known::Yes(None) });
        }
    }
}

fn is_open(found: &BTreeMap<String, App>, there: &Integration) -> bool {
    found.get(&there.key).is_some_and(|app| app.complete.known().is_none())
}

/// A provider; `None` where it is not told, for nothing depends on it alone.
async fn provider(ask: &Ask, name: &str, watch: &Watch) -> Option<Provider> {
    let question =
        Question { path: vec!["providers", name], query: Vec::new(), scope: scope::CREDENTIALS, name: "a provider" };
    ask.get::<OneProvider>(&question, watch).await.ok().map(|one| one.data)
}
