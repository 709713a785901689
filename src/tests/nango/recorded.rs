//! Recorded exchanges of a real server (open source, 0.71.4, with the CLI 0.71.4 and 0.71.10): the stand-in is asked the same
//! questions in the same order, and must give the same answers. All there are is here. Code in the bodies was trimmed when it was
//! recorded; ids and times are not compared.

use serde::Deserialize;
use serde_json::Value;

use super::ALL;
use super::world::Nango;

/// One question, and the real server's answer.
#[derive(Deserialize)]
pub(crate) struct Exchange {
    /// `deploys` or `reads`: each was played on a server of its own.
    story: String,
    number: usize,
    #[serde(default)]
    note: String,
    /// The environment of the key; `dev` where none is named.
    #[serde(default)]
    environment: Option<String>,
    /// Deploys in between were not recorded; the on-event scripts have this version since.
    #[serde(default)]
    scripts: Option<String>,
    /// A key that belongs to nobody.
    #[serde(default)]
    key: Option<String>,
    pub(crate) request: Asked,
    pub(crate) response: Answered,
}

/// What was asked.
#[derive(Deserialize)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) url: String,
    /// The CLI's user agent; nothing where it was asked by hand.
    #[serde(default)]
    agent: Option<String>,
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

/// What was answered.
#[derive(Deserialize)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Exchange {
    /// Every recorded exchange, in order.
    pub(crate) fn every() -> Vec<Self> {
        include_str!("recorded.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `deploys 4: POST /sync/deploy/confirmation`, with a note if there is one.
    pub(crate) fn title(&self) -> String {
        let (asked, note) = (&self.request, &self.note);
        format!("{} {}: {} {} {note}", self.story, self.number, asked.method, asked.url)
    }
}

/// Without what differs from server to server, lists of functions by name.
fn bare(mut value: Value) -> Value {
    const OWN: [&str; 9] = [
        "id",
        "created",
        "created_at",
        "updated_at",
        "last_fetched_at",
        "last_deployed",
        "nextScheduledSyncAt",
        "client_id",
        "client_secret",
    ];
    match &mut value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                let is_trimmed = inner.as_str().is_some_and(|text| text.contains("trimmed"));
                let is_own = OWN.contains(&name.as_str()) || is_trimmed;
                *inner = if is_own { "…".into() } else { bare(inner.take()) };
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

/// Both environments as they were when the recording began.
async fn as_recorded(connections: u64) -> Nango {
    let nango = Nango::start().await;
    for (environment, connections) in [("dev", connections), ("prod", 1)] {
        nango.integration(environment, "github", "github", connections);
        nango.integration(environment, "hubspot", "hubspot", 0);
        nango.integration(environment, "slack", "slack", 0);
    }
    nango.environment("dev", |environment| environment.integrations[0].credentials["scopes"] = "x".into());
    nango
}

/// Asks the stand-in everything of a story; how many questions that were.
async fn replay(story: &str, nango: &Nango) -> usize {
    let beside = ["environment:connections:list", "environment:connections:create", "environment:syncs:read"];
    let scopes: Vec<&str> = ALL.into_iter().chain(beside).collect();
    let keys = ["dev", "prod"].map(|environment| (environment, nango.key(environment, &scopes)));
    let base = crate::net::base_url("NANGO", &nango.url(), crate::net::Plain::Loopback).unwrap();
    let client = crate::net::client(&base, crate::net::Limits::default()).unwrap();
    let mut count = 0;
    for exchange in Exchange::every().into_iter().filter(|exchange| exchange.story == story) {
        let title = exchange.title();
        let environment = exchange.environment.as_deref().unwrap_or("dev");
        if let Some(version) = &exchange.scripts {
            nango.environment(environment, |there| {
                there.scripts.iter_mut().for_each(|each| each.version.clone_from(version));
            });
        }
        let own = keys.iter().find(|(name, _)| *name == environment).map(|(_, key)| key.as_str()).unwrap();
        let key = exchange.key.as_ref().map_or(own, |_| "99999999-0000-4000-8000-000000000000");
        let url = base.join(exchange.request.url.trim_start_matches('/')).unwrap();
        let mut request = client.request(exchange.request.method.parse().unwrap(), url).bearer_auth(key);
        if let Some(agent) = &exchange.request.agent {
            request = request.header("user-agent", agent);
        }
        if let Some(body) = &exchange.request.body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), exchange.response.status, "{title}");
        let body: Value = answer.json().await.unwrap();
        let (theirs, ours) = (bare(exchange.response.body), bare(body));
        assert_eq!(
            serde_json::to_string_pretty(&ours).unwrap(),
            serde_json::to_string_pretty(&theirs).unwrap(),
            "{title}"
        );
        count += 1;
    }
    count
}

#[tokio::test]
async fn everything_that_was_recorded_is_answered_as_by_the_real_server() {
    let deploys = replay("deploys", &as_recorded(0).await).await;
    let reads = replay("reads", &as_recorded(1).await).await;
    assert_eq!((deploys, reads, Exchange::every().len()), (32, 19, 51));
}
