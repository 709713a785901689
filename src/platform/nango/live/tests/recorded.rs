//! Recorded exchanges of a real server: what the CLI sent is what we send, and whatever was answered is understood.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::answer::NANGO;
use super::super::body::{Reach, of};
use super::super::wire::{
    Bundled, Confirmation, Group, Integrations, OneIntegration, OneProvider, Page, Sent, Variable,
};
use super::*;
use crate::manifest::ResourceId;
use crate::platform::asking::Miss;
use crate::tests::nango::Exchange;

/// What the client makes of an answer; `None` where it never asks such a thing.
fn understood(method: &str, path: &[&str], body: &Value) -> Option<Result<usize, serde_json::Error>> {
    fn read<T: DeserializeOwned>(body: &Value, count: impl Fn(T) -> usize) -> Result<usize, serde_json::Error> {
        serde_json::from_value(body.clone()).map(count)
    }
    Some(match (method, path) {
        ("POST", ["sync", "deploy", "confirmation"]) => read(body, |told: Confirmation| {
            let syncs = told.new_syncs.len() + told.updated_syncs.len() + told.deleted_syncs.len();
            let actions = told.new_actions.len() + told.updated_actions.len() + told.deleted_actions.len();
            let scripts = told.updated_on_event_scripts.len() + told.deleted_on_event_scripts.len();
            syncs + actions + scripts + told.deleted_models.len()
        }),
        ("POST", ["sync", "deploy"]) => read(body, |told: Vec<Sent>| told.len()),
        ("POST", ["functions", "deployments", "bundle", ..]) => read(body, |told: Bundled| {
            told.created.len() + told.updated.len() + told.unchanged.len() + told.deleted.len()
        }),
        ("GET", ["scripts", "config"]) => {
            read(body, |told: Vec<Group>| told.iter().map(|group| group.syncs.len() + group.actions.len()).sum())
        }
        ("GET", ["integrations"]) => read(body, |told: Integrations| told.data.len()),
        ("GET", ["integrations", _]) => read(body, |_: OneIntegration| 1),
        ("GET", ["integrations", _, "functions"]) => read(body, |told: Page| told.data.len()),
        ("GET", ["environment-variables"]) => read(body, |told: Vec<Variable>| told.len()),
        ("GET", ["providers", _]) => {
            read(body, |told: OneProvider| usize::from(told.data.needs_an_app() == Some(true)))
        }
        _ => return None,
    })
}

#[test]
fn every_recorded_answer_is_understood() {
    let mut counted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for exchange in Exchange::every() {
        let (asked, answered) = (&exchange.request, &exchange.response);
        let path: Vec<&str> = asked.url.split(['?', '/']).skip(1).take_while(|part| !part.contains('=')).collect();
        let told = if answered.status < 300 {
            match understood(&asked.method, &path, &answered.body) {
                None => "never asked".to_owned(),
                Some(read) => read.unwrap_or_else(|error| panic!("{}: {error}", exchange.title())).to_string(),
            }
        } else {
            match (NANGO.sort)(answered.status, None, answered.body.to_string().as_bytes()) {
                Miss::Refused(refusal) => format!("{} {}", refusal.status, refusal.code),
                other => panic!("{}: {other:?}", exchange.title()),
            }
        };
        counted.entry(format!("{} /{}", asked.method, path.join("/"))).or_default().push(told);
    }
    let lines: Vec<String> = counted.iter().map(|(asked, told)| format!("{asked}: {}", told.join(" "))).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    GET /connections: never asked
    GET /environment-variables: 0
    GET /integrations: 3 401 unknown_account
    GET /integrations/github: 1 1
    GET /integrations/github/functions: 2 2 1
    GET /integrations/github/functions/issues: never asked
    GET /integrations/github/functions/issues/code: never asked
    GET /integrations/github/functions/none: 404 not_found
    GET /integrations/nope: 404 not_found
    GET /providers/github: 1
    GET /scripts/config: 3 3
    GET /sync/status: never asked
    POST /connections: never asked
    POST /functions/deployments/bundle: 1
    POST /functions/deployments/bundle/preview: 1
    POST /sync/deploy: 4 3 2 4 4 4 1 4 4 6 4 4
    POST /sync/deploy/confirmation: 3 4 4 4 4 4 3 4 4 4 4 4 1 4 4 4 4 3 4
    ");
}

/// Every deploy that the CLI was seen to send, made by us of what was compiled: whole, an integration, one function, with a version
/// for all, by both versions of the CLI and both protocols.
#[test]
fn every_recorded_deploy_is_sent_byte_for_byte() {
    let mut sent = BTreeMap::<String, usize>::new();
    for exchange in Exchange::every() {
        let is_deploy = matches!(exchange.request.url.as_str(), "/sync/deploy" | "/functions/deployments/bundle");
        let Some(theirs) = exchange.request.body.as_ref().filter(|_| is_deploy) else { continue };
        let mode = theirs["deployMode"].as_str().unwrap_or("functions");
        let made = Made::sent(theirs);
        let flow = &theirs["flowConfigs"][0];
        let of_flow = |name: &str| flow[name].as_str().unwrap_or_default();
        let (key, name, kind) = (of_flow("providerConfigKey"), of_flow("syncName"), of_flow("type"));
        let one = ResourceId::new(kind, format!("{key}/{name}"));
        let reach = match mode {
            "single" => Reach::Single(&one),
            "integration" => Reach::Integration(key),
            _ => Reach::All,
        };
        let body = of(&made.built().artefact, reach).unwrap();
        let mut theirs = theirs.clone();
        // The one thing that we leave out, for it switches off the scripts of every other integration.
        if mode == "integration" {
            theirs.as_object_mut().unwrap().shift_remove("onEventScriptsByProvider").unwrap();
        }
        assert_eq!(format!("/{}", body.path.join("/")), exchange.request.url, "{}", exchange.title());
        assert_eq!(String::from_utf8(body.bytes).unwrap(), theirs.to_string(), "{}", exchange.title());
        *sent.entry(mode.to_owned()).or_default() += 1;
    }
    insta::assert_snapshot!(format!("{sent:?}"), @r#"{"all": 9, "functions": 1, "integration": 2, "single": 1}"#);
}

/// The stand-in answers as the real server did, so what the real server would tell of these projects is what was sent.
#[tokio::test]
async fn every_recorded_project_is_seen_as_it_was_deployed() {
    let whole = |exchange: &Exchange| {
        let body = exchange.request.body.clone()?;
        let is_deploy = matches!(exchange.request.url.as_str(), "/sync/deploy" | "/functions/deployments/bundle");
        (is_deploy && matches!(body["deployMode"].as_str(), None | Some("all"))).then_some(body)
    };
    let world = World::new().await;
    let mut functions = Vec::new();
    for body in Exchange::every().iter().filter_map(whole) {
        let made = Made::sent(&body);
        if body.get("functions").is_some() {
            functions.push(made);
            continue;
        }
        let deployed = world.deploy(&made).await;
        assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live), "{body}");
        assert_eq!(changes(&world.planned(&made).await), Vec::<String>::new(), "{body}");
    }
    let world = World::new().await;
    for made in functions {
        let deployed = world.deploy(&made).await;
        assert_eq!((deployed.said, deployed.verified), (Ok(()), Verified::Live));
    }
}
