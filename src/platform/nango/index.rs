//! What `index.ts` deploys, read exactly as Nango's CLI reads it: by a pattern over the text, line by line, not as TypeScript.
//!
//! The pattern (`zeroYaml/constants.ts`, CLI 0.71): `/^import ['"](?<path>\.\/[^'"]+)['"];?/gm`. So a line inside a block
//! comment counts, an indented line does not, and nothing but side-effect imports does.

use oxc_span::Span;

/// An import that the CLI takes for an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The import, up to its closing quote.
    pub span: Span,
    /// As written: `./github/syncs/issues.js`.
    pub specifier: String,
    /// The TypeScript file it stands for, from the project: the CLI adds `.js` where it is missing and reads `.ts` for it.
    pub file: String,
}

/// The entry points in the order of the text.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut free_from = 0;
    for start in line_starts(text) {
        if start < free_from {
            continue;
        }
        if let Some(entry) = entry_at(text, start) {
            free_from = entry.span.end as usize;
            found.push(entry);
        }
    }
    found
}

/// Where lines begin, as `^` with the `m` flag has it.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let breaks = text.match_indices(['\n', '\r', '\u{2028}', '\u{2029}']).map(|(at, mark)| at + mark.len());
    std::iter::once(0).chain(breaks)
}

fn entry_at(text: &str, start: usize) -> Option<Entry> {
    let rest = text[start..].strip_prefix("import ")?.strip_prefix(['\'', '"'])?;
    let length = rest.find(['\'', '"'])?;
    let specifier = &rest[..length];
    if specifier.len() <= "./".len() || !specifier.starts_with("./") {
        return None;
    }
    let end = start + "import '".len() + length + 1;
    let span = Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    let file = format!("{}.ts", specifier.strip_suffix(".js").unwrap_or(specifier));
    Some(Entry { span, specifier: specifier.to_owned(), file })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<String> {
        entries(text).into_iter().map(|entry| entry.file).collect()
    }

    #[test]
    fn entry_points_are_what_the_pattern_matches() {
        for (text, expected) in [
            ("import './a/syncs/x.js';", "./a/syncs/x.ts"),
            ("import \"./a/syncs/x\"", "./a/syncs/x.ts"),
            ("import './a.ts'", "./a.ts.ts"),
            ("import './a'; import './b';", "./a.ts"),
            ("/*\nimport './a';\n*/", "./a.ts"),
            ("`\nimport './a';`", "./a.ts"),
            ("// x\rimport './a';", "./a.ts"),
            ("x\u{2028}import './a';", "./a.ts"),
            ("import './a\"", "./a.ts"),
            ("import './a\nb'", "./a\nb.ts"),
            ("import './../a'", "./../a.ts"),
            ("import './a' with { x: 'y' }", "./a.ts"),
        ] {
            assert_eq!(files(text), [expected], "{text}");
        }
        for text in [
            " import './a'",
            "\timport './a'",
            "// import './a'",
            "import  './a'",
            "import'./a'",
            "import '../a'",
            "import 'a'",
            "import a from './a'",
            "import {} from './a'",
            "export * from './a'",
            "require('./a')",
            "import './'",
            "import ''",
            "import './a",
            "\u{feff}import './a'",
            "import './\u{27}",
            "import(\"./a\")",
            "import type './a'",
        ] {
            assert_eq!(files(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_match_hides_what_begins_inside_it() {
        assert_eq!(files("import './a\nimport './b'\n"), ["./a\nimport .ts"]);
    }

    proptest::proptest! {
        #[test]
        fn any_index_is_read(text in "(import |\\./|['\"]|\n| |[a-c]|\u{2028}|\u{fc}){0,40}") {
            for entry in entries(&text) {
                let source = &text[entry.span.start as usize..entry.span.end as usize];
                assert!(source.starts_with("import ") && source.len() > entry.specifier.len());
            }
        }
    }
}
