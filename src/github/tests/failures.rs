//! Refusals in words, and the token in none of them.

use secrecy::SecretString;

use super::*;
use crate::problem::Problem;
use crate::tests::github::{Fault, TokenFact, World};

fn told(problem: &Problem) -> String {
    format!("{}: {problem}\n{}", problem.code, problem.help.join("\n"))
}

#[tokio::test]
async fn a_missing_permission_is_named_as_it_is_written() {
    let world = World::start().await;
    let watch = World::watch();
    world.add_token("reader", TokenFact::job().with("pull-requests", "read").with("actions", "none"));
    let client = world.client_of("reader");
    let problem = client.create_comment(7, "plan", &watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-forbidden: cannot comment on #7: 127.0.0.1 answered 403 Forbidden: Resource not accessible by integration: GitHub's request id is ABCD:1234
    add `pull-requests: write` under `permissions:` of the job
    runs for forks and for Dependabot have a token that can only read
    ");
    assert_eq!(client.run(1, &watch).await.unwrap_err().code, "github-forbidden");
    let missing = client.usage().missing.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(missing, ["actions: read", "pull-requests: write"]);
    // A refusal is final: nothing was asked twice.
    assert_eq!(world.asked().len(), 2);
}

#[tokio::test]
async fn each_call_names_the_permission_that_github_wants() {
    let world = World::start().await;
    let watch = World::watch();
    world.state().private = false;
    world.add_token("nobody", TokenFact { permissions: std::collections::BTreeMap::new(), ..TokenFact::job() });
    let client = world.client_of("nobody");
    let commit = sha('a');
    let help = |problem: Problem| problem.help[0].clone();
    let told = [
        ("contents: read", help(client.repository(&watch).await.unwrap_err())),
        ("contents: read", help(client.compare(&commit, &commit, &watch).await.unwrap_err())),
        ("contents: read", help(client.file("x", &commit, &watch).await.unwrap_err())),
        ("pull-requests: read", help(client.comments(7, &watch).await.unwrap_err())),
        ("pull-requests: write", help(client.update_comment(7, "x", &watch).await.unwrap_err())),
        ("pull-requests: read", help(client.pull(7, &watch).await.unwrap_err())),
        ("pull-requests: read", help(client.pulls_of_commit(&commit, &watch).await.unwrap_err())),
        ("pull-requests: read", help(client.pulls_from("a", "b", &watch).await.unwrap_err())),
        ("checks: read", help(client.checks(&commit, &watch).await.unwrap_err())),
        ("checks: read", help(client.check(7, &watch).await.unwrap_err())),
        ("checks: write", help(client.create_check(&new_check(0), &watch).await.unwrap_err())),
        ("checks: write", help(client.update_check(7, &new_check(0), &watch).await.unwrap_err())),
        ("deployments: read", help(client.deployments(&DeploymentQuery::default(), &watch).await.unwrap_err())),
        ("deployments: read", help(client.deployment(7, &watch).await.unwrap_err())),
        ("deployments: read", help(client.statuses(7, &watch).await.unwrap_err())),
        ("deployments: write", help(client.create_deployment(&new_deployment(), &watch).await.unwrap_err())),
        (
            "deployments: write",
            help(client.create_status(7, &new_status(DeploymentState::Error), &watch).await.unwrap_err()),
        ),
        ("actions: read", help(client.run(7, &watch).await.unwrap_err())),
    ];
    for (line, help) in told {
        assert_eq!(help, format!("add `{line}` under `permissions:` of the job"));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_with_what_else_it_may_mean() {
    let world = World::start().await;
    let problem = world.client().pull(7, &World::watch()).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-not-found: cannot read the pull request #7: 127.0.0.1 answered 404 Not Found: GitHub's request id is ABCD:1234
    add `pull-requests: read` under `permissions:` of the job: GitHub also says this of what a token may not read
    ");
}

#[tokio::test]
async fn a_wrong_token_is_told() {
    let world = World::start().await;
    let problem = world.client_of("ghs_expired").repository(&World::watch()).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-token: cannot read the repository: 127.0.0.1 answered 401 Unauthorized: Bad credentials: GitHub's request id is ABCD:1234
    the token is wrong, expired or revoked: a job's own token ends with the job
    ");
}

#[tokio::test]
async fn a_rejected_body_is_told_in_githubs_words() {
    let world = World::start().await;
    let deployment = NewDeployment { commit: sha('f'), ..new_deployment() };
    let problem = world.client().create_deployment(&deployment, &World::watch()).await.unwrap_err();
    insta::assert_snapshot!(told(&problem).replace(sha('f').as_str(), "[sha]"), @"
    github-rejected: cannot record a deployment to prod: 127.0.0.1 answered 422 Unprocessable Entity: Invalid request. No ref found for: [sha]: GitHub's request id is ABCD:1234
    please report it with this text, unless GitHub's words say what to change
    ");
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_told() {
    let world = World::start().await;
    for _ in 0..5 {
        world.fail("GET", "/comments", Fault::GarbledAfter);
    }
    let problem = world.client().comments(7, &World::watch()).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-answer: cannot read the comments of #7: the answer is not what GitHub documents: invalid type: map, expected a sequence at line 1 column 0: GitHub's request id is ABCD:1234
    githubstatus.com says whether GitHub itself is in trouble; then run again
    ");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let world = World::start().await;
    let mut repository = world.repository();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    repository.api_url = format!("http://{free}");
    let client = Client::new(&repository, SecretString::from("ghs_any")).unwrap();
    let problem = client.repository(&World::watch()).await.unwrap_err();
    let port = free.port().to_string();
    insta::assert_snapshot!(told(&problem).replace(&port, "[port]"), @"
    github-unreachable: cannot read the repository: error sending request for url (http://127.0.0.1:[port]/repos/acme/shop): client error (Connect): tcp connect error: Connection refused (os error 111)
    is 127.0.0.1 reachable from the runner? a proxy is named by HTTPS_PROXY, a certificate bundle by SSL_CERT_FILE
    ");
    assert_eq!(client.usage().requests, 5);
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_host_and_by_readings_alone() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.add_comment(7, "ana", "hello");
    let moved = format!("{}/repos/acme/shop/issues/7/comments", world.uri());
    world.fail("GET", "/issues/6/comments", Fault::Redirect(moved.clone()));
    assert_eq!(client.comments(6, &watch).await.unwrap().len(), 1);
    world.fail("GET", "/issues/6/comments", Fault::Redirect("/repos/acme/shop/issues/7/comments".into()));
    assert_eq!(client.comments(6, &watch).await.unwrap().len(), 1);
    world.fail("POST", "/issues/6/comments", Fault::Redirect(moved));
    let problem = client.create_comment(6, "plan", &watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    github-moved: cannot comment on #6: 127.0.0.1 answered 307 Temporary Redirect: Moved Temporarily: GitHub's request id is ABCD:1234
    was the repository renamed? writing follows no redirect, and no token goes to another host
    ");
    assert_eq!(world.state().comments.len(), 1);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = World::start().await;
    let world = World::start().await;
    world.fail("GET", "/comments", Fault::Redirect(format!("{}/repos/acme/shop/issues/7/comments", elsewhere.uri())));
    let problem = world.client().comments(7, &World::watch()).await.unwrap_err();
    assert_eq!(problem.code, "github-moved");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let world = World::start().await;
    for _ in 0..4 {
        world.fail("GET", "/comments", Fault::Redirect(format!("{}/repos/acme/shop/issues/7/comments", world.uri())));
    }
    assert_eq!(world.client().comments(7, &World::watch()).await.unwrap_err().code, "github-moved");
}

#[tokio::test]
async fn the_token_is_in_no_problem_and_no_debug() {
    let world = World::start().await;
    let token = "ghs_S3cretOfTheTest";
    world.add_token(token, TokenFact::job().with("checks", "none"));
    let client = world.client_of(token);
    let watch = World::watch();
    // A proxy may say in its error what it was sent.
    let echo = format!("bad header: Bearer {token}\n::set-output name=x::y\u{1b}[31m {}", "long ".repeat(200));
    world.fail("GET", "/pulls/1", Fault::Says(400, echo.clone()));
    world.fail("GET", "/pulls/2", Fault::Says(403, echo.clone()));
    for _ in 0..5 {
        world.fail("GET", "/pulls/3", Fault::Says(500, echo.clone()));
    }
    let mut problems = vec![client.checks(&sha('a'), &watch).await.unwrap_err()];
    for number in 1..=4 {
        problems.push(client.pull(number, &watch).await.unwrap_err());
    }
    for problem in &problems {
        let all = format!("{problem:?} {problem} {}", serde_json::to_string(problem).unwrap());
        assert!(!all.contains(token), "{all}");
        let longest = problem.causes.iter().map(|cause| cause.chars().count()).max().unwrap();
        assert!(longest <= 301 && !problem.to_string().contains(['\n', '\u{1b}']), "{problem}");
    }
    assert!(problems[1].to_string().contains("Bearer ***"), "{}", problems[1]);
    let shown = format!("{client:?} {client:#?}");
    assert!(shown.starts_with("Client(acme/shop at http://127.0.0.1:") && !shown.contains(token), "{shown}");
}

#[tokio::test]
async fn a_client_is_not_made_of_what_cannot_be_used() {
    let world = World::start().await;
    let good = world.repository();
    let code = |repository: &crate::context::Repository, token: &str| {
        Client::new(repository, SecretString::from(token)).map(drop).unwrap_err().code
    };
    for token in ["", " ", "a b", "a\nb", "a\r\nX-Other: 1", "é"] {
        assert_eq!(code(&good, token), "github-token", "{token:?}");
    }
    for name in [None, Some("shop"), Some("acme/shop/x"), Some("acme/.."), Some("../x"), Some("a b/c"), Some("/")] {
        let repository = crate::context::Repository { name: name.map(str::to_owned), ..good.clone() };
        assert_eq!(code(&repository, "t"), "runner-facts", "{name:?}");
    }
    for api_url in ["http://api.github.com", "https://x@api.github.com", "ftp://api.github.com", "nonsense", ""] {
        let repository = crate::context::Repository { api_url: api_url.into(), ..good.clone() };
        assert_eq!(code(&repository, "t"), "address-unusable", "{api_url}");
    }
}

#[test]
fn a_client_without_a_runtime_is_a_problem_and_no_panic() {
    let repository = crate::tests::facts::invocation(crate::context::event::Event::Schedule).repository;
    let problem = Client::new(&repository, SecretString::from("t")).map(drop).unwrap_err();
    assert_eq!(problem.code, "internal");
}
