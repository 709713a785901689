//! What a deploy says on the wire. The order of the fields is the CLI's, so that the bytes are too.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

/// The body of a deploy.
#[derive(Serialize)]
pub(super) struct Deploy<'a> {
    #[serde(rename = "flowConfigs")]
    pub(super) flows: Vec<Sent<'a>>,
    #[serde(rename = "onEventScriptsByProvider", skip_serializing_if = "Option::is_none")]
    pub(super) events: Option<Vec<Events<'a>>>,
    #[serde(rename = "deployMode")]
    pub(super) mode: &'static str,
    pub(super) reconcile: bool,
    pub(super) debug: bool,
    #[serde(rename = "nangoYamlBody")]
    pub(super) yaml: &'static str,
    #[serde(rename = "sdkVersion")]
    pub(super) sdk: String,
    pub(super) source: &'static str,
}

/// A sync or an action.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Sent<'a> {
    Sync(SentSync<'a>),
    Action(SentAction<'a>),
}

/// A sync.
#[derive(Serialize)]
pub(super) struct SentSync<'a> {
    #[serde(rename = "syncName")]
    pub(super) name: &'a str,
    #[serde(rename = "providerConfigKey")]
    pub(super) key: &'a str,
    pub(super) models: Cow<'a, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runs: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) track_deletes: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto_start: Option<&'a Value>,
    pub(super) attributes: Map<String, Value>,
    pub(super) metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sync_type: Option<&'a Value>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "fileBody")]
    pub(super) files: Files<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) endpoints: Option<&'a Value>,
    #[serde(rename = "webhookSubscriptions", skip_serializing_if = "Option::is_none")]
    pub(super) webhooks: Option<&'a Value>,
    #[serde(rename = "models_json_schema", skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) features: Option<&'a Value>,
}

/// An action: no field of a sync's own.
#[derive(Serialize)]
pub(super) struct SentAction<'a> {
    #[serde(rename = "syncName")]
    pub(super) name: &'a str,
    #[serde(rename = "providerConfigKey")]
    pub(super) key: &'a str,
    pub(super) models: Cow<'a, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a Value>,
    pub(super) runs: (),
    pub(super) metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<&'a Value>,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "fileBody")]
    pub(super) files: Files<'a>,
    pub(super) endpoints: Vec<&'a Value>,
    pub(super) track_deletes: bool,
    #[serde(rename = "models_json_schema", skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) features: Option<&'a Value>,
}

/// What people wrote about a function.
#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scopes: Option<&'a Value>,
}

/// A function's code: compiled, and its entry file.
#[derive(Serialize)]
pub(super) struct Files<'a> {
    pub(super) js: &'a str,
    pub(super) ts: &'a str,
}

/// The on-event scripts of one integration.
#[derive(Serialize)]
pub(super) struct Events<'a> {
    #[serde(rename = "providerConfigKey")]
    pub(super) key: &'a str,
    pub(super) scripts: Vec<SentScript<'a>>,
}

/// An on-event script.
#[derive(Serialize)]
pub(super) struct SentScript<'a> {
    pub(super) name: &'a str,
    #[serde(rename = "fileBody")]
    pub(super) files: Files<'a>,
    pub(super) event: &'a str,
}

/// The body of a deploy of functions of `createFunction`.
#[derive(Serialize)]
pub(super) struct DeployFunctions<'a> {
    #[serde(rename = "reconciliationScope")]
    pub(super) scope: Scope<'a>,
    pub(super) functions: Vec<SentFunction<'a>>,
}

/// What such a deploy may remove from.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Scope<'a> {
    Environment,
    Integration {
        #[serde(rename = "integrationId")]
        key: &'a str,
    },
}

/// A function of `createFunction`, as its compiler wrote it.
#[derive(Serialize)]
pub(super) struct SentFunction<'a> {
    #[serde(flatten)]
    pub(super) fields: &'a Map<String, Value>,
    #[serde(rename = "fileBody")]
    pub(super) files: Files<'a>,
}
