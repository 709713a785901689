//! The report as data: it reads back, and its published schema is what the code says.

use super::told;
use crate::outcome::Outcome;
use crate::report::{SchemaKind, json, schema};

#[test]
fn a_report_reads_back_as_what_was_written() {
    for (name, story) in told::all() {
        let text = json(&story);
        let read: Outcome = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&read, story.outcome(), "{name}");
    }
}

/// The published schemas under `docs/schema/`. With `AIRLOCK_WRITE_SCHEMAS` set they are written anew.
#[test]
fn the_published_schemas_are_what_the_code_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    for kind in SchemaKind::ALL {
        let file = folder.join(format!("{}.json", kind.name()));
        let text = schema(kind);
        if std::env::var_os("AIRLOCK_WRITE_SCHEMAS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(published == text, "{} is out of date: run this test with AIRLOCK_WRITE_SCHEMAS=1", file.display());
    }
}

/// With `AIRLOCK_WRITE_REPORTS` set to a folder, writes every story's report there, to be held against the schema.
#[test]
fn reports_can_be_held_against_the_schema() {
    let Ok(folder) = std::env::var("AIRLOCK_WRITE_REPORTS") else { return };
    for (name, story) in told::all() {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.json")), json(&story)).unwrap();
    }
}
