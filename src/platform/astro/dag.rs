//! One DAG as a resource: its fields under Airflow's names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::assets;
use super::json::{attribute, json};
use super::python::jinja;
use super::python::module::{How, Made, Needs, UseKind};
use super::python::value::{Call, Val};
use super::schedule;
use super::world::World;
use crate::manifest::{Attribute, Resource, ResourceId};
use crate::platform::parse::frame::place;

/// Fields that are told as they are given.
const PLAIN: [&str; 5] = ["catchup", "is_paused_upon_creation", "max_active_runs", "description", "dag_display_name"];

/// The field of the assets that a DAG's tasks update.
pub(super) const OUTLETS: &str = "outlets";

/// Those of them that are seen, where there may be more.
pub(super) const OUTLETS_SEEN: &str = "outlets_seen";

/// A DAG that a file makes, with its id known.
pub(super) struct Declared<'w> {
    /// The module.
    pub module: usize,
    /// What it says.
    pub made: &'w Made,
    /// The id.
    pub id: String,
}

/// The id of a DAG, or why it is not known.
pub(super) fn id(world: &World<'_>, module: usize, made: &Made) -> Result<String, String> {
    let given = match made.how {
        How::Made | How::Called => made.call.argument(0, "dag_id"),
        How::Asset => made.call.named("dag_id"),
    };
    let value = match given {
        Some(Val::Text(text)) if text.is_empty() && made.function.is_some() => None,
        Some(value) => Some(world.resolve(module, value)),
        None => None,
    };
    match (value, &made.function, made.call.spread()) {
        (Some(Val::Text(id)), ..) => Ok(id),
        (Some(Val::Code(why)), ..) => Err(why),
        (Some(_), ..) => Err("is no text that is known".to_owned()),
        (None, _, Some(_)) => Err("may be given by `**`".to_owned()),
        (None, Some(function), None) => Ok(function.clone()),
        (None, None, None) => Err("is not given".to_owned()),
    }
}

/// A DAG as a resource.
pub(super) fn resource(world: &World<'_>, dag: &Declared<'_>) -> Resource {
    let facts = &world.modules[dag.module];
    let closure = world.closure(dag.module);
    let call = resolved(world, dag);
    let mut attributes = fields(world, dag, &call);
    outlets(world, dag, (&closure, &call), &mut attributes);
    needs(world, &closure, &mut attributes);
    Resource {
        id: ResourceId::new("dag", dag.id.clone()),
        attributes,
        fingerprint: world.fingerprint(&closure),
        artefact: None,
        place: Some(place(&facts.path, world.text(dag.module), dag.made.call.range.start().to_usize())),
    }
}

/// The call that makes a DAG, with the values that other files give.
fn resolved(world: &World<'_>, dag: &Declared<'_>) -> Call {
    let call = &dag.made.call;
    Call {
        name: call.name.clone(),
        args: call.args.iter().map(|value| world.resolve(dag.module, value)).collect(),
        named: call.named.iter().map(|(name, value)| (name.clone(), world.resolve(dag.module, value))).collect(),
        range: call.range,
    }
}

fn fields(world: &World<'_>, dag: &Declared<'_>, call: &Call) -> BTreeMap<String, Attribute> {
    let airflow = world.settings.airflow;
    let mut told = BTreeMap::new();
    let mut tell = |name: &str, attribute: Option<Attribute>| {
        if let Some(attribute) = attribute {
            told.insert(name.to_owned(), attribute);
        }
    };
    tell("schedule", schedule::of(call, airflow));
    for name in PLAIN {
        let given = if name == "description" { call.argument(1, name) } else { call.named(name) };
        tell(name, given.map(attribute).or_else(|| spread(call)));
    }
    if call.named("catchup").is_none() && call.spread().is_none() {
        // Airflow 2 catches up where nothing is said, Airflow 3 does not.
        tell("catchup", airflow.map(|major| Attribute::Value(json!(major == 2))));
    }
    tell("tags", call.named("tags").map(attribute).or_else(|| spread(call)));
    for name in ["start_date", "end_date"] {
        tell(name, start(call, name));
    }
    tell("params", params(dag.made, call));
    tell("tasks", Some(tasks(world, dag)));
    told
}

fn spread(call: &Call) -> Option<Attribute> {
    call.spread().map(|_| Attribute::Dynamic("may be given by `**`".to_owned()))
}

/// A date of the DAG, or that of its tasks' defaults.
fn start(call: &Call, name: &str) -> Option<Attribute> {
    let own = call.named(name).filter(|value| **value != Val::None);
    match own.map(Ok).or_else(|| of_tasks(call, name)) {
        Some(Ok(value)) => Some(attribute(value)),
        Some(Err(why)) => Some(Attribute::Dynamic(why)),
        None => spread(call).filter(|_| call.named("default_args").is_none()),
    }
}

/// An argument that the DAG gives to all of its tasks, or why it is not known whether it gives one.
fn of_tasks<'c>(call: &'c Call, name: &str) -> Option<Result<&'c Val, String>> {
    match call.named("default_args")? {
        Val::Dict(items) => items.iter().rev().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| Ok(value)),
        Val::None => None,
        Val::Code(why) => Some(Err(format!("`default_args` {why}"))),
        _ => Some(Err("`default_args` is not known".to_owned())),
    }
}

/// The assets that the DAG's tasks update. Where there may be more than are seen, the field is dynamic and those are told beside it.
fn outlets(
    world: &World<'_>,
    dag: &Declared<'_>,
    (closure, call): (&BTreeSet<usize>, &Call),
    into: &mut BTreeMap<String, Attribute>,
) {
    let (mut seen, mut more) = (Vec::new(), dag.made.more_tasks.clone());
    for step in &dag.made.tasks {
        let told = match (&step.outlets, of_tasks(call, OUTLETS)) {
            (Some(own), _) => assets::of_outlets(&world.resolve(dag.module, own), &mut seen),
            (None, Some(Ok(given))) => assets::of_outlets(given, &mut seen),
            (None, Some(Err(why))) => Err(why),
            (None, None) => Ok(()),
        };
        more = more.or(told.err());
    }
    let mut classes = closure.iter().map(|module| &world.modules[*module]).filter(|module| module.sets_outlets);
    if let Some(module) = classes.next().filter(|_| !dag.made.tasks.is_empty()) {
        more.get_or_insert_with(|| format!("may be set by a class in `{}`", module.path));
    }
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    if let Some(why) = more {
        into.insert(OUTLETS.to_owned(), Attribute::Dynamic(why));
        if !seen.is_empty() {
            into.insert(OUTLETS_SEEN.to_owned(), Attribute::Value(Value::Array(seen)));
        }
    } else {
        into.insert(OUTLETS.to_owned(), Attribute::Value(Value::Array(seen)));
    }
}

/// The params with their defaults: `{"default": …, "schema": {…}}` where more than a value is said. One without a default must be
/// given.
fn params(made: &Made, call: &Call) -> Option<Attribute> {
    let given = call.named("params");
    if given.is_none() && made.params.is_empty() {
        return spread(call);
    }
    let mut told = Map::new();
    let listed = match given {
        None | Some(Val::None) => &[][..],
        Some(Val::Dict(items)) => items,
        Some(Val::Code(why)) => return Some(Attribute::Dynamic(why.clone())),
        Some(_) => return Some(Attribute::Dynamic("is not known".to_owned())),
    };
    for (name, value) in listed {
        let Some(name) = name.text() else {
            return Some(Attribute::Dynamic("has a name that is not known".to_owned()));
        };
        match param(value) {
            Ok(value) => told.insert(name.to_owned(), value),
            Err(why) => return Some(Attribute::Dynamic(why)),
        };
    }
    for (name, value) in &made.params {
        let value = match value {
            Val::Code(why) if why == "is a parameter that nothing gives" => json!({"schema": {}}),
            other => match json(other) {
                Ok(value) => value,
                Err(why) => return Some(Attribute::Dynamic(why)),
            },
        };
        told.insert(name.clone(), value);
    }
    Some(Attribute::Value(Value::Object(told)))
}

fn param(value: &Val) -> Result<Value, String> {
    let Val::Call(call) = value else { return json(value) };
    if call.last() != "Param" || !call.name.starts_with("airflow.") {
        return Err(format!("calls `{}`", call.name));
    }
    let mut told = Map::new();
    if let Some(default) = call.argument(0, "default") {
        told.insert("default".to_owned(), json(default)?);
    }
    let mut schema = Map::new();
    for (name, value) in &call.named {
        match name.as_deref() {
            None => return Err("may be given by `**`".to_owned()),
            Some("default" | "description" | "title" | "section" | "description_md") => {}
            Some(name) => {
                schema.insert(name.to_owned(), json(value)?);
            }
        }
    }
    told.insert("schema".to_owned(), Value::Object(schema));
    Ok(Value::Object(told))
}

fn tasks(world: &World<'_>, dag: &Declared<'_>) -> Attribute {
    if let Some(why) = &dag.made.more_tasks {
        return Attribute::Dynamic(why.clone());
    }
    let mut ids = BTreeSet::new();
    for task in &dag.made.tasks {
        match world.resolve(dag.module, &task.id) {
            Val::Text(id) => ids.insert(id),
            Val::Code(why) => return Attribute::Dynamic(format!("a task's id {why}")),
            _ => return Attribute::Dynamic("a task's id is not known".to_owned()),
        };
    }
    Attribute::Value(json!(ids))
}

/// What the DAG's files read by name, each sort in a list of its own; names that are not known are told beside them.
fn needs(world: &World<'_>, closure: &BTreeSet<usize>, into: &mut BTreeMap<String, Attribute>) {
    let mut all: BTreeMap<UseKind, Needs> = BTreeMap::new();
    for module in closure {
        for read in &world.modules[*module].uses {
            let needs = all.entry(read.kind).or_default();
            match world.resolve(*module, &read.name) {
                Val::Text(name) if read.default => needs.optional.insert(name),
                Val::Text(name) => needs.required.insert(name),
                Val::Code(why) => {
                    needs.unknown.get_or_insert(why);
                    false
                }
                _ => {
                    needs.unknown.get_or_insert_with(|| "is computed".to_owned());
                    false
                }
            };
        }
    }
    for read in world.templates(closure).values().flat_map(|text| jinja::reads(text)) {
        let needs = all.entry(read.kind).or_default();
        let names = if read.default { &mut needs.optional } else { &mut needs.required };
        names.extend(read.name.text().map(str::to_owned));
    }
    let mut unseen = Map::new();
    for (kind, name) in [
        (UseKind::Connection, "connections"),
        (UseKind::Variable, "variables"),
        (UseKind::Env, "env"),
        (UseKind::Pool, "pools"),
        (UseKind::Dag, "dags"),
    ] {
        let mut needs = all.remove(&kind).unwrap_or_default();
        // The pool that every Airflow has.
        needs.required.remove("default_pool");
        let optional: BTreeSet<String> = needs.optional.difference(&needs.required).cloned().collect();
        into.insert(name.to_owned(), Attribute::Value(json!(needs.required)));
        if !optional.is_empty() {
            into.insert(format!("{name}_with_default"), Attribute::Value(json!(optional)));
        }
        if let Some(why) = needs.unknown {
            unseen.insert(name.to_owned(), json!(why));
        }
    }
    if !unseen.is_empty() {
        into.insert("unseen".to_owned(), Attribute::Value(Value::Object(unseen)));
    }
}
