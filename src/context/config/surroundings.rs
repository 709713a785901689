//! `airlock.environment.toml`: what only a platform's dashboard knows of its environments, by names alone. People keep it
//! beside the project; no value of a secret is ever in it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, schema_for};
use toml::de::{DeTable, DeValue};

use super::table::{Document, Table, not, text_of};
use crate::context::words::Wrong;
use crate::names::EnvironmentName;
use crate::problem::Problems;

/// The file's name, in the project's folder.
pub const FILE: &str = "airlock.environment.toml";

/// The largest file that is read, in bytes.
const LIMIT: usize = 256 * 1024;

/// The keys of an environment's table.
const KEYS: [&str; 4] = ["secrets", "integrations", "connected", "scopes"];

/// What is said of one environment; what is not said is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The names of the secrets that exist.
    pub secrets: Option<BTreeSet<String>>,
    /// The integrations whose app configuration is complete.
    pub integrations: Option<BTreeSet<String>>,
    /// How many users have connected each integration.
    pub connected: Option<BTreeMap<String, u64>>,
    /// The scopes that are granted to each integration's app.
    pub scopes: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// What Airlock cannot read of a project's environments, by names alone. One table an environment; what is left out is not
/// known. The default branch's file counts.
#[derive(Debug, JsonSchema)]
#[schemars(title = "airlock.environment.toml")]
pub struct EnvironmentFile(pub BTreeMap<String, SurroundingsTable>);

/// What is said of one environment.
#[derive(Debug, JsonSchema)]
#[schemars(title = "environment", rename_all = "kebab-case", deny_unknown_fields)]
pub struct SurroundingsTable {
    /// The names of the secrets that exist.
    pub secrets: Option<BTreeSet<String>>,
    /// The integrations whose app configuration is complete.
    pub integrations: Option<BTreeSet<String>>,
    /// How many users have connected each integration.
    pub connected: Option<BTreeMap<String, u64>>,
    /// The scopes that are granted to each integration's app.
    pub scopes: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// The schema, as `airlock schema environment` prints it. A test holds it and the reader together.
pub fn schema() -> Schema {
    schema_for!(EnvironmentFile)
}

/// Reads the file. Its tables are environments, of which `known` are all.
///
/// # Errors
/// Everything that is wrong with it at once: `config-syntax`, `config-unknown-key` with the nearest name, `config-invalid`.
pub fn read(
    text: &str,
    file: &str,
    known: &[EnvironmentName],
) -> Result<BTreeMap<EnvironmentName, Surroundings>, Problems> {
    let document = Document::new(file, text);
    if text.len() > LIMIT {
        document.wrong("config-syntax", 0, Wrong::says("the file is larger than 256 KiB"));
        return Err(document.into_problems());
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        document.wrong("config-syntax", at, Wrong::says(format!("this is not TOML: {}", error.message().trim())));
    }
    if !errors.is_empty() {
        return Err(document.into_problems());
    }
    let root = Table::new(&document, table.get_ref(), "this repository's environments", 0);
    let names: Vec<&str> = known.iter().map(EnvironmentName::as_str).collect();
    root.only(&names);
    let read = known.iter().filter_map(|name| {
        let table = root.table(name.as_str(), "an environment")?;
        Some((name.clone(), surroundings(&table)))
    });
    let read = read.collect();
    let problems = document.into_problems();
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

fn surroundings(table: &Table<'_, '_, '_>) -> Surroundings {
    table.only(&KEYS);
    let names = |key: &str| {
        table.has(key).then(|| table.texts(key, name).into_iter().map(|found| found.value).collect::<BTreeSet<_>>())
    };
    Surroundings {
        secrets: names("secrets"),
        integrations: names("integrations"),
        connected: table.entries("connected", "a table of numbers", count),
        scopes: table.entries("scopes", "a table of lists", |value| {
            let DeValue::Array(items) = value else { return Err(not(value, "a list of texts")) };
            items.iter().map(|item| text_of(item.get_ref()).and_then(name)).collect()
        }),
    }
}

/// A name, as the dashboard shows it: one line, not empty, no `=` by which a value could slip in.
fn name(given: &str) -> Result<String, Wrong> {
    if given.is_empty() || given.chars().any(char::is_control) {
        return Err(Wrong::says("is no name"));
    }
    if given.contains('=') {
        return Err(Wrong::says("holds a `=`").help("write names alone: values of secrets do not belong here"));
    }
    Ok(given.to_owned())
}

fn count(value: &DeValue<'_>) -> Result<u64, Wrong> {
    let number = match value {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    number.ok_or_else(|| not(value, "a whole number, 0 or more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<EnvironmentName> {
        ["dev", "prod"].map(|name| EnvironmentName::new(name).unwrap()).to_vec()
    }

    #[test]
    fn names_and_numbers_are_read_by_environment() {
        let text = "[dev]\nsecrets = [\"API_SECRET\"]\nintegrations = []\n\n[prod]\nconnected = { salesforce = 31, \"custom.whereby\" = 0 }\nscopes = { salesforce = [\"api\", \"full\"] }\n";
        let read = read(text, FILE, &known()).unwrap();
        let (dev, prod) = (&read[&known()[0]], &read[&known()[1]]);
        assert_eq!(dev.secrets, Some(BTreeSet::from(["API_SECRET".to_owned()])));
        assert_eq!((dev.integrations.clone(), dev.connected.clone()), (Some(BTreeSet::new()), None));
        assert_eq!(prod.secrets, None);
        assert_eq!(prod.connected.as_ref().unwrap()["salesforce"], 31);
        assert_eq!(prod.scopes.as_ref().unwrap()["salesforce"].len(), 2);
        assert!(super::read("", FILE, &known()).unwrap().is_empty());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_with_the_nearest_name() {
        let text = "[prd]\nsecrets = []\n[dev]\nsecret = [\"A\"]\nsecrets = [\"A=b\", \"\", 1]\nconnected = { a = -1, b = \"x\" }\nscopes = { a = \"b\" }\nintegrations = \"slack\"\n";
        let problems = read(text, FILE, &known()).unwrap_err();
        let told: Vec<String> = problems
            .iter()
            .map(|problem| {
                let help = problem.help.first().map(|help| format!(" → {help}")).unwrap_or_default();
                format!("{} {}{help}", problem.code, problem.text)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        config-unknown-key `prd` is no key of this repository's environments → did you mean `prod`?
        config-unknown-key `secret` is no key of an environment → did you mean `secrets`?
        config-invalid an entry of `secrets` holds a `=` → write names alone: values of secrets do not belong here
        config-invalid an entry of `secrets` is no name
        config-invalid an entry of `secrets` is a number, and must be a text in quotes
        config-invalid `a` in `connected` is a number, and must be a whole number, 0 or more
        config-invalid `b` in `connected` is a text, and must be a whole number, 0 or more
        config-invalid `a` in `scopes` is a text, and must be a list of texts
        config-invalid `integrations` is a text, and must be a list of texts → write it in brackets: `integrations = […]`
        ");
    }

    #[test]
    fn the_schema_has_the_keys_of_the_reader() {
        let schema = serde_json::to_value(schema()).unwrap();
        let table = &schema["$defs"]["SurroundingsTable"];
        assert_eq!(table["additionalProperties"], serde_json::Value::Bool(false));
        let mut keys: Vec<&str> = table["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut known = KEYS.to_vec();
        keys.sort_unstable();
        known.sort_unstable();
        assert_eq!(keys, known);
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "[\\[\\]{}=\",a-z0-9\n. -]{0,80}") {
            let _either = read(&text, FILE, &known());
        }
    }
}
