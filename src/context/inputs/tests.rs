use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::context::env::Env;
use crate::context::event::{Actor, Dispatch, Event, Ref};
use crate::names::BranchName;
use crate::problem::Problems;

fn given(pairs: &[(&str, &str)]) -> Result<Inputs, Problems> {
    from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn dispatch(inputs: &[(&str, &str)]) -> Event {
    Event::Dispatch(Dispatch {
        on: Ref::Branch(BranchName::new("main").unwrap()),
        sender: Actor { login: "ana".into(), bot: false },
        workflow: None,
        inputs: inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    })
}

fn told(problems: &Problems) -> String {
    let lines = problems.iter().map(|problem| {
        assert_eq!(problem.code, "input-invalid");
        let help: Vec<_> = problem.help.iter().map(|help| format!("\n    {help}")).collect();
        format!("{problem}{}", help.concat())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_given_is_the_safe_default() {
    assert_eq!(given(&[]), Ok(Inputs::default()));
    let empty: Vec<_> = TABLE.iter().filter(|spec| spec.form != Form::Secret).map(|spec| (spec.name, " ")).collect();
    assert_eq!(given(&empty), Ok(Inputs::default()));
}

#[test]
fn the_defaults_of_the_action_read_as_nothing_given() {
    let env = Env::of(TABLE.iter().map(|spec| (spec.variable(), spec.default)));
    let inputs = read(&env, &Event::Schedule).unwrap();
    assert_eq!(inputs, Inputs { config: Some("airlock.toml".into()), ..Inputs::default() });
}

#[test]
fn every_input_is_read() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let inputs = given(&[
        ("project", "integrations, ./apps/web/"),
        ("platform", "nango"),
        ("environment", "prod-eu"),
        ("allow-destructive", "true"),
        ("consent", &digest),
        ("version", "2.0.0"),
        ("description", " New syncs,\nfor all "),
        ("commit", "a1b2c3d"),
        ("only", "sync:github/issues"),
        ("hotfix", "customers cannot log in"),
        ("accept", "secret-missing:hubspot/deals"),
        ("mode", "rollback"),
        ("execute", "never"),
        ("hand-over", "false"),
        ("handed-over", &format!("airlock@{digest}")),
        ("test-command", "npm test"),
        ("test-results", "out/*.xml"),
        ("tested-by", "unit, test (ubuntu, 3.12)"),
        ("test-timeout", "1h30m"),
        ("test-env", "CI_DB_URL"),
        ("test-artifacts", "coverage, out/./report.html"),
        ("install-command", "none"),
        ("install-env", "NODE_AUTH_TOKEN\nPIP_INDEX_URL"),
        ("image", "build/image.tar"),
        ("preview", "True"),
        ("dry-run", "TRUE"),
        ("shard", "2/4"),
        ("plan-digest", &digest),
        ("part", "true"),
        ("reports", "parts/**/*.json"),
        ("matrix", r#"{"include": [{"project": "etl", "environment": "dev", "shard": ""}]}"#),
        ("config", "deploy/airlock.toml"),
    ])
    .unwrap();
    let expected = Inputs {
        project: ["integrations", "apps/web"].map(|id| ProjectId::new(id).unwrap()).to_vec(),
        platform: Some(PlatformName::Nango),
        environment: Some(EnvironmentName::new("prod-eu").unwrap()),
        allow_destructive: Stated::Yes,
        consent: ConsentInput::Digest(crate::names::Digest::new(digest.clone()).unwrap()),
        version: Some(Version::new(2, 0, 0)),
        deploy: None,
        description: Some("New syncs,\nfor all".into()),
        commit: Some("a1b2c3d".into()),
        only: Some("sync:github/issues".into()),
        hotfix: Some("customers cannot log in".into()),
        accept: vec![Accept { code: "secret-missing".into(), resource: "hubspot/deals".into() }],
        mode: Mode::Rollback,
        execute: Execute::Never,
        hand_over: false,
        handed_over: Some(HandedOver {
            artifact: "airlock".into(),
            digest: Some(crate::names::Digest::new(digest.clone()).unwrap()),
        }),
        test_command: CommandChoice::Argv(vec!["npm".into(), "test".into()]),
        test_results: vec!["out/*.xml".into()],
        tested_by: vec!["unit".into(), "test (ubuntu, 3.12)".into()],
        test_timeout: Duration::from_mins(90),
        test_env: vec!["CI_DB_URL".into()],
        test_artifacts: vec!["coverage".into(), "out/report.html".into()],
        install_command: CommandChoice::None,
        install_env: vec!["NODE_AUTH_TOKEN".into(), "PIP_INDEX_URL".into()],
        image: Some("build/image.tar".into()),
        preview: true,
        dry_run: true,
        shard: Some(Shard { part: Some(2), of: 4 }),
        plan_digest: Some(crate::names::Digest::new(digest).unwrap()),
        part: true,
        reports: vec!["parts/**/*.json".into()],
        matrix: vec![MatrixRow {
            project: ProjectId::new("etl").unwrap(),
            environment: "dev".into(),
            shard: String::new(),
        }],
        config: Some("deploy/airlock.toml".into()),
    };
    assert_eq!(inputs, expected);
}

#[test]
fn what_is_handed_between_jobs_names_an_artifact_and_perhaps_a_digest() {
    let of =
        |text: &str| given(&[("execute", "never"), ("handed-over", text)]).map(|inputs| inputs.handed_over.unwrap());
    assert_eq!(of("airlock build"), Ok(HandedOver { artifact: "airlock build".into(), digest: None }));
    for text in ["airlock@", "airlock@sha256:00", "@sha256:00", "a/b", "a\nb", &"a".repeat(300)] {
        assert_eq!(of(text).unwrap_err()[0].code, "input-invalid", "{text}");
    }
    let both = given(&[("hand-over", "true"), ("execute", "never")]).unwrap_err();
    assert_eq!(
        both[0].text,
        "input `hand-over` is `true`, and `execute` is `never`: then there is nothing to hand over"
    );
    let beside = given(&[("handed-over", "airlock")]).unwrap_err();
    assert_eq!(beside[0].help, ["add `execute: never`"]);
}

#[test]
fn all_problems_are_told_at_once() {
    let problems = given(&[
        ("project", "../other"),
        ("platform", "nangos"),
        ("environment", "prod eu"),
        ("allow-destructive", "yes"),
        ("consent", "github/*"),
        ("version", "v2"),
        ("commit", "--upload-pack=x"),
        ("accept", "everything"),
        ("mode", "roll-back"),
        ("execute", "sometimes"),
        ("test-command", "npm ci && npm test"),
        ("test-results", "/etc/passwd"),
        ("test-timeout", "30"),
        ("test-env", "NANGO_SECRET_KEY_DEV"),
        ("install-command", "'"),
        ("install-env", "A=b"),
        ("image", "-v"),
        ("preview", "1"),
        ("dry-run", "no"),
        ("config", "."),
        ("environments", "dev"),
        ("github-token", "ghs_secret"),
    ])
    .unwrap_err();
    insta::assert_snapshot!(told(&problems), @r"
    input `environments` does not exist
        did you mean `environment`?
    input `github-token` is a secret, and flags can be seen by others
        give it as the variable GITHUB_TOKEN
    input `project` is `../other`, which leaves the repository
        write a path from the repository's root, with `/` between its parts and without `..`
    input `platform` is `nangos`, and must be one of `auto`, `nango`, `astro`, `paragon`, `command`, `local`
        did you mean `nango`?
    input `environment` is `prod eu`, which is no name of an environment
        names have letters, digits, `_` and `-`, and at most 64 of them
    input `allow-destructive` is `yes`, which is neither `true` nor `false`
    input `consent` has `github/*`, which reads like a pattern
        name each resource: patterns would cover what nobody looked at
    input `version` is `v2`, which is not a semantic version (unexpected character 'v' while parsing major version number)
        write three numbers, such as `1.4.0`, or `auto`
    input `commit` is not a commit, tag or branch
        give the commit's hash, as `git log` shows it
    input `accept` has `everything`, which is not `code:resource`
        write the message's code, a colon and the resource, such as `secret-missing:hubspot/deals`
    input `mode` is `roll-back`, and must be one of `auto`, `plan`, `rollback`, `adopt`, `drift`
        did you mean `rollback`?
    input `execute` is `sometimes`, and must be one of `auto`, `never`
    input `test-command` uses `&&`, which is shell syntax, and no shell runs this command
        ask for a shell if you mean one: `bash -c '…'`
    input `test-results` is `/etc/passwd`, which leaves the repository
        write a path from the repository's root, with `/` between its parts and without `..`
    input `test-timeout` is `30`, which is not a time
        write hours, minutes and seconds, such as `30m`, `90s` or `1h30m`
    input `test-env` names a credential, which no code of the repository may see
        take it out of the list: airlock itself uses it where it is needed
    input `install-command` has a quote that is not closed, or ends in a lone `\`
    input `install-env` holds something that is no name of a variable (not shown: it could be a value)
        list names only; the values come from the job's `env:`
    input `image` is no path of an image
        write `image.tar`, an OCI archive below the repository's root
    input `preview` is `1`, which is neither `true` nor `false`
    input `dry-run` is `no`, which is neither `true` nor `false`
    input `config` names the repository's root instead of a file
    ");
}

#[test]
fn hyphens_stay_in_the_runners_variables() {
    let env = Env::of([("INPUT_DRY-RUN", " true "), ("INPUT_ALLOW-DESTRUCTIVE", "false"), ("INPUT_MODE", "")]);
    let inputs = read(&env, &Event::Schedule).unwrap();
    assert_eq!((inputs.dry_run, inputs.allow_destructive, inputs.mode), (true, Stated::No, Mode::Auto));
}

#[test]
fn an_input_given_twice_must_agree_with_itself() {
    let same = Env::of([("INPUT_DRY-RUN", "true"), ("INPUT_DRY_RUN", "true")]);
    assert!(read(&same, &Event::Schedule).unwrap().dry_run);
    let other = Env::of([("INPUT_DRY-RUN", "true"), ("INPUT_DRY_RUN", "false")]);
    insta::assert_snapshot!(told(&read(&other, &Event::Schedule).unwrap_err()), @"input `dry-run` is given twice, with different values");
}

#[test]
fn an_input_that_is_not_text_is_a_problem_and_other_variables_are_not() {
    use std::os::unix::ffi::OsStringExt as _;
    let broken = || std::ffi::OsString::from_vec(vec![0xff]);
    let env = Env::of([("INPUT_MODE", broken()), ("ELSE", broken())]);
    insta::assert_snapshot!(told(&read(&env, &Event::Schedule).unwrap_err()), @"input `mode` is not UTF-8 text");
}

#[test]
fn a_dispatch_completes_the_inputs_and_with_wins() {
    let event = dispatch(&[
        ("environment", "prod"),
        ("allow-destructive", "true"),
        ("mode", "rollback"),
        ("version", "1.2.3"),
        ("dry-run", "true"),
    ]);
    let env = Env::of([("INPUT_ENVIRONMENT", "dev"), ("INPUT_DRY-RUN", "false"), ("INPUT_VERSION", "")]);
    let inputs = read(&env, &event).unwrap();
    assert_eq!(inputs.environment.unwrap().as_str(), "dev");
    assert_eq!((inputs.allow_destructive, inputs.mode, inputs.dry_run), (Stated::Yes, Mode::Rollback, false));
    assert_eq!(inputs.version, Some(Version::new(1, 2, 3)));
    insta::assert_snapshot!(notes(&env, &event).join("\n"), @r"
    the workflow's `with:` gives another `dry-run` than the manual run: `with:` wins
    the workflow's `with:` gives another `environment` than the manual run: `with:` wins
    ");
}

#[test]
fn only_declared_inputs_come_from_a_dispatch() {
    let event =
        dispatch(&[("test-command", "curl x"), ("install-env", "NODE_AUTH_TOKEN"), ("config", "x"), ("else", "x")]);
    assert_eq!(read(&Env::of([("A", "b")]), &event), Ok(Inputs::default()));
    let names: Vec<_> = TABLE.iter().filter(|spec| spec.from_dispatch).map(|spec| spec.name).collect();
    assert_eq!(
        names.join(" "),
        "environment allow-destructive consent version description commit only hotfix accept mode dry-run"
    );
}

#[test]
fn an_unknown_input_is_a_note_with_the_nearest_name() {
    let env = Env::of([
        ("INPUT_SOMETHING-ELSE", "x"),
        ("INPUT_DRYRUN", "true"),
        ("INPUT_NANGO-SECRET-KEY", "k"),
        ("INPUTS", "x"),
    ]);
    assert!(read(&env, &Event::Schedule).is_ok());
    insta::assert_snapshot!(notes(&env, &Event::Schedule).join("\n"), @r"
    no input is called `dryrun`: did you mean `dry-run`? It was not read
    no input is called `something-else`: it was not read
    no input is called `nango-secret-key`: it was not read
    ");
}

#[test]
fn no_input_of_a_dispatch_has_a_default_that_would_win_over_it() {
    for spec in TABLE.iter().filter(|spec| spec.from_dispatch) {
        assert_eq!(spec.default, "", "{}", spec.name);
    }
}

/// The values of one input, for people.
fn values(form: Form) -> String {
    match form {
        Form::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Form::Flag => "`true`, `false`".to_owned(),
        Form::List(of) => format!("list: {of}"),
        Form::Text(text) => text.to_owned(),
        Form::Secret => "a secret".to_owned(),
    }
}

fn documentation() -> String {
    let mut text = String::from(
        "# Inputs and outputs\n\n\
         <!-- Generated from src/context/inputs/table.rs and action.yml: SNAPSHOTS=overwrite cargo test inputs -->\n\n\
         Every input is a text, and an empty one counts as not given. Lists are split at line ends and commas. A truth\n\
         value is `true` or `false` (also `True`, `TRUE`, `False`, `FALSE`); anything else is an error, and all errors\n\
         are told at once. Commands are split into arguments and run without a shell; write `bash -c '…'` for one.\n\n\
         Inputs marked *manual run* are also read from the inputs of a `workflow_dispatch` of the same name; a value in\n\
         `with:` wins over them. Nango's own names `stage` and `allowDestructive` are read as `environment` and\n\
         `allow-destructive`.\n\n\
         | input | what it is for | values | default | manual run |\n| :-- | :-- | :-- | :-- | :-- |\n",
    );
    for spec in TABLE {
        let default = if spec.default.is_empty() { String::new() } else { format!("`{}`", spec.default) };
        let manual = if spec.from_dispatch { "yes" } else { "" };
        let line =
            format!("| `{}` | {} | {} | {default} | {manual} |\n", spec.name, spec.description, values(spec.form));
        text.push_str(&line.replace("|  |", "| |").replace("|  |", "| |"));
    }
    text.push_str(
        "\n## Outputs\n\n\
         All of them are always written, also by a run that fails; an empty text means that there is none. What is about one\n\
         environment is empty in a run about several: `results` has them all.\n\n\
         | output | what it says |\n| :-- | :-- |\n",
    );
    let action = repository_file("action.yml");
    let declared = action.split_once("outputs:\n").unwrap().1.split_once("runs:\n").unwrap().0;
    for (name, description) in declared.lines().zip(declared.lines().skip(1)).step_by(2) {
        let name = name.trim().trim_end_matches(':');
        let description: String = serde_json::from_str(description.trim().trim_start_matches("description: ")).unwrap();
        text.push_str(&format!("| `{name}` | {description} |\n"));
    }
    text
}

fn action_inputs() -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let entries = TABLE.iter().map(|spec| {
        let (name, description, default) = (spec.name, quoted(spec.description), quoted(spec.default));
        format!("  {name}:\n    description: {description}\n    required: false\n    default: {default}\n")
    });
    entries.collect()
}

/// Compares a file of the repository with what it should be; `SNAPSHOTS=overwrite` writes it instead.
fn assert_file(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var("SNAPSHOTS").is_ok_and(|what| what == "overwrite") {
        std::fs::write(path, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is not up to date: run `SNAPSHOTS=overwrite cargo test inputs`");
}

fn repository_file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_page_about_inputs_says_what_the_table_says() {
    assert_file("docs/inputs.md", &documentation());
}

#[test]
fn the_action_declares_what_the_table_declares() {
    let action = repository_file("action.yml");
    let (top, declared) = action.split_once("\ninputs:\n").unwrap();
    let (_, bottom) = declared.split_once("outputs:\n").unwrap();
    assert_file("action.yml", &format!("{top}\ninputs:\n{}outputs:\n{bottom}", action_inputs()));
}

#[test]
fn the_slim_action_is_the_action_on_another_image() {
    let action = repository_file("action.yml");
    let (text, image) = action.rsplit_once("  image: ").unwrap();
    assert_eq!(image, "Dockerfile\n", "a release puts the image's digest there, main does not");
    let slim = text
        .replacen("name: Airlock\n", "name: Airlock (slim)\n", 1)
        .replacen("\nruns:\n", "\n# A release names the slim image here. A commit without one is built whole: GitHub's runner cannot choose a target.\nruns:\n", 1);
    let why = "# zizmor: ignore[unpinned-images] built from this repository, on bases by digest";
    assert_file("slim/action.yml", &format!("{slim}  image: ../Dockerfile {why}\n"));
}

#[test]
fn the_action_is_described_within_githubs_limits() {
    let action = repository_file("action.yml");
    let description = action.lines().find_map(|line| line.strip_prefix("description: ")).unwrap();
    assert!(description.chars().count() <= 125, "{} characters", description.chars().count());
    let (_, outputs) = action.split_once("\noutputs:\n").unwrap();
    let (outputs, _) = outputs.split_once("\nruns:\n").unwrap();
    let lines = outputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    assert_eq!(
        lines.collect::<Vec<_>>().join(" "),
        "decision reason-code headline environment version previous-version plan-digest report-path hand-over-path \
         hand-over-digest added modified removed destructive tests-passed tests-failed tests-file deployment-id \
         deployment-url comment-url matrix results"
    );
}

/// A runner refuses the whole action for an expression anywhere but in the default of an input.
#[test]
fn an_expression_stands_in_a_default_alone() {
    for file in ["action.yml", "slim/action.yml"] {
        let action = repository_file(file);
        let placed = action.lines().filter(|line| line.contains("${{")).map(|line| line.trim().split(':').next());
        assert_eq!(placed.collect::<Vec<_>>(), [Some("default")], "{file}");
    }
}

proptest! {
    #[test]
    fn any_texts_are_inputs_or_problems(texts in proptest::collection::vec("\\PC*|[ -~\n]{0,20}", TABLE.len())) {
        let env = Env::of(TABLE.iter().zip(&texts).map(|(spec, text)| (spec.variable(), text.clone())));
        if let Err(problems) = read(&env, &Event::Schedule) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn no_problem_repeats_a_secret_wherever_it_was_put(secret in "[A-Za-z]{6}[0-9]{6}[A-Za-z0-9_-]{8,40}[ /:=]?[a-z]{0,9}", place in 0..TABLE.len()) {
        let spec = &TABLE[place];
        let text = if place % 2 == 0 { secret.clone() } else { format!("{secret} && x, {secret}=1") };
        let env = Env::of([(spec.variable(), text.clone()), ("INPUT_GITHUB-TOKEN".to_owned(), secret.clone())]);
        let event = dispatch(&[(spec.name, &text)]);
        let problems = [read(&env, &Event::Schedule).err(), read(&Env::of([("A", "b")]), &event).err(), given(&[(spec.name, &text)]).err()];
        for problem in problems.into_iter().flatten().flatten() {
            prop_assert!(!format!("{problem:?}").contains(&secret), "{problem:?}");
        }
        prop_assert!(!notes(&env, &event).concat().contains(&secret));
    }
}
