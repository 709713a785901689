//! What of an Airflow's connections, variables and pools a preview gets: everything but secrets. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{is_masked, is_secret};

/// The objects of one sort as Airflow lists them.
pub(in super::super) type Objects = Vec<Map<String, Value>>;

/// One sort of objects: how Airflow's REST API calls it, what tells one from another, and what is copied.
pub(in super::super) struct Sort {
    /// Its list's name and its path.
    pub(in super::super) path: &'static str,
    key: &'static str,
    fields: &'static [&'static str],
    /// How people call what is wanting of one.
    wanting: &'static str,
}

/// The sorts, in the order of copying.
pub(in super::super) const SORTS: [Sort; 3] = [
    Sort {
        path: "connections",
        key: "connection_id",
        fields: &["connection_id", "conn_type", "description", "host", "login", "schema", "port"],
        wanting: "password and extra of connections",
    },
    Sort { path: "variables", key: "key", fields: &["key", "value", "description"], wanting: "variables" },
    Sort {
        path: "pools",
        key: "name",
        fields: &["name", "slots", "description", "include_deferred"],
        wanting: "pools",
    },
];

/// What there is to do about one sort.
#[derive(Debug, Default, PartialEq)]
pub(in super::super) struct Copying {
    /// What is made in the preview: what is there already stays as it is, whoever made it.
    pub(in super::super) make: Vec<Value>,
    /// The names of what a person must enter.
    pub(in super::super) wanting: BTreeSet<String>,
}

impl Sort {
    /// What is to be made in the preview, and what a person must enter there.
    pub(in super::super) fn copying(&self, source: &Objects, preview: &Objects) -> Copying {
        let there: BTreeMap<&str, &Map<String, Value>> =
            preview.iter().filter_map(|object| Some((self.name(object)?, object))).collect();
        let mut copying = Copying::default();
        for (name, object) in source.iter().filter_map(|object| Some((self.name(object)?, object))) {
            let own = there.get(name).copied();
            if self.is_wanting(name, object, own) {
                copying.wanting.insert(name.to_owned());
            }
            // Airflow makes this one itself.
            let is_new = own.is_none() && name != "default_pool";
            copying.make.extend(self.body(name, object).filter(|_| is_new));
        }
        copying
    }

    /// What is wanting, by what people call it.
    pub(in super::super) fn called(&self) -> &'static str {
        self.wanting
    }

    fn name<'o>(&self, object: &'o Map<String, Value>) -> Option<&'o str> {
        object.get(self.key)?.as_str().filter(|name| !name.is_empty())
    }

    /// What makes it there; nothing of a variable that is a secret. A mask stands for a secret, so it is no value.
    fn body(&self, name: &str, object: &Map<String, Value>) -> Option<Value> {
        if self.path == "variables" && is_secret(name, text(object, "value")) {
            return None;
        }
        let told = self.fields.iter().filter_map(|field| Some(((*field).to_owned(), object.get(*field)?.clone())));
        let plain = told.filter(|(_, value)| !value.is_null() && !value.as_str().is_some_and(is_masked));
        Some(Value::Object(plain.collect()))
    }

    fn is_wanting(&self, name: &str, object: &Map<String, Value>, own: Option<&Map<String, Value>>) -> bool {
        match self.path {
            "variables" => own.is_none() && is_secret(name, text(object, "value")),
            "connections" => SECRETS.iter().any(|field| {
                // Airflow 2 tells neither of a list: whether there is one is not known, and whether it was entered neither.
                let has = |object: &Map<String, Value>| object.get(*field).map(|value| !is_empty(value));
                has(object) != Some(false) && own.and_then(has) != Some(true)
            }),
            _ => false,
        }
    }
}

/// What of a connection is never copied.
const SECRETS: [&str; 2] = ["password", "extra"];

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| matches!(text.trim(), "" | "{}"))
}

fn text<'o>(object: &'o Map<String, Value>, field: &str) -> &'o str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn objects(all: &Value) -> Objects {
        serde_json::from_value(all.clone()).unwrap()
    }

    fn copied(sort: usize, source: &Value, preview: &Value) -> String {
        let Copying { make, wanting } = SORTS[sort].copying(&objects(source), &objects(preview));
        let made = make.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        format!("{made} | {}", wanting.into_iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn everything_is_copied_but_secrets() {
        let three = json!([
            {"connection_id": "db", "conn_type": "postgres", "host": "h", "login": "me", "schema": null, "port": 5432, "password": "***", "extra": null},
            {"connection_id": "open", "conn_type": "http", "host": "h", "password": null, "extra": "{}"},
            {"connection_id": "s3", "conn_type": "aws", "login": "***", "password": null, "extra": "{\"token\": \"***\"}"},
        ]);
        let two = json!([{"connection_id": "old", "conn_type": "http", "host": "h"}]);
        let variables = json!([
            {"key": "region", "value": "eu", "description": "where", "is_encrypted": true},
            {"key": "api_token", "value": "x"}, {"key": "limits", "value": "{\"password\": \"x\"}"}, {"key": "", "value": "x"},
        ]);
        let pools = json!([{"name": "default_pool", "slots": 128}, {"name": "etl", "slots": 3, "include_deferred": false, "open_slots": 3}]);
        let none = json!([]);
        let entered = json!([
            {"connection_id": "db", "conn_type": "postgres", "host": "other", "password": "***", "extra": null},
            {"connection_id": "s3", "conn_type": "aws", "password": null, "extra": null},
        ]);
        let lines = [
            copied(0, &three, &none),
            copied(0, &three, &entered),
            copied(0, &two, &none),
            copied(0, &two, &two),
            copied(1, &variables, &none),
            copied(1, &variables, &json!([{"key": "region", "value": "us"}, {"key": "api_token", "value": "***"}])),
            copied(2, &pools, &none),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"connection_id":"db","conn_type":"postgres","host":"h","login":"me","port":5432} {"connection_id":"open","conn_type":"http","host":"h"} {"connection_id":"s3","conn_type":"aws"} | db s3
        {"connection_id":"open","conn_type":"http","host":"h"} | s3
        {"connection_id":"old","conn_type":"http","host":"h"} | old
         | old
        {"key":"region","value":"eu","description":"where"} | api_token limits
         | limits
        {"name":"etl","slots":3,"include_deferred":false} |
        "#);
    }

    proptest::proptest! {
        #[test]
        fn no_secret_field_is_ever_sent(names in proptest::collection::vec("[a-z_]{0,12}", 0..6), value in ".{0,20}") {
            let all: Vec<Value> = names.iter().map(|name| json!({
                "connection_id": name, "key": name, "name": name, "value": format!("{value}***"), "password": value, "extra": value,
            })).collect();
            for sort in &SORTS {
                for body in sort.copying(&objects(&json!(all)), &Objects::new()).make {
                    proptest::prop_assert!(body.get("password").is_none() && body.get("extra").is_none() && body.get("value").is_none());
                }
            }
        }
    }
}
