//! Texts made to hurt: deep, long, broken, random.

use proptest::prelude::*;

use super::*;
use crate::platform::parse::depth::DEEPEST;

/// The code of what is found in a file of this text, or nothing.
fn codes(text: &str) -> Vec<String> {
    let files = [("index.ts", "import './github/syncs/x.js';\n"), ("github/syncs/x.ts", text)];
    let findings = read(&files).findings;
    findings
        .into_iter()
        .map(|finding| finding.code.into_owned())
        .filter(|code| !matches!(code.as_str(), "untested" | "invalid-export"))
        .collect()
}

#[test]
fn deep_brackets_are_a_finding() {
    for opening in [
        "[",
        "(",
        "{",
        "x={a:",
        "f(",
        "`${",
        "type X = [",
        "a?(",
        "class A { m() {",
        "<a>(",
        "x = y<[",
        "() => {",
        "if (a) {",
    ] {
        for depth in [5_000, 100_000] {
            assert_eq!(codes(&opening.repeat(depth)), ["too-deep"], "{opening}");
        }
    }
    let closed = format!("export const x = {}{};", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(codes(&closed), ["too-deep"]);
}

#[test]
fn a_long_sum_is_read_and_an_endless_one_is_a_finding() {
    let sum = |terms: usize| {
        let text = format!("const a = 'x';\nexport default createSync({{ description: {}'y' }});", "a+".repeat(terms));
        function_at("github/syncs/x.ts", &text, &[])
    };
    assert_eq!(value(&sum(1_000).0, "description"), format!("{}y", "x".repeat(1_000)));
    assert_eq!(told(&sum(100_000).1), ["error too-deep github/syncs/x.ts:2:42"]);
}

#[test]
fn just_below_the_limit_is_parsed() {
    let nested = format!("export const x = {}{};", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
    assert_eq!(codes(&nested), ["named-export"]);
    let types = format!("type X = {}string{};", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
    assert_eq!(codes(&types), Vec::<String>::new());
}

#[test]
fn long_chains_without_brackets_are_survived() {
    const LONG: usize = 20_000;
    for (before, link, after) in [
        ("const x = ", "a+", "a"),
        ("const x = ", "a?b:", "c"),
        ("const x = ", "a?", "b"),
        ("const x = ", "!", "a"),
        ("const x = ", "- ", "a"),
        ("const x = ", "typeof ", "a"),
        ("const x = ", "a=>", "a"),
        ("const x = ", "a=", "a"),
        ("const x = ", "a**", "a"),
        ("const x = ", "a||", "a"),
        ("const x = ", "a??", "a"),
        ("const x = a", ".b", ""),
        ("const x = a", "?.b", ""),
        ("const x = a", "!", ""),
        ("const x = a", "()", ""),
        ("const x = a", "``", ""),
        ("const x = a", " as b", ""),
        ("const x = ", "new ", "a"),
        ("const x = ", "<a>", "b"),
        ("const x = [", "...", "b]"),
        ("async function f() { ", "await ", "a }"),
        ("", "if (a) b; else ", "c"),
        ("", "if (a) ", "c"),
        ("", "for (;;) ", "c"),
        ("", "do ", "c"),
        ("type X = a", "[]", ""),
        ("type X = ", "keyof ", "a"),
        ("type X = ", "a extends b ? c : ", "d"),
        ("type X = ", "() => ", "d"),
        ("type X = a", " | b", ""),
        ("", "class extends ", ""),
        ("", "@a ", "class B {}"),
    ] {
        let found = codes(&format!("{before}{}{after}", link.repeat(LONG)));
        assert!(
            found.is_empty() || found.iter().any(|code| matches!(code.as_str(), "too-deep" | "syntax-error")),
            "{link} {found:?}"
        );
        let used = "export default createSync({ frequency: x, scopes: [x], exec: nango.log(x) });";
        codes(&format!("{before}{}{after};\n{used}", link.repeat(LONG / 10)));
    }
}

#[test]
fn the_largest_file_of_the_costliest_chain_is_survived() {
    let largest = usize::try_from(crate::tree::LARGEST_FILE).unwrap();
    codes(&format!("x={}a", "!".repeat(largest - 3)));
}

#[test]
fn markup_nests_without_end_and_is_survived() {
    let helper = |text: &str| {
        let x = "import { y } from '../y.js';\nexport default createSync({ description: y });";
        let files = [("index.ts", "import './github/syncs/x.js';\n"), ("github/syncs/x.ts", x), ("github/y.tsx", text)];
        read(&files).findings.into_iter().filter(|finding| finding.code == "too-deep").count()
    };
    assert_eq!(helper(&format!("export const y = {}", "<a>".repeat(80_000))), 0, "deep markup is parsed");
    assert_eq!(helper(&format!("export const y = {}", "<a>".repeat(100_000))), 1, "a large file of it is not");
}

#[test]
fn values_that_double_at_every_step_are_cut() {
    let mut text = String::from("const a0 = ['x', 'y'];\nconst t0 = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';\n");
    for step in 1..40 {
        let before = step - 1;
        text.push_str(&format!(
            "const a{step} = [...a{before}, ...a{before}];\nconst t{step} = t{before} + t{before};\n"
        ));
    }
    text.push_str("export default createSync({ scopes: a39, description: t39 });");
    let resource = sync(&text);
    dynamic(&resource, "scopes");
    dynamic(&resource, "description");
    let mut files = vec![("index.ts".to_owned(), "import './github/syncs/x.js';\n".to_owned())];
    files.push((
        "github/syncs/x.ts".to_owned(),
        "import { a } from '../m39.js';\nexport default createSync({ scopes: a });".to_owned(),
    ));
    files.push(("github/m0.ts".to_owned(), "export const a = ['x', 'y'];".to_owned()));
    for step in 1..40 {
        files.push((
            format!("github/m{step}.ts"),
            format!("import {{ a as b }} from './m{}.js';\nexport const a = [...b, ...b];", step - 1),
        ));
    }
    let resource = extract(&project(""), &Tree::of_texts(files)).manifest.resources.into_values().next().unwrap();
    assert_eq!(dynamic(&resource, "scopes"), "is too large to be read");
}

#[test]
fn paths_and_names_of_any_sort_are_taken() {
    let odd = "a b/syncs/\u{202e}x'\"<>.ts";
    let index =
        "import './a b/syncs/\u{202e}x';\nimport './github/syncs/%00.js';\nimport './../../../../etc/passwd.js';\n";
    let extracted = read(&[("index.ts", index), (odd, SYNC)]);
    assert_eq!(extracted.manifest.resources.len(), 0, "a quote ends the import");
    assert_eq!(
        told(&extracted.findings),
        [
            "warning not-imported a b/syncs/\u{202e}x'\"<>.ts:3:16",
            "error entry-missing index.ts:1:1",
            "error entry-missing index.ts:2:1",
            "error entry-outside index.ts:3:1",
        ]
    );
}

/// A file in many pieces, so that pieces can be taken out, doubled and swapped.
fn pieces() -> Vec<&'static str> {
    let text: &'static str = "import { createSync } from 'nango' ; import * as z from 'zod' ; import type { A } from './a.js' ; const every = `every ${ 6 } hours` ; enum E { A = 'x' , B } ; const base = { ...{ a : [ 1 , ...[ 2 ] ] } , [ 'k' ] : - 1 } as const ; const sync = createSync < any , void > ( { description : 'a' + \"b\" + E . A , frequency : every , ...base , get scopes ( ) { return [ ] } , models : { Issue : z . object ( { id : z . string ( ) . optional ( ) } ) , [ E . B ] : z } , endpoints : [ { method : 'GET' , path : '/x' } ] , exec : async ( nango ) => { await nango . getCheckpoint ( ) ; for await ( const x of nango . paginate ( { retryOn : [ ] } ) ) { nango . batchSave ( x , 'Issue' ) ; } const v = ( await nango . getEnvironmentVariables ( ) ) ?. find ( ( v ) => v . name === 'X' ) ! ; } } satisfies any ) ; export type L = Parameters < ( typeof sync ) [ 'exec' ] > [ 0 ] ; export { sync as other } ; export * from './b' ; export default sync ; /* end */ // x";
    text.split(' ').collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        codes(&text);
    }

    #[test]
    fn any_heap_of_tokens_is_read(tokens in prop::collection::vec(prop::sample::select(pieces()), 0..80)) {
        codes(&tokens.join(" "));
    }

    #[test]
    fn a_real_file_with_wounds_is_read(wounds in prop::collection::vec((0_usize..400, 0_usize..400, 0_u8..4), 1..6)) {
        let mut tokens = pieces();
        for (at, other, how) in wounds {
            let (at, other) = (at % tokens.len().max(1), other % tokens.len().max(1));
            match how {
                _ if tokens.is_empty() => {}
                0 => { tokens.remove(at); }
                1 => tokens.insert(at, tokens[other]),
                2 => tokens.swap(at, other),
                _ => tokens.truncate(at + 1),
            }
        }
        codes(&tokens.join("\n"));
    }

    #[test]
    fn any_project_of_any_index_is_read(index in "(import |export |from |\\./github/syncs/x|\\.js|['\"`;\n /*]|\\{\\}|\\.\\./){0,30}", package in "\\PC{0,20}") {
        read(&[("index.ts", &index), ("github/syncs/x.ts", SYNC), ("package.json", &package)]);
    }
}
