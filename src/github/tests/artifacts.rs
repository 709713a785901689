//! Archives: from a host that is told no token, and never more than was asked for.

use crate::tests::github::{Fault, TokenFact, World};

async fn with(bytes: &[u8]) -> (World, u64) {
    let mut world = World::start().await;
    let id = world.add_artifact(41, "airlock-tests", bytes.to_vec()).await;
    (world, id)
}

#[tokio::test]
async fn an_archive_comes_from_another_host_without_the_token() {
    let (mut world, id) = with(b"PK").await;
    world.add_artifact(41, "coverage", b"other".to_vec()).await;
    world.add_artifact(40, "airlock-tests", b"of another run".to_vec()).await;
    let client = world.client();
    let found = client.artifacts(41, "airlock-tests", &World::watch()).await.unwrap();
    assert_eq!(found.iter().map(|artifact| (artifact.id, artifact.size_in_bytes)).collect::<Vec<_>>(), [(id, 2)]);
    assert_eq!(client.download(id, 2, &World::watch()).await.unwrap(), b"PK");
    // The world ends the test when the storage host is given a token.
    assert_eq!(world.asked().last().unwrap(), &format!("GET storage/{id}"));
}

#[tokio::test]
async fn an_archive_that_is_larger_than_wanted_is_given_up() {
    let (world, id) = with(&vec![0; 200_000]).await;
    let problem = world.client().download(id, 64 * 1024, &World::watch()).await.unwrap_err();
    assert_eq!(problem.code, "artifact-too-large");
    assert_eq!(world.asked().iter().filter(|asked| asked.contains("storage")).count(), 1);
}

#[tokio::test]
async fn a_storage_host_in_trouble_is_asked_again_and_its_address_is_not_told() {
    for (times, good) in [(1, true), (2, true), (3, false)] {
        let (world, id) = with(b"PK").await;
        for _ in 0..times {
            world.fail("storage", "", Fault::Status(503));
        }
        let told = world.client().download(id, 64, &World::watch()).await;
        assert_eq!(told.is_ok(), good, "{times}: {told:?}");
        if let Err(problem) = told {
            assert_eq!(problem.code, "github-unreachable");
            let all = format!("{problem:?}");
            assert!(!all.contains(crate::tests::github::SIGNATURE) && !all.contains("127.0.0.1"), "{all}");
        }
    }
}

#[tokio::test]
async fn an_address_is_https_or_nothing() {
    for to in ["ftp://storage.example/1", "http://storage.example/1", "file:///etc/passwd"] {
        let (world, id) = with(b"PK").await;
        for _ in 0..5 {
            world.fail("GET", "/zip", Fault::Redirect(to.to_owned()));
        }
        let problem = world.client().download(id, 64, &World::watch()).await.unwrap_err();
        assert!(problem.to_string().contains("not https"), "{problem}");
    }
}

#[tokio::test]
async fn without_actions_read_the_line_is_named() {
    let (world, _) = with(b"PK").await;
    world.add_token("ghs_poor", TokenFact::job().with("actions", "none"));
    let problem = world.client_of("ghs_poor").artifacts(41, "airlock-tests", &World::watch()).await.unwrap_err();
    assert!(problem.help.iter().any(|help| help.contains("actions: read")), "{problem:?}");
}
