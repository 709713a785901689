use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::problem::Problems;

fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

fn named(name: &str) -> EnvironmentName {
    EnvironmentName::new(name).unwrap()
}

fn good(text: &str) -> Config {
    read(text, "airlock.toml").unwrap_or_else(|problems| panic!("{}", told(&problems)))
}

fn told(problems: &Problems) -> String {
    let lines = problems.iter().map(|problem| {
        let help: Vec<_> = problem.help.iter().map(|help| format!("\n    {help}")).collect();
        format!("{} {problem}{}", problem.code, help.concat())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn wrong(text: &str) -> String {
    told(&read(text, "airlock.toml").unwrap_err())
}

/// `dev (main)` or `prod! after dev`: the order, the flags, the branches.
fn in_short(config: &Config) -> String {
    let each = config.environments.iter().map(|environment| {
        let production = if environment.production { "!" } else { "" };
        let branch = environment.branch.as_ref().map(|branch| format!(" ({branch})")).unwrap_or_default();
        let after = environment.after.as_ref().map(|after| format!(" after {after}")).unwrap_or_default();
        format!("{}{production}{branch}{after}", environment.name)
    });
    each.collect::<Vec<_>>().join(", ")
}

const WHOLE: &str = r#"
dispatch-by = ["release-bot[bot]"]

[[project]]
id = "crm"
path = "./integrations/crm/"
platform = "nango"
test-command = "npm run test -- --ci"
install-command = ["npm", "ci", "--prefer-offline"]

[[project]]
path = "pipelines"
platform = "auto"
test-command = "none"

[[environment]]
name = "prod-eu"
production = true
after = "staging"
refs = ["release"]
consent = "flag"
flag = "true"
wait = "1h30m"
accept = [{ code = "secret-missing", resource = "hubspot/deals", reason = "set by hand in Nango" }]

[[environment]]
name = "dev"
branch = "main"
destructive = "consent"
platform = "local"

[[environment]]
name = "staging"
after = "dev"
"#;

#[test]
fn a_whole_file_is_read_and_put_in_order() {
    let config = good(WHOLE);
    assert_eq!(in_short(&config), "dev (main), staging after dev, prod-eu! after staging");
    assert_eq!(config.dispatch_by, ["release-bot[bot]"]);
    let argv = |words: &[&str]| CommandChoice::Argv(words.iter().map(|word| (*word).to_owned()).collect());
    let [crm, pipelines] = config.projects.as_slice() else { panic!("two projects") };
    assert_eq!(
        (crm.id.as_str(), crm.path.as_str(), crm.platform),
        ("crm", "integrations/crm", Some(PlatformName::Nango))
    );
    assert_eq!(crm.test_command, argv(&["npm", "run", "test", "--", "--ci"]));
    assert_eq!(crm.install_command, argv(&["npm", "ci", "--prefer-offline"]));
    assert_eq!((pipelines.id.as_str(), pipelines.platform), ("pipelines", None));
    assert_eq!((&pipelines.test_command, &pipelines.install_command), (&CommandChoice::None, &CommandChoice::Auto));
    let prod = config.environment(&named("prod-eu")).unwrap();
    assert_eq!((prod.consent, prod.flag, prod.wait), (ConsentRule::Flag, FlagRule::True, Duration::from_mins(90)));
    assert_eq!((prod.refs.clone(), prod.accept[0].reason.as_str()), (vec![branch("release")], "set by hand in Nango"));
    let dev = config.environment(&named("dev")).unwrap();
    assert_eq!((dev.destructive, dev.platform), (Destructive::Consent, Some(PlatformName::Local)));
}

#[test]
fn without_a_file_there_are_dev_and_prod() {
    let config = Config::built_in(Some(&branch("trunk")));
    assert_eq!(in_short(&config), "dev (trunk), prod! after dev");
    assert_eq!(in_short(&Config::built_in(None)), "dev, prod! after dev");
    assert_eq!(good("").with_default_branch(Some(&branch("trunk"))), config);
    assert_eq!(good("[[project]]\npath = \"a\"\n").environments, Config::built_in(None).environments);
}

#[test]
fn the_first_environment_that_is_not_production_has_the_default_branch() {
    let with = |text: &str| in_short(&good(text).with_default_branch(Some(&branch("main"))));
    let env = |name: &str, more: &str| format!("[[environment]]\nname = \"{name}\"\n{more}\n");
    assert_eq!(with(&(env("dev", "") + &env("staging", "after = \"dev\""))), "dev (main), staging after dev");
    assert_eq!(with(&(env("staging", "after = \"dev\"") + &env("dev", ""))), "dev (main), staging after dev");
    assert_eq!(with(&(env("dev", "branch = \"develop\"") + &env("staging", ""))), "dev (develop), staging");
    assert_eq!(with(&(env("dev", "") + &env("staging", "branch = \"main\""))), "dev, staging (main)");
    assert_eq!(with(&(env("prod", "production = true") + &env("dev", ""))), "prod!, dev (main)");
    assert_eq!(with(&env("eu", "production = true")), "eu!");
}

#[test]
fn production_follows_what_stands_before_it_unless_it_says_otherwise() {
    let file = |prod: &str| {
        format!(
            "[[environment]]\nname = \"dev\"\n[[environment]]\nname = \"staging\"\n[[environment]]\nname = \"prod-eu\"\nproduction = true\n{prod}\n[[environment]]\nname = \"prod-us\"\nproduction = true\n"
        )
    };
    assert_eq!(in_short(&good(&file(""))), "dev, staging, prod-eu! after staging, prod-us! after staging");
    assert_eq!(in_short(&good(&file("after = \"dev\""))), "dev, staging, prod-eu! after dev, prod-us! after staging");
    assert_eq!(in_short(&good(&file("after = \"\""))), "dev, staging, prod-eu!, prod-us! after staging");
}

#[test]
fn every_problem_is_told_with_its_line_and_column() {
    let text = r#"dispatched-by = []
dispatch-by = "bot"

[[project]]
id = "a b"
path = "../elsewhere"
platforms = "nango"
test-command = "npm ci && npm test"
install-command = 5

[[project]]
platform = "nangos"

[[environment]]
name = "pr od"
production = "yes"
branch = "feature/*"
refs = ["refs/tags/v1", 1]
after = 7
destructive = "always"
consent = "flags"
flag = true
wait = "10"
platform = "auto"
accept = [{ code = "Secret", resource = "*" }, "x"]
colour = "red"
"#;
    insta::assert_snapshot!(wrong(text), @r#"
    config-unknown-key airlock.toml:1:1: `dispatched-by` is no key of the configuration
        did you mean `dispatch-by`?
    config-invalid airlock.toml:2:15: `dispatch-by` is a text, and must be a list of texts
        write it in brackets: `dispatch-by = […]`
    config-invalid airlock.toml:5:6: `id` is `a b`, which is no project id
        ids have letters, digits, `.`, `_`, `-` and `/`, and at most 200 of them
    config-invalid airlock.toml:6:8: `path` is `../elsewhere`, which leaves the repository
        write a path from the repository's root, with `/` between its parts and without `..`
    config-unknown-key airlock.toml:7:1: `platforms` is no key of a project
        did you mean `platform`?
    config-invalid airlock.toml:8:16: `test-command` uses `&&`, which is shell syntax, and no shell runs this command
        ask for a shell if you mean one: `bash -c '…'`
    config-invalid airlock.toml:9:19: `install-command` is a number, and must be a text or a list of texts
    config-invalid airlock.toml:11:1: a project has no `path`
        add `path = "…"`
    config-invalid airlock.toml:12:12: `platform` is `nangos`, and must be one of `auto`, `nango`, `astro`, `paragon`, `command`, `local`
        did you mean `nango`?
    config-invalid airlock.toml:15:8: `name` is `pr od`, which is no name of an environment
        names have letters, digits, `_` and `-`, and at most 64 of them
    config-invalid airlock.toml:16:14: `production` is a text, and must be `true` or `false`, without quotes
    config-invalid airlock.toml:17:10: `branch` is `feature/*`, which is no branch
        name one branch in full; patterns are not read
    config-invalid airlock.toml:18:9: an entry of `refs` is a tag, and only branches can be allowed
        name a branch
    config-invalid airlock.toml:18:25: an entry of `refs` is a number, and must be a text in quotes
    config-invalid airlock.toml:19:9: `after` is a number, and must be a text in quotes
    config-invalid airlock.toml:20:15: `destructive` is `always`, and must be one of `reviewed`, `consent`
    config-invalid airlock.toml:21:11: `consent` is `flags`, and must be one of `named`, `flag`
        did you mean `flag`?
    config-invalid airlock.toml:22:8: `flag` is a truth value, and must be a text in quotes
    config-invalid airlock.toml:23:8: `wait` is `10`, which is not a time
        write hours, minutes and seconds, such as `30m`, `90s` or `1h30m`
    config-invalid airlock.toml:24:12: `platform` is `auto`, and must be one of `nango`, `astro`, `paragon`, `command`, `local`
    config-invalid airlock.toml:25:11: an acceptance has no `reason`
        add `reason = "…"`
    config-invalid airlock.toml:25:20: `code` is `Secret`, which is no code of a message
    config-invalid airlock.toml:25:41: `resource` has `*`, which reads like a pattern
        name each resource: patterns would cover what nobody looked at
    config-invalid airlock.toml:25:48: an entry of `accept` is a text, and must be a table
    config-unknown-key airlock.toml:26:1: `colour` is no key of an environment
        it has `name`, `production`, `branch`, `refs`, `after`, `destructive`, `consent`, `flag`, `accept`, `wait`, `platform`, `url`, `group`, `time-limit`, `previews`
    "#);
}

#[test]
fn rules_between_tables_are_told_too() {
    let text = r#"
[[project]]
path = "a"
[[project]]
path = "./a/"
[[project]]
id = "a"
path = "b"
[[project]]
path = "."

[[environment]]
name = "dev"
branch = "main"
[[environment]]
name = "dev"
[[environment]]
name = "prod_eu"
production = true
branch = "release"
[[environment]]
name = "prod-eu"
production = true
[[environment]]
name = "us-live"
[[environment]]
name = "staging"
branch = "main"
after = "devv"
[[environment]]
name = "one"
after = "two"
[[environment]]
name = "two"
after = "one"
[[environment]]
name = "three"
after = "three"
"#;
    insta::assert_snapshot!(wrong(text), @r"
    config-duplicate airlock.toml:5:8: two projects have the folder `a`
    config-duplicate airlock.toml:8:8: two projects have the id `a`
        give one of them an `id` of its own
    config-invalid airlock.toml:10:8: `path` is the repository's root, which gives the project no name
        add an `id`, or its `platform`
    config-duplicate airlock.toml:16:8: two environments are called `dev`
    production-by-push airlock.toml:20:10: `prod_eu` is production, and pushes never deploy production
        remove `branch`; to allow a manual run from this branch, name it in `refs`
    environment-key-shared airlock.toml:22:8: `prod_eu` and `prod-eu` share one key variable (`…_PROD_EU`)
        rename one, so that no key reaches both
    environment-unclear airlock.toml:25:8: `us-live` is called like production and is not flagged as such
        add `production = true`, or give it another name
    environment-branch-shared airlock.toml:28:10: `dev` and `staging` are both deployed by pushes to `main`
        give one of them another branch, or none
    environment-order airlock.toml:29:9: `after` names `devv`, and there is no such environment
        did you mean `dev`?
    environment-order airlock.toml:32:9: environments follow each other in a circle: `one`, `two`
        let one of them follow none
    environment-order airlock.toml:38:9: `three` cannot follow itself
    ");
}

#[test]
fn a_single_environment_says_what_it_is() {
    insta::assert_snapshot!(wrong("[[environment]]\nname = \"main\"\n"), @r"
    environment-unclear airlock.toml:2:8: `main` is the only environment and does not say whether it is production
        add `production = true`, or `production = false`
    ");
    assert!(read("[[environment]]\nname = \"main\"\nproduction = false\n", "f").is_ok());
    assert!(read("[[environment]]\nname = \"main\"\nproduction = true\n", "f").is_ok());
    assert!(read("[[environment]]\nname = \"prod\"\nproduction = false\n", "f").is_err());
}

#[test]
fn a_project_at_the_root_is_called_by_its_platform() {
    assert_eq!(good("[[project]]\npath = \".\"\nplatform = \"astro\"\n").projects[0].id.as_str(), "astro");
    assert_eq!(good("[[project]]\npath = \"\"\nid = \"all\"\n").projects[0].id.as_str(), "all");
}

#[test]
fn what_is_no_toml_is_told_for_every_place() {
    insta::assert_snapshot!(wrong("a = \nb = 1\n[[environment]\nname = 'dev\n"), @r"
    config-syntax airlock.toml:1:5: this is not TOML: string values must be quoted, expected literal string
    config-syntax airlock.toml:3:15: this is not TOML: unclosed array table, expected `]`
    ");
    insta::assert_snapshot!(wrong("a = 1\na = 2\n"), @r"config-syntax airlock.toml:2:1: this is not TOML: duplicate key");
}

#[test]
fn places_count_characters() {
    let problems = read("# ü\n\"ключ\" = 1\n  'ü' = 'ü' ; \n", "x.toml").unwrap_err();
    assert_eq!(problems[0].place, Some(crate::names::Place::at("x.toml", 3, 13)));
    let problems = read("a = [\n  'ü', 1]\n[[environment]]\nrefs = ['ü', 1]\n", "x.toml").unwrap_err();
    assert_eq!(problems.last().unwrap().place, Some(crate::names::Place::at("x.toml", 4, 14)));
}

#[test]
fn deep_and_large_files_end_in_problems() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(50_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        "x".repeat(300 * 1024),
    ] {
        assert!(!read(&text, "f").unwrap_err().is_empty());
    }
}

#[test]
fn a_change_of_policy_is_a_sentence_each() {
    let policy = good(WHOLE);
    assert_eq!(changes(&policy, &policy), Vec::<String>::new());
    let checkout = good(
        r#"
dispatch-by = ["else[bot]"]
[[environment]]
name = "dev"
branch = "develop"
[[environment]]
name = "prod-eu"
production = false
after = ""
refs = ["a", "b"]
accept = [{ code = "untested", resource = "x/y", reason = "z" }]
[[environment]]
name = "test"
production = true
"#
        .replace("prod-eu", "eu")
        .as_str(),
    );
    insta::assert_snapshot!(changes(&policy, &checkout).join("\n"), @r"
    environment `staging` would be gone
    environment `prod-eu` would be gone
    `dev` would be deployed by pushes to `develop` instead of `main`
    `dev` would let reviewed plans remove things without consent
    `dev` would deploy to each project's own platform
    environment `eu` would be new
    environment `test` would be new, as production
    `else[bot]` could start deployments by itself
    `release-bot[bot]` could no longer start deployments by itself
    ");
    let mut bent = policy.clone();
    let prod = bent.environments.iter_mut().find(|environment| environment.production).unwrap();
    *prod = Environment { refs: vec![branch("a"), branch("b")], ..Environment::named(prod.name.clone()) };
    bent.environments.swap(0, 1);
    insta::assert_snapshot!(changes(&policy, &bent).join("\n"), @r"
    `prod-eu` would no longer be production
    `prod-eu` would allow manual runs from `a`, `b`, not from `release`
    `prod-eu` would follow no other environment instead of `staging`
    `prod-eu` would need every removal named
    `prod-eu` would need the flag stated only
    `prod-eu` would wait 600 s for another run, not 5400 s
    `prod-eu` would no longer accept `secret-missing` of `hubspot/deals`
    the order of environments would be `staging`, `dev`, `prod-eu` instead of `dev`, `staging`, `prod-eu`
    ");
}

#[test]
fn previews_are_made_from_one_environment_that_is_not_production() {
    let three = |dev: &str, staging: &str, prod: &str| {
        format!(
            "[[environment]]\nname = \"dev\"\n{dev}\n[[environment]]\nname = \"staging\"\n{staging}\n[[environment]]\nname = \"prod\"\nproduction = true\n{prod}\n"
        )
    };
    let of = |text: &str| good(text).previewed().map(|environment| environment.name.to_string());
    let own = "previews = true";
    assert_eq!(of(&three("", "", "")).as_deref(), Some("dev"));
    assert_eq!(of(&three("", own, "")).as_deref(), Some("staging"));
    assert_eq!(of("[[environment]]\nname = \"prod\"\nproduction = true\n"), None);
    insta::assert_snapshot!(wrong(&three(own, own, own)), @r"
    environment-previews airlock.toml:5:8: previews would be made from both `dev` and `staging`
        let one environment say `previews = true`
    environment-previews airlock.toml:8:8: `prod` is production, and no previews are made from it
        name another environment by `previews = true`
    environment-previews airlock.toml:8:8: previews would be made from both `staging` and `prod`
        let one environment say `previews = true`
    ");
    let both = changes(&good(&three("", "", "")), &good(&three("", own, "")));
    assert_eq!(both, ["`staging` would be what previews are made from"]);
    assert!(wrong("[[environment]]\nname = \"preview-pr-7\"\nproduction = false\n").contains("environment-unclear"));
}

const OWN: &str = r#"
[[project]]
path = "warehouse"
platform = "command"
[project.command]
files = ["models/**"]
manifest = ["./list"]
observe = ["./look", "--json"]
deploy = ["dbt", "build", "--project-dir", "$AIRLOCK_FILES"]
env = ["DBT_TOKEN"]
time-limit = "20m"
"#;

#[test]
fn commands_that_are_handed_variables_are_policy() {
    let policy = good(OWN);
    let command = policy.projects[0].command.as_ref().unwrap();
    assert_eq!((command.files.clone(), command.keyed.limit), (vec!["models/**".to_owned()], Duration::from_mins(20)));
    assert_eq!(command.keyed.verify, None);
    let mine = OWN.replace("./look", "./mine").replace("DBT_TOKEN", "OTHER").replace("./list", "./list-more");
    let checkout = good(&mine.replace("models/**", "**"));
    insta::assert_snapshot!(changes(&policy, &checkout).join("\n"), @r"
    project `warehouse` would be observed by `./mine --json`
    project `warehouse` would hand its commands `OTHER`
    ");
    let both = effective(policy.clone(), checkout.clone()).projects[0].command.clone().unwrap();
    assert_eq!(both.keyed, command.keyed, "what sees a variable is the policy's");
    assert_eq!((both.files, both.manifest), (vec!["**".to_owned()], Some(vec!["./list-more".to_owned()])));
    let new = effective(Config::built_in(None), checkout.clone()).projects[0].command.clone().unwrap();
    assert_eq!((new.keyed.deploy, new.keyed.env), (None, Vec::new()), "a new project has none until it is merged");
    assert_eq!(changes(&Config::built_in(None), &checkout), ["project `warehouse` would be deployed by a command"]);
    let names = command::variables(&policy);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["DBT_TOKEN", "DBT_TOKEN_DEV", "DBT_TOKEN_PROD"]);
}

#[test]
fn a_project_of_paragon_says_how_it_is_pushed_and_nothing_else() {
    let pushed = "[[project]]\npath = \"a\"\nplatform = \"paragon\"\n[project.command]\ndeploy = [\"./push\"]\n";
    let command = good(pushed).projects.remove(0).command.unwrap();
    assert_eq!((command.keyed.deploy, command.files), (Some(vec!["./push".to_owned()]), Vec::new()));
    for key in ["files", "manifest", "observe"] {
        let says = told(&read(&format!("{pushed}{key} = [\"x\"]\n"), "f").unwrap_err());
        assert!(says.contains(&format!("`{key}` is no key of the commands of a project")), "{says}");
    }
}

#[test]
fn a_table_of_commands_that_cannot_be_used_is_told() {
    let wrong = OWN
        .replace("[\"./look\", \"--json\"]", "\"./look --json\"")
        .replace("DBT_TOKEN", "A=b")
        .replace("files", "file");
    insta::assert_snapshot!(told(&read(&wrong, "f").unwrap_err()), @r#"
    config-unknown-key f:6:1: `file` is no key of the commands of a project
        did you mean `files`?
    config-invalid f:8:11: `observe` is a text, and must be a list of arguments
        write the program and each argument apart: `["dbt", "build"]`
    config-invalid f:10:8: an entry of `env` is `A=b`, which is no name of a variable
        write names alone: values are secrets of the workflow
    "#);
    for (text, says) in [
        (OWN.replace("\"command\"", "\"nango\""), "stands in a project of another platform"),
        ("[[project]]\npath = \"a\"\nplatform = \"command\"\n".to_owned(), "there is no `[project.command]` table"),
    ] {
        assert!(told(&read(&text, "f").unwrap_err()).contains(says), "{text}");
    }
}

#[test]
fn a_project_of_astro_says_where_its_dags_lie() {
    let of = |table: &str| format!("[[project]]\npath = \"etl\"\nplatform = \"astro\"\n{table}\n");
    let dags = |text: &str| good(text).projects.remove(0).astro.dags;
    assert_eq!(dags(&of("")), "dags");
    assert_eq!(dags(&of("astro = { dags = \"./pipelines/daily/\" }")), "pipelines/daily");
    assert_eq!(dags(&of("[project.astro]\ndags = \"flows\"")), "flows");
    let mounted = |path: &str| of(&format!("astro = {{ mount-path = \"{path}\" }}"));
    let shop = good(&mounted("/usr/local/airflow/dbt/shop/")).projects.remove(0).astro.mount_path;
    assert_eq!(shop.as_deref(), Some("/usr/local/airflow/dbt/shop"));
    for path in ["dbt/shop", "/usr/local/airflow/", "/usr/local/airflow/dags", "/usr/local/airflow/../x", "/etc"] {
        assert!(wrong(&mounted(path)).contains("no path that Astro mounts"), "{path}");
    }
    let whole = wrong(&of("astro = { dags = \".\" }"));
    let other = wrong(&of("astro = { dags = \"flows\" }").replace("\"astro\"\n", "\"nango\"\n"));
    insta::assert_snapshot!([whole, wrong(&of("astro = { dag = \"x\" }")), other].join("\n"), @"
    config-invalid airlock.toml:4:18: `dags` is `.`, which is the project's folder itself
        everything in it is deployed, workflows and all: move the DAGs into a folder of their own
    config-unknown-key airlock.toml:4:11: `dag` is no key of what a project of Astro says
        did you mean `dags`?
    config-invalid airlock.toml:4:9: `[project.astro]` stands in a project that does not say that it is one of Astro
        add `platform = \"astro\"`, or remove the table
    ");
}

#[test]
fn projects_come_from_the_checkout_and_all_else_from_the_policy() {
    let policy = good(WHOLE);
    let checkout = Config { projects: Vec::new(), ..Config::built_in(None) };
    let both = effective(policy.clone(), checkout.clone());
    assert_eq!(
        (both.projects, both.environments, both.dispatch_by),
        (checkout.projects, policy.environments, policy.dispatch_by)
    );
}

/// The keys that the schema gives a table.
fn keys_of(schema: &Value, table: &str) -> Vec<String> {
    let table = if table.is_empty() { schema } else { &schema["$defs"][table] };
    assert_eq!(table["additionalProperties"], Value::Bool(false));
    table["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_schema_has_the_keys_of_the_reader() {
    let schema = serde_json::to_value(schema::schema()).unwrap();
    assert_eq!(keys_of(&schema, ""), read::FILE);
    assert_eq!(keys_of(&schema, "ProjectTable"), read::PROJECT);
    assert_eq!(keys_of(&schema, "EnvironmentTable"), read::ENVIRONMENT);
    assert_eq!(keys_of(&schema, "CommandTable"), command::COMMAND);
    assert_eq!(keys_of(&schema, "AstroTable"), astro::ASTRO);
    assert_eq!(keys_of(&schema, "AcceptTable"), read::ACCEPT);
    let words = |table: &str| -> Vec<Value> {
        let one = &schema["$defs"][table];
        let all = one["enum"].as_array().cloned().unwrap_or_default();
        let each = one["oneOf"].as_array().into_iter().flatten().map(|word| word["const"].clone());
        all.into_iter().chain(each).collect()
    };
    assert_eq!(words("Destructive"), ["reviewed", "consent"]);
    assert_eq!(words("ConsentRule"), ["named", "flag"]);
    assert_eq!(words("FlagRule"), ["stated", "true"]);
    assert_eq!(words("PlatformName"), ["nango", "astro", "paragon", "command", "local"]);
}

#[test]
fn the_page_about_the_configuration_names_every_key_and_its_example_is_valid() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/airlock.toml.md")).unwrap();
    for key in [read::FILE, read::PROJECT, command::COMMAND, astro::ASTRO, read::ENVIRONMENT, read::ACCEPT].concat() {
        assert!(page.contains(&format!("`{key}`")), "`{key}` is not on the page");
    }
    let examples: Vec<_> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        good(example);
    }
}

/// Text that is often TOML and often nearly `airlock.toml`.
fn any_toml() -> impl Strategy<Value = String> {
    let key = proptest::sample::select(
        [read::FILE, read::PROJECT, command::COMMAND, astro::ASTRO, read::ENVIRONMENT, read::ACCEPT, &["x", "\"a b\""]]
            .concat(),
    );
    let value = proptest::sample::select(vec![
        "true",
        "1",
        "1.5",
        "\"\"",
        "\"dev\"",
        "\"prod\"",
        "\"a b\"",
        "\"../a\"",
        "\"auto\"",
        "[]",
        "[1]",
        "[\"a\"]",
        "{}",
        "{ code = \"a\" }",
        "[{ code = \"a\", resource = \"b\", reason = \"c\" }]",
        "1979-05-27",
        "\"30m\"",
        "\"\\u0000\"",
    ]);
    let line = prop_oneof![
        5 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        2 => Just("[[environment]]".to_owned()),
        1 => Just("[[project]]".to_owned()),
        1 => "\\PC{0,20}",
    ];
    proptest::collection::vec(line, 0..20).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_problems(text in prop_oneof![any_toml(), "\\PC*", "[\\[\\]{}=.a\"'\n# ]*"]) {
        match read(&text, "airlock.toml") {
            Ok(config) => prop_assert!(!config.environments.is_empty()),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| problem.place.is_some()));
            }
        }
    }

    #[test]
    fn each_environment_stands_after_the_one_it_follows(follows in proptest::collection::vec(proptest::option::of(0_usize..6), 2..6)) {
        let tables = follows.iter().enumerate().map(|(number, after)| {
            let after = after.map(|after| format!("after = \"e{after}\"\n")).unwrap_or_default();
            format!("[[environment]]\nname = \"e{number}\"\n{after}")
        });
        if let Ok(config) = read(&tables.collect::<String>(), "airlock.toml") {
            prop_assert_eq!(config.environments.len(), follows.len());
            for (place, environment) in config.environments.iter().enumerate() {
                if let Some(after) = &environment.after {
                    prop_assert!(config.environments[..place].iter().any(|before| before.name == *after));
                }
            }
        }
    }
}
