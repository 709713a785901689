//! Every form in which functions and their fields are written.

use serde_json::json;

use super::*;

#[test]
fn a_sync_has_the_compilers_names_and_defaults() {
    let resource = sync(SYNC);
    for (name, expected) in [
        ("description", json!("Reads")),
        ("version", json!("1.0.0")),
        ("runs", json!("every hour")),
        ("auto_start", json!(false)),
        ("sync_type", json!("full")),
        ("track_deletes", json!(false)),
        ("scopes", json!([])),
        ("endpoints", json!([])),
        ("models", json!(["Issue"])),
        ("webhookSubscriptions", json!([])),
        ("features", json!([])),
        ("input", json!(null)),
    ] {
        assert_eq!(value(&resource, name), expected, "{name}");
    }
    assert!(matches!(&resource.attributes["json_schema"], Attribute::Unread(_)));
    assert!(!resource.attributes.contains_key("secrets"));
}

#[test]
fn an_action_has_generated_models() {
    let (resource, findings) = function_at("my-app.v2/actions/create-issue_1.ts", ACTION, &[]);
    assert_eq!(told(&findings), Vec::<String>::new());
    assert_eq!(resource.id, ResourceId::new("action", "my-app.v2/create-issue_1"));
    assert_eq!(value(&resource, "models"), json!(["ActionOutput_my_app_v2_createissue1"]));
    assert_eq!(value(&resource, "input"), json!("ActionInput_my_app_v2_createissue1"));
    assert_eq!(value(&resource, "endpoint"), json!(null));
}

#[test]
fn on_events_and_functions_have_their_own_fields() {
    let on_event =
        "export default createOnEvent({ description: 'd', event: 'pre-connection-deletion', exec: async () => {} });";
    let (resource, _) = function_at("github/on-events/x.ts", on_event, &[]);
    assert_eq!((resource.id.kind.as_str(), value(&resource, "event")), ("on-event", json!("pre-connection-deletion")));
    let function = "import { createFunction } from 'nango/experimental';\nexport default createFunction({ description: 'd', trigger: { kind: 'schedule', frequency: 'every hour' }, requires: { outbound: false }, data: { models: { A1: z.object({}) }, metadata: z.object({}) }, input: z.string(), exec: async () => {} });";
    let (resource, findings) = function_at("github/functions/x.ts", function, &[]);
    assert_eq!(told(&findings), Vec::<String>::new());
    assert_eq!(resource.id, ResourceId::new("function", "github/x"));
    assert_eq!(value(&resource, "trigger"), json!({"kind": "schedule", "frequency": "every hour"}));
    assert_eq!(value(&resource, "requires"), json!({"connection": true, "outbound": false, "invoke": false}));
    assert_eq!(value(&resource, "limits"), json!({"concurrency": {"perConnection": 1}}));
    for (more, limits) in [
        ("", json!({"concurrency": {"perConnection": "max"}})),
        (", limits: { concurrency: { perConnection: 1 } }", json!({"concurrency": {"perConnection": 1}})),
        (", requires: { connection: false }", json!({})),
    ] {
        let text = format!("export default createFunction({{ description: 'd', exec: async () => {{}}{more} }});");
        assert_eq!(value(&function_at("github/functions/x.ts", &text, &[]).0, "limits"), limits, "{more}");
    }
    assert_eq!(value(&resource, "models"), json!(["A1"]));
    assert_eq!((value(&resource, "input"), value(&resource, "output")), (json!("FunctionInput_github_x"), json!(null)));
}

#[test]
fn both_export_forms_are_read_and_the_others_are_refused() {
    let head = "import { createSync, createSync as make } from 'nango';\nimport * as nango from 'nango';\n";
    let body = "{ description: 'd', frequency: 'every day', models: {}, exec: async () => {} }";
    for (form, refused) in [
        ("export default createSync(BODY);", None),
        ("export default createSync<typeof models, void>(BODY);", None),
        ("const x = createSync(BODY);\nexport default x;", None),
        ("export default x;\nvar x = createSync(BODY);", None),
        ("export default (createSync((BODY)));", None),
        ("export default make(BODY);", Some("invalid-export")),
        ("export default nango.createSync(BODY);", Some("invalid-export")),
        ("export default createSync(BODY) as any;", Some("invalid-export")),
        ("export default createSync(BODY as const);", Some("invalid-export")),
        ("const x = createSync(BODY)!;\nexport default x;", Some("invalid-export")),
        ("const body = BODY;\nexport default createSync(body);", Some("invalid-export")),
        ("const x = createSync(BODY);\nexport { x as default };", Some("named-export")),
    ] {
        let text = format!("{head}{}", form.replace("BODY", body));
        let (resource, findings) = function_at("github/syncs/x.ts", &text, &[]);
        assert_eq!(value(&resource, "runs"), "every day", "{form}");
        let codes: Vec<&str> =
            findings.iter().map(|finding| finding.code.as_ref()).filter(|code| *code != "untested").collect();
        assert_eq!(codes, refused.into_iter().collect::<Vec<_>>(), "{form}");
    }
}

#[test]
fn a_value_is_read_wherever_the_file_says_it() {
    for (declarations, expression, expected) in [
        ("", "'every day'", json!("every day")),
        ("", "`every day`", json!("every day")),
        ("", "('every' + ' ' + 'day')", json!("every day")),
        ("const N = 6;", "`every ${N} hours`", json!("every 6 hours")),
        ("const N = 2, M = N;", "'every ' + M + 'h'", json!("every 2h")),
        ("const every = 'every day' as const;", "every", json!("every day")),
        ("const every = 'every day' satisfies string;", "every!", json!("every day")),
        ("let every = 'every day';", "every", json!("every day")),
        ("const config = { a: { every: 'every day' } } as const;", "config.a.every", json!("every day")),
        ("const config = { 'a-b': 'every day' };", "config['a-b']", json!("every day")),
        ("const key = 'x'; const config = { [key]: 'every day' };", "config[key]", json!("every day")),
        (
            "const base = { every: 'no' }; const config = { ...base, every: 'every day' };",
            "config.every",
            json!("every day"),
        ),
        (
            "const base = { every: 'every day' }; const config = { every: 'no', ...base };",
            "config.every",
            json!("every day"),
        ),
        ("const config = Object.freeze({ every: 'every day' });", "config.every", json!("every day")),
        ("enum Every { Day = 'every day', Hour = 'every hour' }", "Every.Hour", json!("every hour")),
        ("enum N { A, B, C = 6, D }", "`every ${N.B}${N.D}h`", json!("every 17h")),
        ("", "undefined", json!(null)),
        ("", "1 + 2", json!(3)),
    ] {
        let text = format!("{declarations}\nexport default createSync({{ frequency: {expression} }});");
        assert_eq!(value(&sync(&text), "runs"), expected, "{declarations} {expression}");
    }
}

#[test]
fn what_only_running_tells_is_dynamic_and_says_why() {
    for (declarations, expression, why) in [
        ("", "process.env.EVERY", "is read from `process.env.EVERY`"),
        ("", "process.env['EVERY']", "is the global `process`"),
        ("", "pick('a')", "is made by calling `pick`"),
        ("", "a ? 'x' : 'y'", "is decided by a condition"),
        ("const x = a ?? 'y';", "x", "is decided by a condition"),
        ("let every = 'a'; every = 'b';", "every", "is assigned more than once"),
        ("const [every] = ['a'];", "every", "is taken from another value"),
        ("const c = { every: 'a' }; c.every = 'b';", "c.every", "is changed after it was made"),
        ("const c = { every: 'a' }; Object.assign(c, {});", "c.every", "is changed after it was made"),
        ("const c = { every: 'a' }; change(c);", "c.every", "is changed after it was made"),
        ("const c = { a: { every: 'a' } }; delete c.a.every;", "c.a.every", "is changed after it was made"),
        ("const c = { every: 'a' }; const d = c; d.every = 'b';", "c.every", "is changed after it was made"),
        ("const c = { get every() { return 'a'; } };", "c.every", "is made by a getter"),
        (
            "const c = { [k()]: 'a', every: 'b' }; const d = { every: 'b', ...f() };",
            "d.every",
            "may be set by a spread that is made by calling `f`",
        ),
        ("const a = b; const b = a;", "a", "is too large to be read"),
        ("", "`every ${Math.random()} hours`", "is made by calling `Math.random`"),
        ("", "missing", "is the global `missing`"),
        ("import { every } from 'config';", "every", "comes from the package `config`"),
        ("import { every } from './nowhere.js';", "every", "comes from `./nowhere.js`, which cannot be read"),
    ] {
        let text = format!("{declarations}\nexport default createSync({{ frequency: {expression} }});");
        assert_eq!(dynamic(&sync(&text), "runs"), why, "{declarations} {expression}");
    }
}

#[test]
fn uses_that_change_nothing_leave_a_constant_readable() {
    for used in [
        "const same = scopes;",
        "scopes.includes('a');",
        "const first = scopes[0];",
        "for (const s of scopes) { use(s); }",
        "function f() { use(scopes); }",
        "type S = (typeof scopes)[number];",
        "z.enum(scopes);",
        "Object.keys(scopes);",
    ] {
        let text = format!("const scopes = ['a', 'b'];\n{used}\nexport default createSync({{ scopes }});");
        assert_eq!(value(&sync(&text), "scopes"), json!(["a", "b"]), "{used}");
    }
    for changed in [
        "scopes.push('c');",
        "scopes[0] = 'c';",
        "scopes.length = 0;",
        "[scopes[0]] = ['c'];",
        "(scopes as any).push('c');",
        "function f() { scopes.push('c'); }",
    ] {
        let text = format!("const scopes = ['a', 'b'];\n{changed}\nexport default createSync({{ scopes }});");
        assert_eq!(dynamic(&sync(&text), "scopes"), "is changed after it was made", "{changed}");
    }
}

#[test]
fn spreads_are_worked_in_and_hide_what_they_may_set() {
    let known = sync(
        "const base = { frequency: 'every day', scopes: ['a'] };\nexport default createSync({ ...base, scopes: [...base.scopes, 'b'] });",
    );
    assert_eq!((value(&known, "runs"), value(&known, "scopes")), (json!("every day"), json!(["a", "b"])));
    let hidden = sync("export default createSync({ version: '1.0.0', ...more(), frequency: 'every day' });");
    assert_eq!(value(&hidden, "runs"), "every day", "what stands after the spread stays");
    for name in ["version", "scopes", "models", "auto_start"] {
        assert_eq!(dynamic(&hidden, name), "may be set by a spread that is made by calling `more`", "{name}");
    }
}

#[test]
fn constants_are_followed_through_files() {
    let text = "import shared, { every as often, lists } from '../shared.js';\nimport * as all from '../shared';\nexport default createSync({ frequency: often, scopes: lists.scopes, version: all.version, description: shared.text, models: all.models, webhookSubscriptions: [...all.again] });";
    let shared = "import { every } from './deep/every.js';\nexport { every };\nexport const lists = { scopes: ['a'] };\nexport * from './deep/every';\nexport { version as again } from './deep/every';\nexport default { text: 'Reads' };";
    let deep = "export const every = 'every day';\nexport const version = '2.0.0';\nexport const models = { Issue: z.object({}), Pull: schema };\nconst schema = z.string();";
    let (resource, _) =
        function_at("github/syncs/x.ts", text, &[("github/shared.ts", shared), ("github/deep/every.ts", deep)]);
    assert_eq!(value(&resource, "runs"), "every day");
    assert_eq!(value(&resource, "scopes"), json!(["a"]));
    assert_eq!(value(&resource, "version"), "2.0.0");
    assert_eq!(value(&resource, "description"), "Reads");
    assert_eq!(value(&resource, "models"), json!(["Issue", "Pull"]));
    assert_eq!(dynamic(&resource, "webhookSubscriptions"), "holds a spread that is no list");
}

#[test]
fn imports_in_a_circle_end() {
    let a = "import { b } from './b.js';\nexport const a = b;\nexport * from './b.js';";
    let b = "import { a } from './a.js';\nexport const b = a;\nexport * from './a.js';";
    let text = "import { a, nothing } from '../a.js';\nexport default createSync({ frequency: a, version: nothing });";
    let (resource, _) = function_at("github/syncs/x.ts", text, &[("github/a.ts", a), ("github/b.ts", b)]);
    assert_eq!(dynamic(&resource, "runs"), "refers to itself");
    assert!(resource.fingerprint.is_some());
    dynamic(&resource, "version");
}

#[test]
fn a_models_print_follows_its_source_and_not_its_layout() {
    let prints = |text: &str, schema: &str| {
        value(&function_at("github/syncs/x.ts", text, &[("github/schema.ts", schema)]).0, "model_prints")
    };
    let text = "import { User } from '../schema.js';\nconst Title = z.string();\nconst Issue = z.object({ title: Title, user: User });\nexport default createSync({ frequency: 'every day', models: { Issue, Other: z.string() } });";
    let schema = "const Name = z.string();\nexport const User = z.object({ name: Name });\nexport const unrelated = 1;";
    let first = prints(text, schema);
    assert_eq!(
        first,
        prints(&text.replace("{ title: Title,", "{\n  title : Title, // what it is called\n"), schema),
        "layout"
    );
    assert_eq!(
        first,
        prints(&text.replace("every day", "every hour"), &schema.replace("= 1", "= 2")),
        "what it does not use"
    );
    for (text, schema) in [
        (text.replace("z.string();\nconst Issue", "z.number();\nconst Issue"), schema.to_owned()),
        (text.replace("user: User", "user: User.optional()"), schema.to_owned()),
        (text.to_owned(), schema.replace("name: Name", "name: Name, id: Name")),
        (text.to_owned(), schema.replace("z.string()", "z.number()")),
    ] {
        let changed = prints(&text, &schema);
        assert_ne!(first["Issue"], changed["Issue"], "{text} {schema}");
        assert_eq!(first["Other"], changed["Other"]);
    }
}

#[test]
fn features_and_secrets_are_found_where_they_are_used() {
    let text = "import { keys } from '../keys.js';\nexport default createSync({ frequency: 'every day', exec: async (nango) => { await nango.getCheckpoint(); const all = await nango.getEnvironmentVariables(); const id = all?.find((v) => v.name === 'APP_ID')?.value; const key = all.find(({ name }) => name === KEY && true); const s = all.find(function (v) { return 'THIRD' == v.name; }); await keys(nango); } });\nconst KEY = `APP_${'KEY'}`;";
    let keys = "export async function keys(nango: any) { const all = await nango.getEnvironmentVariables(); return all.filter((v: any) => v.name === 'SHARED'); }";
    let (resource, _) = function_at("github/syncs/x.ts", text, &[("github/keys.ts", keys)]);
    assert_eq!(value(&resource, "features"), json!(["checkpoints"]));
    assert_eq!(value(&resource, "secrets"), json!(["APP_ID", "APP_KEY", "SHARED", "THIRD"]));
    let hidden = sync(
        "export default createSync({ exec: async (nango) => { const all = await nango.getEnvironmentVariables(); return all[0]; } });",
    );
    assert!(dynamic(&hidden, "secrets").starts_with("variables are read"));
}

#[test]
fn a_file_that_cannot_be_parsed_keeps_its_function_in_the_manifest() {
    let (resource, findings) = function_at("github/syncs/x.ts", "export default createSync({", &[]);
    assert_eq!(resource.id, ResourceId::new("sync", "github/x"));
    assert!(resource.attributes.values().all(|attribute| matches!(attribute, Attribute::Unread(_))), "{resource:?}");
    assert_eq!(told(&findings), ["error syntax-error github/syncs/x.ts:1:28"]);
}
