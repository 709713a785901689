use proptest::prelude::*;

use super::*;

fn says<T: std::fmt::Debug>(read: Result<T, Wrong>) -> String {
    let wrong = read.unwrap_err();
    match wrong.help {
        Some(help) => format!("{} / {help}", wrong.says),
        None => wrong.says,
    }
}

#[test]
fn a_flag_has_six_spellings() {
    for (given, value) in
        [("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false), ("FALSE", false)]
    {
        assert_eq!(flag(given), Ok(value));
    }
    for given in ["yes", "1", "on", "tRue", " true", "wahr"] {
        assert!(flag(given).is_err(), "{given}");
    }
    insta::assert_snapshot!(says(flag("yes")), @"is `yes`, which is neither `true` nor `false`");
}

#[test]
fn the_destructive_flag_is_stated_or_not() {
    assert_eq!(stated("true"), Ok(Stated::Yes));
    assert_eq!(stated("false"), Ok(Stated::No));
    assert_eq!(stated("choose"), Ok(Stated::NotStated));
    assert!(stated("Choose").is_err() && stated("yes").is_err());
}

#[test]
fn times_have_hours_minutes_and_seconds() {
    for (given, seconds) in
        [("30m", 1800), ("90s", 90), ("1h30m", 5400), ("1h1m1s", 3661), ("24h", 86400), ("1h5s", 3605)]
    {
        assert_eq!(duration(given), Ok(Duration::from_secs(seconds)), "{given}");
    }
    for given in
        ["", "30", "m", "-5m", "5 m", "30m1h", "1.5h", "0s", "0h0m", "25h", "99999999999999999999h", "1h1h", "+1s"]
    {
        assert!(duration(given).is_err(), "{given}");
    }
    insta::assert_snapshot!(says(duration("30")), @"is `30`, which is not a time / write hours, minutes and seconds, such as `30m`, `90s` or `1h30m`");
}

#[test]
fn lists_split_on_lines_and_commas() {
    assert_eq!(list(" a, b\r\n\n c ,,a"), ["a", "b", "c"]);
    assert_eq!(list_of_checks("unit, test (ubuntu, 3.12)\nlint"), ["unit", "test (ubuntu, 3.12)", "lint"]);
    assert_eq!(list_of_checks("odd), b (open\nc, d"), ["odd)", "b (open", "c", "d"]);
}

#[test]
fn a_version_is_three_numbers_or_auto() {
    assert_eq!(version("auto"), Ok(None));
    assert_eq!(version("1.2.3-dev.4"), Ok(Some(Version::parse("1.2.3-dev.4").unwrap())));
    insta::assert_snapshot!(says(version("v1.2.3")), @"is `v1.2.3`, which is not a semantic version (unexpected character 'v' while parsing major version number) / write `1.2.3`, without the `v`");
    assert!(version("1.2").is_err());
}

#[test]
fn paths_stay_in_the_repository() {
    for (given, path_) in
        [("", ""), (".", ""), ("./", ""), ("a", "a"), ("./a//b/", "a/b"), ("a/**/*.xml", "a/**/*.xml"), ("a b", "a b")]
    {
        assert_eq!(path(given).as_deref(), Ok(path_), "{given}");
    }
    for given in ["/a", "..", "a/../b", "../a", "a\\b", "C:/a", "~/a", "a\nb", "-a", "./-a"] {
        assert!(path(given).is_err(), "{given}");
    }
    assert_eq!(id_of_folder("a/b").unwrap().as_str(), "a/b");
    assert!(id_of_folder("").is_err() && id_of_folder("a b").is_err());
}

#[test]
fn consent_is_ids_or_one_whole_digest() {
    let digest = format!("sha256:{}", "a".repeat(64));
    assert_eq!(consent(""), Ok(ConsentInput::Nothing));
    assert_eq!(consent(" ,\n"), Ok(ConsentInput::Nothing));
    assert_eq!(consent(&digest), Ok(ConsentInput::Digest(Digest::new(digest.clone()).unwrap())));
    assert_eq!(
        consent("github/old, sync:github/old#GET /issues/{id}"),
        Ok(ConsentInput::Ids(vec!["github/old".into(), "sync:github/old#GET /issues/{id}".into()]))
    );
    for (given, what) in [
        ("github/*".to_owned(), "pattern"),
        ("*".to_owned(), "pattern"),
        ("github/old-?".to_owned(), "pattern"),
        ("sha256:abc".to_owned(), "not a whole digest"),
        ("A".repeat(64), "without its beginning"),
        (format!("{digest}, github/old"), "mixes"),
        (format!("{digest}, sha256:{}", "b".repeat(64)), "mixes"),
    ] {
        assert!(says(consent(&given)).contains(what), "{given}");
    }
}

#[test]
fn an_acceptance_is_a_code_and_a_resource() {
    assert_eq!(
        acceptance("secret-missing: sync:hubspot/deals"),
        Ok(Accept { code: "secret-missing".into(), resource: "sync:hubspot/deals".into() })
    );
    for given in ["secret-missing", "secret-missing:", ":x", "Secret:x", "a--b:x", "secret-missing:*"] {
        assert!(acceptance(given).is_err(), "{given}");
    }
}

#[test]
fn what_could_be_a_secret_is_not_repeated() {
    for secret in [
        "0d9fabcd-1234-4321-aaaa-0123456789ab",
        "ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
        "github_pat_11AAAAAAA0aaaaaaaaaa",
        "eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "correct horse battery staple is also a passphrase",
    ] {
        for said in [
            says(flag(secret)),
            says(duration(secret)),
            says(version(secret)),
            says(platform(secret)),
            says(acceptance(secret)),
        ] {
            assert!(!said.contains(secret) && said.contains("not shown"), "{said}");
        }
    }
    assert_eq!(shown("pr\u{1b}od"), "`pr\\u{1b}od`");
    assert_eq!(shown("integrations/nango"), "`integrations/nango`");
}

#[test]
fn the_nearest_name_is_near() {
    let known = ["environment", "allow-destructive", "test-env"];
    assert_eq!(nearest("environments", known), Some("environment"));
    assert_eq!(nearest("Allow_Destructive", known), Some("allow-destructive"));
    assert_eq!(nearest("zzz", known), None);
    insta::assert_snapshot!(says(platform("mango")), @"is `mango`, and must be one of `auto`, `nango`, `astro`, `paragon`, `command`, `local` / did you mean `nango`?");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(given in "\\PC*|[0-9hms]*|[a-z:,*\n(){}]*") {
        let read = (flag(&given), stated(&given), duration(&given), version(&given), platform(&given));
        let more = (consent(&given), acceptance(&given), list(&given), list_of_checks(&given));
        prop_assert!(read.0.is_err() || read.1.is_ok(), "what states a flag states it here too: {more:?}");
        if let Ok(path) = path(&given) {
            prop_assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
        }
    }

    #[test]
    fn every_time_that_is_read_is_within_the_limits(hours in 0_u64..30, minutes in 0_u64..2000, seconds in 0_u64..90_000) {
        let whole = hours * 3600 + minutes * 60 + seconds;
        let read = duration(&format!("{hours}h{minutes}m{seconds}s"));
        prop_assert_eq!(read.ok(), (1..=86_400).contains(&whole).then(|| Duration::from_secs(whole)));
    }
}
