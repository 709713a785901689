//! The stand-ins as a program, for what starts Airlock in a container of its own (`scripts/act`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::github::{State, TokenFact, World};
use super::nango::{ALL, Nango};
use crate::names::CommitSha;

/// What a job has that a fork's pull request started: it reads, and writes nothing.
const FORKS_TOKEN: &str = "ghs_t0kenOfAFork";

/// The environments of the Nango, and the integrations that each has, with the scopes that they ask for: what the example needs.
const ENVIRONMENTS: [&str; 2] = ["dev", "prod"];
const INTEGRATIONS: [(&str, &str); 3] = [
    ("github", "repo"),
    ("hubspot", "crm.objects.companies.read,crm.objects.contacts.read,crm.objects.contacts.write"),
    ("slack", "chat:write,users:read,users:read.email"),
];

/// Serves a GitHub and a Nango until a file named `stop` appears in the folder that `AIRLOCK_STAND_INS` names.
///
/// The folder has `commits` (a line a commit: its name, its parent or `-`, its subject) and `pulls` (a line a pull request: its
/// number, base and head) and `runs` (a line when a run begins: its number, event and commit; one when it ends: its number and
/// conclusion), and may get more of all while this runs. `url` says where GitHub is, `github.json` what it was told;
/// `nango` where Nango is and a key for each environment, `nango.json` what runs there.
#[tokio::test]
#[ignore = "a program: scripts/act starts it"]
async fn stand_ins() {
    let folder = PathBuf::from(std::env::var_os("AIRLOCK_STAND_INS").expect("AIRLOCK_STAND_INS names a folder"));
    let world = World::start().await;
    let reads = ["pull-requests", "checks", "deployments"].iter();
    world.add_token(FORKS_TOKEN, reads.fold(TokenFact::job(), |token, name| token.with(name, "read")));
    let nango = Nango::start().await;
    let keys = ENVIRONMENTS.map(|environment| {
        for (name, scopes) in INTEGRATIONS {
            nango.integration(environment, name, name, 3);
            nango.environment(environment, |there| {
                there.integrations.last_mut().unwrap().credentials["scopes"] = json!(scopes);
            });
        }
        nango.key(environment, &ALL)
    });
    put(&folder.join("nango"), &format!("{} {}\n", nango.url(), keys.join(" ")));
    let (mut commits, mut pulls, mut runs) = (0, 0, 0);
    while !folder.join("stop").exists() {
        for line in new_lines(&folder.join("commits"), &mut commits) {
            commit(&mut world.state(), &line);
        }
        for line in new_lines(&folder.join("pulls"), &mut pulls) {
            let words: Vec<&str> = line.split(' ').collect();
            world.open_pull(words[0].parse().unwrap(), &sha(words[1]), &sha(words[2]));
        }
        for line in new_lines(&folder.join("runs"), &mut runs) {
            let words: Vec<&str> = line.split(' ').collect();
            let id = words[0].parse().unwrap();
            match words.get(2) {
                Some(head) => world.add_run(id, words[1], &sha(head)),
                None => world.end_run(id, words[1]),
            }
        }
        put(&folder.join("github.json"), &told(&world.state()).to_string());
        put(&folder.join("nango.json"), &deployed(&nango).to_string());
        // Last: who waits for it finds the rest.
        put(&folder.join("url"), &world.uri());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn commit(state: &mut State, line: &str) {
    let (name, rest) = line.split_once(' ').unwrap();
    let (parent, subject) = rest.split_once(' ').unwrap();
    let parents: Vec<CommitSha> = (parent != "-").then(|| sha(parent)).into_iter().collect();
    state.commit(&sha(name), &parents, subject);
}

fn sha(text: &str) -> CommitSha {
    CommitSha::new(text).unwrap()
}

/// The whole lines that were added since.
fn new_lines(file: &Path, seen: &mut usize) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let new: Vec<String> = whole.lines().skip(*seen).map(str::to_owned).collect();
    *seen += new.len();
    new
}

/// Written whole: nobody reads half of it.
fn put(file: &Path, text: &str) {
    let beside = file.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, file).unwrap();
}

/// What was written there.
fn told(state: &State) -> Value {
    let comments: Vec<Value> =
        state.comments.iter().map(|of| json!({ "issue": of.issue, "body": of.body, "edits": of.edits })).collect();
    let checks: Vec<Value> = state
        .checks
        .iter()
        .map(|of| json!({ "name": of.name, "sha": of.head_sha.as_str(), "conclusion": of.conclusion, "title": of.title }))
        .collect();
    let deployments: Vec<Value> = state
        .deployments
        .iter()
        .map(|of| {
            let states: Vec<&str> = of.statuses.iter().map(|status| status.state.as_str()).collect();
            json!({ "environment": of.environment, "sha": of.sha.as_str(), "states": states })
        })
        .collect();
    json!({ "comments": comments, "checks": checks, "deployments": deployments, "asked": state.asked })
}

/// The functions that run in each environment.
fn deployed(nango: &Nango) -> Value {
    let functions = |name: &str| -> Vec<String> {
        nango.environment(name, |environment| {
            environment.functions.iter().map(|each| format!("{} {}/{}", each.kind, each.key, each.name)).collect()
        })
    };
    ENVIRONMENTS
        .iter()
        .map(|name| ((*name).to_owned(), json!(functions(name))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
