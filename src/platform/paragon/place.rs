//! The layout of a Paragraph project: what a file is by where it lies.

use crate::platform::typescript::paths;

/// The link to the project at Paragon.
pub(super) const PROJECT: &str = ".para/project.json";
/// What `para build` writes.
pub(super) const BUILD: &str = "out/build.json";
/// The package file.
pub(super) const PACKAGE: &str = "package.json";
/// Where the sources lie.
pub(super) const SOURCE: &str = "src";

/// What a source file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// `src/integrations/<type>/config.ts`
    Config(&'p str),
    /// `src/integrations/<type>/inputs.ts`
    Inputs(&'p str),
    /// `src/integrations/<type>/workflows/<name>.ts`
    Workflow(&'p str, &'p str),
    /// `src/integrations/<type>/triggers/<name>.ts`
    Trigger(&'p str, &'p str),
    /// A workflow or trigger whose name begins with `~`: it is not built.
    Draft,
    /// `src/events/<name>.ts`
    Event,
    /// `src/resources/<name>/config.ts`
    Resource(&'p str),
    /// `src/persona.meta.ts`
    Persona,
    /// Something else, of the integration in whose folder it lies.
    Other(Option<&'p str>),
}

/// What a file is, by its path from the repository's root.
pub(super) fn of<'p>(folder: &str, path: &'p str) -> Option<Place<'p>> {
    let inner = paths::below(folder, path)?.strip_prefix(SOURCE)?.strip_prefix('/')?;
    let parts: Vec<&str> = inner.split('/').collect();
    Some(match parts.as_slice() {
        ["integrations", integration, "config.ts"] => Place::Config(integration),
        ["integrations", integration, "inputs.ts"] => Place::Inputs(integration),
        ["integrations", integration, kind @ ("workflows" | "triggers"), file] => match file.strip_suffix(".ts") {
            None => Place::Other(Some(integration)),
            Some(name) if name.starts_with('~') => Place::Draft,
            Some(name) if *kind == "workflows" => Place::Workflow(integration, name),
            Some(name) => Place::Trigger(integration, name),
        },
        ["integrations", integration, _, ..] => Place::Other(Some(integration)),
        ["events", name] if name.ends_with(".ts") => Place::Event,
        ["resources", name, "config.ts"] => Place::Resource(name),
        ["persona.meta.ts"] => Place::Persona,
        _ => Place::Other(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_tells_what_a_file_is() {
        for (path, expected) in [
            ("p/src/integrations/slack/config.ts", Some(Place::Config("slack"))),
            ("p/src/integrations/custom.crm/inputs.ts", Some(Place::Inputs("custom.crm"))),
            ("p/src/integrations/slack/workflows/New task.ts", Some(Place::Workflow("slack", "New task"))),
            ("p/src/integrations/slack/workflows/~New task.ts", Some(Place::Draft)),
            ("p/src/integrations/slack/workflows/deep/x.ts", Some(Place::Other(Some("slack")))),
            ("p/src/integrations/slack/triggers/posted.ts", Some(Place::Trigger("slack", "posted"))),
            ("p/src/events/New Task.ts", Some(Place::Event)),
            ("p/src/resources/tasks/config.ts", Some(Place::Resource("tasks"))),
            ("p/src/persona.meta.ts", Some(Place::Persona)),
            ("p/src/shared/steps.ts", Some(Place::Other(None))),
            ("q/src/events/x.ts", None),
        ] {
            assert_eq!(of("p", path), expected, "{path}");
        }
    }
}
