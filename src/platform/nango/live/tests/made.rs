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
    /// The CLI that compiled it, where it is not the usual one.
    cli: Option<String>,
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
            "json_schema": {"definitions": {}}, "filePath": format!("./{key}/functions/{name}.ts"),
        }));
        self
    }

    /// The project whose deploy this body is, as its compiler wrote it.
    pub(super) fn sent(body: &Value) -> Self {
        let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let mut made =
            Self { cli: body["sdkVersion"].as_str().map(|version| version.replace("-zero", "")), ..Self::default() };
        for flow in list(body, "flowConfigs") {
            let (key, is_sync) = (flow["providerConfigKey"].as_str().unwrap(), flow["type"] == "sync");
            let mut item = json!({
                "type": flow["type"], "description": flow["metadata"]["description"], "input": flow["input"], "name": flow["syncName"],
                "output": flow["models"], "scopes": flow["metadata"]["scopes"], "usedModels": flow["models"], "version": flow["version"],
                "json_schema": flow["models_json_schema"], "features": flow["features"],
            });
            if is_sync {
                for name in ["auto_start", "endpoints", "runs", "sync_type", "track_deletes", "webhookSubscriptions"] {
                    item[name] = flow[name].clone();
                }
            } else {
                item["endpoint"] = flow["endpoints"][0].clone();
            }
            made.integration(key)[if is_sync { "syncs" } else { "actions" }].as_array_mut().unwrap().push(item);
        }
        for provider in list(body, "onEventScriptsByProvider") {
            for script in list(&provider, "scripts") {
                let id =
                    format!("{}/{}", provider["providerConfigKey"].as_str().unwrap(), script["name"].as_str().unwrap());
                made = made.on_event(&id, script["event"].as_str().unwrap());
            }
        }
        for mut function in list(body, "functions") {
            let (key, name) = (function["integrationId"].as_str().unwrap(), function["name"].as_str().unwrap());
            function["filePath"] = json!(format!("./{key}/functions/{name}.ts"));
            function.as_object_mut().unwrap().shift_remove("fileBody");
            made.functions.push(function);
        }
        made
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
        add(CLI_VERSION, self.cli.as_deref().unwrap_or("0.71.4"));
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
