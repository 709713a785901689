//! `out/build.json`: alone, beside its source, and old.

use super::*;

const UUID: &str = "d82119e3-ede9-4aa5-8883-a8ae0b846450";

fn build(enabled: bool, name: &str, step: &str) -> String {
    json!({
        "secrets": [],
        "events": {"e1": {"id": "e1", "name": "New Task", "sampleData": {"title": "x"}}},
        "integrations": {"salesforce": {
            "id": "i1",
            "name": "salesforce",
            "workflows": {
                UUID: {"id": UUID, "name": name, "isDraft": false, "steps": [
                    {"id": step, "type": "TRIGGER/EVENT", "parameters": {"eventId": "e1"}, "next": "s2", "_migrations": {"name": step}},
                    {"id": "s2", "type": "ACTION/FUNCTION", "parameters": {"code": "x"}, "next": null},
                ]},
                "draft": {"id": "draft", "name": "Draft", "isDraft": true, "steps": []},
            },
            "config": {"values": {
                "description": "Sync",
                "sharedMeta": {"inputs": [{"id": "8eddc0e2", "title": "Mapping", "type": "field_mapping", "required": true}]},
                "workflowMeta": {UUID: {"id": UUID, "hidden": false, "defaultEnabled": enabled, "inputs": [], "infoText": "Keeps contacts in step"}},
            }},
        }},
        "projectId": "7011260a-9672-46a9-a527-845371266b3f",
    })
    .to_string()
}

fn source(fields: &str) -> [(&'static str, String); 3] {
    let text = workflow("import task from '../../../events/task';", "new EventStep(task)", fields);
    let inputs = "export default createInputs({ m: { id: '8eddc0e2', title: 'Mapping', type: 'field_mapping', required: true } });\n";
    [
        (PATH, text),
        ("src/events/task.ts", "export default { name: 'New Task', schema: { title: 'y' } };\n".to_owned()),
        ("src/integrations/salesforce/inputs.ts", inputs.to_owned()),
    ]
}

fn with_build(fields: &str, build: &str) -> Extracted {
    let source = source(fields);
    let files: Vec<(&str, &str)> =
        source.iter().map(|(path, text)| (*path, text.as_str())).chain([("out/build.json", build)]).collect();
    read(&files)
}

#[test]
fn a_build_that_agrees_tells_what_only_running_would() {
    let extracted = with_build("defaultEnabled = isEnabled();", &build(true, "Sync contacts", "s1"));
    assert_eq!(told(&extracted.findings), Vec::<String>::new());
    let workflow = &extracted.manifest.resources[&ResourceId::new("workflow", ID)];
    assert_eq!(value(workflow, "defaultEnabled"), true);
    assert!(workflow.artefact.is_some());
}

#[test]
fn a_build_that_says_otherwise_is_old() {
    let extracted = with_build("defaultEnabled = false;", &build(true, "Sync people", "s1"));
    let says: Vec<&str> = extracted.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(told(&extracted.findings), [format!("error build-stale {PATH}:3:1")]);
    assert_eq!(says, [format!("workflow:{ID} has `name` Sync people in the build and Sync contacts in the source")]);
    let gone = build(false, "Sync contacts", "s1").replace(UUID, "another");
    assert_eq!(
        told(&with_build("", &gone).findings),
        ["error build-stale out/build.json".to_owned(), format!("error build-stale {PATH}:3:1")]
    );
}

#[test]
fn a_build_alone_is_read_too_and_its_step_ids_do_not_count() {
    let alone = |build: &str| {
        let tree = Tree::of_texts([(".para/project.json", AROUND[0].1), ("out/build.json", build)]);
        let extracted = extract(&project(""), &tree);
        assert_eq!(told(&extracted.findings), Vec::<String>::new());
        extracted.manifest
    };
    let (one, two) = (alone(&build(true, "A", "s1")), alone(&build(true, "A", "renamed")));
    assert_eq!(one, two);
    let ids: Vec<String> = one.resources.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["event:New Task".to_owned(), "integration:salesforce".to_owned(), format!("workflow:{ID}")]);
    let workflow = &one.resources[&ResourceId::new("workflow", ID)];
    assert_eq!(json!([value(workflow, "trigger"), value(workflow, "on")]), json!(["event", "New Task"]));
}

#[test]
fn a_build_that_cannot_be_read_is_an_error_and_not_an_empty_one() {
    for text in ["{", "[]", "{}", r#"{"integrations": []}"#] {
        assert_eq!(told(&with_build("", text).findings), ["error build-unread out/build.json"], "{text}");
    }
}
