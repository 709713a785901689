//! The manifest of what was compiled: what source could not know is in it, and where both know, the compiler's word counts.
//! A difference between the two is a finding, for reviewers were shown the source's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Nango;
use super::super::module::Kind;
use super::bundle::{Bundle, Flow, Function, Script};
use crate::artefact::Artefact;
use crate::finding::Finding;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::names::{Digest, Place};
use crate::plan::diff::diff;
use crate::plan::rules::plain_text;
use crate::plan::{Basis, Change, Extras, Observed, What};

type Attributes = BTreeMap<String, Attribute>;

/// The manifest of a bundle. Places, prints of sources and names of secrets come from the manifest that was read from source.
pub(crate) fn manifest(bundle: &Bundle, artefact: &Artefact, source: &Manifest) -> Manifest {
    let compiled = compiled(bundle);
    let resources = bundle.scripts().into_iter().filter_map(|script| {
        let attributes = compiled.get(&script.id)?;
        Some(resource(&script, attributes, artefact, source.resources.get(&script.id)))
    });
    Manifest::new(Origin::Built, resources)
}

fn resource(script: &Script, attributes: &Attributes, artefact: &Artefact, source: Option<&Resource>) -> Resource {
    let mut all = source.map(|source| source.attributes.clone()).unwrap_or_default();
    all.extend(attributes.clone());
    Resource {
        id: script.id.clone(),
        attributes: all,
        fingerprint: source.and_then(|source| source.fingerprint.clone()),
        artefact: artefact.files().get(&script.js).map(|bytes| Digest::of(bytes)),
        place: source.and_then(|source| source.place.clone()),
    }
}

/// What the compiler says of each function, under the names of the manifest.
fn compiled(bundle: &Bundle) -> BTreeMap<ResourceId, Attributes> {
    let mut all = BTreeMap::new();
    for integration in &bundle.integrations {
        let id = |kind: Kind, name: &str| ResourceId::new(kind.word(), format!("{}/{name}", integration.key));
        all.extend(integration.syncs.iter().map(|flow| (id(Kind::Sync, &flow.name), sync(flow))));
        all.extend(integration.actions.iter().map(|flow| (id(Kind::Action, &flow.name), action(flow))));
        let events = integration.on_events();
        all.extend(events.map(|(event, name)| (id(Kind::OnEvent, name), known([("event", json!(event))]))));
    }
    all.extend(bundle.functions.iter().map(|function| (function.script().id, of_function(function))));
    all
}

fn known<const N: usize>(fields: [(&str, Value); N]) -> Attributes {
    fields.into_iter().map(|(name, value)| (name.to_owned(), Attribute::Value(value))).collect()
}

fn or(value: Option<&Value>, default: Value) -> Value {
    value.cloned().unwrap_or(default)
}

fn common(flow: &Flow) -> Attributes {
    known([
        ("description", or(flow.description.as_ref(), json!(""))),
        ("version", or(flow.version.as_ref(), json!(""))),
        ("scopes", or(flow.scopes.as_ref(), json!([]))),
        ("models", or(flow.output.as_ref(), json!([]))),
        ("input", or(flow.input.as_ref(), Value::Null)),
        ("features", or(flow.features.as_ref(), json!([]))),
        ("json_schema", or(flow.json_schema.as_ref(), Value::Null)),
    ])
}

fn sync(flow: &Flow) -> Attributes {
    let mut all = common(flow);
    all.extend(known([
        ("runs", or(flow.runs.as_ref(), Value::Null)),
        ("auto_start", or(flow.auto_start.as_ref(), json!(false))),
        ("sync_type", or(flow.sync_type.as_ref(), json!("full"))),
        ("track_deletes", or(flow.track_deletes.as_ref(), json!(false))),
        ("endpoints", or(flow.endpoints.as_ref(), json!([]))),
        ("webhookSubscriptions", or(flow.webhooks.as_ref(), json!([]))),
    ]));
    all
}

fn action(flow: &Flow) -> Attributes {
    let mut all = common(flow);
    all.extend(known([("endpoint", or(flow.endpoint.as_ref(), Value::Null))]));
    all
}

fn of_function(function: &Function) -> Attributes {
    let field = |name: &str| or(function.fields.get(name), Value::Null);
    let named = |name: &str| match field(name) {
        Value::String(reference) => json!(reference.trim_start_matches("#/definitions/")),
        other => other,
    };
    let models = match field("model_schema_refs") {
        Value::Array(references) => {
            references.iter().map(plain_text).map(|text| text.trim_start_matches("#/definitions/").to_owned()).collect()
        }
        _ => json!([]),
    };
    known([
        ("description", field("description")),
        ("trigger", field("trigger")),
        ("requires", field("requires")),
        ("limits", field("limits")),
        ("models", models),
        ("input", named("input_schema_ref")),
        ("output", named("output_schema_ref")),
        ("json_schema", field("json_schema")),
    ])
}

/// Where the compiler disagrees with what was read from source. A function more or less would be deployed unseen: an error.
pub(super) fn disagreements(source: &Manifest, built: &Manifest) -> Vec<Finding> {
    let basis = Basis::Live;
    let seen =
        Observed { basis, manifest: source.clone(), extras: Extras::unknown("source against what was compiled") };
    let changes = diff(built, &seen, &Nango).changes;
    changes.iter().flat_map(|change| disagreement(change, source, built)).collect()
}

fn disagreement(change: &Change, source: &Manifest, built: &Manifest) -> Vec<Finding> {
    let id = &change.resource;
    let place =
        source.resources.get(id).or_else(|| built.resources.get(id)).and_then(|resource| resource.place.clone());
    let help = "this is most likely a fault of airlock's reader: please report it with the file";
    let at = |finding: Finding, place: Option<Place>| match place {
        Some(place) => finding.at(place).help(help),
        None => finding.help(help),
    };
    match &change.what {
        What::Add => {
            let says = format!("{id} was compiled, and is not what the source was read as: nobody was shown it");
            vec![at(Finding::error("artefact-differs", says), place)]
        }
        What::Remove => {
            let says = format!("{id} is in the source, and was not compiled");
            vec![at(Finding::error("artefact-differs", says), place)]
        }
        What::Modify { fields, .. } => {
            let of = |name: &str, old: &Value, new: &Value| {
                let (old, new) = (shown(old), shown(new));
                format!("`{name}` of {id} was read as {old}, and was compiled as {new}")
            };
            let told = fields.iter().map(|field| of(&field.name, &field.old, &field.new));
            told.map(|says| at(Finding::warning("artefact-differs", says), place.clone())).collect()
        }
    }
}

fn shown(value: &Value) -> String {
    let text = plain_text(value);
    let cut: String = text.chars().take(120).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
