use jiff::Timestamp;
use proptest::prelude::*;

use super::env::Env;
use super::event::Event;
use super::inputs::Inputs;
use super::{Gathered, Host, Invocation, Repository, Run};
use crate::names::CommitSha;
use crate::problem::{Problem, Problems};

const PUSH: &str = include_str!("../../tests/events/push.branch.json");

fn job(change: &[(&str, &str)]) -> Env {
    let mut pairs = std::collections::BTreeMap::from([
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REPOSITORY", "Codertocat/Hello-World"),
        ("GITHUB_WORKSPACE", "/github/workspace"),
        ("GITHUB_REF", "refs/heads/master"),
        ("GITHUB_SHA", "6113728f27ae82c7b1a177c8d03f9e96e0adf246"),
        ("GITHUB_RUN_ID", "812"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_ACTOR", "Codertocat"),
    ]);
    pairs.extend(change.iter().copied());
    Env::of(pairs).with_event(PUSH)
}

fn gathered(change: &[(&str, &str)]) -> Gathered {
    Gathered::read(&job(change), Timestamp::UNIX_EPOCH)
}

fn codes(problems: &Problems) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_push_becomes_an_invocation() {
    let invocation = Invocation::new(gathered(&[("INPUT_DRY-RUN", "true")]), Ok(None), None).unwrap();
    assert!(matches!(invocation.event, Event::Push(_)) && invocation.inputs.dry_run);
    assert_eq!(invocation.run.host, Host::Actions);
    // The payload's default branch is `master`: pushes to it deploy `dev`.
    assert_eq!(invocation.config.environments[0].branch.as_ref().unwrap().as_str(), "master");
    assert!(invocation.policy_changes.is_empty() && invocation.policy_unreadable.is_none());
}

#[test]
fn problems_of_all_parts_are_told_at_once() {
    let broken = gathered(&[
        ("INPUT_MODE", "x"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_RUN_ID", "x"),
        ("GITHUB_REPOSITORY", "x"),
    ]);
    let problems = Invocation::new(broken, Ok(None), Some("a = 1\nb = 2")).unwrap_err();
    insta::assert_snapshot!(codes(&problems).join("\n"), @r"
    the `push` event contradicts itself: GITHUB_REPOSITORY is not the repository in its payload
    input `mode` is `x`, and must be one of `auto`, `plan`, `rollback`, `adopt`, `drift`
    GITHUB_REPOSITORY is not `owner/name`
    GITHUB_RUN_ID is not a number
    airlock.toml:1:1: `a` is no key of the configuration
    airlock.toml:2:1: `b` is no key of the configuration
    ");
}

#[test]
fn inputs_are_read_though_the_event_cannot_be() {
    let env = Env::of([("GITHUB_EVENT_NAME", "push"), ("INPUT_MODE", "x")]);
    let problems = Invocation::new(Gathered::read(&env, Timestamp::UNIX_EPOCH), Ok(None), None).unwrap_err();
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_ref()).collect();
    assert_eq!(codes[..3], ["event-missing", "input-invalid", "runner-facts"]);
}

#[test]
fn a_change_of_the_policy_is_shown_and_not_obeyed() {
    let policy = "[[environment]]\nname = \"dev\"\n[[environment]]\nname = \"prod\"\nproduction = true\n";
    let checkout = "[[project]]\npath = \"a\"\n[[environment]]\nname = \"dev\"\n[[environment]]\nname = \"prod\"\nproduction = true\nconsent = \"flag\"\n";
    let invocation = Invocation::new(gathered(&[]), Ok(Some(policy.into())), Some(checkout)).unwrap();
    assert_eq!(invocation.policy_changes, ["`prod` would let the bare flag stand for consent"]);
    assert_eq!(invocation.config.environments[1].consent, super::config::ConsentRule::Named);
    assert_eq!(invocation.config.projects[0].path, "a");
}

#[test]
fn what_a_branch_lets_its_code_see_is_not_obeyed() {
    let (policy, checkout) = ("test-env = [\"DB_URL\"]\n", "test-env = [\"DB_URL\", \"DEPLOY_KEY\"]\n");
    let read = |named| Invocation::new(gathered(&[("INPUT_TEST-ENV", named)]), Ok(Some(policy.into())), Some(checkout));
    let invocation = read("DB_URL").unwrap();
    assert_eq!(
        (invocation.inputs.test_env, invocation.config.shown.test.unwrap()),
        (vec!["DB_URL".into()], vec!["DB_URL".into()])
    );
    assert_eq!(invocation.policy_changes, ["tests could see `DEPLOY_KEY`"]);
    assert_eq!(read("DEPLOY_KEY").unwrap_err()[0].code, "env-name-refused");
}

#[test]
fn a_policy_that_cannot_be_read_stops_deploys_and_not_the_run() {
    for policy in
        [Ok(Some("a = 1\nb = 2".to_owned())), Err(Problem::input("policy-unreadable", "the commit is not here"))]
    {
        let invocation = Invocation::new(gathered(&[]), policy, None).unwrap();
        assert_eq!(invocation.policy_unreadable.unwrap().code, "policy-unreadable");
        assert_eq!(invocation.config.environments.len(), 2);
        assert!(invocation.policy_changes.is_empty());
    }
    let both = Invocation::new(gathered(&[]), Ok(Some("a = 1\nb = 2".into())), None).unwrap();
    insta::assert_snapshot!(both.policy_unreadable.unwrap().to_string(), @r"the default branch's configuration cannot be used, so nothing may be deployed: airlock.toml:1:1: `a` is no key of the configuration: airlock.toml:2:1: `b` is no key of the configuration");
}

#[test]
fn the_configuration_is_where_the_input_says() {
    assert_eq!(gathered(&[]).config_path(), "airlock.toml");
    let elsewhere = gathered(&[("INPUT_CONFIG", "./deploy/airlock.toml")]);
    assert_eq!(elsewhere.config_path(), "deploy/airlock.toml");
    let problems = Invocation::new(elsewhere, Ok(None), Some("x = 1")).unwrap_err();
    assert_eq!(problems[0].place.as_ref().unwrap().path, "deploy/airlock.toml");
}

#[test]
fn what_is_no_error_is_a_note() {
    use std::os::unix::ffi::OsStringExt as _;
    let mut pairs: Vec<(std::ffi::OsString, std::ffi::OsString)> = vec![("INPUT_DRYRUN".into(), "true".into())];
    pairs.push(("ODD".into(), std::ffi::OsString::from_vec(vec![0xff])));
    let gathered = Gathered::read(&Env::of(pairs), Timestamp::UNIX_EPOCH);
    insta::assert_snapshot!(gathered.notes.join("\n"), @r"
    no input is called `dryrun`: did you mean `dry-run`? It was not read
    these variables are not UTF-8 text and were left out: `ODD`
    ");
}

#[test]
fn a_simulation_states_its_own_facts() {
    let repository = Repository {
        name: None,
        default_branch: None,
        root: "/work".into(),
        server_url: "https://github.com".into(),
        api_url: "https://api.github.com".into(),
    };
    let run = Run {
        host: Host::Simulated,
        sha: CommitSha::new("a".repeat(40)).unwrap(),
        id: None,
        attempt: 1,
        workflow: None,
        actor: "you".into(),
        triggering_actor: "you".into(),
        url: None,
        started: Timestamp::UNIX_EPOCH,
    };
    let gathered = Gathered::stated(Inputs::default(), Event::Schedule, repository, run);
    assert!(Invocation::new(gathered, Ok(None), None).is_ok());
}

proptest! {
    #[test]
    fn any_texts_are_an_invocation_or_problems(
        event in "\\PC{0,12}|push|pull_request|schedule",
        payload in "\\PC*|\\{[\"a-z:,{}\\[\\]0-9]*",
        value in "\\PC*",
        config in proptest::option::of("\\PC*|[a-z =\\[\\]\"\n]*"),
    ) {
        let env = Env::of([("GITHUB_EVENT_NAME", event.as_str()), ("GITHUB_SHA", &value), ("GITHUB_API_URL", &value), ("INPUT_MODE", &value)])
            .with_event(payload);
        let gathered = Gathered::read(&env, Timestamp::UNIX_EPOCH);
        let problems = Invocation::new(gathered, Ok(config.clone()), config.as_deref()).unwrap_err();
        prop_assert!(!problems.is_empty());
    }
}
