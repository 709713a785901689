//! A workflow: the class that a file in `workflows/` exports by default.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::class::{Class, Trigger};
use super::place::{self, Place};
use super::setting;
use super::world::{Look, World};
use crate::manifest::Attribute;
use crate::platform::typescript::look::{Placed, Why};
use crate::platform::typescript::value::Val;
use crate::platform::typescript::world::Target;

/// The attributes that say what starts a workflow.
pub(super) const TRIGGER: [&str; 4] = ["trigger", "on", "cron", "timezone"];

type Attributes = BTreeMap<String, Attribute>;

/// What a file's class says.
pub(super) struct Reader<'w, 't> {
    pub world: &'w World<'t>,
    pub look: Look<'w, 't>,
    pub module: usize,
    pub class: &'w Class,
}

impl<'w> Reader<'w, '_> {
    /// The id that Paragon gave it; `None` where there is none, or why it is not known.
    pub(super) fn id(&self) -> Result<Option<String>, Why> {
        match self.field("id") {
            None => Ok(None),
            Some(value) => Ok(self.look.json(value)?.and_then(|id| id.as_str().map(str::to_owned))),
        }
    }

    /// All that is compared.
    pub(super) fn attributes(&self) -> Attributes {
        let mut attributes = Attributes::new();
        let mut set = |name: &str, value: Attribute| attributes.insert(name.to_owned(), value);
        for name in ["name", "description"] {
            set(name, self.plain(name, json!("")));
        }
        for name in ["defaultEnabled", "hidden"] {
            set(name, self.plain(name, json!(false)));
        }
        let none = Attribute::Value(json!([]));
        set("inputs", self.field("inputs").map_or(none, |value| setting::settings(self.world, &self.look, value)));
        if let Some(secrets) = secrets(self.world, &self.look, self.world.closure([self.module], true)) {
            set("secrets", secrets);
        }
        match self.trigger() {
            Ok(told) => attributes.extend(told),
            Err(why) => {
                attributes.extend(TRIGGER.map(|name| (name.to_owned(), Attribute::Dynamic(why.clone()))));
            }
        }
        attributes
    }

    fn field(&self, name: &str) -> Option<Placed<'w>> {
        self.class.fields.get(name).map(|(value, _)| (self.module, value))
    }

    fn plain(&self, name: &str, absent: Value) -> Attribute {
        let Some(value) = self.field(name) else { return Attribute::Value(absent) };
        match self.look.json(value) {
            Ok(value) => Attribute::Value(value.unwrap_or(absent)),
            Err(why) => Attribute::Dynamic(why),
        }
    }

    fn trigger(&self) -> Result<Attributes, Why> {
        let (name, given, called) = match &self.class.trigger {
            None => return Err("is not seen: the class has no `define`".to_owned()),
            Some(Trigger::Code(why)) => return Err(why.clone()),
            Some(Trigger::Unselected) => return Ok(started("none", None)),
            Some(Trigger::Intent(intent)) => return Ok(started("integration", Some(intent.clone()))),
            Some(Trigger::Step { name, given, called }) => (name.as_str(), given, called.as_deref()),
        };
        Ok(match name {
            "EndpointStep" => started("endpoint", None),
            "IntegrationEnabledStep" => started("integration-enabled", None),
            "UnselectedStep" => started("none", None),
            "EventStep" => {
                let mut told = started("event", None);
                told.insert("on".to_owned(), self.event(given));
                told
            }
            "CustomTriggerStep" => started("custom", self.custom(given).or(called.map(str::to_owned))),
            "CronStep" => {
                let mut told = started("cron", None);
                for (property, name) in [("cron", "cron"), ("timezone", "timezone")] {
                    told.insert(name.to_owned(), self.property((self.module, given), property));
                }
                told
            }
            other => return Err(format!("is made by `new {other}`, which is no trigger that is known here")),
        })
    }

    fn event(&self, given: &'w Val) -> Attribute {
        self.property((self.module, given), "name")
    }

    fn property(&self, object: Placed<'w>, name: &str) -> Attribute {
        use crate::platform::typescript::look::Found;
        let fields = match self.look.object(object) {
            Ok(fields) => fields,
            Err(why) => return Attribute::Dynamic(why),
        };
        match fields.get(name) {
            Found::Absent => Attribute::Value(Value::Null),
            Found::Hidden(why) => Attribute::Dynamic(why.clone()),
            Found::Set(field) => match self.look.json(field.value) {
                Ok(value) => Attribute::Value(value.unwrap_or_default()),
                Err(why) => Attribute::Dynamic(why),
            },
        }
    }

    /// The file of a custom trigger's class.
    fn custom(&self, given: &Val) -> Option<String> {
        let Val::Imported(binding) = given else { return None };
        let import = self.world.modules[self.module].bindings[*binding].import;
        let Target::Modules(modules) = &self.world.targets[self.module][import] else { return None };
        let path = &self.world.modules[*modules.first()?].path;
        match place::of(self.world.folder, path) {
            Some(Place::Trigger(_, name)) => Some(name.to_owned()),
            _ => None,
        }
    }
}

/// What starts a workflow, with nothing said of a time.
pub(super) fn started(trigger: &str, on: Option<String>) -> Attributes {
    let on = on.map_or(Value::Null, Value::String);
    [("trigger", json!(trigger)), ("on", on), ("cron", Value::Null), ("timezone", Value::Null)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Attribute::Value(value)))
        .collect()
}

/// The secrets of the environment that these files ask for by name; `None` when they ask for none.
pub(super) fn secrets<'w>(
    world: &'w World<'_>,
    look: &Look<'w, '_>,
    modules: impl IntoIterator<Item = usize>,
) -> Option<Attribute> {
    let mut names = BTreeSet::new();
    for module in modules {
        for name in &world.modules[module].own.secrets {
            match look.json((module, name)) {
                Ok(Some(Value::String(name))) => names.insert(name),
                Ok(_) => return Some(Attribute::Dynamic("a secret's name is no text".to_owned())),
                Err(why) => return Some(Attribute::Dynamic(format!("a secret's name {why}"))),
            };
        }
    }
    (!names.is_empty()).then(|| Attribute::Value(json!(names)))
}
