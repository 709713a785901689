//! The table of what each event may do, row for row, and the properties that hold for anything.

use proptest::prelude::*;

use super::*;
use crate::context::Run;
use crate::context::config::{Config, Shown};
use crate::context::event::{MergeGroup, Side, WorkflowRun};
use crate::context::inputs::Inputs;
use crate::tests::facts::*;

fn pull() -> PullRequest {
    let side = |digit, name: &str| Side { sha: sha(digit), branch: branch(name), repository: Some("acme/shop".into()) };
    PullRequest {
        number: 7,
        action: "synchronize".into(),
        state: PullState::Open,
        draft: false,
        title: "Add deals".into(),
        head: side('b', "deals"),
        base: side('a', "main"),
        author: person("ana"),
        sender: person("ana"),
    }
}

fn fork() -> PullRequest {
    let mut pull = pull();
    pull.head.repository = Some("mallory/shop".into());
    pull
}

fn push_to(to: Ref) -> Event {
    Event::Push(Push { to, before: None, after: Some(sha('a')), forced: false, sender: person("ana") })
}

fn dispatch_from(sender: &str) -> Event {
    let on = Ref::Branch(branch("main"));
    Event::Dispatch(Dispatch { on, sender: person(sender), workflow: None, inputs: std::collections::BTreeMap::new() })
}

fn workflow_run() -> Event {
    Event::WorkflowRun(WorkflowRun {
        id: 1,
        event: "pull_request".into(),
        head_sha: sha('b'),
        head_branch: None,
        head_repository: None,
        conclusion: None,
        path: None,
    })
}

fn merge_group() -> Event {
    let (head, base) = (sha('b'), sha('a'));
    Event::MergeGroup(MergeGroup { head, base, base_branch: branch("main"), sender: person("ana") })
}

fn with(event: Event, change: impl FnOnce(&mut Inputs)) -> Invocation {
    let mut invocation = invocation(event);
    change(&mut invocation.inputs);
    invocation
}

fn to(environment: &str) -> impl FnOnce(&mut Inputs) + use<'_> {
    move |inputs| inputs.environment = Some(name(environment))
}

/// `reach · intent · environments · writes`.
fn row(invocation: &Invocation) -> String {
    let Decision { reach, intent, environments, targets: _, would: _, writes, reason: _ } = decide(invocation);
    let environments = environments.iter().map(EnvironmentName::as_str).collect::<Vec<_>>().join(" ");
    let writes = if writes { "writes" } else { "-" };
    format!("{reach} · {intent:?} · {environments} · {writes}")
}

#[test]
fn the_table() {
    let dependabot = PullRequest { author: person(Actor::DEPENDABOT), ..pull() };
    let by_dependabot = PullRequest { sender: person(Actor::DEPENDABOT), ..pull() };
    let mut gone = pull();
    gone.head.repository = None;
    let closed = |pull: PullRequest| PullRequest { state: PullState::Closed { merged: true }, ..pull };
    let deleted = Push {
        to: Ref::Branch(branch("main")),
        before: Some(sha('a')),
        after: None,
        forced: false,
        sender: person("ana"),
    };
    let main = || push_to(Ref::Branch(branch("main")));
    let everywhere = "dev staging prod";

    #[rustfmt::skip]
    let table: Vec<(&str, Invocation, String)> = vec![
        ("pull request, same repository",        invocation(Event::PullRequest(pull())),                         format!("plan · Review · {everywhere} · writes")),
        ("… with a preview asked for",           with(Event::PullRequest(pull()), |i| i.preview = true),         format!("apply to the preview of #7 · Review · {everywhere} · writes")),
        ("… a draft",                            invocation(Event::PullRequest(PullRequest { draft: true, ..pull() })), format!("plan · Review · {everywhere} · writes")),
        ("… a draft, asking for a preview",      with(Event::PullRequest(PullRequest { draft: true, ..pull() }), |i| i.preview = true), format!("plan · Review · {everywhere} · writes")),
        ("… of a fork",                          invocation(Event::PullRequest(fork())),                         "check · CodeReview · dev · -".into()),
        ("… of a fork, asking for a preview",    with(Event::PullRequest(fork()), |i| i.preview = true),         "check · CodeReview · dev · -".into()),
        ("… of a deleted fork",                  invocation(Event::PullRequest(gone)),                           "check · CodeReview · dev · -".into()),
        ("… opened by Dependabot",               invocation(Event::PullRequest(dependabot)),                     "check · CodeReview · dev · -".into()),
        ("… updated by Dependabot",              invocation(Event::PullRequest(by_dependabot)),                  "check · CodeReview · dev · -".into()),
        ("… closed",                             invocation(Event::PullRequest(closed(pull()))),                 "remove the preview of #7 · Teardown ·  · writes".into()),
        ("… of a fork, closed",                  invocation(Event::PullRequest(closed(fork()))),                 "nothing · Review ·  · -".into()),
        ("pull_request_target",                  invocation(Event::PullRequestTarget(pull())),                   "parse · Review ·  · -".into()),
        ("merge group",                          invocation(merge_group()),                                      format!("check · Review · {everywhere} · -")),
        ("push to an environment's branch",      invocation(main()),                                             "apply to dev · Deploy · dev · writes".into()),
        ("… by Dependabot",                      Invocation { run: Run { actor: Actor::DEPENDABOT.into(), ..invocation(main()).run }, ..invocation(main()) }, "check · CodeReview · dev · -".into()),
        ("push to another branch",               invocation(push_to(Ref::Branch(branch("feature")))),            "check · Review ·  · -".into()),
        ("push of a tag",                        invocation(push_to(Ref::Tag("v1".into()))),                     "check · Review ·  · -".into()),
        ("push that deletes",                    invocation(Event::Push(deleted)),                               "nothing · Review ·  · -".into()),
        ("dispatch, first environment",          with(dispatch_from("ana"), to("dev")),                          "apply to dev · Deploy · dev · writes".into()),
        ("dispatch, second environment",         with(dispatch_from("ana"), to("staging")),                      "apply to staging · Promote · staging · writes".into()),
        ("dispatch, production",                 with(dispatch_from("ana"), to("prod")),                         "apply to prod · Promote · prod · writes".into()),
        ("dispatch, a hotfix",                   with(dispatch_from("ana"), |i| { to("prod")(i); i.hotfix = Some("down".into()); }), "apply to prod · Deploy · prod · writes".into()),
        ("dispatch, rollback",                   with(dispatch_from("ana"), |i| { to("prod")(i); i.mode = Mode::Rollback; }), "apply to prod · Rollback · prod · writes".into()),
        ("dispatch, adopt",                      with(dispatch_from("ana"), |i| { to("prod")(i); i.mode = Mode::Adopt; }), "apply to prod · Adopt · prod · writes".into()),
        ("dispatch, mode plan",                  with(dispatch_from("ana"), |i| { to("prod")(i); i.mode = Mode::Plan; }), format!("plan · Review · {everywhere} · writes")),
        ("dispatch, mode drift",                 with(dispatch_from("ana"), |i| i.mode = Mode::Drift),            format!("plan · Drift · {everywhere} · writes")),
        ("dispatch, dry run",                    with(dispatch_from("ana"), |i| { to("prod")(i); i.dry_run = true; }), "plan · Promote · prod · writes".into()),
        ("dispatch, handed over",                with(dispatch_from("ana"), |i| { to("prod")(i); i.hand_over = true; }), "plan · Promote · prod · writes".into()),
        ("push, handed over",                    with(main(), |i| i.hand_over = true),                            "plan · Deploy · dev · writes".into()),
        ("dispatch without an environment",      invocation(dispatch_from("ana")),                               format!("plan · Review · {everywhere} · writes")),
        ("… with previews",                      with(dispatch_from("ana"), |i| i.preview = true),                format!("remove previews of closed pull requests · Review · {everywhere} · writes")),
        ("dispatch, unknown environment",        with(dispatch_from("ana"), to("qa")),                           format!("plan · Review · {everywhere} · writes")),
        ("push, mode rollback",                  with(main(), |i| i.mode = Mode::Rollback),                      format!("plan · Review · {everywhere} · writes")),
        ("workflow_run",                         invocation(workflow_run()),                                     "plan · Relay · dev · writes".into()),
        ("schedule",                             invocation(Event::Schedule),                                    format!("plan · Drift · {everywhere} · writes")),
        ("… with previews",                      with(Event::Schedule, |i| i.preview = true),                     format!("remove previews of closed pull requests · Drift · {everywhere} · writes")),
        ("… with previews, dry run",             with(Event::Schedule, |i| { i.preview = true; i.dry_run = true; }), format!("plan · Drift · {everywhere} · writes")),
        ("… with previews, mode plan",           with(Event::Schedule, |i| { i.preview = true; i.mode = Mode::Plan; }), format!("plan · Drift · {everywhere} · writes")),
        ("anything else",                        invocation(Event::Other("issue_comment".into())),               "check · Review ·  · -".into()),
    ];
    for (case, invocation, expected) in table {
        assert_eq!(row(&invocation), expected, "{case}");
    }
}

#[test]
fn a_schedule_that_renews_a_comment_may_no_more_than_a_schedule() {
    let schedule = invocation(Event::Schedule);
    let renewed = renewal(&Invocation { event: Event::PullRequest(pull()), ..schedule.clone() });
    assert_eq!((renewed.reach, renewed.intent, renewed.targets.len()), (decide(&schedule).reach, Intent::Renew, 0));
}

fn any_actor() -> impl Strategy<Value = Actor> {
    prop_oneof![Just(person("ana")), Just(person(Actor::DEPENDABOT)), Just(person("deploy[bot]"))]
}

fn any_pull() -> impl Strategy<Value = PullRequest> {
    let state = prop_oneof![Just(PullState::Open), any::<bool>().prop_map(|merged| PullState::Closed { merged }),];
    let head = prop_oneof![Just(Some("acme/shop".to_owned())), Just(Some("mallory/shop".to_owned())), Just(None)];
    (state, head, any::<bool>(), any_actor(), any_actor()).prop_map(|(state, repository, draft, author, sender)| {
        let mut pull = PullRequest { state, draft, author, sender, ..pull() };
        pull.head.repository = repository;
        pull
    })
}

fn any_event() -> impl Strategy<Value = Event> {
    let refs = || {
        prop_oneof![
            prop_oneof![Just("main"), Just("prod"), Just("hotfix/x")].prop_map(|name| Ref::Branch(branch(name))),
            "[a-z0-9./]{1,12}".prop_map(Ref::Tag),
            "[a-z/]{1,12}".prop_map(Ref::Other),
        ]
    };
    prop_oneof![
        any_pull().prop_map(Event::PullRequest),
        any_pull().prop_map(Event::PullRequestTarget),
        (refs(), any::<bool>(), any::<bool>(), any_actor()).prop_map(|(to, forced, there, sender)| {
            Event::Push(Push { to, before: None, after: there.then(|| sha('a')), forced, sender })
        }),
        (refs(), any_actor()).prop_map(|(on, sender)| {
            Event::Dispatch(Dispatch { on, sender, workflow: None, inputs: std::collections::BTreeMap::new() })
        }),
        Just(merge_group()),
        Just(Event::Schedule),
        Just(workflow_run()),
        "[a-z_]{1,20}".prop_map(Event::Other),
    ]
}

fn any_inputs() -> impl Strategy<Value = Inputs> {
    let environment =
        prop_oneof![Just(None), prop_oneof![Just("dev"), Just("staging"), Just("prod"), Just("qa")].prop_map(Some)];
    let mode =
        prop_oneof![Just(Mode::Auto), Just(Mode::Plan), Just(Mode::Rollback), Just(Mode::Adopt), Just(Mode::Drift)];
    (environment, mode, any::<(bool, bool, bool, bool)>()).prop_map(
        |(environment, mode, (preview, dry_run, hotfix, allow))| Inputs {
            environment: environment.map(name),
            mode,
            preview,
            dry_run,
            hotfix: hotfix.then(|| "down".to_owned()),
            allow_destructive: if allow {
                crate::context::inputs::Stated::Yes
            } else {
                crate::context::inputs::Stated::NotStated
            },
            ..Inputs::default()
        },
    )
}

/// Environments of every kind, also ones that a valid configuration would refuse.
fn any_config() -> impl Strategy<Value = Config> {
    let environment = ("[a-z]{2,6}|prod|dev|staging", any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(called, production, on_main, follows)| Environment {
            production,
            branch: on_main.then(|| branch("main")),
            after: follows.then(|| name("dev")),
            ..Environment::named(name(&called))
        },
    );
    proptest::collection::vec(environment, 0..4).prop_map(|environments| Config {
        projects: Vec::new(),
        environments,
        dispatch_by: Vec::new(),
        refresh_comments: false,
        shown: Shown::default(),
    })
}

proptest! {
    #[test]
    fn nothing_goes_beyond_the_events_row(event in any_event(), inputs in any_inputs(), config in any_config(), actor in any_actor()) {
        let mut invocation = invocation(event);
        invocation.inputs = inputs;
        invocation.config = config;
        invocation.run.actor = actor.login;
        let reach = decide(&invocation).reach;
        prop_assert!(reach.highest() <= ceiling(&invocation.event, &invocation.run.actor), "{reach}");
    }

    #[test]
    fn production_is_unreachable_but_by_dispatch(event in any_event(), inputs in any_inputs(), config in any_config()) {
        let mut invocation = invocation(event);
        invocation.inputs = inputs;
        invocation.config = config;
        let decision = decide(&invocation);
        let dispatched = matches!(invocation.event, Event::Dispatch(_));
        let mut named = decision.targets.iter().filter_map(|name| invocation.config.environment(name));
        prop_assert!(!decision.reach.includes(Step::ApplyProduction) || dispatched);
        prop_assert!(named.all(|environment| !environment.production || dispatched));
    }

    #[test]
    fn mode_plan_and_dry_run_apply_to_no_environment(event in any_event(), inputs in any_inputs(), dry in any::<bool>()) {
        let mut invocation = invocation(event);
        invocation.inputs = inputs;
        if dry { invocation.inputs.dry_run = true } else { invocation.inputs.mode = Mode::Plan }
        let reach = decide(&invocation).reach;
        prop_assert!(!matches!(reach, Reach::Apply(Target::Live { .. } | Target::Preview { .. } | Target::Leftovers)), "{reach}");
    }

    #[test]
    fn inputs_never_widen_an_event_without_a_named_environment(event in any_event(), inputs in any_inputs()) {
        prop_assume!(!matches!(event, Event::Dispatch(_)));
        let plain = decide(&invocation(event.clone()));
        let mut asked = invocation(event);
        asked.inputs = Inputs { preview: false, ..inputs };
        prop_assert!(decide(&asked).reach.highest() <= plain.reach.highest());
    }
}
