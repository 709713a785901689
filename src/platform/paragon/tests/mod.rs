//! The whole of reading, on small projects in memory.

mod built;
mod findings;

use serde_json::{Value, json};

use super::*;
use crate::context::inputs::CommandChoice;
use crate::finding::Finding;
use crate::manifest::{Attribute, Resource, ResourceId};
use crate::names::ProjectId;

/// What every project in order has.
pub(super) const AROUND: [(&str, &str); 3] = [
    (".para/project.json", r#"{"projectId": "7011260a-9672-46a9-a527-845371266b3f"}"#),
    ("package.json", r#"{"dependencies": {"@useparagon/core": "1.0.21"}}"#),
    (
        "src/integrations/salesforce/config.ts",
        "import { IIntegrationConfig } from '@useparagon/core/integration';\nimport Sync from './workflows/Sync contacts';\nconst config: IIntegrationConfig = { description: 'Sync', showWatermark: true, workflowDisplayOrder: [Sync] };\nexport default config;\n",
    ),
];

pub(super) fn project(path: &str) -> Project {
    Project {
        id: ProjectId::new("crm").unwrap(),
        path: path.to_owned(),
        platform: PlatformName::Paragon,
        test_command: CommandChoice::Auto,
        install_command: CommandChoice::Auto,
        command: None,
        astro: crate::context::config::astro::AstroSpec::default(),
    }
}

/// A project of these files, and of what every project has; a text of `-` takes such a file away.
pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    let all: std::collections::BTreeMap<&str, &str> = AROUND.iter().chain(files).copied().collect();
    Tree::of_texts(all.into_iter().filter(|(_, text)| *text != "-"))
}

pub(super) fn read(files: &[(&str, &str)]) -> Extracted {
    extract(&project(""), &tree(files))
}

/// A workflow that `begin` starts, with these fields beside its id and name.
pub(super) fn workflow(imports: &str, begin: &str, fields: &str) -> String {
    format!(
        "import {{ CronStep, EventStep, EndpointStep as Ask, Workflow }} from '@useparagon/core';\n{imports}\nexport default class extends Workflow<ISalesforceIntegration> {{\n  define(integration, context) {{\n    const triggerStep = {begin};\n    const next = new FunctionStep({{ code: (a) => a, token: `${{context.getEnvironmentSecret('API_SECRET')}}` }});\n    triggerStep.nextStep(next);\n    return this.register({{ triggerStep, next }});\n  }}\n  name: string = 'Sync contacts';\n  description: string = 'Keeps contacts in step';\n  {fields}\n  readonly id: string = 'd82119e3-ede9-4aa5-8883-a8ae0b846450';\n}}\n"
    )
}

const PATH: &str = "src/integrations/salesforce/workflows/Sync contacts.ts";
const ID: &str = "salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450";

/// The one workflow, with the findings about it.
fn read_workflow(text: &str, others: &[(&str, &str)]) -> (Resource, Vec<Finding>) {
    let files: Vec<(&str, &str)> = [(PATH, text)].into_iter().chain(others.iter().copied()).collect();
    let mut extracted = read(&files);
    let resource = extracted.manifest.resources.remove(&ResourceId::new("workflow", ID));
    (resource.unwrap_or_else(|| panic!("{:?}", extracted.findings)), extracted.findings)
}

fn value(resource: &Resource, name: &str) -> Value {
    match resource.attributes.get(name) {
        Some(Attribute::Value(value)) => value.clone(),
        Some(Attribute::Dynamic(why)) => json!(format!("dynamic: {why}")),
        Some(Attribute::Unread(why)) => json!(format!("unread: {why}")),
        None => json!("absent"),
    }
}

/// `error code path:line:column`
pub(super) fn told(findings: &[Finding]) -> Vec<String> {
    let told = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {} {place}", format!("{:?}", finding.severity).to_lowercase(), finding.code)
    };
    findings.iter().map(told).collect()
}

#[test]
fn a_project_is_read_with_all_that_it_declares() {
    let sync = workflow("", "new CronStep({ cron: '0 9 * * *', timezone: 'UTC' })", "defaultEnabled: boolean = true;");
    let extracted = read(&[
        (PATH, &sync),
        ("src/integrations/salesforce/workflows/~New idea.ts", "export default 1;"),
        (
            "src/integrations/salesforce/inputs.ts",
            "import { createInputs } from '@useparagon/integrations/salesforce';\nconst inputs = createInputs({ mapping: { id: '8eddc0e2', title: 'Field Mapping', tooltip: 't', required: true, type: 'field_mapping' } });\nexport default inputs;\n",
        ),
        (
            "src/integrations/custom.whereby/config.ts",
            "export const inputs = createConfigInputs({ key: { id: '1', type: 'password' } });\nconst config = { name: 'Whereby', authenticationType: 'oauth', scopes: 'room.read  room.write', active: false, authorization: { token: `${inputs.key}` } };\nexport default config;\n",
        ),
        ("src/integrations/custom.whereby/triggers/roomOpened.ts", "export default class extends Trigger {}\n"),
        (
            "src/events/newTask.ts",
            "const event = { name: 'New Task', schema: { title: 'x', tags: [1] } };\nexport default event;\n",
        ),
        ("src/resources/tasks/config.ts", "export default {};\n"),
        ("src/persona.meta.ts", "export default { plan: 'free' };\n"),
    ]);
    assert_eq!(told(&extracted.findings), ["info draft src/integrations/salesforce/workflows/~New idea.ts:1:1"]);
    let shown: Vec<String> = extracted
        .manifest
        .resources
        .values()
        .map(|resource| {
            let attributes: Vec<String> = resource
                .attributes
                .keys()
                .filter(|name| *name != "config")
                .map(|name| format!("{name}={}", value(resource, name)))
                .collect();
            format!("{}: {}", resource.id, attributes.join(" ")).trim_end().to_owned()
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    event:New Task: schema={"title":"string","tags":["number"]}
    integration:custom.whereby: active=false authenticationType="oauth" inputs=[] name="Whereby" scopes=["room.read","room.write"]
    integration:salesforce: description="Sync" inputs=[{"id":"8eddc0e2","title":"Field Mapping","type":"field_mapping","required":true}] showWatermark=true workflowDisplayOrder=["Sync contacts"]
    persona:metadata: schema={"plan":"string"}
    resource:tasks:
    trigger:custom.whereby/roomOpened:
    workflow:salesforce/d82119e3-ede9-4aa5-8883-a8ae0b846450: cron="0 9 * * *" defaultEnabled=true description="Keeps contacts in step" file="Sync contacts" hidden=false inputs=[] name="Sync contacts" on=null secrets=["API_SECRET"] timezone="UTC" trigger="cron"
    "#);
}

#[test]
fn what_starts_a_workflow_is_read_in_every_form() {
    let event = ("src/events/New Task.ts", "export default { name: 'New Task', schema: {} };\n");
    let custom = ("src/integrations/salesforce/triggers/moved.ts", "export default class {}\n");
    for (imports, begin, expected) in [
        ("", "new Ask({ paramValidations: [] })", json!(["endpoint", null])),
        ("import task from '../../../events/New Task';", "new EventStep(task)", json!(["event", "New Task"])),
        ("", "new EventStep({ name: 'Inline', schema: {} })", json!(["event", "Inline"])),
        ("", "new IntegrationEnabledStep()", json!(["integration-enabled", null])),
        ("", "integration.triggers.recordCreated({ recordType: 'Contact' })", json!(["integration", "recordCreated"])),
        ("", "integration.withIntent(integration.intents.CREATED, {})", json!(["integration", "CREATED"])),
        ("import Moved from '../triggers/moved';", "new CustomTriggerStep(Moved)", json!(["custom", "moved"])),
        ("", "new CronStep({ cron: '* * * * *' })", json!(["cron", null])),
        ("", "undefined", json!(["none", null])),
        ("", "new UnselectedStep()", json!(["none", null])),
        (
            "",
            "makeTrigger()",
            json!(["dynamic: is made by calling a function", "dynamic: is made by calling a function"]),
        ),
        (
            "import { first } from '../../../shared/steps';",
            "first",
            json!(["dynamic: is `first`, which another file makes", "dynamic: is `first`, which another file makes"]),
        ),
        (
            "",
            "new OtherStep()",
            json!([
                "dynamic: is made by `new OtherStep`, which is no trigger that is known here",
                "dynamic: is made by `new OtherStep`, which is no trigger that is known here"
            ]),
        ),
        ("", "new EventStep(pick())", json!(["event", "dynamic: is made by calling `pick`"])),
    ] {
        let shared = ("src/shared/steps.ts", "export const first = makeStep();\n");
        let (resource, _) = read_workflow(&workflow(imports, begin, ""), &[event, custom, shared]);
        assert_eq!(json!([value(&resource, "trigger"), value(&resource, "on")]), expected, "{begin}");
    }
}

#[test]
fn a_workflow_is_known_by_its_id_wherever_it_lies_and_whatever_it_is_called() {
    let text = workflow("", "new Ask()", "");
    let before = read(&[(PATH, &text)]).manifest;
    let moved = text.replace("Sync contacts", "Sync people");
    let after = read(&[("src/integrations/salesforce/workflows/Sync people.ts", &moved)]).manifest;
    let id = ResourceId::new("workflow", ID);
    assert!(before.resources.contains_key(&id) && after.resources.contains_key(&id));
    assert_eq!(value(&after.resources[&id], "name"), "Sync people");
}

#[test]
fn secrets_are_found_in_shared_code_too_and_computed_names_are_said() {
    let shared = |name: &str| {
        format!(
            "export const send = (context) => new RequestStep({{ token: context.getEnvironmentSecret({name}) }});\n"
        )
    };
    let text = workflow("import { send } from '../../../shared/send';", "new Ask(send)", "");
    for (name, expected) in [
        ("'OTHER'", json!(["API_SECRET", "OTHER"])),
        ("'O' + 'K'", json!(["API_SECRET", "OK"])),
        ("process.env.NAME", json!("dynamic: a secret's name is read from `process.env.NAME`")),
    ] {
        let (resource, _) = read_workflow(&text, &[("src/shared/send.ts", &shared(name))]);
        assert_eq!(value(&resource, "secrets"), expected, "{name}");
    }
}

#[test]
fn what_only_running_the_code_decides_is_dynamic() {
    let fields =
        "defaultEnabled = isEnabled();\n  hidden = true;\n  inputs = createInputs({ ...more(), a: { id: '1' } });";
    let (resource, _) = read_workflow(&workflow("", "new Ask()", fields), &[]);
    assert_eq!(value(&resource, "defaultEnabled"), "dynamic: is made by calling `isEnabled`");
    assert_eq!(value(&resource, "hidden"), true);
    assert_eq!(value(&resource, "inputs"), "dynamic: may be set by a spread that is made by calling `more`");
}

#[test]
fn a_change_in_a_shared_file_changes_the_workflow_and_a_workflow_does_not_change_its_integration() {
    let text = workflow("import { send } from '../../../shared/send';", "new Ask(send)", "");
    let of = |shared: &str, text: &str| read(&[(PATH, text), ("src/shared/send.ts", shared)]).manifest;
    let (one, two) = (of("export const send = 1;\n", &text), of("export const send = 2;\n", &text));
    let (workflow, integration) = (ResourceId::new("workflow", ID), ResourceId::new("integration", "salesforce"));
    assert_ne!(one.resources[&workflow].fingerprint, two.resources[&workflow].fingerprint);
    assert_eq!(one.resources[&integration], two.resources[&integration]);
}

#[test]
fn the_rest_of_a_config_is_compared_without_its_layout() {
    let config = |url: &str| {
        format!(
            "export const inputs = createConfigInputs({{ key: {{ id: '1' }} }});\nexport default {{ name: 'W', testUrl: {url}, headers: {{ a: `${{inputs.key}}` }} }};\n"
        )
    };
    let of = |text: &str| {
        let extracted = read(&[("src/integrations/custom.w/config.ts", text)]);
        value(&extracted.manifest.resources[&ResourceId::new("integration", "custom.w")], "config")
    };
    assert_eq!(
        of(&config("'https://x'")),
        of(&format!("// more\n{}", config("'https://x'").replace("a: `", "a:   `")))
    );
    assert_ne!(of(&config("'https://x'")), of(&config("'https://y'")));
    assert_ne!(of(&config("'https://x'")), of(&config("'https://x'").replace("inputs.key", "inputs.other")));
    assert_ne!(of(&config("'https://x'")), of(&config("'https://x'").replace("id: '1'", "id: '2'")));
}

#[test]
fn sources_are_what_is_built_and_what_it_imports() {
    let text = workflow("import { send } from '../../../shared/send';", "new Ask(send)", "");
    let tree = tree(&[
        (PATH, &text),
        ("src/shared/send.ts", "export const send = 1;\n"),
        ("src/shared/unused.ts", ""),
        ("src/integrations/salesforce/workflows/~draft.ts", ""),
    ]);
    let sources = sources(&project(""), &tree);
    assert_eq!(
        sources.files().keys().collect::<Vec<_>>(),
        [".para/project.json", "package.json", "src/integrations/salesforce/config.ts", PATH, "src/shared/send.ts"]
    );
}
