//! From a project's files to its manifest, its findings and the sources it consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use oxc_span::Span;
use serde_json::Value;

use super::built::{self, Built};
use super::event;
use super::integration;
use super::lint::Lint;
use super::place::{self, BUILD, PACKAGE, PROJECT, Place};
use super::workflow::Reader;
use super::world::{Look, World, read};
use crate::artefact::Artefact;
use crate::finding::Finding;
use crate::manifest::{Attribute, Manifest, Origin, Resource, ResourceId};
use crate::platform::Extracted;
use crate::platform::parse::Room;
use crate::platform::typescript::look::Found;
use crate::platform::typescript::remark;
use crate::tree::{Tree, join};
use crate::work::Project;

/// Reads a project's integrations, workflows and events, and what is to be said about them. Nothing is executed.
pub fn extract(project: &Project, tree: &Tree) -> Extracted {
    let room = match Room::open() {
        Ok(room) => room,
        Err(problem) => {
            let finding = Finding::error("parser-failed", problem.to_string());
            return Extracted { manifest: Manifest::empty(Origin::Source), findings: vec![finding] };
        }
    };
    let world = read(tree, &project.path, &room);
    let mut reading = Reading { world: &world, resources: BTreeMap::new(), lint: Lint::new(&world) };
    reading.all();
    let Reading { resources, mut lint, .. } = reading;
    let mut manifest = Manifest { origin: Origin::Source, resources };
    match built::read(tree, &project.path) {
        None => {}
        Some(Err(finding)) => lint.add(finding),
        // Only the build is kept: it is all there is.
        Some(Ok(Built { manifest: built, .. })) if world.modules.is_empty() => manifest = built,
        Some(Ok(built)) => {
            built.findings(&manifest).into_iter().for_each(|finding| lint.add(finding));
            built.refine(&mut manifest);
        }
    }
    Extracted { findings: lint.finish(&manifest), manifest }
}

/// What would be deployed: every file that a built resource consists of, and what says which project it is.
pub fn sources(project: &Project, tree: &Tree) -> Artefact {
    let mut paths: BTreeSet<String> = [PACKAGE, PROJECT, BUILD].map(|name| join(&project.path, name)).into();
    if let Ok(room) = Room::open() {
        let world = read(tree, &project.path, &room);
        let is_entry =
            |path: &str| !matches!(place::of(world.folder, path), None | Some(Place::Draft | Place::Other(_)));
        let entries = (0..world.modules.len()).filter(|module| is_entry(&world.modules[*module].path));
        paths.extend(world.closure(entries, false).into_iter().map(|module| world.modules[module].path.clone()));
    }
    let text = |path: String| tree.text(&path).map(|text| (path, Arc::from(text.as_bytes())));
    Artefact::new(paths.into_iter().filter_map(text).collect::<BTreeMap<_, _>>())
}

/// A project as it is read.
struct Reading<'w, 't> {
    world: &'w World<'t>,
    resources: BTreeMap<ResourceId, Resource>,
    lint: Lint<'w, 't>,
}

/// The two files of an integration.
#[derive(Default)]
struct Files {
    config: Option<usize>,
    inputs: Option<usize>,
    any: Option<usize>,
}

impl Reading<'_, '_> {
    fn all(&mut self) {
        let world = self.world;
        let mut integrations: BTreeMap<&str, Files> = BTreeMap::new();
        for (module, facts) in world.modules.iter().enumerate() {
            match place::of(world.folder, &facts.path) {
                Some(Place::Config(name)) => integrations.entry(name).or_default().config = Some(module),
                Some(Place::Inputs(name)) => integrations.entry(name).or_default().inputs = Some(module),
                Some(Place::Workflow(name, file)) => {
                    integrations.entry(name).or_default().any.get_or_insert(module);
                    self.workflow(module, name, file);
                }
                Some(Place::Trigger(name, file)) => {
                    integrations.entry(name).or_default().any.get_or_insert(module);
                    self.coded(module, &ResourceId::new("trigger", format!("{name}/{file}")));
                }
                Some(Place::Event) => self.event(module),
                Some(Place::Resource(name)) => self.coded(module, &ResourceId::new("resource", name)),
                Some(Place::Persona) => self.persona(module),
                Some(Place::Draft) => self.lint.draft(module),
                Some(Place::Other(_)) | None => {}
            }
        }
        for (name, files) in integrations {
            self.integration(name, &files);
        }
    }

    fn integration(&mut self, name: &str, files: &Files) {
        let Some(module) = files.config.or(files.inputs).or(files.any) else { return };
        if files.config.is_none() {
            self.lint.without_config(name, module);
        }
        let attributes = integration::attributes(self.world, files.config, files.inputs);
        let print = files.config.filter(|config| self.world.modules[*config].broken);
        self.add(ResourceId::new("integration", name), attributes, module, Span::default());
        // Of a config that cannot be parsed nothing else tells that it changed.
        if let (Some(config), Some(resource)) = (print, self.resources.get_mut(&ResourceId::new("integration", name))) {
            resource.fingerprint = self.world.fingerprint(config);
        }
    }

    fn workflow(&mut self, module: usize, integration: &str, file: &str) {
        let world = self.world;
        let Some(class) = &world.modules[module].own.class else {
            self.lint.no_class(module);
            return;
        };
        let reader = Reader { world, look: Look::new(world), module, class };
        let id = match reader.id() {
            Ok(Some(id)) if !id.is_empty() => id,
            Ok(_) => return self.lint.no_id(module, class, None),
            Err(why) => return self.lint.no_id(module, class, Some(&why)),
        };
        let id = ResourceId::new("workflow", format!("{integration}/{id}"));
        if let Some(other) = self.resources.get(&id) {
            return self.lint.id_taken(module, class, other);
        }
        let mut attributes = reader.attributes();
        attributes.insert("file".to_owned(), Attribute::Value(file.into()));
        self.lint.workflow(module, class, &attributes);
        self.add(id.clone(), attributes, module, class.span);
        self.print(&id, module);
    }

    fn event(&mut self, module: usize) {
        let (world, look) = (self.world, Look::new(self.world));
        let exported = integration::exported(world, module).ok_or_else(|| "is not exported by default".to_owned());
        let fields = match exported.and_then(|value| look.object(value)) {
            Ok(fields) => fields,
            Err(why) => return self.lint.event_unread(module, &why),
        };
        let name = match fields.get("name") {
            Found::Set(field) => look.json(field.value),
            Found::Absent => Ok(None),
            Found::Hidden(why) => Err(why.clone()),
        };
        let name = match name {
            Ok(Some(Value::String(name))) if !name.is_empty() => name,
            Ok(_) => return self.lint.event_unread(module, "has no `name`"),
            Err(why) => return self.lint.event_unread(module, &format!("has a name that {why}")),
        };
        let id = ResourceId::new("event", name);
        if self.resources.contains_key(&id) {
            return self.lint.event_taken(module, &id);
        }
        let schema = match fields.get("schema") {
            Found::Absent => Attribute::Value(Value::Null),
            Found::Hidden(why) => Attribute::Dynamic(why.clone()),
            Found::Set(field) => match look.json(field.value) {
                Ok(sample) => Attribute::Value(sample.map_or(Value::Null, |sample| event::shape(&sample))),
                Err(why) => Attribute::Dynamic(why),
            },
        };
        self.add(id, BTreeMap::from([("schema".to_owned(), schema)]), module, Span::default());
    }

    fn persona(&mut self, module: usize) {
        let look = Look::new(self.world);
        let schema = match integration::exported(self.world, module).map(|value| look.json(value)) {
            Some(Ok(sample)) => Attribute::Value(sample.map_or(Value::Null, |sample| event::shape(&sample))),
            Some(Err(why)) => Attribute::Dynamic(why),
            None => Attribute::Dynamic("is not exported by default".to_owned()),
        };
        let attributes = BTreeMap::from([("schema".to_owned(), schema)]);
        self.add(ResourceId::new("persona", "metadata"), attributes, module, Span::default());
    }

    /// A resource of which only its code is compared.
    fn coded(&mut self, module: usize, id: &ResourceId) {
        self.add(id.clone(), BTreeMap::new(), module, Span::default());
        self.print(id, module);
    }

    fn print(&mut self, id: &ResourceId, module: usize) {
        if let Some(resource) = self.resources.get_mut(id) {
            resource.fingerprint = self.world.fingerprint(module);
        }
    }

    fn add(&mut self, id: ResourceId, attributes: BTreeMap<String, Attribute>, module: usize, span: Span) {
        let place = remark::at(&self.world.modules[module].path, self.world.text(module), span);
        let resource = Resource { id: id.clone(), attributes, fingerprint: None, artefact: None, place: Some(place) };
        self.resources.insert(id, resource);
    }
}
