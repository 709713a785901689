//! Projects as `nango compile` leaves them, made in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::artefact::{Artefact, Built};
use crate::manifest::{Manifest, Origin};
use crate::platform::Payload;
use crate::platform::nango::compile::bundle::{Bundle, CLI_VERSION, FUNCTIONS_JSON, NANGO_JSON};
use crate::platform::nango::compile::refine;

/// A compiled project.
#[derive(Clone, Default)]
pub(super) struct Made {
    integrations: Vec<Value>,
    functions: Vec<Value>,
    code: BTreeMap<String, String>,
}

impl Made {
    fn integration(&mut self, key: &str) -> &mut Value {
        let at = self.integrations.iter().position(|each| each["providerConfigKey"] == key).unwrap_or_else(|| {
            let none =
                json!({"post-connection-creation": [], "pre-connection-deletion": [], "validate-connection": []});
            self.integrations
                .push(json!({"providerConfigKey": key, "actions": [], "syncs": [], "onEventScripts": none}));
            self.integrations.len() - 1
        });
        &mut self.integrations[at]
    }

    fn push(mut self, id: &str, list: &str, item: Value) -> Self {
        let (key, _) = id.split_once('/').unwrap();
        self.integration(key)[list].as_array_mut().unwrap().push(item);
        self
    }

    pub(super) fn sync(self, id: &str, models: &[&str]) -> Self {
        self.sync_with(id, models, &json!({}))
    }

    /// A sync, with some of its fields set otherwise.
    pub(super) fn sync_with(self, id: &str, models: &[&str], fields: &Value) -> Self {
        let name = id.split_once('/').unwrap().1;
        let definitions: serde_json::Map<String, Value> =
            models.iter().map(|model| ((*model).to_owned(), schema())).collect();
        let mut item = json!({
            "type": "sync", "description": format!("Fetch {name}"), "auto_start": true, "endpoints": [], "input": null,
            "name": name, "output": models, "runs": "every hour", "scopes": ["repo"], "sync_type": "full",
            "track_deletes": false, "usedModels": models, "version": "1.0.0", "webhookSubscriptions": [],
            "json_schema": {"definitions": definitions}, "features": [],
        });
        for (name, value) in fields.as_object().unwrap() {
            item[name] = value.clone();
        }
        self.push(id, "syncs", item)
    }

    pub(super) fn action(self, id: &str) -> Self {
        let name = id.split_once('/').unwrap().1;
        let (input, output) = (format!("ActionInput_{name}"), format!("ActionOutput_{name}"));
        let definitions = json!({input.clone(): schema(), output.clone(): schema()});
        let item = json!({
            "type": "action", "description": format!("Do {name}"), "endpoint": null, "input": input, "name": name,
            "output": [output], "scopes": [], "usedModels": [input, output], "version": "",
            "json_schema": {"definitions": definitions}, "features": [],
        });
        self.push(id, "actions", item)
    }

    /// Sets some fields of an action otherwise.
    pub(super) fn set_action(&mut self, id: &str, fields: &Value) {
        let (key, name) = id.split_once('/').unwrap();
        let actions = self.integration(key)["actions"].as_array_mut().unwrap();
        let action = actions.iter_mut().find(|action| action["name"] == name).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            action[name] = value.clone();
        }
    }

    pub(super) fn on_event(mut self, id: &str, event: &str) -> Self {
        let (key, name) = id.split_once('/').unwrap();
        self.integration(key)["onEventScripts"][event].as_array_mut().unwrap().push(json!(name));
        self
    }

    pub(super) fn function(mut self, id: &str) -> Self {
        let (key, name) = id.split_once('/').unwrap();
        self.functions.push(json!({
            "name": name, "integrationId": key, "description": "x", "trigger": {"kind": "none"},
            "requires": {"connection": true, "outbound": true, "invoke": false},
            "capabilities": {"usesRecords": false, "usesCheckpoints": false, "usesMetadata": false, "usesOutbound": true, "usesInvoke": false},
            "limits": {"concurrency": {"perConnection": "max"}}, "input_schema_ref": null, "output_schema_ref": null,
            "model_schema_refs": [], "metadata_schema_ref": null, "checkpoint_schema_ref": null,
            "json_schema": {"definitions": {}}, "filePath": format!("{key}/functions/{name}.ts"),
        }));
        self
    }

    /// Sets what a function was compiled to.
    pub(super) fn code(mut self, js: &str, text: &str) -> Self {
        self.code.insert(js.to_owned(), text.to_owned());
        self
    }

    pub(super) fn built(&self) -> Built {
        let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
        let mut add = |name: &str, text: &str| files.insert(name.to_owned(), Arc::from(text.as_bytes()));
        let nango = json!(self.integrations).to_string();
        let functions = (!self.functions.is_empty()).then(|| json!(self.functions).to_string());
        let bundle = Bundle::read(nango.as_bytes(), functions.as_ref().map(String::as_bytes)).unwrap();
        for script in bundle.scripts() {
            let default = "\"use strict\"; /* bundle trimmed */".to_owned();
            add(&script.js, self.code.get(&script.js).unwrap_or(&default));
            add(&script.ts, "// entry source trimmed\n");
        }
        add(NANGO_JSON, &nango);
        add(CLI_VERSION, "0.71.4");
        if let Some(functions) = functions {
            add(FUNCTIONS_JSON, &functions);
        }
        let artefact = Artefact::new(files);
        let manifest = refine::manifest(&bundle, &artefact, &Manifest::empty(Origin::Source));
        Built { artefact, manifest }
    }

    pub(super) fn payload(&self) -> Payload {
        Payload::Artefact(Box::new(self.built()))
    }
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"], "additionalProperties": false})
}
