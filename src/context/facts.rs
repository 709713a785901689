//! The repository and the run, from the runner's own variables and the event's payload.

use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;

use super::env::Env;
use super::event::payload::{At, is_repository};
use super::{Host, Repository, Run};
use crate::problem::{Problem, Problems};

/// The repository at hand. In a job, the name and the folder must be given; the default branch is the payload's.
///
/// # Errors
/// `runner-facts` for each variable that is absent or cannot be what it says, all at once.
pub(super) fn repository(env: &Env, payload: &Value) -> Result<Repository, Problems> {
    let mut problems = Problems::new();
    let name = keep(
        &mut problems,
        required(env, "GITHUB_REPOSITORY", "`owner/name`", |text| is_repository(text).then(|| text.to_owned())),
    );
    let root = keep(
        &mut problems,
        required(env, "GITHUB_WORKSPACE", "an absolute folder", |text| {
            text.starts_with('/').then(|| PathBuf::from(text))
        }),
    );
    let server_url = keep(&mut problems, address(env, "GITHUB_SERVER_URL", "https://github.com"));
    let api_url = keep(&mut problems, address(env, "GITHUB_API_URL", "https://api.github.com"));
    let default_branch = keep(&mut problems, default_branch(env, payload)).flatten();
    match (name, root, server_url, api_url) {
        (Some(name), Some(root), Some(server_url), Some(api_url)) if problems.is_empty() => {
            Ok(Repository { name: Some(name), default_branch, root, server_url, api_url })
        }
        _ => Err(problems),
    }
}

/// The default branch as the payload tells it; `None` where it tells nothing.
fn default_branch(env: &Env, payload: &Value) -> Result<Option<crate::names::BranchName>, Problem> {
    let event = env.get("GITHUB_EVENT_NAME").unwrap_or("event");
    At::root(event, payload).get("repository").get("default_branch").maybe().map(|at| at.branch()).transpose()
}

/// The facts of the run.
///
/// # Errors
/// `runner-facts` for each variable that is absent or cannot be what it says, all at once.
pub(super) fn run(env: &Env, now: Timestamp) -> Result<Run, Problems> {
    let mut problems = Problems::new();
    let sha = keep(&mut problems, required(env, "GITHUB_SHA", "a full commit hash", parsed));
    let id = keep(&mut problems, required(env, "GITHUB_RUN_ID", "a number", positive));
    let attempt = keep(&mut problems, required(env, "GITHUB_RUN_ATTEMPT", "a number", positive))
        .map(|attempt| u32::try_from(attempt).unwrap_or(u32::MAX));
    let actor = keep(&mut problems, required(env, "GITHUB_ACTOR", "a login", login));
    let again = match env.get("GITHUB_TRIGGERING_ACTOR") {
        Some(_) => keep(&mut problems, required(env, "GITHUB_TRIGGERING_ACTOR", "a login", login)),
        None => actor.clone(),
    };
    let (Some(sha), Some(id), Some(attempt), Some(actor), Some(triggering_actor)) = (sha, id, attempt, actor, again)
    else {
        return Err(problems);
    };
    Ok(Run {
        host: Host::Actions,
        sha,
        id: Some(id),
        attempt,
        workflow: env.get("GITHUB_WORKFLOW_REF").and_then(workflow_file),
        actor,
        triggering_actor,
        url: page(env, id, attempt),
        started: now,
    })
}

fn keep<T>(problems: &mut Problems, read: Result<T, Problem>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

fn required<T>(env: &Env, variable: &str, wanted: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Problem> {
    let Some(text) = env.get(variable) else {
        return Err(Problem::input("runner-facts", format!("{variable} is not set"))
            .help("run airlock as a step of a GitHub Actions job, or use `airlock simulate` here"));
    };
    read(text).ok_or_else(|| Problem::input("runner-facts", format!("{variable} is not {wanted}")))
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn positive(text: &str) -> Option<u64> {
    parsed(text).filter(|number| *number > 0)
}

fn login(text: &str) -> Option<String> {
    let plain = text.len() <= 100 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_[].".contains(c));
    plain.then(|| text.to_owned())
}

/// An address of GitHub: https, or http to this machine; nothing but a host, a port and a path.
fn address(env: &Env, variable: &str, default: &str) -> Result<String, Problem> {
    let given = env.get(variable).unwrap_or(default);
    let wrong = |why: &str| {
        Problem::input("runner-facts", format!("{variable} {why}"))
            .help("airlock talks https to GitHub; plain http only to this machine, for tests")
    };
    let url = Url::parse(given).map_err(|error| wrong("is not an address").because(&error))?;
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        _ if !bare => Err(wrong("has more than a host and a path")),
        "https" => Ok(given.trim_end_matches('/').to_owned()),
        "http" if is_loopback(&url) => Ok(given.trim_end_matches('/').to_owned()),
        "http" => Err(wrong("is plain http")),
        _ => Err(wrong("is not https")),
    }
}

/// Whether an address is on this machine: `localhost`, `127.0.0.0/8` or `[::1]`.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `octo/shop/.github/workflows/x.yml@refs/heads/main` → `.github/workflows/x.yml`.
fn workflow_file(reference: &str) -> Option<String> {
    let (file, _) = reference.split_once("@refs/").or_else(|| reference.rsplit_once('@'))?;
    let path = file.splitn(3, '/').nth(2)?;
    let plain = path.starts_with(".github/workflows/") && !path.contains("..") && !path.chars().any(char::is_control);
    plain.then(|| path.to_owned())
}

/// The run's page; a later attempt has its own.
fn page(env: &Env, id: u64, attempt: u32) -> Option<String> {
    let server = address(env, "GITHUB_SERVER_URL", "https://github.com").ok()?;
    let repository = env.get("GITHUB_REPOSITORY").filter(|name| is_repository(name))?;
    let run = format!("{server}/{repository}/actions/runs/{id}");
    Some(if attempt > 1 { format!("{run}/attempts/{attempt}") } else { run })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FACTS: [(&str, &str); 8] = [
        ("GITHUB_REPOSITORY", "octo/shop"),
        ("GITHUB_WORKSPACE", "/github/workspace"),
        ("GITHUB_SHA", "6113728f27ae82c7b1a177c8d03f9e96e0adf246"),
        ("GITHUB_RUN_ID", "812"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_ACTOR", "ana"),
        ("GITHUB_WORKFLOW_REF", "octo/shop/.github/workflows/integrations.yml@refs/heads/a@b"),
        ("GITHUB_SERVER_URL", "https://github.example.com/"),
    ];

    fn with(change: &[(&str, &str)]) -> Env {
        let mut pairs: std::collections::BTreeMap<&str, &str> = FACTS.into();
        pairs.extend(change.iter().copied());
        Env::of(pairs)
    }

    #[test]
    fn the_runners_variables_become_facts() {
        let repository = repository(&with(&[]), &json!({"repository": {"default_branch": "trunk"}})).unwrap();
        assert_eq!(repository.name.as_deref(), Some("octo/shop"));
        assert_eq!(repository.default_branch.unwrap().as_str(), "trunk");
        assert_eq!(repository.server_url, "https://github.example.com");
        assert_eq!(repository.api_url, "https://api.github.com");

        let run = run(&with(&[("GITHUB_RUN_ATTEMPT", "2"), ("GITHUB_TRIGGERING_ACTOR", "ben")]), Timestamp::UNIX_EPOCH)
            .unwrap();
        assert_eq!(run.workflow.as_deref(), Some(".github/workflows/integrations.yml"));
        assert_eq!((run.actor.as_str(), run.triggering_actor.as_str(), run.attempt), ("ana", "ben", 2));
        assert_eq!(run.url.as_deref(), Some("https://github.example.com/octo/shop/actions/runs/812/attempts/2"));
    }

    #[test]
    fn every_absent_variable_is_named_at_once() {
        let env = Env::of([("A", "b")]);
        let mut problems = repository(&env, &Value::Null).unwrap_err();
        problems.extend(run(&env, Timestamp::UNIX_EPOCH).unwrap_err());
        let texts: Vec<_> = problems.iter().map(|problem| problem.text.as_str()).collect();
        insta::assert_snapshot!(texts.join("\n"), @r"
        GITHUB_REPOSITORY is not set
        GITHUB_WORKSPACE is not set
        GITHUB_SHA is not set
        GITHUB_RUN_ID is not set
        GITHUB_RUN_ATTEMPT is not set
        GITHUB_ACTOR is not set
        ");
    }

    #[test]
    fn addresses_are_https_or_on_this_machine() {
        for (given, ok) in [
            ("https://api.github.com", true),
            ("https://github.example.com/api/v3/", true),
            ("http://127.0.0.1:8080", true),
            ("http://localhost:1", true),
            ("http://[::1]:1/api", true),
            ("http://api.github.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("https://token@api.github.com", false),
            ("https://api.github.com/?x=1", false),
            ("https://api.github.com/#x", false),
            ("file:///etc/passwd", false),
            ("api.github.com", false),
        ] {
            let read = repository(&with(&[("GITHUB_API_URL", given)]), &Value::Null);
            assert_eq!(read.is_ok(), ok, "{given}: {read:?}");
        }
    }

    #[test]
    fn facts_that_cannot_be_are_refused() {
        for (variable, value) in
            [("GITHUB_SHA", "HEAD"), ("GITHUB_RUN_ID", "0"), ("GITHUB_RUN_ATTEMPT", "-1"), ("GITHUB_ACTOR", "a\nb")]
        {
            assert!(run(&with(&[(variable, value)]), Timestamp::UNIX_EPOCH).is_err(), "{variable}");
        }
        for (variable, value) in
            [("GITHUB_REPOSITORY", "octo"), ("GITHUB_REPOSITORY", "../.."), ("GITHUB_WORKSPACE", "here")]
        {
            assert!(repository(&with(&[(variable, value)]), &Value::Null).is_err(), "{variable}");
        }
        assert!(repository(&with(&[]), &json!({"repository": {"default_branch": "-x"}})).is_err());
    }

    #[test]
    fn a_workflow_is_its_file() {
        assert_eq!(
            workflow_file("o/r/.github/workflows/x.yml@refs/tags/v1").as_deref(),
            Some(".github/workflows/x.yml")
        );
        assert_eq!(workflow_file("o/r/.github/workflows/x.yml@abc").as_deref(), Some(".github/workflows/x.yml"));
        for none in ["", "x.yml", "o/r/x.yml@refs/heads/main", "o/r/.github/workflows/../x@refs/heads/main"] {
            assert_eq!(workflow_file(none), None, "{none}");
        }
    }
}
