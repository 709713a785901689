//! Whatever a secret is, and in whatever spelling a platform, a configuration, an input or GitHub itself says it: it comes
//! out of no sink. What a test suite prints is in the black-box test of the same name.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::scene::{Ground, Scene, Temper, Told, dag};
use crate::tests::github::{Fault, World};
use crate::tests::repository::{block_on, git};

/// Cases of each story; every case is several whole runs.
const CASES: u32 = 3;

/// What is secret in a run: a key of a platform, a password beside it, the runner's own token.
#[derive(Debug, Clone)]
struct Secrets([String; 3]);

const NAMES: [&str; 3] = ["NANGO_SECRET_KEY_DEV", "REGISTRY_PASSWORD", "ACTIONS_RUNTIME_TOKEN"];

/// Texts as people and machines make them, with what encodings change: at least nine characters that no word of ours has.
fn secrets() -> impl Strategy<Value = Secrets> {
    let plain = "[A-Za-z0-9]{3}q[0-9]{2}Zx[A-Za-z0-9_-]{4,20}";
    let odd = "[!-~]{2}q[0-9]{2}Zx[ -~äß€]{2,12}[!-~]{2}";
    (plain, odd, plain).prop_map(|(key, password, token)| Secrets([key, password, token]))
}

fn percent(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if kept(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn json_escaped(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The letters of a longer base64 that the secret alone decides, behind this many other bytes.
fn aligned(secret: &str, before: usize) -> String {
    let encoded = STANDARD.encode([&vec![0; before], secret.as_bytes()].concat());
    encoded[[0, 2, 3][before]..(before + secret.len()) * 8 / 6].to_owned()
}

/// Every spelling of a secret.
fn spellings(secret: &str) -> Vec<String> {
    let mut all = vec![
        secret.to_owned(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        percent(secret),
        json_escaped(secret),
    ];
    all.extend((0..3).map(|before| aligned(secret, before)));
    all
}

impl Secrets {
    /// One line with every spelling of every secret, also inside of addresses and of longer base64.
    fn poison(&self) -> String {
        let all = self.0.iter().flat_map(|secret| {
            let users = ["", "a", "ab", "abc"].map(|user| STANDARD.encode(format!("{user}:{secret}:x")));
            let address = format!("https://ana:{}@host.example/?token={}", percent(secret), percent(secret));
            spellings(secret).into_iter().chain(users).chain([address])
        });
        all.collect::<Vec<_>>().join(" | ")
    }

    fn assert_gone(&self, sink: &str, text: &str) {
        let told: String = text.lines().filter(|line| !line.starts_with("::add-mask::")).collect::<Vec<_>>().join("\n");
        let bare = undressed(&told);
        for (name, secret) in NAMES.iter().zip(&self.0) {
            for spelling in spellings(secret) {
                assert!(!told.contains(&spelling), "{name} as `{spelling}` is in {sink}:\n{told}");
                assert!(
                    !told.contains(&json_escaped(&spelling)),
                    "{name} as JSON of `{spelling}` is in {sink}:\n{told}"
                );
                let spelling = undressed(&spelling);
                assert!(!bare.contains(&spelling), "{name} undressed, `{spelling}`, is in {sink}:\n{told}");
            }
        }
    }

    fn assert_nowhere(&self, scene: &Scene, told: &Told) {
        self.assert_gone("the log", &told.log);
        self.assert_gone("the summary", &told.summary);
        self.assert_gone("the outputs", &told.outputs.values().cloned().collect::<Vec<_>>().join("\n"));
        self.assert_gone("the report", &told.report);
        self.assert_gone("the test counts", &told.tests);
        let state = scene.world.state();
        for comment in state.comments.iter().filter(|comment| comment.author == World::LOGIN) {
            self.assert_gone("a comment", &comment.body);
        }
        for check in state.checks.iter().filter(|check| check.name.starts_with("airlock")) {
            let texts = [&check.title, &check.summary, &check.text, &check.details_url].map(Option::clone);
            let told = texts.into_iter().flatten().collect::<Vec<_>>().join("\n");
            self.assert_gone("a check run", &format!("{}\n{}\n{told}", check.name, check.external_id));
            self.assert_gone("an annotation", &json!(check.annotations).to_string());
        }
        for made in state.deployments.iter().filter(|made| made.creator == World::LOGIN) {
            self.assert_gone("a record", &format!("{}\n{}\n{}", made.payload, made.description, made.task));
            for status in &made.statuses {
                let says = [&status.description, &status.log_url, &status.environment_url];
                self.assert_gone("a status", &says.map(String::as_str).join("\n"));
            }
        }
    }

    async fn scene(&self, ground: &Ground) -> Scene {
        let mut scene = Scene::new(ground).await;
        NAMES.iter().zip(&self.0).for_each(|(name, secret)| scene.given(name, secret));
        scene
    }
}

/// Without what Markdown, HTML and we put between the letters.
fn undressed(text: &str) -> String {
    let text = text.replace("&#8203;", "").replace(['\u{200b}', '\\'], "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// Plays a story with many secrets.
fn always(story: &impl AsyncFn(&Ground, &Secrets)) {
    let ground = Ground::new();
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let played = runner.run(&secrets(), |secrets| {
        block_on(story(&ground, &secrets));
        Ok(())
    });
    played.unwrap();
}

#[test]
fn what_a_platform_says() {
    always(&async |ground: &Ground, secrets: &Secrets| {
        let poison = secrets.poison();
        let mutters = Some(poison.clone());
        for temper in [
            Temper { mutters: mutters.clone(), ..Temper::default() },
            Temper { mutters: mutters.clone(), refuses: Some(poison.clone()), ..Temper::default() },
            Temper { mutters, blind: Some(poison.clone()), ..Temper::default() },
        ] {
            let mut scene = secrets.scene(ground).await;
            scene.platform.holds("dev", "orders", &poison);
            *scene.temper.borrow_mut() = temper;
            let told = scene.push(ground, 1).await;
            secrets.assert_nowhere(&scene, &told);
            let told = scene.push(ground, 2).await;
            secrets.assert_nowhere(&scene, &told);
        }
    });
}

#[test]
fn what_others_wrote_at_github() {
    always(&async |ground: &Ground, secrets: &Secrets| {
        let poison = secrets.poison();
        let mut scene = secrets.scene(ground).await;
        let told = scene.push(ground, 1).await;
        assert_eq!(told.code, 0, "{}", told.all());
        {
            let mut state = scene.world.state();
            state.commits.iter_mut().for_each(|commit| commit.message = poison.clone());
            // A forged record, newer than ours.
            let mut forged = state.deployments[0].clone();
            (forged.id, forged.creator, forged.description) = (5_000, "eve".to_owned(), poison.clone());
            forged.payload =
                json!({ "airlock": 1, "record": { "schema": 1, "description": poison, "version": poison } });
            state.deployments.push(forged);
        }
        scene.passed(&poison, ground.commit(2));
        scene.world.add_comment(7, "eve", &format!("<!-- airlock:comment v1 scope=all -->\n{poison}"));
        scene.given("INPUT_TESTED-BY", "unit");
        let told = scene.push(ground, 2).await;
        assert_ne!(told.code, 0, "{}", told.all());
        secrets.assert_nowhere(&scene, &told);
        scene.variables.retain(|(name, _)| name != "INPUT_TESTED-BY");
        let change = ground.change(1, 2);
        let told = scene.pull_request(&change, ground, 1, 2).await;
        assert_eq!(told.code, 0, "{}", told.all());
        secrets.assert_nowhere(&scene, &told);
    });
}

#[test]
fn what_github_answers() {
    always(&async |ground: &Ground, secrets: &Secrets| {
        let (poison, change) = (secrets.poison(), ground.change(1, 2));
        for (part, status) in
            [("/deployments", 403), ("/check-runs", 422), ("/comments", 403), ("/deployments", 500), ("/pulls", 404)]
        {
            let mut scene = secrets.scene(ground).await;
            (0..9).for_each(|_| scene.world.fail("*", part, Fault::Says(status, poison.clone())));
            let told = scene.push(ground, 2).await;
            secrets.assert_nowhere(&scene, &told);
            let told = scene.pull_request(&change, ground, 1, 2).await;
            secrets.assert_nowhere(&scene, &told);
            scene.world.heal();
        }
    });
}

#[test]
fn what_an_input_and_a_configuration_say() {
    always(&async |ground: &Ground, secrets: &Secrets| {
        let poison = secrets.poison();
        let text = json!(poison).to_string();
        let folder = ground.change(1, 2);
        for (name, config) in [
            ("an unknown key", format!("[project.{text}]\nnonsense = {text}\n")),
            ("a wrong value", format!("[[environment]]\nname = {text}\nplatform = {text}\n")),
            ("no TOML", format!("name = {poison}\n")),
        ] {
            std::fs::write(folder.join("airlock.toml"), config).unwrap();
            let mut scene = secrets.scene(ground).await;
            let told = scene.pull_request(&folder, ground, 1, 2).await;
            assert_ne!(told.code, 0, "{name}: {}", told.all());
            secrets.assert_nowhere(&scene, &told);
        }
        std::fs::remove_file(folder.join("airlock.toml")).unwrap();
        for input in ["INPUT_DESCRIPTION", "INPUT_CONSENT", "INPUT_VERSION", "INPUT_ENVIRONMENT", "INPUT_PROJECT"] {
            let mut scene = secrets.scene(ground).await;
            scene.given(input, &poison);
            let told = scene.push(ground, 1).await;
            secrets.assert_nowhere(&scene, &told);
        }
    });
}

#[test]
fn what_the_code_declares() {
    always(&async |ground: &Ground, secrets: &Secrets| {
        let poison = secrets.poison();
        let folder = ground.change(1, 1);
        let name = json!(poison).to_string();
        std::fs::write(folder.join("dags/poison.py"), dag("x", "@daily").replace("\"x\"", &name)).unwrap();
        std::fs::write(folder.join("dags/broken.py"), format!("from airflow import DAG\nx = ({name}\n")).unwrap();
        git(&folder, &["add", "-A"]);
        git(&folder, &["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-q", "-m", &poison]);
        let commit = git(&folder, &["rev-parse", "HEAD"]).parse().unwrap();
        let mut scene = secrets.scene(ground).await;
        scene.world.state().commit(&commit, &[ground.commit(1).clone()], &poison);
        for broken in [true, false] {
            if !broken {
                std::fs::remove_file(folder.join("dags/broken.py")).unwrap();
            }
            let payload = json!({
                "ref": "refs/heads/main", "before": "0".repeat(40), "after": commit, "created": true, "deleted": false,
                "forced": false,
            });
            let told = scene.event(&folder, "push", &commit, payload).await;
            secrets.assert_nowhere(&scene, &told);
        }
    });
}

#[test]
fn what_the_local_platform_keeps() {
    always(&async |ground: &Ground, secrets: &Secrets| {
        let poison = secrets.poison();
        let mut scene = secrets.scene(ground).await;
        let folder = ground.change(1, 1);
        git(&folder, &["checkout", "-q", "main"]);
        scene.given("INPUT_PLATFORM", "local");
        scene.given("INPUT_DESCRIPTION", &poison);
        let push: Value = json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": ground.commit(1), "created": true,
            "deleted": false, "forced": false,
        });
        for temper in [Temper::default(), Temper { refuses: Some(poison.clone()), ..Temper::default() }] {
            *scene.temper.borrow_mut() = temper;
            let told = scene.event(&folder, "push", ground.commit(1), push.clone()).await;
            secrets.assert_nowhere(&scene, &told);
        }
        let kept = std::fs::read_to_string(folder.join(".airlock/dev/history.jsonl")).unwrap();
        secrets.assert_gone("the local record", &kept);
        std::fs::remove_dir_all(folder.join(".airlock")).unwrap();
    });
}
