//! Pages, and where they may lead.

use super::*;
use crate::tests::github::{Fault, World};

#[tokio::test]
async fn every_page_of_every_list_is_read() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.state().page_size = 2;
    for number in 0..5 {
        world.add_comment(7, "ana", &format!("comment {number}"));
        client.create_check(&NewCheck { name: format!("check {number}"), ..new_check(0) }, &watch).await.unwrap();
        client.create_deployment(&new_deployment(), &watch).await.unwrap();
    }
    let comments = client.comments(7, &watch).await.unwrap();
    assert_eq!(
        comments.iter().map(|comment| comment.body.as_str()).collect::<Vec<_>>().join(","),
        "comment 0,comment 1,comment 2,comment 3,comment 4"
    );
    assert_eq!(client.checks(&sha('a'), &watch).await.unwrap().len(), 5);
    let all = client.deployments(&DeploymentQuery::default(), &watch).await.unwrap();
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by_key(|deployment| std::cmp::Reverse(deployment.id)));
}

#[tokio::test]
async fn no_page_is_read_beyond_the_newest_that_are_wanted() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.state().page_size = 2;
    for _ in 0..6 {
        client.create_deployment(&new_deployment(), &watch).await.unwrap();
    }
    let before = world.asked().len();
    let query = DeploymentQuery { newest: Some(3), ..DeploymentQuery::default() };
    assert_eq!(client.deployments(&query, &watch).await.unwrap().len(), 3);
    assert_eq!(world.asked().len() - before, 2);
}

#[tokio::test]
async fn a_list_without_an_end_is_given_up_and_said_so() {
    let world = World::start().await;
    world.state().page_size = 1;
    for number in 0..60 {
        world.add_comment(7, "ana", &number.to_string());
    }
    let problem = world.client().comments(7, &World::watch()).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-too-many: cannot read the comments of #7: there are more than 50 pages of 100
    airlock reads no more than that; please report it
    ");
    assert_eq!(world.asked().len(), 50);
}

#[tokio::test]
async fn a_next_page_on_another_host_is_refused() {
    let elsewhere = World::start().await;
    for leads_to in [elsewhere.uri(), "https://api.github.com.evil.example/x".into(), "file:///etc/passwd".into()] {
        let world = World::start().await;
        world.fail("GET", "/comments", Fault::NextPage(leads_to));
        let problem = world.client().comments(7, &World::watch()).await.unwrap_err();
        assert_eq!(problem.code, "github-answer");
        assert!(problem.to_string().contains("another host"), "{problem}");
        assert_eq!(world.asked().len(), 1);
    }
    assert!(elsewhere.asked().is_empty());
}

fn told(problem: &crate::problem::Problem) -> String {
    format!("{}: {problem}\n{}", problem.code, problem.help.join("\n"))
}
