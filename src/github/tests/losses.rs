//! Answers that are lost, late or unreadable: what is read is asked again, what is created is never created twice.

use std::time::Duration;

use super::*;
use crate::problem::Problem;
use crate::tests::github::{Fault, World};
use crate::watch::{Stop, Watch};

fn faults() -> Vec<Fault> {
    vec![
        Fault::Status(500),
        Fault::Status(502),
        Fault::LostAfter(502),
        Fault::LostAfter(504),
        Fault::Torn,
        Fault::TornAfter,
        Fault::Slow(Duration::from_secs(5)),
        Fault::GarbledAfter,
    ]
}

fn is_stored(fault: &Fault) -> bool {
    !matches!(fault, Fault::Status(_) | Fault::Torn)
}

#[tokio::test]
async fn a_comment_is_stored_exactly_once_whatever_becomes_of_the_answer() {
    for fault in faults() {
        let world = World::start().await;
        // The same words by somebody else are not ours.
        world.add_comment(7, "eve", "plan");
        world.fail("POST", "/comments", fault.clone());
        let comment = world.hasty_client().create_comment(7, "plan\n", &World::watch()).await.unwrap();
        let state = world.state();
        assert_eq!(state.comments.len(), 2, "{fault:?}");
        assert_eq!((comment.id, comment.author.as_deref()), (state.comments[1].id, Some(World::LOGIN)), "{fault:?}");
        let posts = state.asked.iter().filter(|asked| *asked == "POST /issues/7/comments").count();
        assert_eq!(posts, if is_stored(&fault) { 1 } else { 2 }, "{fault:?}");
    }
}

#[tokio::test]
async fn a_deployment_and_its_status_are_stored_exactly_once() {
    for fault in faults() {
        let world = World::start().await;
        let (client, watch) = (world.hasty_client(), World::watch());
        let older = NewDeployment { payload: json!({"schema": 1, "run": 6}), ..new_deployment() };
        client.create_deployment(&older, &watch).await.unwrap();
        world.fail("POST", "/deployments", fault.clone());
        let made = client.create_deployment(&new_deployment(), &watch).await.unwrap();
        assert_eq!(made.payload, new_deployment().payload);
        client.create_status(made.id, &new_status(DeploymentState::InProgress), &watch).await.unwrap();
        world.fail("POST", "/statuses", fault.clone());
        let status = client.create_status(made.id, &new_status(DeploymentState::Success), &watch).await.unwrap();
        let state = world.state();
        assert_eq!(state.deployments.len(), 2, "{fault:?}");
        let statuses = &state.deployments[1].statuses;
        assert_eq!(statuses.iter().map(|status| status.state.as_str()).collect::<Vec<_>>(), ["in_progress", "success"]);
        assert_eq!(status.id, statuses[1].id);
    }
}

#[tokio::test]
async fn a_check_and_each_annotation_are_stored_exactly_once() {
    for fault in faults() {
        let world = World::start().await;
        world.fail("POST", "/check-runs", fault.clone());
        world.fail_after(1, "PATCH", "/check-runs", fault.clone());
        let check = world.hasty_client().create_check(&new_check(170), &World::watch()).await.unwrap();
        assert_eq!(check.annotations(), 170, "{fault:?}");
        assert_eq!(world.state().checks.len(), 1, "{fault:?}");
        assert_eq!(world.state().checks[0].annotations.len(), 170, "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_read_or_replaced_is_asked_again() {
    for fault in faults() {
        let world = World::start().await;
        let (client, watch) = (world.hasty_client(), World::watch());
        let id = world.add_comment(7, World::LOGIN, "old");
        world.fail("GET", "/comments", fault.clone());
        assert_eq!(client.comments(7, &watch).await.unwrap().len(), 1, "{fault:?}");
        world.fail("PATCH", "/comments", fault.clone());
        assert_eq!(client.update_comment(id, "new", &watch).await.unwrap().body, "new", "{fault:?}");
        world.fail("POST", "/graphql", fault.clone());
        assert_eq!(client.login(&watch).await.unwrap(), World::LOGIN);
    }
}

#[tokio::test]
async fn a_creation_that_cannot_be_looked_for_is_not_repeated() {
    let world = World::start().await;
    world.fail("POST", "/comments", Fault::LostAfter(502));
    world.fail("GET", "/comments", Fault::Says(403, "Resource not accessible by integration".into()));
    let problem = world.client().create_comment(7, "plan", &World::watch()).await.unwrap_err();
    assert_eq!(world.state().comments.len(), 1);
    insta::assert_snapshot!(told(&problem), @"
    github-unreachable: cannot comment on #7: 127.0.0.1 answered 502 Bad Gateway: GitHub's request id is ABCD:1234: nor could it be looked for: cannot read the comments of #7: 127.0.0.1 answered 403 Forbidden: Resource not accessible by integration: GitHub's request id is ABCD:1234
    githubstatus.com says whether GitHub itself is in trouble; then run again
    GitHub may have stored it all the same
    ");
}

#[tokio::test]
async fn a_creation_is_given_up_after_three_tries() {
    let world = World::start().await;
    for _ in 0..3 {
        world.fail("POST", "/comments", Fault::Torn);
    }
    let problem = world.client().create_comment(7, "plan", &World::watch()).await.unwrap_err();
    assert_eq!(problem.code, "github-unreachable");
    assert!(world.state().comments.is_empty());
}

#[tokio::test]
async fn even_the_last_try_is_looked_for() {
    let world = World::start().await;
    world.fail("POST", "/comments", Fault::Torn);
    world.fail("POST", "/comments", Fault::Torn);
    world.fail("POST", "/comments", Fault::TornAfter);
    world.client().create_comment(7, "plan", &World::watch()).await.unwrap();
    assert_eq!(world.state().comments.len(), 1);
}

#[tokio::test]
async fn a_reading_is_given_up_after_five_tries() {
    let world = World::start().await;
    for _ in 0..5 {
        world.fail("GET", "/comments", Fault::Status(503));
    }
    let client = world.client();
    let problem = client.comments(7, &World::watch()).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-unreachable: cannot read the comments of #7: 127.0.0.1 answered 503 Service Unavailable: Server Error: GitHub's request id is ABCD:1234
    githubstatus.com says whether GitHub itself is in trouble; then run again
    ");
    assert_eq!(client.usage().requests, 5);
    assert_eq!(client.usage().waited, Duration::from_secs(1 + 2 + 4 + 8));
}

#[tokio::test]
async fn a_limit_is_waited_for_and_nothing_was_created_meanwhile() {
    for (fault, seconds) in
        [(Fault::RetryAfter(7), 7), (Fault::UsedUp(90), 91), (Fault::SecondaryLimit, 60), (Fault::TooMany, 60)]
    {
        let world = World::start().await;
        let client = world.client();
        world.fail("POST", "/comments", fault.clone());
        client.create_comment(7, "plan", &World::watch()).await.unwrap();
        assert_eq!(client.usage().waited, Duration::from_secs(seconds), "{fault:?}");
        assert_eq!(world.asked(), ["POST /issues/7/comments"; 2], "{fault:?}");
        assert_eq!(world.state().comments.len(), 1);
    }
}

#[tokio::test]
async fn a_limit_that_outlasts_the_time_is_told_at_once() {
    let world = World::start().await;
    world.fail("GET", "/comments", Fault::UsedUp(300));
    let watch = World::watch().within(Duration::from_secs(200));
    let problem = world.client().comments(7, &watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-rate-limited: cannot read the comments of #7: 127.0.0.1 answered 403 Forbidden: API rate limit exceeded for installation ID 1: GitHub's request id is ABCD:1234
    run again in 6 min: GitHub counts the requests of all workflows of a repository
    ");
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn nothing_is_asked_after_the_stop_signal() {
    let world = World::start().await;
    let (switch, watch) = Watch::new();
    switch.stop(Stop::Terminate);
    let problem = world.client().create_comment(7, "plan", &watch).await.unwrap_err();
    assert_eq!((problem.code.as_ref(), world.asked().len()), ("cancelled", 0));
    // What must be done after it has a watch of its own.
    let grace = watch.grace(Duration::from_mins(1));
    world.client().create_comment(7, "plan", &grace).await.unwrap();
}

#[tokio::test]
async fn two_seconds_are_enough_to_look_and_try_again() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let id = client.create_deployment(&new_deployment(), &watch).await.unwrap().id;
    world.fail("POST", "/statuses", Fault::Status(502));
    let closing = Watch::endless().grace(Duration::from_secs(2));
    client.create_status(id, &new_status(DeploymentState::Inactive), &closing).await.unwrap();
}

#[tokio::test]
async fn a_creation_without_time_to_look_for_it_says_that_it_may_be_there() {
    let world = World::start().await;
    world.fail("POST", "/comments", Fault::Slow(Duration::from_secs(5)));
    let watch = World::watch().within(Duration::from_millis(200));
    let problem = world.client().create_comment(7, "plan", &watch).await.unwrap_err();
    assert_eq!(problem.code, "github-unreachable");
    assert!(problem.help.contains(&"GitHub may have stored it all the same".to_owned()), "{problem:?}");
}

fn told(problem: &Problem) -> String {
    format!("{}: {problem}\n{}", problem.code, problem.help.join("\n"))
}
