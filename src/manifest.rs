//! What a project declares, or what a platform runs: resources with attributes, in one shape for both.
//!
//! A field that code decides only at run time is [`Attribute::Dynamic`], a field that an origin cannot know is
//! [`Attribute::Unread`]; neither is ever left out, so that a comparison never mistakes "not known" for "not there".

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::names::{Digest, Place};

/// A resource's identity within its project: the kind and the id, `sync` and `github/issues`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ResourceId {
    /// The platform's own word: `sync`, `action`, `on-event`, `function`, `dag`, `workflow`, …
    pub kind: String,
    /// The platform's own id; for Nango `integration/name`.
    pub id: String,
}

impl ResourceId {
    /// A resource id.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// What a person consents to: a resource, or one part of it (a model, an endpoint).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The resource.
    #[serde(flatten)]
    pub resource: ResourceId,
    /// The part, by its own name; absent when the whole resource is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part: Option<String>,
}

impl Subject {
    /// A whole resource.
    pub fn whole(resource: ResourceId) -> Self {
        Self { resource, part: None }
    }

    /// A part of a resource.
    pub fn part(resource: ResourceId, part: impl Into<String>) -> Self {
        Self { resource, part: Some(part.into()) }
    }
}

/// `sync:github/issues`, or `sync:github/issues#Issue` for a part: the unambiguous spelling that `consent` takes.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        match &self.part {
            Some(part) => write!(f, "#{part}"),
            None => Ok(()),
        }
    }
}

/// One field of a resource, under the platform's wire name.
///
/// In JSON the value itself, or `{"dynamic": why}`, or `{"unread": why}`. A real object that has this very shape is
/// written `{"value": …}`, so that reading gives back what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// Known.
    Value(Value),
    /// Decided only when the code runs; why.
    Dynamic(String),
    /// This origin cannot know it; why.
    Unread(String),
}

impl Attribute {
    /// The value, if it is known.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Dynamic(_) | Self::Unread(_) => None,
        }
    }
}

const MARKS: [&str; 3] = ["dynamic", "unread", "value"];

fn is_marked(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| MARKS.contains(&key.as_str()))
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(Value::Object(map)) if is_marked(map) => BTreeMap::from([("value", map)]).serialize(serializer),
            Self::Value(value) => value.serialize(serializer),
            Self::Dynamic(why) => BTreeMap::from([("dynamic", why)]).serialize(serializer),
            Self::Unread(why) => BTreeMap::from([("unread", why)]).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let Value::Object(map) = &value else { return Ok(Self::Value(value)) };
        if !is_marked(map) {
            return Ok(Self::Value(value));
        }
        Ok(match map.iter().next() {
            Some((key, Value::String(why))) if key == "dynamic" => Self::Dynamic(why.clone()),
            Some((key, Value::String(why))) if key == "unread" => Self::Unread(why.clone()),
            Some((key, inner)) if key == "value" => Self::Value(inner.clone()),
            _ => Self::Value(value),
        })
    }
}

impl JsonSchema for Attribute {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Attribute".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The field's value; {\"dynamic\": why} when code decides it at run time; {\"unread\": why} when it could not be known; {\"value\": …} around a real object of such a shape."
        })
    }
}

/// One thing the platform runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// What it is called.
    #[serde(flatten)]
    pub id: ResourceId,
    /// Its fields under the platform's wire names.
    pub attributes: BTreeMap<String, Attribute>,
    /// Digest of its entry file and every local file that it imports, also outside the project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fingerprint: Option<Digest>,
    /// Digest of what it was compiled to. Only like is compared with like.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub artefact: Option<Digest>,
    /// Where it is declared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
}

/// Where a manifest came from: it decides what its fields can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Read from source, nothing executed.
    Source,
    /// Refined by the platform's own compiler.
    Built,
    /// Read from the platform.
    Live,
}

/// All resources of one project at one commit, or of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Where it came from.
    pub origin: Origin,
    /// The resources by identity.
    pub resources: BTreeMap<ResourceId, Resource>,
}

impl Manifest {
    /// A manifest of these resources; of two with one identity the later stays.
    pub fn new(origin: Origin, resources: impl IntoIterator<Item = Resource>) -> Self {
        let resources = resources.into_iter().map(|resource| (resource.id.clone(), resource)).collect();
        Self { origin, resources }
    }

    /// A manifest without resources.
    pub fn empty(origin: Origin) -> Self {
        Self { origin, resources: BTreeMap::new() }
    }

    /// Every identity that is here or there, in order, with what each side has of it. One walk, however large they are.
    pub fn beside<'a>(
        &'a self,
        there: &'a Self,
    ) -> impl Iterator<Item = (Option<&'a Resource>, Option<&'a Resource>)> + use<'a> {
        let (mut here, mut there) = (self.resources.values().peekable(), there.resources.values().peekable());
        std::iter::from_fn(move || {
            let order = match (here.peek(), there.peek()) {
                (Some(a), Some(b)) => a.id.cmp(&b.id),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return None,
            };
            let mine = if order.is_le() { here.next() } else { None };
            Some((mine, if order.is_ge() { there.next() } else { None }))
        })
    }
}

/// A manifest in JSON: a list, since an identity of two parts is no JSON key.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Manifest")]
struct Wire {
    origin: Origin,
    resources: Vec<Resource>,
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Borrowed<'a> {
            origin: Origin,
            resources: Vec<&'a Resource>,
        }
        Borrowed { origin: self.origin, resources: self.resources.values().collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self::new(wire.origin, wire.resources))
    }
}

impl JsonSchema for Manifest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Wire::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}

/// Something that is known, or the reason why it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Known<T> {
    /// Known.
    Yes(T),
    /// Not known; why.
    No(String),
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::No(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use serde_json::json;

    #[test]
    fn an_attribute_reads_back_as_it_was_written() {
        for attribute in [
            Attribute::Value(json!("every hour")),
            Attribute::Value(json!({"dynamic": "a real value of this shape"})),
            Attribute::Value(json!({"value": {"value": 1}})),
            Attribute::Value(json!({"dynamic": 1})),
            Attribute::Dynamic("read from process.env".into()),
            Attribute::Unread("the key lacks a scope".into()),
        ] {
            let text = serde_json::to_string(&attribute).unwrap();
            assert_eq!(serde_json::from_str::<Attribute>(&text).unwrap(), attribute, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn two_manifests_are_walked_side_by_side(here in names(), there in names()) {
            let manifest = |names: &BTreeSet<u8>| {
                Manifest::new(Origin::Source, names.iter().map(|name| bare(ResourceId::new("sync", name.to_string()))))
            };
            let (mine, other) = (manifest(&here), manifest(&there));
            let walked: Vec<_> = mine.beside(&other).map(|(a, b)| (a.map(|of| &of.id), b.map(|of| &of.id))).collect();
            let all: BTreeSet<&ResourceId> = mine.resources.keys().chain(other.resources.keys()).collect();
            let of = |side: &Manifest, id| side.resources.get_key_value(id).map(|(id, _)| id.clone());
            let looked_up: Vec<_> = all.iter().map(|id| (of(&mine, *id), of(&other, *id))).collect();
            proptest::prop_assert_eq!(walked, looked_up.iter().map(|(a, b)| (a.as_ref(), b.as_ref())).collect::<Vec<_>>());
        }
    }

    fn bare(id: ResourceId) -> Resource {
        Resource { id, attributes: BTreeMap::new(), fingerprint: None, artefact: None, place: None }
    }

    fn names() -> impl proptest::strategy::Strategy<Value = BTreeSet<u8>> {
        proptest::collection::btree_set(0_u8..20, 0..12)
    }

    #[test]
    fn a_subject_spells_what_consent_takes() {
        let sync = ResourceId::new("sync", "github/issues");
        assert_eq!(Subject::whole(sync.clone()).to_string(), "sync:github/issues");
        assert_eq!(Subject::part(sync, "Issue").to_string(), "sync:github/issues#Issue");
    }
}
