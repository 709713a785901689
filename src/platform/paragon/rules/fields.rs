//! The fields of Paragon's resources under the names of its SDK, with what each means when it is missing.

use serde_json::{Value, json};

use crate::plan::rules::{Field, Shape, plain_text};

/// Between the parts of a setting's spelling.
const BETWEEN: &str = " · ";

const INPUTS: Field = Field::set("inputs").spelled(setting).of_parts("setting", setting_id);
/// Facts for the remarks: from which file, and which secrets its code reads.
const SECRETS: Field = Field::aside("secrets");
const FILE: Field = Field::aside("file");

static INTEGRATION: &[Field] = &[
    Field::plain("name"),
    Field::plain("description"),
    Field::plain("overviewText"),
    Field::plain("accentColor"),
    Field::plain("showWatermark"),
    Field::plain("authenticationType"),
    Field::plain("apiBaseUrl"),
    Field::flag("active").or(on),
    Field::set("scopes"),
    INPUTS,
    Field { shape: Shape::List, ..Field::set("workflowDisplayOrder") },
    Field::print("config"),
    SECRETS,
];

static WORKFLOW: &[Field] = &[
    Field::plain("name"),
    Field::plain("description"),
    Field::plain("trigger"),
    Field::plain("on"),
    Field::plain("cron"),
    Field::plain("timezone"),
    Field::flag("defaultEnabled"),
    Field::flag("hidden"),
    INPUTS,
    FILE,
    SECRETS,
];

static SCHEMA: &[Field] = &[Field::plain("schema")];

/// The fields of a kind.
pub(super) fn of(kind: &str) -> &'static [Field] {
    match kind {
        "integration" => INTEGRATION,
        "workflow" => WORKFLOW,
        "event" | "persona" => SCHEMA,
        _ => &[],
    }
}

fn on() -> Value {
    json!(true)
}

/// `id · title · type · required`: one line for a reader, and the id for consent.
fn setting(setting: &Value) -> Value {
    let Value::Object(told) = setting else { return setting.clone() };
    let text = |name: &str| told.get(name).map(plain_text).filter(|text| text != "null");
    let required = (told.get("required") == Some(&Value::Bool(true))).then(|| "required".to_owned());
    let parts = ["id", "title", "type"].into_iter().filter_map(text).chain(required);
    json!(parts.collect::<Vec<_>>().join(BETWEEN))
}

fn setting_id(spelled: &Value) -> String {
    let text = plain_text(spelled);
    text.split_once(BETWEEN).map_or(text.clone(), |(id, _)| id.to_owned())
}
