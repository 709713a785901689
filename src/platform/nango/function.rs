//! One function of a project: who it is, and what it declares under Nango's wire names.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::index::Entry;
use super::look::{Fields, Found, Look, Placed};
use super::mapped::{endpoint, endpoints, limits, nullish, requires, truthy};
use super::module::{Declared, Kind, Own};
use super::print::print;
use super::value::Val;
use super::world::World;
use crate::manifest::{Attribute, Resource, ResourceId};

/// Why the JSON schemas are not in a manifest that was read from source.
const AFTER_COMPILE: &str = "known after `nango compile`";

/// A function that `index.ts` deploys, or that lies where functions lie.
pub(super) struct Function<'w> {
    /// Its file.
    pub module: usize,
    /// The import that deploys it; absent when none does.
    pub entry: Option<&'w Entry>,
    /// Its path from the project.
    pub path: String,
    /// Its kind.
    pub kind: Kind,
    /// The integration's key: the first folder.
    pub integration: String,
    /// The file's name without its extension.
    pub name: String,
    /// What it declares; absent when its file cannot be parsed.
    pub declared: Option<&'w Declared>,
    /// The properties it declares, spreads worked in.
    pub fields: Fields<'w>,
    /// Its attributes.
    pub attributes: BTreeMap<String, Attribute>,
}

impl Function<'_> {
    /// Its identity.
    pub(super) fn id(&self) -> ResourceId {
        ResourceId::new(self.kind.word(), format!("{}/{}", self.integration, self.name))
    }

    /// An attribute's value, where it is known.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name).and_then(Attribute::value)
    }

    /// The texts in an attribute that is a list of texts, where it is known.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.value(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}

/// Reads a function's attributes; for a file that cannot be parsed all of them are unread, so that nothing looks removed.
pub(super) fn attributes(world: &World<'_>, function: &Function<'_>) -> BTreeMap<String, Attribute> {
    let Some(_) = function.declared else {
        let why =
            if world.modules[function.module].unread { "the file cannot be read" } else { "the file cannot be parsed" };
        let unread = |name: &&str| ((*name).to_owned(), Attribute::Unread(why.to_owned()));
        return names(function.kind).iter().map(unread).collect();
    };
    let reader = Reader { world, look: Look::new(world), function };
    let mut attributes = match function.kind {
        Kind::Sync => reader.sync(),
        Kind::Action => reader.action(),
        Kind::OnEvent => reader.on_event(),
        Kind::Function => reader.function(),
    };
    if let Some(secrets) = reader.secrets() {
        attributes.insert("secrets".to_owned(), secrets);
    }
    attributes
}

/// The resource of a function.
pub(super) fn resource(world: &World<'_>, function: &Function<'_>) -> Resource {
    let text = world.text(function.module);
    let path = &world.modules[function.module].path;
    let statement = function.declared.map_or_else(Default::default, |declared| declared.statement);
    Resource {
        id: function.id(),
        attributes: function.attributes.clone(),
        fingerprint: world.fingerprint(function.module),
        artefact: None,
        place: Some(super::remark::at(path, text, statement)),
    }
}

/// The attributes of a kind.
fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Sync => &[
            "description",
            "version",
            "scopes",
            "runs",
            "auto_start",
            "sync_type",
            "track_deletes",
            "endpoints",
            "models",
            "input",
            "webhookSubscriptions",
            "features",
            "json_schema",
            "model_prints",
        ],
        Kind::Action => &[
            "description",
            "version",
            "scopes",
            "endpoint",
            "models",
            "input",
            "features",
            "json_schema",
            "model_prints",
        ],
        Kind::OnEvent => &["description", "event"],
        Kind::Function => &[
            "description",
            "trigger",
            "requires",
            "limits",
            "models",
            "input",
            "output",
            "json_schema",
            "model_prints",
        ],
    }
}

type Attributes = BTreeMap<String, Attribute>;

struct Reader<'f, 'w, 't> {
    world: &'w World<'t>,
    look: Look<'w, 't, Own>,
    function: &'f Function<'w>,
}

impl<'w> Reader<'_, 'w, '_> {
    fn sync(&self) -> Attributes {
        let (models, mut prints) = self.models(self.function.fields.get("models"));
        let input = self.named_schema("metadata", "SyncMetadata", &mut prints);
        self.common([
            ("runs", self.read("frequency", Option::unwrap_or_default)),
            ("auto_start", self.read("autoStart", |value| json!(value == Some(Value::Bool(true))))),
            ("sync_type", self.read("syncType", |value| truthy(value).unwrap_or_else(|| json!("full")))),
            ("track_deletes", self.read("trackDeletes", |value| json!(value == Some(Value::Bool(true))))),
            ("endpoints", self.read("endpoints", |value| nullish(value).map_or_else(|| json!([]), endpoints))),
            ("models", models),
            ("input", input),
            (
                "webhookSubscriptions",
                self.read("webhookSubscriptions", |value| truthy(value).unwrap_or_else(|| json!([]))),
            ),
            ("version", self.version()),
            ("scopes", self.scopes()),
            ("features", self.features()),
            ("json_schema", Attribute::Unread(AFTER_COMPILE.to_owned())),
            ("model_prints", prints.into()),
        ])
    }

    fn action(&self) -> Attributes {
        let mut prints = Prints::default();
        let input = self.schema("input", self.generated("ActionInput"), &mut prints);
        let output = self.schema("output", self.generated("ActionOutput"), &mut prints);
        self.common([
            ("endpoint", self.read("endpoint", |value| nullish(value).map_or(Value::Null, endpoint))),
            ("models", Attribute::Value(json!([output]))),
            ("input", Attribute::Value(json!(input))),
            ("version", self.version()),
            ("scopes", self.scopes()),
            ("features", self.features()),
            ("json_schema", Attribute::Unread(AFTER_COMPILE.to_owned())),
            ("model_prints", prints.into()),
        ])
    }

    fn on_event(&self) -> Attributes {
        self.common([("event", self.read("event", Option::unwrap_or_default))])
    }

    fn function(&self) -> Attributes {
        let data = match self.function.fields.get("data") {
            Found::Set(field) => self.look.object(field.value),
            Found::Absent => Ok(Fields::default()),
            Found::Hidden(why) => Err(why.clone()),
        };
        let (models, mut prints) = match &data {
            Ok(data) => self.models(data.get("models")),
            Err(why) => (Attribute::Dynamic(why.clone()), Prints::Unknown(why.clone())),
        };
        let input = self.named_schema("input", "FunctionInput", &mut prints);
        let output = self.named_schema("output", "FunctionOutput", &mut prints);
        let trigger = self.read("trigger", |value| nullish(value).unwrap_or_else(|| json!({"kind": "none"})));
        let requires = self.read("requires", |value| requires(value.as_ref()));
        let limits = match (&trigger, &requires) {
            (Attribute::Value(trigger), Attribute::Value(requires)) => {
                self.read("limits", |value| limits(value.as_ref(), trigger, requires))
            }
            (Attribute::Value(_), unknown) | (unknown, _) => unknown.clone(),
        };
        self.common([
            ("trigger", trigger),
            ("requires", requires),
            ("limits", limits),
            ("models", models),
            ("input", input),
            ("output", output),
            ("json_schema", Attribute::Unread(AFTER_COMPILE.to_owned())),
            ("model_prints", prints.into()),
        ])
    }

    fn common<const N: usize>(&self, own: [(&str, Attribute); N]) -> Attributes {
        let description = ("description", self.read("description", Option::unwrap_or_default));
        own.into_iter().chain([description]).map(|(name, attribute)| (name.to_owned(), attribute)).collect()
    }

    /// A property as the compiler maps it; the mapping gets `None` for what is absent or `undefined`.
    fn read(&self, property: &str, map: impl FnOnce(Option<Value>) -> Value) -> Attribute {
        match self.function.fields.get(property) {
            Found::Absent => Attribute::Value(map(None)),
            Found::Hidden(why) => Attribute::Dynamic(why.clone()),
            Found::Set(field) => match self.look.json(field.value) {
                Ok(value) => Attribute::Value(map(value)),
                Err(why) => Attribute::Dynamic(why),
            },
        }
    }

    fn version(&self) -> Attribute {
        self.read("version", |value| truthy(value).unwrap_or_else(|| json!("")))
    }

    fn scopes(&self) -> Attribute {
        self.read("scopes", |value| truthy(value).unwrap_or_else(|| json!([])))
    }

    fn features(&self) -> Attribute {
        Attribute::Value(if self.world.modules[self.function.module].own.checkpoints {
            json!(["checkpoints"])
        } else {
            json!([])
        })
    }

    /// The name that the compiler generates: the key with `_` for what is no letter or digit, the file's name without that.
    fn generated(&self, prefix: &str) -> String {
        let key: String = self
            .function
            .integration
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
            .collect();
        let name: String = self.function.name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{prefix}_{key}_{name}")
    }

    /// The names of an object of schemas, and their prints.
    fn models(&self, found: Found<'_, 'w>) -> (Attribute, Prints) {
        let fields = match found {
            Found::Absent => return (Attribute::Value(json!([])), Prints::default()),
            Found::Hidden(why) => Err(why.clone()),
            Found::Set(field) => self.look.object(field.value),
        };
        match fields.as_ref().map_err(Clone::clone).and_then(|fields| fields.all().map_err(Clone::clone)) {
            Ok(list) => {
                let names: Vec<&str> = list.iter().map(|field| field.name).collect();
                let prints = list.iter().map(|field| (field.name.to_owned(), self.print(field.value))).collect();
                (Attribute::Value(json!(names)), Prints::Known(prints))
            }
            Err(why) => (Attribute::Dynamic(why.clone()), Prints::Unknown(why)),
        }
    }

    /// A generated model's name with its print; `null` where the property is absent.
    fn named_schema(&self, property: &str, prefix: &str, prints: &mut Prints) -> Attribute {
        match self.function.fields.get(property) {
            Found::Absent => Attribute::Value(Value::Null),
            Found::Hidden(why) => Attribute::Dynamic(why.clone()),
            Found::Set(field) if matches!(self.look.settled(field.value), Ok((_, Val::Undefined | Val::Null))) => {
                Attribute::Value(Value::Null)
            }
            Found::Set(field) => {
                let name = self.generated(prefix);
                prints.add(&name, self.print(field.value));
                Attribute::Value(json!(name))
            }
        }
    }

    /// A model that always is: its name, with its print where it can be made.
    fn schema(&self, property: &str, name: String, prints: &mut Prints) -> String {
        match self.function.fields.get(property) {
            Found::Set(field) => prints.add(&name, self.print(field.value)),
            Found::Hidden(why) => *prints = Prints::Unknown(why.clone()),
            Found::Absent => {}
        }
        name
    }

    fn print(&self, value: Placed<'w>) -> Value {
        json!(print(self.world, value).as_str())
    }

    /// The environment variables that the function and what it imports look for by name; absent when they ask for none.
    fn secrets(&self) -> Option<Attribute> {
        let files = self.world.closure([self.function.module], true);
        let asked: Vec<usize> =
            files.into_iter().filter(|module| self.world.modules[*module].own.secrets.asked).collect();
        let mut names = std::collections::BTreeSet::new();
        for module in &asked {
            for name in &self.world.modules[*module].own.secrets.names {
                match self.look.json((*module, name)) {
                    Ok(Some(Value::String(name))) => names.insert(name),
                    Ok(_) => continue,
                    Err(why) => return Some(Attribute::Dynamic(format!("a variable's name {why}"))),
                };
            }
        }
        let unknown = || Attribute::Dynamic("variables are read, by names that cannot be seen".to_owned());
        let known = if names.is_empty() { unknown() } else { Attribute::Value(json!(names)) };
        (!asked.is_empty()).then_some(known)
    }
}

/// Prints by model name.
enum Prints {
    Known(Map<String, Value>),
    Unknown(String),
}

impl Default for Prints {
    fn default() -> Self {
        Self::Known(Map::new())
    }
}

impl Prints {
    fn add(&mut self, name: &str, print: Value) {
        if let Self::Known(prints) = self {
            prints.insert(name.to_owned(), print);
        }
    }
}

impl From<Prints> for Attribute {
    fn from(prints: Prints) -> Self {
        match prints {
            Prints::Known(prints) => Self::Value(Value::Object(prints)),
            Prints::Unknown(why) => Self::Dynamic(why),
        }
    }
}
