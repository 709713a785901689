//! Reads an environment. Each read takes a scope of its own, and what the key may not read is missed by itself, with the
//! scope to add. Requests are few, for Nango counts them for the whole account: 200 a minute.

use std::collections::{BTreeMap, BTreeSet};

use super::apps::{self, App};
use super::ask::{Ask, Question, Unread};
use super::body::Reach;
use super::stub;
use super::wire::{Bundled, Confirmation, Group, Integration, Integrations, Listed, Page, Slim, Variable};
use crate::manifest::{Known, Manifest};
use crate::platform::asking::each;
use crate::problem::Problem;
use crate::watch::Watch;

/// How many functions one page has: the most that Nango gives.
const PAGE: u64 = 100;
/// How many requests are in flight.
pub(super) const AT_ONCE: usize = 8;
/// Of how many integrations the credentials, or the lists, are read: a request each.
pub(super) const MOST_ASKED: usize = 50;

/// The scopes of a key, as Nango's dashboard names them.
pub(super) mod scope {
    /// Deploying, and asking what a deploy would do.
    pub(in super::super) const DEPLOY: &str = "environment:deploy";
    /// Everything about syncs and actions.
    pub(in super::super) const FUNCTIONS: &str = "environment:integrations:list_functions";
    /// Which integrations exist.
    pub(in super::super) const INTEGRATIONS: &str = "environment:integrations:list";
    /// Whether they have credentials.
    pub(in super::super) const CREDENTIALS: &str = "environment:integrations:read_credentials";
    /// The functions of one integration.
    pub(in super::super) const LIST: &str = "environment:functions:list";
    /// The environment's variables.
    pub(in super::super) const VARIABLES: &str = "environment:variables:read";
}

/// Which ids of functions belong to which integration.
pub(super) type Ids = BTreeMap<(String, u64), String>;

/// What one key was let to read.
#[derive(Debug)]
pub(super) struct Reading {
    /// `GET /scripts/config`
    pub(super) groups: Known<Vec<Group>>,
    /// `GET /integrations`
    pub(super) integrations: Known<Vec<Integration>>,
    /// Everything that a deploy of nothing would remove, with connections.
    pub(super) census: Known<Confirmation>,
    /// What a deploy of the desired functions would do; asked only where nothing better can be read.
    pub(super) confirmation: Option<Confirmation>,
    /// The owners of functions whose provider has several integrations.
    pub(super) ids: Known<Ids>,
    /// The functions of `createFunction`; asked only of a project that has some.
    pub(super) bundled: Option<Known<Vec<Slim>>>,
    /// The integrations that are used, as their apps are set up.
    pub(super) apps: BTreeMap<String, App>,
    /// The names of the environment's variables; asked only where some are read.
    pub(super) variables: Known<BTreeSet<String>>,
}

/// What of an environment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything that a plan shows.
    Plan,
    /// Only what runs there: what a deploy is compared with.
    Functions,
}

/// Reads what a plan of `desired` needs to know.
pub(super) async fn read(ask: &Ask, desired: &Manifest, depth: Depth, watch: &Watch) -> Result<Reading, Problem> {
    let used = used(desired);
    let (groups, integrations, census, bundled, variables) = tokio::join!(
        groups(ask, watch),
        integrations(ask, watch),
        census(ask, &used, watch),
        bundled(ask, desired, watch),
        variables(ask, desired, depth, watch),
    );
    let (groups, integrations, census) = (groups?, integrations?, census?);
    let confirmation = match (&groups, &census) {
        (Known::No(_), Known::Yes(_)) => confirmed(ask, desired, Reach::All, watch).await?,
        _ => None,
    };
    let (ids, apps) =
        tokio::join!(ids(ask, &groups, &integrations, watch), apps::apps(ask, &integrations, desired, depth, watch),);
    Ok(Reading {
        groups,
        integrations,
        census,
        confirmation,
        ids: ids?,
        bundled: bundled?,
        apps: apps?,
        variables: variables?,
    })
}

/// The keys of the integrations that a manifest uses.
pub(super) fn used(manifest: &Manifest) -> BTreeSet<String> {
    manifest.resources.keys().filter_map(|id| stub::parts(id)).map(|(key, _)| key.to_owned()).collect()
}

pub(super) fn known<T>(read: Result<T, Unread>) -> Result<Known<T>, Problem> {
    match read {
        Ok(read) => Ok(Known::Yes(read)),
        Err(unread) => unread.why().map(Known::No),
    }
}

/// The question for the list of integrations.
fn list_of_integrations() -> Question<'static> {
    Question {
        path: vec!["integrations"],
        query: Vec::new(),
        scope: scope::INTEGRATIONS,
        name: "the list of integrations",
    }
}

/// The integrations of an environment.
pub(super) async fn integrations(ask: &Ask, watch: &Watch) -> Result<Known<Vec<Integration>>, Problem> {
    known(ask.get::<Integrations>(&list_of_integrations(), watch).await.map(|list| list.data))
}

async fn groups(ask: &Ask, watch: &Watch) -> Result<Known<Vec<Group>>, Problem> {
    let path = vec!["scripts", "config"];
    let question = Question { path, query: Vec::new(), scope: scope::FUNCTIONS, name: "the list of functions" };
    known(ask.get(&question, watch).await)
}

fn confirmation_question() -> Question<'static> {
    Question {
        path: vec!["sync", "deploy", "confirmation"],
        query: Vec::new(),
        scope: scope::DEPLOY,
        name: "what a deploy would change",
    }
}

async fn census(ask: &Ask, used: &BTreeSet<String>, watch: &Watch) -> Result<Known<Confirmation>, Problem> {
    let body = stub::census(used.iter().map(String::as_str));
    known(ask.preview(&confirmation_question(), &body, watch).await)
}

/// What a deploy of the desired functions would do; `None` where Nango does not say.
pub(super) async fn confirmed(
    ask: &Ask,
    desired: &Manifest,
    reach: Reach<'_>,
    watch: &Watch,
) -> Result<Option<Confirmation>, Problem> {
    match ask.preview(&confirmation_question(), &stub::deploy(desired, reach), watch).await {
        Ok(confirmation) => Ok(Some(confirmation)),
        Err(unread) => unread.why().map(|_| None),
    }
}

async fn bundled(ask: &Ask, desired: &Manifest, watch: &Watch) -> Result<Option<Known<Vec<Slim>>>, Problem> {
    if desired.resources.keys().all(|id| id.kind != "function") {
        return Ok(None);
    }
    Ok(Some(match bundle(ask, &stub::no_functions(), watch).await? {
        Known::Yes(bundled) => Known::Yes(bundled.deleted),
        Known::No(why) => Known::No(why),
    }))
}

/// What a deploy of these functions of `createFunction` would do. Nango compares whole functions by digest here, so what it
/// calls unchanged is.
pub(super) async fn bundle(ask: &Ask, body: &[u8], watch: &Watch) -> Result<Known<Bundled>, Problem> {
    let path = vec!["functions", "deployments", "bundle", "preview"];
    let question = Question { path, query: Vec::new(), scope: scope::DEPLOY, name: "what a deploy would change" };
    known(ask.preview(&question, body, watch).await)
}

/// The names of the variables. Their values come with them, so they are asked for only where a function reads one.
async fn variables(
    ask: &Ask,
    desired: &Manifest,
    depth: Depth,
    watch: &Watch,
) -> Result<Known<BTreeSet<String>>, Problem> {
    let reads = desired.resources.values().any(|resource| resource.attributes.contains_key("secrets"));
    if !reads || depth == Depth::Functions {
        return Ok(Known::No("no function reads a variable".to_owned()));
    }
    let path = vec!["environment-variables"];
    let question = Question { path, query: Vec::new(), scope: scope::VARIABLES, name: "the names of the variables" };
    let list: Result<Vec<Variable>, Unread> = ask.get(&question, watch).await;
    known(list.map(|list| list.into_iter().map(|variable| variable.name).collect()))
}

/// Which integration each function belongs to, where `/scripts/config` cannot tell: it groups by provider.
async fn ids(
    ask: &Ask,
    groups: &Known<Vec<Group>>,
    integrations: &Known<Vec<Integration>>,
    watch: &Watch,
) -> Result<Known<Ids>, Problem> {
    let (groups, integrations) = match (groups, integrations) {
        (Known::Yes(groups), Known::Yes(integrations)) => (groups, integrations),
        (Known::No(why), _) | (_, Known::No(why)) => return Ok(Known::No(why.clone())),
    };
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for integration in integrations {
        keys.entry(&integration.provider).or_default().push(&integration.key);
    }
    let shared = groups.iter().filter_map(|group| keys.get(group.provider.as_str())).filter(|keys| keys.len() > 1);
    let shared: Vec<&str> = shared.flatten().copied().collect();
    if shared.len() > MOST_ASKED {
        return Ok(Known::No(format!("more than {MOST_ASKED} integrations share a provider")));
    }
    let lists = each(AT_ONCE, shared, |key| async move { (key, pages(ask, key, watch).await) }).await;
    let mut ids = Ids::new();
    for (key, list) in lists {
        match known(list)? {
            Known::Yes(list) => ids.extend(list.into_iter().map(|listed| ((listed.kind, listed.id), key.to_owned()))),
            Known::No(why) => return Ok(Known::No(why)),
        }
    }
    Ok(Known::Yes(ids))
}

/// The functions of one integration, page by page.
async fn pages(ask: &Ask, key: &str, watch: &Watch) -> Result<Vec<Listed>, Unread> {
    let mut all = Vec::new();
    for page in 0_u64.. {
        let question = Question {
            path: vec!["integrations", key, "functions"],
            query: vec![("page", page.to_string()), ("limit", PAGE.to_string())],
            scope: scope::LIST,
            name: "the functions of an integration",
        };
        let Page { data, pagination } = ask.get(&question, watch).await?;
        let empty = data.is_empty();
        all.extend(data);
        if empty || all.len() as u64 >= pagination.total {
            break;
        }
    }
    Ok(all)
}
