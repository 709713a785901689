//! What is told of a deployment, and of how it cannot be reached.

use super::*;
use crate::manifest::Known;

#[tokio::test]
async fn a_deployment_is_found_by_its_name_in_the_tokens_workspace() {
    let mut world = World::new().await;
    world.variables.remove("ASTRO_DEPLOYMENT_ID_DEV");
    world.variables.insert("ASTRO_DEPLOYMENT_NAME_DEV".to_owned(), "etl dev".to_owned());
    let live = world.live();
    live.observe(&two().manifest, &world.watch).await.unwrap();
    assert_eq!(live.place().and_then(|place| place.reference()).as_deref(), Some("dep1"));
    world.astro.add("dep2", "etl dev");
    let problem = world.live().observe(&two().manifest, &world.watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    deployment-ambiguous: 2 deployments have the name `etl dev`
      because: dep1
      because: dep2
      help: say which by ASTRO_DEPLOYMENT_ID
    ");
    world.astro.at("dep2", |deployment| "ws2".clone_into(&mut deployment.workspace));
    assert!(world.live().observe(&two().manifest, &world.watch).await.is_ok());
    world.variables.insert("ASTRO_DEPLOYMENT_NAME_DEV".to_owned(), "nope".to_owned());
    let problem = world.live().observe(&two().manifest, &world.watch).await.unwrap_err();
    insta::assert_snapshot!(told(&problem), @"
    deployment-missing: the token sees no deployment of the name `nope`
      help: look at the name, and whether the token belongs to its workspace
    ");
}

#[tokio::test]
async fn what_is_missing_or_over_is_said_before_anything_is_asked() {
    let mut lines = Vec::new();
    let mut world = World::new().await;
    let token = world.astro.token(false);
    let with = |world: &mut World, key: Option<&str>, id: Option<&str>, name: Option<&str>| {
        world.keys = Keys::default();
        if let Some(key) = key {
            world.keys.insert("ASTRO_API_TOKEN".to_owned(), key);
        }
        for (variable, value) in [("ASTRO_DEPLOYMENT_ID_DEV", id), ("ASTRO_DEPLOYMENT_NAME_DEV", name)] {
            world.variables.remove(variable);
            world.variables.extend(value.map(|value| (variable.to_owned(), value.to_owned())));
        }
        world.connect().map(|_| ()).map_err(|problem| told(&problem))
    };
    let old = {
        use base64::Engine as _;
        let claims = r#"{"permissions": ["organizationId:org1"], "exp": 1000000000}"#;
        format!("e30.{}.c2ln", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
    };
    assert_eq!(
        with(&mut world, Some(&token), Some("dep1"), None),
        Ok(()),
        "a plain token with a deployment of its own"
    );
    lines.push(with(&mut world, Some(&token), None, None).unwrap_err());
    lines.push(with(&mut world, None, Some("dep1"), None).unwrap_err());
    lines.push(with(&mut world, Some("abc"), Some("dep1"), None).unwrap_err());
    lines.push(with(&mut world, Some(&old), Some("dep1"), None).unwrap_err());
    lines.push(with(&mut world, Some(&token), Some("dep1"), Some("etl")).unwrap_err());
    lines.push(with(&mut world, Some(&token), Some("../x"), None).unwrap_err());
    let (key, token) = ("ASTRO_API_TOKEN_DEV".to_owned(), world.astro.token(false));
    world.keys.insert(key, &token);
    world.variables.insert("ASTRO_DEPLOYMENT_ID_DEV".to_owned(), "dep1".to_owned());
    let door = Door { image: Some("ghcr.io/acme/etl:1"), ..world.door() };
    assert_eq!(Live::connect(&door).unwrap_err().code, "image-missing");
    assert_eq!(world.astro.state().asked.len(), 0);
    insta::assert_snapshot!(lines.join("\n"), @"
    key-missing: there is no token of Astro for `dev` in this run
      help: put an API token of the deployment into the secret ASTRO_API_TOKEN_DEV
    key-missing: there is no token of Astro for `dev` in this run
      help: put an API token of the deployment into the secret ASTRO_API_TOKEN_DEV
    key-malformed: ASTRO_API_TOKEN holds no API token of Astro
      because: it does not have the three parts of a token
      help: make one in Astro → the deployment → Access → API Tokens, and copy it whole
    key-expired: the token in ASTRO_API_TOKEN ended on 2001-09-09 01:46 UTC
      help: rotate it in Astro → the deployment → Access → API Tokens
    deployment-named-twice: both ASTRO_DEPLOYMENT_ID_DEV and ASTRO_DEPLOYMENT_NAME_DEV say which deployment it is
      help: give one of them
    deployment-not-named: ASTRO_DEPLOYMENT_ID_DEV is no id of a deployment
      help: copy it from Astro → the deployment → Details
    ");
}

#[tokio::test]
async fn names_that_are_needed_are_looked_for_and_values_are_never_kept() {
    let needs = "import os\nfrom airflow.sdk import DAG, Variable\nfrom airflow.providers.http.operators.http import HttpOperator\n\
                 with DAG(\"orders\"):\n    HttpOperator(task_id=\"a\", http_conn_id=\"shop\")\n    HttpOperator(task_id=\"b\", http_conn_id=\"gone\", endpoint=os.environ[\"SHOP_URL\"])\n    Variable.get(\"bucket\")\n    Variable.get(\"lost\")\n";
    let built = project(&[("dags/orders.py", needs)]);
    let world = World::new().await;
    world.astro.at("dep1", |deployment| {
        deployment.connections.insert("shop".to_owned());
        deployment.env.insert("AIRFLOW_VAR_BUCKET".to_owned());
        deployment.objects.insert(("ENVIRONMENT_VARIABLE".to_owned(), "SHOP_URL".to_owned()));
    });
    let live = world.live();
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    assert!(!format!("{observed:?}").contains("hunter2"));
    let missing: Vec<String> = plan(&observed, &built.manifest)
        .messages
        .iter()
        .filter(|message| message.blocks())
        .map(|message| format!("{}: {}: {}", message.code.row().name, message.subject, message.says))
        .collect();
    insta::assert_snapshot!(missing.join("\n"), @"
    app-configuration-missing: connection:gone: does not exist there; 1 DAG needs it
    secret-missing: dag:orders#lost: Airflow variable `lost` is read in `dags/orders.py` and does not exist there
    ");
    // Behind a secrets backend nothing is missing for sure.
    world.astro.at("dep1", |deployment| deployment.env.insert("AIRFLOW__SECRETS__BACKEND".to_owned()));
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    let Known::No(why) = &observed.extras.integrations else { panic!("{:?}", observed.extras) };
    assert_eq!(why, "a secrets backend may hold more (AIRFLOW__SECRETS__BACKEND)");
}

#[tokio::test]
async fn dags_of_a_factory_are_not_called_removed_while_their_file_stays() {
    let factory = "from airflow.sdk import DAG\nimport requests\nfor name in requests.get(\"x\").json():\n    globals()[name] = DAG(name)\n";
    let built = project(&[("dags/factory.py", factory), ("dags/orders.py", &dag("orders"))]);
    let world = World::new().await;
    world.astro.at("dep1", |deployment| {
        deployment.version = Some("v1".to_owned());
        deployment.wanted = Some("v1".to_owned());
        for (id, file) in
            [("made_a", "factory.py"), ("made_b", "factory.py"), ("orders", "orders.py"), ("old", "old.py")]
        {
            deployment.dags.push(crate::tests::astro::Dag {
                id: id.to_owned(),
                file: file.to_owned(),
                schedule: Some("0 6 * * *".to_owned()),
                tags: vec!["etl".to_owned()],
                parsed: 0,
            });
        }
    });
    let observed = world.live().observe(&built.manifest, &world.watch).await.unwrap();
    assert_eq!(changes(&plan(&observed, &built.manifest)), ["dag:old: remove"]);
    // Without the file they go, and the plan says which.
    let without = project(&[("dags/orders.py", &dag("orders"))]);
    let observed = world.live().observe(&without.manifest, &world.watch).await.unwrap();
    assert_eq!(
        changes(&plan(&observed, &without.manifest)),
        ["dag:made_a: remove", "dag:made_b: remove", "dag:old: remove"]
    );
}

#[tokio::test]
async fn another_repository_that_deploys_there_is_told() {
    let mut world = World::new().await;
    world.deploy(&two()).await.said.unwrap();
    let messages = |plan: &Plan| -> Vec<String> {
        let taken = plan.messages.iter().filter(|message| message.code == crate::plan::message::Code::OwnershipTaken);
        taken.map(|message| format!("{}: {}", message.subject, message.says)).collect()
    };
    let observed = world.live().observe(&two().manifest, &world.watch).await.unwrap();
    assert!(messages(&plan(&observed, &two().manifest)).is_empty());
    world.variables.insert("GITHUB_REPOSITORY".to_owned(), "acme/other".to_owned());
    let observed = world.live().observe(&two().manifest, &world.watch).await.unwrap();
    insta::assert_snapshot!(messages(&plan(&observed, &two().manifest)).join("\n"), @"environment:dev: the DAGs there were deployed from `acme/dags`; this deploy replaces all of them");
}

#[tokio::test]
async fn the_newest_deploy_is_found_behind_many_old_ones() {
    let world = World::new().await;
    world.deploy(&two()).await.said.unwrap();
    world.astro.at("dep1", |deployment| {
        let mut old = deployment.deploys[0].clone();
        old.version = Some("old".to_owned());
        for number in 0..130 {
            old.id = format!("clold{number}");
            old.at = format!("2020-01-01T00:{:02}:{:02}Z", number / 60, number % 60);
            deployment.deploys.insert(number, old.clone());
        }
    });
    let live = world.live();
    live.observe(&two().manifest, &world.watch).await.unwrap();
    assert_eq!(live.kept.borrow().commit.as_deref(), Some(sample::commit(1).as_str()));
    world.astro.at("dep1", |deployment| deployment.deploys[0].git.take());
    let deploys = read::deploys(&live.ask, "dep1", &world.watch).await.unwrap();
    assert_eq!((deploys.len(), deploys[0].id.starts_with("clold")), (100, false));
}

#[tokio::test]
async fn an_airflow_that_cannot_be_asked_leaves_the_state_unknown() {
    let world = World::new().await;
    let first = world.deploy(&two()).await;
    world.astro.at("dep1", |deployment| "HIBERNATING".clone_into(&mut deployment.status));
    let live = world.live();
    let observed = live.observe(&two().manifest, &world.watch).await.unwrap();
    assert_eq!(
        observed.basis,
        Basis::Unknown { why: "the deployment sleeps, so its Airflow cannot be asked".to_owned() }
    );
    // The release whose version is still there is what sleeps.
    let mut release = Release {
        id: 1,
        record: sample::record(1),
        result: crate::release::ReleaseResult::Success,
        closed: Some(Timestamp::now()),
        platform_ref: first.applied.platform_ref.clone(),
    };
    assert!(live.holds(&release));
    assert_eq!(live.keeps(&release), first.applied.platform_ref);
    release.closed = Timestamp::now().checked_sub(jiff::SignedDuration::from_hours(91 * 24)).ok();
    assert_eq!(live.keeps(&release), None, "Astro keeps deploys for 90 days");
    release.platform_ref = Some("dep1/other/2020-01-01T00:00:00.0000000Z".to_owned());
    assert!(!live.holds(&release));
}

#[tokio::test]
async fn airflow_2_is_asked_in_its_own_way() {
    let world = World::new().await;
    world.astro.at("dep1", |deployment| {
        "2.10.2".clone_into(&mut deployment.airflow);
        "12.1.0".clone_into(&mut deployment.runtime);
        deployment.dags.push(crate::tests::astro::Dag {
            id: "orders".to_owned(),
            file: "orders.py".to_owned(),
            schedule: Some("0 6 * * *".to_owned()),
            tags: vec!["etl".to_owned()],
            parsed: 0,
        });
    });
    let built = project(&[("dags/orders.py", &dag("orders"))]);
    let observed = world.live().observe(&built.manifest, &world.watch).await.unwrap();
    let changed = changes(&plan(&observed, &built.manifest));
    assert_eq!(changed, ["image:runtime: modify runtime"]);
}
