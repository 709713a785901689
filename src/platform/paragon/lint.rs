//! What would not be built or pushed as it reads, found without running or installing anything.

use std::collections::BTreeMap;

use oxc_span::Span;
use serde_json::Value;

use super::class::Class;
use super::detect::core_version;
use super::place::{self, PACKAGE, PROJECT, Place};
use super::world::World;
use crate::finding::{Finding, Severity};
use crate::manifest::{Attribute, Manifest, Resource, ResourceId};
use crate::names::Place as At;
use crate::platform::parse::frame::Lines;
use crate::platform::typescript::module::Form;
use crate::platform::typescript::remark::{Reach, Remark};
use crate::platform::typescript::world::Target;
use crate::tree::join;

/// Where findings are put.
pub(super) struct Lint<'w, 't> {
    world: &'w World<'t>,
    findings: Vec<Finding>,
}

impl<'w, 't> Lint<'w, 't> {
    pub(super) fn new(world: &'w World<'t>) -> Self {
        Self { world, findings: Vec::new() }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// All findings, by place, with those of the files and of the project as a whole.
    pub(super) fn finish(mut self, manifest: &Manifest) -> Vec<Finding> {
        for module in 0..self.world.modules.len() {
            self.file(module);
        }
        self.project(manifest);
        self.findings.sort_by(|a, b| (&a.place, &a.code).cmp(&(&b.place, &b.code)));
        self.findings
    }

    fn put(&mut self, module: usize, remark: &Remark) {
        let path = &self.world.modules[module].path;
        self.findings.push(remark.finding(path, &Lines::new(self.world.text(module))));
    }

    fn file(&mut self, module: usize) {
        let world = self.world;
        let facts = &world.modules[module];
        // The build leaves drafts alone.
        let is_draft = place::of(world.folder, &facts.path) == Some(Place::Draft);
        for remark in &facts.remarks {
            let severity = if is_draft { Severity::Warning } else { remark.severity };
            self.put(module, &Remark { severity, ..remark.clone() });
        }
        for (import, target) in facts.imports.iter().zip(&world.targets[module]) {
            let shown = import.specifier.escape_debug();
            let says = match target {
                Target::Package | Target::Modules(_) => continue,
                Target::Missing => format!("`{shown}` is no file of this repository"),
                Target::Outside => format!("`{shown}` leads out of the repository"),
                Target::Unread(path) => {
                    let says = format!("`{}` is not read, so a change in it would not be seen", path.escape_debug());
                    self.put(module, &Remark::warning(Reach::Any, "import-unread", import.span, says));
                    continue;
                }
            };
            let code = if *target == Target::Missing { "import-missing" } else { "import-outside" };
            let remark = if is_draft || import.form == Form::Call {
                Remark::warning(Reach::Any, code, import.span, says)
            } else {
                Remark::error(Reach::Any, code, import.span, says)
            };
            self.put(module, &remark.help("correct the path, or commit the file"));
        }
    }

    fn project(&mut self, manifest: &Manifest) {
        let (tree, folder) = (self.world.tree, self.world.folder);
        let link = join(folder, PROJECT);
        let linked = tree.text(&link).and_then(|text| serde_json::from_str::<Value>(text).ok());
        if linked.as_ref().is_none_or(|link| link.get("projectId").and_then(Value::as_str).is_none_or(str::is_empty)) {
            let finding = Finding::warning("project-not-linked", format!("`{PROJECT}` does not name a `projectId`"));
            let finding = if tree.has(&link) { finding.at(At::file(link)) } else { finding };
            self.add(finding.help("commit the file that `para init` wrote: without it nothing can be pushed"));
        }
        let package = join(folder, PACKAGE);
        if let Some(asked) = core_version(tree.text(&package).map(|text| &**text))
            && semver::Version::parse(&asked).is_err()
            && !["package-lock.json", "yarn.lock", "pnpm-lock.yaml"].iter().any(|lock| tree.has(&join(folder, lock)))
        {
            let says = format!(
                "`@useparagon/core` is asked for as `{}`, and no lockfile says which one that is",
                asked.escape_debug()
            );
            let finding = Finding::warning("core-not-pinned", says).at(At::file(package));
            self.add(finding.help("commit a lockfile, or pin the version"));
        }
        if manifest.resources.is_empty() {
            let finding =
                Finding::error("nothing-declared", "no integration, workflow or event was found under `src/`");
            self.add(finding.help("a Paragraph project has `src/integrations/<type>/config.ts`"));
        }
    }

    pub(super) fn draft(&mut self, module: usize) {
        let says = "is a draft (`~`) and not built";
        self.put(
            module,
            &Remark { severity: Severity::Info, ..Remark::warning(Reach::Any, "draft", Span::default(), says) },
        );
    }

    pub(super) fn without_config(&mut self, name: &str, module: usize) {
        let says = format!("integration `{}` has no `config.ts`", name.escape_debug());
        let remark = Remark::error(Reach::Any, "config-missing", Span::default(), says);
        self.put(module, &remark.help("add `config.ts` beside it, or remove the folder"));
    }

    pub(super) fn no_class(&mut self, module: usize) {
        if self.world.modules[module].broken {
            return;
        }
        let remark =
            Remark::error(Reach::Any, "no-workflow", Span::default(), "exports no workflow's class by default");
        self.put(
            module,
            &remark.help("write `export default class extends Workflow<…> { … }`, or begin the file's name with `~`"),
        );
    }

    pub(super) fn no_id(&mut self, module: usize, class: &Class, why: Option<&str>) {
        let says = match why {
            Some(why) => format!("the workflow has an id which {why}, so it cannot be told from others"),
            None => "the workflow has no `id`, so it cannot be told from others".to_owned(),
        };
        let remark = Remark::error(Reach::Any, "workflow-id-missing", class.at("id"), says);
        self.put(module, &remark.help("make it by `para new workflow`, which gives it an id, and keep that for good"));
    }

    pub(super) fn id_taken(&mut self, module: usize, class: &Class, other: &Resource) {
        let place = other.place.as_ref().map(|place| place.path.clone()).unwrap_or_default();
        let says = format!("`{}` has this id too", place.escape_debug());
        let remark = Remark::error(Reach::Any, "workflow-id-taken", class.at("id"), says);
        self.put(module, &remark.help("make a copy by `para new workflow`, so that it gets an id of its own"));
    }

    pub(super) fn event_unread(&mut self, module: usize, why: &str) {
        if self.world.modules[module].broken {
            return;
        }
        let says = format!("the app event {why}, so it cannot be told from others");
        let remark = Remark::error(Reach::Any, "event-unread", Span::default(), says);
        self.put(
            module,
            &remark.help("write `const event: IEventInit<…> = { name: '…', schema: { … } }; export default event;`"),
        );
    }

    pub(super) fn event_taken(&mut self, module: usize, id: &ResourceId) {
        let says = format!("another file declares the app event `{}` too", id.id.escape_debug());
        self.put(
            module,
            &Remark::error(Reach::Any, "event-name-taken", Span::default(), says).help("give it another name"),
        );
    }

    /// What a workflow says that does not go together.
    pub(super) fn workflow(&mut self, module: usize, class: &Class, attributes: &BTreeMap<String, Attribute>) {
        let value = |name: &str| attributes.get(name).and_then(Attribute::value);
        let mut settings = value("inputs").and_then(Value::as_array).into_iter().flatten();
        let requires = settings.any(|setting| setting.get("required") == Some(&Value::Bool(true)));
        if requires && value("defaultEnabled") == Some(&Value::Bool(true)) {
            let says = "is enabled by default and has a required setting, which Paragon does not allow";
            let remark = Remark::warning(Reach::Any, "enabled-with-required-setting", class.at("defaultEnabled"), says);
            self.put(module, &remark.help("let the setting be optional, or let users enable the workflow"));
        }
        if value("trigger").and_then(Value::as_str) == Some("none") {
            let remark = Remark::warning(Reach::Any, "no-trigger", class.span, "has no trigger yet, so it never runs");
            self.put(module, &remark.help("choose one, or begin the file's name with `~` to keep it a draft"));
        }
    }
}
