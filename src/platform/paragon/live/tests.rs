use super::*;
use crate::tests::facts::name;
use crate::tests::paragon::{KEY, Paragon};

fn lane(environment: &str) -> LaneId {
    LaneId { project: crate::names::ProjectId::new("acme").unwrap(), environment: name(environment) }
}

async fn look(variables: &[(&str, &str)], key: Option<&str>) -> Result<String, String> {
    let mut keys = Keys::default();
    key.into_iter().for_each(|key| keys.insert(format!("{SIGNING_KEY}_PROD"), key));
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let door = Door {
        lane: &lane("prod"),
        folder: "",
        first: false,
        push: None,
        keys: &keys,
        sole: false,
        variables: &variables,
        now: Timestamp::UNIX_EPOCH,
    };
    let told = |problem: Problem| format!("{}: {problem}", problem.code);
    let live = Live::connect(&door).map_err(told)?;
    let watch = Watch::endless().scaled(0.001);
    let observed = live.observe(&Manifest::empty(Origin::Source), &watch).await.map_err(told)?;
    let names: Vec<String> = observed.manifest.resources.keys().map(ToString::to_string).collect();
    let seen = live.names_only().is_some();
    Ok(format!("{:?} {} {seen}", observed.basis, names.join(" ")))
}

#[tokio::test]
async fn what_is_deployed_is_known_by_its_names() {
    let paragon = Paragon::start().await;
    paragon.deployed("p-17", &[("salesforce", &["w1", "w2"]), ("custom.whereby", &["w3"])]);
    let url = paragon.url();
    let all = [("PARAGON_PROJECT_ID_PROD", "p-17"), ("PARAGON_API_URL", url.as_str())];
    insta::assert_snapshot!(look(&all, Some(KEY)).await.unwrap(), @"Live integration:custom.whereby integration:salesforce workflow:custom.whereby/w3 workflow:salesforce/w1 workflow:salesforce/w2 true");
    assert_eq!(look(&[("PARAGON_PROJECT_ID_PROD", "p-18"), all[1]], Some(KEY)).await.unwrap(), "Live  true");
}

#[tokio::test]
async fn without_both_keys_nothing_is_claimed() {
    insta::assert_snapshot!(look(&[], None).await.unwrap(), @r#"Unknown { why: "Paragon tells what runs there only with PARAGON_PROJECT_ID and PARAGON_SIGNING_KEY" }  false"#);
    let id = [("PARAGON_PROJECT_ID_PROD", "p-17")];
    for (variables, key) in [(&id[..], None), (&[], Some(KEY))] {
        assert!(look(variables, key).await.unwrap_err().starts_with("key-missing"));
    }
    let odd = look(&[("PARAGON_PROJECT_ID_PROD", "../p")], Some(KEY)).await.unwrap_err();
    assert!(odd.starts_with("project-id-malformed"), "{odd}");
}

#[tokio::test]
async fn an_answer_that_is_null_or_an_error_is_never_an_empty_project() {
    let server = wiremock::MockServer::start().await;
    let url = server.uri();
    let all = [("PARAGON_PROJECT_ID_PROD", "p-17"), ("PARAGON_API_URL", url.as_str())];
    let answers =
        [(200, "null"), (200, "{}"), (200, "[null]"), (200, "[{\"type\": null}]"), (200, "<html>"), (200, "")];
    let integrations = [
        (200, r#"[{"type": "salesforce", "workflows": null}]"#),
        (200, r#"[{"type": "salesforce", "workflows": [{"id": null}]}]"#),
    ];
    for (status, body) in answers.into_iter().chain(integrations).chain([(401, "{}"), (404, "null"), (302, "")]) {
        server.reset().await;
        let answer = wiremock::ResponseTemplate::new(status).set_body_raw(body, "application/json");
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
        let told = look(&all, Some(KEY)).await;
        assert!(told.is_err(), "{status} {body}: {told:?}");
    }
}
