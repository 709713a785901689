//! What is none of ours: an Airflow that serves its REST API (`scripts/real-airflow`), a registry of images (`scripts/real-registry`).

use std::fs;
use std::path::Path;

use super::super::{registry, verify};
use super::*;
use crate::manifest::{Attribute, ResourceId};
use crate::platform::astro::oci::Image;

const SERVED: &str = "scripts/real-airflow starts one";

/// The texts of a folder by path.
fn texts(root: &Path, folder: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap());
    let of = |entry: fs::DirEntry| {
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        match (entry.file_type().unwrap().is_dir(), path.ends_with(".py")) {
            (true, _) => texts(root, &path),
            (false, true) => vec![(path.clone(), fs::read_to_string(root.join(path)).unwrap())],
            (false, false) => Vec::new(),
        }
    };
    entries.flat_map(of).collect()
}

#[tokio::test]
#[ignore = "needs an Airflow: scripts/real-airflow"]
async fn airflow_tells_what_the_source_tells() {
    let told = std::env::var("AIRLOCK_AIRFLOW").expect(SERVED);
    let token = std::env::var("AIRLOCK_AIRFLOW_TOKEN").expect(SERVED);
    let [version, host, folder] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}: {SERVED}") };
    let is_3 = version.starts_with('3');
    let runtime = if is_3 { "3.0-4" } else { "12.1.0" };
    let mut world = World::new().await;
    world.astro.knows(&token, false);
    world.keys.insert("ASTRO_API_TOKEN_DEV".to_owned(), &token);
    world.astro.at("dep1", |deployment| {
        version.clone_into(&mut deployment.airflow);
        runtime.clone_into(&mut deployment.runtime);
        deployment.airflow_at = Some(format!("http://{host}"));
    });
    let files = texts(Path::new(folder), "dags");
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let built = project_on(runtime, &files);

    // What Airflow tells is what source tells, but for the file that it cannot load.
    let live = world.live();
    let observed = live.observe(&built.manifest, &world.watch).await.unwrap();
    assert_eq!(observed.basis, Basis::Live);
    let planned = plan(&observed, &built.manifest);
    assert_eq!(changes(&planned), ["dag:broken: add"]);
    let there = &observed.manifest.resources;
    let field = |id: &str, name: &str| there[&ResourceId::new("dag", id)].attributes[name].clone();
    let unread = |id: &&str| matches!(field(id, "schedule"), Attribute::Unread(_));
    let ids: Vec<&str> = there.keys().filter(|id| id.kind == "dag").map(|id| id.id.as_str()).collect();
    let unread: Vec<&str> = ids.into_iter().filter(unread).collect();
    let assets = ["after_any", "after_loads", "from_then_on", "in_paris", "of_the_day", "twice"];
    assert_eq!(unread, if is_3 { assets.to_vec() } else { vec!["after_loads", "in_paris", "of_the_day"] });
    let value = |value: serde_json::Value| Attribute::Value(value);
    // Airflow keeps tags as a set, and tells them in any order.
    let tags = [["etl", "sales"], ["sales", "etl"]].map(|tags| value(serde_json::json!(tags)));
    assert!(tags.contains(&field("orders", "tags")));
    assert_eq!(field("orders", "max_active_runs"), value(serde_json::json!(2)));
    assert_eq!((field("orders", "is_paused"), field("daily", "is_paused")), (value(false.into()), value(true.into())));

    // Names alone are kept, and what is missing is named.
    assert!(!format!("{observed:?}").contains("hunter2"));
    let missing = planned.messages.iter().filter(|message| message.blocks());
    let missing: Vec<String> = missing.map(|message| message.subject.to_string()).collect();
    assert_eq!(missing, ["connection:lost", "dag:orders#gone"]);

    // The files that cannot be loaded are told with their own lines.
    let airflow = live.airflow(&live.now(&world.watch).await.unwrap()).unwrap();
    let errors = airflow.import_errors(&world.watch).await.unwrap();
    insta::assert_snapshot!(errors.iter().map(|error| verify::told("dags", error)).collect::<Vec<_>>().join("\n"), @"
    `dags/broken.py`, line 7, cannot be loaded there: ModuleNotFoundError: No module named 'a_module_that_nobody_has'
    `dags/team/unclosed.py`, line 3, cannot be loaded there: SyntaxError: '(' was never closed
    ");
    if is_3 {
        let stranger = world.astro.token(false);
        world.keys.insert("ASTRO_API_TOKEN_DEV".to_owned(), &stranger);
        let observed = world.live().observe(&built.manifest, &world.watch).await.unwrap();
        assert!(matches!(observed.basis, Basis::Unknown { .. }), "{:?}", observed.basis);
    }
}

#[tokio::test]
#[ignore = "needs a registry and images: scripts/real-registry"]
async fn a_registry_takes_what_tools_write() {
    let told = std::env::var("AIRLOCK_REGISTRY").expect("scripts/real-registry starts one");
    let [host, token, folder] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let api = Url::parse("http://127.0.0.1:1/v1/").unwrap();
    let client = net::client(&api, Limits::default()).unwrap();
    let (token, watch) = (SecretString::from(token.to_owned()), Watch::endless());
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned()).collect();
    names.sort();
    for name in names {
        let image = Image::open(Path::new(folder), &name);
        if name.starts_with("old-") {
            let problem = image.unwrap_err();
            assert!(problem.to_string().contains("`index.json`"), "{name}: {problem}");
            continue;
        }
        let image = image.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        image.check().unwrap();
        assert_eq!(image.runtime, "3.0-4", "{name}");
        let (repository, tag) = (format!("{host}/acme/etl"), name.replace('.', "-"));
        let registry = registry::Registry::at((&repository, &tag), (&client, &api), &token, &watch).unwrap();
        assert!(!registry.stands_for(&image).await.unwrap(), "{name}");
        registry.push(&image).await.unwrap_or_else(|problem| panic!("{name}: {}", super::told(&problem)));
        assert!(registry.stands_for(&image).await.unwrap(), "{name}");
        // Once more: nothing is sent twice, and nothing fails.
        registry.push(&image).await.unwrap();
    }
}
