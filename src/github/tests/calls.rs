//! Every call, when nothing goes wrong.

use super::*;
use crate::names::CommitSha;
use crate::tests::github::{TokenFact, World};

#[tokio::test]
async fn the_repository_and_the_login() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    assert_eq!(client.repository(&watch).await.unwrap().default_branch.as_str(), "main");
    assert_eq!(client.login(&watch).await.unwrap(), World::LOGIN);
    assert_eq!(client.login(&watch).await.unwrap(), World::LOGIN);
    // The login is asked once.
    assert_eq!(world.asked(), ["GET ", "POST /graphql"]);
}

#[tokio::test]
async fn an_enterprise_server_is_asked_below_its_path() {
    let world = World::start_enterprise().await;
    let (client, watch) = (world.client(), World::watch());
    assert_eq!(client.repository(&watch).await.unwrap().full_name, "acme/shop");
    assert_eq!(client.login(&watch).await.unwrap(), World::LOGIN);
    world.add_comment(7, "ana", "one");
    world.add_comment(7, "ben", "two");
    world.state().page_size = 1;
    assert_eq!(client.comments(7, &watch).await.unwrap().len(), 2);
}

#[tokio::test]
async fn comments_are_listed_written_and_rewritten() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.add_comment(7, "ana", "hello");
    world.add_comment(8, "ana", "elsewhere");
    world.add_comment(7, "", "from an account that is gone");
    let ours = client.create_comment(7, "<!-- airlock -->\nplan é", &watch).await.unwrap();
    let again = client.update_comment(ours.id, "<!-- airlock -->\nother", &watch).await.unwrap();
    assert_eq!((again.id, again.body.as_str()), (ours.id, "<!-- airlock -->\nother"));
    let all = client.comments(7, &watch).await.unwrap();
    let told = all.iter().map(|comment| (comment.author.as_deref(), comment.body.as_str())).collect::<Vec<_>>();
    let expected = [
        (Some("ana"), "hello"),
        (None, "from an account that is gone"),
        (Some(World::LOGIN), "<!-- airlock -->\nother"),
    ];
    assert_eq!(told, expected);
    assert_eq!(all[2].html_url, format!("https://github.com/acme/shop/pull/7#issuecomment-{}", ours.id));
    assert!(all[0].created_at < all[2].created_at);
}

#[tokio::test]
async fn a_comment_is_deleted_and_may_be_gone_already() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let theirs = world.add_comment(7, "ana", "hello");
    let ours = client.create_comment(7, "plan", &watch).await.unwrap();
    world.fail("DELETE", "/comments", crate::tests::github::Fault::LostAfter(502));
    client.delete_comment(ours.id, &watch).await.unwrap();
    assert_eq!(client.delete_comment(theirs, &watch).await.unwrap_err().code, "github-forbidden");
    assert_eq!(world.state().comments.len(), 1);
}

#[tokio::test]
async fn a_comment_beyond_the_limit_is_not_sent() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let longest = "é".repeat(65_536);
    assert_eq!(client.create_comment(7, &longest, &watch).await.unwrap().body, longest);
    let problem = client.create_comment(7, &format!("{longest}x"), &watch).await.unwrap_err();
    assert_eq!(problem.code, "internal");
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn checks_are_listed_with_their_makers() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    client.create_check(&NewCheck { name: "unit".into(), ..new_check(0) }, &watch).await.unwrap();
    client.create_check(&new_check(0), &watch).await.unwrap();
    world.state().checks[0].conclusion = Some("a word of next year".into());
    world.state().checks[1].status = "waiting".into();
    world.state().checks[1].conclusion = None;
    let checks = client.checks(&sha('a'), &watch).await.unwrap();
    let (newest, unit) = (&checks[0], &checks[1]);
    assert_eq!((unit.name.as_str(), unit.conclusion), ("unit", Some(Conclusion::Unknown)));
    assert_eq!((newest.status, newest.conclusion), (CheckStatus::Unknown, None));
    assert_eq!(newest.app.as_ref().unwrap().slug, "github-actions");
    assert_eq!(newest.external_id.as_deref(), Some("run-1-1"));
    assert_eq!(client.checks(&sha('b'), &watch).await.unwrap(), []);
}

#[tokio::test]
async fn annotations_go_in_batches_of_fifty() {
    for (annotations, requests) in [(0, 1), (50, 1), (51, 2), (120, 3)] {
        let world = World::start().await;
        let check = client_check(&world, annotations).await;
        assert_eq!(check.annotations(), annotations);
        assert_eq!(world.asked().len(), requests, "{annotations}");
        let lines = world.state().checks[0]
            .annotations
            .iter()
            .map(|one| one["start_line"].as_u64().unwrap())
            .collect::<Vec<_>>();
        assert_eq!(lines, (1..=annotations as u64).collect::<Vec<_>>());
    }
}

async fn client_check(world: &World, annotations: usize) -> CheckRun {
    world.client().create_check(&new_check(annotations), &World::watch()).await.unwrap()
}

#[tokio::test]
async fn an_update_of_a_check_adds_its_annotations() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let check = client_check(&world, 3).await;
    let failed = NewCheck { conclusion: Conclusion::Failure, ..new_check(60) };
    let updated = client.update_check(check.id, &failed, &watch).await.unwrap();
    assert_eq!((updated.conclusion, updated.annotations()), (Some(Conclusion::Failure), 63));
    let bare = NewCheck { conclusion: Conclusion::Success, ..new_check(0) };
    assert_eq!(client.update_check(check.id, &bare, &watch).await.unwrap().conclusion, Some(Conclusion::Success));
    assert_eq!(world.state().checks.len(), 1);
}

#[tokio::test]
async fn deployments_are_made_and_found() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let first = client.create_deployment(&new_deployment(), &watch).await.unwrap();
    let dev = NewDeployment { environment: "dev".into(), production_environment: false, ..new_deployment() };
    let dev = client.create_deployment(&dev, &watch).await.unwrap();
    let second = client.create_deployment(&new_deployment(), &watch).await.unwrap();
    assert_eq!(first.creator.as_deref(), Some(World::LOGIN));
    assert_eq!((&first.sha, first.reference.as_str()), (&sha('a'), sha('a').as_str()));
    assert_eq!(first.payload, new_deployment().payload);
    assert!(world.state().deployments[0].production && !world.state().deployments[1].production);

    let query = |environment: &str, newest| DeploymentQuery {
        environment: Some(environment.into()),
        task: Some("airlock".into()),
        newest,
        ..DeploymentQuery::default()
    };
    let ids = async |query: DeploymentQuery| {
        let found = client.deployments(&query, &watch).await.unwrap();
        found.into_iter().map(|deployment| deployment.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(query("prod", None)).await, [second.id, first.id]);
    assert_eq!(ids(query("prod", Some(1))).await, [second.id]);
    assert_eq!(ids(query("dev", None)).await, [dev.id]);
    assert_eq!(ids(DeploymentQuery { task: Some("deploy".into()), ..DeploymentQuery::default() }).await, [0; 0]);
    assert_eq!(ids(DeploymentQuery { sha: Some(sha('b')), ..DeploymentQuery::default() }).await, [0; 0]);
    assert_eq!(client.deployment(dev.id, &watch).await.unwrap(), dev);
}

#[tokio::test]
async fn statuses_tell_the_life_of_a_deployment() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let older = client
        .create_deployment(&NewDeployment { production_environment: false, ..new_deployment() }, &watch)
        .await
        .unwrap();
    client.create_status(older.id, &new_status(DeploymentState::Success), &watch).await.unwrap();
    let id = client.create_deployment(&new_deployment(), &watch).await.unwrap().id;
    client.create_status(id, &new_status(DeploymentState::InProgress), &watch).await.unwrap();
    let done = NewStatus { environment_url: Some("https://prod".into()), ..new_status(DeploymentState::Success) };
    client.create_status(id, &done, &watch).await.unwrap();
    world.state().deployments[1].statuses[0].state = "a word of next year".into();
    let statuses = client.statuses(id, &watch).await.unwrap();
    assert_eq!(
        statuses.iter().map(|status| status.state).collect::<Vec<_>>(),
        [DeploymentState::Success, DeploymentState::Unknown]
    );
    assert_eq!(statuses[0].environment_url.as_deref(), Some("https://prod"));
    assert_eq!(statuses[1].environment_url, None);
    // Nobody else's deployment became inactive by ours.
    assert_eq!(client.statuses(older.id, &watch).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_long_description_is_cut_to_what_github_takes() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let long = "é".repeat(141);
    let deployment = NewDeployment { description: long.clone(), ..new_deployment() };
    let deployment = client.create_deployment(&deployment, &watch).await.unwrap();
    let status = NewStatus { description: "é".repeat(140), ..new_status(DeploymentState::Success) };
    let status = client.create_status(deployment.id, &status, &watch).await.unwrap();
    assert_eq!(deployment.description, format!("{}…", "é".repeat(139)));
    assert_eq!(status.description, "é".repeat(140));
}

#[tokio::test]
async fn a_payload_that_was_sent_as_text_is_read_as_what_it_says() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let id = client.create_deployment(&new_deployment(), &watch).await.unwrap().id;
    for (stored, read) in [
        (json!(r#"{"schema": 1}"#), json!({"schema": 1})),
        (json!("not json"), json!("not json")),
        (json!(null), json!(null)),
        (json!({}), json!({})),
    ] {
        world.state().deployments[0].payload = stored;
        assert_eq!(client.deployment(id, &watch).await.unwrap().payload, read);
    }
}

#[tokio::test]
async fn pull_requests_by_number_by_commit_and_by_branch() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.add_line(&[sha('a'), sha('b'), sha('c')]);
    world.open_pull(812, &sha('a'), &sha('b'));
    world.open_pull(813, &sha('a'), &sha('c'));
    world.state().pulls[1].head_repository = Some("eve/shop".into());
    let open = client.pull(812, &watch).await.unwrap();
    assert!(open.is_open() && !open.is_merged());
    assert_eq!((open.head.sha, open.head.repository.as_deref()), (sha('b'), Some("acme/shop")));
    world.merge_pull(812, &sha('c'));
    let numbers = |pulls: Vec<Pull>| pulls.into_iter().map(|pull| pull.number).collect::<Vec<_>>();
    assert_eq!(numbers(client.pulls_of_commit(&sha('c'), &watch).await.unwrap()), [812]);
    assert_eq!(numbers(client.pulls_of_commit(&sha('b'), &watch).await.unwrap()), [813]);
    assert!(client.pull(812, &watch).await.unwrap().is_merged());
    assert_eq!(numbers(client.pulls_from("acme", "change-812", &watch).await.unwrap()), [812]);
    assert_eq!(numbers(client.pulls_from("eve", "change-813", &watch).await.unwrap()), [813]);
    assert_eq!(numbers(client.pulls_from("acme", "change-813", &watch).await.unwrap()), [0; 0]);
    world.state().pulls[1].head_repository = None;
    assert_eq!(client.pull(813, &watch).await.unwrap().head.repository, None);
}

#[tokio::test]
async fn hostile_branch_names_stay_in_their_place() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.open_pull(7, &sha('a'), &sha('a'));
    let branch = "x&state=open#../../?per_page=1&head=é%2F+";
    world.state().pulls[0].branch = branch.into();
    assert_eq!(client.pulls_from("acme", branch, &watch).await.unwrap()[0].head.branch, branch);
}

#[tokio::test]
async fn commits_are_compared() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.add_line(&[sha('a'), sha('b'), sha('c')]);
    world.add_line(&[sha('b'), sha('d')]);
    for (base, head, standing, ahead, behind, merge_base) in [
        ('a', 'c', Standing::Ahead, 2, 0, 'a'),
        ('c', 'a', Standing::Behind, 0, 2, 'a'),
        ('c', 'd', Standing::Diverged, 1, 1, 'b'),
        ('c', 'c', Standing::Identical, 0, 0, 'c'),
    ] {
        let compared = client.compare(&sha(base), &sha(head), &watch).await.unwrap();
        let facts = (compared.standing, compared.ahead_by, compared.behind_by, compared.merge_base);
        assert_eq!(facts, (standing, ahead, behind, sha(merge_base)), "{base}...{head}");
        assert_eq!(compared.commits.len() as u64, ahead);
    }
    world.state().page_size = 1;
    let commits = client.compare(&sha('a'), &sha('c'), &watch).await.unwrap().commits;
    assert_eq!(commits.iter().map(|commit| &commit.sha).collect::<Vec<_>>(), [&sha('b'), &sha('c')]);
    assert_eq!(commits[0].message, "Change bbbbbbb");
}

#[tokio::test]
async fn a_run_is_read() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    world.add_run(41, "workflow_dispatch", &sha('a'));
    world.state().runs[0].path = ".github/workflows/airlock.yml@refs/heads/main".into();
    world.state().runs[0].triggering_actor = "ben".into();
    let run = client.run(41, &watch).await.unwrap();
    assert_eq!(run.workflow(), ".github/workflows/airlock.yml");
    assert_eq!((run.event.as_str(), run.head_branch.as_deref()), ("workflow_dispatch", Some("main")));
    assert_eq!((run.status, run.conclusion, run.run_attempt), (RunState::Live, None, 1));
    assert_eq!((run.actor.as_deref(), run.triggering_actor.as_deref()), (Some("ana"), Some("ben")));
    world.state().runs[0].status = "completed".into();
    world.state().runs[0].conclusion = Some("timed_out".into());
    let run = client.run(41, &watch).await.unwrap();
    assert_eq!((run.status, run.conclusion), (RunState::Completed, Some(Conclusion::TimedOut)));
}

#[tokio::test]
async fn files_are_read_as_they_are() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    let text = "# é\n[[project]]\npath = \"a\"\n";
    world.add_file(&sha('a'), "airlock.toml", text);
    world.add_file(&sha('a'), "a #1/ü?.toml", "odd");
    world.add_file(&sha('a'), "folder/x", "");
    world.add_file(&sha('a'), "bytes", [0xff, 0xfe]);
    let read = async |path: &str| client.file(path, &sha('a'), &watch).await;
    assert_eq!(read("airlock.toml").await.unwrap().as_deref(), Some(text));
    assert_eq!(read("a #1/ü?.toml").await.unwrap().as_deref(), Some("odd"));
    assert_eq!(read("folder/x").await.unwrap().as_deref(), Some(""));
    assert_eq!(read("missing.toml").await.unwrap(), None);
    assert_eq!(read("folder").await.unwrap_err().code, "github-answer");
    assert_eq!(read("bytes").await.unwrap_err().code, "github-answer");
    for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "."] {
        assert_eq!(read(path).await.unwrap_err().code, "internal", "{path}");
    }
}

#[tokio::test]
async fn a_file_is_absent_only_when_its_commit_was_seen() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    assert_eq!(client.file("airlock.toml", &sha('a'), &watch).await.unwrap(), None);
    let unknown: CommitSha = sha('f');
    assert_eq!(client.file("airlock.toml", &unknown, &watch).await.unwrap_err().code, "github-not-found");
    world.add_token("blind", TokenFact::job().with("contents", "none"));
    let problem = world.client_of("blind").file("airlock.toml", &sha('a'), &watch).await.unwrap_err();
    assert_eq!(problem.code, "github-not-found");
    assert!(problem.help[0].contains("`contents: read`"), "{:?}", problem.help);
}

#[tokio::test]
async fn requests_are_counted() {
    let world = World::start().await;
    let (client, watch) = (world.client(), World::watch());
    client.create_comment(7, "one", &watch).await.unwrap();
    client.comments(7, &watch).await.unwrap();
    client.create_check(&new_check(60), &watch).await.unwrap();
    client.login(&watch).await.unwrap();
    let usage = client.usage();
    assert_eq!((usage.requests, usage.creating), (5, 2));
    assert_eq!(usage.requests as usize, world.asked().len());
}
