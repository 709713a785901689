//! An integration: `config.ts` and `inputs.ts` of a folder under `src/integrations/`.

use std::collections::BTreeMap;

use oxc_span::Span;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::place::{self, Place};
use super::setting;
use super::workflow::secrets;
use super::world::{Look, World, source, unmade};
use crate::manifest::Attribute;
use crate::names::Digest;
use crate::plan::canonical;
use crate::platform::typescript::look::{Field, Fields, Found, Placed, Why};
use crate::platform::typescript::module::{Export, Form};
use crate::platform::typescript::print::print;
use crate::platform::typescript::value::{Item, Val};
use crate::platform::typescript::world::Target;

/// The properties of a config that are told under their own names.
const TOLD: [&str; 8] = [
    "name",
    "description",
    "overviewText",
    "accentColor",
    "showWatermark",
    "authenticationType",
    "apiBaseUrl",
    "active",
];

/// The property that lists the workflows' classes.
const ORDER: &str = "workflowDisplayOrder";

/// What a module exports by default, where that is something of its own.
pub(super) fn exported<'w>(world: &'w World<'_>, module: usize) -> Option<Placed<'w>> {
    match world.modules[module].exports.get("default")? {
        Export::Here(value) => Some((module, value)),
        Export::There(_) => None,
    }
}

/// The attributes of an integration, from its two files.
pub(super) fn attributes(
    world: &World<'_>,
    config: Option<usize>,
    inputs: Option<usize>,
) -> BTreeMap<String, Attribute> {
    let look = Look::new(world);
    let mut attributes = BTreeMap::new();
    if let Some(config) = config {
        match fields(world, &look, config) {
            Ok(fields) => of_config(world, &look, config, &fields, &mut attributes),
            Err(why) => {
                let names = TOLD.into_iter().chain(["scopes", ORDER, "config"]);
                attributes.extend(names.map(|name| (name.to_owned(), Attribute::Dynamic(why.clone()))));
            }
        }
        if let Some(secrets) = secrets(world, &look, [config]) {
            attributes.insert("secrets".to_owned(), secrets);
        }
    }
    let settings = match inputs {
        None => Attribute::Value(json!([])),
        Some(module) if world.modules[module].broken => Attribute::Unread("the file cannot be parsed".to_owned()),
        Some(module) => match exported(world, module) {
            Some(value) => setting::settings(world, &look, value),
            None => Attribute::Dynamic("is not exported by default from inputs.ts".to_owned()),
        },
    };
    attributes.insert("inputs".to_owned(), settings);
    attributes
}

fn fields<'w>(world: &'w World<'_>, look: &Look<'w, '_>, config: usize) -> Result<Fields<'w>, Why> {
    if world.modules[config].broken {
        return Err("the file cannot be parsed".to_owned());
    }
    let value = exported(world, config).ok_or("is not exported by default from config.ts")?;
    look.object(unmade(world, look.settled(value)?))
}

fn of_config<'w>(
    world: &'w World<'_>,
    look: &Look<'w, '_>,
    config: usize,
    fields: &Fields<'w>,
    into: &mut BTreeMap<String, Attribute>,
) {
    for name in TOLD {
        let read = read(look, fields, name);
        if read != Attribute::Value(Value::Null) {
            into.insert(name.to_owned(), read);
        }
    }
    match read(look, fields, "scopes") {
        Attribute::Value(Value::Null) => {}
        Attribute::Value(scopes) => {
            into.insert("scopes".to_owned(), Attribute::Value(split(&scopes)));
        }
        unknown => {
            into.insert("scopes".to_owned(), unknown);
        }
    }
    if let Some(order) = order(world, look, fields) {
        into.insert(ORDER.to_owned(), order);
    }
    into.insert("config".to_owned(), rest(world, look, config, fields));
}

fn read<'w>(look: &Look<'w, '_>, fields: &Fields<'w>, name: &str) -> Attribute {
    match fields.get(name) {
        Found::Absent => Attribute::Value(Value::Null),
        Found::Hidden(why) => Attribute::Dynamic(why.clone()),
        Found::Set(field) => match look.json(field.value) {
            Ok(value) => Attribute::Value(value.unwrap_or_default()),
            Err(why) => Attribute::Dynamic(why),
        },
    }
}

/// Scopes are one text, separated by blanks or commas; some write a list.
fn split(scopes: &Value) -> Value {
    let texts: Vec<&str> = match scopes {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    };
    let words = texts.iter().flat_map(|text| text.split([' ', ',', '\n', '\t']));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().into()
}

/// The files of the workflows in the order of the portal.
fn order<'w>(world: &'w World<'_>, look: &Look<'w, '_>, fields: &Fields<'w>) -> Option<Attribute> {
    let field: &Field<'w> = match fields.get(ORDER) {
        Found::Absent => return None,
        Found::Hidden(why) => return Some(Attribute::Dynamic(why.clone())),
        Found::Set(field) => field,
    };
    let (module, Val::List(items)) = look.settled(field.value).ok()? else {
        return Some(Attribute::Dynamic("is computed".to_owned()));
    };
    let file = |item: &Item| {
        let Item::One(Val::Imported(binding)) = item else { return None };
        let import = world.modules[module].bindings[*binding].import;
        let Target::Modules(modules) = &world.targets[module][import] else { return None };
        match place::of(world.folder, &world.modules[*modules.first()?].path)? {
            Place::Workflow(_, name) => Some(name.to_owned()),
            _ => None,
        }
    };
    let files: Option<Vec<String>> = items.iter().map(file).collect();
    Some(files.map_or_else(
        || Attribute::Dynamic("names classes that lie in no workflow's file".to_owned()),
        |files| Attribute::Value(json!(files)),
    ))
}

/// A digest of all that has no attribute of its own: URLs, headers, the inputs of a custom integration. Where something is
/// not plain data the file's whole source counts, without its imports.
fn rest<'w>(world: &'w World<'_>, look: &Look<'w, '_>, config: usize, fields: &Fields<'w>) -> Attribute {
    let all = match fields.all() {
        Ok(all) => all,
        Err(why) => return Attribute::Dynamic(why.clone()),
    };
    let told = |name: &str| TOLD.contains(&name) || name == ORDER || name == "scopes";
    let own = all.iter().filter(|field| !told(field.name)).map(|field| (field.name, field.value));
    let made = world.modules[config].own.made.values().map(|given| ("made", (config, given)));
    let mut parts: Vec<(&str, String)> = Vec::new();
    let mut is_plain = true;
    for (name, value) in own.chain(made) {
        if let Ok(json) = look.json(value) {
            parts.push((name, canonical::text(&json.unwrap_or_default())));
        } else {
            is_plain = false;
            parts.push((name, print(world, value).to_string()));
        }
    }
    // In the order of their names, and calls of one name in the order of the source.
    parts.sort_by_key(|(name, _)| *name);
    if !is_plain {
        parts.push(("source", without_imports(world, config)));
    }
    let mut hasher = Sha256::new();
    for part in parts.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Attribute::Value(json!(Digest::finish(hasher).as_str()))
}

fn without_imports(world: &World<'_>, module: usize) -> String {
    let end = u32::try_from(world.text(module).len()).unwrap_or(u32::MAX);
    let last = world.modules[module].imports.iter().filter(|import| import.form == Form::Value);
    let from = last.map(|import| import.statement.end).max().unwrap_or_default();
    source(world, module, Span::new(from.min(end), end))
}
