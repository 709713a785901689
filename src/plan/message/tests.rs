//! The catalogue, the names that travel and the page that people read say the same.

use std::fmt::Write as _;

use super::*;

/// `docs/messages.md`, as the catalogue makes it.
fn page() -> String {
    let mut page = String::from(
        "# Messages\n\nRemarks on a plan, by their stable codes. *Blocks* means that a deploy which newly brings it is refused until it is \
         resolved, or accepted\nas `accept: code:resource` or for good in `airlock.toml`; what is already true of what runs never blocks.\n\n\
         | code | severity | impact | blocks |\n| :-- | :-- | :-- | :-- |\n",
    );
    for code in Code::ALL {
        let row = code.row();
        let blocks = if row.blocks { "yes" } else { "" };
        writeln!(page, "| [`{0}`](#{0}) | {1} | {2} | {blocks} |", row.name, word(&row.severity), word(&row.impact))
            .unwrap();
    }
    for code in Code::ALL {
        let row = code.row();
        let title = row.title.chars().next().unwrap().to_uppercase().to_string() + &row.title[1..];
        write!(page, "\n## {}\n\n**{title}.** {}\n", row.name, row.means).unwrap();
    }
    page
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn the_page_is_the_catalogue() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, page()).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page(), "docs/messages.md is not what the catalogue says: run the tests once with UPDATE_DOCS=1");
}

#[test]
fn a_code_travels_under_its_name_and_is_in_the_catalogue_once() {
    for code in Code::ALL {
        assert_eq!(word(&code), code.name());
        assert_eq!(Code::named(code.name()), Some(code));
        assert!(code.row().means.ends_with('.') && !code.row().title.ends_with('.'), "{code}");
    }
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn the_rows_are_those_of_the_design() {
    let row = |code: Code| (code.row().severity, code.row().impact, code.row().blocks);
    assert_eq!(row(Code::SecretMissing), (Severity::Warning, Impact::Review, true));
    assert_eq!(row(Code::AppConfigurationMissing), (Severity::Warning, Impact::Review, true));
    assert_eq!(row(Code::WouldUndoHotfix), (Severity::Warning, Impact::Confirm, true));
    let destructive: Vec<Code> =
        Code::ALL.into_iter().filter(|code| code.row().impact == Impact::Destructive).collect();
    assert_eq!(destructive, [Code::ContractRemoved, Code::ResourceRemoved]);
    let blocking: Vec<Code> = Code::ALL.into_iter().filter(|code| code.row().blocks).collect();
    assert_eq!(
        blocking,
        [
            Code::AppConfigurationMissing,
            Code::SecretMissing,
            Code::ImageNeeded,
            Code::RuntimeUnreachable,
            Code::WouldUndoHotfix,
            Code::SamePlace,
            Code::PlaceChanged
        ]
    );
}

#[test]
fn a_raised_message_is_a_step_graver_and_what_was_so_before_never_blocks() {
    let subject = || Subject::whole(ResourceId::new("sync", "a/b"));
    let scopes = Message::new(Code::ScopesChanged, subject(), "x");
    assert_eq!((scopes.severity(), scopes.clone().raised().severity()), (Severity::Info, Severity::Warning));
    let secret = Message::new(Code::SecretMissing, subject(), "x");
    assert_eq!(secret.clone().raised().severity(), Severity::Error);
    assert!(secret.blocks());
    assert!(!Message { pre_existing: true, ..secret }.blocks());
}

#[test]
fn a_message_is_meant_by_its_resource_or_by_its_very_part() {
    let message = Message::new(Code::SecretMissing, Subject::part(ResourceId::new("sync", "a/b"), "NAME"), "x");
    for typed in ["a/b", "sync:a/b", "a/b#NAME", "sync:a/b#NAME"] {
        assert!(message.is_about(typed), "{typed}");
    }
    for typed in ["", "a", "b", "NAME", "#NAME", "a/b#OTHER", "action:a/b", "a/bNAME"] {
        assert!(!message.is_about(typed), "{typed}");
    }
}
