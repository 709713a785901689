//! The example of a project that people's own commands deploy, with a warehouse of thirty lines behind it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::world::{Ran, World};

const TOKEN: &str = "warehouse-0123456789";

/// What a warehouse holds, and what it was asked.
#[derive(Default)]
struct Held {
    models: BTreeMap<String, String>,
    asked: Vec<String>,
}

/// A warehouse: models by their path, behind a token.
struct Warehouse {
    url: String,
    held: Arc<Mutex<Held>>,
}

impl Warehouse {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/models", listener.local_addr().unwrap());
        let held = Arc::<Mutex<Held>>::default();
        let inner = Arc::clone(&held);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &inner)));
        Self { url, held }
    }

    fn models(&self) -> Vec<String> {
        self.held.lock().unwrap().models.keys().cloned().collect()
    }

    /// What it was asked since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.held.lock().unwrap().asked)
    }

    fn play(&self, world: &World, words: &str) -> Ran {
        self.play_with(world, words, TOKEN)
    }

    fn play_with(&self, world: &World, words: &str, token: &str) -> Ran {
        let mut command = world.command();
        command.env("WAREHOUSE_URL", &self.url).env("WAREHOUSE_TOKEN", token).arg("simulate");
        command.args(words.split_whitespace()).args(["--platform", "command"]).output().unwrap().into()
    }
}

fn answer(mut stream: TcpStream, held: &Mutex<Held>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let first = lines.first().cloned().unwrap_or_default();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut held = held.lock().unwrap();
    held.asked.push(format!("{method} {path}"));
    let name = path.strip_prefix("/models/").unwrap_or_default().to_owned();
    let (status, text) = if !lines.contains(&format!("Authorization: Bearer {TOKEN}")) {
        ("401 Unauthorized", String::new())
    } else if method == "GET" {
        ("200 OK", serde_json::to_string(&held.models).unwrap())
    } else if name.contains("broken") {
        ("500 Internal Server Error", String::new())
    } else if method == "DELETE" {
        held.models.remove(&name);
        ("200 OK", String::new())
    } else {
        held.models.insert(name, String::from_utf8(body).unwrap());
        ("200 OK", String::new())
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    stream.write_all((head + &text).as_bytes()).unwrap();
}

#[test]
fn the_command_example_goes_from_dev_to_production_without_a_warehouse() {
    let world = World::command_example();
    world.airlock("inspect").says(0, &["models/orders.sql"]);
    world.simulate("push").says(0, &["1.0.0-dev.1"]);
    world.simulate("dispatch --environment prod --allow-destructive false").says(0, &["prod now runs 1.0.0"]);
}

#[test]
fn a_deploy_command_gets_the_plan_and_the_files_and_what_is_there_is_read_back() {
    let (world, warehouse) = (World::command_example(), Warehouse::open());
    warehouse.play(&world, "push").says(0, &["dev now runs 1.0.0-dev.1", "Read back: what runs is what was sent"]);
    assert_eq!(warehouse.models(), ["models/customers.sql", "models/orders.sql"]);
    warehouse.play(&world, "push").says(0, &["dev runs 1.0.0-dev.1 already"]);

    world.git(&["switch", "-q", "-c", "tidy"]);
    world.git(&["rm", "-q", "models/orders.sql"]);
    world.write("models/customers.sql", "select id from raw.customers\n");
    world.commit("Drop the orders");
    warehouse.asked();
    let plan = warehouse.play(&world, "pull-request");
    plan.says(0, &["Removes 1", "models/orders.sql", "release 1.0.0-dev.1"]);
    assert!(warehouse.asked().is_empty(), "a pull request is planned without the token");

    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "tidy"]);
    warehouse.play(&world, "push").says(0, &["dev now runs", "1.0.0-dev.2"]);
    assert_eq!(warehouse.models(), ["models/customers.sql"]);
    assert!(warehouse.asked().contains(&"DELETE /models/models/orders.sql".to_owned()));
}

#[test]
fn the_commands_are_those_of_the_default_branch_whichever_commit_is_deployed() {
    let (world, warehouse) = (World::command_example(), Warehouse::open());
    world.git(&["switch", "-q", "-c", "other"]);
    for script in ["tools/observe", "tools/deploy"] {
        world.replace(script, "import ", "raise SystemExit('MINE RAN')\nimport ");
    }
    world.replace("airlock.toml", "\"./tools/observe\"", "\"./tools/theirs\"");
    world.commit("Run something else with the token");
    let plan = warehouse.play(&world, "pull-request");
    plan.says(0, &["policy changed", "would be observed by ./tools/theirs"]);
    let ran = warehouse.play(&world, "dispatch --environment dev");
    assert!(!ran.all().contains("MINE RAN") && !ran.all().contains("theirs ended"), "{}", ran.all());
    assert_eq!(warehouse.asked(), ["GET /models"], "what is there was read by main's script");
    ran.says(4, &["ref-not-allowed"]);
}

#[test]
fn what_a_command_ends_with_becomes_the_result() {
    let (world, warehouse) = (World::command_example(), Warehouse::open());
    let refused = warehouse.play_with(&world, "push", "another-0123456789");
    refused.says(5, &["the observe command ended with 1", "HTTP Error 401"]);

    world.write("models/broken.sql", "select 1\n");
    world.commit("Add one that the warehouse refuses");
    let failed = warehouse.play(&world, "push");
    failed.says(5, &["the deploy command ended with 1"]);
    assert_eq!(warehouse.models(), ["models/customers.sql", "models/orders.sql"]);

    world.git(&["rm", "-q", "models/broken.sql"]);
    world.write("tools/deploy", "#!/bin/sh\necho \"all is well: $WAREHOUSE_TOKEN\"\n");
    world.write("models/orders.sql", "select 2\n");
    world.commit("Deploy nothing and say that it went well");
    let lied = warehouse.play(&world, "push");
    assert!(!lied.all().contains(TOKEN), "{}", lied.all());
    lied.complains(5, &["all is well: ***", "what is live is not what was sent", "models/orders.sql"]);
}

#[test]
fn without_a_command_that_looks_a_deploy_is_never_green() {
    let (world, warehouse) = (World::command_example(), Warehouse::open());
    world.replace("airlock.toml", "observe = [\"./tools/observe\"]\n", "");
    world.commit("Look at nothing");
    warehouse.play(&world, "push").says(5, &["no verify and no observe command tells what is live"]);
    world.replace("airlock.toml", "env = [", "verify = [\"true\"]\nenv = [");
    world.commit("Verify");
    warehouse.play(&world, "push").says(0, &["dev now runs"]);
}

#[test]
fn a_variable_that_is_not_there_is_named_and_none_is_seen_by_the_tests() {
    let (world, warehouse) = (World::command_example(), Warehouse::open());
    world.replace("airlock.toml", "test-command = \"none\"", "test-command = \"sh tools/peek\"");
    world.write("tools/peek", "#!/bin/sh\necho \"seen: ${WAREHOUSE_TOKEN:-nothing}\"\n");
    world.commit("Peek");
    warehouse.play(&world, "push").complains(0, &["seen: nothing"]);
    let mut command = world.command();
    let missing: Ran = command.args(["simulate", "push", "--platform", "command"]).output().unwrap().into();
    missing.says(2, &["key-missing", "WAREHOUSE_URL, WAREHOUSE_TOKEN"]);
}

const LISTED: &str = "#!/bin/sh\n\
    echo '{\"origin\": \"source\", \"resources\": [{\"kind\": \"job\", \"id\": \"nightly\", \"attributes\": {\"trigger\": \"'$(cat trigger)'\", \
    \"secrets\": [\"CRM_KEY\"]}}]}' > \"$AIRLOCK_OUTPUT\"\n";

#[test]
fn a_manifest_that_a_command_writes_is_compared_like_any_other() {
    let world = World::command_example();
    world.replace("airlock.toml", "observe =", "manifest = [\"sh\", \"tools/list\"]\nobserve =");
    world.write("tools/list", LISTED);
    world.write("trigger", "hourly");
    world.write("airlock.environment.toml", "[dev]\nsecrets = [\"CRM_KEY\"]\n");
    world.commit("List the jobs");
    world.simulate("push").says(0, &["job nightly"]);
    world.write("trigger", "daily");
    world.commit("Run it less often");
    world.simulate("pull-request --base HEAD~1").says(0, &["trigger hourly → daily"]);
    world.replace("tools/list", "CRM_KEY", "ERP_KEY");
    world.commit("Need another secret");
    world.simulate("push").says(4, &["warning-unresolved", "ERP_KEY"]);
    world
        .simulate("pull-request --base HEAD~1 --execute never")
        .says(3, &["manifest-unreadable", "nothing is executed here"]);
    world.write("tools/list", "#!/bin/sh\necho '{\"resources\": 1}' > \"$AIRLOCK_OUTPUT\"\n");
    world.commit("Write rubbish");
    world.simulate("push").says(3, &["manifest-unreadable", "it is no manifest"]);
}

#[test]
fn a_schedule_asks_nothing_and_says_that_it_does_not_know() {
    let (world, warehouse) = (World::command_example(), Warehouse::open());
    warehouse.play(&world, "push").says(0, &["dev now runs"]);
    warehouse.asked();
    warehouse
        .play(&world, "schedule")
        .says(0, &["what runs is not known: the project's own commands run where something is"]);
    assert!(warehouse.asked().is_empty());
    // A deploy does ask, and sets back what somebody changed in between.
    warehouse.held.lock().unwrap().models.remove("models/orders.sql");
    world.write("models/customers.sql", "select id from raw.customers\n");
    world.commit("Ask for less");
    warehouse.play(&world, "push").says(0, &["+  file models/orders.sql"]);
    assert_eq!(warehouse.models(), ["models/customers.sql", "models/orders.sql"]);
}
