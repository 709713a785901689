//! `out/build.json`: what `para build` evaluated the project to. Its format is not documented; what is read here was seen
//! in builds that people committed (core 1.0.0 to 1.0.21). What it does not tell is never taken as absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::place::BUILD;
use super::workflow::started;
use super::{Paragon, event, setting};
use crate::finding::Finding;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::names::{Digest, Place};
use crate::plan::rules::plain_text;
use crate::plan::{Basis, Extras, Observed, What, canonical, diff};
use crate::tree::{Tree, join};

const UNTOLD: &str = "out/build.json does not tell it";

/// A build.
#[derive(Debug)]
pub(super) struct Built {
    /// What it holds.
    pub manifest: Manifest,
    path: String,
}

/// Reads the build, if there is one.
pub(super) fn read(tree: &Tree, folder: &str) -> Option<Result<Built, Finding>> {
    let path = join(folder, BUILD);
    if !tree.has(&path) {
        return None;
    }
    let unread = |why: String| {
        Finding::error("build-unread", why)
            .at(Place::file(path.clone()))
            .help("run `para build` again, or remove the file")
    };
    let Some(text) = tree.text(&path) else { return Some(Err(unread("the build could not be read".to_owned()))) };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return Some(Err(unread(format!("the build is no JSON: {error}")))),
    };
    let Some(integrations) = value.get("integrations").and_then(Value::as_object) else {
        return Some(Err(unread("the build has no `integrations`".to_owned())));
    };
    let events = value.get("events").and_then(Value::as_object);
    let names: BTreeMap<&str, &str> = events
        .into_iter()
        .flatten()
        .filter_map(|(id, event)| Some((id.as_str(), event.get("name")?.as_str()?)))
        .collect();
    let mut resources: Vec<Resource> = events.into_iter().flatten().filter_map(|(_, event)| of_event(event)).collect();
    for (name, integration) in integrations {
        resources.push(of_integration(name, integration));
        let workflows = integration.get("workflows").and_then(Value::as_object).into_iter().flatten();
        let kept = workflows.filter(|(_, workflow)| workflow.get("isDraft") != Some(&Value::Bool(true)));
        resources.extend(kept.map(|(id, workflow)| of_workflow(name, integration, id, workflow, &names)));
    }
    Some(Ok(Built { manifest: Manifest::new(Origin::Source, resources), path }))
}

fn resource(kind: &str, id: String, attributes: BTreeMap<String, Attribute>) -> Resource {
    Resource { id: ResourceId::new(kind, id), attributes, fingerprint: None, artefact: None, place: None }
}

fn unread(names: &[&str]) -> BTreeMap<String, Attribute> {
    names.iter().map(|name| ((*name).to_owned(), Attribute::Unread(UNTOLD.to_owned()))).collect()
}

fn of_event(event: &Value) -> Option<Resource> {
    let name = event.get("name")?.as_str()?.to_owned();
    let schema = event.get("sampleData").map_or(Value::Null, event::shape);
    Some(resource("event", name, BTreeMap::from([("schema".to_owned(), Attribute::Value(schema))])))
}

fn of_integration(name: &str, integration: &Value) -> Resource {
    let settings = integration.pointer("/config/values/sharedMeta/inputs");
    let mut attributes = unread(&[
        "name",
        "description",
        "overviewText",
        "accentColor",
        "showWatermark",
        "authenticationType",
        "apiBaseUrl",
        "active",
        "scopes",
        "workflowDisplayOrder",
        "config",
    ]);
    attributes.insert("inputs".to_owned(), setting::of_build(settings));
    resource("integration", name.to_owned(), attributes)
}

fn of_workflow(
    integration: &str,
    whole: &Value,
    id: &str,
    workflow: &Value,
    events: &BTreeMap<&str, &str>,
) -> Resource {
    let meta = whole.pointer("/config/values/workflowMeta").and_then(|all| all.get(id));
    let of = |name: &str| meta.and_then(|meta| meta.get(name)).cloned();
    let told = |value: Option<Value>| value.map_or(Attribute::Unread(UNTOLD.to_owned()), Attribute::Value);
    let mut attributes = unread(&["secrets", "file"]);
    for (name, value) in [
        ("name", workflow.get("name").cloned()),
        ("description", of("infoText")),
        ("defaultEnabled", of("defaultEnabled")),
        ("hidden", of("hidden")),
    ] {
        attributes.insert(name.to_owned(), told(value));
    }
    attributes.insert("inputs".to_owned(), setting::of_build(meta.and_then(|meta| meta.get("inputs"))));
    let steps = workflow.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    attributes.extend(trigger(steps.first(), events));
    let digest = Digest::of(canonical::text(&normal(steps)).as_bytes());
    Resource { artefact: Some(digest), ..resource("workflow", format!("{integration}/{id}"), attributes) }
}

fn trigger(first: Option<&Value>, events: &BTreeMap<&str, &str>) -> BTreeMap<String, Attribute> {
    let Some(step) = first else { return started("none", None) };
    let parameter =
        |names: &[&str]| names.iter().find_map(|name| step.pointer(&format!("/parameters/{name}"))?.as_str());
    let untold = |mut told: BTreeMap<String, Attribute>, names: &[&str]| {
        told.extend(unread(names));
        told
    };
    match step.get("type").and_then(Value::as_str) {
        Some("TRIGGER/ENDPOINT") => started("endpoint", None),
        Some("TRIGGER/INTEGRATION_ENABLED") => started("integration-enabled", None),
        Some("TRIGGER/CRON") => untold(started("cron", None), &["cron", "timezone"]),
        Some("TRIGGER/EVENT") => match parameter(&["eventId", "event"]).and_then(|id| events.get(id)) {
            Some(name) => started("event", Some((*name).to_owned())),
            None => untold(started("event", None), &["on"]),
        },
        Some("TRIGGER/ACTION") if parameter(&["customWebhookTriggerId"]).is_some() => {
            untold(started("custom", None), &["on"])
        }
        // The source names an intent otherwise than the build does.
        Some("TRIGGER/ACTION") => untold(started("integration", None), &["on"]),
        _ => unread(&["trigger", "on", "cron", "timezone"]),
    }
}

/// The steps without what a build makes anew: their ids become their places, and what it migrates by is left out.
fn normal(steps: &[Value]) -> Value {
    let ids: BTreeMap<&str, usize> =
        steps.iter().enumerate().filter_map(|(at, step)| Some((step.get("id")?.as_str()?, at))).collect();
    Value::Array(steps.iter().map(|step| renamed(step, &ids)).collect())
}

fn renamed(value: &Value, ids: &BTreeMap<&str, usize>) -> Value {
    match value {
        Value::String(text) => ids.get(text.as_str()).map_or_else(|| value.clone(), |at| json!(at)),
        Value::Array(items) => items.iter().map(|item| renamed(item, ids)).collect(),
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| *name != "_migrations");
            Value::Object(kept.map(|(name, field)| (name.clone(), renamed(field, ids))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

impl Built {
    /// Where the build and the source do not say the same: one of them is old.
    pub(super) fn findings(&self, source: &Manifest) -> Vec<Finding> {
        let seen = Observed {
            basis: Basis::Live,
            manifest: self.manifest.clone(),
            extras: Extras::none("a build is compared with its source"),
        };
        let mut source = source.clone();
        for inputs in source.resources.values_mut().filter_map(|resource| resource.attributes.get_mut("inputs")) {
            if let Attribute::Value(settings) = inputs {
                setting::untyped(settings);
            }
        }
        let told = |id: &ResourceId| ["integration", "workflow", "event"].contains(&id.kind.as_str());
        let differs = diff::diff(&source, &seen, &Paragon).changes.into_iter().filter(|change| told(&change.resource));
        let says = differs.filter_map(|change| {
            let what = match change.what {
                What::Add => "is in the source and not in the build".to_owned(),
                What::Remove => "is in the build and not in the source".to_owned(),
                What::Modify { fields, .. } => {
                    let field = fields.first()?;
                    format!(
                        "has `{}` {} in the build and {} in the source",
                        field.name,
                        plain_text(&field.old),
                        plain_text(&field.new)
                    )
                }
            };
            let finding = Finding::error("build-stale", format!("{} {what}", change.resource));
            Some(
                finding
                    .at(change.place.unwrap_or_else(|| Place::file(self.path.clone())))
                    .help(format!("run `para build`, or stop keeping `{BUILD}` in git")),
            )
        });
        says.collect()
    }

    /// Tells what the source could not: fields that only running it decides, and a digest of the steps.
    pub(super) fn refine(&self, source: &mut Manifest) {
        for (id, built) in &self.manifest.resources {
            let Some(resource) = source.resources.get_mut(id) else { continue };
            resource.artefact.clone_from(&built.artefact);
            for (name, told) in &built.attributes {
                if let (Some(open @ (Attribute::Dynamic(_) | Attribute::Unread(_))), Attribute::Value(_)) =
                    (resource.attributes.get_mut(name), told)
                {
                    *open = told.clone();
                }
            }
        }
    }
}
