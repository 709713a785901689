//! The stand-in against recorded exchanges of a real server (open source, 0.71.4): the same questions in the same order
//! must give the same answers. Code in the bodies was trimmed; ids and times are not compared.

use serde::Deserialize;
use serde_json::Value;

use super::ALL;
use super::world::Nango;

const RECORDED: &str = include_str!("recorded.jsonl");

#[derive(Deserialize)]
struct Exchange {
    story: String,
    note: String,
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    body: Option<Value>,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    body: Value,
}

fn story(name: &str) -> Vec<Exchange> {
    RECORDED
        .lines()
        .map(|line| serde_json::from_str::<Exchange>(line).unwrap())
        .filter(|exchange| exchange.story == name)
        .collect()
}

/// Without what differs from server to server, lists of functions by name.
fn bare(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for name in ["id", "created_at", "updated_at", "last_deployed", "client_id", "client_secret"] {
                map.shift_remove(name);
            }
            for (_, inner) in map.iter_mut() {
                *inner = bare(inner.take());
            }
            map.sort_keys();
        }
        Value::Array(list) => {
            for inner in list.iter_mut() {
                *inner = bare(inner.take());
            }
            list.sort_by_key(ToString::to_string);
        }
        _ => {}
    }
    value
}

async fn replay(name: &str, nango: &Nango, scopes: &[&str], connect_before: Option<usize>) {
    let key = nango.key("dev", scopes);
    let base = crate::net::base_url("NANGO", &nango.url(), crate::net::Plain::Loopback).unwrap();
    let client = crate::net::client(&base, crate::net::Limits::default()).unwrap();
    for (number, exchange) in story(name).into_iter().enumerate() {
        if connect_before == Some(number) {
            nango.environment("dev", |environment| environment.integrations[0].connections = 1);
        }
        let url = base.join(exchange.request.url.trim_start_matches('/')).unwrap();
        let mut request = client.request(exchange.request.method.parse().unwrap(), url).bearer_auth(&key);
        if let Some(body) = &exchange.request.body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let told = format!("{name} {number}: {} {} ({})", exchange.request.method, exchange.request.url, exchange.note);
        assert_eq!(answer.status().as_u16(), exchange.response.status, "{told}");
        let body: Value = answer.json().await.unwrap();
        let (theirs, ours) = (bare(exchange.response.body), bare(body));
        assert_eq!(
            serde_json::to_string_pretty(&ours).unwrap(),
            serde_json::to_string_pretty(&theirs).unwrap(),
            "{told}"
        );
    }
}

async fn three_integrations(connections: u64) -> Nango {
    let nango = Nango::start().await;
    nango.integration("dev", "github", "github", connections);
    nango.integration("dev", "hubspot", "hubspot", 0);
    nango.integration("dev", "slack", "slack", 0);
    nango.environment("dev", |environment| environment.integrations[0].credentials["scopes"] = "x".into());
    nango
}

#[tokio::test]
async fn reads_are_answered_as_by_the_real_server() {
    replay("reads", &three_integrations(1).await, &ALL, None).await;
}

#[tokio::test]
async fn a_provider_is_told_as_by_the_real_server() {
    // Any key of the environment may ask.
    replay("provider", &three_integrations(0).await, &["environment:deploy"], None).await;
}

#[tokio::test]
async fn deploys_are_answered_as_by_the_real_server() {
    replay("deploys", &three_integrations(0).await, &ALL, Some(2)).await;
}

#[tokio::test]
async fn functions_are_answered_as_by_the_real_server() {
    replay("functions", &three_integrations(0).await, &ALL, None).await;
}
