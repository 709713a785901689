//! What would not be built or pushed as it reads.

use super::*;

#[test]
fn every_lint_has_its_place() {
    let plain = workflow("", "new Ask()", "");
    let none = plain.replace("readonly id: string = 'd82119e3-ede9-4aa5-8883-a8ae0b846450';", "");
    let computed = plain.replace("'d82119e3-ede9-4aa5-8883-a8ae0b846450'", "makeId()");
    let asks = workflow(
        "",
        "undefined",
        "defaultEnabled = true;\n  inputs = createInputs({ a: { id: '1', required: true } });",
    );
    let away = workflow("import { x } from '../../../shared/x';", "new Ask()", "");
    let other = "src/integrations/salesforce/workflows/Zopy.ts";
    for (files, expected) in [
        (vec![(PATH, plain.as_str())], vec![]),
        (vec![(PATH, &none)], vec![format!("error workflow-id-missing {PATH}:3:1")]),
        (vec![(PATH, &computed)], vec![format!("error workflow-id-missing {PATH}:13:3")]),
        (vec![(PATH, &plain), (other, &plain)], vec![format!("error workflow-id-taken {other}:13:3")]),
        (
            vec![(PATH, &asks)],
            vec![
                format!("warning no-trigger {PATH}:3:1"),
                format!("warning enabled-with-required-setting {PATH}:12:3"),
            ],
        ),
        (vec![(PATH, "export default class {")], vec![format!("error syntax-error {PATH}:1:23")]),
        (vec![(PATH, "export const x = 1;")], vec![format!("error no-workflow {PATH}:1:1")]),
        (vec![(PATH, &away)], vec![format!("error import-missing {PATH}:2:19")]),
        (
            vec![(PATH, &plain), ("src/integrations/slack/inputs.ts", "export default {};")],
            vec!["error config-missing src/integrations/slack/inputs.ts:1:1".to_owned()],
        ),
        (
            vec![
                (PATH, &plain),
                ("src/events/a.ts", "export default { schema: {} };"),
                ("src/events/b.ts", "export default make();"),
            ],
            vec![
                "error event-unread src/events/a.ts:1:1".to_owned(),
                "error event-unread src/events/b.ts:1:1".to_owned(),
            ],
        ),
        (
            vec![
                (PATH, &plain),
                ("src/events/a.ts", "export default { name: 'A' };"),
                ("src/events/b.ts", "export default { name: 'A' };"),
            ],
            vec!["error event-name-taken src/events/b.ts:1:1".to_owned()],
        ),
        (
            vec![(PATH, &plain), (".para/project.json", "{}")],
            vec!["warning project-not-linked .para/project.json".to_owned()],
        ),
        (vec![(PATH, &plain), (".para/project.json", "-")], vec!["warning project-not-linked ".to_owned()]),
        (
            vec![(PATH, &plain), ("package.json", r#"{"dependencies": {"@useparagon/core": "^1.0.1"}}"#)],
            vec!["warning core-not-pinned package.json".to_owned()],
        ),
        (vec![("src/integrations/salesforce/config.ts", "-")], vec!["error nothing-declared ".to_owned()]),
    ] {
        // The config names the workflow's file.
        let files: Vec<(&str, &str)> = files;
        assert_eq!(told(&read(&files).findings), expected, "{files:?}");
    }
}

#[test]
fn hostile_sources_end_in_findings() {
    let deep = format!("export default {}1{};", "[".repeat(5_000), "]".repeat(5_000));
    let circle = "import x from './b';\nexport default x;\n";
    let extracted = read(&[
        (PATH, &workflow("", "new Ask()", "")),
        ("src/events/deep.ts", &deep),
        ("src/events/a.ts", circle),
        ("src/events/b.ts", &circle.replace("./b", "./a")),
        ("src/events/\u{202e}name.ts", "export default { name: '\u{1b}[31m', schema: [[[[{}]]]] };"),
        ("src/persona.meta.ts", "export default { ...x, [y]: 1 };"),
    ]);
    let codes: Vec<String> = told(&extracted.findings);
    assert_eq!(
        codes,
        [
            "error event-unread src/events/a.ts:1:1",
            "error event-unread src/events/b.ts:1:1",
            "error too-deep src/events/deep.ts:1:1016"
        ],
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_can_be_read(text in ".{0,80}", build in "[\\[\\]{}\",:a-z0-9]{0,60}") {
        let class = format!("export default class {{ define() {{ return this.register({text}); }} id = {text}; }}");
        read(&[(PATH, &class), ("src/events/a.ts", &text), ("out/build.json", &build)]);
    }
}
