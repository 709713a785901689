//! Bodies for questions that change nothing. Nango takes them without a line of code in them.

use serde_json::{Value, json};

use super::super::module::Kind;
use super::body::Reach;
use crate::manifest::{Attribute, Manifest, ResourceId};

/// A sync that nobody has. Asked about for an integration, Nango counts the integration's connections and says that
/// everything else it has would go: so everything that a deploy could remove is listed, whatever the key may read.
pub(super) const COUNTER: &str = "airlock-counts-connections";

/// The integration that is named where none is known: the question needs one, and it may be one that does not exist.
const NOBODY: &str = "airlock";

/// The question what runs there, and for how many connections of these integrations.
pub(super) fn census<'k>(integrations: impl IntoIterator<Item = &'k str>) -> Vec<u8> {
    let mut flows: Vec<Value> = integrations.into_iter().map(|key| flow(key, COUNTER, "sync", &json!([]))).collect();
    if flows.is_empty() {
        flows.push(flow(NOBODY, COUNTER, "sync", &json!([])));
    }
    confirmation(&flows, Some(&[]), "all")
}

/// The question what a deploy of these functions would do, with this reach.
pub(super) fn deploy(manifest: &Manifest, reach: Reach<'_>) -> Vec<u8> {
    let of = |kind: Kind| {
        let resources = manifest.resources.values().filter(move |resource| resource.id.kind == kind.word());
        resources.filter_map(|resource| Some((parts(&resource.id)?, resource)))
    };
    let models = |attribute: Option<&Attribute>| match attribute.and_then(Attribute::value) {
        Some(Value::Array(names)) => json!(names),
        _ => json!([]),
    };
    let flows = [Kind::Sync, Kind::Action].into_iter().flat_map(|kind| {
        of(kind).map(move |((key, name), resource)| {
            flow(key, name, kind.word(), &models(resource.attributes.get("models")))
        })
    });
    let events: Vec<Value> = of(Kind::OnEvent)
        .filter_map(|((key, name), resource)| {
            let event = resource.attributes.get("event").and_then(Attribute::value)?;
            let script = json!({"name": name, "fileBody": {"js": "", "ts": ""}, "event": event});
            Some(json!({"providerConfigKey": key, "scripts": [script]}))
        })
        .collect();
    let events = (reach == Reach::All).then_some(events.as_slice());
    confirmation(&flows.collect::<Vec<_>>(), events, reach.mode())
}

/// The question which functions of `createFunction` run there: a deploy of none would remove them all.
pub(super) fn no_functions() -> Vec<u8> {
    json!({"reconciliationScope": {"kind": "environment"}, "functions": []}).to_string().into_bytes()
}

/// `github` and `issues` of `github/issues`.
pub(super) fn parts(id: &ResourceId) -> Option<(&str, &str)> {
    id.id.split_once('/')
}

fn flow(key: &str, name: &str, kind: &str, models: &Value) -> Value {
    json!({
        "syncName": name, "providerConfigKey": key, "type": kind, "models": models, "runs": null,
        "track_deletes": false, "fileBody": {"js": "", "ts": ""}, "endpoints": [],
    })
}

fn confirmation(flows: &[Value], events: Option<&[Value]>, mode: &str) -> Vec<u8> {
    let mut body = json!({"flowConfigs": flows, "deployMode": mode, "reconcile": false, "debug": false});
    if let Some(events) = events {
        body["onEventScriptsByProvider"] = json!(events);
    }
    body.to_string().into_bytes()
}
