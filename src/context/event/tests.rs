use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::context::env::Env;
use crate::problem::Problem;

const OURS: [&str; 7] =
    ["pull_request", "pull_request_target", "push", "workflow_dispatch", "merge_group", "schedule", "workflow_run"];

fn nothing() -> Env {
    Env::of([("A", "b")])
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events")
}

/// A fixture by its name; what stands before the dot is the event.
fn fixture(name: &str) -> Value {
    let text = std::fs::read_to_string(fixtures().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn every_fixture() -> Vec<(String, Value)> {
    let names = std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), fixture(&name))).collect()
}

fn event_of(name: &str) -> &str {
    name.split('.').next().unwrap()
}

fn in_short(event: &Event) -> String {
    let who = |actor: &Actor| format!("{}{}", actor.login, if actor.bot { " (bot)" } else { "" });
    match event {
        Event::PullRequest(pull) | Event::PullRequestTarget(pull) => format!(
            "#{} {} {:?}{}{} {} -> {} by {}, sent by {}",
            pull.number,
            pull.action,
            pull.state,
            if pull.draft { " draft" } else { "" },
            if pull.is_fork() { " fork" } else { "" },
            pull.head.branch,
            pull.base.branch,
            who(&pull.author),
            who(&pull.sender),
        ),
        Event::Push(push) => format!(
            "{:?} {} -> {}{} by {}",
            push.to,
            push.before.as_ref().map_or("nothing", CommitSha::short),
            push.after.as_ref().map_or("nothing", CommitSha::short),
            if push.forced { " forced" } else { "" },
            who(&push.sender),
        ),
        Event::Dispatch(dispatch) => {
            format!("on {:?} by {} {:?} {:?}", dispatch.on, who(&dispatch.sender), dispatch.workflow, dispatch.inputs)
        }
        Event::MergeGroup(group) => {
            format!(
                "{} onto {} {} by {}",
                group.head.short(),
                group.base_branch,
                group.base.short(),
                who(&group.sender)
            )
        }
        Event::WorkflowRun(run) => format!(
            "{} {} {} {:?} {:?} {:?} {:?}",
            run.id,
            run.event,
            run.head_sha.short(),
            run.head_branch.as_ref().map(BranchName::as_str),
            run.head_repository,
            run.conclusion,
            run.path
        ),
        Event::Schedule => "schedule".to_owned(),
        Event::Other(name) => format!("other: {name}"),
    }
}

#[test]
fn captured_payloads_become_events() {
    let lines = every_fixture().into_iter().map(|(name, payload)| {
        let event = read(event_of(&name), &payload, &nothing()).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(event.name(), event_of(&name));
        format!("{name}: {}", in_short(&event))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    merge_group.checks-requested: 2ffea6d onto main 380387f by Codertocat
    pull_request.closed: #2 closed Closed { merged: false } changes -> master by Codertocat, sent by Codertocat
    pull_request.deleted-fork: #2 synchronize Open fork changes -> master by ghost, sent by Codertocat
    pull_request.dependabot: #2 opened Open dependabot/npm_and_yarn/undici-5.28.4 -> master by dependabot[bot] (bot), sent by dependabot[bot] (bot)
    pull_request.draft: #2 converted_to_draft Open draft changes -> master by Codertocat, sent by Codertocat
    pull_request.fork: #2 opened Open fork changes -> master by mallory, sent by mallory
    pull_request.hostile-title: #2 opened Open changes -> master by Codertocat, sent by Codertocat
    pull_request.merged: #2 closed Closed { merged: true } changes -> master by Codertocat, sent by Codertocat
    pull_request.opened: #2 opened Open changes -> master by Codertocat, sent by Codertocat
    push.branch: Branch(BranchName("master")) 4f9c1b2 -> 6113728 by Codertocat
    push.deleted-tag: Tag("simple-tag") 6113728 -> nothing by Codertocat
    push.forced: Branch(BranchName("master")) 4f9c1b2 -> 6113728 forced by Codertocat
    push.new-branch: Branch(BranchName("master")) nothing -> 6113728 by Codertocat
    push.tag: Tag("simple-tag") nothing -> 6113728 by Codertocat
    schedule.weekdays: schedule
    workflow_dispatch.bot: on Branch(BranchName("master")) by release-bot[bot] (bot) Some(".github/workflows/hello-world-workflow.yml") {}
    workflow_dispatch.inputs: on Branch(BranchName("master")) by Codertocat Some(".github/workflows/hello-world-workflow.yml") {"allow-destructive": "true", "consent": "github/old-sync", "environment": "prod"}
    workflow_dispatch.nango: on Branch(BranchName("master")) by Codertocat Some(".github/workflows/hello-world-workflow.yml") {"allow-destructive": "false", "dry-run": "true", "environment": "prod"}
    workflow_dispatch.null-inputs: on Branch(BranchName("master")) by Codertocat Some(".github/workflows/hello-world-workflow.yml") {}
    workflow_run.completed: 289782451 repository_dispatch 3484a3f Some("master") Some("octo-org/octo-repo") Some("success") Some(".github/workflows/test.yml")
    "#);
}

#[test]
fn a_long_title_is_cut_and_kept_as_it_is() {
    let Event::PullRequest(pull) = read("pull_request", &fixture("pull_request.hostile-title"), &nothing()).unwrap()
    else {
        panic!("another event")
    };
    assert_eq!(pull.title.chars().count(), 300);
    assert!(pull.title.starts_with("`${{ secrets.X }}` @everyone\n::add-mask::x <!-- x"));
}

#[test]
fn pull_request_target_reads_like_a_pull_request() {
    let event = read("pull_request_target", &fixture("pull_request.fork"), &nothing()).unwrap();
    assert!(matches!(event, Event::PullRequestTarget(pull) if pull.is_fork()));
}

#[test]
fn other_events_are_known_by_name_alone() {
    assert_eq!(read("issue_comment", &json!({}), &nothing()), Ok(Event::Other("issue_comment".into())));
    assert_eq!(read("Push", &json!({}), &nothing()).unwrap_err().code, "event-missing");
    assert_eq!(read("push\n", &json!({}), &nothing()).unwrap_err().code, "event-missing");
    assert_eq!(read("", &json!({}), &nothing()).unwrap_err().code, "event-missing");
}

#[test]
fn a_payload_of_another_event_is_a_contradiction() {
    for (name, payload) in every_fixture() {
        for other in OURS.into_iter().filter(|other| *other != event_of(&name)) {
            if other == "pull_request_target" && event_of(&name) == "pull_request" {
                continue;
            }
            let problem = read(other, &payload, &nothing()).unwrap_err();
            assert_eq!(problem.code, "event-contradictory", "{name} read as {other}: {problem}");
        }
    }
}

#[test]
fn an_event_without_a_payload_is_an_error() {
    for name in OURS.into_iter().chain(["issues"]) {
        for payload in [Value::Null, json!([]), json!("x"), json!(1)] {
            assert_eq!(read(name, &payload, &nothing()).unwrap_err().code, "event-missing", "{name}");
        }
    }
    for name in OURS {
        assert_eq!(read(name, &json!({}), &nothing()).unwrap_err().code, "event-incomplete", "{name}");
    }
}

/// Sets the value at a JSON pointer; `null` removes it.
fn bent(name: &str, pointer: &str, to: Value) -> Result<Event, Problem> {
    let mut payload = fixture(name);
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = payload.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if to.is_null() {
        assert!(parent.remove(key).is_some(), "{name} has no {pointer}");
    } else {
        parent.insert(key.to_owned(), to);
    }
    read(event_of(name), &payload, &nothing())
}

#[test]
fn what_is_missing_is_named() {
    let said: Vec<String> = [
        ("pull_request.opened", "/pull_request/head/sha"),
        ("pull_request.opened", "/pull_request/base/repo"),
        ("pull_request.opened", "/pull_request/state"),
        ("pull_request.opened", "/sender"),
        ("pull_request.opened", "/action"),
        ("push.branch", "/ref"),
        ("push.branch", "/after"),
        ("push.branch", "/forced"),
        ("push.branch", "/sender"),
        ("workflow_dispatch.inputs", "/ref"),
        ("workflow_dispatch.inputs", "/sender"),
        ("merge_group.checks-requested", "/merge_group/head_sha"),
        ("schedule.weekdays", "/schedule"),
        ("workflow_run.completed", "/workflow_run/event"),
    ]
    .into_iter()
    .map(|(name, pointer)| bent(name, pointer, Value::Null).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    the `pull_request` event does not say `pull_request.head.sha` (a text)
    the `pull_request` event does not say `pull_request.base.repo` (the base's repository)
    the `pull_request` event does not say `pull_request.state` (a text)
    the `pull_request` event does not say `sender.login` (a text)
    the `pull_request` event does not say `action` (a text)
    the `push` event does not say `ref` (a text)
    the `push` event does not say `after` (a text)
    the `push` event does not say `forced` (true or false)
    the `push` event does not say `sender.login` (a text)
    the `workflow_dispatch` event does not say `ref` (a text)
    the `workflow_dispatch` event does not say `sender.login` (a text)
    the `merge_group` event does not say `merge_group.head_sha` (a text)
    the `schedule` event does not say `schedule` (a text)
    the `workflow_run` event does not say `workflow_run.event` (a text)
    ");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let zero = "0".repeat(40);
    let said: Vec<String> = [
        ("pull_request.opened", "/number", json!(3)),
        ("pull_request.opened", "/action", json!("closed")),
        ("pull_request.opened", "/pull_request/merged", json!(true)),
        ("pull_request.opened", "/repository/full_name", json!("octo/else")),
        ("push.branch", "/created", json!(true)),
        ("push.branch", "/deleted", json!(true)),
        ("push.branch", "/after", json!(zero)),
        ("push.new-branch", "/after", json!(zero)),
        ("push.branch", "/pull_request", json!({})),
        ("workflow_dispatch.nango", "/inputs/environment", json!("dev")),
        ("workflow_dispatch.inputs", "/pusher", json!({"name": "ana"})),
    ]
    .into_iter()
    .map(|(name, pointer, to)| {
        let problem = bent(name, pointer, to).unwrap_err();
        assert_eq!(problem.code, "event-contradictory", "{name} {pointer}");
        problem.to_string()
    })
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    the `pull_request` event contradicts itself: `number` and `pull_request.number` disagree
    the `pull_request` event contradicts itself: its action is `closed` and its pull request is open
    the `pull_request` event contradicts itself: its pull request is open and merged
    the `pull_request` event contradicts itself: the pull request's base is in another repository
    the `push` event contradicts itself: `created` and `before` (4f9c1b2) disagree
    the `push` event contradicts itself: `deleted` and `after` (6113728) disagree
    the `push` event contradicts itself: `deleted` and `after` (0000000) disagree
    the `push` event contradicts itself: it neither creates nor deletes nor moves its ref
    the `push` event contradicts itself: its payload has `pull_request`, which this event never has
    the `workflow_dispatch` event contradicts itself: two of its inputs give `environment`, with different values
    the `workflow_dispatch` event contradicts itself: its payload has `pusher`, which this event never has
    ");
}

#[test]
fn what_is_of_another_sort_is_refused() {
    for (name, pointer, to) in [
        ("pull_request.opened", "/pull_request/head/sha", json!("HEAD")),
        ("pull_request.opened", "/pull_request/head/ref", json!("--upload-pack=x")),
        ("pull_request.opened", "/pull_request/head/repo/full_name", json!("../../x")),
        ("pull_request.opened", "/pull_request/number", json!(0)),
        ("pull_request.opened", "/pull_request/number", json!("2")),
        ("pull_request.opened", "/pull_request/draft", json!("false")),
        ("pull_request.opened", "/sender/login", json!("a\nb")),
        ("push.branch", "/ref", json!("main")),
        ("push.branch", "/ref", json!("refs/heads/")),
        ("push.branch", "/forced", json!("true")),
        ("workflow_dispatch.inputs", "/inputs", json!(["environment"])),
        ("workflow_dispatch.inputs", "/inputs/consent", json!({"a": 1})),
        ("workflow_dispatch.inputs", "/ref", json!("main")),
        ("merge_group.checks-requested", "/merge_group/base_ref", json!("refs/tags/v1")),
        ("workflow_run.completed", "/workflow_run/id", json!(-1)),
        ("schedule.weekdays", "/schedule", json!(5)),
    ] {
        assert_eq!(bent(name, pointer, to.clone()).unwrap_err().code, "event-incomplete", "{name} {pointer} {to}");
    }
}

#[test]
fn the_variables_must_be_of_the_same_run() {
    let sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
    let other = "a".repeat(40);
    for (name, variable, fits, differs) in [
        ("push.branch", "GITHUB_REF", "refs/heads/master", "refs/heads/main"),
        ("push.branch", "GITHUB_SHA", sha, other.as_str()),
        ("push.branch", "GITHUB_REPOSITORY", "codertocat/hello-world", "octo/else"),
        ("push.tag", "GITHUB_SHA", other.as_str(), ""),
        ("push.deleted-tag", "GITHUB_REF", "refs/heads/master", ""),
        ("pull_request.opened", "GITHUB_REF", "refs/pull/2/merge", "refs/pull/22/merge"),
        ("pull_request.opened", "GITHUB_REF", "refs/pull/2/merge", "refs/heads/master"),
        ("pull_request.merged", "GITHUB_REF", "refs/heads/master", "refs/tags/v1"),
        ("workflow_dispatch.inputs", "GITHUB_REF", "refs/heads/master", "refs/heads/other"),
        ("workflow_dispatch.inputs", "GITHUB_REF", "refs/heads/master", "refs/tags/master"),
        ("merge_group.checks-requested", "GITHUB_SHA", "2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d", other.as_str()),
    ] {
        let payload = fixture(name);
        let with = |value: &str| read(event_of(name), &payload, &Env::of([(variable, value)]));
        assert!(with(fits).is_ok(), "{name} {variable}: {:?}", with(fits));
        if !differs.is_empty() {
            assert_eq!(with(differs).unwrap_err().code, "event-contradictory", "{name} {variable}");
        }
    }
}

#[test]
fn a_dispatch_with_a_short_ref_takes_it_from_the_variable() {
    let mut payload = fixture("workflow_dispatch.inputs");
    payload["ref"] = json!("release");
    let on = |variable: &str| match read("workflow_dispatch", &payload, &Env::of([("GITHUB_REF", variable)])) {
        Ok(Event::Dispatch(dispatch)) => Some(dispatch.on),
        _ => None,
    };
    assert_eq!(on("refs/heads/release"), Some(Ref::Branch(BranchName::new("release").unwrap())));
    assert_eq!(on("refs/tags/release"), Some(Ref::Tag("release".into())));
    assert_eq!(on("refs/heads/x/release"), None);
}

/// Where GitHub's own examples lie, if somebody has put them there: the npm package `@octokit/webhooks-examples`.
fn examples() -> Option<PathBuf> {
    let given = std::env::var_os("AIRLOCK_WEBHOOKS_EXAMPLES").map(PathBuf::from);
    let installed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/webhooks-examples/node_modules/@octokit/webhooks-examples");
    given.into_iter().chain([installed]).find(|folder| folder.join("package.json").exists())
}

#[test]
#[expect(clippy::disallowed_macros, reason = "a test may say what it counted, and that it was skipped")]
fn every_example_of_githubs_own_is_read_or_refused_for_a_stated_reason() {
    let Some(folder) = examples() else {
        println!(
            "SKIPPED: GitHub's webhook examples are not there; `npm install --prefix target/webhooks-examples @octokit/webhooks-examples@7.6.1`"
        );
        return;
    };
    let (mut events, mut read_as, mut refused_as) = (0, 0, 0);
    for server in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let Ok(text) = std::fs::read_to_string(server.join("index.json")) else { continue };
        let index: Vec<Value> = serde_json::from_str(&text).unwrap();
        for (own, example) in index.iter().flat_map(|entry| {
            let own = entry["name"].as_str().unwrap();
            entry["examples"].as_array().unwrap().iter().map(move |example| (own, example))
        }) {
            events += 1;
            let event = read(own, example, &nothing()).unwrap_or_else(|problem| panic!("{own}: {problem}\n{example}"));
            assert_eq!(event.name(), own);
            read_as += 1;
            let is_own = |other: &str| other == own || (own == "pull_request" && other == "pull_request_target");
            for other in OURS.into_iter().filter(|other| !is_own(other)) {
                let problem = read(other, example, &nothing()).expect_err(&format!("{own} was read as {other}"));
                assert!(problem.code.starts_with("event-") && !problem.text.is_empty());
                refused_as += 1;
            }
        }
    }
    assert!(events >= 329, "only {events} examples were found");
    println!("{events} examples: {read_as} read under their own name, {refused_as} times refused under another");
}

/// JSON of any shape, often with the keys that matter.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!("0".repeat(40))),
        Just(json!("a".repeat(40))),
        prop_oneof![Just("refs/heads/main"), Just("octo/shop"), Just("open"), Just("closed"), Just("main")]
            .prop_map(Value::from),
    ];
    let key = prop_oneof![
        3 => proptest::sample::select(vec![
            "pull_request", "number", "head", "base", "repo", "full_name", "sha", "ref", "user", "login", "sender",
            "repository", "state", "title", "action", "before", "after", "forced", "inputs", "environment", "stage",
            "allowDestructive", "merge_group", "head_sha", "base_sha", "base_ref", "workflow_run", "id", "event",
            "schedule", "workflow", "type", "merged", "draft",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ];
    leaf.prop_recursive(5, 80, 12, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => proptest::collection::vec((key.clone(), inner), 0..12)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A fixture with one value, anywhere in it, replaced.
fn a_bent_fixture() -> impl Strategy<Value = (String, Value)> {
    (proptest::sample::select(every_fixture()), any::<prop::sample::Index>(), any_json()).prop_map(
        |((name, mut payload), place, value)| {
            let mut pointers: Vec<String> = Vec::new();
            pointers_of(&payload, &mut String::new(), &mut pointers);
            if let Some(at) = payload.pointer_mut(place.get(&pointers).as_str()) {
                *at = value;
            }
            (name, payload)
        },
    )
}

fn pointers_of(value: &Value, here: &mut String, found: &mut Vec<String>) {
    found.push(here.clone());
    for (key, inner) in value.as_object().into_iter().flatten() {
        let length = here.len();
        here.push('/');
        here.push_str(key);
        pointers_of(inner, here, found);
        here.truncate(length);
    }
}

proptest! {
    #[test]
    fn any_json_is_an_event_or_a_problem(name in proptest::sample::select(OURS.to_vec()), payload in any_json()) {
        if let Err(problem) = read(name, &payload, &nothing()) {
            prop_assert!(problem.code.starts_with("event-"));
        }
    }

    #[test]
    fn a_payload_with_one_value_replaced_is_an_event_or_a_problem((name, payload) in a_bent_fixture()) {
        match read(event_of(&name), &payload, &nothing()) {
            Ok(event) => prop_assert_eq!(event.name(), event_of(&name)),
            Err(problem) => prop_assert!(problem.code.starts_with("event-")),
        }
    }
}
